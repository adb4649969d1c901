"""An inbox under real servers: where its threads start, how they end, and what is left for the next start."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from hookkit import Request, Verifier, providers
from tests.integration.striking import wait_until

PATIENCE = 90.0
SECRET = "a secret that nobody guesses"

PROGRAM = f"""
import asyncio
import atexit
import contextlib
import os
import pathlib
import threading
import time

from hookkit import Inbox, Receiver, providers
from hookkit.inbox.sqlite import SQLiteStore

STORE = os.environ.get("STORE_WAIT")
inbox = Inbox(SQLiteStore("hooks.db", wait=float(STORE)) if STORE else "sqlite:///hooks.db")
hooks = Receiver(providers.github, secret={SECRET!r}, inbox=inbox)
journal = os.open("journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def workers():
    return sum(thread.name.startswith("hookkit-worker") for thread in threading.enumerate())


def say(*words):
    os.write(journal, (" ".join(map(str, words)) + "\\n").encode())


@hooks.on("push", name="book")
def book(event):
    say("began", event.delivery_id, os.getpid(), event.attempt)
    while pathlib.Path("hold").exists() and not pathlib.Path(f"go-{{event.delivery_id}}").exists():
        time.sleep(0.01)
    say("ended", event.delivery_id, os.getpid(), event.attempt)


if "ACCEPT_ONLY" not in os.environ:
    inbox.start(threads=2)
say("loaded", os.getpid(), workers())
atexit.register(lambda: say("leaving", os.getpid(), workers()))


def page(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{{os.getpid()}} {{workers()}}".encode()]


application = hooks.wrap(page, path="/hooks")


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["path"] == "/hooks":
        await hooks.asgi(scope, receive, send)
    else:
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        body = f"{{os.getpid()}} {{workers()}}".encode()
        await send({{"type": "http.response.body", "body": body}})


async def lifespan(receive, send):
    while (await receive())["type"] != "lifespan.shutdown":
        await send({{"type": "lifespan.startup.complete"}})
    say("leaving", os.getpid(), workers())
    await asyncio.to_thread(inbox.stop)  # uvicorn ends by a signal, after which nothing is run at exit
    await send({{"type": "lifespan.shutdown.complete"}})
"""

WERKZEUG = """
import signal, sys
from werkzeug.serving import make_server
from shop_hooks import application

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
make_server("127.0.0.1", 0, application, threaded=True, fd={fd}).serve_forever()
"""
"""As run_simple does, which takes no socket; and it ends by Ctrl-C alone, unless it is told to."""

GUNICORN = (
    "-m",
    "gunicorn",
    "--no-control-socket",
    "--bind=fd://{fd}",
    "--workers=2",
    "shop_hooks:application",
)

GUNICORN_HOOKS = """
def post_worker_init(worker):
    with open("journal", "a") as journal:
        journal.write(f"ready {worker.pid}\\n")
"""
"""Says when a process knows SIGTERM; one that is told to end before that is waited for in vain."""

SERVERS = {
    "gunicorn, sync": (*GUNICORN, "--preload"),
    "gunicorn, gthread": (*GUNICORN, "--worker-class=gthread", "--threads=4"),
    "uvicorn": ("-m", "uvicorn", "--fd={fd}", "--log-level=warning", "shop_hooks:asgi"),
    "werkzeug": ("-c", WERKZEUG),
}

CLEAN = {"uvicorn": -signal.SIGTERM}
"""Exit status after SIGTERM, where it is not 0."""


class Shop:
    """A folder with the program, its inbox and its journal, and the processes that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "shop_hooks.py").write_text(PROGRAM)
        (folder / "gunicorn.conf.py").write_text(GUNICORN_HOOKS)
        self._verifier = Verifier(providers.github, secret=SECRET)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listening.getsockname()[1]
        self._log = (folder / "log").open("ab")
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """A Python program, in whose arguments ``{fd}`` is the socket."""
        fd = self._listening.fileno()
        ready = len(self.said("ready"))
        process = subprocess.Popen(
            [sys.executable, *(each.replace("{fd}", str(fd)) for each in arguments)],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": self._path()} | environment,
            pass_fds=[fd],
            stderr=self._log,
        )
        self._running.append(process)
        if "gunicorn" in arguments:
            wait_until(lambda: len(self.said("ready")) >= ready + 2, "both processes are ready")
        return process

    def _path(self) -> str:
        return os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")])

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
                process.wait()
        self._listening.close()
        self._log.close()
        # Shown where a test fails.
        sys.stderr.write((self.folder / "log").read_text())

    def ask(self, method: str, path: str, request: Request) -> http.client.HTTPResponse:
        """The answer, read already."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with closing(connection):
            connection.request(method, path, request.body, dict(request.headers.items()))
            response = connection.getresponse()
            response.text = response.read().decode()
            return response

    def page(self) -> tuple[int, int]:
        """Process and number of worker threads of whoever serves another route."""
        pid, workers = self.ask("GET", "/", Request()).text.split()
        return int(pid), int(workers)

    def send(self, told: str) -> http.client.HTTPResponse:
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": told,
        }
        body = json.dumps({"told": told}).encode()
        signed = self._verifier.sign(Request("POST", headers, body))
        return self.ask("POST", "/hooks", signed)

    def said(self, what: str) -> list[list[str]]:
        """The journal's lines that begin with this word, less that."""
        try:
            lines = (self.folder / "journal").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [line.split()[1:] for line in lines if line.split()[0] == what]

    def ids(self, what: str) -> list[str]:
        return sorted(words[0] for words in self.said(what))

    def works(self) -> dict[str, int]:
        """What is in the store, by state; what is not expanded counts as waiting."""
        with closing(sqlite3.connect(self.folder / "hooks.db")) as connection:
            found = dict(connection.execute("SELECT state, count(*) FROM works GROUP BY state"))
            ((accepted,),) = connection.execute(
                "SELECT count(*) FROM deliveries WHERE state = 'accepted'"
            )
        return {"done": found.get("done", 0), "waiting": found.get("waiting", 0) + accepted}


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    yield shop
    shop.close()


def _end(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=PATIENCE)


every_server = pytest.mark.parametrize("server", SERVERS)


@every_server
def test_deliveries_are_handled(shop, server):
    """By threads that start with the first delivery, in the process that accepted it."""
    process = shop.start(*SERVERS[server])
    assert shop.page()[1] == 0
    ids = [f"d-{number:02}" for number in range(20)]
    assert [shop.send(told).status for told in ids] == [200] * 20
    wait_until(lambda: shop.ids("ended") == ids, "all are handled")
    assert {workers for _, workers in shop.said("loaded")} == {"0"}
    if "preload" in SERVERS[server][-1]:
        assert len(shop.said("loaded")) == 1
        assert str(process.pid) not in {pid for _, pid, _ in shop.said("ended")}
        assert len(list(Path(f"/proc/{process.pid}/task").iterdir())) == 1
    assert _end(process) == CLEAN.get(server, 0)
    assert shop.ids("began") == ids
    wait_until(lambda: shop.works() == {"done": 20, "waiting": 0}, "all ends are recorded")


@every_server
def test_the_end_of_a_server_is_orderly(shop, server):
    """What runs may end, nothing more is begun, and the next start does what is left, each once."""
    hold = shop.folder / "hold"
    hold.touch()
    process = shop.start(*SERVERS[server])
    ids = [f"d-{number:02}" for number in range(12)]
    assert [shop.send(told).status for told in ids] == [200] * 12
    wait_until(lambda: shop.said("began"), "some are begun")
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: shop.said("leaving"), "it is about to end")
    _let_end(shop, process)
    assert process.returncode == CLEAN.get(server, 0)
    assert shop.ids("began") == shop.ids("ended")
    left = shop.works()
    assert left["done"] == len(shop.ids("ended"))
    assert left["done"] + left["waiting"] == 12
    assert left["waiting"] > 0

    hold.unlink()
    again = shop.start(*SERVERS[server])
    assert shop.send("d-12").status == 200
    wait_until(lambda: shop.ids("ended") == [*ids, "d-12"], "all are handled")
    assert {attempt for _, _, attempt in shop.said("began")} == {"1"}
    assert _end(again) == CLEAN.get(server, 0)


def _let_end(shop: Shop, process: subprocess.Popen[bytes]) -> None:
    """Let what has begun end, each by its name, until the server has ended."""
    ending = time.monotonic() + PATIENCE
    while process.poll() is None:
        for told in shop.ids("began"):
            (shop.folder / f"go-{told}").touch()
        assert time.monotonic() < ending
        time.sleep(0.01)


@every_server
def test_what_was_only_accepted_is_there_for_the_next_start(shop, server):
    """Whoever works then: here the process of a server that only accepts ends first."""
    first = shop.start(*SERVERS[server], ACCEPT_ONLY="1")
    assert [shop.send(f"d-{number}").status for number in range(3)] == [200] * 3
    assert _end(first) == CLEAN.get(server, 0)
    assert shop.works() == {"done": 0, "waiting": 3}
    second = shop.start(*SERVERS[server])
    assert shop.send("d-1").status == 200  # known, and wakes the threads all the same
    wait_until(lambda: shop.ids("ended") == ["d-0", "d-1", "d-2"], "all are handled, once")
    assert _end(second) == CLEAN.get(server, 0)


def test_a_loop_goes_on_while_the_store_is_locked(shop):
    """Another route is served at once; deliveries wait, and are 503 in the end, to come again."""
    process = shop.start(*SERVERS["uvicorn"], STORE_WAIT="3", ACCEPT_ONLY="1")
    assert shop.send("d-before").status == 200
    replies: dict[str, http.client.HTTPResponse] = {}

    def send(told: str) -> None:
        replies[told] = shop.send(told)

    with closing(sqlite3.connect(shop.folder / "hooks.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        threads = [threading.Thread(target=send, args=(f"d-{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        served = 0
        while any(thread.is_alive() for thread in threads):
            assert shop.page()
            served += 1
        holder.execute("ROLLBACK")
    # Were the loop blocked, the first page would have come with the last reply.
    assert served > 10
    assert {reply.status for reply in replies.values()} == {503}
    assert {reply.getheader("Retry-After") for reply in replies.values()} == {"10"}
    assert [shop.send(told).status for told in replies] == [200] * 8
    assert shop.works() == {"done": 0, "waiting": 9}
    assert _end(process) == CLEAN["uvicorn"]


def test_a_worker_beside_a_server(shop):
    """It does what the server accepts; SIGTERM lets it end what runs, and leaves the rest to the next."""
    worker_command = ("-m", "hookkit", "worker", "shop_hooks:inbox", "--threads=2")
    hold = shop.folder / "hold"
    hold.touch()
    server = shop.start(*SERVERS["gunicorn, sync"], ACCEPT_ONLY="1")
    worker = shop.start(*worker_command)
    ids = [f"d-{number}" for number in range(6)]
    assert [shop.send(told).status for told in ids] == [200] * 6
    wait_until(lambda: len(shop.said("began")) == 2, "as many as it has threads are begun")
    assert {pid for _, pid, _ in shop.said("began")} == {str(worker.pid)}
    worker.send_signal(signal.SIGTERM)
    assert shop.send("d-6").status == 200
    _let_end(shop, worker)
    assert worker.returncode == 0
    assert shop.ids("began") == shop.ids("ended")
    hold.unlink()
    next_worker = shop.start(*worker_command)
    wait_until(lambda: shop.ids("ended") == [*ids, "d-6"], "all are handled")
    assert {attempt for _, _, attempt in shop.said("began")} == {"1"}
    assert [_end(next_worker), _end(server)] == [0, 0]
    assert shop.works() == {"done": 7, "waiting": 0}
