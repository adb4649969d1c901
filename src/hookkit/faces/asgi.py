"""ASGI 3: scope and messages to `Request`, `Response` to messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from hookkit.errors import BadLength, BodyTaken, BodyTooLarge, ClientGone, RequestError
from hookkit.faces.endpoint import Endpoint, content_length, named_host
from hookkit.messages import Headers, Request, Response

if TYPE_CHECKING:
    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

__all__ = ["ASGIApp"]


class ASGIApp:
    """An `Endpoint` as an ASGI application. An object and no function, so that Starlette takes it for one."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection: HTTP; lifespan, where it is the root; a websocket is closed."""
        kind = scope["type"]
        if kind == "http":
            response = await self._answer(scope, receive)
            await _send(response, send, body=scope["method"] != "HEAD")
        elif kind == "lifespan":
            await _lifespan(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        endpoint = self._endpoint
        headers = _headers(scope)
        method = scope["method"]
        try:
            body = b""
            if method in endpoint.methods:
                body = await _read_body(headers, receive, endpoint.max_body)
        except RequestError as error:
            return endpoint.refuse(error)
        client = scope.get("client")
        request = Request(
            method,
            headers,
            body,
            url=lambda: _url(scope, headers),
            client=client[0] if client else None,
        )
        return await endpoint.handle_async(request)


def _headers(scope: Scope) -> Headers:
    # CGI, and so WSGI, cannot tell X_Signature from X-Signature: here, too, both are one field.
    return Headers(
        [
            (name.replace(b"_", b"-").decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
        ]
    )


async def _read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    text = headers.get("content-length")
    announced = None if text is None else content_length(text, limit)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        more = message.get("more_body", False)
    if announced is not None and size != announced:
        raise BadLength if size else BodyTaken
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(response: Response, send: Send, *, body: bool) -> None:
    headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body if body else b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        phase = message["type"].removeprefix("lifespan.")
        await send({"type": f"lifespan.{phase}.complete"})
        if phase == "shutdown":
            return


def _url(scope: Scope, headers: Headers) -> str:
    from urllib.parse import quote  # as in the WSGI face

    host = named_host(headers.get("host")) or _server(scope)
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"], safe="/:@!$&'()*+,;=~")
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{scope.get('scheme', 'http')}://{host}{path}" + (f"?{query}" if query else "")


def _server(scope: Scope) -> str:
    name, port = scope.get("server") or ("", None)
    usual = {"http": 80, "https": 443}.get(scope.get("scheme", "http"))
    return name if port in (None, usual) else f"{name}:{port}"
