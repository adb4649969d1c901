"""Import time and resident memory, each in a fresh interpreter, round robin."""

import os
import random
import statistics
import subprocess
import sys
from tempfile import TemporaryDirectory

from bench.results import Section, Table, spread
from bench.timing import QUICK, Rounds, figure, ratio

HOOKKIT = "import hookkit"
STANDARD = "import hmac, hashlib, json, typing, logging, threading, dataclasses"
WERKZEUG = "import werkzeug.wrappers"
# What is loaded lazily is paid for with the first receiver, without msgspec here.
RECEIVER = """\
import sys; sys.modules["msgspec"] = sys.modules["msgspec.json"] = None
from hookkit import Receiver, providers
github = Receiver(providers.github, secret="for the benchmark")
github.on("push")(lambda event: None)"""
EMPTY = "pass"
PEERS = (
    "import standardwebhooks",
    "import flask",
    "import stripe",
    "import slack_bolt",
    "import fastapi",
)
STATEMENTS = {
    EMPTY: "nothing",
    STANDARD: f"`{STANDARD}`",
    HOOKKIT: f"`{HOOKKIT}`",
    RECEIVER: "`import hookkit`, and make a GitHub receiver with a handler",
    WERKZEUG: f"`{WERKZEUG}`",
}

# Not getrusage: its maximum is inherited from the process that starts the interpreter.
PROGRAM = """
import time
start = time.perf_counter()
{statement}
taken = time.perf_counter() - start
try:
    with open("/proc/self/status") as status:
        resident = next(line.split()[1] for line in status if line.startswith("VmRSS:"))
except OSError:
    resident = "nan"
print(taken * 1e6, resident)
"""


def measure(effort: int) -> Section:
    statements = STATEMENTS
    if effort > QUICK:
        statements = statements | {peer: f"`{peer}`" for peer in PEERS}
    taken, extra = _interleaved(tuple(statements), 9 + 3 * effort)
    table = Table(
        "Import, in a fresh interpreter",
        ("what", "ms", "extra MiB resident", "against the standard library", "p10 to p90"),
    )
    section = Section("imports", "Import", [table])
    for statement, shown in statements.items():
        if statement == EMPTY:
            continue
        against = ratio(taken, statement, STANDARD)
        milliseconds = figure(taken[statement]).median / 1000
        mebibytes = figure(extra[statement])
        table.add(shown, milliseconds, mebibytes.median, against.median, spread(against))
    section.figures["import hookkit / the standard library's parts"] = ratio(
        taken, HOOKKIT, STANDARD
    )
    section.figures["import hookkit / import werkzeug.wrappers"] = ratio(taken, HOOKKIT, WERKZEUG)
    section.figures["import hookkit, extra MiB resident"] = figure(extra[HOOKKIT])
    return section


def _interleaved(statements: tuple[str, ...], rounds: int) -> tuple[Rounds, Rounds]:
    """(microseconds, MiB resident beyond an empty program's), by statement."""
    taken: Rounds = {statement: [] for statement in statements}
    resident: Rounds = {statement: [] for statement in statements}
    order = list(statements)
    shuffle = random.Random(1).shuffle
    with TemporaryDirectory() as bytecode:
        for statement in statements:
            _run(statement, bytecode)  # writes it
        for _ in range(rounds):
            shuffle(order)
            for statement in order:
                microseconds, mebibytes = _run(statement, bytecode)
                taken[statement].append(microseconds)
                resident[statement].append(mebibytes)
    empty = statistics.median(resident[EMPTY])
    return taken, {name: [each - empty for each in values] for name, values in resident.items()}


def _run(statement: str, bytecode: str) -> tuple[float, float]:
    # Else what is measured is the compiler, where bytecode may not be written or is stale.
    environment = os.environ | {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM.format(statement=statement)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    microseconds, kibibytes = done.stdout.split()
    return float(microseconds), float(kibibytes) / 1024
