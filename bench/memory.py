"""Peak memory of one request in flight, as Python's allocator counts it."""

import gc
import tracemalloc
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import (
    BARE,
    FAST,
    HOOKKIT,
    SIZES,
    Call,
    body_of,
    durable_receiver,
    guarded,
    own,
    peers,
    posting,
)
from bench.results import Section, Table
from bench.timing import QUICK, Figure
from hookkit import Inbox

SIZE = "1 MiB"
LATER = 'hookkit, accepted with parse="later"'


def measure(effort: int) -> Section:
    body = body_of(SIZES[SIZE])
    calls = own(body) | (guarded(body) if effort == QUICK else peers(body))
    peaks = {name: _peak(call) for name, call in calls.items()}
    peaks[LATER] = _peak_of_accepting(body)
    table = Table(
        f"Peak memory of one {SIZE} request, beyond the body itself",
        ("contender", "KiB", "bodies", "against bare WSGI"),
    )
    section = Section("memory", "Memory", [table])
    for name in sorted(peaks, key=lambda name: peaks[name]):
        table.add(name, peaks[name] / 1024, peaks[name] / len(body), peaks[name] / peaks[BARE])
    for name in (HOOKKIT, FAST):
        section.figures[f"{SIZE} in flight: {name} / {BARE}"] = _exactly(peaks[name] / peaks[BARE])
    bodies = _exactly(peaks[LATER] / len(body))
    section.figures[f'{SIZE} in flight: accepted with parse="later", bodies'] = bodies
    return section


def _exactly(value: float) -> Figure:
    """Counted, not timed: every run gives the same."""
    return Figure(value, value, value)


def _peak_of_accepting(body: bytes) -> int:
    """Of a delivery that is committed to SQLite as it is; what SQLite itself holds is not Python's."""
    with TemporaryDirectory() as folder:
        inbox = Inbox(f"sqlite:///{Path(folder) / 'hooks.db'}", parse="later")
        post = posting(durable_receiver(inbox), body)
        ids = count()
        try:
            return _peak(lambda: post(f"delivery-{next(ids)}"))
        finally:
            inbox.close()


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
