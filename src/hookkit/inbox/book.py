"""`Book`: what a store keeps beside deliveries: what came and how often, secrets in use, alarms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from hookkit.inbox.json_text import encodable
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
    """What a store keeps beside deliveries, in any SQL database. Every method raises InboxError.

    Args:
        read: runs a job with a connection.
        write: as `read`, in a transaction.
        keys: name of the table of dedupe keys.
        prefix: of the tables' names.
        placeholder: what stands for a value in a statement, as this database has it.
        clean: makes any text one that the database can hold.
    """

    def __init__(
        self,
        read: Callable[[Callable[[Any], Any]], Any],
        write: Callable[[Callable[[Any], Any]], Any],
        keys: str = "marks",
        prefix: str = "",
        placeholder: str = "?",
        clean: Callable[[str], str] = encodable,
    ) -> None:
        self._keys = keys
        self._reading = read
        self._writing = write
        self._prefix = prefix
        self._placeholder = placeholder
        self._clean = clean

    def _sql(self, statement: str) -> str:
        return statement.replace("{}", self._prefix).replace("?", self._placeholder)

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
        asked = {self._clean(key): key for key in keys}
        exact = [key for key in asked if not is_beginning(key)]
        marks = ", ".join("?" * len(exact)) or "NULL"
        having = self._sql(
            f"SELECT key FROM {{}}{self._keys} WHERE source = ? AND key IN ({marks})"
        )
        table = f"{self._prefix}{self._keys}"

        def look(connection: Any) -> set[str]:
            found = {asked[key] for (key,) in connection.execute(having, (source, *exact))}
            for beginning in filter(is_beginning, asked):
                if begun(connection, table, self._placeholder, source, beginning):
                    found.add(asked[beginning])
            return found

        known: set[str] = self._reading(look)
        return known

    # Alarms.

    def alarms(self) -> list[Alarm]:
        """All that are kept: those that are on, and those that are over or never were on."""
        rows = self._all(
            "SELECT source, kind, raised, since, text FROM {}alarms ORDER BY source, kind"
        )
        return [_alarm(row) for row in rows]

    def watch(self, source: str, kind: str, now: float) -> bool:
        """Begin to keep an alarm, switched off. Whether it was not kept before."""
        return bool(
            self._change(
                "INSERT INTO {}alarms (source, kind, raised, since, text, told, telling) "
                "VALUES (?, ?, 0, ?, '', 1, 0) ON CONFLICT (source, kind) DO NOTHING",
                (source, kind, now),
            )
        )

    def turn(self, alarm: Alarm) -> bool:
        """Raise or end this alarm. False where another process already has."""
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
        """Take the alarms to tell people of: not told yet, nor taken by another within `patience` seconds."""
        sql = self._sql(
            "UPDATE {}alarms SET telling = ? WHERE told = 0 AND (telling < ? OR telling > ?) "
            "RETURNING source, kind, raised, since, text"
        )
        rows = self._writing(
            lambda connection: connection.execute(sql, (now, now - patience, now)).fetchall()
        )
        return [_alarm(row) for row in rows]

    def told(self, alarm: Alarm) -> None:
        """Note that people were told of this state of the alarm."""
        self._change(
            "UPDATE {}alarms SET told = 1 WHERE source = ? AND kind = ? AND raised = ? AND since = ?",
            (alarm.source, alarm.kind, int(alarm.raised), alarm.since),
        )


def _alarm(row: Sequence[Any]) -> Alarm:
    source, kind, raised, since, text = row
    return Alarm(source, kind, bool(raised), since, text)
