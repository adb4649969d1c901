"""``hookkit worker module:inbox``: handle what an inbox has accepted, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

from hookkit.cli.targets import inbox_of
from hookkit.cli.values import number, seconds

if TYPE_CHECKING:
    from hookkit.inbox.inbox import Inbox

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # it has no public name

__all__ = ["add_to"]

DESCRIPTION = """Handle what an inbox has accepted, in a process of its own.

SIGTERM, Ctrl-C or a closed terminal: nothing more is begun, what is running may end. A second one ends it at
once; what was running is then run again by another worker, when its lease is over."""


def add_to(commands: Commands) -> None:
    """Add this command to the parser."""
    parser = commands.add_parser(
        "worker",
        help="handle what an inbox has accepted",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "target", metavar="module:name", help="an Inbox, or a Receiver that has one"
    )
    parser.add_argument(
        "--threads", type=number, default=4, metavar="N", help="handlers at a time (default: 4)"
    )
    parser.add_argument(
        "--grace",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long what is running may take to end (default: 30)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Work until a signal comes. Gives the exit status."""
    _show_logs()
    inbox = inbox_of(arguments.target)
    ending = threading.Event()
    _on_signals(ending)
    inbox.work(arguments.threads)
    _say(f"hookkit worker: {_described(inbox)}, {_counted(arguments.threads, 'thread')}")
    # With a time-out, as a wait without one is not interrupted by signals on every system.
    while not ending.wait(1.0):
        pass
    _say(f"hookkit worker: ending, at the most {arguments.grace:g} s for what is running")
    inbox.stop(arguments.grace)
    _say("hookkit worker: ended")
    return 0


def _on_signals(ending: threading.Event) -> None:
    def end(number: int, _frame: FrameType | None) -> None:
        if ending.is_set():
            os._exit(128 + number)  # sys.exit would wait for the threads after all
        ending.set()

    signals = [signal.SIGTERM, signal.SIGINT]
    # A terminal that is closed. Ignored it is where nohup was to keep the worker from hearing of it.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    for each in signals:
        signal.signal(each, end)


def _described(inbox: Inbox) -> str:
    return ", ".join(
        f"{name} ({_counted(len(source.router.handlers), 'handler')})"
        for name, source in inbox.sources.items()
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _show_logs() -> None:
    """On the terminal, where the application has not arranged for its own."""
    if not logging.getLogger().handlers:
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )


def _say(text: str) -> None:
    with suppress(OSError):  # who reads it may have ended first, as `tee` does at Ctrl-C
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
