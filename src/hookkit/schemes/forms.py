"""Signed text made of a form's fields, sorted by name, each name and value without anything between."""

from __future__ import annotations

from collections.abc import Iterable

from hookkit.errors import MalformedCredential
from hookkit.messages import Request
from hookkit.schemes.template import Content
from hookkit.values import field, value

__all__ = ["SortedForm", "sorted_fields"]


@value
class SortedForm:
    """A template, and after it the fields of the form; read the body with ``reads=Pairs()`` for it.

    As nothing stands between a name and its value, a sender that lets strangers choose the names of
    fields could be made to sign one field that means another.

    Args:
        before: template of what comes first.
        distinct: a field's equal values count once.
    """

    before: str = "{url}"
    distinct: bool = False
    _before: Content = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_before", Content(self.before))

    def covers(self, part: str) -> bool:
        return part == "body" or self._before.covers(part)

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        before = self._before.render(request, timestamp, message_id, payload)
        if not isinstance(payload, list):
            raise MalformedCredential
        return [*before, sorted_fields(set(payload) if self.distinct else payload)]


def sorted_fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The pairs of a form as one text, in UTF-8."""
    return "".join(name + value for name, value in sorted(pairs)).encode()
