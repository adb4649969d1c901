"""``hookkit new DIR``: a starter that runs, with a test that passes."""

from __future__ import annotations

import logging
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from shlex import quote
from string import Template

import click

from hookkit.cli.options import (
    FROM_VARIABLE,
    events_of,
    found_provider,
    parsed,
    provider_names,
    split,
)
from hookkit.cli.showing import say
from hookkit.errors import ConfigError, HookkitError
from hookkit.facts import facts_of
from hookkit.inbox.inbox import Inbox
from hookkit.provider import Provider
from hookkit.receiver import Receiver
from hookkit.testing.client import Client, Sent
from hookkit.testing.samples import sample
from hookkit.testing.secrets import new_secret

__all__ = ["FRAMEWORKS", "new"]

SUFFIX = ".txt"
"""Of the templates, so that no tool takes them for modules."""


OF_TESTS = "from hookkit import providers\nfrom hookkit.testing import new_secret\n\n"
"""What makes up a secret."""


@dataclass(frozen=True, slots=True)
class Framework:
    """What a starter needs and how it is run."""

    packages: str
    run: str
    port: int


FRAMEWORKS = {
    "flask": Framework("flask", "flask --app app run", 5000),
    "django": Framework("django", "python manage.py runserver", 8000),
    "fastapi": Framework("fastapi\nhttpx2\nuvicorn", "uvicorn app:app", 8000),
    "wsgi": Framework("", "python app.py", 8000),
}


@click.command(short_help="Write a small application that runs.")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--provider",
    "name",
    shell_complete=provider_names,
    required=True,
    help="Who sends; hookkit providers lists all.",
)
@click.option(
    "--framework", type=click.Choice(list(FRAMEWORKS)), default="flask", show_default=True
)
@click.option(
    "--using", "settings", multiple=True, metavar="NAME=VALUE", help="What the provider needs."
)
def new(directory: Path, name: str, framework: str, settings: tuple[str, ...]) -> None:
    """Write a small application with a receiver, an inbox and a test into a new directory."""
    provider = found_provider(name, settings)
    if directory.exists() and any(directory.iterdir()):
        raise ConfigError(f"{directory} is not empty: name a new directory")
    starters = files("hookkit.cli").joinpath("starters")
    words = _words(provider, FRAMEWORKS[framework], settings)
    words["folder"] = quote(directory.resolve().name)
    words["tests"] = _tests(provider, words, starters.joinpath("tests"))
    directory.mkdir(parents=True, exist_ok=True)
    for folder in (starters.joinpath("common"), starters.joinpath(framework)):
        for template in sorted(folder.iterdir(), key=lambda each: each.name):
            _write(template, directory, words)
    there = "" if directory.resolve() == Path.cwd() else f"cd {quote(str(directory))}, "
    say(
        f"{directory}: {there}pip install -r requirements.txt, python -m pytest, then see README.md"
    )


def _write(template: Traversable, directory: Path, words: dict[str, str]) -> None:
    if not template.name.endswith(SUFFIX):
        return
    text = Template(template.read_text(encoding="utf-8")).substitute(words)
    target = directory / template.name.removesuffix(SUFFIX)
    target.write_text(text, encoding="utf-8")


def _tests(provider: Provider, words: dict[str, str], folder: Traversable) -> str:
    """Those that pass: what nobody but the provider can make up is not in them."""
    tried = _tried(provider)
    told = dict(words)
    if tried is not None:
        first, again = tried
        told["status"] = str(first.status)
        told["ran_again"] = '["handlers:handle"]' if again.ran else "[]"
        told["note"] = "    # Nothing in it tells a repeat from another one.\n" if again.ran else ""
    names = ["refused"] if tried is None else ["handled", "refused"]
    texts = [folder.joinpath(f"{each}{SUFFIX}").read_text(encoding="utf-8") for each in names]
    return "\n\n".join(Template(text).substitute(told) for text in texts)


def _tried(provider: Provider) -> list[Sent] | None:
    """What comes of an event that is sent twice; ``None`` where it cannot be made up."""
    if facts_of(provider).key_hosts:
        return None
    # What is tried here may be refused, which is nobody's fault and nothing to tell.
    logging.getLogger("hookkit").addHandler(logging.NullHandler())
    with closing(Inbox("sqlite://")) as inbox, suppress(HookkitError):
        receiver = Receiver(provider, secret=new_secret(provider), inbox=inbox)
        receiver.on("*", name="handle")(lambda _: None)
        client = Client(receiver)
        event = _event(provider)
        sent = client.repeat(client.sender.request(event, sample(provider.name, event)))
        return sent if sent[0].ran else None
    return None


def _event(provider: Provider) -> str:
    if provider.event_type is None:
        return ""
    return [*events_of(provider), "thing.happened"][0]


def _words(provider: Provider, framework: Framework, settings: tuple[str, ...]) -> dict[str, str]:
    facts = facts_of(provider)
    event = _event(provider)
    values = parsed(settings)
    variables = {
        name: text.removeprefix(FROM_VARIABLE)
        for name, text in split(settings).items()
        if text.startswith(FROM_VARIABLE)
    }
    written = {name: f'os.environ["{each}"]' for name, each in variables.items()}
    using = ", ".join(f"{name}={written.get(name, repr(value))}" for name, value in values.items())
    used = f".using({using})" if using else ""
    variable = f"{provider.name.upper()}_SECRET"
    has_secret = not facts.key_hosts
    has_sample = bool(sample(provider.name, event))
    payload = f'sample("{provider.name}", "{event}")'
    arguments = [f'"{event}"' if event or has_sample else "", payload if has_sample else ""]
    return {
        "name": provider.name,
        "display": facts.display,
        "docs": f"{facts.display}'s own page: {facts.docs}" if facts.docs else "",
        "variable": variable,
        "using": used,
        "secret": f'    secret=os.environ["{variable}"],\n' if has_secret else "",
        "imports_of_secret": OF_TESTS if has_secret else "",
        "settings": "".join(
            f'os.environ["{each}"] = "a-made-up-one"\n' for each in variables.values()
        ),
        "own_secret": f'os.environ["{variable}"] = new_secret(providers.{provider.name}{used})\n'
        if has_secret
        else "",
        "exports": "".join(
            f"export {each}=…   # as it is set at {facts.display}\n"
            for each in ([variable] if has_secret else []) + list(variables.values())
        ),
        "event": f"{event} " if event else "",
        "arguments": ", ".join(each for each in arguments if each),
        "imports": "from hookkit.testing.samples import sample\n" if has_sample else "",
        "extras": ",".join(["cli", *facts.extras]),
        "packages": framework.packages,
        "run": framework.run,
        "url": f"http://127.0.0.1:{framework.port}/webhooks/{provider.name}",
    }
