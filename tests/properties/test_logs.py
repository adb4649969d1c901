"""What is written to the log is one line, printable and short, and tells two names apart."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import assume, example, given
from hypothesis import strategies as st

from hookkit import Event, Receiver, Request, Router, Verdict, providers
from hookkit.logs import RefusalLog, printable
from tests.contracts.driving import sent_from, through_wsgi

LONGEST = 600
"""Characters of a line: one name cut at 200, and what we say ourselves."""

any_text = st.text(max_size=400)
wire_text = st.text(st.characters(max_codepoint=0xFF), max_size=300)
NASTY = [
    "\r\nERROR forged",
    "\x1b[31mred",
    "\u2028line",
    "\u202eback",
    "\x85next",
    "%s %d %(name)s {0}",
    "a" * 500,
    "\ud800",
    "\\r\\n",
    "\\x0a",
    "\U0001f600" * 100,
]
nasty = st.sampled_from(NASTY)
wire_nasty = st.sampled_from([text for text in NASTY if max(text) <= "\xff"])


class Lines(logging.Handler):
    """Records as the standard formatter writes them."""

    def __init__(self) -> None:
        super().__init__(0)
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


@contextmanager
def listening() -> Iterator[list[str]]:
    """All that hookkit logs meanwhile."""
    logger, lines = logging.getLogger("hookkit"), Lines()
    level = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.DEBUG)
    try:
        yield lines.written
    finally:
        logger.removeHandler(lines)
        logger.setLevel(level)


def is_fit(line: str) -> bool:
    return line.isprintable() and line.isascii() and len(line) <= LONGEST


@given(text=any_text | nasty, limit=st.integers(1, 300))
def test_printable_is_one_short_line(text: str, limit: int) -> None:
    """Whatever the text: ASCII without control characters, at most the limit and a count."""
    shown = printable(text, limit)
    assert shown.isprintable()
    assert shown.isascii()
    assert len(shown) <= limit + len(f"... ({len(text)} characters)")


@given(one=any_text | nasty, two=any_text | nasty)
@example(one="\n", two="\\n")
@example(one="\x0a", two="\\x0a")
@example(one="\\", two="\\\\")
@example(one="é", two="\\xe9")
def test_printable_tells_names_apart(one: str, two: str) -> None:
    """Two texts that are shown whole look different if they are."""
    assume(one != two)
    shown = [printable(text) for text in (one, two)]
    assume(all(len(each) <= 200 for each in shown))
    assert shown[0] != shown[1]


plain_text = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="\\"), max_size=60
)


@given(text=plain_text, limit=st.integers(1, 50))
def test_printable_shows_plain_names_as_they_are(text: str, limit: int) -> None:
    """A name of printable ASCII without a backslash stands there as it came."""
    shown = printable(text, limit)
    assert shown == text if len(text) <= limit else shown.startswith(text[:limit])


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.floats(-5, 5)), min_size=1, max_size=30
    )
)
def test_refusals_are_all_counted(steps: list[tuple[str, float]]) -> None:
    """Of each reason the first is written; the counts in the lines add up to what was not."""
    now, written = [0.0], {"a": 0, "b": 0}
    with listening() as lines:
        log = RefusalLog(logging.getLogger("hookkit.receiver"), "acme", lambda: now[0])
        for reason, step in steps:
            now[0] += step
            log.write(reason, 401, "Said so.")
            written[reason] += 1
        now[0] += 100
        for reason in written:
            log.write(reason, 401, "Said so.")
    for reason, count in written.items():
        mine = [line for line in lines if line.startswith(f"acme: 401 {reason}")]
        skipped = sum(int(line.split("(and ")[1].split()[0]) for line in mine if "(and" in line)
        assert len(mine) + skipped == count + 1
    assert all(is_fit(line) for line in lines)


@given(name=wire_text | wire_nasty)
def test_unheard_events(name: str) -> None:
    """The name of an event that nobody hears is logged once, whatever a header says."""
    receiver = Receiver(providers.github, secret="secret")
    receiver.on("gollum")(lambda event: None)
    given = {"Content-Type": "application/json", "X-GitHub-Event": name, "X-GitHub-Delivery": name}
    sent = sent_from(receiver.verifier.sign(Request("POST", given, b"{}")))
    with listening() as lines:
        statuses = {through_wsgi(receiver, sent).status for _ in range(3)}
    assert statuses <= {200, 400}
    assert len(lines) == 1 if statuses == {200} else lines
    assert all(is_fit(line) for line in lines)


@given(values=st.lists(wire_text | wire_nasty, min_size=4, max_size=4))
def test_refused_requests(values: list[str]) -> None:
    """Nothing of a request that is not authentic gets into the log."""
    receiver = Receiver(providers.slack, secret="secret")
    names = ["X-Slack-Signature", "X-Slack-Request-Timestamp", "Content-Type", "X-Forwarded-For"]
    request = Request("POST", zip(names, values, strict=True), values[0].encode())
    with listening() as lines:
        assert receiver.handle(request).status == 401
    (line,) = lines
    assert is_fit(line)
    assert all(len(value) < 9 or value not in line for value in values)


@given(name=any_text | nasty, said=any_text | nasty)
def test_failing_handlers(name: str, said: str) -> None:
    """What a handler raises may quote the payload: no line of it looks like a line of the log."""

    def fail(event: Event) -> None:
        raise ValueError(said)

    router = Router()
    router.on("*", name=name or None)(fail)
    with listening() as lines:
        router.run(Event(name, {}, Request(), Verdict(0), "acme"))
    (record,) = lines
    first, *rest = record.split("\n")
    assert is_fit(first)
    assert rest
    for line in rest:
        assert line.startswith("    ")
        assert line.replace("\t", "").isprintable()
