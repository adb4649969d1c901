"""hookkit listen, as a command of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from hookkit import providers
from hookkit.cli.recordings import read
from hookkit.testing import Sender
from tests.integration.striking import wait_until
from tests.unit.cli.conftest import COMMAND, SECRET
from tests.unit.cli.test_workbench import github, serving


@contextmanager
def listening(folder, *words):
    """The URL at which it listens, and what gives all that it has said."""
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(
            [*COMMAND, "listen", "--port", "0", *words],
            cwd=folder,
            env=os.environ | {"GITHUB_SECRET": SECRET},
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
    assert told["headers"]["authorization"] == "(hidden, 14 characters)"
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


# What comes from outside.

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


def sent_raw(url, content):
    """All that is answered to these very bytes."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), 60) as connection:
        connection.sendall(content)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


HEAD = (
    b"POST /a%20b?x=1 HTTP/1.1\r\nHost: shop.example\r\nX-GitHub-Event: push\r\nx-ODD-case: one\r\n"
    b"X-Twice: a\r\nx-twice: b\r\nContent-Type: application/json\r\nConnection: close\r\n"
)


def test_heads_are_kept_byte_for_byte(tmp_path):
    """With the case of the names, in their order: as WSGI does not have them."""
    whole = HEAD + b'Content-Length: 9\r\n\r\n{"a": 1}\n'
    with listening(tmp_path, "--save", "kept") as (url, said):
        sent_raw(url, whole)
        wait_until(lambda: "saved:" in said(), "it is kept")
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.read_bytes() == whole
    assert kept.stat().st_mode & 0o777 == 0o600  # it may hold a token
    shown = [line.strip() for line in said().splitlines()]
    assert shown[4:8] == [
        "x-ODD-case: one",
        "X-Twice: a",
        "x-twice: b",
        "Content-Type: application/json",
    ]


def test_a_body_in_chunks_is_kept_in_one_piece(tmp_path):
    head = HEAD.replace(b"Host:", b"Transfer-Encoding: chunked\r\nHost:")
    with listening(tmp_path, "--save", "kept") as (url, said):
        sent_raw(url, head + b'\r\n4\r\n{"a"\r\n4\r\n: 1}\r\n0\r\n\r\n')
        wait_until(lambda: "saved:" in said(), "it is kept")
    (kept,) = (tmp_path / "kept").iterdir()
    assert (
        kept.read_bytes() == HEAD.replace(b"Host:", b"Content-Length: 8\r\nHost:") + b'\r\n{"a": 1}'
    )
    assert read(kept.read_bytes())[0].body == b'{"a": 1}'


@pytest.mark.parametrize(
    "words", [[], ["--json"], ["--provider", "github", "--secret-env", "GITHUB_SECRET"]]
)
def test_no_terminal_is_given_orders(tmp_path, words):
    """Neither by headers nor by bodies, paths or events."""
    body = (
        json.dumps({"text": HOSTILE, "é": "日本"}, ensure_ascii=False).encode() + HOSTILE.encode()
    )
    sender = Sender(providers.github, SECRET)
    signed = sender.sign(sender.unsigned("push").replace(body=body))
    signature = signed.headers.get("X-Hub-Signature-256")
    head = (
        f"POST /{HOSTILE.replace(' ', '')} HTTP/1.1\r\nX-GitHub-Event: {HOSTILE}\r\n"
        f"X-Hub-Signature-256: {signature}\r\nX-Odd: {HOSTILE}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with listening(tmp_path, *words) as (url, said):
        sent_raw(url, head.encode() + body)
        sent_raw(
            url, head.replace("push", "x").encode().replace(b"sha256=", b"sha256=\x1b[31m") + body
        )
        wait_until(lambda: said().count("X-Odd") + said().count("x-odd") == 2, "both are shown")
    assert not set(said()) & set("\x1b\x07\x9b\u202e")
    if "--json" not in words:
        assert "日本" in said()  # letters are no orders


def test_a_token_is_not_shown(tmp_path):
    """Of a provider that sends the secret itself, in a header or in the body."""
    for provider, header, body in [
        ("token", f"X-Webhook-Token: {SECRET}", "{}"),
        ("token", f"X-Webhook-Token: {SECRET}", "no JSON"),
    ]:
        with listening(tmp_path, "--provider", provider, "--secret-env", "GITHUB_SECRET") as (
            url,
            said,
        ):
            head = f"POST / HTTP/1.1\r\n{header}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            sent_raw(url, f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            wait_until(lambda: "(hidden, 30 characters)" in said(), "it is shown")


def test_what_cannot_be_read_is_told_in_json_too(tmp_path):
    with listening(tmp_path, "--json") as (url, said):
        answer = sent_raw(url, b"POST / HTTP/1.1\r\nContent-Length: x\r\nConnection: close\r\n\r\n")
        wait_until(said, "it is shown")
    assert answer.startswith(b"HTTP/1.1 400")
    assert json.loads(said())["refused"] == "bad-length"


def test_it_is_passed_on_with_its_own_head(tmp_path):
    """And the answer comes back without what is of the connection behind."""
    heard = []

    def behind():
        connection, _ = server.accept()
        with connection:
            while b"}\n" not in b"".join(heard):
                heard.append(connection.recv(65536))
            connection.sendall(
                b"HTTP/1.1 202 Accepted\r\nX-Here: yes\r\nTransfer-Encoding: chunked\r\n"
                b"Keep-Alive: timeout=5\r\n\r\n2\r\nok\r\n0\r\n\r\n"
            )

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=behind)
        thread.start()
        to = f"http://127.0.0.1:{server.getsockname()[1]}/in?key=1"
        with listening(tmp_path, "--forward", to) as (url, _):
            answer = sent_raw(url, HEAD + b'Content-Length: 9\r\n\r\n{"a": 1}\n')
        thread.join(60)
    assert b"".join(heard) == (
        HEAD.replace(b"POST /a%20b?x=1", b"POST /in?key=1&x=1").replace(
            b"Connection: close\r\n", b""
        )
        + b'Content-Length: 9\r\n\r\n{"a": 1}\n'
    )
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 202")
    assert (b"X-Here: yes" in head, b"chunked" in head, b"Keep-Alive" in head, body) == (
        True, False, False, b"ok",
    )  # fmt: skip


NOBODY = "nobody listens at http://127.0.0.1:1: is the receiver running, and is this its port?"


def test_where_nobody_takes_what_is_passed_on_it_is_said(tmp_path):
    """On the screen; the provider hears no more than before."""
    with listening(tmp_path, "--forward", "http://127.0.0.1:1/in") as (url, said):
        answer = sent_raw(url, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        wait_until(lambda: said().endswith("\n\n"), "it is shown")
    assert said().startswith(f"#1 GET /  502\n  not verified\n  not passed on: {NOBODY}\n")
    assert answer.endswith(b"\r\n\r\nConnectionRefusedError\n")


def test_lines_of_json_say_what_was_not_passed_on(tmp_path):
    with listening(tmp_path, "--json", "--forward", "http://127.0.0.1:1/in") as (url, said):
        sent_raw(url, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        wait_until(said, "it is shown")
    assert json.loads(said())["lost"] == NOBODY


def test_when_nobody_reads_it_any_more_it_ends(tmp_path):
    """As in `hookkit listen | head -1`."""
    with (tmp_path / "err").open("w") as err:
        process = subprocess.Popen(
            [*COMMAND, "listen", "--port", "0"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=err
        )
        wait_until(lambda: "listening at" in (tmp_path / "err").read_text(), "it listens")
        url = re.search(r"http://\S+/", (tmp_path / "err").read_text())[0]
        process.stdout.close()
        sent_raw(url, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert process.wait(60) == 141
    assert "Traceback" not in (tmp_path / "err").read_text()


def test_two_that_keep_in_one_folder_lose_nothing(tmp_path):
    (tmp_path / "kept").mkdir()
    stamp = time.strftime("%Y%m%d-%H")
    with listening(tmp_path, "--save", "kept") as (url, said):
        for minute in range(60):  # as if another had begun in the same second
            for second in range(60):
                (tmp_path / "kept" / f"{stamp}{minute:02}{second:02}-0001.http").write_text(
                    "theirs"
                )
        sent_raw(url, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        wait_until(lambda: "saved:" in said(), "it is kept")
    ours = [each for each in (tmp_path / "kept").iterdir() if each.read_text() != "theirs"]
    assert len(ours) == 1


def test_a_folder_that_is_a_file(run, tmp_path):
    (tmp_path / "file").write_text("")
    assert run("listen", "--port", "0", "--save", "file") == (2, "", "hookkit: file: File exists\n")


def test_a_port_that_is_taken_is_told_once(run):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, said, errors = run("listen", "--port", port)
    assert (status, said) == (2, "")
    assert errors == f"hookkit: port {port} of 127.0.0.1 cannot be had: is it taken? Try --port 0\n"
