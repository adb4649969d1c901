"""hookkit inbox, as a command: what it refuses, and in which words."""

from __future__ import annotations

from contextlib import closing

import pytest

from hookkit import Backoff, Inbox, Receiver, providers
from hookkit.testing import Client

STORE = "sqlite:///hooks.db"


@pytest.fixture
def kept(tmp_path):
    """A store in the folder of `run`, with three deliveries that are done."""
    with closing(Inbox(f"sqlite:///{tmp_path / 'hooks.db'}")) as inbox:
        receiver = Receiver(providers.github, secret="any", inbox=inbox)
        receiver.on("push", name="note")(lambda event: None)
        for _ in range(3):
            Client(receiver).send("push", {"ref": "refs/heads/main"})


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


@pytest.mark.parametrize(
    "words",
    [
        [STORE, "1", "2", "--json"],
        ["--json", STORE, "1", "2"],
        [STORE, "--json", "1", "2"],
        [STORE, "1", "--json", "2"],
        [STORE, "1", "--json", "--", "2"],
    ],
    ids=" ".join,
)
def test_options_stand_anywhere(run, kept, words):
    assert run("inbox", "replay", *words) == (0, '{"queued": 2}\n', "")


def test_receipts_and_a_filter_are_not_both_given(run, kept):
    status, _, errors = run("inbox", "replay", STORE, "--source", "github", "1")
    assert (status, "and not both" in errors) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["replay"], "the following arguments are required: TARGET"),
        (["replay", STORE, "one"], "argument RECEIPT: 'one': write a number from 1 on"),
        (["show", STORE, "9" * 19], "of 18 digits at the most"),
        (["list", STORE, "--before", "9" * 19], "of 18 digits at the most"),
        (["replay", STORE, "--nonsense", "1"], "unrecognized arguments: --nonsense"),
        (["show", STORE], "the following arguments are required: receipt"),
        (["show", STORE, "1", "2"], "unrecognized arguments: 2"),
        (["repair", STORE], "the following arguments are required: --since"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_what_is_wrong_with_the_words_is_told(run, kept, words, told):
    status, said, errors = run("inbox", *words)
    assert (status, said) == (2, "")
    assert told in errors


@pytest.mark.parametrize("name", ["replay", "discard", "erase"])
def test_a_receipt_that_is_not_there_is_told_before_anything_is_changed(run, kept, name):
    assert run("inbox", name, STORE, 99, 1, 98) == (2, "", "hookkit: there is no receipt 99, 98\n")
    assert {line.split()[4] for line in run("inbox", "list", STORE)[1].splitlines()[1:]} == {"done"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["export", STORE, "nowhere/all"], "nowhere/all: No such file or directory"),
        (["export", STORE, "."], ".: Is a directory"),
        (["import", STORE, "nowhere"], "nowhere: No such file or directory"),
        (["import", STORE, "."], ".: Is a directory"),
        (["import", STORE, "hooks.db"], "this is no export: it is not UTF-8"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_a_file_that_cannot_be_used_is_told(run, kept, words, told):
    """In a sentence, and not with the status of an alarm."""
    assert run("inbox", *words) == (2, "", f"hookkit: {told}\n")


@pytest.mark.parametrize("name", ["replay", "discard", "erase"])
def test_which_deliveries_are_meant_is_asked(run, kept, name):
    assert run("inbox", name, STORE) == (
        2,
        "",
        "hookkit: which deliveries? Give receipts, or a filter such as a source or state\n",
    )


def test_what_is_to_be_pruned_is_asked(run, kept):
    assert run("inbox", "prune", STORE) == (
        2,
        "",
        "hookkit: prune what? Give an age, a size, or a filter such as a source or state\n",
    )


@pytest.mark.parametrize("words", [["--pointer", "/ref"], ["--value", "x"]], ids=" ".join)
@pytest.mark.parametrize("which", [[], ["1"], ["--state", "done"]], ids=" ".join)
def test_a_place_and_its_value_go_together(run, kept, which, words):
    status, said, errors = run("inbox", "erase", STORE, *which, *words)
    assert (status, said) == (2, "")
    assert "a pointer and a value go together" in errors
    assert "erased" not in run("inbox", "list", STORE)[1]


@pytest.mark.parametrize(
    ("words", "erased"),
    [
        (["1"], 1),
        (["--state", "done"], 3),
        (["--pointer", "/ref", "--value", "refs/heads/main"], 3),
        (["2", "--pointer", "/ref", "--value", "refs/heads/main"], 1),
        (["--pointer", "/ref", "--value", "another"], 0),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_what_is_meant_is_erased(run, kept, words, erased):
    assert run("inbox", "erase", STORE, *words) == (0, f"{erased} erased\n", "")


@pytest.mark.parametrize(
    ("well_at", "told"),
    [
        (1, ["done, 1 attempt", "done, 1 attempt"]),
        (2, ["done, 2 attempts", "done, 1 attempt since it was replayed"]),
        (3, ["dead, 2 attempts", "done, 1 attempt since it was replayed"]),
        (4, ["dead, 2 attempts", "done, 2 attempts since it was replayed"]),
        (9, ["dead, 2 attempts", "dead, 2 attempts since it was replayed"]),
    ],
)
def test_a_replay_counts_attempts_anew(run, tmp_path, well_at, told):
    """The failures of before are listed, too."""
    times = []

    def book(event):
        times.append(event)
        assert len(times) >= well_at

    def shown():
        return next(
            line for line in run("inbox", "show", STORE, 1)[1].splitlines() if "book:" in line
        )

    with closing(Inbox(f"sqlite:///{tmp_path / 'hooks.db'}")) as inbox:
        receiver = Receiver(providers.github, secret="any", inbox=inbox)
        receiver.on("push", name="book", backoff=Backoff(attempts=2, first=0.0))(book)
        Client(receiver).send("push")
        inbox.drain()
        assert shown() == f"  book: {told[0]}"
        inbox.deliveries.replay(1)
        assert "waiting, 0 attempts" in shown()
        inbox.drain()
        inbox.drain()
        assert shown() == f"  book: {told[1]}"


RENAMED = """
from hookkit import Inbox, Receiver, providers

inbox = Inbox("sqlite:///hooks.db")
github = Receiver(providers.github, secret="any", inbox=inbox)


@github.on("push", name="renamed")
def book(event): ...
"""


def test_what_waits_for_a_handler_that_is_gone_is_told(run, tmp_path):
    """Where the application is named; a store alone does not know which handlers there are."""
    with closing(Inbox(f"sqlite:///{tmp_path / 'hooks.db'}")) as inbox:
        receiver = Receiver(providers.github, secret="any", inbox=inbox)
        receiver.on("push", name="book", backoff=Backoff(attempts=2))(lambda event: 1 / 0)
        Client(receiver).send("push")
    (tmp_path / "renamed_hooks.py").write_text(RENAMED)
    told = "book: waiting, 1 attempt, and no handler has this name: name= gives it back"
    assert told in run("inbox", "show", "renamed_hooks:inbox", 1)[1]
    assert "book: waiting, 1 attempt, due in" in run("inbox", "show", STORE, 1)[1]
