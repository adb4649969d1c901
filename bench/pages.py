"""Writes docs/benchmarks.md, docs/scale.md and their plots, from what was measured."""

from pathlib import Path

from bench import plots, report, scale
from bench.progress import tell
from bench.results import Results

DOCS = Path(__file__).parent.parent / "docs"


def write(results: Results) -> None:
    drawn = plots.of(results)
    page = DOCS / "benchmarks.md"
    page.write_text(report.markdown(results, drawn))
    tell(f"wrote {page.name}; drawing, and simulating bursts …")
    plots.write(DOCS, [each for some in drawn.values() for each in some])
    found = scale.measured(results)
    bursts = scale.simulated(found)
    plot = scale.plot_of(bursts)
    plots.write(DOCS, [plot])
    (DOCS / "scale.md").write_text(scale.markdown(results, found, bursts, plot))
    tell("wrote scale.md, and plots")
