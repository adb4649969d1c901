"""Dedupe keys of deliveries whose id is not signed, and how they are found by that id alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

__all__ = ["after", "begins", "begun", "find", "is_beginning", "sent_beginning", "sent_key"]

P = TypeVar("P")

SENT = "sent:"

# An id may hold colons, a digest and what stands after it hold none: so no id is the beginning of another.
_is_rest = re.compile(r"[0-9a-f]{64}:[^:]+").fullmatch


def sent_key(sent_id: str, digest: str, which: str) -> str:
    """The key of one event (`which`) of a delivery with this id and a body of this digest."""
    return f"{SENT}{sent_id}:{digest}:{which}"


def sent_beginning(sent_id: str) -> str:
    """How all keys begin of what came with this id, whatever its body. It may be looked up like a key."""
    return f"{SENT}{sent_id}:"


def is_beginning(key: str) -> bool:
    """Whether it stands for all keys that begin so."""
    return key.endswith(":") and key.startswith(SENT)


def begins(beginning: str, key: str) -> bool:
    """Whether this is the key of what came with the id in this beginning."""
    return key.startswith(beginning) and _is_rest(key, len(beginning)) is not None


def after(beginning: str) -> str:
    """The first text that is greater than all that begin so."""
    return f"{beginning[:-1]};"


def begun(
    connection: Any, table: str, placeholder: str, source: str, beginning: str
) -> list[tuple[str, int, int]]:
    """Key, receipt and position of each that the source knows in this table and that begins so.

    `placeholder` stands for a value in a statement, as this database has it.
    """
    rows = connection.execute(
        "SELECT key, receipt, position "
        f"FROM {table} WHERE source = {placeholder} AND key >= {placeholder} AND key < {placeholder}",
        (source, beginning, after(beginning)),
    )
    return [row for row in rows if begins(beginning, row[0])]


def find(known: Mapping[tuple[str, str], P], source: str, keys: Iterable[str]) -> P | None:
    """What is known of the source under the first of these keys, or beginnings, that is known at all."""
    for key in keys:
        found = known.get((source, key))
        if found is None and is_beginning(key):
            found = next(
                (known[of, each] for of, each in known if of == source and begins(key, each)), None
            )
        if found is not None:
            return found
    return None
