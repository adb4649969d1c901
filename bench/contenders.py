"""Who is compared: the reference's receivers, and hookkit's as in the README."""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from hookkit import Event, Inbox, Receiver, on, providers

# The reference's modules name each other without a package, and must stay as they are.
sys.path.insert(0, str(Path(__file__).parent / "reference"))

import apps
import common
import s1_inproc

logging.disable(logging.NOTSET)  # that module had it off for all

Call = Callable[[], object]

BARE = "bare_wsgi"
GUARDED = ("flask_tutorial", "django_hmac_defaultmw", "falcon_hmac")
"""Peers that `bench.musts` names."""
PEERS = (*GUARDED, "flask_hmac", "werkzeug_hmac")
ASYNC_PEERS = ("starlette_hmac", "fastapi_hmac")
LIBRARIES = {
    "slack_bolt": "slack_bolt.dispatch",
    "stripe": "stripe.construct_event",
    "standardwebhooks": "standardwebhooks.verify+parse",
    "gidgethub": "gidgethub.Event.from_http",
}
"""What verifies and parses, and has no HTTP around it; as the reference calls it."""
HOOKKIT = "hookkit"
FAST = "hookkit[fast]"

LEAST_OF_SLACK = 420
"""Bytes of the smallest body that Slack's envelope fits in."""

SIZES: dict[str, int] = {
    "300 B": common.SIZES["300B"],
    "8 KiB": common.SIZES["8KiB"],
    "256 KiB": common.SIZES["256KiB"],
    "1 MiB": common.SIZES["1MiB"],
}


def body_of(size: int) -> bytes:
    body: bytes = common.make_body(size)
    return body


@on("push")
def push(event: Event) -> None:
    apps.handler(event.payload)  # what it returns would be the reply


def receiver() -> Receiver:
    """A plain receiver; the decoder is msgspec's where that can be imported."""
    return Receiver(providers.github, secret=common.SECRET, handlers=[push])


def durable_receiver(inbox: Inbox) -> Receiver:
    """The same with an inbox."""
    return Receiver(providers.github, secret=common.SECRET, handlers=[push], inbox=inbox)


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


def own(body: bytes) -> dict[str, Call]:
    """A call of bare WSGI and of hookkit in both its forms."""
    apps_ = {BARE: apps.WSGI[BARE](), HOOKKIT: standard_receiver(), FAST: receiver()}
    return {name: accepted(app, body) for name, app in apps_.items()}


def guarded(body: bytes) -> dict[str, Call]:
    return {name: accepted(apps.WSGI[name](), body) for name in GUARDED}


def peers(body: bytes) -> dict[str, Call]:
    """All others."""
    made = {name: accepted(apps.WSGI[name](), body) for name in PEERS}
    loop = asyncio.new_event_loop()
    headers = common.gh_headers(body)
    made |= {name: common.asgi_call(apps.ASGI[name](), headers, body, loop) for name in ASYNC_PEERS}
    for_slack = common.make_body(max(len(body), LEAST_OF_SLACK), slack=True)
    libraries = s1_inproc.peers(body, for_slack)
    return made | {name: libraries[called] for name, called in LIBRARIES.items()}


def accepted(app: Any, body: bytes) -> Call:
    """One signed delivery, in a fresh environ."""
    call: Call = common.wsgi_call(app, common.gh_headers(body), body)
    return call


def posting(app: Any, body: bytes) -> Callable[[str], None]:
    """Posts a signed delivery with the id that it is called with. Raises where that is not accepted."""
    base = common.environ_base(common.gh_headers(body), len(body))

    def post(delivery_id: str) -> None:
        answers: list[str] = []
        environ = {**base, "HTTP_X_GITHUB_DELIVERY": delivery_id, "wsgi.input": BytesIO(body)}
        app(environ, lambda status, _headers: answers.append(status))
        if not answers[0].startswith("2"):
            raise AssertionError(answers)

    return post


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
