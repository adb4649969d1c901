"""hookkit against the vendors' own libraries: what one signs the other verifies."""

from __future__ import annotations

import time

import pytest

from hookkit import Request, Unauthorized, Verifier
from tests.providers.sampling import configured, delivery_of, secrets_for
from tests.providers.sdks.sdk import SDK
from tests.providers.sdks.table import SDKS

EVERY = [
    pytest.param(name, sdk.bodies.get(body), id=f"{name}-{body}")
    for name, sdk in SDKS.items()
    for body in sdk.bodies or ["own"]
]
SIGNING = [each for each in EVERY if SDKS[str(each.values[0])].sign]


def window_of(name: str) -> tuple[float, float] | None:
    """Seconds after and before its signing in which a request is right; None where any age is."""
    scheme = configured(name).scheme
    tolerance = getattr(scheme, "window", getattr(scheme, "tolerance", None))
    if tolerance is None or not scheme.covers("timestamp"):
        return None
    return tolerance if isinstance(tolerance, tuple) else (tolerance, tolerance)


TIMED = [name for name in SDKS if window_of(name)]


def secrets_of(name: str) -> tuple[str, str]:
    right, other = SDKS[name].secrets or secrets_for(configured(name))
    return right, other


def verifier(name: str, *, secret: str = "", ahead: float = 0) -> Verifier:
    """hookkit's, with a clock that may be ahead of the library's."""
    secret = secret or secrets_of(name)[0]
    return Verifier(configured(name), secret=secret, clock=lambda: time.time() + ahead)


def delivery(name: str, body: bytes | None) -> Request:
    request = delivery_of(name)
    return request if body is None else request.replace(body=body)


def by_sdk(name: str, secret: str, body: bytes | None) -> Request:
    sign = SDKS[name].sign
    assert sign is not None
    return sign(secret, delivery(name, body))


def assert_both_refuse(name: str, request: Request) -> None:
    assert not SDKS[name].accepts(secrets_of(name)[0], request)
    with pytest.raises(Unauthorized):
        verifier(name).verify(request)


@pytest.mark.parametrize(("name", "body"), SIGNING)
def test_hookkit_verifies_what_the_sdk_signs(name: str, body: bytes | None) -> None:
    """The vendor's signature is right for us; where what it signs is changed, it is for neither."""
    request = by_sdk(name, secrets_of(name)[0], body)
    assert verifier(name).verify(request).key == 0
    assert_both_refuse(name, SDKS[name].tampered(request))


@pytest.mark.parametrize(("name", "body"), EVERY)
def test_sdk_verifies_what_hookkit_signs(name: str, body: bytes | None) -> None:
    """Our signature is right for the vendor; where what we sign is changed, it is for neither."""
    request = verifier(name).sign(delivery(name, body))
    assert SDKS[name].accepts(secrets_of(name)[0], request)
    assert_both_refuse(name, SDKS[name].tampered(request))


@pytest.mark.parametrize(("name", "sdk"), SDKS.items(), ids=SDKS)
def test_both_refuse_another_secret(name: str, sdk: SDK) -> None:
    """Neither takes what anyone signed with another secret."""
    other = secrets_of(name)[1]
    body = next(iter(sdk.bodies.values()), None)
    assert_both_refuse(name, verifier(name, secret=other).sign(delivery(name, body)))
    if sdk.sign:
        assert_both_refuse(name, by_sdk(name, other, body))


@pytest.mark.parametrize("when", ["stale", "future"])
@pytest.mark.parametrize("name", TIMED)
def test_hookkit_refuses_wrong_times(name: str, when: str) -> None:
    """hookkit refuses what is old or early. Not every library does: the table says which wrong times."""
    body = next(iter(SDKS[name].bodies.values()), None)
    past, future = window_of(name) or (0, 0)
    ahead = future + 100 if when == "future" else -(past + 100)
    request = verifier(name, ahead=ahead).sign(delivery(name, body))
    with pytest.raises(Unauthorized):
        verifier(name).verify(request)
    assert SDKS[name].accepts(secrets_of(name)[0], request) is (when not in SDKS[name].refuses)
