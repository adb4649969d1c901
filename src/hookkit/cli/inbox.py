"""``hookkit inbox COMMAND module:inbox``: see what arrived, run it again, copy it, and take it out."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hookkit.cli.parsers import AnyOrder
from hookkit.cli.showing import json_line, legible, progress, say, table
from hookkit.cli.targets import inbox_of, opened, receiver_of
from hookkit.cli.values import duration, moment, number, size
from hookkit.errors import ConfigError
from hookkit.inbox.desk import STATES, Kept, KeptWork, Line
from hookkit.inbox.export import to_line
from hookkit.inbox.records import SEALED

if TYPE_CHECKING:
    from hookkit.inbox.sources import Source

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # it has no public name

__all__ = ["add_to", "names"]

TARGET = "an Inbox or Receiver as module:name, or the URL of a store"

FILTERS = ("source", "state", "type", "event_id", "delivery_id", "since", "until")
"""Names of what says which deliveries are meant."""

ALARMED = 1
"""Exit status of a look that found an alarm, for whoever runs it from cron."""


def add_to(commands: Commands) -> None:
    """Add this group of commands to the parser."""
    parser = commands.add_parser("inbox", help="see, replay and repair what an inbox has")
    _add_all(parser)


def names() -> list[str]:
    """Of the commands of this group."""
    return list(_add_all(argparse.ArgumentParser()).choices)


def _add_all(parser: argparse.ArgumentParser) -> Commands:
    group: Commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=AnyOrder)
    _add_looking(group)
    _add_changing(group)
    _add_copying(group)
    return group


def _add(group: Commands, name: str, run: Callable[[argparse.Namespace], int], told: str) -> Any:
    parser = group.add_parser(name, help=told, description=told)
    parser.add_argument("target", metavar="TARGET", help=TARGET)
    parser.add_argument("--json", action="store_true", help="JSON, one object a line")
    parser.set_defaults(run=run)
    return parser


def _add_looking(group: Commands) -> None:
    listing = _add(group, "list", run_list, "list deliveries, the newest first")
    _add_filter(listing)
    listing.add_argument("-n", "--most", type=number, default=50, metavar="N", help="default: 50")
    listing.add_argument("--before", type=number, metavar="RECEIPT", help="only older ones")
    shown = _add(group, "show", run_show, "show one delivery with its attempts")
    shown.add_argument("receipt", type=number)
    _add(group, "stats", run_stats, "count events by source and state")
    _add(group, "alarms", run_alarms, "look for alarms; status 1 while one is on")
    _add(group, "secrets", run_secrets, "say which secrets verify, and which can go")


def _add_changing(group: Commands) -> None:
    for name, run, told in (
        ("replay", run_replay, "have deliveries handled again"),
        ("discard", run_discard, "give up what is undone of deliveries"),
        ("erase", run_erase, "take out all that was sent with deliveries"),
    ):
        parser = _add(group, name, run, told)
        parser.add_argument("receipts", type=number, nargs="*", metavar="RECEIPT")
        _add_filter(parser)
        if name == "replay":
            parser.add_argument("--handler", metavar="NAME", help="only this one")
        if name == "erase":
            parser.add_argument(
                "--pointer", metavar="/PLACE", help="only where this place of the payload …"
            )
            parser.add_argument("--value", metavar="TEXT", help="… has this value")
    pruned = _add(group, "prune", run_prune, "delete deliveries that are finished")
    _add_filter(pruned)
    pruned.add_argument("--older-than", type=duration, metavar="AGE", help="such as 30d or 12h")
    pruned.add_argument("--to-size", type=size, metavar="SIZE", help="such as 500M or 2G")
    pruned.add_argument(
        "--shrink", action="store_true", help="give the space back to the system at the end"
    )


def _add_copying(group: Commands) -> None:
    repaired = _add(group, "repair", run_repair, "accept what the provider sent and never arrived")
    repaired.add_argument("--since", type=moment, required=True, metavar="TIME", help="such as 3d")
    repaired.add_argument(
        "--key",
        metavar="NAME",
        default="HOOKKIT_API_KEY",
        help="environment variable that holds the API's key; default: HOOKKIT_API_KEY",
    )
    for name, told in (
        ("hook", "GitHub's: https://api.github.com/repos/OWNER/NAME/hooks/ID"),
        ("app", "Svix's: app_…"),
        ("account", "Stripe's, of a connected account: acct_…"),
        ("base", "the API's URL, where it is not the usual one"),
    ):
        repaired.add_argument(f"--{name}", metavar="TEXT", help=told)
    _add(group, "reseal", run_reseal, "encrypt all with the newest encryption_key")
    exported = _add(group, "export", run_export, "write all as lines of JSON")
    exported.add_argument("file", nargs="?", default="-", help="default: standard output")
    loaded = _add(group, "import", run_import, "store what export wrote")
    loaded.add_argument("file", nargs="?", default="-", help="default: standard input")
    copied = _add(group, "copy", run_copy, "copy all into another store; goes on where it ended")
    copied.add_argument("to", metavar="TO", help="URL of the other store")


def _add_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", help="the receiver's")
    parser.add_argument("--state", choices=STATES)
    parser.add_argument("--type", help="of an event, such as invoice.paid")
    parser.add_argument("--event-id", metavar="ID")
    parser.add_argument("--delivery-id", metavar="ID")
    parser.add_argument(
        "--since", type=moment, metavar="TIME", help="2026-01-31, 2026-01-31T12:00Z, or an age: 2h"
    )
    parser.add_argument("--until", type=moment, metavar="TIME")


def _wanted(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        name: getattr(arguments, name) for name in FILTERS if getattr(arguments, name) is not None
    }


# Looking.


def run_list(arguments: argparse.Namespace) -> int:
    """List deliveries. Gives the exit status."""
    lines = opened(arguments.target).deliveries.find(
        **_wanted(arguments), before=arguments.before, most=arguments.most
    )
    if arguments.json:
        for line in lines:
            json_line(line._asdict())
        return 0
    table(
        ("RECEIPT", "RECEIVED", "SOURCE", "STATE", "EVENTS", "ID", "AGAIN", "BYTES"),
        (_row(line) for line in lines),
    )
    if len(lines) == arguments.most:
        sys.stderr.write(f"older ones: --before {lines[-1].receipt}\n")
    return 0


def _row(line: Line) -> tuple[object, ...]:
    first = line.events[0][0] or "unnamed" if line.events else line.reason
    more = f" and {len(line.events) - 1} more" if len(line.events) > 1 else ""
    told = line.events[0][1] if line.events and line.events[0][1] else line.delivery_id
    state = line.state if line.origin == "request" else f"{line.state} ({line.origin})"
    times = line.repeats or ""
    return (
        line.receipt,
        _time(line.received_at),
        line.source,
        state,
        f"{first}{more}",
        told,
        times,
        line.size,
    )


def run_show(arguments: argparse.Namespace) -> int:
    """Show one delivery. Gives the exit status."""
    inbox = opened(arguments.target)
    kept = inbox.deliveries.show(arguments.receipt)
    if kept is None:
        raise ConfigError(f"there is no receipt {arguments.receipt}")
    if arguments.json:
        say(to_line(kept))
    else:
        _show(kept, inbox.sources.get(kept.arrival.source))
    return 0


def _show(kept: Kept, source: Source | None) -> None:
    """The source is that of the application; there is none where a store was named by its URL."""
    arrival = kept.arrival
    told = {
        "receipt": kept.receipt,
        "source": arrival.source,
        "state": _state(kept) if kept.reason is None else f"{kept.state}: {kept.reason}",
        "received": f"{_time(arrival.received_at)}, by {arrival.origin}",
        "delivery id": arrival.delivery_id,
        "verified by": f"secret {arrival.secret} (0 is the newest)",
        "signed": None if arrival.signed_at is None else _time(arrival.signed_at),
        "came again": f"{kept.repeats} times" if kept.repeats else None,
        "request": f"{arrival.method} {arrival.url}".rstrip(),
    }
    for name, value in told.items():
        if value is not None:
            say(f"{name + ':':13}{legible(str(value), 500)}")
    if arrival.headers[:1] and arrival.headers[0][0] == SEALED:
        say("\nencrypted: name the inbox as module:name, where its encryption_key is")
        return
    for name, value in arrival.headers:
        say(f"  {legible(name)}: {legible(value, 500)}")
    if arrival.body:
        say()
    for line in arrival.body.decode(errors="backslashreplace").splitlines():
        say(f"  {legible(line, 2000)}")
    for event in kept.events:
        say()
        say(f"event {legible(event.head.type) or 'unnamed'} {legible(event.head.id or '')}")
        for work in event.works:
            _show_work(work, source)


def _state(kept: Kept) -> str:
    """As in lists: of what is expanded, the worst of its events' states."""
    if kept.state != "expanded":
        return kept.state
    states = {event.state for event in kept.events}
    return next((state for state in ("dead", "waiting") if state in states), "done")


def _show_work(work: KeptWork, source: Source | None) -> None:
    again = ""
    if work.state == "waiting":
        again = ", a worker is at it" if work.leased else _due(work)
        if source is not None and source.handler(work.handler) is None:
            again = ", and no handler has this name: name= gives it back"
    say(f"  {legible(work.handler)}: {work.state}, {_attempts(work)}{again}")
    for failure in work.failures:
        say(
            f"    attempt {failure.attempt}, {_time(failure.ended_at)}: {legible(failure.error, 500)}"
        )
        for line in failure.traceback.splitlines():
            say(f"      {legible(line, 1000)}")


def _attempts(work: KeptWork) -> str:
    """How many: a replay counts anew, and leaves the failures that were before."""
    told = "1 attempt" if work.attempts == 1 else f"{work.attempts} attempts"
    failed = work.attempts - 1 if work.state == "done" else work.attempts
    return f"{told} since it was replayed" if len(work.failures) > failed else told


def _due(work: KeptWork) -> str:
    if work.due_in is None:
        return ", waits for its turn"
    return f", due in {work.due_in:.0f} s"


def run_stats(arguments: argparse.Namespace) -> int:
    """Count. Gives the exit status."""
    inbox = opened(arguments.target)
    deliveries, alarms = inbox.deliveries, inbox.alarms()
    found = deliveries.stats()
    if arguments.json:
        told = [alarm._asdict() for alarm in alarms]
        json_line({"sources": found, "bytes": deliveries.size(), "alarms": told})
        return 0
    table(
        ("SOURCE", *STATES),
        ((source, *(states.get(state, 0) for state in STATES)) for source, states in found.items()),
    )
    say(f"{deliveries.size():,} bytes")
    for alarm in alarms:
        say(
            f"alarm since {_time(alarm.since)}: {alarm.source or 'inbox'}: {alarm.kind}: {alarm.text}"
        )
    return 0


def run_alarms(arguments: argparse.Namespace) -> int:
    """Look for alarms. Gives the exit status: 1 while one is on."""
    raised = opened(arguments.target).check_alarms()
    if arguments.json:
        for alarm in raised:
            json_line(alarm._asdict())
    elif not raised:
        say("no alarm is on")
    else:
        table(
            ("SINCE", "SOURCE", "ALARM", "WHAT"),
            ((_time(each.since), each.source or "inbox", each.kind, each.text) for each in raised),
        )
    return ALARMED if raised else 0


def run_secrets(arguments: argparse.Namespace) -> int:
    """Say which secrets verify. Gives the exit status."""
    inbox = inbox_of(arguments.target)
    if arguments.json:
        for each in inbox.secrets():
            json_line(each._asdict())
        return 0
    table(
        ("SOURCE", "SECRET", "LABEL", "VERIFIED", "LAST", "ADVICE"),
        (
            (
                each.source,
                "newest" if each.place == 0 else f"older {each.place}",
                each.label,
                each.times,
                "never" if each.last_at is None else _time(each.last_at),
                each.advice,
            )
            for each in inbox.secrets()
        ),
    )
    return 0


# Changing.


def run_replay(arguments: argparse.Namespace) -> int:
    """Queue deliveries again. Gives the exit status."""
    deliveries = opened(arguments.target).deliveries
    with progress("replaying", len(arguments.receipts) or None) as advance:
        queued = deliveries.replay(
            *arguments.receipts,
            handler=arguments.handler,
            progress=advance,
            **_wanted(arguments),
        )
    return _done(arguments, "queued", queued, f"{queued} queued: workers handle them")


def run_discard(arguments: argparse.Namespace) -> int:
    """Give deliveries up. Gives the exit status."""
    deliveries = opened(arguments.target).deliveries
    with progress("discarding", len(arguments.receipts) or None) as advance:
        given_up = deliveries.discard(*arguments.receipts, progress=advance, **_wanted(arguments))
    return _done(arguments, "discarded", given_up)


def run_erase(arguments: argparse.Namespace) -> int:
    """Take out what was sent. Gives the exit status."""
    deliveries = opened(arguments.target).deliveries
    with progress("erasing", len(arguments.receipts) or None) as advance:
        erased = deliveries.erase(
            *arguments.receipts,
            pointer=arguments.pointer,
            value=arguments.value,
            progress=advance,
            **_wanted(arguments),
        )
    deliveries.shrink()
    return _done(arguments, "erased", erased)


def run_prune(arguments: argparse.Namespace) -> int:
    """Delete what is finished. Gives the exit status."""
    deliveries = opened(arguments.target).deliveries
    with progress("pruning") as advance:
        pruned = deliveries.prune(
            older_than=arguments.older_than,
            to_bytes=arguments.to_size,
            now=time.time,
            progress=advance,
            **_wanted(arguments),
        )
    if arguments.shrink:
        deliveries.shrink()
    return _done(arguments, "deleted", pruned)


# Copying.


def run_repair(arguments: argparse.Namespace) -> int:
    """Accept what never arrived. Gives the exit status."""
    receiver = receiver_of(arguments.target)
    key = os.environ.get(arguments.key, "")
    if not key:
        raise ConfigError(f"the environment variable {arguments.key} holds no API key")
    settings = {name: getattr(arguments, name) for name in ("hook", "app", "account", "base")}
    with progress("repairing") as advance:
        repaired = receiver.repair(
            arguments.since,
            api_key=key,
            progress=advance,
            **{name: value for name, value in settings.items() if value is not None},
        )
    if arguments.json:
        json_line(asdict(repaired))
        return 0
    told = ", ".join(f"{count} {name}" for name, count in asdict(repaired).items() if count)
    say(told or "the provider sent nothing")
    return 0


def run_reseal(arguments: argparse.Namespace) -> int:
    """Encrypt with the newest key. Gives the exit status."""
    inbox = opened(arguments.target)
    with progress("encrypting") as advance:
        count = inbox.reseal(advance)
    inbox.deliveries.shrink()
    return _done(arguments, "sealed", count, f"{count} deliveries are under the newest key")


def run_export(arguments: argparse.Namespace) -> int:
    """Write all. Gives the exit status."""
    deliveries = opened(arguments.target).deliveries
    with progress("exporting") as advance:
        if arguments.file == "-":
            for line in deliveries.export(advance):
                say(line)
            return 0
        with Path(arguments.file).open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in deliveries.export(advance))
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Store what was written. Gives the exit status."""
    deliveries = opened(arguments.target, new=True).deliveries
    with progress("importing") as advance:
        try:
            if arguments.file == "-":
                new = deliveries.load(sys.stdin, advance)
            else:
                with Path(arguments.file).open(encoding="utf-8") as file:
                    new = deliveries.load(file, advance)
        except UnicodeDecodeError:
            raise ConfigError("this is no export: it is not UTF-8") from None
    return _done(arguments, "new", new, f"{new} deliveries are new")


def run_copy(arguments: argparse.Namespace) -> int:
    """Copy all. Gives the exit status."""
    deliveries = opened(arguments.target).deliveries
    other = opened(arguments.to, new=True).deliveries
    with progress("copying") as advance:
        new = deliveries.copy_to(other, advance)
    return _done(arguments, "new", new, f"{new} deliveries are new there")


def _done(arguments: argparse.Namespace, what: str, count: int, told: str = "") -> int:
    """Say how many. Gives the exit status."""
    if arguments.json:
        json_line({what: count})
    else:
        say(told or f"{count} {what}")
    return 0


# Values.


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
