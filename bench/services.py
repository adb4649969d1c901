"""A Redis and a Postgres of the benchmark's own, in a folder, gone after it."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis

from bench.http import free_port

UP_WITHIN = 30.0


@contextmanager
def redis_server(folder: Path) -> Iterator[int | None]:
    """The port of one that syncs before it answers; ``None`` where Redis is not installed."""
    server = shutil.which("redis-server")
    if server is None:
        print("no Redis: left out", file=sys.stderr)
        yield None
        return
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    options += ["--appendonly", "yes", "--appendfsync", "always"]
    with _running([server, *options]) as process:
        client = redis.Redis(port=port)
        _wait(process, client.ping, redis.ConnectionError)
        yield port


@contextmanager
def postgres_server(folder: Path) -> Iterator[str | None]:
    """A URL of a database with every default that matters; ``None`` where there is no Postgres."""
    programs = _postgres_programs()
    if programs is None:
        print("no Postgres: left out", file=sys.stderr)
        yield None
        return
    home = folder / "postgres"
    home.mkdir()
    # Postgres refuses to run as root.
    asked: list[str] = []
    if os.getuid() == 0:
        asked = ["setpriv", f"--reuid={_other_user()}", "--regid=nogroup", "--clear-groups"]
        folder.chmod(0o755)
        shutil.chown(home, _other_user())
    data, user = str(home / "data"), "bench"
    subprocess.run(
        [*asked, programs / "initdb", "-D", data, "-U", user, "-A", "trust", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=home,
    )
    options = ["-D", data, "-k", str(home), "-c", "listen_addresses=", "-c", "max_wal_size=4GB"]
    url = f"postgresql://{user}@/postgres?host={home}"
    log = home / "log"
    with (
        log.open("wb") as lines,
        _running([*asked, str(programs / "postgres"), *options], cwd=home, stderr=lines) as process,
    ):
        _wait(process, lambda: psycopg.connect(url).close(), psycopg.OperationalError)
        yield url


def _postgres_programs() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    found = shutil.which("initdb")
    programs = [*versions, *([Path(found)] if found else [])]
    return programs[-1].resolve().parent if programs else None


def _version(program: Path) -> int:
    return int(program.parent.parent.name)


def _other_user() -> str:
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


@contextmanager
def _running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, **options) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)  # for Postgres: at once
            process.wait(30)


def _wait(
    process: subprocess.Popen[bytes], knock: Callable[[], object], absent: type[Exception]
) -> None:
    until = time.monotonic() + UP_WITHIN
    while True:
        try:
            knock()
        except absent:
            if time.monotonic() > until or process.poll() is not None:
                raise
            time.sleep(0.05)
        else:
            return
