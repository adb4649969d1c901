"""What a section gives: tables to read, and figures to judge."""

from dataclasses import dataclass, field

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


def number(value: float) -> str:
    """Three digits, or all of the whole part where it has more."""
    if value < 10:
        return f"{value:.3f}" if value < 1 else f"{value:.2f}"
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def spread(figure: Figure) -> str:
    return f"{number(figure.p10)} to {number(figure.p90)}"
