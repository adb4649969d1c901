"""`Handshake`: a question that a provider asks while an endpoint is set up, and its declared answer."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Sequence
from hmac import compare_digest

from hookkit.errors import BadChallenge, ConfigError, SetUpClosed
from hookkit.messages import Request, Response
from hookkit.places import Place
from hookkit.schemes.base import wire_bytes
from hookkit.values import field, value

__all__ = ["Handshake", "answer"]

LONGEST = 1024
"""Characters of a challenge. Slack's have 52; nobody should be able to have us say just anything."""

TOKEN = frozenset(string.ascii_letters + string.digits + "_=+/-")
"""What a challenge may be made of that is answered with the secret's help."""

LONGEST_TOKEN = 128

Computed = Callable[[str, bytes], dict[str, str] | str]
"""From the challenge and the secret to the fields of the JSON that is answered, or to plain text."""

Accept = Callable[[str, Request], bool]
"""Takes a secret that the sender has made, and the request with it; true where it is kept."""


@value(kw_only=True)
class Handshake:
    """A question that is no delivery, and its answer.

    Args:
        signed: whether the provider signs it like a delivery. There is no default: an unsigned question
            is answered to anyone, a signed one without a signature is a 401.
        asks: places, and what stands at each of them in this question; ``None``: anything.
        token: a place in the URL or the headers, and the text that stands there, which only the provider
            knows. It is compared in constant time, and shown nowhere.
        echo: what the provider wants to hear back; ``None`` for an empty answer.
        field: the answer is JSON with the echo in this field; plain text otherwise.
        computed: the answer is made of the echo and the secret: JSON, or text. The challenge is then held to
            `TOKEN`, so that nobody can have a delivery of their own signed here.
        header: the answer is empty, with the echo in this header.
        headers: further header fields of the answer, each a text, or a place whose text is repeated where
            there is one.
        constant: the answer is this JSON, whatever was asked.
        accept: called with the echo, which is a secret that the sender has made for this endpoint, and the
            request. It keeps the secret while the set-up is open, and gives true; else the question is a
            401. Whoever asks first would set the secret otherwise.
        method: that the question comes with.
        status: of the answer.

    Raises:
        ConfigError: more than one form of answer is declared, or one without `echo`; or every delivery
            would be this question.
    """

    signed: bool
    asks: tuple[tuple[Place, str | int | None], ...]
    token: tuple[Place, str] | None = field(default=None, repr=False)
    echo: Place | None = None
    field: str | None = None
    computed: Computed | None = None
    header: str | None = None
    headers: tuple[tuple[str, Place | str], ...] = ()
    accept: Accept | None = None
    constant: str | None = None
    method: str = "POST"
    status: int = 200

    def __post_init__(self) -> None:
        forms = [form for form in (self.field, self.computed, self.header) if form is not None]
        if len(forms) > 1 or (forms and self.echo is None):
            raise ConfigError("a handshake has echo= and at most one of field=, computed=, header=")
        if self.constant is not None and self.echo is not None:
            raise ConfigError("constant= is the whole answer: leave out echo=, or constant=")
        if self.accept is not None and self.echo is None:
            raise ConfigError("accept= is given the echo: say where that is, with echo=")
        if not self.asks and self.method == "POST":
            raise ConfigError(
                "asks=() takes every delivery for the question: say what tells it apart"
            )

    def asked(self, request: Request, payload: object) -> bool:
        """Whether this request is the question."""
        return (
            request.method == self.method
            and all(_says(place.find(request, payload), said) for place, said in self.asks)
            and self._has_token(request, payload)
        )

    def _has_token(self, request: Request, payload: object) -> bool:
        if self.token is None:
            return True
        place, token = self.token
        shown = place.find(request, payload)
        return isinstance(shown, str) and compare_digest(wire_bytes(shown), token.encode())

    def reply(self, request: Request, payload: object, secret: bytes) -> Response:
        """The answer.

        Raises:
            BadChallenge: it would repeat what must not be repeated.
            SetUpClosed: `accept` did not take the secret.
        """
        if self.constant is not None:
            return Response(self.status, self.constant, content_type="application/json")
        if self.echo is None:
            return Response(self.status, b"", self._further(request, payload))
        challenge = self._challenge(request, payload)
        if self.accept is not None and not self.accept(challenge, request):
            raise SetUpClosed
        if self.computed is not None:
            made = self.computed(challenge, secret)
            return self._text(made) if isinstance(made, str) else self._json(made)
        if self.field is not None:
            return self._json({self.field: challenge})
        if self.header is not None:
            echoed = {self.header: challenge, **self._further(request, payload)}
            return Response(self.status, b"", echoed)
        return self._text(challenge)

    def _text(self, text: str) -> Response:
        # A browser that is lured here must not take the echo for a page.
        return Response(self.status, text, {"X-Content-Type-Options": "nosniff"})

    def _json(self, fields: dict[str, str]) -> Response:
        nosniff = {"X-Content-Type-Options": "nosniff"}
        text = json.dumps(fields, separators=(",", ":"))
        return Response(self.status, text, nosniff, content_type="application/json")

    def _further(self, request: Request, payload: object) -> dict[str, str]:
        """The further header fields, less those whose place has nothing."""
        fields: dict[str, str] = {}
        for name, place in self.headers:
            found = place if isinstance(place, str) else place.find(request, payload)
            if found is not None:
                fields[name] = _repeatable(found, ascii_only=True)
        return fields

    def _challenge(self, request: Request, payload: object) -> str:
        found = None if self.echo is None else self.echo.find(request, payload)
        challenge = _repeatable(found, ascii_only=self.header is not None)
        if self.computed and (len(challenge) > LONGEST_TOKEN or not TOKEN.issuperset(challenge)):
            raise BadChallenge
        return challenge


def _repeatable(found: object, *, ascii_only: bool) -> str:
    """What was found, where it is short printable text. Raises BadChallenge."""
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST:
        raise BadChallenge
    if not found.isprintable() or (ascii_only and not found.isascii()):
        raise BadChallenge
    return found


def _says(found: object, said: str | int | None) -> bool:
    return found is not None if said is None else type(found) is type(said) and found == said


def answer(
    handshakes: Sequence[Handshake], request: Request, payload: object, secret: Callable[[], bytes]
) -> Response | None:
    """The reply to whichever of these questions the request asks, or ``None`` where it is a delivery."""
    for handshake in handshakes:
        if handshake.asked(request, payload):
            return handshake.reply(request, payload, secret() if handshake.computed else b"")
    return None
