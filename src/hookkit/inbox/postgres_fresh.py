"""Accepting in Postgres what nobody knows: many deliveries by one statement, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hookkit.inbox.postgres_text import AGE, WHOLE, clean
from hookkit.inbox.records import Arrival
from hookkit.inbox.rows import ARRIVAL, values_of

__all__ = ["accept_fresh", "keys_of"]

COLUMNS = ARRIVAL.split(", ")
TOLD = [column for column in COLUMNS if column != "body"]
TYPES = {
    "received_at": "float8",
    "secret": "int",
    "signed_at": "float8",
    "age": "float8",
}
"""Of what is no text."""

# One JSON for all rows: of arrays, each element of each column is converted in Python.
GIVEN = (
    "SELECT * FROM ROWS FROM (json_to_recordset(%s) AS ("
    + ", ".join(f"{column} {TYPES.get(column, 'text')}" for column in TOLD)
    + f"), unnest(%b::bytea[])) WITH ORDINALITY AS given ({', '.join(TOLD)}, body, place)"
)
KEYED = (
    "SELECT * FROM json_to_recordset(%s) "
    "AS keyed (number int, place int, source text, key text, position int)"
)
# Written such that each key is looked up by the index, however few there were when it was planned.
KNOWN = (
    "SELECT place FROM keyed CROSS JOIN LATERAL (SELECT FROM hookkit_known known "
    "WHERE known.source = keyed.source AND known.key = keyed.key LIMIT 1) found"
)
ACCEPT = (
    f"WITH given AS MATERIALIZED ({GIVEN}), keyed AS MATERIALIZED ({KEYED}), "
    "fresh AS MATERIALIZED (SELECT place, "
    "nextval((SELECT pg_get_serial_sequence('hookkit_deliveries', 'receipt')::regclass)) AS receipt "
    f"FROM given WHERE place NOT IN ({KNOWN})), "
    f"delivered AS (INSERT INTO hookkit_deliveries (receipt, state, due, {ARRIVAL}) "
    f"SELECT receipt, 'accepted', statement_timestamp(), {ARRIVAL} FROM given JOIN fresh USING (place)), "
    "held AS (INSERT INTO hookkit_known (source, key, receipt, position, seen) "
    f"SELECT source, key, receipt, position, {AGE} FROM keyed JOIN fresh USING (place) "
    "WHERE position IS NOT NULL ORDER BY number) "
    "SELECT place, receipt, pg_notify('hookkit:' || current_schema(), '') FROM fresh"
)


def keys_of(arrival: Arrival) -> dict[str, int | None]:
    """The position of the event that is to hold each key; none for what is only asked for."""
    found: dict[str, int | None] = {}
    for position, keys in enumerate(arrival.held):
        for key in keys:
            found.setdefault(clean(key), WHOLE if arrival.heads is None else position)
    for keys in arrival.asks:
        for key in keys:
            found.setdefault(clean(key), None)
    return found


def accept_fresh(connection: Any, arrivals: Sequence[Arrival]) -> dict[int, int]:
    """Write those of which no key is known, and give their receipts by their places here.

    No two of them may have a key in common. Where another transaction writes one of these, all of it fails.
    """
    rows = [dict(zip(COLUMNS, values_of(each, clean), strict=True)) for each in arrivals]
    bodies = [row.pop("body") for row in rows]
    keys = sorted(
        (each.source, key, place, position)
        for place, each in enumerate(arrivals, 1)
        for key, position in keys_of(each).items()
    )
    keyed = [
        {"number": number, "place": place, "source": source, "key": key, "position": position}
        for number, (source, key, place, position) in enumerate(keys)
    ]
    written = connection.execute(ACCEPT, (json.dumps(rows), bodies, json.dumps(keyed)))
    return {place - 1: receipt for place, receipt, _ in written}
