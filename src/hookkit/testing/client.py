"""`Client`: posts what a provider would send, and tells what came of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hookkit.errors import ConfigError
from hookkit.event import Event
from hookkit.keys import Secret
from hookkit.messages import Request, Response
from hookkit.provider import Provider
from hookkit.receiver import Receiver
from hookkit.testing.runs import Ran, watching
from hookkit.testing.sender import Sender
from hookkit.testing.targets import post_to, url_at

__all__ = ["Client", "Sent"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a request.

    Attributes:
        request: as it was sent.
        response: the answer.
        runs: of handlers, in their order; only where the client has the receiver.
    """

    request: Request
    response: Response
    runs: tuple[Ran, ...] = ()

    @property
    def status(self) -> int:
        """Of the answer."""
        return self.response.status

    @property
    def events(self) -> list[Event[Any]]:
        """Those that handlers got, each once."""
        found: list[Event[Any]] = []
        for run in self.runs:
            same = (
                each for each in found if each.id == run.event.id and each.type == run.event.type
            )
            if next(same, None) is None:
                found.append(run.event)
        return found

    @property
    def ran(self) -> list[str]:
        """Names of the handlers that ran."""
        return [run.handler for run in self.runs]

    @property
    def results(self) -> list[object]:
        """What they returned."""
        return [run.result for run in self.runs]

    @property
    def errors(self) -> list[BaseException]:
        """What they raised."""
        return [run.error for run in self.runs if run.error is not None]


class Client:
    """Posts to a receiver in this process, or to an app that has one, yours or not.

    ::

        Client(github).send("push", {"ref": "refs/heads/main"})
        Client(flask_app, path="/webhooks/github", receiver=github).send("push")
        Client("http://localhost:8000/webhooks/github", provider=providers.github, secret="…").send("push")

    With a receiver it signs as the provider would sign for that. What its inbox has accepted is handled
    before `send` is over, in this thread: workers that were started in this process are stopped.

    Args:
        target: a Receiver; a WSGI or ASGI app; a test client of Flask, Django, Starlette or httpx; a URL.
        path: of the endpoint.
        receiver: the one behind an app, to see what its handlers do.
        provider: the sender, where there is no receiver.
        secret: as it is set at the provider; of a receiver with a public key, the private one.

    Raises:
        ConfigError: neither a receiver nor a provider is given.
    """

    def __init__(
        self,
        target: Any,
        *,
        path: str = "/",
        receiver: Receiver | None = None,
        provider: Provider | None = None,
        secret: Secret | None = None,
    ) -> None:
        self.receiver = target if isinstance(target, Receiver) else receiver
        if self.receiver is not None and self.receiver.inbox is not None:
            self.receiver.inbox.stop()  # or its workers would handle some events, at any time
        self._post = post_to(target, path)
        self.sender = self._make_sender(provider, secret, url_at(target, path))

    def _make_sender(self, provider: Provider | None, secret: Secret | None, url: str) -> Sender:
        if self.receiver is not None and secret is None:
            return Sender(self.receiver.provider, verifier=self.receiver.verifier, url=url)
        if self.receiver is not None:
            now = self.receiver.verifier.now
            return Sender(self.receiver.provider, secret, clock=now, url=url)
        if provider is None or secret is None:
            raise ConfigError("who sends? Give receiver=, or provider= and secret=")
        return Sender(provider, secret, url=url)

    def send(
        self,
        type: str | None = None,  # noqa: A002  # an event's
        payload: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002  # an event's
        delivery_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Sent:
        """Send an event; see `Sender.request`."""
        return self.post(
            self.sender.request(type, payload, id=id, delivery_id=delivery_id, headers=headers)
        )

    def post(self, request: Request) -> Sent:
        """Send this very request: a stale, tampered or unsigned one, or one for the second time."""
        if self.receiver is None:
            return Sent(request, self._post(request))
        with watching(self.receiver) as runs:
            response = self._post(request)
            if self.receiver.inbox is not None:
                self.receiver.inbox.drain()
        return Sent(request, response, tuple(runs))

    def repeat(self, request: Request, times: int = 2) -> list[Sent]:
        """Send it so often, whatever the answer, as a provider does whose connection was lost."""
        return [self.post(request) for _ in range(times)]

    def reorder(self, requests: Sequence[Request], seed: int = 0) -> list[Sent]:
        """Send each, in another order than this: the same one for the same seed."""
        order = list(range(len(requests)))
        chance = random.Random(seed)  # noqa: S311  # guards nothing
        while len(order) > 1 and order == sorted(order):
            chance.shuffle(order)
        return [self.post(requests[place]) for place in order]

    def retry(self, request: Request, times: int = 3) -> list[Sent]:
        """Send it until it is accepted, as a provider does, at most so often."""
        sent: list[Sent] = []
        while len(sent) < times and not (sent and 200 <= sent[-1].status < 300):
            sent.append(self.post(request))
        return sent

    def __repr__(self) -> str:
        return f"<Client of {self.sender.provider.name}>"
