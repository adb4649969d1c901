"""A notification comes in, is logged, and goes out as a mail.

WEBHOOK_TOKEN=... MAIL_TO=you@example.com flask --app examples/notifications.py run

curl http://127.0.0.1:5000/webhook -H 'X-Webhook-Token: ...' -H 'Content-Type: application/json' \
    -d '{"message": "New order placed", "timestamp": "2022-01-01 10:00:00"}'
"""

import logging
import os
import smtplib
from email.message import EmailMessage

from flask import Flask

from hookkit import Event, Receiver, Response, providers

logging.basicConfig(level=logging.INFO)
log = logging.getLogger(__name__)

MAIL_FROM = os.environ.get("MAIL_FROM", "webhooks@localhost")
MAIL_TO = os.environ["MAIL_TO"]
SMTP_HOST = os.environ.get("SMTP_HOST", "localhost")
SMTP_PORT = int(os.environ.get("SMTP_PORT", "25"))

app = Flask(__name__)
hooks = Receiver(providers.token, secret=os.environ["WEBHOOK_TOKEN"])


@app.route("/webhook", methods=hooks.methods)
def webhook() -> Receiver:
    return hooks


@hooks.on("*")
def notify(event: Event) -> Response | None:
    match event.payload:
        case {"message": str(message), "timestamp": str(timestamp)}:
            log.info("%r at %r", message, timestamp)
            send_mail(message, timestamp)  # where this fails, the sender hears 500 and tries again
            return None
    return Response(400, "message and timestamp are missing, or no text")


def send_mail(message: str, timestamp: str) -> None:
    mail = EmailMessage()
    mail["From"] = MAIL_FROM
    mail["To"] = MAIL_TO
    # What comes from outside belongs in the body: "=?utf-8?q?=0ABcc:..." in a header would be
    # decoded to a line break, and so to further headers, by Python before 3.12.5.
    mail["Subject"] = "Webhook notification"
    mail.set_content(f"{message}\n{timestamp}\n")
    with smtplib.SMTP(SMTP_HOST, SMTP_PORT, timeout=10) as server:
        server.send_message(mail)
