"""Interleaved timing: what is compared is only what was measured in the same round.

The method is `common.interleave`'s. It is written anew because that gives ratios to one contender,
and several are needed here from one run: these functions keep the rounds.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

QUICK, FULL = 1, 3
"""Effort: a full run has as many times more rounds, and contenders that nothing is guarded against."""

Call = Callable[[], object]
"""One with an attribute `batch` makes as many calls as that is told, in one go."""
Rounds = dict[str, list[float]]
"""Microseconds per call, by contender, one for each round."""


@dataclass(frozen=True)
class Figure:
    """A median over rounds, with the tenth and the ninetieth percentile."""

    median: float
    p10: float
    p90: float


def interleave(contenders: Mapping[str, Call], rounds: int, batch_ms: float = 4.0) -> Rounds:
    """Run all contenders in every round, in an order that changes."""
    batches = {name: _batch_size(call, batch_ms) for name, call in contenders.items()}
    taken: Rounds = {name: [] for name in contenders}
    order = list(contenders)
    shuffle = random.Random(1).shuffle
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            taken[name].append(_time(contenders[name], batches[name]))
    gc.unfreeze()
    return taken


def ratio(rounds: Rounds, contender: str, base: str) -> Figure:
    """The contender's time over the base's in the same round."""
    return figure([a / b for a, b in zip(rounds[contender], rounds[base], strict=True)])


def figure(values: list[float]) -> Figure:
    ordered = sorted(values)
    tenth = len(ordered) // 10
    return Figure(statistics.median(ordered), ordered[tenth], ordered[-1 - tenth])


def _batch_size(call: Call, batch_ms: float) -> int:
    """How many calls take about so long; the calls warm caches up."""
    size = 1
    for _ in range(3):
        size = max(1, int(batch_ms * 1000 / max(_time(call, size), 0.02)))
    return size


def _time(call: Call, times: int) -> float:
    batch = getattr(call, "batch", None)
    start = time.perf_counter_ns()
    if batch is None:
        for _ in range(times):
            call()
    else:
        batch(times)
    return (time.perf_counter_ns() - start) / times / 1000
