"""What may happen to a Postgres, and to the connection to it (F12): no answer is wrong, and it recovers."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest

from hookkit import Backoff, Inbox, Receiver, Request, providers
from hookkit.errors import ConfigError, InboxError
from hookkit.inbox.postgres import PostgresStore
from hookkit.testing.contracts.base import arrival, events
from tests.postgres import schema

PATIENCE = 120.0


@pytest.fixture
def url() -> Iterator[str]:
    with schema() as url:
        # Its backends have a name of their own, by which they are ended.
        yield f"{url}&application_name={uuid4().hex}"


@pytest.fixture
def store(url) -> Iterator[PostgresStore]:
    made = PostgresStore(url, wait=1.0)
    made.open()
    yield made
    made.close()


def accept(store, key: str):
    return store.submit(arrival([key])).result()[0]


def rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT count(*) FROM hookkit_deliveries").fetchone()[0]


def end_all_backends(url: str) -> int:
    """But our own."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')"
        ).fetchone()[0]


def test_dead_connections_are_replaced(store, url):
    """Each time, and nobody hears of it: nothing was done over them yet."""
    for round_ in range(3):
        with ThreadPoolExecutor(8) as pool:  # all the connections that there may be
            list(pool.map(lambda n, at=round_: accept(store, f"{at} {n}"), range(16)))
        assert end_all_backends(url) > 0
        assert not accept(store, f"after {round_}").duplicate
        assert store.claim([("acme", "app:greet")], "w", 60) is not None
    assert rows(url) == 3 * 17


def test_a_lock_is_waited_for_and_no_longer(store, url):
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE hookkit_known")
        began = time.monotonic()
        with pytest.raises(InboxError, match="lock timeout"):
            accept(store, "a")
        assert time.monotonic() - began < 20
    assert not accept(store, "a").duplicate
    assert rows(url) == 1


class Proxy:
    """Between a store and its Postgres: cuts a connection that commits a delivery, if told to.

    Attributes:
        cut: ``before`` the server hears of it, or ``after`` it has answered.
        at: what is in the message that commits.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.cut: str | None = None
        self.at = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                Link(self, client, server)

    def close(self) -> None:
        self._listening.close()


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._muted = False
        self._answered = threading.Event()
        for pump in (self._forth, self._back):
            threading.Thread(target=pump, daemon=True).start()

    def _forth(self) -> None:
        accepts = False
        with contextlib.suppress(OSError):
            while data := self._client.recv(65536):
                accepts = accepts or b"INSERT INTO hookkit_deliveries" in data
                if accepts and self._proxy.at in data and self._proxy.cut is not None:
                    if self._proxy.cut == "after":
                        self._muted = True
                        self._server.sendall(data)
                        self._answered.wait(PATIENCE)
                    self._proxy.cut = None
                    break
                self._server.sendall(data)
        self._shut()

    def _back(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._server.recv(65536):
                if self._muted:
                    self._answered.set()
                else:
                    self._client.sendall(data)
        self._shut()

    def _shut(self) -> None:
        for each in (self._client, self._server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@pytest.fixture
def proxied(url) -> Iterator[tuple[PostgresStore, Proxy]]:
    with psycopg.connect(url) as connection:
        folder, port = connection.info.host, connection.info.port
    if not folder.startswith("/"):
        pytest.skip("needs a Postgres behind a Unix socket")
    proxy = Proxy(f"{folder}/.s.PGSQL.{port}")
    there = url.replace("postgresql:///", f"postgresql://127.0.0.1:{proxy.port}/")
    store = PostgresStore(f"{there}&sslmode=disable&gssencmode=disable", wait=2.0)
    store.open()
    yield store, proxy
    store.close()
    proxy.close()


@pytest.mark.parametrize("cut", ["before", "after"])
@pytest.mark.parametrize(
    ("at", "expanded"), [(b"the key", None), (b"COMMIT\0", events(["the key"]))]
)
def test_an_answer_that_is_lost_is_no_answer(proxied, url, cut, at, expanded):
    """Whether it was committed is not known, so it is a 503; the retry meets the key, if it was.

    What is expanded later is accepted by one statement, all else in a transaction of several.
    """
    store, proxy = proxied
    store.submit(arrival(["first"]), expanded and events(["first"])).result()
    proxy.at, proxy.cut = at, cut
    with pytest.raises(InboxError, match="Postgres"):
        store.submit(arrival(["the key"]), expanded).result()
    assert proxy.cut is None
    assert rows(url) == (2 if cut == "after" else 1)
    assert accept(store, "the key").duplicate is (cut == "after")
    assert rows(url) == 2


def test_where_there_is_no_server(caplog):
    """It says so at once, and without the password."""
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InboxError) as failed:
        Inbox(PostgresStore(f"postgresql://ann:hunter2@127.0.0.1:{port}/shop", wait=1.0))
    assert "shop on 127.0.0.1" in str(failed.value)
    assert "hunter2" not in str(failed.value) + caplog.text


def test_a_database_that_is_not_there_is_told_at_once(caplog):
    """By its name, and not after seconds of trying again."""
    began = time.monotonic()
    with pytest.raises(InboxError, match='database "hookkit_none" does not exist'):
        Inbox("postgresql:///hookkit_none")
    assert time.monotonic() - began < 4  # a pool would try for five
    assert not caplog.records


@pytest.mark.parametrize(
    "url", ["postgresql://ann:hunter2@[host/db", "postgresql://x?hunter2=1", "dbname= 'hunter2"]
)
def test_what_is_no_url(url):
    with pytest.raises(ConfigError) as failed:
        PostgresStore(url)
    assert "hunter2" not in str(failed.value)


def test_a_password_is_in_no_repr():
    store = PostgresStore("postgresql://ann:hunter2@host/db")
    assert repr(store) == "<PostgresStore <Postgres db on host>>"


def test_a_fork_has_connections_of_its_own(store, url):
    """The child's and the parent's work side by side, and after each other."""
    accept(store, "before")
    pid = os.fork()
    if pid == 0:
        try:
            fine = accept(store, "before").duplicate and not accept(store, "child").duplicate
            os._exit(0 if fine else 1)
        finally:
            os._exit(2)
    assert not accept(store, "parent").duplicate
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert accept(store, "child").duplicate
    assert rows(url) == 3


@pytest.mark.parametrize("odd", ["a\0b", "half \ud800 pair"])
def test_text_that_postgres_cannot_hold(store, odd):
    """Is accepted, handed out, and known when it comes again."""
    given = replace(
        arrival([odd]), url=f"https://e.com/{odd}", headers=(("x", odd),), delivery_id=odd
    )
    assert not store.submit(given).result()[0].duplicate
    assert store.submit(given).result()[0].duplicate
    task = store.claim([("acme", "h")], "w", 60)
    assert task.delivery.arrival.headers == given.headers
    assert task.delivery.arrival.keys == given.keys


def test_accepts_wait_for_the_disk_whatever_the_database_says(url):
    """Off is not taken; what is stronger than on is left."""
    for told, kept in [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")]:
        store = PostgresStore(url.replace("options=", f"options=-csynchronous_commit%3D{told}%20"))
        found = store._database.run(
            lambda connection: connection.execute("SHOW synchronous_commit").fetchone()[0]
        )
        assert found == kept
        store.close()


def test_any_text_is_sent_whatever_the_client_was_set_to(url):
    store = PostgresStore(f"{url}&client_encoding=LATIN1")
    store.open()
    assert not accept(store, "id:\u2603").duplicate
    task = store.claim([("acme", "h")], "w", 60)
    (work,) = store.expand(task, events(["id:\u2603"], handlers=["h"], held={"h"}), 60)
    assert work.key == "id:\u2603"
    store.close()


def test_a_statement_alone_runs_at_the_level_that_a_transaction_has(url):
    store = PostgresStore(
        url.replace("options=", "options=-cdefault_transaction_isolation%3Dserializable%20")
    )
    run = store._database.run, store._database.ask, store._database.once
    for each in run:
        found = each(lambda connection: connection.execute("SHOW transaction_isolation").fetchone())
        assert found == ("read committed",)
    store.close()


def test_a_time_comes_back_as_it_was(url):
    store = PostgresStore(url.replace("options=", "options=-cextra_float_digits%3D0%20"))
    store.open()
    given = replace(arrival(["a"]), received_at=1790000000.1234567)
    receipt = store.submit(given).result()[0].receipt
    kept = store.desk.show(receipt)
    assert kept.arrival.received_at == given.received_at
    assert store.desk.keep([kept]) == 0
    store.close()


def test_news_reach_who_watches(store, url):
    """From another store; and again after its connection was ended."""
    other, told = PostgresStore(url), threading.Semaphore(0)
    stop = other.watch(told.release)
    assert told.acquire(timeout=PATIENCE)  # it listens now
    accept(store, "a")
    assert told.acquire(timeout=PATIENCE)
    assert end_all_backends(url) > 0
    assert told.acquire(timeout=PATIENCE)  # it listens again
    accept(store, "b")
    assert told.acquire(timeout=PATIENCE)
    stop()
    other.close()


# A whole server, stopped and started.


class Server:
    """A Postgres of the test's own."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        ours = shutil.which("initdb")
        if not found and ours is None:
            reason = "initdb is missing: install postgresql"
            pytest.fail(reason) if "CI" in os.environ else pytest.skip(reason)
        self._bin = found[-1] if found else Path(ours).parent
        self._folder = folder / "cluster"
        self._folder.mkdir()
        self._as: list[str] = []
        if os.geteuid() == 0:  # initdb refuses root
            shutil.chown(self._folder, "postgres")
            self._as = ["runuser", "-u", "postgres", "--"]
            for parent in self._folder.parents:  # which pytest keeps to itself
                if parent == Path(tempfile.gettempdir()):
                    break
                parent.chmod(0o755)
        self._run("initdb", "-A", "trust", "-U", "test", "--no-sync")
        self.start()
        self.url = f"postgresql://test@/postgres?host={quote(str(self._folder), safe='')}"

    def _run(self, program: str, *options: str) -> None:
        subprocess.run(
            [*self._as, str(self._bin / program), "-D", str(self._folder), *options],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd="/",
        )

    def start(self) -> None:
        given = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}'"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", given, "start")

    def stop(self) -> None:
        """As if the power failed."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    with contextlib.suppress(subprocess.CalledProcessError):
        made.stop()


def test_the_server_is_stopped_and_started_under_load(server):
    """Each 200 is there, once, and is handled; all else was a 503; nothing else is restarted."""
    inbox = Inbox(PostgresStore(server.url, wait=0.5), backoff=Backoff(first=0.0), lease=1.0)
    receiver = Receiver(providers.stripe, secret="s", inbox=inbox)
    handled: list[str] = []
    receiver.on("*", name="note")(lambda event: handled.append(event.id))
    statuses: Counter[int] = Counter()
    accepted: set[str] = set()
    ending = threading.Event()

    def post(thread: int) -> None:
        number = 0
        while not ending.is_set():
            told = f"evt_{thread}_{number}"
            body = json.dumps({"id": told, "type": "paid"}).encode()
            plain = Request("POST", {"Content-Type": "application/json"}, body)
            reply = receiver.handle(receiver.verifier.sign(plain))
            statuses[reply.status] += 1
            if reply.status == 200:
                accepted.add(told)
                number += 1

    threads = [threading.Thread(target=post, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    inbox.work(threads=2)
    for _ in range(2):
        known = len(accepted)
        _wait_until(lambda known=known: len(accepted) > known + 50)
        refused = statuses[503]
        server.stop()
        _wait_until(lambda refused=refused: statuses[503] > refused + 8)
        server.start()
    known = len(accepted)
    _wait_until(lambda known=known: len(accepted) > known + 50)
    ending.set()
    for thread in threads:
        thread.join()
    _wait_until(lambda: set(inbox.deliveries.stats().get("stripe", {})) == {"done"})
    assert set(statuses) == {200, 503}
    assert accepted <= set(handled)
    inbox.close()
    with psycopg.connect(server.url) as connection:
        (count, keys) = connection.execute(
            "SELECT (SELECT count(*) FROM hookkit_deliveries), "
            "(SELECT count(DISTINCT key) FROM hookkit_events)"
        ).fetchone()
    assert count == keys >= len(accepted)


def _wait_until(condition) -> None:
    ending = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(InboxError):
            if condition():
                return
        assert time.monotonic() < ending
        time.sleep(0.05)
