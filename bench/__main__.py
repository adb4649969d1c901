"""`python -m bench [--quick] [SECTION ...]`; the full run writes docs/benchmarks.md."""

import argparse
import dataclasses
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from bench import durable, imports, machine, memory, musts, receive, report, router
from bench.results import Section

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
RESULTS = ROOT / "bench" / "results"

SECTIONS: dict[str, Callable[[int], Section]] = {
    "receive": receive.measure,
    "imports": imports.measure,
    "router": router.measure,
    "memory": memory.measure,
    "durable": durable.measure,
}
FULL = 5
"""Times as many rounds as in a quick run."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, no page")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    asked = parser.parse_args()
    if unknown := set(asked.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}")
    # As in a service: what is refused is logged, but the terminal's speed is not measured.
    logging.basicConfig(stream=StringIO(), level=logging.WARNING)
    facts = machine.describe()
    effort = 1 if asked.quick else FULL
    sections = [_measure(name, effort) for name in asked.sections or SECTIONS]
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(report.terminal(sections, colour=colour))
    _save("quick" if asked.quick else "full", sections, facts)
    if not asked.quick and not asked.sections:
        PAGE.write_text(report.markdown(sections, facts))
        _progress(f"wrote {PAGE.relative_to(ROOT)}")
    return 1 if _missed_again(sections, effort) else 0


def _measure(name: str, effort: int) -> Section:
    start = time.monotonic()
    _progress(f"{name} …")
    section = SECTIONS[name](effort)
    _progress(f"{name}: {time.monotonic() - start:.0f} s")
    return section


def _missed_again(sections: list[Section], effort: int) -> set[str]:
    """The guarded figures that are missed twice in a row; the machine has its moments."""
    again: set[str] = set()
    for section in sections:
        if missed := musts.missed(section):
            _progress(f"missed: {'; '.join(sorted(missed))}; once more")
            repeated = _measure(section.name, effort)
            print(report.terminal([repeated], colour=False))
            again |= missed & musts.missed(repeated)
    for figure in sorted(again):
        _progress(f"MISSED TWICE: {figure}")
    return again


def _save(name: str, sections: list[Section], facts: dict[str, str]) -> None:
    RESULTS.mkdir(exist_ok=True)
    data = {"machine": facts, "sections": [dataclasses.asdict(each) for each in sections]}
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=1))


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
