"""Lanes in a SQLite file: of a lane's works the first by rank has the turn, and the others are never due."""

from __future__ import annotations

import sqlite3
from math import inf

__all__ = ["enter", "give_turn", "hasten", "leave", "leave_by", "note_done"]


def enter(connection: sqlite3.Connection, source: str, lane: str, now: float) -> None:
    """After works were written to the lane, due at infinity: give the first the turn, if it is free."""
    connection.execute(
        "INSERT INTO lanes (source, lane) VALUES (?, ?) ON CONFLICT DO NOTHING", (source, lane)
    )
    give_turn(connection, source, lane, now)


def hasten(
    connection: sqlite3.Connection, source: str, lane: str, handler: str, now: float
) -> None:
    """Make the work that has the turn due at once, where it is this handler's and waits for an attempt."""
    connection.execute(
        "UPDATE works SET due = min(due, ?1) WHERE handler = ?4 AND state = 'waiting' AND lease IS NULL "
        "AND number = (SELECT turn FROM lanes WHERE source = ?2 AND lane = ?3)",
        (now, source, lane, handler),
    )


def leave(
    connection: sqlite3.Connection, source: str, lane: str, done: float | None, now: float
) -> int | None:
    """After a work ended, done with this rank if any: give the next the turn. Gives its receipt, if any."""
    connection.execute(
        "UPDATE lanes SET turn = NULL, done = coalesce(max(done, ?1), done, ?1) "
        "WHERE source = ?2 AND lane = ?3",
        (done, source, lane),
    )
    return give_turn(connection, source, lane, now)


def leave_by(
    connection: sqlite3.Connection, source: str, lane: str, number: int, now: float
) -> None:
    """After this work was given up: where it had the turn, give that to the next."""
    connection.execute(
        "UPDATE lanes SET turn = NULL WHERE source = ? AND lane = ? AND turn = ?",
        (source, lane, number),
    )
    give_turn(connection, source, lane, now)


def note_done(connection: sqlite3.Connection, source: str, lane: str, rank: float | None) -> None:
    """Know that a work of this rank was done, in another store."""
    connection.execute(
        "UPDATE lanes SET done = coalesce(max(done, ?1), done, ?1) WHERE source = ?2 AND lane = ?3",
        (rank, source, lane),
    )


def give_turn(connection: sqlite3.Connection, source: str, lane: str, now: float) -> int | None:
    """Give the first the turn, unless a work is under way. Its receipt, where it did not have it before."""
    (turn,) = connection.execute(
        "SELECT turn FROM lanes WHERE source = ? AND lane = ?", (source, lane)
    ).fetchone()
    if (
        turn is not None
        and connection.execute(
            "SELECT 1 FROM works WHERE number = ? AND lease IS NOT NULL", (turn,)
        ).fetchone()
    ):
        return None
    first = connection.execute(
        "SELECT works.number, receipt FROM works JOIN events ON events.number = event "
        "WHERE works.source = ? AND lane = ? AND works.state = 'waiting' "
        "ORDER BY rank, works.number LIMIT 1",
        (source, lane),
    ).fetchone()
    if first is None or first[0] == turn:
        return None
    connection.execute("UPDATE works SET due = ? WHERE number = ?", (inf, turn))
    connection.execute("UPDATE works SET due = ? WHERE number = ?", (now, first[0]))
    connection.execute(
        "UPDATE lanes SET turn = ? WHERE source = ? AND lane = ?", (first[0], source, lane)
    )
    return int(first[1])
