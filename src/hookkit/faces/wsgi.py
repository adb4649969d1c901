"""WSGI (PEP 3333): environ to `Request`, `Response` to start_response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from hookkit.errors import (
    BadLength,
    BodyTaken,
    BodyTooLarge,
    ClientGone,
    LengthRequired,
    RequestError,
)
from hookkit.faces.endpoint import CHUNK, Endpoint, content_length, named_host
from hookkit.hints import TYPE_CHECKING, Protocol
from hookkit.messages import Headers, Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["EnvironHeaders", "answer", "read_body", "read_request", "respond"]

MOST_KEYS = 1024
"""How many names of fields are remembered."""

PATHS = 64
"""How many paths are remembered as a URL has them: a receiver has one."""

BODYLESS = frozenset({"GET", "HEAD", "OPTIONS"})


class _Lines(dict[int, str]):
    """Status lines, by the status."""

    def __missing__(self, status: int) -> str:
        from http import HTTPStatus  # 6 ms to import, and 200 is what is answered

        try:
            self[status] = f"{status} {HTTPStatus(status).phrase}"
        except ValueError:
            self[status] = f"{status} Status"
        return self[status]


_LINES = _Lines({200: "200 OK", 204: "204 No Content", 401: "401 Unauthorized"})


def respond(
    endpoint: Endpoint, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Serve one request, as a WSGI application does. Does not raise, whatever the request is."""
    response = answer(endpoint, environ)
    start_response(_LINES[response.status], list(response.headers))
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [response.body]


def answer(endpoint: Endpoint, environ: WSGIEnvironment) -> Response:
    """What `endpoint` answers to this environ, for frameworks with a response class of their own."""
    try:
        request = read_request(environ, endpoint.max_body, endpoint.methods)
    except RequestError as error:
        return endpoint.refuse(error)
    return endpoint.handle(request)


def read_request(
    environ: WSGIEnvironment, max_body: int, methods: tuple[str, ...] = ("POST",)
) -> Request:
    """The request; a body is read for these methods only.

    Raises:
        BadLength, BodyTaken, BodyTooLarge, ClientGone, LengthRequired
    """
    method = environ.get("REQUEST_METHOD", "")
    return EnvironRequest(
        environ, method, read_body(environ, max_body) if method in methods else b""
    )


class EnvironRequest(Request):
    """A request whose parts stay in the environ until they are asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment, method: str, body: bytes) -> None:
        self.method = method
        self.body = body
        self._environ = environ

    def header(self, name: str) -> str | None:
        return self._environ.get(_KEYS[name])

    @property
    def headers(self) -> Headers:
        return EnvironHeaders(self._environ)

    @property
    def client(self) -> str | None:
        return self._environ.get("REMOTE_ADDR")

    @property
    def url(self) -> str:
        return _url(self._environ)


class EnvironHeaders(Headers):
    """The header fields of an environ, looked up there when they are asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def get(self, name: str, default: str | None = None) -> str | None:
        return self._environ.get(_KEYS[name], default)

    def items(self) -> Iterator[tuple[str, str]]:
        for key, value in self._environ.items():
            name = _NAMES[key]
            # CONTENT_TYPE and CONTENT_LENGTH, which CGI sets always: empty, the field was not sent.
            if name and isinstance(value, str) and (value or key.startswith("HTTP_")):
                yield name, value


class _Keys(dict[str, str]):
    """An environ's key, by the field's name. Names are declared; those asked for at random are forgotten."""

    def __missing__(self, name: str) -> str:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        if len(self) < MOST_KEYS:
            self[name] = key
        return key


class _Names(dict[str, str]):
    """A field's name in small letters, by the environ's key; ``""`` for what is no field."""

    def __missing__(self, key: str) -> str:
        is_field = key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        name = key.removeprefix("HTTP_").replace("_", "-").lower() if is_field else ""
        if len(self) < MOST_KEYS:
            self[key] = name
        return name


_KEYS = _Keys()
_NAMES = _Names()


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The body: exactly as long as announced, or to the end where the server marks it."""
    announced = environ.get("CONTENT_LENGTH")
    if announced:
        length = content_length(announced, limit)
        if not length:
            return b""
        # Never a byte beyond the length: on a kept-alive connection that would wait for ever.
        chunk = _read(environ, min(CHUNK, length))
        return chunk if len(chunk) == length else _read_on(environ, length, chunk)
    if environ.get("wsgi.input_terminated"):
        return _read_to_end(environ, limit)
    if environ.get("REQUEST_METHOD") in BODYLESS:
        return b""
    raise LengthRequired


def _read_on(environ: WSGIEnvironment, length: int, chunk: bytes) -> bytes:
    """The body whose first piece was shorter than all of it."""
    chunks: list[bytes] = []
    missing = length
    while chunk:
        chunks.append(chunk)
        missing -= len(chunk)
        chunk = _read(environ, min(missing, CHUNK)) if missing else b""
    if missing == length:
        return _read_elsewhere(environ, length)
    if missing:
        raise BadLength
    return b"".join(chunks)


def _read_to_end(environ: WSGIEnvironment, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    # One byte beyond the limit tells enough; to wait for a whole piece could be to wait for ever.
    while chunk := _read(environ, min(CHUNK, limit + 1 - size)):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
    return b"".join(chunks)


class _Input(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _read(environ: WSGIEnvironment, size: int) -> bytes:
    stream: _Input = environ["wsgi.input"]
    try:
        return stream.read(size)
    except Exception as error:
        # Time-outs and resets are OSErrors, but servers and wrappers raise errors of their own as well.
        raise ClientGone from error


class _Kept(Protocol):
    def get_data(self) -> bytes: ...


def _read_elsewhere(environ: WSGIEnvironment, length: int) -> bytes:
    """A body that was read before us, from where Flask keeps it."""
    kept: _Kept | None = environ.get("werkzeug.request")
    if kept is None:
        raise BodyTaken
    try:
        body = kept.get_data()
    except Exception as error:
        # Where it kept no body it reads the input, which is at its end, and raises an HTTP exception.
        raise BodyTaken from error
    if len(body) != length:
        raise BodyTaken
    return body


def _url(environ: WSGIEnvironment) -> str:
    """The URL as PEP 3333 has it rebuilt; ProxyFix, where trusted, has mended the environ before."""
    scheme = environ.get("wsgi.url_scheme", "http")
    host = named_host(environ.get("HTTP_HOST")) or _server(environ, scheme)
    safe = _quoted(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
    query = environ.get("QUERY_STRING", "")
    return f"{scheme}://{host}{safe}" + (f"?{query}" if query else "")


@lru_cache(PATHS)
def _quoted(path: str) -> str:
    from urllib.parse import quote  # 11 ms to import, and few schemes sign the URL

    return quote(path, safe="/:@!$&'()*+,;=~", encoding="latin-1", errors="replace")


def _server(environ: WSGIEnvironment, scheme: str) -> str:
    name, port = environ.get("SERVER_NAME", ""), environ.get("SERVER_PORT", "")
    usual = {"http": "80", "https": "443"}.get(scheme)
    return name if port in ("", usual) else f"{name}:{port}"
