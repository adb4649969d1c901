"""An event loop in a thread of its own, for async handlers where the caller has no loop."""

from __future__ import annotations

import os
import threading
from collections.abc import Coroutine

from hookkit.hints import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio

__all__ = ["LoopThread"]

R = TypeVar("R")


class LoopThread:
    """Runs coroutines to their end. The thread starts with the first one, and anew after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, coroutine: Coroutine[object, object, R]) -> R:
        """The coroutine's result. Blocks the calling thread, never the loop of another."""
        import asyncio  # 54 ms, and most handlers are plain functions

        return asyncio.run_coroutine_threadsafe(coroutine, self._running()).result()

    def _running(self) -> asyncio.AbstractEventLoop:
        import asyncio

        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                # A fork copies the loop but not the thread that turned it.
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, name="hookkit-loop", daemon=True).start()
                self._loop, self._pid = loop, os.getpid()
            return self._loop
