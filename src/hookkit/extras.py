"""Optional dependencies: imported when used, with an error that names the extra to install."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from hookkit.errors import ConfigError

__all__ = ["needed"]


def needed(module: str, extra: str, purpose: str) -> ModuleType:
    """The module. Raises ConfigError where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError(f"{purpose} needs an extra: pip install 'hookkit[{extra}]'") from error
