"""Stores in Postgres; and a table of the kills at the end of the run: what was struck, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from hookkit.inbox.postgres import PostgresStore
from tests.postgres import schema

KILLS = "kills at "


@pytest.fixture
def url() -> Iterator[str]:
    """Leads to an empty schema."""
    with schema() as url:
        yield url


@pytest.fixture
def store(url) -> Iterator[PostgresStore]:
    made = PostgresStore(url)
    made.open()
    yield made
    made.close()


@pytest.fixture
def other(url, store) -> Iterator[psycopg.Connection]:
    """Another process's connection, in a transaction."""
    with psycopg.connect(url) as connection:
        yield connection


def pytest_terminal_summary(terminalreporter) -> None:
    counted: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name.startswith(KILLS) and report.when == "teardown":
                    counted[name.removeprefix(KILLS)] += value
    if not counted:
        return
    terminalreporter.section("kill -9")
    for barrier, times in sorted(counted.items()):
        terminalreporter.write_line(f"{times:6}  {barrier}")
    terminalreporter.write_line(f"{sum(counted.values()):6}  in all")
