"""A local HTTP server that speaks the lists of GitHub, Stripe and Svix, and fails where it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["API", "serving"]

KEY = "key-of-the-api-that-nobody-sees"

PAGE = 3


class API:
    """What was sent, the newest first; what was asked; and answers to give in the place of the true ones."""

    def __init__(self) -> None:
        self.url = ""
        self.github: list[dict[str, Any]] = []
        self.stripe: list[dict[str, Any]] = []
        self.svix: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.instead: list[Callable[[BaseHTTPRequestHandler], None] | None] = []
        """One for each request; ``None`` for a true answer."""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        instead = self.instead.pop(0) if self.instead else None
        if instead is not None:
            instead(handler)
            return
        if handler.headers["Authorization"] != f"Bearer {KEY}":
            send(handler, 401, {})
            return
        parts = urlsplit(handler.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for begin, speak in (
            ("/repos/me/shop/hooks/1/deliveries", self._github),
            ("/v1/events", self._stripe),
            ("/api/v1/app/app_1/msg/", self._svix),
        ):
            if parts.path.startswith(begin):
                speak(handler, parts.path.removeprefix(begin).strip("/"), asked)
                return
        send(handler, 404, {})

    def _github(self, handler: BaseHTTPRequestHandler, rest: str, asked: dict[str, str]) -> None:
        if rest:
            (item,) = (each for each in self.github if str(each["id"]) == rest)
            send(handler, 200, item)
            return
        begin = int(asked.get("cursor", "0"))
        page = self.github[begin : begin + PAGE]
        hidden = [{n: v for n, v in each.items() if n != "request"} for each in page]
        more = {}
        if begin + PAGE < len(self.github):
            url = f"{self.url}/repos/me/shop/hooks/1/deliveries?per_page=100&cursor={begin + PAGE}"
            more = {"Link": f'<{url}>; rel="next"'}
        send(handler, 200, hidden, **more)

    def _stripe(self, handler: BaseHTTPRequestHandler, rest: str, asked: dict[str, str]) -> None:
        since = int(asked["created[gte]"])
        items = [each for each in self.stripe if each["created"] >= since]
        ids = [each["id"] for each in items]
        begin = ids.index(asked["starting_after"]) + 1 if "starting_after" in asked else 0
        page = items[begin : begin + PAGE]
        more = begin + PAGE < len(items)
        send(handler, 200, {"object": "list", "data": page, "has_more": more})

    def _svix(self, handler: BaseHTTPRequestHandler, rest: str, asked: dict[str, str]) -> None:
        begin = int(asked.get("iterator", "0"))
        page = self.svix[begin : begin + PAGE]
        done = begin + PAGE >= len(self.svix)
        send(handler, 200, {"data": page, "iterator": str(begin + PAGE), "done": done})


def send(handler: BaseHTTPRequestHandler, status: int, told: object, **headers: str) -> None:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def status(code: int, body: object = b"", **headers: str) -> Callable[..., None]:
    """An answer to give instead."""
    return lambda handler: send(handler, code, body, **headers)


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """The connection ends in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'[{"id":')


@contextmanager
def serving():
    """The API, at its URL."""
    api = API()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            api.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield api
    server.shutdown()
    thread.join()
    server.server_close()
