"""hookkit providers, explain, send and listen, as commands of their own."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import BadStatusLine, RemoteDisconnected
from types import SimpleNamespace

import pytest
from werkzeug.serving import make_server

from hookkit import Receiver, Verifier, providers
from hookkit.cli.reaching import unanswered
from hookkit.cli.recordings import written
from hookkit.testing import Sender, new_secret
from tests.integration.striking import wait_until
from tests.providers.sampling import configured, sample, secrets_for
from tests.unit.cli.conftest import COMMAND, SECRET


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
    assert lines[0].split()[:2] == ["NAME", "SCHEME"]
    status, said, _ = run("providers", "--json")
    assert [json.loads(line)["name"] for line in said.splitlines()] == list(providers.names())


def test_one_provider(run):
    _, said, _ = run("providers", "github")
    assert "HMAC-SHA256 over {body}" in said
    assert 'Receiver(providers.github, secret=os.environ["GITHUB_SECRET"])' in said
    assert "not signed:    the time" in said
    (line,) = run("providers", "stripe", "--json")[1].splitlines()
    assert json.loads(line)["signed_ids"] is True


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "grafana",
            "several:       /alerts in the body: each is an event, and places look into it",
        ),
        (
            "paypal",
            "takes:         client_id: of the application: PayPal is asked of each delivery",
        ),
    ],
)
def test_what_a_user_must_know_to_begin(run, name, line):
    assert f"  {line}\n" in run("providers", name)[1]


@pytest.mark.parametrize("name", providers.names())
def test_the_code_of_each_runs(name, monkeypatch):
    """As it is pasted, once the variables that it names are set."""
    from hookkit.cli.providers import _code
    from hookkit.facts import facts_of

    facts = facts_of(getattr(providers, name))
    provider, vector = configured(name), sample(name)
    account = {"client_id": "app", "client_secret": "let-me-in"}
    known = {**account, **vector, **(vector.get("config") or {})}
    given = {each: known[each] for each in (*facts.needs, *account) if each in known}
    given["secret"] = secrets_for(provider)[0]
    for each, value in given.items():
        text = value if isinstance(value, str) else ",".join(value)
        monkeypatch.setenv(f"{name.upper()}_{each.upper()}", text)
    namespace = {"app": SimpleNamespace(wsgi_app=None)}
    exec(_code(facts), namespace)  # noqa: S102
    made = namespace[name]
    assert (made.provider.name, dict(made.provider.needs)) == (name, {})
    assert namespace["app"].wsgi_app is not None


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [
        ("paypal", "2. what it needs, here in PAYPAL_WEBHOOK_ID, PAYPAL_CLIENT_ID, ", "secret:  "),
        ("sns", "keys from:     sns.REGION.amazonaws.com", "SNS_SECRET"),
        ("kinde", "keys from:     DOMAIN", "KINDE_SECRET"),
        ("mollie", "signature:     none", "MOLLIE_SCHEME"),
        ("fireblocks", "from hookkit import Receiver, providers", "import os"),
    ],
)
def test_only_what_is_needed_is_asked_for(run, name, shown, hidden):
    said = run("providers", name)[1]
    assert shown in said
    assert hidden not in said


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


NOBODY = "nobody listens at http://127.0.0.1:1: is the receiver running, and is this its port?"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/hooks", NOBODY),
        (
            "http://nosuch.invalid/",
            "there is no host nosuch.invalid: is it written right, and does this machine have a network?",
        ),
    ],
)
def test_where_nobody_is_it_is_said_what_to_do(run, url, told):
    """And not how many bytes were sent: none were."""
    words = ["send", "github", "push", "--to", url, "--secret-env", "GITHUB_SECRET"]
    assert run(*words) == (1, f"{told}\n", "")
    _, said, _ = run(*words, "--count", "2")
    assert said.splitlines()[:2] == ["no answer  2 times", f"  {told}"]
    assert json.loads(run(*words, "--json")[1])["unanswered"] == [told]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(111, "x"), "nobody listens at http://[::1]:8000"),
        (socket.gaierror(-2, "x"), "there is no host ::1"),
        (TimeoutError(), "no answer from http://[::1]:8000 in time"),
        (ssl.SSLError(1, "x"), "no TLS with http://[::1]:8000"),
        (OSError(errno.ENETUNREACH, "x"), "there is no way to http://[::1]:8000"),
        (RemoteDisconnected("\x1b"), "no HTTP answer from http://[::1]:8000 (RemoteDisconnected)"),
        (BadStatusLine("\x1b"), "no HTTP answer from http://[::1]:8000 (BadStatusLine)"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_each_way_of_no_answer_has_its_sentence(error, told):
    sentence = unanswered("http://[::1]:8000/hooks?x=y", error)
    assert told in sentence
    assert "\x1b" not in sentence


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--secret", "hunter2"], "in your shell's history"),
        ([], "--secret-env NAME or --secret-file FILE"),
        (["--secret-env", "NOT_SET"], "export NOT_SET="),
        (["--secret-file", "none"], "none cannot be read"),
        (["--secret-env", "GITHUB_SECRET", "--payload", "none.json"], "none.json: No such file"),
        (["--secret-env", "GITHUB_SECRET", "--set", "number"], "write /place=value"),
        (["--secret-env", "GITHUB_SECRET", "--set", "number=1"], "write /place=value"),
        (["--secret-env", "GITHUB_SECRET", "--set", "/commits/9/id=1"], "'9'"),
        (["--secret-env", "GITHUB_SECRET", "--header", "X"], "Name: value"),
        (["--secret-env", "GITHUB_SECRET", "--header", "A: b\r\nX: c"], "cannot be sent over HTTP"),
        (["--secret-env", "GITHUB_SECRET", "--header", "A: \u2192"], "cannot be sent over HTTP"),
        (["--secret-env", "GITHUB_SECRET", "--payload", "."], "Is a directory"),
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
    "url", ["nonsense", "ftp://x/", "http://", "http://127.0.0.1:99999/", "http://ann:s3@localhost/", "http://["]
)  # fmt: skip
@pytest.mark.parametrize(
    "words",
    [
        ["send", "github", "push", "--secret-env", "GITHUB_SECRET", "--to"],
        ["check", "--provider", "github", "--secret-env", "GITHUB_SECRET", "--i-own-this-host"],
        ["listen", "--port", "0", "--forward"],
    ],
    ids=["send", "check", "listen"],
)
def test_what_is_no_url_is_told_at_once(run, words, url):
    status, said, errors = run(*words, url)
    assert (status, said) == (2, "")
    assert "URL" in errors


@pytest.mark.parametrize("name", ["github", "twilio", "query_token"])
def test_a_url_is_sent_and_signed_as_http_wants_it(run, name):
    """Twilio signs it; the token of another is put behind its query."""
    receiver, got = Receiver(getattr(providers, name), secret=SECRET), []
    receiver.on("*")(got.append)
    with serving(receiver) as url:
        status, _, _ = run(
            "send", name, *(["push"] if name == "github" else []),
            "--to", f"{url}/é b?x=ü", "--secret-env", "GITHUB_SECRET",
        )  # fmt: skip
    assert status == 0
    assert "/hooks/%C3%A9%20b?x=%C3%BC" in got[0].request.url
    assert got[0].request.query.count("x=") == 1


def test_an_event_without_a_sample_is_told(run):
    receiver = github()
    with serving(receiver) as url:
        status, _, errors = run(
            "send", "github", "gollum", "--to", url, "--secret-env", "GITHUB_SECRET", "--set", "/a=1"
        )  # fmt: skip
    assert status == 0
    assert receiver.got[0].payload == {"a": 1}
    assert "there is no sample of gollum" in errors
    assert "hookkit providers github" in errors


NAMED = "hookkit providers {} names those that there are, "


@pytest.mark.parametrize(
    ("words", "meant", "named"),
    [
        (["github", "pull_requst.opened"], " (did you mean pull_request.opened?)", True),
        (["github", "gollumm"], " (did you mean gollum?)", True),
        (["github", "pull_request.closed"], "", True),  # which it does send
        (["github", "nothing_of_the_kind"], "", True),
        (["shopify", "orders/created"], " (did you mean orders/create?)", True),
        (["token"], "", False),  # of which no event is known
        (["token", "any"], "", False),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_a_name_without_a_sample_may_be_mistyped(run, words, meant, named):
    with serving(github()) as url:
        errors = run("send", *words, "--to", url, "--secret-env", "GITHUB_SECRET")[2]
    assert errors == (
        f"there is no sample of {(words[1:] or ['an event without a name'])[0]}{meant}: "
        "the payload is empty but for --set; "
        f"{NAMED.format(words[0]) if named else ''}--payload FILE is your own\n"
    )


def test_a_place_in_a_list_is_set(run):
    receiver = github()
    with serving(receiver) as url:
        run(
            "send", "github", "push", "--to", url, "--secret-env", "GITHUB_SECRET",
            "--set", "/commits/0/message=Mend the cart",
        )  # fmt: skip
    assert receiver.got[0].payload["commits"][0]["message"] == "Mend the cart"


def test_ctrl_c_ends_many_at_once(run, tmp_path):
    """Those that are not begun are not sent."""
    receiver = github()
    receiver.on("*")(lambda event: time.sleep(0.1))
    with serving(receiver) as url:
        process = subprocess.Popen(
            [*COMMAND, "send", "github", "push", "--to", url, "--secret-env", "GITHUB_SECRET",
             "--count", "100000", "--concurrency", "2"],
            cwd=tmp_path, env=os.environ | {"GITHUB_SECRET": SECRET},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        wait_until(lambda: len(receiver.got) > 3, "some were sent")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors


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


def test_of_many_it_is_said_which(run, tmp_path):
    request = Sender(providers.github, SECRET).request("push")
    headers = [{"name": name, "value": value} for name, value in request.headers.items()]
    entries = [
        {"request": {"method": "GET", "url": "http://x/\x1b[31m", "headers": []}},
        {
            "request": {
                "method": "POST",
                "url": "http://x/hooks",
                "headers": headers,
                "postData": {"text": request.body.decode()},
            }
        },
    ]
    (tmp_path / "all.har").write_text(json.dumps({"log": {"entries": entries}}))
    words = ["explain", "--provider", "github", "--secret-env", "GITHUB_SECRET", "all.har"]
    status, said, _ = run(*words)
    assert status == 1
    assert "\x1b" not in said
    titles = [line for line in said.splitlines() if line.startswith(("GET /", "POST /"))]
    assert titles == ["GET /\\x1b[31m", "POST /hooks"]
    told = [json.loads(line) for line in run(*words, "--json")[1].splitlines()]
    assert [(each["path"], each["accepted"]) for each in told] == [
        ("/\x1b[31m", False),
        ("/hooks", True),
    ]


@pytest.mark.parametrize(
    "name", ["token", "gitlab_token", "basic", "bearer", "stripe", "standardwebhooks"]
)
def test_neither_the_secret_nor_what_is_made_of_it_is_said(run, tmp_path, name):
    provider = getattr(providers, name)
    secret = new_secret(provider)
    sender = Sender(provider, secret)
    (tmp_path / "a.http").write_bytes(written(sender.request("push")))
    (tmp_path / "b.http").write_bytes(
        written(Sender(provider, new_secret(provider)).request("push"))
    )
    other = Sender(provider, secret).request("push")
    for file in ("a.http", "b.http"):
        _, said, errors = run("explain", "--provider", name, "--secret-env", "S", file, S=secret)
        assert secret.split(":")[-1].removeprefix("whsec_") not in said + errors
        for value in other.headers.get(provider.scheme.header or "none", "").split(","):
            assert len(value) < 20 or value not in said


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff" * 999, b"POST", b"curl", b"{", b"\n\n", b"\x1b[31m"]
)
def test_odd_files_are_told(run, tmp_path, content):
    (tmp_path / "odd").write_bytes(content)
    status, said, errors = run(
        "explain", "--provider", "github", "--secret-env", "GITHUB_SECRET", "odd"
    )
    assert (status, said) == (2, "")
    assert "\x1b" not in errors


def test_who_publishes_keys_needs_no_secret(run, tmp_path):
    (tmp_path / "a.http").write_bytes(
        b"POST / HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{}"
    )
    using = ["--using", 'topics=["arn:aws:sns:eu-west-1:123456789012:orders"]']
    status, said, _ = run("explain", "--provider", "sns", *using, "a.http")
    assert (status, said.splitlines()[2]) == (1, "  provider: sns, scheme rsa")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "give the secret by --secret-env NAME or --secret-file FILE"),
        (["--secret-file", "empty"], "empty is empty: put the secret into it"),
    ],
    ids=["nothing", "an empty file"],
)
@pytest.mark.parametrize("name", ["discord", "stripe", "telnyx"])
@pytest.mark.parametrize("command", ["listen", "explain"])
def test_where_the_secret_is_missing_its_options_are_named(
    run, tmp_path, command, name, words, told
):
    """Also of providers that sign with a key pair, and do not publish it."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "a.http").write_bytes(b"POST / HTTP/1.1\r\n\r\n{}")
    file = ["a.http"] if command == "explain" else ["--port", "0"]
    assert run(command, "--provider", name, *words, *file) == (2, "", f"hookkit: {told}\n")


def test_a_folder_is_no_file(run, tmp_path):
    words = ["explain", "--provider", "github", "--secret-env", "GITHUB_SECRET", "."]
    assert run(*words) == (2, "", "hookkit: .: Is a directory\n")


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
        ("hookkit providers str", "plain,stripe"),
        ("hookkit send git", "plain,github"),
        ("hookkit send github pull_r", "plain,pull_request.opened"),
        ("hookkit check --provider sh", "plain,shopify"),
        ("hookkit inbox rep", "plain,repair"),
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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_told_how(run, shell):
    status, said, _ = run(_HOOKKIT_COMPLETE=f"{shell}_source")
    assert (status, "_HOOKKIT_COMPLETE" in said) == (0, True)


def test_bash_asks_and_is_told(tmp_path):
    """As `eval "$(_HOOKKIT_COMPLETE=bash_source hookkit)"` in ~/.bashrc has it."""
    (tmp_path / "hookkit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hookkit "$@"\n')
    (tmp_path / "hookkit").chmod(0o700)
    asked = """
        eval "$(_HOOKKIT_COMPLETE=bash_source hookkit)"
        COMP_WORDS=(hookkit send github pull_request.o) COMP_CWORD=3
        _hookkit_completion hookkit
        echo "${COMPREPLY[@]}"
    """
    ran = subprocess.run(
        ["bash", "-c", asked], capture_output=True, text=True, check=True,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert ran.stdout == "pull_request.opened\n"


def test_a_command_that_there_is_not(run):
    status, said, errors = run("lisen")
    assert (status, said) == (2, "")
    assert "No such command 'lisen'" in errors


@pytest.mark.parametrize(
    "words", [["providers"], ["providers", "--json"], ["providers", "stripe"], ["--help"]],
)  # fmt: skip
def test_nobody_reads_it(words, tmp_path):
    """As in `hookkit providers | head -1`: no complaint, and the status that a shell gives for it."""
    reads, writes = os.pipe()
    os.close(reads)
    ran = subprocess.run(
        [*COMMAND, *words], stdout=writes, stderr=subprocess.PIPE, cwd=tmp_path, check=False
    )
    os.close(writes)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_terminal_that_knows_few_letters(tmp_path):
    ran = subprocess.run(
        [*COMMAND, "providers", "adyen"], capture_output=True, cwd=tmp_path, check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert ran.returncode == 0
    assert ran.stdout.isascii()


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
