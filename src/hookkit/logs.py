"""What may be written to the log: escaped, bounded, and not once a request.

Refusals are cheap to cause from outside, so a (source, reason) is logged at once the first time and
then at most once a second, with the number of those that were not written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

__all__ = ["EscapedTracebacks", "RefusalLog", "Seldom", "printable", "raised"]

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


class Seldom:
    """Lets a line pass once a second for each of its kinds, and counts the others.

    Args:
        clock: seconds; any origin, may be frozen or jump.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, list[float]] = {}

    def passes(self, kind: str) -> str | None:
        """What to say of those like it that were not written, if anything; ``None``: do not write this one.

        The kinds must be ours and finite, so that this does not grow.
        """
        now = self._clock()
        seen = self._seen.get(kind)
        if seen is None:
            self._seen[kind] = [now, 0]
            return ""
        last, unwritten = seen
        # abs(): a clock set back must not silence the log for as long as it was ahead.
        if abs(now - last) < SILENCE:
            seen[1] = unwritten + 1
            return None
        seen[:] = [now, 0]
        return f" (and {unwritten:.0f} more like it)" if unwritten else ""


class RefusalLog:
    """Writes refusals of one source, at most one line a second for each reason.

    Args:
        logger: where the lines go.
        source: the receiver's name in the lines.
        clock: seconds; any origin, may be frozen or jump.
        level: of the lines.
    """

    def __init__(
        self,
        logger: logging.Logger,
        source: str,
        clock: Callable[[], float],
        level: int = logging.WARNING,
    ) -> None:
        self._logger = logger
        self._source = source
        self._level = level
        self._seldom = Seldom(clock)

    def write(self, reason: str, status: int, message: str) -> None:
        """Note one refusal. The set of reasons is ours and finite."""
        more = self._seldom.passes(reason)
        if more is not None:
            self._logger.log(
                self._level, "%s: %d %s%s. %s", self._source, status, reason, more, message
            )


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
