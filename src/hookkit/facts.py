"""What is known of a provider, as words and plain values: for tables, pages and other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hookkit.handshake import Handshake
from hookkit.places import (
    Choice,
    First,
    Header,
    Inside,
    Joined,
    Number,
    Numbered,
    Place,
    Pointer,
    Query,
)
from hookkit.provider import Provider
from hookkit.schemes.base import PARTS, AnyScheme, as_fetching, says_itself
from hookkit.schemes.timestamps import both_ways
from hookkit.values import fields, value

__all__ = ["Facts", "Question", "facts_of", "in_words"]

KEY_FORMS: Mapping[str, str] = {
    "text": "text, as it is",
    "hex": "hex, decoded",
    "base64": "base64, decoded",
    "whsec": "base64, decoded, with or without whsec_ before it",
}


@value(kw_only=True)
class Question:
    """A question at set-up, and its answer."""

    method: str
    signed: bool
    """Whether it is signed like a delivery; otherwise it is answered to anyone."""
    asked: str
    """What tells it apart from a delivery."""
    answer: str


@value(kw_only=True)
class Facts:
    """What is known of one provider. Each value is text, a number, a truth value, or several of them."""

    name: str
    """Its name here: `providers.<name>`."""
    display: str
    docs: str
    """URL of the provider's own page, or ``""``."""
    family: str
    scheme: str
    """How it authenticates, in words."""
    credential: str
    """Where the credential is."""
    secret: str
    """What the secret is."""
    key_hosts: tuple[str, ...]
    """Hosts that publish its keys; with these it needs no secret."""
    extras: tuple[str, ...]
    """What to install with hookkit: ``crypto`` means ``pip install 'hookkit[crypto]'``."""
    covers: tuple[str, ...]
    """Parts of the request that are signed, of `hookkit.schemes.base.PARTS`."""
    signed_time: str
    """Where the signed time is, or ``""``."""
    tolerance: tuple[float, float] | None
    """Seconds that the signed time may lie in the past and in the future; ``None``: no such check."""
    event_type: str
    """Where the event's name is, or ``""``; so for the next ones."""
    event_id: str
    delivery_id: str
    event_time: str
    batch: str
    methods: tuple[str, ...]
    """HTTP methods that it uses."""
    accepts: tuple[str, ...]
    """Media types; ``*/*`` is any."""
    max_body: int
    """Bytes."""
    handshakes: tuple[Question, ...]
    needs: Mapping[str, str]
    """Name and meaning of each setting that `using` must be given."""
    takes: Mapping[str, str]
    """The same of those that it may be given."""
    timeout: float | None
    """Seconds that the provider waits."""
    retries: str
    retry_horizon: float | None
    """Seconds after which it no longer tries."""
    unconfirmed: tuple[str, ...]
    """Which of the figures the provider's own pages do not confirm."""
    signed_ids: bool
    unique_bodies: bool
    shared_ids: bool
    """Whether several events may have one id."""
    changes_each_try: tuple[str, ...]
    """Places in the body that are not the same when an event is sent again."""
    gaps: tuple[str, ...]
    """What the signature does not cover."""
    sure: str
    """Where all this comes from: ``official`` or ``third party``."""

    def as_dict(self) -> dict[str, Any]:
        """The same as dictionaries, lists, texts and numbers, for JSON."""
        return _by_name(self)


def _by_name(facts: Facts | Question) -> dict[str, Any]:
    return {each.name: _plain(getattr(facts, each.name)) for each in fields(facts)}


def _plain(value: object) -> object:
    if isinstance(value, Question):
        return _by_name(value)
    if isinstance(value, Mapping):
        return dict(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def facts_of(provider: Provider) -> Facts:
    """What the declaration tells, in words."""
    scheme = provider.scheme
    return Facts(
        name=provider.name,
        display=provider.display or provider.name,
        docs=provider.docs,
        family=scheme.family,
        scheme=_scheme(scheme),
        credential=_credential(scheme),
        secret=_secret(scheme),
        key_hosts=_key_hosts(scheme),
        extras=_extras(scheme),
        covers=_covered(scheme),
        signed_time=_signed_time(scheme),
        tolerance=_tolerance(scheme),
        event_type=in_words(provider.event_type),
        event_id=in_words(provider.event_id),
        delivery_id=in_words(provider.delivery_id),
        event_time=in_words(provider.event_time),
        batch=in_words(provider.batch),
        methods=provider.methods,
        accepts=tuple(dict.fromkeys(media for form in provider.accepts for media in form.media)),
        max_body=provider.max_body,
        handshakes=tuple(map(_question, provider.handshakes)),
        needs=provider.needs,
        takes=provider.takes,
        timeout=provider.timeout,
        retries=provider.retries,
        retry_horizon=provider.retry_horizon,
        unconfirmed=tuple(sorted(provider.unconfirmed)),
        signed_ids=provider.signed_ids,
        unique_bodies=provider.unique_bodies,
        shared_ids=provider.shared_ids,
        changes_each_try=provider.changes_each_try,
        gaps=provider.gaps,
        sure=provider.sure,
    )


def in_words(place: Place | None) -> str:  # noqa: PLR0911  # a table of places
    """Where a value is found; ``""`` for nowhere."""
    match place:
        case None:
            return ""
        case Header() | Query():
            kind = "header" if isinstance(place, Header) else "query parameter"
            return f"{kind} {place.name}"
        case Numbered():
            return f"headers {place.prefix}1, {place.prefix}2 and so on"
        case Pointer():
            return f"{place.path} in the body" if place.path else "the body"
        case Joined():
            return f' + "{place.by}" + '.join(map(in_words, place.places))
        case First():
            return ", or else ".join(map(in_words, place.places))
        case Number():
            return in_words(place.place)
        case Inside():
            return f"{place.inner.path} in the first value of {in_words(place.outer)}"
        case Choice():
            cases = [f"where that is {said}: {in_words(it)}" for said, it in place.cases.items()]
            return "; ".join([in_words(place.on), *cases, f"else {in_words(place.otherwise)}"])
    return place.in_words() if says_itself(place) else "by a rule of its own"


def _scheme(scheme: AnyScheme) -> str:
    if says_itself(scheme):
        return scheme.in_words()
    covered = ", ".join(_covered(scheme)) or "nothing of the request"
    return f"{type(scheme).__name__}, over {covered}"


def _credential(scheme: AnyScheme) -> str:
    place = getattr(scheme, "signature", None) or getattr(scheme, "place", None)
    if place is None:
        return f"header {scheme.header}" if scheme.header else "the body"
    layout = getattr(scheme, "layout", "{signature}")
    if not isinstance(layout, str | tuple):
        return f"{in_words(place)}, as {in_words(layout)}"
    layouts = [layout] if isinstance(layout, str) else list(layout)
    bare = layouts == ["{signature}"]
    return in_words(place) if bare else f"{in_words(place)}, as {' or '.join(layouts)}"


def _secret(scheme: AnyScheme) -> str:
    form = getattr(scheme, "key_form", None)
    if isinstance(form, str):
        return form
    key = getattr(scheme, "key", "text")
    return KEY_FORMS.get(key, "text") if isinstance(key, str) else "text, as the provider shows it"


def _key_hosts(scheme: AnyScheme) -> tuple[str, ...]:
    fetching = as_fetching(scheme)
    return () if fetching is None else tuple(sorted(fetching.hosts))


def _extras(scheme: AnyScheme) -> tuple[str, ...]:
    extra = getattr(scheme, "extra", "")
    return (extra,) if isinstance(extra, str) and extra else ()


def _covered(scheme: AnyScheme) -> tuple[str, ...]:
    return tuple(part for part in PARTS if scheme.covers(part))


def _signed_time(scheme: AnyScheme) -> str:
    if not scheme.covers("timestamp"):
        return ""
    place = getattr(scheme, "timestamp", None)
    return in_words(place) if place is not None else "beside the signature"


def _tolerance(scheme: AnyScheme) -> tuple[float, float] | None:
    if not scheme.covers("timestamp"):
        return None
    return both_ways(getattr(scheme, "tolerance", None))


def _question(handshake: Handshake) -> Question:
    said = [
        f"{in_words(place)} is {value}" if value is not None else f"{in_words(place)} is there"
        for place, value in handshake.asks
    ]
    if handshake.token is not None:
        said.append(f"{in_words(handshake.token[0])} is the right one")
    return Question(
        method=handshake.method,
        signed=handshake.signed,
        asked=" and ".join(said) or f"every {handshake.method}",
        answer=f"{handshake.status}, {_answer(handshake)}",
    )


def _answer(handshake: Handshake) -> str:
    if handshake.constant is not None:
        return f"always {handshake.constant}"
    if handshake.echo is None:
        return "empty"
    echo = in_words(handshake.echo)
    if handshake.computed is not None:
        return f"JSON computed from the secret and {echo}"
    if handshake.field is not None:
        return f'JSON with "{handshake.field}": {echo}'
    if handshake.header is not None:
        return f"empty, header {handshake.header}: {echo}"
    return f"as text: {echo}"
