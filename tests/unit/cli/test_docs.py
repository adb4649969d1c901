"""docs/command-line.md shows what the commands really say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from hookkit import Receiver, Verifier, providers
from hookkit.cli.recordings import read
from hookkit.testing.samples import SAMPLES
from hookkit.testing.targets import post_to
from tests.integration.striking import wait_until
from tests.unit.cli.conftest import COMMAND
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


def test_samples_are_counted():
    assert f"main events of {len(SAMPLES)} providers" in PAGE.read_text()


def test_each_command_is_shown():
    shown = {words.split()[0] for words, _ in SHOWN}
    assert shown >= {"check", "explain", "listen", "new", "providers", "send"}


@pytest.mark.parametrize(("words", "said"), SHOWN, ids=[words for words, _ in SHOWN])
def test_output_is_as_shown(tmp_path, url, words, said):
    (tmp_path / "delivery.http").write_bytes(SAVED)
    show = listened if words.startswith("listen") else ran
    assert _timeless(show(words.replace("http://127.0.0.1:8000", url), tmp_path)) == _timeless(said)


def ran(words, folder):
    """What the command says."""
    return subprocess.run(
        [*COMMAND, *words.split()],
        cwd=folder,
        env=os.environ | {"GITHUB_SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout


def listened(words, folder):
    """What it says of a delivery that is right, and of one that is not."""
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [*COMMAND, *words.replace("8000", "0").split()],
            cwd=folder,
            env=os.environ | {"GITHUB_SECRET": SECRET},
            stdout=said,
            stderr=said,
        )
    told = (folder / "said").read_text
    wait_until(lambda: "Ctrl-C" in told(), "it listens")
    url = re.search(r"http://\S+/", told())[0]
    right = Verifier(providers.github, secret=SECRET).sign(read(SAVED)[0])
    for request, saved in ((right, "0001.http"), (read(SAVED)[0], "0002.http")):
        post_to(f"{url}webhooks/github", "/")(request)
        wait_until(lambda saved=saved: saved in told(), "it is shown")
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    return told()


def _timeless(text):
    plain = re.sub(r"[\d.]+ ms", "N ms", text)
    plain = re.sub(r"\d{8}-\d{6}-", "", plain)
    return re.sub(r"127\.0\.0\.1:\d+", "HERE", plain).rstrip("\n")
