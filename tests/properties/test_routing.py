"""Names are matched as a reader would do it by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hookkit import Event, Request, Router, Verdict

SEPARATORS = st.sampled_from(list("./:- _"))
LEVELS = st.text("ab", max_size=2)


def hears(name: str, event: str, separator: str) -> bool:
    """Whether a handler of this name hears that event."""
    if name == "*":
        return True
    if name.endswith(f"{separator}*"):
        return event.startswith(name[:-1])
    return event == name or event.startswith(f"{name}{separator}")


@st.composite
def routes(draw: st.DrawFn) -> tuple[str, list[list[str]], str]:
    """A separator, each handler's names, and the name of what comes."""
    separator = draw(SEPARATORS)
    levels = st.lists(LEVELS, min_size=1, max_size=3).map(separator.join).filter(bool)
    names = levels | levels.map(lambda name: f"{name}{separator}*") | st.just("*")
    handlers = draw(st.lists(st.lists(names, min_size=1, max_size=3), max_size=6))
    # From the wire, a "*" may come as any other character does.
    wild = st.lists(LEVELS | st.just("*") | st.just("a*"), max_size=4).map(separator.join)
    come = draw(
        wild | levels | st.sampled_from([name for each in handlers for name in each] or [""])
    )
    return separator, handlers, come


def event_of(name: str) -> Event:
    return Event(name, {}, Request(), Verdict(0))


@given(routes=routes())
def test_matching_equals_the_reference(routes: tuple[str, list[list[str]], str]) -> None:
    """Each handler that hears the name runs once, in the order of definition."""
    separator, handlers, come = routes
    router, ran = Router(separator=separator), []
    for place, names in enumerate(handlers):
        router.on(*names)(lambda event, place=place: ran.append(place))
    expected = [
        place
        for place, names in enumerate(handlers)
        if any(hears(name, come, separator) for name in names)
    ]
    assert [handler.order for handler in router.match(event_of(come))] == expected
    router.run(event_of(come))
    assert ran == expected


@given(name=st.text(min_size=1).filter(lambda name: "*" not in name), come=st.text())
def test_a_name_hears_itself_and_what_is_below(name: str, come: str) -> None:
    """Any text whatever: a registered name is no pattern of the text that comes."""
    router = Router()
    router.on(name)(lambda event: None)
    heard = bool(router.match(event_of(come)))
    assert heard == (come == name or come.startswith(f"{name}."))
    assert router.match(event_of(name))
    assert router.match(event_of(f"{name}.{come}"))


@given(levels=st.integers(1, 300), separator=SEPARATORS)
def test_deep_names_are_matched(levels: int, separator: str) -> None:
    """A name of as many levels as fit is heard at each of them."""
    name = separator.join("a" * levels)
    router = Router(separator=separator)
    router.on("a")(lambda event: None)
    router.on(f"a{separator}*")(lambda event: None)
    router.on(name)(lambda event: None)
    assert len(router.match(event_of(name))) == (2 if levels == 1 else 3)


@given(present=st.booleans(), names=st.lists(st.sampled_from("abc"), min_size=1, max_size=4))
def test_when_decides(present: bool, names: list[str]) -> None:
    """A predicate that says no keeps its handler from running."""
    router = Router()
    router.on(*names, when=lambda event: present)(lambda event: "ran")
    outcome = router.run(event_of(names[0]))
    assert outcome.result == ("ran" if present else None)
