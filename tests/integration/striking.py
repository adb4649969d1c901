"""The kill tests' side: starts and kills processes, sends as a provider does, and counts after all."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import queue
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

import psycopg

from hookkit import Request, Verifier, providers
from hookkit.marks import ddl
from tests.integration.barriers import ID
from tests.integration.program import SECRET

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds; whoever waits for longer waits for something that does not come."""


class Nursery:
    """Processes to kill, in one folder and behind one socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.killed: set[int] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listening.getsockname()[1]
        number = self._listening.fileno()
        self._log = (folder / "log").open("ab")
        self._mother = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.program", str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
            cwd=ROOT,
            pass_fds=[number],
        )
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._kept: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._mother.stdout:
            self._said.put(line.strip())

    def _wait_for(self, beginning: str) -> list[str]:
        """The words of the line that begins like this; what comes before it is kept."""
        ending = time.monotonic() + PATIENCE
        while True:
            for line in self._kept:
                if line.startswith(beginning):
                    self._kept.remove(line)
                    return line.removeprefix(beginning).split()
            try:
                self._kept.append(self._said.get(timeout=max(0.0, ending - time.monotonic())))
            except queue.Empty:
                log = (self.folder / "log").read_text()[-3000:]
                raise AssertionError(f"nothing says {beginning!r}: {self._kept}\n{log}") from None

    def _order(self, **order: object) -> None:
        self._mother.stdin.write(json.dumps(order) + "\n")

    def start(self, role: str, **order: object) -> int:
        """Another process, and its id."""
        self._order(start=role, **order)
        return int(self._wait_for("born ")[0])

    def struck(self, pid: int, name: str) -> list[str]:
        """Kill it where it waits at this barrier. The ids of the deliveries that it was at."""
        ids = self._wait_for(f"at {name} {pid} ".rstrip())
        self.kill(pid)
        return ids

    def kill(self, pid: int) -> None:
        self.killed.add(pid)
        assert self.end(pid, signal.SIGKILL) == -signal.SIGKILL

    def end(self, pid: int, number: int = 0) -> int:
        """Send it this signal, if any, and wait. Its exit status."""
        self._order(end=pid, signal=number)
        return int(self._wait_for(f"dead {pid} ")[0])

    def is_dead(self, pid: int) -> bool:
        """Whether it has ended; it is the other's child, so that is asked of the system."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        return state == "Z"

    def close(self) -> None:
        self._mother.stdin.close()
        self._mother.wait(timeout=PATIENCE)
        self._reader.join()
        self._mother.stdout.close()
        self._listening.close()
        self._log.close()


@contextmanager
def nursery(folder: Path, url: str) -> Iterator[Nursery]:
    """A nursery over an empty ledger, whose inbox is at this URL."""
    (folder / "url").write_text(url)
    with closing(sqlite3.connect(folder / "payments.db")) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(ddl("sqlite"))
        connection.execute("CREATE TABLE payments (id TEXT)")
    made = Nursery(folder)
    try:
        yield made
    finally:
        made.close()


class Traffic:
    """A provider: sends deliveries, and each again until it is acknowledged; some twice all the same."""

    CLIENTS = 4
    WAIT = 0.15
    """Seconds until what failed is sent again."""

    def __init__(self, port: int, *, event: str = "push") -> None:
        self._port = port
        self._event = event
        self._verifier = Verifier(providers.github, secret=SECRET)
        self._numbers = itertools.count(1)
        self._again: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        self._paused = threading.Event()
        self._ending = False
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.tries: Counter[str] = Counter()
        self._threads = [threading.Thread(target=self._send_on) for _ in range(self.CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending = True
        for thread in self._threads:
            thread.join()

    def finish(self) -> None:
        """Nothing new; wait until all of it is acknowledged, and then send each once more."""
        self._paused.set()
        wait_until(lambda: self.acknowledged == self.sent, "everything is acknowledged")
        self._ending = True
        for thread in self._threads:
            thread.join()
        for told in sorted(self.sent)[-20:]:
            assert self.post(told) == 200

    def _send_on(self) -> None:
        while not self._ending:
            told = self._next()
            if told is None:
                time.sleep(0.01)
                continue
            if self.post(told) == 200:
                self.acknowledged.add(told)
            else:
                with self._lock:
                    self._again.append((time.monotonic() + self.WAIT, told))

    def _next(self) -> str | None:
        with self._lock:
            if self._again and self._again[0][0] <= time.monotonic():
                return self._again.pop(0)[1]
            if self._paused.is_set() or len(self._again) > 100:
                return None
            if self.acknowledged and random.random() < 0.1:
                return random.choice(list(self.acknowledged))
            told = f"d-{next(self._numbers):06}"
            self.sent.add(told)
            return told

    def post(self, told: str) -> int:
        """Send it once. The status, or 0 where there was no answer."""
        with self._lock:
            self.tries[told] += 1
        given = {
            "Content-Type": "application/json",
            "X-GitHub-Event": self._event,
            "X-GitHub-Delivery": told,
        }
        signed = self._verifier.sign(Request("POST", given, b'{"ref": "%s"}' % told.encode()))
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("POST", "/", signed.body, dict(signed.headers.items()))
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return 0
        else:
            return response.status
        finally:
            connection.close()


class Ledger:
    """What stands in a folder's files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._url = (folder / "url").read_text()

    def ask(self, statement: str) -> list[tuple]:
        """Rows of the inbox; its tables are in braces."""
        if self._url.startswith("sqlite"):
            path = self._url.removeprefix("sqlite:///")
            return self._ask_file(path, re.sub(r"{(\w+)}", r"\1", statement))
        with psycopg.connect(self._url) as connection:
            return connection.execute(re.sub(r"{(\w+)}", r"hookkit_\1", statement)).fetchall()

    def _ask_file(self, path: str, statement: str) -> list[tuple]:
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
            return connection.execute(statement).fetchall()

    def rows(self, told: str) -> int:
        assert ID.fullmatch(told)
        return self.ask(f"SELECT count(*) FROM {{deliveries}} WHERE delivery_id = '{told}'")[0][0]

    def runs(self, told: str) -> list[int]:
        """The attempts that began, by their numbers."""
        return [int(words[3]) for words in self.journal() if words[:2] == ["begin", told]]

    def dead(self) -> int:
        return self.ask("SELECT count(*) FROM {works} WHERE state = 'dead'")[0][0]

    def done(self) -> int:
        return self.ask("SELECT count(*) FROM {works} WHERE state = 'done'")[0][0]

    def wait_until_settled(self) -> None:
        def settled() -> bool:
            waiting = self.ask(
                "SELECT (SELECT count(*) FROM {works} WHERE state = 'waiting')"
                " + (SELECT count(*) FROM {deliveries} WHERE state = 'accepted')"
            )
            return waiting == [(0,)]

        wait_until(settled, "nothing waits any more")

    def journal(self) -> list[list[str]]:
        with suppress(FileNotFoundError):
            return [line.split() for line in (self._folder / "journal").read_text().splitlines()]
        return []

    def check(self, accepted: set[str], killed: set[int]) -> None:
        """Each of these is handled, in one row, and run again only where a kill had interrupted it."""
        self._check_rows(accepted)
        begun: dict[str, list[tuple[int, int]]] = defaultdict(list)
        recorded: set[str] = set()
        ended: set[str] = set()
        for what, told, pid, *attempt in self.journal():
            if what == "begin":
                assert told not in recorded, f"{told} ran again after its completion was recorded"
                begun[told].append((int(pid), int(attempt[0])))
            elif what == "end":
                ended.add(told)
            else:
                recorded.add(told)
        assert accepted <= ended
        for told, runs in begun.items():
            interrupted = [pid for pid, _ in runs[:-1]]
            assert set(interrupted) <= killed, f"{told} ran {len(runs)} times with no kill"
            attempts = [attempt for _, attempt in runs]
            assert attempts == sorted(set(attempts)), f"attempts of {told} are {attempts}"
        # With `first_time` in the handler's own transaction: once, whatever happened.
        booked = Counter(
            told
            for (told,) in self._ask_file(
                str(self._folder / "payments.db"), "SELECT id FROM payments"
            )
        )
        assert set(booked.values()) <= {1}
        assert set(booked) == ended

    def _check_rows(self, accepted: set[str]) -> None:
        rows = dict(self.ask("SELECT delivery_id, count(*) FROM {deliveries} GROUP BY delivery_id"))
        assert rows == dict.fromkeys(accepted, 1)
        for table, state in (("deliveries", "expanded"), ("events", "done"), ("works", "done")):
            counted = self.ask(f"SELECT state, count(*) FROM {{{table}}} GROUP BY state")
            assert counted == [(state, len(accepted))]


def wait_until(condition: object, what: str) -> None:
    ending = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ending, f"not so in time: {what}"
        time.sleep(0.01)


def strikes(normal: int) -> int:
    """How often to strike: more where there is time."""
    return 5 * normal if os.environ.get("CI_LONG") else normal
