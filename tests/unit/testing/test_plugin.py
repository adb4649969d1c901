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
