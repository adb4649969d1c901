"""The applications of examples/ at work: for each a module of its folder's name, which says

- what it talks to: `surroundings` starts that, and gives the settings that say where it is;
- what is sent to it: `deliveries`, of which the first must do for `seen`;
- where the first one is seen: `seen`;
- what there is to look at when all have come: `pages`.

tools/pictures.py photographs that, and tools/check-examples.sh starts each from the built wheel.
"""

import importlib
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple, Protocol, cast
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler

from hookkit import Request
from tests.examples.support import post

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PATIENCE = 90

Settings = Mapping[str, str]


class Delivery(NamedTuple):
    path: str
    request: Request


class Seen(NamedTuple):
    """A page, and what is in it."""

    url: str
    texts: tuple[str, ...]


class Page(NamedTuple):
    """One to photograph, under this name, when an expression is true in it."""

    name: str
    url: str
    ready: str


class Application(Protocol):
    def surroundings(self, folder: Path) -> AbstractContextManager[Settings]: ...
    def deliveries(self, settings: Settings) -> Iterator[Delivery]: ...
    def seen(self, settings: Settings) -> Seen: ...
    def pages(self, settings: Settings) -> tuple[Page, ...]: ...


class Quiet(WSGIRequestHandler):
    """Of a server that an application talks to."""

    def log_request(self, *told: object) -> None:
        """Says nothing."""


def names() -> list[str]:
    return sorted(found.parent.name for found in EXAMPLES.glob("*/requirements.txt"))


def application(name: str) -> Application:
    return cast("Application", importlib.import_module(f"tools.applications.{name}"))


def home(settings: Settings) -> str:
    return f"http://127.0.0.1:{settings['PORT']}"


def deliver(delivery: Delivery, settings: Settings) -> None:
    status, body = post(int(settings["PORT"]), *delivery)
    assert 200 <= status < 300, f"{delivery.path} answers {status}: {body[:500]!r}"


def await_text(seen: Seen) -> None:
    """Ask for the page until all the texts are in it, each after the one before; it may be a stream."""
    give_up = time.monotonic() + PATIENCE
    found = ""
    while time.monotonic() < give_up:
        with suppress(OSError, HTTPException):
            for found in _as_read(seen.url):
                if _holds(found, seen.texts):
                    return
                if time.monotonic() > give_up:
                    break
        time.sleep(0.1)
    raise AssertionError(f"{seen.url} does not show {seen.texts}: {found[:2000]}")


def read(url: str) -> str:
    *_, page = _as_read(url)
    return page


def _as_read(url: str) -> Iterator[str]:
    """The page's text so far, with each part that comes."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        assert response.status == 200, f"{url} answers {response.status}"
        body = b""
        while part := response.read1(65536):
            body += part
            yield body.decode(errors="replace")
    finally:
        connection.close()


def _holds(page: str, texts: tuple[str, ...]) -> bool:
    place = 0
    for text in texts:
        place = page.find(text, place)
        if place < 0:
            return False
        place += len(text)
    return True


def pushed(repository: str, branch: str, commit: str, message: str) -> dict[str, object]:
    """GitHub's payload of a push, as far as anybody here reads it."""
    who = {"name": "ann", "email": "ann@example.com"}
    return {
        "ref": f"refs/heads/{branch}",
        "after": commit,
        "repository": {"full_name": repository},
        "pusher": who,
        "head_commit": {"id": commit, "message": message, "author": who},
    }
