"""`value`: a class of frozen values, as a frozen dataclass is one, without a dataclass's cost at import.

`dataclasses` writes each method as text and compiles it, and loads `inspect` to do so: half of what
``import hookkit`` cost. Here the methods are the same functions for every class, and read the fields.
For other code such a class is a dataclass: what `dataclasses` and `inspect` look for is made when they
look, so that their functions work with it, and a dataclass may inherit from it.
"""

from __future__ import annotations

from collections.abc import Callable

from hookkit.hints import TYPE_CHECKING, Any, TypeVar, dataclass_transform, overload

if TYPE_CHECKING:
    import dataclasses

__all__ = ["MISSING", "Field", "field", "fields", "replace", "value"]

C = TypeVar("C", bound=type)
V = TypeVar("V")

MISSING: Any = object()
"""Stands for the default of a field that has none."""

FIELDS = "__value_fields__"
TWIN = "__value_dataclass__"


class Field:
    """One field of a class of values; `field` makes it, where its name and hint do not say all."""

    __slots__ = ("compare", "default", "default_factory", "hint", "init", "kw_only", "name", "repr")

    def __init__(
        self,
        default: Any = MISSING,
        default_factory: Callable[[], Any] = MISSING,
        *,
        init: bool = True,
        repr: bool = True,  # noqa: A002  # the word of `dataclasses`
        compare: bool = True,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        # Told by the class, as it is made.
        self.name = ""
        self.hint: Any = ""
        self.kw_only = False

    @property
    def is_needed(self) -> bool:
        """Whether a value cannot be made without being given it."""
        return self.init and self.default is MISSING and self.default_factory is MISSING


@overload
def field(*, default: V, init: bool = True, repr: bool = True, compare: bool = True) -> V: ...
@overload
def field(
    *, default_factory: Callable[[], V], init: bool = True, repr: bool = True, compare: bool = True
) -> V: ...
@overload
def field(*, init: bool = True, repr: bool = True, compare: bool = True) -> Any: ...
def field(**about: Any) -> Any:
    """What a field is beyond its name and hint; see `dataclasses.field`.

    One with ``init=False`` and no default is set by ``__post_init__``, with ``object.__setattr__``.
    """
    return Field(**about)


@overload
def value(cls: C, /) -> C: ...
@overload
def value(*, kw_only: bool = False) -> Callable[[C], C]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: C | None = None, /, *, kw_only: bool = False) -> C | Callable[[C], C]:
    """Make a class one of frozen values: constructed by its fields, compared, hashed and printed by them.

    What the class defines itself stays. Its fields are its hints, after those of the classes above it;
    one with `ClassVar` is none. With `kw_only` they are given by name.

    Raises:
        TypeError: a default could be changed for every value, or a field without one follows one with.
    """
    if cls is None:
        return lambda given: _as_value_class(given, kw_only=kw_only)
    return _as_value_class(cls, kw_only=kw_only)


def fields(of: Any) -> tuple[Field | dataclasses.Field[Any], ...]:
    """The fields of a value, a dataclass's instance, or the class of either."""
    for each in (of if isinstance(of, type) else type(of)).__mro__:
        own = vars(each)
        if FIELDS in own:
            found: tuple[Field, ...] = own[FIELDS]
            return found
        if "__dataclass_fields__" in own:
            break
    import dataclasses  # a scheme of a user's own may be one

    return dataclasses.fields(of)


def replace(old: V, /, **changes: Any) -> V:
    """A value (or a dataclass's instance) like this one, with these fields changed."""
    for each in fields(old):
        if not each.init:
            if each.name in changes:
                raise TypeError(f"{type(old).__name__}: {each.name} is made of the other fields")
        elif each.name not in changes:
            changes[each.name] = getattr(old, each.name)
    return type(old)(**changes)


def _as_value_class(cls: C, *, kw_only: bool) -> C:
    own = vars(cls)
    found: dict[str, Field] = {}
    for each in reversed(cls.__mro__[1:]):
        for above in vars(each).get(FIELDS, ()):
            found[above.name] = above
    for name, hint in cls.__annotations__.items():
        if "ClassVar" not in str(hint).partition("[")[0]:
            found[name] = _declare(cls, name, hint, kw_only=kw_only)
    _check_order(cls, found.values())
    made = (*found.values(),)
    setattr(cls, FIELDS, made)
    for name, method in _METHODS.items():
        if own.get(name) is None:  # None: a class that defines __eq__ loses its __hash__
            setattr(cls, name, method)
    by_position = (each.name for each in made if each.init and not each.kw_only)
    setattr(cls, "__match_args__", (*by_position,))  # noqa: B010  # mypy knows of none
    for name, later in _FOR_OTHERS.items():
        setattr(cls, name, later)
    return cls


def _declare(cls: type, name: str, hint: object, *, kw_only: bool) -> Field:
    """The field of this name, which the class's body declares."""
    said = vars(cls).get(name, MISSING)
    declared = said if isinstance(said, Field) else Field(said)
    if type(declared.default).__hash__ is None:
        kind = type(declared.default).__name__
        raise TypeError(f"{cls.__name__}.{name}: a {kind} would be shared: use default_factory")
    if declared is said:
        if declared.default is MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, declared.default)
    declared.name, declared.hint, declared.kw_only = name, hint, kw_only
    return declared


def _check_order(cls: type, declared: Any) -> None:
    before = ""
    for each in declared:
        if each.kw_only or not each.init:
            continue
        if before and each.is_needed:
            raise TypeError(f"{cls.__name__}.{each.name} has no default, and follows {before}")
        if not each.is_needed:
            before = each.name


# The methods that all such classes share.


def _init(self: Any, /, *given: object, **named: Any) -> None:
    declared = getattr(self, FIELDS)
    if given:
        _name_each(self, given, named)
    put = object.__setattr__
    for each in declared:
        name = each.name
        if each.init and name in named:
            put(self, name, named.pop(name))
        elif each.default is not MISSING:
            put(self, name, each.default)
        elif each.default_factory is not MISSING:
            put(self, name, each.default_factory())
        elif each.init:
            _refuse_missing(self, named)
    if named:
        raise TypeError(f"{_called(self)} got an unexpected keyword argument {next(iter(named))!r}")
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _name_each(self: Any, given: tuple[object, ...], named: dict[str, Any]) -> None:
    """Move what is given by position into `named`."""
    names = type(self).__match_args__
    if len(given) > len(names):
        takes = f"{len(names) + 1} positional argument{'s' if names else ''}"
        raise TypeError(f"{_called(self)} takes {takes} but {len(given) + 1} were given")
    for name, each in zip(names, given, strict=False):
        if name in named:
            raise TypeError(f"{_called(self)} got multiple values for argument {name!r}")
        named[name] = each


def _refuse_missing(self: Any, left: dict[str, Any]) -> None:
    missing = [
        each
        for each in getattr(self, FIELDS)
        if each.is_needed and each.name not in left and each.name not in vars(self)
    ]
    kind = "keyword-only" if missing[0].kw_only else "positional"
    alike = [repr(each.name) for each in missing if each.kw_only is missing[0].kw_only]
    *first, last = alike
    arguments = (
        f"argument{'s' if first else ''}: {', '.join(first)}{' and ' if first else ''}{last}"
    )
    raise TypeError(f"{_called(self)} missing {len(alike)} required {kind} {arguments}")


def _called(self: object) -> str:
    return f"{type(self).__qualname__}.__init__()"


def _compared(self: object) -> tuple[object, ...]:
    return (*[getattr(self, each.name) for each in getattr(self, FIELDS) if each.compare],)


def _eq(self: object, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    return _compared(self) == _compared(other)


def _hash(self: object) -> int:
    return hash(_compared(self))


def _repr(self: object) -> str:
    shown = [
        f"{each.name}={getattr(self, each.name)!r}" for each in getattr(self, FIELDS) if each.repr
    ]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _is_frozen(self: object, name: str) -> bool:
    """Whether this may not be set: any field; and any attribute at all, but of a plain subclass."""
    return FIELDS in vars(type(self)) or any(each.name == name for each in fields(self))


def _setattr(self: object, name: str, given: object) -> None:
    if _is_frozen(self, name):
        from dataclasses import FrozenInstanceError  # an AttributeError, which tells of a slip

        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, given)


def _delattr(self: object, name: str) -> None:
    if _is_frozen(self, name):
        from dataclasses import FrozenInstanceError  # as above

        raise FrozenInstanceError(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


_METHODS = {
    "__init__": _init,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__replace__": replace,
}


# What `dataclasses` and `inspect` look for.


class _Later:
    """An attribute of the class, made when it is looked up."""

    def __init__(self, make: Callable[[type], object]) -> None:
        self._make = make

    def __get__(self, _instance: object, cls: type) -> object:
        return self._make(cls)


def _as_dataclass(cls: type) -> Any:
    """A dataclass of the same fields, made once."""
    if TWIN not in vars(cls):
        import dataclasses

        twin = [(each.name, each.hint, _as_field(each)) for each in getattr(cls, FIELDS)]
        setattr(cls, TWIN, dataclasses.make_dataclass(cls.__name__, twin, frozen=True))
    return vars(cls)[TWIN]


def _as_field(each: Field) -> Any:
    from dataclasses import field as make

    about: dict[str, Any] = {"init": each.init, "repr": each.repr, "compare": each.compare}
    if each.default is not MISSING:
        about["default"] = each.default
    if each.default_factory is not MISSING:
        about["default_factory"] = each.default_factory
    return make(**about, kw_only=each.kw_only)


def _signature(cls: type) -> object:
    if cls.__init__ is not _init:  # type: ignore[misc]  # looked at, not called
        raise AttributeError("__signature__")  # so that `inspect` reads that __init__
    from inspect import signature

    return signature(_as_dataclass(cls))


_FOR_OTHERS = {
    "__dataclass_fields__": _Later(lambda cls: _as_dataclass(cls).__dataclass_fields__),
    "__dataclass_params__": _Later(lambda cls: _as_dataclass(cls).__dataclass_params__),
    "__signature__": _Later(_signature),
}
