"""Whether a process lives and is ready, as load balancers ask."""

import asyncio
import json
import threading
from io import BytesIO
from math import nan
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from hookkit import Backoff, ConfigError, Inbox, Receiver, Request, providers
from hookkit.errors import BadLength, InboxError
from hookkit.health import Health


@pytest.fixture
def inbox():
    inbox = Inbox("sqlite://", backoff=Backoff(attempts=1, first=0.0))
    yield inbox
    inbox.close()


@pytest.fixture
def stripe(inbox):
    receiver = Receiver(providers.stripe, secret="s", inbox=inbox)
    receiver.on("*", name="note")(lambda event: None)
    return receiver


def _send(receiver, event_id="evt_1"):
    body = json.dumps({"id": event_id, "type": "paid"}).encode()
    plain = Request("POST", {"Content-Type": "application/json"}, body)
    assert receiver.handle(receiver.verifier.sign(plain)).status == 200


def _get(health, path="/ready", method="GET"):
    return health.handle(Request(method, (), b"", url=path))


def _told(reply):
    return json.loads(reply.body)


def test_ready(inbox):
    reply = _get(Health(inbox))
    assert reply.status == 200
    assert _told(reply) == {
        "ready": True,
        "workers": {"alive": 0, "of": 0, "ok": True},
        "store": {"ok": True},
        "backlog": {"count": 0, "limit": 1000, "oldest_seconds": 0.0, "ok": True},
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/live", 200),
        ("HEAD", "/live", 200),
        ("GET", "/health/live/", 200),
        ("GET", "/health/ready?full=1", 200),
        ("POST", "/live", 405),
        ("DELETE", "/ready", 405),
        ("GET", "/", 404),
        ("GET", "/liveness", 404),
        ("GET", "", 404),
    ],
)
def test_paths_and_methods(inbox, method, path, status):
    """Below whatever it is mounted."""
    reply = _get(Health(inbox), path, method)
    assert reply.status == status
    assert (reply.status == 405) is ("Allow" in dict(reply.headers))


def test_a_store_that_cannot_be_written(inbox, monkeypatch):
    """Not ready, but alive: a restart would not help."""

    def full():
        raise InboxError("the disk is full")

    monkeypatch.setattr(inbox.store.desk, "touch", full)
    health = Health(inbox)
    reply = _get(health)
    assert reply.status == 503
    assert _told(reply)["store"] == {"ok": False}
    assert b"disk" not in reply.body
    assert _get(health, "/live").status == 200


def test_a_backlog_that_is_too_long(inbox, stripe):
    """It is ready at the limit, and not beyond; what is counted is bounded."""
    health = Health(inbox, backlog=2, keep=0)
    for number in range(5):
        _send(stripe, f"evt_{number}")
        reply = _get(health)
        assert (reply.status == 200) is (number < 2)
    assert _told(reply)["backlog"]["count"] == 3
    inbox.drain()
    assert _get(health).status == 200


def test_a_delivery_that_waits_for_too_long(inbox, stripe):
    _send(stripe)
    assert _get(Health(inbox, oldest=3600.0)).status == 200
    assert _get(Health(inbox, oldest=1e-9)).status == 503


def test_workers_that_have_died(inbox, stripe, monkeypatch):
    """As many as were started should live, from the first delivery on."""
    inbox.start(threads=2)
    health = Health(inbox, keep=0)
    assert _told(_get(health))["workers"] == {"alive": 0, "of": 0, "ok": True}
    _send(stripe)
    assert _told(_get(health))["workers"] == {"alive": 2, "of": 2, "ok": True}
    monkeypatch.setattr("hookkit.inbox.workers.Workers.alive", lambda workers: 1)
    reply = _get(health)
    assert reply.status == 503
    assert _told(reply)["workers"] == {"alive": 1, "of": 2, "ok": False}


def test_who_asks_often_costs_nothing(inbox, monkeypatch):
    """An answer is kept for a second; of many at once one looks."""
    now, looks = [100.0], []
    monkeypatch.setattr(inbox.store.desk, "touch", lambda: looks.append(now[0]))
    health = Health(inbox, clock=lambda: now[0])
    threads = [threading.Thread(target=_get, args=(health,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now[0] = 100.9
    _get(health)
    now[0] = 101.0
    _get(health)
    assert looks == [100.0, 101.0]


@pytest.mark.parametrize("wrong", [{"backlog": 0}, {"keep": -1}, {"oldest": 0}, {"oldest": nan}])
def test_limits_that_make_no_sense(inbox, wrong):
    """The least that makes sense is accepted."""
    Health(inbox, backlog=1, keep=0, oldest=0.001)
    with pytest.raises(ConfigError):
        Health(inbox, **wrong)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_under_wsgi(inbox, method):
    environ = {
        "PATH_INFO": "/ready",
        "SCRIPT_NAME": "",
        "REQUEST_METHOD": method,
        "QUERY_STRING": "",
    }
    environ["wsgi.input"] = BytesIO(b"ignored")
    setup_testing_defaults(environ)
    started = []
    answer = validator(Health(inbox))(environ, lambda *given: started.append(given[0]))
    body = b"".join(answer)
    answer.close()
    assert started == ["405 Method Not Allowed" if method == "POST" else "200 OK"]
    assert (body == b"") is (method == "HEAD")


def test_under_asgi(inbox):
    async def ask():
        sent = []

        async def receive():
            return {"type": "http.request"}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/ready", "headers": []}
        await Health(inbox).asgi(scope, receive, send)
        return sent

    start, body = asyncio.run(ask())
    assert start["status"] == 200
    assert json.loads(body["body"])["ready"]


def test_what_cannot_be_read_is_refused(inbox):
    assert Health(inbox).refuse(BadLength()).status == 400
