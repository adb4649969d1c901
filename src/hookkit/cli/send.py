"""``hookkit send PROVIDER EVENT --to URL``: what a provider would send, signed as it signs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple

import click

from hookkit.cli.options import (
    event_names,
    events_of,
    found_provider,
    found_secret,
    provider_names,
    with_secret,
)
from hookkit.cli.reaching import unanswered
from hookkit.cli.showing import json_line, legible, progress, say, styled
from hookkit.errors import ConfigError
from hookkit.known_events import is_known, nearest
from hookkit.messages import Request
from hookkit.places import Pointer
from hookkit.provider import Provider
from hookkit.testing.at_once import at_once
from hookkit.testing.samples import SAMPLES, sample
from hookkit.testing.sender import Sender
from hookkit.testing.targets import Post, parts_of, post_to

__all__ = ["send"]

NOT_ACCEPTED = 1


class Answer(NamedTuple):
    """What came of one request; where there was no answer, the status 0 and why."""

    status: int
    seconds: float
    told: str


@click.command(short_help="Send an event, signed as the provider signs.")
@click.argument("name", metavar="PROVIDER", shell_complete=provider_names)
@click.argument("event", required=False, shell_complete=event_names)
@click.option("--to", "url", required=True, help="URL of the endpoint.")
@with_secret
@click.option(
    "--payload", type=click.Path(path_type=Path), help="JSON of one event; default: a sample."
)
@click.option("--set", "changes", multiple=True, metavar="/PLACE=VALUE", help="Change the payload.")
@click.option("--header", "headers", multiple=True, metavar="NAME: VALUE", help="A further header.")
@click.option("--id", "event_id", metavar="ID", help="Of the event; default: a new one each time.")
@click.option(
    "--using", "settings", multiple=True, metavar="NAME=VALUE", help="What the provider needs."
)
@click.option("--count", type=click.IntRange(1), default=1, help="So many, each a new event.")
@click.option("--concurrency", type=click.IntRange(1, 256), default=1, help="So many at a time.")
@click.option("--json", "as_json", is_flag=True, help="JSON, one object.")
def send(
    name: str,
    event: str | None,
    url: str,
    secret_env: str | None,
    secret_file: Path | None,
    payload: Path | None,
    changes: tuple[str, ...],
    headers: tuple[str, ...],
    event_id: str | None,
    settings: tuple[str, ...],
    count: int,
    concurrency: int,
    *,
    as_json: bool,
) -> int:
    """Send an event as the provider would, signed. Exit status 1: not all were answered with 2xx."""
    provider = found_provider(name, settings)
    url = parts_of(url).geturl()
    sender = Sender(provider, found_secret(secret_env, secret_file), url=url)
    content = _content(payload) if payload else _sample(provider, event)
    for change in changes:
        _change(content, change)
    extra = dict(_header(each) for each in headers)
    post = post_to(url, "/")

    def one() -> Answer:
        return _sent(post, url, sender.request(event, content, id=event_id, headers=extra))

    one_made = sender.request(event, content, id=event_id, headers=extra)  # or it cannot be made
    answers = [_sent(post, url, one_made)] if count == 1 else _many(one, count, concurrency)
    if as_json:
        json_line(_summary(answers))
    elif count == 1:
        _show(answers[0], one_made)
    else:
        _show_summary(_summary(answers))
    return 0 if all(200 <= each.status < 300 for each in answers) else NOT_ACCEPTED


def _many(one: Callable[[], Answer], count: int, concurrency: int) -> list[Answer]:
    answers: list[Answer] = []
    with closing(at_once(one, count, concurrency)) as each, progress("sending", count) as advance:
        for answer in each:
            answers.append(answer)
            advance(1)
    return answers


def _sent(post: Post, url: str, request: Request) -> Answer:
    began = time.perf_counter()
    try:
        response = post(request)
    except (OSError, HTTPException) as error:
        return Answer(0, time.perf_counter() - began, unanswered(url, error))
    told = response.body[:2000].decode("utf-8", "replace")
    return Answer(response.status, time.perf_counter() - began, told)


def _sample(provider: Provider, event: str | None) -> dict[str, Any]:
    found = sample(provider.name, event)
    if not found:
        click.echo(_without_sample(provider, event), err=True)
    return found


def _without_sample(provider: Provider, event: str | None) -> str:
    meant = _meant(provider, event) if event else ""
    what = event or "an event without a name"
    listed = any(SAMPLES.get(provider.name, ()))
    names = f"hookkit providers {provider.name} names those that there are, " if listed else ""
    return (
        f"there is no sample of {what}{meant}: the payload is empty but for --set; "
        f"{names}--payload FILE is your own"
    )


def _meant(provider: Provider, event: str) -> str:
    near = None if is_known(event, provider) else nearest(event, events_of(provider))
    return f" (did you mean {near}?)" if near else ""


def _content(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except ValueError:
        raise ConfigError(f"{file} is no JSON") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{file} holds no object")
    return found


def _change(content: dict[str, Any], change: str) -> None:
    pointer, given, text = change.partition("=")
    if not given or not pointer.startswith("/"):
        raise ConfigError(f"--set {change!r}: write /place=value")
    try:
        value: object = json.loads(text)
    except ValueError:
        value = text
    Pointer(pointer).put(content, value)


def _header(text: str) -> tuple[str, str]:
    name, given, value = text.partition(":")
    if not given:
        raise ConfigError(f"--header {text!r}: write Name: value")
    return name.strip(), value.strip()


def _summary(answers: list[Answer]) -> dict[str, Any]:
    """Statuses with their numbers, why there were no answers, and milliseconds."""
    times = sorted(each.seconds * 1000 for each in answers)
    return {
        "sent": len(answers),
        "statuses": {
            str(status): n for status, n in sorted(Counter(a.status for a in answers).items())
        },
        "unanswered": sorted({each.told for each in answers if not each.status}),
        "milliseconds": {
            name: round(times[min(len(times) - 1, int(len(times) * share))], 1)
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
        },
    }


def _show(answer: Answer, request: Request) -> None:
    if not answer.status:
        say(styled(answer.told, "bold red"))
        return
    accepted = 200 <= answer.status < 300
    status = styled(str(answer.status), "green" if accepted else "bold red")
    say(f"{status}  {answer.seconds * 1000:.0f} ms, {len(request.body)} bytes sent")
    for line in answer.told.splitlines()[:20]:
        say(f"  {legible(line, 500)}")


def _show_summary(summary: dict[str, Any]) -> None:
    for status, times in summary["statuses"].items():
        colour = "green" if status.startswith("2") else "bold red"
        say(f"{styled(status if status != '0' else 'no answer', colour)}  {times} times")
    for reason in summary["unanswered"]:
        say(f"  {reason}")
    say("  ".join(f"{name} {value} ms" for name, value in summary["milliseconds"].items()))
