"""How commands show things: tables and progress bars with rich on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["json_line", "legible", "progress", "say", "styled", "table"]

COLOURS = {
    "done": "green",
    "dead": "bold red",
    "waiting": "yellow",
    "accepted": "cyan",
    "rejected": "magenta",
    "erased": "dim",
    "discarded": "dim",
    "skipped": "dim",
    "ok": "green",
    "WRONG": "bold red",
}
"""Of states."""

LONGEST = 160
"""Characters of a cell."""


def legible(text: str, longest: int = LONGEST) -> str:
    """What comes from outside, as it may be shown: no terminal takes any of it for an order.

    Letters of all languages stay; what controls a terminal, or turns the direction of writing, is escaped.
    """
    shown = text[:longest]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in shown)
    return shown if len(text) <= longest else f"{shown}... ({len(text)} characters)"


def say(text: str = "") -> None:
    """One line of output. What comes from outside is made `legible` by whoever calls."""
    sys.stdout.write(f"{text}\n")


def json_line(value: object) -> None:
    """A value as one line of JSON, in ASCII: a terminal takes nothing in it for an order."""
    say(json.dumps(value, default=str))


def styled(text: str, style: str) -> str:
    """The text in this style on a terminal, where rich is there; else as it is. Escape it before."""
    if not sys.stdout.isatty() or _rich("text") is None:
        return text
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    console = Console(file=StringIO(), force_terminal=True, width=10_000)
    with console.capture() as capture:
        console.print(Text(text, style=style), end="")
    return capture.get()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; elsewhere than on a terminal, columns of plain text."""
    cells = [[_cell(value) for value in row] for row in rows]
    rich = _rich("table") if sys.stdout.isatty() else None
    if rich is None:
        _plain(columns, cells)
        return
    from rich.console import Console
    from rich.text import Text

    shown = rich.Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")  # or half of an id is cut off
    for row in cells:
        # Text, and not markup: it may come from outside.
        shown.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    Console().print(shown)


def _cell(value: object) -> str:
    return "" if value is None else legible(str(value))


def _plain(columns: Sequence[str], rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Inside, show how far it is; give what is told of each step. Nothing where nobody looks."""
    rich = _rich("progress") if sys.stderr.isatty() else None
    if rich is None:
        yield lambda _: None
        return
    from rich.console import Console

    columns: list[Any] = [
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
    ]
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps: bar.advance(task, steps)


def _rich(module: str) -> Any:
    """That part of rich, or ``None`` where it is not installed."""
    from importlib import import_module  # rich is an extra

    try:
        return import_module(f"rich.{module}")
    except ImportError:
        return None
