"""Router growth: one event dispatched among 1 and among 10,000 handlers."""

from bench.results import Section, Table, spread
from bench.timing import Call, figure, interleave, ratio
from hookkit import Event, Request, Router, Verdict

MANY = 10_000
BELOW = {"exact": "", "hierarchical": ".done"}
"""What the event's name has beyond its handler's."""


def measure(effort: int) -> Section:
    calls = {
        _name(kind, count): _dispatch(count, below)
        for kind, below in BELOW.items()
        for count in (1, MANY)
    }
    rounds = interleave(calls, 25 * effort)
    table = Table(
        "Dispatch by `Router.run`",
        ("names", "µs, 1 handler", "µs, 10,000 handlers", "growth", "p10 to p90"),
    )
    section = Section("router", "Router growth", [table])
    for kind in BELOW:
        one, many = _name(kind, 1), _name(kind, MANY)
        growth = ratio(rounds, many, one)
        section.figures[f"{kind}: 10,000 handlers / 1"] = growth
        table.add(
            kind,
            figure(rounds[one]).median,
            figure(rounds[many]).median,
            growth.median,
            spread(growth),
        )
    return section


def _name(kind: str, count: int) -> str:
    return f"{kind}, {count}"


def _dispatch(count: int, below: str) -> Call:
    router = Router()
    names = [f"service{i % 17}.object{i // 50}.action{i}" for i in range(count)]
    for name in names:
        router.add(_handle, name)
    event: Event[object] = Event(names[count // 2] + below, {}, Request(), Verdict(0))
    if len(router.run(event).ran) != 1:
        raise AssertionError(event)
    return lambda: router.run(event)


def _handle(_event: Event) -> None:
    pass
