"""Processes that wait for a SQLite file are seen by the one that has just written."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hookkit.inbox.sqlite import SQLiteStore
from hookkit.inbox.sqlite.queueing import Queue

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no flock on Windows")


@pytest.fixture
def opened(tmp_path):
    """Makes queues of one file, each as another process has it."""
    made = []

    def make(**given):
        queue = Queue(str(tmp_path / "hooks.db"), 0.5, **given)
        queue.open()
        made.append(queue)
        return queue

    yield make
    for each in made:
        each.close()


def test_where_nobody_waits_there_is_no_pause(opened):
    naps = []
    opened(sleep=naps.append).let_others_go_first()
    assert naps == []


def test_those_who_wait_are_let_go_first_until_they_are_gone(opened):
    """Two may wait at the same time; when both have gone, so has the reason to."""
    naps, others = [], [opened(), opened()]
    waits = [other.waiting() for other in others]
    for each in waits:
        each.__enter__()

    def sleep(seconds):
        naps.append(seconds)
        if waits:
            waits.pop().__exit__(None, None, None)

    opened(sleep=sleep).let_others_go_first()
    assert naps == [0.5, 0.5]


def test_nobody_is_waited_for_without_end(opened):
    """Who waits may be stopped, and cannot be told from who is about to begin."""
    naps = []
    with opened().waiting():
        opened(sleep=naps.append).let_others_go_first()
    assert naps == [0.5] * Queue.LOOKS


def test_one_that_looks_is_not_taken_for_one_that_waits(opened):
    naps, other = [], opened()
    other.let_others_go_first()
    opened(sleep=naps.append).let_others_go_first()
    assert naps == []


def test_who_is_killed_waits_no_more(opened, tmp_path):
    program = f"""
        import signal
        from hookkit.inbox.sqlite.queueing import Queue
        queue = Queue({str(tmp_path / "hooks.db")!r}, 0.5)
        queue.open()
        with queue.waiting():
            print("waits", flush=True)
            signal.pause()
    """
    other = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE
    )
    with other:
        other.stdout.readline()
        naps = []
        queue = opened(sleep=naps.append)
        queue.let_others_go_first()
        assert naps
        other.send_signal(signal.SIGKILL)
        other.wait()
        naps.clear()
        queue.let_others_go_first()
        assert naps == []


@pytest.mark.parametrize("path", [None, "/nonexistent/hooks.db"])
def test_without_a_file_nobody_is_seen(path):
    naps = []
    queue = Queue(path, 0.5, sleep=naps.append)
    queue.open()
    with queue.waiting():
        queue.let_others_go_first()
    queue.close()
    assert naps == []


def test_a_store_has_its_queue_beside_its_file(tmp_path):
    """Made with the first writing; a store in memory has none."""
    store = SQLiteStore(str(tmp_path / "hooks.db"))
    store.open()
    store.counts()
    store.close()
    assert (tmp_path / "hooks.db-queue").exists()
    memory = SQLiteStore(":memory:")
    memory.counts()
    memory.close()
    assert not list(Path.cwd().glob(":memory:*"))
