"""``hookkit check URL``: an acceptance run against any receiver, ours or not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement

import click

from hookkit.cli.options import found_provider, found_secret, provider_names, with_secret
from hookkit.cli.reaching import unanswered
from hookkit.cli.showing import json_line, progress, say, styled, table
from hookkit.errors import ConfigError
from hookkit.messages import Request, Response
from hookkit.provider import Provider
from hookkit.testing.acceptance import NOT_IN_TIME, STILL_THERE, Outcome, examine, patience_of
from hookkit.testing.targets import Post, parts_of, post_to

__all__ = ["check"]

FAILED = 1

DIFFERS = "look first at the secret: the receiver refuses what is signed with the one given here"
ELSEWHERE = "look first at the path of the URL: the receiver does not answer at this one"
HINTS = {"401": DIFFERS, "403": DIFFERS, "404": ELSEWHERE, "405": ELSEWHERE}
"""What most of the rest follows from, where the first request, which is right, is answered so."""


@click.command(short_help="Say what a receiver at a URL does wrong.")
@click.argument("url")
@click.option(
    "--provider",
    "name",
    shell_complete=provider_names,
    required=True,
    help="For whom it is; hookkit providers lists all.",
)
@with_secret
@click.option(
    "--event", help="Name of the events that are sent; default: one that there is a sample of."
)
@click.option(
    "--using", "settings", multiple=True, metavar="NAME=VALUE", help="What the provider needs."
)
@click.option(
    "--i-own-this-host", "owned", is_flag=True, help="For another host than this machine."
)
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="JUnit XML, for CI.")
@click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")
def check(
    url: str,
    name: str,
    secret_env: str | None,
    secret_file: Path | None,
    event: str | None,
    settings: tuple[str, ...],
    junit: Path | None,
    *,
    owned: bool,
    as_json: bool,
) -> int:
    """Send a receiver what it will meet, and say what it does wrong.

    Valid deliveries and repeats, which its handlers will run for; forged, stale, malformed and oversized
    ones. Exit status 1: it does something wrong.
    """
    parts = parts_of(url)
    url, host = parts.geturl(), parts.hostname or ""
    if not owned and not _is_here(host):
        raise ConfigError(
            f"{host} is not this machine: say --i-own-this-host, if you may send it all this"
        )
    provider = found_provider(name, settings)
    secret = found_secret(secret_env, secret_file)
    outcomes: list[Outcome] = []
    with progress("checking") as advance:
        for outcome in examine(_reaching(url, provider), provider, secret, event=event, url=url):
            outcomes.append(outcome)
            advance(1)
    if junit is not None:
        _write_junit(junit, url, outcomes)
    if as_json:
        for outcome in outcomes:
            json_line(asdict(outcome))
    else:
        _show(outcomes)
    return 0 if all(each.passed for each in outcomes) else FAILED


def _is_here(host: str) -> bool:
    """Whether it is this machine by its very text: a name could be anybody's."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _reaching(url: str, provider: Provider) -> Post:
    """What posts there: patiently, and after a first time-out only as long as the provider would wait.

    Raises ConfigError where the first request has no answer: no case would tell more.
    """
    patient, short = post_to(url, "/"), post_to(url, "/", timeout=patience_of(provider))
    reached, timed_out = threading.Event(), threading.Event()

    def posted(request: Request) -> Response:
        post = short if timed_out.is_set() else patient
        try:
            answer = post(request)
        except (OSError, HTTPException) as error:
            if not reached.is_set():
                raise ConfigError(unanswered(url, error)) from None
            if isinstance(error, TimeoutError):
                timed_out.set()
            raise
        reached.set()
        return answer

    return posted


def _show(outcomes: Sequence[Outcome]) -> None:
    table(
        ("CASE", "A GOOD RECEIVER", "THIS ONE", ""),
        (
            (each.case, each.wanted, each.found, "ok" if each.passed else "WRONG")
            for each in outcomes
        ),
    )
    wrong = sum(not each.passed for each in outcomes)
    told = f"{len(outcomes)} cases, {wrong} wrong" if wrong else f"{len(outcomes)} cases, all well"
    say(styled(told, "bold red" if wrong else "green"))
    hint = HINTS.get(outcomes[0].found)
    if hint is not None:
        say(hint)
    if len(outcomes) > 1 and _hangs_since(*outcomes[-2:]):
        say(
            f'since the case "{outcomes[-2].case}" it answers nothing: what would come next was not tried'
        )


def _hangs_since(case: Outcome, last: Outcome) -> bool:
    """Whether this case was the last but for a look whether the receiver is still there, and it is not."""
    return last.case == STILL_THERE and NOT_IN_TIME in case.found and last.found == NOT_IN_TIME


def _write_junit(file: Path, url: str, outcomes: Sequence[Outcome]) -> None:
    suite = Element(
        "testsuite",
        name=f"hookkit check {url}",
        tests=str(len(outcomes)),
        failures=str(sum(not each.passed for each in outcomes)),
        errors="0",
        time=f"{sum(each.seconds for each in outcomes):.3f}",
    )
    for each in outcomes:
        case = SubElement(
            suite, "testcase", classname="hookkit.check", name=each.case, time=f"{each.seconds:.3f}"
        )
        if not each.passed:
            told = f"a good receiver: {each.wanted}; this one: {each.found}"
            SubElement(case, "failure", message=told).text = told
    ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
