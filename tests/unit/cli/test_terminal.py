"""Each command on a terminal, and piped: the same is said, with colour and without."""

import os
import pty
import re
import subprocess
import sys
import threading
from contextlib import closing
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from hookkit import Inbox, Receiver, providers
from hookkit.cli.recordings import written
from hookkit.testing import Client, Sender

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


def piped(words, folder, **environment):
    result = subprocess.run(
        [sys.executable, "-m", "hookkit", *words], cwd=folder, capture_output=True, text=True,
        env=os.environ | ENVIRONMENT | environment, check=False, timeout=120,
    )  # fmt: skip
    return result.returncode, result.stdout + result.stderr


def on_terminal(words, folder, typed="", **environment):
    """Status and output of the command, into which this is typed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hookkit", *words], cwd=folder, stdin=theirs, stdout=theirs,
        stderr=theirs, env=os.environ | ENVIRONMENT | environment, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while chunk := _read(ours):
        said += chunk
        if typed and b"Secret: " in said:
            os.write(ours, f"{typed}\n".encode())
            typed = ""
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
    "explain": ["explain", "delivery.http", "--provider", "github", "--secret-env", "SECRET"],
    "inbox list": ["inbox", "list", "sqlite:///hooks.db"],
    "inbox stats": ["inbox", "stats", "sqlite:///hooks.db"],
    "help": ["--help"],
    "new": ["new", "shop", "--provider", "github"],
    "a mistake": ["providers", "nobody"],
}
COLOURED = {"providers", "check", "explain", "inbox list", "inbox stats"}


def furnish(folder):
    """With a saved delivery, and an inbox that has one."""
    folder.mkdir()
    request = Sender(providers.github, SECRET).request("push")
    (folder / "delivery.http").write_bytes(written(request))
    with closing(Inbox(f"sqlite:///{folder / 'hooks.db'}")) as inbox:
        receiver = Receiver(providers.github, secret=SECRET, inbox=inbox)
        receiver.on("push", name="note")(lambda event: None)
        Client(receiver).post(request)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_is_said(tmp_path, url, name):
    words = [url if word == "URL" else word for word in COMMANDS[name]]
    for each in ("one", "two"):
        furnish(tmp_path / each)
    status, plain = piped(words, tmp_path / "one")
    assert "\x1b" not in plain
    ended, coloured = on_terminal(words, tmp_path / "two")
    assert ended == status
    told = ESCAPE.sub("", coloured)
    for word in re.findall(r"[a-z]{4,}", plain.splitlines()[-1]):
        assert word in told
    if name in COLOURED:
        assert "\x1b[" in coloured


@pytest.mark.parametrize("name", ["providers", "explain", "inbox stats"])
@pytest.mark.parametrize("quiet", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_who_wants_no_colours_has_none(tmp_path, name, quiet):
    furnish(tmp_path / "here")
    _, said = on_terminal(COMMANDS[name], tmp_path / "here", **quiet)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", said)
    assert "github" in said


def test_a_narrow_terminal_loses_nothing(tmp_path, url):
    """Cells are wrapped."""
    words = ["check", url, "--provider", "github", "--secret-env", "SECRET"]
    status, said = on_terminal(words, tmp_path, COLUMNS="40")
    plain = ESCAPE.sub("", said).replace("\r", "")
    assert status == 0
    table = plain[plain.index("CASE") :]
    assert max(map(len, table.splitlines())) <= 40
    together = "".join(table.split())
    assert "20cases,allwell" in together
    assert together.count("ok") >= 20


def test_a_narrow_terminal_cuts_no_id(tmp_path):
    furnish(tmp_path / "here")
    _, said = on_terminal(COMMANDS["inbox list"], tmp_path / "here", COLUMNS="40")
    assert "\u2026" not in said


def test_a_bar_shows_how_far_it_is(tmp_path, url):
    words = ["send", "github", "push", "--to", url, "--secret-env", "SECRET", "--count", "30"]
    status, said = on_terminal(words, tmp_path)
    assert status == 0
    assert "sending" in said
    assert "30/30" in said
    assert re.search(r"200(\x1b\[0m)?  30 times\r\np50 [\d.]+ ms  p95", said)


def test_a_secret_is_asked_for_and_not_shown(tmp_path, url):
    status, said = on_terminal(["send", "github", "push", "--to", url], tmp_path, typed=SECRET)
    assert status == 0
    assert "Secret: " in said
    assert SECRET not in said
