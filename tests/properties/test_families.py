"""Each family of signatures, over any parts of any request: what is covered cannot change, the rest may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookkit import HMAC, Header, Provider, Query, Request, Verifier
from hookkit.schemes import ECDSA, RSA, Digest, Ed25519
from tests.properties.signing import PRIVATE, TIMES, flipped, verdict_of

ORIGIN = "https://hooks.example.com/"
WORDS = st.text("abcxyz019-_~", max_size=12)
VALUES = st.text([*map(chr, range(0x21, 0x7F)), "\x80", "\xff"], min_size=1, max_size=20)
ENCODED = st.sampled_from(["hex", "base64", "base64url", "base64url-unpadded"])

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """How one family is declared, beside what all have, and what it signs with."""

    make: Callable[..., Any]
    secrets: st.SearchStrategy[bytes]
    arguments: st.SearchStrategy[Arguments] = field(default_factory=lambda: st.just({}))
    around: str = "{}"
    """Where the parts of the request go in the signed text."""


def algorithms(*names: str) -> st.SearchStrategy[Arguments]:
    return st.fixed_dictionaries({"algorithm": st.sampled_from(names)})


BINARY = st.binary(min_size=16, max_size=100).filter(lambda key: b"\0" not in key and key.strip())

FAMILIES = {
    "digest": Family(Digest, BINARY, algorithms("sha1", "sha256"), "{{secret}}{}{{secret}}"),
    "ecdsa": Family(ECDSA, st.sampled_from(PRIVATE[ECDSA]), algorithms("sha1", "sha256")),
    "ed25519": Family(Ed25519, st.sampled_from(PRIVATE[Ed25519])),
    "hmac": Family(HMAC, BINARY, algorithms("sha1", "sha256", "sha384", "sha512")),
    "rsa": Family(RSA, st.sampled_from(PRIVATE[RSA]), algorithms("sha1", "sha256", "sha512")),
}


@dataclass(frozen=True)
class Spot:
    """A part of a request in which a byte can change."""

    parts: frozenset[str]
    """What of a signed text has it."""
    text: Callable[[Request], bytes]
    put: Callable[[Request, bytes], Request]


def with_method(request: Request, method: bytes) -> Request:
    return Request(method.decode(), request.headers, request.body, url=request.url)


def with_path(request: Request, path: bytes) -> Request:
    return request.replace(url=f"{ORIGIN}{path.decode()}?{request.query}")


def with_value(request: Request, value: bytes) -> Request:
    return request.replace(url=f"{ORIGIN.rstrip('/')}{request.path}?b=1&a={value.decode()}")


SPOTS = {
    "body": Spot(
        frozenset({"{body}"}),
        lambda request: request.body,
        lambda request, body: request.replace(body=body),
    ),
    "method": Spot(
        frozenset({"{method}"}),
        lambda request: request.method.encode(),
        with_method,
    ),
    "path": Spot(
        frozenset({"{path}", "{url}"}),
        lambda request: request.path[1:].encode(),
        with_path,
    ),
    "query": Spot(
        frozenset({"{query}", "{url}", "{query:a}"}),
        lambda request: request.query.removeprefix("b=1&a=").encode(),
        with_value,
    ),
    "header": Spot(
        frozenset({"{header:X-Extra}"}),
        lambda request: (request.headers.get("X-Extra") or "").encode("latin-1"),
        lambda request, value: request.with_header("X-Extra", value.decode("latin-1")),
    ),
}
PARTS = sorted(frozenset().union(*(spot.parts for spot in SPOTS.values())))

requests = st.builds(
    lambda method, path, value, extra, body: Request(
        method, {"X-Extra": extra}, body, url=f"{ORIGIN}{path}?b=1&a={value}"
    ),
    st.sampled_from(["POST", "PUT", "PATCH"]),
    WORDS,
    WORDS,
    VALUES,
    st.binary(max_size=200),
)


@st.composite
def declarations(draw: st.DrawFn, family: Family) -> tuple[Provider, list[str]]:
    """A provider of this family, and the parts of a request that it signs."""
    parts = draw(st.lists(st.sampled_from(PARTS), min_size=1, unique=True))
    separator = draw(st.sampled_from(["", ".", "\n", "|v0|"]))
    timed = draw(st.booleans())
    signs = separator.join(draw(st.permutations([*parts, *["{timestamp}"] * timed])))
    places: list[Header | Query] = [Header("X-Signature")]
    if not {"{url}", "{query}"} & set(parts):
        places.append(Query("signature"))
    scheme = family.make(
        signature=draw(st.sampled_from(places)),
        signs=family.around.format(signs),
        encoding=draw(ENCODED),
        timestamp=Header("X-Time") if timed else None,
        **draw(family.arguments),
    )
    return Provider(name="declared", scheme=scheme), parts


def replaced(data: st.DataObject, spot: str, text: bytes) -> bytes:
    """One byte changed, so that the request still is one."""
    place = data.draw(st.integers(0, len(text) - 1))
    if spot == "body":
        return flipped(text, 8 * place + data.draw(st.integers(0, 7)))
    others = [each for each in b"ABXY9" if each != text[place]]
    return text[:place] + bytes([data.draw(st.sampled_from(others))]) + text[place + 1 :]


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@given(data=st.data(), request=requests, now=TIMES)
def test_what_is_covered_cannot_change(
    family: Family, data: st.DataObject, request: Request, now: int
) -> None:
    """Signed by any declaration it verifies; with a byte changed, only where no part has that byte."""
    provider, parts = data.draw(declarations(family))
    secret = data.draw(family.secrets)
    signed = Verifier(provider, secret=secret, clock=lambda: now).sign(request)
    assert verdict_of(provider, secret, now, signed) is not None
    moved = isinstance(provider.scheme.signature, Query)
    for name, spot in SPOTS.items():
        text = spot.text(request)
        # Where the signature is in the URL, putting another there would take it away.
        if not text or (moved and name in ("path", "query")):
            continue
        changed = spot.put(signed, replaced(data, name, text))
        is_covered = bool(spot.parts & set(parts))
        assert (verdict_of(provider, secret, now, changed) is None) is is_covered, name
