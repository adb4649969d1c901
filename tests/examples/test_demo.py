"""examples/demo.py as a program: piped, on a terminal, and where something is wrong."""

import os
import pty
import shlex
import signal
import subprocess
import sys
from http.client import HTTPConnection
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from tests.examples.support import ROOT

DEMO = [sys.executable, "-W", "error", "examples/demo.py"]
ROWS = {
    "notification": ("/webhook", "200", "notify"),
    "GitHub push": ("/github", "200", "deploy"),
    "Stripe invoice.paid": ("/stripe", "200", "fulfil"),
    "Slack URL verification": ("/slack", "200", "-"),
    "wrong: another secret": ("/github", "401 Unauthorized", "-"),
    "stale: an hour old": ("/stripe", "401 Unauthorized", "-"),
    "malformed: broken JSON": ("/github", "400 Bad Request", "-"),
}


def environment(**changes):
    """Ours, without what would change the demo's output."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "ONCE")}
    return kept | changes


def run(*arguments, **changes):
    """The demo, piped."""
    return subprocess.run(
        arguments,
        cwd=ROOT,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Terminal:
    """The demo on a terminal of its own."""

    def __init__(self, **changes):
        self.end, theirs = pty.openpty()
        self.process = subprocess.Popen(
            DEMO,
            cwd=ROOT,
            env=environment(**changes),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.end)

    def read_until(self, wanted):
        while wanted not in self.text and self.read():
            pass
        assert wanted in self.text

    def read_all(self):
        while self.read():
            pass
        return self.text

    def read(self):
        try:
            some = os.read(self.end, 4096)
        except OSError:  # how Linux tells that the other end is closed
            some = b""
        self.text += some.decode().replace("\r\n", "\n")
        return some


@pytest.fixture(scope="module")
def piped():
    return run(*DEMO)


def test_piped(piped):
    """Without a terminal it ends by itself, with the table and no word of a server's."""
    assert (piped.returncode, piped.stderr) == (0, "")
    head, *lines = piped.stdout.partition("\n\n")[0].splitlines()
    assert "\033" not in piped.stdout
    assert len(lines) == len(ROWS)
    for (name, (path, answer, function)), line in zip(ROWS.items(), lines, strict=True):
        assert line.startswith(name)
        assert line[head.index("SENT TO") :].startswith(path)
        assert line[head.index("ANSWER") :].startswith(answer)
        assert line[head.index("EXPECTED") :].startswith(answer)
        assert line[head.index("FUNCTION") :].split() == [function, "ok"]


def test_log_names_the_reasons(piped):
    """The log has for each refusal the reason that the reply does not give."""
    _, _, log = piped.stdout.partition("\n\n")
    for reason in ("401 wrong-credential", "401 timestamp-too-old", "400 bad-body"):
        assert reason in log


def test_once_on_a_terminal():
    """With ONCE=1 it ends by itself on a terminal, too, where its marks are coloured."""
    with Terminal(ONCE="1") as terminal:
        text = terminal.read_all()
        assert terminal.process.wait() == 0
    assert text.count("\033[32mok\033[0m") == len(ROWS)
    assert "curl" not in text


def test_no_color():
    """NO_COLOR is heeded."""
    with Terminal(ONCE="1", NO_COLOR="1") as terminal:
        assert "\033" not in terminal.read_all()


def test_keeps_serving():
    """On a terminal it serves until Ctrl-C: the printed curl line works, and the log is shown."""
    with Terminal() as terminal:
        terminal.read_until("curl ")
        terminal.read_until("'\n\n")
        line = next(line for line in terminal.text.splitlines() if line.startswith("curl "))
        shown = len(terminal.text)
        assert answer_to(line) == 200
        assert answer_to(line.replace("demo-token", "another")) == 401
        terminal.process.send_signal(signal.SIGINT)
        log, _, end = terminal.read_all()[shown:].partition("\n  token: ")
        assert terminal.process.wait() == 0
    assert "notify() got" in log
    assert end.startswith("401 wrong-credential")
    assert end.endswith("\nstopped\n")


def answer_to(line):
    """Do what the curl line says; curl itself may not be installed."""
    words = shlex.split(line)
    url = urlsplit(next(word for word in words if word.startswith("http://")))
    values = {"-H": [], "-d": []}
    for option, value in pairwise(words):
        if option in values:
            values[option].append(value)
    headers = dict(header.split(": ", 1) for header in values["-H"])
    connection = HTTPConnection(url.hostname, url.port, timeout=30)
    connection.request("POST", url.path, values["-d"][0], headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@pytest.mark.parametrize(
    ("breakage", "told"),
    [
        ("demo.github.verifier = demo.stranger", "NOT OK"),
        (
            "demo.receivers['/stripe'] = demo.hookkit.Receiver(demo.providers.stripe, secret='x')",
            "401",
        ),
        ("demo.shop.on('*')(lambda event: 1 / 0)", "500 A handler failed"),
        ("demo.github.on('push')(demo.notify)", "deploy, notify, not deploy"),
        ("demo.receivers.clear()", "404"),
        ("demo.DELIVERIES[0] = demo.DELIVERIES[0]._replace(path='no path')", "none: "),
    ],
    ids=["verifier", "secret", "handler", "function", "path", "no answer"],
)
def test_unexpected_answer(breakage, told):
    """Where an answer is not the expected one, the row says so and the exit code is 1."""
    program = f"import sys; from examples import demo; {breakage}; sys.exit(demo.main())"
    ended = run(sys.executable, "-c", program)
    assert ended.returncode == 1
    assert any(told in line for line in ended.stdout.splitlines() if line.endswith("NOT OK"))
    assert "an answer is not the expected one" in ended.stderr


def test_no_port():
    """Where it cannot listen it says what to do, without a traceback."""
    program = "from examples import demo; demo.HOST = '192.0.2.1'; demo.main()"
    ended = run(sys.executable, "-c", program)
    assert ended.returncode == 1
    assert "must be allowed to listen" in ended.stderr
    assert "Traceback" not in ended.stderr
