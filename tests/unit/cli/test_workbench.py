"""hookkit providers, explain, send and listen, as commands of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from hookkit import Receiver, Verifier, providers
from hookkit.cli.recordings import written
from hookkit.testing import Sender
from hookkit.testing.samples import SAMPLES, sample
from tests.integration.striking import wait_until
from tests.providers.sampling import configured, secrets_for

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


@contextmanager
def serving(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks"
    server.shutdown()
    thread.join()
    server.server_close()


# hookkit providers.


def test_the_catalogue(run):
    status, said, _ = run("providers")
    lines = said.splitlines()
    assert status == 0
    assert len(lines) == 1 + len(providers.names())
    assert lines[0].split()[:2] == ["NAME", "PROVIDER"]
    status, said, _ = run("providers", "--json")
    assert [json.loads(line)["name"] for line in said.splitlines()] == list(providers.names())


def test_one_provider(run):
    _, said, _ = run("providers", "github")
    assert "HMAC-SHA256 over {body}" in said
    assert 'Receiver(providers.github, secret=os.environ["GITHUB_SECRET"])' in said
    assert "not signed:    the time" in said
    (line,) = run("providers", "stripe", "--json")[1].splitlines()
    assert json.loads(line)["signed_ids"] is True


@pytest.mark.parametrize("name", providers.names())
def test_the_code_of_each_is_right(name):
    """The lines that are shown make a receiver, where what they leave open is filled in."""
    from hookkit.cli.providers import _code
    from hookkit.facts import facts_of

    compile(_code(facts_of(getattr(providers, name))).replace("…", "None"), name, "exec")


def test_a_name_that_is_not_known(run):
    assert run("providers", "gihub") == (
        2,
        "",
        "hookkit: there is no provider 'gihub': did you mean github?\n",
    )


# hookkit send.


def github():
    receiver = Receiver(providers.github, secret=SECRET)
    receiver.got = []
    receiver.on("*")(receiver.got.append)
    return receiver


def test_an_event_is_sent_and_accepted(run):
    receiver = github()
    with serving(receiver) as url:
        status, said, _ = run(
            "send", "github", "pull_request.opened", "--to", url, "--secret-env", "GITHUB_SECRET",
            "--set", "/number=9", "--set", "/pull_request/title=A cup", "--header", "X-Extra: 1",
        )  # fmt: skip
    assert (status, re.sub(r"\d+", "N", said)) == (0, "N  N ms, N bytes sent\n")
    (event,) = receiver.got
    assert (event.type, event.payload["number"]) == ("pull_request.opened", 9)
    assert event.payload["pull_request"]["title"] == "A cup"
    assert event.request.headers.get("X-Extra") == "1"


def test_a_payload_of_ones_own(run, tmp_path):
    (tmp_path / "mine.json").write_text('{"ref": "refs/tags/v1"}')
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    receiver = github()
    with serving(receiver) as url:
        status, _, _ = run(
            "send",
            "github",
            "push",
            "--to",
            url,
            "--secret-file",
            "secret",
            "--payload",
            "mine.json",
        )
    assert status == 0
    assert receiver.got[0].payload == {"ref": "refs/tags/v1"}


def test_many_at_a_time(run):
    receiver = github()
    with serving(receiver) as url:
        status, said, errors = run(
            "send", "github", "push", "--to", url, "--secret-env", "GITHUB_SECRET",
            "--count", 40, "--concurrency", 8, "--json",
        )  # fmt: skip
    told = json.loads(said)
    assert (status, told["sent"], told["statuses"]) == (0, 40, {"200": 40})
    assert set(told["milliseconds"]) == {"p50", "p95", "p99", "max"}
    assert len({event.delivery_id for event in receiver.got}) == 40
    assert errors == ""  # no progress bar where nobody looks


def test_what_is_refused_is_status_1(run):
    with serving(Receiver(providers.github, secret="another")) as url:
        status, said, _ = run(
            "send", "github", "push", "--to", url, "--secret-env", "GITHUB_SECRET"
        )
    assert (status, said.split()[0]) == (1, "401")
    status, said, _ = run(
        "send", "github", "push", "--to", "http://127.0.0.1:1/", "--secret-env", "GITHUB_SECRET"
    )
    assert (status, said.split("  ")[0]) == (1, "no answer: ConnectionRefusedError")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--secret", "hunter2"], "in your shell's history"),
        ([], "--secret-env NAME or --secret-file FILE"),
        (["--secret-env", "NOT_SET"], "export NOT_SET="),
        (["--secret-file", "none"], "none cannot be read"),
        (["--secret-env", "GITHUB_SECRET", "--payload", "none.json"], "none.json: No such file"),
        (["--secret-env", "GITHUB_SECRET", "--set", "number"], "write /place=value"),
        (["--secret-env", "GITHUB_SECRET", "--set", "number=1"], "begins with"),
        (["--secret-env", "GITHUB_SECRET", "--header", "X"], "Name: value"),
        (["--secret-env", "GITHUB_SECRET", "--count", "0"], "0 is not in the range"),
        (["--secret-env", "GITHUB_SECRET", "--nonsense"], "No such option"),
    ],
)
def test_what_cannot_be_sent_says_what_to_do(run, words, told):
    status, said, errors = run("send", "github", "push", "--to", "http://127.0.0.1:1/", *words)
    assert (status, said) == (2, "")
    assert told in errors
    assert "hunter2" not in errors


@pytest.mark.parametrize(
    ("name", "event"), [(name, event) for name, events in SAMPLES.items() for event in events]
)
def test_samples_are_what_they_say(name, event):
    provider = configured(name)
    secret = secrets_for(provider)[0]
    receiver, got = Receiver(provider, secret=secret), []
    receiver.on("*")(got.append)
    request = Sender(provider, secret).request(event, sample(name, event))
    assert receiver.handle(request).status < 300
    assert [each.type for each in got] == [event]


def test_there_are_samples_of_the_most_used():
    assert len(SAMPLES) >= 20


# hookkit explain.


def test_what_was_saved_is_explained(run, tmp_path):
    request = Sender(providers.github, SECRET).request("push", {"ref": "main"})
    (tmp_path / "right.http").write_bytes(written(request))
    (tmp_path / "wrong.http").write_bytes(
        written(request.replace(body=request.body.replace(b"main", b"mine")))
    )
    words = ["explain", "--provider", "github", "--secret-env", "GITHUB_SECRET"]
    status, said, _ = run(*words, "right.http")
    assert (status, said.splitlines()[0]) == (0, "accepted: it verifies with secret 1 of 1")
    status, said, _ = run(*words, "wrong.http")
    assert status == 1
    assert said.startswith("wrong secret")
    status, said, _ = run(*words, "wrong.http", "--json")
    assert (status, json.loads(said)["cause"]) == (1, "wrong-secret")
    status, said, _ = run(*words, "-", stdin=written(request).decode())
    assert status == 0
    assert run(*words, "none")[0] == 2
    (tmp_path / "x").write_text("nothing")
    assert "raw HTTP" in run(*words, "x")[2]


def test_what_was_saved_a_while_ago(run, tmp_path):
    verifier = Verifier(providers.stripe, secret=SECRET, clock=lambda: 1_700_000_000.0)
    request = verifier.sign(Sender(providers.stripe, SECRET).unsigned("invoice.paid"))
    (tmp_path / "old.http").write_bytes(written(request))
    words = ["explain", "--provider", "stripe", "--secret-env", "GITHUB_SECRET", "old.http"]
    status, said, _ = run(*words)
    assert status == 1
    assert "Say when it was received: --at" in said
    assert run(*words, "--at", "2023-11-14T22:13:25Z")[0] == 0
    assert run(*words, "--at", "1700000005")[0] == 0
    assert "write 1769860800" in run(*words, "--at", "lately")[2]


# hookkit listen.


@contextmanager
def listening(folder, *words):
    """The URL at which it listens, and what gives all that it has said."""
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(
            [*COMMAND, "listen", "--port", "0", *words],
            cwd=folder,
            env=os.environ | {"GITHUB_SECRET": SECRET, "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=err,
        )
        wait_until(lambda: "listening at" in (folder / "err").read_text(), "it listens")
        url = re.search(r"http://\S+/", (folder / "err").read_text())[0]
        yield url, (folder / "out").read_text
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert SECRET not in (folder / "out").read_text() + (folder / "err").read_text()
    assert "Traceback" not in (folder / "err").read_text()


def test_deliveries_are_shown_and_saved(run, tmp_path):
    words = ["--provider", "github", "--secret-env", "GITHUB_SECRET", "--save", "kept"]
    with listening(tmp_path, *words) as (url, said):
        send = ["send", "github", "push", "--to", f"{url}any", "--secret-env"]
        assert run(*send, "GITHUB_SECRET")[0] == 0
        assert run(*send, "OTHER", OTHER="another secret")[0] == 1
        wait_until(lambda: "#2" in said() and "0002.http" in said(), "both are shown")
    first, second = said().split("#2")
    assert "POST /any  200\n  authentic\n  event push" in first
    assert "refs/heads/main" in first
    assert "refused: wrong-credential" in second
    assert "wrong secret: it is not the one" in second
    kept = sorted((tmp_path / "kept").iterdir())
    assert len(kept) == 2
    explain = ["explain", "--provider", "github", "--secret-env", "GITHUB_SECRET"]
    assert [run(*explain, each)[0] for each in kept] == [0, 1]


def test_without_a_provider_all_is_shown(run, tmp_path):
    with listening(tmp_path, "--json") as (url, said):
        send = ["send", "github", "push", "--to", url, "--secret-env", "GITHUB_SECRET"]
        assert (
            run(*send, "--header", "Authorization: Bearer hunter2", "--header", "X-Odd: \x1b[31m")[
                0
            ]
            == 0
        )
        wait_until(lambda: said().endswith("\n"), "it is shown")
    told = json.loads(said())
    assert "it looks like" in told["verdict"]
    assert "GitHub" in told["verdict"]
    assert told["headers"]["authorization"] == "(hidden)"
    assert "\x1b" not in said()
    assert "hunter2" not in said()


def test_what_comes_is_passed_on_byte_for_byte(run, tmp_path):
    receiver = github()
    with serving(receiver) as behind, listening(tmp_path, "--forward", behind) as (url, _):
        send = ["send", "github", "push", "--to", url, "--secret-env"]
        assert run(*send, "GITHUB_SECRET")[0] == 0
        assert run(*send, "OTHER", OTHER="another secret")[0] == 1
    assert [event.type for event in receiver.got] == ["push"]


def test_a_port_that_is_taken(run):
    with serving(github()) as url:
        port = url.split(":")[2].split("/")[0]
        status, _, errors = run("listen", "--port", port)
    assert status == 2
    assert "is it taken?" in errors


# All of them.


@pytest.mark.parametrize("name", ["providers", "send", "explain", "listen", "check", "new"])
def test_help(run, name):
    status, said, _ = run(name, "--help")
    assert status == 0
    assert said.startswith(f"Usage: hookkit {name}")


def test_all_commands_are_listed(run):
    status, said, _ = run("--help")
    assert status == 0
    listed = [line.split()[0] for line in said.split("Commands:")[1].splitlines() if line]
    assert listed == sorted(
        ["check", "explain", "inbox", "listen", "new", "providers", "send", "worker"]
    )
    assert run("--version")[1].startswith("hookkit 0.")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("hookkit li", "plain,listen"),
        ("hookkit inb", "plain,inbox"),
        ("hookkit send --secret-e", "plain,--secret-env"),
    ],
)
def test_a_shell_completes(run, words, completed):
    _, said, _ = run(
        _HOOKKIT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=f"{len(words.split()) - 1}"
    )
    assert completed in said.splitlines()


def test_without_the_extra_it_is_named(monkeypatch, capsys):
    from hookkit.cli import main

    monkeypatch.setitem(sys.modules, "click", None)
    assert main(["providers"]) == 2
    assert "pip install 'hookkit[cli]'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["inbox", "--help"])  # which needs none


def test_with_a_terminal_there_are_colours(tmp_path):
    """In a pseudo-terminal; what is plain elsewhere."""
    import pty

    parent, child = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "explain", "--provider", "github", "--secret-env", "S", "-"],
        stdin=subprocess.PIPE, stdout=child, stderr=child,
        env=os.environ | {"S": SECRET, "TERM": "xterm"},
    )  # fmt: skip
    process.communicate(written(Sender(providers.github, SECRET).request("push")))
    os.close(child)
    said = os.read(parent, 65536)
    os.close(parent)
    assert b"\x1b[32maccepted" in said
