"""Each command on a terminal, and piped: the same is said, with colour and without."""

import os
import pty
import re
import subprocess
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from hookkit import Receiver, providers

SECRET = "a long random text"
ENVIRONMENT = {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", "SECRET": SECRET}
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Quiet(WSGIRequestHandler):
    def log_message(self, *told):
        pass


@pytest.fixture(scope="module")
def url():
    receiver = Receiver(providers.github, secret=SECRET)
    receiver.on("*", name="note")(lambda event: None)
    with make_server("127.0.0.1", 0, receiver, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def piped(words, folder):
    result = subprocess.run(
        [sys.executable, "-m", "hookkit", *words], cwd=folder, capture_output=True, text=True,
        env=os.environ | ENVIRONMENT, check=False, timeout=120,
    )  # fmt: skip
    return result.returncode, result.stdout + result.stderr


def on_terminal(words, folder):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hookkit", *words], cwd=folder, stdin=theirs, stdout=theirs,
        stderr=theirs, env=os.environ | ENVIRONMENT,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while chunk := _read(ours):
        said += chunk
    os.close(ours)
    return process.wait(timeout=120), said.decode()


def _read(file):
    try:
        return os.read(file, 65536)
    except OSError:  # how Linux says that the other side is closed
        return b""


COMMANDS = {
    "providers": ["providers"],
    "a provider": ["providers", "github"],
    "send": ["send", "github", "push", "--to", "URL", "--secret-env", "SECRET"],
    "send many": [
        "send",
        "github",
        "push",
        "--to",
        "URL",
        "--secret-env",
        "SECRET",
        "--count",
        "30",
    ],
    "check": ["check", "URL", "--provider", "github", "--secret-env", "SECRET"],
    "new": ["new", "shop", "--provider", "github"],
    "a mistake": ["providers", "nobody"],
}
COLOURED = {"providers", "check"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_is_said(tmp_path, url, name):
    words = [url if word == "URL" else word for word in COMMANDS[name]]
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    status, plain = piped(words, tmp_path / "one")
    assert "\x1b" not in plain
    ended, coloured = on_terminal(words, tmp_path / "two")
    assert ended == status
    told = ESCAPE.sub("", coloured)
    for word in re.findall(r"[a-z]{4,}", plain.splitlines()[-1]):
        assert word in told
    if name in COLOURED:
        assert "\x1b[" in coloured
