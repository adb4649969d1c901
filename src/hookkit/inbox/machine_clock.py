"""The machine's own time, which no one sets: seconds since it was started, and which start that was."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["boot", "seconds"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot() -> str:
    """Which start of the machine this is; ``""`` where the system does not tell."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def seconds() -> float:
    """Seconds on a clock that all processes share: since the start; since 1970 where `boot` is unknown."""
    return time.monotonic() if boot_is_known else time.time()


boot_is_known = bool(boot())
