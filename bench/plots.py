"""The pages' plots, as SVG; the same figures give the same bytes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.results import Results, Section

OURS, OTHERS = "#0b7285", "#adb5bd"
COLOURS = ("#0b7285", "#e8590c", "#5f3dc4", "#2b8a3e", "#868e96")


class Plot(NamedTuple):
    """`path`: as the page, which lies in docs/, names it."""

    path: str
    alt: str
    draw: Callable[[Any], None]
    """Draws on a figure of matplotlib's."""


def of(results: Results) -> dict[str, list[Plot]]:
    """By section; of what was measured."""
    return {each.name: list(_of(each)) for each in results.sections}


def write(docs: Path, plots: Sequence[Plot]) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Without these it would write random ids, and the time.
    mpl.rcParams |= {"svg.hashsalt": "hookkit", "svg.fonttype": "none", "font.size": 9}
    mpl.rcParams |= {"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False}
    for plot in plots:
        drawn = Figure(figsize=(7.5, 3.6), layout="constrained")
        plot.draw(drawn)
        path = docs / plot.path
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.savefig(path, format="svg", metadata={"Date": None})


def _of(section: Section) -> Iterator[Plot]:
    makers: Mapping[str, Callable[[Section], Iterator[Plot]]] = {
        "receive": _receive,
        "http": _http,
        "durable": _durable,
        "imports": _imports,
        "memory": _memory,
    }
    if section.name in makers:
        yield from makers[section.name](section)


def _receive(section: Section) -> Iterator[Plot]:
    def draw(figure: Any) -> None:
        axes = figure.subplots(1, len(section.tables), sharey=False)
        for axis, table in zip(axes, section.tables, strict=True):
            rows = [row for row in table.rows if "," not in str(row[0])][::-1]
            # Dots: on this scale the length of a bar means nothing.
            for row in rows:
                colour = OURS if "hookkit" in str(row[0]) else OTHERS
                axis.plot([float(row[1])], [str(row[0])], marker="o", color=colour)
            axis.set_xscale("log")
            axis.grid(axis="x", alpha=0.4)
            axis.set_title(table.title.removeprefix("Receive, "))
            axis.tick_params(axis="y", labelsize=5.5)
            axis.tick_params(axis="x", labelsize=6)
            axis.set_xlabel("µs, log", fontsize=7)

    yield _plot("receive", "Microseconds of one request by size of the body and contender", draw)


def _http(section: Section) -> Iterator[Plot]:
    def draw(figure: Any) -> None:
        for axis, table in zip(figure.subplots(1, 2), section.tables, strict=True):
            rows = table.rows[::-1]
            _bars(axis, [str(row[0]) for row in rows], [float(row[1]) for row in rows])
            axis.set_title("granian" if "granian" in table.title else "gunicorn")
            axis.set_xlabel("requests a second")

    yield _plot("http", "Requests a second over gunicorn and granian, by contender", draw)


def _durable(section: Section) -> Iterator[Plot]:
    accepting = [each for each in section.tables if each.title.startswith("Deliveries of 2 KiB")]

    def draw_accepting(figure: Any) -> None:
        axes = figure.subplots(1, len(accepting), squeeze=False)[0]
        for axis, table in zip(axes, accepting, strict=True):
            at_once = [float(row[0]) for row in table.rows]
            for column, name, colour in ((1, "hookkit", OURS), (3, "by hand", COLOURS[1])):
                rates = [float(row[column]) for row in table.rows]
                axis.plot(at_once, rates, marker="o", label=name, color=colour)
            axis.set_xscale("log")
            axis.set_xticks(at_once, [f"{count:g}" for count in at_once])
            axis.minorticks_off()
            axis.set_ylim(bottom=0)
            axis.set_xlabel("deliveries at once")
            axis.set_ylabel("accepted a second")
            axis.set_title(table.title.rpartition(", ")[2])
            axis.legend()

    def draw_growth(figure: Any) -> None:
        table = next(each for each in section.tables if "by rows in the store" in each.title)
        axis = figure.subplots()
        for row in table.rows:
            axis.plot([0, 1], [float(row[1]), float(row[2])], marker="o", label=str(row[0]))
        axis.set_xticks([0, 1], [f"{rows} rows" for rows in table.columns[1:3]])
        axis.set_ylim(bottom=0)
        axis.set_ylabel("µs, without syncs")
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))

    if accepting:
        alt = "Deliveries accepted a second by how many come at once, hookkit and by hand"
        yield _plot("durable", alt, draw_accepting)
    yield _plot("growth", "Microseconds of an accept, a claim and others by rows", draw_growth)


def _imports(section: Section) -> Iterator[Plot]:
    def draw(figure: Any) -> None:
        rows = section.tables[0].rows[::-1]
        names = [str(row[0]).replace("`", "") for row in rows]
        names = [name if len(name) < 40 else name[:37] + "…" for name in names]
        for axis, column, label in zip(figure.subplots(1, 2), (1, 2), ("ms", "MiB"), strict=True):
            _bars(axis, names, [float(row[column]) for row in rows])
            axis.tick_params(axis="y", labelsize=6)
            axis.set_xlabel(label)

    yield _plot("imports", "Milliseconds and mebibytes of imports", draw)


def _memory(section: Section) -> Iterator[Plot]:
    def draw(figure: Any) -> None:
        rows = section.tables[0].rows[::-1]
        axis = figure.subplots()
        _bars(axis, [str(row[0]) for row in rows], [float(row[2]) for row in rows])
        axis.set_xlabel("bodies, beyond the body itself")

    yield _plot("memory", "Peak memory of one request of 1 MiB, by contender", draw)


def _bars(axis: Any, names: Sequence[str], values: Sequence[float]) -> None:
    colours = [OURS if "hookkit" in name else OTHERS for name in names]
    axis.barh(names, values, color=colours)


def _plot(name: str, alt: str, draw: Callable[[Any], None]) -> Plot:
    return Plot(f"_static/bench/{name}.svg", alt, draw)
