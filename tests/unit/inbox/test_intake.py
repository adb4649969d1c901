"""From a verified delivery to the inbox, and what of it is run before the reply."""

import asyncio
import contextlib
import json
import sqlite3

import pytest

from hookkit import Backoff, ConfigError, Inbox, Receiver, Request, providers
from hookkit.errors import InboxError
from hookkit.inbox.sqlite import SQLiteStore

PATIENCE = 90.0


@pytest.fixture(params=["thread", "loop"])
def handle(request):
    """Has a receiver answer, as a WSGI server does it or as an ASGI server."""
    if request.param == "thread":
        return lambda receiver, delivery: receiver.handle(delivery)
    return lambda receiver, delivery: asyncio.run(receiver.handle_async(delivery))


@pytest.fixture
def inbox():
    inbox = Inbox("sqlite://", backoff=Backoff(attempts=3, first=0.0, cap=0.0))
    yield inbox
    inbox.close()


def _stripe(inbox, **given):
    return Receiver(providers.stripe, secret="s", inbox=inbox, **given)


def _delivery(receiver, event_id="evt_1", name="invoice.paid"):
    body = json.dumps({"id": event_id, "type": name}).encode()
    return receiver.verifier.sign(Request("POST", {"Content-Type": "application/json"}, body))


def test_what_nobody_hears_is_accepted_all_the_same(inbox, handle):
    """And done, as there is nothing to do; a handler that comes later does not run for it."""
    receiver = _stripe(inbox)
    receiver.on("charge.failed", name="other")(print)
    assert handle(receiver, _delivery(receiver)).status == 200
    inbox.drain()
    assert inbox.counts().events == {"done": 1}
    assert dict(receiver.unheard) == {"invoice.paid": 1}


def test_a_delivery_of_no_events_is_acknowledged(inbox, handle):
    """There is nothing to keep."""
    receiver = Receiver(
        providers.token.replace(batch=providers.sendgrid.batch), secret="s", inbox=inbox
    )
    empty = Request("POST", {"Content-Type": "application/json"}, b"[]")
    assert handle(receiver, receiver.verifier.sign(empty)).status == 200
    assert inbox.counts().deliveries == {}


def test_a_repeat_waits_for_the_worker_that_has_it(tmp_path, handle):
    """What was accepted under another `ack`, before a restart, is not run beside that."""
    before, after = (Inbox(f"sqlite:///{tmp_path}/hooks.db") for _ in range(2))
    later, now = _stripe(before), _stripe(after, ack="handled")
    for receiver in (later, now):
        receiver.on("*", name="note")(print)
    assert handle(later, _delivery(later)).status == 200
    reply = handle(now, _delivery(now))
    assert (reply.status, dict(reply.headers)["Retry-After"]) == (503, "10")
    before.drain()
    assert handle(now, _delivery(now)).status == 200
    for inbox in (before, after):
        inbox.close()


def test_of_a_repeat_only_what_is_undone_is_run(inbox, handle):
    """Each handler is recorded by itself."""
    receiver, runs = _stripe(inbox, ack="handled"), []
    receiver.on("*", name="good")(lambda event: runs.append("good"))

    @receiver.on("*", name="bad")
    def bad(event):
        runs.append(f"bad {event.attempt}")
        if event.attempt == 1:
            raise LookupError

    assert handle(receiver, _delivery(receiver)).status == 500
    assert handle(receiver, _delivery(receiver)).status == 200
    assert handle(receiver, _delivery(receiver)).status == 200
    assert runs == ["good", "bad 1", "bad 2"]


def test_a_dead_letter_that_comes_again_is_run_before_the_reply(inbox, handle):
    """As its handler wishes it, from its first attempt."""
    receiver, attempts = _stripe(inbox, ack="handled"), []

    @receiver.on("*", name="bad", backoff=None)
    def bad(event):
        attempts.append(event.attempt)
        if len(attempts) == 1:
            raise LookupError
        return "mended"

    assert handle(receiver, _delivery(receiver)).status == 500
    assert inbox.counts().events == {"dead": 1}
    assert handle(receiver, _delivery(receiver)).body == b"mended"
    assert attempts == [1, 1]
    assert inbox.counts().events == {"done": 1}


def test_the_first_reply_counts(inbox, handle):
    """Of several handlers that run before it; those that run later have none."""
    receiver = _stripe(inbox)
    receiver.on("*", name="later")(lambda event: "later")
    receiver.on("*", name="silent", ack="handled")(lambda event: None)
    receiver.on("*", name="first", ack="handled")(lambda event: "first")
    receiver.on("*", name="second", ack="handled")(lambda event: "second")
    assert handle(receiver, _delivery(receiver)).body == b"first"


@contextlib.contextmanager
def _held_by_another(path):
    """Another process is writing to the file."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("ROLLBACK")


def test_what_cannot_be_committed_is_not_run(tmp_path, handle):
    """Nor answered with anything but "come again"."""
    path = tmp_path / "hooks.db"
    inbox = Inbox(SQLiteStore(str(path), wait=0.01))
    receiver, runs = _stripe(inbox, ack="handled"), []
    receiver.on("*", name="note")(runs.append)
    with _held_by_another(path):
        assert handle(receiver, _delivery(receiver)).status == 503
    assert (runs, inbox.counts().deliveries) == ([], {})
    assert handle(receiver, _delivery(receiver)).status == 200
    assert len(runs) == 1
    inbox.close()


def test_a_rejected_delivery_that_cannot_be_kept_is_503(inbox, handle, monkeypatch):
    """As a 400 says that it is known, and to be seen."""
    receiver = _stripe(inbox)
    receiver.on("*", name="note")(print)
    bad = receiver.verifier.sign(Request("POST", {"Content-Type": "application/json"}, b"[]"))

    def fail(*_given):
        raise InboxError("full")

    with monkeypatch.context() as patched:
        patched.setattr(inbox.store, "reject", fail)
        assert handle(receiver, bad).status == 503
    assert handle(receiver, bad).status == 400
    assert inbox.counts().deliveries == {"rejected": 1}


def test_a_handler_of_a_later_parse_cannot_be_run_before_the_reply():
    """Neither by the receiver's wish nor by its own; that would have been passed over in silence."""
    inbox = Inbox("sqlite://", parse="later")
    receiver = Receiver(providers.github, secret="s", inbox=inbox)
    with pytest.raises(ConfigError, match='parse="now"'):
        receiver.on("push", name="now", ack="handled")(print)
    with pytest.raises(ConfigError, match='parse="now"'):
        Receiver(providers.token, secret="s", inbox=inbox, ack="handled")
    inbox.close()


def test_refused_requests_leave_nothing(inbox, handle):
    """What is not authentic, or no delivery, is not kept and uses up no id."""
    receiver = _stripe(inbox)
    receiver.on("*", name="note")(print)
    right = _delivery(receiver)
    for wrong in (
        right.replace(body=right.body + b" "),
        Request("GET", right.headers, right.body),
        Request("POST", {"Content-Type": "application/json"}, right.body),
    ):
        assert handle(receiver, wrong).status in (401, 405)
    assert inbox.counts().deliveries == {}
    assert handle(receiver, right).status == 200
    assert inbox.counts().duplicates == 0


def test_a_loop_is_not_blocked_while_a_delivery_is_committed(tmp_path):
    """However long that takes; other requests are served meanwhile."""
    path = tmp_path / "hooks.db"
    inbox = Inbox(SQLiteStore(str(path), wait=PATIENCE))
    receiver = _stripe(inbox)
    receiver.on("*", name="note")(print)

    async def main():
        with _held_by_another(path):
            waiting = asyncio.create_task(receiver.handle_async(_delivery(receiver)))
            for _ in range(10):
                assert (await receiver.handle_async(Request("GET"))).status == 405
            assert not waiting.done()
        return await waiting

    assert asyncio.run(main()).status == 200
    inbox.close()
