"""Signed times: read strictly from the text as sent, written as the provider writes them."""

from __future__ import annotations

import re

from hookkit.errors import BadTimestamp, ConfigError, FutureTimestamp, StaleTimestamp

__all__ = ["UNITS", "Tolerance", "both_ways", "check_age", "read_time", "write_time"]

Tolerance = float | tuple[float, float] | None
"""Seconds, both ways and inclusive; or past and future apart; or ``None`` for no check."""

UNITS = ("s", "ms", "s-or-ms", "rfc3339")
"""``s-or-ms`` is for providers that send either, or document one and send the other: told by length."""

SECONDS_DIGITS = 12

# int() and float() would take "1_000", "+1", " 1" and the digits of other scripts.
_FORMS = {
    "s": re.compile(r"0|[1-9][0-9]{0,11}"),
    "ms": re.compile(r"0|[1-9][0-9]{0,14}"),
    "s-or-ms": re.compile(r"0|[1-9][0-9]{0,14}"),
    "rfc3339": re.compile(
        # Bounds that Python's own reader has only in some versions.
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
        r"(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-5][0-9])"
    ),
}


def read_time(text: str, unit: str) -> float:
    """Unix seconds. Raises BadTimestamp for any other text than the unit's own."""
    if _FORMS[unit].fullmatch(text) is None:
        raise BadTimestamp
    if unit == "s" or (unit == "s-or-ms" and len(text) <= SECONDS_DIGITS):
        return int(text)
    if unit != "rfc3339":
        return int(text) / 1000
    return _read_rfc3339(text)


def _read_rfc3339(text: str) -> float:
    try:
        from datetime import datetime  # most providers sign a number

        return datetime.fromisoformat(text.upper()).timestamp()
    except (ValueError, OverflowError):
        raise BadTimestamp from None


def write_time(seconds: float, unit: str) -> str:
    """The text for this time, as a provider would sign it."""
    if unit in ("s", "s-or-ms"):
        return str(int(seconds))
    if unit == "ms":
        return str(int(seconds * 1000))
    from datetime import UTC, datetime  # as above

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_age(age: float, tolerance: tuple[float, float] | None) -> None:
    """Raises StaleTimestamp or FutureTimestamp where `age` (seconds) is beyond the tolerance."""
    if tolerance is None:
        return
    past, future = tolerance
    if age > past:
        raise StaleTimestamp
    if -age > future:
        raise FutureTimestamp


def both_ways(tolerance: Tolerance) -> tuple[float, float] | None:
    """(past, future) in seconds. Raises ConfigError for a negative one or NaN."""
    if tolerance is None:
        return None
    window = tolerance if isinstance(tolerance, tuple) else (tolerance, tolerance)
    if len(window) != 2 or not all(isinstance(each, int | float) and each >= 0 for each in window):
        raise ConfigError("tolerance is a number of seconds, 0 or more, or (past, future)")
    return window
