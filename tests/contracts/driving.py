"""One request, handed to a receiver through WSGI or through ASGI, and what came back."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote
from wsgiref.validate import validator

from hookkit import Receiver, Request

RIGHT = "right"
"""As `Sent.announced`: the body's own length."""

METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PATCH", "PUT", "DELETE", "TRACE"}
"""Those that wsgiref.validate knows; it warns of any other."""

Scope = dict[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A request as a client sends it."""

    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    """Header text as WSGI has it: bytes read as latin-1."""
    body: bytes = b""
    announced: str | None = RIGHT
    """Content-Length; `None` sends the body in chunks."""
    gone: bool = False
    """The client goes away before the last byte."""
    sizes: tuple[int, ...] = ()
    """Bytes that arrive at once, again from the start when all are used; empty: all at once."""
    scheme: str = "https"
    host: str | None = "hooks.example.com"
    path: str = "/in"
    """Not escaped."""
    query: str = ""
    client: str | None = "192.0.2.7"

    @property
    def length(self) -> str | None:
        return str(len(self.body)) if self.announced == RIGHT else self.announced

    def with_headers(self, *more: tuple[str, str]) -> Sent:
        return replace(self, headers=(*self.headers, *more))

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives."""
        sizes = self.sizes or (len(self.body),)
        start = place = 0
        while start < len(self.body):
            size = max(sizes[place % len(sizes)], 0)
            yield self.body[start : start + size]
            start += size
            place += 1


def sent_from(request: Request, **more: Any) -> Sent:
    """A signed `Request`, ready to be sent."""
    return Sent(request.method, tuple(request.headers.items()), request.body, **more)


@dataclass
class Got:
    """What came back, and how much of the body the receiver took."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    read: int = 0
    fields: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.fields = {name.lower(): value for name, value in self.headers}

    @property
    def answer(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """All that a sender can tell apart."""
        return self.status, sorted(self.fields.items()), self.body


Face = Callable[[Receiver, Sent], Got]


class Input:
    """A `wsgi.input` that gives pieces, counts them, and may break off."""

    def __init__(self, pieces: Iterable[bytes], *, gone: bool = False) -> None:
        self._pieces = list(pieces)
        self._gone = gone
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        if not self._pieces:
            if self._gone:
                raise ConnectionResetError("connection reset by peer")
            return b""
        piece = self._pieces.pop(0)
        if 0 <= size < len(piece):
            self._pieces.insert(0, piece[size:])
            piece = piece[:size]
        self.taken += len(piece)
        return piece

    def readline(self, size: int = -1) -> bytes:
        raise AssertionError("a body has no lines")

    readlines = __iter__ = readline


def environ_of(sent: Sent) -> dict[str, Any]:
    """The environ that a server would make of it."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": sent.path.encode().decode("latin-1"),
        "QUERY_STRING": sent.query,
        "SERVER_NAME": "backend",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": sent.scheme,
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input": Input(_cut(sent), gone=sent.gone),
    }
    if sent.client is not None:
        environ["REMOTE_ADDR"] = sent.client
    if sent.host is not None:
        environ["HTTP_HOST"] = sent.host
    if sent.length is not None:
        environ["CONTENT_LENGTH"] = sent.length
    else:
        environ["wsgi.input_terminated"] = True
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    for name, value in sent.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def _cut(sent: Sent) -> Iterator[bytes]:
    """An empty piece would be the end of a `wsgi.input`; a client that goes leaves half."""
    pieces = [piece for piece in sent.pieces() if piece]
    if not sent.gone:
        return iter(pieces)
    half = b"".join(pieces)[: len(sent.body) // 2]
    return iter([half] if half else [])


def is_legal(environ: dict[str, Any]) -> bool:
    """Whether `wsgiref.validate` takes this environ for one that a server may make."""
    length = environ.get("CONTENT_LENGTH", "")
    # int() takes at most 4300 digits.
    if length and not (length.isascii() and length.isdigit() and len(length) < 4300):
        return False
    path = environ["SCRIPT_NAME"] + environ["PATH_INFO"]
    return environ["REQUEST_METHOD"] in METHODS and path.startswith("/")


def wsgi_answer(app: Any, environ: dict[str, Any]) -> Got:
    """What a WSGI application answers; it is held to PEP 3333 where the environ is legal."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started.append((status, headers))
        return lambda data: None

    taken = environ["wsgi.input"]
    chunks = (validator(app) if is_legal(environ) else app)(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    ((status, headers),) = started
    return Got(int(status[:3]), list(headers), body, getattr(taken, "taken", 0))


def through_wsgi(receiver: Receiver, sent: Sent) -> Got:
    return wsgi_answer(receiver, environ_of(sent))


def scope_of(sent: Sent) -> Scope:
    """The scope that a server would make of it."""
    fields = [*sent.headers]
    if sent.host is not None:
        fields.append(("host", sent.host))
    if sent.length is not None:
        fields.append(("content-length", sent.length))
    else:
        fields.append(("transfer-encoding", "chunked"))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": sent.scheme,
        "path": sent.path,
        "raw_path": quote(sent.path, safe="/:@!$&'()*+,;=~").encode(),
        "root_path": "",
        "query_string": sent.query.encode("latin-1"),
        "headers": [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in fields],
        "client": None if sent.client is None else (sent.client, 40000),
        "server": ("backend", 8000),
    }


def messages_of(sent: Sent) -> Iterator[Message]:
    """What `receive` gives, one after the other."""
    pieces = list(sent.pieces())
    if sent.gone:
        yield {"type": "http.request", "body": sent.body[: len(sent.body) // 2], "more_body": True}
        yield {"type": "http.disconnect"}
    last = pieces.pop() if pieces else b""
    for piece in pieces:
        yield {"type": "http.request", "body": piece, "more_body": True}
    yield {"type": "http.request", "body": last, "more_body": False}
    while True:
        yield {"type": "http.disconnect"}


async def asgi_answer(app: Any, scope: Scope, messages: Iterator[Message]) -> Got:
    """What an ASGI application answers, on the caller's loop."""
    sent: list[Message] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = next(messages)
        read += len(message.get("body", b""))
        return message

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert all(each["type"] == "http.response.body" for each in rest)
    assert not rest[-1].get("more_body")
    headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in start["headers"]]
    assert all(name == name.lower() for name, _ in headers)
    return Got(start["status"], headers, b"".join(each["body"] for each in rest), read)


def through_asgi(receiver: Receiver, sent: Sent) -> Got:
    return asyncio.run(asgi_answer(receiver.asgi, scope_of(sent), messages_of(sent)))


FACES: dict[str, Face] = {"wsgi": through_wsgi, "asgi": through_asgi}
