"""`on` and `Router`: from an event's name to the functions that handle it.

Names are hierarchical: ``on("pull_request")`` hears ``pull_request.opened`` too, ``"pull_request.*"``
only what is below, ``"*"`` everything. Looking up is a dictionary access for each level of a name, however
many handlers there are. A name from the wire is data and never a pattern.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from os.path import basename, splitext
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from hookkit.background import LoopThread
from hookkit.backoff import UNSET, Backoff, Unset
from hookkit.errors import ConfigError
from hookkit.event import Event
from hookkit.hints import Any, TypeVar
from hookkit.logs import EscapedTracebacks, printable
from hookkit.runs import OrderedBy, Runs

__all__ = ["Around", "Handler", "HandlerFunction", "Outcome", "Router", "as_around", "on"]

HandlerFunction = Callable[..., object]
Predicate = Callable[[Event[Any]], object]
Around = Callable[[Event[Any]], AbstractContextManager[object]]
F = TypeVar("F", bound=HandlerFunction)

MARKS = "__hookkit_marks__"
ANY = "*"
BY_RECEIVER = Runs()

FUNCTIONS = (FunctionType, MethodType)
CO_VARARGS, CO_COROUTINE = 0x04, 0x80
"""Flags of a function's code, as `inspect` has them."""

OURS = frozenset({MARKS, "__wrapped__"})
"""Attributes that a function may have and still be known by its code alone; any other may mark it async."""

logger = logging.getLogger("hookkit.router")
logger.addFilter(EscapedTracebacks())


class Mark:
    """What `on` notes on a function: the names it wants to hear."""

    __slots__ = ("name", "names", "runs", "when")

    def __init__(
        self,
        names: tuple[str, ...],
        when: Predicate | None,
        name: str | None,
        runs: Runs,
    ) -> None:
        self.names = names
        self.when = when
        self.name = name
        self.runs = runs


def on(
    *names: str,
    when: Predicate | None = None,
    name: str | None = None,
    ack: str | None = None,
    backoff: Backoff | Unset | None = UNSET,
    ordered_by: OrderedBy | Unset | None = UNSET,
    stale: str | None = None,
) -> Callable[[F], F]:
    """Mark a function as the handler of events with these names.

    The function stays as it is and is registered nowhere: give it, or its module, to
    ``Receiver(handlers=[…])`` or ``receiver.include(…)``.

    Args:
        names: such as ``"invoice.paid"``; see `hookkit.router` for how they are matched.
        when: called with the event; the handler runs where it gives true.
        name: the handler's name in logs and stores; ``module:qualname`` by default.
        ack: with an inbox, ``"handled"`` runs it before the reply; see `hookkit.runs.Runs`.
        backoff: with an inbox, when it runs again after a failure; ``None`` for never.
        ordered_by: with an inbox, events for which this is equal run one at a time, in order.
        stale: with `ordered_by`, ``"skip"`` passes over an event older than the last one done; ``"latest"``
            also one for which a later one is waiting.
    """
    check_names(names)
    runs = Runs(ack, backoff, ordered_by, stale)

    def mark(function: F) -> F:
        # A staticmethod or classmethod hands out the function inside it, so that is what is marked.
        inner = _inner(function)
        if isinstance(inner, type | MethodType) or not hasattr(inner, "__dict__"):
            raise ConfigError(
                f"{_describe(inner)} cannot be marked: decorate the function or method itself, "
                "or register it with receiver.on(…)"
            )
        setattr(inner, MARKS, [*getattr(inner, MARKS, ()), Mark(names, when, name, runs)])
        return function

    return mark


class Handler:
    """A user's function, with the names that it hears.

    Attributes:
        function: the function itself.
        name: ``module:qualname``, or what ``name=`` says.
        names: the event names of its registration.
        when: its predicate, or ``None``.
        order: its place among the handlers of its router.
        runs: when an inbox runs it.
        is_async: whether calling it gives something to await.
    """

    __slots__ = ("function", "is_async", "name", "names", "order", "runs", "when")

    def __init__(
        self,
        function: HandlerFunction,
        names: tuple[str, ...],
        when: Predicate | None,
        name: str | None,
        order: int,
        runs: Runs = BY_RECEIVER,
    ) -> None:
        self.function = function
        self.names = names
        self.when = when
        self.name = name or _name_of(function)
        self.order = order
        self.runs = runs
        self.is_async = _is_async(function)

    def __repr__(self) -> str:
        return f"<Handler {self.name} on {', '.join(self.names)}>"


class Outcome:
    """What came of one event.

    Attributes:
        ran: the handlers that ran, in order.
        failed: those of them that raised, with what they raised.
        result: the first thing that a handler returned other than ``None``.
    """

    # Of the class, as most outcomes have but one of them.
    ran: tuple[Handler, ...] = ()
    failed: tuple[tuple[Handler, BaseException], ...] = ()
    result: object = None

    def note(self, result: object) -> None:
        """Keep what a handler returned, where it is the first to return anything."""
        if self.result is None:
            self.result = result


class Router:
    """A group of handlers, to use again in several receivers.

    Args:
        separator: between the levels of a name; a receiver takes its provider's.
    """

    def __init__(self, *, separator: str = ".") -> None:
        self._separator = separator
        self._handlers: list[Handler] = []
        self._by_name: dict[str, list[Handler]] = {}
        self._loop = LoopThread()

    @property
    def handlers(self) -> tuple[Handler, ...]:
        """All handlers, in the order of their definition."""
        return tuple(self._handlers)

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
        """Register a function as the handler of events with these names; see the function `on`."""
        # Here and not only in `add`: without parentheses the function itself would be the name.
        check_names(names, self._separator)
        runs = Runs(ack, backoff, ordered_by, stale)

        def register(function: F) -> F:
            self.add(function, *names, when=when, name=name, runs=runs)
            return function

        return register

    def add(
        self,
        function: HandlerFunction,
        *names: str,
        when: Predicate | None = None,
        name: str | None = None,
        runs: Runs = BY_RECEIVER,
    ) -> Handler:
        """Register `function`. Raises ConfigError where it is none, or a name is none."""
        check_names(names, self._separator)
        if not callable(function):
            raise ConfigError(f"a handler is a function, not {type(function).__name__}")
        if not _takes_one(function):
            raise ConfigError(
                f"{_name_of(function)} is called with the event and nothing else: write def …(event)"
            )
        if when is not None and not callable(when):
            raise ConfigError("when= is a function of the event that gives true or false")
        handler = Handler(function, names, when, name, len(self._handlers), runs)
        self._handlers.append(handler)
        for each in dict.fromkeys(names):
            self._by_name.setdefault(each, []).append(handler)
        return handler

    def forget(self, handlers: Iterable[Handler]) -> None:
        """Take these out again, the last ones that were registered."""
        for handler in handlers:
            self._handlers.remove(handler)
            for each in dict.fromkeys(handler.names):
                self._by_name[each].remove(handler)

    def include(self, *sources: object) -> None:
        """Register what was marked with `on` in these functions, modules, objects or Routers.

        What is found twice counts once.

        Raises:
            ConfigError: nothing in a source is marked.
        """
        for source in sources:
            found = list(_find(source))
            if not found:
                raise ConfigError(
                    f'{_describe(source)} has no handler: decorate a function with @hookkit.on("…")'
                )
            for function, mark in found:
                if not self._has(function, mark):
                    self.add(function, *mark.names, when=mark.when, name=mark.name, runs=mark.runs)

    def _has(self, function: HandlerFunction, mark: Mark) -> bool:
        return any(
            handler.function == function
            and handler.names == mark.names
            and handler.when is mark.when
            for handler in self._handlers
        )

    def match(self, event: Event[Any]) -> list[Handler]:
        """The handlers that would run, in the order of their definition, without running any."""
        return [each for each in self.hearing(event.type) if each.when is None or each.when(event)]

    def hearing(self, name: str) -> list[Handler]:
        """The handlers of this name, whatever their predicates say, in the order of their definition.

        Those registered for this name, for one above it, or for a wildcard of one above.
        """
        separator, by_name = self._separator, self._by_name
        if separator not in name and ANY not in by_name:
            return by_name.get(name) or []
        names = [name, ANY]
        end = name.rfind(separator)
        while end >= 0:
            above = name[:end]
            names += above, above + separator + ANY
            end = name.rfind(separator, 0, end)
        heard = [found for each in names if (found := by_name.get(each))]
        if len(heard) < 2:
            return heard[0] if heard else []
        by_order = {handler.order: handler for handlers in heard for handler in handlers}
        return [by_order[order] for order in sorted(by_order)]

    def run(self, event: Event[Any], around: Around | None = None) -> Outcome:
        """Run the event's handlers, one after the other; one that fails does not stop the next."""
        outcome = Outcome()
        for handler in self.hearing(event.type):
            try:
                if around is None:
                    self._call(handler, event, outcome)
                else:
                    with around(event):
                        self._call(handler, event, outcome)
            except Exception as error:  # noqa: BLE001  # whatever a user's function raises
                _note_failure(outcome, handler, event, error)
        return outcome

    async def run_async(self, event: Event[Any], around: Around | None = None) -> Outcome:
        """As `run`, on the caller's loop; plain functions run in a thread and do not block it."""
        outcome = Outcome()
        for handler in self.hearing(event.type):
            try:
                await self.run_one_async(handler, event, around, outcome)
            except Exception as error:  # noqa: BLE001  # whatever a user's function raises
                _note_failure(outcome, handler, event, error)
        return outcome

    def run_one(
        self, handler: Handler, event: Event[Any], around: Around | None, outcome: Outcome
    ) -> None:
        """Run one handler, and note in `outcome` what it returned. Raises what it raises."""
        with around(event) if around else nullcontext():
            self._call(handler, event, outcome)

    async def run_one_async(
        self, handler: Handler, event: Event[Any], around: Around | None, outcome: Outcome
    ) -> None:
        """As `run_one`, on the caller's loop."""
        from asyncio import to_thread  # the caller has loaded it

        if handler.is_async:
            await self._await(handler, event, around, outcome)
        else:
            await to_thread(self.run_one, handler, event, around, outcome)

    def _call(self, handler: Handler, event: Event[Any], outcome: Outcome) -> None:
        if handler.when is not None and not handler.when(event):
            return
        outcome.ran += (handler,)
        result = handler.function(event)
        if result is None:
            return
        if isinstance(result, Awaitable):
            result = self._loop.run(_awaited(result))
        outcome.note(result)

    async def _await(
        self, handler: Handler, event: Event[Any], around: Around | None, outcome: Outcome
    ) -> None:
        with around(event) if around else nullcontext():
            if handler.when is not None and not handler.when(event):
                return
            outcome.ran += (handler,)
            outcome.note(await _as_awaitable(handler.function(event)))


async def _awaited(awaitable: Awaitable[object]) -> object:
    try:
        return await awaitable
    except (SystemExit, KeyboardInterrupt) as error:
        # Either would end the loop's thread, and the caller would wait for the result for ever.
        raise RuntimeError(f"an async handler raised {type(error).__name__}") from error


def _as_awaitable(result: object) -> Awaitable[object]:
    if not isinstance(result, Awaitable):
        raise TypeError("the handler is marked async, but what it returned cannot be awaited")
    return result


def _note_failure(outcome: Outcome, handler: Handler, event: Event[Any], error: Exception) -> None:
    outcome.failed += ((handler, error),)
    logger.error(
        "handler %s failed on %s event %s",
        printable(handler.name),
        printable(event.source),
        printable(event.type),
        exc_info=error,
    )


def check_names(names: tuple[object, ...], separator: str = "") -> None:
    """Raises ConfigError for what cannot be the name in ``on("…")``."""
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ConfigError('write the event\'s name: @on("push"), or @on("*") for every event')
    for name in map(str, names):
        if separator and ANY in name and name != ANY and not _ends_with_wildcard(name, separator):
            raise ConfigError(
                f'on({name!r}): a "*" stands alone or for everything below a name, '
                f'such as "pull_request{separator}*"'
            )


def _ends_with_wildcard(name: str, separator: str) -> bool:
    return name.endswith(separator + ANY) and name.count(ANY) == 1 and len(name) > 2


def _find(source: object) -> Iterator[tuple[HandlerFunction, Mark]]:
    """Marked functions in `source`, in the order of their definition."""
    if isinstance(source, Router):
        for handler in source.handlers:
            yield handler.function, Mark(handler.names, handler.when, handler.name, handler.runs)
    elif isinstance(source, type):
        raise ConfigError(f"{source.__name__} is a class: give an instance of it")
    elif isinstance(source, ModuleType):
        for thing in vars(source).values():
            if isinstance(thing, FUNCTIONS) or _is_marked(thing):
                yield from _marked(thing)
    elif isinstance(source, FUNCTIONS) or _is_marked(source):
        yield from _marked(source)
    else:
        for name in _attributes(source):
            yield from _marked(getattr(source, name))


def _is_marked(thing: object) -> bool:
    """Whether it is marked, be it a function or not; asked so that no lazy proxy is woken."""
    from inspect import (
        getattr_static,  # as costly as a third of hookkit, and functions need none of it
    )

    return getattr_static(thing, MARKS, None) is not None


def _marked(thing: Any) -> Iterator[tuple[HandlerFunction, Mark]]:
    for mark in getattr(thing, MARKS, ()):
        yield thing, mark


def _attributes(instance: object) -> list[str]:
    """Names of the marked methods, without running any property."""
    from inspect import getattr_static  # as above

    names = dict.fromkeys(name for each in reversed(type(instance).__mro__) for name in vars(each))
    return [name for name in names if _is_marked(_inner(getattr_static(instance, name, None)))]


def _inner(function: object) -> object:
    """What a staticmethod or classmethod hands out."""
    return function.__func__ if isinstance(function, staticmethod | classmethod) else function


def _describe(source: object) -> str:
    if isinstance(source, ModuleType):
        return f"module {source.__name__}"
    return getattr(source, "__qualname__", type(source).__name__)


def _name_of(function: HandlerFunction) -> str:
    while isinstance(function, partial):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{_importable(named.__module__)}:{named.__qualname__}"


def _importable(module: str) -> str:
    """As workers that import it call the module that ``python app.py`` or ``python -m app`` runs."""
    if module != "__main__":
        return module
    main = sys.modules[module]
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if spec is not None:
        return str(spec.name)
    return splitext(basename(file))[0] if file else module  # noqa: PTH119, PTH122  # pathlib is slow to import


def _takes_one(function: HandlerFunction) -> bool:
    """Whether it can be called with one argument. Taken as true of all but plain functions and methods."""
    bound = isinstance(function, MethodType)
    plain = function.__func__ if isinstance(function, MethodType) else function
    if not isinstance(plain, FunctionType):
        return True
    code, given = plain.__code__, plain.__kwdefaults__ or {}
    most = code.co_argcount - bound
    least = most - len(plain.__defaults__ or ())
    named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    takes_more = bool(code.co_flags & CO_VARARGS)
    return least <= 1 and (most >= 1 or takes_more) and all(name in given for name in named)


def _is_async(function: HandlerFunction) -> bool:
    while isinstance(function, partial):
        function = function.func
    if isinstance(function, BuiltinFunctionType):
        return False
    if isinstance(function, FunctionType) and vars(function).keys() <= OURS:
        return function.__code__.co_flags & CO_COROUTINE != 0
    from inspect import iscoroutinefunction  # as above; a function may be marked as one

    called = getattr(function, "__call__", None)  # noqa: B004  # an object may have an async __call__
    return iscoroutinefunction(function) or iscoroutinefunction(called)


def as_around(given: Callable[..., AbstractContextManager[object]] | None) -> Around | None:
    """`given`, called with the event where it takes an argument."""
    if given is None:
        return None
    if not callable(given):
        raise ConfigError(
            "around= gives a context manager: write for example around=app.app_context"
        )
    from inspect import signature  # as above

    try:
        signature(given).bind()
    except (TypeError, ValueError):
        return given
    return lambda _event: given()
