"""What Twilio's declaration does beyond its vectors, compared with Twilio's own library."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from hookkit import ConfigError, Receiver, Request, Unauthorized, Verifier, providers

TOKEN = "12345"
URL = "https://hooks.example.com/in"
FORM = "application/x-www-form-urlencoded"
FIELDS = [("MessageSid", "SM1"), ("Body", " gr\u00fc\u00df \U0001f600 "), ("Empty", "")]
SHARED = providers.twilio.using(shared_key="webhooks_sharedkey_1")
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def receiver(provider=providers.twilio) -> Receiver:
    return Receiver(provider, secret=TOKEN)


def request(
    body: bytes = b"", media: str | None = FORM, *, method: str = "POST", url: str = URL
) -> Request:
    return Request(method, {} if media is None else {"Content-Type": media}, body, url=url)


def form(fields=FIELDS) -> Request:
    return request(urlencode(fields).encode())


REQUESTS = {
    "form": form(),
    "form-without-fields": form([]),
    "json": request(b'{"a":1}', "application/json"),
    "json-behind-a-query": request(b'[{"a":1}]', "application/json", url=f"{URL}?x=%20y"),
    "get": request(media=None, method="GET", url=f"{URL}?CallSid=CA1"),
    "get-without-query": request(media=None, method="GET"),
}


@pytest.mark.parametrize("sent", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("provider", [providers.twilio, SHARED], ids=["token", "shared-key"])
def test_twilios_library_accepts_what_is_signed_here(sent, provider):
    """In every form of delivery, with either kind of key."""
    signed = receiver(provider).verifier.sign(sent)
    is_json = (sent.headers.get("Content-Type") or "").endswith("json")
    params = signed.body.decode() if is_json else dict(FIELDS if signed.body else [])
    signature = signed.headers.get("X-Twilio-Signature")
    algorithm = "HMAC_SHA1" if provider is providers.twilio else "HMAC_SHA256"
    assert RequestValidator(TOKEN).validate(signed.url, params, signature, algorithm)
    assert receiver(provider).handle(signed).status == 200


@pytest.mark.parametrize("sent", REQUESTS.values(), ids=REQUESTS)
def test_the_port_may_be_signed_or_not(sent):
    """Whether the URL here has it or has it not; another one is another place."""
    signed = receiver().verifier.sign(sent)
    with_port = signed.url.replace(".com", ".com:443")
    assert receiver().handle(signed.replace(url=with_port)).status == 200
    ported = receiver().verifier.sign(sent.replace(url=sent.url.replace(".com", ".com:443")))
    bare = ported.url.replace(":443", "")
    assert receiver().handle(ported.replace(url=bare)).status == 200
    for wrong in (bare.replace(".com", ".com:80"), bare.replace("https", "http"), "/in", ""):
        assert receiver().handle(ported.replace(url=wrong)).status == 401


@pytest.mark.parametrize(
    ("body", "media", "query"),
    [
        (b'{"a":1}', "application/json", ""),
        (b'{"a":1}', "application/json", "bodySHA256="),
        (b'{"a":1}', "text/plain", ""),
        (b'{"a":1}', None, ""),
        (b"", "application/json", ""),
        (b'{"a":1}', "application/json", f"bodySHA256={'0' * 64}"),
    ],
)
def test_a_body_that_the_url_does_not_bind_is_refused(body, media, query):
    """Although the URL's signature is right: Twilio signs nothing else of such a request."""
    url = f"{URL}?{query}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    sent = request(body, media, url=url).with_header("X-Twilio-Signature", signature)
    with pytest.raises(Unauthorized):
        receiver().verifier.verify(sent)


def test_a_body_beside_a_signed_get_is_refused():
    """Nothing of it is signed."""
    signed = receiver().verifier.sign(REQUESTS["get"])
    assert receiver().handle(signed.replace(body=b"a=1")).status == 401


@pytest.mark.parametrize(
    ("provider", "settings"),
    [
        (providers.twilio, "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"),
        (providers.twilio, "key=webhooks_sharedkey_1"),
        (providers.twilio, "algorithm=HMAC_SHA256"),
        (providers.twilio, "algorithm=none"),
        (SHARED, None),
        (SHARED, ""),
        (SHARED, "key=webhooks_sharedkey_1"),
        (SHARED, "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1"),
        (SHARED, "key=another,algorithm=HMAC_SHA256"),
        (SHARED, "algorithm=HMAC_SHA256"),
    ],
)
@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_a_key_is_for_its_own_algorithm(provider, settings, algorithm):
    """The header that names them is not signed, so what it says decides nothing."""
    signature = RequestValidator(TOKEN).compute_signature(URL, dict(FIELDS), algorithm)
    sent = form().with_header("X-Twilio-Signature", signature)
    if settings is not None:
        sent = sent.with_header(SETTINGS, settings)
    with pytest.raises(Unauthorized):
        receiver(provider).verifier.verify(sent)


def test_the_settings_of_the_auth_token_may_be_spelt_out():
    """Blanks and the usual algorithm change nothing."""
    signed = receiver().verifier.sign(form())
    for settings in ("", "algorithm=HMAC_SHA1", " algorithm = HMAC_SHA1 "):
        assert receiver().handle(signed.with_header(SETTINGS, settings)).status == 200


def test_a_delivery_by_get_is_an_event_of_its_query():
    """With the ids of one that comes as a form."""
    hooks, heard = receiver(), []
    hooks.on("*")(heard.append)
    url = f"{URL}?CallSid=CA1&CallStatus=ringing"
    answer = hooks.handle(hooks.verifier.sign(request(media=None, method="GET", url=url)))
    assert (answer.status, answer.body) == (200, b"<Response/>")
    assert heard[0].payload == {"CallSid": "CA1", "CallStatus": "ringing"}
    assert heard[0].id == "CA1.ringing"
    broken = request(media=None, method="GET", url=f"{URL}?%zz")
    assert hooks.handle(hooks.verifier.sign(broken)).status == 400


def test_explain_says_which_key_is_wanted():
    """The first thing to look at where the settings differ."""
    signed = receiver(SHARED).verifier.sign(form())
    assert "auth token" in str(Verifier(providers.twilio, secret=TOKEN).explain(signed))


def test_using_takes_a_shared_key_only():
    """Anything else is said at once."""
    with pytest.raises(ConfigError, match="shared_key"):
        providers.twilio.using(key="x")
