"""hookkit as the corpus's runner wants it: `python runner.py --target tests.corpus.target:make_app …`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from hookkit import Event, Header, Inbox, Provider, Receiver, providers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MIB = 1024 * 1024

PUBLIC_URL = "https://hooks.example.com"

_gitlab_by_header = providers.gitlab_token.replace(
    event_type=Header("X-Gitlab-Event"), event_id=Header("X-Gitlab-Event-UUID")
)

# Each with the names it registers: any other name must run nothing.
_SENDERS: dict[str, tuple[Provider, tuple[str, ...]]] = {
    "discord": (providers.discord, ("2",)),
    "generic-wsgi": (providers.github, ("push",)),
    "github": (providers.github, ("push",)),
    "slack": (providers.slack, ("app_mention", "block_actions")),
    "standardwebhooks": (providers.standardwebhooks, ("invoice.paid",)),
    "stripe": (providers.stripe, ("invoice.paid",)),
    "token": (_gitlab_by_header, ("Push Hook",)),
    "twilio": (providers.twilio, ("*",)),
}


Made = tuple["WSGIApplication", list[str]]

INBOXES: list[Inbox] = []
"""Those that were made and are to be closed."""


def make_app(provider: str, secrets: str | list[str], clock: Callable[[], float]) -> Made:
    """A receiver of this sender, and the list to which each run of its handler appends."""
    return _made(provider, secrets, clock)


def make_durable_app(provider: str, secrets: str | list[str], clock: Callable[[], float]) -> Made:
    """The same with an inbox of its own, whose handlers run before the reply."""
    return _made(provider, secrets, clock, inbox=_inbox(clock), ack="handled")


def make_drained_app(provider: str, secrets: str | list[str], clock: Callable[[], float]) -> Made:
    """The same with an inbox whose worker has done everything before anyone looks."""
    inbox = _inbox(clock)
    receiver, calls = _made(provider, secrets, clock, inbox=inbox)

    def drained(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = receiver(environ, start_response)
        inbox.drain()
        return answer

    return drained, calls


def close_inboxes() -> None:
    """Let go of all that were made."""
    while INBOXES:
        INBOXES.pop().close()


def _inbox(clock: Callable[[], float]) -> Inbox:
    inbox = Inbox("sqlite://", clock=clock)
    INBOXES.append(inbox)
    return inbox


def _made(
    provider: str, secrets: str | list[str], clock: Callable[[], float], **durable: Any
) -> tuple[Receiver, list[str]]:
    value, names = _SENDERS[provider]
    public_url = PUBLIC_URL if value.scheme.signs_url else None
    receiver = Receiver(
        value, secret=secrets, clock=clock, max_body=MIB, public_url=public_url, **durable
    )
    calls: list[str] = []

    @receiver.on(*names, name="note")
    def note(event: Event) -> None:
        calls.append(event.type)

    return receiver, calls
