"""`ordered_by=` and `stale=`: what belongs together is handled one at a time, in order."""

import json

import pytest

from hookkit import (
    Backoff,
    ConfigError,
    Header,
    Inbox,
    Pointer,
    Provider,
    Receiver,
    Request,
    Token,
    on,
    providers,
)

NOW = 1_700_000_000.0

TIMED = Provider(
    name="timed",
    docs="https://timed.example",
    scheme=Token(Header("X-Token")),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    event_time=Pointer("/created"),
)
UNTIMED = TIMED.replace(name="untimed", event_time=None)


@pytest.fixture
def inbox():
    inbox = Inbox("sqlite://", backoff=Backoff(attempts=2, first=0.0, cap=0.0), clock=lambda: NOW)
    yield inbox
    inbox.close()


@pytest.fixture
def receive(inbox):
    """Makes a receiver that notes the ids that its handler gets."""

    def make(provider=TIMED, **given):
        receiver = Receiver(provider, secret="s3cret", inbox=inbox, **given)
        receiver.seen = []
        receiver.on("*", name="note")(lambda event: receiver.seen.append(event.id))
        return receiver

    return make


def _send(receiver, event_id, created=None, customer="ann", **more):
    payload = {"id": event_id, "type": "paid", "customer": customer, **more}
    if created is not None:
        payload["created"] = created
    body = json.dumps(payload).encode()
    plain = Request("POST", {"Content-Type": "application/json"}, body)
    reply = receiver.handle(receiver.verifier.sign(plain))
    assert reply.status == 200


BY_CUSTOMER = Pointer("/customer")


def test_by_the_providers_time(receive, inbox):
    """Whatever the order of receipt."""
    receiver = receive(ordered_by=BY_CUSTOMER)
    for event_id, created in [("third", 30), ("first", 10), ("second", 20)]:
        _send(receiver, event_id, created)
    inbox.drain()
    assert receiver.seen == ["first", "second", "third"]


def test_by_receipt_where_the_provider_tells_no_time(receive, inbox):
    receiver = receive(UNTIMED, ordered_by=BY_CUSTOMER)
    for event_id, created in [("a", 30), ("b", 10), ("c", 20)]:
        _send(receiver, event_id, created)
    inbox.drain()
    assert receiver.seen == ["a", "b", "c"]


def test_an_event_without_a_time_counts_by_its_receipt(receive, inbox):
    """Where the provider tells one of others."""
    receiver = receive(ordered_by=BY_CUSTOMER)
    _send(receiver, "after", NOW + 5)
    _send(receiver, "now")
    _send(receiver, "before", NOW - 5)
    inbox.drain()
    assert receiver.seen == ["before", "now", "after"]


def test_a_function_may_tell_what_belongs_together(receive, inbox):
    """And what belongs to nothing waits for nobody."""
    receiver = receive(ordered_by=lambda event: event.payload.get("group"))
    _send(receiver, "b", 20, group=1)
    _send(receiver, "free", 30)
    _send(receiver, "free, too", 10)
    _send(receiver, "a", 10, group=1)
    inbox.drain()
    assert [each for each in receiver.seen if each in "ab"] == ["a", "b"]
    assert [each for each in receiver.seen if each not in "ab"] == ["free", "free, too"]


def test_a_failure_holds_up_its_own_key_until_it_is_dead(receive, inbox):
    receiver, tried = receive(ordered_by=BY_CUSTOMER), []

    @receiver.on("*", name="fail", ordered_by=BY_CUSTOMER)
    def fail(event):
        tried.append((event.id, event.attempt))
        if event.id == "a1":
            raise RuntimeError("no")

    _send(receiver, "a1", 10)
    _send(receiver, "a2", 20)
    _send(receiver, "b1", 10, customer="bob")
    inbox.drain()
    of_ann = [each for each in tried if each[0] != "b1"]
    assert of_ann == [("a1", 1), ("a1", 2), ("a2", 1)]
    assert inbox.counts().works == {"done": 5, "dead": 1}


def test_stale_events_are_run_late_or_skipped(receive, inbox):
    """Skipped, they are recorded as such, and the event is done."""
    receiver, skipping = receive(ordered_by=BY_CUSTOMER), []
    receiver.on("*", name="latest", ordered_by=BY_CUSTOMER, stale="skip")(
        lambda event: skipping.append(event.id)
    )
    for event_id, created in [("new", 30), ("old", 20), ("same", 30), ("newer", 40)]:
        _send(receiver, event_id, created)
        inbox.drain()
    assert receiver.seen == ["new", "old", "same", "newer"]
    assert skipping == ["new", "same", "newer"]
    assert inbox.counts().works == {"done": 7, "skipped": 1}
    assert inbox.counts().events == {"done": 4}


def test_the_latest_alone_is_run_of_those_that_wait(receive, inbox):
    """And the others are recorded as skipped, each with the reason."""
    receiver, built = receive(), []
    receiver.on("*", name="build", ordered_by=BY_CUSTOMER, stale="latest")(
        lambda event: built.append(event.id)
    )
    for event_id, created in [("a", 10), ("c", 30), ("b", 20)]:
        _send(receiver, event_id, created)
    _send(receiver, "another's", 5, customer="bob")
    inbox.drain()
    _send(receiver, "late", 25)
    inbox.drain()
    assert sorted(built) == ["another's", "c"]
    assert inbox.counts().works == {"done": 7, "skipped": 3}
    assert inbox.counts().events == {"done": 5}
    told = [
        work.error
        for receipt in range(1, 6)
        for event in inbox.deliveries.show(receipt).events
        for work in event.works
        if work.state == "skipped"
    ]
    assert told == [
        "a later event of its order is waiting",
        "a later event of its order is waiting",
        "older than the last event that was handled of its order",
    ]


def test_what_failed_gives_way_to_a_later_one(receive, inbox):
    """It would be tried again, but for the later one."""
    receiver, tried = Receiver(TIMED, secret="s3cret", inbox=inbox), []

    @receiver.on("*", name="build", ordered_by=BY_CUSTOMER, stale="latest")
    def build(event):
        tried.append(event.id)
        if event.id == "a":
            _send(receiver, "b", 20)
            raise ValueError

    _send(receiver, "a", 10)
    inbox.drain()
    assert tried == ["a", "b"]


def test_nothing_gives_way_to_what_the_handler_does_not_want(inbox):
    receiver, built = Receiver(TIMED, secret="s3cret", inbox=inbox), []
    receiver.on(
        "*",
        name="build",
        ordered_by=BY_CUSTOMER,
        stale="latest",
        when=lambda event: event.id != "unwanted",
    )(lambda event: built.append(event.id))
    for event_id, created in [("a", 10), ("b", 20), ("unwanted", 30)]:
        _send(receiver, event_id, created)
    inbox.drain()
    assert built == ["b"]
    assert inbox.counts().works == {"done": 2, "skipped": 1}


@pytest.mark.parametrize(("stale", "tried"), [("latest", ["a", "b"]), ("skip", ["a"])])
def test_what_waits_to_be_tried_again_gives_way_at_once(inbox, stale, tried):
    """The later one need not wait until it would have been."""
    receiver, seen = Receiver(TIMED, secret="s3cret", inbox=inbox), []

    @receiver.on(
        "*", name="build", ordered_by=BY_CUSTOMER, stale=stale, backoff=Backoff(first=3600.0)
    )
    def build(event):
        seen.append(event.id)
        if event.id == "a":
            raise ValueError

    _send(receiver, "a", 10)
    inbox.drain()
    _send(receiver, "b", 20)
    inbox.drain()
    assert seen == tried


def test_of_a_receiver_that_skips_a_handler_may_not(receive, inbox):
    receiver, all_of_them = receive(ordered_by=BY_CUSTOMER, stale="skip"), []
    receiver.on("*", name="audit", ordered_by=None)(lambda event: all_of_them.append(event.id))
    receiver.on("*", name="every", stale="run")(lambda event: all_of_them.append(event.id))
    for event_id, created in [("new", 30), ("old", 20)]:
        _send(receiver, event_id, created)
        inbox.drain()
    assert receiver.seen == ["new"]
    assert sorted(all_of_them) == ["new", "new", "old", "old"]


def test_handlers_of_one_receiver_wait_for_each_other(receive, inbox):
    """An event is with all of them before the next is with any."""
    receiver = receive(ordered_by=BY_CUSTOMER)
    receiver.on("*", name="too")(lambda event: receiver.seen.append(f"{event.id}, too"))
    _send(receiver, "b", 20)
    _send(receiver, "a", 10)
    inbox.drain()
    assert [each[0] for each in receiver.seen] == ["a", "a", "b", "b"]


def test_a_marked_function_brings_its_order_along(inbox):
    seen = []

    @on("paid", name="note", ordered_by=BY_CUSTOMER)
    def note(event):
        seen.append(event.id)

    receiver = Receiver(TIMED, secret="s3cret", inbox=inbox, handlers=[note])
    _send(receiver, "b", 20)
    _send(receiver, "a", 10)
    inbox.drain()
    assert seen == ["a", "b"]


def test_an_order_needs_an_inbox():
    with pytest.raises(ConfigError, match="inbox="):
        Receiver(providers.stripe, secret="s", ordered_by=BY_CUSTOMER)
    receiver = Receiver(providers.stripe, secret="s")
    with pytest.raises(ConfigError, match="inbox="):
        receiver.on("*", ordered_by=BY_CUSTOMER)(print)


def test_an_order_and_a_reply_exclude_each_other(inbox):
    """What waits for its turn cannot be in the reply."""
    with pytest.raises(ConfigError, match="ack="):
        Receiver(
            TIMED, secret="s", inbox=inbox, ack="handled", ordered_by=BY_CUSTOMER, handlers=[marked]
        )
    receiver = Receiver(UNTIMED, secret="s", inbox=inbox, ordered_by=BY_CUSTOMER)
    with pytest.raises(ConfigError, match="ack="):
        receiver.on("*", name="reply", ack="handled")(print)


@on("*")
def marked(event):
    """Something that hears everything."""


def test_an_order_and_parsing_later_exclude_each_other():
    later = Inbox("sqlite://", parse="later")
    receiver = Receiver(TIMED, secret="s", inbox=later)
    with pytest.raises(ConfigError, match="parse="):
        receiver.on("*", name="note", ordered_by=BY_CUSTOMER)(print)
    later.close()


def test_a_function_that_fails_has_the_delivery_rejected(receive, inbox, caplog):
    """It is kept, where somebody sees it: the provider would give up. The log has the traceback."""
    receiver = receive(ordered_by=lambda event: event.payload["missing"])
    body = json.dumps({"id": "a", "type": "paid"}).encode()
    signed = receiver.verifier.sign(Request("POST", {"Content-Type": "application/json"}, body))
    assert receiver.handle(signed).status == 200
    assert "KeyError" in caplog.text
    inbox.drain()
    assert inbox.counts().deliveries == {"rejected": 1}
