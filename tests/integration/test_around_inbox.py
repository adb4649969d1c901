"""Recipes of `around=` where an inbox runs the handlers: by a worker's thread, or before the reply."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import textwrap
import threading
from contextvars import ContextVar

import flask
import pytest
import sqlalchemy
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)

from hookkit import Backoff, Event, Inbox, Receiver, Request, providers
from hookkit.marks import ddl, first_time

PATIENCE = 90.0
AT_ONCE = Backoff(attempts=3, first=0.0, cap=0.0)


class Endpoint:
    """A receiver with an inbox, with `around` on one of them, and whoever runs its handlers."""

    def __init__(self, on, ack, around):
        given = {on: around}
        self.inbox = Inbox("sqlite://", backoff=AT_ONCE, around=given.get("inbox"))
        self.receiver = Receiver(
            providers.stripe,
            secret="s",
            inbox=self.inbox,
            ack=ack,
            around=given.get("receiver"),
        )

    def handles(self, function, *, is_async):
        """Have it run for each event, as a plain function or an async one."""

        async def on_a_loop(event):
            await asyncio.sleep(0)
            return function(event)

        self.receiver.on("*", name="handler")(on_a_loop if is_async else function)

    def send(self, *ids):
        """Deliveries of these events, and all that is to be done for them."""
        replies = [self.receiver.handle(self._delivery(event_id)) for event_id in ids]
        self._work()
        return [reply.status for reply in replies]

    def _delivery(self, event_id):
        body = json.dumps({"id": event_id, "type": "invoice.paid"}).encode()
        plain = Request("POST", {"Content-Type": "application/json"}, body)
        return self.receiver.verifier.sign(plain)

    def _work(self):
        """In a thread that knows nothing of ours, as a worker's."""
        worker = threading.Thread(target=self.inbox.drain)
        worker.start()
        worker.join(PATIENCE)
        assert not worker.is_alive()


@pytest.fixture
def endpoint():
    """Makes endpoints, and closes their inboxes after the test."""
    made = []

    def make(on, ack, around):
        made.append(Endpoint(on, ack, around))
        return made[-1]

    yield make
    for each in made:
        each.inbox.close()


everywhere = pytest.mark.parametrize("on", ["inbox", "receiver"])
whenever = pytest.mark.parametrize("ack", ["accepted", "handled"])
however = pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])


@everywhere
@whenever
@however
def test_flask(endpoint, on, ack, is_async):
    """A handler has the application's context, a new one for each run."""
    app, seen = flask.Flask("shop"), []
    app.config["CURRENCY"] = "EUR"

    def book(event):
        seen.append((flask.current_app.config["CURRENCY"], flask.g.get("event")))
        flask.g.event = event.id

    hooks = endpoint(on, ack, app.app_context)
    hooks.handles(book, is_async=is_async)
    assert hooks.send("evt_1", "evt_2") == [200, 200]
    assert seen == [("EUR", None), ("EUR", None)]
    assert not flask.has_app_context()


class Base(DeclarativeBase):
    pass


class Payment(Base):
    __tablename__ = "payments"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice: Mapped[str]


@pytest.fixture
def shop(tmp_path):
    engine = sqlalchemy.create_engine(
        f"sqlite:///{tmp_path}/shop.db", poolclass=sqlalchemy.NullPool
    )
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(ddl("sqlite")))
    yield engine
    engine.dispose()


def _payments(engine):
    with Session(engine) as session:
        return sorted(payment.invoice for payment in session.scalars(sqlalchemy.select(Payment)))


@contextlib.contextmanager
def _unit_of_work(local):
    """As docs/handlers.md has it."""
    try:
        yield
        local.commit()
    except BaseException:
        local.rollback()
        raise
    finally:
        local.remove()


@everywhere
@whenever
def test_sqlalchemy_session(endpoint, shop, on, ack):
    """Committed where the handler succeeds, rolled back where it fails, and new for each run."""
    local = scoped_session(sessionmaker(shop))
    sessions = []

    def book(event):
        sessions.append(local())
        local.add(Payment(invoice=event.id))
        local.flush()
        if event.id == "evt_bad" or event.attempt < 2:
            raise LookupError

    hooks = endpoint(on, ack, lambda: _unit_of_work(local))
    hooks.handles(book, is_async=False)
    hooks.send("evt_1", "evt_bad", "evt_2")
    assert _payments(shop) == ["evt_1", "evt_2"]
    assert len({id(session) for session in sessions}) == len(sessions) == 2 + 3 + 2
    assert hooks.inbox.counts().works == {"done": 2, "dead": 1}


@everywhere
@whenever
@however
def test_a_session_that_the_handler_finds_with_the_event(endpoint, shop, on, ack, is_async):
    """A session in a mapping by the event, as no thread tells it to an async handler of a worker."""
    sessions = {}

    @contextlib.contextmanager
    def unit_of_work(event):
        with Session(shop) as session, session.begin():
            sessions[event.receipt] = session
            try:
                yield
            finally:
                del sessions[event.receipt]

    def book(event):
        session = sessions[event.receipt]
        if not first_time(event, session):
            return
        session.add(Payment(invoice=event.id))
        session.flush()
        if event.attempt < 2:
            raise LookupError

    hooks = endpoint(on, ack, unit_of_work)
    hooks.handles(book, is_async=is_async)
    hooks.send("evt_1", "evt_2")
    hooks.send("evt_1", "evt_2")
    # The mark went with the payment that failed, so the second attempt booked, and only that.
    assert _payments(shop) == ["evt_1", "evt_2"]
    assert sessions == {}
    assert hooks.inbox.counts().works == {"done": 2}


@everywhere
@whenever
def test_payment_and_mark_commit_together(endpoint, shop, on, ack):
    """A process that dies after the commit, and before that is recorded, does not book twice."""
    local = scoped_session(sessionmaker(shop))
    died = []

    @contextlib.contextmanager
    def dying_once():
        with _unit_of_work(local):
            yield
        if not died:
            died.append(True)
            raise LookupError("after the commit")

    def book(event):
        if first_time(event, local()):
            local.add(Payment(invoice=event.id))

    hooks = endpoint(on, ack, dying_once)
    hooks.handles(book, is_async=False)
    hooks.send("evt_1")
    assert died
    assert _payments(shop) == ["evt_1"]
    assert hooks.inbox.counts().works == {"done": 1}


class Tracker:
    """An error tracker as Sentry's: what is set in a scope is sent with the errors in it."""

    def __init__(self):
        self.scope: ContextVar[dict] = ContextVar("scope", default={})  # noqa: B039  # never written to
        self.sent = []

    @contextlib.contextmanager
    def new_scope(self):
        token = self.scope.set({**self.scope.get()})
        try:
            yield self.scope.get()
        finally:
            self.scope.reset(token)

    def capture(self, error):
        self.sent.append((str(error), dict(self.scope.get())))

    @contextlib.contextmanager
    def around(self, event: Event):
        with self.new_scope() as tags:
            tags.update(event=event.id, attempt=event.attempt)
            try:
                yield
            except Exception as error:
                self.capture(error)
                raise


@everywhere
@whenever
@however
def test_tracker(endpoint, on, ack, is_async):
    """An error is sent with its event's id; no tag of one event is on another's."""
    tracker, before = Tracker(), []

    def handler(event):
        before.append(dict(tracker.scope.get()))
        tracker.scope.get()[event.id] = "seen"
        if event.id != "evt_good":
            raise LookupError(event.id)

    hooks = endpoint(on, ack, tracker.around)
    hooks.handles(handler, is_async=is_async)
    hooks.send("evt_1", "evt_good", "evt_2")
    assert sorted((said, tags["event"], tags["attempt"]) for said, tags in tracker.sent) == [
        (name, name, attempt) for name in ("evt_1", "evt_2") for attempt in (1, 2, 3)
    ]
    for said, tags in tracker.sent:
        assert set(tags) == {"event", "attempt", said}
    assert len(before) == 3 + 1 + 3
    assert all(set(tags) == {"event", "attempt"} for tags in before)
    assert tracker.scope.get() == {}


@everywhere
def test_an_async_handler_on_a_loop_has_the_scope(endpoint, on):
    """Where a server's loop runs it before the reply, it is entered on that loop, in the same task."""
    tracker, seen = Tracker(), []

    async def handler(event):
        await asyncio.sleep(0)
        seen.append(tracker.scope.get()["event"])

    hooks = endpoint(on, "handled", tracker.around)
    hooks.receiver.on("*", name="handler")(handler)

    async def main():
        deliveries = [hooks._delivery(f"evt_{number}") for number in range(5)]
        return await asyncio.gather(*map(hooks.receiver.handle_async, deliveries))

    assert [reply.status for reply in asyncio.run(main())] == [200] * 5
    assert sorted(seen) == [f"evt_{number}" for number in range(5)]


DJANGO = """
    import contextlib, sys, threading
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["hookkit.contrib.django"],
        DATABASES={"default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1] + "/shop.db", "CONN_MAX_AGE": 0,
        }},
    )
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from hookkit import Backoff, Inbox, Receiver, Request, providers
    from hookkit.contrib.django.connections import fresh_connections
    from hookkit.marks import first_time

    on, ack, kind = sys.argv[2:]
    call_command("migrate", verbosity=0)
    connection.cursor().execute("CREATE TABLE payments (invoice TEXT)")

    @contextlib.contextmanager
    def noted():
        try:
            with fresh_connections():
                yield
        finally:
            left.append(connection.connection)

    left, given = [], {on: noted}
    inbox = Inbox("sqlite://", backoff=Backoff(first=0.0, cap=0.0), around=given.get("inbox"))
    receiver = Receiver(
        providers.stripe, secret="s", inbox=inbox, ack=ack, around=given.get("receiver")
    )

    def book(event):
        with transaction.atomic():
            if first_time(event, connection):
                connection.cursor().execute("INSERT INTO payments VALUES (%s)", [event.id])
            if event.attempt < 2:
                raise LookupError("rolled back, with its mark")

    if kind == "async":
        from asgiref.sync import sync_to_async

        async def handler(event):
            await sync_to_async(book)(event)
    else:
        handler = book

    receiver.on("*", name="book")(handler)
    for number in range(3):
        body = b'{"id": "evt_%d", "type": "a"}' % number
        plain = Request("POST", {"Content-Type": "application/json"}, body)
        receiver.handle(receiver.verifier.sign(plain))
    worker = threading.Thread(target=inbox.drain)
    worker.start()
    worker.join()
    with connection.cursor() as cursor:
        cursor.execute("SELECT invoice FROM payments ORDER BY invoice")
        print([invoice for (invoice,) in cursor.fetchall()])
    print(len(left), set(left), dict(inbox.counts().works))
    inbox.close()
"""


@everywhere
@whenever
@pytest.mark.parametrize("kind", ["plain", "async"])
def test_django(tmp_path, on, ack, kind):
    """The handler has a connection; the one of its thread is closed after each run, as after a request."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(DJANGO), str(tmp_path), on, ack, kind],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "['evt_0', 'evt_1', 'evt_2']",
        "6 {None} {'done': 3}",
    ], done.stderr
