"""hookkit.testing.contracts, as somebody runs it who has written a store."""

import subprocess
import sys

import pytest

TEST = """
from hookkit.inbox.records import Finished
from hookkit.inbox.sqlite import SQLiteStore
from hookkit.testing.contracts import StoreContract


class Ticking:
    now = 1000.0

    def __call__(self):
        return self.now


class Mine(SQLiteStore):
    {method}


class TestMine(StoreContract):
    def make(self, folder):
        self.ticking = Ticking()
        return Mine(str(folder / "mine.db"), ticking=self.ticking)

    def wait(self, seconds):
        self.ticking.now += seconds
"""

RIGHT = "pass"
FORGETS_ENDS = """
    def finish(self, work, ended):
        return Finished(True, None)
"""
SHOWS_NOTHING_NEW = """
    def open(self):
        super().open()
        self.desk.newer = lambda after, most: []
"""


def run(folder, method, *words):
    (folder / "test_mine.py").write_text(TEST.replace("{method}", method))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words, "test_mine.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_right_store_passes(tmp_path):
    result = run(tmp_path, RIGHT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout


@pytest.mark.parametrize(
    ("method", "word", "told"),
    [
        (FORGETS_ENDS, "an_end_is_written_once", "+  where True = Finished"),
        (SHOWS_NOTHING_NEW, "newer", "assert [] == [1, 2"),
    ],
    ids=["forgets ends", "shows nothing new"],
)
def test_a_wrong_one_fails_and_says_where(tmp_path, method, word, told):
    """With the values on both sides, as pytest shows them of a test of one's own."""
    result = run(tmp_path, method, "-p", "no:randomly", "-x", "-k", word)
    assert result.returncode == 1, result.stdout
    assert told in result.stdout
