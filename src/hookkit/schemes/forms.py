"""Signed text made of a form's fields, sorted by name, each name and value without anything between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hookkit.errors import MalformedCredential
from hookkit.messages import Request
from hookkit.schemes.template import Content

__all__ = ["SortedForm", "sorted_fields"]


@dataclass(frozen=True, slots=True)
class SortedForm:
    """A template, and after it the fields of the form; read the body with ``reads=Pairs()`` for it.

    As nothing stands between a name and its value, a sender that lets strangers choose the names of
    fields could be made to sign one field that means another.

    Args:
        before: template of what comes first.
    """

    before: str = "{url}"
    _before: Content = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_before", Content(self.before))

    def covers(self, part: str) -> bool:
        return part == "body" or self._before.covers(part)

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        before = self._before.render(request, timestamp, message_id, payload)
        return [*before, sorted_fields(payload)]


def sorted_fields(payload: object) -> bytes:
    """The pairs of a form as one text. A field's equal values count once.

    Raises:
        MalformedCredential: it was not read as pairs.
    """
    if not isinstance(payload, list):
        raise MalformedCredential
    pairs: Iterable[tuple[str, str]] = sorted(set(payload))
    return "".join(name + value for name, value in pairs).encode()
