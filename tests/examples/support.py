"""What the tests of the examples share: signed requests, and servers in processes of their own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from hookkit import Request, Verifier, providers

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"

SECRETS = {"GITHUB_SECRET": "the GitHub secret", "STRIPE_SECRET": "whsec_stripe"}
GITHUB, STRIPE = "/webhooks/github", "/webhooks/stripe"

JSON = {"Content-Type": "application/json"}
PUSH = Request("POST", JSON | {"X-GitHub-Event": "push"}, b'{"ref": "refs/heads/main"}')
LARGE_PUSH = PUSH.replace(
    body=b'{"ref": "refs/heads/main", "pad": "%s"}' % (b"x" * 3 * 1024 * 1024)
)
INVOICE = Request(
    "POST", JSON, b'{"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}'
)


def from_github(request: Request = PUSH, secret: str = SECRETS["GITHUB_SECRET"]) -> Request:
    return Verifier(providers.github, secret=secret).sign(request)


def from_stripe(request: Request = INVOICE, secret: str = SECRETS["STRIPE_SECRET"]) -> Request:
    return Verifier(providers.stripe, secret=secret).sign(request)


# What every example answers that receives GitHub's deliveries, whatever the framework. GitHub
# signs no time, so these do not grow stale while other tests run.
GITHUB_CASES = {
    "a push": (from_github(), 200),
    "3 MB": (from_github(LARGE_PUSH), 200),
    "another secret": (from_github(secret="another"), 401),
    "3 MB, another secret": (from_github(LARGE_PUSH, secret="another"), 401),
    "no signature": (PUSH, 401),
    "broken JSON": (from_github(PUSH.replace(body=b'{"ref": ')), 400),
}


def fields(request: Request) -> dict[str, str]:
    """The request's header fields, as test clients take them."""
    return dict(request.headers.items())


def post(port: int, path: str, request: Request, *, chunked: bool = False) -> tuple[int, bytes]:
    """Send this to a server on this machine; `chunked`, without telling the body's length."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    # http.client sends an iterator in chunks, and announces no length.
    body = iter([request.body[:10], request.body[10:]]) if chunked else request.body
    try:
        connection.request(request.method, path, body, fields(request))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


GUNICORN = ("-m", "gunicorn", "--no-control-socket", "--bind=fd://{fd}")
UVICORN = ("-m", "uvicorn", "--fd={fd}")


@contextmanager
def serving(*arguments: str, cwd: Path = ROOT, **environment: str) -> Iterator[int]:
    """A Python program that serves the socket ``{fd}``; gives its port.

    The socket listens before the program runs, so that nothing is awaited and no port is lost.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fd = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, *(each.replace("{fd}", str(fd)) for each in arguments)],
            cwd=cwd,
            env=os.environ | SECRETS | environment,
            pass_fds=[fd],
        )
    with ending(process):
        yield port


@contextmanager
def serving_a_port(*arguments: str, cwd: Path = ROOT, **environment: str) -> Iterator[int]:
    """A Python program that opens port ``{port}`` by itself; gives it when it answers."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, *(each.replace("{port}", str(port)) for each in arguments)],
        cwd=cwd,
        env=os.environ | SECRETS | {"PORT": str(port)} | environment,
    )
    with ending(process):
        wait_for(port, process)
        yield port


def free_port() -> int:
    """One that nobody listens on, for a program that is to be started on it, perhaps twice."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the server ended with {process.wait(timeout=0.05)}")
    raise AssertionError("the server opens no port")


@contextmanager
def ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
