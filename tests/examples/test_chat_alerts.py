"""examples/chat_alerts, as its README starts it: with real Alertmanager, mail server and chat service."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hookkit import Request, providers
from hookkit.testing import Sender
from tests.examples.mail import FreePort, Mailbox
from tests.examples.support import EXAMPLES, JSON, ending, free_port, post, wait_for

SECRETS = {
    "ALERTMANAGER_TOKEN": "the token",
    "GITHUB_SECRET": "the GitHub secret",
    "SENTRY_SECRET": "the Sentry secret",
}
PATIENCE = 90


class Chat:
    """Takes messages as Slack and Mattermost do; answers as it is told to, and then 200."""

    def __init__(self):
        self.texts, self.answers, self.refused = [], [], 0
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # http.server's name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = chat.answers.pop(0) if chat.answers else 200
                if status == 200:
                    chat.texts.append(json.loads(body)["text"])
                else:
                    chat.refused += 1
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *told):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def chat():
    chat = Chat()
    yield chat
    chat.close()


@pytest.fixture
def mailbox():
    mailbox = Mailbox()
    controller = FreePort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    mailbox.port = controller.port
    yield mailbox
    controller.stop()


@contextmanager
def running(folder, chat, mailbox):
    port = free_port()
    settings = SECRETS | {
        "CHAT_URL": f"mmost://127.0.0.1:{chat.port}/{'3ccdd113' * 3}ab",
        "MAIL_URL": f"mailto://127.0.0.1:{mailbox.port}?from=hooks@example.com&to=ops@example.com",
        "RETRY_SECONDS": "0.2",
        "PORT": str(port),
        "DATA": str(folder),
    }
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "chat_alerts"], env=os.environ | settings
    )
    with ending(process):
        wait_for(port, process)
        process.port = port
        yield process


@pytest.fixture
def app(tmp_path, chat, mailbox):
    with running(tmp_path / "data", chat, mailbox) as process:
        yield process.port


def until(condition):
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def subjects(mailbox):
    return [mail["Subject"] for mail in mailbox.mails]


ISSUE = {
    "repository": {"full_name": "acme/shop"},
    "sender": {"login": "ann"},
    "issue": {"title": "It burns", "html_url": "https://github.com/acme/shop/issues/7"},
}


def from_github(port, event, payload, delivery_id=None):
    sender = Sender(providers.github, SECRETS["GITHUB_SECRET"])
    request = sender.request(event, payload, delivery_id=delivery_id)
    return post(port, "/webhooks/github", request)[0]


def from_sentry(port, event, payload):
    sender = Sender(providers.sentry, SECRETS["SENTRY_SECRET"])
    return post(port, "/webhooks/sentry", sender.request(event, payload))[0]


# Alertmanager itself.


@pytest.fixture
def alertmanager(tmp_path, app):
    """Debian's, which sends to the application; gives its port."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        reason = "no Alertmanager: apt-get install prometheus-alertmanager"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    port = free_port()
    config = tmp_path / "alertmanager.yml"
    config.write_text(
        json.dumps(  # which is YAML, too
            {
                "route": {
                    "receiver": "hooks",
                    "group_by": ["alertname"],
                    "group_wait": "1s",
                    "group_interval": "1s",
                    "repeat_interval": "4h",
                },
                "receivers": [
                    {
                        "name": "hooks",
                        "webhook_configs": [
                            {
                                "url": f"http://127.0.0.1:{app}/webhooks/alertmanager",
                                "http_config": {"authorization": {"credentials": "the token"}},
                            }
                        ],
                    }
                ],
            }
        )
    )
    process = subprocess.Popen(
        [
            program,
            f"--config.file={config}",
            f"--storage.path={tmp_path}/alertmanager",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stderr=subprocess.DEVNULL,
    )
    with ending(process):
        wait_for(port, process)
        yield port


def alert(port, ends_in, *hosts):
    """Tell Alertmanager of an alert on these hosts that ends after so many seconds."""
    now = datetime.now(UTC)
    alerts = [
        {
            "labels": {"alertname": "DiskFull", "host": host},
            "annotations": {"summary": f"{host} has no space left"},
            "startsAt": (now - timedelta(minutes=1)).isoformat(),
            "endsAt": (now + timedelta(seconds=ends_in)).isoformat(),
        }
        for host in hosts
    ]
    request = Request("POST", JSON, json.dumps(alerts).encode())
    give_up = time.monotonic() + PATIENCE
    while post(port, "/api/v2/alerts", request)[0] != 200:  # until it is ready
        assert time.monotonic() < give_up
        time.sleep(0.1)


def test_alerts_of_a_group_are_one_message_and_a_resolved_one_says_so(alertmanager, chat, mailbox):
    alert(alertmanager, 3600, "a", "b", "c")
    until(lambda: chat.texts and mailbox.mails)
    (text,) = chat.texts
    assert "FIRING: DiskFull" in text
    assert "3 firing, 0 resolved" in text
    assert "host=b" in text
    assert "b has no space left" in text
    alert(alertmanager, -1, "a", "b", "c")
    until(lambda: len(mailbox.mails) > 1 and len(chat.texts) > 1)
    assert "RESOLVED: DiskFull" in chat.texts[-1]
    assert "0 firing, 3 resolved" in chat.texts[-1]
    assert subjects(mailbox) == ["FIRING: DiskFull", "RESOLVED: DiskFull"]


# What goes wrong.


def test_a_chat_service_that_fails_is_tried_again_without_another_mail(app, chat, mailbox):
    chat.answers = [500, 503, 500]
    assert from_github(app, "issues.opened", ISSUE) == 200
    until(lambda: mailbox.mails)
    until(lambda: chat.texts)
    assert chat.refused == 3
    assert "acme/shop: ann opened: It burns" in chat.texts[0]
    assert subjects(mailbox) == ["acme/shop: ann opened: It burns"]


def test_a_delivery_that_came_again_makes_one_message(app, chat, mailbox):
    for _ in range(3):
        assert from_github(app, "issues.opened", ISSUE, delivery_id="the same") == 200
    other = ISSUE | {"issue": {"title": "the last", "html_url": "https://example.com"}}
    assert from_github(app, "issues.opened", other) == 200
    until(lambda: len(chat.texts) >= 2 and len(mailbox.mails) >= 2)
    assert sum("It burns" in text for text in chat.texts) == 1
    assert len(mailbox.mails) == len(chat.texts) == 2


def test_what_was_accepted_goes_out_although_the_process_is_killed(tmp_path, chat, mailbox):
    chat.answers = [500] * 10_000
    with running(tmp_path, chat, mailbox) as process:
        assert from_github(process.port, "issues.opened", ISSUE) == 200
        until(lambda: chat.refused and mailbox.mails)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert chat.texts == []
    chat.answers = []
    with running(tmp_path, chat, mailbox):
        until(lambda: chat.texts)
    assert len(chat.texts) == 1


def test_of_workflows_only_failures_are_told(app, chat, mailbox):
    run = {"name": "tests", "head_branch": "main", "html_url": "https://example.com/1"}
    for conclusion in ("success", "failure"):
        payload = ISSUE | {"workflow_run": run | {"conclusion": conclusion}}
        assert from_github(app, "workflow_run.completed", payload) == 200
    until(lambda: chat.texts and mailbox.mails)
    assert "acme/shop: tests failed on main" in chat.texts[0]
    assert from_github(app, "issues.opened", ISSUE) == 200
    until(lambda: len(chat.texts) > 1)
    assert len(chat.texts) == 2


def test_sentry(app, chat, mailbox):
    told = {"title": "ZeroDivisionError", "web_url": "https://sentry.io/1"}
    assert from_sentry(app, "event_alert.triggered", {"data": {"event": told}}) == 200
    until(lambda: chat.texts and mailbox.mails)
    assert "Sentry: ZeroDivisionError" in chat.texts[0]
    assert "https://sentry.io/1" in chat.texts[0]


EVIL = "<!channel> @all [safe](http://evil.example)\r\nBcc: someone@else.example\r\n\r\nboo"


def test_texts_from_outside_do_no_harm(app, chat, mailbox):
    payload = ISSUE | {"issue": {"title": EVIL, "html_url": "https://example.com"}}
    assert from_github(app, "issues.opened", payload) == 200
    until(lambda: chat.texts and mailbox.mails)
    for harm in ("<!", "@all", "](", "\nBcc"):
        assert harm not in chat.texts[0]
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mailbox.recipients == [["ops@example.com"]]


def test_what_is_not_authentic_goes_nowhere(app, chat, mailbox):
    request = Request("POST", JSON | {"Authorization": "Bearer wrong"}, b'{"alerts": []}')
    assert post(app, "/webhooks/alertmanager", request)[0] == 401
    assert from_github(app, "issues.opened", ISSUE) == 200
    until(lambda: chat.texts and mailbox.mails)
    assert len(chat.texts) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((each, "") for each in [*SECRETS, "CHAT_URL"]),
        ("RETRY_SECONDS", "soon"),
        ("RETRY_SECONDS", "nan"),
        ("PORT", "http"),
        ("PORT", "65536"),
        ("DATA", "/dev/null/data"),
    ],
)
def test_it_does_not_start_with_a_wrong_setting(tmp_path, name, value):
    settings = (Path(EXAMPLES) / "chat_alerts/settings.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in settings) | SECRETS
    result = subprocess.run(
        [sys.executable, EXAMPLES / "chat_alerts"], check=False, capture_output=True, text=True,
        env=os.environ | given | {"DATA": str(tmp_path), name: value}, timeout=PATIENCE,
    )  # fmt: skip
    assert result.returncode == 1
    assert (value if name == "DATA" else name) in result.stderr
    assert "Traceback" not in result.stderr
