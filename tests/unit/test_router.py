"""`on` and `Router`: names, marks, order, and running handlers one after the other."""

import asyncio
import functools
import inspect
import logging
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from types import ModuleType, SimpleNamespace

import pytest

import hookkit
from hookkit import ConfigError, Event, Request, Router, Verdict, on

LOGGER = "hookkit.router"


def event(name: str = "push", payload: object = None, source: str = "acme") -> Event:
    return Event(name, payload, Request(), Verdict(0), source)


def heard(router: Router, name: str) -> list[str]:
    """What the handlers that would run are called."""
    return [handler.name for handler in router.match(event(name))]


def router_of(*names: str, separator: str = ".") -> Router:
    """A router with a handler for each name, called like it."""
    router = Router(separator=separator)
    for name in names:
        router.add(lambda event: None, name, name=name)
    return router


def running(router: Router, name: str = "push", **kwargs) -> hookkit.router.Outcome:
    return router.run(event(name), **kwargs)


def module(**members: object) -> ModuleType:
    made = ModuleType("billing")
    vars(made).update(members)
    return made


@on("push")
def marked(event):
    return "marked"


def plain(event):
    return "plain"


# Names.


@pytest.mark.parametrize(
    ("registered", "name", "hears"),
    [
        ("push", "push", True),
        ("push", "pushed", False),
        ("push", "pus", False),
        ("push", "Push", False),
        ("push", "", False),
        ("pull_request", "pull_request.opened", True),
        ("pull_request", "pull_request.opened.again", True),
        ("pull_request.opened", "pull_request", False),
        ("pull_request.opened", "pull_request.opened", True),
        ("pull_request.opened", "pull_request.opened.again", True),
        ("pull_request.*", "pull_request.opened", True),
        ("pull_request.*", "pull_request.opened.again", True),
        ("pull_request.*", "pull_request", False),
        ("pull_request.*", "pull_request.", True),
        ("pull_request.*", "pull_requests.opened", False),
        ("a.b.*", "a.b.c.d", True),
        ("a.b.*", "a.b", False),
        ("a.b", "a.b.c.d", True),
        ("*", "push", True),
        ("*", "pull_request.opened", True),
        ("*", "", True),
        ("*", "*", True),
        ("a", ".a", False),
        ("a", "a..b", True),
    ],
)
def test_hierarchical_names(registered, name, hears):
    """A name hears itself and what is below, ".*" only what is below, "*" everything."""
    assert heard(router_of(registered), name) == ([registered] if hears else [])


@pytest.mark.parametrize("wire", ["*", "a.*", "*.*", "a.*.b", ".*"])
def test_a_name_from_the_wire_is_never_a_pattern(wire):
    """An event that is called like a pattern is heard by its own level only."""
    assert heard(router_of("push", "b", "a.b"), wire) == []


def test_an_event_called_star_is_below_its_own_level():
    """ "a.*" from the wire is one of those below "a"."""
    assert heard(router_of("a", "a.*", "a.b"), "a.*") == ["a", "a.*"]


@pytest.mark.parametrize("separator", [".", ":", "/"])
def test_other_separators(separator):
    """Levels are cut where the provider cuts them, and nowhere else."""
    router = router_of("repo", f"repo{separator}*", "*", separator=separator)
    assert heard(router, f"repo{separator}push") == ["repo", f"repo{separator}*", "*"]
    other = "." if separator != "." else "/"
    assert heard(router, f"repo{other}push") == ["*"]


def test_order_of_definition_over_mixed_names():
    """However they are named, handlers run in the order in which they were defined."""
    names = ["a.b", "*", "a", "a.*", "a.b.*", "a.b.c"]
    for turn in range(len(names)):
        turned = names[turn:] + names[:turn]
        assert heard(router_of(*turned), "a.b.c") == turned


def test_several_names_on_one_handler():
    """A handler with several names runs once for an event that fits more than one."""
    router = Router()
    router.add(plain, "a", "a.b", "*", "a", name="h")
    assert heard(router, "a.b.c") == ["h"]
    assert heard(router, "z") == ["h"]
    assert running(router, "a.b").ran == router.handlers


def test_one_function_twice_is_two_handlers():
    """Registering a function again by hand is a second handler."""
    router = Router()
    router.add(plain, "a")
    router.add(plain, "a")
    assert len(running(router, "a").ran) == 2


def test_nothing_hears_a_name_that_nobody_registered():
    """An event that nobody hears runs nothing."""
    outcome = running(router_of("a"), "b")
    assert (outcome.ran, outcome.failed, outcome.result) == ((), (), None)


@pytest.mark.parametrize(
    "names",
    [(), ("",), (plain,), (17,), (None,), ("push", ""), (["push"],)],
    ids=["none", "empty", "function", "number", "none-given", "one-empty", "list"],
)
@pytest.mark.parametrize(
    "register",
    [
        pytest.param(on, id="on"),
        pytest.param(lambda *names: Router().on(*names), id="router.on"),
        pytest.param(lambda *names: Router().add(plain, *names), id="add"),
    ],
)
def test_what_is_no_name_says_what_to_write(register, names):
    """Without a name, or without parentheses, the error shows how it is written."""
    with pytest.raises(ConfigError, match=r'write the event\'s name: @on\("push"\)'):
        register(*names)


@pytest.mark.parametrize(
    ("name", "separator"),
    [
        ("pull*", "."),
        ("*.opened", "."),
        ("a.*.b", "."),
        ("**", "."),
        ("a.**", "."),
        (".*", "."),
        ("a.*", "/"),
        ("a/*", "."),
    ],
)
def test_a_star_in_the_wrong_place(name, separator):
    """A star stands alone, or last below a name."""
    with pytest.raises(ConfigError, match=rf"pull_request\{separator}\*"):
        Router(separator=separator).on(name)


@pytest.mark.parametrize("thing", [None, "plain", 17], ids=repr)
def test_a_handler_is_a_function(thing):
    """What cannot be called is no handler."""
    with pytest.raises(ConfigError, match="a handler is a function, not"):
        Router().on("push")(thing)


class Shop:
    def sell(self, event): ...

    def close(self): ...

    @staticmethod
    def ship(event, *, how="fast"): ...


@pytest.mark.parametrize(
    "function",
    [
        lambda: None,
        lambda first, second: None,
        lambda event, *, how: None,
        lambda *, event: None,
        lambda **event: None,
        Shop().close,
        Shop.sell,
    ],
)
def test_a_handler_is_called_with_the_event_alone(function):
    """What cannot be would fail on each delivery."""
    router = Router()
    with pytest.raises(ConfigError, match="is called with the event and nothing else"):
        router.on("push")(function)
    assert router.handlers == ()


@pytest.mark.parametrize(
    "function",
    [
        lambda event: None,
        lambda event, more=1: None,
        lambda *events: None,
        lambda event, *, how="fast": None,
        lambda event=None, **more: None,
        lambda event, /: None,
        Shop().sell,
        Shop.ship,
        functools.partial(lambda shop, event: None, "shop"),
        print,
        str,
    ],
)
def test_what_can_be_called_with_the_event(function):
    router = Router()
    router.on("push")(function)
    assert len(router.run(event("push")).ran) == 1


def test_what_is_forgotten_is_not_run():
    router = Router()
    kept = router.add(print, "push", "*")
    gone = [router.add(str, "push", "push"), router.add(repr, "ping")]
    router.forget(gone)
    assert router.handlers == (kept,)
    assert router.hearing("push") == [kept]
    assert router.hearing("ping") == [kept]


# Predicates.


def test_when_is_a_function():
    with pytest.raises(ConfigError, match="when= is a function of the event"):
        Router().add(print, "push", when="x")


def test_when():
    """A predicate sees the event, and its handler runs where it gives true."""
    router = Router()
    router.add(plain, "push", when=lambda event: event.payload == "main")
    main, other = event(payload="main"), event(payload="other")
    assert router.match(main) == list(router.handlers)
    assert router.match(other) == []
    assert router.run(main).result == "plain"
    assert router.run(other).ran == ()


def test_a_predicate_that_raises_is_a_failure_of_its_handler(caplog):
    """It is logged, counted as failed, and stops nobody else."""
    router = Router()
    router.add(plain, "push", when=lambda event: event.payload["x"])
    router.add(plain, "push")
    outcome = running(router)
    assert [handler.order for handler, _ in outcome.failed] == [0]
    assert [handler.order for handler in outcome.ran] == [1]
    assert "TypeError" in caplog.text


def test_match_answers_without_running():
    """`match` names the handlers and calls none of them."""

    @on("push")
    def never(event):
        raise AssertionError

    router = Router()
    router.include(never)
    assert router.match(event()) == list(router.handlers)


# Marks.


def test_on_only_marks():
    """The function stays the function it was, and nothing is registered anywhere."""

    def handler(event):
        return "plain"

    assert on("push")(handler) is handler
    assert handler(event()) == "plain"
    assert running(Router()).ran == ()
    assert not hasattr(hookkit.router, "registry")


def test_routers_know_nothing_of_each_other():
    """There is no global registry."""
    first, second = Router(), Router()
    first.on("push")(plain)
    assert running(second).ran == ()


def test_marks_add_up():
    """`on` twice is two handlers, the inner one first."""

    @on("b", when=bool)
    @on("a", name="first")
    def handler(event): ...

    router = Router()
    router.include(handler)
    assert [(each.names, each.when, each.order) for each in router.handlers] == [
        (("a",), None, 0),
        (("b",), bool, 1),
    ]
    assert router.handlers[0].name == "first"


def test_marks_of_a_wrapped_function_do_not_reach_back():
    """A decorator that copies attributes does not make the function inside hear more."""

    @on("a")
    def inner(event): ...

    @on("b")
    @functools.wraps(inner)
    def outer(event): ...

    router = Router()
    router.include(inner)
    assert [handler.names for handler in router.handlers] == [("a",)]


class Base:
    @on("base")
    def kept(self, event):
        return ("kept", self)

    @on("base")
    def dropped(self, event):
        raise AssertionError

    @on("base")
    def replaced(self, event):
        raise AssertionError

    def unmarked(self, event):
        raise AssertionError


class Shop(Base):
    @on("shop")
    def method(self, event):
        return ("method", self)

    @staticmethod
    @on("shop")
    def static_inside(event):
        return "static_inside"

    @on("shop")
    @staticmethod
    def static_outside(event):
        return "static_outside"

    @classmethod
    @on("shop")
    def of_class_inside(cls, event):
        return ("of_class_inside", cls)

    @on("shop")
    @classmethod
    def of_class_outside(cls, event):
        return ("of_class_outside", cls)

    def dropped(self, event):
        raise AssertionError

    @on("shop")
    def replaced(self, event):
        return ("replaced", self)

    @property
    def trap(self):
        raise AssertionError("nobody asks for a property")


def results(router: Router, name: str) -> list[object]:
    return [handler.function(event()) for handler in router.match(event(name))]


def test_methods_of_an_object():
    """Methods are found in order, inherited ones too; overriding without a mark takes it away."""
    shop = Shop()
    router = Router()
    router.include(shop)
    assert results(router, "base") == [("kept", shop)]
    assert results(router, "shop") == [
        ("replaced", shop),
        ("method", shop),
        "static_inside",
        "static_outside",
        ("of_class_inside", Shop),
        ("of_class_outside", Shop),
    ]


def test_two_objects_of_a_class_are_two_sources():
    """The same method of another object is another handler."""
    one, other = Shop(), Shop()
    router = Router()
    router.include(one, other, one)
    assert results(router, "base") == [("kept", one), ("kept", other)]


def test_members_of_a_module():
    """A module's marked functions are found in order; whatever else is in it is left alone."""
    from flask import current_app, request

    shop = Shop()
    made = module(
        one=on("a")(lambda event: 1),
        plain=plain,
        request=request,
        current_app=current_app,
        shop=shop,
        Shop=Shop,
        on=on,
        number=17,
        two=on("a")(lambda event: 2),
        also_one=None,
    )
    made.also_one = made.one
    router = Router()
    router.include(made)
    assert results(router, "a") == [1, 2]
    assert len(router.handlers) == 2


def test_a_real_module():
    """A module on disk is a source as any."""
    router = Router()
    router.include(sys.modules[__name__])
    assert marked in [handler.function for handler in router.handlers]


class Callable:
    def __call__(self, event):
        return "called"


@pytest.mark.parametrize(
    ("make", "result"),
    [
        (lambda: on("a")(functools.partial(lambda word, event: word, "bound")), "bound"),
        (lambda: on("a")(Callable()), "called"),
        (lambda: on("a")(functools.lru_cache(lambda event: "cached")), "cached"),
    ],
    ids=["partial", "object", "cached"],
)
@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: module(it=it)], ids=["it", "module"])
def test_callables_that_are_no_functions(make, result, wrap):
    """A marked partial or callable object is found by itself and in its module."""
    router = Router()
    router.include(wrap(make()))
    assert running(router, "a").result == result


def test_a_bound_method_is_a_source():
    """A single method of an object can be given."""
    router = Router()
    router.include(Shop().method)
    assert [handler.names for handler in router.handlers] == [("shop",)]


def test_a_router_is_a_source():
    """A group's handlers join in their order, with their names and predicates."""
    group = Router()
    group.add(plain, "a", "b", when=bool, name="first")
    group.include(marked)
    router = Router()
    router.include(group)
    assert [(h.function, h.names, h.when, h.name, h.order) for h in router.handlers] == [
        (plain, ("a", "b"), bool, "first", 0),
        (marked, ("push",), None, f"{__name__}:marked", 1),
    ]


def test_an_included_router_must_fit_the_separator():
    """A wildcard of another separator would never hear anything."""
    with pytest.raises(ConfigError, match=r"pull_request/\*"):
        Router(separator="/").include(router_of("a.*"))


def test_what_is_found_twice_counts_once():
    """A function that comes by several ways is one handler."""
    group = Router()
    group.include(marked)
    router = Router()
    router.include(marked, module(marked=marked), group, marked)
    router.include(marked)
    assert len(router.handlers) == 1


def test_another_predicate_makes_another_handler():
    """Only what is the same in all is the same."""

    @on("push", when=bool)
    @on("push", when=callable)
    @on("push")
    def handler(event): ...

    router = Router()
    router.include(handler, handler)
    assert [each.when for each in router.handlers] == [None, callable, bool]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (plain, r"plain has no handler: decorate a function with @hookkit\.on"),
        (module(plain=plain), "module billing has no handler"),
        (object(), "object has no handler"),
        (Router(), "Router has no handler"),
        (functools.partial(plain), "partial has no handler"),
        ("billing", "str has no handler"),
        (None, "NoneType has no handler"),
        (SimpleNamespace(marked=marked), "SimpleNamespace has no handler"),
    ],
    ids=["function", "module", "object", "router", "partial", "text", "none", "namespace"],
)
def test_a_source_with_nothing_in_it(source, message):
    """A source in which nothing is marked is a mistake, and said so."""
    with pytest.raises(ConfigError, match=message):
        Router().include(source)


def test_a_class_is_no_source():
    """A class has no methods to call without an object."""
    with pytest.raises(ConfigError, match="Shop is a class: give an instance of it"):
        Router().include(Shop)


@pytest.mark.parametrize(
    "thing",
    [print, Shop().unmarked, Shop, 17, "text"],
    ids=["builtin", "bound-method", "class", "number", "text"],
)
def test_what_cannot_be_marked(thing):
    """`on` says so where it cannot leave a mark that would be found again."""
    with pytest.raises(ConfigError, match="cannot be marked: decorate the function or method"):
        on("push")(thing)


# Handlers.


async def waits(event): ...


class Waits:
    async def __call__(self, event): ...

    async def method(self, event): ...


@pytest.mark.parametrize(
    ("function", "name", "is_async"),
    [
        (plain, f"{__name__}:plain", False),
        (waits, f"{__name__}:waits", True),
        (functools.partial(plain), f"{__name__}:plain", False),
        (functools.partial(functools.partial(waits)), f"{__name__}:waits", True),
        (Shop().method, f"{__name__}:Shop.method", False),
        (Waits().method, f"{__name__}:Waits.method", True),
        (Waits(), f"{__name__}:Waits", True),
        (Callable(), f"{__name__}:Callable", False),
        (functools.partial(Waits()), f"{__name__}:Waits", True),
        (print, "builtins:print", False),
    ],
    ids=[
        "function",
        "async",
        "partial",
        "async-partial",
        "method",
        "async-method",
        "async-object",
        "object",
        "partial-object",
        "builtin",
    ],
)
def test_a_handlers_name_and_kind(function, name, is_async):
    """A handler is called by its module and qualified name, whatever is wrapped round it."""
    handler = Router().add(function, "a", "b")
    assert (handler.name, handler.is_async) == (name, is_async)
    assert repr(handler) == f"<Handler {name} on a, b>"


@pytest.mark.parametrize("started", [["app.py"], ["-m", "app"]])
def test_a_handler_of_the_program_is_named_as_workers_name_it(started, tmp_path):
    """Which import the module: ``python -m hookkit worker app:inbox``."""
    (tmp_path / "app.py").write_text(
        "from hookkit import Router\ndef book(event): ...\nprint(Router().add(book, '*').name)\n"
    )
    ran = subprocess.run(
        [sys.executable, *started], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "app:book\n"


@pytest.mark.parametrize("note", ["__wrapped__", "of_another_library"])
@pytest.mark.parametrize("is_async", [False, True], ids=["function", "async"])
def test_a_function_with_notes_on_it(is_async, note):
    """Is what its code says, whatever else is noted on it."""

    async def later(event): ...

    def now(event): ...

    function = later if is_async else now
    setattr(function, note, now if is_async else later)
    assert Router().add(function, "a").is_async is is_async


@pytest.mark.skipif(not hasattr(inspect, "markcoroutinefunction"), reason="Python 3.12 has it")
def test_a_function_that_says_it_is_async():
    """Counts as one, for what it gives is to be awaited."""

    def later(event):
        return waits(event)

    function = inspect.markcoroutinefunction(later)
    assert Router().add(function, "a").is_async


def test_a_name_of_ones_own():
    """`name=` goes before the function's own."""
    router = Router()
    router.on("a", name="bill")(plain)
    assert router.handlers[0].name == "bill"


def test_the_handlers_of_a_router_cannot_be_changed_from_outside():
    """`handlers` is a copy."""
    router = router_of("a")
    assert isinstance(router.handlers, tuple)


# Running.


@pytest.fixture(params=["run", "run_async"])
def run(request):
    """Both ways to run: they must give the same."""
    if request.param == "run":
        return Router.run
    return lambda router, event, around=None: asyncio.run(router.run_async(event, around))


async def answers(event):
    await asyncio.sleep(0)
    return "async"


def gives_awaitable(event):
    return answers(event)


def test_all_that_hear_run_in_order(run):
    """Handlers run one after the other, async and plain ones alike."""
    order = []
    router = Router()
    router.add(lambda event: order.append(1), "push")

    async def second(event):
        await asyncio.sleep(0)
        order.append(2)

    router.add(second, "*")
    router.add(lambda event: order.append(3), "push")
    outcome = run(router, event())
    assert order == [1, 2, 3]
    assert outcome.ran == router.handlers
    assert (outcome.failed, outcome.result) == ((), None)


@pytest.mark.parametrize(
    ("functions", "result"),
    [
        ([plain], "plain"),
        ([answers], "async"),
        ([lambda event: None, plain, answers], "plain"),
        ([lambda event: None], None),
        ([lambda event: "", plain], ""),
        ([lambda event: False, plain], False),
        ([gives_awaitable], "async"),
        ([functools.partial(answers)], "async"),
        ([Waits()], None),
    ],
    ids=["plain", "async", "first", "none", "empty", "false", "awaitable", "partial", "object"],
)
def test_the_first_result_counts(run, functions, result):
    """The first thing that a handler returns other than None is the outcome's result."""
    router = Router()
    for function in functions:
        router.add(function, "push")
    assert run(router, event()).result == result


def fails(event):
    raise ValueError("it broke")


async def fails_later(event):
    await asyncio.sleep(0)
    raise ValueError("it broke")


@pytest.mark.parametrize("function", [fails, fails_later], ids=["plain", "async"])
def test_a_failing_handler_stops_nobody(run, function, caplog):
    """Its error is kept and its traceback logged, and the others run."""
    router = Router()
    failing = router.add(function, "push")
    other = router.add(plain, "push")
    outcome = run(router, event())
    assert outcome.ran == (failing, other)
    ((handler, error),) = outcome.failed
    assert (handler, str(error)) == (failing, "it broke")
    assert outcome.result == "plain"
    (record,) = caplog.records
    assert (record.name, record.levelno) == (LOGGER, logging.ERROR)
    assert record.getMessage() == f"handler {failing.name} failed on acme event push"
    assert record.exc_info[1] is error


def test_the_logged_traceback_cannot_pass_for_log_lines(caplog):
    """Lines of a traceback are indented, and nothing from outside is in it raw."""

    def quotes(event):
        raise ValueError(event.payload)

    router = Router()
    router.add(quotes, "*", name="evil\nhandler")
    evil = "\x1b[31m\r\x00\u2028\nERROR root: all is lost\n"
    router.run(event("push\nERROR", evil, "acme\x1b"))
    message, *traceback = caplog.text.split("\n")
    assert message.endswith(r"handler evil\nhandler failed on acme\x1b event push\nERROR")
    assert traceback.pop() == ""
    assert traceback[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in traceback)
    assert any("ERROR root: all is lost" in line for line in traceback)
    assert all(line.isprintable() for line in traceback)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt], ids=lambda e: e.__name__)
def test_an_async_handler_that_exits_fails_like_any_other(error):
    """It must not take the loop's thread with it, or whoever waits would wait for ever."""

    async def leaves(event):
        raise error

    router = Router()
    router.add(leaves, "push")
    router.add(answers, "push")
    outcome = router.run(event())
    ((_, caught),) = outcome.failed
    assert isinstance(caught, RuntimeError)
    assert outcome.result == "async"


def test_async_handlers_share_a_loop_of_their_own():
    """Without a loop of the caller's they run on one, in one thread beside."""

    async def where(event):
        return asyncio.get_running_loop(), threading.current_thread()

    router = Router()
    router.add(where, "push")
    first, second = router.run(event()).result, router.run(event()).result
    assert first == second
    assert first[1] is not threading.current_thread()


def test_on_the_callers_loop():
    """`run_async` awaits async handlers there, and keeps plain ones off it."""

    async def where(event):
        return asyncio.get_running_loop(), threading.current_thread()

    def beside(event):
        return threading.current_thread()

    async def main():
        outcomes = []
        for function in (where, beside):
            router = Router()
            router.add(function, "push")
            outcomes.append((await router.run_async(event())).result)
        return asyncio.get_running_loop(), outcomes

    loop, ((its_loop, its_thread), other_thread) = asyncio.run(main())
    assert its_loop is loop
    assert its_thread is threading.current_thread()
    assert other_thread is not threading.current_thread()


def test_async_when(run):
    """A predicate guards async handlers as it does others."""
    router = Router()
    router.add(answers, "push", when=lambda event: event.payload)
    assert run(router, event(payload=1)).result == "async"
    outcome = run(router, event())
    assert (outcome.ran, outcome.result) == ((), None)


class LooksAsync:
    """Its objects are async handlers; it is none itself."""

    def __init__(self, event): ...

    async def __call__(self, event): ...


def test_a_handler_that_only_looks_async():
    """What says that it is async and gives nothing to await fails, on a loop."""
    router = Router()
    handler = router.add(LooksAsync, "push")
    assert handler.is_async
    outcome = asyncio.run(router.run_async(event()))
    ((_, error),) = outcome.failed
    assert "cannot be awaited" in str(error)


# Around.


class Scope:
    """Notes what is entered and left, and may swallow an error."""

    def __init__(self, *, swallow: bool = False) -> None:
        self.notes: list[object] = []
        self.swallow = swallow

    @contextmanager
    def __call__(self, event):
        self.notes.append(("enter", event.type))
        try:
            yield
        except ValueError:
            self.notes.append("error")
            if not self.swallow:
                raise
        finally:
            self.notes.append("leave")


@pytest.mark.parametrize("function", [plain, answers], ids=["plain", "async"])
def test_around_is_entered_for_each_attempt(run, function):
    """Every run of a handler has a scope of its own."""
    scope = Scope()
    router = Router()
    router.add(function, "push")
    router.add(function, "*")
    assert run(router, event(), scope).result is not None
    assert scope.notes == [("enter", "push"), "leave"] * 2


@pytest.mark.parametrize("function", [fails, fails_later], ids=["plain", "async"])
@pytest.mark.parametrize("swallow", [False, True], ids=["raises", "swallows"])
def test_around_a_failing_handler(run, function, swallow):
    """The scope sees the error; where it swallows it, the handler has not failed."""
    scope = Scope(swallow=swallow)
    router = Router()
    router.add(function, "push")
    outcome = run(router, event(), scope)
    assert scope.notes == [("enter", "push"), "error", "leave"]
    assert len(outcome.ran) == 1
    assert len(outcome.failed) == (0 if swallow else 1)


@pytest.mark.parametrize("function", [plain, answers], ids=["plain", "async"])
def test_a_scope_that_cannot_be_entered(run, function):
    """The handler has failed and not run, and the next has its turn."""
    turns = iter([ZeroDivisionError, None])

    def around(event):
        if error := next(turns):
            raise error
        return nullcontext()

    router = Router()
    router.add(function, "push", name="first")
    router.add(function, "push", name="second")
    outcome = run(router, event(), around)
    assert [handler.name for handler in outcome.ran] == ["second"]
    assert [handler.name for handler, _ in outcome.failed] == ["first"]


def test_nothing_is_entered_where_nobody_hears(run):
    """Without a handler there is no attempt."""
    scope = Scope()
    run(router_of("other"), event(), scope)
    assert scope.notes == []


def test_the_handler_runs_inside_its_scope(run):
    """The scope is there when an async handler runs, too."""
    scope = Scope()
    router = Router()

    async def inside(event):
        await asyncio.sleep(0)
        return list(scope.notes)

    router.add(inside, "push")
    assert run(router, event(), scope).result == [("enter", "push")]


def test_a_registered_function_stays_what_it_was():
    """So that it can be called, and registered again below another decorator."""
    router = Router()

    def note(event):
        return None

    assert router.on("paid")(note) is note
