"""A chat service and a mail server, with a page of what they got; alerts and news for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, render_template_string, request
from werkzeug.serving import make_server

from hookkit import providers
from hookkit.testing import Sender
from tests.examples.mail import FreePort, Mailbox
from tools.applications import Delivery, Page, Quiet, Seen, Settings, await_text

TOKEN = "3ccdd113" * 3 + "ab"

PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Received</title>
  <link rel="icon" href="data:,">
  <style>
    * { box-sizing: border-box; }
    body { margin: 0 auto; padding: 1rem; max-width: 75rem; font: 1rem/1.5 system-ui, sans-serif;
      color: #17202a; background: #f6f7f9; }
    main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
    h1 { margin: 0 0 0.5rem; font-size: 1.1rem; }
    article { margin: 0 0 0.75rem; padding: 0.75rem 1rem; background: #fff; border: 1px solid #d8dee6;
      border-radius: 0.5rem; }
    p { margin: 0 0 0.25rem; color: #4b5866; font-size: 0.9rem; }
    pre { margin: 0; font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
  </style>
</head>
<body>
  <main>
    <section aria-labelledby="chat">
      <h1 id="chat">In the chat: {{ texts | length }}</h1>
      {% for text in texts %}<article><pre>{{ text }}</pre></article>{% endfor %}
    </section>
    <section aria-labelledby="mail">
      <h1 id="mail">By mail: {{ mails | length }}</h1>
      {% for mail in mails %}
      <article><p>To {{ mail["To"] }}</p><pre><strong>{{ mail["Subject"] }}</strong>
{{ said(mail) }}</pre></article>
      {% endfor %}
    </section>
  </main>
</body>
</html>
"""


def said(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    assert body is not None
    return str(body.get_content()).strip()


@contextmanager
def surroundings(folder: Path) -> Iterator[Settings]:
    mailbox = Mailbox()
    mails = FreePort(mailbox, hostname="127.0.0.1", port=0)
    mails.start()
    chat = make_server("127.0.0.1", 0, service(mailbox), threaded=True, request_handler=Quiet)
    threading.Thread(target=chat.serve_forever, daemon=True).start()
    try:
        yield {
            "CHAT_URL": f"mmost://127.0.0.1:{chat.port}/{TOKEN}",
            "MAIL_URL": f"mailto://127.0.0.1:{mails.port}?from=hooks@example.com&to=ops@example.com",
        }
    finally:
        chat.shutdown()
        chat.server_close()
        mails.stop()


def service(mailbox: Mailbox) -> Flask:
    """Takes messages as Slack and Mattermost do, and shows them and the mails."""
    app = Flask(__name__)
    texts: list[str] = []

    @app.post(f"/hooks/{TOKEN}")
    def take() -> str:
        texts.append(request.get_json(force=True)["text"])
        return "ok"

    @app.get("/")
    def show() -> str:
        return render_template_string(PAGE, texts=texts, mails=mailbox.mails, said=said)

    return app


def alerts(status: str) -> dict[str, object]:
    """A group of two, as Alertmanager sends it."""
    label = {"alertname": "DiskFull", "severity": "page"}
    return {
        "version": "4",
        "groupKey": '{}:{alertname="DiskFull"}',
        "status": status,
        "receiver": "hooks",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": label,
        "alerts": [
            {
                "status": status,
                "labels": label | {"host": host},
                "annotations": {"summary": f"{host} has {left} of its disk left"},
            }
            for host, left in (("db-1", "2 %"), ("db-2", "3 %"))
        ],
    }


RUN = {
    "action": "completed",
    "repository": {"full_name": "acme/shop"},
    "sender": {"login": "ann"},
    "workflow_run": {
        "name": "tests",
        "head_branch": "main",
        "conclusion": "failure",
        "html_url": "https://github.com/acme/shop/actions/runs/42",
    },
}
PROBLEM = {
    "action": "triggered",
    "data": {
        "event": {
            "title": "ZeroDivisionError: division by zero",
            "web_url": "https://acme.sentry.io/issues/1117540176/",
        }
    },
}


def deliveries(settings: Settings) -> Iterator[Delivery]:
    # Its payload is the group, and not each alert in it.
    by_group = providers.alertmanager.replace(batch=None)
    alertmanager = Sender(by_group, settings["ALERTMANAGER_TOKEN"])
    github = Sender(providers.github, settings["GITHUB_SECRET"])
    sentry = Sender(providers.sentry, settings["SENTRY_SECRET"])
    sent = (
        Delivery("/webhooks/alertmanager", alertmanager.request(payload=alerts("firing"))),
        Delivery("/webhooks/github", github.request("workflow_run.completed", RUN)),
        Delivery("/webhooks/sentry", sentry.request("event_alert.triggered", PROBLEM)),
        Delivery("/webhooks/alertmanager", alertmanager.request(payload=alerts("resolved"))),
    )
    for count, delivery in enumerate(sent, 1):
        yield delivery
        await_text(Seen(board(settings), (f"In the chat: {count}", f"By mail: {count}")))


def board(settings: Settings) -> str:
    return f"http://{urlsplit(settings['CHAT_URL']).netloc}/"


def seen(settings: Settings) -> Seen:
    """The message, and the mail."""
    firing = "FIRING: DiskFull"
    return Seen(board(settings), ("In the chat: 1", firing, "By mail: 1", firing))


def pages(settings: Settings) -> tuple[Page, ...]:
    ready = "document.querySelectorAll('article').length === 8"
    return (Page("chat_alerts", board(settings), ready),)
