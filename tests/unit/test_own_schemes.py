"""What senders sign in a way of their own: the code in their modules, beyond their vectors."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from hookkit import ConfigError, Receiver, Request, Verifier, providers
from hookkit.errors import (
    FutureTimestamp,
    MalformedCredential,
    MissingCredential,
    StaleTimestamp,
    Unauthorized,
    UnknownTenant,
    WrongCredential,
)

NOW = 1_790_000_000
SECRET = "s3cret"
SIGNING_KEY = "signkey-test-abc"
URL = "https://h.example/in"
AS_JSON = {"Content-Type": "application/json"}


def _verifier(provider, secret=SECRET, *, now=NOW, **given):
    return Verifier(provider, secret=secret, clock=lambda: now, **given)


def _signed(provider, body=b"{}", secret=SECRET, headers=AS_JSON, url=URL, now=NOW):
    return _verifier(provider, secret, now=now).sign(Request(headers=headers, body=body, url=url))


# Box: two headers, each with a key of its own.

PRIMARY, SECONDARY = "BOX-SIGNATURE-PRIMARY", "BOX-SIGNATURE-SECONDARY"


def _box(secret, signed_body, body=None, header=PRIMARY):
    """A request with this key's signature of one body in this header, and maybe another body."""
    sent = _signed(providers.box, signed_body, secret)
    signature = sent.headers.get(PRIMARY)
    kept = [pair for pair in sent.headers.items() if pair[0] != PRIMARY.lower()]
    sent = sent.replace(headers=[*kept, (header, signature)])
    return sent if body is None else sent.replace(body=body)


@pytest.mark.parametrize(
    ("secrets", "key", "header", "position"),
    [
        (["one", "two"], "one", PRIMARY, 0),
        (["one", "two"], "two", SECONDARY, 1),
        (["one", "two"], "two", PRIMARY, None),
        (["one", "two"], "one", SECONDARY, None),
        ("one", "one", PRIMARY, 0),
        ("one", "one", SECONDARY, None),
        (["one", "two", "three"], "three", SECONDARY, None),
    ],
)
def test_box_binds_each_key_to_its_header(secrets, key, header, position):
    """The other header's key is as wrong as any."""
    request = _box(key, b"{}", header=header)
    verifier = _verifier(providers.box, secrets)
    if position is None:
        with pytest.raises(Unauthorized):
            verifier.verify(request)
        return
    assert verifier.verify(request).key == position


@pytest.mark.parametrize(
    ("signed", "sent", "fits"),
    [
        (b'{"name":"\\u00e9"}', '{"name":"é"}'.encode(), True),
        (b'{"name":"\\ud83d\\ude00"}', '{"name":"😀"}'.encode(), True),
        (b'{"name":"e"}', b'{"name":"e"}', True),
        ('{"name":"é"}'.encode(), '{"name":"é"}'.encode(), True),
        ('{"name":"é"}'.encode(), b'{"name":"\\u00e9"}', False),
        (b'{"name":"\\u00e9\\\\"}', '{"name":"é\\"}'.encode(), False),
        (b'{"name":"\\u00e9 \\\\u0041"}', '{"name":"é \\u0041"}'.encode(), False),
        (b'{"name":"\\u00e9"}', b'{"name":"\xe9"}', False),
        (b'{"name":"\\u00ea"}', '{"name":"é"}'.encode(), False),
    ],
    ids=repr,
)
def test_box_may_have_signed_the_escaped_body(signed, sent, fits):
    """Where both say the same; a backslash could make them differ."""
    request = _box("one", signed, sent)
    if fits:
        assert _verifier(providers.box, "one").verify(request).key == 0
        return
    with pytest.raises(WrongCredential):
        _verifier(providers.box, "one").verify(request)


@pytest.mark.parametrize(
    ("late", "error"), [(600, None), (601, StaleTimestamp), (0, None), (-1, FutureTimestamp)]
)
def test_box_takes_no_time_ahead_of_ours(late, error):
    """Ten minutes back, none ahead; a tolerance of one's own replaces both."""
    request = _signed(providers.box)
    if error is None:
        assert _verifier(providers.box, now=NOW + late).verify(request).age == late
    else:
        with pytest.raises(error):
            _verifier(providers.box, now=NOW + late).verify(request)
    assert _verifier(providers.box, now=NOW + late, tolerance=1000).verify(request).age == late


def test_box_explains_both_headers():
    """Each with what it was compared with, and never a secret."""
    explained = _verifier(providers.box, ["one", "two"]).explain(_signed(providers.box, secret="x"))
    text = str(explained)
    assert explained.cause == "wrong-secret"
    assert PRIMARY in text
    assert "as declared" in text


# Contentful: the request lists the headers that it signs.

TOPIC = {"X-Contentful-Topic": "ContentManagement.Entry.publish", **AS_JSON}
LIST = "x-contentful-signed-headers"


def test_contentful_signs_method_address_headers_and_body():
    """Each of them counts."""
    key = "k" * 64
    verifier = _verifier(providers.contentful, key)
    sent = _signed(providers.contentful, secret=key, headers=TOPIC, url=f"{URL}?a=b c&d=é%20")
    assert verifier.verify(sent).age == pytest.approx(0)
    changed = (
        sent.with_header("X-Contentful-Topic", "ContentManagement.Entry.delete"),
        sent.replace(url=f"{URL}?a=b%20c&d=é%20"),
        sent.replace(url=f"{URL}2?{sent.query}"),
        sent.replace(body=b"[]"),
        Request("PUT", sent.headers, sent.body, url=sent.url),
    )
    for request in changed:
        with pytest.raises(WrongCredential):
            verifier.verify(request)


@pytest.mark.parametrize(
    ("listed", "error"),
    [
        (None, MissingCredential),
        ("", MalformedCredential),
        ("x-contentful-timestamp", MalformedCredential),
        (LIST, MalformedCredential),
        (f"{LIST},x-contentful-timestamp,x-absent", MissingCredential),
        (f"{LIST},x-contentful-timestamp,{LIST}", MalformedCredential),
        (f"{LIST},x-contentful-timestamp,X-Contentful-Topic", MalformedCredential),
        (f"{LIST},x-contentful-timestamp,a b", MalformedCredential),
        (f"{LIST},x-contentful-timestamp,", MalformedCredential),
        (",".join([LIST, "x-contentful-timestamp", *map(str, range(63))]), MalformedCredential),
        (f"{LIST},x-contentful-timestamp", WrongCredential),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_contentful_insists_on_the_time_and_the_list_itself(listed, error):
    """What the list leaves out is not signed, and what it repeats would be hashed again."""
    sent = _signed(providers.contentful, headers=TOPIC)
    kept = [pair for pair in sent.headers.items() if pair[0] != LIST]
    request = sent.replace(headers=kept if listed is None else [*kept, (LIST, listed)])
    with pytest.raises(error):
        _verifier(providers.contentful).verify(request)


# Inngest: the body as canonical JSON.


def _inngest(canonical, sent, secret=SIGNING_KEY, key=b"abc"):
    mac = hmac.new(key, canonical + str(NOW).encode(), "sha256").hexdigest()
    return _verifier(providers.inngest, secret), Request(
        headers={**AS_JSON, "X-Inngest-Signature": f"t={NOW}&s={mac}"}, body=sent
    )


@pytest.mark.parametrize(
    ("canonical", "sent"),
    [
        (b'{"a":1,"b":[true,null]}', b' {"b" : [true, null],\n"a": 1.0}'),
        (b'{"a":1e+21,"b":1e-7,"c":0.000001}', b'{"c":1e-6,"b":0.0000001,"a":1e21}'),
        (b'{"a":9007199254740992}', b'{"a":9007199254740993}'),
        (b'{"a":100000000000000000000}', b'{"a":100000000000000000000}'),
        (b'{"a":0}', b'{"a":-0.0}'),
        ('{"é":"\\u001f€\\n/"}'.encode(), b'{"\\u00e9":"\\u001F\\u20ac\\n\\/"}'),
        ('{"😀":1,"\ufb33":2}'.encode(), '{"\ufb33":2,"😀":1}'.encode()),
        (b'{"a":2}', b'{"a":1,"a":2}'),
    ],
    ids=repr,
)
def test_inngest_signs_canonical_json(canonical, sent):
    """RFC 8785: order by UTF-16, numbers as JavaScript writes them, and of two fields the one that counts."""
    verifier, request = _inngest(canonical, sent)
    assert verifier.verify(request).key == 0


@pytest.mark.parametrize(
    "sent",
    [
        *(b"", b"null", b"[]", b"{", b'{"a":NaN}', b'{"a":1e999}', b'{"a":"\\ud800"}', b"\xff"),
        *(b'{"a":' + b"9" * 400 + b"}", b'{"a":' + b"9" * 5000 + b"}", b'{"a":' * 5000),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_has_no_canonical_form_is_refused(sent):
    """As any other credential, and with no other exception."""
    verifier, request = _inngest(b"{}", sent)
    with pytest.raises(Unauthorized):
        verifier.verify(request)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("signkey-prod-0aF", b"0aF"),
        ("signkey-test-a-b", b"a-b"),
        ("0aF", b"0aF"),
        ("signkey--a", b"signkey--a"),
    ],
)
def test_inngests_key_has_a_prefix(secret, key):
    """It is left out, and the rest is text."""
    verifier, request = _inngest(b"{}", b"{}", secret, key)
    assert verifier.verify(request).key == 0


# Hygraph: the body as a text in JSON.


def _hygraph(body, environment="env=master", text=None):
    name = environment.partition("=")[2]
    signed = json.dumps(
        {"Body": body.decode() if text is None else text, "EnvironmentName": name, "TimeStamp": NOW * 1000},
        ensure_ascii=False,
        separators=(",", ":"),
    )  # fmt: skip
    mac = base64.b64encode(hmac.new(b"s3cret", signed.encode(), "sha256").digest()).decode()
    header = f"sign={mac}, {environment}, t={NOW * 1000}"
    return Request(headers={**AS_JSON, "gcms-signature": header}, body=body)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"a":"\\"\\\\\\n"}', "{}\t\r\n\x00\x1f\x7f\u2028é😀".encode()], ids=repr
)
@pytest.mark.parametrize("environment", ["env=master", "env=", "env=a b=c"])
def test_hygraph_signs_the_body_as_a_text(body, environment):
    """As JavaScript writes it; the environment is part of it."""
    assert _verifier(providers.hygraph).verify(_hygraph(body, environment)).age == 0


@pytest.mark.parametrize(
    "environment", ["", "x=master", "env=master, env=master", "env=staging, x=1, env=master"]
)
def test_hygraph_names_its_environment_once(environment):
    """None and two are refused, whatever the signature is."""
    with pytest.raises(MalformedCredential):
        _verifier(providers.hygraph).verify(_hygraph(b"{}", environment))


def test_hygraphs_body_is_text():
    """What is no UTF-8 was never signed."""
    with pytest.raises(MalformedCredential):
        _verifier(providers.hygraph).verify(_hygraph(b"\xff", text="\ufffd"))


def test_hygraph_signs_for_the_environment_that_is_there():
    """Master where there is none, with the parts in the order that its library reads."""
    sent = _signed(providers.hygraph)
    staging = sent.with_header("gcms-signature", "sign=x, env=staging, t=1")
    for request, environment in ((sent, "master"), (staging, "staging")):
        again = _verifier(providers.hygraph).sign(request)
        parts = (again.headers.get("gcms-signature") or "").split(", ")
        assert [part.partition("=")[0] for part in parts] == ["sign", "env", "t"]
        assert parts[1] == f"env={environment}"
        assert _verifier(providers.hygraph).verify(again).age == 0


# Rapyd: the secret is key and part.


def test_rapyd_signs_both_keys():
    """As its page writes it; neither key shows anywhere."""
    rapyd = providers.rapyd.using(access_key="rak_1")
    url = "https://hooks.example.com/rapyd?a=b"
    text = f"{url}salt{NOW}rak_1s3cret{{}}".encode()
    mac = base64.b64encode(hmac.new(b"s3cret", text, "sha256").hexdigest().encode()).decode()
    headers = {"salt": "salt", "timestamp": str(NOW), "signature": mac, **AS_JSON}
    verifier = _verifier(rapyd, public_url=url)
    assert verifier.verify(Request(headers=headers, body=b"{}", url="/in")).age == 0
    wrong = Request(headers={**headers, "signature": "x" * 88}, body=b"{}", url="/in")
    shown = f"{rapyd!r} {verifier.explain(wrong)}"
    assert "rak_1" not in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize("access_key", [None, 5, b"rak_1"])
def test_rapyds_access_key_is_text(access_key):
    """Said when it is given."""
    with pytest.raises(ConfigError, match="access_key= is text"):
        providers.rapyd.using(access_key=access_key)


# Worldpay: a list of signatures with the ids of their keys.


def _mac(secret, body=b"{}"):
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (f"1/SHA256/{_mac('one')}", None),
        (f"2/SHA256/{_mac('two')}, 1/SHA256/{_mac('one')}", None),
        (f"9/SHA256/{_mac('x')},1/SHA256/{_mac('one')}", None),
        (f"1/MD5/00,2/SHA256/{_mac('two')}", None),
        (f"9/SHA256/{_mac('one')}", UnknownTenant),
        (f"2/SHA256/{_mac('one')}", WrongCredential),
        (f"1/MD5/{_mac('one')}", UnknownTenant),
        (f"1/sha256/{_mac('one')}", UnknownTenant),
        (f"1/SHA256/{_mac('one').upper()}", WrongCredential),
        (f"1/SHA256/{_mac('one')}/", UnknownTenant),
        ("1/SHA256/", WrongCredential),
        ("", UnknownTenant),
    ],
)
def test_worldpay_chooses_by_the_keys_id(header, error):
    """Unknown ids and other algorithms are skipped, and never tried."""
    verifier = _verifier(providers.worldpay, {"1": "one", "2": "two"})
    request = Request(headers={"Event-Signature": header}, body=b"{}")
    if error is None:
        assert verifier.verify(request).timestamp is None
        return
    with pytest.raises(error):
        verifier.verify(request)


# Bird: the body's digest in the signed text.


def test_bird_signs_the_digests_raw_bytes():
    """Not its hexadecimal text."""
    text = f"{NOW}\n{URL}\n".encode() + hashlib.sha256(b"{}").digest()
    mac = base64.b64encode(hmac.new(b"s3cret", text, "sha256").digest()).decode()
    assert _signed(providers.bird).headers.get("messagebird-signature") == mac


# CloudEvents: three modes, and a question.


def _events(headers, body, url=URL):
    receiver = Receiver(providers.cloudevents, secret="s3cret")
    request = Request(headers={"Authorization": "Bearer s3cret", **headers}, body=body, url=url)
    heard = []
    receiver.on("*")(heard.append)
    return receiver.handle(request).status, [(each.type, each.id, each.payload) for each in heard]


BINARY = {"ce-type": "a.b", "ce-id": "1", "ce-source": "/s", **AS_JSON}
ONE = {"type": "a.c", "id": "2", "source": "/s"}


@pytest.mark.parametrize(
    ("headers", "body", "heard"),
    [
        (BINARY, b'{"type":"x"}', [("a.b", "1", {"type": "x"})]),
        (BINARY, b"[1,2]", [("a.b", "1", [1, 2])]),
        ({**BINARY, "Content-Type": "text/plain"}, b"hi", [("a.b", "1", "hi")]),
        ({**BINARY, "Content-Type": "image/png"}, b"\xff", [("a.b", "1", b"\xff")]),
        ({**BINARY, "ce-type": "a%2Eb%20%C3%A9"}, b"{}", [("a.b é", "1", {})]),
        ({**BINARY, "ce-type": "a%FF"}, b"{}", [("a%FF", "1", {})]),
        ({**BINARY, "Content-Type": "application/cloudevents+json"}, ONE, [("a.c", "2", ONE)]),
        (
            {"Content-Type": "Application/CloudEvents-Batch+JSON; charset=utf-8"},
            [ONE, ONE],
            [("a.c", "2", ONE)] * 2,
        ),
        ({"Content-Type": "application/cloudevents-batch+json"}, [], []),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_cloudevents_modes(headers, body, heard):
    """The media type says which; and 204 is its word for an empty answer."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert _events(headers, sent) == (204, heard)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (AS_JSON, b'{"type":"a.c","id":"2"}'),
        ({**BINARY, "Content-Type": "application/cloudevents+json"}, b'{"id":"2"}'),
        ({"Content-Type": "application/cloudevents-batch+json"}, b'{"type":"a.c"}'),
    ],
)
def test_no_mode_borrows_from_another(headers, body):
    """A field is no attribute in binary mode, a header none in structured mode; a batch is an array."""
    assert _events(headers, body) == (400, [])


@pytest.mark.parametrize(
    ("authorization", "query", "status"),
    [
        (None, "?access_token=s3cret", 204),
        (None, "?access_token=other", 401),
        (None, "?access_token=s3cret&access_token=s3cret", 401),
        (None, "", 401),
        ("Bearer other", "?access_token=s3cret", 401),
        ("", "?access_token=s3cret", 401),
    ],
)
def test_cloudevents_token_may_be_in_the_query(authorization, query, status):
    """And does not rescue a wrong one in the header."""
    headers = BINARY if authorization is None else {**BINARY, "Authorization": authorization}
    receiver = Receiver(providers.cloudevents, secret="s3cret")
    assert receiver.handle(Request(headers=headers, body=b"{}", url=URL + query)).status == status


@pytest.mark.parametrize(
    ("origin", "rate", "status", "fields"),
    [
        ("a.example", "120", 200, {"WebHook-Allowed-Rate": "120"}),
        ("b.example", None, 200, {}),
        ("c.example", None, 405, None),
        (None, None, 405, None),
        ("a.example", "1\r\nX: y", 400, None),
    ],
)
def test_cloudevents_origins(origin, rate, status, fields):
    """Those that are allowed hear so; a callback is never called."""
    asked = {"WebHook-Request-Origin": origin, "WebHook-Request-Rate": rate}
    headers = {name: value for name, value in asked.items() if value is not None}
    headers["WebHook-Request-Callback"] = "https://evil.example/"
    provider = providers.cloudevents.using(allowed_origins=["a.example", "b.example"])
    reply = Receiver(provider, secret="s3cret").handle(Request("OPTIONS", headers))
    assert reply.status == status
    if fields is None:
        assert "WebHook-Allowed-Origin" not in dict(reply.headers)
        return
    granted = {"WebHook-Allowed-Origin": origin, "Allow": "POST", **fields}
    told = dict(reply.headers)
    assert {name: told.get(name) for name in granted} == granted
    assert ("WebHook-Allowed-Rate" in told) == (rate is not None)


def test_cloudevents_origins_are_a_list():
    """One text would be taken for its letters."""
    with pytest.raises(ConfigError, match=r"write \['a.example'\]"):
        providers.cloudevents.using(allowed_origins="a.example")


# Azure Event Grid: two schemas on one URL.


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (
            "application/json",
            [{"eventType": "A.B", "id": "1", "eventTime": "2026-09-21T14:13:20Z"}],
        ),
        (
            "application/cloudevents+json",
            {"type": "A.B", "id": "1", "time": "2026-09-21T14:13:20Z"},
        ),
        (
            "application/cloudevents-batch+json; charset=utf-8",
            [{"type": "A.B", "id": "1", "time": "2026-09-21T14:13:20Z"}],
        ),
    ],
)
def test_azure_event_grid_schemas(media, body):
    """Name, id and time of each event, as its schema has them."""
    receiver = Receiver(providers.azure_event_grid, secret="s3cret")
    heard = []
    receiver.on("A.B")(heard.append)
    request = Request(
        headers={"Content-Type": media}, body=json.dumps(body).encode(), url=f"{URL}?code=s3cret"
    )
    assert receiver.handle(request).status == 200
    assert [(each.id, each.time) for each in heard] == [("1", 1789999999 + 1)]


@pytest.mark.parametrize(("code", "status"), [("s3cret", 200), ("other", 401)])
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_azure_event_grid_asks_with_the_token(method, code, status):
    """Both questions; without the token they are refused as a delivery is."""
    asked = {"aeg-event-type": "SubscriptionValidation", **AS_JSON}
    body = b'[{"data":{"validationCode":"abc","validationUrl":"https://evil.example/"}}]'
    if method == "OPTIONS":
        asked, body = {"WebHook-Request-Origin": "eventgrid.azure.net"}, b""
    receiver = Receiver(providers.azure_event_grid, secret="s3cret")
    request = Request(method, asked, body, url=f"{URL}?code={code}")
    assert receiver.handle(request).status == status


# Asana: heartbeats.


@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"events":[]}', 200), (b"{}", 200), (b'{"event":[]}', 400), (b"[]", 400)],
)
def test_asanas_heartbeats(body, status):
    """No events are no error; another body is."""
    receiver = Receiver(providers.asana, secret="s3cret")
    assert receiver.handle(_signed(providers.asana, body)).status == status


def test_asana_takes_no_secret_unless_told_how():
    """Without accept= there is no question: what comes unsigned is refused."""
    receiver = Receiver(providers.asana, secret="s3cret")
    assert receiver.handle(Request(headers={"X-Hook-Secret": "theirs"}, body=b"{}")).status == 401


def test_notions_token_is_taken_while_that_is_wanted():
    """It is the secret by which all that follows is signed."""
    taken, is_open = [], True
    notion = providers.notion.using(accept=lambda token, _: is_open and not taken.append(token))
    receiver = Receiver(notion, secret=lambda request: taken or None)
    json_type = {"Content-Type": "application/json"}
    offered = Request("POST", json_type, b'{"verification_token":"secret_of_theirs"}')
    assert receiver.handle(offered).status == 200
    is_open = False
    assert receiver.handle(offered).status == 401
    assert taken == ["secret_of_theirs"]
    event = _signed(notion, b'{"id":"1","type":"page.created"}', secret=taken[0])
    assert receiver.handle(event).status == 200


def test_bigcommerces_key_is_text():
    """Also where it looks like base64, which its page makes of it for a library that undoes that."""
    text = "YmMgY2xpZW50IHNlY3JldCBieXRlcw=="
    sent = _signed(providers.bigcommerce, secret=text)
    as_library = replace(providers.standardwebhooks.scheme, key="whsec")
    encoded = base64.b64encode(text.encode()).decode()
    library = _verifier(providers.standardwebhooks.replace(scheme=as_library), encoded)
    assert library.verify(sent).key == 0
