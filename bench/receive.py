"""Receive in one process: verify, parse, dispatch, answer; no socket."""

from bench.contenders import (
    BARE,
    FAST,
    HOOKKIT,
    PEERS,
    SIZES,
    accepted,
    body_of,
    oversize,
    receivers,
    refused,
)
from bench.results import Section, Table, spread
from bench.timing import Rounds, figure, interleave, ratio

REFUSED = "hookkit, refused"
OVERSIZE = "hookkit, oversize"

ROUNDS = {"300 B": 60, "8 KiB": 60, "256 KiB": 31, "1 MiB": 31}


def measure(effort: int) -> Section:
    section = Section("receive", "Receive, in process")
    for size in SIZES:
        rounds = _interleaved(size, ROUNDS[size] * effort)
        section.tables.append(_table(size, rounds))
        for name in (HOOKKIT, FAST, REFUSED, OVERSIZE):
            section.figures[f"{size}: {name} / {BARE}"] = ratio(rounds, name, BARE)
        for peer in PEERS:
            section.figures[f"{size}: {HOOKKIT} / {peer}"] = ratio(rounds, HOOKKIT, peer)
    return section


def _interleaved(size: str, rounds: int) -> Rounds:
    body = body_of(SIZES[size])
    apps = receivers()
    calls = {name: accepted(app, body) for name, app in apps.items()}
    calls[REFUSED] = refused(apps[HOOKKIT], body)
    calls[OVERSIZE] = oversize(apps[HOOKKIT], body)
    return interleave(calls, rounds)


def _table(size: str, rounds: Rounds) -> Table:
    table = Table(f"Receive, {size}", ("contender", "µs", "against bare WSGI", "p10 to p90"))
    for name in sorted(rounds, key=lambda name: figure(rounds[name]).median):
        against = ratio(rounds, name, BARE)
        table.add(name, figure(rounds[name]).median, against.median, spread(against))
    return table
