"""Published keys over HTTPS: from named hosts only, no redirects, bounded in time and size, remembered."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import TYPE_CHECKING

from hookkit.errors import ConfigError, KeyUnavailable
from hookkit.logs import EscapedTracebacks, Seldom, printable
from hookkit.messages import Request, Response

if TYPE_CHECKING:
    from ssl import SSLContext
    from urllib.request import OpenerDirector

__all__ = ["Fetcher"]

logger = logging.getLogger("hookkit.fetch")
logger.addFilter(EscapedTracebacks())

REMEMBERED = 256
"""Answers. No provider has so many; the rest would be for ids that strangers make up."""

SPAN = 60.0
"""Seconds over which requests are counted."""

LATER = frozenset({408, 425, 429})
"""Statuses below 500 that say nothing of what was asked for, only to ask again."""

# Without user and password, as a name is matched whole; in lower case, as hosts are compared as text.
_host = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?").fullmatch

# Nothing that one reader of URLs drops and another keeps.
_plain_url = re.compile(r"[!-\[\]-~]+").fullmatch


class Fetcher:
    """Asks these hosts over HTTPS, and no others; through the proxy that ``HTTPS_PROXY`` names, if any.

    Threads that want the same answer wait for one request, and not where there is an older answer; others
    are not held up. The header ``Cache-Control`` of a question says how it may be answered from memory,
    whatever its method:

    - ``no-cache`` (a key that the remembered answer lacks): it is asked again, at the most every `pause`
      seconds.
    - ``no-store`` (a question about one delivery): it is asked each time, and never remembered.

    Args:
        hosts: exact names, with the port where it is not 443: ``api.example.com``, ``localhost:8443``.
        keep: seconds for which an answer is remembered.
        pause: seconds for which a failure is, so that a provider that is down is not asked for each delivery.
        stale: seconds for which an answer serves beyond `keep` while there is no newer one to be had.
        timeout: seconds that one answer may take, from connecting to its last byte (looking up the host's
            name is bounded by the system's resolver).
        longest: bytes of an answer.
        most_per_minute: requests, as a key's id that a stranger makes up may be part of the question.
        most_unstored: requests in a minute with ``no-store``, of which each delivery makes one.
        context: TLS settings; by default the system's certificates and all checks.
        clock: seconds that never go back, for what is remembered.

    Raises:
        ConfigError: there is no host, or one is written as a URL or in capitals.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        keep: float = 3600.0,
        pause: float = 30.0,
        stale: float = 24 * 3600.0,
        timeout: float = 5.0,
        longest: int = 256 * 1024,
        most_per_minute: int = 60,
        most_unstored: int = 600,
        context: SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = frozenset({hosts} if isinstance(hosts, str) else hosts)
        for host in self._hosts:
            if not _host(host):
                raise ConfigError(f"hosts: {host!r} is no name: write it as api.example.com")
        if not self._hosts:
            raise ConfigError("hosts= is empty: name those that may be asked")
        self._bases = tuple(f"https://{host}/" for host in self._hosts)
        self._keep = keep
        self._pause = pause
        self._stale = stale
        self._timeout = timeout
        self._longest = longest
        self._context = context
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[str, ...], _Answer] = OrderedDict()
        self._stored = _Count(most_per_minute)
        self._unstored = _Count(most_unstored)
        self._opener: OpenerDirector | None = None
        self._seldom = Seldom(clock)

    def __call__(self, request: Request) -> Response:
        """The answer, of a status below 300 or from 400 to 499.

        Raises:
            KeyUnavailable: there is none: time-out, redirect, TLS, a status of 500 and more or of those that
                say to ask later, too long, or asked too often.
        """
        control = request.header("Cache-Control")
        if control == "no-store":
            return self._asked(request)
        answer, oldest = self._answer(request), self._keep + self._stale
        if control == "no-cache":
            self._renew(answer, request, self._pause)
        # Nobody waits for what is there: a stranger's made-up id may have it asked for at a slow host.
        elif not (answer.lock.locked() and answer.lasts(self._clock(), oldest)):
            self._renew(answer, request, self._keep)
        return answer.response(self._clock(), oldest)

    def _renew(self, answer: _Answer, request: Request, keep: float) -> None:
        """Ask, where the answer is older than `keep`; or wait for whoever is asking."""
        with answer.lock:
            due = not answer.serves(self._clock(), keep, self._pause)
            # What is not asked has not failed: each delivery may try to get past those who make up ids.
            if due and self._may_ask(request, self._stored):
                answer.renew(self._try_to_ask(request), self._clock())

    def _asked(self, request: Request) -> Response:
        """The answer to what is never remembered. Raises KeyUnavailable."""
        response = self._try_to_ask(request) if self._may_ask(request, self._unstored) else None
        if response is None:
            raise KeyUnavailable
        return response

    def _answer(self, request: Request) -> _Answer:
        """What is remembered of this question; hold its lock while you ask."""
        # With the credentials: what one account hears is not another's.
        credentials = request.header("Authorization") or ""
        key = (request.method, request.url, request.body.decode("latin-1"), credentials)
        with self._lock:
            if key not in self._answers and len(self._answers) >= REMEMBERED:
                self._forget_one()
            answer = self._answers.setdefault(key, _Answer())
            self._answers.move_to_end(key)
        return answer

    def _forget_one(self) -> None:
        """Forget the oldest answer of which nothing was known; or else the oldest of all."""
        oldest = next((key for key, answer in self._answers.items() if not answer.known), None)
        self._answers.pop(oldest or next(iter(self._answers)))

    def _may_ask(self, request: Request, count: _Count) -> bool:
        """Whether it is for one of the hosts, and within the bound; if not, it is logged."""
        if not _plain_url(request.url) or not request.url.startswith(self._bases):
            self._log("", "", f"its URL is not https to one of {sorted(self._hosts)}")
            return False
        with self._lock:
            within = count.takes(self._clock())
        if not within:
            said = f"{count.most} requests within a minute are the limit"
            self._log(_host_of(request), "KeyUnavailable", said)
        return within

    def _try_to_ask(self, request: Request) -> Response | None:
        """The answer, or nothing, which is logged."""
        host = _host_of(request)
        try:
            return self._ask(request)
        except (OSError, KeyUnavailable) as error:
            self._log(host, type(error).__name__, printable(str(error)))
        except (HTTPException, ValueError) as error:
            # Their text quotes headers and paths.
            self._log(host, type(error).__name__)
        return None

    def _log(self, host: str, kind: str, said: str = "") -> None:
        """Once a second for each host and kind of failure: strangers may cause it with each request."""
        more = self._seldom.passes(f"{host} {kind}")
        if more is not None:
            place = f" from {host}" if host else ""
            logger.warning("no key%s%s: %s", place, more, ": ".join(filter(None, (kind, said))))

    def _ask(self, request: Request) -> Response:
        from urllib.request import Request as Question  # 40 ms, and only where keys are fetched

        # Headers as the scheme wrote them; nothing of the webhook goes along.
        question = Question(  # noqa: S310  # https, as `_may_ask` has checked
            request.url,
            request.body or None,
            {"User-Agent": "hookkit", **dict(request.headers.items())},
            method=request.method,
        )
        with self._get_opener().open(question, timeout=self._timeout) as response:
            if response.status >= 500 or 300 <= response.status < 400 or response.status in LATER:
                raise KeyUnavailable(f"its host answered {response.status}")
            body = bytearray()
            while chunk := response.read1(16 * 1024):
                body += chunk
                if len(body) > self._longest:
                    raise KeyUnavailable(f"its answer is longer than {self._longest} bytes")
            if response.length:
                raise KeyUnavailable("its answer was cut short")
            return Response(response.status, bytes(body))

    def _get_opener(self) -> OpenerDirector:
        if self._opener is None:
            from ssl import create_default_context
            from urllib.request import OpenerDirector, ProxyHandler

            from hookkit.connections import Handler

            # Put together by hand: the ready-made one follows redirects, and reads file: and ftp:.
            opener = OpenerDirector()
            opener.add_handler(ProxyHandler())
            opener.add_handler(Handler(context=self._context or create_default_context()))
            self._opener = opener
        return self._opener

    def __repr__(self) -> str:
        return f"<Fetcher of {', '.join(sorted(self._hosts))}>"


def _host_of(request: Request) -> str:
    """For the log: neither the rest of the URL nor a header, as they may hold secrets."""
    return request.url.split("/")[2]


class _Count:
    """Requests within the last minute, `most` of them at the most."""

    __slots__ = ("_asked", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self._asked: deque[float] = deque()

    def takes(self, now: float) -> bool:
        """Whether there may be one more, which is then counted."""
        while self._asked and self._asked[0] <= now - SPAN:
            self._asked.popleft()
        if len(self._asked) >= self.most:
            return False
        self._asked.append(now)
        return True


class _Answer:
    """What is remembered of one question."""

    __slots__ = ("_failed_at", "_last", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        # One value, as it is read without the lock: the answer, and when it came.
        self._last: tuple[Response, float] | None = None
        self._failed_at: float | None = None

    @property
    def known(self) -> bool:
        """Whether its host knew what was asked for."""
        return self._last is not None and self._last[0].status < 300

    def lasts(self, now: float, oldest: float) -> bool:
        """Whether to make do with it while another thread asks."""
        return self._last is not None and self.known and now - self._last[1] < oldest

    def serves(self, now: float, keep: float, pause: float) -> bool:
        """Whether to make do with it: it is recent, or asking has just failed."""
        if self._failed_at is not None and now - self._failed_at < pause:
            return True
        if self._last is None:
            return False
        return now - self._last[1] < (keep if self.known else min(keep, pause))

    def renew(self, response: Response | None, now: float) -> None:
        """Remember this answer, or that there was none."""
        if response is None:
            self._failed_at = now
        else:
            self._last, self._failed_at = (response, now), None

    def response(self, now: float, oldest: float) -> Response:
        """The last answer, also while its host is down. Raises KeyUnavailable where there is none."""
        last = self._last
        if last is None or now - last[1] >= oldest:
            raise KeyUnavailable
        return last[0]
