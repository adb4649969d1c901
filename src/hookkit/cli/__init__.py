"""The command line, ``python -m hookkit COMMAND``: a module for each command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from hookkit import __version__
from hookkit.cli import inbox, worker
from hookkit.errors import HookkitError

__all__ = ["main"]

COMMANDS = (worker, inbox)

USAGE = 2
"""Exit status of what cannot be done as asked, as argparse has it."""

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Gives the exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except HookkitError as error:
        sys.stderr.write(f"hookkit: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write(
            "hookkit: interrupted; what was done is done, and the rest is found again\n"
        )
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hookkit", description="Receive webhooks.")
    parser.add_argument("--version", action="version", version=f"hookkit {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser
