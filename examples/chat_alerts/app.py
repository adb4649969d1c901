"""Alerts and news come in as webhooks, and go out to chat and by mail, each of both tried again by itself."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from apprise import Apprise, NotifyFormat
from messages import Message, of_alerts, of_github, of_sentry

import hookkit
from hookkit import Backoff, ConfigError, Event, Inbox, Pointer, Receiver, providers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("DATA", HERE / "data")).resolve()


def setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigError(f"set the environment variable {name}; README.md says to what")
    return value


def number(name: str, least: float, most: float, default: str = "") -> float:
    """A setting that is a number in these bounds. Raises ConfigError."""
    value = os.environ.get(name) or default or setting(name)
    with suppress(ValueError):
        if least <= float(value) <= most:
            return float(value)
    raise ConfigError(f"{name}={value!r}: write a number from {least:g} to {most:g}")


def service(name: str) -> Apprise:
    """What Apprise makes of the URL in this setting, which may hold a password."""
    found = Apprise()
    if not found.add(setting(name)):
        raise ConfigError(f"{name} is no URL that Apprise knows")
    return found


chat_service, mail_service = service("CHAT_URL"), service("MAIL_URL")

DATA.mkdir(parents=True, exist_ok=True)
patient = Backoff(attempts=20, first=number("RETRY_SECONDS", 0, 600), factor=2.0, cap=600.0)
inbox = Inbox(f"sqlite:///{DATA}/hooks.db", backoff=patient)
# A group is one message, so the group is the event, and not each of its alerts.
by_group = providers.alertmanager.replace(batch=None)
alertmanager = Receiver(by_group, secret=setting("ALERTMANAGER_TOKEN"), inbox=inbox)
github = Receiver(providers.github, secret=setting("GITHUB_SECRET"), inbox=inbox)
sentry = Receiver(providers.sentry, secret=setting("SENTRY_SECRET"), inbox=inbox)

GROUP = Pointer("/groupKey")


# Two handlers of each event: what the chat service refuses is tried again without another mail.
# Each has an order of its own, so that neither waits for the other.


@alertmanager.on("*", name="chat", ordered_by=GROUP)
def alerts_to_chat(event: Event) -> None:
    send(chat_service, of_alerts(event))


@alertmanager.on("*", name="mail", ordered_by=GROUP)
def alerts_to_mail(event: Event) -> None:
    send(mail_service, of_alerts(event))


def has_failed(event: Event) -> bool:
    return Pointer("/workflow_run/conclusion").find(event.request, event.payload) == "failure"


@github.on("issues.opened", "pull_request.opened", name="chat")
@github.on("workflow_run.completed", name="failure to chat", when=has_failed)
def news_to_chat(event: Event) -> None:
    send(chat_service, of_github(event))


@github.on("issues.opened", "pull_request.opened", name="mail")
@github.on("workflow_run.completed", name="failure to mail", when=has_failed)
def news_to_mail(event: Event) -> None:
    send(mail_service, of_github(event))


@sentry.on("event_alert.triggered", "issue.created", name="chat")
def problems_to_chat(event: Event) -> None:
    send(chat_service, of_sentry(event))


@sentry.on("event_alert.triggered", "issue.created", name="mail")
def problems_to_mail(event: Event) -> None:
    send(mail_service, of_sentry(event))


class NotSent(Exception):
    """The service refused it, or does not answer; the inbox tries again."""


def send(to: Apprise, message: Message) -> None:
    sent = to.notify(title=message.title, body=message.body, body_format=NotifyFormat.TEXT)
    if not sent:
        raise NotSent("the service took no message; Apprise's log says why")


def site(_: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [b"chat_alerts is running. It takes webhooks and has no pages.\n"]


app = hookkit.mount(
    site,
    {
        "/webhooks/alertmanager": alertmanager,
        "/webhooks/github": github,
        "/webhooks/sentry": sentry,
    },
)
