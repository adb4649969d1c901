"""``hookkit providers [NAME]``: the catalogue."""

from __future__ import annotations

import click

from hookkit import providers as catalogue
from hookkit.cli.options import provider_named, provider_names
from hookkit.cli.showing import json_line, say, table
from hookkit.facts import Facts, facts_of
from hookkit.testing.samples import SAMPLES

__all__ = ["providers"]


@click.command(short_help="Show the providers that hookkit knows.")
@click.argument("name", required=False, shell_complete=provider_names)
@click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")
def providers(name: str | None, *, as_json: bool) -> None:
    """The providers that hookkit knows; of one, how it signs, what it does not sign, and how to begin."""
    found = catalogue.catalogue() if name is None else (facts_of(provider_named(name)),)
    if as_json:
        for facts in found:
            json_line(facts.as_dict())
    elif name is None:
        table(
            ("NAME", "SCHEME", "SIGNS A TIME", "PROVIDER"),
            ((each.name, each.family, _yes(each.signed_time), each.display) for each in found),
        )
    else:
        _show(found[0])


def _yes(value: object) -> str:
    return "yes" if value else ""


def _show(facts: Facts) -> None:
    say(f"{facts.display}  {facts.docs}".rstrip())
    say()
    told: dict[str, object] = {
        "signature": f"{facts.scheme}, in {facts.credential}",
        "secret": facts.secret,
        "keys from": ", ".join(facts.key_hosts),
        "install": ", ".join(f"hookkit[{each}]" for each in facts.extras),
        "signed time": facts.signed_time,
        "event's name": facts.event_type,
        "event's id": facts.event_id,
        "delivery's id": facts.delivery_id,
        "several": facts.batch and f"{facts.batch}: each is an event, and places look into it",
        "media types": ", ".join(facts.accepts),
        "waits": "" if facts.timeout is None else f"{facts.timeout:g} seconds",
        "tries again": facts.retries,
        "known from": facts.sure,
    }
    for what, value in told.items():
        if value:
            say(f"  {what + ':':15}{value}")
    for what, reason in facts.needs.items():
        say(f"  needs:         {what}: {reason}")
    for what, meaning in facts.takes.items():
        say(f"  takes:         {what}: {meaning}")
    for gap in facts.gaps:
        say(f"  not signed:    {gap}")
    for question in facts.handshakes:
        say(f"  at set-up:     {question.method} {question.asked}: {question.answer}")
    say("  set it up:")
    for line in _steps(facts):
        say(line)
    say()
    say(_code(facts))


def _steps(facts: Facts) -> list[str]:
    """How the webhook is set up."""
    names = [name for name in SAMPLES.get(facts.name, ()) if name]
    first = f"{names[0]} " if names else ""
    steps = [
        f"at {facts.display}: the URL of your endpoint, such as https://shop.example/webhooks/{facts.name}"
    ]
    if not facts.key_hosts:
        steps.append(f"the same secret there, and here in the variable {_variable(facts)}")
    if facts.handshakes:
        steps.append("the receiver runs before you do so: it answers the question above by itself")
    if facts.name in SAMPLES:
        steps.append(
            f"try it: hookkit send {facts.name} {first}--to URL --secret-env {_variable(facts)}"
        )
    if names[1:]:
        steps.append(f"more to send: {', '.join(names[1:])}")
    return [f"  {number}. {step}" for number, step in enumerate(steps, 1)]


def _variable(facts: Facts) -> str:
    return f"{facts.name.upper()}_SECRET"


def _code(facts: Facts) -> str:
    using = f".using({', '.join(f'{each}=…' for each in facts.needs)})" if facts.needs else ""
    secret = "" if facts.key_hosts else f', secret=os.environ["{_variable(facts)}"]'
    return "\n".join(
        [
            f"{facts.name} = Receiver(providers.{facts.name}{using}{secret})",
            "",
            f'@{facts.name}.on("*")',
            "def handle(event): ...",
            "",
            f'app.wsgi_app = {facts.name}.wrap(app.wsgi_app, path="/webhooks/{facts.name}")',
        ]
    )
