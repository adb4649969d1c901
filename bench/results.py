"""What a section gives: tables to read, and figures to judge; and the file that keeps them."""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.timing import Figure

Cell = str | float


@dataclass
class Table:
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        self.rows.append(cells)


@dataclass
class Section:
    name: str
    title: str
    tables: list[Table] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)
    """By what was measured, as `bench.musts` names it."""
    taken: str = ""
    """When, and what else the machine did."""
    notes: list[str] = field(default_factory=list)
    """Paragraphs to be read before the tables."""

    def table(self, title: str) -> Table:
        return next(each for each in self.tables if each.title == title)


@dataclass
class Results:
    """Of one machine; each section of the last run that had it."""

    machine: dict[str, str]
    sections: list[Section]

    def section(self, name: str) -> Section:
        return next(each for each in self.sections if each.name == name)

    def replaced(self, sections: Iterable[Section]) -> list[Section]:
        """The sections, those of the same name anew, others at the end."""
        kept = {each.name: each for each in self.sections}
        return list((kept | {each.name: each for each in sections}).values())


def save(path: Path, results: Results) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(dataclasses.asdict(results), indent=1, ensure_ascii=False) + "\n")


def load(path: Path) -> Results:
    """What was saved; nothing where nothing was."""
    if not path.exists():
        return Results({}, [])
    data = json.loads(path.read_text())
    return Results(data["machine"], [_section(each) for each in data["sections"]])


def _section(data: dict[str, Any]) -> Section:
    tables = [
        Table(each["title"], tuple(each["columns"]), [tuple(row) for row in each["rows"]])
        for each in data["tables"]
    ]
    figures = {name: Figure(**figure) for name, figure in data["figures"].items()}
    return Section(data["name"], data["title"], tables, figures, data["taken"], data["notes"])


def number(value: float) -> str:
    """Three digits, or all of the whole part where it has more."""
    if value < 10:
        return f"{value:.3f}" if value < 1 else f"{value:.2f}"
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def spread(figure: Figure) -> str:
    return f"{number(figure.p10)} to {number(figure.p90)}"
