"""The catalogue: every provider is a frozen value that carries the facts which others rely on."""

import dataclasses
import re

import pytest

from hookkit import (
    HMAC,
    JSON,
    Choice,
    ConfigError,
    Event,
    Form,
    Header,
    Parser,
    Pointer,
    Provider,
    Raw,
    Receiver,
    Request,
    Response,
    Text,
    Token,
    Verifier,
    providers,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVERY = [pytest.param(getattr(providers, name), id=name) for name in providers.names()]
FIRST_SIX = ("github", "gitlab_token", "slack", "standardwebhooks", "stripe", "token")
SIX = [pytest.param(getattr(providers, name), id=name) for name in FIRST_SIX]


def parse(provider: Provider, body: bytes, **headers: str) -> Event:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    fields.setdefault("Content-Type", "application/json")
    (event,) = Parser(provider).parse(Request(headers=fields, body=body))
    return event


def of(provider: Provider, **facts: object) -> object:
    """A row: this provider has these facts."""
    return pytest.param(provider, facts, id=provider.name)


def test_names_are_sorted_and_hold_the_first_six():
    """`names()` lists every provider once, in alphabetical order."""
    names = providers.names()
    assert list(names) == sorted(set(names))
    assert set(FIRST_SIX) <= set(names)


@pytest.mark.parametrize("name", providers.names())
def test_the_name_in_the_catalogue_is_the_values_own(name):
    """`providers.x` is named "x", so that messages can say what to write."""
    assert getattr(providers, name).name == name
    assert name in dir(providers)
    assert name in providers.__all__


@pytest.mark.parametrize("name", providers.names())
def test_a_second_look_gives_the_very_same_value(name):
    """The module behind a value does not take its place once it is loaded."""
    assert getattr(providers, name) is getattr(providers, name)
    assert isinstance(getattr(providers, name), Provider)


@pytest.mark.parametrize("provider", EVERY)
def test_facts_that_later_parts_need_are_set(provider):
    """A declaration is complete: page, gaps, times, text on retries, each of its type."""
    assert provider.display
    assert provider.docs == "" or re.fullmatch(r"https://[a-z0-9.-]+/\S*", provider.docs)
    assert provider.docs or provider.name not in FIRST_SIX or provider.name == "token"
    assert isinstance(provider.retries, str)
    assert provider.timeout is None or provider.timeout > 0
    assert provider.retry_horizon is None or provider.retry_horizon > 0
    assert isinstance(provider.signed_ids, bool)
    assert isinstance(provider.unique_bodies, bool)
    assert provider.max_body >= 1024 * 1024
    assert isinstance(provider.events, frozenset)
    assert provider.methods == tuple(sorted(provider.methods))
    assert "POST" in provider.methods
    assert isinstance(provider.acknowledgement, Response)


@pytest.mark.parametrize("provider", EVERY)
def test_what_the_signature_does_not_cover_is_said(provider):
    """Whoever signs no body or no time says so in `gaps`."""
    covers = provider.scheme.covers
    assert all(isinstance(gap, str) and gap for gap in provider.gaps)
    assert (covers("body") and covers("timestamp")) or provider.gaps


@pytest.mark.parametrize("provider", SIX)
def test_printable_comparable_and_without_a_secret(provider):
    """A declaration can be printed, compared and copied; a receiver's secret never comes into it."""
    Verifier(provider, secret=SECRET)
    assert SECRET not in repr(provider)
    assert repr(provider).startswith(f"Provider(name={provider.name!r}")
    assert provider.replace() == provider
    assert provider.replace(display="other") != provider


@pytest.mark.parametrize("provider", EVERY)
def test_frozen(provider):
    """Nobody can change a provider for everybody else."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        provider.name = "other"
    for field in dataclasses.fields(provider.scheme):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(provider.scheme, field.name, None)


@pytest.mark.parametrize("provider", SIX)
def test_what_it_signs_it_verifies(provider):
    """Each declaration signs and verifies by itself."""
    verifier = Verifier(provider, secret=SECRET, clock=lambda: 1_700_000_000)
    signed = verifier.sign(Request(body=b"{}", url="https://hooks.example.com/in"))
    assert verifier.verify(signed).key == 0


@pytest.mark.parametrize(
    ("provider", "facts"),
    [
        of(
            providers.github,
            retry_horizon=3 * 24 * 3600,
            timeout=10,
            unique_bodies=False,
            signed_ids=False,
            max_body=25 * 1024 * 1024,
            accepts=(JSON(), Form(json_field="payload")),
            delivery_id=Header("X-GitHub-Delivery"),
            event_id=None,
            event_time=None,
        ),
        of(
            providers.gitlab_token,
            signed_ids=False,
            unique_bodies=False,
            event_id=Header("X-Gitlab-Event-UUID"),
            scheme=Token(Header("X-Gitlab-Token")),
        ),
        of(
            providers.slack,
            timeout=3,
            signed_ids=True,
            unique_bodies=False,
            event_id=Pointer("/event_id"),
            event_time=Pointer("/event_time"),
        ),
        of(
            providers.standardwebhooks,
            signed_ids=True,
            event_id=Header("webhook-id"),
            event_time=Pointer("/timestamp"),
            time_unit="rfc3339",
            events=frozenset(),
        ),
        of(
            providers.stripe,
            signed_ids=True,
            unique_bodies=True,
            retry_horizon=3 * 24 * 3600,
            event_id=Pointer("/id"),
            event_time=Pointer("/created"),
            time_unit="s",
        ),
        of(
            providers.token,
            scheme=Token(Header("X-Webhook-Token")),
            signed_ids=False,
            unique_bodies=False,
            accepts=(JSON(batch=True), Form(), Text(), Raw()),
            event_type=None,
        ),
    ],
)
def test_facts_of_the_first_six(provider, facts):
    """The facts that decide how a repeat is told and how long it is remembered."""
    assert {name: getattr(provider, name) for name in facts} == facts


@pytest.mark.parametrize(
    ("provider", "header"),
    [
        (providers.github, "X-Hub-Signature-256"),
        (providers.gitlab_token, "X-Gitlab-Token"),
        (providers.slack, "X-Slack-Signature"),
        (providers.standardwebhooks, "webhook-signature"),
        (providers.stripe, "Stripe-Signature"),
        (providers.token, "X-Webhook-Token"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_signature_headers_name_their_provider(provider, header):
    """`signature_headers` has the header of each."""
    assert provider.scheme.header == header
    assert header in providers.signature_headers()


@pytest.mark.parametrize(
    ("header", "senders"),
    [
        ("Stripe-Signature", "Stripe"),
        ("X-Hub-Signature-256", "GitHub or "),
        ("webhook-signature", " or others"),
    ],
    ids=["one", "two", "many"],
)
def test_signature_headers_that_several_send(header, senders):
    """A header that is not one provider's alone names a few, and says that there are more."""
    assert senders in providers.signature_headers()[header]
    assert providers.signature_headers()[header].count(" or ") <= 3


def test_signature_headers_leave_out_authorization():
    """Everybody may use Authorization, so it names nobody."""
    assert "Authorization" not in providers.signature_headers()


def test_a_name_that_tools_ask_for_suggests_none():
    """It is looked for near none, which takes longer than tools that ask for hundreds should wait."""
    with pytest.raises(AttributeError, match=r"there is no provider '__stripe__'$"):
        getattr(providers, "__stripe__")  # noqa: B009  # as tools ask


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gihub", "did you mean 'github'"),
        ("Stripe", "did you mean 'stripe'"),
        ("gitlabtoken", "did you mean 'gitlab_token'"),
    ],
)
def test_a_misspelt_provider_suggests_the_right_one(name, hint):
    """A typing error gets the name that was meant."""
    with pytest.raises(AttributeError, match=hint) as caught:
        getattr(providers, name)
    assert caught.value.name == name


def test_a_name_like_no_other_suggests_nothing():
    """Where nothing is near, nothing is suggested."""
    with pytest.raises(AttributeError, match=r"there is no provider 'qqqqqq'$"):
        providers.qqqqqq  # noqa: B018


def test_from_import_works_and_refuses_what_is_not_there():
    """`from hookkit.providers import x` loads x, and is an ImportError for what there is not."""
    from hookkit.providers import github

    assert github is providers.github
    with pytest.raises(ImportError):
        from hookkit.providers import no_such_provider  # noqa: F401


def test_replace_changes_a_copy():
    """`replace` gives a copy with other fields and leaves the catalogue alone."""
    mine = providers.token.replace(scheme=Token(Header("X-My-Token")), event_type=Pointer("/event"))
    assert mine.scheme.header == "X-My-Token"
    assert mine.event_type == Pointer("/event")
    assert providers.token.scheme.header == "X-Webhook-Token"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"signature": Header("X")},
            r"stripe: replace\(\) knows no signature; there are accepts, ",
        ),
        ({"b": 1, "a": 2}, r"replace\(\) knows no a, b;"),
        ({"accepts": ()}, r"accepts=\(\) would refuse every delivery"),
        ({"name": ""}, 'write a short name such as "acme"'),
        ({"name": "a b"}, 'write a short name such as "acme"'),
        ({"separator": "::"}, "separator= is one character"),
        ({"max_body": 0}, "max_body= is a number of bytes, at least 1"),
        ({"codings": frozenset({"gzip", "br"})}, r"gzip and deflate, not \['br'\]"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_replace_refuses_what_does_not_hold_together(changes, message):
    """An unknown field or a value that makes no sense is a ConfigError at once."""
    with pytest.raises(ConfigError, match=message):
        providers.stripe.replace(**changes)


def test_using_refuses_where_nothing_is_needed():
    """`using` on a provider that needs only a secret says so."""
    with pytest.raises(ConfigError, match=r"github: using\(\) knows no topics; it needs nothing"):
        providers.github.using(topics=["x"])


@dataclasses.dataclass(frozen=True, slots=True)
class _Shop(Token):
    """A scheme that needs to know more than a secret."""

    shop: str | None = None
    regions: tuple[str, ...] = ()


shops = Provider(
    name="shops",
    scheme=_Shop(Header("X-Shop-Token")),
    needs={"shop": "the shop's number", "regions": "where it sells"},
)


def test_using_fills_in_what_is_needed():
    """What `needs` names is given with `using`, and then the provider is complete."""
    complete = shops.using(shop="17", regions=("eu",))
    assert (complete.scheme.shop, complete.scheme.regions) == ("17", ("eu",))
    assert shops.scheme.shop is None
    complete.check_complete()


def test_using_lists_what_it_takes():
    """A setting that is not needed gets the list of those that are."""
    with pytest.raises(
        ConfigError, match=r"shops: using\(\) knows no color; it takes shop, regions$"
    ):
        shops.using(color="red")


@pytest.mark.parametrize("build", [Receiver, Verifier], ids=lambda each: each.__name__)
@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        pytest.param(shops, r"using\(shop=…, regions=…\)", id="both"),
        pytest.param(shops.using(shop="17"), r"where it sells.*using\(regions=…\)", id="one"),
    ],
)
def test_an_incomplete_provider_builds_nothing(build, provider, missing):
    """What is still missing is named, with the line to write, before any request comes."""
    with pytest.raises(ConfigError, match=missing):
        build(provider, secret="s")


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        (b'{"action": "opened"}', "pull_request", "pull_request.opened"),
        (b'{"ref": "refs/heads/main"}', "push", "push"),
        (b'{"action": null}', "ping", "ping"),
    ],
    ids=["with-action", "without", "null"],
)
def test_github_joins_event_and_action(body, name, expected):
    """GitHub's event is its header, with the payload's action where there is one."""
    event = parse(providers.github, body, X_GitHub_Event=name, X_GitHub_Delivery="72d3")
    assert event.type == expected
    assert (event.id, event.delivery_id, event.time) == (None, "72d3", None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"object_kind": "push"}', "push"),
        (
            b'{"object_kind": "merge_request", "object_attributes": {"action": "open"}}',
            "merge_request.open",
        ),
        (b'{"object_kind": "note", "object_attributes": {"id": 1}}', "note"),
        (b'{"event_name": "project_create"}', "project_create"),
    ],
    ids=["kind", "kind-and-action", "no-action", "system-hook"],
)
def test_gitlab_names_its_events_by_object_kind(body, expected):
    """GitLab's event is the payload's object_kind with its action, or a system hook's name."""
    event = parse(providers.gitlab_token, body, X_Gitlab_Event_UUID="e-1", Idempotency_Key="d-1")
    assert (event.type, event.id, event.delivery_id) == (expected, "e-1", "d-1")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Idempotency-Key": "a", "X-Gitlab-Webhook-UUID": "b"}, "a"),
        ({"X-Gitlab-Webhook-UUID": "b"}, "b"),
        ({}, None),
    ],
    ids=["new", "old", "neither"],
)
def test_gitlab_ids_of_newer_and_older_versions(headers, expected):
    """The idempotency key counts where there is one."""
    event = parse(providers.gitlab_token, b'{"object_kind": "push"}', **headers)
    assert event.delivery_id == expected


def test_slack_looks_inside_its_envelope():
    """An event callback is named by the event inside, everything else by what it says itself."""
    assert isinstance(providers.slack.event_type, Choice)
    event = parse(
        providers.slack,
        b'{"type": "event_callback", "event": {"type": "app_mention"}, '
        b'"event_id": "Ev1", "event_time": 1700000000}',
    )
    assert (event.type, event.id, event.time) == ("app_mention", "Ev1", 1_700_000_000)
    limited = parse(providers.slack, b'{"type": "app_rate_limited"}')
    assert (limited.type, limited.id, limited.time) == ("app_rate_limited", None, None)


def test_stripe_knows_its_events():
    """Stripe's names come from its API; what it is not known to send warns elsewhere."""
    assert {"invoice.paid", "checkout.session.completed"} <= providers.stripe.events
    event = parse(
        providers.stripe, b'{"id": "evt_1", "type": "invoice.paid", "created": 1700000000}'
    )
    assert (event.type, event.id, event.time) == ("invoice.paid", "evt_1", 1_700_000_000)


def test_github_knows_its_events_by_their_first_level():
    """GitHub's actions are not listed, their events are."""
    assert {"push", "pull_request", "ping"} <= providers.github.events
    assert not any("." in name for name in providers.github.events)


def test_standard_webhooks_reads_time_and_id():
    """The id is a header, and signed; the time in the body is RFC 3339."""
    event = parse(
        providers.standardwebhooks,
        b'{"type": "contact.created", "timestamp": "2022-11-03T20:26:10Z"}',
        webhook_id="msg_1",
    )
    assert (event.type, event.id, event.delivery_id) == ("contact.created", "msg_1", "msg_1")
    assert event.time == 1_667_507_170


def test_a_provider_of_ones_own_equals_its_twin():
    """Two declarations that say the same are equal."""
    twins = [
        Provider(name="acme", scheme=HMAC(signature=Header("Acme-Signature"))) for _ in range(2)
    ]
    assert twins[0] == twins[1]
