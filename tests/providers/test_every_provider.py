"""What holds for every entry of the catalogue, without naming any."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from hookkit import HookkitError, Provider, Receiver, Request, Unauthorized, Verifier, providers
from hookkit.formats import JSON, Form
from hookkit.places import Header, Pointer
from hookkit.schemes.asymmetric import ECDSA, RSA, Ed25519

NOW = 1_790_000_000
URL = "https://hooks.example.com/in?a=1"
NAMES = providers.names()


def pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


PRIVATE = {
    Ed25519: [pem(ed25519.Ed25519PrivateKey.generate()) for _ in range(2)],
    ECDSA: [pem(ec.generate_private_key(ec.SECP256R1())) for _ in range(2)],
    RSA: [pem(rsa.generate_private_key(65537, 2048)) for _ in range(2)],
}
FORMS = {
    "text": ["one secret of theirs", "another secret"],
    "hex": ["ab" * 32, "cd" * 32],
    "base64": [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)],
    "whsec": ["whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)],
}


def secrets_for(provider: Provider) -> list[str]:
    """Two secrets of the form that the scheme reads; the private key, where it has one."""
    scheme = provider.scheme
    if type(scheme) in PRIVATE:
        return PRIVATE[type(scheme)]
    if scheme.family == "basic":
        return ["user:one", "user:two"]
    form = getattr(scheme, "key", "text")
    return FORMS[form] if isinstance(form, str) else FORMS["base64"]


def delivery_of(provider: Provider) -> Request:
    """A delivery with what its events need, not yet signed."""
    if any(isinstance(form, JSON) for form in provider.accepts):
        body, media = (
            b'{"a":"b"}',
            next(f for f in provider.accepts if isinstance(f, JSON)).media[0],
        )
    else:
        assert any(isinstance(form, Form) for form in provider.accepts)
        body, media = b"a=b", "application/x-www-form-urlencoded"
    request = Request("POST", {"Content-Type": media}, body, url=URL)
    for name in ("X-QN-Nonce", "Wechatpay-Nonce", "Date"):
        request = request.with_header(name, "2026-09-21T14:13:20Z")
    return request


def verifier(name: str, which: int = 0, *, now: float = NOW) -> Verifier:
    provider: Provider = getattr(providers, name)
    secret: Any = secrets_for(provider)[which]
    return Verifier(provider, secret=secret, clock=lambda: now)


def signed(name: str, *, now: float = NOW) -> Request:
    return verifier(name, now=now).sign(delivery_of(getattr(providers, name)))


def credential_of(name: str) -> str:
    """The header with the credential, or nothing where it is in the query."""
    return getattr(providers, name).scheme.header or ""


BY_HEADER = [name for name in NAMES if credential_of(name)]
SIGNING = [name for name in NAMES if getattr(providers, name).scheme.covers("body")]
TIMED = [name for name in NAMES if getattr(providers, name).scheme.covers("timestamp")]


@pytest.mark.parametrize("name", NAMES)
def test_what_sign_signs_verify_accepts(name: str) -> None:
    """One description serves both directions."""
    verdict = verifier(name).verify(signed(name))
    assert verdict.key == 0


@pytest.mark.parametrize("name", NAMES)
def test_another_secret_is_refused(name: str) -> None:
    """The secret is what counts."""
    with pytest.raises(Unauthorized):
        verifier(name, 1).verify(signed(name))


@pytest.mark.parametrize("name", SIGNING)
def test_a_flipped_bit_of_the_body_is_refused(name: str) -> None:
    """Each bit of a signed body counts."""
    request, theirs = signed(name), verifier(name)
    for position in range(len(request.body)):
        body = bytearray(request.body)
        body[position] ^= 1
        with pytest.raises(Unauthorized):
            theirs.verify(request.replace(body=bytes(body)))


@pytest.mark.parametrize("name", BY_HEADER)
def test_a_changed_credential_is_refused(name: str) -> None:
    """Missing, doubled, cut, garbled: the common 401, and no exception of another kind."""
    request, header = signed(name), credential_of(name)
    right = request.headers.get(header) or ""
    provider: Provider = getattr(providers, name)
    receiver = Receiver(provider, secret=secrets_for(provider)[0], clock=lambda: NOW)
    for wrong in ("", " ", right[:-1], right + "A", "\xe9", "=" * 100, ",;, "):
        with pytest.raises(Unauthorized):
            verifier(name).verify(request.with_header(header, wrong))
        assert receiver.handle(request.with_header(header, wrong)).status == 401
    # Where a layout takes several signatures, the right one twice is one of them; elsewhere it is none.
    assert receiver.handle(request.with_header(header, f"{right},{right}")).status < 500
    kept = [pair for pair in request.headers.items() if pair[0].lower() != header.lower()]
    with pytest.raises(Unauthorized):
        verifier(name).verify(request.replace(headers=kept))


@pytest.mark.parametrize("name", BY_HEADER)
def test_a_flipped_bit_of_the_credential_is_refused(name: str) -> None:
    """Each character of it counts, but for the word before Basic and Bearer, whose case is free."""
    request, header, theirs = signed(name), credential_of(name), verifier(name)
    right = request.headers.get(header) or ""
    start = right.find(" ") + 1 if header == "Authorization" else 0
    for position in range(start, len(right)):
        wrong = right[:position] + chr(ord(right[position]) ^ 1) + right[position + 1 :]
        with pytest.raises(Unauthorized):
            theirs.verify(request.with_header(header, wrong))


@pytest.mark.parametrize("name", TIMED)
def test_old_and_future_times_are_refused(name: str) -> None:
    """Outside of the tolerance, in either direction."""
    past, future = _window(getattr(providers, name))
    request = signed(name)
    assert verifier(name, now=NOW + past).verify(request).age == pytest.approx(past)
    for now in (NOW + past + 1, NOW - future - 1):
        with pytest.raises(Unauthorized):
            verifier(name, now=now).verify(request)


def _window(provider: Provider) -> tuple[float, float]:
    tolerance = getattr(provider.scheme, "tolerance")  # noqa: B009  # not every scheme has one
    return tolerance if isinstance(tolerance, tuple) else (tolerance, tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_signed_questions_need_a_signature(name: str) -> None:
    """A set-up question that the provider signs is answered to nobody else."""
    provider: Provider = getattr(providers, name)
    receiver = Receiver(provider, secret=secrets_for(provider)[0], clock=lambda: NOW)
    for handshake in provider.handshakes:
        if not handshake.signed:
            continue
        request = Request(handshake.method, {"Content-Type": "application/json"}, b"{}", url=URL)
        for place, said in handshake.asks:
            if isinstance(place, Header):
                request = request.with_header(place.name, str(said or "x"))
            elif isinstance(place, Pointer):
                payload: dict[str, Any] = {}
                place.put(payload, said or "x")
                request = request.replace(body=repr(payload).replace("'", '"').encode())
        assert receiver.handle(request).status == 401


@pytest.mark.parametrize("name", NAMES)
def test_declares_what_it_must(name: str) -> None:
    """Facts are text to print; what the signature leaves open is said."""
    provider: Provider = getattr(providers, name)
    assert provider.name == name
    assert provider.display
    assert provider.docs.startswith("https://") or not provider.docs
    assert provider.sure in ("official", "third party")
    assert all(gap.isprintable() for gap in provider.gaps)
    assert provider.scheme.covers("body") or any("the body" in gap for gap in provider.gaps)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_bytes_raise_nothing_foreign(name: str) -> None:
    """Authentic or not, odd bodies give an answer below 500."""
    provider: Provider = getattr(providers, name)
    receiver = Receiver(provider, secret=secrets_for(provider)[0], clock=lambda: NOW)
    for body in (b"", b"\xff", b"[]", b"null", b'{"type":[]}', b"a=%", b'{"a":' * 2000):
        request = delivery_of(provider).replace(body=body)
        assert receiver.handle(request).status < 500
        try:
            request = receiver.verifier.sign(request)
        except (HookkitError, ValueError, TypeError, AttributeError, RecursionError):
            continue  # where the time is in the body, there must be one
        assert receiver.handle(request).status < 500


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_parsed_before_it_is_verified(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unsigned delivery never reaches the parser, but where questions are asked by unsigned POST."""
    provider: Provider = getattr(providers, name)
    receiver = Receiver(provider, secret=secrets_for(provider)[0], clock=lambda: NOW)
    monkeypatch.setattr(receiver, "parser", None)
    if any(not each.signed and each.method == "POST" for each in provider.handshakes):
        pytest.skip("its set-up questions are read before they are signed")
    assert receiver.handle(delivery_of(provider)).status == 401
