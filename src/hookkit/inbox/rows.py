"""Columns, states and filters of deliveries, which the stores' tables have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from hookkit.inbox.desk import Filter
from hookkit.inbox.json_text import encodable, write
from hookkit.inbox.records import Arrival, Delivery, Head, Work

__all__ = ["ARRIVAL", "WHOLE", "arrival_of", "leased_at_once", "state_of", "values_of", "where"]

WHOLE = -1
"""Position of the key of a delivery that is parsed later."""

ARRIVAL = (
    "source, method, url, headers, body, received_at, secret, signed_at, age, "
    "delivery_id, heads, keys, origin"
)
"""The columns of `arrival_of`."""


def arrival_of(row: Sequence[Any]) -> Arrival:
    """The arrival in these columns."""
    source, method, url, headers, body, received_at, secret, signed_at, age, *rest = row
    delivery_id, heads, keys, origin = rest
    return Arrival(
        source=source,
        method=method,
        url=url,
        headers=tuple((name, value) for name, value in json.loads(headers)),
        body=bytes(body),
        received_at=received_at,
        secret=secret,
        signed_at=signed_at,
        age=age,
        delivery_id=delivery_id,
        heads=None if heads is None else tuple(Head(*head) for head in json.loads(heads)),
        keys=tuple(map(tuple, json.loads(keys))),
        origin=origin,
    )


def values_of(arrival: Arrival, clean: Callable[[str], str] = str) -> tuple[Any, ...]:
    """The values of the columns `ARRIVAL`; `clean` makes a text one that the database can hold."""
    return (
        arrival.source,
        arrival.method,
        clean(arrival.url),
        write(arrival.headers),
        arrival.body,
        arrival.received_at,
        arrival.secret,
        arrival.signed_at,
        arrival.age,
        None if arrival.delivery_id is None else clean(arrival.delivery_id),
        None if arrival.heads is None else write(arrival.heads),
        write(arrival.keys),
        arrival.origin,
    )


def leased_at_once(
    number: int, event: int, key: str, delivery: Delivery, position: int, handler: str, lease: str
) -> Work:
    """A work that was written under a lease: its first attempt."""
    return Work(
        number=number,
        event=event,
        handler=handler,
        attempt=1,
        lease=lease,
        position=position,
        key=key,
        delivery=delivery,
    )


def state_of(events: str) -> str:
    """SQL for the state of a delivery `d` as people see it; `events`: the table of its events."""
    exists = f"EXISTS (SELECT 1 FROM {events} WHERE receipt = d.receipt AND state = "
    return (
        f"CASE WHEN d.state <> 'expanded' THEN d.state WHEN {exists}'dead') THEN 'dead' "
        f"WHEN {exists}'waiting') THEN 'waiting' ELSE 'done' END"
    )


def where(
    wanted: Filter, events: str, placeholder: str, clean: Callable[[str], str] = encodable
) -> tuple[str, tuple[Any, ...]]:
    """SQL for what the filter says of a delivery `d`, and its values; `events`: the table of its events.

    `clean` is that of `values_of`.
    """
    of_events = f"d.receipt IN (SELECT receipt FROM {events} WHERE "
    clauses = {
        f"d.source = {placeholder}": wanted.source,
        f"EXISTS (SELECT 1 FROM {events} WHERE receipt = d.receipt AND type = {placeholder})": wanted.type,
        f"{of_events}source = d.source AND event_id = {placeholder})": wanted.event_id,
        f"d.delivery_id = {placeholder}": wanted.delivery_id,
        f"d.received_at >= {placeholder}": wanted.since,
        f"d.received_at < {placeholder}": wanted.until,
        _in_state(wanted.state, events, of_events, placeholder): wanted.state,
    }
    asked = {clause: value for clause, value in clauses.items() if value is not None}
    values = (clean(value) if isinstance(value, str) else value for value in asked.values())
    return " AND ".join(["1 = 1", *asked]), tuple(values)


def _in_state(state: str | None, events: str, of_events: str, placeholder: str) -> str:
    if state in ("waiting", "dead"):
        # By the events that are open, which are few and have an index of their own (hence "<> 'done'").
        return f"{of_events}state = {placeholder} AND state <> 'done')"
    return f"{state_of(events)} = {placeholder}"
