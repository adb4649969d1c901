"""What every figure must reach, and what it aims at."""

from dataclasses import dataclass

from bench.results import Section


@dataclass(frozen=True)
class Must:
    """The most that a figure may be.

    `guard` is what the exit code holds to instead of `must`; the tables judge by `must`.
    """

    section: str
    figure: str
    must: float
    aim: float | None = None
    guard: float | None = None

    is_ratio: bool = True

    @property
    def guarded(self) -> float:
        return self.must if self.guard is None else self.guard


# A guard is set where the must is not reached today, or by less than the noise: the figure stays
# visible, as missed where it is, and does not fail every run. Guards only move down, until they can
# go. The ratios to Flask and Django depend on how fast a machine interprets beside how fast it hashes.
MUSTS = (
    Must("receive", "300 B: hookkit / bare_wsgi", 2.0, aim=1.4, guard=2.15),
    Must("receive", "8 KiB: hookkit / bare_wsgi", 1.25, aim=1.07, guard=1.32),
    Must("receive", "256 KiB: hookkit / bare_wsgi", 1.15, aim=1.02, guard=1.35),
    Must("receive", "1 MiB: hookkit / bare_wsgi", 1.15, aim=1.02, guard=1.35),
    Must("receive", "8 KiB: hookkit[fast] / bare_wsgi", 0.70, aim=0.60, guard=0.82),
    Must("receive", "300 B: hookkit / flask_tutorial", 0.125, aim=0.09, guard=0.19),
    Must("receive", "8 KiB: hookkit / flask_tutorial", 0.36, aim=0.30, guard=0.52),
    Must("receive", "300 B: hookkit / django_hmac_defaultmw", 0.07, aim=0.05, guard=0.09),
    Must("receive", "8 KiB: hookkit / django_hmac_defaultmw", 0.23, aim=0.20, guard=0.29),
    Must("receive", "8 KiB: hookkit, refused / bare_wsgi", 0.30, aim=0.20, guard=0.36),
    Must("receive", "300 B: hookkit, oversize / bare_wsgi", 0.5, guard=0.6),
    Must("imports", "import hookkit / the standard library's parts", 1.5, aim=1.25),
    Must("imports", "import hookkit / import werkzeug.wrappers", 0.75, aim=0.6),
    Must("imports", "import hookkit, extra MiB resident", 8.0, is_ratio=False),
    Must("router", "exact: 10,000 handlers / 1", 1.1),
    Must("router", "hierarchical: 10,000 handlers / 1", 2.0),
    Must("durable", "1 at once: time of an accept / a sync", 1.18, guard=1.7),
    Must("durable", "8 at once: time of an accept / a sync", 0.33, guard=0.5),
    Must("durable", "32 at once: time of an accept / a sync", 0.125, guard=0.2),
    Must("durable", "128 at once: time of an accept / a sync", 0.077, guard=0.13),
    Must("durable", "8 at once: time of a repeat / an accept", 0.5, guard=0.7),
    Must("durable", "accept: many rows / 10^4", 1.6, guard=2.2),
    Must("durable", "claim: many rows / 10^4", 1.5, guard=2.2),
    Must("durable", "list: many rows / 10^4", 1.5, guard=2.2),
    Must("durable", "prune: many rows / 10^4", 1.5, guard=4),
    Must("durable", "32 at once: time of an accept in Postgres / over a pool", 1.11, guard=2.0),
    Must("memory", "1 MiB in flight: hookkit / bare_wsgi", 1.05, aim=1.0, guard=1.25),
)


def of(section: Section) -> list[Must]:
    """What is asked of it; a figure may be absent where there is no Postgres, which CI does not allow."""
    asked = [must for must in MUSTS if must.section == section.name]
    return [
        must for must in asked if must.figure in section.figures or "Postgres" not in must.figure
    ]


def missed(section: Section) -> set[str]:
    """The figures of this section that are beyond their guard."""
    return {m.figure for m in of(section) if section.figures[m.figure].median > m.guarded}
