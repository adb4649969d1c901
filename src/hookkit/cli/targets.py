"""``module:name`` on the command line to what the user's application has there."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_path
from traceback import extract_tb

import hookkit
from hookkit.cli.showing import legible
from hookkit.errors import ConfigError
from hookkit.inbox.inbox import Inbox
from hookkit.logs import raised
from hookkit.receiver import Receiver

__all__ = ["find", "inbox_of", "opened", "receiver_of"]

LONGEST = 500
"""Characters of what an application raised that are shown."""


def find(target: str) -> object:
    """What stands at ``module:name``; the working directory is looked in first, as with ``python -m``.

    A Django project that ``DJANGO_SETTINGS_MODULE`` names is set up before.

    Raises:
        ConfigError: it is not of that form, there is none, or the application raised while it was imported;
            what it raised is the cause.
    """
    module_name, _, path = target.partition(":")
    if not module_name or not path:
        raise ConfigError(f"{target!r}: write module:name, such as shop.hooks:inbox")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    _set_up_django()
    found = _imported(module_name, here)
    for name in path.split("."):
        if not hasattr(found, name):
            raise ConfigError(f"{module_name} has no {path!r}")
        found = getattr(found, name)
    return found


def _set_up_django() -> None:
    """A project that this variable names may have models where its receivers are: they need its settings."""
    settings = os.environ.get("DJANGO_SETTINGS_MODULE")
    if not settings or not find_spec("django"):
        return
    try:
        import_module("django").setup()
    except (Exception, SystemExit) as error:
        raise _failure(f"the Django project of {settings} cannot be set up", error) from error


def _imported(module_name: str, here: str) -> object:
    try:
        return import_module(module_name)
    # SystemExit, too: with its status a command would say that it has found fault.
    except (Exception, SystemExit) as error:
        if _is_missing(module_name, error):
            raise ConfigError(f"there is no module {module_name!r} here ({here})") from None
        raise _failure(f"{module_name} cannot be imported", error) from error


def _is_missing(module_name: str, error: BaseException) -> bool:
    """Whether it is the target that is not there, and not a module that the application itself imports."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return False
    return f"{module_name}.".startswith(f"{error.name}.")


def _failure(what: str, error: BaseException) -> ConfigError:
    """What the application's own code has raised, and where."""
    told = raised(error).removesuffix(": ")
    return ConfigError(f"{what}: {legible(told, LONGEST)}{_place(error)}")


def _place(error: BaseException) -> str:
    """A further line with the place in the application's code that raised, or called what did."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        return f"\n  in {legible(error.filename, LONGEST)}, line {error.lineno}"
    frames = [each for each in extract_tb(error.__traceback__) if _is_theirs(each.filename)]
    if not frames:
        return ""
    # An application that is installed is known by what was imported first.
    last = next((each for each in reversed(frames) if not _is_installed(each.filename)), frames[0])
    return f"\n  in {legible(last.filename, LONGEST)}, line {last.lineno}"


def _is_theirs(file: str) -> bool:
    """Whether it is neither of this package nor of Python's own import."""
    return Path(file).is_file() and Path(hookkit.__file__).parent not in Path(file).parents


def _is_installed(file: str) -> bool:
    """Whether it belongs to Python, or to a package that pip has put there."""
    return any(
        Path(get_path(kind)) in Path(file).parents for kind in ("stdlib", "purelib", "platlib")
    )


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
