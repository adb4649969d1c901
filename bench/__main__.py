"""`python -m bench [--quick] [SECTION ...]` measures; `python -m bench pages` writes the pages anew.

A full run keeps what it finds in bench/results/full.json, and the pages are made of that file:
docs/benchmarks.md, docs/scale.md and their plots.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from bench import (
    durable,
    http,
    imports,
    machine,
    memory,
    musts,
    nearest,
    pages,
    receive,
    report,
    router,
)
from bench.progress import tell
from bench.results import Results, Section, load, save
from bench.timing import FULL, QUICK

RESULTS = Path(__file__).parent / "results"

SECTIONS: dict[str, Callable[[int], Section]] = {
    "receive": receive.measure,
    "http": http.measure,
    "durable": durable.measure,
    "router": router.measure,
    "imports": imports.measure,
    "memory": memory.measure,
    "nearest": nearest.measure,
}
NOT_IN_QUICK = {"nearest"}
PAGES = "pages"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="what is judged, in few rounds")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    asked = parser.parse_args()
    if asked.sections == [PAGES]:
        pages.write(load(RESULTS / "full.json"))
        return 0
    if unknown := set(asked.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}")
    # As in a service: what is refused is logged, but the terminal's speed is not measured.
    logging.basicConfig(stream=StringIO(), level=logging.WARNING)
    facts = machine.describe()
    effort = QUICK if asked.quick else FULL
    usual = [name for name in SECTIONS if effort == FULL or name not in NOT_IN_QUICK]
    path = RESULTS / ("quick.json" if asked.quick else "full.json")
    sections = []
    for name in asked.sections or usual:
        sections.append(_measure(name, effort))
        # At once: what took minutes is not lost when a later section fails.
        found = sorted(
            load(path).replaced(sections), key=lambda each: list(SECTIONS).index(each.name)
        )
        save(path, Results(facts, found))
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(report.terminal(sections, colour=colour))
    if not asked.quick and not asked.sections:
        pages.write(load(path))
    return 1 if _missed_again(sections, effort) else 0


def _measure(name: str, effort: int) -> Section:
    start = time.monotonic()
    tell(f"{name} …")
    taken = machine.moment()
    section = SECTIONS[name](effort)
    section.taken = taken
    tell(f"{name}: {time.monotonic() - start:.0f} s")
    return section


def _missed_again(sections: list[Section], effort: int) -> set[str]:
    """The guarded figures that are missed twice in a row; the machine has its moments."""
    again: set[str] = set()
    for section in sections:
        if missed := _missed(section):
            tell(f"missed: {'; '.join(sorted(missed))}; once more")
            repeated = _measure(section.name, effort)
            print(report.terminal([repeated], colour=False))
            again |= missed & _missed(repeated)
    for figure in sorted(again):
        tell(f"MISSED TWICE: {figure}")
    return again


def _missed(section: Section) -> set[str]:
    """What is beyond its guard; and in CI, which has all that is needed, what was not measured."""
    unmeasured = musts.unmeasured(section)
    if unmeasured:
        tell(f"not measured here: {'; '.join(sorted(unmeasured))}")
    return musts.missed(section) | (unmeasured if os.environ.get("CI") else set())


if __name__ == "__main__":
    sys.exit(main())
