"""hookkit.repair against a server that speaks the lists of GitHub, Stripe and Svix."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from hookkit import Inbox, Receiver, Response, providers
from hookkit.errors import ConfigError
from hookkit.repair import (
    Client,
    GitHubDeliveries,
    RepairFailed,
    StripeEvents,
    SvixMessages,
)
from tests.contracts.requests import signed_event, signed_push
from tests.unit.repair.api import KEY, cut_off, serving, status

NOW = 1_900_000_000.0
SECRET = "a secret"
FIRST_PAGE = "/repos/me/shop/hooks/1/deliveries?per_page=100"


def time(seconds_ago):
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).isoformat().replace("+00:00", "Z")


@pytest.fixture
def api():
    with serving() as api:
        for n in range(8):
            api.github.append(
                {
                    "id": 100 + n,
                    "guid": f"guid-{n}",
                    "delivered_at": time(10 * n),
                    "event": "pull_request" if n % 2 else "push",
                    "action": "opened" if n % 2 else None,
                    "status_code": 500,
                    "request": {
                        "headers": {"X-Hub-Signature-256": "sha256=00"},
                        "payload": {"number": n, "action": "opened" if n % 2 else None, "é": "ü"},
                    },
                }
            )
            api.stripe.append(
                {"id": f"evt_{n}", "type": "invoice.paid", "created": int(NOW) - 10 * n, "data": {}}
            )
            api.svix.append(
                {
                    "id": f"msg_{n}",
                    "eventType": "user.created",
                    "payload": {"type": "user.created", "n": n},
                    "timestamp": time(10 * n),
                }
            )
        yield api


@pytest.fixture
def waits():
    return []


@pytest.fixture
def ask(waits):
    return Client(KEY, timeout=60, sleep=waits.append, clock=lambda: NOW)


LISTS = {
    "github": lambda api: GitHubDeliveries(f"{api.url}/repos/me/shop/hooks/1"),
    "stripe": lambda api: StripeEvents(api.url),
    "svix": lambda api: SvixMessages("app_1", api.url),
}

IDS = {"github": "guid-{}", "stripe": "evt_{}", "svix": "msg_{}"}

every_list = pytest.mark.parametrize("name", LISTS)


def found(name, api, ask, since=0.0):
    return [each for page in LISTS[name](api).found(since, ask) for each in page]


@every_list
def test_all_pages_newest_first(api, ask, name):
    assert [each.id for each in found(name, api, ask)] == [IDS[name].format(n) for n in range(8)]
    assert len(api.asked) == 3


@pytest.mark.parametrize("name", ["github", "stripe"])
def test_what_is_older_is_left(api, ask, name):
    # Svix's server does that itself.
    ids = [each.id for each in found(name, api, ask, NOW - 40)]
    assert ids == [IDS[name].format(n) for n in range(5)]
    assert len(api.asked) == 2


def test_svix_is_told_since_when(api, ask):
    found("svix", api, ask, NOW - 40)
    assert "after=2030-03-17T17%3A46%3A00%2B00%3A00" in api.asked[0]
    assert "with_content=true" in api.asked[0]


@pytest.mark.parametrize(
    ("name", "type_", "headers", "body"),
    [
        (
            "github",
            "pull_request.opened",
            {"x-github-event": "pull_request", "x-github-delivery": "guid-1"},
            {"number": 1, "action": "opened", "é": "ü"},
        ),
        (
            "stripe",
            "invoice.paid",
            {},
            {"id": "evt_1", "type": "invoice.paid", "created": int(NOW) - 10, "data": {}},
        ),
        (
            "svix",
            "user.created",
            {"svix-id": "msg_1", "svix-timestamp": "1899999990"},
            {"type": "user.created", "n": 1},
        ),
    ],
    ids=LISTS,
)
def test_the_request_as_it_would_have_been(api, ask, name, type_, headers, body):
    each = found(name, api, ask)[1]
    assert each.type == type_
    request = each.open()
    given = {key.lower(): value for key, value in request.headers.items()}
    assert given == headers | {"content-type": "application/json"}
    assert json.loads(request.body) == body
    # And what the receiver makes of it.
    (event,) = Receiver(getattr(providers, name), secret=_secret(name)).parser.parse(request)
    assert (event.type, event.delivery_id or event.id) == (type_, each.id)


def _secret(name):
    return "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY" if name == "svix" else SECRET


def test_attempts_of_one_delivery_are_one(api, ask):
    api.github[1] |= {"guid": "guid-0", "redelivery": True}
    assert [each.id for each in found("github", api, ask)][:2] == ["guid-0", "guid-2"]


def test_the_api_is_asked_as_it_wants_to_be(api, ask):
    found("github", api, ask)
    assert api.headers[0]["x-github-api-version"] == "2022-11-28"
    assert api.headers[0]["accept"] == "application/vnd.github+json"
    list(StripeEvents(api.url, account="acct_1").found(0.0, ask))
    assert api.headers[-1]["stripe-account"] == "acct_1"
    assert {each["authorization"] for each in api.headers} == {f"Bearer {KEY}"}


# Limits and failures.


@pytest.mark.parametrize(
    ("answer", "waited"),
    [
        (status(429, retry_after="7"), 7),
        (status(429, retry_after=format_datetime(datetime.fromtimestamp(NOW + 9, UTC), usegmt=True)), 9),
        (status(429, retry_after=format_datetime(datetime.fromtimestamp(NOW - 9, UTC), usegmt=True)), 1),
        (status(429), 1),
        (status(429, retry_after="soon"), 1),
        (status(403, retry_after="60"), 60),
        (status(403, x_ratelimit_remaining="0", x_ratelimit_reset=f"{NOW + 30:.0f}"), 30),
        (status(500), 1),
        (status(503, retry_after="5"), 5),
        (cut_off, 1),
    ],
    ids=["seconds", "date", "date that was", "nothing", "nonsense", "403", "reset", "500", "503", "cut off"],
)  # fmt: skip
@every_list
def test_it_waits_as_told_and_goes_on(api, ask, waits, name, answer, waited):
    api.instead = [None, answer]
    assert len(found(name, api, ask)) == 8
    assert waits == [waited]


def test_it_waits_longer_each_time_and_gives_up(api, ask, waits):
    api.instead = [None, *[status(502)] * 6]
    pages = LISTS["stripe"](api).found(0.0, ask)
    assert len(next(pages)) == 3
    with pytest.raises(RepairFailed, match="did not answer 6 times"):
        next(pages)
    assert waits == [1, 2, 4, 8, 16]


def test_a_server_that_is_gone(ask, waits):
    with serving() as api:
        url = api.url
    with pytest.raises(RepairFailed, match="did not answer"):
        list(StripeEvents(url).found(0.0, ask))
    assert len(waits) == 5


def test_what_takes_too_long_is_for_later(api, ask, waits):
    api.instead = [status(429, retry_after="3600")]
    with pytest.raises(RepairFailed, match="3600 seconds: run it again"):
        found("github", api, ask)
    assert waits == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (status(401), "refuses the API key"),
        (status(403), "admin:repo_hook"),
        (status(404), "no such list"),
        (status(302, Location="/elsewhere"), "status 302"),
        (status(400), "status 400"),
        (status(200, b""), "no JSON"),
        (status(200, b"[" * 100_000), "no JSON"),
        (status(200, b"<html>"), "no JSON"),
        (status(200, b"null"), "no list"),
        (status(200, {"data": 7}), "no list"),
        (status(200, {"data": [7], "has_more": True}), "no "),
        (status(200, {"data": [{"id": 7}]}), "no "),
        (status(200, [{"delivered_at": "yesterday", "guid": "a"}]), "a time that is none|no list"),
        (status(200, [{"delivered_at": "2030-03-17T17:46:40Z"}]), "no guid|no list"),
    ],
)
@every_list
def test_what_is_no_answer_says_what_to_do(api, ask, waits, name, answer, told):
    api.instead = [answer]
    with pytest.raises(RepairFailed, match=told) as failed:
        found(name, api, ask)
    text = "".join(traceback.format_exception(failed.value))
    assert KEY not in text
    assert waits == []


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("github", lambda url: status(200, [], Link=f'<{url}{FIRST_PAGE}>; rel="next"')),
        (
            "stripe",
            lambda _: status(200, {"data": [{"id": "evt_0", "type": "a"}], "has_more": True}),
        ),
        ("svix", lambda _: status(200, {"data": [], "iterator": "same", "done": False})),
    ],
    ids=LISTS,
)
def test_a_list_that_goes_in_a_circle_ends(api, ask, name, answer):
    api.instead = [answer(api.url)] * 9
    with pytest.raises(RepairFailed, match="circle"):
        found(name, api, ask)


@pytest.mark.parametrize(
    "link", ['<https://[x>; rel="next"', '<http://127.0.0.1/\u00e9>; rel="next"']
)
def test_a_link_that_is_no_url(api, ask, link):
    api.instead = [status(200, [], Link=link)]
    with pytest.raises(RepairFailed, match=r"none|another host"):
        found("github", api, ask)


def test_the_name_of_a_header_has_any_case(api, ask):
    def renamed(request):
        response = ask(request)
        return Response(200, response.body, {"LINK": dict(response.headers).get("Link", "none")})

    assert len(found("github", api, renamed)) == 8


def test_more_of_which_there_is_nothing_is_no_end(api, ask):
    api.instead = [status(200, {"data": [], "has_more": True})]
    with pytest.raises(RepairFailed, match="more"):
        found("stripe", api, ask)


def test_a_message_whose_payload_was_deleted_is_left(api, ask):
    api.svix[1]["payload"] = None
    assert len(found("svix", api, ask)) == 7


def test_a_number_that_json_has_not(api, ask):
    api.instead = [status(200, b'{"data":[{"id":"evt_1","type":"a","n":1e999}],"has_more":false}')]
    with pytest.raises(RepairFailed, match="number"):
        found("stripe", api, ask)


def test_no_proxy_gets_the_key_in_clear(api, ask, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert len(found("stripe", api, Client(KEY))) == 8


def test_the_key_goes_to_no_other_host(api, ask):
    api.instead = [status(200, [], Link='<https://evil.example/x>; rel="next"')]
    with pytest.raises(RepairFailed, match="another host"):
        found("github", api, ask)


def test_an_answer_that_does_not_end(api):
    ask = Client(KEY, longest=1000)
    api.instead = [status(200, b"x" * 2000)]
    with pytest.raises(RepairFailed, match="longer than 1000 bytes"):
        found("stripe", api, ask)


@pytest.mark.parametrize("key", ["", "  ", "a\nb", "schlüssel", None])
def test_a_key_that_cannot_be(key):
    with pytest.raises(ConfigError, match="api_key"):
        Client(key)


def test_a_key_is_not_shown(ask):
    assert KEY not in repr(ask)


def test_only_https(ask):
    with pytest.raises(ConfigError, match="https"):
        list(StripeEvents("http://api.example.com").found(0.0, ask))


@pytest.mark.parametrize(
    "make",
    [
        lambda: GitHubDeliveries("me/shop"),
        lambda: StripeEvents("ftp://x"),
        lambda: SvixMessages(""),
        lambda: SvixMessages("app_1", "nowhere"),
        lambda: SvixMessages("app_1", "https://["),
        lambda: StripeEvents(account="acct\nX-Evil: 1"),
    ],
)
def test_what_is_no_place_is_refused(make):
    with pytest.raises(ConfigError):
        make()


# The whole of it.


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("github", lambda url: {"hook": f"{url}/repos/me/shop/hooks/1"}),
        ("stripe", lambda url: {"base": url}),
        ("svix", lambda url: {"app": "app_1", "base": url}),
    ],
    ids=LISTS,
)
def test_a_gap_is_repaired_although_it_fails_half_way(api, tmp_path, name, settings):
    inbox = Inbox(f"sqlite:///{tmp_path}/hooks.db")
    receiver = Receiver(getattr(providers, name), secret=_secret(name), inbox=inbox)
    seen = []
    receiver.on("*", name="book")(lambda event: seen.append(event.delivery_id or event.id))
    if name == "github":
        receiver.handle(signed_push(SECRET, "guid-2"))
    if name == "stripe":
        receiver.handle(signed_event(SECRET, "evt_2"))
    api.instead = [None] * 4 + [status(401)]
    if name != "github":
        api.instead = [None, None, status(401)]
    with pytest.raises(RepairFailed):
        receiver.repair(0.0, api_key=KEY, **settings(api.url))
    before = sum(inbox.counts().deliveries.values())
    assert 1 <= before < 8
    api.instead = []
    repaired = receiver.repair(0.0, api_key=KEY, **settings(api.url))
    assert (repaired.seen, repaired.known, repaired.stored) == (8, before, 8 - before)
    inbox.drain()
    assert sorted(seen) == [IDS[name].format(n) for n in range(8)]
    inbox.close()
