"""`Inbox.deliveries`, as people use it; what a store does for it is in hookkit.testing.contracts."""

import json
from datetime import UTC, datetime

import pytest

from hookkit import Backoff, ConfigError, Inbox, Receiver, Request, providers
from hookkit.testing.contracts.base import arrival

NOW = 1_700_000_000.0


@pytest.fixture
def shop(tmp_path):
    """A receiver with an inbox in a file; `fails` are the ids that its handler fails on."""
    clock = [NOW]
    inbox = Inbox(
        f"sqlite:///{tmp_path}/hooks.db",
        backoff=Backoff(attempts=1, first=0.0),
        clock=lambda: clock[0],
    )
    receiver = Receiver(providers.stripe, secret="s", inbox=inbox, clock=lambda: clock[0])
    receiver.seen, receiver.fails, receiver.now = [], set(), clock

    @receiver.on("*", name="book")
    def book(event):
        if event.id in receiver.fails:
            raise RuntimeError("no")
        receiver.seen.append(event.id)

    yield receiver
    inbox.close()


def _send(receiver, event_id, **more):
    body = json.dumps({"id": event_id, "type": "invoice.paid", **more}).encode()
    plain = Request("POST", {"Content-Type": "application/json"}, body)
    assert receiver.handle(receiver.verifier.sign(plain)).status == 200


def _fill(receiver, count, **more):
    for number in range(count):
        _send(receiver, f"evt_{number}", **more)
    receiver.inbox.drain()


def test_what_failed_is_found_and_replayed(shop):
    """After the fix; by state, and by receipt."""
    shop.fails = {"evt_1", "evt_3"}
    _fill(shop, 5)
    deliveries = shop.inbox.deliveries
    dead = deliveries.find(state="dead")
    assert [line.events[0][1] for line in dead] == ["evt_3", "evt_1"]
    shop.fails.clear()
    assert deliveries.replay(dead[0].receipt) == 1
    shop.inbox.drain()
    assert deliveries.replay(state="dead") == 1
    shop.inbox.drain()
    assert sorted(shop.seen) == [f"evt_{n}" for n in range(5)]
    assert deliveries.find(state="dead") == []


def test_a_filter_that_matches_much_goes_through_all_pages(shop, monkeypatch):
    monkeypatch.setattr("hookkit.inbox.deliveries.PAGE", 3)
    _fill(shop, 8)
    told = []
    assert shop.inbox.deliveries.replay(source="stripe", progress=told.append) == 8
    assert told == [3, 3, 2]
    shop.inbox.drain()
    assert len(shop.seen) == 16


def test_a_handler_that_came_later_hears_old_events_when_they_are_replayed_to_it(shop):
    _fill(shop, 2)
    later = []
    shop.on("*", name="audit")(lambda event: later.append((event.id, event.attempt)))
    shop.inbox.drain()
    assert later == []
    assert shop.inbox.deliveries.replay(source="stripe", handler="audit") == 2
    shop.inbox.drain()
    assert sorted(later) == [("evt_0", 1), ("evt_1", 1)]
    assert len(shop.seen) == 2


def test_a_replay_needs_to_be_told_what_and_to_whom(shop):
    _fill(shop, 1)
    with pytest.raises(ConfigError, match="which deliveries"):
        shop.inbox.deliveries.replay()
    with pytest.raises(ConfigError, match="no handler nobody; known here: book"):
        shop.inbox.deliveries.replay(1, handler="nobody")
    with pytest.raises(ConfigError, match="no filter colour"):
        shop.inbox.deliveries.replay(colour="red")
    with pytest.raises(ConfigError, match="'lost' is not known: accepted"):
        shop.inbox.deliveries.find(state="lost")


@pytest.mark.parametrize("tell", [float, lambda at: datetime.fromtimestamp(at, UTC)])
def test_times_are_unix_seconds_or_datetimes(shop, tell):
    _fill(shop, 1)
    shop.now[0] += 60
    _send(shop, "evt_later")
    (line,) = shop.inbox.deliveries.find(since=tell(NOW + 30))
    assert line.events[0][1] == "evt_later"
    (line,) = shop.inbox.deliveries.find(until=tell(NOW + 30))
    assert line.events[0][1] == "evt_0"


def test_a_datetime_without_a_zone_is_refused(shop):
    with pytest.raises(ConfigError, match="time zone"):
        shop.inbox.deliveries.find(since=datetime(2026, 1, 1))  # noqa: DTZ001  # that is the point


def test_stats(shop):
    shop.fails = {"evt_1"}
    _fill(shop, 3)
    _send(shop, "evt_new")
    stats = shop.inbox.deliveries.stats()
    assert stats == {"stripe": {"done": 2, "dead": 1, "accepted": 1}}
    assert shop.inbox.deliveries.size() > 0


def test_discard(shop):
    shop.fails = {"evt_0"}
    _fill(shop, 1)
    _send(shop, "evt_1")
    assert shop.inbox.deliveries.discard(source="stripe") == 2
    shop.inbox.drain()
    assert shop.seen == []
    assert shop.inbox.deliveries.stats() == {"stripe": {"done": 1, "rejected": 1}}


# Pruning.


def test_prune_by_age(shop):
    """What is finished and older; a repeat is known all the same."""
    _fill(shop, 3)
    shop.now[0] += 100
    _send(shop, "evt_new")
    shop.inbox.drain()
    deliveries, clock = shop.inbox.deliveries, lambda: shop.now[0]
    assert deliveries.prune(older_than=1000, now=clock) == 0
    assert deliveries.prune(older_than=50, now=clock) == 3
    assert [line.events[0][1] for line in deliveries.find()] == ["evt_new"]
    shop.now[0] -= 100
    _send(shop, "evt_1")
    shop.inbox.drain()
    assert shop.seen.count("evt_1") == 1


def test_prune_to_a_size(shop):
    """The oldest go, until it is small enough; it is really smaller then."""
    _fill(shop, 60, pad="x" * 20_000)
    deliveries = shop.inbox.deliveries
    limit = deliveries.size() // 2
    assert deliveries.prune(to_bytes=limit, now=lambda: NOW) > 20
    assert deliveries.size() <= limit
    newest = deliveries.find(most=1)[0]
    assert newest.events[0][1] == "evt_59"


def test_what_cannot_be_deleted_ends_the_pruning(shop):
    _send(shop, "evt_0", pad="x" * 20_000)
    assert shop.inbox.deliveries.prune(to_bytes=1, now=lambda: NOW) == 0


def test_prune_needs_to_be_told_what(shop):
    with pytest.raises(ConfigError, match="prune what"):
        shop.inbox.deliveries.prune(now=lambda: NOW)


@pytest.mark.parametrize("change", ["replay", "discard", "erase"])
def test_receipts_and_a_filter_are_not_both_given(shop, change):
    """The filter was passed over, and who gave it meant to change less."""
    _fill(shop, 2)
    with pytest.raises(ConfigError, match="and not both"):
        getattr(shop.inbox.deliveries, change)(1, 2, state="dead")
    assert shop.inbox.deliveries.show(1).state != "erased"


@pytest.mark.parametrize("change", ["replay", "discard", "erase"])
def test_a_receipt_that_is_not_there_is_an_error_and_nothing_is_changed(shop, change):
    """0 would say that there is nothing to do with it."""
    shop.fails = {"evt_0"}
    _fill(shop, 1)
    before = shop.inbox.deliveries.show(1)
    with pytest.raises(ConfigError, match=r"there is no receipt 99, 98$"):
        getattr(shop.inbox.deliveries, change)(99, 1, 98)
    assert shop.inbox.deliveries.show(1) == before


# Erasing.


def test_a_person_is_erased_wherever_a_place_names_them(shop, tmp_path):
    """No byte of theirs is left in any of the store's files; others stay, and the repeat is known."""
    _send(shop, "evt_ann", customer={"email": "ann.other@example.org"}, note="Ann likes tea")
    _send(shop, "evt_bob", customer={"email": "bob@example.org"})
    shop.fails = {"evt_ann"}
    shop.inbox.drain()
    deliveries = shop.inbox.deliveries
    erased = deliveries.erase(pointer="/customer/email", value="ann.other@example.org")
    deliveries.shrink()
    assert erased == 1
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ann.other@example.org" not in stored
    assert b"likes tea" not in stored
    assert b"bob@example.org" in stored
    shop.fails.clear()
    _send(shop, "evt_ann", customer={"email": "ann.other@example.org"}, note="Ann likes tea")
    shop.inbox.drain()
    assert shop.seen == ["evt_bob"]


def test_erase_by_id(shop):
    _fill(shop, 2)
    assert shop.inbox.deliveries.erase(event_id="evt_1") == 1
    kept = shop.inbox.deliveries.show(2)
    assert (kept.state, kept.arrival.body) == ("erased", b"")


@pytest.mark.parametrize(
    ("found", "value"),
    [(42, "42"), (True, "true"), (1.5, "1.5"), ("42", "42"), ({"a": [1]}, '{"a": [1]}')],
)
def test_what_is_no_text_is_told_as_json_has_it(shop, found, value):
    _send(shop, "evt_0", customer=found)
    _send(shop, "evt_1", customer="another")
    _send(shop, "evt_2")
    assert shop.inbox.deliveries.erase(pointer="/customer", value=value) == 1


@pytest.mark.parametrize("half", [{"pointer": "/customer/email"}, {"value": "x"}])
@pytest.mark.parametrize("receipts", [(), (1,)])
def test_a_place_and_its_value_go_together(shop, half, receipts):
    """Or a place alone would mean all that do not have it, and a value alone all there are."""
    _fill(shop, 1)
    with pytest.raises(ConfigError, match="go together"):
        shop.inbox.deliveries.erase(*receipts, **half)
    assert shop.inbox.deliveries.show(1).state != "erased"


def test_what_has_no_such_place_is_left(shop):
    """Or is no JSON at all."""
    _fill(shop, 1)
    assert shop.inbox.deliveries.erase(pointer="/customer/email", value="x") == 0


# Elsewhere.


@pytest.mark.parametrize("body", [{}, {"text": "häß"}])
def test_export_and_load(shop, tmp_path, body):
    """Into another store, all of it and once; what was undone goes on there."""
    shop.fails = {"evt_1"}
    _fill(shop, 3, **body)
    _send(shop, "evt_new")
    lines = list(shop.inbox.deliveries.export())
    other = Inbox(f"sqlite:///{tmp_path}/other.db")
    assert other.deliveries.load(lines) == 4
    assert other.deliveries.load(lines) == 0
    assert [kept.receipt for kept in other.deliveries.find()] == [4, 3, 2, 1]
    assert other.deliveries.stats() == shop.inbox.deliveries.stats()
    assert list(other.deliveries.export())[:3] == lines[:3]
    seen = []
    receiver = Receiver(providers.stripe, secret="s", inbox=other, clock=lambda: NOW)
    receiver.on("*", name="book")(lambda event: seen.append(event.id))
    _send(receiver, "evt_0")
    other.drain()
    assert seen == ["evt_new"]
    other.close()


def test_a_body_that_is_no_text_is_exported_as_it_is():
    inbox = Inbox("sqlite://")
    inbox.store.submit(arrival(["a"], body=b"\xff\x00raw")).result()
    (line, _) = inbox.deliveries.export()
    assert "base64" in line
    other = Inbox("sqlite://")
    other.deliveries.load([line])
    assert other.deliveries.show(1).arrival.body == b"\xff\x00raw"
    inbox.close()
    other.close()


@pytest.mark.parametrize("line", ["{", "{}", '{"delivery": {}}', '{"mark": {"colour": 1}}', "[]"])
def test_what_is_no_line_of_an_export_is_refused(shop, line):
    with pytest.raises(ConfigError, match="no line of an export"):
        shop.inbox.deliveries.load([line])


def test_a_copy_goes_on_where_it_ended(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("hookkit.inbox.deliveries.PAGE", 2)
    _fill(shop, 7)
    other = Inbox(f"sqlite:///{tmp_path}/other.db")

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.inbox.deliveries.copy_to(other.deliveries, interrupt)
    assert len(other.deliveries.find()) == 2
    assert shop.inbox.deliveries.copy_to(other.deliveries) == 5
    assert shop.inbox.deliveries.copy_to(other.deliveries) == 0
    assert other.deliveries.stats() == {"stripe": {"done": 7}}
    other.close()
