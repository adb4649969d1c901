"""What tests of commands share."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SECRET = "a secret that is nowhere shown"
COMMAND = (sys.executable, "-m", "hookkit")


@pytest.fixture
def run(tmp_path):
    """Runs a command in a folder of its own, with the secret in a variable; gives status, output, errors."""

    def ran(*words, stdin="", **environment):
        found = subprocess.run(
            [*COMMAND, *map(str, words)],
            cwd=tmp_path,
            env=os.environ | {"GITHUB_SECRET": SECRET} | environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert SECRET not in found.stdout + found.stderr
        assert "Traceback" not in found.stderr, found.stderr
        return found.returncode, found.stdout, found.stderr

    return ran
