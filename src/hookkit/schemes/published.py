"""Where a provider publishes the public keys of its signatures: `JWKS`, or a `KeyPage` for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Protocol

from hookkit.decoding import decode_json, standard_decoder
from hookkit.errors import (
    BadBody,
    ConfigError,
    KeyUnavailable,
    MalformedCredential,
    MissingCredential,
    WrongCredential,
)
from hookkit.messages import Request, Response
from hookkit.places import Place, Pointer
from hookkit.schemes.accounts import Account
from hookkit.schemes.base import Fetch, read_answer
from hookkit.values import value

__all__ = ["JWKS", "KeyPage", "KeySource", "Ring", "host_of", "read_json"]

LONGEST_ID = 128
"""Characters of a key's id. UUIDs have 36, thumbprints in base64url 43."""

# What may be put into a URL as it is: no slash, no dot, no percent.
_id = re.compile(r"[A-Za-z0-9_-]+").fullmatch


class KeySource(Protocol):
    """Where keys are found."""

    @property
    def hosts(self) -> frozenset[str]:
        """Names of the hosts that it asks."""
        ...

    def tries(
        self, request: Request, payload: object, fetch: Fetch, now: float
    ) -> Iterator[list[bytes]]:
        """Keys to try, in a form that the scheme reads as a secret; then newer ones, if there may be any.

        Raises:
            Unauthorized: the request names no key that there can be.
            KeyUnavailable: there is no answer, or none that can be read.
        """
        ...


class Ring:
    """In the place of a key: what fetches those that are published."""

    __slots__ = ("fetch",)

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch


@value
class JWKS:
    """A set of keys (RFC 7517) at one URL.

    It is asked anew, as often as `fetch` sees fit, for an id that it lacks; or where there are no ids, for
    a signature that none of its keys made.

    Args:
        url: of the set.
        key_id: where a request names its key; ``None``: any key of the set may be it.
    """

    url: str
    key_id: Place | None = None

    def __post_init__(self) -> None:
        host_of(self.url)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset({host_of(self.url)})

    def tries(
        self, request: Request, payload: object, fetch: Fetch, now: float
    ) -> Iterator[list[bytes]]:
        wanted = None if self.key_id is None else shown_id(self.key_id, request, payload)
        question = Request("GET", url=self.url)
        known = read_answer(question, fetch, lambda answer: self._keys(answer, wanted))
        yield known
        if wanted is not None and known:
            return
        newer = self._keys(fetch(question.with_header("Cache-Control", "no-cache")), wanted)
        if newer != known:
            yield newer

    def _keys(self, response: Response, wanted: str | None) -> list[bytes]:
        keys = Pointer("/keys").find(Request(), read_json(response))
        if not isinstance(keys, list):
            raise KeyUnavailable("what is published is no set of keys")
        return [
            json.dumps(key).encode()
            for key in keys
            if isinstance(key, dict) and wanted in (None, key.get("kid"))
        ]


@value
class KeyPage:
    """A key for each URL, in the JSON that is found there.

    Args:
        url: of the key, with ``{id}`` where its id goes.
        at: where it is in the JSON.
        key_id: where a request names it; ``None`` where there is one key only.
        account: credentials to ask with, where the keys are not open to all.
    """

    url: str
    at: Pointer
    key_id: Place | None = None
    account: Account | None = None

    def __post_init__(self) -> None:
        host_of(self.url)
        if ("{id}" in self.url) is not (self.key_id is not None):
            raise ConfigError("a KeyPage has {id} in its url= and key_id=, or neither")

    @property
    def hosts(self) -> frozenset[str]:
        asked = frozenset() if self.account is None else self.account.hosts
        return asked | {host_of(self.url)}

    def tries(
        self, request: Request, payload: object, fetch: Fetch, now: float
    ) -> Iterator[list[bytes]]:
        if self.key_id is not None:
            wanted = shown_id(self.key_id, request, payload)
            # An id stands for one key for ever, so there is no newer one.
            yield [self._key(Request("GET", url=self.url.replace("{id}", wanted)), fetch)]
            return
        question = Request("GET", url=self.url)
        known = self._key(question, fetch)
        yield [known]
        newer = self._key(question.with_header("Cache-Control", "no-cache"), fetch)
        if newer != known:
            yield [newer]

    def _key(self, question: Request, fetch: Fetch) -> bytes:
        account = self.account
        ask = fetch if account is None else lambda asked: account.ask(asked, fetch)
        return read_answer(question.with_header("Accept", "application/json"), ask, self._read)

    def _read(self, response: Response) -> bytes:
        if self.key_id is not None and response.status in (400, 404, 410):
            raise WrongCredential  # an id that somebody made up
        key = self.at.find(Request(), read_json(response))
        if not isinstance(key, str):
            raise KeyUnavailable(f"what is published has no key at {self.at.path}")
        return key.encode("utf-8", "surrogatepass")


def shown_id(place: Place, request: Request, payload: object) -> str:
    """The id that the request names its key by, fit for a URL. Raises Unauthorized."""
    shown = place.find(request, payload)
    if shown is None:
        raise MissingCredential
    if not isinstance(shown, str) or len(shown) > LONGEST_ID or not _id(shown):
        raise MalformedCredential
    return shown


def read_json(response: Response) -> object:
    """What a host said. Raises KeyUnavailable where it refused, or said no JSON."""
    if response.status >= 400:
        raise KeyUnavailable(f"its host answered {response.status}")
    try:
        return decode_json(response.body, standard_decoder)
    except BadBody:
        raise KeyUnavailable("its host answered something else than JSON") from None


def host_of(url: str) -> str:
    """The host in a URL of a declaration, with its port. Raises ConfigError where it is not https."""
    scheme, _, rest = url.partition("://")
    host, slash, _ = rest.partition("/")
    if scheme != "https" or not host or not slash:
        raise ConfigError(f"{url!r}: write the whole URL, such as https://api.example.com/keys")
    return host
