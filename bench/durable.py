"""Accepting durably, and how that grows.

Each part is measured in a process of its own, most of them twice: on this machine's disk, and with syncs
that take 2 ms longer. The latter is steadier, and shows what grouping commits is for.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.progress import tell
from bench.results import Section, Table, spread
from bench.timing import QUICK, Figure, figure

ROOT = Path(__file__).parent.parent
AT_ONCE = (1, 8, 32, 128)
PEERS = ("huey", "dramatiq", "rq", "celery", "procrastinate")

DISK = "this disk"
SLOW = "2 ms syncs"
SLOWER = {"SYNC_MICROSECONDS": "2000"}
NO_DISK = {"SYNC_NEVER": "1"}

Rounds = Mapping[str, Sequence[float]]


def measure(effort: int) -> Section:
    section = Section("durable", "Accepting durably")
    place = "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108  # a disk, where /tmp may be memory
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        folder.chmod(0o755)  # Postgres comes here as another user
        shim = _shim(folder)
        disks = {SLOW: SLOWER, DISK: {}}
        if shim is None:
            del disks[SLOW]
        for disk, slower in disks.items():
            # In a quick run only what is judged.
            if effort > QUICK or disk == SLOW:
                _add_accepting(section, disk, _run(folder, shim, slower, "accepting", effort))
            _add_others(section, disk, _run(folder, shim, slower, "others", effort))
        rows = "10^5" if effort == QUICK else "10^6"
        _add_growth(section, rows, _run(folder, shim, NO_DISK, "growth", effort))
    return section


def _add_accepting(section: Section, disk: str, found: Rounds) -> None:
    table = Table(
        f"Deliveries of 2 KiB accepted a second, {disk}",
        ("at once", "hookkit", "p99 ms", "by hand", "p99 ms", "hookkit / by hand", "p10 to p90"),
    )
    for at_once in AT_ONCE:
        ours, by_hand = f"hookkit {at_once}", f"by hand {at_once}"
        against = _ratio(found, ours, by_hand)
        section.figures[f"{at_once} at once, {disk}: hookkit / by hand"] = against
        table.add(
            str(at_once),
            _median(found, ours),
            _median(found, f"{ours}, p99") * 1000,
            _median(found, by_hand),
            _median(found, f"{by_hand}, p99") * 1000,
            against.median,
            spread(against),
        )
    beside = Table(
        f"Beside it, {disk}", ("what", "a second", "against hookkit, 8 at once", "p10 to p90")
    )
    for what, name in BESIDE.items():
        if name in found:
            against = _ratio(found, name, "hookkit 8")
            beside.add(what, _median(found, name), against.median, spread(against))
    p99 = [
        seconds * syncs
        for seconds, syncs in zip(found["hookkit 128, p99"], found["syncs"], strict=True)
    ]
    section.figures |= {
        f"128 at once, {disk}: p99, in syncs": figure(p99),
        f"8 at once, {disk}: whole requests / the store alone": _ratio(
            found, "requests 8", "hookkit 8"
        ),
        f"8 at once, {disk}: time of a repeat / of an accept": _ratio(
            found, "hookkit 8", "again 8"
        ),
        f"8 workers, {disk}: handled / accepted 8 at once": _ratio(found, "workers 8", "hookkit 8"),
    }
    for name in ("syncs", "workers 8", *(f"hookkit {at_once}" for at_once in AT_ONCE)):
        section.figures[f"{name}, {disk}: a second"] = figure(list(found[name]))
    section.tables += [table, beside]


BESIDE = {
    "whole requests: verified, parsed, accepted, answered; 8 at once": "requests 8",
    "deliveries, written by the standard library's JSON, 8 at once": "hookkit 8, json",
    "repeats, 8 at once": "again 8",
    "handled by 4 workers, empty handler": "workers 4",
    "handled by 8 workers, empty handler": "workers 8",
    "bare syncs of 2 KiB, one after the other": "syncs",
}


def _add_others(section: Section, disk: str, found: Rounds) -> None:
    peers = Table(
        f"2 KiB accepted a second, as durably, 8 at once, {disk}",
        ("contender", "a second", "p99 ms", "hookkit / it", "p10 to p90"),
    )
    for name in ("hookkit 8", *(peer for peer in PEERS if peer in found)):
        against = _ratio(found, "hookkit 8", name)
        if name in PEERS:
            section.figures[f"8 at once, {disk}: hookkit / {name}"] = against
            section.figures[f"{name}, {disk}: a second"] = figure(list(found[name]))
        peers.add(
            name.removesuffix(" 8"),
            _median(found, name),
            _median(found, f"{name}, p99") * 1000,
            against.median,
            spread(against),
        )
    section.tables.append(peers)
    if "postgres 8" in found:
        section.tables.append(_postgres(section, disk, found))


def _postgres(section: Section, disk: str, found: Rounds) -> Table:
    table = Table(
        f"2 KiB accepted a second in Postgres, 4 connections, {disk}",
        (
            "at once",
            "hookkit",
            "p99 ms",
            "INSERT over a pool",
            "p99 ms",
            "hookkit / it",
            "p10 to p90",
        ),
    )
    for at_once in AT_ONCE:
        ours, pool = f"postgres {at_once}", f"pool {at_once}"
        if ours in found:
            against = _ratio(found, ours, pool)
            section.figures[f"{at_once} at once, {disk}: hookkit in Postgres / a pool"] = against
            section.figures[f"{ours}, {disk}: a second"] = figure(list(found[ours]))
            table.add(
                str(at_once),
                _median(found, ours),
                _median(found, f"{ours}, p99") * 1000,
                _median(found, pool),
                _median(found, f"{pool}, p99") * 1000,
                against.median,
                spread(against),
            )
    return table


def _add_growth(section: Section, rows: str, found: Rounds) -> None:
    table = Table(
        "Microseconds by rows in the store, without syncs",
        ("what", "10^4", rows, f"{rows} / 10^4", "p10 to p90"),
    )
    for few in sorted(name for name in found if name.endswith(", few")):
        what = few.removesuffix(", few")
        growth = _ratio(found, f"{what}, many", few)
        section.figures[f"{what}: many rows / 10^4"] = growth
        table.add(
            what,
            _median(found, few),
            _median(found, f"{what}, many"),
            growth.median,
            spread(growth),
        )
    section.tables.append(table)


def _median(found: Rounds, name: str) -> float:
    return figure(list(found[name])).median


def _ratio(found: Rounds, name: str, base: str) -> Figure:
    """Of the same round."""
    return figure([a / b for a, b in zip(found[name], found[base], strict=True)])


def _run(
    folder: Path, shim: Path | None, told: Mapping[str, str], what: str, effort: int
) -> dict[str, list[float]]:
    tell(f"durable: {what}, {' '.join(told) or 'as this disk syncs'} …")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if shim is not None and told:
        environment |= {"LD_PRELOAD": str(shim), **told}
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        ran = subprocess.run(
            [sys.executable, "-m", "bench.durable_program", fresh, what, str(effort)],
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        )
    found: dict[str, list[float]] = json.loads(ran.stdout)
    return found


def _shim(folder: Path) -> Path | None:
    """The library that makes syncs slower; none where nothing compiles it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    library = folder / "slowsync.so"
    source = str(Path(__file__).with_name("slowsync.c"))
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), source, "-ldl"], check=True)
    library.chmod(0o755)
    return library
