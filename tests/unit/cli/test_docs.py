"""docs/command-line.md shows what the commands really say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hookkit import Receiver, providers
from tests.unit.cli.test_workbench import serving

PAGE = Path(__file__).resolve().parents[3] / "docs" / "command-line.md"
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
SHOWN = [
    (words, said)
    for block in BLOCKS
    for words, said in re.findall(r"^\$ hookkit ([^\n]*)\n(.*?)(?=^\$ |\Z)", block, re.DOTALL | re.MULTILINE)
]  # fmt: skip
"""Each command with its output."""

SECRET = "one that is right"

SAVED = (
    b"POST /hooks HTTP/1.1\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n"
    b"X-Hub-Signature-256: sha256=7d38cdd689735b008b3c702edd92eea23791c5f6c9d7fff7e1e1e3a2ec6e5a9d\r\n\r\n"
    b'{"ref": "main"}'
)


@pytest.fixture(scope="module")
def url():
    receiver = Receiver(providers.github, secret=SECRET)
    receiver.on("*")(lambda event: None)
    with serving(receiver) as url:
        yield url


def test_there_are_some():
    assert len(SHOWN) >= 7


@pytest.mark.parametrize(("words", "said"), SHOWN, ids=[words for words, _ in SHOWN])
def test_output_is_as_shown(tmp_path, url, words, said):
    (tmp_path / "delivery.http").write_bytes(SAVED)
    ran = subprocess.run(
        [sys.executable, "-m", "hookkit", *words.replace("http://127.0.0.1:8000", url).split()],
        cwd=tmp_path,
        env=os.environ | {"GITHUB_SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert _timeless(ran.stdout) == _timeless(said)


def _timeless(text):
    return re.sub(r"[\d.]+ ms", "N ms", text)
