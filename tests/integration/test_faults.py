"""What the machine may do to an inbox (F8 to F11): nothing is lost or half written, and it recovers."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hookkit import Backoff, Inbox, Receiver, Request, Verifier, providers
from hookkit.errors import InboxError
from hookkit.inbox import machine_clock
from hookkit.inbox.sqlite import SQLiteStore

NOW = 1_700_000_000.0
DAY = 86400.0
SIZE = 4096


class Clock:
    """A calendar that jumps when it is told to."""

    now = NOW

    def __call__(self) -> float:
        return self.now


class Ticking:
    """The machine's own clock, which can be ahead."""

    ahead = 0.0

    def __call__(self) -> float:
        return machine_clock.seconds() + self.ahead


class Endpoint:
    """A receiver over a file, and the provider that sends to it."""

    def __init__(self, path: Path, *, wait: float = 0.2) -> None:
        self.clock = Clock()
        self.ticking = Ticking()
        self.store = SQLiteStore(str(path), wait=wait, clock=self.clock, ticking=self.ticking)
        self.inbox = Inbox(self.store, clock=self.clock, backoff=Backoff(first=0.0, cap=0.0))
        self.receiver = Receiver(
            providers.stripe, secret="s", inbox=self.inbox, clock=self.clock, max_body=1 << 20
        )
        self.seen: list[str] = []
        self.receiver.on("*", name="note")(lambda event: self.seen.append(event.id))
        self._sender = Verifier(providers.stripe, secret="s", clock=lambda: NOW)

    def send(self, event_id: str, padding: int = 0):
        body = json.dumps({"id": event_id, "type": "invoice.paid", "pad": "x" * padding}).encode()
        plain = Request("POST", {"Content-Type": "application/json"}, body)
        return self.receiver.handle(self._sender.sign(plain))

    def known(self) -> list[str]:
        """The ids of the events that stand in the file, each as often as it does."""
        with contextlib.closing(sqlite3.connect(self.store.path)) as connection:
            heads = connection.execute("SELECT heads FROM deliveries ORDER BY receipt").fetchall()
        return [json.loads(text)[0][1] for (text,) in heads]


@pytest.fixture
def endpoint(tmp_path):
    made = Endpoint(tmp_path / "hooks.db")
    yield made
    made.inbox.close()


@pytest.fixture
def disk(tmp_path):
    """A disk of its own, of three megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(place)]
    if (
        not sys.platform.startswith("linux")
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        if "CI" in os.environ:
            pytest.fail("cannot mount a tmpfs: run as root on Linux")
        pytest.skip("only root can mount a small disk, on Linux")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _says_unavailable(reply) -> bool:
    return reply.status == 503 and int(dict(reply.headers)["Retry-After"]) > 0


# F8: the disk is full.


@pytest.mark.parametrize("free", [0, 1, 2, 5, 9])
@pytest.mark.parametrize("padding", [0, 3 * SIZE])
def test_disk_full(disk, free, padding):
    """Whatever is left when it is: what was answered 200 is there, what was not is not; then it goes on."""
    endpoint = Endpoint(disk / "hooks.db")
    assert endpoint.send("evt_before").status == 200
    space = shutil.disk_usage(disk).free
    (disk / "filler").write_bytes(b"x" * (space - free * SIZE))
    replies = {f"evt_{n}": endpoint.send(f"evt_{n}", padding) for n in range(12)}
    accepted = [told for told, reply in replies.items() if reply.status == 200]
    refused = [told for told, reply in replies.items() if reply.status != 200]
    assert refused
    assert all(_says_unavailable(replies[told]) for told in refused)
    (disk / "filler").unlink()
    assert endpoint.known() == ["evt_before", *accepted]
    # No restart: the provider's retries are accepted as soon as there is room.
    assert [endpoint.send(told, padding).status for told in replies] == [200] * len(replies)
    assert sorted(endpoint.known()) == sorted(["evt_before", *replies])
    endpoint.inbox.drain()
    assert sorted(endpoint.seen) == sorted(["evt_before", *replies])
    endpoint.inbox.close()


def test_disk_full_while_working(disk):
    """An end that cannot be written: the handler runs again when its lease has ended."""
    endpoint = Endpoint(disk / "hooks.db")
    attempts = []

    @endpoint.receiver.on("*", name="fill")
    def fill(event):
        attempts.append(event.attempt)
        if event.attempt == 1:
            free = shutil.disk_usage(disk).free
            (disk / "filler").write_bytes(b"x" * free)
            raise RuntimeError("x" * 16_000)  # its traceback is kept, and finds no room

    assert endpoint.send("evt_1").status == 200
    with pytest.raises(InboxError, match="full"):
        endpoint.inbox.drain()
    (disk / "filler").unlink()
    endpoint.ticking.ahead = 61.0
    endpoint.inbox.drain()
    assert attempts == [1, 2]
    assert endpoint.seen == ["evt_1"]
    assert endpoint.inbox.counts().works == {"done": 2}
    endpoint.inbox.close()


# F9: another process has the lock.


def test_locked(endpoint):
    """503 when the wait is over; when it is free the retry is accepted, once, and runs once."""
    assert endpoint.send("evt_before").status == 200
    with contextlib.closing(sqlite3.connect(endpoint.store.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert all(_says_unavailable(endpoint.send("evt_1")) for _ in range(2))
        other.execute("COMMIT")
    assert [endpoint.send("evt_1").status for _ in range(2)] == [200, 200]
    endpoint.inbox.drain()
    assert endpoint.seen == ["evt_before", "evt_1"]
    assert endpoint.inbox.counts().duplicates == 1


def test_locked_for_a_moment(tmp_path):
    """Who waits for less than the time-out is accepted."""
    endpoint = Endpoint(tmp_path / "hooks.db", wait=30)
    assert endpoint.send("evt_before").status == 200
    other = sqlite3.connect(endpoint.store.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    replies = []
    sending = threading.Thread(target=lambda: replies.append(endpoint.send("evt_1")))
    sending.start()
    other.execute("COMMIT")
    sending.join()
    other.close()
    assert replies[0].status == 200
    endpoint.inbox.close()


# F10: the file is read-only, missing or damaged.


def test_read_only(disk, caplog):
    """Each request is a 503 with one line in the log; when it can be written again, so it is."""
    endpoint = Endpoint(disk / "hooks.db")
    assert endpoint.send("evt_before").status == 200
    endpoint.store.close()
    _remount(disk, "ro")
    caplog.set_level(logging.WARNING, "hookkit")
    for number in range(1, 4):
        assert _says_unavailable(endpoint.send("evt_1"))
        assert len([each for each in caplog.records if each.levelno >= logging.ERROR]) <= number
    assert caplog.records
    with pytest.raises(InboxError, match=r"hooks\.db.*[Cc]an this user write there"):
        Endpoint(disk / "hooks.db")
    _remount(disk, "rw")
    assert endpoint.send("evt_1").status == 200
    assert endpoint.known() == ["evt_before", "evt_1"]
    endpoint.inbox.close()


def _remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def test_missing_folder(tmp_path):
    """The folder goes while it runs: 503 until it is there again; what was in it is gone with it."""
    folder = tmp_path / "data"
    folder.mkdir()
    endpoint = Endpoint(folder / "hooks.db")
    assert endpoint.send("evt_before").status == 200
    folder.rename(tmp_path / "away")
    assert all(_says_unavailable(endpoint.send("evt_1")) for _ in range(2))
    with pytest.raises(InboxError, match=r"hooks\.db"):
        Endpoint(folder / "hooks.db")
    (tmp_path / "away").rename(folder)
    assert endpoint.send("evt_1").status == 200
    assert endpoint.known() == ["evt_before", "evt_1"]
    endpoint.inbox.close()


@pytest.mark.parametrize(
    "damage", [b"\xff" * 100, b"", b"not a database, but some text\n" * 300], ids=len
)
def test_damaged(tmp_path, damage):
    """It says so at start-up, and a process that meets it later answers 503, each time."""
    path = tmp_path / "hooks.db"
    endpoint = Endpoint(path)
    assert endpoint.send("evt_before").status == 200
    endpoint.store.close()
    whole = path.read_bytes()
    path.write_bytes(damage + (whole[100:] if len(damage) == 100 else b""))
    if not damage:
        # An empty file is one that was not made yet: nothing tells that there was another.
        assert endpoint.send("evt_1").status == 200
        return
    assert all(_says_unavailable(endpoint.send("evt_1")) for _ in range(3))
    with pytest.raises(InboxError, match=r"hooks\.db: file is not a database"):
        Endpoint(path)
    path.write_bytes(whole)  # from the backup
    assert endpoint.send("evt_1").status == 200
    assert endpoint.known() == ["evt_before", "evt_1"]
    endpoint.inbox.close()


# F11: the clock jumps.


@pytest.mark.parametrize("jump", [DAY, -DAY, 60 * DAY])
def test_clock_jumps(endpoint, jump):
    """While it is wrong signatures are stale; nothing that is known is forgotten, or run twice."""
    assert endpoint.send("evt_1").status == 200
    endpoint.clock.now += jump
    assert endpoint.send("evt_1").status == 401
    assert endpoint.send("evt_2").status == 401
    for source in endpoint.inbox.sources.values():
        endpoint.store.prune_marks(source.name, source.remembers)
    endpoint.inbox.drain()
    endpoint.clock.now -= jump
    assert [endpoint.send(told).status for told in ("evt_1", "evt_2")] == [200, 200]
    endpoint.inbox.drain()
    assert endpoint.seen == ["evt_1", "evt_2"]
    assert endpoint.inbox.counts().duplicates == 1


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_leases_do_not_follow_the_clock(endpoint, jump):
    """A day forward ends no lease, a day back holds up no retry."""
    assert endpoint.send("evt_1").status == 200
    source = next(iter(endpoint.inbox.sources.values()))
    handlers = list(source.names())
    work = endpoint.store.claim(handlers, "first", 60.0)
    while not hasattr(work, "handler"):
        endpoint.store.expand(
            work,
            source.expand(source.events_of(work.delivery), work.delivery.arrival.keys, NOW),
            60.0,
        )
        work = endpoint.store.claim(handlers, "first", 60.0)
    endpoint.clock.now += jump
    assert endpoint.store.claim(handlers, "second", 60.0) is None
    endpoint.store.release(["first"])
    assert endpoint.store.claim(handlers, "second", 60.0).number == work.number


def test_clock_stands_still(endpoint):
    """Retries become due all the same."""
    failures = [RuntimeError("no"), RuntimeError("no")]

    @endpoint.receiver.on("*", name="twice", backoff=Backoff(attempts=5, first=0.01, factor=1.0))
    def twice(event):
        if failures:
            raise failures.pop()
        endpoint.seen.append(f"{event.id} at last")

    assert endpoint.send("evt_1").status == 200
    while "evt_1 at last" not in endpoint.seen:
        endpoint.inbox.drain()
    assert endpoint.clock.now == NOW
