"""`Verifier` alone: secrets in every form, tolerance, public URL, and a provider's own needs."""

import dataclasses
import logging

import pytest

from hookkit import (
    HMAC,
    Basic,
    Bearer,
    ConfigError,
    Header,
    Limits,
    Provider,
    Query,
    Receiver,
    Request,
    Token,
    Unauthorized,
    Verifier,
    providers,
)
from hookkit.errors import (
    BadTimestamp,
    BodyTaken,
    FutureTimestamp,
    MalformedCredential,
    MissingCredential,
    NoBody,
    SecretUnavailable,
    StaleTimestamp,
    UnknownTenant,
    WrongCredential,
)

NOW = 1_700_000_000
SECRET = "It's a Secret to Everybody"
BODY = b'{"action":"opened"}'

by_url = Provider(
    name="by-url", scheme=HMAC(signature=Header("X-Signature"), signs="{method}{url}{body}")
)
by_path = Provider(
    name="by-path", scheme=HMAC(signature=Header("X-Signature"), signs="{path}?{query}{body}")
)


def at(seconds: float = NOW):
    return lambda: seconds


def signed(provider: Provider = providers.github, *, secret=SECRET, now=NOW, **kwargs) -> Request:
    request = Request(body=BODY, url=kwargs.pop("url", "https://hooks.example.com/in"))
    return Verifier(provider, secret=secret, clock=at(now), **kwargs).sign(request)


def refusal(verifier: Verifier, request: Request) -> type[Unauthorized]:
    with pytest.raises(Unauthorized) as caught:
        verifier.verify(request)
    return type(caught.value)


def test_works_alone_on_githubs_published_example():
    """A verifier needs a provider, a secret and a request, and nothing else."""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    request = Request(headers={"X-Hub-Signature-256": signature}, body=b"Hello, World!")
    verdict = Verifier(providers.github, secret=SECRET).verify(request)
    assert (verdict.key, verdict.timestamp, verdict.age) == (0, None, None)
    assert repr(verdict) == "Verdict(key=0, timestamp=None, age=None)"


def test_the_verdict_says_when_and_how_long_ago():
    """Where a time is signed, the verdict has it, and its distance from our clock."""
    verdict = Verifier(providers.stripe, secret=SECRET, clock=at(NOW + 7)).verify(
        signed(providers.stripe)
    )
    assert (verdict.timestamp, verdict.age) == (NOW, 7)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (SECRET, 0),
        (SECRET.encode(), 0),
        ([SECRET, "old"], 0),
        (["new", SECRET], 1),
        (("new", SECRET.encode()), 1),
        ([str(n) for n in range(7)] + [SECRET], 7),
        (lambda request: SECRET, 0),
        (lambda request: ["new", SECRET], 1),
        (lambda request: SECRET.encode(), 0),
    ],
    ids=[
        "text",
        "bytes",
        "first",
        "second",
        "tuple",
        "eighth",
        "call",
        "call-several",
        "call-bytes",
    ],
)
def test_secret_in_every_form(secret, key):
    """A secret is text, bytes, several of them, or a callable; the verdict says which one fitted."""
    assert Verifier(providers.github, secret=secret).verify(signed()).key == key


@pytest.mark.parametrize(
    "secret", ["other", ["a", "b"], lambda request: "c"], ids=["text", "list", "call"]
)
def test_no_other_secret_verifies(secret):
    """With any other secret the request is refused."""
    assert refusal(Verifier(providers.github, secret=secret), signed()) is WrongCredential


def test_a_callable_is_asked_for_each_request():
    """Tenants: the callable sees the request and picks the secret by it."""
    secrets = {"/a": "secret a", "/b": "secret b"}
    verifier = Verifier(providers.github, secret=lambda request: secrets.get(request.path))
    for path, secret in secrets.items():
        ours = signed(secret=secret, url=f"https://x.example{path}")
        assert verifier.verify(ours).key == 0
    assert (
        refusal(verifier, signed(secret="secret a", url="https://x.example/b")) is WrongCredential
    )
    assert refusal(verifier, signed(url="https://x.example/c")) is UnknownTenant


@pytest.mark.parametrize(
    ("secret", "blocks"),
    [("s", False), (["s"], False), (lambda r: "s", True)],
    ids=["text", "list", "call"],
)
def test_blocks_tells_whether_user_code_is_called(secret, blocks):
    """Only a callable may take its time."""
    assert Verifier(providers.github, secret=secret).blocks is blocks


def _raises(request: Request) -> str:
    raise KeyError("no database")


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(_raises, id="raises"),
        pytest.param(lambda request: [], id="none-at-all"),
        pytest.param(lambda request: "", id="empty"),
        pytest.param(lambda request: 17, id="number"),
        pytest.param(lambda request: [f"hidden {n}" for n in range(9)], id="nine"),
        pytest.param(lambda request: ["hidden", "hidden\0"], id="nul"),
    ],
)
def test_a_callable_that_fails_is_our_fault(secret, caplog):
    """What the callable gets wrong is a SecretUnavailable, logged once, without the secret."""
    with caplog.at_level(logging.ERROR), pytest.raises(SecretUnavailable) as caught:
        Verifier(providers.github, secret=secret).verify(signed())
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("hookkit.keys", logging.ERROR)
    assert "Traceback" in caplog.text
    assert "hidden" not in caplog.text
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        (None, "pass secret="),
        ("", "is the environment variable set"),
        (b" ", "is the environment variable set"),
        ([], "is an empty list"),
        (["a", ""], "secret number 2: it is empty"),
        (["a", 17], "secret number 2: it is a int"),
        (17, "a list of them or a callable, not a int"),
        ([f"hidden {n}" for n in range(9)], "9 secrets, at most 8 may be live at once"),
        ("hidden\0", "NUL byte"),
        ("hidden\ud800", "cannot be written as UTF-8"),
    ],
)
def test_a_secret_that_cannot_be_one_is_refused_at_once(secret, message):
    """A bad secret is a ConfigError when the verifier is built, and its text is not shown."""
    with pytest.raises(ConfigError, match=message) as caught:
        Verifier(providers.github, secret=secret)
    assert "hidden" not in str(caught.value)


def test_the_bound_on_live_secrets_can_be_raised():
    """`Limits(secrets=…)` lets more secrets live at once."""
    secrets = [str(n) for n in range(8)] + [SECRET]
    verifier = Verifier(providers.github, secret=secrets, limits=Limits(secrets=9))
    assert verifier.verify(signed()).key == 8


@pytest.mark.parametrize(
    "secret", [SECRET, [SECRET], lambda request: SECRET], ids=["text", "list", "call"]
)
def test_the_secret_is_nowhere_in_the_repr(secret):
    """Printing a verifier shows no secret."""
    verifier = Verifier(providers.github, secret=secret)
    assert repr(verifier).startswith("<Verifier github, <Keys")
    assert SECRET not in repr(verifier)
    assert SECRET not in repr(verifier.case(signed()))


# Keys by their id.

keyed = Provider(name="keyed", scheme=Token(Header("X-Token")), key_id=Header("X-Key-Id"))
KEYS = {"k1": "first key", "k2": b"second key"}


class _Ids:
    """The ids of the keys in a list, as a tuple."""

    def find(self, request, payload):
        return tuple((request.headers.get("X-Key-Ids") or "").split(","))


@pytest.mark.parametrize(
    ("ids", "token", "position"),
    [
        ("a", "1st", 0),
        ("b,a", "1st", 1),
        ("a,b", "2nd", 1),
        ("c,a,a,b", "2nd", 1),
        ("b", "1st", None),
        ("c", "1st", None),
        ("", "1st", None),
        ("a,b", "3rd", None),
    ],
)
def test_a_request_that_names_several_keys(ids, token, position):
    """Those that are known are tried, in that order, and no others."""
    provider = Provider(name="keyed", scheme=Token(Header("X-Token")), key_id=_Ids())
    verifier = Verifier(provider, secret={"a": "1st", "b": "2nd"})
    request = Request(headers={"X-Token": token, "X-Key-Ids": ids})
    if position is None:
        with pytest.raises(Unauthorized):
            verifier.verify(request)
        return
    assert verifier.verify(request).key == position


def test_a_request_cannot_name_more_keys_than_may_be_live():
    """Each costs a comparison; those beyond the limit are not tried."""
    provider = Provider(name="keyed", scheme=Token(Header("X-Token")), key_id=_Ids())
    secrets = {str(n): f"secret {n}" for n in range(20)}
    verifier = Verifier(provider, secret=secrets, limits=Limits(secrets=3))
    ids = ",".join(secrets)
    named = {"X-Key-Ids": ids}
    assert verifier.verify(Request(headers={"X-Token": "secret 2", **named})).key == 2
    with pytest.raises(Unauthorized):
        verifier.verify(Request(headers={"X-Token": "secret 3", **named}))


@pytest.mark.parametrize(
    ("key_id", "token", "expected"),
    [
        ("k1", "first key", None),
        ("k2", "second key", None),
        ("k2", "first key", WrongCredential),
        ("k3", "first key", UnknownTenant),
        (None, "first key", UnknownTenant),
    ],
    ids=["one", "other", "exchanged", "unknown", "unnamed"],
)
def test_a_mapping_of_key_ids(key_id, token, expected):
    """Where requests name their key, `secret` may map ids to keys."""
    headers = {"X-Token": token} | ({"X-Key-Id": key_id} if key_id else {})
    verifier = Verifier(keyed, secret=KEYS)
    if expected is None:
        assert verifier.verify(Request(headers=headers)).key == 0
    else:
        assert refusal(verifier, Request(headers=headers)) is expected


@pytest.mark.parametrize(
    ("provider", "secret", "message"),
    [
        (providers.github, KEYS, "github names no key in its requests"),
        (keyed, {}, "empty mapping"),
        (keyed, {"k1": "a", "k2": ""}, "secret number 2: it is empty"),
    ],
    ids=["no-ids", "empty", "empty-key"],
)
def test_a_mapping_that_is_of_no_use(provider, secret, message):
    """A mapping is judged when the verifier is built, key by key."""
    with pytest.raises(ConfigError, match=message):
        Verifier(provider, secret=secret)


@pytest.mark.parametrize(
    ("secret", "expected"),
    [(["new", "old"], b"new"), (lambda request: "asked", b"asked")],
    ids=["fixed", "callable"],
)
def test_first_secret(secret, expected):
    """The newest secret is handed to those answers that are made with it."""
    assert Verifier(providers.github, secret=secret).first_secret(Request()) == expected


def test_first_secret_of_an_unknown_tenant():
    """Who has no secret gets no answer made with one."""
    with pytest.raises(UnknownTenant):
        Verifier(providers.github, secret=lambda request: None).first_secret(Request())


# Tolerance.


@pytest.mark.parametrize(
    ("tolerance", "age", "expected"),
    [
        (None, 300, None),
        (None, 301, StaleTimestamp),
        (None, -300, None),
        (None, -301, FutureTimestamp),
        (10, 10, None),
        (10, 11, StaleTimestamp),
        (10, -11, FutureTimestamp),
        (0, 0, None),
        (0, 1, StaleTimestamp),
        ((600, 5), 600, None),
        ((600, 5), -6, FutureTimestamp),
        (float("inf"), 10**9, None),
    ],
)
def test_tolerance(tolerance, age, expected):
    """The provider's tolerance holds unless another is given; both ends are inclusive."""
    verifier = Verifier(providers.stripe, secret=SECRET, tolerance=tolerance, clock=at(NOW + age))
    request = signed(providers.stripe)
    if expected is None:
        assert verifier.verify(request).age == age
    else:
        assert refusal(verifier, request) is expected


@pytest.mark.parametrize("provider", [providers.github, providers.token], ids=lambda p: p.name)
def test_tolerance_where_no_time_is_signed(provider):
    """A tolerance for a provider that signs no time would promise what nobody checks."""
    with pytest.raises(ConfigError, match=f"{provider.name} signs no time"):
        Verifier(provider, secret=SECRET, tolerance=60)


@pytest.mark.parametrize("tolerance", [-1, (5, -1), float("nan")], ids=str)
def test_a_tolerance_that_is_none(tolerance):
    """A tolerance is a number of seconds, 0 or more."""
    with pytest.raises(ConfigError, match="0 or more"):
        Verifier(providers.stripe, secret=SECRET, tolerance=tolerance)


def test_a_wrong_signature_is_never_called_stale():
    """What is not authentic has no age: a wrong signature with an old time is just wrong."""
    verifier = Verifier(providers.stripe, secret="other", clock=at(NOW + 10**6))
    assert refusal(verifier, signed(providers.stripe)) is WrongCredential


@pytest.mark.parametrize("build", [Receiver, Verifier], ids=lambda each: each.__name__)
@pytest.mark.parametrize(
    "provider", ["github", None, providers, HMAC], ids=["name", "none", "module", "scheme"]
)
def test_a_provider_is_a_value_of_the_catalogue(build, provider):
    """A provider's name, or anything else that is none, is refused with what to write."""
    with pytest.raises(ConfigError, match=r"such as providers\.github"):
        build(provider, secret=SECRET)


# The public URL.


@pytest.mark.parametrize(
    ("provider", "public_url", "seen"),
    [
        (by_url, None, "https://hooks.example.com/in?a=1"),
        (by_url, "https://hooks.example.com", "http://10.0.0.7:8000/in?a=1"),
        (by_url, "https://hooks.example.com/", "http://10.0.0.7:8000/in?a=1"),
        (by_url, "https://hooks.example.com/in", "http://10.0.0.7:8000/behind/proxy?a=1"),
        (by_path, "https://hooks.example.com/in", "http://10.0.0.7:8000/behind/proxy?a=1"),
        (by_path, None, "http://10.0.0.7:8000/in?a=1"),
        (by_url, "https://hooks.example.com/in?a=1", "http://10.0.0.7:8000/behind"),
    ],
    ids=["as-seen", "origin", "origin-slash", "path", "path-signed", "path-unchanged", "query"],
)
def test_public_url(provider, public_url, seen):
    """Where a proxy changes the URL, `public_url` counts; it keeps the request's query, or has its own."""
    request = signed(provider, url="https://hooks.example.com/in?a=1")
    verifier = Verifier(provider, secret=SECRET, public_url=public_url)
    assert verifier.verify(request.replace(url=seen)).key == 0


@pytest.mark.parametrize(
    ("public_url", "seen"),
    [
        (None, "http://hooks.example.com/in?a=1"),
        ("https://other.example", "https://hooks.example.com/in?a=1"),
        ("https://hooks.example.com", "https://hooks.example.com/other?a=1"),
        ("https://hooks.example.com/in", "https://hooks.example.com/in?a=2"),
        ("https://hooks.example.com/in", "https://hooks.example.com/in"),
    ],
    ids=["scheme", "origin", "path", "query", "no-query"],
)
def test_another_url_is_refused(public_url, seen):
    """Each part of the URL is part of what is signed."""
    request = signed(by_url, url="https://hooks.example.com/in?a=1").replace(url=seen)
    verifier = Verifier(by_url, secret=SECRET, public_url=public_url)
    assert refusal(verifier, request) is WrongCredential


@pytest.mark.parametrize(
    ("public_url", "message"),
    [
        ("hooks.example.com", "write the whole of it"),
        ("/in", "write the whole of it"),
        ("https://hooks.example.com/#top", "stands behind the #"),
    ],
)
def test_a_public_url_that_is_none(public_url, message):
    """A public URL has a scheme and a host, and no fragment, which nobody sends."""
    with pytest.raises(ConfigError, match=message):
        Verifier(by_url, secret=SECRET, public_url=public_url)


def test_a_public_url_does_nothing_where_no_url_is_signed():
    """GitHub signs the body alone: the URL is never asked for."""

    def url() -> str:
        raise AssertionError("nobody needs the URL")

    request = Request(headers=signed().headers, body=BODY, url=url)
    verifier = Verifier(providers.github, secret=SECRET, public_url="https://hooks.example.com")
    assert verifier.verify(request).key == 0


def test_signing_uses_the_public_url():
    """What is signed for a public URL verifies there, and is a request to that URL."""
    verifier = Verifier(by_url, secret=SECRET, public_url="https://hooks.example.com/in")
    request = verifier.sign(Request(body=BODY, url="http://localhost:8000/x?a=1"))
    assert request.url == "https://hooks.example.com/in?a=1"
    assert verifier.verify(request).key == 0


# Refusals.


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda r: r.replace(body=r.body + b" "), WrongCredential),
        (lambda r: r.replace(headers={}), MissingCredential),
        (lambda r: r.with_header("X-Slack-Signature", "v1=00"), MalformedCredential),
        (lambda r: r.with_header("X-Slack-Request-Timestamp", "now"), BadTimestamp),
        (lambda r: r.with_header("X-Slack-Request-Timestamp", str(NOW - 1)), WrongCredential),
        (lambda r: r.with_header("Content-Length", "19").replace(body=b""), BodyTaken),
        (lambda r: r.with_header("Transfer-Encoding", "chunked").replace(body=b""), BodyTaken),
        (lambda r: r.with_header("Content-Length", "0").replace(body=b""), WrongCredential),
        (lambda r: r.with_header("Content-Length", "²").replace(body=b""), BodyTaken),
        (lambda r: r.replace(body=b""), NoBody),
    ],
    ids=[
        "body",
        "header",
        "malformed",
        "time",
        "other-time",
        "taken",
        "chunked",
        "empty",
        "odd-digit",
        "none",
    ],
)
def test_each_refusal_is_told_apart(change, expected):
    """The subclass of Unauthorized says what is wrong, for the log."""
    verifier = Verifier(providers.slack, secret=SECRET, clock=at())
    assert refusal(verifier, change(signed(providers.slack))) is expected


def test_a_wrong_token_is_wrong_whatever_became_of_the_body():
    """Where the body is not signed, its absence explains no refusal."""
    request = signed(providers.token, secret="other").with_header("Content-Length", "19")
    verifier = Verifier(providers.token, secret=SECRET)
    assert refusal(verifier, request.replace(body=b"")) is WrongCredential


def test_an_empty_body_that_was_announced_may_still_be_authentic():
    """A signature that fits is never doubted because of a length."""
    verifier = Verifier(providers.token, secret=SECRET)
    request = signed(providers.token).with_header("Content-Length", "19")
    assert verifier.verify(request.replace(body=b"")).key == 0


@pytest.mark.parametrize(
    ("limits", "header"),
    [
        (Limits(header=70), "sha256=" + "0" * 64),
        (Limits(candidates=1), "sha256=" + "0" * 64 + ",sha256=" + "0" * 64),
    ],
    ids=["length", "candidates"],
)
def test_limits_are_handed_to_the_scheme(limits, header):
    """A credential beyond a limit is malformed, whatever it says."""
    provider = providers.github.replace(
        scheme=HMAC(signature=Header("X-Hub-Signature-256"), layout="sha256={signature},...")
    )
    request = Request(headers={"X-Hub-Signature-256": header}, body=BODY)
    assert refusal(Verifier(provider, secret=SECRET), request) is WrongCredential
    assert refusal(Verifier(provider, secret=SECRET, limits=limits), request) is MalformedCredential


# What a provider needs beyond a secret.


@dataclasses.dataclass(frozen=True, slots=True)
class ShopToken(Token):
    """A token that counts for one shop only."""

    shop: str | None = None

    def verify(self, request, keys, now, limits):
        if request.headers.get("X-Shop") != self.shop:
            raise WrongCredential
        return Token.verify(self, request, keys, now, limits)


shops = Provider(
    name="shops", scheme=ShopToken(Header("X-Token")), needs={"shop": "the shop's number"}
)


def test_a_scheme_with_a_field_of_its_own():
    """`using` gives the scheme what it needs, and it decides by that."""
    verifier = Verifier(shops.using(shop="17"), secret=SECRET)
    request = Request(headers={"X-Token": SECRET, "X-Shop": "17"})
    assert verifier.verify(request).key == 0
    assert refusal(verifier, request.with_header("X-Shop", "18")) is WrongCredential


def test_what_is_needed_is_asked_for_when_the_verifier_is_built():
    """Without it there is no verifier; the text is the line to write."""
    with pytest.raises(ConfigError, match=r"the shop's number.*using\(shop=…\)"):
        Verifier(shops, secret=SECRET)


# Signing.


@pytest.mark.parametrize(
    "provider",
    [
        providers.github,
        providers.gitlab_token,
        providers.slack,
        providers.standardwebhooks,
        providers.stripe,
        providers.token,
        by_url,
        by_path,
        Provider(name="query", scheme=Token(Query("token"))),
        Provider(name="basic", scheme=Basic()),
        Provider(name="bearer", scheme=Bearer()),
    ],
    ids=lambda provider: provider.name,
)
def test_what_sign_signs_verify_accepts(provider):
    """Sign and verify come from one declaration; the first of several secrets signs."""
    secret = "user:MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    if provider.name == "standardwebhooks":
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    request = signed(
        provider, secret=[secret, "older:" + "A" * 31 + "="] if ":" in secret else secret
    )
    assert request.body == BODY
    assert Verifier(provider, secret=secret, clock=at()).verify(request).key == 0


def test_sign_with_a_callable_secret():
    """A callable is asked with the request that is to be signed."""
    request = signed(secret=lambda request: [SECRET, "old"])
    assert Verifier(providers.github, secret=SECRET).verify(request).key == 0


def test_sign_with_a_callable_that_knows_no_tenant():
    """Nobody can sign for a tenant that there is not."""
    with pytest.raises(UnknownTenant):
        signed(secret=lambda request: None)


@pytest.mark.parametrize(
    ("given", "kept", "expected"),
    [
        ({}, {}, "msg_fixed"),
        ({"message_id": "msg_mine"}, {}, "msg_mine"),
        ({"message_id": "msg_mine"}, {"webhook-id": "msg_there"}, "msg_there"),
    ],
    ids=["made", "given", "already-there"],
)
def test_message_ids(given, kept, expected):
    """An id that the request has stays, else the given one, else a new one is signed."""
    verifier = Verifier(
        providers.standardwebhooks,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        new_id=lambda: "msg_fixed",
        clock=at(),
    )
    request = verifier.sign(Request(headers=kept, body=BODY), **given)
    assert request.headers.get("webhook-id") == expected
    assert verifier.verify(request).key == 0


def test_new_ids_differ():
    """Ids made for signed messages are never the same twice."""
    ids = {
        signed(providers.standardwebhooks, secret="whsec_" + "A" * 32).headers.get("webhook-id")
        for _ in range(20)
    }
    assert len(ids) == 20


def test_signing_leaves_the_request_as_it_was():
    """`sign` gives a copy."""
    request = Request(body=BODY)
    Verifier(providers.github, secret=SECRET).sign(request)
    assert request == Request(body=BODY)
