"""What hints need of `typing`, which costs a tenth of `import hookkit` to load.

Type checkers see `typing` itself. A running program sees names that can be subscripted and inherited from,
and do nothing: hints are texts (``from __future__ import annotations``) that are not evaluated when used.
"""

from __future__ import annotations

from types import GenericAlias

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "Generic",
    "Protocol",
    "TypeGuard",
    "TypeVar",
    "cast",
    "dataclass_transform",
    "overload",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import (
        Any,
        Generic,
        Protocol,
        TypeGuard,
        cast,
        dataclass_transform,
        overload,
    )

    # Its TypeVar may have a default, which `typing` knows from Python 3.13 on.
    from typing_extensions import TypeVar
else:

    class _Hint:
        __slots__ = ()
        __class_getitem__ = classmethod(GenericAlias)

    class ClassVar(_Hint):
        """Of the class, and no field of its values. Pyright knows it by the name in `typing` only."""

    class Generic(_Hint):
        """Its types are named in brackets."""

        __slots__ = ()

    class Protocol(_Hint):
        """Whatever has these members."""

        __slots__ = ()

    class TypeGuard(_Hint):
        """A truth that tells the type of an argument."""

    class TypeVar:
        """A type that a signature names twice."""

        def __init__(self, name: str, **_about: object) -> None:
            self.__name__ = name

        def __repr__(self) -> str:
            return f"~{self.__name__}"

    Any = object

    def cast(_type: object, given: object) -> object:
        """The same, of a type that only we know."""
        return given

    def overload(function: object) -> object:
        """One of several signatures."""
        return function

    def dataclass_transform(**_about: object) -> object:
        """Its classes have their fields for arguments."""
        return overload
