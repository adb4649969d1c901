"""How much a test does: all of it in CI, and less where somebody waits for `make test`."""

from __future__ import annotations

import os

__all__ = ["size"]


def size(in_ci: int, here: int) -> int:
    """The one or the other."""
    return in_ci if "CI" in os.environ else here
