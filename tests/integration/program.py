"""The processes that the kill tests kill: a server, a worker, or both in one; forked from a loaded one.

`python -m tests.integration.program FOLDER SOCKET` reads orders from its input, one JSON object a line,
and answers each with a line: {"start": role, …} with "born PID", {"end": PID, "signal": N} with
"dead PID STATUS".
When its input ends, it kills what is left and ends itself.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from hookkit import Backoff, Event, Inbox, Receiver, providers
from hookkit.marks import first_time
from tests.integration.barriers import (
    BARRIER,
    SKIP,
    Journal,
    WatchedApp,
    barrier,
    say,
    watched_inbox,
)

SECRET = "a secret that nobody guesses"
LEASE = 1.0
ATTEMPTS = 10
POISON_ATTEMPTS = 3


class Payments:
    """The user's part: a handler that books into a database of its own, and says what it does."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._path = str(folder / "payments.db")
        self._journal = journal

    def book(self, event: Event) -> str:
        told = str(event.delivery_id)
        self._journal.write("begin", told, os.getpid(), event.attempt)
        barrier("F6", told)
        with closing(sqlite3.connect(self._path, timeout=60)) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            if first_time(event, connection):
                connection.execute("INSERT INTO payments VALUES (?)", (told,))
            barrier("F6 in its transaction", told)
        self._journal.write("end", told, os.getpid(), event.attempt)
        return "booked"

    def die(self, event: Event) -> None:
        """Takes its whole process along."""
        self._journal.write("begin", event.delivery_id, os.getpid(), event.attempt)
        os.kill(os.getpid(), signal.SIGKILL)


def build(folder: Path, ack: str) -> tuple[Receiver, Inbox]:
    """The receiver of a process, over the files in this folder."""
    journal = Journal(folder / "journal")
    payments = Payments(folder, journal)
    inbox = watched_inbox(
        (folder / "url").read_text(),
        journal,
        lease=LEASE,
        backoff=Backoff(attempts=ATTEMPTS, first=0.05),
    )
    receiver = Receiver(providers.github, secret=SECRET, inbox=inbox, ack=ack)
    receiver.on("push", name="book")(payments.book)
    receiver.on(
        "ping", name="die", backoff=Backoff(attempts=POISON_ATTEMPTS, first=0.05), ack="accepted"
    )(payments.die)
    return receiver, inbox


class Server(ThreadingMixIn, WSGIServer):
    """The standard library's, with a thread for each request, on a socket that outlives it."""

    daemon_threads = True

    def __init__(self, listening: socket.socket, app: Any) -> None:
        super().__init__(("127.0.0.1", 0), _Quiet, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_name, self.server_port = listening.getsockname()[:2]
        self.setup_environ()
        self.set_app(app)

    def handle_error(self, *_: object) -> None:
        pass  # a client that did not wait


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def serve(folder: Path, listening: socket.socket, ack: str, threads: int = 0) -> None:
    receiver, inbox = build(folder, ack)
    if threads:
        inbox.start(threads)
    Server(listening, WatchedApp(receiver)).serve_forever()


def work(folder: Path, threads: int) -> None:
    _, inbox = build(folder, "accepted")
    inbox.work(threads)
    signal.pause()


def run(order: dict[str, Any], folder: Path, listening: socket.socket) -> None:
    """One role, until it is killed."""
    os.environ[BARRIER] = order.get("barrier", "")
    os.environ[SKIP] = str(order.get("skip", 0))
    if order["start"] == "server":
        serve(folder, listening, order["ack"])
    elif order["start"] == "worker":
        work(folder, order.get("threads", 2))
    else:
        serve(folder, listening, order["ack"], threads=2)


def _fork(order: dict[str, Any], folder: Path, listening: socket.socket) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.close(0)
    try:
        run(order, folder, listening)
    finally:
        os._exit(70)  # it should have been killed


def main() -> None:
    folder, listening = Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    alive: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "start" in order:
            pid = _fork(order, folder, listening)
            alive.add(pid)
            say(f"born {pid}")
        else:
            if order["signal"]:
                os.kill(order["end"], order["signal"])
            _, status = os.waitpid(order["end"], 0)
            alive.discard(order["end"])
            say(f"dead {order['end']} {os.waitstatus_to_exitcode(status)}")
    for pid in alive:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
