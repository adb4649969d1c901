"""Parsers of argparse for commands that take several values and options, too."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

__all__ = ["AnyOrder"]


class AnyOrder(ArgumentParser):
    """Takes options also between its values: argparse by itself takes all values from one place."""

    _inside = False

    # Its overloads say no more than this.
    def parse_known_args(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As argparse's own; a group of commands calls it for each of them."""
        if self._inside:  # the other one calls this one up to Python 3.12
            return super().parse_known_args(args, namespace)
        self._inside = True
        try:
            return super().parse_known_intermixed_args(args, namespace or Namespace())
        finally:
            self._inside = False
