"""Accepting in Postgres what nobody knows: many deliveries by one statement, in one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hookkit.inbox.json_text import write
from hookkit.inbox.postgres.text import AGE, clean
from hookkit.inbox.records import Arrival
from hookkit.inbox.rows import ARRIVAL, WHOLE, values_of

__all__ = ["accept_fresh", "keys_of"]

COLUMNS = ARRIVAL.split(", ")
TOLD = [column for column in COLUMNS if column != "body"]
TYPES = {"received_at": "float8", "secret": "int", "signed_at": "float8", "age": "float8"}
"""Of what is no text."""

# In one JSON, as psycopg converts each element of an array in Python.
GIVEN = (
    "SELECT * FROM ROWS FROM (json_to_recordset(%s) AS ("
    + ", ".join(f"{column} {TYPES.get(column, 'text')}" for column in TOLD)
    + f"), unnest(%b::bytea[])) WITH ORDINALITY AS given ({', '.join(TOLD)}, body, place)"
)
KEYED = (
    "SELECT * FROM ROWS FROM (json_to_recordset(%s) AS (place int, source text, key text, position int)) "
    "WITH ORDINALITY AS keyed (place, source, key, position, number)"
)
# The plan is kept while the table grows, so it must not be the one for a table of one page, which is to read
# all of it. With a limit each key is looked up by itself, and the count, which is always 0, makes it dear to
# look at rows that do not have the key.
KNOWN = (
    "SELECT place FROM keyed CROSS JOIN LATERAL (SELECT FROM hookkit_known known "
    "WHERE known.source = keyed.source AND known.key = keyed.key "
    "AND (SELECT count(*) FROM generate_series(1, 0 * known.receipt)) = 0 LIMIT 1) found"
)
# A receipt is taken only when the tables are locked as by `announce`: a statement locks what it writes before
# it is run, and so the clock, of which it would lock a row. Keys are written in one order, so that two with
# the same keys wait for each other one way.
ACCEPT = (
    f"WITH given AS MATERIALIZED ({GIVEN}), keyed AS MATERIALIZED ({KEYED}), "
    "fresh AS MATERIALIZED (SELECT place, "
    "nextval((SELECT pg_get_serial_sequence('hookkit_deliveries', 'receipt')::regclass)) AS receipt "
    f"FROM given WHERE place NOT IN ({KNOWN}) "
    "AND NOT EXISTS (SELECT FROM hookkit_clock WHERE false FOR KEY SHARE)), "
    f"delivered AS (INSERT INTO hookkit_deliveries (receipt, state, due, {ARRIVAL}) "
    f"SELECT receipt, 'accepted', statement_timestamp(), {ARRIVAL} FROM given JOIN fresh USING (place)), "
    "held AS (INSERT INTO hookkit_known (source, key, receipt, position, seen) "
    f"SELECT source, key, receipt, position, {AGE} FROM keyed JOIN fresh USING (place) "
    "WHERE position IS NOT NULL ORDER BY number) "
    "SELECT place, receipt FROM fresh"
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
        {"place": place, "source": source, "key": key, "position": position}
        for source, key, place, position in keys
    ]
    written = connection.execute(ACCEPT, (write(rows), bodies, write(keyed)))
    return {place - 1: receipt for place, receipt in written}
