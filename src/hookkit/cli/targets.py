"""``module:name`` on the command line to what the user's application has there."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from hookkit.errors import ConfigError
from hookkit.inbox.inbox import Inbox
from hookkit.receiver import Receiver

__all__ = ["find", "inbox_of", "opened", "receiver_of"]


def find(target: str) -> object:
    """What stands at ``module:name``; the working directory is looked in first, as with ``python -m``.

    A Django project that ``DJANGO_SETTINGS_MODULE`` names is set up before.

    Raises:
        ConfigError: it is not of that form, or there is none.
    """
    module_name, _, path = target.partition(":")
    if not module_name or not path:
        raise ConfigError(f"{target!r}: write module:name, such as shop.hooks:inbox")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    _set_up_django()
    try:
        found: object = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise  # one that the application itself imports: its traceback says where
        raise ConfigError(f"there is no module {module_name!r} here ({here})") from None
    for name in path.split("."):
        if not hasattr(found, name):
            raise ConfigError(f"{module_name} has no {path!r}")
        found = getattr(found, name)
    return found


def _set_up_django() -> None:
    """A project that this variable names may have models where its receivers are: they need its settings."""
    if os.environ.get("DJANGO_SETTINGS_MODULE") and find_spec("django"):
        import_module("django").setup()


def opened(target: str, *, new: bool = False) -> Inbox:
    """The inbox there, also by the URL of its store; one that is `new` may be made.

    Raises:
        ConfigError: there is none.
    """
    if "://" not in target:
        found = find(target)
        inbox = found.inbox if isinstance(found, Receiver) else found
        if not isinstance(inbox, Inbox):
            raise ConfigError(f"{target} is no Inbox, and no Receiver with an inbox")
        # What the module starts is for a server: no handler runs in a command that only looks, or queues.
        inbox.stop()
        return inbox
    scheme, _, path = target.partition(":///")
    if scheme == "sqlite" and not new and not Path(path).is_file():
        raise ConfigError(f"there is no file {path}")
    return Inbox(target)


def receiver_of(target: str) -> Receiver:
    """The receiver there, which has an inbox. Raises ConfigError where there is none."""
    found = None if "://" in target else find(target)
    if not isinstance(found, Receiver):
        raise ConfigError(f"{target} is no Receiver: name one as module:name")
    opened(target)
    return found


def inbox_of(target: str) -> Inbox:
    """The inbox there, or that of the receiver there.

    Raises:
        ConfigError: there is neither, or no receiver uses the inbox.
    """
    if "://" in target:  # which may hold a password
        raise ConfigError("the receivers are needed, too: name the inbox as module:name")
    inbox = opened(target)
    if not inbox.sources:
        raise ConfigError(
            f"no receiver uses the inbox {target}: name it by the module that makes the receivers"
        )
    return inbox
