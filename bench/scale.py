"""docs/scale.md: what one machine takes, and what Postgres and Celery add, computed from measured figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from bench.bursts import Burst, Machine, Waits, waits
from bench.plots import COLOURS, Plot
from bench.report import piped
from bench.results import Results, Section, Table, number

DEADLINES = (0.5, 1.0, 3.0)
MEANS = (10, 30, 100)
FACTORS = (10, 30, 100)
FULLEST = 0.7
"""Of its capacity, that a machine is planned for."""
BLACK_FRIDAY = 50e9 / (72 * 3600)

DISKS = ("2 ms syncs", "this disk")

SENDERS = (
    ("a million events a day", 1e6 / 86400),
    ("50 million a month, as Lob has told of", 50e6 / (30 * 86400)),
    ("1,000 a second, which Convoy and Hookdeck's Outpost plan one instance for", 1_000.0),
    ("10,000 a second, the largest of Hookdeck's plans", 10_000.0),
    ("Shopify, Black Friday weekend 2024: 50 billion in 72 hours", BLACK_FRIDAY),
)

HANDLERS = (0.005, 0.05, 0.5)


class Measured(NamedTuple):
    """What the page is computed from."""

    cores: int
    requests: float
    """A second over granian, 8 KiB, one worker: server, signature, parser and answer."""
    machines: dict[str, Machine]
    postgres: float | None
    celery: float | None
    workers: float


def measured(results: Results) -> Measured:
    http, durable = results.section("http"), results.section("durable")
    cores = int(results.machine["processor"].rpartition(", ")[2].split()[0])
    requests = _rate(http, "granian: hookkit, a second")
    machines = {
        disk: _machine(durable, disk, cores, 1 / requests)
        for disk in DISKS
        if f"syncs, {disk}: a second" in durable.figures
    }
    return Measured(
        cores,
        requests,
        machines,
        _rate_or_none(durable, "postgres 32, this disk: a second"),
        _rate_or_none(durable, "celery, this disk: a second"),
        _rate(durable, "workers 8, this disk: a second"),
    )


def _machine(durable: Section, disk: str, cores: int, receive: float) -> Machine:
    """The time of a commit is a line: so much for the sync, and so much more for each delivery in it.

    Where so many come again and again, one commit after the other takes all of them.
    """
    points = [
        (at_once, at_once / _rate(durable, f"hookkit {at_once}, {disk}: a second"))
        for at_once in (8, 32, 128)
    ]
    sync, each = fitted(points)
    return Machine(cores, receive, sync, each)


def fitted(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Intercept and slope of the line nearest to these, by least squares; neither below zero."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points)
    slope /= sum((x - mean_x) ** 2 for x, _ in points)
    slope = max(slope, 0.0)
    return max(mean_y - slope * mean_x, 0.0), slope


def _rate(section: Section, name: str) -> float:
    return section.figures[name].median


def _rate_or_none(section: Section, name: str) -> float | None:
    return section.figures[name].median if name in section.figures else None


class Simulated(NamedTuple):
    disk: str
    burst: Burst
    waits: Waits


def simulated(found: Measured) -> list[Simulated]:
    return [
        Simulated(disk, burst, waits(burst, machine, DEADLINES))
        for disk, machine in found.machines.items()
        for mean in MEANS
        for factor in FACTORS
        for burst in (Burst(mean, factor),)
    ]


def markdown(results: Results, found: Measured, bursts: Sequence[Simulated], plot: Plot) -> str:
    disk = next(iter(found.machines))
    machine = found.machines[disk]
    parts = [
        "# Scale, on paper\n",
        INTRODUCTION.format(
            processor=results.machine["processor"], taken=results.section("durable").taken
        ),
        "## What one machine takes\n",
        piped(_of_one_machine(found)),
        ONE_MACHINE,
        "## Bursts\n",
        BURSTS.format(disk=disk),
        f"![{plot.alt}]({plot.path})\n",
        *(piped(_of_bursts(bursts, each)) for each in found.machines),
        CLEARING.format(capacity=number(machine.capacity)),
        "## More machines: Postgres\n",
        POSTGRES,
        piped(_of_senders(found, machine)),
        SHARDS,
        "## More work: Celery\n",
        CELERY.format(
            workers=number(found.workers),
            celery="" if found.celery is None else TOLD_OF_CELERY.format(number(found.celery)),
        ),
        piped(_of_handlers(found)),
        "## What this does not say\n",
        LIMITS,
    ]
    return "\n".join(parts)


def _of_one_machine(found: Measured) -> Table:
    table = Table(
        f"Computed, {found.cores} cores", ("what", *(f"{disk}" for disk in found.machines))
    )
    rows = {
        "a request received, over granian, of 8 KiB, µs": [
            m.receive * 1e6 for m in found.machines.values()
        ],
        "a commit: fixed, ms": [m.sync * 1000 for m in found.machines.values()],
        "a commit: for each delivery in it, µs": [m.each * 1e6 for m in found.machines.values()],
        "deliveries a second that one SQLite file commits": [
            m.commits for m in found.machines.values()
        ],
        "deliveries a second for which the cores last": [
            m.receives for m in found.machines.values()
        ],
        "so one machine takes, a second": [m.capacity for m in found.machines.values()],
        f"and is planned for, at {FULLEST:.0%} of it": [
            m.capacity * FULLEST for m in found.machines.values()
        ],
    }
    for what, values in rows.items():
        table.add(what, *values)
    return table


def _of_bursts(bursts: Sequence[Simulated], disk: str) -> Table:
    late = [f"later than {deadline:g} s" for deadline in DEADLINES]
    table = Table(
        f"A minute of a burst, {disk}",
        ("mean a second", "times", "p50 ms", "p99 ms", "longest ms", *late),
    )
    for each in bursts:
        if each.disk == disk:
            table.add(
                f"{each.burst.mean:g}",
                f"{each.burst.factor:g}",
                each.waits.p50 * 1000,
                each.waits.p99 * 1000,
                each.waits.longest * 1000,
                *(f"{each.waits.late[deadline]:.1%}" for deadline in DEADLINES),
            )
    return table


def _of_senders(found: Measured, machine: Machine) -> Table:
    table = Table(
        "Machines that receive, and databases, each at most at "
        f"{FULLEST:.0%}: for the mean, and for 10 times as much",
        ("who", "a second", "machines", "databases", "machines, 10 x", "databases, 10 x"),
    )
    for who, rate in SENDERS:
        table.add(
            who,
            rate,
            *(
                cell
                for times in (1, 10)
                for cell in (
                    _needed(rate * times, machine.receives),
                    "?" if found.postgres is None else _needed(rate * times, found.postgres),
                )
            ),
        )
    return table


def _needed(rate: float, capacity: float) -> str:
    return f"{math.ceil(rate / (capacity * FULLEST)):,}"


def _of_handlers(found: Measured) -> Table:
    table = Table(
        "Threads that are busy handling, on average, and processes of 32 threads",
        ("a handler takes", *(f"{rate:,.0f} a second" for _, rate in SENDERS[2:])),
    )
    for seconds in HANDLERS:
        cells = []
        for _, rate in SENDERS[2:]:
            threads = rate * (seconds + 1 / found.workers)
            cells.append(f"{threads:,.0f} in {math.ceil(threads / FULLEST / 32):,}")
        table.add(f"{seconds * 1000:g} ms", *cells)
    return table


def plot_of(bursts: Sequence[Simulated]) -> Plot:
    def draw(figure: Any) -> None:
        disks = list(dict.fromkeys(each.disk for each in bursts))
        for axis, disk in zip(
            figure.subplots(1, len(disks), squeeze=False, sharey=True)[0], disks, strict=True
        ):
            for mean, colour in zip(MEANS, COLOURS, strict=False):
                mine = [each for each in bursts if each.disk == disk and each.burst.mean == mean]
                axis.plot(
                    [each.burst.factor for each in mine],
                    [each.waits.p99 for each in mine],
                    marker="o",
                    color=colour,
                    label=f"mean {mean} a second",
                )
            for deadline in DEADLINES:
                axis.axhline(deadline, color="#868e96", linewidth=0.8, linestyle="--")
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_xticks(FACTORS, [f"{factor} x" for factor in FACTORS])
            axis.minorticks_off()
            axis.set_title(disk)
            axis.set_xlabel("burst")
            axis.set_ylabel("p99, seconds; dashed: deadlines")
            axis.legend()

    return Plot(
        "_static/bench/scale.svg",
        "p99 of the answer in a burst, by mean rate and burst, against deadlines of 0.5, 1 and 3 s",
        draw,
    )


INTRODUCTION = """\
Generated by `make bench` from the figures on [Benchmarks](benchmarks.md), never written by hand. What is
measured was measured on one machine; the rest is arithmetic and a simulation, and says so. Use it to find
out which order of magnitude you are in, and measure there.

Measured: {processor}; {taken}.
"""

ONE_MACHINE = """\
A commit is fitted as a line through the rates at 8, 32 and 128 at once: what it costs whatever is in it,
and what each delivery adds. One file takes at most 256 deliveries a commit. The core's time of a delivery
is that of the whole request over granian and, once more, that of its share of the commit; so the capacity
errs on the safe side. More cores raise the fifth row and not the fourth: beyond that, one SQLite file is
the limit, and Postgres or a second file, for other sources, the way out.
"""

BURSTS = """\
Senders do not spread their deliveries: bursts of 10 to 100 times the mean are usual, and the tightest
deadlines for an answer that providers set are 0.5 s and 1 s (Yousign), 2 s (LINE) and 3 s (Slack, Zoom).
The simulation lets deliveries arrive at random, at the mean rate and then for a minute at so many times
that; each is received by one of the cores, first come, first served, and then waits for the commit that
takes it. The tests hold it to the waiting time that queueing theory gives for a server of constant service
time. A wait is from arrival to answer.
"""

CLEARING = """\
Below its capacity, here {capacity} a second, a machine is far inside of every deadline: a burst makes
commits larger, not later. Beyond it a backlog grows for as long as the burst lasts, and no queue in the
process helps: after a minute at twice the capacity the last delivery waits for a minute. Providers that give
up meanwhile send again later, and hookkit knows a repeat. Plan for the burst, not for the mean.
"""

POSTGRES = """\
With `Inbox("postgresql://…")` any number of machines receive into one database. A machine's receiving then
costs its own cores, and the database's commits are shared. The table counts both, with one Postgres taking
what this machine's own Postgres took from one process with four connections, while that process shared its
cores: a database machine of its own takes more.
"""

SHARDS = """\
At the last row's rates it is not one database: deliveries are spread over many by what a repeat of one has
in common, such as the shop, in the load balancer or by a URL for each; then each database knows its own
repeats, and hookkit runs against each as against a small one. A factor of ten above a mean of 190,000 a
second is more than has been told of Shopify's own bursts, of some five times in minutes.
"""

CELERY = """\
Accepting is one thing, handling another. One process with 8 threads of hookkit's own handles {workers}
events a second when the handler does nothing. [Celery](scale-out.md) adds machines that handle{celery}. Each
message is a receipt, and the row stays the truth. How many are needed is decided by the handler's own time:
"""

TOLD_OF_CELERY = """, at the price
of one message for each delivery: one process puts {} a second into a Redis that syncs each"""

LIMITS = """\
- It is arithmetic: no machine but one was measured, and none of the larger ones exists here.
- Network, TLS and load balancers are left out. They add to every wait, and are needed in any case.
- A database that is shared with other work, far away, or replicated synchronously takes fewer commits.
- Dedupe and claim are taken as flat: [Benchmarks](benchmarks.md) shows them up to a million rows.
- Published rates are those that were told of: Shopify's by a founder of Hookdeck in December 2024, Lob's on
  community.ops.io, Convoy's and Hookdeck's in their own documentation and repositories.
"""
