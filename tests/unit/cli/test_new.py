"""hookkit new: each starter is written, and its own test passes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hookkit.cli.new import FRAMEWORKS


def run(*words, cwd):
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=cwd, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if "SECRET" not in name},
    )  # fmt: skip


@pytest.mark.parametrize("provider", ["github", "stripe"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_its_test_passes(tmp_path, framework, provider):
    made = run(
        "hookkit", "new", "shop", "--provider", provider, "--framework", framework, cwd=tmp_path
    )
    assert (made.returncode, made.stderr) == (0, "")
    shop = tmp_path / "shop"
    for each in shop.iterdir():
        assert "$" not in each.read_text().replace("$ ", ""), each
    tested = run("pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(shop), cwd=shop)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "3 passed" in tested.stdout
    assert not list(shop.glob("*.db"))


def test_what_is_there_is_left(tmp_path):
    (tmp_path / "mine").write_text("mine")
    made = run("hookkit", "new", ".", "--provider", "github", cwd=tmp_path)
    assert made.returncode == 2
    assert "not empty" in made.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]
