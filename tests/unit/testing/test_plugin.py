"""The pytest plugin, in a project of a user's own."""

from __future__ import annotations

import subprocess
import sys

TEST = """
from hookkit import Receiver, providers


def test_in_three_lines(webhook_client, webhook_inbox, webhook_clock):
    stripe = Receiver(providers.stripe, secret="s", inbox=webhook_inbox, clock=webhook_clock)
    stripe.on("invoice.paid", name="book")(lambda event: None)
    assert webhook_client(stripe).send("invoice.paid").ran == ["book"]
"""


APP = """
from hookkit import Inbox, Receiver, providers

inbox = Inbox("sqlite:///hooks.db")
stripe = Receiver(providers.stripe, secret="s", inbox=inbox)
ran = []


@stripe.on("invoice.paid", name="book")
def book(event):
    ran.append(event.payload["number"])


inbox.start(threads=2)
"""

TESTS = """
import pytest
from hookkit import Inbox
from hookkit.testing import Client

from app import inbox, ran, stripe


@pytest.mark.parametrize("number", [1, 2])
def test_each_has_an_inbox_of_its_own(webhook_client, number):
    client = webhook_client(stripe)
    request = client.sender.request("invoice.paid", {"number": number}, id="evt_1")
    assert [each.ran for each in client.repeat(request)] == [["book"], []]
    assert webhook_client(stripe).post(request).ran == []  # another client, the same test
    assert inbox.counts().events == {"done": 1}


def test_what_waits_in_its_own_is_left():
    before = ran.copy()
    assert sum(inbox.counts().deliveries.values()) == 1
    assert [each.state for each in inbox.deliveries.find()] == ["accepted"]
    assert ran == before == [1, 2]
"""


def test_the_inbox_of_an_app_is_a_fresh_one_in_each_test(tmp_path):
    """What waits in its file is not handled, and nothing is written there."""
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "test_app.py").write_text(TESTS)
    before = """
from app import inbox, stripe
from hookkit.testing import Sender
inbox.stop()
stripe.handle(Sender(stripe.provider, "s").request("invoice.paid", {"number": 0}))
"""
    subprocess.run([sys.executable, "-c", before], cwd=tmp_path, check=True)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly",
         "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout


def test_its_fixtures_are_there_without_an_import(tmp_path):
    (tmp_path / "test_mine.py").write_text(TEST)
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            tmp_path,
            tmp_path,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


def test_pytest_loads_nothing_of_hookkit_by_itself():
    """Or coverage would miss what is run while modules are loaded."""
    ran = subprocess.run(
        [sys.executable, "-c", "import hookkit_pytest, sys; print('hookkit' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "False\n"
