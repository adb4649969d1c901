"""Several deliveries at a time: what the store is asked for, what is held, and what is left to others."""

import json
import threading
from contextlib import contextmanager

import pytest

from hookkit import Backoff, Inbox, Receiver, Request, providers
from hookkit.errors import InboxError
from hookkit.inbox import batches
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.runs import Runs

LATER = Backoff(attempts=3, first=3600.0)


@pytest.fixture
def inbox():
    inbox = Inbox("sqlite://", backoff=LATER)
    yield inbox
    inbox.close()


@pytest.fixture
def receiver(inbox):
    return Receiver(providers.stripe, secret="s", inbox=inbox)


def _accept(receiver, *names):
    for name in names:
        body = json.dumps({"id": f"evt_{name}", "type": "invoice.paid"}).encode()
        request = Request("POST", {"Content-Type": "application/json"}, body)
        assert receiver.handle(receiver.verifier.sign(request)).status == 200


def _always():
    return True


def test_what_has_come_is_handled_together(inbox, receiver):
    """In its order; no more than was asked for."""
    seen = []
    receiver.on("invoice.paid", name="book")(lambda event: seen.append(event.id))
    _accept(receiver, *"abcde")
    assert inbox.work_some(3, _always) == 3
    assert seen == ["evt_a", "evt_b", "evt_c"]
    assert inbox.work_some(3, _always) == 2
    assert inbox.work_some(3, _always) == 0
    assert inbox.counts().works == {"done": 5}


def test_while_it_goes_on_leases_are_held_and_then_dropped(inbox, receiver):
    held = []
    receiver.on("invoice.paid", name="book")(lambda event: held.append(len(inbox._heart.held)))
    _accept(receiver, *"abc")
    inbox.work_some(8, _always)
    assert held == [3, 3, 3]  # an end that is being written is held, too
    assert inbox._heart.held == frozenset()


def test_one_that_fails_does_not_keep_the_others(inbox, receiver):
    @receiver.on("invoice.paid", name="book")
    def book(event):
        if event.id == "evt_b":
            raise LookupError

    _accept(receiver, *"abc")
    assert inbox.work_some(8, _always) == 3
    assert inbox.counts().works == {"done": 2, "waiting": 1}


def _spoilt(event):
    return event.payload["customer"]


@pytest.mark.parametrize("most", [None, 8])
def test_what_raises_before_its_handler_is_rejected_alone(inbox, receiver, caplog, most):
    """A function that finds the order came with a deploy, and fails for what was accepted before."""
    seen = []
    receiver.on("invoice.paid", name="book")(lambda event: seen.append(event.id))
    _accept(receiver, *"abc")
    (handler,) = receiver.router.handlers
    order = {"evt_b": 1 / 2}
    handler.runs = Runs(ordered_by=lambda event: order.get(event.id) or event.payload["customer"])
    while inbox.work_some(most, _always) if most else inbox.work_once():
        pass
    assert seen == ["evt_b"]
    assert [(line.receipt, line.reason) for line in inbox.deliveries.find(state="rejected")] == [
        (3, "unexpected-error"),
        (1, "unexpected-error"),
    ]
    assert "KeyError" in caplog.text
    handler.runs = Runs()
    assert inbox.deliveries.replay(state="rejected") == 2
    inbox.drain()
    assert sorted(seen) == ["evt_a", "evt_b", "evt_c"]


def test_an_order_that_cannot_be_told_keeps_no_delivery_out(inbox, receiver, caplog):
    """It is accepted, and rejected where somebody sees it: the provider would give up one day."""
    receiver.on("invoice.paid", name="book", ordered_by=_spoilt)(print)
    _accept(receiver, "a")
    assert "an order cannot be told" in caplog.text
    inbox.drain()
    (line,) = inbox.deliveries.find()
    assert (line.state, line.reason) == ("rejected", "unexpected-error")


def test_what_cannot_be_given_back_is_not_held_either(inbox, receiver, monkeypatch):
    """Or it would be renewed for as long as this process lives, and nobody would run it."""
    seen = []
    receiver.on("invoice.paid", name="book")(lambda event: seen.append(event.id))
    _accept(receiver, *"abc")
    inbox.work_some(8, lambda: not seen)
    assert len(inbox._heart.held) == 2

    def fail(leases):
        raise InboxError("no disk")

    with monkeypatch.context() as patched:
        patched.setattr(inbox.store, "release", fail)
        with pytest.raises(InboxError):
            inbox.stop()
    assert inbox._heart.held == frozenset()


AWAY = InboxError("the database is locked")


@contextmanager
def _no_end_written(monkeypatch, inbox, error=AWAY):
    """Inside, the store cannot write how a handler's run ended."""

    def fail(work, ended):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(inbox.store, "finishing", fail)
        patched.setattr(inbox.store, "finish", fail)
        yield


def test_what_ended_while_the_store_was_away_is_written_when_it_is_back(
    inbox, receiver, monkeypatch
):
    """And held until then: what is done must not run again as it ended at a bad moment."""
    seen = []
    receiver.on("invoice.paid", name="book")(lambda event: seen.append(event.id))
    _accept(receiver, *"ab")
    with _no_end_written(monkeypatch, inbox):
        with pytest.raises(InboxError):
            inbox.work_some(8, _always)
        assert inbox.work_some(8, _always) == 0  # still away
        assert len(inbox._heart.held) == 2
    assert inbox.work_some(8, _always) == 0
    assert inbox.counts().works == {"done": 2}
    assert (seen, inbox._heart.held) == (["evt_a", "evt_b"], frozenset())


@pytest.mark.parametrize("is_back", [True, False])
def test_at_a_stop_what_ended_is_written_or_left_to_its_lease(
    inbox, receiver, monkeypatch, is_back
):
    receiver.on("invoice.paid", name="book")(print)
    _accept(receiver, *"ab")
    with _no_end_written(monkeypatch, inbox):
        with pytest.raises(InboxError):
            inbox.work_some(8, _always)
        if not is_back:
            inbox.stop()
    inbox.stop()
    assert inbox._heart.held == frozenset()
    assert inbox.counts().works == {"done" if is_back else "waiting": 2}


def test_only_so_many_ends_are_kept(inbox, receiver, monkeypatch):
    """Each has its delivery in memory. The others run again when their leases are over."""
    monkeypatch.setattr(batches, "MOST_UNWRITTEN", 2)
    receiver.on("invoice.paid", name="book")(print)
    _accept(receiver, *"abc")
    with _no_end_written(monkeypatch, inbox), pytest.raises(InboxError):
        inbox.work_some(8, _always)
    assert len(inbox._heart.held) == 2


def test_an_end_that_is_no_matter_of_the_store_lets_the_lease_go(inbox, receiver, monkeypatch):
    receiver.on("invoice.paid", name="book")(print)
    _accept(receiver, "a")
    with _no_end_written(monkeypatch, inbox), pytest.raises(InboxError):
        inbox.work_some(8, _always)
    with _no_end_written(monkeypatch, inbox, KeyError()), pytest.raises(KeyError):
        inbox.work_some(8, _always)
    assert inbox._heart.held == frozenset()


def test_what_was_leased_and_not_begun_is_given_back(inbox, receiver):
    """And was no attempt: after a stop another process does it at once."""
    seen = []
    receiver.on("invoice.paid", name="book")(lambda event: seen.append((event.id, event.attempt)))
    _accept(receiver, *"abc")
    assert inbox.work_some(8, lambda: not seen) == 3
    assert seen == [("evt_a", 1)]
    inbox.stop()
    assert inbox._heart.held == frozenset()
    assert inbox.drain() == 2
    assert seen == [("evt_a", 1), ("evt_b", 1), ("evt_c", 1)]


def test_behind_a_slow_one_another_thread_goes_on(inbox, receiver):
    """The first waits until the others are done, which it could not run itself."""
    begun, rest = threading.Event(), threading.Barrier(2)

    @receiver.on("invoice.paid", name="book")
    def book(event):
        begun.set()
        if event.id in ("evt_a", "evt_c"):
            rest.wait(60)

    _accept(receiver, *"abc")
    slow = threading.Thread(target=inbox.work_some, args=(8, _always))
    slow.start()
    # With all three leased: before, the other thread could find nothing to do.
    assert begun.wait(60)
    assert inbox.work_some(8, _always) == 2
    slow.join()
    assert inbox.counts().works == {"done": 3}


def test_a_delivery_with_several_handlers(inbox, receiver):
    """The first of them is run with it, the others are claimed as works."""
    seen = []
    receiver.on("invoice.paid", name="book")(lambda event: seen.append(f"book {event.id}"))
    receiver.on("*", name="tell")(lambda event: seen.append(f"tell {event.id}"))
    _accept(receiver, *"ab")
    while inbox.work_some(8, _always):
        pass
    assert seen == ["book evt_a", "book evt_b", "tell evt_a", "tell evt_b"]


def test_an_event_that_nobody_hears_is_done(inbox, receiver):
    receiver.on("invoice.voided", name="book")(print)
    _accept(receiver, *"ab")
    assert inbox.work_some(8, _always) == 2
    assert inbox.counts().events == {"done": 2}
    assert inbox._heart.held == frozenset()


def test_what_cannot_be_parsed_is_rejected_beside_the_others(caplog):
    """Where it is parsed by the worker."""
    inbox, seen = Inbox("sqlite://", parse="later"), []
    receiver = Receiver(providers.stripe, secret="s", inbox=inbox)
    receiver.on("*", name="book")(lambda event: seen.append(event.id))
    for body in (b'{"id": "evt_a", "type": "a"}', b"[", b'{"id": "evt_b", "type": "b"}'):
        request = Request("POST", {"Content-Type": "application/json"}, body)
        assert receiver.handle(receiver.verifier.sign(request)).status == 200
    assert inbox.work_some(8, _always) == 3
    assert seen == ["evt_a", "evt_b"]
    assert inbox.counts().deliveries == {"expanded": 2, "rejected": 1}
    assert "rejected 2: bad-body" in caplog.text
    inbox.close()


class Failing(SQLiteStore):
    """Cannot write the first end that it is told."""

    failed = False

    def finishing(self, work, ended):
        future = super().finishing(work, ended)
        if not self.failed:
            self.failed = True
            future.result()
            future = type(future)()
            future.set_exception(InboxError("the disk is full"))
        return future


def test_an_end_that_cannot_be_written_is_told_after_the_others_were():
    inbox, seen = Inbox(Failing(":memory:")), []
    receiver = Receiver(providers.stripe, secret="s", inbox=inbox)
    receiver.on("*", name="book")(lambda event: seen.append(event.id))
    _accept(receiver, *"abc")
    with pytest.raises(InboxError, match="the disk is full"):
        inbox.work_some(8, _always)
    assert len(seen) == 3
    assert len(inbox._heart.held) == 1
    inbox.close()
    assert inbox._heart.held == frozenset()


def _left_by_one_that_died(inbox, most):
    """What was leased by so many leases at once, by a process of which nothing more is heard."""
    clock = inbox.store._ticking
    inbox._batches._fetch(most)
    inbox.store._ticking = lambda: clock() + 61


def test_innocents_beside_one_that_ends_the_process_are_tried_alone(inbox, receiver):
    """They come back one by one, so that none dies beside it again. It may have run: that counts."""
    receiver.on("invoice.paid", name="book")(print)
    _accept(receiver, *"abc")
    _left_by_one_that_died(inbox, 3)
    for _ in range(3):
        (work,) = inbox.store.claim_some(inbox._handlers(), ["4", "5", "6"], 60)
        assert work.attempt == 2


def test_a_handler_with_a_single_attempt_is_run_alone(inbox, receiver):
    """It could be dead without having been run."""
    seen = []
    receiver.on("invoice.paid", name="book", backoff=None)(lambda event: seen.append(event.attempt))
    _accept(receiver, *"ab")
    assert inbox.work_some(8, _always) == 2
    assert seen == []
    assert inbox.counts().works == {"waiting": 2}
    assert inbox._heart.held == frozenset()
    assert [inbox.work_some(8, _always) for _ in range(3)] == [1, 1, 0]
    assert seen == [1, 1]


def test_a_failure_among_others_is_the_first_attempt():
    """And so the wait after it is the first."""
    inbox, seen = Inbox("sqlite://", backoff=Backoff(attempts=2, first=0.0, cap=0.0)), []

    def book(event):
        seen.append((event.id, event.attempt))
        raise LookupError

    receiver = Receiver(providers.stripe, secret="s", inbox=inbox)
    receiver.on("invoice.paid", name="book")(book)
    _accept(receiver, *"ab")
    while inbox.work_some(8, _always):
        pass
    assert sorted(seen) == [("evt_a", 1), ("evt_a", 2), ("evt_b", 1), ("evt_b", 2)]
    assert inbox.counts().works == {"dead": 2}
    inbox.close()
