"""What senders do whose signed text is made of fields, beyond their vectors."""

from __future__ import annotations

import hmac
import json

import pytest

from hookkit import ConfigError, Receiver, Request, Unauthorized, Verifier, providers
from hookkit.errors import StaleTimestamp
from hookkit.facts import facts_of
from hookkit.parser import Parser

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
        ("?data.id=ORD01JQ", "r", "id:ORD01JQ;request-id:r;ts:{};"),
        ("?data.id=ORD01JQ", "r", "id:ord01jq;request-id:r;ts:{};"),
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


@pytest.mark.parametrize("name", ["tweet_create_events", "user_event"])
def test_x_tells_its_events_by_a_key(name):
    """Of which user_event, that a user has revoked access, is the only one that is no list."""
    sent = json.dumps({"for_user_id": "1", name: {"revoke": {}}}).encode()
    request = Request("POST", {"Content-Type": "application/json"}, sent)
    assert [event.type for event in Parser(providers.x_twitter).parse(request)] == [name]


def test_metas_token_of_the_url_is_a_secret():
    """It is shown nowhere, and confirms the URL only where it is right."""
    provider = providers.meta.using(verify_token="t0k€n")
    hooks = Receiver(provider, secret=KEY)
    facts = next(iter(facts_of(provider).handshakes))
    assert "t0k€n" not in f"{provider!r} {hooks!r} {facts!r}"
    asked = f"{URL}?hub.mode=subscribe&hub.challenge=77&hub.verify_token="
    answers = [
        hooks.handle(Request("GET", url=asked + each)) for each in ("t0k%E2%82%ACn", "t0k", "")
    ]
    assert [(each.status, each.body) for each in answers] == [(200, b"77"), (403, b""), (403, b"")]


def test_mollie_sends_its_header_twice_while_a_secret_is_rotated():
    """Which of the two is ours is for neither to say."""
    old, new = "sha256=" + "0" * 64, "sha256=" + mac("{}")
    for pair in ([old, new], [new, old]):
        headers = [("X-Mollie-Signature", each) for each in pair]
        verifier(providers.mollie_next).verify(Request("POST", headers, b"{}"))
    headers = [("X-Mollie-Signature", old)] * 2
    with pytest.raises(Unauthorized):
        verifier(providers.mollie_next).verify(Request("POST", headers, b"{}"))


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


LEGACY = {"timestamp": str(NOW), "token": "t" * 50, "event": "opened"}
PARTS = "".join(
    f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
    for name, text in {**LEGACY, "signature": mac(f"{NOW}{'t' * 50}")}.items()
)


def test_mailgun_routes_come_as_forms_of_several_parts():
    """With attachments, which are left out."""
    attachment = '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\x00\r\n'
    hooks, heard = Receiver(providers.mailgun, secret=KEY, clock=lambda: NOW), []
    hooks.on("opened")(heard.append)
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    body = f"{PARTS}{attachment}--b--\r\n".encode()
    assert hooks.handle(Request("POST", headers, body)).status == 200
    assert heard[0].payload["event"] == "opened"
    assert heard[0].delivery_id == "t" * 50
    assert hooks.handle(Request("POST", headers, body.replace(b"ttt", b"ttu"))).status == 401
    assert hooks.handle(Request("POST", headers, body[:-8])).status == 401


@pytest.mark.parametrize("body", [b"signature=x", b"token=x"])
def test_mailguns_older_forms_are_only_verified(body):
    """What is signed here is today's JSON."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with pytest.raises(ConfigError):
        verifier(providers.mailgun).sign(Request("POST", headers, body))


def test_dropbox_signs_time_is_the_events():
    """A retry has it still, so it says nothing of the request's age, but for those who set a limit."""
    body = json.dumps(
        {
            "event": {
                "event_type": "signature_request_signed",
                "event_time": str(NOW - 86_400),
                "event_hash": mac(f"{NOW - 86_400}signature_request_signed"),
            }
        }
    )
    sent = f'--b\r\nContent-Disposition: form-data; name="json"\r\n\r\n{body}\r\n--b--'
    request = Request("POST", {"Content-Type": "multipart/form-data; boundary=b"}, sent.encode())
    assert verifier(providers.dropbox_sign).verify(request).age == 86_400
    strict = Verifier(providers.dropbox_sign, secret=KEY, tolerance=300, clock=lambda: NOW)
    with pytest.raises(StaleTimestamp):
        strict.verify(request)
    hooks = Receiver(providers.dropbox_sign, secret=KEY)
    assert hooks.handle(request).body == b"Hello API Event Received"


BRAINTREE = providers.braintree.using(public_key_id="pub")


@pytest.mark.parametrize("challenge", ["a" * 19, "a" * 33, "A" * 20, "g" * 20, "", "a=" * 10])
def test_braintree_confirms_no_other_challenge(challenge):
    """What is answered is a signature, and must never be one of a payload."""
    hooks = Receiver(BRAINTREE, secret=KEY)
    answer = hooks.handle(Request("GET", url=f"{URL}?bt_challenge={challenge}"))
    assert answer.status == 400


def test_braintrees_library_takes_a_newline_more():
    """So it is taken here; and a payload has to be XML in base64."""
    from base64 import b64encode
    from hashlib import sha1

    key = sha1(KEY.encode(), usedforsecurity=False).digest()
    statuses = []
    for payload in (b"<notification><kind>check</kind></notification>", b"<kind>", b""):
        text = b64encode(payload)
        signature = hmac.new(key, text + b"\n", "sha1").hexdigest()
        body = f"bt_signature=pub%7C{signature}&bt_payload={text.decode().replace('+', '%2B')}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        hooks = Receiver(BRAINTREE, secret=KEY)
        statuses.append(hooks.handle(Request("POST", headers, body.encode())).status)
    assert statuses == [200, 400, 400]


def test_adyens_fields_may_be_missing_but_not_of_another_kind():
    """A missing one is empty; a fraction has many writings, and is refused."""
    key = "ab" * 32
    theirs = Verifier(providers.adyen, secret=key)
    for value, right in ((1, True), (None, True), (1.5, False), ([1], False)):
        item = {"eventCode": "REFUND", "amount": {"value": value}}
        body = json.dumps({"notificationItems": [{"NotificationRequestItem": item}]})
        request = Request("POST", {"Content-Type": "application/json"}, body.encode())
        if right:
            assert theirs.verify(theirs.sign(request)).key == 0
            continue
        with pytest.raises(Unauthorized):
            theirs.sign(request)


def test_graphs_lifecycle_notifications_have_names_of_their_own():
    """They come beside changes, and their clientState counts as well."""
    hooks, heard = Receiver(providers.microsoft_graph, secret=KEY), []
    hooks.on("missed", "updated")(lambda event: heard.append(event.type))
    items = [
        {"clientState": KEY, "lifecycleEvent": "missed", "subscriptionId": "1"},
        {"clientState": KEY, "changeType": "updated", "resource": "users/1"},
    ]
    body = json.dumps({"value": items}).encode()
    assert hooks.handle(Request("POST", {"Content-Type": "application/json"}, body)).status == 202
    assert heard == ["missed", "updated"]


@pytest.mark.parametrize(
    ("token", "status"), [("a%20b", 200), ("%0d%0aX", 400), ("", 400), ("a" * 1025, 400)]
)
def test_graphs_question_is_echoed_as_text_or_not_at_all(token, status):
    """Anyone may ask it, so no browser may take the answer for a page."""
    hooks = Receiver(providers.microsoft_graph, secret=KEY)
    answer = hooks.handle(Request("POST", {}, url=f"{URL}?validationToken={token}"))
    assert answer.status == status
    if status == 200:
        assert answer.body == b"a b"
        assert dict(answer.headers)["X-Content-Type-Options"] == "nosniff"
        assert dict(answer.headers)["Content-Type"] == "text/plain; charset=utf-8"


def test_wechats_events_have_names_of_two_levels():
    """Messages have one."""
    hooks, heard = Receiver(providers.wechat, secret=KEY, clock=lambda: NOW), []
    hooks.on("event.subscribe")(lambda event: heard.append(event.payload))
    body = b"<xml><MsgType>event</MsgType><Event>subscribe</Event></xml>"
    request = Request("POST", {"Content-Type": "text/xml"}, body, url=f"{URL}?nonce=1")
    assert hooks.handle(hooks.verifier.sign(request)).body == b"success"
    assert heard == [{"MsgType": "event", "Event": "subscribe"}]
    signed = hooks.verifier.sign(request.replace(url=URL), message_id="n")
    assert hooks.handle(signed).status == 200
    for wrong in ("&nonce=", "&nonce=m", ""):
        bad = signed.url.replace("&nonce=n", wrong)
        assert bad != signed.url
        assert hooks.handle(signed.replace(url=bad)).status == 401


LARK = providers.lark.using(verification_token="vt-1")
QUESTION = {"type": "url_verification", "challenge": "abc"}


def lark_request(body: bytes) -> Request:
    return Request("POST", {"Content-Type": "application/json"}, body)


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({**QUESTION, "token": "vt-1"}, 200),
        ({**QUESTION, "token": "vt-2"}, 401),
        ({**QUESTION, "token": 1}, 401),
        (QUESTION, 401),
        ({"header": {"event_type": "a", "token": "vt-1"}}, 200),
        ({"header": {"event_type": "a", "token": "vt-2"}}, 401),
        ({"header": {"event_type": "a"}}, 200),
        ({"token": "vt-1", "type": "event_callback", "event": {"type": "a"}}, 200),
        ([], 400),
    ],
)
def test_larks_token_counts_beside_the_signature(payload, status):
    """Where it is shown; a question has to show it."""
    hooks = Receiver(LARK, secret=KEY, clock=lambda: NOW)
    signed = hooks.verifier.sign(lark_request(json.dumps(payload).encode()))
    assert b"challenge" not in signed.body
    answer = hooks.handle(signed)
    assert answer.status == status
    if status == 200 and "challenge" in payload:
        assert json.loads(answer.body) == {"challenge": "abc"}


def test_larks_library_decrypts_what_is_signed_here():
    """The signature is a plain hash, with the encrypt key between nonce and body."""
    from base64 import b64decode
    from hashlib import sha256

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    body = '{"header":{"event_type":"\u00fc"}}'.encode()
    signed = verifier(LARK).sign(lark_request(body), message_id="n1")
    text = f"{NOW}n1{KEY}".encode() + signed.body
    assert signed.headers.get("X-Lark-Signature") == sha256(text).hexdigest()
    sent = b64decode(json.loads(signed.body)["encrypt"])
    key = algorithms.AES(sha256(KEY.encode()).digest())
    decryptor = Cipher(key, modes.CBC(sent[:16])).decryptor()
    padded = decryptor.update(sent[16:]) + decryptor.finalize()
    assert padded[: -padded[-1]] == body
    verdict = verifier(LARK).verify(signed)
    assert verdict.plain == body
    assert "event_type" not in repr(verdict)


@pytest.mark.parametrize("text", ["", "AA==", "A", "\u00fc", "A" * 64, "A" * 44])
def test_what_cannot_be_decrypted_is_refused_like_the_rest(text):
    """Although its signature is right."""
    from hookkit.schemes.digest import Digest

    body = json.dumps({"encrypt": text}).encode()
    scheme = providers.lark.scheme
    signed = Digest.sign(scheme, lark_request(body), KEY.encode(), NOW, "n1")
    with pytest.raises(Unauthorized):
        verifier(providers.lark).verify(signed)


def test_what_is_signed_and_not_encrypted_is_taken_as_it_is():
    """The signature alone proves who sends."""
    from hookkit.schemes.digest import Digest

    signed = Digest.sign(providers.lark.scheme, lark_request(b'{"a":1}'), KEY.encode(), NOW, "n")
    assert verifier(providers.lark).verify(signed).plain == b'{"a":1}'


def test_larks_plain_mode_has_the_token_alone():
    """In the body, where either version of events has it; nothing is decrypted then."""
    hooks, heard = Receiver(providers.lark.using(mode="plain"), secret="vt-1"), []
    hooks.on("a")(lambda event: heard.append(event.id))
    for payload in (
        {"header": {"event_type": "a", "event_id": "1", "token": "vt-1"}},
        {"type": "event_callback", "uuid": "2", "token": "vt-1", "event": {"type": "a"}},
        {**QUESTION, "token": "vt-1"},
    ):
        body = json.dumps(payload).encode()
        assert hooks.handle(lark_request(body)).status == 200
        assert hooks.handle(lark_request(body.replace(b"vt-1", b"vt-2"))).status == 401
    assert heard == ["1", "2"]
    refused = hooks.explain(lark_request(b"{}"))
    assert "one of several places" in str(refused)


@pytest.mark.parametrize("settings", [{"mode": "x"}, {"mode": "plain", "verification_token": "t"}])
def test_larks_settings_have_to_fit(settings):
    """Two tokens in plain mode would be one too many."""
    with pytest.raises(ValueError, match="verification token"):
        providers.lark.using(**settings)


def test_larks_token_is_in_no_repr():
    """It is half of a secret."""
    assert "vt-1" not in repr(LARK)


def test_mercadopago_has_to_say_when():
    """The time is the one part that is never left out."""
    headers = {"x-signature": f"v1={mac('ts:;')}"}
    with pytest.raises(Unauthorized):
        verifier(providers.mercadopago).verify(Request("POST", headers, url=URL))


def test_nowpayments_refuses_what_is_nested_too_deep():
    """Writing it again needs more room than reading it."""
    for depth in (100, 400, 700, 5000):
        body = b'{"a":' * depth + b"1" + b"}" * depth
        headers = {"x-nowpayments-sig": mac(body.decode(), "sha512")}
        try:
            verifier(providers.nowpayments).verify(Request("POST", headers, body))
        except Unauthorized:
            assert depth > 100


def test_what_lark_encrypts_and_is_no_json_is_a_bad_body():
    """It is authentic, and shows no token."""
    hooks = Receiver(LARK, secret=KEY, clock=lambda: NOW)
    assert hooks.handle(hooks.verifier.sign(lark_request(b"{"))).status == 400
