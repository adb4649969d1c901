"""`Inbox.feed`: what was accepted, in order."""

import asyncio
import json
from itertools import pairwise

import pytest

from hookkit import ConfigError, Inbox, Pointer, Receiver, Request, providers
from hookkit.testing import Sender

SECRET = "a long random text"


@pytest.fixture
def inbox():
    inbox = Inbox("sqlite://")
    yield inbox
    inbox.close()


@pytest.fixture
def github(inbox):
    return Receiver(providers.github, secret=SECRET, inbox=inbox)


def push(receiver, number, delivery=None):
    sender = Sender(providers.github, SECRET)
    request = sender.request("push", {"number": number}, delivery_id=delivery)
    assert receiver.handle(request).status == 200


def numbers(events):
    return [event.payload["number"] for event in events]


def test_what_was_accepted_is_shown_with_its_receipt_whether_handled_or_not(inbox, github):
    for number in range(5):
        push(github, number)
        if number == 2:
            inbox.drain()
    events = inbox.feed.after()
    assert numbers(events) == [0, 1, 2, 3, 4]
    assert [event.type for event in events] == ["push"] * 5
    assert all(one.receipt < other.receipt for one, other in pairwise(events))
    assert inbox.feed.last() == events[-1].receipt
    assert (events[0].attempt, events[0].handler) == (1, "")


def test_it_goes_on_after_a_receipt_and_begins_with_the_latest(inbox, github):
    for number in range(5):
        push(github, number)
    third = inbox.feed.after()[2].receipt
    assert numbers(inbox.feed.after(third)) == [3, 4]
    assert numbers(inbox.feed.after(0, most=2)) == [0, 1]
    assert numbers(inbox.feed.latest(2)) == [3, 4]
    assert numbers(inbox.feed.latest(100)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [(None, "ours"), (2, "push"), (1, "push")]),
        ({"source": "github"}, [(2, "push"), (1, "push")]),
        ({"source": "github", "most": 2}, [(2, "push")]),
        ({"type": "push", "state": "done"}, [(2, "push"), (1, "push")]),
        ({"event_id": "7"}, [(None, "ours")]),
        ({"event_id": "8"}, []),
        ({"type": "push", "state": "dead"}, []),
    ],
    ids=str,
)
def test_what_is_meant_is_found_the_newest_first(inbox, github, wanted, found):
    """But what is erased or rejected, which has nothing to show."""
    provider = providers.token.replace(event_id=Pointer("/id"), event_type=Pointer("/type"))
    own = Receiver(provider, secret=SECRET, inbox=inbox)
    for receiver in (github, own):
        receiver.on("*", name="note")(lambda event: None)
    push(github, 1)
    push(github, 2)
    sender = Sender(provider, SECRET)
    assert own.handle(sender.request("ours", {"id": "7", "type": "ours"})).status == 200
    push(github, 3)
    inbox.deliveries.erase(inbox.feed.last())
    inbox.drain()
    assert [
        (event.payload.get("number"), event.type) for event in inbox.feed.find(**wanted)
    ] == found


def test_what_cannot_be_meant_is_said(inbox):
    with pytest.raises(ConfigError, match="colour"):
        inbox.feed.find(colour="red")


def test_of_an_empty_one(inbox):
    assert (inbox.feed.last(), inbox.feed.latest(), inbox.feed.after()) == (0, [], [])


def test_what_came_again_is_not_shown_again(inbox, github):
    for _ in range(2):
        push(github, 1, delivery="the same")
    assert numbers(inbox.feed.after()) == [1]


def test_what_cannot_be_parsed_and_what_is_nobodys_is_passed_over(tmp_path):
    path = f"sqlite:///{tmp_path}/hooks.db"
    inbox = Inbox(path, parse="later")
    github = Receiver(providers.github, secret=SECRET, inbox=inbox)
    gone = Receiver(providers.github, secret=SECRET, inbox=inbox, source="gone")
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "1"}
    broken = Request("POST", {"Content-Type": "application/json", **headers}, b"{")
    push(github, 1)
    assert github.handle(github.verifier.sign(broken)).status == 200
    push(gone, 2)
    push(github, 3)
    inbox.close()
    again = Inbox(path, parse="later")
    Receiver(providers.github, secret=SECRET, inbox=again)
    assert numbers(again.feed.after()) == [1, 3]
    (first,) = again.feed.after(most=1)
    assert numbers(again.feed.after(first.receipt, most=1)) == [3]
    again.close()


def test_events_of_a_batch_share_their_receipt(inbox):
    sendgrid = Receiver(providers.sparkpost, secret="user:password", inbox=inbox)
    batch = [{"msys": {"message_event": {"type": "bounce", "event_id": str(n)}}} for n in range(2)]
    plain = Request("POST", {"Content-Type": "application/json"}, json.dumps(batch).encode())
    assert sendgrid.handle(sendgrid.verifier.sign(plain)).status == 200
    first, second = inbox.feed.after()
    assert first.receipt == second.receipt == inbox.feed.last()


def test_who_follows_gets_what_there_is_and_then_what_comes(inbox, github):
    for number in range(3):
        push(github, number)
    first = inbox.feed.after()[0].receipt

    async def follow():
        found = []
        async for event in inbox.feed.follow(first, every=0.01):
            found.append(event.payload["number"])
            if found == [1, 2]:
                push(github, 3)
            if len(found) == 3:
                break
        return found

    assert asyncio.run(asyncio.wait_for(follow(), 60)) == [1, 2, 3]


def test_where_nothing_comes_an_empty_batch_says_so(inbox, github):
    push(github, 1)

    async def follow():
        found = []
        async for events in inbox.feed.batches(every=0.01, idle=0.05):
            found.append(numbers(events))
            if len(found) == 3:
                break
        return found

    assert asyncio.run(asyncio.wait_for(follow(), 60)) == [[1], [], []]


def test_it_is_told_when_a_delivery_came(github, inbox):
    push(github, 1)
    (event,) = inbox.feed.after()
    assert event.received_at == inbox.deliveries.find()[0].received_at


def test_more_than_a_page_is_followed_without_a_pause(inbox, github):
    for number in range(150):
        push(github, number)

    async def follow():
        found = []
        async for event in inbox.feed.follow(every=1e6):
            found.append(event.payload["number"])
            if len(found) == 150:
                break
        return found

    assert asyncio.run(asyncio.wait_for(follow(), 60)) == list(range(150))
