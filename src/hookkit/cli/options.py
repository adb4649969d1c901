"""Options that several commands have: the provider, and where its secret is."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hookkit import providers
from hookkit.errors import ConfigError
from hookkit.provider import Provider
from hookkit.schemes.base import as_fetching
from hookkit.testing.samples import SAMPLES

__all__ = [
    "event_names",
    "events_of",
    "found_provider",
    "found_secret",
    "parsed",
    "provider_named",
    "provider_names",
    "split",
    "verifying_secret",
    "with_secret",
]

NOT_HERE = "is in your shell's history and in the list of processes: put it into"

FROM_VARIABLE = "env:"
"""Before the name of a variable that holds a setting."""

SECRETS = re.compile(r"secret|token|passw|^api_key$").search
"""Names of settings that are secrets."""

F = TypeVar("F", bound=Callable[..., Any])


def provider_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Those that begin so, for the shell."""
    return [name for name in providers.names() if name.startswith(begun)]


def event_names(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Those of the provider that is already there, for the shell."""
    name = context.params.get("name")
    if name not in providers.names():
        return []
    return [event for event in events_of(getattr(providers, name)) if event.startswith(begun)]


def events_of(provider: Provider) -> list[str]:
    """Those that there are samples of, and then the others that it is known to send."""
    return list(dict.fromkeys([*SAMPLES.get(provider.name, ()), *sorted(provider.events)]))


def with_secret(command: F) -> F:
    """Add ``--secret-env`` and ``--secret-file`` to a command, and refuse ``--secret``."""
    for option in (
        click.option("--secret", hidden=True, expose_value=False, callback=_refuse, is_eager=True),
        click.option(
            "--secret-file", type=click.Path(path_type=Path), help="File that holds the secret."
        ),
        click.option("--secret-env", metavar="NAME", help="Environment variable with the secret."),
    ):
        command = option(command)
    return command


def _refuse(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise click.UsageError(
            f"a secret on the command line {NOT_HERE} a variable or a file, "
            "and use --secret-env NAME or --secret-file FILE"
        )


def found_secret(env: str | None, file: Path | None) -> str:
    """The secret: from the variable, the file, or whoever sits at the terminal. Raises ConfigError."""
    if env is not None:
        return _of_variable(env)
    if file is not None:
        return _of_file(file)
    if not sys.stdin.isatty():
        raise ConfigError("give the secret by --secret-env NAME or --secret-file FILE")
    return str(click.prompt("Secret", hide_input=True, err=True))


def verifying_secret(provider: Provider, env: str | None, file: Path | None) -> str | None:
    """As `found_secret`; of a provider that publishes its keys none is needed. Raises ConfigError."""
    fetching = as_fetching(provider.scheme)
    if env is None and file is None and fetching is not None and fetching.hosts:
        return None
    return found_secret(env, file)


def found_provider(name: str, settings: tuple[str, ...] = ()) -> Provider:
    """The provider of this name, with all that it needs (``name=value``). Raises ConfigError."""
    provider = provider_named(name)
    complete = provider.using(**parsed(settings)) if settings else provider
    if "scheme" in complete.needs:
        raise ConfigError(f"{name} is for Python alone: {complete.needs['scheme']}")
    if complete.needs:
        told = "; ".join(f"--using {each}=… ({what})" for each, what in complete.needs.items())
        raise ConfigError(f"{name} needs more than a secret: {told}")
    return complete


def provider_named(name: str) -> Provider:
    """The provider of this name, as the catalogue has it. Raises ConfigError."""
    if name not in providers.names():
        from difflib import get_close_matches  # only for the typing error

        near = get_close_matches(name, providers.names(), 1)
        hint = f"did you mean {near[0]}?" if near else "hookkit providers lists all"
        raise ConfigError(f"there is no provider {name!r}: {hint}")
    found: Provider = getattr(providers, name)
    return found


def parsed(settings: tuple[str, ...]) -> dict[str, object]:
    """The value of each ``name=value``. Raises ConfigError."""
    return {name: _value(name, text) for name, text in split(settings).items()}


def split(settings: tuple[str, ...]) -> dict[str, str]:
    """Each ``name=value``, as it is written. Raises ConfigError."""
    pairs: dict[str, str] = {}
    for each in settings:
        name, given, text = each.partition("=")
        if not given or not name.isidentifier():
            raise ConfigError(f"--using {each.partition('=')[0]!r}: write name=value")
        if SECRETS(name) and not text.startswith(FROM_VARIABLE):
            raise ConfigError(
                f"--using {name}=… is a secret, and {NOT_HERE} a variable, and write "
                f"--using {name}={FROM_VARIABLE}VARIABLE"
            )
        pairs[name] = text
    return pairs


def _value(name: str, text: str) -> object:
    """A list of JSON, what is in a variable, or the text itself."""
    if text.startswith(FROM_VARIABLE):
        return _of_variable(text.removeprefix(FROM_VARIABLE))
    try:
        return json.loads(text) if text.startswith("[") else text
    except ValueError:
        raise ConfigError(f"--using {name}: what begins with [ is a list of JSON") from None


def _of_file(file: Path) -> str:
    try:
        secret = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {type(error).__name__}") from None
    if not secret:
        raise ConfigError(f"{file} is empty: put the secret into it")
    return secret


def _of_variable(name: str) -> str:
    if not os.environ.get(name):
        raise ConfigError(f"the environment variable {name} is not set: export {name}=…")
    return os.environ[name]
