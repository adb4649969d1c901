"""Celery does the work, on real brokers: whatever dies or is lost, all is handled, and nothing twice."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookkit import Request
from tests.postgres import schema

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


def wait_until(condition, what: str) -> None:
    ending = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ending, f"not so in time: {what}"
        time.sleep(0.05)


def _missing(what: str) -> None:
    if "CI" in os.environ:
        pytest.fail(f"{what} is missing")
    pytest.skip(f"needs {what}")


class Redis:
    """A server of the test's own."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            _missing("redis-server")
        self._program = program
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        options = [
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._server = subprocess.Popen([self._program, *options], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "redis answers")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
            return True
        return False

    def stop(self) -> None:
        """All that it had is gone: it keeps nothing on disk."""
        self._server.kill()
        self._server.wait()

    def flush(self) -> None:
        with self._client() as client:
            client.flushall()

    def waiting(self) -> int:
        with self._client() as client:
            return client.llen("hookkit")

    def _client(self):
        import redis

        return redis.Redis(port=self._port)

    close = stop


class RabbitMQ:
    """The machine's server, with a queue of the test's own."""

    url = "amqp://guest:guest@127.0.0.1:5672//"

    def __init__(self) -> None:
        self.queue = f"hookkit-{uuid.uuid4().hex[:8]}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 5672), 2):
            return
        _missing("RabbitMQ on 127.0.0.1:5672")

    def start(self) -> None:
        self._control("start_app")

    def stop(self) -> None:
        self._control("stop_app")

    def _control(self, *words: str) -> None:
        if shutil.which("rabbitmqctl") is None:
            _missing("rabbitmqctl")
        subprocess.run(["rabbitmqctl", *words], check=True, capture_output=True)

    def flush(self) -> None:
        with self._channel() as channel:
            channel.queue_purge(self.queue)

    def waiting(self) -> int:
        from amqp.exceptions import NotFound

        try:
            with self._channel() as channel:
                return channel.queue_declare(self.queue, passive=True).message_count
        except NotFound:  # nothing was sent yet
            return 0

    def close(self) -> None:
        with self._channel() as channel:
            channel.queue_delete(self.queue)

    @contextlib.contextmanager
    def _channel(self):
        from kombu import Connection

        with Connection(self.url) as connection, connection.channel() as channel:
            yield channel


@pytest.fixture(params=[Redis, RabbitMQ], ids=["redis", "rabbitmq"])
def broker(request) -> Iterator[Redis | RabbitMQ]:
    made = request.param()
    yield made
    made.close()


class Shop:
    """The application: its web process is the test's, its workers are Celery's."""

    def __init__(self, folder: Path, broker: Redis | RabbitMQ, store: str, monkeypatch) -> None:
        self._folder = folder
        self._workers: list[subprocess.Popen] = []
        self._ended_by_itself = 0
        told = {
            "HOOKKIT_TEST_FOLDER": str(folder),
            "HOOKKIT_TEST_BROKER": broker.url,
            "HOOKKIT_TEST_QUEUE": getattr(broker, "queue", "hookkit"),
            "HOOKKIT_TEST_STORE": store,
        }
        for name, value in told.items():
            monkeypatch.setenv(name, value)
        sys.modules.pop("tests.integration.celery_program", None)
        self._program = importlib.import_module("tests.integration.celery_program")
        self.inbox = self._program.inbox
        self.sent: list[str] = []

    def post(self, kind: str = "plain", **more: object) -> str:
        told = f"e{len(self.sent)}"
        body = json.dumps({"id": told, "type": kind, **more}).encode()
        receiver = self._program.receiver
        plain = Request("POST", {"Content-Type": "application/json"}, body)
        began = time.monotonic()
        assert receiver.handle(receiver.verifier.sign(plain)).status == 200
        assert time.monotonic() - began < 5, "a request waited for the broker"
        self.sent.append(told)
        return told

    def start_worker(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "tests.integration.celery_program"]
        options = ["worker", "-c", "2", "-l", "INFO", "--without-mingle", "--without-gossip"]
        with (self._folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [*command, *options],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "C_FORCE_ROOT": "1"},
            )
        self._workers.append(worker)
        return worker

    def kill_worker(self) -> None:
        """The whole of it, with its children."""
        worker = self._workers.pop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def _supervise(self) -> None:
        """As a service manager does: where a worker has ended by itself, start another.

        Celery's own worker does so where kombu raises while it closes a connection that Redis has dropped.
        """
        for worker in list(self._workers):
            if worker.poll() is not None:
                self._workers.remove(worker)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)  # its children
                self._ended_by_itself += 1
                self.start_worker()

    def close(self) -> None:
        while self._workers:
            self.kill_worker()
        self.inbox.close()

    def journal(self) -> list[list[str]]:
        with contextlib.suppress(FileNotFoundError):
            return [line.split() for line in (self._folder / "journal").read_text().splitlines()]
        return []

    def has_begun(self, told: str) -> bool:
        return any(words[:2] == ["begin", told] for words in self.journal())

    def check_all_handled(self, interrupted: int = 0) -> None:
        """Each by each handler, to the end and once, but for as many as a kill may have interrupted."""

        def settled() -> bool:
            self._supervise()
            return self.inbox.counts().events == {"done": len(self.sent)}

        try:
            wait_until(settled, "all is handled")
        except AssertionError as error:
            log = (self._folder / "worker.log").read_text()[-4000:]
            raise AssertionError(
                f"{error}: {self.inbox.counts()}\n{self.journal()}\n{log}"
            ) from None
        ends = Counter((who, told) for who, told, _ in self.journal() if who in ("first", "second"))
        assert set(ends) == {(who, told) for who in ("first", "second") for told in self.sent}
        # Each may have had two children at work.
        assert sum(ends.values()) - len(ends) <= interrupted + 2 * self._ended_by_itself


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request, tmp_path, broker, monkeypatch) -> Iterator[Shop]:
    with contextlib.ExitStack() as stack:
        store = f"sqlite:///{tmp_path}/hooks.db"
        if request.param == "postgres":
            store = stack.enter_context(schema())
        made = Shop(tmp_path, broker, store, monkeypatch)
        stack.callback(made.close)
        yield made


def test_all_is_handled(shop):
    """What fails is tried again, what belongs together is in order, a repeat is not sent."""
    for number in range(10):
        shop.post()
        shop.post("step", key="ab"[number % 2], number=number)
    failing = shop.post("fail")
    shop.start_worker()
    shop.check_all_handled()
    steps = [words[1:] for words in shop.journal() if words[0] == "step"]
    assert [number for key, number in steps if key == "a"] == ["0", "2", "4", "6", "8"]
    assert [number for key, number in steps if key == "b"] == ["1", "3", "5", "7", "9"]
    assert [words[2] for words in shop.journal() if words[:2] == ["begin", failing]] == ["1", "2"]


def test_a_child_is_killed_in_mid_task(shop):
    """By the handler itself, which is run again; what the other handler has done is not."""
    shop.start_worker()
    told = shop.post("die")
    shop.post()
    shop.check_all_handled()
    assert [words[2] for words in shop.journal() if words[:2] == ["begin", told]] == ["1", "2"]


def test_a_worker_is_killed_in_mid_task(shop):
    """With all that it had in hand; another goes on."""
    shop.start_worker()
    told = shop.post("hang")
    for _ in range(5):
        shop.post()
    wait_until(lambda: shop.has_begun(told), "it is at it")
    shop.kill_worker()
    shop.start_worker()
    shop.check_all_handled(interrupted=2)  # its children


def test_the_broker_loses_its_messages(shop, broker):
    """The sweeper sends them again."""
    for _ in range(5):
        shop.post()
    wait_until(lambda: broker.waiting() == 5, "they are sent")
    broker.flush()
    assert broker.waiting() == 0
    shop.start_worker()
    shop.check_all_handled()


def test_the_broker_is_restarted(shop, broker):
    """While it is away all is accepted; when it is back all is done."""
    shop.start_worker()
    first = shop.post()
    wait_until(lambda: shop.has_begun(first), "the worker works")
    broker.stop()
    try:
        for _ in range(5):
            shop.post()
    finally:
        broker.start()
    shop.post()
    shop.check_all_handled()
