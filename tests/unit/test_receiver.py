"""`Receiver`: the story of one request, from the address to the answer."""

import asyncio
import dataclasses
import inspect
import logging
import threading
import warnings
from contextlib import closing, contextmanager, nullcontext
from types import ModuleType

import flask
import pytest
import werkzeug

from hookkit import (
    HMAC,
    JSON,
    ConfigError,
    Event,
    Handshake,
    Header,
    Inbox,
    Joined,
    Limits,
    Pointer,
    Provider,
    Query,
    Receiver,
    Request,
    Response,
    Router,
    Token,
    Verifier,
    errors,
    on,
    providers,
)
from hookkit.errors import (
    AddressRefused,
    BodyTaken,
    HookkitError,
    KeyUnavailable,
    RequestError,
    Unauthorized,
)
from hookkit.known_events import UnknownEventWarning
from hookkit.schemes.tokens import PublishedJWT

NOW = 1_700_000_000
SECRET = "It's a Secret to Everybody"
BODY = b'{"action":"opened"}'
LOGGER = "hookkit.receiver"

acme = Provider(
    name="acme",
    scheme=HMAC(signature=Header("X-Signature")),
    event_type=Joined(Header("X-Event"), Pointer("/action")),
)
batched = acme.replace(accepts=(JSON(batch=True),), batch=Pointer(""), event_type=Pointer("/type"))


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def receiver(provider: Provider = acme, **kwargs) -> Receiver:
    kwargs.setdefault("secret", SECRET)
    kwargs.setdefault("clock", Clock())
    return Receiver(provider, **kwargs)


def delivery(
    provider: Provider = acme,
    body: bytes = BODY,
    *,
    secret: str = SECRET,
    now: float = NOW,
    client: str | None = None,
    url: str = "",
    **headers: str,
) -> Request:
    """A delivery as this provider would send it."""
    fields = {"Content-Type": "application/json", "X-Event": "issue"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(headers=fields, body=body, url=url, client=client)
    return Verifier(provider, secret=secret, clock=Clock(now)).sign(request)


def answering(value: object) -> Receiver:
    """A receiver whose handler returns this."""
    made = receiver()
    made.on("*")(lambda event: value)
    return made


def records(caplog, name: str = LOGGER) -> list[tuple[int, str]]:
    return [(r.levelno, r.getMessage()) for r in caplog.records if r.name == name]


def every(base: type[HookkitError]) -> list[type[HookkitError]]:
    found = [base]
    for each in base.__subclasses__():
        found += every(each)
    return found


@pytest.fixture(params=["handle", "handle_async"])
def handle(request):
    """Both ways to handle a request: they must give the same."""
    if request.param == "handle":
        return Receiver.handle
    return lambda made, sent: asyncio.run(made.handle_async(sent))


# The story.


def test_a_delivery_is_verified_parsed_routed_and_answered(handle):
    """An authentic delivery reaches the handlers as an event, and is answered 200."""
    made = receiver(source="acme-eu")
    events = []
    made.on("issue.opened")(events.append)
    sent = delivery()
    assert handle(made, sent) == Response()
    (event,) = events
    assert (event.type, event.payload, event.source) == (
        "issue.opened",
        {"action": "opened"},
        "acme-eu",
    )
    assert event.request is sent
    assert (event.verdict.key, event.id, event.delivery_id, event.time) == (0, None, None, None)


STATUSES = [
    pytest.param({}, 200, id="authentic"),
    pytest.param({"method": "GET"}, 405, id="method"),
    pytest.param({"secret": "other"}, 401, id="secret"),
    pytest.param({"tamper": b"{}"}, 401, id="tampered"),
    pytest.param({"body": b"{"}, 400, id="json"),
    pytest.param({"body": b"[]"}, 400, id="array"),
    pytest.param({"body": b'{"action": 5}'}, 400, id="name"),
    pytest.param({"Content_Type": "text/plain"}, 415, id="media"),
    pytest.param({"Content_Encoding": "br"}, 415, id="coding"),
    pytest.param({"body": b"{", "secret": "other"}, 401, id="verified-before-parsed"),
]


def table_request(*, method: str = "POST", tamper: bytes | None = None, **kwargs) -> Request:
    sent = delivery(**kwargs)
    body = sent.body if tamper is None else tamper
    return Request(method, sent.headers, body, client=sent.client)


@pytest.mark.parametrize(("made_of", "status"), STATUSES)
def test_statuses(handle, made_of, status):
    """Each step has its status, and nothing parses before it is verified."""
    made = receiver()
    made.on("*")(lambda event: None)
    assert handle(made, table_request(**made_of)).status == status


@pytest.mark.parametrize(("made_of", "status"), STATUSES)
def test_on_an_event_loop_the_same_answers(made_of, status):
    """`handle_async` gives what `handle` gives: status, headers and body."""
    made = receiver()

    @made.on("*")
    async def reply(event):
        return {"type": event.type}

    sent = table_request(**made_of)
    assert asyncio.run(made.handle_async(sent)) == made.handle(sent)


@pytest.mark.parametrize("error", every(RequestError), ids=lambda each: each.__name__)
def test_each_error_is_answered_by_its_status(error):
    """A refusal is its status and the status's phrase; the reason is for the log."""
    response = receiver().refuse(error())
    assert response.status == error.status
    assert response.body in {
        b"Bad Request",
        b"Unauthorized",
        b"Method Not Allowed",
        b"Request Timeout",
        b"Length Required",
        b"Content Too Large",
        b"Unsupported Media Type",
    }
    assert error.reason.encode() not in response.body


CLOSED = Handshake(
    signed=False,
    asks=((Header("X-Hook-Secret"), None),),
    echo=Header("X-Hook-Secret"),
    header="X-Hook-Secret",
    accept=lambda secret, request: False,
)

UNAUTHORIZED = {
    errors.MissingCredential: lambda: (receiver(), Request(body=BODY)),
    errors.MalformedCredential: lambda: (
        receiver(providers.github),
        Request(headers={"X-Hub-Signature-256": "md5=0"}, body=BODY),
    ),
    errors.WrongCredential: lambda: (receiver(), delivery(secret="other")),
    errors.BadTimestamp: lambda: (
        receiver(providers.stripe),
        Request(headers={"Stripe-Signature": "t=now,v1=00"}, body=BODY),
    ),
    errors.StaleTimestamp: lambda: (
        receiver(providers.stripe),
        delivery(providers.stripe, now=NOW - 301),
    ),
    errors.FutureTimestamp: lambda: (
        receiver(providers.stripe),
        delivery(providers.stripe, now=NOW + 301),
    ),
    errors.UnknownTenant: lambda: (receiver(secret=lambda request: None), delivery()),
    errors.SetUpClosed: lambda: (
        receiver(acme.replace(handshakes=(CLOSED,))),
        Request(headers={"X-Hook-Secret": "s3cret"}, body=b"{}"),
    ),
    errors.BodyTaken: lambda: (
        receiver(),
        delivery(Content_Length="19").replace(body=b""),
    ),
    errors.NoBody: lambda: (receiver(), delivery().replace(body=b"")),
    errors.AddressRefused: lambda: (receiver(allow_from=["192.0.2.0/24"]), delivery()),
}


def test_the_table_has_every_authentication_failure():
    """Nobody adds a subclass without a row."""
    assert set(UNAUTHORIZED) == set(every(Unauthorized)) - {Unauthorized}


@pytest.mark.parametrize("error", UNAUTHORIZED, ids=lambda each: each.__name__)
def test_every_authentication_failure_has_the_very_same_answer(handle, error, caplog):
    """The same bytes and headers for all, so that a stranger learns nothing; the log tells them apart."""
    made, sent = UNAUTHORIZED[error]()
    response = handle(made, sent)
    assert response == Response(401, "Unauthorized")
    assert response.headers == (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "12"),
    )
    ((level, line),) = records(caplog)
    assert level == logging.WARNING
    assert line == f"{made.source}: 401 {error.reason}. {error()}"


def test_the_provider_decides_what_a_401_says():
    """Some want it empty; it is the same for all failures then, too."""
    made = receiver(acme.replace(refusal=b""))
    assert {made.refuse(error()).body for error in UNAUTHORIZED} == {b""}
    assert made.handle(delivery(secret="other")) == Response(401, b"")


def test_the_provider_decides_what_success_says(handle):
    """`acknowledgement` is the answer where no handler gives another."""
    made = receiver(acme.replace(acknowledgement=Response(204)))
    made.on("*")(lambda event: None)
    assert handle(made, delivery()) == Response(204)


@pytest.mark.parametrize(
    ("handshakes", "allow"),
    [
        ((), "POST"),
        ((Handshake(signed=False, asks=(), echo=Query("c"), method="GET"),), "GET, POST"),
    ],
    ids=["post", "get-and-post"],
)
@pytest.mark.parametrize("method", ["PUT", "HEAD", "OPTIONS", "DELETE", "post", "", "X\r\nY"])
def test_other_methods_hear_which_there_are(handle, handshakes, allow, method):
    """405 with Allow, whatever else the request is."""
    made = receiver(acme.replace(handshakes=handshakes))
    response = handle(made, Request(method, {}, b""))
    assert response.status == 405
    assert ("Allow", allow) in response.headers
    assert ", ".join(made.methods) == allow


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_deliveries_may_come_by_several_methods(handle, method):
    """As the provider declares; a signed question by another is none."""
    question = Handshake(signed=True, asks=((Query("c"), "1"),), method="PUT")
    made = receiver(
        acme.replace(
            scheme=HMAC(signature=Header("X-Signature"), signs="{url}"),
            delivers_by=("GET", "POST"),
            event_type=None,
            handshakes=(question,),
        )
    )
    heard = []
    made.on("*")(heard.append)
    assert made.methods == ("GET", "POST", "PUT")

    def sent(by):
        url = "https://h.example/in?action=opened"
        return Request(
            by, {"Content-Type": "application/json"}, BODY if by == "POST" else b"", url=url
        )

    assert handle(made, made.verifier.sign(sent(method))).status == 200
    assert [event.payload for event in heard] == [{"action": "opened"}]
    assert handle(made, sent(method)).status == 401
    assert handle(made, made.verifier.sign(sent("PUT"))).status == 405


# What goes wrong on our side.


def _raises(request):
    raise LookupError("no database")


def _bug(body):
    raise ZeroDivisionError("an internal error")


@pytest.mark.parametrize(
    ("kwargs", "reason"),
    [
        ({"secret": _raises}, "secret-unavailable"),
        ({"secret": lambda request: 17}, "secret-unavailable"),
        ({"decoder": _bug}, "unexpected-error"),
    ],
    ids=["secret-raises", "no-secret", "internal"],
)
def test_our_own_faults(handle, kwargs, reason, caplog):
    """What we cannot judge is a 503 that asks to come again, with a traceback in the log."""
    response = handle(receiver(**kwargs), delivery())
    assert response == Response(503, "Try again later", {"Retry-After": "10"})
    ((level, line),) = records(caplog)
    assert (level, line) == (logging.ERROR, f"acme: 503 {reason}")
    assert "Traceback" in caplog.text


def test_a_key_that_cannot_be_had_is_no_flood_of_the_log(handle, caplog):
    """Whoever makes up ids of keys causes it with each request: no traceback, and a line a second."""

    def fetch(question):
        raise KeyUnavailable

    clock = Clock()
    scheme = PublishedJWT(
        token=Header("X-Token"), algorithms=("ES256",), keys_at="https://keys.example/jwks.json"
    )
    made = Receiver(Provider(name="acme", scheme=scheme), fetch=fetch, clock=clock)
    token = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"
    for _ in range(3):
        assert handle(made, Request(headers={"X-Token": token})).status == 503
    clock.now += 1
    assert handle(made, Request(headers={"X-Token": token})).status == 503
    said = "The provider's public key could not be fetched"
    found = [(level, line.partition(";")[0]) for level, line in records(caplog)]
    assert found == [
        (logging.ERROR, f"acme: 503 key-unavailable. {said}"),
        (logging.ERROR, f"acme: 503 key-unavailable (and 2 more like it). {said}"),
    ]
    assert "Traceback" not in caplog.text


def test_a_callable_secret_that_fails_shows_no_secret(handle, caplog):
    """Neither the answer nor the log repeats what the callable gave."""
    response = handle(receiver(secret=lambda request: ["hidden"] * 9), delivery())
    assert response.status == 503
    assert "hidden" not in caplog.text


def test_a_secret_that_the_sender_makes_is_taken_while_the_set_up_is_open(handle):
    """Its deliveries verify from then on; nobody sets another one later."""
    kept: list[str] = []
    handshake = dataclasses.replace(CLOSED, accept=lambda secret, request: not kept.append(secret))
    closed = dataclasses.replace(CLOSED, accept=lambda secret, request: False)
    question = Request(headers={"X-Hook-Secret": "s3cret"}, body=b"{}")
    open_ = receiver(acme.replace(handshakes=(handshake,)), secret=lambda request: None)
    assert handle(open_, question) == Response(200, b"", {"X-Hook-Secret": "s3cret"})
    assert kept == ["s3cret"]
    after = receiver(acme.replace(handshakes=(closed,)), secret=lambda request: kept)
    assert handle(after, delivery(secret="s3cret")).status == 200
    assert handle(after, question).status == 401


def test_an_accept_that_fails_is_our_fault(handle, caplog):
    """The sender asks again; nothing of the secret is in the log."""
    failing = dataclasses.replace(CLOSED, accept=lambda secret, request: 1 / 0)
    made = receiver(acme.replace(handshakes=(failing,)))
    question = Request(headers={"X-Hook-Secret": "s3cret-of-theirs"}, body=b"{}")
    assert handle(made, question).status == 503
    assert "s3cret-of-theirs" not in caplog.text


def test_an_accept_does_not_hold_up_the_event_loop():
    """It stores the secret somewhere, and so runs in a thread."""
    threads = []
    noting = dataclasses.replace(
        CLOSED, accept=lambda secret, request: threads.append(threading.current_thread())
    )
    made = receiver(acme.replace(handshakes=(noting,)))
    question = Request(headers={"X-Hook-Secret": "s3cret"}, body=b"{}")
    asyncio.run(made.handle_async(question))
    assert threads
    assert threads[0] is not threading.main_thread()


def test_an_unknown_tenant_cannot_have_a_computed_answer():
    """A question that is answered with the secret's help is a 401 for whoever has none."""
    asks = Handshake(
        signed=False,
        asks=((Pointer("/ask"), None),),
        echo=Pointer("/ask"),
        computed=lambda challenge, secret: {"answer": f"{challenge} {secret.decode()}"},
    )
    provider = acme.replace(handshakes=(asks,))
    sent = Request(headers={"Content-Type": "application/json"}, body=b'{"ask": "abc"}')
    assert receiver(provider, secret="s").handle(sent).body == b'{"answer":"abc s"}'
    assert receiver(provider, secret=lambda request: None).handle(sent).status == 401


# Handlers' bugs.


class HeaderInjection:
    """Looks like werkzeug's Response, and has a header that would start another."""

    status_code = 200
    headers = {"X-Name": "a\r\nSet-Cookie: b"}  # noqa: RUF012

    def get_data(self) -> bytes:
        return b""

    def get_wsgi_headers(self, environ): ...


class Broken(HeaderInjection):
    def get_data(self) -> bytes:
        raise RuntimeError("a stream")


def circular() -> dict:
    made: dict = {}
    made["self"] = made
    return made


def nested(depth: int) -> dict:
    made: dict = {}
    for _ in range(depth):
        made = {"in": made}
    return made


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"at": object()}, id="unserialisable"),
        pytest.param({1j: 1}, id="odd-key"),
        pytest.param({"a": float("nan")}, id="nan"),
        pytest.param(circular(), id="circular"),
        pytest.param(nested(100_000), id="deep"),
        pytest.param("\ud800", id="surrogate"),
        pytest.param(HeaderInjection(), id="header-injection"),
        pytest.param(Broken(), id="broken"),
        pytest.param(
            werkzeug.Response(iter([b"x"]), direct_passthrough=True), id="direct-passthrough"
        ),
    ],
)
def test_a_reply_that_cannot_be_sent(handle, value, caplog):
    """It is the handler's bug: 500, a traceback in the log, nothing of it on the wire."""
    assert handle(answering(value), delivery()) == Response(500, "A handler failed")
    ((level, line),) = records(caplog)
    assert level == logging.ERROR
    assert line == "acme: what a handler returned cannot be sent as a reply"


def _fails(event):
    raise ValueError(f"private {event.payload}")


def _injects(event):
    return Response(200, "", {"X-Name": "a\r\nb"})


async def _fails_later(event):
    raise ValueError("private")


@pytest.mark.parametrize("function", [_fails, _injects, _fails_later], ids=lambda f: f.__name__)
def test_a_failing_handler_is_a_500(handle, function, caplog):
    """The answer says no more than that; the others have run all the same."""
    made = receiver()
    ran = []
    made.on("*")(function)
    made.on("*")(lambda event: ran.append(event) or "mine")
    assert handle(made, delivery()) == Response(500, "A handler failed")
    assert len(ran) == 1
    ((level, line),) = records(caplog, "hookkit.router")
    assert level == logging.ERROR
    assert line.endswith("failed on acme event issue.opened")


# Replies.


class Model(dict):
    """A dictionary by another name."""


REPLIES = [
    pytest.param(None, Response(), id="none"),
    pytest.param("thanks", Response(200, "thanks"), id="text"),
    pytest.param("", Response(200, ""), id="empty-text"),
    pytest.param("é", Response(200, "é".encode()), id="text-beyond-ascii"),
    pytest.param(
        {"text": "é"},
        Response(200, b'{"text": "\\u00e9"}', content_type="application/json"),
        id="dictionary",
    ),
    pytest.param({}, Response(200, b"{}", content_type="application/json"), id="empty-dictionary"),
    pytest.param(
        Model(a=1), Response(200, b'{"a": 1}', content_type="application/json"), id="subclass"
    ),
    pytest.param(
        Response(202, b"x", {"X-A": "b"}), Response(202, b"x", {"X-A": "b"}), id="response"
    ),
    pytest.param(
        werkzeug.Response("x", 202, {"X-A": "b"}, content_type="text/csv"),
        Response(202, b"x", [("X-A", "b"), ("Content-Type", "text/csv")]),
        id="werkzeug",
    ),
    pytest.param(werkzeug.Response(status=204), Response(204), id="werkzeug-204"),
    pytest.param(
        flask.Response("x", 201, mimetype="text/html"),
        Response(201, b"x", {"Content-Type": "text/html; charset=utf-8"}),
        id="flask",
    ),
]


@pytest.mark.parametrize(("value", "expected"), REPLIES)
def test_what_a_handler_returns_is_the_reply(handle, value, expected):
    """None is the default; text, a dictionary and responses are sent."""
    assert handle(answering(value), delivery()) == expected


@pytest.mark.parametrize(
    "value", [17, True, False, [], ("a", 200), b"bytes", object()], ids=lambda v: type(v).__name__
)
def test_what_is_no_reply(handle, value, caplog):
    """Anything else is ignored, with a warning that names its type."""
    assert handle(answering(value), delivery()) == Response()
    kind = type(value).__name__
    assert records(caplog) == [
        (logging.WARNING, f"acme: a handler returned {kind}, which is no reply: ignored")
    ]


@pytest.mark.parametrize(
    ("values", "body"),
    [
        ([None, "second", "third"], b"second"),
        (["first", {"a": 1}], b"first"),
        (["", "second"], b""),
        ([None, None], b""),
    ],
    ids=["second", "first", "empty", "none"],
)
def test_the_first_reply_wins(handle, values, body):
    """Of several handlers' replies the first that is one is sent."""
    made = receiver()
    for value in values:
        made.on("*")(lambda event, value=value: value)
    assert handle(made, delivery()).body == body


# Batches.


@pytest.mark.parametrize(
    ("body", "reply"),
    [(b"[]", b""), (b'[{"type": "a"}]', b"a"), (b'[{"type": "b"}, {"type": "a"}]', b"b")],
    ids=["none", "one", "several"],
)
def test_a_delivery_of_several_events(handle, body, reply, caplog):
    """Each event is handled; the first reply is the answer; none is well, too."""
    made = receiver(batched)
    made.on("*")(lambda event: event.type)
    response = handle(made, delivery(batched, body))
    assert (response.status, response.body) == (200, reply)
    assert records(caplog) == []


def test_one_failing_event_of_a_batch(handle):
    """The others are handled, and the answer is 500."""
    made = receiver(batched)
    seen = []
    made.on("a")(_fails)
    made.on("b")(lambda event: seen.append(event.type) or "fine")
    body = b'[{"type": "b"}, {"type": "a"}, {"type": "b"}]'
    assert handle(made, delivery(batched, body)).status == 500
    assert seen == ["b", "b"]


# Events that nobody hears.


def test_what_nobody_hears_is_acknowledged_counted_and_logged_once(handle, caplog):
    """An event without a handler is a 200, one line for each name, and a number."""
    caplog.set_level(logging.INFO)
    made = receiver()
    made.on("other")(lambda event: None)
    for name in ("a", "b", "a", "a"):
        assert handle(made, delivery(body=b"{}", X_Event=name)) == Response()
    assert made.unheard == {"a": 3, "b": 1}
    assert records(caplog) == [
        (logging.INFO, "acme: no handler for a events"),
        (logging.INFO, "acme: no handler for b events"),
    ]


def test_a_handler_that_passes_does_not_hear():
    """Where every predicate says no, nobody has heard the event."""
    made = receiver()
    made.on("*", when=lambda event: False)(lambda event: None)
    made.handle(delivery())
    assert made.unheard == {"issue.opened": 1}


def test_a_nameless_event_is_logged_as_such(caplog):
    """A provider without names has one line for all."""
    caplog.set_level(logging.INFO)
    provider = acme.replace(event_type=None)
    made = receiver(provider)
    made.on("other")(lambda event: None)
    made.handle(delivery(provider))
    assert made.unheard == {"": 1}
    assert records(caplog) == [(logging.INFO, "acme: no handler for unnamed events")]


def test_names_in_the_log_are_escaped(caplog):
    """A name from outside cannot forge a line or a colour."""
    caplog.set_level(logging.INFO)
    made = receiver(acme.replace(event_type=Pointer("/type")))
    made.on("other")(lambda event: None)
    made.handle(delivery(body='{"type": "é\u202e\xa0x"}'.encode()))
    assert records(caplog) == [(logging.INFO, r"acme: no handler for \xe9\u202e\xa0x events")]


def test_the_count_of_unheard_names_is_bounded(caplog):
    """Names come from outside, so only the first thousand are remembered and logged."""
    caplog.set_level(logging.INFO)
    made = receiver()
    made.on("other")(lambda event: None)
    for number in range(1003):
        made.handle(delivery(body=b"{}", X_Event=f"e{number}"))
    made.handle(delivery(body=b"{}", X_Event="e0"))
    assert len(made.unheard) == 1000
    assert len(records(caplog)) == 1000
    assert made.unheard["e0"] == 2


def test_unheard_cannot_be_changed_from_outside():
    """`unheard` is for looking at."""
    with pytest.raises(TypeError):
        receiver().unheard["a"] = 1


def test_a_receiver_without_any_handler_says_how_to_add_one(handle, caplog):
    """The first delivery warns; further ones do not."""
    made = receiver()
    for _ in range(3):
        assert handle(made, delivery()) == Response()
    assert records(caplog) == [
        (
            logging.WARNING,
            'acme: a delivery came and there is no handler; add one with @receiver.on("*")',
        )
    ]


def test_with_an_inbox_nothing_is_lost_without_a_handler_and_that_is_said(handle, caplog):
    """It may be in another process, or have nothing to do, as all is read from the feed."""
    with closing(Inbox("sqlite://")) as inbox:
        made = receiver(inbox=inbox)
        for _ in range(3):
            assert handle(made, delivery()).status == 200
    [(level, said)] = records(caplog)
    assert level == logging.WARNING
    assert said.startswith("acme: a delivery is kept and there is no handler. ")
    assert "inbox.feed" in said


def test_no_warning_for_a_refused_delivery(caplog):
    """A stranger's request is no delivery."""
    receiver().handle(delivery(secret="other"))
    assert "no handler" not in caplog.text


# The log of refusals.


def test_refusals_are_logged_at_once_and_then_once_a_second(caplog):
    """The first of a reason is written, the next a second later with the number of those between."""
    clock = Clock()
    made = receiver(clock=clock)
    wrong, missing = delivery(secret="other"), Request(body=BODY)
    head = "acme: 401 wrong-credential"

    def lines() -> list[str]:
        found = [line.partition(". ")[0] for _, line in records(caplog)]
        caplog.clear()
        return found

    made.handle(wrong)
    assert lines() == [head]
    clock.now += 0.5
    for _ in range(3):
        made.handle(wrong)
    assert lines() == []
    made.handle(missing)
    assert lines() == ["acme: 401 missing-credential"]
    clock.now += 0.5
    made.handle(wrong)
    assert lines() == [f"{head} (and 3 more like it)"]
    clock.now += 1
    made.handle(wrong)
    assert lines() == [head]


def test_a_clock_that_is_set_back_does_not_silence_the_log(caplog):
    """An hour back is as good as an hour on."""
    clock = Clock()
    made = receiver(clock=clock)
    made.handle(delivery(secret="other"))
    clock.now -= 3600
    made.handle(delivery(secret="other"))
    assert len(records(caplog)) == 2


def test_receivers_keep_their_logs_apart(caplog):
    """One receiver's refusals do not hide another's."""
    clock = Clock()
    for source in ("one", "two"):
        receiver(source=source, clock=clock).handle(delivery(secret="other"))
    assert [line.split(":")[0] for _, line in records(caplog)] == ["one", "two"]


@pytest.mark.parametrize(
    "announced",
    [{"Content_Length": "19"}, {"Transfer_Encoding": "chunked"}],
    ids=["length", "chunked"],
)
def test_a_body_that_was_taken_is_told_apart(caplog, announced):
    """The same 401, but the log and `explain` say that something read the body."""
    made = receiver()
    sent = delivery(**announced).replace(body=b"")
    assert made.handle(sent) == receiver().handle(delivery(secret="other"))
    assert f"401 {BodyTaken.reason}" in caplog.text
    assert made.explain(sent).cause == "body-taken"


def test_that_no_body_came_is_told_apart(caplog):
    """The same 401, but the log and `explain` say that there was nothing to verify."""
    made = receiver()
    sent = delivery().replace(body=b"")
    assert made.handle(sent) == receiver().handle(delivery(secret="other"))
    assert "401 no-body" in caplog.text
    assert made.explain(sent).cause == "no-body"


# Registering.


def test_on_gives_the_function_back():
    """The function stays a plain function that a test can call."""
    made = receiver()

    def function(event):
        return "plain"

    assert made.on("a")(function) is function
    assert made.router.handlers[0].function is function


def test_handlers_from_modules_objects_and_routers():
    """`handlers=` collects what is marked, as `include` does."""

    @on("a")
    def one(event): ...

    module = ModuleType("billing")
    module.one = one
    group = Router()
    group.add(lambda event: None, "b", name="two")
    made = receiver(handlers=[module, group, one])
    made.include(group)
    assert [handler.names for handler in made.router.handlers] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: receiver().on(lambda event: None), r'write the event\'s name: @on\("push"\)'),
        (lambda: receiver().on(), r'write the event\'s name: @on\("push"\)'),
        (lambda: receiver().on("a*"), "stands alone or for everything below"),
        (lambda: receiver(handlers=[lambda event: None]), "has no handler: decorate"),
        (lambda: receiver(handlers=ModuleType("billing")), r"handlers= is a list"),
        (lambda: receiver(secret=None), "pass secret="),
        (lambda: receiver(max_body=0), "max_body= is a number of bytes"),
        (lambda: receiver(max_body=-1), "max_body= is a number of bytes"),
        (lambda: receiver(max_body="1"), "max_body= is a number of bytes"),
        (lambda: receiver(max_body=1.5), "max_body= is a number of bytes"),
        (lambda: receiver(tolerance=5), "acme signs no time"),
        (lambda: receiver(public_url="hooks.example.com"), "write the whole of it"),
        (lambda: receiver(around=3), "around= gives a context manager"),
        (lambda: receiver(inbox="sqlite:///x.db"), r"inbox=Inbox\("),
        (lambda: receiver(allow_from=[]), r"allow_from=\[\] would refuse every delivery"),
        (lambda: receiver(allow_from=["localhost"]), "write it like 192.0.2.0/24"),
        (lambda: receiver().wrap(lambda e, s: [], path="hooks"), 'begins with "/"'),
        (lambda: receiver().wrap(lambda e, s: [], path=""), "/webhooks/acme"),
    ],
)
def test_what_cannot_be_built_says_what_to_write(build, message):
    """Every mistake in the wiring is a ConfigError before any request comes."""
    with pytest.raises(ConfigError, match=message):
        build()


def test_what_was_refused_is_not_registered():
    """Whoever goes on, in a notebook or after a reload, is not held to it."""
    inbox = Inbox("sqlite://")
    made = receiver(inbox=inbox)
    with pytest.raises(ConfigError, match="is a lambda or a local function"):
        made.on("push")(lambda event: None)
    made.on("push", name="one")(print)
    with pytest.raises(ConfigError, match="two handlers of acme have the name one"):
        made.on("push", name="one")(repr)
    with pytest.raises(ConfigError, match="two handlers of acme have the name one"):
        made.include(on("push", name="two")(_first), on("push", name="one")(_second))
    assert [each.name for each in made.router.handlers] == ["one"]
    inbox.close()


def _first(event): ...


def _second(event): ...


@on("pul_request.opened")
def misspelt(event): ...


@pytest.mark.parametrize(
    "register",
    [
        lambda made: made.on("pul_request.opened")(misspelt),
        lambda made: made.include(misspelt),
        lambda made: receiver(providers.github, handlers=[misspelt]),
    ],
    ids=["on", "include", "handlers"],
)
def test_a_name_that_the_provider_does_not_send(register):
    """A typing error would go unheard, so it warns where it stands, with a suggestion."""
    with pytest.warns(UnknownEventWarning, match="did you mean 'pull_request'") as caught:
        register(receiver(providers.github))
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("name", ["*", "push", "pull_request.opened", "pull_request.*"])
def test_a_name_that_the_provider_sends(name):
    """What is known, above or below what is known, does not warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        receiver(providers.github).on(name)(lambda event: None)
        receiver(acme).on("anything")(lambda event: None)


# Around.


def test_around_without_an_argument(handle):
    """Such as Flask's `app.app_context`: entered round every attempt."""
    app = flask.Flask(__name__)
    made = receiver(around=app.app_context)
    made.on("*")(lambda event: flask.current_app.name)
    assert handle(made, delivery()).body == __name__.encode()


def test_around_with_the_event(handle):
    """Where it takes an argument, that is the event; it is entered once for each handler."""
    notes = []

    @contextmanager
    def around(event):
        notes.append(event.type)
        yield
        notes.append("left")

    made = receiver(around=around)
    made.on("*")(lambda event: notes.append("first"))
    made.on("*")(lambda event: notes.append("second"))
    handle(made, delivery())
    assert notes == ["issue.opened", "first", "left", "issue.opened", "second", "left"]


class Session:
    """A scope that is a class of its own."""

    seen: Event | None = None

    def __init__(self, event) -> None:
        type(self).seen = event

    def __enter__(self): ...

    def __exit__(self, *error): ...


class Odd:
    """Called with anything, and tells nobody what it takes."""

    @property
    def __signature__(self) -> inspect.Signature:
        raise ValueError("no signature")

    def __call__(self, event):
        Session(event)
        return nullcontext()


@pytest.mark.parametrize("around", [Session, Odd()], ids=["class", "no-signature"])
def test_around_of_other_kinds(handle, around):
    """A class that wants the event gets it, and so does what does not say what it wants."""
    Session.seen = None
    made = receiver(around=around)
    made.on("*")(lambda event: None)
    assert handle(made, delivery()).status == 200
    assert Session.seen.type == "issue.opened"


def test_around_with_a_default(handle):
    """What can be called without an argument is."""
    seen = []

    @contextmanager
    def around(label="default"):
        seen.append(label)
        yield

    made = receiver(around=around)
    made.on("*")(lambda event: None)
    handle(made, delivery())
    assert seen == ["default"]


def test_around_that_fails_is_the_handlers_failure(handle):
    """A scope that cannot be entered is a 500."""

    def around():
        raise ConnectionError

    made = receiver(around=around)
    made.on("*")(lambda event: "never")
    assert handle(made, delivery()).status == 500


# Arguments.


@pytest.mark.parametrize(
    ("given", "expected"), [(None, 25 * 1024 * 1024), (10, 10), (10**9, 10**9)], ids=str
)
def test_max_body(given, expected):
    """The provider's own limit counts unless another is given."""
    assert receiver(providers.github, max_body=given).max_body == expected


@pytest.mark.parametrize(("source", "expected"), [(None, "acme"), ("eu", "eu"), ("", "acme")])
def test_source(source, expected):
    """A receiver is called like its provider, or by a name of its own."""
    made = receiver(source=source)
    made.on("*")(lambda event: event.source)
    assert made.source == expected
    assert made.handle(delivery()).body.decode() == expected


def test_limits_reach_verifier_and_parser():
    """One `Limits` bounds all of a request."""
    made = receiver(limits=Limits(header=63, nesting=1))
    assert made.handle(delivery()).status == 401
    made = receiver(limits=Limits(nesting=1))
    assert made.handle(delivery(body=b'{"action": "x", "a": {}}')).status == 400


def test_a_decoder_of_ones_own():
    """`decoder=` reads the JSON."""
    made = receiver(decoder=lambda body: {"action": "decoded"})
    made.on("*")(lambda event: event.type)
    assert made.handle(delivery()).body == b"issue.decoded"


def test_public_url_and_tolerance_reach_the_verifier():
    """The receiver hands them on."""
    provider = acme.replace(
        scheme=HMAC(
            signature=Header("X-Signature"),
            timestamp=Header("X-Time"),
            signs="{timestamp}{url}{body}",
        )
    )
    sent = delivery(provider, url="https://hooks.example.com/in").replace(url="http://10.0.0.7/in")
    made = receiver(provider, public_url="https://hooks.example.com", clock=Clock(NOW + 400))
    assert made.handle(sent).status == 401
    made = receiver(
        provider,
        public_url="https://hooks.example.com",
        clock=Clock(NOW + 400),
        tolerance=400,
    )
    assert made.handle(sent).status == 200


@pytest.mark.parametrize(
    ("client", "status"),
    [
        ("192.0.2.7", 200),
        ("::ffff:192.0.2.7", 200),
        ("2001:db8::1", 200),
        ("192.0.3.7", 401),
        ("2001:db9::1", 401),
        ("", 401),
        (None, 401),
        ("unix:", 401),
        ("192.0.2.7, 10.0.0.1", 401),
    ],
)
def test_allow_from(handle, client, status):
    """Who calls from elsewhere gets the common 401 before anything else is looked at."""
    made = receiver(allow_from=["192.0.2.0/24", "2001:db8::/32"])
    assert handle(made, delivery(client=client)).status == status
    if status == 401:
        assert handle(made, Request("GET", client=client)) == Response(401, "Unauthorized")
        explained = made.explain(delivery(client=client))
        assert (explained.accepted, explained.cause) == (False, AddressRefused.reason)
        assert str(explained).startswith("address refused: ")


@pytest.mark.parametrize(
    "secret", [SECRET, [SECRET, "old"], lambda request: SECRET], ids=["text", "list", "callable"]
)
def test_the_repr_shows_no_secret(secret):
    """Printing a receiver shows its source and how many handlers it has."""
    made = receiver(secret=secret, source="eu")
    made.on("*")(lambda event: None)
    assert repr(made) == "<Receiver eu, 1 handlers>"
    assert SECRET not in repr(vars(made))


# Set-up questions.

greeted = acme.replace(
    handshakes=(
        Handshake(
            signed=False,
            asks=((Query("mode"), "subscribe"),),
            echo=Query("challenge"),
            method="GET",
        ),
    )
)


def ask(query: str, method: str = "GET") -> Request:
    return Request(method, url=f"https://hooks.example.com/in?{query}")


def test_an_unsigned_question(handle):
    """A question that is declared as unsigned is answered to anyone, as plain text."""
    response = handle(receiver(greeted), ask("mode=subscribe&challenge=abc%20123"))
    assert response == Response(200, "abc 123", {"X-Content-Type-Options": "nosniff"})


def test_a_challenge_is_never_a_page(handle):
    """HTML in a challenge is echoed as text that no browser takes for a page."""
    html = "<script>alert(1)</script>"
    response = handle(receiver(greeted), ask(f"mode=subscribe&challenge={html}"))
    assert response.body == html.encode()
    assert ("Content-Type", "text/plain; charset=utf-8") in response.headers
    assert ("X-Content-Type-Options", "nosniff") in response.headers


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("mode=subscribe", 400),
        ("mode=subscribe&challenge=", 400),
        ("mode=subscribe&challenge=a%0Ab", 400),
        ("mode=subscribe&challenge=" + "x" * 1024, 200),
        ("mode=subscribe&challenge=" + "x" * 1025, 400),
        ("mode=other&challenge=abc", 405),
        ("challenge=abc", 405),
        ("", 405),
    ],
    ids=["missing", "empty", "newline", "longest", "too-long", "other", "no-mode", "nothing"],
)
def test_questions_that_are_none(handle, query, status):
    """What must not be echoed is a 400, what is no question a 405."""
    assert handle(receiver(greeted), ask(query)).status == status


def test_beside_an_unsigned_question_deliveries_are_verified(handle):
    """A POST that has the question's words is a delivery all the same."""
    made = receiver(greeted)
    assert handle(made, ask("mode=subscribe&challenge=a", "POST")).status == 401
    assert handle(made, delivery(greeted)).status == 200


def test_the_address_is_judged_before_a_question(handle):
    """Nobody from elsewhere hears an echo."""
    made = receiver(greeted, allow_from=["192.0.2.0/24"])
    assert handle(made, ask("mode=subscribe&challenge=abc")).status == 401


posted = acme.replace(
    handshakes=(
        Handshake(signed=False, asks=((Pointer("/kind"), "hello"),), echo=Pointer("/token")),
    )
)


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b'{"kind": "hello", "token": "t"}', "application/json", 200),
        (b'{"kind": "hello"', "application/json", 401),
        (b'{"kind": "hello", "token": "t"}', "text/plain", 401),
        (b'{"kind": "bye", "token": "t"}', "application/json", 401),
        (b"", "application/json", 401),
    ],
    ids=["question", "malformed", "media", "other", "empty"],
)
def test_an_unsigned_question_in_the_body(handle, body, media, status):
    """It is read through the bounded parser; whatever is no question is verified first."""
    sent = Request(headers={"Content-Type": media}, body=body)
    assert handle(receiver(posted), sent).status == status


def slack(body: bytes, *, secret: str = SECRET) -> Request:
    return delivery(providers.slack, body, secret=secret)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            b'{"type": "url_verification", "challenge": "3eZbrw1a"}',
            Response(200, "3eZbrw1a", {"X-Content-Type-Options": "nosniff"}),
        ),
        (
            b'{"type": "url_verification", "challenge": "<html>"}',
            Response(200, "<html>", {"X-Content-Type-Options": "nosniff"}),
        ),
        (b'{"type": "url_verification", "challenge": 5}', Response(400, "Bad Request")),
        (b'{"type": "url_verification", "challenge": ""}', Response(400, "Bad Request")),
        (b'{"type": "url_verification"}', Response(400, "Bad Request")),
        (b'{"ssl_check": "1"}', Response()),
    ],
    ids=["text", "html", "number", "empty", "missing", "no-echo"],
)
def test_a_signed_question(handle, body, expected):
    """Slack signs its question; the answer is the challenge and no handler runs."""
    made = receiver(providers.slack)
    made.on("*")(lambda event: "never")
    assert handle(made, slack(body)) == expected


def test_a_signed_question_without_a_signature(handle):
    """It is a 401: nobody else may have things echoed."""
    body = b'{"type": "url_verification", "challenge": "abc"}'
    unsigned = Request(headers={"Content-Type": "application/json"}, body=body)
    assert handle(receiver(providers.slack), unsigned) == Response(401, "Unauthorized")
    assert handle(receiver(providers.slack), slack(body, secret="other")).status == 401


def test_beside_a_signed_question_deliveries_are_handled(handle):
    """What is no question goes to the handlers."""
    made = receiver(providers.slack)
    made.on("app_mention")(lambda event: "heard")
    body = b'{"type": "event_callback", "event": {"type": "app_mention"}}'
    assert handle(made, slack(body)).body == b"heard"


signed_get = acme.replace(
    handshakes=(
        Handshake(signed=True, asks=((Query("ask"), None),), echo=Query("ask"), method="GET"),
    )
)


@pytest.mark.parametrize(
    ("query", "secret", "status"),
    [("ask=abc", SECRET, 200), ("ask=abc", "other", 401), ("", SECRET, 405)],
    ids=["question", "wrong-secret", "no-question"],
)
def test_a_signed_question_by_get(handle, query, secret, status):
    """A question of another method is verified; a GET that asks nothing is no delivery."""
    url = f"https://hooks.example.com/in?{query}"
    signature = delivery(body=b"", secret=secret).headers
    response = handle(receiver(signed_get), Request("GET", signature, b"", url=url))
    assert response.status == status


# On an event loop.


class Threads(Clock):
    """Notes the threads that ask for the time, which verifying does."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[threading.Thread] = set()

    def __call__(self) -> float:
        self.seen.add(threading.current_thread())
        return self.now


@pytest.mark.parametrize(
    ("kwargs", "size", "on_the_loop"),
    [
        ({}, 100, True),
        ({}, 256 * 1024, True),
        ({}, 256 * 1024 + 1, False),
        ({"secret": lambda request: SECRET}, 100, False),
    ],
    ids=["small", "as-long-as-may-be", "large", "callable-secret"],
)
def test_what_may_block_runs_in_a_thread(kwargs, size, on_the_loop):
    """Large bodies and callable secrets are verified off the loop, the rest on it."""
    clock = Threads()
    made = receiver(clock=clock, **kwargs)
    made.on("*")(lambda event: None)
    body = b'{"action":"' + b"x" * (size - 13) + b'"}'
    short = body if size < 200 else b'{"action":"a","more":"' + b"x" * (size - 24) + b'"}'
    assert len(short) == size
    response = asyncio.run(made.handle_async(delivery(body=short)))
    assert response.status == 200
    assert (clock.seen == {threading.current_thread()}) is on_the_loop


def test_async_handlers_run_on_the_callers_loop():
    """A handler can use what belongs to the loop it is called on."""

    async def main() -> tuple[object, object]:
        made = receiver()
        loops = []

        @made.on("*")
        async def note(event):
            loops.append(asyncio.get_running_loop())

        await made.handle_async(delivery())
        return loops[0], asyncio.get_running_loop()

    loop, expected = asyncio.run(main())
    assert loop is expected


# Wiring.


def beside(environ, start_response):
    start_response("404 Not Found", [])
    return [b"the app"]


def called(app, path: str, **environ) -> tuple[str, bytes]:
    """Status and body of a GET."""
    statuses = []
    made = {"REQUEST_METHOD": "GET", "PATH_INFO": path} | environ
    body = app(made, lambda status, headers: statuses.append(status))
    return statuses[0], b"".join(body)


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/hooks/acme", True),
        ("/hooks/acme/", False),
        ("/hooks/acme/x", False),
        ("/hooks/Acme", False),
        ("/hooks", False),
        ("/", False),
        ("", False),
    ],
)
def test_wrap_takes_one_path(path, ours):
    """The very path is the receiver's, everything else is the app's."""
    status, body = called(receiver().wrap(beside, path="/hooks/acme"), path)
    assert (status, body) == (
        ("405 Method Not Allowed", b"Method Not Allowed") if ours else ("404 Not Found", b"the app")
    )


def test_wrap_without_a_path_in_the_environ():
    """A server that leaves PATH_INFO out means the empty path."""
    wrapped = receiver().wrap(beside, path="/hooks")
    statuses = []
    wrapped({"REQUEST_METHOD": "GET"}, lambda status, headers: statuses.append(status))
    assert statuses == ["404 Not Found"]


def test_a_receiver_is_a_wsgi_application():
    """It can be called as the server does."""
    assert called(receiver(), "/")[0] == "405 Method Not Allowed"


def test_a_receiver_has_an_asgi_application():
    """`receiver.asgi` is one as well."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(receiver().asgi(scope, receive, send))
    assert sent[0]["status"] == 405


def test_run_serves_with_werkzeugs_development_server(monkeypatch):
    """`run` hands the receiver to werkzeug, on loopback, with a thread for each request."""
    calls = []
    monkeypatch.setattr("werkzeug.serving.run_simple", lambda *a, **k: calls.append((a, k)))
    made = receiver()
    made.run()
    made.run(9000, "0.0.0.0")  # noqa: S104  # nothing is served
    assert calls == [
        (("127.0.0.1", 8000, made), {"threaded": True}),
        (("0.0.0.0", 9000, made), {"threaded": True}),  # noqa: S104
    ]


# Explaining.


def test_explain_knows_the_other_receivers():
    """A delivery that belongs to another endpoint is told."""
    other = receiver(secret="other", source="second")
    explained = receiver().explain(delivery(secret="other"), others=[other])
    assert explained.cause == "another-secret"


def test_explain_knows_the_catalogue():
    """A signature header of another provider names whose it is."""
    explained = receiver(providers.stripe).explain(delivery(providers.github))
    assert explained.cause == "another-provider"
    assert "GitHub" in explained.headline


def test_explain_accepts_what_is_accepted():
    """Where nothing is wrong, it says so."""
    assert receiver(allow_from=["192.0.2.7"]).explain(delivery(client="192.0.2.7")).accepted


def test_a_token_in_the_query():
    """Nothing but the declared place counts."""
    provider = Provider(name="query", scheme=Token(Query("token")))
    made = receiver(provider, secret="s3cret")
    media = {"Content-Type": "application/json"}
    assert made.handle(Request(headers=media, body=b"{}", url="/in?token=s3cret")).status == 200
    assert made.handle(Request(headers=media, body=b"{}", url="/in?token=x")).status == 401
