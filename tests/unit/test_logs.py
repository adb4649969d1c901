import contextlib
import io
import logging
import re
from importlib import import_module
from pathlib import Path

import pytest

import hookkit
from hookkit.logs import EscapedTracebacks, RefusalLog, printable, raised


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("push", "push"),
        ("a b", "a b"),
        ("a\nb", r"a\nb"),
        ("a\rb", r"a\rb"),
        ("\x00", r"\x00"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x7f", r"\x7f"),
        ("\x85", r"\x85"),
        ("\u2028", r"\u2028"),
        ("\u202e", r"\u202e"),
        ("é", r"\xe9"),
        ("\ud800", r"\ud800"),
        ("🐱", r"\U0001f431"),
        # A backslash is escaped, too, so that what reads like an escape was one.
        (r"a\nb", r"a\\nb"),
    ],
)
def test_printable_escapes(text, shown):
    """What leaves is ASCII without control characters, and different texts stay different."""
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("a" * 10, 10, "a" * 10),
        ("a" * 11, 10, "a" * 10 + "... (11 characters)"),
        ("é" * 2, 8, r"\xe9\xe9"),
        ("é" * 3, 8, r"\xe9\xe9... (3 characters)"),
        ("a" * 10_000_000, 5, "aaaaa... (10000000 characters)"),
    ],
    ids=["at the limit", "one over", "escaped at the limit", "escaped over", "huge"],
)
def test_printable_cuts(text, limit, shown):
    """The limit is on what is written, and the cut says how long the text was."""
    assert printable(text, limit) == shown


def test_printable_is_bounded_by_default():
    """Whatever comes from the wire, a log line stays short."""
    assert len(printable("\U0001f431" * 5000)) == 200 + len("... (5000 characters)")
    assert printable("a" * 200) == "a" * 200


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def refusals(clock) -> RefusalLog:
    return RefusalLog(logging.getLogger("hookkit.tests"), "github", clock)


def test_the_first_refusal_is_written_at_once(refusals, caplog):
    """With source, status, reason and what to do about it."""
    refusals.write("wrong-credential", 401, "Compare the secrets.")
    assert caplog.record_tuples == [
        ("hookkit.tests", logging.WARNING, "github: 401 wrong-credential. Compare the secrets.")
    ]


def test_more_within_a_second_are_counted(refusals, clock, caplog):
    """They are not written, and the next line says how many there were."""
    for _ in range(4):
        refusals.write("wrong-credential", 401, "Why.")
    clock.now += 0.999
    refusals.write("wrong-credential", 401, "Why.")
    assert len(caplog.messages) == 1
    clock.now += 0.001
    refusals.write("wrong-credential", 401, "Why.")
    assert caplog.messages[1:] == ["github: 401 wrong-credential (and 4 more like it). Why."]


def test_a_second_later_without_any_between(refusals, clock, caplog):
    """Nothing is said of more where there were none, and the count starts anew."""
    refusals.write("a", 400, "Why.")
    refusals.write("a", 400, "Why.")
    clock.now += 1
    refusals.write("a", 400, "Why.")
    clock.now += 1
    refusals.write("a", 400, "Why.")
    assert caplog.messages[1:] == [
        "github: 400 a (and 1 more like it). Why.",
        "github: 400 a. Why.",
    ]


def test_each_reason_has_a_second_of_its_own(refusals, caplog):
    """A flood of one reason does not hide the first of another."""
    refusals.write("a", 401, "A.")
    refusals.write("b", 400, "B.")
    refusals.write("a", 401, "A.")
    assert caplog.messages == ["github: 401 a. A.", "github: 400 b. B."]


def test_a_clock_set_back_does_not_silence(refusals, clock, caplog):
    """An hour back is a jump like an hour ahead, and not an hour of silence."""
    refusals.write("a", 401, "A.")
    clock.now -= 3600
    refusals.write("a", 401, "A.")
    assert len(caplog.messages) == 2


def test_a_frozen_clock(refusals, caplog):
    """As in tests: the first is written, the rest is counted."""
    for _ in range(100):
        refusals.write("a", 401, "A.")
    assert len(caplog.messages) == 1


def _raised(text: str):
    error = ValueError(text)
    with contextlib.suppress(ValueError):
        raise error
    return type(error), error, error.__traceback__


def _logged(text: str) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    record = logging.makeLogRecord({"msg": "failed", "exc_info": _raised(text)})
    assert EscapedTracebacks().filter(record)
    handler.handle(record)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\rb", r"a\rb"),
        ("a\u2028b", r"a\u2028b"),
        ("a\x85b", r"a\x85b"),
        ("a\ud800b", r"a\ud800b"),
        ("naïve", "naïve"),
        ("a\tb", "a\tb"),
    ],
    ids=ascii,
)
def test_control_characters_of_a_traceback_are_escaped(text, shown):
    """An exception that quotes the payload cannot steer a terminal; readable text stays readable."""
    assert f"    ValueError: {shown}\n" in _logged(text)


def test_no_line_of_a_traceback_can_pass_for_a_line_of_the_log():
    """Every line after the message is indented, also where the exception's text has lines."""
    first, *rest = _logged("a\nWARNING forged: all is well").splitlines()
    assert first == "failed"
    assert "    WARNING forged: all is well" in rest
    assert all(line.startswith("    ") for line in rest)


def test_a_record_without_exception_passes_as_it_is():
    """The filter touches tracebacks only, and lets every record pass."""
    record = logging.makeLogRecord({"msg": "plain"})
    assert EscapedTracebacks().filter(record)
    assert record.exc_text is None


def test_a_traceback_that_is_rendered_already_is_kept():
    """Another filter's text is not rendered a second time; `exc_info` stays for error trackers."""
    info = _raised("x")
    record = logging.makeLogRecord({"exc_info": info, "exc_text": "as it was"})
    assert EscapedTracebacks().filter(record)
    assert record.exc_text == "as it was"
    assert record.exc_info is info


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("a"), "KeyError: 'a'"),
        (ValueError("no\nnever"), "ValueError: no\nnever"),
        (LookupError(), "LookupError: "),
        (Unspeakable(), "Unspeakable"),
    ],
)
def test_what_was_raised_is_told_by_type_and_text(error, told):
    assert raised(error) == told


PACKAGE = Path(hookkit.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
LOGGING_A_TRACEBACK = [
    path for path in SOURCES if re.search(r"logger\.exception\(|exc_info=", path.read_text("utf-8"))
]


@pytest.mark.parametrize("path", LOGGING_A_TRACEBACK, ids=lambda path: path.stem)
def test_whatever_logs_a_traceback_escapes_it(path):
    """What a user's code raised may quote the payload."""
    module = import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
    assert any(isinstance(each, EscapedTracebacks) for each in module.logger.filters)
