"""Declared answers to the questions that a provider asks while an endpoint is set up."""

from __future__ import annotations

from dataclasses import dataclass

from hookkit.errors import BadChallenge
from hookkit.messages import Request, Response
from hookkit.places import Place

__all__ = ["Handshake", "answer"]

LONGEST = 1024
"""Characters of a challenge. Slack's have 52; a reply must not become a way to make us say anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A question that is no delivery, and its answer.

    Args:
        signed: whether the provider signs it like a delivery. There is no default: an unsigned question
            is answered to anyone, a signed one without a signature is a 401.
        asks: the question is this one where each of these places says this text.
        echo: what the provider wants to hear back, as plain text; ``None`` for an empty 200.
        method: that the question comes with.
    """

    signed: bool
    asks: tuple[tuple[Place, str], ...]
    echo: Place | None = None
    method: str = "POST"

    def asked(self, request: Request, payload: object) -> bool:
        """Whether this request is the question."""
        return request.method == self.method and all(
            place.find(request, payload) == said for place, said in self.asks
        )

    def reply(self, request: Request, payload: object) -> Response:
        """The answer. Raises BadChallenge where it would repeat what must not be repeated."""
        if self.echo is None:
            return Response()
        challenge = self.echo.find(request, payload)
        if not isinstance(challenge, str) or not 0 < len(challenge) <= LONGEST:
            raise BadChallenge
        if not challenge.isprintable():
            raise BadChallenge
        # A browser that is lured here must not take the echo for a page.
        return Response(200, challenge, {"X-Content-Type-Options": "nosniff"})


def answer(handshakes: tuple[Handshake, ...], request: Request, payload: object) -> Response | None:
    """The reply to whichever of these questions the request asks, or ``None`` where it is a delivery."""
    for handshake in handshakes:
        if handshake.asked(request, payload):
            return handshake.reply(request, payload)
    return None
