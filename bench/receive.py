"""Receive in one process: verify, parse, dispatch, answer; no socket."""

from bench.contenders import (
    BARE,
    FAST,
    GUARDED,
    HOOKKIT,
    SIZES,
    Call,
    body_of,
    guarded,
    oversize,
    own,
    peers,
    refused,
    standard_receiver,
)
from bench.progress import tell
from bench.results import Section, Table, spread
from bench.timing import QUICK, Rounds, figure, interleave, ratio

REFUSED = "hookkit, refused"
OVERSIZE = "hookkit, oversize"

ROUNDS = {"300 B": 60, "8 KiB": 60, "256 KiB": 31, "1 MiB": 31}
LARGE = ("256 KiB", "1 MiB")


def measure(effort: int) -> Section:
    section = Section("receive", "Receive, in process")
    for size in SIZES:
        tell(f"receive: {size} …")
        rounds = interleave(_calls(size, effort), ROUNDS[size] * effort)
        section.tables.append(_table(size, rounds))
        for name in (HOOKKIT, FAST, REFUSED, OVERSIZE):
            section.figures[f"{size}: {name} / {BARE}"] = ratio(rounds, name, BARE)
        for peer in GUARDED:
            if peer in rounds:
                section.figures[f"{size}: {HOOKKIT} / {peer}"] = ratio(rounds, HOOKKIT, peer)
    return section


def _calls(size: str, effort: int) -> dict[str, Call]:
    body = body_of(SIZES[size])
    receiver = standard_receiver()
    calls = own(body) | {REFUSED: refused(receiver, body), OVERSIZE: oversize(receiver, body)}
    if effort > QUICK:
        return calls | peers(body)
    return calls if size in LARGE else calls | guarded(body)


def _table(size: str, rounds: Rounds) -> Table:
    columns = ("contender", "µs", "against bare WSGI", "p10 to p90", "hookkit against it")
    table = Table(f"Receive, {size}", columns)
    for name in sorted(rounds, key=lambda name: figure(rounds[name]).median):
        against = ratio(rounds, name, BARE)
        ours = ratio(rounds, HOOKKIT, name)
        table.add(name, figure(rounds[name]).median, against.median, spread(against), ours.median)
    return table
