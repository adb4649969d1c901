"""What Celery's workers load in these tests, and the test itself: an application with an inbox."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from celery import Celery

from hookkit import Backoff, Event, Header, Inbox, Pointer, Provider, Receiver, Token
from hookkit.contrib.celery import hand_over

FOLDER = Path(os.environ["HOOKKIT_TEST_FOLDER"])

ACME = Provider(
    name="acme",
    docs="https://acme.example",
    scheme=Token(Header("X-Token")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
)

app = Celery("shop", broker=os.environ["HOOKKIT_TEST_BROKER"])
app.conf.update(
    task_default_queue=os.environ["HOOKKIT_TEST_QUEUE"],
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=1,
    broker_transport_options={"visibility_timeout": 5, "socket_connect_timeout": 1},
    worker_hijack_root_logger=False,
)
inbox = Inbox(
    os.environ["HOOKKIT_TEST_STORE"], lease=1.0, backoff=Backoff(attempts=5, first=0.05, cap=0.2)
)
receiver = Receiver(ACME, secret="s3cret", inbox=inbox)
work = hand_over(inbox, app, sweep=0.5)


def note(*words: object) -> None:
    file = os.open(FOLDER / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, (" ".join(map(str, words)) + "\n").encode())
    os.close(file)


@receiver.on("*", name="first")
def first(event: Event) -> None:
    """Is done at once, whatever becomes of the other."""
    note("first", event.id, event.attempt)


@receiver.on("*", name="second")
def second(event: Event) -> None:
    note("begin", event.id, event.attempt)
    if event.attempt == 1:
        _misbehave(event.type)
    note("second", event.id, event.attempt)


def _misbehave(how: str) -> None:
    if how == "fail":
        raise RuntimeError("not this time")
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "hang":
        threading.Event().wait()


@receiver.on("step", name="step", ordered_by=Pointer("/key"))
def step(event: Event) -> None:
    note("step", event.payload["key"], event.payload["number"])
