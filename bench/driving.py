"""Closed loops: so many threads, each beginning anew as soon as it has its answer."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple
from uuid import uuid4

Put = Callable[[str], object]
"""Accepts what has this id; returns when it is accepted."""


class Run(NamedTuple):
    """Calls a second, and in seconds what 99 of 100 took at most."""

    rate: float
    p99: float


def drive(put: Put, at_once: int, seconds: float) -> Run:
    """Call it with ids that are new, by so many threads for so long."""
    taken: list[list[float]] = [[] for _ in range(at_once)]
    failures: list[BaseException] = []
    ready = threading.Barrier(at_once + 1)

    def loop(mine: list[float]) -> None:
        ready.wait()
        try:
            while (start := time.perf_counter()) < until:
                put(uuid4().hex)
                mine.append(time.perf_counter() - start)
        except Exception as failure:  # noqa: BLE001  # told by whoever waits for the threads
            failures.append(failure)

    threads = [threading.Thread(target=loop, args=(mine,)) for mine in taken]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    until = begun + seconds
    ready.wait()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    if failures:
        raise failures[0]
    every = sorted(each for mine in taken for each in mine)
    return Run(len(every) / elapsed, every[len(every) * 99 // 100])
