"""`CredentialFilter`: a request without its credentials, as it may be stored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookkit.bodies import read_first
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import First, Joined, Place, Pointer, Query, headers_of
from hookkit.provider import Provider
from hookkit.schemes.base import AnyScheme, with_text
from hookkit.schemes.credentials import Token
from hookkit.schemes.each import EachItem

__all__ = ["CredentialFilter"]

_CREDENTIAL = re.compile(
    r"authorization|cookie|signature|secret|token|passw|api-?key|hmac|credential", re.IGNORECASE
).search


MOST_NAMES = 256
"""Of headers that are remembered. Senders have few, but anybody may make some up."""


class CredentialFilter:
    """Takes a provider's credentials out of its requests."""

    def __init__(self, provider: Provider) -> None:
        self._scheme = provider.scheme
        self._stays = _HeaderStays(
            frozenset(_credential_headers(provider.scheme)), frozenset(_declared_headers(provider))
        )
        self._shows_token = _shows_token(provider.scheme)

    def headers(self, request: Request) -> tuple[tuple[str, str], ...]:
        """The header fields without credentials, and without any field that is named like one.

        A field that the provider declares for an event's name or id stays, whatever its name. Signatures go,
        too: the verdict says all that they prove, and whoever reads one here could send it again.
        """
        stays = self._stays
        return tuple([pair for pair in request.headers.items() if stays[pair[0]]])

    def without_token(self, request: Request) -> Request:
        """The request less the token in its query or body."""
        return _without_token(request, self._scheme) if self._shows_token else request


class _HeaderStays(dict[str, bool]):
    """Whether a header stays, by its name. Remembered, as all requests have the same names."""

    def __init__(self, credentials: frozenset[str], declared: frozenset[str]) -> None:
        super().__init__()
        self._credentials = credentials
        self._declared = declared

    def __missing__(self, name: str) -> bool:
        stays = name not in self._credentials and (name in self._declared or not _CREDENTIAL(name))
        if len(self) < MOST_NAMES:
            self[name] = stays
        return stays


def _shows_token(scheme: AnyScheme) -> bool:
    """Whether the query or the body may show the secret."""
    if isinstance(scheme, EachItem):
        return True
    return any(
        isinstance(place, Query) or (isinstance(place, Pointer) and isinstance(scheme, Token))
        for place in _places_of(scheme)
    )


def _without_token(request: Request, scheme: AnyScheme) -> Request:
    """Less what shows the secret in the query or the body."""
    if isinstance(scheme, EachItem):
        return scheme.changed(request, lambda item: _without_token(item, scheme.scheme))
    for place in _places_of(scheme):
        if isinstance(place, Query):
            request = request.replace(url=_without_parameter(request, place.name))
        elif isinstance(place, Pointer) and isinstance(scheme, Token):
            request = _without_token_at(request, place, scheme)
    return request


def _without_token_at(request: Request, place: Pointer, scheme: Token) -> Request:
    payload = read_first(request, scheme.reads, Limits())
    if place.find(request, payload) is None:
        return request
    return with_text(request, place, "", scheme.reads)


def _credential_headers(scheme: AnyScheme) -> Iterator[str]:
    """Lower-case names of the headers with the credential."""
    if scheme.header is not None:
        yield scheme.header.lower()
    for place in _places_of(scheme):
        yield from headers_of(place)


def _places_of(scheme: AnyScheme) -> tuple[Place, ...]:
    """Each place where the credential may be."""
    place = getattr(scheme, "place", None) or getattr(scheme, "signature", None)
    if isinstance(place, First | Joined):
        return place.places
    return () if place is None else (place,)


def _declared_headers(provider: Provider) -> Iterator[str]:
    """Lower-case names of the headers that say what the event is."""
    for place in (
        provider.event_type,
        provider.event_id,
        provider.delivery_id,
        provider.event_time,
    ):
        yield from headers_of(place)


def _without_parameter(request: Request, name: str) -> str:
    from urllib.parse import unquote_plus  # 11 ms to import, and few providers ask

    parts = [
        part
        for part in request.query.split("&")
        if part and unquote_plus(part.partition("=")[0]) != name
    ]
    base = request.url.partition("?")[0]
    return f"{base}?{'&'.join(parts)}" if parts else base
