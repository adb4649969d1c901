"""`Book`: what a store keeps beside deliveries: what came and how often, secrets in use, alarms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from hookkit.inbox.sent_keys import begun, is_beginning

__all__ = ["SLOT", "Alarm", "Book", "SecretUse", "Tally"]

T = TypeVar("T")

SLOT = 300
"""Seconds over which what came is counted together."""


class Tally(NamedTuple):
    """How often this came of a source within a slot.

    Attributes:
        outcome: ``accepted``, ``duplicate``, or the reason of a refusal.
        slot: unix time in slots of `SLOT` seconds.
        last_at: unix seconds.
    """

    source: str
    outcome: str
    slot: int
    times: int
    last_at: float


class SecretUse(NamedTuple):
    """How often a secret has verified. `label` tells it from others; times are unix seconds."""

    source: str
    label: str
    times: int
    first_at: float
    last_at: float


class Alarm(NamedTuple):
    """Something that people should know of, from its start to its end.

    Attributes:
        source: the receiver's; empty of the inbox as a whole.
        kind: ``silence``, ``refusals``, ``dead`` or ``backlog``.
        raised: it has started; else it is over.
        since: unix seconds.
        text: a sentence.
    """

    source: str
    kind: str
    raised: bool
    since: float
    text: str


class Book:
    """The same for any database that speaks SQL. Every method raises InboxError.

    Args:
        read: runs a job with a connection.
        write: as `read`, in a transaction.
        keys: name of the table of what makes repeats known.
        prefix: of the tables' names.
        mark: where a value stands in a statement.
    """

    def __init__(
        self,
        read: Callable[[Callable[[Any], Any]], Any],
        write: Callable[[Callable[[Any], Any]], Any],
        keys: str = "marks",
        prefix: str = "",
        mark: str = "?",
    ) -> None:
        self._keys = keys
        self._reading = read
        self._writing = write
        self._prefix = prefix
        self._mark = mark

    def _sql(self, statement: str) -> str:
        return statement.replace("{}", self._prefix).replace("?", self._mark)

    def _all(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        sql = self._sql(statement)
        found: list[tuple[Any, ...]] = self._reading(
            lambda connection: connection.execute(sql, tuple(values)).fetchall()
        )
        return found

    def _change(self, statement: str, values: Sequence[object]) -> int:
        sql = self._sql(statement)
        return int(
            self._writing(lambda connection: connection.execute(sql, tuple(values)).rowcount)
        )

    # What came.

    def record(self, tallies: Sequence[Tally], uses: Sequence[SecretUse]) -> None:
        """Add these to what is there."""
        tally = self._sql(
            "INSERT INTO {}traffic AS t (source, outcome, slot, times, last_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (source, outcome, slot) DO UPDATE SET times = t.times + excluded.times, "
            "last_at = CASE WHEN excluded.last_at > t.last_at THEN excluded.last_at ELSE t.last_at END"
        )
        use = self._sql(
            "INSERT INTO {}secret_uses AS u (source, label, times, first_at, last_at) "
            "VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (source, label) DO UPDATE SET times = u.times + excluded.times, "
            "last_at = CASE WHEN excluded.last_at > u.last_at THEN excluded.last_at ELSE u.last_at END"
        )

        def write(connection: Any) -> None:
            # In one order everywhere, so that no two processes wait for each other.
            for each in sorted(tallies):
                connection.execute(tally, each)
            for each_use in sorted(uses):
                connection.execute(use, each_use)

        self._writing(write)

    def traffic(self, since: int) -> list[Tally]:
        """What came in this slot and later, the oldest first."""
        rows = self._all(
            "SELECT source, outcome, slot, times, last_at FROM {}traffic WHERE slot >= ? "
            "ORDER BY slot, source, outcome",
            (since,),
        )
        return [Tally._make(row) for row in rows]

    def last_came(self) -> dict[str, float]:
        """When something authentic last came, by source, in unix seconds."""
        rows = self._all(
            "SELECT source, max(last_at) FROM {}traffic WHERE outcome IN ('accepted', 'duplicate') "
            "GROUP BY source"
        )
        # What a process counts is lost when it is killed; the newest deliveries tell as much.
        newest = self._all(
            "SELECT source, max(received_at) FROM (SELECT source, received_at FROM {}deliveries "
            "WHERE state <> 'rejected' ORDER BY receipt DESC LIMIT 1000) newest GROUP BY source"
        )
        found: dict[str, float] = {}
        for source, at in (*rows, *newest):
            found[source] = max(at, found.get(source, at))
        return found

    def forget(self, before: int) -> int:
        """Delete what came before this slot. Gives how many rows."""
        return self._change("DELETE FROM {}traffic WHERE slot < ?", (before,))

    def uses(self) -> list[SecretUse]:
        """Which secrets verified."""
        rows = self._all(
            "SELECT source, label, times, first_at, last_at FROM {}secret_uses ORDER BY source, label"
        )
        return [SecretUse._make(row) for row in rows]

    def dead(self, most: int) -> dict[str, int]:
        """Dead events by source, counted up to so many."""
        rows = self._all(
            "SELECT source, count(*) FROM (SELECT source FROM {}events WHERE state = 'dead' LIMIT ?) few "
            "GROUP BY source",
            (most,),
        )
        return dict(rows)

    def known(self, source: str, keys: Sequence[str]) -> set[str]:
        """Which of these keys, or beginnings of keys, something has come under."""
        if not keys:
            return set()
        exact = [key for key in keys if not is_beginning(key)]
        marks = ", ".join("?" * len(exact)) or "NULL"
        having = self._sql(
            f"SELECT key FROM {{}}{self._keys} WHERE source = ? AND key IN ({marks})"
        )
        table = f"{self._prefix}{self._keys}"

        def look(connection: Any) -> set[str]:
            found = {key for (key,) in connection.execute(having, (source, *exact))}
            for beginning in filter(is_beginning, keys):
                if begun(connection, table, self._mark, source, beginning):
                    found.add(beginning)
            return found

        known: set[str] = self._reading(look)
        return known

    # Alarms.

    def alarms(self) -> list[Alarm]:
        """Those that are on, and those that are over or never were."""
        rows = self._all(
            "SELECT source, kind, raised, since, text FROM {}alarms ORDER BY source, kind"
        )
        return [_alarm(row) for row in rows]

    def watch(self, source: str, kind: str, now: float) -> bool:
        """Know of an alarm, which is off. Whether it is new."""
        return bool(
            self._change(
                "INSERT INTO {}alarms (source, kind, raised, since, text, told, telling) "
                "VALUES (?, ?, 0, ?, '', 1, 0) ON CONFLICT (source, kind) DO NOTHING",
                (source, kind, now),
            )
        )

    def turn(self, alarm: Alarm) -> bool:
        """Raise or end this one. Whether nobody else has."""
        return bool(
            self._change(
                "UPDATE {}alarms SET raised = ?, since = ?, text = ?, told = 0, telling = 0 "
                "WHERE source = ? AND kind = ? AND raised <> ?",
                (
                    int(alarm.raised),
                    alarm.since,
                    alarm.text,
                    alarm.source,
                    alarm.kind,
                    int(alarm.raised),
                ),
            )
        )

    def untold(self, now: float, patience: float) -> list[Alarm]:
        """Take those of which nobody was told: whose telling was not tried within `patience` seconds."""
        sql = self._sql(
            "UPDATE {}alarms SET telling = ? WHERE told = 0 AND (telling < ? OR telling > ?) "
            "RETURNING source, kind, raised, since, text"
        )
        rows = self._writing(
            lambda connection: connection.execute(sql, (now, now - patience, now)).fetchall()
        )
        return [_alarm(row) for row in rows]

    def told(self, alarm: Alarm) -> None:
        """Somebody was told of this state of it."""
        self._change(
            "UPDATE {}alarms SET told = 1 WHERE source = ? AND kind = ? AND raised = ? AND since = ?",
            (alarm.source, alarm.kind, int(alarm.raised), alarm.since),
        )


def _alarm(row: Sequence[Any]) -> Alarm:
    source, kind, raised, since, text = row
    return Alarm(source, kind, bool(raised), since, text)
