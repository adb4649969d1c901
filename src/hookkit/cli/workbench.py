"""The commands of the extra `cli`, for people at a terminal."""

from __future__ import annotations

import click

from hookkit import __version__
from hookkit.cli.check import check
from hookkit.cli.explain import explain
from hookkit.cli.listen import listen
from hookkit.cli.new import new
from hookkit.cli.providers import providers
from hookkit.cli.send import send

__all__ = ["group", "run"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="hookkit %(version)s")
def group() -> None:
    """Receive webhooks: see what providers send, send it yourself, run and look after an inbox."""


def _passed_on(name: str, told: str) -> click.Command:
    """A command that argparse has, so that it is listed and completed here, too."""

    @click.command(
        name,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
        short_help=told,
    )
    @click.argument("words", nargs=-1, type=click.UNPROCESSED)
    def command(words: tuple[str, ...]) -> int:
        from hookkit.cli import main  # which imports this module

        return main([name, *words])

    return command


group.add_command(_passed_on("worker", "Handle what an inbox has accepted."))
group.add_command(_passed_on("inbox", "See, replay and repair what an inbox has."))
for command in (check, explain, listen, new, providers, send):
    group.add_command(command)


def run(words: list[str]) -> int:
    """Run one of them. Gives the exit status."""
    try:
        status = group.main(words, prog_name="hookkit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    return int(status or 0)
