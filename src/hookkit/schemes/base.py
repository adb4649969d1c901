"""What every scheme is: `Scheme`, and the `Verdict` that it gives."""

from __future__ import annotations

from collections.abc import Callable

from hookkit.bodies import form_of, read_first, write_body
from hookkit.errors import ConfigError, KeyUnavailable, MalformedCredential, MissingCredential
from hookkit.formats import Format
from hookkit.hints import TYPE_CHECKING, Any, Protocol, TypeGuard, TypeVar, cast
from hookkit.limits import Limits
from hookkit.messages import Request, Response
from hookkit.places import First, Header, Joined, Numbered, Place, Pointer, Query
from hookkit.values import value

if TYPE_CHECKING:
    from typing import ClassVar
else:
    from hookkit.hints import ClassVar

__all__ = [
    "PARTS",
    "AnyScheme",
    "Check",
    "Described",
    "Fetch",
    "Fetching",
    "Scheme",
    "Step",
    "Verdict",
    "as_fetching",
    "checking",
    "credential",
    "read_answer",
    "says_itself",
    "wire_bytes",
    "with_text",
]

PARTS = ("body", "field", "timestamp", "id", "method", "url", "path", "query", "header")
"""What a scheme may cover of a request; a field is one of the body, a header another than its own."""


class Verdict:
    """A request is authentic: by which secret, and signed when.

    Attributes:
        key: position of the secret that verified, 0 for the first (the newest).
        timestamp: the signed time in unix seconds, or ``None`` where none is signed.
        age: seconds between that time and now, or ``None``; negative where our clock is behind.
        plain: the body in the clear, where it came encrypted; not in the repr.
        named: the name of the key, as the signature that is right says it; ``None`` where none says one.
    """

    __slots__ = ("age", "key", "named", "plain", "timestamp")

    def __init__(
        self,
        key: int,
        timestamp: float | None = None,
        age: float | None = None,
        plain: bytes | None = None,
        named: str | None = None,
    ) -> None:
        self.key = key
        self.named = named
        self.timestamp = timestamp
        self.age = age
        self.plain = plain

    def __repr__(self) -> str:
        return f"Verdict(key={self.key}, timestamp={self.timestamp}, age={self.age})"


@value
class Step:
    """One line of an explanation: what was looked at, and what was found."""

    name: str
    found: str


K = TypeVar("K")


class Scheme(Protocol[K]):
    """A way to authenticate a request, with keys of the type K that it makes of secrets.

    A scheme holds no secret and no state, so that one value serves every receiver and thread.
    """

    family: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def header(self) -> str | None:
        """Name of the header that carries the credential, where one does."""
        ...

    @property
    def signs_url(self) -> bool:
        """Whether the URL is part of what is signed, so that the receiver must know its public one."""
        ...

    def covers(self, part: str) -> bool:
        """Whether `part` (``body``, ``timestamp``, ``id``, ``url``, ...) is signed."""
        ...

    def prepare(self, secret: bytes) -> K:
        """The key that this secret stands for. Raises ConfigError where it is not of the form."""
        ...

    def verify(self, request: Request, keys: tuple[K, ...], now: float, limits: Limits) -> Verdict:
        """Who signed.

        Raises a subclass of Unauthorized whatever the request is; or KeyUnavailable, where its keys are
        `Fetching` ones and cannot be had.
        """
        ...

    def sign(self, request: Request, key: K, now: float, message_id: str) -> Request:
        """The request as the provider would send it, signed at `now` (unix seconds)."""
        ...

    def steps(self, request: Request, keys: tuple[K, ...], limits: Limits) -> list[Step]:
        """What verifying looks at, for `explain`: never a secret, nothing unprintable."""
        ...


Check = Callable[[Request, float], Verdict]
"""Verifies a request, at a time in unix seconds, with keys that it has. Raises what `Scheme.verify` does."""


def checking(scheme: AnyScheme, keys: tuple[Any, ...], limits: Limits) -> Check:
    """The scheme's verification with these keys, for a receiver whose keys are the same for every request.

    A scheme may have a faster way for that: a method `shorter`, which gives a check or ``None``.
    """
    shorter: Callable[[tuple[Any, ...], Limits], Check | None] | None = getattr(
        scheme, "shorter", None
    )
    check = None if shorter is None else shorter(keys, limits)
    return check or (lambda request, now: scheme.verify(request, keys, now, limits))


Fetch = Callable[[Request], Response]
"""Asks over HTTPS for what a scheme has to know, and gives the answer: of status 200 to 299, or one from 400
on that says that what was asked for is not known, or not to be had.

Raises KeyUnavailable where there is none. The addresses come from the scheme's declaration; nothing of a
webhook is in one, but a key's id that has been checked to be one. It may answer from memory, whatever the
method. ``Cache-Control: no-cache`` asks anew, as often as it sees fit, for what the remembered answer lacks;
``no-store`` always asks, and is never remembered: for a question about one delivery.
"""


T = TypeVar("T")


def read_answer(question: Request, fetch: Fetch, read: Callable[[Response], T]) -> T:
    """What `read` makes of the answer to a question; of a newer one, where it makes nothing of that.

    A page of maintenance that says 200 would otherwise be believed for as long as keys are remembered.

    Raises:
        KeyUnavailable: there is no answer, or `read` raises it of the newer one, too.
    """
    answer = fetch(question)
    try:
        return read(answer)
    except KeyUnavailable:
        if answer.status >= 300:
            raise  # is not remembered for long
    return read(fetch(question.with_header("Cache-Control", "no-cache")))


class Fetching(Protocol):
    """A scheme whose keys are published, so that none needs to be configured."""

    @property
    def hosts(self) -> frozenset[str]:
        """Names of the hosts that it asks; no other is ever connected to. None: a secret is needed."""
        ...

    def keyring(self, fetch: Fetch) -> Any:
        """What `verify` takes for a key, where no secret is configured."""
        ...


def as_fetching(scheme: object) -> Fetching | None:
    """The scheme, where it is a `Fetching` one."""
    is_one = hasattr(scheme, "hosts") and hasattr(scheme, "keyring")
    return cast("Fetching", scheme) if is_one else None


class Described(Protocol):
    """A scheme, signed content or place that says in words what it is, for the catalogue.

    A scheme may say more, as attributes of its class: `key_form`, what the secret is, and `extra`,
    which of hookkit's extras it needs.
    """

    def in_words(self) -> str:
        """A phrase of one line, without a full stop."""
        ...


def says_itself(thing: object) -> TypeGuard[Described]:
    """Whether it is a `Described` one."""
    return hasattr(thing, "in_words")


AnyScheme = Scheme[Any]
"""A scheme whose type of keys is its own affair."""


def credential(place: Place, request: Request, limits: Limits, payload: object = None) -> str:
    """The text at `place`, which is there and not longer than the limit."""
    value = place.find(request, payload)
    if value is None:
        raise MissingCredential
    if not isinstance(value, str) or len(value) > limits.header:
        raise MalformedCredential
    return value


def wire_bytes(text: str) -> bytes:
    """Header text as the bytes that were on the wire."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        # No server hands over such text; a test client or a proxy might.
        raise MalformedCredential from None


def with_text(
    request: Request,
    place: Place,
    text: str,
    reads: Format | tuple[Format, ...] | None = None,
) -> Request:
    """The request with this text at this place; raises ConfigError where that cannot be written."""
    # What is joined by a comma is a list of signatures, and one is enough.
    if isinstance(place, First) or (isinstance(place, Joined) and place.by == ","):
        return with_text(request, place.places[0], text, reads)
    if isinstance(place, Query):
        return request.replace(url=_with_query(request, place.name, text))
    if isinstance(place, Header | Numbered):
        return request.with_header(place.name, text)
    if isinstance(place, Pointer) and reads is not None:
        payload = read_first(request, reads, Limits())
        if isinstance(payload, dict):
            place.put(payload, text)
            return request.replace(body=write_body(form_of(request, reads), payload, request.body))
    raise ConfigError(f"{place!r} is no place that a signer can write to")


def _with_query(request: Request, name: str, text: str) -> str:
    """The URL with this parameter, in the place of what it has under that name."""
    from urllib.parse import quote, unquote_plus  # as in Query.find

    parts = request.query.split("&") if request.query else []
    kept = [part for part in parts if unquote_plus(part.partition("=")[0]) != name]
    added = f"{quote(name)}={quote(text, safe='', encoding='latin-1')}"
    return f"{request.url.partition('?')[0]}?{'&'.join([*kept, added])}"
