"""What a receiver answers, through every face: WSGI and ASGI give the same."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import werkzeug
from werkzeug.middleware.proxy_fix import ProxyFix

from hookkit import (
    HMAC,
    ConfigError,
    Event,
    Handshake,
    Header,
    Provider,
    Query,
    Receiver,
    Request,
    Response,
    Token,
    mount,
    providers,
)
from tests.contracts.driving import (
    FACES,
    Face,
    Got,
    Input,
    Sent,
    asgi_answer,
    environ_of,
    messages_of,
    scope_of,
    sent_from,
    through_asgi,
    through_wsgi,
    wsgi_answer,
)
from tests.providers.sampling import configured

SECRET = "a secret that nobody guesses"
LIMIT = 1000
"""Bytes."""
NOW = 1_700_000_000

URL_SIGNER = Provider(
    name="url_signer",
    scheme=HMAC(signature=Header("X-Signature"), signs="{method} {url} {body}"),
)
"""Signs where it sends to, as some do."""

every_face = pytest.mark.parametrize("face", FACES.values(), ids=FACES.keys())


def github(**options: Any) -> Receiver:
    receiver = Receiver(
        providers.github, secret=SECRET, clock=lambda: NOW, **{"max_body": LIMIT, **options}
    )
    receiver.on("*")(lambda event: "heard")
    return receiver


def push(body: bytes = b'{"ref": "main"}', media: str = "application/json", **more: Any) -> Sent:
    """A delivery that GitHub signed."""
    request = Request("POST", {"Content-Type": media, "X-GitHub-Event": "push"}, body)
    return sent_from(github().verifier.sign(request), **more)


def padded(size: int) -> bytes:
    """JSON of so many bytes."""
    return b'{"a": "' + b"x" * (size - 9) + b'"}'


UNSIGNED = replace(push(), headers=(("Content-Type", "application/json"),))

TABLE: dict[str, tuple[Sent, int]] = {
    "signed": (push(), 200),
    "in-pieces": (push(sizes=(1, 3, 2)), 200),
    "at-the-limit": (push(padded(LIMIT)), 200),
    "chunked": (push(announced=None), 200),
    "chunked-in-pieces": (push(announced=None, sizes=(1, 2)), 200),
    "chunked-at-the-limit": (push(padded(LIMIT), announced=None, sizes=(7,)), 200),
    "length-with-zeros": (push(b"{}", announced="0002"), 200),
    "length-with-many-zeros": (push(b"{}", announced="0" * 5000 + "2"), 200),
    "form": (push(b"payload=%7B%7D", "application/x-www-form-urlencoded"), 200),
    "charset": (push(media="application/json; charset=UTF-8"), 200),
    "no-json": (push(b"{"), 400),
    "no-object": (push(b"[]"), 400),
    "empty-body": (push(b""), 400),
    "empty-chunked-body": (push(b"", announced=None), 400),
    "length-of-letters": (push(announced="abc"), 400),
    "length-negative": (push(announced="-1"), 400),
    "length-with-sign": (push(announced="+15"), 400),
    "length-with-underscore": (push(announced="1_5"), 400),
    "length-with-blank": (push(announced=" 15"), 400),
    "length-with-fraction": (push(announced="15.0"), 400),
    "length-in-hex": (push(announced="0xf"), 400),
    "length-twice": (push(announced="15,15"), 400),
    "length-superscript": (push(announced="1\xb2"), 400),
    "shorter-than-announced": (push(announced="16"), 400),
    "unsigned": (UNSIGNED, 401),
    "changed": (replace(push(), body=b'{"ref": "evil"}'), 401),
    "get": (replace(push(), method="GET"), 405),
    "head": (replace(push(), method="HEAD"), 405),
    "put": (replace(push(), method="PUT"), 405),
    "delete": (replace(push(), method="DELETE"), 405),
    "options": (replace(push(), method="OPTIONS"), 405),
    "lower-case-method": (replace(push(), method="post"), 405),
    "method-nobody-knows": (replace(push(), method="BREW"), 405),
    "gone": (push(gone=True), 408),
    "gone-while-chunked": (push(gone=True, announced=None), 408),
    "gone-before-a-byte": (push(b"x", gone=True), 408),
    "one-over-the-limit": (push(padded(LIMIT + 1)), 413),
    "chunked-over-the-limit": (push(padded(LIMIT + 1), announced=None), 413),
    "chunked-far-over-the-limit": (push(padded(9 * LIMIT), announced=None, sizes=(100,)), 413),
    "length-huge": (push(announced=str(10**18)), 413),
    "length-of-thousands-of-digits": (push(announced="9" * 5000), 413),
    "text": (push(media="text/plain"), 415),
    "no-media-type": (push(media=""), 415),
    "other-charset": (push(media="application/json; charset=latin-1"), 415),
    "gzip": (push().with_headers(("Content-Encoding", "gzip")), 415),
}


@every_face
@pytest.mark.parametrize(("sent", "status"), TABLE.values(), ids=TABLE.keys())
def test_status(face: Face, sent: Sent, status: int) -> None:
    """Each kind of request has its status, the same under both protocols."""
    heard: list[Event] = []
    receiver = github()
    receiver.on("*")(heard.append)
    assert face(receiver, sent).status == status
    assert len(heard) == (status == 200)


@pytest.mark.parametrize(("sent", "status"), TABLE.values(), ids=TABLE.keys())
def test_faces_agree(sent: Sent, status: int) -> None:
    """Status, header fields and body are the same bytes under both."""
    wsgi, asgi = through_wsgi(github(), sent), through_asgi(github(), sent)
    assert wsgi.answer == asgi.answer
    assert wsgi.status == status


@every_face
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(sent, id=name)
        for name, (sent, status) in TABLE.items()
        if status == 413 and sent.announced is not None
    ],
)
def test_too_large_is_refused_unread(face: Face, sent: Sent) -> None:
    """An announced length beyond the limit costs not a byte of reading."""
    got = face(github(), sent)
    assert (got.status, got.read) == (413, 0)


@every_face
def test_chunked_is_read_little_beyond_the_limit(face: Face) -> None:
    """Without a length the reading ends with the piece that crosses the limit."""
    got = face(github(), push(padded(50 * LIMIT), announced=None, sizes=(100,)))
    assert got.status == 413
    assert LIMIT < got.read <= LIMIT + 100


@pytest.mark.parametrize("announced", [10**9, None], ids=["announced", "chunked"])
def test_wsgi_reads_in_bounded_pieces(announced: int | None) -> None:
    """However much is announced, one read asks for 1 MiB at most."""
    asked: list[int] = []

    class Asking(Input):
        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            return super().read(size)

    body = padded(3_000_000)
    environ = environ_of(push(body, announced=announced and str(announced)))
    environ["wsgi.input"] = Asking([body])
    status = wsgi_answer(github(max_body=2 * 10**9), environ).status
    assert status == (400 if announced else 200)
    assert all(0 < size <= 1024 * 1024 for size in asked)
    assert len(asked) > 3


@every_face
@pytest.mark.parametrize("provider", providers.names())
def test_405_names_the_methods(face: Face, provider: str) -> None:
    """`Allow` holds what `receiver.methods` holds, for frameworks that route by method."""
    receiver = Receiver(configured(provider), secret=lambda request: None)
    got = face(receiver, Sent("DELETE"))
    assert got.status == 405
    assert tuple(got.fields["allow"].split(", ")) == receiver.methods


@every_face
@pytest.mark.parametrize(
    ("sent", "status"), [(replace(push(), method="HEAD"), 405), (Sent("HEAD"), 405)]
)
def test_head_has_no_body(face: Face, sent: Sent, status: int) -> None:
    """A HEAD hears the header fields of a GET and nothing after them."""
    got, full = face(github(), sent), face(github(), replace(sent, method="GET"))
    assert (got.status, got.body, got.headers) == (status, b"", full.headers)
    assert full.body != b""


@every_face
def test_all_401_are_the_same(face: Face) -> None:
    """Who is refused cannot tell why: status, fields and body are the very same."""
    stale = Receiver(providers.stripe, secret=SECRET, clock=lambda: NOW)
    early = Receiver(providers.stripe, secret=SECRET, clock=lambda: NOW - 1000)
    unknown = Receiver(providers.github, secret=lambda request: None)
    elsewhere = github(allow_from=["198.51.100.0/24"])
    signed = sent_from(early.verifier.sign(Request("POST", {}, b"{}")))
    got = {
        "missing": face(github(), UNSIGNED),
        "wrong": face(github(), replace(push(), body=b"{}")),
        "malformed": face(github(), UNSIGNED.with_headers(("X-Hub-Signature-256", "sha512=0"))),
        "too-long": face(github(), UNSIGNED.with_headers(("X-Hub-Signature-256", "0" * 9000))),
        "stale": face(stale, signed),
        "unknown-tenant": face(unknown, push()),
        "address": face(elsewhere, push()),
        "address-and-method": face(elsewhere, Sent("GET")),
        "body-taken": face(github(), replace(push(), body=b"", announced="15")),
    }
    answers = {name: each.answer for name, each in got.items()}
    assert set(answers) == {name for name in answers if answers[name] == answers["missing"]}
    assert got["missing"].status == 401
    assert got["missing"].body == b"Unauthorized"


# Lengths that only one of the two can meet.


@pytest.mark.parametrize(
    ("announced", "terminated", "status"),
    [
        pytest.param(None, False, 411, id="absent"),
        pytest.param("", False, 411, id="empty"),
        pytest.param("", True, 200, id="empty-and-terminated"),
        pytest.param(None, True, 200, id="absent-and-terminated"),
    ],
)
def test_wsgi_without_length(announced: str | None, terminated: bool, status: int) -> None:
    """A body of unknown length is read only where the server marks its end."""
    environ = environ_of(push())
    del environ["CONTENT_LENGTH"]
    if announced is not None:
        environ["CONTENT_LENGTH"] = announced
    environ["wsgi.input_terminated"] = terminated
    got = wsgi_answer(github(), environ)
    assert got.status == status
    assert got.read == (len(push().body) if status == 200 else 0)


def test_wsgi_never_reads_beyond_the_length() -> None:
    """What follows belongs to the next request on the connection."""
    sent = push()
    environ = environ_of(sent)
    environ["wsgi.input"] = Input([sent.body + b"POST /next HTTP/1.1"])
    got = wsgi_answer(github(), environ)
    assert (got.status, got.read) == (200, len(sent.body))


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("reset"),
        TimeoutError("timed out"),
        BrokenPipeError("broken"),
        ValueError("read of closed file"),
        RuntimeError("a server's own"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_wsgi_input_that_fails(error: Exception) -> None:
    """Whatever the server's input raises, the client is taken to have gone."""

    class Failing(Input):
        def read(self, size: int = -1) -> bytes:
            raise error

    environ = environ_of(push())
    environ["wsgi.input"] = Failing([])
    assert wsgi_answer(github(), environ).status == 408


ASGI_LENGTHS: dict[str, tuple[str | None, list[bytes | None], int]] = {
    "right": ("2", [b"{}"], 200),
    "absent": (None, [b"{}"], 200),
    "empty-pieces": ("2", [b"", b"{", b"", b"", b"}", b""], 200),
    "empty-pieces-without-length": (None, [b"", b"{", b"", b"}", b""], 200),
    "empty": ("", [b"{}"], 400),
    "letters": ("two", [b"{}"], 400),
    "negative": ("-2", [b"{}"], 400),
    "twice": ("2, 2", [b"{}"], 400),
    "shorter": ("3", [b"{}"], 400),
    "longer": ("1", [b"{}"], 400),
    "longer-in-pieces": ("2", [b"{}", b" ", b" "], 400),
    "nothing-came": ("2", [b""], 401),
    "zero-and-nothing": ("0", [b""], 401),
    "zero-and-something": ("0", [b"{}"], 400),
    "gone-at-once": ("2", [None], 408),
    "gone-after-one": ("2", [b"{", None], 408),
    "gone-after-all": ("2", [b"{}", None], 408),
    "gone-without-length": (None, [b"{}", None], 408),
    "huge": ("9" * 30, [b"{}"], 413),
    "one-over": ("1001", [b"{}"], 413),
    "pieces-over": (None, [b"x" * 600, b"x" * 600, b"x" * 600], 413),
    "pieces-over-a-small-length": ("2", [b"x" * 600, b"x" * 600], 413),
}


@pytest.mark.parametrize(
    ("announced", "pieces", "status"), ASGI_LENGTHS.values(), ids=ASGI_LENGTHS.keys()
)
def test_asgi_length(announced: str | None, pieces: list[bytes | None], status: int) -> None:
    """What a server announces and what it hands over have to agree; `None` is a disconnect."""
    scope = scope_of(push(b"{}"))
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
    if announced is not None:
        scope["headers"].append((b"content-length", announced.encode()))
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": piece, "more_body": place < len(pieces)}
        if piece is not None
        else {"type": "http.disconnect"}
        for place, piece in enumerate(pieces, 1)
    ]
    got = asyncio.run(asgi_answer(github().asgi, scope, iter(messages)))
    assert got.status == status
    assert got.read <= LIMIT + 600


def test_asgi_message_with_defaults() -> None:
    """`body` and `more_body` may be left out, as the specification has it."""
    scope = scope_of(replace(push(b""), announced=None))
    got = asyncio.run(asgi_answer(github().asgi, scope, iter([{"type": "http.request"}])))
    assert got.status == 400


def test_asgi_body_of_another_method_is_left_alone() -> None:
    """What the provider does not send is answered without waiting for its body."""
    got = through_asgi(github(), replace(push(), method="PUT"))
    assert (got.status, got.read) == (405, 0)


def test_wsgi_body_of_another_method_is_left_alone() -> None:
    """The same under WSGI."""
    got = through_wsgi(github(), replace(push(), method="PUT"))
    assert (got.status, got.read) == (405, 0)


# A body that something else has read.


def taken(sent: Sent) -> dict[str, Any]:
    """The environ of a request whose input is at its end."""
    environ = environ_of(sent)
    environ["wsgi.input"] = io.BytesIO()
    return environ


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage().split(" ")[2].rstrip(".")
        for record in caplog.records
        if record.name == "hookkit.receiver"
    ]


@every_face
@pytest.mark.parametrize(
    ("body", "announced", "reason"),
    [(b"", "15", "body-taken"), (b'{"ref": "evil"}', "15", "wrong-credential")],
    ids=["taken", "changed"],
)
def test_log_tells_a_taken_body(
    face: Face, body: bytes, announced: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The sender hears the same; the log says which of the two it was."""
    got = face(github(), replace(push(), body=body, announced=announced))
    assert got.status == 401
    assert reasons(caplog) == [reason]


def test_wsgi_body_kept_by_flask() -> None:
    """What Flask's request has read and kept is found there."""
    environ = environ_of(push())
    environ["wsgi.input"] = io.BytesIO(push().body)
    kept = werkzeug.Request(environ)
    assert kept.get_data() == push().body
    assert environ["werkzeug.request"] is kept
    assert wsgi_answer(github(), environ).status == 200


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda request: request.form, id="form"),
        pytest.param(lambda request: request.get_data(cache=False), id="not-kept"),
        pytest.param(lambda request: request.stream.read(), id="stream"),
        pytest.param(lambda request: request.stream.read(3), id="in-part"),
    ],
)
def test_wsgi_body_not_kept_by_flask(read: Callable[[werkzeug.Request], object]) -> None:
    """What Flask's request has read and thrown away is a 401 or 400, never a 5xx."""
    sent = push(b"payload=%7B%7D", "application/x-www-form-urlencoded")
    environ = environ_of(sent)
    environ["wsgi.input"] = io.BytesIO(sent.body)
    read(werkzeug.Request(environ))
    assert wsgi_answer(github(), environ).status in (400, 401)


def test_wsgi_kept_body_must_be_authentic() -> None:
    """A body from elsewhere is verified like any other."""
    environ = taken(push())
    environ["werkzeug.request"] = werkzeug.Request(
        {**environ, "wsgi.input": io.BytesIO(b'{"ref": "evil"}')}
    )
    assert wsgi_answer(github(), environ).status == 401


# Handlers, and where they run.


@every_face
@pytest.mark.parametrize(
    ("result", "status", "media", "body"),
    [
        (None, 200, "text/plain; charset=utf-8", b""),
        ("h\u00e9", 200, "text/plain; charset=utf-8", "h\u00e9".encode()),
        ({"a": 1}, 200, "application/json", b'{"a": 1}'),
        (Response(202, b"x", content_type="a/b"), 202, "a/b", b"x"),
        (werkzeug.Response("w", 201, content_type="a/b"), 201, "a/b", b"w"),
        (Response(204), 204, None, b""),
    ],
    ids=["none", "text", "dict", "response", "werkzeug", "no-content"],
)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_reply_of_handler(
    face: Face, result: object, status: int, media: str | None, body: bytes, is_async: bool
) -> None:
    """What a handler returns is the reply, whichever kind of handler and server it is."""
    receiver = Receiver(providers.github, secret=SECRET)

    async def later(event: Event) -> object:
        return result

    receiver.on("push")(later if is_async else lambda event: result)
    got = face(receiver, push())
    assert (got.status, got.fields.get("content-type"), got.body) == (status, media, body)
    assert got.fields.get("content-length") == (None if status == 204 else str(len(body)))


@every_face
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_failing_handler(face: Face, is_async: bool, caplog: pytest.LogCaptureFixture) -> None:
    """A handler's bug is a 500 that says nothing of it; the others run all the same."""
    receiver, heard = Receiver(providers.github, secret=SECRET), []

    async def later(event: Event) -> None:
        raise KeyError("inside")

    def now(event: Event) -> None:
        raise KeyError("inside")

    receiver.on("push")(later if is_async else now)
    receiver.on("push")(heard.append)
    got = face(receiver, push())
    assert got.status == 500
    assert b"inside" not in got.body
    assert "inside" in caplog.text
    assert len(heard) == 1


def where_it_runs(into: dict[str, object]) -> Receiver:
    """A receiver with a handler of each kind, each of which notes its thread and loop."""
    receiver = Receiver(providers.github, secret=SECRET)

    @receiver.on("push")
    def plain(event: Event) -> None:
        into["plain"] = threading.current_thread()

    @receiver.on("push")
    async def later(event: Event) -> None:
        into["later"] = threading.current_thread()
        into["loop"] = asyncio.get_running_loop()

    return receiver


def test_asgi_handlers_run_where_they_should() -> None:
    """Async ones on the caller's loop; plain ones off its thread, which they would hold up."""
    found: dict[str, object] = {}
    receiver = where_it_runs(found)

    async def main() -> asyncio.AbstractEventLoop:
        got = await asgi_answer(receiver.asgi, scope_of(push()), messages_of(push()))
        assert got.status == 200
        return asyncio.get_running_loop()

    loop = asyncio.run(main())
    assert found["plain"] is not threading.current_thread()
    assert found["later"] is threading.current_thread()
    assert found["loop"] is loop


def test_wsgi_handlers_run_where_they_should() -> None:
    """Plain ones on the server's thread; async ones on one loop in a thread of its own."""
    found: dict[str, object] = {}
    receiver = where_it_runs(found)
    assert through_wsgi(receiver, push()).status == 200
    assert found["plain"] is threading.current_thread()
    assert found["later"] is not threading.current_thread()
    first = found["loop"]
    assert through_wsgi(receiver, push()).status == 200
    assert found["loop"] is first


def test_wsgi_async_handler_inside_a_running_loop() -> None:
    """A WSGI server that itself runs on an event loop does not make it fail."""
    found: dict[str, object] = {}

    async def main() -> Got:
        return through_wsgi(where_it_runs(found), push())

    assert asyncio.run(main()).status == 200
    assert found["later"] is not threading.current_thread()


@pytest.mark.parametrize(
    ("face", "is_same"),
    [pytest.param(through_wsgi, True, id="wsgi"), pytest.param(through_asgi, False, id="asgi")],
)
def test_callable_secret_does_not_hold_up_the_loop(face: Face, is_same: bool) -> None:
    """It may ask a database: under ASGI it runs in a thread."""
    asked: list[threading.Thread] = []

    def ask(request: Request) -> str:
        asked.append(threading.current_thread())
        return SECRET

    assert face(Receiver(providers.github, secret=ask), push()).status == 200
    (thread,) = asked
    assert (thread is threading.current_thread()) == is_same


@every_face
def test_callable_secret_that_fails(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    """Our own fault is a 503 with Retry-After, and the log says whose."""

    def ask(request: Request) -> str:
        raise LookupError("database away")

    got = face(Receiver(providers.github, secret=ask), push())
    assert got.status == 503
    assert int(got.fields["retry-after"]) > 0
    assert b"database" not in got.body
    assert "database away" in caplog.text


# Questions asked while an endpoint is set up.

ASKING = Provider(
    name="asking",
    scheme=Token(Header("X-Token")),
    handshakes=(
        Handshake(
            signed=False,
            method="GET",
            asks=((Query("mode"), "subscribe"),),
            echo=Query("challenge"),
        ),
    ),
)


@every_face
@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        ("mode=subscribe&challenge=abc", 200, b"abc"),
        ("mode=subscribe", 400, b"Bad Request"),
        ("mode=subscribe&challenge=%0d%0aX", 400, b"Bad Request"),
        ("mode=other&challenge=abc", 405, b"Method Not Allowed"),
        ("", 405, b"Method Not Allowed"),
    ],
)
def test_unsigned_question(face: Face, query: str, status: int, body: bytes) -> None:
    """A provider that asks by GET is answered; `methods` and `Allow` name it."""
    receiver = Receiver(ASKING, secret=SECRET)
    assert receiver.methods == ("GET", "POST")
    got = face(receiver, Sent("GET", query=query))
    assert (got.status, got.body) == (status, body)
    assert got.fields.get("allow") == ("GET, POST" if status == 405 else None)


# Where it was sent to, and from.

URLS: dict[str, tuple[dict[str, Any], str]] = {
    "plain": ({}, "https://hooks.example.com/in"),
    "query": ({"query": "a=1&b=%20"}, "https://hooks.example.com/in?a=1&b=%20"),
    "blank-and-percent": ({"path": "/a b%c"}, "https://hooks.example.com/a%20b%25c"),
    "not-ascii": ({"path": "/\u00e9\u4e2d"}, "https://hooks.example.com/%C3%A9%E4%B8%AD"),
    "left-as-it-is": ({"path": "/:@!$&'()*+,;=~"}, "https://hooks.example.com/:@!$&'()*+,;=~"),
    "http": ({"scheme": "http"}, "http://hooks.example.com/in"),
    "port-in-host": ({"host": "h.example:8443"}, "https://h.example:8443/in"),
    "path-in-host": ({"host": "evil.example/x?"}, "https://backend:8000/in"),
    "user-in-host": ({"host": "hooks.example.com@evil.example"}, "https://backend:8000/in"),
    "no-host": ({"host": None}, "https://backend:8000/in"),
}


@every_face
@pytest.mark.parametrize(("parts", "url"), URLS.values(), ids=URLS.keys())
def test_url_and_client(face: Face, parts: dict[str, Any], url: str) -> None:
    """A handler sees the URL as it was called, and the address of the other end."""
    heard: list[Event] = []
    receiver = Receiver(providers.github, secret=SECRET)
    receiver.on("*")(heard.append)
    assert face(receiver, push(**parts)).status == 200
    (event,) = heard
    assert event.request.url == url
    assert event.request.client == "192.0.2.7"


def test_asgi_url_of_a_bare_scope() -> None:
    """Servers may leave out the raw path, the query and the server's name."""
    heard: list[Event] = []
    receiver = Receiver(providers.github, secret=SECRET)
    receiver.on("*")(heard.append)
    scope = scope_of(push(path="/\u00e9 x"))
    for key in ("raw_path", "query_string", "scheme", "client"):
        del scope[key]
    assert asyncio.run(asgi_answer(receiver.asgi, scope, messages_of(push()))).status == 200
    assert heard[0].request.url == "http://hooks.example.com/%C3%A9%20x"
    assert heard[0].request.client is None


def signed_for(url: str, **more: Any) -> Sent:
    """What URL_SIGNER sends to `url`."""
    verifier = Receiver(URL_SIGNER, secret=SECRET).verifier
    request = Request("POST", {"Content-Type": "application/json"}, b"{}", url=url)
    return sent_from(verifier.sign(request), **more)


@every_face
@pytest.mark.parametrize(
    ("signed", "public_url", "status"),
    [
        ("https://hooks.example.com/in?a=1", None, 200),
        ("https://public.example/in?a=1", None, 401),
        ("https://public.example/in?a=1", "https://public.example", 200),
        ("https://public.example/in?a=1", "https://public.example/", 200),
        ("https://public.example/deep/in?a=1", "https://public.example/deep/in", 200),
        ("https://public.example/in", "https://public.example", 401),
        ("https://hooks.example.com/in?a=1", "https://public.example", 401),
    ],
)
def test_public_url(face: Face, signed: str, public_url: str | None, status: int) -> None:
    """Behind a proxy the signed URL is the one that was configured, with the request's query."""
    receiver = Receiver(URL_SIGNER, secret=SECRET, public_url=public_url)
    receiver.on("*")(lambda event: None)
    assert face(receiver, signed_for(signed, query="a=1")).status == status


FORWARDED = (
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "public.example"),
    ("X-Forwarded-For", "198.51.100.9"),
    ("Forwarded", "for=198.51.100.9;host=public.example;proto=https"),
    ("X-Original-Host", "public.example"),
)


@every_face
def test_forwarded_headers_are_not_trusted(face: Face) -> None:
    """Anyone can send them: neither the URL nor the address comes from there."""
    sent = signed_for("https://public.example/in", scheme="http").with_headers(*FORWARDED)
    assert face(Receiver(URL_SIGNER, secret=SECRET), sent).status == 401
    allowing = github(allow_from=["198.51.100.0/24"])
    assert face(allowing, push().with_headers(*FORWARDED)).status == 401


def test_wsgi_proxy_fix_is_trusted() -> None:
    """A proxy that the application trusts, by werkzeug's ProxyFix, mends URL and address."""
    receiver = Receiver(URL_SIGNER, secret=SECRET, allow_from=["198.51.100.0/24"])
    receiver.on("*")(lambda event: None)
    sent = signed_for("https://public.example/in", scheme="http").with_headers(*FORWARDED)
    fixed = ProxyFix(receiver, x_for=1, x_proto=1, x_host=1)
    assert wsgi_answer(fixed, environ_of(sent)).status == 200
    assert wsgi_answer(receiver, environ_of(sent)).status == 401


ADDRESSES: dict[str, tuple[str | None, int]] = {
    "inside": ("192.0.2.7", 200),
    "inside-mapped": ("::ffff:192.0.2.7", 200),
    "inside-mapped-in-hex": ("::ffff:c000:207", 200),
    "inside-v6": ("2001:db8::1", 200),
    "outside": ("192.0.3.7", 401),
    "outside-mapped": ("::ffff:192.0.3.7", 401),
    "outside-v6": ("2001:db9::1", 401),
    "unix-socket": (None, 401),
    "empty": ("", 401),
    "no-address": ("unix:", 401),
    "with-port": ("192.0.2.7:80", 401),
    "list": ("192.0.2.7, 192.0.2.8", 401),
}


@every_face
@pytest.mark.parametrize(("client", "status"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_allow_from(face: Face, client: str | None, status: int) -> None:
    """Only these networks get further than the common 401."""
    receiver = github(allow_from=["192.0.2.0/24", "2001:db8::/32"])
    assert face(receiver, push(client=client)).status == status


# Beside another application.


def beside(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """An application that shows what it was called with."""
    start_response("299 Beside", [("Content-Type", "text/plain")])
    yield f"{environ.get('SCRIPT_NAME', '')}|{environ['PATH_INFO']}".encode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/hooks/github", 200),
        ("/hooks/github/", 299),
        ("/hooks/github/x", 299),
        ("/hooks/githubs", 299),
        ("/hooks", 299),
        ("/x/hooks/github", 299),
        ("/HOOKS/GITHUB", 299),
        ("//hooks/github", 299),
        ("/", 299),
    ],
)
def test_wrap_is_exact(path: str, status: int) -> None:
    """The receiver gets this very path; all else goes to the application."""
    app = github().wrap(beside, path="/hooks/github")
    got = wsgi_answer(app, environ_of(push(path=path)))
    assert got.status == status
    assert status == 200 or got.body == f"|{path}".encode()


@pytest.mark.parametrize(
    ("path", "status", "script", "rest"),
    [
        ("/hooks/github", 200, "/hooks/github", ""),
        ("/hooks/github/", 200, "/hooks/github", "/"),
        ("/hooks/github/a/b", 200, "/hooks/github", "/a/b"),
        ("/shown/a", 299, "/shown", "/a"),
        ("/shown", 299, "/shown", ""),
        ("/hooks/githubs", 299, "", "/hooks/githubs"),
        ("/hooks", 299, "", "/hooks"),
        ("/", 299, "", "/"),
    ],
)
def test_mount_moves_the_path(path: str, status: int, script: str, rest: str) -> None:
    """What is mounted finds its own path in SCRIPT_NAME and the rest in PATH_INFO."""
    heard: list[Event] = []
    receiver = github()
    receiver.on("*")(heard.append)
    seen: list[tuple[str, str]] = []

    def watching(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append((environ["SCRIPT_NAME"], environ["PATH_INFO"]))
        return receiver(environ, start_response)

    app = mount(beside, {"/hooks/github": watching, "/shown": beside})
    got = wsgi_answer(app, environ_of(push(path=path)))
    assert got.status == status
    if status == 200:
        assert seen == [(script, rest)]
        assert heard[0].request.url == f"https://hooks.example.com{path}"
    else:
        assert got.body == f"{script}|{rest}".encode()


def test_mount_without_an_application() -> None:
    """Elsewhere is a 404, and two receivers do not take each other's deliveries."""
    other = Receiver(providers.github, secret="another secret")
    app = mount(None, {"/a": github(), "/b": other})
    got = {
        path: wsgi_answer(app, environ_of(push(path=path))).status for path in ("/a", "/b", "/c")
    }
    assert got == {"/a": 200, "/b": 401, "/c": 404}


@pytest.mark.parametrize("path", ["hooks", "", "/hooks/", "/"])
def test_mount_refuses_paths_that_never_match(path: str) -> None:
    """A slip is told at start-up."""
    with pytest.raises(ConfigError, match="path"):
        mount(None, {path: github()})


# What else an ASGI server asks.


def test_asgi_lifespan() -> None:
    """As the root application it takes part in start-up and shutdown, and then returns."""
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(github().asgi({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
    assert [each["type"] for each in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_asgi_websocket_is_closed() -> None:
    """A websocket is refused before it is accepted."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(github().asgi({"type": "websocket", "headers": []}, receive, send))
    assert [each["type"] for each in sent] == ["websocket.close"]


@every_face
def test_underscore_is_a_hyphen(face: Face) -> None:
    """CGI cannot tell X_Hub from X-Hub, so nobody can slip in a second value beside the first."""
    signed = push()
    twin = signed.with_headers(("X_Hub_Signature_256", "sha256=" + "0" * 64))
    assert face(github(), signed).status == 200
    assert face(github(), twin).status == 401


@every_face
def test_large_body(face: Face, caplog: pytest.LogCaptureFixture) -> None:
    """Three MiB arrive whole, announced and in chunks."""
    caplog.set_level(logging.CRITICAL)
    sizes = (65_536, 1, 1000)
    body = padded(3 * 1024 * 1024)
    for announced in (str(len(body)), None):
        receiver, heard = github(max_body=4 * 1024 * 1024), []
        receiver.on("*")(lambda event, heard=heard: heard.append(len(event.request.body)))
        assert face(receiver, push(body, announced=announced, sizes=sizes)).status == 200
        assert heard == [len(body)]
