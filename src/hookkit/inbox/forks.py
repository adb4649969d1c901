"""What threads and connections must hear of: that this process is a fork's child, where they are not."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable

__all__ = ["after_fork"]


def after_fork(method: Callable[[], None]) -> None:
    """Call this bound method in every child that is forked, for as long as its object lives."""
    if not hasattr(os, "register_at_fork"):
        return  # this system does not fork
    reference = weakref.WeakMethod(method)

    def call() -> None:
        alive = reference()
        if alive is not None:
            alive()

    os.register_at_fork(after_in_child=call)
