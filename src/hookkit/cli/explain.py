"""``hookkit explain FILE``: why a saved request is accepted or refused."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentTypeError
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import click

from hookkit.cli.options import found_provider, provider_names, verifying_secret, with_secret
from hookkit.cli.recordings import read
from hookkit.cli.showing import json_line, legible, say, styled
from hookkit.cli.values import moment
from hookkit.errors import ConfigError
from hookkit.explain import Explanation
from hookkit.providers import signature_headers
from hookkit.verifier import Verifier

__all__ = ["explain"]

REFUSED = 1


@click.command(short_help="Say why a saved request is accepted or refused.")
@click.argument("file")
@click.option(
    "--provider",
    "name",
    shell_complete=provider_names,
    required=True,
    help="Who sent it; hookkit providers lists all.",
)
@with_secret
@click.option(
    "--using", "settings", multiple=True, metavar="NAME=VALUE", help="What the provider needs."
)
@click.option("--public-url", metavar="URL", help="The URL that the provider calls.")
@click.option(
    "--at", metavar="TIME", help="When it was received: unix seconds or ISO; default: now."
)
@click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")
def explain(
    file: str,
    name: str,
    secret_env: str | None,
    secret_file: Path | None,
    settings: tuple[str, ...],
    public_url: str | None,
    at: str | None,
    *,
    as_json: bool,
) -> int:
    """Say what was signed, what was expected, and the probable cause of a refusal.

    FILE is raw HTTP, a HAR file or a curl command; - is standard input. Exit status 1: it is refused.
    """
    requests = read(_content(file))
    now = _moment(at)
    provider = found_provider(name, settings)
    verifier = Verifier(
        provider,
        secret=verifying_secret(provider, secret_env, secret_file),
        public_url=public_url,
        clock=lambda: now,
    )
    found = [verifier.explain(request, known=signature_headers()) for request in requests]
    for request, explanation in zip(requests, found, strict=True):
        which = {"method": request.method, "path": request.path}
        if as_json:
            json_line(which | asdict(explanation))
            continue
        if len(found) > 1:
            say(styled(legible(f"{request.method} {request.path}"), "bold"))
        _show(explanation)
    return 0 if all(each.accepted for each in found) else REFUSED


def _show(explanation: Explanation) -> None:
    say(styled(explanation.headline, "green" if explanation.accepted else "bold red"))
    for step in explanation.steps:
        say(f"  {step.name}: {step.found}")
    if explanation.cause == "clock":
        say("  Saved a while ago? Say when it was received: --at 2026-01-31T12:00Z")


def _content(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    return Path(file).read_bytes()


def _moment(text: str | None) -> float:
    if text is None:
        return time.time()
    with suppress(ValueError):
        return float(text)
    try:
        return moment(text)
    except ArgumentTypeError:
        raise ConfigError(f"--at {text!r}: write 1769860800 or 2026-01-31T12:00Z") from None
