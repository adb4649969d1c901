"""Commands in processes of their own, each a fork of one that has imported all that they need.

An import takes most of a command's time, and tests run some hundreds of them. Those of `test_docs`
and `test_terminal`, and all that a signal ends, are started as a shell would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import hookkit
from hookkit import providers
from hookkit.cli import COMMANDS, main, workbench
from hookkit.testing import samples

__all__ = ["Forks", "forks"]

LOADED = (COMMANDS, samples, workbench, *(getattr(providers, name) for name in providers.names()))


class Forks:
    """The process that waits for orders, at two pipes."""

    def __init__(self, orders: IO[str], statuses: IO[str]) -> None:
        self._orders = orders
        self._statuses = statuses

    def run(self, words: Sequence[str], folder: Path, streams: Path, env: Mapping[str, str]) -> int:
        """Exit status of ``hookkit WORDS`` in a folder.

        In the folder `streams` are its input, as `0`; its output, as `1`; its errors, as `2`.
        """
        order = {"words": words, "folder": f"{folder}", "streams": f"{streams}", "env": {**env}}
        self._orders.write(f"{json.dumps(order)}\n")
        self._orders.flush()
        return int(self._statuses.readline())


@contextmanager
def forks() -> Iterator[Forks]:
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdin
        assert process.stdout
        yield Forks(process.stdin, process.stdout)


def _serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            words = _become(**json.loads(line))
            sys.exit(main(words))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(words: list[str], folder: str, streams: str, env: dict[str, str]) -> list[str]:
    """Be as `python -m hookkit` would, started in that folder with those streams and variables."""
    for number, flags in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        os.dup2(os.open(Path(streams, f"{number}"), flags), number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, errors="backslashreplace")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = [f"{Path(hookkit.__file__).with_name('__main__.py')}", *words]
    return words


if __name__ == "__main__":
    _serve()
