"""The commands of the extra `cli`, for people at a terminal."""

from __future__ import annotations

import click

from hookkit.cli.check import check
from hookkit.cli.explain import explain
from hookkit.cli.listen import listen
from hookkit.cli.new import new
from hookkit.cli.providers import providers
from hookkit.cli.send import send

__all__ = ["group", "run"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def group() -> None:
    """See what providers send, and send it yourself."""


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
