"""Facts: what a declaration tells of a provider, in words and plain values."""

import dataclasses
import json

import pytest

from hookkit import (
    HMAC,
    Basic,
    Bearer,
    Choice,
    ConfigError,
    First,
    Handshake,
    Header,
    Joined,
    Number,
    Numbered,
    Pointer,
    Provider,
    Query,
    Text,
    Token,
    providers,
)
from hookkit.facts import Facts, facts_of, in_words
from hookkit.places import Inside
from hookkit.schemes import ECDSA, RSA, Digest, Ed25519
from hookkit.schemes.inflated import Inflated

CATALOGUE = providers.catalogue()
S = Header("S")


def acme(**fields):
    return Provider(name="acme", **{"scheme": HMAC(signature=S), **fields})


class _Own:
    """A place that says nothing of itself."""

    def find(self, request, payload):
        return None


class _Told(_Own):
    def in_words(self):
        return "where the sun rises"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (None, ""),
        (Header("X-Id"), "header X-Id"),
        (Query("id"), "query parameter id"),
        (Numbered("X-S-"), "headers X-S-1, X-S-2 and so on"),
        (Pointer("/a/b"), "/a/b in the body"),
        (Pointer(""), "the body"),
        (Joined(Header("A"), Pointer("/b")), 'header A + "." + /b in the body'),
        (First(Header("A"), Header("B")), "header A, or else header B"),
        (Number(Pointer("/a")), "/a in the body"),
        (Inside(Pointer("/a"), Pointer("/b")), "/b in the first value of /a in the body"),
        (
            Choice(Header("A"), {"x": Header("B")}, otherwise=Header("C")),
            "header A; where that is x: header B; else header C",
        ),
        (_Own(), "by a rule of its own"),
        (_Told(), "where the sun rises"),
    ],
)
def test_a_place_in_words(place, words):
    """Every kind of place; one that hookkit does not know may say it itself."""
    assert in_words(place) == words


class _Content:
    """Signed content of a provider's own."""

    def covers(self, part):
        return part in ("body", "url")

    def render(self, request, timestamp, message_id, payload):
        return [request.body]


class _Scheme:
    """A scheme that says nothing of itself."""

    family = "own"
    header = None
    signs_url = False
    hosts = frozenset({"keys.example"})

    def covers(self, part):
        return part == "body"

    def keyring(self, fetch):
        return None


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        (HMAC(signature=S), "HMAC-SHA256 over {body}, hex"),
        (
            HMAC(signature=S, algorithm="sha1", encoding="HEX"),
            "HMAC-SHA1 over {body}, hex in capitals",
        ),
        (HMAC(signature=S, signs="{method}\n{body}"), r"HMAC-SHA256 over {method}\n{body}, hex"),
        (
            HMAC(signature=S, signs=_Content()),
            "HMAC-SHA256 over a text of its own from {body}, {url}, hex",
        ),
        (
            HMAC(signature=S, signs=Inflated()),
            "HMAC-SHA256 over {body}, as it was before it was compressed, hex",
        ),
        (Digest(signature=S, signs="{body}{secret}"), "plain SHA256 over {body}{secret}, hex"),
        (Ed25519(signature=S), "Ed25519 over {body}, hex"),
        (ECDSA(signature=S, encoding="base64"), "ECDSA P-256 with SHA256 over {body}, base64"),
        (RSA(signature=S, algorithm="sha512"), "RSA (PKCS #1 v1.5) with SHA512 over {body}, hex"),
        (Token(S), "the secret itself"),
        (Bearer(), "the secret itself, as a bearer token"),
        (Basic(), "user and password, as HTTP's Basic"),
        (_Scheme(), "_Scheme, over body"),
    ],
)
def test_a_scheme_in_words(scheme, words):
    """Family, algorithm, what is signed and how it is written."""
    assert facts_of(acme(scheme=scheme)).scheme == words


@pytest.mark.parametrize(
    ("scheme", "credential", "secret", "extras"),
    [
        (HMAC(signature=S), "header S", "text, as it is", ()),
        (
            HMAC(signature=S, layout=("a={signature}", "{signature}"), key="hex"),
            "header S, as a={signature} or {signature}",
            "hex, decoded",
            (),
        ),
        (HMAC(signature=S, key=bytes.upper), "header S", "text, as the provider shows it", ()),
        (Token(Query("t")), "query parameter t", "text, as it is", ()),
        (Basic(), "header Authorization", "user:password", ()),
        (
            RSA(signature=S),
            "header S",
            "the provider's public key, as PEM or base64 of DER",
            ("crypto",),
        ),
        (_Scheme(), "the body", "text, as it is", ()),
    ],
)
def test_credential_secret_and_extras(scheme, credential, secret, extras):
    """Where it is, what to configure, what to install."""
    facts = facts_of(acme(scheme=scheme))
    assert (facts.credential, facts.secret, facts.extras) == (credential, secret, extras)


def test_published_keys_are_named_by_their_hosts():
    """Such a provider needs no secret."""
    assert facts_of(acme(scheme=_Scheme())).key_hosts == ("keys.example",)
    assert facts_of(acme()).key_hosts == ()


@pytest.mark.parametrize(
    ("scheme", "where", "tolerance"),
    [
        (HMAC(signature=S), "", None),
        (
            HMAC(signature=S, signs="{timestamp}{body}", timestamp=Header("T")),
            "header T",
            (300, 300),
        ),
        (
            HMAC(
                signature=S,
                layout="t={timestamp},s={signature}",
                signs="{timestamp}{body}",
                tolerance=(9, 0),
            ),
            "beside the signature",
            (9, 0),
        ),
        (HMAC(signature=S, timestamp=Pointer("/at"), tolerance=None), "/at in the body", None),
    ],
)
def test_signed_time(scheme, where, tolerance):
    """Where it is and how far it may be off; nothing where none is signed."""
    facts = facts_of(acme(scheme=scheme))
    assert (facts.signed_time, facts.tolerance) == (where, tolerance)


ASKED = ((Pointer("/type"), "ping"), (Query("c"), None))


@pytest.mark.parametrize(
    ("handshake", "asked", "answer"),
    [
        (
            Handshake(signed=True, asks=ASKED),
            "/type in the body is ping and query parameter c is there",
            "200, empty",
        ),
        (Handshake(signed=False, asks=(), method="GET", status=204), "every GET", "204, empty"),
        (
            Handshake(signed=True, asks=ASKED[:1], constant="{}"),
            "/type in the body is ping",
            "200, always {}",
        ),
        (
            Handshake(signed=True, asks=ASKED[:1], echo=Pointer("/c")),
            "/type in the body is ping",
            "200, as text: /c in the body",
        ),
        (
            Handshake(signed=True, asks=ASKED[:1], echo=Pointer("/c"), field="answer"),
            "/type in the body is ping",
            '200, JSON with "answer": /c in the body',
        ),
        (
            Handshake(signed=True, asks=ASKED[:1], echo=Pointer("/c"), header="X-A"),
            "/type in the body is ping",
            "200, empty, header X-A: /c in the body",
        ),
        (
            Handshake(
                signed=True, asks=ASKED[:1], echo=Pointer("/c"), computed=lambda asked, key: {}
            ),
            "/type in the body is ping",
            "200, JSON computed from the secret and /c in the body",
        ),
    ],
)
def test_a_handshake_in_words(handshake, asked, answer):
    """By what it is known, what is answered, and whether it is signed."""
    (question,) = facts_of(acme(handshakes=(handshake,))).handshakes
    assert (question.asked, question.answer) == (asked, answer)
    assert (question.method, question.signed) == (handshake.method, handshake.signed)


def test_there_is_a_row_for_each_provider_in_order():
    """`catalogue()` and `names()` are one list."""
    assert tuple(facts.name for facts in CATALOGUE) == providers.names()
    assert all(isinstance(facts, Facts) for facts in CATALOGUE)


@pytest.mark.parametrize("facts", CATALOGUE, ids=lambda facts: facts.name)
def test_a_row_is_json_and_frozen(facts):
    """It comes back from JSON as it was, with every field, and nobody can change it."""
    row = facts.as_dict()
    assert json.loads(json.dumps(row)) == row
    assert list(row) == [field.name for field in dataclasses.fields(Facts)]
    with pytest.raises(dataclasses.FrozenInstanceError):
        facts.name = "other"


@pytest.mark.parametrize("facts", CATALOGUE, ids=lambda facts: facts.name)
def test_a_row_says_what_the_provider_does(facts):
    """Facts are read off the value: whoever changes it changes the row."""
    provider = getattr(providers, facts.name)
    same = (
        "docs",
        "methods",
        "max_body",
        "timeout",
        "retries",
        "retry_horizon",
        "gaps",
        "sure",
        "needs",
        "takes",
    )
    assert [getattr(facts, name) for name in same] == [getattr(provider, name) for name in same]
    assert set(facts.unconfirmed) == provider.unconfirmed
    assert ("body" in facts.covers) is provider.scheme.covers("body")
    assert bool(facts.signed_time) is provider.scheme.covers("timestamp")
    assert provider.scheme.header is None or provider.scheme.header in facts.credential
    assert len(facts.handshakes) == len(provider.handshakes)
    media = {name for form in provider.accepts for name in form.media}
    assert set(facts.accepts) == media
    assert (facts.event_type == "") is (provider.event_type is None)


@pytest.mark.parametrize("facts", CATALOGUE, ids=lambda facts: facts.name)
def test_a_row_reads_as_one_line(facts):
    """No word of it breaks a table or a log."""
    for text in (facts.scheme, facts.credential, facts.secret, facts.retries, facts.event_type):
        assert text.isprintable()
    assert facts.display
    assert facts.scheme
    assert facts.credential


@pytest.mark.parametrize("facts", CATALOGUE, ids=lambda facts: facts.name)
def test_only_figures_that_are_there_are_unconfirmed(facts):
    """A mark on nothing would say nothing."""
    assert all(getattr(facts, name) for name in facts.unconfirmed)


def test_what_may_be_unconfirmed():
    """Figures, and nothing else; the error says which."""
    assert facts_of(acme(timeout=5, unconfirmed=frozenset({"timeout"}))).unconfirmed == ("timeout",)
    with pytest.raises(ConfigError) as caught:
        acme(unconfirmed=frozenset({"time-out"}))
    assert str(caught.value) == (
        "acme: unconfirmed= names figures, of timeout, retries, retry_horizon, tolerance; "
        "not ['time-out']"
    )


def test_media_types_are_named_once():
    """In the order of the declaration."""
    assert facts_of(acme(accepts=(Text(), Text()))).accepts == ("text/plain",)
