"""`Client`: asks a provider's API, as fast as that allows, and until it answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, build_opener
from urllib.request import Request as Asked

from hookkit.errors import ConfigError
from hookkit.messages import Request, Response
from hookkit.repair.history import RepairFailed

__all__ = ["Client"]

logger = logging.getLogger("hookkit.repair")

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

FIRST_PAUSE = 1.0


class Client:
    """Sends requests with the API key, over HTTPS; over HTTP to this machine only. It follows no redirect.

    What is refused because there was too much of it is asked again when the API says so (``Retry-After``,
    RFC 9110 section 10.2.3, or GitHub's ``X-RateLimit-Reset``); after a failure of the API or the network it
    is asked again, ever more slowly.

    Args:
        api_key: sent as ``Authorization: Bearer``.
        timeout: seconds without a byte.
        longest: bytes of an answer.
        tries: of one request that fails.
        longest_wait: seconds; where the API wants more, it is over for now.
        sleep: waits so many seconds.
        clock: unix seconds.

    Raises:
        ConfigError: there is no key.
    """

    def __init__(
        self,
        api_key: str,
        *,
        timeout: float = 30.0,
        longest: int = 64 * 1024 * 1024,
        tries: int = 6,
        longest_wait: float = 900.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if (
            not isinstance(api_key, str)
            or not api_key.strip()
            or not api_key.isascii()
            or not api_key.isprintable()
        ):
            raise ConfigError("api_key= is empty, or no text of a header: is the variable set?")
        self._key = api_key.strip()
        self._timeout = timeout
        self._longest = longest
        self._tries = tries
        self._longest_wait = longest_wait
        self._sleep = sleep
        self._clock = clock
        self._opener: OpenerDirector = build_opener(_NoRedirect)
        # A proxy would be sent the key in clear.
        self._local: OpenerDirector = build_opener(ProxyHandler({}), _NoRedirect)

    def __call__(self, request: Request) -> Response:
        """The answer, of status 200. Raises RepairFailed."""
        host = _checked_host(request.url)
        pause = FIRST_PAUSE
        for left in reversed(range(self._tries)):
            status, headers, body = self._ask(request)
            if status == 200:
                return Response(200, body, _links(headers))
            wait = self._wait(status, headers, pause)
            if wait is None:
                raise RepairFailed(_refusal(host, status))
            if wait > self._longest_wait:
                raise RepairFailed(
                    f"{host} wants no more requests for {wait:.0f} seconds: run it again then, it goes on"
                )
            if not left:
                break
            logger.info("%s: status %d, asked again in %.0f s", host, status, wait)
            self._sleep(wait)
            pause *= 2
        raise RepairFailed(
            f"{host} did not answer {self._tries} times: run it again later, it goes on where it ended"
        )

    def _ask(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with names in lower case, and body; the status 0 where there is no answer."""
        headers = {"User-Agent": "hookkit", "Accept": "application/json"}
        headers |= dict(request.headers.items())
        asked = Asked(  # noqa: S310  # the scheme was checked
            request.url,
            headers=headers | {"Authorization": f"Bearer {self._key}"},
            method=request.method,
        )
        opener = self._local if asked.type == "http" else self._opener
        try:
            with opener.open(asked, timeout=self._timeout) as answer:
                return answer.status, _lower(answer.headers), self._read(answer)
        except HTTPError as error:
            with error:
                return error.code, _lower(error.headers), b""
        except (OSError, HTTPException):
            return 0, {}, b""

    def _read(self, answer: Any) -> bytes:
        body: bytes = answer.read(self._longest + 1)
        if len(body) > self._longest:
            raise RepairFailed(f"an answer is longer than {self._longest} bytes")
        length = answer.headers.get("Content-Length")
        if length is not None and length.isdigit() and len(body) < int(length):
            raise HTTPException("the answer ended early")
        return body

    def _wait(self, status: int, headers: dict[str, str], pause: float) -> float | None:
        """Seconds until it may be asked again; ``None``: it is refused for good."""
        asked_for = self._wait_asked_for(headers)
        too_much = status == 429 or (
            status == 403
            and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")
        )
        if too_much:
            return asked_for or pause
        if status == 0 or status >= 500:
            return max(pause, asked_for or 0.0)
        return None

    def _wait_asked_for(self, headers: dict[str, str]) -> float | None:
        after = headers.get("retry-after", "")
        if after.isdecimal():
            return float(after[:9])
        try:
            return max(0.0, parsedate_to_datetime(after).timestamp() - self._clock())
        except ValueError:
            pass
        reset = headers.get("x-ratelimit-reset", "")
        if reset.isdecimal() and headers.get("x-ratelimit-remaining") == "0":
            return max(1.0, float(reset[:15]) - self._clock())
        return None

    def __repr__(self) -> str:
        return "<Client>"


class _NoRedirect(HTTPRedirectHandler):
    """Refuses redirects: the key goes to this host alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _checked_host(url: str) -> str:
    if not url.isascii() or not url.isprintable() or " " in url:
        raise RepairFailed("the API named a URL that is none")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise ConfigError("the API's URL begins with https://")
    return host


def _links(headers: dict[str, str]) -> dict[str, str]:
    """What tells of the next page, where there is one. Raises RepairFailed."""
    link = headers.get("link", "")
    if not link.isascii() or not link.isprintable():
        raise RepairFailed("the API named a next page by a URL that is none")
    return {"Link": link} if link else {}


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _refusal(host: str, status: int) -> str:
    if status in (401, 403):
        return (
            f"{host} refuses the API key ({status}): may it read what was sent? "
            "GitHub: admin:repo_hook or Webhooks (read); Stripe: Events (read)"
        )
    if status == 404:
        return (
            f"{host} has no such list (404): is the URL or the app right, and may the key see it?"
        )
    return f"{host} answered with status {status}"
