"""hookkit as the corpus's runner wants it: `python runner.py --target tests.corpus.target:make_app …`."""

from collections.abc import Callable

from hookkit import Event, Header, Provider, Receiver, providers

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


def make_app(
    provider: str, secrets: str | list[str], clock: Callable[[], float]
) -> tuple[Receiver, list[str]]:
    """A receiver of this sender, and the list to which each run of its handler appends."""
    value, names = _SENDERS[provider]
    public_url = PUBLIC_URL if value.scheme.signs_url else None
    receiver = Receiver(value, secret=secrets, clock=clock, max_body=MIB, public_url=public_url)
    calls: list[str] = []

    @receiver.on(*names)
    def note(event: Event) -> None:
        calls.append(event.type)

    return receiver, calls
