"""What may be written to the log: escaped, bounded, and not once a request.

Refusals are cheap to cause from outside, so a (source, reason) is logged at once the first time and
then at most once a second, with the number of those that were not written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

__all__ = ["EscapedTracebacks", "RefusalLog", "printable", "raised"]

CUT = 200
SILENCE = 1.0


def printable(text: str, limit: int = CUT) -> str:
    """`text` as ASCII without control characters, at most about `limit` characters long.

    Escapes rather than strips, so that two names that differ still differ in the log.
    """
    escaped = text[: limit + 1].encode("unicode_escape").decode("ascii")
    if len(escaped) <= limit:
        return escaped
    return f"{escaped[:limit]}... ({len(text)} characters)"


def raised(error: BaseException) -> str:
    """Type and text of what a user's code raised, not escaped. Its ``__str__`` may fail in any way."""
    name = type(error).__name__
    try:
        return f"{name}: {error}"
    except Exception:  # noqa: BLE001  # as said
        return name


class RefusalLog:
    """Writes refusals of one source, at most one line a second for each reason.

    Args:
        logger: where the lines go.
        source: the receiver's name in the lines.
        clock: seconds; any origin, may be frozen or jump.
    """

    def __init__(self, logger: logging.Logger, source: str, clock: Callable[[], float]) -> None:
        self._logger = logger
        self._source = source
        self._clock = clock
        self._seen: dict[str, list[float]] = {}

    def write(self, reason: str, status: int, message: str) -> None:
        """Note one refusal. The set of reasons is ours and finite, so this does not grow."""
        now = self._clock()
        seen = self._seen.get(reason)
        if seen is None:
            self._seen[reason] = [now, 0]
            self._logger.warning("%s: %d %s. %s", self._source, status, reason, message)
            return
        last, unwritten = seen
        # abs(): a clock set back must not silence the log for as long as it was ahead.
        if abs(now - last) < SILENCE:
            seen[1] = unwritten + 1
            return
        seen[:] = [now, 0]
        more = f" (and {unwritten:.0f} more like it)" if unwritten else ""
        self._logger.warning("%s: %d %s%s. %s", self._source, status, reason, more, message)


class EscapedTracebacks(logging.Filter):
    """Renders a record's traceback indented and without control characters.

    A handler's exception may quote the payload. Indented, none of its lines can pass for a line of
    the log; `exc_info` stays as it is for error trackers.
    """

    _keep = frozenset("\n\t")

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and not record.exc_text:
            record.exc_text = self.escape(logging.Formatter().formatException(record.exc_info))
        return True

    def escape(self, text: str) -> str:
        safe = "".join(c if c.isprintable() or c in self._keep else printable(c) for c in text)
        return "    " + safe.replace("\n", "\n    ")
