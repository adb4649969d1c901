"""``hookkit providers [NAME]``: the catalogue."""

from __future__ import annotations

import click

from hookkit import providers as catalogue
from hookkit.cli.options import provider_named, provider_names
from hookkit.cli.showing import json_line, say, table
from hookkit.facts import Facts, facts_of
from hookkit.testing.samples import SAMPLES

__all__ = ["providers"]

SCHEME = "scheme"
"""A setting that is given in Python alone, where a sender proves nothing by itself."""

LISTS = frozenset({"repositories", "topics"})
"""Settings that are lists of texts; the others are texts."""

ACCOUNT = ("client_id", "client_secret")
"""Settings without which those who ask an API cannot do so."""

LONGEST_LINE = 88
"""Characters of a line of code."""


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
        "signature": "none" if SCHEME in facts.needs else f"{facts.scheme}, in {facts.credential}",
        "secret": "" if facts.key_hosts else facts.secret,
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
    if variables := [_variable_of(facts, name) for name in _settings(facts) if name != SCHEME]:
        steps.append(f"what it needs, here in {', '.join(variables)}")
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


def _variable_of(facts: Facts, setting: str) -> str:
    return f"{facts.name.upper()}_{setting.upper()}"


def _settings(facts: Facts) -> list[str]:
    """Names of those without which there is no receiver."""
    account = [name for name in ACCOUNT if facts.key_hosts and name in facts.takes]
    return [*facts.needs, *account]


def _code(facts: Facts) -> str:
    """Lines to paste: a receiver, and where it is in an application of Flask's."""
    names = "Query, Receiver, Token, providers" if SCHEME in facts.needs else "Receiver, providers"
    receiver = _receiver(facts)
    return "\n".join(
        [
            *(["import os"] if "os.environ" in receiver else []),
            f"from hookkit import {names}",
            "",
            receiver,
            "",
            f'@{facts.name}.on("*")',
            "def handle(event): ...",
            "",
            f'app.wsgi_app = {facts.name}.wrap(app.wsgi_app, path="/webhooks/{facts.name}")',
        ]
    )


def _receiver(facts: Facts) -> str:
    """On one line, where that is not too long."""
    sender = f"providers.{facts.name}"
    given = [f"{name}={_written(facts, name)}" for name in _settings(facts)]
    secret = [] if facts.key_hosts else [f'secret=os.environ["{_variable(facts)}"]']
    used = f"{sender}.using({', '.join(given)})" if given else sender
    line = f"{facts.name} = Receiver({', '.join([used, *secret])})"
    if len(line) <= LONGEST_LINE:
        return line
    lines = [f"{sender}.using(", *(f"    {each}," for each in given), "),"]
    inner = [*lines, *(f"{each}," for each in secret)]
    return "\n".join([f"{facts.name} = Receiver(", *(f"    {each}" for each in inner), ")"])


def _written(facts: Facts, setting: str) -> str:
    if setting == SCHEME:
        return 'Token(Query("token"))'
    variable = f'os.environ["{_variable_of(facts, setting)}"]'
    return f'{variable}.split(",")' if setting in LISTS else variable
