"""A receiver with an inbox: what is accepted, when it runs, and how it ends."""

import asyncio
import contextlib
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from hookkit import (
    HMAC,
    JSON,
    Backoff,
    ConfigError,
    Discard,
    Header,
    Inbox,
    Pointer,
    Provider,
    Receiver,
    Request,
    RetryLater,
    Token,
    on,
    providers,
)
from hookkit.errors import InboxError
from hookkit.inbox.sqlite import SQLiteStore

AT_ONCE = Backoff(attempts=3, first=0.0, cap=0.0)


@pytest.fixture
def inbox():
    inbox = Inbox("sqlite://", backoff=AT_ONCE)
    yield inbox
    inbox.close()


def _stripe(inbox, **given):
    return Receiver(providers.stripe, secret="s", inbox=inbox, **given)


def _request(receiver, event_id="evt_1", name="invoice.paid", body=None):
    body = body or json.dumps({"id": event_id, "type": name}).encode()
    plain = Request("POST", {"Content-Type": "application/json"}, body)
    return receiver.verifier.sign(plain)


def _send(receiver, *given):
    return receiver.handle(_request(receiver, *given))


def test_accepted_then_handled(inbox):
    """The reply comes first, the handler by the worker, and it knows where it stands."""
    receiver, seen = _stripe(inbox), []

    @receiver.on("invoice.paid", name="book")
    def book(event):
        seen.append((event.id, event.attempt, event.receipt, event.key, event.handler))

    assert _send(receiver).status == 200
    assert seen == []
    assert inbox.drain() == 1
    assert seen == [("evt_1", 1, 1, "id:evt_1", "book")]
    assert inbox.counts().events == {"done": 1}


def test_a_repeat_is_not_run(inbox):
    """Before and after it is handled; it is counted."""
    receiver, seen = _stripe(inbox), []
    receiver.on("*", name="note")(seen.append)
    assert [_send(receiver).status for _ in range(2)] == [200, 200]
    inbox.drain()
    assert _send(receiver).status == 200
    inbox.drain()
    assert len(seen) == 1
    assert inbox.counts().duplicates == 2


def test_a_failure_runs_again_alone(inbox):
    """Only the handler that failed, until it succeeds."""
    receiver, runs = _stripe(inbox), []

    @receiver.on("*", name="good")
    def good(event):
        runs.append("good")

    @receiver.on("*", name="bad")
    def bad(event):
        runs.append(f"bad {event.attempt}")
        if event.attempt < 3:
            raise ValueError("not yet")

    _send(receiver)
    inbox.drain()
    assert runs == ["good", "bad 1", "bad 2", "bad 3"]
    assert inbox.counts().works == {"done": 2}


def test_the_last_failure_is_a_dead_letter_and_a_repeat_revives_it(inbox, caplog):
    """Visible with its traceback, never in a loop; the provider's own redelivery queues it again."""
    receiver, runs = _stripe(inbox), []

    @receiver.on("*", name="bad")
    def bad(event):
        runs.append(event.attempt)
        raise ValueError("no\nnever \x1b[31m")

    _send(receiver)
    inbox.drain()
    assert runs == [1, 2, 3]
    assert inbox.counts().events == {"dead": 1}
    assert "dead letter: bad, receipt 1" in caplog.text
    assert _send(receiver).status == 200
    inbox.drain()
    assert runs == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize(
    ("wish", "works", "runs"),
    [
        (lambda: Discard("sold out"), {"discarded": 1}, 1),
        (RetryLater, {"dead": 1}, 3),
        (lambda: RetryLater(0), {"dead": 1}, 3),
        (lambda: RetryLater(3600), {"waiting": 1}, 1),
        (lambda: SystemExit(1), {"dead": 1}, 3),
    ],
)
def test_wishes(inbox, wish, works, runs):
    """What a handler raises decides what becomes of its event; an exit ends no worker."""
    receiver, seen = _stripe(inbox), []

    @receiver.on("*", name="wishful")
    def wishful(event):
        seen.append(event)
        raise wish()

    _send(receiver)
    inbox.drain()
    assert (len(seen), inbox.counts().works) == (runs, works)


def test_a_backoff_of_its_own(inbox):
    """None: a failure is final."""
    receiver, seen = _stripe(inbox), []

    @receiver.on("*", name="once", backoff=None)
    def once(event):
        seen.append(event)
        raise ValueError

    _send(receiver)
    inbox.drain()
    assert (len(seen), inbox.counts().works) == (1, {"dead": 1})


def test_handled_before_the_reply(inbox):
    """With ack="handled" what the handler returns is the reply; a failure is a 500, and a repeat runs it."""
    receiver, broken = _stripe(inbox, ack="handled"), [True]

    @receiver.on("*", name="answer")
    def answer(event):
        if broken:
            raise ValueError("broken")
        return "done"

    assert _send(receiver).status == 500
    assert _send(receiver).status == 500
    broken.clear()
    assert _send(receiver).body == b"done"
    assert _send(receiver).status == 200
    assert inbox.drain() == 0


def test_one_handler_before_the_reply_and_one_after(inbox):
    """Each as it says itself."""
    receiver, runs = _stripe(inbox), []
    receiver.on("*", name="now", ack="handled")(lambda event: runs.append("now"))
    receiver.on("*", name="later")(lambda event: runs.append("later"))
    _send(receiver)
    assert runs == ["now"]
    inbox.drain()
    assert runs == ["now", "later"]


def test_under_way_is_503(inbox):
    """A repeat while the first is being handled is asked to come again."""
    receiver, entered, go = _stripe(inbox, ack="handled"), threading.Event(), threading.Event()

    @receiver.on("*", name="slow")
    def slow(event):
        entered.set()
        go.wait(10)

    first = threading.Thread(target=_send, args=(receiver,))
    first.start()
    assert entered.wait(10)
    again = _send(receiver)
    assert (again.status, dict(again.headers)["Retry-After"]) == (503, "10")
    go.set()
    first.join()
    assert inbox.counts().works == {"done": 1}


def test_what_cannot_be_parsed_is_kept_as_rejected(inbox):
    """400, visible, and it holds no key."""
    receiver = _stripe(inbox)
    receiver.on("*", name="note")(print)
    for body in (b"[]", b'{"id":"evt_1"}', b"{"):
        assert receiver.handle(_request(receiver, body=body)).status == 400
    assert inbox.counts().deliveries == {"rejected": 3}
    assert _send(receiver).status == 200
    assert inbox.counts().deliveries == {"rejected": 3, "accepted": 1}


def test_parsed_later():
    """Stored as it is; what does not parse is rejected by the worker."""
    inbox = Inbox("sqlite://", parse="later")
    receiver, seen = Receiver(providers.github, secret="s", inbox=inbox), []
    receiver.on("push", name="note")(lambda event: seen.append(event.payload))

    def send(body, guid):
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": guid,
        }
        return receiver.handle(receiver.verifier.sign(Request("POST", headers, body))).status

    assert [send(b'{"a":1}', "1"), send(b'{"a":1}', "1"), send(b"{", "2")] == [200, 200, 200]
    inbox.drain()
    assert seen == [{"a": 1}]
    assert inbox.counts().deliveries == {"expanded": 1, "rejected": 1}
    inbox.close()
    for given in ({"ack": "handled"}, {}):
        provider = providers.slack if not given else providers.github
        later = Inbox("sqlite://", parse="later")
        with pytest.raises(ConfigError, match='parse="now"'):
            Receiver(provider, secret="s", inbox=later, **given)
        later.close()


def test_a_batch_runs_each_event_once(inbox):
    """A retry of the batch, or another with some of its events, runs only what is new."""
    provider = Provider(
        name="batch",
        scheme=HMAC(signature=Header("S")),
        accepts=(JSON(batch=True),),
        batch=Pointer(""),
        event_type=Pointer("/type"),
        event_id=Pointer("/id"),
    )
    receiver, seen = Receiver(provider, secret="s", inbox=inbox), []
    receiver.on("*", name="note")(lambda event: seen.append(event.id))

    def send(*ids):
        body = json.dumps([{"id": each, "type": "a"} for each in ids]).encode()
        return receiver.handle(_request(receiver, body=body)).status

    assert [send("1", "2"), send("2", "3"), send("1", "3"), send(), send("4", "4")] == [200] * 5
    inbox.drain()
    assert sorted(seen) == ["1", "2", "3", "4"]


def test_around_is_entered_for_each_run(inbox):
    """The inbox's outside the receiver's."""
    entered = []

    @contextlib.contextmanager
    def around(name):
        entered.append(name)
        yield
        entered.append(f"/{name}")

    outer = Inbox("sqlite://", around=lambda: around("inbox"))
    receiver = _stripe(outer, around=lambda: around("receiver"))
    receiver.on("*", name="note")(lambda event: entered.append("run"))
    _send(receiver)
    outer.drain()
    assert entered == ["inbox", "receiver", "run", "/receiver", "/inbox"]
    outer.close()


def test_async_handlers_and_an_event_loop(inbox):
    """Workers run them, and so does a receiver on a loop, which it does not block."""
    receiver, seen = _stripe(inbox, ack="handled"), []

    @receiver.on("invoice.paid", name="now")
    async def now(event):
        await asyncio.sleep(0)
        seen.append("now")
        return "from the loop"

    @receiver.on("invoice.paid", name="plain")
    def plain(event):
        seen.append("plain")

    @receiver.on("invoice.voided", name="later", ack="accepted")
    async def later(event):
        seen.append("later")

    async def main():
        bad = _request(receiver, body=b"[]")
        asked = [_request(receiver, name, f"invoice.{name}") for name in ("paid", "paid", "voided")]
        return [await receiver.handle_async(each) for each in (*asked, bad)]

    replies = asyncio.run(main())
    assert [reply.status for reply in replies] == [200, 200, 200, 400]
    assert replies[0].body == b"from the loop"
    inbox.drain()
    assert seen == ["now", "plain", "later"]


def test_parsed_later_on_an_event_loop():
    """The loop hears of it when it is committed."""
    inbox = Inbox("sqlite://", parse="later")
    receiver = _stripe(inbox)
    receiver.on("*", name="note")(print)
    assert asyncio.run(receiver.handle_async(_request(receiver))).status == 200
    assert asyncio.run(receiver.handle_async(Request("GET"))).status == 405
    assert inbox.counts().deliveries == {"accepted": 1}
    inbox.close()


def test_a_handler_that_is_cancelled_is_free_at_once(inbox):
    """As by a server whose client went away: who sends again is not sent away for the rest of the lease."""
    receiver, seen, entered = _stripe(inbox, ack="handled"), [], asyncio.Event()

    @receiver.on("*", name="slow")
    async def slow(event):
        seen.append(event.attempt)
        entered.set()
        if event.attempt == 1:
            await asyncio.Event().wait()
        return "handled"

    async def main():
        request = asyncio.create_task(receiver.handle_async(_request(receiver)))
        await entered.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await asyncio.get_running_loop().shutdown_default_executor()  # waits for what it is at

    asyncio.run(main())
    assert inbox._heart.held == frozenset()
    assert asyncio.run(receiver.handle_async(_request(receiver))).body == b"handled"
    assert seen == [1, 2]


def test_a_handler_that_is_cancelled_without_a_store(inbox, monkeypatch, caplog):
    receiver = _stripe(inbox)
    receiver.on("*", name="note")(print)
    _send(receiver)
    handlers = [("stripe", "note")]
    task = inbox.store.claim(handlers, "a", 10.0)
    events = inbox.sources["stripe"].expand_delivery(task.delivery)
    (work,) = inbox.store.expand(task, events, 10.0)

    def fail(leases, seconds):
        raise InboxError("no disk")

    with monkeypatch.context() as patched:
        patched.setattr(inbox.store, "renew", fail)
        inbox._let_go(work)
    assert "receipt 1 is free when its lease ends: no disk" in caplog.text


def test_a_handler_that_ended_is_recorded_though_its_request_is_cancelled(inbox, monkeypatch):
    """While all threads are busy the record waits for one, and the request may be cancelled there."""
    receiver, busy, ended = _stripe(inbox, ack="handled"), threading.Event(), asyncio.Event()

    @receiver.on("*", name="quick")
    async def quick(event):
        ended.set()
        asyncio.get_running_loop().run_in_executor(None, busy.wait, 10)  # takes the only thread

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        request = asyncio.create_task(receiver.handle_async(_request(receiver)))
        await ended.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        busy.set()
        await loop.shutdown_default_executor()

    asyncio.run(main())
    assert inbox.counts().works == {"done": 1}
    assert inbox.drain() == 0


@pytest.mark.parametrize("times", [2, 1000])
def test_an_engine_waits_for_the_store_to_write_how_a_handler_ended(monkeypatch, times):
    """It has nobody who would do it later. After a minute it gives up."""
    clock, left = [0.0], [times]
    inbox = Inbox("sqlite://")
    receiver, seen = _stripe(inbox), []
    receiver.on("*", name="note")(lambda event: seen.append(event.attempt))
    _send(receiver)
    finish = inbox.store.finish

    def try_to_finish(work, ended):
        left[0] -= 1
        if left[0] >= 0:
            raise InboxError("the database is locked")
        return finish(work, ended)

    def sleep(seconds):
        clock[0] += seconds

    monkeypatch.setattr(inbox.store, "finish", try_to_finish)
    monkeypatch.setattr(
        "hookkit.inbox.inbox.time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep)
    )
    if times == 2:
        assert inbox.work_on(1) == 1
        assert inbox.counts().works == {"done": 1}
    else:
        with pytest.raises(InboxError):
            inbox.work_on(1)
        assert clock[0] == 60.0
    assert seen == [1]
    inbox.close()


def test_workers_in_this_process(inbox):
    """They start with the first delivery, and end when they are told."""
    receiver, done = _stripe(inbox), threading.Event()
    receiver.on("*", name="note")(lambda event: done.set())
    inbox.start(threads=2)
    assert not any(thread.name.startswith("hookkit-worker") for thread in threading.enumerate())
    _send(receiver)
    assert done.wait(10)
    inbox.stop()
    deadline = time.monotonic() + 10
    while any(thread.name.startswith("hookkit-worker") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with pytest.raises(ConfigError):
        inbox.start(threads=0)


def test_what_does_not_end_in_time_is_free_for_others(inbox):
    """Who runs it again hears that it was begun before; of what was not begun, that it was not."""
    receiver, entered, go, seen = _stripe(inbox), threading.Event(), threading.Event(), []

    @receiver.on("*", name="slow")
    def slow(event):
        seen.append((event.id, event.attempt))
        if len(seen) == 1:
            entered.set()
            go.wait(10)

    _send(receiver, "evt_1")
    _send(receiver, "evt_2")
    assert inbox.work_some(2, lambda: False) == 2  # leased together, and none of them begun
    inbox.work(1)
    assert entered.wait(10)
    inbox.stop(0.05)
    assert inbox._heart.held == frozenset()
    inbox.drain()
    assert sorted(seen) == [("evt_1", 1), ("evt_1", 2), ("evt_2", 1)]
    go.set()


@pytest.mark.parametrize("again", [True, False])
def test_what_ends_after_its_time_is_done_unless_it_is_run_again(inbox, again):
    """It holds the work until another does, and is heard then."""
    receiver, entered, go = _stripe(inbox), threading.Event(), threading.Event()

    @receiver.on("*", name="slow")
    def slow(event):
        if event.attempt == 1:
            entered.set()
            go.wait(10)

    inbox.work(1)
    worker = inbox._workers._threads[0]
    _send(receiver)
    assert entered.wait(10)
    inbox.stop(0.05)
    assert inbox.drain() == 1 if again else True
    go.set()
    worker.join(10)
    assert inbox.counts().works == {"done": 1}
    assert inbox.drain() == 0


def test_what_died_with_its_process_ends_as_a_dead_letter():
    """A handler that takes its process along runs as often as its backoff says, and no more."""
    ticks = [0.0]
    store = SQLiteStore(":memory:", ticking=lambda: ticks[0])
    inbox = Inbox(store, backoff=Backoff(attempts=2), lease=10.0)
    receiver, runs = _stripe(inbox), []
    receiver.on("*", name="killer")(runs.append)
    _send(receiver)
    handlers = [("stripe", "killer")]
    task = store.claim(handlers, "a", 10.0)
    source = inbox.sources["stripe"]
    events = source.events_of(task.delivery)
    store.expand(task, source.expand_for_worker(events, task.delivery.arrival), 10.0)
    ticks[0] += 11
    assert store.claim(handlers, "b", 10.0).attempt == 2
    ticks[0] += 11
    inbox.drain()
    assert (runs, inbox.counts().works) == ([], {"dead": 1})
    inbox.close()


@on("*")
def in_a_module(event):
    """Found again by its name."""


def test_names_must_be_found_again(inbox):
    """Lambdas, local functions and two of one name are refused, with what to write."""
    receiver = _stripe(inbox, handlers=[in_a_module])
    with pytest.raises(ConfigError, match='name="greet"'):
        receiver.on("*")(lambda event: None)
    other = Receiver(providers.github, secret="s", inbox=inbox)
    other.on("push", name="same")(print)
    with pytest.raises(ConfigError, match="two handlers of github"):
        other.on("push", name="same")(len)
    with pytest.raises(ConfigError, match="source 'stripe'"):
        _stripe(inbox)


def test_an_orphan_waits(inbox):
    """The work of a handler that is gone is counted, and run by no other."""
    receiver = _stripe(inbox)
    receiver.on("*", name="old")(lambda event: RetryLater())
    _send(receiver)
    task = inbox.store.claim([("stripe", "old")], "a", 60)
    source = inbox.sources["stripe"]
    events = source.events_of(task.delivery)
    inbox.store.expand(task, source.expand(events, source.dedupe.keys_of_events(events), 0.0), 60)
    assert inbox.store.counts([("stripe", "new")]).orphaned == 1
    assert inbox.store.claim([("stripe", "new")], "b", 60) is None


def test_secrets_are_not_stored(tmp_path):
    """No token, signature, cookie or secret is in the file."""
    path = tmp_path / "hooks.db"
    inbox = Inbox(f"sqlite:///{path}")
    senders = {
        "bearer": {},
        "query_token": {},
        "github": {"X-GitHub-Event": "a", "X-GitHub-Delivery": "1", "Cookie": "c00kie-monster"},
        "figma": {},
    }
    secret, shown = "correct-horse-battery", []
    for name, headers in senders.items():
        receiver = Receiver(getattr(providers, name), secret=secret, inbox=inbox)
        receiver.on("*", name="note")(print)
        body = b'{"event_type":"a","webhook_id":"1","timestamp":"x"}'
        plain = Request(
            "POST", {"Content-Type": "application/json", **headers}, body, url="https://h/x"
        )
        signed = receiver.verifier.sign(plain)
        shown += [value for key, value in signed.headers.items() if "signature" in key]
        assert receiver.handle(signed).status == 200, name
    inbox.close()
    stored = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    for text in (secret, "c00kie", *(each.split("=")[-1] for each in shown)):
        assert text.encode() not in stored
    assert b"webhook_id" in stored


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"store": "hooks.db"}, "sqlite:///hooks.db"),
        ({"store": "redis://x"}, "sqlite:///hooks.db"),
        ({"store": "sqlite://", "lease": 0}, "lease"),
        ({"store": "sqlite://", "lease": float("nan")}, "lease"),
        ({"store": "sqlite://", "lease": float("inf")}, "lease"),
        ({"store": "sqlite://", "parse": "never"}, "parse"),
    ],
)
def test_arguments_are_checked(given, said):
    """At construction, with what to write."""
    with pytest.raises(ConfigError, match=said):
        Inbox(**given)


def test_a_store_out_of_reach_says_so_at_start(tmp_path):
    """And a schema of a newer hookkit is refused."""
    with pytest.raises(InboxError, match=r"there is no folder \S+missing"):
        Inbox(f"sqlite:///{tmp_path}/missing/hooks.db")
    with pytest.raises(InboxError, match="Can this user write there"):
        Inbox(f"sqlite:///{tmp_path}")  # it is a folder
    (tmp_path / "page.html").write_text("<!doctype html>" + " " * 1000)
    with pytest.raises(InboxError, match=r"file is not a database$"):
        Inbox(f"sqlite:///{tmp_path}/page.html")
    path = tmp_path / "newer.db"
    Inbox(f"sqlite:///{path}").close()
    import sqlite3

    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InboxError, match="newer hookkit"):
        Inbox(f"sqlite:///{path}")


def test_a_store_that_goes_away_is_503(tmp_path, caplog):
    """With Retry-After, one line in the log, and it works again without a restart."""
    inbox = Inbox(SQLiteStore(str(tmp_path / "hooks.db"), wait=0.1))
    receiver = _stripe(inbox)
    receiver.on("*", name="note")(print)
    assert _send(receiver).status == 200
    import sqlite3

    holder = sqlite3.connect(tmp_path / "hooks.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.ERROR):
        reply = _send(receiver, "evt_2")
    assert (reply.status, dict(reply.headers)["Retry-After"]) == (503, "10")
    assert len(caplog.records) == 1
    holder.execute("ROLLBACK")
    holder.close()
    assert _send(receiver, "evt_2").status == 200
    assert inbox.counts().deliveries == {"accepted": 2}
    inbox.close()


def test_a_token_without_ids_is_never_a_repeat(inbox):
    """Nothing tells two equal alerts from one that was sent again."""
    receiver = Receiver(
        providers.token.replace(scheme=Token(Header("X-T"))), secret="s", inbox=inbox
    )
    receiver.on("*", name="note")(print)
    assert [_send(receiver).status for _ in range(2)] == [200, 200]
    assert inbox.counts().deliveries == {"accepted": 2}


# For tests.


@pytest.mark.parametrize("encrypted", [False, True])
def test_inside_in_memory_nothing_of_its_own_is_touched(tmp_path, encrypted):
    from cryptography.fernet import Fernet

    key = Fernet.generate_key() if encrypted else None
    inbox = Inbox(f"sqlite:///{tmp_path / 'hooks.db'}", encryption_key=key)
    receiver, ran, told = Receiver(providers.token, secret="s", inbox=inbox), [], []
    receiver.on("*", name="note")(lambda event: ran.append(event.payload["n"]))
    inbox.hand_to(lambda *work: told.append(work))

    def send(number):
        headers = {"X-Webhook-Token": "s", "Content-Type": "application/json"}
        return receiver.handle(Request("POST", headers, b'{"n": %d}' % number)).status

    assert send(1) == 200
    with inbox.in_memory():
        assert inbox.counts().deliveries == {}
        assert send(2) == 200
        inbox.drain()
        assert ran == [2]
        assert [each.state for each in inbox.deliveries.find()] == ["done"]
        assert inbox.work_some(8, lambda: True) == 0  # as its workers do
        assert ran == [2]
    assert [receipt for _, receipt, _ in told] == [1]
    inbox.drain()
    assert ran == [2, 1]
    assert send(3) == 200
    assert len(told) == 2
    inbox.close()


@pytest.mark.parametrize(
    ("store", "message"), [(None, "is the environment variable set"), ("", "sqlite:///hooks.db")]
)
def test_an_inbox_is_told_its_store(store, message):
    with pytest.raises(ConfigError, match=message):
        Inbox(store)


def test_what_is_committed_is_acknowledged_also_where_no_worker_can_be_started(
    inbox, monkeypatch, caplog
):
    receiver, seen = _stripe(inbox), []
    receiver.on("*", name="note")(seen.append)
    inbox.start(threads=2)

    def fail(*given):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr("hookkit.inbox.inbox.Workers", fail)
        assert _send(receiver).status == 200
    assert "no workers can be started" in caplog.text
    inbox.drain()
    assert len(seen) == 1
