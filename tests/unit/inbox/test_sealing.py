"""hookkit.inbox.sealing and hookkit.inbox.sealed: what a thief of the database finds, and how keys change."""

from __future__ import annotations

import builtins
import re

import psycopg
import pytest
from cryptography.fernet import Fernet

from hookkit import Inbox, Receiver, providers
from hookkit.errors import ConfigError, InboxError
from hookkit.inbox.sealing import Sealing
from tests.contracts.requests import signed_event
from tests.postgres import schema

SECRET = "a secret"
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
PERSON = "person.of.some.name@example.com"


class Shop:
    """A receiver whose inbox may be sealed; each of its deliveries names a person, as does what fails."""

    def __init__(self, url, key, **settings):
        self.inbox = Inbox(url, encryption_key=key, backoff=None, **settings)
        self.stripe = Receiver(
            providers.stripe,
            secret=SECRET,
            inbox=self.inbox,
            ordered_by=lambda event: event.payload["data"]["object"]["email"],
        )
        self.seen = []
        self.stripe.on("*", name="book")(self.book)

    def book(self, event):
        self.seen.append(event.payload["data"]["object"]["email"])
        if event.payload["data"]["object"].get("fails"):
            raise ValueError(event.payload["data"]["object"]["email"])

    def send(self, told, **data):
        request = signed_event(SECRET, told, email=PERSON, **data)
        return self.stripe.handle(request.with_header("X-Person", PERSON)).status


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """URL of a store, and what gives all its bytes."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/hooks.db"
        yield url, lambda: b"".join(path.read_bytes() for path in tmp_path.iterdir())
        return
    with schema() as url:
        yield url, lambda: _all_rows(url)


def _all_rows(url):
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relkind = 'r'"
        ).fetchall()
        found = []
        for (table,) in tables:
            rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()
            found += [text.encode() for (text,) in rows]
            # Bytes are shown in hexadecimal.
            found += [
                bytes.fromhex(digits)
                for (text,) in rows
                for digits in re.findall(r"\\x((?:[0-9a-f]{2})+)", text)
            ]
    return b"".join(found)


def test_a_thief_of_the_database_finds_nothing_that_was_sent(place):
    url, stolen = place
    shop = Shop(url, OLD)
    assert shop.send("evt_done") == 200
    assert shop.send("evt_dead", fails=True) == 200
    shop.inbox.drain()
    assert shop.send("evt_waiting") == 200
    assert shop.stripe.handle(
        shop.stripe.verifier.sign(
            signed_event(SECRET, "evt_bad").replace(body=b'{"email": "%s"' % PERSON.encode())
        )
    ).status == 400  # fmt: skip
    assert shop.seen == [PERSON] * 2
    found = stolen()  # with the write-ahead log, before anything is closed
    assert b"evt_done" in found, "the whole store is looked at"
    for told in (
        PERSON,
        PERSON[:12],
        "data",
        "object",
        "ValueError",
        "application/json",
        "x-person",
    ):
        assert told.encode() not in found, told
    # Whoever has the key sees all of it.
    (line,) = shop.inbox.deliveries.find(state="dead")
    kept = shop.inbox.deliveries.show(line.receipt)
    assert PERSON in kept.arrival.body.decode()
    assert ("x-person", PERSON) in kept.arrival.headers
    assert PERSON in kept.events[0].works[0].failures[0].traceback
    shop.inbox.close()


def test_without_a_key_it_would_be_found(place):
    url, stolen = place
    shop = Shop(url, None)
    shop.send("evt_1")
    assert PERSON.encode() in stolen()
    shop.inbox.close()


def test_keys_change(place):
    url, stolen = place
    clear = Shop(url, None)
    clear.send("evt_clear", fails=True)
    clear.inbox.drain()
    clear.inbox.close()
    old = Shop(url, OLD)
    old.send("evt_old")
    old.inbox.close()
    both = Shop(url, [NEW, OLD])
    both.send("evt_new")
    both.inbox.drain()
    assert len(both.seen) == 2
    pages = []
    assert both.inbox.reseal(pages.append) == 3
    assert pages
    both.inbox.deliveries.shrink()
    assert PERSON.encode() not in stolen()
    both.inbox.close()
    new = Shop(url, NEW)
    for line in new.inbox.deliveries.find():
        kept = new.inbox.deliveries.show(line.receipt)
        assert PERSON in kept.arrival.body.decode()
    assert PERSON in new.inbox.deliveries.show(1).events[0].works[0].failures[0].error
    assert new.inbox.deliveries.replay(state="done", source="stripe") == 2
    assert new.inbox.drain() == 2
    assert new.send("evt_old") == 200
    assert new.inbox.counts().duplicates == 1
    new.inbox.close()


def test_a_wrong_key_is_found_out_at_the_start(place):
    url, _ = place
    first = Shop(url, OLD)
    first.send("evt_1")
    first.inbox.close()
    with pytest.raises(InboxError, match="add the older one") as found:
        Inbox(url, encryption_key=OTHER)
    assert OTHER not in str(found.value)


def test_what_cannot_be_opened_is_no_attempt(tmp_path):
    """A worker with the wrong key neither runs a handler nor uses up its attempts."""
    url = f"sqlite:///{tmp_path}/hooks.db"
    wrong = Shop(url, OTHER)
    right = Shop(url, OLD)
    right.send("evt_1")
    for _ in range(20):
        with pytest.raises(InboxError):
            wrong.inbox.work_once()
    assert right.inbox.drain() == 1
    assert right.seen == [PERSON]
    assert right.inbox.counts().works == {"done": 1}
    wrong.inbox.close()
    right.inbox.close()


def test_an_erased_delivery_stays_erased(place):
    url, _ = place
    shop = Shop(url, OLD)
    shop.send("evt_1", fails=True)
    shop.inbox.drain()
    assert shop.inbox.deliveries.erase(pointer="/data/object/email", value=PERSON) == 1
    shop.inbox.reseal()
    kept = shop.inbox.deliveries.show(1)
    assert (kept.arrival.body, kept.arrival.headers, kept.arrival.url) == (b"", (), "")
    shop.inbox.close()


def test_export_is_in_clear_and_goes_into_another_key(tmp_path):
    first = Shop(f"sqlite:///{tmp_path}/one.db", OLD)
    first.send("evt_1")
    lines = list(first.inbox.deliveries.export())
    assert PERSON in lines[0]
    second = Shop(f"sqlite:///{tmp_path}/two.db", NEW)
    assert second.inbox.deliveries.load(lines) == 1
    assert second.inbox.drain() == 1
    assert second.seen == [PERSON]
    first.inbox.close()
    second.inbox.close()
    assert PERSON.encode() not in (tmp_path / "two.db").read_bytes()


@pytest.mark.parametrize("key", ["", [], "short", b"x" * 44, [OLD, "no key"], 7])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(ConfigError, match=r"encryption_key.*make .*Fernet.generate_key") as found:
        Sealing(key)
    assert found.value.__cause__ is None
    assert OLD not in str(found.value)


def test_keys_are_not_shown():
    assert OLD not in repr(Sealing(OLD))


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"hookkit\[crypto\]"):
        Sealing(OLD)


def test_an_inbox_that_seals_nothing_cannot_seal_again():
    inbox = Inbox("sqlite://")
    with pytest.raises(ConfigError, match="encryption_key"):
        inbox.reseal()
    inbox.close()
