"""The two nearest packages, hookspool and knockerlite: durable receivers, over HTTP, in a run of their own.

They are installed into an environment of their own, under build/, from the registry that pip is set to.
What does not install is left out, and the page says so.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import SIZES, body_of, common
from bench.http import CONNECTIONS, PATH, SECONDS, Load, Unfit, all_up, free_port, load
from bench.progress import tell
from bench.results import Section, Table, spread
from bench.timing import Rounds, figure

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "build" / "bench-nearest"
SCRIPT = Path(__file__).with_name("wrk_deliveries.lua")
SIZE = "8 KiB"

HOOKKIT, HOOKSPOOL, KNOCKERLITE = "hookkit", "hookspool", "knockerlite"
PATHS = {HOOKSPOOL: "/hooks/github"}
PROMISES = {
    HOOKKIT: "`synchronous=FULL`: what is acknowledged survives a loss of power",
    HOOKSPOOL: "`synchronous=FULL`, too; one transaction for each request",
    KNOCKERLITE: "`synchronous=NORMAL`: the last that were acknowledged may be lost with the power",
}
GRANIAN = ("granian", "--interface=wsgi", "--workers=1", "--blocking-threads=8", "--no-ws")

SPOOL = """\
[intake]
listen = "127.0.0.1:{port}"
[limits]
min_free_bytes = 0
[destinations.sink]
type = "script"
argv = ["true"]
[bobbins.github]
bobbin = "github.repo"
secrets.secret = {{ file = "{secret}" }}
outputs = {{ "*" = "sink" }}
"""


def measure(effort: int) -> Section:
    section = Section("nearest", "The nearest packages")
    python = _environment() if shutil.which("wrk") else None
    if python is None:
        section.notes.append("This could not be installed here, or wrk is missing: left out.\n")
        return section
    installed = [name for name, module in MODULES.items() if _has(python, module)]
    missing = [name for name in MODULES if name not in installed]
    section.notes += [f"{name} could not be installed here: left out.\n" for name in missing]
    section.notes.append(
        "Each is set up as its own page says, with its worker in a process of its own, and receives a "
        "body of 8 KiB as another delivery of GitHub's each time. hookspool brings its own server; "
        "the others are served by granian with 8 threads.\n"
    )
    loads = _in_rounds(python, installed, 2 + effort)
    section.notes += [
        f"{name} did not run here: left out.\n" for name in set(installed) - set(loads)
    ]
    table = Table(
        f"{SIZE}, {CONNECTIONS} connections, this disk",
        (
            "package",
            "version",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "hookkit / it",
            "p10 to p90",
            "promise",
        ),
    )
    for name in loads:
        rates: Rounds = {each: [load.rate for load in loads[each]] for each in (HOOKKIT, name)}
        ratio = figure([a / b for a, b in zip(rates[HOOKKIT], rates[name], strict=True)])
        if name != HOOKKIT:
            section.figures[f"{CONNECTIONS} connections: hookkit / {name}"] = ratio
        table.add(
            name,
            _version(python, name),
            figure(rates[name]).median,
            figure([each.p50 for each in loads[name]]).median,
            figure([each.p99 for each in loads[name]]).median,
            ratio.median,
            spread(ratio),
            PROMISES[name],
        )
    section.tables.append(table)
    return section


MODULES = {HOOKKIT: "hookkit", HOOKSPOOL: "hookspool", KNOCKERLITE: "knocker"}


def _in_rounds(python: str, names: Sequence[str], rounds: int) -> dict[str, list[Load]]:
    """One after the other, from another one each time; those that do not run are left out."""
    loads: dict[str, list[Load]] = {name: [] for name in names}
    runs = count()
    for first in range(rounds):
        left = list(loads)
        for name in (left[(first + turn) % len(left)] for turn in range(len(left))):
            try:
                loads[name].append(_load(python, name, runs))
            except (Unfit, subprocess.SubprocessError) as error:
                if name == HOOKKIT:
                    raise
                tell(f"nearest: {error}")
                del loads[name]
    return loads


def _load(python: str, name: str, runs: Iterator[int]) -> Load:
    """On a fresh file, and with nobody else up."""
    with TemporaryDirectory(dir=_disk()) as folder, ExitStack() as stack:
        told = _told(Path(folder), body_of(SIZES[SIZE]))
        port = stack.enter_context(_up(python, name, Path(folder), told))
        for seconds in (1, SECONDS):  # the first warms it up
            told["RUN"] = f"run{next(runs)}"
            found = load(port, told, seconds, SCRIPT, PATHS.get(name, PATH))
        if found.failed:
            raise Unfit(f"{name}: {found}")
        # A disk may stall for all of that time: then it was less than one.
        return found._replace(rate=max(found.rate, 1 / SECONDS))


def _told(folder: Path, body: bytes) -> dict[str, str]:
    file = folder / "body"
    file.write_bytes(body)
    return {
        "BODY_FILE": str(file),
        "SIG": "sha256=" + common.hexsig(body),
        "FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "bench" / "reference")]),
    }


@contextmanager
def _up(python: str, name: str, folder: Path, told: Mapping[str, str]) -> Iterator[int]:
    """Its server and its worker; gives the port."""
    port = free_port()
    if name == HOOKSPOOL:
        secret = folder / "secret"
        secret.write_text(common.SECRET_S)
        secret.chmod(0o600)
        (folder / "config.toml").write_text(SPOOL.format(port=port, secret=secret))
        spool = [python, "-m", "hookspool", "--home", str(folder)]
        subprocess.run(
            [*spool, "migrate"], env={**os.environ, **told}, check=True, stdout=subprocess.DEVNULL
        )
        server, worker = [*spool, "intake"], [*spool, "dispatch"]
    else:
        app, worker = APPS[name]
        server = [python, "-m", *GRANIAN, f"--port={port}", "--log-level=error", app]
        worker = [python, "-m", *worker]
    with all_up({name: (server, port)}, told, stderr=subprocess.DEVNULL):
        process = subprocess.Popen(
            worker,
            env={**os.environ, **told},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield port
        finally:
            process.terminate()
            process.wait(20)


APPS = {
    HOOKKIT: (
        "bench.nearest_apps:hookkit_app",
        ["hookkit", "worker", "bench.nearest_apps:inbox"],
    ),
    KNOCKERLITE: ("bench.nearest_apps:knocker_app", ["bench.nearest_apps"]),
}


def _environment() -> str | None:
    """The Python of an environment that has what can be installed; none where nothing can."""
    base = _newest()
    python = PLACE / "bin" / "python"
    tell(f"nearest: installing with {base} …")
    if not python.exists():
        made = subprocess.run([base, "-m", "venv", "--clear", str(PLACE)], check=False)
        if made.returncode:
            return None
    for what in (["granian", "--editable", str(ROOT)], ["hookspool"], ["knockerlite"]):
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *what], check=False)
    return str(python) if _has(str(python), "granian") else None


def _newest() -> str:
    """knockerlite wants Python 3.12; candidates are run, as a version manager's may not work."""
    named = [found for minor in (14, 13, 12) if (found := shutil.which(f"python3.{minor}"))]
    kept = sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python3"), reverse=True)
    for candidate in (*named, *map(str, kept)):
        if (
            subprocess.run(
                [candidate, "-c", "import venv"], capture_output=True, check=False
            ).returncode
            == 0
        ):
            return candidate
    return sys.executable


def _has(python: str, module: str) -> bool:
    ran = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return ran.returncode == 0


def _version(python: str, name: str) -> str:
    asked = f"from importlib.metadata import version; print(version({name!r}))"
    return subprocess.run(
        [python, "-c", asked], capture_output=True, check=True, text=True
    ).stdout.strip()


def _disk() -> str | None:
    return "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108  # /tmp may be memory
