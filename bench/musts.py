"""What every figure must reach, and what it aims at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bench.results import Section


@dataclass(frozen=True)
class Must:
    """A bound on a figure.

    `guard` is what the exit code holds to instead of `must`; the tables judge by `must`.
    """

    section: str
    figure: str
    must: float
    aim: float | None = None
    guard: float | None = None

    sense: Literal["≤", "≥"] = "≤"
    is_ratio: bool = True

    @property
    def guarded(self) -> float:
        return self.must if self.guard is None else self.guard

    def reaches(self, value: float, bound: float) -> bool:
        """Whether the value is on the right side of the bound, or on it."""
        return value <= bound if self.sense == "≤" else value >= bound

    def told(self, bound: float | None) -> str:
        return "" if bound is None else f"{self.sense} {bound:g}"


def _more(
    section: str,
    figure: str,
    must: float,
    aim: float | None = None,
    guard: float | None = None,
) -> Must:
    """One that must be at least so much."""
    return Must(section, figure, must, aim, guard, sense="≥")


# A guard is set where the must is not reached today, or by less than the noise: the figure stays
# visible, as missed where it is, and does not fail every run. Guards only move towards the must, until
# they can go; but where what a figure is held against has become faster than what it tells of. The ratios
# to Flask and Django depend on how fast a machine interprets beside how fast it hashes; those on "this
# disk" on its syncs: there are disks that take 70 us for one, and leave nothing to win by sharing it.
# Where other tenants of a machine take of its two cores, what keeps both busy varies most: gunicorn with wrk
# beside it (0.85 to 0.98 on four machines), and whole requests (0.70 to 0.91).
MUSTS = (
    Must("receive", "300 B: hookkit / bare_wsgi", 2.0, aim=1.4),
    Must("receive", "8 KiB: hookkit / bare_wsgi", 1.25, aim=1.07, guard=1.32),
    Must("receive", "256 KiB: hookkit / bare_wsgi", 1.15, aim=1.02, guard=1.3),
    Must("receive", "1 MiB: hookkit / bare_wsgi", 1.15, aim=1.02, guard=1.3),
    Must("receive", "8 KiB: hookkit[fast] / bare_wsgi", 0.70, aim=0.60, guard=0.77),
    Must("receive", "300 B: hookkit / flask_tutorial", 0.125, aim=0.09, guard=0.14),
    Must("receive", "8 KiB: hookkit / flask_tutorial", 0.36, aim=0.30, guard=0.5),
    Must("receive", "300 B: hookkit / django_hmac_defaultmw", 0.07, aim=0.05),
    Must("receive", "8 KiB: hookkit / django_hmac_defaultmw", 0.23, aim=0.20, guard=0.28),
    Must("receive", "300 B: hookkit / falcon_hmac", 0.90, aim=0.65),
    Must("receive", "8 KiB: hookkit, refused / bare_wsgi", 0.30, aim=0.20),
    Must("receive", "300 B: hookkit, oversize / bare_wsgi", 0.5),
    _more("http", "gunicorn: requests/s, hookkit / bare_wsgi", 0.93, aim=0.97, guard=0.75),
    _more("http", "granian: requests/s, hookkit / bare_wsgi", 0.80, aim=0.92, guard=0.75),
    Must("imports", "import hookkit / the standard library's parts", 1.5, aim=1.25),
    Must("imports", "import hookkit / import werkzeug.wrappers", 0.75, aim=0.6),
    Must("imports", "import hookkit, extra MiB resident", 8.0, is_ratio=False),
    Must("router", "exact: 10,000 handlers / 1", 1.1),
    Must("router", "hierarchical: 10,000 handlers / 1", 2.0),
    _more("durable", "8 at once, 2 ms syncs: hookkit / by hand", 3.0, aim=3.8),
    _more("durable", "32 at once, 2 ms syncs: hookkit / by hand", 8.0, aim=11),
    _more("durable", "128 at once, 2 ms syncs: hookkit / by hand", 13.0, aim=20),
    _more("durable", "1 at once, 2 ms syncs: hookkit / by hand", 0.80, aim=0.95),
    Must("durable", "128 at once, 2 ms syncs: p99, in syncs", 30, aim=15, is_ratio=False),
    _more("durable", "8 at once, this disk: hookkit / huey", 1.5, aim=2.3, guard=1.0),
    _more("durable", "8 at once, this disk: hookkit / dramatiq", 1.7, aim=3, guard=1.2),
    _more("durable", "8 at once, this disk: hookkit / rq", 2.5, aim=6),
    _more("durable", "8 at once, this disk: hookkit / celery", 2.5, aim=8),
    _more("durable", "8 at once, this disk: hookkit / procrastinate", 8.0, aim=20),
    _more("durable", "32 at once, 2 ms syncs: hookkit in Postgres / a pool", 0.90, aim=0.97),
    _more("durable", "32 at once, this disk: hookkit in Postgres / a pool", 0.90, aim=0.97),
    _more("durable", "8 at once, 2 ms syncs: hookkit in Postgres / a pool", 0.90, aim=0.97),
    _more(
        "durable", "8 at once, this disk: hookkit in Postgres / a pool", 0.90, aim=0.97, guard=0.65
    ),
    _more(
        "durable",
        "8 at once, 2 ms syncs: whole requests / the store alone",
        0.85,
        aim=0.93,
        guard=0.6,
    ),
    Must("durable", "8 at once, 2 ms syncs: time of a repeat / of an accept", 0.5),
    _more("durable", "8 workers, 2 ms syncs: handled / accepted 8 at once", 0.5, aim=1.0),
    Must("durable", "accept, time-ordered ids: many rows / 10^4", 1.25, guard=1.4),
    Must("durable", "accept, random ids: many rows / 10^4", 1.6),
    Must("durable", "claim: many rows / 10^4", 1.5),
    Must("durable", "list: many rows / 10^4", 1.5),
    Must("durable", "prune: many rows / 10^4", 1.5),
    Must("memory", "1 MiB in flight: hookkit / bare_wsgi", 1.05, aim=1.0),
    Must(
        "memory",
        '1 MiB in flight: accepted with parse="later", bodies',
        1.1,
        aim=0.2,
        is_ratio=False,
    ),
)


def of(section: Section) -> list[Must]:
    """What is asked of what it has measured."""
    return [each for each in _asked(section) if each.figure in section.figures]


def missed(section: Section) -> set[str]:
    """The figures of this section that are beyond their guard."""
    return {
        each.figure
        for each in of(section)
        if not each.reaches(section.figures[each.figure].median, each.guarded)
    }


def unmeasured(section: Section) -> set[str]:
    """The figures of which something is asked, and that this machine could not give."""
    return {each.figure for each in _asked(section)} - set(section.figures)


def _asked(section: Section) -> Iterator[Must]:
    return (each for each in MUSTS if each.section == section.name)
