"""For each provider with a list that hookkit can read: what reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hookkit.errors import ConfigError
from hookkit.provider import Provider
from hookkit.repair.github import GitHubDeliveries
from hookkit.repair.history import History
from hookkit.repair.stripe import StripeEvents
from hookkit.repair.svix import SvixMessages

__all__ = ["history_of"]

LISTS: dict[str, tuple[Callable[..., History], str]] = {
    "github": (GitHubDeliveries, 'hook="https://api.github.com/repos/OWNER/NAME/hooks/ID"'),
    "stripe": (StripeEvents, ""),
    "svix": (SvixMessages, 'app="app_…"'),
    "standardwebhooks": (SvixMessages, 'app="app_…", base="https://…"'),
}
"""By a provider's name: what reads its list, and which settings that needs."""


def history_of(provider: Provider, settings: Mapping[str, str]) -> History:
    """The list of this provider. Raises ConfigError where none is known, or a setting is missing."""
    if provider.name not in LISTS:
        raise ConfigError(
            f"hookkit knows no list of what {provider.name} sent, only of {', '.join(LISTS)}: "
            "give history=, a hookkit.repair.History"
        )
    kind, wanted = LISTS[provider.name]
    if provider.name == "standardwebhooks":
        settings = {"prefix": "webhook", **settings}
    try:
        return kind(**settings)
    except TypeError:
        raise ConfigError(f"of {provider.name} repair() is told {wanted or 'nothing'}") from None
