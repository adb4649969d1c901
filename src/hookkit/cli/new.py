"""``hookkit new DIR``: a starter that runs, with a test that passes."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import click

from hookkit.cli.options import found_provider, provider_names
from hookkit.cli.showing import say
from hookkit.errors import ConfigError
from hookkit.facts import facts_of
from hookkit.provider import Provider
from hookkit.testing.samples import SAMPLES

__all__ = ["FRAMEWORKS", "new"]

SUFFIX = ".txt"
"""Of the templates, so that no tool takes them for modules."""


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
def new(directory: Path, name: str, framework: str) -> None:
    """Write a small application with a receiver, an inbox and a test into a new directory."""
    provider = found_provider(name)
    if directory.exists() and any(directory.iterdir()):
        raise ConfigError(f"{directory} is not empty: name a new directory")
    words = _words(provider, FRAMEWORKS[framework])
    directory.mkdir(parents=True, exist_ok=True)
    starters = files("hookkit.cli").joinpath("starters")
    for folder in (starters.joinpath("common"), starters.joinpath(framework)):
        for template in sorted(folder.iterdir(), key=lambda each: each.name):
            _write(template, directory, words)
    say(f"{directory}: pip install -r requirements.txt, python -m pytest, then see README.md")


def _write(template: Traversable, directory: Path, words: dict[str, str]) -> None:
    if not template.name.endswith(SUFFIX):
        return
    text = Template(template.read_text(encoding="utf-8")).substitute(words)
    target = directory / template.name.removesuffix(SUFFIX)
    target.write_text(text, encoding="utf-8")


def _words(provider: Provider, framework: Framework) -> dict[str, str]:
    facts = facts_of(provider)
    events = [*SAMPLES.get(provider.name, ()), *sorted(provider.events), "thing.happened"]
    event = events[0] if provider.event_type is not None else ""
    using = ", ".join(f'{each}="…"' for each in provider.needs)
    return {
        "name": provider.name,
        "display": facts.display,
        "docs": f"{facts.display}'s own page: {facts.docs}" if facts.docs else "",
        "variable": f"{provider.name.upper()}_SECRET",
        "using": f".using({using})" if using else "",
        "event": event,
        "arguments": f'"{event}"' if event else "",
        "extras": ",".join(["cli", *facts.extras]),
        "packages": framework.packages,
        "run": framework.run,
        "url": f"http://127.0.0.1:{framework.port}/webhooks/{provider.name}",
    }
