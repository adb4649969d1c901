"""Bound methods are called in the process in which they must be, while their object lives."""

import gc
import os
import subprocess
import sys
import textwrap

import pytest

from hookkit.inbox.forks import after_fork, around_fork

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

PROGRAM = """
    import gc, os
    from hookkit.inbox.forks import after_fork, around_fork

    class Watcher:
        def __init__(self, name):
            self.name = name

        def told(self, what):
            os.write(1, f"{self.name} {what} {'parent' if os.getpid() == parent else 'child'}\\n".encode())

        def after(self): self.told("after")
        def before(self): self.told("before")
        def resumed(self): self.told("resumed")

    parent = os.getpid()
    for name in ("dead", "alive"):
        watcher = Watcher(name)
        after_fork(watcher.after)
        around_fork(watcher.before, watcher.resumed)
    gc.collect()
    for _ in range(2):
        child = os.fork()
        if not child:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
"""


@forks
def test_a_fork_is_told_where_it_matters():
    """Before and after it in the parent, after it in the child, at each fork; of the dead nobody is."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert sorted(lines) == sorted(
        ["alive before parent", "alive after child", "alive resumed parent"] * 2
    )
    in_parent = [line for line in lines if line.endswith("parent")]
    assert in_parent == ["alive before parent", "alive resumed parent"] * 2


class _Watcher:
    def called(self):
        raise AssertionError


def test_on_a_system_that_does_not_fork_there_is_nothing_to_hear(monkeypatch):
    """And nothing fails."""
    monkeypatch.delattr(os, "register_at_fork", raising=False)
    watcher = _Watcher()
    after_fork(watcher.called)
    around_fork(watcher.called, watcher.called)


@forks
def test_what_listens_is_not_kept_alive():
    """An inbox that is dropped goes, with all that it holds."""
    watcher = _Watcher()
    after_fork(watcher.called)
    around_fork(watcher.called, watcher.called)
    before = {id(each) for each in gc.get_objects() if type(each) is _Watcher}
    assert id(watcher) in before
    del watcher
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is _Watcher]
