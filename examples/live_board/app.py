"""A page that shows events as they arrive: two receivers, one inbox, and a stream of server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hookkit import ConfigError, Event, Inbox, Receiver, providers

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("DATA", HERE / "data")).resolve()

SHOWN = 50
"""Deliveries that a page begins with."""

LONGEST = 2000
"""Characters of a payload that a page shows."""

HEARTBEAT = 1.0
"""Seconds after which a stream on which nothing comes says that it lives, and looks whether it is to end."""

SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

logger = logging.getLogger("live_board")


def setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigError(f"set the environment variable {name}; README.md says to what")
    return value


def number(name: str, least: float, most: float, default: str) -> float:
    """A setting that is a number in these bounds. Raises ConfigError."""
    value = os.environ.get(name) or default
    with suppress(ValueError):
        if least <= float(value) <= most:
            return float(value)
    raise ConfigError(f"{name}={value!r}: write a number from {least:g} to {most:g}")


MOST_VIEWERS = number("VIEWERS", 0, 10_000, "100")
DATA.mkdir(parents=True, exist_ok=True)
inbox = Inbox(f"sqlite:///{DATA}/hooks.db")
github = Receiver(providers.github, secret=setting("GITHUB_SECRET"), inbox=inbox)
sensor = Receiver(providers.token, source="sensor", secret=setting("SENSOR_SECRET"), inbox=inbox)


@github.on("*", name="note")
@sensor.on("*", name="note")
def note(event: Event) -> None:
    """The page needs no handler. With one, what was shown counts as done, and can be pruned."""
    logger.info("receipt %s from %s", event.receipt, event.source)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    inbox.start(threads=1)
    yield
    await asyncio.to_thread(inbox.stop)


class Viewers:
    """How many streams are open."""

    count = 0


async def stream(after: int | None, ending: Callable[[], bool]) -> AsyncIterator[str]:
    """What came above this receipt, or the latest, and then what comes, until the server ends."""
    Viewers.count += 1
    try:
        if after is None:
            latest = await asyncio.to_thread(inbox.feed.latest, SHOWN)
            after = (latest[0].receipt or 1) - 1 if latest else 0
        yield "retry: 1000\n\n"
        async for events in inbox.feed.batches(after, every=0.2, idle=HEARTBEAT):
            yield "".join(map(message, events)) or ": still here\n\n"
            if ending():
                return
    finally:
        Viewers.count -= 1


def message(event: Event) -> str:
    """The event as the browser gets it. JSON in ASCII has no line break that would end the message."""
    text = json.dumps(event.payload, ensure_ascii=False, default=repr)
    told = {
        "source": event.source,
        "type": event.type or "message",
        "at": event.received_at,
        "text": text[:LONGEST],
        **measured(event.payload),
    }
    return f"id: {event.receipt}\ndata: {json.dumps(told)}\n\n"


def measured(payload: Any) -> dict[str, float]:
    """The value of a sensor, where there is one that can be drawn."""
    value = payload.get("value") if isinstance(payload, dict) else None
    drawn = isinstance(value, int | float) and abs(value) < 1e9
    return {"value": float(value)} if drawn else {}


async def events(request: Request) -> Response:
    """Server-sent events, from where this viewer was before."""
    if Viewers.count >= MOST_VIEWERS:
        return Response("too many viewers\n", 503, {"Retry-After": "30"})
    told = request.headers.get("Last-Event-ID") or request.query_params.get("after", "")
    after = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else None
    return StreamingResponse(
        stream(after, request.app.state.ending),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class Safe:
    """Adds to each response what browsers are to refuse."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [(name.lower().encode(), value.encode()) for name, value in SAFE.items()]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, send_safe)


app = FastAPI(
    lifespan=lifespan,
    openapi_url=None,
    middleware=[Middleware(Safe)],
    routes=[
        Route("/webhooks/github", github.asgi),
        Route("/webhooks/sensor", sensor.asgi),
        Route("/events", events),
        Mount("/", StaticFiles(directory=HERE / "static", html=True)),
    ],
)
app.state.ending = lambda: False
