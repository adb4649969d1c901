"""The command line, ``hookkit COMMAND`` or ``python -m hookkit COMMAND``: a module for each command.

Exit status: 0, all is well; 1, a command that judges found fault; 2, it cannot be done as asked; 130, Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from hookkit import __version__
from hookkit.cli import inbox, worker
from hookkit.errors import ConfigError, HookkitError

__all__ = ["main"]

COMMANDS = (worker, inbox)
"""Those that need no extra, as a server runs them."""

WORKBENCH = ("providers", "explain", "send", "listen", "check", "new")
"""Those of the extra `cli`."""

COMPLETION = "_HOOKKIT_COMPLETE"
"""Variable by which a shell asks what could come next."""

USAGE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Gives the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if COMPLETION in os.environ or (words and words[0] in WORKBENCH):
            return _run_workbench(words)
        if words in ([], ["-h"], ["--help"]) and find_spec("click"):
            return _run_workbench(["--help"])
        parsed = _parser().parse_args(words)
        return int(parsed.run(parsed))
    except HookkitError as error:
        sys.stderr.write(f"hookkit: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write(
            "hookkit: interrupted; what was done is done, and the rest is found again\n"
        )
        return INTERRUPTED


def _run_workbench(words: list[str]) -> int:
    try:
        import click  # noqa: F401  # whether it is there
    except ImportError:
        told = " ".join(["hookkit", *words[:1]])
        raise ConfigError(f"{told} needs click and rich: pip install 'hookkit[cli]'") from None
    from hookkit.cli.workbench import run

    return run(words)


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
