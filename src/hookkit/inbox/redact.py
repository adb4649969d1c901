"""`Redaction`: places of a body that are written over before it is stored (``redact=``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from hookkit.errors import ConfigError
from hookkit.formats import JSON, Form
from hookkit.places import Place, Pointer
from hookkit.provider import Provider

__all__ = ["REDACTED", "Redaction", "redacted", "steps_of"]

REDACTED = "[redacted]"
"""Stands where something was."""

ANY = "*"

Rule = tuple[str, ...]

_space = re.compile(r"[ \t\n\r]*").match
_decoder = json.JSONDecoder()


class Redaction:
    """Writes over what stands at these places, and leaves every other byte as it is.

    A body that cannot be read is not stored at all.

    Args:
        pointers: RFC 6901, such as ``/customer/email``; ``*`` is any name or number. In a form, ``/field``.
        provider: the sender.

    Raises:
        ConfigError: one is no pointer, or points to what events are told apart by; or the provider sends
            other bodies than JSON and forms.
    """

    def __init__(self, pointers: Iterable[str], provider: Provider) -> None:
        if isinstance(pointers, str):
            raise ConfigError(f"redact= is a list: write redact=[{pointers!r}]")
        self._rules = [steps_of(each) for each in pointers]
        self._forms: dict[str, str | None] = {}
        for form in provider.accepts:
            if isinstance(form, Form):
                self._forms.update(dict.fromkeys(form.media, form.json_field))
            elif not isinstance(form, JSON):
                raise ConfigError(
                    f"redact= reads JSON and forms, and {provider.name} may send {type(form).__name__}: "
                    "write provider.replace(accepts=(JSON(),)) if that is all that comes"
                )
        if provider.codings:
            raise ConfigError(
                f"redact= reads no compressed bodies, and {provider.name} may send such: "
                "write provider.replace(codings=frozenset()) if none come"
            )
        for place in (provider.event_type, provider.event_id, provider.delivery_id):
            self._check(place)
        self._check(provider.event_time)

    def _check(self, place: Place | None) -> None:
        """Raises ConfigError where a rule would write over an event's name, id or time."""
        if not isinstance(place, Pointer):
            return
        steps = steps_of(place.path) if place.path else ()
        for rule in self._rules:
            pairs = zip(rule, steps, strict=False)
            if len(rule) <= len(steps) and all(ours in (ANY, theirs) for ours, theirs in pairs):
                raise ConfigError(
                    f"redact= cannot take away {place.path}, by which events are told apart"
                )

    def without(self, body: bytes, content_type: str) -> bytes:
        """The body as it is stored; empty where it cannot be read."""
        media = content_type.partition(";")[0].strip(" \t").lower()
        try:
            text = body.decode()
            if media in self._forms:
                return self._form(text, self._forms[media]).encode()
            return redacted(text, self._rules).encode()
        except (ValueError, IndexError, RecursionError):
            return b""

    def _form(self, text: str, json_field: str | None) -> str:
        from urllib.parse import parse_qsl, urlencode  # 11 ms to import, and few redact

        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
        return urlencode([(name, self._field(name, value, json_field)) for name, value in pairs])

    def _field(self, name: str, value: str, json_field: str | None) -> str:
        if name == json_field:
            return redacted(value, self._rules)
        return REDACTED if any(rule[0] in (name, ANY) for rule in self._rules) else value


def redacted(text: str, rules: Sequence[Rule]) -> str:
    """The JSON with the values at these places written over. Raises ValueError or IndexError."""
    spans: list[tuple[int, int]] = []
    end = _value(text, _skip(text, 0), rules, spans)
    if _skip(text, end) != len(text):
        raise ValueError("something stands behind the JSON")
    parts, done = [], 0
    for begin, end in spans:
        parts += [text[done:begin], json.dumps(REDACTED)]
        done = end
    return "".join([*parts, text[done:]])


def _value(text: str, at: int, rules: Sequence[Rule], spans: list[tuple[int, int]]) -> int:
    """Add to `spans` what is to be written over in the value that begins at `at`. Gives where it ends."""
    if () in rules:
        end = _end(text, at)
        spans.append((at, end))
        return end
    if rules and text[at] in "{[":
        return _items(text, at, rules, spans)
    return _end(text, at)


def _items(text: str, at: int, rules: Sequence[Rule], spans: list[tuple[int, int]]) -> int:
    """As `_value`, for an object or an array."""
    is_object = text[at] == "{"
    closing = "}" if is_object else "]"
    at = _skip(text, at + 1)
    number = 0
    while text[at] != closing:
        name = str(number)
        if is_object:
            name, at = _decoder.raw_decode(text, at)
            at = _skip(text, _past(text, _skip(text, at), ":"))
        inner = [rule[1:] for rule in rules if rule[0] in (name, ANY)]
        at = _skip(text, _value(text, at, inner, spans))
        number += 1
        if text[at] != closing:
            at = _skip(text, _past(text, at, ","))
    return at + 1


def _end(text: str, at: int) -> int:
    return int(_decoder.raw_decode(text, at)[1])


def _skip(text: str, at: int) -> int:
    found = _space(text, at)
    return at if found is None else found.end()


def _past(text: str, at: int, sign: str) -> int:
    if text[at] != sign:
        raise ValueError(f"there is no {sign}")
    return at + 1


def steps_of(pointer: str) -> Rule:
    """The steps of a pointer. Raises ConfigError where it is none."""
    steps = pointer.split("/")
    if len(steps) < 2 or steps[0]:
        raise ConfigError(f'{pointer!r} is no pointer: it begins with "/", such as /customer/email')
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps[1:])
