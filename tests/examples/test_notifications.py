"""examples/notifications.py, through Flask's test client, with a real SMTP server."""

import socket

import pytest

from tests.examples.mail import FreePort, Mailbox

TOKEN = "the token"
NOTIFICATION = {"message": "New order placed", "timestamp": "2022-01-01 10:00:00"}
BCC = "Bcc: someone@else.example"


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture
def smtp_port(mailbox):
    controller = FreePort(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def start(load):
    def run(smtp_port):
        module = load(
            "notifications",
            WEBHOOK_TOKEN=TOKEN,
            MAIL_FROM="shop@example.com",
            MAIL_TO="owner@example.com",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(smtp_port),
        )
        return module.app.test_client()

    return run


def notify(client, payload=NOTIFICATION, token=TOKEN):
    return client.post("/webhook", json=payload, headers={"X-Webhook-Token": token})


def test_notification(start, smtp_port, mailbox, caplog):
    """A notification gives 200, a line in the log and a mail."""
    caplog.set_level("INFO")
    assert notify(start(smtp_port)).status_code == 200
    assert "'New order placed' at '2022-01-01 10:00:00'" in caplog.messages
    [mail] = mailbox.mails
    assert mailbox.recipients == [["owner@example.com"]]
    assert (mail["From"], mail["To"]) == ("shop@example.com", "owner@example.com")
    assert mail.get_content().splitlines() == ["New order placed", "2022-01-01 10:00:00"]


def test_wrong_token(start, smtp_port, mailbox):
    """A wrong token gives 401 and no mail."""
    reply = notify(start(smtp_port), token="another")
    assert (reply.status_code, reply.data) == (401, b"Unauthorized")
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "payload",
    [
        [NOTIFICATION],
        {"message": "no time"},
        {"message": 1, "timestamp": "2022-01-01 10:00:00"},
        {},
    ],
    ids=["an array", "no timestamp", "a number", "empty"],
)
def test_other_payloads(start, smtp_port, mailbox, payload):
    """A payload that is no notification is a 400, not a crash."""
    assert notify(start(smtp_port), payload).status_code == 400
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "message",
    [f"hello\r\n{BCC}", f"hello\n\n{BCC}", f"=?utf-8?q?hello=0D=0A{BCC.replace(' ', '_')}?="],
    ids=["line break", "empty line", "encoded word"],
)
def test_no_header_injection(start, smtp_port, mailbox, message):
    """No message adds a header or a recipient."""
    assert notify(start(smtp_port), NOTIFICATION | {"message": message}).status_code == 200
    [mail] = mailbox.mails
    assert mail["Bcc"] is None
    assert mailbox.recipients == [["owner@example.com"]]


@pytest.mark.parametrize(
    "message",
    ["", "\0\x1b[31m", ".\r\n.", "Bestellung über 5 €", "x" * 100_000],
    ids=["empty", "control characters", "end of mail", "not ASCII", "long"],
)
def test_odd_messages(start, smtp_port, mailbox, message):
    """Whatever its text, a notification is mailed."""
    assert notify(start(smtp_port), NOTIFICATION | {"message": message}).status_code == 200
    assert len(mailbox.mails) == 1


def test_no_mail_server(start):
    """Where the mail cannot be sent, the sender hears 500 and can try again."""
    with socket.socket() as bound:  # but not listening, so that connections are refused
        bound.bind(("127.0.0.1", 0))
        assert notify(start(bound.getsockname()[1])).status_code == 500
