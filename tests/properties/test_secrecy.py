"""No secret and no signature in any text that hookkit makes."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookkit import (
    HMAC,
    Basic,
    ConfigError,
    Event,
    Header,
    HookkitError,
    Provider,
    Receiver,
    Request,
    Verifier,
)
from hookkit.schemes.asymmetric import ECDSA, RSA, Ed25519
from hookkit.schemes.timestamps import write_time
from tests.properties.signing import SENDERS, plain_of, private_of, secret_of

RUN = 16
"""Characters. So many in a row are no accident."""

NOW = 1_700_000_000


def _has_rsa(provider: Provider) -> bool:
    return "RS256" in getattr(provider.scheme, "algorithms", ())


# Reading an RSA private key takes a tenth of a second, and explaining reads it hundreds of times.
# What ECDSA and Ed25519 tell comes from the same lines.
senders = (
    st.sampled_from(sorted(SENDERS))
    .flatmap(SENDERS.__getitem__)
    .filter(lambda provider: not isinstance(provider.scheme, RSA) and not _has_rsa(provider))
)
entropy = st.binary(min_size=20, max_size=20).map(lambda seed: hashlib.sha256(seed).hexdigest())


def runs(text: str) -> set[str]:
    return {text[start : start + RUN] for start in range(len(text) - RUN + 1)}


def secret_for(provider: Provider, entropy: str) -> str:
    """A secret of the right form that is in no other text by chance."""
    if private := private_of(provider):
        return private[0].decode()
    user = "user:" if isinstance(provider.scheme, Basic) else ""
    return user + secret_of(provider, entropy.encode()).decode()


def hidden(secret: str, request: Request, provider: Provider) -> set[str]:
    """Runs of the secret in its spellings, and of the credential that was made of it."""
    lines = [line for line in secret.splitlines() if not line.startswith("-----")]
    spellings = [*lines, *(line.encode().hex() for line in lines)]
    credential = request.headers.get(provider.scheme.header or "") or ""
    # What surrounds the signature, such as the time, is no secret.
    time = write_time(NOW, getattr(provider.scheme, "unit", "s"))
    spellings += credential.replace(time, " ").replace("=", " ").replace(",", " ").split()
    spellings += request.query.removeprefix("a=1").replace(time, "").split("&")
    return set().union(*map(runs, spellings))


def told_by(error: BaseException) -> Iterator[str]:
    """All that an error may end up as, with those behind it."""
    yield "".join(traceback.format_exception(error))
    behind: BaseException | None = error
    while behind is not None:
        yield from (str(behind), repr(behind))
        behind = behind.__cause__ or behind.__context__


def changed(request: Request, provider: Provider) -> Iterator[Request]:
    """The request, and some that are refused for different reasons."""
    name = provider.scheme.header or "X-None"
    value = request.headers.get(name) or ""
    yield request
    yield request.replace(body=request.body + b" ")
    yield request.replace(headers={})
    yield request.with_header("Content-Length", "99").replace(body=b"")
    for wrong in (f"{value}x", value[:-1], f"{value},{value}", value.upper(), f" {value}\n"):
        yield request.with_header(name, wrong)


def told_about(receiver: Receiver, request: Request, *others: Receiver) -> Iterator[str]:
    """Every text that one request gives rise to."""
    explanation = receiver.explain(request, others=others)
    response = receiver.handle(request)
    yield from (str(explanation), repr(explanation), repr(response), response.body.decode())
    yield from (repr(request), str(request), repr(request.headers), repr(response.headers))
    try:
        verdict = receiver.verifier.verify(request)
        yield repr(verdict)
        for event in receiver.parser.parse(request, verdict):
            yield repr(Event("x", {}, event.request, event.verdict))
    except HookkitError as error:
        yield from told_by(error)


def made_of(receiver: Receiver) -> Iterator[str]:
    """What a receiver and its parts say of themselves."""
    verifier = receiver.verifier
    for thing in (receiver, verifier, verifier._keys, verifier.case(Request()), receiver.provider):
        yield from (repr(thing), str(thing))
    for part in (receiver.parser, receiver.router, receiver.asgi):
        yield repr(part)


@given(provider=senders, entropy=entropy, offset=st.sampled_from([0, 5, 4000, -4000]))
def test_nothing_tells_secret_or_signature(provider: Provider, entropy: str, offset: int) -> None:
    """Reprs, errors with their tracebacks, explanations and replies, of accepted and refused requests."""
    secret = secret_for(provider, entropy)
    plain = plain_of(provider, b'{"type":"a"}')
    for name in ("X-Extra", "X-QN-Nonce", "Wechatpay-Nonce", "Date"):
        plain = plain.with_header(name, "b")
    signer = Verifier(provider, secret=secret, clock=lambda: NOW)
    request = signer.sign(plain)
    receiver = Receiver(provider, secret=secret, clock=lambda: NOW + offset)
    other = Receiver(provider, secret=[secret_for(provider, entropy[::-1])], clock=lambda: NOW)
    tenants = Receiver(provider, secret=lambda request: secret, clock=lambda: NOW + offset)
    forbidden = hidden(secret, request, provider)
    assert forbidden or request.headers == plain.headers
    texts = [*made_of(receiver), *made_of(tenants)]
    for each in changed(request, provider):
        texts += told_about(receiver, each, other)
        texts += told_about(other, each, receiver)
        texts += told_about(tenants, each)
    for text in texts:
        assert runs(text).isdisjoint(forbidden), text


def signing_with(**how: str) -> Provider:
    return Provider(name="acme", scheme=HMAC(signature=Header("X-Signature"), **how))


def keyed(scheme: type, encoding: str = "hex") -> Provider:
    return Provider(name="acme", scheme=scheme(signature=Header("X-S"), encoding=encoding))


MALFORMED: dict[str, tuple[Provider, Callable[[str], object]]] = {
    "no-hex": (signing_with(key="hex"), lambda secret: secret + "g"),
    "odd-hex": (signing_with(key="hex"), lambda secret: secret + "a"),
    "no-base64": (signing_with(key="base64"), lambda secret: secret + "!"),
    "no-whsec": (signing_with(key="whsec"), lambda secret: f"whsec_{secret}*"),
    "short-whsec": (signing_with(key="whsec"), lambda secret: f"whsec_{secret[:18]}"),
    "no-user": (Provider(name="acme", scheme=Basic()), lambda secret: secret),
    "nul": (signing_with(), lambda secret: f"{secret}\0"),
    "surrogate": (signing_with(), lambda secret: f"{secret}\ud800"),
    "too-many": (signing_with(), lambda secret: [secret] * 9),
    "one-of-two": (signing_with(key="hex"), lambda secret: [secret, f"{secret}x"]),
    "number-in-list": (signing_with(), lambda secret: [secret, 5]),
    "dictionary": (signing_with(), lambda secret: {secret: 5, 6: secret}),
    "no-ed25519": (keyed(Ed25519), lambda secret: secret + "!"),
    "no-ecdsa": (keyed(ECDSA, "base64"), lambda secret: secret),
    "no-rsa": (keyed(RSA, "base64"), lambda secret: f"-----BEGIN PUBLIC KEY-----\n{secret}"),
    "no-private": (keyed(RSA, "base64"), lambda secret: f"-----BEGIN PRIVATE KEY-----\n{secret}"),
}


@pytest.mark.parametrize(("provider", "spoil"), MALFORMED.values(), ids=MALFORMED.keys())
@given(entropy=entropy)
def test_bad_secrets_are_not_quoted(
    provider: Provider, spoil: Callable[[str], object], entropy: str
) -> None:
    """The error at start-up says what is wrong with a secret, and not what it is."""
    secret = spoil(entropy)
    with pytest.raises(ConfigError) as caught:
        Receiver(provider, secret=secret)  # type: ignore[arg-type]  # some are no secrets at all
    for text in told_by(caught.value):
        assert runs(text).isdisjoint(runs(entropy)), text
    receiver = Receiver(provider, secret=lambda request: secret)  # type: ignore[arg-type,return-value]
    for text in told_about(receiver, Request("POST", {"X-Signature": "0", "X-S": "00"}, b"")):
        assert runs(text).isdisjoint(runs(entropy)), text
