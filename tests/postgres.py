"""A Postgres for tests: the schema of each test session is its own, and is gone after it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import psycopg
import pytest

SERVER = os.environ.get("HOOKKIT_TEST_POSTGRES", "postgresql:///test")
"""Where a server is; its user may create schemas there."""


@contextmanager
def schema(name: str | None = None) -> Iterator[str]:
    """A URL that leads to an empty schema, dropped in the end."""
    name = name or f"hookkit_{secrets.token_hex(6)}"
    with _server() as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    try:
        yield f"{SERVER}{'&' if '?' in SERVER else '?'}options=-csearch_path%3D{name}"
    finally:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {name} CASCADE")


def empty(url: str) -> None:
    """Take all rows out of an inbox's tables: quicker than a new schema for each test."""
    with psycopg.connect(url) as connection:
        connection.execute(EMPTY)


EMPTY = """
    DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r'
        AND relnamespace = current_schema()::regnamespace
        AND relname NOT IN ('hookkit_schema', 'hookkit_clock')
    LOOP EXECUTE 'TRUNCATE ' || quote_ident(name) || ' RESTART IDENTITY CASCADE'; END LOOP;
    END $$
"""


def _server() -> psycopg.Connection:
    try:
        return psycopg.connect(SERVER, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        told = str(error).splitlines()[0]
        _give_up(f"no Postgres; HOOKKIT_TEST_POSTGRES=postgresql://… says where one is: {told}")


def _give_up(reason: str) -> NoReturn:
    """Skip, but in CI, where that would look as if all had been tested."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
