"""A warning for names that a provider is known not to send: a typing error would go unheard."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from hookkit.provider import Provider

__all__ = ["UnknownEventWarning", "is_known", "nearest", "warn_of_unknown"]


class UnknownEventWarning(UserWarning):
    """A handler listens to a name that the provider is not known to send."""


def warn_of_unknown(provider: Provider, names: tuple[str, ...], stacklevel: int = 3) -> None:
    """Warn of each name that is neither known, nor above nor below one that is."""
    for name in names:
        if not provider.events or name == "*" or is_known(name, provider):
            continue
        near = nearest(name, provider.events)
        hint = f"; did you mean {near!r}?" if near else ""
        warnings.warn(
            f"{provider.display or provider.name} is not known to send {name!r}{hint}",
            UnknownEventWarning,
            stacklevel=stacklevel,
        )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of these names that a typing error may have meant, or ``None``."""
    from difflib import get_close_matches  # only for the typing error

    return next(iter(get_close_matches(name, list(known), 1)), None)


def is_known(name: str, provider: Provider) -> bool:
    """Whether the provider is known to send it, or what is above or below it."""
    separator = provider.separator
    levels = name.removesuffix(f"{separator}*").split(separator)
    at_or_above = {separator.join(levels[: end + 1]) for end in range(len(levels))}
    below = separator.join(levels) + separator
    return not at_or_above.isdisjoint(provider.events) or any(
        each.startswith(below) for each in provider.events
    )
