"""Values as people write them on the command line: each raises ArgumentTypeError, which says how."""

from __future__ import annotations

import argparse
import re
import time
from datetime import UTC, datetime

__all__ = ["duration", "moment", "number", "seconds", "size"]

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def duration(text: str) -> float:
    """Seconds of ``90s``, ``15m``, ``2h``, ``30d``, ``4w``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: write for example 90s, 15m, 2h, 30d or 4w")
    return float(found[1]) * UNITS[found[2]]


def moment(text: str) -> float:
    """Unix seconds of a date, a time, or an age before now."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return time.time() - _age(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _age(text: str) -> float:
    try:
        return duration(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write a date such as 2026-01-31, a time such as 2026-01-31T12:00Z, "
            "or an age such as 90s, 15m, 2h, 30d or 4w"
        ) from None


def number(text: str) -> int:
    """How many, or which receipt: at least 1, and what a store has room for."""
    if not re.fullmatch(r"[0-9]{1,18}", text) or not int(text):
        raise argparse.ArgumentTypeError(
            f"{text!r}: write a number from 1 on, of 18 digits at the most"
        )
    return int(text)


def seconds(text: str) -> float:
    """How long, in plain seconds."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text):
        raise argparse.ArgumentTypeError(f"{text!r}: write seconds, such as 30 or 0.5")
    return float(text)


def size(text: str) -> int:
    """Bytes of ``500M``, ``2G``."""
    found = re.fullmatch(r"(\d+)([KMG]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: write for example 500M or 2G")
    return int(found[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[found[2]]
