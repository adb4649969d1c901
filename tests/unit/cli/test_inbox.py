"""hookkit inbox, as a command: what it refuses, and in which words."""

from __future__ import annotations

from contextlib import closing

import pytest

from hookkit import Inbox, Receiver, providers
from hookkit.testing import Client

STORE = "sqlite:///hooks.db"


@pytest.fixture
def kept(tmp_path):
    """A store in the folder of `run`, with three deliveries that are done."""
    with closing(Inbox(f"sqlite:///{tmp_path / 'hooks.db'}")) as inbox:
        receiver = Receiver(providers.github, secret="any", inbox=inbox)
        receiver.on("push", name="note")(lambda event: None)
        for _ in range(3):
            Client(receiver).send("push")


@pytest.mark.parametrize("most", ["0", "-1", "many", "1.5", "\u0661"])
def test_how_many_is_a_number_from_1_on(run, kept, most):
    status, said, errors = run("inbox", "list", STORE, "-n", most)
    assert (status, said) == (2, "")
    assert "write a number from 1 on" in errors


def test_so_many_are_listed(run, kept):
    status, said, errors = run("inbox", "list", STORE, "-n", 1)
    assert (status, len(said.splitlines()), errors) == (0, 2, "older ones: --before 3\n")


@pytest.mark.parametrize(
    "words", [["list", STORE, "--since"], ["list", STORE, "--until"], ["repair", "a:b", "--since"]]
)
def test_a_time_that_cannot_be_read_names_dates_and_ages(run, words):
    status, _, errors = run("inbox", *words, "yesterday")
    assert status == 2
    assert "'yesterday': write a date such as 2026-01-31" in errors
    assert "an age such as 90s, 15m, 2h, 30d or 4w" in errors


def test_an_age_is_no_date(run, kept):
    _, _, errors = run("inbox", "prune", STORE, "--older-than", "2026-01-31")
    assert "write for example 90s, 15m, 2h, 30d or 4w" in errors
