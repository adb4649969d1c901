"""One build: a commit fetched into the folder of its branch, and a command run there."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

from hookkit import ConfigError

LONGEST_LOG = 10 * 1024 * 1024
"""Bytes; a build that writes more is ended."""

KEPT_LOGS = 200

KNOWN = ("PATH", "HOME", "LANG", "SSH_AUTH_SOCK")
"""What a build sees of our environment. The rest has our secrets."""

FETCH = """git init --quiet && git fetch --quiet --depth=1 -- "$REPO_URL" "$COMMIT" &&
git checkout --quiet --detach FETCH_HEAD"""

# Its input is a pipe from us, which ends when we do, however we do. Then all that it has started ends, too.
WITH_US = 'exec 3<&0; ((read _ <&3; kill -9 0) &); exec "$@" </dev/null 3<&-'


class Push(NamedTuple):
    branch: str
    commit: str


class NotFetched(Exception):
    """The commit could not be had; the inbox tries again."""


def setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigError(f"set the environment variable {name}; README.md says to what")
    return value


def number(name: str, least: float, most: float, default: str = "") -> float:
    """A setting that is a number in these bounds. Raises ConfigError."""
    value = os.environ.get(name) or default or setting(name)
    with suppress(ValueError):
        if least <= float(value) <= most:
            return float(value)
    raise ConfigError(f"{name}={value!r}: write a number from {least:g} to {most:g}")


DATA = Path(os.environ.get("DATA", Path(__file__).with_name("data"))).resolve()
LOGS, BRANCHES = DATA / "logs", DATA / "branches"
REPO_URL, BUILD_COMMAND = setting("REPO_URL"), setting("BUILD_COMMAND")
BUILD_SECONDS = number("BUILD_SECONDS", 1, 604800)

if re.match("https?://[^/]*@", REPO_URL):
    raise ConfigError("REPO_URL holds a secret, which builds would see: give that to git instead")
for folder in (LOGS, BRANCHES):
    folder.mkdir(parents=True, exist_ok=True)


def start(*command: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start a program that ends when this process does, even when that is killed."""
    shell = ["sh", "-c", WITH_US, "sh"]
    return subprocess.Popen(
        [*shell, *command], stdin=subprocess.PIPE, start_new_session=True, **options
    )


@contextmanager
def alone(branch: str) -> Iterator[Path]:
    """The folder of a branch, in which nobody else is: should its lease be lost, another waits here."""
    place = BRANCHES / sha256(branch.encode()).hexdigest()[:32]
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place


def build(push: Push, place: Path, receipt: int) -> str:
    """Gives how it ended; raises NotFetched."""
    until = time.monotonic() + BUILD_SECONDS
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for old in sorted(LOGS.iterdir(), key=lambda log: int(log.name))[:-KEPT_LOGS]:
        old.unlink(missing_ok=True)
    (LOGS / str(receipt)).unlink(missing_ok=True)  # of an attempt that was not finished
    told = {"BRANCH": push.branch, "COMMIT": push.commit, "REPO_URL": REPO_URL}
    told |= {name: os.environ[name] for name in KNOWN if name in os.environ}
    told["GIT_TERMINAL_PROMPT"] = "0"
    with (LOGS / str(receipt)).open("xb", buffering=0) as log:
        fetched = run(FETCH, place, told, log, until)
        if fetched == "failed":
            raise NotFetched(f"git does not get {push.commit}: the log says why")
        return run(BUILD_COMMAND, place, told, log, until) if fetched == "passed" else fetched


def run(script: str, place: Path, told: dict[str, str], log: IO[bytes], until: float) -> str:
    """Run it, and end it and all that it has started. Gives how it ended."""
    with start("sh", "-c", script, cwd=place, env=told, stdout=log, stderr=log) as process:
        try:
            while process.poll() is None:
                if time.monotonic() > until:
                    return "took too long"
                if os.fstat(log.fileno()).st_size > LONGEST_LOG:
                    return "said too much"
                time.sleep(0.05)
            return "failed" if process.returncode else "passed"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if os.fstat(log.fileno()).st_size > LONGEST_LOG:
                log.truncate(LONGEST_LOG)


def log_of(receipt: int, most: int = 100_000) -> str | None:
    """The end of a build's log, of so many bytes."""
    with suppress(FileNotFoundError), (LOGS / str(receipt)).open("rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - most))
        return log.read(most).decode(errors="replace")
    return None
