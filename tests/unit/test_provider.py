import dataclasses

import pytest

from hookkit import (
    HMAC,
    JSON,
    ConfigError,
    First,
    Form,
    Handshake,
    Header,
    Joined,
    Pointer,
    Provider,
    Query,
    Token,
    providers,
)

TOKEN = Token(Header("X-Token"))
SIGNED = HMAC(signature=Header("X-Signature"))
TIMED = HMAC(
    signature=Header("X-Signature"),
    layout="t={timestamp},v1={signature}",
    signs="{timestamp}.{body}",
)
WITH_ID = HMAC(signature=Header("X-Signature"), signs="{id}.{body}", id=Header("X-Id"))
OF_FIELDS = HMAC(signature=Header("X-Signature"), signs="{field:/id}", reads=JSON())
ACME = Provider(name="acme", scheme=TOKEN)


@pytest.mark.parametrize("name", ["acme", "acme_v2", "acme-v2", "a", "7pay", "_", "é"])
def test_short_names(name):
    """Letters, digits, - and _ make a name."""
    if name == "_":
        with pytest.raises(ConfigError, match="short name"):
            ACME.replace(name=name)
    else:
        assert ACME.replace(name=name).name == name


REFUSED = [
    ({"name": ""}, 'write a short name such as "acme"'),
    ({"name": "a b"}, "short name"),
    ({"name": "a/b"}, "short name"),
    ({"name": "a\nb"}, "short name"),
    ({"name": "a.b"}, "short name"),
    ({"scheme": None}, r"acme: scheme= says how they sign: write HMAC\(signature=Header"),
    ({"scheme": HMAC}, r"acme: scheme= says how they sign: write HMAC\(signature=Header"),
    ({"unconfirmed": frozenset({"time-out"})}, r"of timeout, retries.*; not \['time-out'\]"),
    ({"accepts": ()}, r"acme: accepts=\(\) would refuse every delivery; write \(JSON\(\),\)"),
    ({"delivers_by": ()}, r'acme: delivers_by=\(\) hears nothing; write \("POST",\)'),
    ({"separator": ""}, "separator= is one character"),
    ({"separator": ".."}, "separator= is one character"),
    ({"max_body": 0}, "max_body= is a number of bytes, at least 1"),
    ({"max_body": -1}, "max_body="),
    ({"codings": frozenset({"br"})}, r"may be gzip and deflate, not \['br'\]"),
    ({"time_unit": "seconds"}, "time_unit= is one of s, ms, s-or-ms, rfc3339"),
    ({"time_unit": ""}, "time_unit="),
    ({"event_type": "/kind"}, r"event_type='/kind' .* write Pointer\('/kind'\)"),
    ({"event_id": "X-Id"}, r"event_id='X-Id' .* write Header\('X-Id'\)"),
    ({"delivery_id": "X-Id"}, "delivery_id='X-Id'"),
    ({"event_time": "/created"}, "event_time='/created'"),
    ({"key_id": "X-Key"}, "key_id='X-Key'"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[str(row[0])[:40] for row in REFUSED])
def test_a_declaration_that_does_not_hold_together(changes, said):
    """Is refused at definition and by `replace`, with what to write instead."""
    with pytest.raises(ConfigError, match=said):
        Provider(**{"name": "acme", "scheme": TOKEN, **changes})
    with pytest.raises(ConfigError, match=said):
        ACME.replace(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"separator": "/"},
        {"separator": "é"},
        {"max_body": 1},
        {"codings": frozenset({"gzip"})},
        {"time_unit": "ms"},
        {"accepts": (JSON(), Form())},
    ],
    ids=str,
)
def test_replace(changes):
    """A copy with these fields, which leaves the provider as it is."""
    changed = ACME.replace(**changes)
    assert changed != ACME
    assert {name: getattr(changed, name) for name in changes} == changes
    assert changed.replace(**{name: getattr(ACME, name) for name in changes}) == ACME


def test_replace_of_a_field_that_there_is_not():
    """Says which there are."""
    with pytest.raises(ConfigError, match=r"knows no events_type; there are .*event_type"):
        ACME.replace(events_type=Pointer("/kind"))


@pytest.mark.parametrize(
    ("handshakes", "methods"),
    [
        ((), ("POST",)),
        ((("GET", False),), ("GET", "POST")),
        ((("HEAD", False), ("GET", True), ("GET", False)), ("GET", "HEAD", "POST")),
        ((("POST", True),), ("POST",)),
    ],
    ids=["none", "get", "several", "post"],
)
def test_methods(handshakes, methods):
    """Those of the deliveries and of the questions, for frameworks that route by method."""
    asks = ((Query("challenge"), None),)
    declared = tuple(Handshake(signed=s, asks=asks, method=m) for m, s in handshakes)
    assert ACME.replace(handshakes=declared).methods == methods


def test_a_provider_is_a_value():
    """Frozen, equal by content and printable."""
    assert Provider(name="acme", scheme=Token(Header("X-Token"))) == ACME
    assert "name='acme'" in repr(ACME)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ACME.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError, match="positional"):
        Provider("acme", TOKEN)


# What goes beyond a secret.

NEEDY = Provider(
    name="acme",
    scheme=SIGNED,
    needs={"encoding": "hex or base64", "key": "form of the secret"},
    takes={"algorithm": "the hash"},
)


def test_what_is_needed_is_asked_for():
    """With what it is, and the call to write."""
    with pytest.raises(ConfigError) as caught:
        NEEDY.check_complete()
    assert str(caught.value) == (
        "providers.acme needs more than a secret (encoding: hex or base64; key: form of the secret): "
        "write providers.acme.using(encoding=…, key=…)"
    )


def test_using_gives_the_scheme_its_settings():
    """What is left to give is still asked for; what may be left out is not."""
    half = NEEDY.using(encoding="base64")
    assert half.scheme == HMAC(signature=Header("X-Signature"), encoding="base64")
    with pytest.raises(ConfigError, match=r"\(key: form of the secret\).*using\(key=…\)"):
        half.check_complete()
    whole = half.using(key="hex", algorithm="sha512")
    whole.check_complete()
    assert whole.scheme == HMAC(
        signature=Header("X-Signature"), encoding="base64", key="hex", algorithm="sha512"
    )
    assert NEEDY.scheme == SIGNED


@pytest.mark.parametrize("given", [None, "", " \n"])
@pytest.mark.parametrize(
    ("provider", "name"),
    [
        (providers.meta, "verify_token"),
        (providers.alipay, "app_id"),
        (providers.lark, "verification_token"),
        (providers.rapyd, "access_key"),
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_using_an_empty_setting(provider, name, given):
    """A variable that is not set leaves no check out."""
    with pytest.raises(ConfigError, match=rf"\b{name}="):
        provider.using(**{name: given})


def test_using_what_the_scheme_cannot_take():
    """Is the scheme's own ConfigError."""
    with pytest.raises(ConfigError, match="encoding='base32' is not known"):
        NEEDY.using(encoding="base32")


@pytest.mark.parametrize(
    ("provider", "said"),
    [
        (ACME, "acme: using() knows no tpoics; it needs nothing"),
        (NEEDY, "acme: using() knows no tpoics; it takes encoding, key, algorithm"),
    ],
    ids=["nothing", "something"],
)
def test_using_of_what_it_does_not_take(provider, said):
    """Says what it takes."""
    with pytest.raises(ConfigError) as caught:
        provider.using(tpoics=["a"])
    assert str(caught.value) == said


def test_a_provider_that_configures_itself_wants_all_at_once():
    """Else it says what is left out, and not how Python has it."""
    with pytest.raises(ConfigError, match=r"needs more than a secret \(webhook_id: "):
        providers.paypal.using(client_id="c")


def test_a_provider_that_configures_itself():
    """Where the settings are no fields of the scheme, it makes the new provider of them."""

    def configure(provider, *, region):
        return provider.replace(docs=f"https://{region}.example")

    acme = ACME.replace(needs={"region": "eu or us"}, configure=configure)
    configured = acme.using(region="eu")
    assert configured.docs == "https://eu.example"
    configured.check_complete()
    with pytest.raises(ConfigError, match=r"using\(region=…\)"):
        acme.check_complete()


def test_the_defaults_that_others_rely_on():
    """A body of one MiB, JSON, and the plain refusal."""
    assert ACME.max_body == 1_048_576
    assert ACME.accepts == (JSON(),)
    assert ACME.refusal == b"Unauthorized"
    assert ACME.separator == "."
    assert ACME.time_unit == "s"


def test_what_needs_nothing_is_complete():
    """As most providers are."""
    ACME.check_complete()


# What the signature does not cover.


@pytest.mark.parametrize(
    ("changes", "gaps"),
    [
        ({}, ["the body:", "the time:"]),
        ({"scheme": SIGNED}, ["the time:"]),
        ({"scheme": TIMED}, []),
        ({"scheme": TIMED, "event_type": Pointer("/type"), "event_id": Pointer("/id")}, []),
        ({"scheme": TIMED, "event_type": Header("X-Event")}, ["the event's name:"]),
        (
            {"scheme": TIMED, "event_type": Joined(Header("X-Event"), Pointer("/action"))},
            ["the event's name:"],
        ),
        (
            {"scheme": TIMED, "event_type": First(Pointer("/a"), Header("B"))},
            ["the event's name:"],
        ),
        (
            {"scheme": TIMED, "event_id": Header("X-Id"), "delivery_id": Query("id")},
            ["the event's id and the delivery's id:"],
        ),
        ({"scheme": WITH_ID, "event_id": Header("X-Id")}, ["the time:"]),
        (
            {"scheme": WITH_ID, "event_id": Header("X-Other")},
            ["the time:", "the event's id:"],
        ),
        ({"scheme": OF_FIELDS}, ["most of the body:", "the time:"]),
        ({"scheme": TIMED, "further_gaps": ("the weather",)}, ["the weather"]),
    ],
    ids=[
        "token",
        "body",
        "time and body",
        "all inside",
        "name in a header",
        "name partly",
        "name perhaps",
        "ids",
        "signed id",
        "another id",
        "fields",
        "further",
    ],
)
def test_gaps_are_read_off_the_declaration(changes, gaps):
    """They cannot drift apart from what is declared."""
    found = ACME.replace(**changes).gaps
    assert len(found) == len(gaps)
    assert all(each.startswith(start) for each, start in zip(found, gaps, strict=True))
