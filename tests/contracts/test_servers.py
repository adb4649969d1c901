"""A receiver under real servers, with what only a socket can send them."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse, RemoteDisconnected
from typing import IO

import pytest
import uvicorn

from hookkit import Event, Receiver, Request, providers

SECRET = "a secret that nobody guesses"
BODY = b'{"ref": "main"}'
HANG_UP = b"no more comes"
"""In the place of bytes to send: the client sends no more, and waits for the answer."""

PROGRAM = f"""
from hookkit import Receiver, providers

receiver = Receiver(providers.github, secret={SECRET!r}, max_body=100_000)
heard = []

@receiver.on("*")
def count(event):
    heard.append(event)
    return f"heard {{len(heard)}}, {{len(event.request.body)}} bytes"

receiver.run(0)
"""


def counting() -> Receiver:
    """Replies how many deliveries its handler has heard."""
    receiver = Receiver(providers.github, secret=SECRET, max_body=100_000)
    heard: list[Event] = []

    @receiver.on("*")
    def count(event: Event) -> str:
        heard.append(event)
        return f"heard {len(heard)}, {len(event.request.body)} bytes"

    return receiver


@contextmanager
def werkzeug_server() -> Iterator[int]:
    """`receiver.run` in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", PROGRAM],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = process.stderr
    assert log is not None
    # Left unread, what it goes on to log would fill the pipe and stop it.
    rest = threading.Thread(target=log.read)
    try:
        port = port_in(log)
        rest.start()
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)
        if rest.ident is not None:
            rest.join()
        log.close()


def port_in(log: IO[str]) -> int:
    """The port that the server says it listens on, read from its log."""
    said = []
    for line in log:
        said.append(line)
        if found := re.search(r"Running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise AssertionError("it ended without serving: " + "".join(said))


@contextmanager
def uvicorn_server() -> Iterator[int]:
    """`receiver.asgi` under uvicorn, in a thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(counting().asgi, log_config=None, lifespan="on", ws="none")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        # The socket listens already: the first client waits until it is served.
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listening.close()
    assert not thread.is_alive()


SERVERS = {"werkzeug": werkzeug_server, "uvicorn": uvicorn_server}


@pytest.fixture(scope="module", params=SERVERS.values(), ids=SERVERS.keys())
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a running server, one for all tests here."""
    with request.param() as port:
        yield port


def head(length: int | None, *fields: str, body: bytes = BODY, method: str = "POST") -> bytes:
    """Request line and header fields of a signed delivery."""
    given = {"Content-Type": "application/json", "X-GitHub-Event": "push"}
    signed = counting().verifier.sign(Request("POST", given, body))
    lines = [
        f"{method} /hooks HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        *(f"{name}: {value}" for name, value in signed.headers.items()),
        *([] if length is None else [f"Content-Length: {length}"]),
        *fields,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def exchange(port: int, *sent: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to these bytes; 0 where the server just hung up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            for each in sent:
                if each is HANG_UP:
                    connection.shutdown(socket.SHUT_WR)
                else:
                    connection.sendall(each)
        except OSError:
            pass  # answered, and hung up, before it had all
        response = HTTPResponse(connection)
        try:
            response.begin()
            return response.status, response.read()
        except (RemoteDisconnected, ConnectionResetError):
            return 0, b""


def heard(port: int) -> int:
    """How many deliveries came through so far, this one left out."""
    status, body = exchange(port, head(len(BODY)), BODY)
    assert status == 200
    return int(body.split(b",")[0].removeprefix(b"heard ")) - 1


def test_delivery(port: int) -> None:
    """A plain one is heard, whole."""
    before = heard(port)
    status, body = exchange(port, head(len(BODY)), BODY)
    assert (status, body) == (200, f"heard {before + 2}, 15 bytes".encode())


def test_chunked_delivery(port: int) -> None:
    """One in chunks is heard as well, though no length says how much there is."""
    chunks = [b"%x\r\n%s\r\n" % (len(each), each) for each in (BODY[:3], BODY[3:4], BODY[4:])]
    status, body = exchange(port, head(None, "Transfer-Encoding: chunked"), *chunks, b"0\r\n\r\n")
    assert status == 200
    assert body.endswith(b", 15 bytes")


def test_large_delivery(port: int) -> None:
    """One that takes several reads."""
    large = b'{"a": "' + b"x" * 99_000 + b'"}'
    status, body = exchange(port, head(len(large), body=large), large)
    assert status == 200
    assert body.endswith(b", %d bytes" % len(large))


BAD: dict[str, tuple[list[bytes], set[int]]] = {
    # 0: the server hung up, as nobody is there to answer, or with bytes unread, which resets the
    # connection. Where it answers from the header fields alone, nothing else is sent.
    "shorter-than-announced": ([head(len(BODY) + 5), BODY, HANG_UP], {0, 400, 408}),
    "longer-than-announced": ([head(len(BODY) - 5), BODY], {0, 400, 401}),
    "zero-announced": ([head(0)], {401}),
    "negative": ([head(-5)], {400}),
    "letters": ([head(None, "Content-Length: abc")], {400}),
    "too-large": ([head(10**12)], {413}),
    "chunked-too-large": (
        [head(None, "Transfer-Encoding: chunked"), *[b"2000\r\n" + b"x" * 8192 + b"\r\n"] * 20],
        {0, 413},
    ),
    "chunked-cut-off": (
        [head(None, "Transfer-Encoding: chunked"), b"f\r\n" + BODY[:5], HANG_UP],
        {0, 400, 408},
    ),
    "chunk-of-no-size": (
        [head(None, "Transfer-Encoding: chunked"), b"zz\r\n" + BODY + b"\r\n0\r\n\r\n"],
        {0, 400, 408},
    ),
    "changed": ([head(len(BODY)), BODY.replace(b"main", b"evil")], {401}),
    "get": ([head(None, method="GET")], {405}),
}


@pytest.mark.parametrize(("sent", "statuses"), BAD.values(), ids=BAD.keys())
def test_bad_delivery(port: int, sent: list[bytes], statuses: set[int]) -> None:
    """It is refused, runs nothing, and the server goes on."""
    before = heard(port)
    status, _ = exchange(port, *sent)
    assert status in statuses
    assert heard(port) == before + 1
