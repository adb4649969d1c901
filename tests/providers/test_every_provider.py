"""What holds for every entry of the catalogue, without naming any."""

from __future__ import annotations

from typing import Any

import pytest

from hookkit import HookkitError, Provider, Receiver, Request, Unauthorized, Verifier, providers
from hookkit.limits import Limits
from hookkit.places import Header, Pointer
from hookkit.schemes.signed import Signed
from tests.providers.sampling import configured, delivery_of, secrets_for

NOW = 1_790_000_000
LIMITS = Limits()
NAMES = providers.names()
MOST = 200
"""Places of a body at which a bit is flipped: all, or that many, evenly spread."""


def verifier(name: str, which: int = 0, *, now: float = NOW) -> Verifier:
    provider = configured(name)
    secret = secrets_for(provider)[which]
    return Verifier(provider, secret=secret, clock=lambda: now)


def receiver(name: str) -> Receiver:
    provider = configured(name)
    return Receiver(provider, secret=secrets_for(provider)[0], clock=lambda: NOW)


def signed(name: str, *, now: float = NOW) -> Request:
    return verifier(name, now=now).sign(delivery_of(name))


def credential_of(name: str) -> str:
    """The header with the credential, or nothing where it is in the query."""
    return configured(name).scheme.header or ""


def signs_all(provider: Provider) -> bool:
    """Whether the body is signed, or all that it says."""
    return provider.scheme.covers("body") or provider.scheme.covers("fields")


BY_HEADER = [name for name in NAMES if credential_of(name)]
SIGNING = [name for name in NAMES if signs_all(configured(name))]


def window(name: str) -> tuple[float, float] | None:
    """Past and future in seconds, where a time is signed and has to be recent."""
    scheme = configured(name).scheme
    if not scheme.covers("timestamp"):
        return None
    tolerance = getattr(scheme, "window", getattr(scheme, "tolerance", None))
    return (tolerance, tolerance) if isinstance(tolerance, int | float) else tolerance


TIMED = [name for name in NAMES if window(name) is not None]


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
    step = len(request.body) // MOST + 1
    for position in range(0, len(request.body), step):
        body = bytearray(request.body)
        body[position] ^= 1
        with pytest.raises(Unauthorized):
            theirs.verify(request.replace(body=bytes(body)))


@pytest.mark.parametrize("name", BY_HEADER)
def test_a_changed_credential_is_refused(name: str) -> None:
    """Missing, doubled, cut, garbled: the common 401, and no exception of another kind."""
    request, header = signed(name), credential_of(name)
    right = request.headers.get(header) or ""
    theirs = receiver(name)
    for wrong in ("", " ", right[:-1], right + "A", "\xe9", "=" * 100, ",;, "):
        with pytest.raises(Unauthorized):
            verifier(name).verify(request.with_header(header, wrong))
        assert theirs.handle(request.with_header(header, wrong)).status == 401
    # Where a layout takes several signatures, the right one twice is one of them; elsewhere it is none.
    assert theirs.handle(request.with_header(header, f"{right},{right}")).status < 500
    kept = [pair for pair in request.headers.items() if pair[0].lower() != header.lower()]
    with pytest.raises(Unauthorized):
        verifier(name).verify(request.replace(headers=kept))


@pytest.mark.parametrize("name", BY_HEADER)
def test_a_flipped_bit_of_the_credential_is_refused(name: str) -> None:
    """Each character of it counts, but for the word before Basic and Bearer, whose case is free.

    And for what stands beside a signature in its header, and leaves it and the signed text as they are.
    """
    request, header, theirs = signed(name), credential_of(name), verifier(name)
    as_read = read(name, request)
    right = request.headers.get(header) or ""
    start = right.find(" ") + 1 if header == "Authorization" else 0
    for position in range(start, len(right)):
        wrong = right[:position] + chr(ord(right[position]) ^ 1) + right[position + 1 :]
        changed = request.with_header(header, wrong)
        if read(name, changed) == as_read:
            continue
        with pytest.raises(Unauthorized):
            theirs.verify(changed)


def read(name: str, request: Request) -> object:
    """The signatures and signed texts that a scheme finds; where it finds none, the request itself."""
    scheme = configured(name).scheme
    if not isinstance(scheme, Signed):
        return request
    try:
        payload = scheme._read(request, LIMITS)
        found = scheme._signatures(request, LIMITS, payload)
        return [(found[at], scheme._text(request, at, LIMITS, payload)) for at in found]
    except Unauthorized:
        return request


@pytest.mark.parametrize("name", TIMED)
def test_old_and_future_times_are_refused(name: str) -> None:
    """Outside of the tolerance, in either direction."""
    past, future = window(name) or (0, 0)
    request = signed(name)
    assert verifier(name, now=NOW + past).verify(request).age == pytest.approx(past)
    for now in (NOW + past + 1, NOW - future - 1):
        with pytest.raises(Unauthorized):
            verifier(name, now=now).verify(request)


@pytest.mark.parametrize("name", NAMES)
def test_signed_questions_need_a_signature(name: str) -> None:
    """A set-up question that the provider signs is answered to nobody else."""
    theirs, provider = receiver(name), configured(name)
    for handshake in provider.handshakes:
        if not handshake.signed:
            continue
        request = Request(handshake.method, {"Content-Type": "application/json"}, b"{}")
        request = request.replace(url="https://hooks.example.com/in?a=1")
        for place, said in handshake.asks:
            if isinstance(place, Header):
                request = request.with_header(place.name, str(said or "x"))
            elif isinstance(place, Pointer):
                payload: dict[str, Any] = {}
                place.put(payload, said or "x")
                request = request.replace(body=repr(payload).replace("'", '"').encode())
        assert theirs.handle(request).status == 401


@pytest.mark.parametrize("name", NAMES)
def test_declares_what_it_must(name: str) -> None:
    """Facts are text to print; what the signature leaves open is said."""
    provider: Provider = configured(name)
    assert provider.name == name
    assert provider.display
    assert provider.docs.startswith("https://") or not provider.docs
    assert provider.sure in ("official", "third party")
    assert all(gap.isprintable() for gap in provider.gaps)
    assert signs_all(provider) or any("the body" in gap for gap in provider.gaps)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_bytes_raise_nothing_foreign(name: str) -> None:
    """Authentic or not, odd bodies give an answer below 500."""
    theirs = receiver(name)
    for body in (b"", b"\xff", b"[]", b"null", b'{"type":[]}', b"a=%", b'{"a":' * 2000):
        request = delivery_of(name).replace(body=body)
        assert theirs.handle(request).status < 500
        try:
            request = theirs.verifier.sign(request)
        except (HookkitError, ValueError, TypeError, AttributeError, RecursionError):
            continue  # where the time is in the body, there must be one
        assert theirs.handle(request).status < 500


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_parsed_before_it_is_verified(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unsigned delivery never reaches the parser, but where questions are asked by unsigned POST."""
    theirs = receiver(name)
    monkeypatch.setattr(theirs, "parser", None)
    if any(not each.signed and each.method == "POST" for each in theirs.provider.handshakes):
        pytest.skip("its set-up questions are read before they are signed")
    assert theirs.handle(delivery_of(name)).status == 401
