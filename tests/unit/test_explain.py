"""`explain` names the one cause that a request has, and no other; it never raises, and hides secrets."""

import base64
import dataclasses
import json
import re
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hookkit import (
    HMAC,
    Basic,
    Bearer,
    ConfigError,
    First,
    Header,
    Provider,
    Query,
    Receiver,
    Request,
    Token,
    Verifier,
    providers,
)
from hookkit.errors import MissingCredential
from hookkit.explain import Explanation
from hookkit.variants import _json_again as json_again
from hookkit.variants import _serialised_again as serialised_again

NOW = 1_700_000_000
SECRET = "It's a Secret to Everybody"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = b"sixteen bytes or more of a key !"
BODY = b'{"id":"evt_1","amount":1.5,"name":"\xc3\x89t\xc3\xa9"}'
URL = "https://hooks.example.com/in?a=1"

hexed = Provider(name="hexed", scheme=HMAC(signature=Header("X-Signature"), key="hex"))
based = Provider(name="based", scheme=HMAC(signature=Header("X-Signature"), key="base64"))
in_base64 = Provider(name="acme", scheme=HMAC(signature=Header("X-Signature"), encoding="base64"))
in_hex = in_base64.replace(scheme=HMAC(signature=Header("X-Signature")))
by_url = Provider(name="by-url", scheme=HMAC(signature=Header("X-Signature"), signs="{url}{body}"))
in_query = Provider(name="in-query", scheme=Token(Query("token")))
basic = Provider(name="basic-auth", scheme=Basic())
bearer = Provider(name="bearer-auth", scheme=Bearer())
dated = Provider(
    name="dated", scheme=HMAC(signature=Header("X-Signature"), signs="{header:Date}{query:a}{body}")
)


def with_key(provider: Provider, form: str) -> Provider:
    """The provider, with the secret read in another form."""
    return provider.replace(scheme=dataclasses.replace(provider.scheme, key=form))


decoding_stripe = with_key(providers.stripe, "whsec")
textual_standard = with_key(providers.standardwebhooks, "text")


def clock() -> float:
    return NOW


def sign(
    provider: Provider = providers.github,
    *,
    secret: str | bytes = SECRET,
    now: float = NOW,
    body: bytes = BODY,
    url: str = URL,
    **headers: str,
) -> Request:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(headers=fields, body=body, url=url)
    return Verifier(provider, secret=secret, clock=lambda: now).sign(request)


def verifier(
    provider: Provider = providers.github, *, secret: object = SECRET, **kwargs
) -> Verifier:
    return Verifier(provider, secret=secret, clock=clock, **kwargs)


def without(request: Request, *names: str) -> Request:
    kept = [(n, v) for n, v in request.headers.items() if n not in names]
    return request.replace(headers=kept)


def explained(here: Verifier, request: Request, *others: Verifier) -> Explanation:
    return here.explain(request, others=others, known=providers.signature_headers())


# One keyword for each cause, found in the first line of that cause and of no other.
KEYWORDS = {
    "accepted": r"\baccepted\b",
    "unknown-tenant": r"unknown tenant",
    "secret-unavailable": r"secret unavailable",
    "address-refused": r"address refused",
    "clock": r"clock off by \d+ s\b",
    "another-provider": r"header of another provider",
    "missing-header": r"(header|query parameter) missing",
    "malformed-credential": r"not of the form",
    "bad-timestamp": r"time unreadable",
    "body-taken": r"body read by something else",
    "no-body": r"no body came",
    "secret-blanks": r"white ?space or (a )?newline around the secret",
    "whsec-prefix": r"whsec_",
    "hex-or-base64": r"hex taken for base64",
    "re-encoded": r"decoded and encoded again",
    "re-serialised": r"re-serialised",
    "another-url": r"another URL was signed",
    "another-secret": r"right for another configured secret",
    "wrong-secret": r"wrong secret",
}


def names_only(cause: str, explanation: Explanation) -> None:
    """The first line names this cause, and no other."""
    first = str(explanation).split("\n")[0]
    assert first == explanation.headline
    assert explanation.cause == cause
    named = [code for code, words in KEYWORDS.items() if re.search(words, first)]
    assert named == [cause], first
    assert explanation.accepted is (cause == "accepted")


def row(cause: str, label: str, here: Verifier, request: Request, *others: Verifier) -> object:
    return pytest.param(cause, here, request, others, id=f"{cause}-{label}")


def cut_off(request: Request, header: str) -> Request:
    """Without the last character of its signature."""
    return request.with_header(header, (request.header(header) or "")[:-1])


slack_request = sign(providers.slack)
standard_request = sign(providers.standardwebhooks, secret=WHSEC)
stripe_text = verifier(providers.stripe, secret=WHSEC)
hex_key, base64_key = KEY.hex(), base64.b64encode(KEY).decode()
form = urlencode({"token": "x y", "text": "é*~", "empty": ""}).encode()
pretty = json.dumps(json.loads(BODY), indent=2).encode()


ROWS = [
    # wrong secret
    row("wrong-secret", "github", verifier(secret="other"), sign()),
    row("wrong-secret", "stripe", verifier(providers.stripe), sign(providers.stripe, secret="b")),
    row("wrong-secret", "slack", verifier(providers.slack, secret="other"), slack_request),
    row(
        "wrong-secret",
        "standardwebhooks",
        verifier(providers.standardwebhooks, secret="whsec_" + "A" * 32),
        standard_request,
    ),
    row("wrong-secret", "token", verifier(providers.token), sign(providers.token, secret="x")),
    row("wrong-secret", "query", verifier(in_query), sign(in_query, secret="x")),
    row("wrong-secret", "basic", verifier(basic, secret="a:b"), sign(basic, secret="a:c")),
    row("wrong-secret", "bearer", verifier(bearer), sign(bearer, secret="x")),
    row("wrong-secret", "both-of-two", verifier(secret=["a", "b"]), sign(secret="c")),
    row("wrong-secret", "form", verifier(secret="other"), sign(body=form)),
    row("wrong-secret", "bytes", verifier(secret="other"), sign(body=b"\xff\x00")),
    row(
        "wrong-secret",
        "empty-body",
        verifier(secret="other"),
        sign(body=b"", Content_Length="0"),
    ),
    row("wrong-secret", "url", verifier(by_url, secret="other"), sign(by_url)),
    row("wrong-secret", "hex-key", verifier(hexed, secret=hex_key), sign(hexed, secret="00" * 32)),
    row("wrong-secret", "others-do-not-fit", verifier(), sign(secret="c"), verifier(secret="d")),
    row("wrong-secret", "changed-on-the-way", verifier(), sign().replace(body=b'{"id":"evt_2"}')),
    # body re-serialised before verification
    row(
        "re-serialised",
        "spaces",
        verifier(),
        sign().replace(body=json.dumps(json.loads(BODY)).encode()),
    ),
    row(
        "re-serialised",
        "compact",
        verifier(providers.stripe),
        sign(providers.stripe, body=pretty).replace(
            body=json.dumps(json.loads(pretty), separators=(",", ":")).encode()
        ),
    ),
    row(
        "re-serialised",
        "sorted",
        verifier(),
        sign(body=b'{"a":1,"b":[{}]}').replace(body=b'{"b": [{}], "a": 1}'),
    ),
    row(
        "re-serialised",
        "slashes",
        verifier(),
        sign(body=rb'{"url":"https:\/\/x.example\/"}').replace(
            body=b'{"url": "https://x.example/"}'
        ),
    ),
    row(
        "re-serialised",
        "html",
        verifier(),
        sign(body=rb'{"text":"\u003cb\u003e \u0026"}').replace(body=b'{"text": "<b> &"}'),
    ),
    row(
        "re-serialised",
        "with-newline",
        verifier(),
        sign(body=b'{"a":1}\n').replace(body=b'{ "a": 1 }'),
    ),
    row(
        "re-serialised",
        "form",
        verifier(providers.slack),
        sign(providers.slack, body=form).replace(body=form.replace(b"+", b"%20")),
    ),
    row(
        "re-serialised",
        "form-of-percents",
        verifier(providers.slack),
        sign(providers.slack, body=form.replace(b"+", b"%20")).replace(body=form),
    ),
    # white space or newline around the secret
    row("secret-blanks", "newline-here", verifier(secret=SECRET + "\n"), sign()),
    row("secret-blanks", "spaces-here", verifier(secret=f" {SECRET} "), sign()),
    row("secret-blanks", "crlf-here", verifier(secret=SECRET + "\r\n"), sign()),
    row("secret-blanks", "newline-there", verifier(), sign(secret=SECRET + "\n")),
    row("secret-blanks", "space-there", verifier(), sign(secret=" " + SECRET)),
    row(
        "secret-blanks",
        "second-secret",
        verifier(providers.stripe, secret=["other", SECRET + "\n"]),
        sign(providers.stripe),
    ),
    row(
        "secret-blanks",
        "token",
        verifier(providers.token, secret=SECRET + "\n"),
        sign(providers.token),
    ),
    row("secret-blanks", "bearer", verifier(bearer, secret="token "), sign(bearer, secret="token")),
    # hex taken for base64, or the reverse
    row(
        "hex-or-base64", "key-is-hex", verifier(based, secret=hex_key), sign(hexed, secret=hex_key)
    ),
    row(
        "hex-or-base64",
        "key-is-base64",
        verifier(hexed, secret="ab" * 16),
        sign(based, secret="ab" * 16),
    ),
    row(
        "hex-or-base64",
        "key-is-hex-not-text",
        verifier(in_hex, secret=hex_key),
        sign(hexed, secret=hex_key),
    ),
    row("hex-or-base64", "signature-in-base64", verifier(in_hex), sign(in_base64)),
    row("hex-or-base64", "signature-in-hex", verifier(in_base64), sign(in_hex)),
    # whsec_ left out, or decoded where it must not be
    row(
        "whsec-prefix",
        "left-out",
        verifier(providers.stripe, secret=WHSEC[6:]),
        sign(providers.stripe, secret=WHSEC),
    ),
    row("whsec-prefix", "sender-decodes", stripe_text, sign(decoding_stripe, secret=WHSEC)),
    row("whsec-prefix", "sender-leaves-out", stripe_text, sign(providers.stripe, secret=WHSEC[6:])),
    row(
        "whsec-prefix",
        "sender-takes-text",
        verifier(providers.standardwebhooks, secret=WHSEC),
        sign(textual_standard, secret=WHSEC),
    ),
    row(
        "whsec-prefix",
        "text-without",
        verifier(providers.standardwebhooks, secret=WHSEC[6:]),
        sign(textual_standard, secret=WHSEC),
    ),
    # clock off by N seconds
    row("clock", "ahead", verifier(providers.stripe), sign(providers.stripe, now=NOW - 301)),
    row("clock", "behind", verifier(providers.slack), sign(providers.slack, now=NOW + 7200)),
    row(
        "clock",
        "own-tolerance",
        verifier(providers.slack, tolerance=1),
        sign(providers.slack, now=NOW - 2),
    ),
    row(
        "clock",
        "second-secret",
        verifier(providers.stripe, secret=["other", SECRET]),
        sign(providers.stripe, now=NOW - 999),
    ),
    # right for another configured secret
    row(
        "another-secret",
        "same-provider",
        verifier(secret="other"),
        sign(),
        verifier(secret="third"),
        verifier(),
    ),
    row(
        "another-secret",
        "other-provider",
        verifier(providers.token, secret="other"),
        sign(providers.gitlab_token).with_header("X-Webhook-Token", "x"),
        verifier(providers.gitlab_token),
    ),
    row(
        "another-secret",
        "stale-there",
        verifier(providers.stripe, secret="other"),
        sign(providers.stripe, now=NOW - 999),
        verifier(providers.stripe),
    ),
    # another URL was signed
    row(
        "another-url",
        "http",
        verifier(by_url),
        sign(by_url).replace(url="http://hooks.example.com/in?a=1"),
    ),
    row(
        "another-url",
        "port",
        verifier(by_url),
        sign(by_url).replace(url="http://hooks.example.com:8000/in?a=1"),
    ),
    row(
        "another-url",
        "port-signed",
        verifier(by_url),
        sign(by_url, url="https://hooks.example.com:443/in").replace(
            url="http://hooks.example.com/in"
        ),
    ),
    row(
        "another-url",
        "slash",
        verifier(by_url),
        sign(by_url).replace(url="https://hooks.example.com/in/?a=1"),
    ),
    row(
        "another-url",
        "query",
        verifier(by_url),
        sign(by_url, url="https://hooks.example.com/in").replace(url=URL),
    ),
    row(
        "another-url",
        "forwarded-host",
        verifier(by_url),
        sign(by_url)
        .replace(url="http://10.0.0.7:8000/in?a=1")
        .with_header("X-Forwarded-Host", "hooks.example.com"),
    ),
    row(
        "another-url",
        "forwarded-prefix",
        verifier(by_url),
        sign(by_url, url="https://hooks.example.com/app/in")
        .replace(url="http://hooks.example.com/in")
        .with_header("X-Forwarded-Prefix", "/app"),
    ),
    row(
        "another-url",
        "wrong-public-url",
        verifier(by_url, public_url="https://other.example"),
        sign(by_url),
    ),
    # body read by something else
    row("body-taken", "github", verifier(), sign(Content_Length=str(len(BODY))).replace(body=b"")),
    row(
        "body-taken",
        "stripe",
        verifier(providers.stripe),
        sign(providers.stripe, Content_Length="9").replace(body=b""),
    ),
    row(
        "body-taken",
        "chunked",
        verifier(),
        sign(Transfer_Encoding="chunked").replace(body=b""),
    ),
    # none came
    row("no-body", "github", verifier(), sign().replace(body=b"")),
    row("no-body", "stripe", verifier(providers.stripe), sign(providers.stripe).replace(body=b"")),
    # body decoded and encoded again
    row("re-encoded", "latin-1", verifier(), sign().replace(body=BODY.decode("latin-1").encode())),
    row(
        "re-encoded",
        "cp1252",
        verifier(),
        sign(body="{‚ÄÖ}".encode()).replace(body="{‚ÄÖ}".encode().decode("cp1252").encode()),
    ),
    row(
        "re-encoded", "to-latin-1", verifier(), sign().replace(body=BODY.decode().encode("latin-1"))
    ),
    row("re-encoded", "to-utf-16", verifier(), sign().replace(body=BODY.decode().encode("utf-16"))),
    row(
        "re-encoded",
        "replaced",
        verifier(),
        sign(body=b'{"a":"\xff\xfe"}').replace(
            body=b'{"a":"\xff\xfe"}'.decode(errors="replace").encode()
        ),
    ),
    row("re-encoded", "line-ends", verifier(), sign(body=b"a\r\nb\r\n").replace(body=b"a\nb\n")),
    row("re-encoded", "line-ends-added", verifier(), sign(body=b"a\nb").replace(body=b"a\r\nb")),
    row("re-encoded", "bom-gone", verifier(), sign(body=b"\xef\xbb\xbf{}").replace(body=b"{}")),
    row("re-encoded", "bom-added", verifier(), sign(body=b"{}").replace(body=b"\xef\xbb\xbf{}")),
    row("re-encoded", "stripped", verifier(), sign(body=b"{}\n").replace(body=b"{}")),
    row("re-encoded", "not-stripped", verifier(), sign(body=b"{}").replace(body=b"\r\n{}\r\n")),
    # header missing
    row("missing-header", "github", verifier(), Request(body=BODY)),
    row("missing-header", "token", verifier(providers.token), Request(body=BODY)),
    row(
        "missing-header",
        "slack-time",
        verifier(providers.slack),
        without(slack_request, "x-slack-request-timestamp"),
    ),
    row(
        "missing-header",
        "standard-id",
        verifier(providers.standardwebhooks, secret=WHSEC),
        without(standard_request, "webhook-id"),
    ),
    row(
        "missing-header",
        "standard-id-empty",
        verifier(providers.standardwebhooks, secret=WHSEC),
        standard_request.with_header("webhook-id", ""),
    ),
    row("missing-header", "query", verifier(in_query), Request(body=BODY, url=URL)),
    row("missing-header", "query-twice", verifier(in_query), Request(url="/?token=a&token=b")),
    row("missing-header", "basic", verifier(basic, secret="a:b"), Request(body=BODY)),
    row("missing-header", "bearer", verifier(bearer), Request(body=BODY)),
    row("missing-header", "signed-header", verifier(dated), without(sign(dated, Date="x"), "date")),
    row("missing-header", "signed-query", verifier(dated), sign(dated, Date="x").replace(url="/")),
    row("missing-header", "csrf-token-is-none", verifier(), Request(headers={"X-CSRF-Token": "a"})),
    # header of another provider
    row("another-provider", "github-at-stripe", verifier(providers.stripe), sign()),
    row("another-provider", "stripe-at-github", verifier(), sign(providers.stripe)),
    row(
        "another-provider",
        "gitlab-at-token",
        verifier(providers.token),
        sign(providers.gitlab_token),
    ),
    row("another-provider", "token-at-slack", verifier(providers.slack), sign(providers.token)),
    row(
        "another-provider", "unknown", verifier(), Request(headers={"X-Acme-HMAC": "a"}, body=BODY)
    ),
    row("another-provider", "unknown-token", verifier(), Request(headers={"X-Acme-Token": "a"})),
    row("another-provider", "github-at-basic", verifier(basic, secret="a:b"), sign()),
    # further causes, which the first line tells from a wrong secret
    row(
        "malformed-credential",
        "prefix",
        verifier(),
        Request(headers={"X-Hub-Signature-256": "sha1=00"}),
    ),
    row(
        "malformed-credential",
        "two-characters",
        verifier(),
        Request(headers={"X-Hub-Signature-256": "sha256=00"}, body=BODY),
    ),
    row("malformed-credential", "cut-off", verifier(), cut_off(sign(), "X-Hub-Signature-256")),
    row(
        "malformed-credential",
        "cut-off-stripe",
        verifier(providers.stripe),
        cut_off(sign(providers.stripe), "Stripe-Signature"),
    ),
    row(
        "malformed-credential",
        "two-characters-discord",
        verifier(providers.discord, secret="00" * 32),
        Request(
            headers={"X-Signature-Ed25519": "00", "X-Signature-Timestamp": str(NOW)}, body=BODY
        ),
    ),
    row("malformed-credential", "empty", verifier(), Request(headers={"X-Hub-Signature-256": ""})),
    row(
        "malformed-credential",
        "basic",
        verifier(basic, secret="a:b"),
        Request(headers={"Authorization": "Basic ?"}),
    ),
    row(
        "malformed-credential",
        "bearer",
        verifier(bearer),
        Request(headers={"Authorization": "Token x"}),
    ),
    row(
        "bad-timestamp",
        "slack",
        verifier(providers.slack),
        slack_request.with_header("X-Slack-Request-Timestamp", "now"),
    ),
    row(
        "bad-timestamp",
        "stripe",
        verifier(providers.stripe),
        Request(headers={"Stripe-Signature": "v1=00"}),
    ),
    row("unknown-tenant", "none", verifier(secret=lambda request: None), sign()),
    row("secret-unavailable", "raises", verifier(secret=lambda request: 1 / 0), sign()),
    row("secret-unavailable", "number", verifier(secret=lambda request: 17), sign()),
    row("secret-unavailable", "empty", verifier(secret=lambda request: []), sign()),
    row(
        "secret-unavailable",
        "unreadable",
        verifier(hexed, secret=lambda request: "zz"),
        sign(hexed, secret="00"),
    ),
    # accepted
    row("accepted", "github", verifier(), sign()),
    row("accepted", "stripe", verifier(providers.stripe), sign(providers.stripe, now=NOW - 300)),
    row("accepted", "callable", verifier(secret=lambda request: ["other", SECRET]), sign()),
    row(
        "accepted",
        "with-another-header-too",
        verifier(),
        sign().with_header("X-Acme-Signature", "a"),
    ),
    row(
        "accepted",
        "token",
        verifier(providers.token),
        sign(providers.token).with_header("Content-Length", "9").replace(body=b""),
    ),
]


@pytest.mark.parametrize(("cause", "here", "request_", "others"), ROWS)
def test_the_first_line_names_the_cause_and_no_other(cause, here, request_, others):
    """Each request has one cause only; that one is named, by its code and in words."""
    names_only(cause, explained(here, request_, *others))


@pytest.mark.parametrize(("cause", "here", "request_", "others"), ROWS)
def test_nothing_secret_is_shown(cause, here, request_, others):
    """Neither a secret nor a whole signature or token is in the text, and every line is printable."""
    explanation = explained(here, request_, *others)
    shown = str(explanation) + repr(explanation)
    for hidden in (SECRET, WHSEC, WHSEC[6:], hex_key, base64_key, "ab" * 16, "00" * 32):
        assert hidden not in shown
    for name, value in request_.headers.items():
        for part in re.split(r"[=, ]", value):
            if len(part) > 20 and "-" not in part and name != "x-forwarded-host":
                assert part not in shown
    assert all(line.isprintable() for line in str(explanation).split("\n"))


def test_the_table_has_every_cause_that_a_verifier_gives():
    """A cause without a row would not be tested."""
    assert {str(param.values[0]) for param in ROWS} == set(KEYWORDS) - {"address-refused"}


def test_the_address_of_a_receiver():
    """A Receiver refuses an address first, and says so; its client is shown escaped."""
    receiver = Receiver(providers.github, secret=SECRET, allow_from=["192.0.2.0/24"])
    request = Request(headers=sign().headers, body=BODY, client="203.0.113.9\n\x1b[31m")
    explanation = receiver.explain(request)
    names_only("address-refused", explanation)
    assert str(explanation).endswith(r"client: 203.0.113.9\n\x1b[31m")


def test_the_accepted_line_says_which_secret_and_how_old():
    """What is accepted says by what."""
    here = verifier(providers.stripe, secret=["new", SECRET])
    explanation = here.explain(sign(providers.stripe, now=NOW - 5))
    assert explanation.headline == "accepted: it verifies with secret 2 of 2, signed 5 s ago"
    assert verifier().explain(sign()).headline == "accepted: it verifies with secret 1 of 1"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NOW - 400, "clock off by 400 s: it was signed that long ago, so ours is ahead"),
        (NOW + 400, "clock off by 400 s: it was signed that far in the future, so ours is behind"),
    ],
    ids=["past", "future"],
)
def test_the_clock_says_which_way_and_how_far(now, words):
    """The seconds are those between the signed time and ours."""
    explanation = verifier(providers.stripe).explain(sign(providers.stripe, now=now))
    assert words in explanation.headline


@pytest.mark.parametrize(
    ("here", "request_", "named"),
    [
        (verifier(), Request(), "no X-Hub-Signature-256;"),
        (
            verifier(providers.slack),
            without(slack_request, "x-slack-request-timestamp"),
            "no X-Slack-Request-Timestamp;",
        ),
        (
            verifier(providers.standardwebhooks, secret=WHSEC),
            without(standard_request, "webhook-timestamp"),
            "no webhook-timestamp;",
        ),
        (verifier(in_query), Request(url="/"), "does not have 'token'"),
        (verifier(bearer), Request(), "no Authorization;"),
        (verifier(dated), without(sign(dated, Date="x"), "date"), "no Date;"),
        (
            verifier(
                Provider(name="a", scheme=HMAC(signature=First(Header("X-A"), Header("X-B"))))
            ),
            Request(),
            "no X-A;",
        ),
    ],
    ids=["signature", "time", "listed", "query", "bearer", "signed", "first"],
)
def test_a_missing_header_is_named(here, request_, named):
    """The text names what is not there, not what is."""
    assert named in here.explain(request_).headline


def test_the_header_of_another_provider_is_named():
    """With the catalogue it says whose; without it, only what is there."""
    assert (
        "Stripe-Signature, as Stripe sends it"
        in explained(verifier(), sign(providers.stripe)).headline
    )
    alone = verifier().explain(sign(providers.stripe))
    names_only("another-provider", alone)
    assert "it has stripe-signature, and github would send X-Hub-Signature-256" in alone.headline


def test_the_provider_of_another_secret_is_named():
    """Whose secret it is helps to find the exchange."""
    other = verifier(providers.gitlab_token)
    request = sign(providers.gitlab_token).with_header("X-Webhook-Token", "x")
    explanation = verifier(providers.token, secret="other").explain(request, others=[other])
    assert "(of gitlab_token)" in explanation.headline


def test_another_receiver_that_cannot_be_asked_is_left_out():
    """Its trouble is not this request's."""
    broken = verifier(secret=lambda request: 1 / 0)
    unreadable = Verifier(hexed, secret="00" * 16)
    nobody = verifier(secret=lambda request: None)
    explanation = verifier(secret="other").explain(sign(), others=[broken, nobody, unreadable])
    names_only("wrong-secret", explanation)


# Steps.


def test_the_steps_of_a_signature():
    """What was compared, step by step: request, signature, time, text, what was expected."""
    request = sign(providers.stripe, Content_Type="application/json", secret="other")
    lines = str(verifier(providers.stripe, secret=["new", SECRET]).explain(request)).split("\n")
    names = [line.strip().partition(":")[0] for line in lines[1:]]
    assert names == [
        "request",
        "provider",
        "Stripe-Signature",
        "time",
        "signed text",
        "expected with secret 1",
        "expected with secret 2",
    ]
    assert lines[1] == f"  request: POST, {len(BODY)} bytes, media type application/json"
    assert lines[2] == "  provider: stripe, scheme hmac"
    assert "1700000000 (s)" in lines[4]
    assert re.search(r": [0-9a-f]{8}\.\.\. \(64 characters\)$", lines[6])


def test_the_steps_of_a_token():
    """Of a token only the lengths are shown."""
    explanation = verifier(providers.token, secret=["s" * 30, "t" * 31]).explain(
        sign(providers.token, secret="u" * 32)
    )
    text = str(explanation)
    assert "header X-Webhook-Token: 32 bytes, not shown" in text
    assert "configured: 30 bytes or 31 bytes" in text
    assert not re.search(r"s{3}|t{3}|u{3}", text.replace("https", ""))


def test_what_is_not_covered_is_a_step():
    """A provider's gaps are told with the rest."""
    steps = verifier(providers.token).explain(sign(providers.token)).steps
    assert [step.found for step in steps if step.name == "not covered"] == list(
        providers.token.gaps
    )


def test_a_signed_url_is_a_step_without_its_query():
    """The URL as seen helps where it was signed; its query may hold a credential."""
    request = sign(by_url, url="https://hooks.example.com/in?key=private")
    text = str(verifier(by_url, secret="other").explain(request))
    assert "signed URL: https://hooks.example.com/in\n" in f"{text}\n"
    assert "private" not in text
    assert "signed URL" not in str(verifier().explain(sign()))


def test_a_short_signature_is_not_shown():
    """Someone may have sent the secret in the signature's place."""
    provider = Provider(name="acme", scheme=HMAC(signature=Header("X-Signature")))
    request = Request(headers={"X-Signature": "hunter22"}, body=BODY)
    text = str(verifier(provider, secret="hunter22").explain(request))
    assert "hunter" not in text
    assert "8 characters, too few" in text


def test_what_comes_from_the_wire_is_escaped():
    """A method, a media type and a header's name cannot forge a line or a colour."""
    evil = "\x1b[31m\nERROR all is lost"
    request = Request(evil, {"Content-Type": evil, f"X-{evil}-Signature": "a"}, b"")
    text = str(verifier().explain(request))
    assert len(text.split("\n")) == len(verifier().explain(Request()).steps) + 1
    assert all(line.isprintable() for line in text.split("\n"))


def test_a_case_shows_no_secret():
    """What an explanation is made of can be printed."""
    assert SECRET not in repr(verifier().case(sign()))


# It never raises.

UNUSUAL = [
    *(getattr(providers, name) for name in ("github", "slack", "stripe", "token", "gitlab_token")),
    by_url,
    in_query,
    basic,
    bearer,
    hexed,
    in_base64,
    dated,
]

headers = st.dictionaries(
    st.sampled_from(
        [
            "X-Hub-Signature-256",
            "X-Slack-Signature",
            "X-Slack-Request-Timestamp",
            "Stripe-Signature",
            "X-Webhook-Token",
            "X-Signature",
            "Authorization",
            "Content-Length",
            "Content-Type",
            "X-Forwarded-Host",
            "X-Forwarded-Prefix",
            "Host",
            "Date",
        ]
    )
    | st.text(max_size=8),
    st.text(max_size=40)
    | st.sampled_from(
        ["sha256=" + "0" * 64, "v0=0", "t=1700000000,v1=0", "Basic Og==", "[::1", "²"]
    ),
    max_size=6,
)
bodies = st.binary(max_size=200) | st.sampled_from(
    [
        b"",
        BODY,
        form,
        pretty,
        b"[" * 5000,
        b"[" * 900 + b"]" * 900,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b'{"a":NaN,"b":1e999,"c":"\\ud800"}',
        b"9" * 5000,
        b"\xff" * 50,
        b"\xef\xbf\xbd",
        BODY.decode().encode("utf-16"),
        b"%=&&=%",
    ]
)
urls = st.text(max_size=30) | st.sampled_from(
    [
        URL,
        "",
        "/",
        "http://[::1/x",
        "https://",
        "http://a:b@c:d/?token=a",
        "\ud800",
        "http://ℂ.example",
    ]
)


@given(
    provider=st.sampled_from(UNUSUAL),
    method=st.text(max_size=10),
    fields=headers,
    body=bodies,
    url=urls,
)
@example(by_url, "POST", {"X-Signature": "0"}, BODY, "http://[::1/x")
@example(hexed, "POST", {"X-Signature": "0"}, b"[" * 900 + b"]" * 900, "")
def test_no_request_makes_it_raise(provider, method, fields, body, url):
    """Whatever a request is, it gets an explanation of printable lines."""
    secret = "00ab" * 8 if provider is hexed else "user:password"
    others = [verifier(providers.github, secret="b"), verifier(by_url, secret="c")]
    request = Request(method, fields, body, url=url)
    explanation = explained(verifier(provider, secret=secret), request, *others)
    assert explanation.cause in KEYWORDS
    assert not explanation.accepted
    assert all(line.isprintable() for line in str(explanation).split("\n"))


@given(body=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
).map(lambda value: json.dumps(value, separators=(",", ":")).encode()))  # fmt: skip
def test_json_written_again_by_python_is_always_found(body):
    """What `json.dumps(json.loads(body))` changes is told, whatever the value."""
    again = json.dumps(json.loads(body)).encode()
    cause = verifier().explain(sign(body=body).replace(body=again)).cause
    assert cause == ("accepted" if again == body else "re-serialised")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" + b"1," * 500_000 + b"1]", id="long-array"),
        pytest.param(b'{"a":"' + b"x" * 1_000_000 + b'"}', id="long-text"),
        pytest.param(b"a=1&" * 250_000 + b"a=1", id="form"),
        pytest.param(b"\xff" * 1_048_576, id="bytes"),
        pytest.param(b"[" * 800 + b"1," * 60_000 + b"1" + b"]" * 800, id="deep-and-long"),
        pytest.param(b"[" + b"{}," * 30_000 + b"1]", id="many-objects"),
        pytest.param(b"\n" * 1_048_576, id="newlines"),
    ],
)
@pytest.mark.parametrize("provider", [providers.github, by_url], ids=lambda p: p.name)
def test_large_bodies_take_bounded_work(provider, body):
    """Of large or deep bodies only so much is written again."""
    names_only(
        "wrong-secret", verifier(provider, secret="other").explain(sign(provider, body=body))
    )
    assert sum(map(len, serialised_again(body))) < 64 * 1024 * 1024


def test_beyond_a_mebibyte_nothing_is_written_again():
    """A longer body is not tried in other writings, and still gets its explanation."""
    body = json.dumps({"a": "x" * (1024 * 1024)}).encode()
    again = body.replace(b": ", b":")
    request = sign(body=again).replace(body=body)
    names_only("wrong-secret", verifier().explain(request))


def test_indented_json_is_found_up_to_a_bound():
    """Indented writing is tried for bodies of ordinary size."""
    value = {"rows": [{"n": n} for n in range(500)]}
    request = sign(body=json.dumps(value, indent=2).encode())
    again = request.replace(body=json.dumps(value).encode())
    names_only("re-serialised", verifier().explain(again))


def test_json_nested_too_deep_to_write_again():
    """A value that a decoder took may be too deep for an encoder: it is left out."""
    value: list = []
    for _ in range(3000):
        value = [value]
    assert all(text == "" or text.strip("[]") == "" for text in json_again(value, 10**6))


@dataclasses.dataclass(frozen=True, slots=True)
class ShopToken(Token):
    """A token that wants more than its declaration tells."""

    def verify(self, request, keys, now, limits):
        raise MissingCredential


def test_a_credential_that_is_missing_from_a_place_of_its_own():
    """A scheme of one's own may miss something that nobody else knows of."""
    provider = Provider(name="shops", scheme=ShopToken(Query("token")))
    explanation = verifier(provider).explain(Request(url="/?token=a"))
    names_only("missing-header", explanation)
    assert "the request has no credential;" in explanation.headline


def test_a_key_form_of_ones_own():
    """A function that makes the key is tried against the known forms as well."""

    def reverse(secret: bytes) -> bytes:
        return secret[::-1]

    scheme = HMAC(signature=Header("X-Signature"), key=reverse)
    provider = Provider(name="acme", scheme=scheme)
    names_only("accepted", verifier(provider).explain(sign(provider)))
    names_only("wrong-secret", verifier(provider, secret="x").explain(sign(provider)))
    names_only("hex-or-base64", verifier(provider).explain(sign(in_hex)))


def test_explaining_needs_a_secret_as_verifying_does():
    """There is no verifier, and so no explanation, without one."""
    with pytest.raises(ConfigError):
        verifier(secret=None)


def test_a_signature_that_is_cut_off_is_said_to_be() -> None:
    """And how long it would be."""
    short = Request(headers={"X-Hub-Signature-256": "sha256=00"}, body=BODY)
    assert verifier().explain(short).headline == (
        "credential not of the form that github declares: the signature is cut off or malformed, "
        "as it has 2 characters, and none that is right has fewer than 64"
    )
