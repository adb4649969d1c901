"""Deliveries to draw: by every provider, and by declarations that nobody has written yet."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import strategies as st

from hookkit import (
    HMAC,
    Basic,
    Bearer,
    Header,
    Pointer,
    Provider,
    Request,
    Token,
    Unauthorized,
    Verdict,
    Verifier,
    providers,
)
from hookkit.places import outside_body
from hookkit.schemes.asymmetric import ECDSA, RSA, Ed25519
from hookkit.schemes.each import EachItem
from hookkit.schemes.message_signatures import MessageSignature
from hookkit.schemes.signed import ENCODINGS
from hookkit.schemes.tokens import JWT
from tests.providers.sampling import configured, delivery_of, secrets_for

URL = "https://hooks.example.com/in?a=1"

# RFC 3339 ends with the year 9999, and none of this is about the far future.
TIMES = st.integers(0, 4_000_000_000)


@dataclass(frozen=True)
class Delivery:
    """A request that a provider signed, and what it signed it with."""

    provider: Provider
    secret: bytes = field(repr=False)
    others: tuple[bytes, ...] = field(repr=False)
    """Secrets that are not the right one: of a key, the same with one bit changed."""
    now: int
    plain: Request
    signed: Request

    @property
    def added(self) -> list[str]:
        """The headers that signing added."""
        return [name for name in self.signed.headers if name not in self.plain.headers]


def verdict_of(
    provider: Provider,
    secrets: bytes | list[bytes],
    now: float,
    request: Request,
) -> Verdict | None:
    """What verifying gives, `None` for a refusal."""
    try:
        return Verifier(provider, secret=secrets, clock=lambda: now).verify(request)
    except Unauthorized:
        return None


def flipped(data: bytes, bit: int) -> bytes:
    """`data` with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def _pem(private: Any) -> bytes:
    text: bytes = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return text


# Made once: an RSA key takes a tenth of a second. The private key, as only that can sign.
PRIVATE = {
    Ed25519: [_pem(ed25519.Ed25519PrivateKey.generate()) for _ in range(2)],
    ECDSA: [_pem(ec.generate_private_key(ec.SECP256R1())) for _ in range(2)],
    RSA: [_pem(rsa.generate_private_key(65537, 2048)) for _ in range(2)],
}
PRIVATE[MessageSignature] = PRIVATE[RSA]  # of its algorithms, the one of the sample delivery


def private_of(provider: Provider) -> list[bytes]:
    """Private keys of the kind that it takes; none where its secret is a text."""
    if isinstance(provider.scheme, JWT) and not provider.scheme.algorithms[0].startswith("HS"):
        return [each.encode() for each in secrets_for(provider)]
    return next((PRIVATE[each] for each in PRIVATE if isinstance(provider.scheme, each)), [])


_WRITERS: dict[object, Callable[[bytes], bytes]] = {
    "text": bytes,
    "hex": lambda key: key.hex().encode(),
    "base64": b64encode,
    "whsec": lambda key: b"whsec_" + b64encode(key),
}


def scheme_of(provider: Provider) -> Any:
    """The scheme, or that of each item."""
    return provider.scheme.scheme if isinstance(provider.scheme, EachItem) else provider.scheme


def reads_first(provider: Provider) -> bool:
    """Whether the body is read before it is verified, and so has to be one of the provider's."""
    scheme = scheme_of(provider)
    if isinstance(scheme, Token):
        return not outside_body(scheme.place)
    return getattr(scheme, "reads", None) is not None


def secret_of(provider: Provider, key: bytes) -> bytes:
    """The secret, as the provider shows it, that stands for this key."""
    # A form of a provider's own takes base64, too.
    return _WRITERS.get(getattr(scheme_of(provider), "key", "text"), b64encode)(key)


def is_key(provider: Provider, key: bytes) -> bool:
    """Whether a secret that stands for this key can be configured, and sent where it is sent."""
    scheme = scheme_of(provider)
    if isinstance(scheme, Token | Bearer):
        # A header's value begins and ends with no blank, and holds no control character.
        return bool(key) and key.strip() == key and min(key) >= 0x20 and 0x7F not in key
    if isinstance(scheme, Basic):
        return b":" in key and b"\0" not in key
    if getattr(scheme, "key", "text") == "text":
        return b"\0" not in key and bool(key.strip())
    return True


def _keys(provider: Provider) -> st.SearchStrategy[bytes]:
    if isinstance(provider.scheme, Basic):
        return st.binary(max_size=40).map(lambda key: b"u:" + key.replace(b"\0", b""))
    if isinstance(scheme_of(provider), Token) and reads_first(provider):
        return (
            st.text(st.characters(min_codepoint=0x21, exclude_categories=["Cs"]), min_size=1)
            .map(str.encode)
            .filter(lambda key: is_key(provider, key))
        )
    if isinstance(provider.scheme, Token | Bearer):
        printable = st.integers(0x21, 0xFF).filter(lambda byte: byte != 0x7F)
        return st.lists(printable, min_size=1, max_size=40).map(bytes)
    return st.binary(min_size=16, max_size=150).filter(lambda key: is_key(provider, key))


@st.composite
def _secrets(draw: st.DrawFn, provider: Provider) -> list[bytes]:
    """The right one first, and others that are not."""
    if private := private_of(provider):
        return draw(st.permutations(private))
    key = draw(_keys(provider))
    bits = draw(st.sets(st.integers(0, 8 * len(key) - 1), min_size=1, max_size=3))
    others = [other for bit in sorted(bits) if is_key(provider, other := flipped(key, bit))]
    return [secret_of(provider, each) for each in (key, *others)]


def plain_of(provider: Provider, body: bytes) -> Request:
    """A request with what the provider signs beside its own headers: where that is made of fields, or in a
    way of its own, a delivery of the provider's."""
    signs = getattr(provider.scheme, "signs", "")
    if reads_first(provider):
        return delivery_of(provider.name)
    if not isinstance(signs, str):
        return _unsigned(provider, delivery_of(provider.name).replace(body=body))
    signed = re.findall(r"\{header:([\w-]+)\}", signs)
    headers = {"Content-Type": "application/json", **dict.fromkeys(signed, "a b: c")}
    return Request("POST", headers, body, url=URL)


def _unsigned(provider: Provider, request: Request) -> Request:
    """Without the headers that signing sets."""
    places = (getattr(provider.scheme, name, None) for name in ("signature", "timestamp", "id"))
    names = {place.name.lower() for place in places if isinstance(place, Header)}
    return request.replace(
        headers=[each for each in request.headers.items() if each[0] not in names]
    )


@st.composite
def deliveries(draw: st.DrawFn, provider: Provider) -> Delivery:
    secret, *others = draw(_secrets(provider))
    # Where the time or the token is in the body, that has to be JSON.
    inside = (getattr(provider.scheme, name, None) for name in ("timestamp", "token"))
    is_json = any(isinstance(place, Pointer) for place in inside)
    body = draw(st.just(b'{"a":"b"}') if is_json else st.binary(max_size=200))
    now, plain = draw(TIMES), plain_of(provider, body)
    verifier = Verifier(provider, secret=secret, clock=lambda: now)
    try:
        signed = verifier.sign(plain)
    except Unauthorized:
        # It signs no such body: it reads it first, or takes it for text; or a header is missing.
        plain = delivery_of(provider.name)
        signed = verifier.sign(plain)
    return Delivery(provider, secret, tuple(others), now, plain, signed)


LAYOUTS = ("{signature}", "sha256={signature}", "v1,{signature} ...", "{signature} ...")
LAYOUTS_OF_PAIRS = ("a=1,v1={signature}", "v1={signature};b=x", "v1={signature},...")
LAYOUTS_WITH_TIME = (
    "t={timestamp},v1={signature}",
    "h1={signature}; ts={timestamp}",
    "{timestamp},{signature},...",
)


@st.composite
def declarations(draw: st.DrawFn) -> Provider:
    """Providers that sign by HMAC in some way that a declaration can say."""
    time_is = draw(st.sampled_from(["nowhere", "in a header", "in the layout"]))
    timed, with_id = time_is != "nowhere", draw(st.booleans())
    parts = draw(st.sets(st.sampled_from(["{method}", "{url}", "{path}", "{header:X-Extra}"])))
    wanted = [*sorted(parts), "{body}", *["{timestamp}"] * timed, *["{id}"] * with_id]
    separator = draw(st.sampled_from(["", ".", ":", "\n", "|v0|"]))
    layouts = LAYOUTS_WITH_TIME if time_is == "in the layout" else LAYOUTS + LAYOUTS_OF_PAIRS
    return Provider(
        name="declared",
        scheme=HMAC(
            algorithm=draw(st.sampled_from(["sha1", "sha256", "sha384", "sha512"])),
            signature=Header("X-Signature"),
            layout=draw(st.sampled_from(layouts)),
            signs=separator.join(draw(st.permutations(wanted))),
            encoding=draw(st.sampled_from(sorted(ENCODINGS))),
            key=draw(st.sampled_from(["text", "hex", "base64", "whsec"])),
            timestamp=Header("X-Time") if time_is == "in a header" else None,
            id=Header("X-Id") if with_id else None,
            unit=draw(st.sampled_from(["s", "ms", "rfc3339"])),
            tolerance=draw(st.sampled_from([0, 300, (600, 0), None])),
        ),
    )


SENDERS: dict[str, st.SearchStrategy[Provider]] = {
    **{name: st.just(configured(name)) for name in providers.names()},
    "declared": declarations(),
}
"""Every provider of the catalogue, and the declared ones."""

BY_ANY = st.sampled_from(sorted(SENDERS)).flatmap(SENDERS.__getitem__).flatmap(deliveries)
"""A delivery by whichever of them."""
