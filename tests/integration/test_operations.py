"""The commands on many deliveries, on each store, killed half way and run again."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from hookkit import Inbox
from tests.postgres import schema
from tests.sizes import size
from tests.unit.repair.api import KEY, serving, status

MANY = size(in_ci=100_000, here=20_000)
DEAD = 2000
NTH = MANY // DEAD
"""Of each so many, one is dead."""

NUMBERS = {
    "sqlite": "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {many})",
    "postgres": "WITH n AS (SELECT generate_series(1, {many}) AS n)",
}

STATE = f"CASE WHEN n % {NTH} = 0 THEN 'dead' ELSE 'done' END"

FILL = (
    "INSERT INTO {{deliveries}} (receipt, source, state, method, url, headers, received_at, secret, heads, "
    "keys, due, body) {numbers} SELECT n, 'acme', 'expanded', 'POST', '', '[]', 1000000 + n, 0, "
    """'[["paid", "e", null]]', '[]', {past}, {body} FROM n""",
    "INSERT INTO {{events}} (number, receipt, position, source, state, type, event_id, event_time, key) "
    f"{{numbers}} SELECT n, n, 0, 'acme', {STATE}, 'paid', 'e' || n, NULL, 'id:e' || n FROM n",
    "INSERT INTO {{works}} (number, event, source, handler, state, attempts, due) "
    f"{{numbers}} SELECT n, n, 'acme', 'book', {STATE}, 1, {{past}} FROM n",
    "INSERT INTO {{marks}} (source, key, receipt, position, seen) "
    "{numbers} SELECT 'acme', 'id:e' || n, n, 0, 0 FROM n",
)


class Store:
    """A store at a URL, and a way to ask it with SQL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.kind = url.partition(":")[0].replace("postgresql", "postgres")
        self.inbox = Inbox(url)

    def fill(self) -> None:
        past, body = ("0", "x'7b7d'") if self.kind == "sqlite" else ("'-infinity'", "'\\x7b7d'")
        numbers = NUMBERS[self.kind].format(many=MANY)
        for statement in FILL:
            self.ask(statement.format(numbers=numbers, past=past, body=body))
        if self.kind == "postgres":
            for table, column in (
                ("deliveries", "receipt"),
                ("events", "number"),
                ("works", "number"),
            ):
                self.ask(
                    f"SELECT setval(pg_get_serial_sequence('hookkit_{table}', '{column}'), {MANY})"
                )
            self.ask("ANALYZE")

    def ask(self, statement: str) -> list[tuple]:
        """Rows; tables are in braces."""
        if self.kind == "sqlite":
            text = re.sub(r"{(\w+)}", r"\1", statement)
            path = self.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
                return connection.execute(text).fetchall()
        names = {"marks": "known"}
        text = re.sub(r"{(\w+)}", lambda m: f"hookkit_{names.get(m[1], m[1])}", statement)
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def count(self, table: str, clause: str = "1 = 1") -> int:
        return self.ask(f"SELECT count(*) FROM {{{table}}} WHERE {clause}")[0][0]


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path: Path):
    if request.param == "sqlite":
        made = Store(f"sqlite:///{tmp_path}/hooks.db")
        made.fill()
        yield made
        made.inbox.close()
        return
    with schema() as url:
        made = Store(url)
        made.fill()
        yield made
        made.inbox.close()


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "hookkit", "inbox", *map(str, words)]


def run(*words: object, status: int = 0, **options: Any) -> str:
    ran = subprocess.run(command(*words), capture_output=True, text=True, check=False, **options)
    assert ran.returncode == status, ran.stderr
    return ran.stdout


def kill_half_way(words: list[object], is_half_way, **options: Any) -> None:
    """Run the command, and kill it when it has done some, and not all."""
    process = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, **options)
    while not is_half_way():
        assert process.poll() is None, "it was too fast to be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_looking(store):
    """List, filter, show and count, for people and as JSON."""
    lines = run("list", store.url, "--state", "dead", "-n", 3, "--json").splitlines()
    assert [json.loads(line)["receipt"] for line in lines] == [MANY, MANY - NTH, MANY - 2 * NTH]
    plain = run("list", store.url, "--event-id", "e77")
    assert plain.splitlines()[0].startswith("RECEIPT  RECEIVED")
    assert plain.splitlines()[1].split()[0] == "77"
    shown = run("show", store.url, 50)
    assert "book: dead, 1 attempt\n" in shown
    stats = json.loads(run("stats", store.url, "--json"))
    assert stats["sources"] == {"acme": {"done": MANY - DEAD, "dead": DEAD}}


def test_replay(store):
    """Each dead one is queued, once; what is done stays done."""
    waiting = "state = 'waiting'"
    kill_half_way(
        ["replay", store.url, "--state", "dead"], lambda: 0 < store.count("works", waiting) < DEAD
    )
    done = store.count("works", waiting)
    assert 0 < done < DEAD
    assert run("replay", store.url, "--state", "dead") == (
        f"{DEAD - done} queued: workers handle them\n"
    )
    assert store.count("works", waiting) == DEAD
    assert store.count("events", "state = 'done'") == MANY - DEAD


def test_discard(store):
    """Killed half way and run again: each dead one is given up, once."""
    given_up = "state = 'discarded'"
    discard = ["discard", store.url, "--state", "dead"]
    kill_half_way(discard, lambda: 0 < store.count("works", given_up) < DEAD)
    done = store.count("works", given_up)
    assert run(*discard) == f"{DEAD - done} discarded\n"
    assert store.count("works", given_up) == DEAD
    assert store.count("deliveries") == MANY


def test_prune(store):
    """All that is old and finished goes, with what belongs to it; keys stay."""
    old = ["prune", store.url, "--until", "1970-01-12T20:00Z", "--state", "done"]
    meant = store.count(
        "deliveries", f"received_at < {11 * 86400 + 20 * 3600} AND receipt % {NTH} <> 0"
    )
    assert 10_000 < meant < MANY
    kill_half_way(old, lambda: MANY - meant < store.count("deliveries") < MANY)
    left = store.count("deliveries")
    assert run(*old) == f"{left - (MANY - meant)} deleted\n"
    assert store.count("deliveries") == MANY - meant
    assert store.count("events") == store.count("works") == MANY - meant
    assert store.count("marks") == MANY


def test_copy(store, tmp_path):
    """Into another store: none is lost, none doubled."""
    other = Store(f"sqlite:///{tmp_path}/other.db")
    copy = ["copy", store.url, other.url]
    kill_half_way(copy, lambda: 0 < other.count("deliveries") < MANY)
    there = other.count("deliveries")
    assert run(*copy) == f"{MANY - there} deliveries are new there\n"
    for table in ("deliveries", "events", "works", "marks"):
        assert other.count(table) == MANY
    assert other.inbox.deliveries.stats() == store.inbox.deliveries.stats()
    assert run(*copy) == "0 deliveries are new there\n"
    other.inbox.close()


def test_export_and_import(store, tmp_path):
    """All of it; an import that is killed is begun again."""
    file = tmp_path / "all.jsonl"
    run("export", store.url, file)
    with file.open() as lines:
        assert sum(1 for _ in lines) == 2 * MANY
    other = Store(f"sqlite:///{tmp_path}/other.db")
    load = ["import", other.url, file]
    kill_half_way(load, lambda: 0 < other.count("deliveries") < MANY)
    run(*load)
    assert other.count("deliveries") == other.count("marks") == MANY
    other.inbox.close()


def test_erase(store):
    """Killed half way and run again."""
    run("erase", store.url, "--event-id", "e7")
    assert store.count("deliveries", "state = 'erased'") == 1
    erase = ["erase", store.url, "--state", "dead"]
    kill_half_way(erase, lambda: 1 < store.count("deliveries", "state = 'erased'") < DEAD)
    run(*erase)
    assert store.count("deliveries", "state = 'erased'") == DEAD + 1
    assert store.count("works", "state = 'dead'") == 0


PROGRAM = """
from hookkit import Alarms, Inbox, Receiver, providers

inbox = Inbox({url!r}, encryption_key={key!r}, alarms=Alarms(dead=10, backlog=None, oldest=None))
acme = Receiver(
    providers.github, source="acme", secret=["a new secret", "an old secret"], inbox=inbox
)


@acme.on("*", name="book")
def book(event): ...
"""


@pytest.fixture
def shop(store, tmp_path):
    """A program with a receiver of this store; gives the options to run a command beside it."""
    folder = tmp_path / "shop"
    folder.mkdir()

    def written(key=None):
        (folder / "shop_hooks.py").write_text(PROGRAM.format(url=store.url, key=key))
        return {"cwd": folder}

    return written


def test_alarms(store, shop):
    """Exit status 1 while one is on, and 0 when it is over; by URL the stored ones are shown."""
    beside = shop()
    (told,) = run("alarms", "shop_hooks:inbox", "--json", status=1, **beside).splitlines()
    assert (json.loads(told)["kind"], json.loads(told)["source"]) == ("dead", "acme")
    (told,) = json.loads(run("stats", store.url, "--json"))["alarms"]
    assert told["kind"] == "dead"
    assert "acme: dead: 1000 dead letters" in run("stats", store.url)
    assert "1000 dead letters" in run("alarms", "shop_hooks:inbox", status=1, **beside)
    run("discard", store.url, "--state", "dead")
    assert json.loads(run("discard", store.url, "--state", "dead", "--json")) == {"discarded": 0}
    assert run("alarms", "shop_hooks:inbox", **beside) == "no alarm is on\n"


def test_secrets(shop):
    """Told from those that verified, here in another process."""
    beside = shop()
    send = (
        "import shop_hooks; from tests.contracts.requests import signed_push as p; "
        "print(shop_hooks.acme.handle(p('an old secret', 'd-1')).status); shop_hooks.inbox.close()"
    )
    here = {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])}
    ran = subprocess.run(
        [sys.executable, "-c", send],
        env=os.environ | here,
        capture_output=True,
        text=True,
        check=True,
        **beside,
    )
    assert ran.stdout == "200\n"
    lines = run("secrets", "shop_hooks:inbox", "--json", **beside).splitlines()
    newest, older = map(json.loads, lines)
    assert (newest["times"], older["times"], older["removable"]) == (0, 1, False)
    table = run("secrets", "shop_hooks:inbox", **beside)
    assert "keep it: the newest has not verified yet" in table
    assert "old secret" not in table


def test_reseal(store, shop):
    """Killed half way and run again, all is under the key, and none of it in clear."""
    key = Fernet.generate_key().decode()
    beside = shop(key)
    clear = "body = CAST('{}' AS BLOB)" if store.kind == "sqlite" else "body = '{}'::bytea"
    kill_half_way(
        ["reseal", "shop_hooks:inbox"],
        lambda: 0 < store.count("deliveries", clear) < MANY,
        **beside,
    )
    assert run("reseal", "shop_hooks:inbox", **beside).startswith(f"{MANY} deliveries are under")
    assert store.count("deliveries", clear) == 0
    assert "encrypted: name the inbox as module:name" in run("show", store.url, 50)
    assert "\n  {}\n" in run("show", "shop_hooks:inbox", 50, **beside)
    lines = store.ask("SELECT body FROM {deliveries} LIMIT 3")
    assert len({bytes(body) for (body,) in lines}) == 3


def test_repair(store, shop):
    """As a command against a server that speaks GitHub's list."""
    beside = shop()
    with serving() as api:
        api.github = [
            {
                "id": n,
                "guid": f"guid-{n}",
                "delivered_at": "2026-01-01T00:00:00Z",
                "event": "push",
                "action": None,
                "request": {"payload": {"n": n}},
            }
            for n in range(5)
        ]
        hook = f"{api.url}/repos/me/shop/hooks/1"
        words = ["repair", "shop_hooks:acme", "--since", "2025-12-31", "--hook", hook]
        environment = os.environ | {"HOOKKIT_API_KEY": KEY}
        api.instead = [None, None, status(401)]
        run(*words, status=2, env=environment, **beside)
        said = run(*words, env=environment, **beside)
        assert said == "5 seen, 1 known, 4 stored\n"
        said = run(*words, "--json", env=environment, **beside)
        assert json.loads(said)["known"] == 5
    assert store.count("deliveries", "origin = 'repair'") == 5
    ran = subprocess.run(command(*words), capture_output=True, text=True, check=False, **beside)
    assert ran.returncode == 2
    assert "HOOKKIT_API_KEY" in ran.stderr


def test_an_erased_person_is_nowhere_after_a_prune(store):
    """Also where the rows are deleted: not in the file, and not in its log."""
    body = '{"email": "ann@example.org"}'
    cast = f"CAST('{body}' AS BLOB)" if store.kind == "sqlite" else f"'{body}'::bytea"
    store.ask(
        f"UPDATE {{deliveries}} SET body = {cast}, url = '/ann@example.org' WHERE receipt % 999 = 0"
    )
    store.ask("UPDATE {works} SET error = 'ann@example.org' WHERE number % 999 = 0")
    said = run(
        "erase", store.url, "--source", "acme", "--pointer", "/email", "--value", "ann@example.org"
    )
    assert said == f"{MANY // 999} erased\n"
    run("prune", store.url, "--state", "erased", "--shrink")
    assert store.count("deliveries") == MANY - MANY // 999
    if store.kind == "sqlite":
        path = Path(store.url.removeprefix("sqlite:///"))
        files = [each.read_bytes() for each in path.parent.glob(f"{path.name}*")]
        assert not any(b"ann@example.org" in each for each in files)
    else:
        assert store.count("deliveries", "convert_from(body, 'UTF8') LIKE '%ann@%'") == 0
        assert store.count("works", "error LIKE '%ann@%'") == 0


def test_what_cannot_be_done_says_what_to_do(tmp_path):
    """On standard error, with the status of wrong usage, and without a password."""
    for words, told in [
        (["list", f"sqlite:///{tmp_path}/none.db"], "there is no file"),
        (["list", "mysql://root:hunter2@db/x"], "postgresql:///shop"),
        (["replay", f"sqlite:///{tmp_path}/none.db"], "there is no file"),
        (["prune", f"sqlite:///{tmp_path}/x.db", "--older-than", "3 weeks"], "4w"),
    ]:
        ran = subprocess.run(command(*words), capture_output=True, text=True, check=False)
        assert ran.returncode == 2
        assert told in ran.stderr
        assert "hunter2" not in ran.stderr
        assert "Traceback" not in ran.stderr


def test_interrupted(store):
    """Ctrl-C ends it between two pages, and says that it can be begun again."""
    process = subprocess.Popen(
        command("replay", store.url, "--source", "acme"), stderr=subprocess.PIPE, text=True
    )
    while not store.count("works", "state = 'waiting'"):
        assert process.poll() is None
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "what was done stays done" in said
