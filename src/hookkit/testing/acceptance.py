"""What a good receiver does, as cases that are posted to any: ours or not, in any language."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException

from hookkit.errors import ConfigError, RequestError
from hookkit.keys import Secret
from hookkit.messages import Request, Response
from hookkit.provider import Provider
from hookkit.testing.at_once import at_once
from hookkit.testing.composing import compose_question
from hookkit.testing.samples import SAMPLES, sample
from hookkit.testing.secrets import new_secret
from hookkit.testing.sender import Sender
from hookkit.testing.targets import Post

__all__ = ["NOT_IN_TIME", "STILL_THERE", "Outcome", "examine", "patience_of"]

AT_ONCE = 8
OVERSIZED = 8 * 1024 * 1024
"""Bytes beyond the provider's largest delivery."""

DEEP = 20_000
PATIENCE = 5.0
"""Seconds, where the provider does not say how long it waits."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case.

    Attributes:
        case: its name.
        wanted: what a good receiver does.
        found: what this one did.
        passed: whether that is the same.
        seconds: that it took.
    """

    case: str
    wanted: str
    found: str
    passed: bool
    seconds: float


Judge = Callable[[list[Response]], bool]


def patience_of(provider: Provider) -> float:
    """Seconds that this provider waits for an answer, or that a good receiver takes at the most."""
    return provider.timeout or PATIENCE


def examine(
    post: Post,
    provider: Provider,
    secret: Secret,
    *,
    event: str | None = None,
    url: str = "",
) -> Iterator[Outcome]:
    """Post each case that makes sense for this provider, and judge the answers.

    Where a case is not answered in time, and then a right delivery neither, no further case is posted: the
    last outcome is that of "still there".

    Args:
        post: sends a request to the receiver.
        provider: for whom it is.
        secret: as it has it; of a key pair the private key.
        event: the name of those that are sent; by default the first for which there is a sample.
        url: of the endpoint, for schemes that sign it.

    Raises:
        ConfigError: no event of this provider can be made up.
    """
    return Examination(post, provider, secret, event, url).outcomes()


class Examination:
    """The cases for one receiver."""

    def __init__(
        self, post: Post, provider: Provider, secret: Secret, event: str | None, url: str
    ) -> None:
        self._post = post
        self._provider = provider
        self._secret = secret.encode() if isinstance(secret, str) else secret
        self._url = url
        self._sender = Sender(provider, secret, url=url)
        self._stranger = Sender(provider, new_secret(provider), url=url)
        known = [*SAMPLES.get(provider.name, ()), *sorted(provider.events), "thing.happened"]
        self._event = event or (known[0] if provider.event_type is not None else None)
        self._payload = sample(provider.name, self._event)
        self._hangs = False

    def outcomes(self) -> Iterator[Outcome]:
        """One after the other."""
        self._request()  # or nothing can be examined
        for outcome in self._cases():
            yield outcome
            if self._hangs:
                self._hangs = False
                there = self._still_there()
                if self._hangs:
                    yield there
                    return

    def _cases(self) -> Iterator[Outcome]:
        yield self._case("valid", "2xx", [self._request()], _accepted)
        yield self._case(
            "in time", f"within {self._patience:g} s", [self._request()], self._is_in_time
        )
        yield from self._strangers()
        yield from self._repeats()
        yield from self._malformed()
        yield from self._strange()
        yield from self._questions()
        yield self._still_there()

    def _still_there(self) -> Outcome:
        return self._case(STILL_THERE, "2xx", [self._request()], _accepted)

    def _strangers(self) -> Iterator[Outcome]:
        unsigned = self._sender.unsigned(self._event, self._payload)
        forged = self._stranger.request(self._event, self._payload)
        yield self._case("unsigned", "401 or 403", [unsigned], _refused)
        yield self._case("another secret", "401 or 403", [forged], _refused)
        strangers = [unsigned, forged]
        if self._provider.scheme.header is not None:
            strangers.append(self._garbled(self._provider.scheme.header))
            yield self._case("nonsense for a signature", "401 or 403", strangers[2:], _refused)
        yield self._case("what strangers hear", "the same each time", strangers, _alike)
        with suppress(ConfigError):
            tampered = self._sender.tampered(self._request())
            yield self._case("tampered", "401 or 403", [tampered], _refused)
        with suppress(ConfigError):
            stale = self._sender.stale(self._sender.unsigned(self._event, self._payload))
            yield self._case("stale", "401 or 403", [stale], _refused)

    def _repeats(self) -> Iterator[Outcome]:
        request = self._request()
        yield self._case("sent twice", "2xx both times", [request, request], _accepted)
        request = self._request()
        began = time.perf_counter()
        answers = list(at_once(lambda: self._answer(request), AT_ONCE, AT_ONCE))
        # A receiver that is at it may ask to come again.
        well = any(map(_is_2xx, answers)) and all(
            _is_2xx(each) or each.status == 503 for each in answers
        )
        took = time.perf_counter() - began
        wanted = "2xx, or 503 to come again"
        yield Outcome(f"{AT_ONCE} times at once", wanted, _told(answers), well, took)

    def _malformed(self) -> Iterator[Outcome]:
        if self._provider.accepts[0].media[0] != "application/json":
            return
        for case, body in (
            ("signed, and no JSON", b'{"id": '),
            ("signed, and empty", b""),
            ("signed, and not UTF-8", b'{"id": "\xff"}'),
            ("signed, and nested deep", b'{"id":' + b"[" * DEEP + b"]" * DEEP + b"}"),
            (
                "signed, and of other types",
                b'{"id":{},"type":[],"action":7,"data":null,"event":"x"}',
            ),
            ("signed, and a list", b"[1,2]"),
        ):
            with suppress(ConfigError):
                request = self._sender.unsigned(self._event, self._payload).replace(body=body)
                yield self._case(case, "4xx, or 2xx", [self._sender.sign(request)], _withstood)

    def _strange(self) -> Iterator[Outcome]:
        request = self._request()
        huge = request.replace(body=b"x" * (self._provider.max_body + OVERSIZED))
        yield self._case("oversized", "4xx, or hung up", [huge], _refused_or_hung_up)
        get = Request("GET", (), b"", url=request.url)
        if "GET" not in self._provider.methods:
            yield self._case("GET", "4xx", [get], _refused_somehow)
        strange = request.with_header("Content-Type", "application/json; charset=utf-99")
        yield self._case("a charset that there is not", "4xx, or 2xx", [strange], _withstood)
        if self._provider.event_type is not None:
            with suppress(ConfigError):
                unheard = self._sender.request("hookkit_nobody_hears_this", self._payload)
                yield self._case("an event that nobody hears", "2xx", [unheard], _accepted)

    def _questions(self) -> Iterator[Outcome]:
        """Those that the provider asks while the endpoint is set up."""
        for number, handshake in enumerate(self._provider.handshakes, 1):
            if handshake.accept is not None:
                continue  # it would give the receiver a secret
            with suppress(ConfigError, RequestError):
                challenge = f"hookkit{os.urandom(8).hex()}"
                request, payload = compose_question(
                    self._provider, handshake, challenge, url=self._url
                )
                wanted = handshake.reply(request, payload, self._secret)
                signed = self._sender.sign(request) if handshake.signed else request
                expected = "its answer" if _is_2xx(wanted) else str(wanted.status)
                yield self._case(
                    f"set-up question {number}", expected, [signed], partial(_answer, wanted)
                )

    def _request(self) -> Request:
        return self._sender.request(self._event, self._payload)

    def _garbled(self, header: str) -> Request:
        """With nonsense in the place of the credential."""
        return self._request().with_header(header, "\u00ff,=;v1=t=,,'\"")

    @property
    def _patience(self) -> float:
        return patience_of(self._provider)

    def _is_in_time(self, answers: list[Response]) -> bool:
        return _accepted(answers) and self._took < self._patience

    def _case(self, case: str, wanted: str, requests: list[Request], judge: Judge) -> Outcome:
        began = time.perf_counter()
        answers = [self._answer(each) for each in requests]
        self._took = time.perf_counter() - began
        return Outcome(case, wanted, _told(answers), judge(answers), self._took)

    def _answer(self, request: Request) -> Response:
        try:
            return self._post(request)
        except (OSError, HTTPException) as error:
            self._hangs = self._hangs or isinstance(error, TimeoutError)
            return Response(UNANSWERED, _why(error))


UNANSWERED = 599
"""Stands for no answer at all; the body says what came in its place."""

HUNG_UP = b"hung up"
NOT_IN_TIME = "no answer in time"
STILL_THERE = "still there"


def _why(error: Exception) -> bytes:
    match error:
        case ConnectionRefusedError():
            return b"nobody there"
        case TimeoutError():
            return NOT_IN_TIME.encode()
    return HUNG_UP


def _answer(wanted: Response, answers: list[Response]) -> bool:
    """Whether it is the same answer; JSON may be written otherwise."""
    (answer,) = answers
    well = answer.status == wanted.status or (_is_2xx(answer) and _is_2xx(wanted))
    if not well or _as_json(answer.body) != _as_json(wanted.body):
        return False
    given = {name.lower(): value for name, value in answer.headers}
    return all(given.get(name.lower()) == value for name, value in wanted.headers)


def _as_json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _is_2xx(answer: Response) -> bool:
    return 200 <= answer.status < 300


def _accepted(answers: list[Response]) -> bool:
    return all(map(_is_2xx, answers))


def _refused(answers: list[Response]) -> bool:
    return all(each.status in (401, 403) for each in answers)


def _refused_somehow(answers: list[Response]) -> bool:
    return all(400 <= each.status < 500 for each in answers)


def _refused_or_hung_up(answers: list[Response]) -> bool:
    return all(400 <= each.status < 500 or each.body == HUNG_UP for each in answers)


def _withstood(answers: list[Response]) -> bool:
    return all(each.status < 500 for each in answers)


def _alike(answers: list[Response]) -> bool:
    return _refused(answers) and len({(each.status, each.body) for each in answers}) == 1


def _told(answers: list[Response]) -> str:
    statuses = [
        each.body.decode("utf-8", "replace") if each.status == UNANSWERED else str(each.status)
        for each in answers
    ]
    if len(set(statuses)) == 1:
        same = len(answers) > 1 and len({each.body for each in answers}) > 1
        return f"{statuses[0]}, in other words" if same else statuses[0]
    return ", ".join(dict.fromkeys(statuses))
