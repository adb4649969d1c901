"""The commands of the extra `cli`, for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import click

from hookkit import __version__
from hookkit.cli import inbox
from hookkit.cli.check import check
from hookkit.cli.explain import explain
from hookkit.cli.listen import listen
from hookkit.cli.new import new
from hookkit.cli.providers import providers
from hookkit.cli.send import send

__all__ = ["complete", "group", "run"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="hookkit %(version)s")
def group() -> None:
    """Receive webhooks: see what providers send, send it yourself, run and look after an inbox."""


def _passed_on(name: str, told: str, further: Sequence[str] = ()) -> click.Command:
    """A command that argparse has, so that it is listed and completed here, too."""

    def begun(context: click.Context, _parameter: click.Parameter, text: str) -> list[str]:
        return [] if context.params.get("words") else [w for w in further if w.startswith(text)]

    @click.command(
        name,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
        short_help=told,
    )
    @click.argument("words", nargs=-1, type=click.UNPROCESSED, shell_complete=begun)
    def command(words: tuple[str, ...]) -> int:
        from hookkit.cli import main  # which imports this module

        return main([name, *words])

    return command


group.add_command(_passed_on("worker", "Handle what an inbox has accepted."))
group.add_command(_passed_on("inbox", "See, replay and repair what an inbox has.", inbox.names()))
for command in (check, explain, listen, new, providers, send):
    group.add_command(command)


def run(words: list[str]) -> int:
    """Run one of them. Gives the exit status.

    Raises:
        OSError: a file cannot be read or written, or nobody reads what is said.
    """
    try:
        # Not group.main: that would take a pipe that nobody reads for status 1, found wanting.
        with group.make_context("hookkit", words) as context:
            return int(group.invoke(context) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None


def complete() -> None:
    """Say what could come next on the command line that a shell asks for. Ends the process."""
    group.main([], prog_name="hookkit")
