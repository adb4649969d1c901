"""docs/command-line.md shows what the commands really say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "command-line.md"
BLOCKS = re.findall(r"```console\n\$ hookkit ([^\n]*)\n(.*?)```", PAGE.read_text(), re.DOTALL)

SAVED = (
    b"POST /hooks HTTP/1.1\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n"
    b"X-Hub-Signature-256: sha256=7d38cdd689735b008b3c702edd92eea23791c5f6c9d7fff7e1e1e3a2ec6e5a9d\r\n\r\n"
    b'{"ref": "maine"}'
)


@pytest.mark.parametrize(("words", "said"), BLOCKS, ids=[words for words, _ in BLOCKS])
def test_output_is_as_shown(tmp_path, words, said):
    (tmp_path / "delivery.http").write_bytes(SAVED)
    ran = subprocess.run(
        [sys.executable, "-m", "hookkit", *words.split()],
        cwd=tmp_path,
        env=os.environ | {"GITHUB_SECRET": "one that is wrong"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.stdout == said
