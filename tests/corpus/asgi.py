"""A request of the corpus as ASGI scope and messages."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from hookkit import Receiver

Answer = tuple[int, list[tuple[str, str]], bytes, str | None]
"""Status, headers, body, and what was raised: as the runner's own `call` gives it."""

ONE_BYTE_UP_TO = 4096
"""Bytes. Longer bodies dribble in more at once, or a case would take minutes."""


def is_expressible(request: dict[str, Any]) -> bool:
    """Whether a server that speaks ASGI could hand over this request."""
    if request.get("environ_overrides"):
        return False
    return all(
        (name + value).isascii() or _is_latin1(name + value) for name, value in request["headers"]
    )


def _is_latin1(text: str) -> bool:
    return all(character <= "\xff" for character in text)


def scope_of(request: dict[str, Any]) -> dict[str, Any]:
    """The scope; a Content-Length is added where the request names none, as the WSGI driver does."""
    headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in request["headers"]]
    if not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(body_of(request))).encode()))
    raw_path = request["path"].encode("utf-8", "surrogateescape")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request["method"],
        "scheme": "https",
        "path": unquote(raw_path.decode("latin-1")),
        "raw_path": raw_path,
        "root_path": "",
        "query_string": request.get("query", "").encode("utf-8", "surrogateescape"),
        "headers": headers,
        "client": ("192.0.2.7", 40000),
        "server": ("hooks.example.com", 443),
    }


def body_of(request: dict[str, Any]) -> bytes:
    return base64.b64decode(request.get("body_b64", ""))


def messages_of(body: bytes, *, size: int) -> Iterator[dict[str, Any]]:
    """The body in pieces of this size, then the client's farewell."""
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        yield {"type": "http.request", "body": piece, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}
    yield {"type": "http.disconnect"}


def call(receiver: Receiver, request: dict[str, Any], *, dribble: bool) -> Answer:
    """What the receiver answers on an event loop of its own."""
    body = body_of(request)
    size = max(len(body), 1)
    if dribble:
        size = 1 if len(body) <= ONE_BYTE_UP_TO else 4093
    waiting = messages_of(body, size=size)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(waiting)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    try:
        asyncio.run(receiver.asgi(scope_of(request), receive, send))
    except Exception as error:  # noqa: BLE001  # nothing may come out of the callable
        return 0, [], b"", f"exception {type(error).__name__}: {error}"
    start, *rest = sent
    headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in start["headers"]]
    return start["status"], headers, b"".join(each["body"] for each in rest), None
