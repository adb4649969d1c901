"""`Receiver`: one endpoint for one provider. Read top to bottom, it is the story of one request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType

from hookkit import replies
from hookkit.backoff import UNSET, Backoff, Unset
from hookkit.errors import (
    AddressRefused,
    ConfigError,
    InboxError,
    KeyUnavailable,
    MalformedRequest,
    MethodNotAllowed,
    OurFault,
    RequestError,
    UnsupportedMedia,
)
from hookkit.event import Event
from hookkit.faces import wsgi
from hookkit.handshake import Handshake
from hookkit.handshake import answer as answer_handshake
from hookkit.hints import TYPE_CHECKING, Any, TypeVar
from hookkit.known_events import warn_of_unknown
from hookkit.limits import Limits
from hookkit.logs import EscapedTracebacks, RefusalLog, printable
from hookkit.messages import Request, Response
from hookkit.parser import Parser
from hookkit.router import Outcome, Predicate, Router, as_around
from hookkit.runs import Runs
from hookkit.verifier import Verifier

if TYPE_CHECKING:
    from datetime import datetime

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from hookkit.addresses import AllowList
    from hookkit.decoding import Decoder
    from hookkit.explain import Explanation
    from hookkit.faces.asgi import ASGIApp
    from hookkit.inbox.inbox import Inbox
    from hookkit.inbox.intake import Intake
    from hookkit.inbox.sources import Source
    from hookkit.keys import Secret, SecretSource
    from hookkit.provider import Provider
    from hookkit.repair import Ask, History, Repaired
    from hookkit.router import HandlerFunction
    from hookkit.runs import OrderedBy
    from hookkit.schemes.base import Fetch, Verdict
    from hookkit.schemes.timestamps import Tolerance

__all__ = ["Receiver"]

F = TypeVar("F", bound="HandlerFunction")

LONG = 256 * 1024
"""Bytes. Verifying and parsing more than this would hold up an event loop for milliseconds."""

MOST_NAMES = 1000
"""How many names of events that nobody heard are remembered; they come from outside."""

NO_HANDLER = '%s: a delivery came and there is no handler; add one with @receiver.on("*")'
NO_HANDLER_YET = (
    "%s: a delivery is kept and there is no handler. One that is added later, or in a worker, gets it; where "
    'all is read from inbox.feed, add one that does nothing with @receiver.on("*"), or it stays undone'
)

logger = logging.getLogger("hookkit.receiver")
logger.addFilter(EscapedTracebacks())


class Receiver:
    """Receives one provider's webhooks: verifies, parses, routes, answers. It is a WSGI application.

    ::

        github = Receiver(providers.github, secret=os.environ["GITHUB_SECRET"])

        @github.on("pull_request.opened")
        def greet(event): ...

        app.wsgi_app = github.wrap(app.wsgi_app, path="/webhooks/github")

    Args:
        provider: the sender, such as `providers.github`.
        secret: what is set at the provider: text or bytes; a list, the newest first, while one replaces
            another; a callable of the request, for tenants; a mapping from the key's id to the key, where
            the provider names the key in a header.
        handlers: functions marked with `hookkit.on`, or modules, objects and Routers that hold some.
        source: the name under which its deliveries are known; the provider's name by default.
        tolerance: seconds between the signed time and ours; the provider's by default.
        public_url: the URL that the provider calls, where a proxy changes it and the scheme signs it.
        allow_from: networks in CIDR notation; others get the common 401.
        max_body: bytes; the provider's own limit by default.
        limits: the other bounds on one request.
        decoder: JSON's, from bytes; raises ValueError.
        around: gives a context manager, entered round every run of a handler, such as Flask's
            ``app.app_context``; called with the event where it takes an argument.
        inbox: where deliveries are committed before they are acknowledged; handlers are run by its workers.
        ack: with an inbox, ``"handled"`` runs handlers before the reply, which is then what they return.
        ordered_by: with an inbox, a place such as ``Pointer("/data/object/id")``, or a function of the event:
            events for which it is equal are handled one at a time, in the order of their time, or of their
            receipt where the provider tells none.
        stale: with `ordered_by`, ``"skip"`` passes over an event older than the last one that was handled;
            ``"latest"`` also one for which a later one is waiting.
        redact: with an inbox, places of the body that are not stored, and so not seen by handlers:
            ``/customer/email``, ``/items/*/name``.
        expect_every: with an inbox, seconds within which something comes; else an alarm is raised.
        clock: unix seconds.
        fetch: gets published keys, where the provider has such; see `Verifier`.

    Raises:
        ConfigError: it cannot be built as written; the text says what to write.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        secret: SecretSource | Mapping[str, Secret] | None = None,
        handlers: Iterable[object] = (),
        source: str | None = None,
        tolerance: Tolerance = None,
        public_url: str | None = None,
        allow_from: Iterable[str] | None = None,
        max_body: int | None = None,
        limits: Limits | None = None,
        decoder: Decoder | None = None,
        around: Callable[..., AbstractContextManager[object]] | None = None,
        clock: Callable[[], float] = time.time,
        fetch: Fetch | None = None,
        inbox: Inbox | None = None,
        ack: str = "accepted",
        ordered_by: OrderedBy | None = None,
        stale: str = "run",
        redact: Iterable[str] = (),
        expect_every: float | None = None,
    ) -> None:
        if expect_every is not None and (inbox is None or not expect_every >= 1):
            raise ConfigError(
                "expect_every= is a number of seconds, at least 1, and needs an inbox"
            )
        if max_body is not None and (type(max_body) is not int or max_body < 1):
            raise ConfigError("max_body= is a number of bytes, at least 1")
        self.verifier = Verifier(
            provider,
            secret=secret,
            tolerance=tolerance,
            public_url=public_url,
            clock=clock,
            fetch=fetch,
            limits=limits,
        )
        self.provider = provider
        self.source = source or provider.name
        self.methods = provider.methods
        self.max_body = max_body or provider.max_body
        self.parser = Parser(provider, limits=limits, max_body=self.max_body, decoder=decoder)
        self.router = Router(separator=provider.separator)
        self._sort_questions(provider)
        self._allowed = _allow_list(allow_from)
        # Methods of requests that need no greeting, as nothing but their signature is judged.
        self._only_verified = self._verified_methods - self._asked_unsigned.keys()
        if self._allowed is not None:
            self._only_verified = set()
        # Keeping a new secret (`accept`) is the user's code, and stores it somewhere.
        keeps_secrets = any(each.accept is not None for each in provider.handshakes)
        self._blocks = keeps_secrets or self.verifier.blocks
        self._around = as_around(around)
        self._acknowledgement = provider.acknowledgement
        self._unauthorized = Response(401, provider.refusal)
        self._refusals = RefusalLog(logger, self.source, clock)
        self._keyless = RefusalLog(logger, self.source, clock, logging.ERROR)
        self._unheard: dict[str, int] = {}
        self._warned_of_no_handler = False
        self._inbox_source: Source | None = None
        self._expect_every = expect_every
        self._redact = tuple(redact)
        if self._redact and inbox is None:
            raise ConfigError("redact= is about what is stored: Receiver(…, inbox=Inbox(…))")
        self._runs = Runs(ack, ordered_by=ordered_by, stale=stale)
        self.inbox = inbox
        if not isinstance(handlers, Iterable):
            raise ConfigError("handlers= is a list: write handlers=[…]")
        self._include(handlers, stacklevel=4)
        self._intake = None if inbox is None else self._enter(inbox)

    def _sort_questions(self, provider: Provider) -> None:
        """Note which set-up questions are asked signed, which unsigned, and what is verified, by method."""
        self._asked_signed = tuple(each for each in provider.handshakes if each.signed)
        # By method: an unsigned question by HEAD is no reason to parse a POST before it is verified.
        self._asked_unsigned: dict[str, tuple[Handshake, ...]] = {}
        for each in provider.handshakes:
            if not each.signed:
                same = self._asked_unsigned.get(each.method, ())
                self._asked_unsigned[each.method] = (*same, each)
        self._verified_methods = {
            *provider.delivers_by,
            *(each.method for each in self._asked_signed),
        }

    # What the world calls.

    __call__ = wsgi.respond

    @property
    def asgi(self) -> ASGIApp:
        """This receiver as an ASGI application."""
        from hookkit.faces.asgi import ASGIApp  # only where there is an event loop

        return ASGIApp(self)

    # The story of one request.

    def handle(self, request: Request) -> Response:
        """The answer to one request. Raises nothing, whatever the request is."""
        try:
            if self._intake is not None:
                return self._accept(self._intake, request)
            events = self.admit(request)
            if isinstance(events, Response):
                return events
            return self.answer(self._run(events))
        except RequestError as error:
            return self.refuse(error)
        except Exception as error:  # noqa: BLE001  # nothing may come out of the callable
            return self._our_fault(error)

    def admit(self, request: Request) -> list[Event[Any]] | Response:
        """The authentic events of a request, or the answer to a provider's set-up question.

        Raises:
            RequestError: the request is refused.
            OurFault: it cannot be judged at the moment.
        """
        if request.method not in self._only_verified:
            greeting = self._greet(request)
            if greeting is not None:
                return greeting
        return self._parse(request, self.verifier.verify(request))

    def _greet(self, request: Request) -> Response | None:
        """Judge what needs no signature: address, method, and the questions that are asked unsigned."""
        if self._allowed is not None and request.client not in self._allowed:
            raise AddressRefused
        if request.method in self._asked_unsigned:
            questions = self._asked_unsigned[request.method]
            reply = self._answer_question(questions, request, self._unverified_payload(request))
            if reply is not None:
                return reply
        if request.method not in self._verified_methods:
            raise MethodNotAllowed
        return None

    def _unverified_payload(self, request: Request) -> object:
        """What an unsigned question says, if anything: through the same bounded parser."""
        if request.method != "POST" or not request.body:
            return None
        try:
            return self.parser.payload(request)
        except RequestError:
            return None  # it is no question, then; a delivery is verified before it may be called malformed

    def _answer_question(
        self, handshakes: tuple[Handshake, ...], request: Request, payload: object
    ) -> Response | None:
        return answer_handshake(
            handshakes, request, payload, lambda: self.verifier.first_secret(request)
        )

    def _parse(self, request: Request, verdict: Verdict) -> list[Event[Any]] | Response:
        """The events of an authentic request, or the answer to a question that is asked signed."""
        if not self._asked_signed:  # then it is a delivery
            payload = self.parser.payload(request, verdict)
            return self.parser.events(request, payload, verdict, self.source)
        delivers = request.method in self.provider.delivers_by
        payload = self.parser.payload(request, verdict) if delivers else None
        reply = self._answer_question(self._asked_signed, request, payload)
        if reply is not None:
            return reply
        if not delivers:
            raise MethodNotAllowed
        return self.parser.events(request, payload, verdict, self.source)

    def _run(self, events: list[Event[Any]]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for event in events:
            outcome = self.router.run(event, self._around)
            if not outcome.ran:
                self._note_unheard(event)
            outcomes.append(outcome)
        return outcomes

    def answer(self, outcomes: list[Outcome]) -> Response:
        """What the provider hears when its events have been handled."""
        replying = None
        for outcome in outcomes:
            if outcome.failed:
                return replies.FAILED
            if replying is None and outcome.result is not None:
                replying = outcome
        return self._acknowledgement if replying is None else self._reply_of(replying)

    def _reply_of(self, outcome: Outcome) -> Response:
        """What a handler returned, as the reply."""
        result = outcome.result
        if not replies.is_reply(result):
            kind = type(result).__name__
            logger.warning(
                "%s: a handler returned %s, which is no reply: ignored", self.source, kind
            )
            return self._acknowledgement
        try:
            return replies.of_result(result)
        except Exception:  # whatever it is, what the handler returned is at fault
            logger.exception("%s: what a handler returned cannot be sent as a reply", self.source)
            return replies.FAILED

    def refuse(self, error: RequestError) -> Response:
        """What a request hears that is refused; the reason goes to the log only."""
        self._refusals.write(error.reason, error.status, str(error))
        if self._intake is not None:
            self._intake.note_refused(error.reason)
        return replies.of_refusal(error, self._unauthorized, self.methods)

    def _our_fault(self, error: Exception) -> Response:
        """What a request hears that cannot be served; the log says why."""
        if isinstance(error, InboxError):
            # Without a traceback: it is known where it comes from, and each request brings one more.
            logger.error("%s: 503 %s: %s", self.source, error.reason, printable(str(error)))
            return replies.UNAVAILABLE
        if isinstance(error, KeyUnavailable):
            # Nor once a request: whoever makes up ids of keys causes it, without being anybody.
            self._keyless.write(error.reason, error.status, printable(str(error)))
            return replies.UNAVAILABLE
        reason = error.reason if isinstance(error, OurFault) else "unexpected-error"
        logger.error("%s: 503 %s", self.source, reason, exc_info=error)
        return replies.UNAVAILABLE

    # The same with an inbox, which commits before the answer.

    def _accept(self, intake: Intake, request: Request) -> Response:
        verdict = self._greet_and_verify(request)
        if isinstance(verdict, Response):
            return verdict
        if intake.later:
            intake.take_unparsed(request, verdict)
            return self._acknowledgement
        try:
            events = self._parse(request, verdict)
        except (MalformedRequest, UnsupportedMedia) as error:
            intake.reject(request, verdict, error)
            raise
        if isinstance(events, Response):
            return events
        self._note_all_unheard(events)
        return self.answer(intake.take(events))

    def _greet_and_verify(self, request: Request) -> Verdict | Response:
        """Who sent this, or the answer to a question that is asked unsigned."""
        greeting = self._greet(request)
        return self.verifier.verify(request) if greeting is None else greeting

    # The same on an event loop.

    async def handle_async(self, request: Request) -> Response:
        """As `handle`, on an event loop: what may block runs in a thread."""
        try:
            if self._intake is not None:
                return await self._accept_async(self._intake, request)
            events = await self._admit_async(request)
            if isinstance(events, Response):
                return events
            return self.answer([await self._run_async(event) for event in events])
        except RequestError as error:
            return self.refuse(error)
        except Exception as error:  # noqa: BLE001  # nothing may come out of the callable
            return self._our_fault(error)

    async def _admit_async(self, request: Request) -> list[Event[Any]] | Response:
        if not self._holds_up_a_loop(request):
            return self.admit(request)
        from asyncio import to_thread  # the caller has loaded it

        return await to_thread(self.admit, request)

    async def _run_async(self, event: Event[Any]) -> Outcome:
        outcome = await self.router.run_async(event, self._around)
        if not outcome.ran:
            self._note_unheard(event)
        return outcome

    async def _accept_async(self, intake: Intake, request: Request) -> Response:
        from asyncio import to_thread  # the caller has loaded it

        in_thread = self._holds_up_a_loop(request)
        if in_thread:
            verdict = await to_thread(self._greet_and_verify, request)
        else:
            verdict = self._greet_and_verify(request)
        if isinstance(verdict, Response):
            return verdict
        if intake.later:
            await intake.take_unparsed_async(request, verdict)
            return self._acknowledgement
        try:
            if in_thread:
                events = await to_thread(self._parse, request, verdict)
            else:
                events = self._parse(request, verdict)
        except (MalformedRequest, UnsupportedMedia) as error:
            await to_thread(intake.reject, request, verdict, error)
            raise
        if isinstance(events, Response):
            return events
        self._note_all_unheard(events)
        return self.answer(await intake.take_async(events))

    def _holds_up_a_loop(self, request: Request) -> bool:
        """Whether to verify and parse this may take too long for an event loop."""
        return self._blocks or len(request.body) > LONG

    # Events that no handler hears.

    @property
    def unheard(self) -> Mapping[str, int]:
        """How often an event came that no handler heard, by its name, in this process."""
        return MappingProxyType(self._unheard)

    def _note_all_unheard(self, events: list[Event[Any]]) -> None:
        for event in events:
            if not self.router.hearing(event.type):
                self._note_unheard(event)

    def _note_unheard(self, event: Event[Any]) -> None:
        if not self.router.handlers and not self._warned_of_no_handler:
            self._warned_of_no_handler = True
            logger.warning(NO_HANDLER if self._intake is None else NO_HANDLER_YET, self.source)
        counts = self._unheard
        if event.type in counts:
            counts[event.type] += 1
        elif len(counts) < MOST_NAMES:
            counts[event.type] = 1
            logger.info(
                "%s: no handler for %s events", self.source, printable(event.type) or "unnamed"
            )

    # Handlers.

    def on(
        self,
        *names: str,
        when: Predicate | None = None,
        name: str | None = None,
        ack: str | None = None,
        backoff: Backoff | Unset | None = UNSET,
        ordered_by: OrderedBy | Unset | None = UNSET,
        stale: str | None = None,
    ) -> Callable[[F], F]:
        """Register a function as the handler of events with these names.

        ``on("pull_request")`` hears ``pull_request.opened`` too, ``on("pull_request.*")`` only what is
        below, ``on("*")`` everything. The function is called with the event; what it returns, if
        anything, is the reply: text, a dictionary (as JSON), a `Response`, or one of werkzeug's.

        Args:
            names: of the events.
            when: called with the event; the handler runs where it gives true.
            name: the handler's name in logs and stores; ``module:qualname`` by default.
            ack: with an inbox, ``"handled"``: run it before the reply; ``"accepted"``: by a worker.
            backoff: with an inbox, when it runs again after a failure; ``None`` for never.
            ordered_by: with an inbox, a place or a function of the event: events for which it is equal run
                one at a time in this handler, in order; ``None``: in no order.
            stale: ``"skip"`` passes over an event older than the last one that it handled; ``"latest"`` also
                one for which a later one is waiting.
        """
        add = self.router.on(
            *names,
            when=when,
            name=name,
            ack=ack,
            backoff=backoff,
            ordered_by=ordered_by,
            stale=stale,
        )

        def register(function: F) -> F:
            with self._all_or_nothing():
                add(function)
                self._check_handlers()
            warn_of_unknown(self.provider, names)
            return function

        return register

    def include(self, *sources: object) -> None:
        """Register what is marked with `hookkit.on` in functions, modules, objects or Routers."""
        self._include(sources, stacklevel=4)

    def _include(self, sources: Iterable[object], stacklevel: int) -> None:
        known = len(self.router.handlers)
        with self._all_or_nothing():
            self.router.include(*sources)
            self._check_handlers()
        for handler in self.router.handlers[known:]:
            warn_of_unknown(self.provider, handler.names, stacklevel)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Where registering fails, forget all handlers that were to be registered."""
        known = len(self.router.handlers)
        try:
            yield
        except BaseException:
            self.router.forget(self.router.handlers[known:])
            raise

    def _check_handlers(self) -> None:
        if self._inbox_source is not None:
            self._inbox_source.check()
        every = (self._runs, *(handler.runs for handler in self.router.handlers))
        if self.inbox is None and any(runs.is_ordered for runs in every):
            raise ConfigError("ordered_by= needs an inbox: Receiver(…, inbox=Inbox(…))")

    def _enter(self, inbox: Inbox) -> Intake:
        """Have the inbox take this receiver's deliveries from now on."""
        from hookkit.inbox.inbox import Inbox  # not loaded where there is none
        from hookkit.inbox.intake import Intake
        from hookkit.inbox.redact import Redaction
        from hookkit.inbox.sources import Source

        if not isinstance(inbox, Inbox):
            raise ConfigError('inbox= is an Inbox: write inbox=Inbox("sqlite:///hooks.db")')
        self._inbox_source = Source(
            self.source,
            self.provider,
            self.parser,
            self.router,
            self._around,
            self.verifier.fresh_for,
            self._runs,
            inbox.parse,
            lambda: self.verifier.labels(self.source),
            self._expect_every,
            Redaction(self._redact, self.provider) if self._redact else None,
        )
        self._inbox_source.check()
        return Intake(inbox, self._inbox_source)

    # Wiring.

    def wrap(self, app: WSGIApplication, *, path: str) -> WSGIApplication:
        """A WSGI application that gives this very path to the receiver and all else to `app`."""
        if not path.startswith("/"):
            raise ConfigError(f'path={path!r} begins with "/", such as "/webhooks/{self.source}"')

        def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            chosen = self if environ.get("PATH_INFO") == path else app
            return chosen(environ, start_response)

        return wrapped

    def run(self, port: int = 8000, host: str = "127.0.0.1") -> None:
        """Serve this receiver with werkzeug's development server, until Ctrl-C. Not for production."""
        from werkzeug.serving import run_simple  # 94 ms, and a real server runs without it

        run_simple(host, port, self, threaded=True)

    def repair(
        self,
        since: float | datetime,
        *,
        api_key: str = "",
        history: History | None = None,
        ask: Ask | None = None,
        progress: Callable[[int], None] | None = None,
        **settings: str,
    ) -> Repaired:
        """Ask the provider what it sent, and accept what never arrived. Begun again, it goes on.

        Args:
            since: unix seconds, or a datetime with a time zone.
            api_key: of the provider's API.
            history: where the provider's list is; by default found by the provider's name and `settings`,
                such as ``hook="https://api.github.com/repos/me/shop/hooks/1"``.
            ask: sends requests to the API; by default `hookkit.repair.Client` with the key.
            progress: is told of each page.

        Raises:
            ConfigError: there is no inbox, or no list of this provider is known.
            RepairFailed: the API does not answer as it should; what was fetched before is accepted.
        """
        from hookkit.repair import Client, history_of, repair  # not on the request path

        if self._intake is None:
            raise ConfigError("repair() accepts into an inbox: Receiver(…, inbox=Inbox(…))")
        return repair(
            self._intake,
            lambda name: bool(self.router.hearing(name)),
            history or history_of(self.provider, settings),
            ask or Client(api_key),
            since,
            progress,
        )

    # Looking inside.

    def explain(self, request: Request, *, others: Iterable[Receiver] = ()) -> Explanation:
        """Why this request is accepted or refused, step by step; for your eyes, never for a reply.

        Args:
            request: as it arrived.
            others: receivers whose secret the sender may have used instead.
        """
        from hookkit.providers import signature_headers  # loads the whole catalogue

        if self._allowed is not None and request.client not in self._allowed:
            from hookkit.explain import address_refused

            return address_refused(request.client)
        verifiers = [other.verifier for other in others]
        return self.verifier.explain(request, others=verifiers, known=signature_headers())

    def __repr__(self) -> str:
        return f"<Receiver {self.source}, {len(self.router.handlers)} handlers>"


def _allow_list(networks: Iterable[str] | None) -> AllowList | None:
    if networks is None:
        return None
    from hookkit.addresses import AllowList  # ipaddress is needed only for this

    return AllowList(networks)
