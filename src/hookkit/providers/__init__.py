"""The catalogue: one frozen `Provider` for each service, loaded when it is first used.

Type checkers see every name, so that a misspelt one is an error before the program runs. The modules
are called ``_name.py`` because a submodule of the value's own name would take its place on import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookkit.provider import Provider
    from hookkit.providers._github import github as github
    from hookkit.providers._gitlab_token import gitlab_token as gitlab_token
    from hookkit.providers._slack import slack as slack
    from hookkit.providers._standardwebhooks import standardwebhooks as standardwebhooks
    from hookkit.providers._stripe import stripe as stripe
    from hookkit.providers._token import token as token

__all__ = [
    "github",
    "gitlab_token",
    "names",
    "signature_headers",
    "slack",
    "standardwebhooks",
    "stripe",
    "token",
]

_NAMES = ("github", "gitlab_token", "slack", "standardwebhooks", "stripe", "token")


def names() -> tuple[str, ...]:
    """The names of all providers, sorted."""
    return _NAMES


def signature_headers() -> dict[str, str]:
    """Header that carries the credential, to the provider whose it is. Loads every provider."""
    headers: dict[str, str] = {}
    for name in _NAMES:
        provider = _load(name)
        if provider.scheme.header and provider.scheme.header != "Authorization":
            headers.setdefault(provider.scheme.header, provider.display)
    return headers


def _load(name: str) -> Provider:
    provider: Provider = getattr(import_module(f"hookkit.providers._{name}"), name)
    return provider


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Provider:
        if name not in _NAMES:
            from difflib import get_close_matches

            near = get_close_matches(name, _NAMES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise AttributeError(f"there is no provider {name!r}{hint}", name=name, obj=None)
        value = globals()[name] = _load(name)
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
