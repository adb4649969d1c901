"""Accepting durably, and how it grows.

Measured in a process whose syncs take 2 ms longer, which is steadier
than this machine's own disk.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.results import Section, Table
from bench.timing import Figure

ROOT = Path(__file__).parent.parent
AT_ONCE = (1, 8, 32, 128)
SLOWER = "2000"


def measure(effort: int) -> Section:
    section = Section("durable", "Accepting durably")
    with tempfile.TemporaryDirectory() as folder:
        rounds = [_run(folder, "accepting") for _ in range(effort)]
        section.tables.append(_accepting(section, rounds))
        section.tables.append(_growth(section, _run(folder, "growth", str(effort))))
        section.tables.append(_stores(section, _run(folder, "stores", str(effort))))
    return section


def _stores(section: Section, found: dict[str, float]) -> Table:
    """On this machine's own disk."""
    table = Table(
        "Accepted a second by deliveries at once, and handled a second by threads",
        ("store", "1", "8", "32", "handled by 1", "by 4"),
    )
    columns = ("accept 1", "accept 8", "accept 32", "work 1", "work 4")
    for store in ("sqlite", "postgres"):
        if f"{store} accept 1" in found:
            table.add(store, *(found[f"{store} {column}"] for column in columns))
    if "pool accept 1" in found:
        name = "INSERT of one row over a pool of as many connections to Postgres"
        table.add(name, *(found[f"pool {column}"] for column in columns[:3]), "", "")
        ratio = found["pool accept 32"] / found["postgres accept 32"]
        section.figures["32 at once: time of an accept in Postgres / over a pool"] = Figure(
            ratio, ratio, ratio
        )
    return table


def _accepting(section: Section, rounds: list[dict[str, float]]) -> Table:
    table = Table(
        "Deliveries of 2 KiB accepted a second, each sync 2 ms longer",
        ("at once", "hookkit", "repeats", "bare syncs", "bare SQLite", "hookkit / bare syncs"),
    )
    for at_once in AT_ONCE:
        ratios = sorted(each["syncs"] / each[f"hookkit {at_once}"] for each in rounds)
        again = sorted(each[f"hookkit {at_once}"] / each[f"again {at_once}"] for each in rounds)
        middle = rounds[len(rounds) // 2]
        table.add(
            str(at_once),
            middle[f"hookkit {at_once}"],
            middle[f"again {at_once}"],
            middle["syncs"],
            middle["sqlite"],
            1 / ratios[len(ratios) // 2],
        )
        section.figures[f"{at_once} at once: time of an accept / a sync"] = _figure(ratios)
        section.figures[f"{at_once} at once: time of a repeat / an accept"] = _figure(again)
    return table


def _growth(section: Section, found: dict[str, float]) -> Table:
    table = Table("Microseconds by rows in the store", ("what", "10^4", "many", "many / 10^4"))
    for what in ("accept", "claim", "list", "prune"):
        few, many = found[f"{what} few"], found[f"{what} many"]
        table.add(what, few, many, many / few)
        ratio = many / few
        section.figures[f"{what}: many rows / 10^4"] = Figure(ratio, ratio, ratio)
    return table


def _figure(values: list[float]) -> Figure:
    return Figure(values[len(values) // 2], values[0], values[-1])


def _run(folder: str, what: str, *more: str) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shim = _shim(folder)
    if shim is not None and what == "accepting":
        environment |= {"LD_PRELOAD": shim, "SYNC_MICROSECONDS": SLOWER}
    ran = subprocess.run(
        [sys.executable, "-m", "bench.durable_program", folder, what, *more],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def _shim(folder: str) -> str | None:
    """The library that makes syncs slower; none where nothing compiles it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    library = Path(folder) / "slowsync.so"
    if not library.exists():
        source = str(Path(__file__).with_name("slowsync.c"))
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-o", str(library), source, "-ldl"], check=True
        )
    return str(library)
