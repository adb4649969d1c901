"""One run of one handler: how it ends, and when it is tried again."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from hookkit import (
    HMAC,
    Backoff,
    Discard,
    Header,
    Inbox,
    Pointer,
    Provider,
    Receiver,
    Request,
    RetryLater,
    providers,
)
from hookkit.errors import BadBody
from hookkit.inbox.attempts import LONGEST, STALE, SUPERSEDED, Attempts
from hookkit.inbox.records import Arrival, Delivery, Ended, Fate, Work
from hookkit.inbox.sources import Source
from hookkit.parser import Parser
from hookkit.router import Outcome, Router
from hookkit.runs import Runs

ACME = Provider(name="acme", scheme=HMAC(signature=Header("X-Sig")), event_type=Pointer("/kind"))
THRICE = Backoff(attempts=3, first=8.0, factor=2.0)


def _raising(error):
    def handler(_event):
        raise error

    return handler


def _raising_async(error):
    async def handler(_event):
        raise error

    return handler


def _work(attempt=1, handler="book", body=b'{"kind":"a"}'):
    arrival = Arrival(
        source="acme",
        method="POST",
        url="",
        headers=(("content-type", "application/json"),),
        body=body,
        received_at=0.0,
        secret=0,
    )
    return Work(
        number=1,
        event=1,
        handler=handler,
        attempt=attempt,
        lease="l",
        position=0,
        key="k",
        delivery=Delivery(7, arrival),
    )


def _attempts(function=print, *, runs=None, backoff=THRICE, around=None, own_around=None):
    router = Router()
    router.add(function, "*", name="book", runs=runs or Runs())
    source = Source("acme", ACME, Parser(ACME), router, own_around)
    return Attempts({"acme": source}, backoff, around, chance=lambda: 0.0)


def _ran(function=print, work=None, **given):
    """How it ends, the same in a worker's thread and on a loop."""
    attempts, work = _attempts(function, **given), work or _work()
    ended = attempts.run(work, Outcome())
    on_loop = asyncio.run(attempts.run_async(work, Outcome()))
    assert (on_loop.fate, on_loop.after, on_loop.error) == (ended.fate, ended.after, ended.error)
    return ended


def test_what_succeeds_is_done():
    """And what it returned is in the outcome, with who ran."""
    attempts, outcome = _attempts(lambda event: event.type), Outcome()
    assert attempts.run(_work(), outcome) == Ended(Fate.DONE)
    assert (outcome.result, [handler.name for handler in outcome.ran]) == ("a", ["book"])
    assert outcome.failed == ()


def test_an_async_handler_is_run_on_the_callers_loop():
    """And by a worker on one of its own."""
    loops = []

    async def handler(_event):
        loops.append(asyncio.get_running_loop())

    attempts = _attempts(handler)

    async def main():
        return await attempts.run_async(_work(), Outcome()), asyncio.get_running_loop()

    ended, loop = asyncio.run(main())
    assert (ended, attempts.run(_work(), Outcome())) == (Ended(Fate.DONE), Ended(Fate.DONE))
    assert loops[0] is loop
    assert loops[1] is not loop


@pytest.mark.parametrize(
    ("attempt", "fate", "after"),
    [(1, Fate.RETRY, 8.0), (2, Fate.RETRY, 16.0), (3, Fate.DEAD, 0.0), (4, Fate.DEAD, 0.0)],
)
def test_a_failure_is_tried_again_until_the_last(attempt, fate, after):
    """Each time later."""
    for raising in (_raising, _raising_async):
        ended = _ran(raising(LookupError("why")), _work(attempt))
        assert (ended.fate, ended.after) == (fate, after)


@pytest.mark.parametrize(
    ("own", "of_inbox", "wait"),
    [
        (Runs(), THRICE, 8.0),
        (Runs(), None, None),
        (Runs(backoff=Backoff(first=1.0)), THRICE, 1.0),
        (Runs(backoff=Backoff(first=1.0)), None, 1.0),
        (Runs(backoff=None), THRICE, None),
    ],
)
def test_a_handlers_own_backoff_goes_before_the_inboxs(own, of_inbox, wait):
    """None, of either: a failure is final."""
    ended = _ran(_raising(LookupError()), runs=own, backoff=of_inbox)
    assert (ended.fate, ended.after or None) == (Fate.RETRY if wait else Fate.DEAD, wait)


@pytest.mark.parametrize(
    ("attempt", "wish", "fate", "after"),
    [
        (1, RetryLater(), Fate.RETRY, 8.0),
        (1, RetryLater(90), Fate.RETRY, 90.0),
        (1, RetryLater(0), Fate.RETRY, 0.0),
        (3, RetryLater(90), Fate.DEAD, 0.0),
    ],
)
def test_a_handler_may_say_when(attempt, wish, fate, after):
    """But not go on for longer than its backoff."""
    ended = _ran(_raising(wish), _work(attempt))
    assert (ended.fate, ended.after) == (fate, after)


def test_a_wish_is_no_error_to_be_looked_into(caplog):
    """No traceback in the log, and of what is discarded no line."""
    for raising in (_raising, _raising_async):
        _ran(raising(Discard("sold out")))
        assert caplog.records == []
        _ran(raising(RetryLater(5)))
        assert [record.exc_info for record in caplog.records] == [None] * 2
        caplog.clear()


def test_what_is_discarded_says_why():
    """In one line that no reader has to fear."""
    ended = _ran(_raising(Discard("sold\nout\x1b[31m" + "x" * 500)))
    assert ended.fate is Fate.DISCARDED
    assert ended.error.startswith(r"sold\nout\x1b[31mxxx")
    assert len(ended.error) < 300


class _OutOfTime(BaseException):
    """As gevent's Timeout is."""


@pytest.mark.parametrize("error", [SystemExit(1), _OutOfTime(1)])
def test_what_is_no_exception_is_a_failure_too(error):
    """It ends no worker, and whoever waits for the reply hears of it."""
    outcome = Outcome()
    ended = _attempts(_raising(error)).run(_work(), outcome)
    assert (ended.fate, ended.error) == (Fate.RETRY, f"{type(error).__name__}: 1")
    assert [failure for _, failure in outcome.failed] == [error]


def test_a_keyboard_interrupt_is_the_users():
    """Whoever drains an inbox at the keyboard may stop it."""
    with pytest.raises(KeyboardInterrupt):
        _attempts(_raising(KeyboardInterrupt())).run(_work(), Outcome())


def test_a_cancelled_loop_is_cancelled():
    """The server takes its request back; the handler has not failed."""
    begun = []

    async def handler(_event):
        begun.append(asyncio.current_task())
        begun[0].cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(_attempts(handler).run_async(_work(), Outcome()))
    assert begun


class _Unprintable(Exception):
    def __str__(self):
        raise LookupError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError("a\nb\x1b[31m\u202e"), r"ValueError: a\nb\x1b[31m\u202e"),
        (_Unprintable(), "_Unprintable"),
    ],
)
def test_an_error_is_told_in_one_line(error, told):
    """Escaped, as a payload may be quoted in it."""
    assert _ran(_raising(error)).error == told


def test_a_traceback_is_kept():
    """Of a long one the end, where the exception is; escaped, line by line."""
    short = _ran(_raising(ValueError("no\x1b[31m"))).traceback
    assert short.splitlines()[0] == "Traceback (most recent call last):"
    assert short.splitlines()[-1] == r"ValueError: no\x1b[31m"
    long = _ran(_raising(ValueError("\n".join(["x" * 99] * 1000 + ["the end"])))).traceback
    assert len(long) <= LONGEST
    assert long.endswith("the end")


def test_failures_are_in_the_outcome_and_in_the_log(caplog):
    """With what was raised; the log says which handler of which delivery."""
    error, outcome = LookupError("why"), Outcome()
    _attempts(_raising(error)).run(_work(2), outcome)
    assert [(handler.name, failure) for handler, failure in outcome.failed] == [("book", error)]
    (record,) = caplog.records
    assert record.getMessage() == "handler book failed on acme, receipt 7, attempt 2"
    assert record.exc_info[1] is error


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (_work(body=b"{"), "BadBody"),
        (_work(handler="gone"), "there is no handler gone"),
        (_work(attempt=4), "the process ended while the handler ran, 3 times"),
    ],
)
def test_what_no_attempt_would_change_is_dead_at_once(work, said):
    """Without a run of any handler."""
    runs = []
    ended = _ran(runs.append, work)
    assert (ended.fate, runs) == (Fate.DEAD, [])
    assert said in ended.error


def test_a_handlers_own_bad_request_is_final():
    """It parses something of its own, with hookkit's words."""
    assert _ran(_raising(BadBody())).fate is Fate.DEAD


@pytest.mark.parametrize(
    ("stale", "late", "superseded", "ended"),
    [
        ("run", True, True, None),
        ("skip", False, False, None),
        ("skip", False, True, None),
        ("skip", True, False, STALE),
        ("latest", False, False, None),
        ("latest", True, False, STALE),
        ("latest", True, True, STALE),
        ("latest", False, True, SUPERSEDED),
    ],
)
def test_an_event_that_is_passed_over_is_not_run(stale, late, superseded, ended):
    """Where it is older than the last one done, or a later one waits, and the handler wants that."""
    ran = []
    work = replace(_work(), late=late, superseded=superseded)
    found = _ran(ran.append, work, runs=Runs(ordered_by=Pointer("/id"), stale=stale))
    assert found == (ended or Ended(Fate.DONE))
    assert bool(ran) is (ended is None)


def test_how_often_a_handler_is_run_at_the_most():
    """By its own backoff or the inbox's; one that is not there any more is not tried again."""
    attempts = _attempts()
    assert attempts.most("acme", "book") == 3
    assert attempts.most("acme", "gone") == 1
    assert _attempts(runs=Runs(backoff=None)).most("acme", "book") == 1


def test_a_predicate_that_says_no_is_done():
    """There was nothing to do."""
    attempts = _attempts()
    attempts._sources["acme"].router.handlers[0].when = lambda event: event.type == "b"
    outcome = Outcome()
    assert attempts.run(_work(), outcome) == Ended(Fate.DONE)
    assert outcome.ran == ()


def _noting(name, notes):
    @contextlib.contextmanager
    def around(event):
        notes.append(f"{name} {event.type}")
        try:
            yield
        except BaseException as error:
            notes.append(f"{name} saw {type(error).__name__}")
            raise
        notes.append(f"/{name}")

    return around


@pytest.mark.parametrize(
    ("handler", "notes"),
    [
        (lambda event: None, ["inbox a", "own a", "/own", "/inbox"]),
        (
            _raising(LookupError()),
            ["inbox a", "own a", "own saw LookupError", "inbox saw LookupError"],
        ),
        (_raising(Discard("")), ["inbox a", "own a", "own saw Discard", "inbox saw Discard"]),
    ],
)
def test_around_is_entered_outside_the_receivers_own(handler, notes):
    """Both with the event; both see what the handler raises."""
    seen = []
    attempts = _attempts(handler, around=_noting("inbox", seen), own_around=_noting("own", seen))
    attempts.run(_work(), Outcome())
    assert seen == notes


@pytest.mark.parametrize("which", ["around", "own_around"])
def test_what_around_raises_is_the_handlers_failure(which):
    """Before it, and the handler does not run; or after it."""

    @contextlib.contextmanager
    def before(_event):
        raise LookupError("before")
        yield

    @contextlib.contextmanager
    def after(_event):
        yield
        raise LookupError("after")

    for around, times in ((before, 0), (after, 2)):
        runs = []
        ended = _ran(runs.append, **{which: around})
        assert (ended.fate, ended.error, len(runs)) == (
            Fate.RETRY,
            f"LookupError: {around.__name__}",
            times,
        )


def test_an_around_that_swallows_makes_a_failure_good():
    """It is the user's to say so."""
    ended = _ran(_raising(LookupError()), around=lambda event: contextlib.suppress(LookupError))
    assert ended.fate is Fate.DONE


def test_a_traceback_begins_where_the_users_code_does():
    """What calls it is the same each time, and tells nothing."""
    inbox = Inbox("sqlite://", backoff=None)
    receiver = Receiver(providers.token, secret="s", inbox=inbox)

    @receiver.on("*", name="fail")
    def fail(event):
        raise RuntimeError("on purpose")

    plain = Request("POST", {"Content-Type": "application/json"}, b"{}")
    assert receiver.handle(receiver.verifier.sign(plain)).status == 200
    inbox.drain()
    (work,) = inbox.deliveries.show(1).events[0].works
    lines = work.traceback.splitlines()
    assert lines[0].startswith("Traceback")
    assert "in fail" in lines[1]
    assert lines[-1] == "RuntimeError: on purpose"
    inbox.close()
