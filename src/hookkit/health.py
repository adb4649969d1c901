"""`Health`: whether this process lives and is ready, for load balancers and supervisors."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hookkit.errors import ConfigError, InboxError, RequestError
from hookkit.faces import wsgi
from hookkit.messages import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from hookkit.faces.asgi import ASGIApp
    from hookkit.inbox.inbox import Inbox

__all__ = ["Health"]

NOT_CACHED = {"Cache-Control": "no-store"}


class Health:
    """A WSGI application, and by `asgi` an ASGI one: ``…/live`` and ``…/ready``.

    ``/live`` is 200 for as long as the process answers at all. ``/ready`` is 200 where the inbox's store can
    be written, its backlog is below the limit and its workers live, else 503; its body is JSON and says
    which. Nothing in it comes from a delivery.

    Args:
        inbox: to look at.
        backlog: works and unparsed deliveries that may be undone.
        oldest: seconds for which one of them may have been due; ``None``: for ever.
        keep: seconds for which an answer is kept, so that frequent requests cost nothing.
        clock: seconds that never go back.

    Raises:
        ConfigError: a limit makes no sense.
    """

    methods: tuple[str, ...] = ()
    max_body = 0

    def __init__(
        self,
        inbox: Inbox,
        *,
        backlog: int = 1000,
        oldest: float | None = None,
        keep: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (backlog >= 1 and keep >= 0 and (oldest is None or oldest > 0)):
            raise ConfigError(
                "backlog= is a whole number of at least 1; oldest= and keep= are seconds"
            )
        self._inbox = inbox
        self._backlog = backlog
        self._oldest = oldest
        self._keep = keep
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[float, Response] | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, as a WSGI application."""
        return wsgi.respond(self, environ, start_response)

    @property
    def asgi(self) -> ASGIApp:
        """The same as an ASGI application."""
        from hookkit.faces.asgi import ASGIApp  # only where there is an event loop

        return ASGIApp(self)

    def handle(self, request: Request) -> Response:
        """The answer to one request. Raises nothing."""
        name = request.path.rstrip("/").rpartition("/")[2]
        if name not in ("live", "ready"):
            return Response(404, "Not Found")
        if request.method not in ("GET", "HEAD"):
            return Response(405, "Method Not Allowed", {"Allow": "GET, HEAD"})
        if name == "live":
            return Response(200, "alive\n", NOT_CACHED)
        return self._ready()

    async def handle_async(self, request: Request) -> Response:
        """The same, on a loop that it does not block."""
        from asyncio import to_thread  # the caller has loaded it

        return await to_thread(self.handle, request)

    def refuse(self, error: RequestError) -> Response:
        """The answer to a request that could not be read."""
        return Response(error.status, "Bad Request")

    def _ready(self) -> Response:
        with self._lock:  # of many requests at once, one looks
            if self._kept is None or self._clock() - self._kept[0] >= self._keep:
                self._kept = (self._clock(), self._look())
            return self._kept[1]

    def _look(self) -> Response:
        checks: dict[str, dict[str, object]] = {}
        alive, wanted = self._inbox.living_workers()
        checks["workers"] = {"alive": alive, "of": wanted, "ok": alive >= wanted}
        try:
            # Really written: a full disk can still be read.
            self._inbox.store.desk.touch()
            count, oldest = self._inbox.store.desk.backlog(self._backlog + 1)
        except InboxError:
            checks["store"] = {"ok": False}
        else:
            checks["store"] = {"ok": True}
            late = self._oldest is not None and oldest > self._oldest
            checks["backlog"] = {
                "count": count,
                "limit": self._backlog,
                "oldest_seconds": round(oldest, 1),
                "ok": count <= self._backlog and not late,
            }
        ready = all(each["ok"] for each in checks.values())
        status = 200 if ready else 503
        body = json.dumps({"ready": ready, **checks})
        return Response(status, body, NOT_CACHED, content_type="application/json")
