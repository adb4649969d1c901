"""Published keys over HTTPS: from named hosts only, no redirects, bounded in time and size, remembered."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlsplit

from hookkit.errors import ConfigError, KeyUnavailable
from hookkit.logs import EscapedTracebacks, printable
from hookkit.messages import Request, Response

if TYPE_CHECKING:
    from ssl import SSLContext
    from urllib.request import OpenerDirector

__all__ = ["Fetcher"]

logger = logging.getLogger("hookkit.fetch")
logger.addFilter(EscapedTracebacks())

REMEMBERED = 256
"""Answers. More than that are somebody's guesses."""

SPAN = 60.0
"""Seconds over which `most_per_minute` counts."""


class Fetcher:
    """Asks these hosts over HTTPS, and no others.

    Threads that want the same answer wait for one request; others are not held up. A question with the
    header ``Cache-Control: no-cache`` (a key that the remembered answer lacks) is asked again, at the
    most every `pause` seconds.

    Args:
        hosts: exact names, with the port where it is not 443: ``api.example.com``, ``localhost:8443``.
        keep: seconds for which an answer is remembered.
        pause: seconds for which a failure is, so that a provider that is down is not asked for each delivery.
        timeout: seconds that one answer may take.
        longest: bytes of an answer.
        most_per_minute: requests, as a key's id that a stranger makes up may be part of the question.
        context: TLS settings; by default the system's certificates and all checks.
        clock: seconds that never go back.

    Raises:
        ConfigError: there is no host, or one is written as a URL.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        keep: float = 3600.0,
        pause: float = 30.0,
        timeout: float = 5.0,
        longest: int = 256 * 1024,
        most_per_minute: int = 60,
        context: SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = frozenset(hosts)
        for host in self._hosts:
            if "/" in host or "@" in host or not host:
                raise ConfigError(f"hosts: {host!r} is no name: write it as api.example.com")
        if not self._hosts:
            raise ConfigError("hosts= is empty: name those that may be asked")
        self._keep = keep
        self._pause = pause
        self._timeout = timeout
        self._longest = longest
        self._most = most_per_minute
        self._context = context
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, str, bytes], _Answer] = OrderedDict()
        self._asked: deque[float] = deque()
        self._opener: OpenerDirector | None = None

    def __call__(self, request: Request) -> Response:
        """The answer, of a status below 300 or from 400 to 499.

        Raises:
            KeyUnavailable: there is none: time-out, redirect, TLS, a status of 500 and more, too long, or
                asked too often.
        """
        answer = self._answer(request)
        with answer.lock:
            fresh = request.headers.get("Cache-Control") == "no-cache"
            if answer.serves(self._clock(), self._pause if fresh else self._keep, self._pause):
                return answer.response()
            self._renew(answer, request)
            return answer.response()

    def _answer(self, request: Request) -> _Answer:
        """The one for this question; its lock is held by whoever asks."""
        key = (request.method, request.url, request.body)
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
            self._answers.move_to_end(key)
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return answer

    def _renew(self, answer: _Answer, request: Request) -> None:
        try:
            self._count()
            response = self._ask(request)
        except (OSError, HTTPException, URLError, ValueError, KeyUnavailable) as error:
            host = printable(urlsplit(request.url).netloc, 100)
            # Without the rest of the URL and the headers, which may hold what is nobody's business.
            logger.warning(
                "no key from %s: %s: %s", host, type(error).__name__, printable(str(error), 200)
            )
            answer.failed(self._clock())
            return
        answer.came(response, self._clock())

    def _count(self) -> None:
        """Raises KeyUnavailable where there were too many requests within the last minute."""
        now = self._clock()
        with self._lock:
            while self._asked and self._asked[0] <= now - SPAN:
                self._asked.popleft()
            if len(self._asked) >= self._most:
                raise KeyUnavailable(f"{self._most} requests within a minute are the limit")
            self._asked.append(now)

    def _ask(self, request: Request) -> Response:
        url = urlsplit(request.url)
        if url.scheme != "https" or url.netloc not in self._hosts:
            raise KeyUnavailable("its URL is not https to one of the declared hosts")
        from urllib.request import Request as Question  # 40 ms, and only where keys are fetched

        # Headers as the scheme wrote them; nothing of the webhook goes along.
        question = Question(  # noqa: S310  # https, checked above
            request.url,
            request.body or None,
            {"User-Agent": "hookkit", **dict(request.headers.items())},
            method=request.method,
        )
        deadline = self._clock() + self._timeout
        with self._opened().open(question, timeout=self._timeout) as response:
            body = bytearray()
            while chunk := response.read1(16 * 1024):
                body += chunk
                if len(body) > self._longest:
                    raise KeyUnavailable(f"its answer is longer than {self._longest} bytes")
                if self._clock() > deadline:
                    raise KeyUnavailable(f"its answer took longer than {self._timeout} seconds")
            if response.status >= 500 or 300 <= response.status < 400:
                raise KeyUnavailable(f"its host answered {response.status}")
            return Response(response.status, bytes(body))

    def _opened(self) -> OpenerDirector:
        if self._opener is None:
            from ssl import create_default_context
            from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler

            # Put together by hand: the ready-made one follows redirects, and reads file: and ftp:.
            opener = OpenerDirector()
            opener.add_handler(ProxyHandler())
            opener.add_handler(HTTPSHandler(context=self._context or create_default_context()))
            self._opener = opener
        return self._opener

    def __repr__(self) -> str:
        return f"<Fetcher of {', '.join(sorted(self._hosts))}>"


class _Answer:
    """What is remembered of one question."""

    __slots__ = ("_at", "_failed_at", "_response", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._response: Response | None = None
        self._at = 0.0
        self._failed_at: float | None = None

    def serves(self, now: float, keep: float, pause: float) -> bool:
        """Whether to make do with it: it is recent, or asking has just failed."""
        if self._failed_at is not None and now - self._failed_at < pause:
            return True
        if self._response is None:
            return False
        known = self._response.status < 300
        return now - self._at < (keep if known else min(keep, pause))

    def came(self, response: Response, now: float) -> None:
        self._response, self._at, self._failed_at = response, now, None

    def failed(self, now: float) -> None:
        self._failed_at = now

    def response(self) -> Response:
        """The last good answer, also while its host is down. Raises KeyUnavailable where there is none."""
        if self._response is None:
            raise KeyUnavailable
        return self._response
