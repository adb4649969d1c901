"""What threads and connections must hear of: that this process forks, or is a fork's child."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable

__all__ = ["after_fork", "around_fork"]


def after_fork(method: Callable[[], None]) -> None:
    """Call this bound method in every child that is forked, for as long as its object lives."""
    if hasattr(os, "register_at_fork"):  # this system forks
        os.register_at_fork(after_in_child=_while_alive(method))


def around_fork(before: Callable[[], None], after: Callable[[], None]) -> None:
    """Call these bound methods in the process that forks, for as long as their object lives."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_while_alive(before), after_in_parent=_while_alive(after))


def _while_alive(method: Callable[[], None]) -> Callable[[], None]:
    reference = weakref.WeakMethod(method)

    def call() -> None:
        alive = reference()
        if alive is not None:
            alive()

    return call
