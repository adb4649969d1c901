"""Message components (RFC 9421 section 2): the parts of a request that a signature names and covers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_plus

from hookkit.errors import ConfigError, MalformedCredential, MissingCredential
from hookkit.limits import Limits
from hookkit.messages import Request, is_token
from hookkit.places import BLANKS
from hookkit.schemes.structured import Item, parse, parse_field, write

__all__ = ["Component", "Identity", "Message", "declared", "implied", "named"]

# What may follow a field's name (section 2.1), and what its value is. `req` and `tr` speak of responses
# and trailers, and there are none here.
_FLAGS = frozenset({"sf", "bs"})

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_unspaced_comma = re.compile(r",(?![ \t])")

# Section 2.5: a line of the signature base is ASCII, and nothing in it may end the line.
_is_line = re.compile(r"[\t\x20-\x7e]*").fullmatch


Identity = tuple[str, frozenset[tuple[str, str | bool]]]
"""Name and parameters of a component."""


def _plain(name: str) -> Identity:
    return name, frozenset()


_TARGET_URI, _REQUEST_TARGET, _SCHEME, _AUTHORITY, _PATH, _QUERY = map(
    _plain, ("@target-uri", "@request-target", "@scheme", "@authority", "@path", "@query")
)


class Component(NamedTuple):
    """A component's identifier: its name, its parameters, and how the two are written."""

    name: str
    parameters: frozenset[tuple[str, str | bool]]
    written: str

    @property
    def identity(self) -> Identity:
        """Without the parameters' order, which distinguishes nothing."""
        return self.name, self.parameters

    @property
    def subject(self) -> Identity:
        """What it stands for, however its value is written."""
        return self.name, frozenset(each for each in self.parameters if each[0] not in _FLAGS)


def implied(covered: Iterable[Component], query: str) -> frozenset[Identity]:
    """What these components stand for together, where the URL has this query."""
    found = {component.subject for component in covered}
    if not query:
        found.add(_QUERY)
    if _TARGET_URI in found:
        found |= {_SCHEME, _AUTHORITY, _REQUEST_TARGET}
    if _REQUEST_TARGET in found:
        found |= {_PATH, _QUERY}
    if {_PATH, _QUERY} <= found:
        found.add(_REQUEST_TARGET)
    if {_AUTHORITY, _REQUEST_TARGET} <= found:
        found.add(_TARGET_URI)  # all of it but whether it was https
    return frozenset(found)


def named(item: Item) -> Component:
    """The component that an item of a signature's list names. Raises MalformedCredential."""
    name, parameters = item
    if not isinstance(name, str) or not _fits(name, parameters):
        raise MalformedCredential
    return Component(name, frozenset(parameters.items()), write(item))


def declared(text: str) -> Component:
    """The component that a declaration means: ``@method``, or ``"@query-param";name="id"`` in full.

    Raises ConfigError.
    """
    try:
        if str(text).startswith('"'):
            return named(parse(text, "item"))
        if isinstance(text, str) and _fits(text, {}):
            return Component(text, frozenset(), f'"{text}"')
    except MalformedCredential:
        pass
    raise ConfigError(
        f"{text!r} is no component: write the lower-case name of a header, or one of "
        + ", ".join([*_DERIVED, '"@query-param";name="…"'])
    )


def _fits(name: str, parameters: dict[str, Any]) -> bool:
    if name == "@query-param":
        return parameters.keys() == {"name"} and isinstance(parameters["name"], str)
    if name.startswith("@"):
        return name in _DERIVED and not parameters
    return is_token(name) is not None and name == name.lower() and _fits_field(parameters)


def _fits_field(parameters: dict[str, Any]) -> bool:
    if "bs" in parameters and len(parameters) > 1:
        return False
    return all(
        value is True if name in _FLAGS else name == "key" and isinstance(value, str)
        for name, value in parameters.items()
    )


class Message:
    """A request, as the source of its components' values.

    A field that was sent as several lines arrives here joined by a comma, while a signer joins them by a
    comma and a blank (section 2.1). Which of the two it was cannot be told afterwards; so a value is asked
    for as it stands, or `respaced`, with a blank after each comma that has none.

    What a field reads as and what a component's value is are remembered: a stranger may name the same ones
    over and over, before anything is verified.
    """

    def __init__(self, request: Request, limits: Limits) -> None:
        self.request = request
        self._limits = limits
        self._values: dict[tuple[Identity, bool], str] = {}
        self._dictionaries: dict[str, dict[str, Item]] = {}
        self._parsed = 0

    def value(self, component: Component, *, respaced: bool = False) -> str:
        """The component's value.

        Raises:
            MissingCredential: the request does not have it.
            MalformedCredential: it has it in a form that cannot be signed, or it is too long.
        """
        respaced = respaced and not component.parameters  # what is written anew has its own blanks
        key = component.identity, respaced
        if key not in self._values:
            self._values[key] = self._line(component, respaced=respaced)
        return self._values[key]

    def _line(self, component: Component, *, respaced: bool) -> str:
        if component.name == "@query-param":
            value = self._parameter(str(dict(component.parameters)["name"]))
        elif component.name in _DERIVED:
            value = _DERIVED[component.name](self)
        else:
            value = self._field(component, respaced=respaced)
        if _is_line(value) is None:
            raise MalformedCredential
        return value

    def _field(self, component: Component, *, respaced: bool) -> str:
        found = self.request.header(component.name)
        if found is None:
            raise MissingCredential
        value = found.strip(BLANKS)
        if len(value) > self._limits.header:
            raise MalformedCredential
        parameters = dict(component.parameters)
        if "bs" in parameters:
            return write(_latin1(value))
        if "key" in parameters:
            members = self._members(component.name, value)
            return _member(members, str(parameters["key"]))
        if "sf" in parameters:
            return write(parse_field(self._counted(value), component.name))  # section 2.1.1
        return _unspaced_comma.sub(", ", value) if respaced else value

    def _members(self, name: str, value: str) -> dict[str, Item]:
        if name not in self._dictionaries:
            self._dictionaries[name] = parse(self._counted(value), "dictionary")
        return self._dictionaries[name]

    def _counted(self, value: str) -> str:
        """The value, where there is no more to parse in all than one header may have."""
        self._parsed += len(value)
        if self._parsed > self._limits.header:
            raise MalformedCredential
        return value

    def _parameter(self, name: str) -> str:
        values = [value for known, value in self._query if known == name]
        if not values:
            raise MissingCredential
        if len(values) > 1:
            raise MalformedCredential  # section 2.2.8: such a parameter must not be signed by itself
        return values[0]

    @cached_property
    def _query(self) -> list[tuple[str, str]]:
        """Names and values of the query's parameters, decoded and encoded again (section 2.2.8)."""
        parts = [part for part in self.request.query.split("&") if part]
        if len(parts) > self._limits.fields:
            raise MalformedCredential
        try:
            return [
                (_encoded(name), _encoded(value))
                for name, _, value in (part.partition("=") for part in parts)
            ]
        except ValueError:
            # Two texts that are no UTF-8 would be the same one after replacing what is not.
            raise MalformedCredential from None

    @cached_property
    def scheme(self) -> str:
        return self._origin[0].lower()

    @cached_property
    def authority(self) -> str:
        """The host in lower case, without the scheme's own port (section 2.2.3)."""
        return self._origin[1].lower().removesuffix(_DEFAULT_PORTS.get(self.scheme, "\0"))

    @cached_property
    def target(self) -> str:
        """Path and query, as a request line has them."""
        request = self.request
        return f"{request.path}?{request.query}" if request.query else request.path

    @cached_property
    def target_uri(self) -> str:
        return "://".join(self._origin) + self.target

    @cached_property
    def _origin(self) -> tuple[str, str]:
        """Scheme and authority as they stand. Raises MalformedCredential where the URL has none."""
        scheme, _, rest = self.request.url.partition("://")
        authority = re.split("[/?#]", rest, maxsplit=1)[0]
        if not authority:
            raise MalformedCredential
        return scheme, authority


_DERIVED: Mapping[str, Callable[[Message], str]] = MappingProxyType(
    {
        "@method": lambda message: message.request.method,
        "@target-uri": lambda message: message.target_uri,
        "@authority": lambda message: message.authority,
        "@scheme": lambda message: message.scheme,
        "@request-target": lambda message: message.target,
        "@path": lambda message: message.request.path,
        "@query": lambda message: f"?{message.request.query}",
    }
)
"""Derived components of a request (section 2.2), but for ``@query-param``, which has a name."""


def _encoded(text: str) -> str:
    """Percent-encoded as a form is, but a blank as ``%20``. Raises ValueError where it is not UTF-8."""
    # quote() leaves the tilde as it is, and the form's own rule does not.
    return quote(unquote_plus(text, errors="strict"), safe="*").replace("~", "%7E")


def _latin1(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        raise MalformedCredential from None


def _member(members: Mapping[str, Item], key: str) -> str:
    """A member of a dictionary (section 2.1.2)."""
    if key not in members:
        raise MissingCredential
    found, parameters = members[key]
    return write([(found, parameters)])
