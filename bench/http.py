"""Over HTTP on loopback: every server is up all the time, and wrk loads one after the other, in rounds."""

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.contenders import BARE, FAST, HOOKKIT, SIZES, body_of, common
from bench.progress import tell
from bench.results import Section, Table, spread
from bench.timing import QUICK, Figure, Rounds, figure

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "bench" / "reference"
PATH = "/webhooks/github"
SIZE = "8 KiB"

APPS = {
    BARE: "apps:wsgi_bare_wsgi",
    HOOKKIT: "bench.http_apps:hookkit",
    FAST: "bench.http_apps:hookkit_fast",
    "flask_tutorial": "apps:wsgi_flask_tutorial",
    "django_hmac_defaultmw": "apps:wsgi_django_hmac_defaultmw",
}
IN_QUICK = (BARE, HOOKKIT)
CONNECTIONS = 8
SECONDS = 2
"""Of each contender in each round."""
UP_WITHIN = 30.0


class Unfit(Exception):
    """A server did not start, or gave answers that are none of success."""


class Load(NamedTuple):
    """What wrk saw in one round. `failed`: answers that are none of success, and broken connections."""

    rate: float
    p50: float
    p99: float
    failed: int


class Servers(NamedTuple):
    """What serves, and how it is started."""

    name: str
    command: tuple[str, ...]
    at: str

    def start(self, app: str, port: int) -> list[str]:
        return [*self.command, self.at.format(port=port), app]


def _servers(name: str, options: str, at: str) -> Servers:
    return Servers(name, (sys.executable, "-m", name, *options.split(), "--log-level=error"), at)


GUNICORN = _servers(
    "gunicorn", "--no-control-socket --worker-class=sync --workers=1", "--bind=127.0.0.1:{port}"
)
GRANIAN = _servers(
    "granian", "--interface=wsgi --workers=1 --blocking-threads=1 --no-ws", "--port={port}"
)


def measure(effort: int) -> Section:
    section = Section("http", "Over HTTP")
    if shutil.which("wrk") is None:
        section.notes.append("wrk is not installed here: left out.\n")
        return section
    names = IN_QUICK if effort == QUICK else tuple(APPS)
    body = body_of(SIZES[SIZE])
    with _environment(body) as environment:
        for servers in (GUNICORN, GRANIAN):
            tell(f"http: {servers.name} …")
            ports = {name: free_port() for name in names}
            started = {
                name: (servers.start(APPS[name], ports[name]), ports[name]) for name in names
            }
            with all_up(started, environment):
                loads = in_rounds(ports, environment, 5)
            section.tables.append(_table(servers.name, loads))
            for name in names:
                figures = against(loads, name, BARE)
                section.figures[f"{servers.name}: requests/s, {name} / {BARE}"] = figures[0]
                section.figures[f"{servers.name}: p99, {name} / {BARE}"] = figures[1]
                rates = figure([each.rate for each in loads[name]])
                section.figures[f"{servers.name}: {name}, a second"] = rates
    return section


def _table(server: str, loads: Mapping[str, Sequence[Load]]) -> Table:
    table = Table(
        f"{SIZE} over {server}, one worker, {CONNECTIONS} connections",
        ("contender", "requests/s", "against bare WSGI", "p10 to p90", "p50 ms", "p99 ms"),
    )
    for name in sorted(loads, key=lambda name: -_medians(loads[name])[0]):
        rate, p50, p99 = _medians(loads[name])
        ratio, _ = against(loads, name, BARE)
        table.add(name, rate, ratio.median, spread(ratio), p50, p99)
    return table


def against(loads: Mapping[str, Sequence[Load]], name: str, base: str) -> tuple[Figure, Figure]:
    """Requests a second and p99, each over the base's in the same round."""
    pairs = list(zip(loads[name], loads[base], strict=True))
    rates = figure([ours.rate / theirs.rate for ours, theirs in pairs])
    return rates, figure([ours.p99 / theirs.p99 for ours, theirs in pairs])


def _medians(loads: Sequence[Load]) -> tuple[float, float, float]:
    columns: Rounds = {name: [] for name in ("rate", "p50", "p99")}
    for load in loads:
        for name, values in columns.items():
            values.append(getattr(load, name))
    rate, p50, p99 = (figure(values).median for values in columns.values())
    return rate, p50, p99


def in_rounds(
    ports: Mapping[str, int], environment: Mapping[str, str], rounds: int
) -> dict[str, list[Load]]:
    """Load each in every round, in an order that changes."""
    loads: dict[str, list[Load]] = {name: [] for name in ports}
    order = list(ports)
    shuffle = random.Random(1).shuffle
    for name in order:
        load(ports[name], environment, seconds=1)  # warms it up
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            loads[name].append(load(ports[name], environment))
            if loads[name][-1].failed:
                raise Unfit(f"{name}: {loads[name][-1]}")
    return loads


def load(
    port: int,
    environment: Mapping[str, str],
    seconds: int = SECONDS,
    script: Path = REFERENCE / "wrk_post.lua",
    path: str = PATH,
) -> Load:
    told = subprocess.run(
        [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds}s",
            "--latency",
            "-s",
            str(script),
            f"http://127.0.0.1:{port}{path}",
        ],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    line = next(line for line in told.splitlines() if line.startswith("RES "))
    count, microseconds, p50, p99, refused, broken = map(int, line.split()[1:])
    return Load(count / microseconds * 1e6, p50 / 1000, p99 / 1000, refused + broken)


@contextmanager
def _environment(body: bytes) -> Iterator[dict[str, str]]:
    """What servers and wrk are told."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "body"
        file.write_bytes(body)
        yield {
            "BODY_FILE": str(file),
            "SIG": "sha256=" + common.hexsig(body),
            "TOK": common.SECRET_S,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(REFERENCE)]),
        }


@contextmanager
def all_up(
    servers: Mapping[str, tuple[Sequence[str], int]],
    environment: Mapping[str, str],
    stderr: int | None = None,
) -> Iterator[None]:
    """Start these, by name a command and the port that it serves, and wait for them."""
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, (command, _) in servers.items():
            started[name] = subprocess.Popen(
                command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=stderr
            )
        for name, (_, port) in servers.items():
            _wait_for(port, started[name])
        yield
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            process.wait(20)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + UP_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Unfit(f"did not start: {process.args!r}")
