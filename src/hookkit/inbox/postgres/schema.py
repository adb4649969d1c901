"""The schema of a Postgres store: made by one of several processes, and kept usable by older ones."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, NamedTuple

from hookkit.errors import InboxError

__all__ = ["migrate"]


class Version(NamedTuple):
    """A script, and the oldest version of the code that may work beside it."""

    script: str
    oldest: int


VERSIONS = (
    Version("0001.sql", 1),
    Version("0002.sql", 1),
    Version("0003.sql", 1),
    Version("0004.sql", 1),
)
"""Each makes the schema from what the one before has made. Never edited once published.

One that only adds lets older code go on, so that a deploy can replace one process after the other.
"""

LOCK = 0x686F6F6B6B6974  # "hookkit"
"""Of whoever makes the schema, among Postgres' advisory locks."""


def migrate(connection: Any, versions: tuple[Version, ...] = VERSIONS) -> None:
    """Make the schema what this version knows, unless it is; in the connection's transaction.

    Raises:
        InboxError: it was made by a hookkit beside which this one cannot work, or its database cannot hold
            any text.
    """
    _check_encoding(connection)
    if _found(connection, versions) >= len(versions):
        return
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    connection.execute(
        "CREATE TABLE IF NOT EXISTS hookkit_schema ("
        "version INTEGER PRIMARY KEY, oldest INTEGER NOT NULL)"
    )
    found = _found(connection, versions)
    for number, version in enumerate(versions[found:], found + 1):
        script = files("hookkit.inbox.postgres").joinpath("sql", version.script)
        connection.execute(script.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO hookkit_schema VALUES (%s, %s)", (number, version.oldest))


def _check_encoding(connection: Any) -> None:
    (encoding,) = connection.execute("SHOW server_encoding").fetchone()
    if encoding != "UTF8":
        raise InboxError(
            f"this database holds text in {encoding}, and deliveries come with any: make one with "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


def _found(connection: Any, versions: tuple[Version, ...]) -> int:
    """The version that is there; 0 where there is none."""
    (there,) = connection.execute("SELECT to_regclass('hookkit_schema') IS NOT NULL").fetchone()
    if not there:
        return 0
    version, oldest = connection.execute(
        "SELECT coalesce(max(version), 0), coalesce(max(oldest), 0) FROM hookkit_schema"
    ).fetchone()
    if oldest > len(versions):
        raise InboxError(
            f"this database was made for a newer hookkit (schema {version}, to be used from {oldest} on; "
            f"this one knows {len(versions)}): upgrade hookkit here"
        )
    return int(version)
