"""Peak memory of one request in flight, as Python's allocator counts it."""

import gc
import tracemalloc

from bench.contenders import BARE, FAST, HOOKKIT, SIZES, Call, accepted, body_of, receivers
from bench.results import Section, Table
from bench.timing import Figure

SIZE = "1 MiB"


def measure(_effort: int) -> Section:
    body = body_of(SIZES[SIZE])
    peaks = {name: _peak(accepted(app, body)) for name, app in receivers().items()}
    table = Table(
        f"Peak memory of one {SIZE} request, beyond the body itself",
        ("contender", "KiB", "bodies", "against bare WSGI"),
    )
    section = Section("memory", "Memory", [table])
    for name in sorted(peaks, key=lambda name: peaks[name]):
        against = peaks[name] / peaks[BARE]
        table.add(name, peaks[name] / 1024, peaks[name] / len(body), against)
        if name in (HOOKKIT, FAST):
            # Counted, not timed: every run gives the same.
            section.figures[f"{SIZE} in flight: {name} / {BARE}"] = Figure(
                against, against, against
            )
    return section


def _peak(call: Call) -> int:
    call()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before
