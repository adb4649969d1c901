"""What senders do whose signed text is made of fields, beyond their vectors."""

from __future__ import annotations

import hmac
import json

import pytest

from hookkit import Receiver, Request, Unauthorized, Verifier, providers
from hookkit.errors import StaleTimestamp

NOW = 1_790_000_000
KEY = "s3cret"
URL = "https://hooks.example.com/in"


def mac(text: str, algorithm: str = "sha256") -> str:
    return hmac.new(KEY.encode(), text.encode(), algorithm).hexdigest()


def verifier(provider) -> Verifier:
    return Verifier(provider, secret=KEY, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("sent", "signed"),
    [
        ('{"b":1e-8,"a":10.0}', '{"a":10.0,"b":1e-8}'),
        (
            '{"n":0.00000001,"z":-0,"a":1234567890123456789012}',
            '{"a":1234567890123456789012,"n":0.00000001,"z":-0}',
        ),
        ('{"b":[{"y":1,"x":null}],"a":true}', '{"a":true,"b":[{"x":null,"y":1}]}'),
        ('{"s":"\\u00e9 \\/ \\"\\n\\u0001"}', '{"s":"é / \\"\\n\\u0001"}'),
        ('{"s":"1e-8"}', '{"s":"1e-8"}'),
    ],
)
def test_nowpayments_signs_numbers_as_they_were_sent(sent, signed):
    """The rest is written again: keys in order, no blanks, only the escapes that JSON needs."""
    headers = {"Content-Type": "application/json", "x-nowpayments-sig": mac(signed, "sha512")}
    verifier(providers.nowpayments).verify(Request("POST", headers, sent.encode()))


@pytest.mark.parametrize(
    ("query", "request_id", "manifest"),
    [
        ("?data.id=1", "r", "id:1;request-id:r;ts:{};"),
        ("", "r", "request-id:r;ts:{};"),
        ("?data.id=1", None, "id:1;ts:{};"),
        ("?data.id=", " ", "ts:{};"),
    ],
)
@pytest.mark.parametrize("stamp", [str(NOW), str(NOW * 1000)], ids=["s", "ms"])
def test_mercadopago_leaves_out_what_is_missing(query, request_id, manifest, stamp):
    """Name and all; its times are seconds or milliseconds."""
    signature = mac(manifest.format(stamp))
    headers = {"x-signature": f"ts={stamp},v1={signature}"}
    if request_id is not None:
        headers["x-request-id"] = request_id
    verdict = verifier(providers.mercadopago).verify(Request("POST", headers, url=URL + query))
    assert verdict.timestamp == NOW


def test_mercadopago_takes_no_pair_inside_of_a_value():
    """The id would be another one, under the same signature."""
    stamp = str(NOW)
    signature = mac(f"id:1;request-id:r;ts:{stamp};")
    headers = {"x-signature": f"ts={stamp},v1={signature}"}
    with pytest.raises(Unauthorized):
        verifier(providers.mercadopago).verify(
            Request("POST", headers, url=f"{URL}?data.id=1%3Brequest-id%3Ar")
        )


def test_mercadopago_refuses_old_milliseconds():
    """The window is the same in either unit."""
    stamp = str((NOW - 301) * 1000)
    headers = {"x-signature": f"ts={stamp},v1={mac(f'ts:{stamp};')}"}
    with pytest.raises(StaleTimestamp):
        verifier(providers.mercadopago).verify(Request("POST", headers, url=URL))


@pytest.mark.parametrize(
    ("method", "query", "body"),
    [
        ("GET", "", b""),
        ("GET", "b=1&a=%20x&a=0", b""),
        ("POST", "", b""),
        ("POST", "b=1&a=2&a=1", b""),
        ("POST", "", b"To=1&From=2&From=1"),
        ("POST", "b=&a", b"To=%C3%BC"),
    ],
)
def test_plivos_library_accepts_what_is_signed_here(method, query, body):
    """Its rules for the marks between URL, query and fields, case by case."""
    from urllib.parse import parse_qs

    from plivo.utils import validate_v3_signature

    headers = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    request = Request(method, headers, body, url=f"{URL}?{query}" if query else URL)
    signed = verifier(providers.plivo).sign(request)
    fields = parse_qs(body.decode(), keep_blank_values=True)
    assert validate_v3_signature(
        method,
        signed.url,
        signed.headers.get("X-Plivo-Signature-V3-Nonce"),
        KEY,
        signed.headers.get("X-Plivo-Signature-V3"),
        {name: values[0] if len(values) == 1 else values for name, values in fields.items()},
    )
    verifier(providers.plivo).verify(signed)


@pytest.mark.parametrize("query", ["&".join(["a=1"] * 1001)])
def test_plivos_query_is_bounded(query):
    """Like a form's fields."""
    headers = {"X-Plivo-Signature-V3": "x", "X-Plivo-Signature-V3-Nonce": "1"}
    with pytest.raises(Unauthorized):
        verifier(providers.plivo).verify(Request("GET", headers, url=f"{URL}?{query}"))


def test_plivo_signs_no_other_body():
    """Nothing binds it, neither beside a GET nor of another type."""
    for method, media in (("GET", ""), ("POST", "application/json")):
        request = Request(method, {"Content-Type": media}, b"", url=URL)
        signed = verifier(providers.plivo).sign(request).replace(body=b"{}")
        with pytest.raises(Unauthorized):
            verifier(providers.plivo).verify(signed)


def test_mandrills_set_up_is_no_event():
    """An empty list is acknowledged; the question by HEAD is answered."""
    hooks, heard = Receiver(providers.mandrill, secret=KEY), []
    hooks.on("*")(heard.append)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Request("POST", headers, b"mandrill_events=%5B%5D", url=URL)
    assert hooks.handle(hooks.verifier.sign(request)).status == 200
    assert hooks.handle(Request("HEAD", url=URL)).status == 200
    assert heard == []


def test_figmas_ping_runs_no_handler():
    """It is a question at set-up, and shows the passcode like any event."""
    hooks, heard = Receiver(providers.figma, secret=KEY), []
    hooks.on("*")(heard.append)
    body = json.dumps({"event_type": "PING", "passcode": KEY}).encode()
    headers = {"Content-Type": "application/json"}
    assert hooks.handle(Request("POST", headers, body)).status == 200
    assert hooks.handle(Request("POST", headers, body.replace(b"s3", b"s4"))).status == 401
    assert heard == []


def test_payus_algorithm_is_one_that_it_has():
    """It is set here, and never taken from the request."""
    with pytest.raises(ValueError, match="SHA-256"):
        providers.payu.using(algorithm="sha256")
