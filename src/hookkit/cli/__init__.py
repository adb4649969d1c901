"""The command line, ``hookkit COMMAND`` or ``python -m hookkit COMMAND``: a module for each command.

Exit status: 0, all is well; 1, a command that judges found fault; 2, it cannot be done as asked; 130, Ctrl-C;
141, nobody reads what is said any more.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from io import TextIOWrapper

from hookkit import __version__
from hookkit.cli import inbox, worker
from hookkit.errors import ConfigError, HookkitError

__all__ = ["main"]

COMMANDS = (worker, inbox)
"""Those that need no extra, as a server runs them."""

PLAIN = ("worker", "inbox")
"""Their names."""

WORKBENCH = ("providers", "explain", "send", "listen", "check", "new")
"""Those of the extra `cli`."""

COMPLETION = "_HOOKKIT_COMPLETE"
"""Variable by which a shell asks what could come next."""

USAGE = 2
INTERRUPTED = 130
UNREAD = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Gives the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that knows no é is shown its escape.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            status = _run(words)
        finally:
            sys.stdout.flush()
    except HookkitError as error:
        sys.stderr.write(f"hookkit: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write("hookkit: interrupted; what was done stays done\n")
        return INTERRUPTED
    except BrokenPipeError:
        # What is left to be said goes nowhere, or Python would complain of it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except OSError as error:
        sys.stderr.write(f"hookkit: {error.filename or 'output'}: {error.strerror or error}\n")
        return USAGE
    return status


def _run(words: list[str]) -> int:
    if words and words[0] in PLAIN:
        parsed = _parser().parse_args(words)
        return int(parsed.run(parsed))
    if find_spec("click") and find_spec("rich"):
        from hookkit.cli import workbench

        if COMPLETION in os.environ:
            workbench.complete()
        return workbench.run(words or ["--help"])
    if words and words[0] in WORKBENCH:
        raise ConfigError(f"hookkit {words[0]} needs click and rich: pip install 'hookkit[cli]'")
    _parser().parse_args(words or ["--help"])
    return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hookkit",
        description="Receive webhooks.",
        epilog=f"With pip install 'hookkit[cli]' also: {', '.join(WORKBENCH)}; see hookkit COMMAND --help.",
    )
    parser.add_argument("--version", action="version", version=f"hookkit {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser
