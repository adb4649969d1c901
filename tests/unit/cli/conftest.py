"""What tests of commands share."""

from __future__ import annotations

import os
import sys

import pytest

from tests.unit.cli.forking import forks

SECRET = "a secret that is nowhere shown"
COMMAND = (sys.executable, "-m", "hookkit")


@pytest.fixture(scope="session")
def forked():
    with forks() as made:
        yield made


@pytest.fixture
def run(forked, tmp_path, tmp_path_factory):
    """Runs a command in a folder of its own, with the secret in a variable; gives status, output, errors."""
    folder = tmp_path_factory.mktemp("streams")
    streams = [folder / name for name in "012"]

    def ran(*words, stdin="", **environment):
        for stream, content in zip(streams, (stdin, "", ""), strict=True):
            stream.write_text(content)
        status = forked.run(
            [f"{word}" for word in words],
            tmp_path,
            folder,
            os.environ | {"GITHUB_SECRET": SECRET} | environment,
        )
        said, errors = (stream.read_text() for stream in streams[1:])
        assert SECRET not in said + errors
        assert "Traceback" not in errors, errors
        return status, said, errors

    return ran
