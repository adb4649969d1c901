"""Ways to post a request: to a WSGI or ASGI app in this process, through a test client, or to a URL."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from hookkit.errors import ConfigError
from hookkit.messages import Request, Response

__all__ = ["Post", "parts_of", "post_to", "url_at"]

Post = Callable[[Request], Response]

TIMEOUT = 30.0

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"}
)
"""RFC 9110 section 7.6.1: about the connection, and not the message."""

ASIS = "%/:;@!$&'()*+,=~?"
"""Characters of a URL that stay as they are."""

BODIED = frozenset({"POST", "PUT", "PATCH"})
"""Methods of which a receiver wants to know that there is no body."""


def post_to(target: Any, path: str, *, timeout: float = TIMEOUT) -> Post:
    """What posts to this path of an app, of a test client, or to a URL.

    Args:
        target: a WSGI or ASGI callable; a test client of werkzeug, Flask, Django, Starlette or httpx; or a
            URL.
        path: of the endpoint; a URL has its own.
        timeout: seconds that a URL may keep silent; then TimeoutError is raised.

    Raises:
        ConfigError: it is none of these.
    """
    if isinstance(target, str):
        parts = parts_of(target)
        return lambda request: _to_url(parts, request, timeout)
    if hasattr(target, "generic") and hasattr(target, "handler"):
        return lambda request: _to_django(target, path, request)
    if hasattr(target, "open") and hasattr(target, "application"):
        return lambda request: _to_werkzeug(target, path, request)
    if hasattr(target, "build_request") and hasattr(target, "aclose"):
        raise ConfigError("this client is async, and tests of hookkit are not: give the app itself")
    if hasattr(target, "build_request") and hasattr(target, "send"):
        return lambda request: _to_httpx(target, path, request)
    if _is_async(target):
        return lambda request: _to_asgi(target, path, request)
    if callable(target):
        return lambda request: _to_wsgi(target, path, request)
    raise ConfigError("give a WSGI or ASGI app, a test client, or a URL")


def url_at(target: Any, path: str) -> str:
    """The URL that the other end sees, for providers that sign it."""
    if isinstance(target, str):
        return parts_of(target).geturl()
    if hasattr(target, "generic") or _is_async(target):
        return f"http://testserver{path}"
    if hasattr(target, "base_url"):
        return f"{str(target.base_url).rstrip('/')}{path}"
    return f"http://localhost{path}"


def _is_async(target: Any) -> bool:
    return inspect.iscoroutinefunction(target) or inspect.iscoroutinefunction(
        getattr(target, "__call__", None)  # noqa: B004  # of an object
    )


def _with_query(path: str, request: Request) -> str:
    before, _, own = path.partition("?")
    query = _joined_query(own, request.query)
    return f"{before}?{query}" if query else before


def _to_werkzeug(client: Any, path: str, request: Request) -> Response:
    answer = client.open(
        _with_query(path, request),
        method=request.method,
        headers=list(request.headers.items()),
        data=request.body,
    )
    return Response(answer.status_code, answer.get_data(), list(answer.headers.items()))


def _to_wsgi(app: Any, path: str, request: Request) -> Response:
    from werkzeug.test import Client  # only for apps in this process

    return _to_werkzeug(Client(app), path, request)


def _to_django(client: Any, path: str, request: Request) -> Response:
    headers = dict(request.headers.items())
    answer = client.generic(
        request.method,
        _with_query(path, request),
        data=request.body,
        content_type=headers.pop("content-type", headers.pop("Content-Type", "")),
        headers=headers,
    )
    return Response(answer.status_code, answer.content, list(answer.headers.items()))


def _to_httpx(client: Any, path: str, request: Request) -> Response:
    answer = client.request(
        request.method,
        _with_query(path, request),
        content=request.body,
        headers=dict(request.headers.items()),
    )
    return Response(answer.status_code, answer.content, list(answer.headers.items()))


def _to_asgi(app: Any, path: str, request: Request) -> Response:
    from asyncio import run  # only where there is an event loop
    from concurrent.futures import ThreadPoolExecutor

    # In a thread of its own: a test that is async runs in a loop already.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run, _call_asgi(app, path, request)).result()


async def _call_asgi(app: Any, path: str, request: Request) -> Response:
    fields = [*request.headers.items(), ("Content-Length", str(len(request.body)))]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": request.query.encode("latin-1"),
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields
        ]
        + [(b"host", b"testserver")],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        "extensions": {},
    }
    messages = [{"type": "http.request", "body": request.body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0]["headers"]
    ]
    body = b"".join(each.get("body", b"") for each in sent[1:])
    return Response(sent[0]["status"], body, headers)


def _to_url(parts: SplitResult, request: Request, timeout: float) -> Response:
    from http.client import HTTPConnection, HTTPSConnection  # only for URLs

    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        _ask(connection, _with_query(path, request), request)
        answer = connection.getresponse()
        body = answer.read()
        fields = [each for each in answer.getheaders() if "\n" not in each[1]]
        return Response(answer.status, body, _end_to_end(fields))
    finally:
        connection.close()


def _joined_query(own: str, asked: str) -> str:
    """That of the URL, and what the provider puts behind it."""
    if not own or asked == own or asked.startswith(f"{own}&"):
        return asked
    return f"{own}&{asked}" if asked else own


def _ask(connection: Any, path: str, request: Request) -> None:
    """Send it with its own headers, as they are, and no other but those that HTTP wants."""
    fields = _end_to_end(request.headers.items())
    names = {name.lower() for name, _ in fields}
    try:
        connection.putrequest(
            request.method, path, skip_host="host" in names, skip_accept_encoding=True
        )
        for name, value in fields:
            connection.putheader(name, value)
    except ValueError as error:  # which http.client raises, before anything is sent
        raise ConfigError(f"this cannot be sent over HTTP: {error}") from None
    if "content-length" not in names and (request.body or request.method in BODIED):
        connection.putheader("Content-Length", str(len(request.body)))
    connection.endheaders(request.body)


def _end_to_end(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that are of the message."""
    return [(name, value) for name, value in fields if name.lower() not in HOP_BY_HOP]


def parts_of(url: str) -> SplitResult:
    """The URL's parts, escaped as HTTP wants them. Raises ConfigError where nothing can be sent there."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.username is not None:
            raise ConfigError(
                "a name and a password in the URL are not sent: give the header Authorization"
            )
        # Not a port: that raises ValueError, too.
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            path, query = quote(parts.path, safe=ASIS), quote(parts.query, safe=ASIS)
            return parts._replace(path=path, query=query, fragment="")
    raise ConfigError(f"{url!r} is no URL: write http://localhost:8000/webhooks/github")
