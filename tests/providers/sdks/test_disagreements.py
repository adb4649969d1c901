"""Where a vendor's library takes what hookkit refuses, or the reverse: each on purpose.

Wrong times are in the table: `refuses` says which of them a library refuses, and hookkit refuses all.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest

from hookkit import Request, Unauthorized, Verifier, providers
from tests.providers.sampling import delivery_of
from tests.providers.sdks.sdk import header, longer
from tests.providers.sdks.table import SDKS
from tests.providers.sdks.test_both_ways import secrets_of, verifier

Change = Callable[[Request], Request]


def upper(name: str) -> Change:
    """The signature in capitals, which hexadecimal takes as well."""
    return lambda request: request.with_header(name, header(request, name).upper())


def with_junk(name: str) -> Change:
    """A character that is none of base64's, which a lenient decoder passes over."""
    return lambda request: request.with_header(name, f"!{header(request, name)}")


def without_version(request: Request) -> Request:
    _, _, signature = header(request, "webhook-signature").partition(",")
    return request.with_header("webhook-signature", signature)


def with_forged_second(request: Request) -> Request:
    """A batch of two, of which only the first is signed."""
    payload = json.loads(request.body)
    second = json.loads(json.dumps(payload["notificationItems"][0]))
    second["NotificationRequestItem"]["amount"]["value"] += 1
    payload["notificationItems"].append(second)
    return request.replace(body=json.dumps(payload).encode())


LENIENT: dict[str, tuple[str, Change]] = {
    "adyen: looks at the first item of a batch": ("adyen", with_forged_second),
    "discord: reads hexadecimal of either case": ("discord", upper("X-Signature-Ed25519")),
    "openai: takes a signature of no version": ("openai", without_version),
    "sendgrid: reads base64 with anything between": (
        "sendgrid",
        with_junk("X-Twilio-Email-Event-Webhook-Signature"),
    ),
    "telnyx: reads base64 with anything between": (
        "telnyx",
        with_junk("Telnyx-Signature-Ed25519"),
    ),
    "vonage: does not look at the body": ("vonage", longer),
}


@pytest.mark.parametrize(
    ("name", "change"),
    [pytest.param(*LENIENT[each], id=each) for each in LENIENT if LENIENT[each][0] in SDKS],
)
def test_only_the_library_accepts(name: str, change: Change) -> None:
    """Lenient: hookkit takes one spelling of one version, and verifies all that it hands on."""
    request = change(verifier(name).sign(delivery_of(name)))
    assert SDKS[name].accepts(secrets_of(name)[0], request)
    with pytest.raises(Unauthorized):
        verifier(name).verify(request)


def test_polar_tries_the_key_in_two_forms() -> None:
    """Its library takes a secret's text, or what that is as base64; its service signs with the text."""
    secret = "whsec_" + b64encode(b"thirty-two bytes of another key.").decode()
    signer = Verifier(providers.standardwebhooks, secret=secret)
    request = signer.sign(delivery_of("polar"))
    assert SDKS["polar"].accepts(secret, request)
    with pytest.raises(Unauthorized):
        Verifier(providers.polar, secret=secret).verify(request)
    decoded = b64decode(secret.removeprefix("whsec_"))
    assert Verifier(providers.polar, secret=decoded).verify(request).key == 0


def test_hubspot_leaves_decoding_to_its_caller() -> None:
    """HubSpot signs the URL with some escapes undone. hookkit undoes them, its library does not."""
    secret, escaped = secrets_of("hubspot")[0], "https://hooks.example.com/in?next=%2Fa%3Fb"
    request = verifier("hubspot").sign(delivery_of("hubspot").replace(url=escaped))
    assert verifier("hubspot").verify(request).key == 0
    assert not SDKS["hubspot"].accepts(secret, request)
    undone = request.replace(url="https://hooks.example.com/in?next=/a?b")
    assert SDKS["hubspot"].accepts(secret, undone)
