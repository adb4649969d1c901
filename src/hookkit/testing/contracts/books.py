"""What a store's `hookkit.inbox.book.Book` must do."""

from __future__ import annotations

from dataclasses import replace

from hookkit.inbox.book import Alarm, SecretUse, Tally
from hookkit.inbox.store import Store
from hookkit.testing.contracts.base import DEAD, DONE, OTHER, SOURCE, ContractBase, arrival

NOW = 1_900_000_000.0


class BookContract(ContractBase):
    """The tests."""

    def test_what_came_adds_up(self, store: Store) -> None:
        store.desk.book.record([Tally(SOURCE, "accepted", 7, 3, 100.0)], [])
        store.desk.book.record(
            [Tally(SOURCE, "accepted", 7, 2, 90.0), Tally(OTHER, "bad-signature", 8, 1, 120.0)], []
        )
        assert store.desk.book.traffic(0) == [
            Tally(SOURCE, "accepted", 7, 5, 100.0),
            Tally(OTHER, "bad-signature", 8, 1, 120.0),
        ]
        assert [each.slot for each in store.desk.book.traffic(8)] == [8]

    def test_what_is_too_old_is_forgotten(self, store: Store) -> None:
        store.desk.book.record([Tally(SOURCE, "accepted", n, 1, n) for n in range(5)], [])
        assert store.desk.book.forget(3) == 3
        assert [each.slot for each in store.desk.book.traffic(0)] == [3, 4]

    def test_when_something_last_came(self, store: Store) -> None:
        assert store.desk.book.last_came() == {}
        refused = Tally(SOURCE, "bad-signature", 9, 1, NOW + 50)
        store.desk.book.record([refused, Tally(OTHER, "duplicate", 9, 1, NOW)], [])
        assert store.desk.book.last_came() == {OTHER: NOW}
        # Also of what a process has accepted that was killed before it had counted it.
        given = replace(arrival(["a"]), received_at=NOW + 7)
        self.accept(store, given)
        store.reject(replace(given, received_at=NOW + 9), "bad-body")
        assert store.desk.book.last_came() == {OTHER: NOW, SOURCE: NOW + 7}

    def test_uses_of_secrets_add_up(self, store: Store) -> None:
        store.desk.book.record([], [SecretUse(SOURCE, "ab12", 2, 10.0, 20.0)])
        store.desk.book.record(
            [], [SecretUse(SOURCE, "ab12", 1, 30.0, 30.0), SecretUse(SOURCE, "cd34", 1, 5.0, 5.0)]
        )
        assert store.desk.book.uses() == [
            SecretUse(SOURCE, "ab12", 3, 10.0, 30.0),
            SecretUse(SOURCE, "cd34", 1, 5.0, 5.0),
        ]

    def test_dead_letters_by_source(self, store: Store) -> None:
        for key, end in (("a", DEAD), ("b", DEAD), ("c", DONE)):
            self.handled(store, key, end)
        assert store.desk.book.dead(10) == {SOURCE: 2}
        assert store.desk.book.dead(1) == {SOURCE: 1}

    def test_an_alarm_starts_and_ends_once(self, store: Store) -> None:
        book = store.desk.book
        assert [book.watch(SOURCE, "dead", NOW) for _ in range(2)] == [True, False]
        assert book.alarms() == [Alarm(SOURCE, "dead", False, NOW, "")]
        assert book.untold(NOW, 60) == []
        raised = Alarm(SOURCE, "dead", True, NOW + 1, "two are dead")
        assert [book.turn(raised), book.turn(raised._replace(since=NOW + 2))] == [True, False]
        assert book.alarms() == [raised]
        ended = Alarm(SOURCE, "dead", False, NOW + 3, "none is dead")
        assert [book.turn(ended), book.turn(ended)] == [True, False]
        assert book.alarms() == [ended]

    def test_an_alarm_is_told_by_one_until_it_is_told(self, store: Store) -> None:
        book = store.desk.book
        book.watch("", "backlog", NOW)
        alarm = Alarm("", "backlog", True, NOW, "much")
        book.turn(alarm)
        assert book.untold(NOW + 1, 60) == [alarm]
        assert book.untold(NOW + 2, 60) == []  # another is telling
        assert book.untold(NOW + 62, 60) == [alarm]  # and never said that it did
        book.told(alarm)
        assert book.untold(NOW + 200, 60) == []

    def test_a_clock_set_back_does_not_silence_an_alarm(self, store: Store) -> None:
        book = store.desk.book
        book.watch(SOURCE, "dead", NOW)
        book.turn(Alarm(SOURCE, "dead", True, NOW, "one"))
        assert len(book.untold(NOW, 60)) == 1
        assert len(book.untold(NOW - 86400, 60)) == 1

    def test_what_is_told_is_not_the_state_that_came_after(self, store: Store) -> None:
        book = store.desk.book
        book.watch(SOURCE, "dead", NOW)
        raised = Alarm(SOURCE, "dead", True, NOW, "one")
        book.turn(raised)
        ended = Alarm(SOURCE, "dead", False, NOW + 5, "none")
        book.turn(ended)
        book.told(raised)
        assert book.untold(NOW + 6, 60) == [ended]
