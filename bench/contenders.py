"""Who is compared: the reference's receivers, and hookkit's as in the README."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from hookkit import Event, Receiver, providers

# The reference's modules name each other without a package, and must stay as they are.
sys.path.insert(0, str(Path(__file__).parent / "reference"))

import apps
import common

Call = Callable[[], bytes]

BARE = "bare_wsgi"
PEERS = ("flask_tutorial", "flask_hmac", "django_hmac_defaultmw", "werkzeug_hmac")
HOOKKIT = "hookkit"
FAST = "hookkit[fast]"

SIZES: dict[str, int] = {
    "300 B": common.SIZES["300B"],
    "8 KiB": common.SIZES["8KiB"],
    "256 KiB": common.SIZES["256KiB"],
    "1 MiB": common.SIZES["1MiB"],
}


def body_of(size: int) -> bytes:
    body: bytes = common.make_body(size)
    return body


def receiver() -> Receiver:
    """A plain receiver; the decoder is msgspec's where that can be imported."""
    github = Receiver(providers.github, secret=common.SECRET)

    @github.on("push")
    def push(event: Event) -> None:
        apps.handler(event.payload)  # what it returns would be the reply

    return github


@contextmanager
def without_msgspec() -> Iterator[None]:
    """As if ``hookkit[fast]`` were not installed."""
    names = ("msgspec", "msgspec.json")
    loaded = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None: cannot be imported
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)


def standard_receiver() -> Receiver:
    with without_msgspec():
        return receiver()


def receivers() -> dict[str, Any]:
    """Every contender's WSGI application."""
    made = {name: apps.WSGI[name]() for name in (BARE, *PEERS)}
    return made | {HOOKKIT: standard_receiver(), FAST: receiver()}


def accepted(app: Any, body: bytes) -> Call:
    """One signed delivery, in a fresh environ."""
    call: Call = common.wsgi_call(app, common.gh_headers(body), body)
    return call


def refused(app: Any, body: bytes) -> Call:
    """One delivery with a wrong signature."""
    headers = common.gh_headers(body) | {"X-Hub-Signature-256": "sha256=" + "0" * 64}
    call: Call = common.wsgi_call(app, headers, body, expect="401")
    return call


def oversize(app: Any, body: bytes) -> Call:
    """One delivery that announces more than GitHub's limit; reading it would raise."""
    base = common.environ_base(common.gh_headers(body), providers.github.max_body + 1)
    got: list[str] = []

    def start_response(status: str, _headers: object) -> None:
        got[:] = [status]

    def call() -> bytes:
        environ = dict(base)
        environ["wsgi.input"] = _Unread(body)
        return b"".join(app(environ, start_response))

    call()
    if not got[0].startswith("413"):
        raise AssertionError(got)
    return call


class _Unread(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError(f"read({size}) of a body that is too large")
