"""Start an application in its folder, send it a delivery, look for it, end it: of check-examples.sh.

python -m tools.check_example NAME FOLDER WHEEL
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zipfile import ZipFile

from tests.examples.support import free_port
from tools.applications import Settings, application, await_text, deliver

PATIENCE = 600
"""Seconds; the first start installs what is needed."""

FLAWS = re.compile(r"Traceback|^(WARNING|ERROR|CRITICAL):\w", re.MULTILINE)
"""A program's; pip, too, may warn, of this machine's configuration."""


def main() -> int:
    name, folder, wheel = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    shown = application(name)
    command = told(folder / "examples" / name / "README.md")
    began = time.monotonic()
    with shown.surroundings(folder) as given:
        settings = {**given, "PORT": str(free_port())}
        with started(command, folder, settings) as process:
            installed_from(wheel, folder / "examples" / name / ".venv")
            secrets = (folder / "examples" / name / ".env").read_text().splitlines()
            settings = dict(line.split("=", 1) for line in secrets if "=" in line) | settings
            deliver(next(shown.deliveries(settings)), settings)
            await_text(shown.seen(settings))
            # A terminal tells all that run in it.
            end(process, lambda: os.killpg(process.pid, signal.SIGINT))
        with started(command, folder, settings) as process:
            await_text(shown.seen(settings))
            end(process, process.terminate)
    print(f"{name}: `{shlex.join(command)}`, {time.monotonic() - began:.0f} s")
    return 0


def told(readme: Path) -> list[str]:
    """The command by which its README starts it."""
    (found,) = re.findall(r"^ {4}(python3 examples/run\.py .+)$", readme.read_text(), re.MULTILINE)
    return shlex.split(found)


@contextmanager
def started(
    command: list[str], folder: Path, settings: Settings
) -> Iterator[subprocess.Popen[bytes]]:
    """Run it until its port is open. What it has said must be no complaint, and is shown where we fail."""
    log = folder / "log.txt"
    try:
        with log.open("wb") as said:
            process = subprocess.Popen(
                command, cwd=folder, env=os.environ | settings, stdin=subprocess.DEVNULL,
                stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            await_port(int(settings["PORT"]), process)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert not FLAWS.search(log.read_text()), "it complains"
    except BaseException:
        print(log.read_text(), file=sys.stderr)
        raise


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE * 10):
        assert process.poll() is None, f"it ended with {process.returncode}"
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    raise AssertionError("it opens no port")


def installed_from(wheel: Path, environment: Path) -> None:
    """hookkit in that environment is what is in this wheel."""
    (packages,) = environment.glob("lib/python*/site-packages")
    with ZipFile(wheel) as archive:
        for each in archive.namelist():
            if each.startswith("hookkit/"):
                assert (packages / each).read_bytes() == archive.read(each), f"another {each}"


def end(process: subprocess.Popen[bytes], tell: Callable[[], None]) -> None:
    """It ends when it is told to, and leaves no process behind."""
    tell()
    code = process.wait(timeout=60)
    assert code in {0, 128 + signal.SIGINT, 128 + signal.SIGTERM}, f"it ended with {code}"
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 0)
        raise AssertionError("it left processes behind")


if __name__ == "__main__":
    sys.exit(main())
