"""A burst of deliveries that meets one machine, simulated event by event.

Two stations one after the other. First so many cores receive, each one delivery at a time: the server, the
signature, the parser. Then one writer commits: it takes all that is waiting, up to a number, and that takes
a fixed time for the sync and some for each delivery. Everyone is answered when his commit is done.
"""

import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Machine(NamedTuple):
    """Seconds that a delivery and a commit take there."""

    cores: int
    receive: float
    sync: float
    each: float
    most: int = 256

    @property
    def commits(self) -> float:
        """Deliveries a second that one writer commits, when there are always enough."""
        return self.most / (self.sync + self.most * self.each)

    @property
    def receives(self) -> float:
        """Deliveries a second for which the cores last; what a commit costs is theirs, too."""
        return self.cores / (self.receive + self.each)

    @property
    def capacity(self) -> float:
        return min(self.commits, self.receives)


class Burst(NamedTuple):
    """Arrivals at random: so many a second, and for a time so many times as many."""

    mean: float
    factor: float
    quiet: float = 5.0
    seconds: float = 60.0

    def arrivals(self, seed: int = 1) -> Iterator[float]:
        chance = random.Random(seed)
        yield from poisson(chance, self.mean, 0.0, self.quiet)
        yield from poisson(chance, self.mean * self.factor, self.quiet, self.quiet + self.seconds)


class Waits(NamedTuple):
    """Seconds from arrival to answer, of those in the burst; and how many were later than some deadlines."""

    p50: float
    p99: float
    longest: float
    late: dict[float, float]


def poisson(chance: random.Random, rate: float, start: float, end: float) -> Iterator[float]:
    moment = start
    while (moment := moment + chance.expovariate(rate)) < end:
        yield moment


def received(arrivals: Iterable[float], machine: Machine) -> Iterator[float]:
    """When each is through the first station: first come, first served, by whichever core is free."""
    free = [0.0] * machine.cores
    for number, arrival in enumerate(arrivals):
        # All take equally long, so the cores become free in turn.
        core = number % machine.cores
        free[core] = max(arrival, free[core]) + machine.receive + machine.each
        yield free[core]


def committed(arrivals: Sequence[float], machine: Machine) -> Iterator[float]:
    """When each is committed, in the same order."""
    free = 0.0
    first = 0
    while first < len(arrivals):
        begins = max(free, arrivals[first])
        after = first + 1
        while after < len(arrivals) and after - first < machine.most and arrivals[after] <= begins:
            after += 1
        count = after - first
        free = begins + machine.sync + count * machine.each
        for _ in range(count):
            yield free
        first = after


def answered(arrivals: Sequence[float], machine: Machine) -> Iterator[float]:
    """When each is answered."""
    return committed(array("d", received(arrivals, machine)), machine)


def waits(burst: Burst, machine: Machine, deadlines: Sequence[float]) -> Waits:
    arrivals = array("d", burst.arrivals())
    taken = sorted(
        answer - arrival
        for arrival, answer in zip(arrivals, answered(arrivals, machine), strict=True)
        if arrival >= burst.quiet
    )
    late = {each: sum(wait > each for wait in taken) / len(taken) for each in deadlines}
    return Waits(taken[len(taken) // 2], taken[len(taken) * 99 // 100], taken[-1], late)
