"""Any interleaving of deliveries, claims, ends, crashes, restarts and clock steps, against a simple model.

Of each event at most one completion is recorded for a handler; what was accepted is never lost; the counts
agree. The model is a dictionary of events by key, and one of leases.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hookkit.inbox.records import Arrival, Ended, Fate, Head, NewEvent, NewWork, Unexpanded, Work
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.store import Held

HANDLERS = ("app:greet", "app:count")
KNOWN = [("acme", name) for name in HANDLERS]
LEASE = 60.0

KEYS = st.sampled_from("abcde")
BATCHES = st.lists(KEYS, min_size=1, max_size=3)


@dataclass
class Task:
    """What the model knows of one handler's work on one event."""

    state: str = "waiting"
    attempts: int = 0
    completions: int = 0
    due: float = 0.0
    lease: str | None = None

    def leased(self, now: float) -> bool:
        return self.lease is not None and self.due > now


@dataclass
class Parcel:
    """What the model knows of a delivery: the keys that were new with it, by position."""

    fresh: dict[int, str]
    batch: list[str]
    expanded: bool = False
    due: float = 0.0
    lease: str | None = None


@dataclass
class Model:
    parcels: dict[int, Parcel] = field(default_factory=dict)
    tasks: dict[tuple[str, str], Task] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    duplicates: int = 0

    def event_state(self, key: str) -> str:
        states = {self.tasks[key, name].state for name in HANDLERS}
        return "waiting" if "waiting" in states else "dead" if "dead" in states else "done"

    def expanded_keys(self) -> set[str]:
        return {key for key, _ in self.tasks}

    def revive(self, key: str, now: float) -> bool:
        if key not in self.expanded_keys() or self.event_state(key) != "dead":
            return False
        for name in HANDLERS:
            task = self.tasks[key, name]
            if task.state == "dead":
                task.state, task.attempts, task.due, task.lease = "waiting", 0, now, None
        return True


class StoreMachine(RuleBasedStateMachine):
    """Drives a SQLite file and the model side by side."""

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="hookkit-machine-")
        self.ticking = 5000.0
        self.wall = 1_700_000_000.0
        self.base = self.ticking, self.wall
        self.boots = 0
        self.leases = 0
        self.model = Model()
        self.working: list[Work] = []
        self.expanding: list[Unexpanded] = []
        self.open()

    def open(self) -> None:
        self.store = SQLiteStore(
            str(Path(self.folder) / "hooks.db"),
            ticking=lambda: self.ticking,
            clock=lambda: self.wall,
            boot=lambda: f"boot {self.boots}",
        )
        self.store.open()

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)

    def new_lease(self) -> str:
        self.leases += 1
        return f"lease {self.leases}"

    # What arrives.

    def arrival(self, batch: list[str]) -> Arrival:
        return Arrival(
            source="acme",
            method="POST",
            url="/",
            headers=(),
            body=b"[]",
            received_at=self.wall,
            secret=0,
            heads=tuple(Head("kind", key, None) for key in batch),
            keys=tuple((f"id:{key}",) for key in batch),
        )

    def events(self, batch: list[str], held: tuple[str, ...] = ()) -> list[NewEvent]:
        works = tuple(NewWork(name, name in held) for name in HANDLERS)
        return [
            NewEvent(position=at, head=Head("kind", key, None), keys=(f"id:{key}",), works=works)
            for at, key in enumerate(batch)
        ]

    def expect_accepted(
        self, batch: list[str], receipt: int, revived: int, duplicate: bool
    ) -> None:
        assert revived == sum(self.model.revive(key, self.ticking) for key in batch)
        fresh = {at: key for at, key in enumerate(batch) if key not in self.model.known}
        assert duplicate == (not fresh)
        if duplicate:
            self.model.duplicates += 1
            return
        # Of one key twice in a batch, the first position has it.
        first = {at: key for at, key in fresh.items() if batch.index(key) == at}
        self.model.known.update(first.values())
        assert receipt not in self.model.parcels
        self.model.parcels[receipt] = Parcel(first, batch, due=self.ticking)

    def expect_expanded(self, parcel: Parcel) -> None:
        parcel.expanded, parcel.lease = True, None
        for key in parcel.fresh.values():
            for name in HANDLERS:
                assert (key, name) not in self.model.tasks
                self.model.tasks[key, name] = Task(due=self.ticking)

    def expect_leased(self, work: Work, lease: str) -> None:
        task = self.model.tasks[work.key.removeprefix("id:"), work.handler]
        assert task.state == "waiting"
        assert not task.leased(self.ticking)
        task.attempts += 1
        task.lease, task.due = lease, self.ticking + LEASE
        assert (work.attempt, work.lease) == (task.attempts, lease)
        self.working.append(work)

    @rule(batch=BATCHES)
    def deliver(self, batch: list[str]) -> None:
        accepted, works = self.store.submit(self.arrival(batch)).result()
        assert works == []
        self.expect_accepted(batch, accepted.receipt, accepted.revived, accepted.duplicate)

    @rule(batch=BATCHES, held=st.sampled_from([(), HANDLERS[:1], HANDLERS]))
    def deliver_expanded(self, batch: list[str], held: tuple[str, ...]) -> None:
        lease = self.new_lease()
        future = self.store.submit(self.arrival(batch), self.events(batch, held), lease, LEASE)
        accepted, works = future.result()
        self.expect_accepted(batch, accepted.receipt, accepted.revived, accepted.duplicate)
        if accepted.duplicate:
            assert works == []
            return
        parcel = self.model.parcels[accepted.receipt]
        self.expect_expanded(parcel)
        assert len(works) == len(parcel.fresh) * len(held)
        for work in works:
            self.expect_leased(work, lease)

    @rule(key=KEYS)
    def take(self, key: str) -> None:
        lease = self.new_lease()
        tasks = {name: self.model.tasks.get((key, name)) for name in HANDLERS}
        unexpanded = key in self.model.known and key not in self.model.expanded_keys()
        busy = any(
            each is not None and each.state == "waiting" and each.leased(self.ticking)
            for each in tasks.values()
        )
        try:
            works = self.store.take("acme", [f"id:{key}"], KNOWN, lease, LEASE)
        except Held:
            assert busy or unexpanded
            return
        assert not busy
        assert not unexpanded
        undone = {name for name, each in tasks.items() if each and each.state == "waiting"}
        assert {work.handler for work in works} == undone
        for work in works:
            self.expect_leased(work, lease)

    # What workers do.

    @rule()
    def claim(self) -> None:
        lease = self.new_lease()
        claimed = self.store.claim(KNOWN, lease, LEASE)
        due = [
            each
            for each in self.model.tasks.values()
            if each.state == "waiting" and each.due <= self.ticking
        ]
        waiting = [
            each
            for each in self.model.parcels.values()
            if not each.expanded and each.due <= self.ticking
        ]
        if claimed is None:
            assert not due
            assert not waiting
        elif isinstance(claimed, Work):
            assert due
            self.expect_leased(claimed, lease)
        else:
            assert not due
            parcel = self.model.parcels[claimed.delivery.receipt]
            assert parcel in waiting
            parcel.lease, parcel.due = lease, self.ticking + LEASE
            self.expanding.append(claimed)

    @rule(data=st.data())
    def expand(self, data: st.DataObject) -> None:
        if not self.expanding:
            return
        task = data.draw(st.sampled_from(self.expanding))
        parcel = self.model.parcels[task.delivery.receipt]
        ours = not parcel.expanded and parcel.lease == task.lease
        works = self.store.expand(task, self.events(parcel.batch, HANDLERS[:1]), LEASE)
        if not ours:
            assert works == []
            return
        self.expect_expanded(parcel)
        assert len(works) == len(parcel.fresh)
        for work in works:
            self.expect_leased(work, task.lease)

    @rule(
        data=st.data(),
        ended=st.sampled_from(
            [
                Ended(Fate.DONE),
                Ended(Fate.DONE),
                Ended(Fate.RETRY, after=5.0),
                Ended(Fate.RETRY, after=500.0),
                Ended(Fate.DEAD),
                Ended(Fate.DISCARDED),
            ]
        ),
    )
    def finish(self, data: st.DataObject, ended: Ended) -> None:
        if not self.working:
            return
        work = data.draw(st.sampled_from(self.working))
        task = self.model.tasks[work.key.removeprefix("id:"), work.handler]
        ours = task.state == "waiting" and task.lease == work.lease
        assert self.store.finish(work, ended).written == ours
        if ours:
            task.state, task.due, task.lease = ended.fate, self.ticking + ended.after, None
            task.completions += ended.fate is Fate.DONE

    def leases_held(self) -> st.SearchStrategy[set[str]]:
        mine = [each.lease for each in (*self.working, *self.expanding)] or ["nobody's"]
        return st.sets(st.sampled_from(mine), max_size=3)

    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        leases = data.draw(self.leases_held())
        self.store.renew(leases, LEASE)
        for each in (*self.model.tasks.values(), *self.model.parcels.values()):
            if each.lease in leases:
                each.due = self.ticking + LEASE

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        leases = data.draw(self.leases_held())
        self.store.release(leases)
        for each in (*self.model.tasks.values(), *self.model.parcels.values()):
            if each.lease in leases:
                each.lease, each.due = None, self.ticking
                if isinstance(each, Task):
                    each.attempts -= 1

    # What happens to the machine.

    @rule(seconds=st.sampled_from([0.5, 10.0, LEASE + 1, 1000.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.ticking += seconds
        self.wall += seconds

    @rule(seconds=st.sampled_from([-86400.0, 86400.0, -1.0]))
    def the_clock_is_set(self, seconds: float) -> None:
        self.wall += seconds

    @rule()
    def the_process_restarts(self) -> None:
        """Its leases run on, as nobody knows that it is gone."""
        self.store.close()
        self.open()

    @rule(seconds=st.sampled_from([0.0, 30.0, 4000.0]))
    def the_machine_restarts(self, seconds: float) -> None:
        """Nobody holds a lease then, and the clock that none sets begins anew; waits go on."""
        self.store.close()
        self.boots += 1
        self.ticking, self.wall = 10.0, self.wall + seconds
        began, calendar = self.base
        gone_by = (calendar - began) - (self.wall - self.ticking)
        for each in (*self.model.tasks.values(), *self.model.parcels.values()):
            if each.lease is not None:
                each.lease, each.due = None, self.ticking
            else:  # a clock that was set back prolongs no wait beyond what it can have been
                each.due = min(each.due + gone_by, each.due - began + self.ticking)
        self.base = self.ticking, self.wall
        self.open()

    # What always holds.

    @invariant()
    def the_counts_agree(self) -> None:
        if not hasattr(self, "store"):
            return
        counts = self.store.counts(KNOWN)
        model = self.model
        states = Counter(
            "expanded" if each.expanded else "accepted" for each in model.parcels.values()
        )
        assert counts.deliveries == states
        assert counts.works == Counter(str(each.state) for each in model.tasks.values())
        assert counts.events == Counter(map(model.event_state, model.expanded_keys()))
        assert (counts.duplicates, counts.orphaned) == (model.duplicates, 0)

    @invariant()
    def nothing_is_lost_and_nothing_completes_twice(self) -> None:
        if not hasattr(self, "store"):
            return
        model = self.model
        brought = Counter(key for each in model.parcels.values() for key in each.fresh.values())
        assert brought == dict.fromkeys(model.known, 1)
        assert all(each.completions <= 1 for each in model.tasks.values())


TestStore = StoreMachine.TestCase
