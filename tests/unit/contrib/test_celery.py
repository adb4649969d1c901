"""How work is handed to Celery; what brokers and kills do to it is in the integration tests."""

import threading
import time

import pytest
from celery import Celery, signals

from hookkit import Inbox, Receiver, providers
from hookkit.contrib import celery as handing
from hookkit.errors import ConfigError
from hookkit.testing import Sender

SECRET = "whsec_abc"


@pytest.fixture
def inbox():
    inbox = Inbox("sqlite://")
    yield inbox
    inbox.close()


def _accept(inbox, source, *ids):
    receiver = Receiver(providers.stripe, secret=SECRET, inbox=inbox, source=source)
    receiver.on("*", name="book")(print)
    for each in ids:
        request = Sender(providers.stripe, SECRET).request("invoice.paid", {"id": each})
        assert receiver.handle(request).status == 200


def test_two_inboxes_of_an_application_have_two_names(inbox):
    """Celery would run the first's task for both, and find none of the second's receipts."""
    app = Celery("shop", broker="memory://")
    handing.hand_over(inbox, app)
    other = Inbox("sqlite://")
    with pytest.raises(ConfigError, match=r"'hookkit.work' .* name="):
        handing.hand_over(other, app)
    assert handing.hand_over(other, app, name="other.work").name == "other.work"
    assert handing.hand_over(other, Celery("mail", broker="memory://")).name == "hookkit.work"
    other.close()


def test_what_stands_still_hides_nothing_of_other_sources(inbox, monkeypatch):
    """A router may give each source a queue of its own, of which one may have no worker for a day."""
    monkeypatch.setattr(handing, "MOST_SWEPT", 2)
    _accept(inbox, "payments", *"abcd")
    _accept(inbox, "mail", "e")
    sent = []
    sweeper = handing._Sweeper(inbox, lambda *message: bool(sent.append(message)) or True, 1e-9)
    sweeper._sweep(time.monotonic())
    assert sorted(sent) == [("mail", 5, 0.0), ("payments", 1, 0.0), ("payments", 2, 0.0)]


def test_what_the_broker_did_not_take_is_swept_again(inbox):
    """And the next is not tried: it, too, would wait until the broker is given up."""
    _accept(inbox, "payments", *"ab")
    sent, away = [], [True]

    def send(source, receipt, after):
        sent.append(receipt)
        return not away[0]

    sweeper = handing._Sweeper(inbox, send, 1e-9)
    for away[0] in (True, False):
        sweeper._sweep(0.0)
    assert sent == [1, 1, 2]
    sweeper._sweep(0.0)
    assert sent == [1, 1, 2]


def test_a_message_that_is_not_taken_is_told_and_not_raised(caplog):
    class Task:
        def apply_async(self, given, **_):
            raise ConnectionError("its text\nmay be anybody's")

    assert handing._Sender(Task()).send_now("payments", 7, 0.0) is False
    assert "receipt 7 is sent later, as the broker cannot be had: ConnectionError" in caplog.text
    assert "anybody" not in caplog.text


def test_a_workers_process_that_ends_sends_what_waits(inbox, monkeypatch):
    """Else a retry, or the next in a row, would wait for the sweeper, as with `--max-tasks-per-child 1`."""
    app = Celery("shop", broker="memory://")
    task, sent, taken = handing.hand_over(inbox, app), [], threading.Event()

    def send(given, countdown, **_):
        taken.wait(10)
        sent.append((given, countdown))

    monkeypatch.setattr(task, "apply_async", send)
    for receipt in (1, 2):
        inbox._send("payments", receipt, 2.0)
    monkeypatch.setattr(handing, "LAST_WORDS", 0.01)
    signals.worker_process_shutdown.send(None, pid=1, exitcode=0)
    assert sent == []
    monkeypatch.setattr(handing, "LAST_WORDS", 10.0)
    threading.Timer(0.01, taken.set).start()
    signals.worker_process_shutdown.send(None, pid=1, exitcode=0)
    assert sent == [(("payments", 1), 2.0), (("payments", 2), 2.0)]
