"""Lanes in Postgres: of the works of one, the first by rank has its turn, the others are never due.

Whoever changes a work of a lane has locked the lane before, so that the machines agree whose turn it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

__all__ = ["enter", "give_turn", "hasten", "leave", "leave_by", "lock", "note_done"]


def lock(connection: Any, lanes: Collection[tuple[str, str]]) -> None:
    """Make and lock these lanes of sources, for the transaction: once in it, for all that it changes.

    Two that took some, and then others, could wait for each other.
    """
    if not lanes:
        return
    sources, names = zip(*set(lanes), strict=True)
    given = (list(sources), list(names))
    connection.execute(
        "INSERT INTO hookkit_lanes (source, lane) SELECT source, lane FROM "
        "unnest(%s::text[], %s::text[]) AS given (source, lane) ORDER BY source, lane "
        "ON CONFLICT DO NOTHING",
        given,
    )
    connection.execute(
        "SELECT 1 FROM hookkit_lanes WHERE (source, lane) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY source, lane FOR UPDATE",
        given,
    )


def enter(connection: Any, lanes: Collection[tuple[str, str]]) -> None:
    """After works were written to these locked lanes, due at infinity: the first gets a turn that is free."""
    for source, lane in sorted(set(lanes)):
        give_turn(connection, source, lane)


def hasten(connection: Any, source: str, lane: str, handler: str) -> None:
    """Have the next attempt of the work whose turn it is due at once, where it is this handler's."""
    connection.execute(
        "UPDATE hookkit_works SET due = least(due, statement_timestamp()) "
        "WHERE handler = %s AND state = 'waiting' AND lease IS NULL "
        "AND number = (SELECT turn FROM hookkit_lanes WHERE source = %s AND lane = %s)",
        (handler, source, lane),
    )


def leave(connection: Any, source: str, lane: str, done: float | None) -> int | None:
    """After a work ended, done with this rank if any. The receipt of the work whose turn it is now."""
    connection.execute(
        "UPDATE hookkit_lanes SET turn = NULL, done = greatest(done, %s::float8) "
        "WHERE source = %s AND lane = %s",
        (done, source, lane),
    )
    return give_turn(connection, source, lane)


def leave_by(connection: Any, source: str, lane: str, numbers: Collection[int]) -> None:
    """After these works were given up: where one of them had the turn, the next has it."""
    connection.execute(
        "UPDATE hookkit_lanes SET turn = NULL WHERE source = %s AND lane = %s AND turn = ANY(%s)",
        (source, lane, list(numbers)),
    )
    give_turn(connection, source, lane)


def note_done(connection: Any, source: str, lane: str, rank: float | None) -> None:
    """Know that a work of this rank was done, in another store."""
    connection.execute(
        "UPDATE hookkit_lanes SET done = greatest(done, %s::float8) WHERE source = %s AND lane = %s",
        (rank, source, lane),
    )


def give_turn(connection: Any, source: str, lane: str) -> int | None:
    """Let the first have the turn, unless one is under way. Its receipt, where it has it only now."""
    (turn,) = connection.execute(
        "SELECT turn FROM hookkit_lanes WHERE source = %s AND lane = %s", (source, lane)
    ).fetchone()
    if turn is not None and _is_leased(connection, turn):
        return None
    first = connection.execute(
        "SELECT w.number, e.receipt FROM hookkit_works w JOIN hookkit_events e ON e.number = w.event "
        "WHERE w.source = %s AND w.lane = %s AND w.state = 'waiting' ORDER BY w.rank, w.number LIMIT 1",
        (source, lane),
    ).fetchone()
    if first is None or first[0] == turn:
        return None
    connection.execute("UPDATE hookkit_works SET due = 'infinity' WHERE number = %s", (turn,))
    connection.execute(
        "UPDATE hookkit_works SET due = statement_timestamp() WHERE number = %s", (first[0],)
    )
    connection.execute(
        "UPDATE hookkit_lanes SET turn = %s WHERE source = %s AND lane = %s",
        (first[0], source, lane),
    )
    return int(first[1])


def _is_leased(connection: Any, number: int) -> bool:
    # Locked: a claim takes no lane, and could be at it.
    row = connection.execute(
        "SELECT lease IS NOT NULL FROM hookkit_works WHERE number = %s FOR UPDATE", (number,)
    ).fetchone()
    return row is not None and bool(row[0])
