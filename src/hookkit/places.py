"""Where a value is found in a request: a header, a place in the payload, several of them.

Places are frozen values, so that a provider is data. `find` gives what stands there, of whatever type,
or ``None`` where nothing does (JSON's null says nothing either); judging it is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hookkit.errors import ConfigError
from hookkit.hints import Any, Protocol
from hookkit.messages import Request, is_token
from hookkit.values import field, value

__all__ = [
    "BLANKS",
    "Choice",
    "First",
    "Header",
    "Inside",
    "Joined",
    "Number",
    "Numbered",
    "Place",
    "Pointer",
    "Query",
    "headers_of",
    "outside_body",
]

BLANKS = " \t"
"""RFC 9110 section 5.6.3: what may stand round a field's value, and str.strip() would go beyond."""


class Place(Protocol):
    """Something that finds a value in a request and its payload."""

    def find(self, request: Request, payload: object) -> object:
        """What stands there, or ``None``."""
        ...


def check_place(name: str, place: object) -> None:
    """Raises ConfigError for a text where a place belongs, which would fail with the first request."""
    if isinstance(place, str):
        kind = "Pointer" if place.startswith("/") else "Header"
        raise ConfigError(f"{name}={place!r} is text and no place: write {kind}({place!r})")


@value
class Header:
    """A header field, less the blanks around its value.

    Raises:
        ConfigError: the name is empty or no header can have it.
    """

    name: str

    def __post_init__(self) -> None:
        if is_token(self.name) is None:
            raise ConfigError(f'Header({self.name!r}): write a header name such as "X-Signature"')

    def find(self, request: Request, payload: object = None) -> str | None:
        value = request.header(self.name)
        return value if value is None else value.strip(BLANKS)


@value
class Numbered:
    """Headers that are numbered from 1, ``X-Signature-1`` and so on: their values, joined by ``,``."""

    prefix: str
    most: int = 16

    @property
    def name(self) -> str:
        """The first one's name."""
        return f"{self.prefix}1"

    def find(self, request: Request, payload: object = None) -> str | None:
        values = [request.header(f"{self.prefix}{each}") for each in range(1, self.most + 1)]
        found = [value.strip(BLANKS) for value in values if value is not None]
        return ",".join(found) if found else None


@value
class Query:
    """A parameter of the URL's query. Given twice it is not found: which one counts is anyone's guess."""

    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ConfigError('Query(""): write the name of the parameter, such as "token"')

    def find(self, request: Request, payload: object = None) -> str | None:
        from urllib.parse import unquote_plus  # costs 11 ms at import, and few providers ask

        # latin-1 keeps the very bytes, as in a header's text.
        read = [
            unquote_plus(value, "latin-1")
            for name, _, value in (part.partition("=") for part in request.query.split("&"))
            if unquote_plus(name) == self.name
        ]
        return read[0] if len(read) == 1 else None


@value
class Pointer:
    """A place in the payload, as RFC 6901 writes it: ``/data/object/id``; ``""`` is the whole.

    Raises:
        ConfigError: it is neither empty nor begins with ``/``.
    """

    path: str
    _steps: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.path and not self.path.startswith("/"):
            raise ConfigError(
                f'Pointer({self.path!r}): a pointer begins with "/": Pointer("/{self.path}")'
            )
        steps = tuple(s.replace("~1", "/").replace("~0", "~") for s in self.path.split("/")[1:])
        object.__setattr__(self, "_steps", steps)

    def find(self, request: Request, payload: object) -> object:
        for step in self._steps:
            if isinstance(payload, dict):
                payload = payload.get(step)
            elif isinstance(payload, list):
                payload = _item(payload, step)
            else:
                return None
        return payload

    def put(self, payload: dict[str, Any], value: object) -> None:
        """Set what stands there, making the objects on the way; of a list, an item that it has. For signing.

        Raises:
            ConfigError: something else stands on the way, or the list is not so long.
        """
        *above, last = self._steps
        place: Any = payload
        for step in above:
            place = place.setdefault(step, {}) if isinstance(place, dict) else _item(place, step)
            if not isinstance(place, dict | list):
                raise ConfigError(f"{self.path}: what stands at {step!r} is no object and no list")
        if isinstance(place, dict):
            place[last] = value
        elif _item(place, last) is not None:
            place[int(last)] = value
        else:
            raise ConfigError(f"{self.path}: the list has no item {last!r}")


def _item(items: list[object], step: str) -> object:
    # RFC 6901 section 4: digits without leading zeros. Long ones would be slow to read.
    if (
        not step.isascii()
        or not step.isdigit()
        or len(step) > 9
        or (step[0] == "0" and step != "0")
    ):
        return None
    index = int(step)
    return items[index] if index < len(items) else None


@value
class Joined:
    """Texts joined by a separator: ``pull_request`` and ``opened`` give ``pull_request.opened``.

    The first must be there; those after it are left out where they are missing. What is no text is
    given back as it is, for the caller to refuse.
    """

    places: tuple[Place, ...]
    by: str

    def __init__(self, first: Place, *rest: Place, by: str = ".") -> None:
        object.__setattr__(self, "places", (first, *rest))
        object.__setattr__(self, "by", by)

    def find(self, request: Request, payload: object) -> object:
        joined = ""
        for place in self.places:
            value = place.find(request, payload)
            if value is None:
                if not joined:
                    return None
                continue
            if not isinstance(value, str) or not value:
                return value
            joined = f"{joined}{self.by}{value}" if joined else value
        return joined


@value
class First:
    """The first of several places where something stands."""

    places: tuple[Place, ...]

    def __init__(self, *places: Place) -> None:
        object.__setattr__(self, "places", places)

    def find(self, request: Request, payload: object) -> object:
        for place in self.places:
            value = place.find(request, payload)
            if value is not None:
                return value
        return None


@value
class Number:
    """A place where a whole number stands for a name or an id; it is found as text.

    A text that looks like one is not what the provider sends: given back as no text, to be refused.
    """

    place: Place

    def find(self, request: Request, payload: object) -> object:
        found = self.place.find(request, payload)
        if isinstance(found, str):
            return False
        return str(found) if type(found) is int else found


@value
class Inside:
    """A place in the only or first value of an object, whatever its key: ``{"delivery": {...}}``."""

    outer: Pointer
    inner: Pointer

    def find(self, request: Request, payload: object) -> object:
        found = self.outer.find(request, payload)
        if not isinstance(found, dict) or not found:
            return None
        return self.inner.find(request, next(iter(found.values())))


@value
class Choice:
    """A place that depends on what stands at another: where `on` says ``event_callback``, look there."""

    on: Place
    cases: Mapping[str, Place]
    otherwise: Place

    def find(self, request: Request, payload: object) -> object:
        said = self.on.find(request, payload)
        place = self.cases.get(said, self.otherwise) if isinstance(said, str) else self.otherwise
        return place.find(request, payload)


def outside_body(place: Place) -> bool:
    """Whether what is found there may come from a header or the URL."""
    if isinstance(place, Header | Query | Numbered):
        return True
    if isinstance(place, Joined | First):
        return any(map(outside_body, place.places))
    if isinstance(place, Choice):
        return any(map(outside_body, (place.on, *place.cases.values(), place.otherwise)))
    return isinstance(place, Number) and outside_body(place.place)


def headers_of(place: Place | None) -> Iterator[str]:
    """Lower-case names of the headers in which it looks."""
    if isinstance(place, Header):
        yield place.name.lower()
    elif isinstance(place, Numbered):
        yield from (f"{place.prefix}{each}".lower() for each in range(1, place.most + 1))
    elif isinstance(place, Joined | First):
        yield from (name for each in place.places for name in headers_of(each))
    elif isinstance(place, Choice):
        inner = (place.on, *place.cases.values(), place.otherwise)
        yield from (name for each in inner for name in headers_of(each))
    elif isinstance(place, Number):
        yield from headers_of(place.place)
