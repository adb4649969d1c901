"""Deliveries of which each item carries its own credential."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from hookkit.bodies import read_first, write_body
from hookkit.errors import ConfigError, MalformedCredential, MissingCredential, Unauthorized
from hookkit.formats import JSON
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import Pointer
from hookkit.schemes.base import AnyScheme, Step, Verdict, says_itself
from hookkit.values import value

__all__ = ["EachItem"]

_JSON = JSON(batch=True)


@value
class EachItem:
    """Every item of an array in the body verifies by itself, as if it alone were the body.

    One that does not is enough to refuse all, and so is an array without any: it proves nothing.

    Args:
        batch: where the array is.
        scheme: of an item; its credential lies in the body.
    """

    family: ClassVar[str] = "each-item"

    batch: Pointer
    scheme: AnyScheme

    def __post_init__(self) -> None:
        if self.scheme.header is not None or self.scheme.covers("body"):
            raise ConfigError("the credential of an item is in that item: name places in there")

    @property
    def header(self) -> str | None:
        return None

    @property
    def signs_url(self) -> bool:
        return self.scheme.signs_url

    def in_words(self) -> str:
        inner = self.scheme
        of_one = inner.in_words() if says_itself(inner) else inner.family
        return f"of each item: {of_one}"

    def covers(self, part: str) -> bool:
        return self.scheme.covers(part)

    def prepare(self, secret: bytes) -> Any:
        return self.scheme.prepare(secret)

    def verify(
        self, request: Request, keys: tuple[Any, ...], now: float, limits: Limits
    ) -> Verdict:
        """The verdict on the item with the oldest secret. Raises Unauthorized."""
        verdicts = [
            self.scheme.verify(alone, keys, now, limits) for alone in self._alone(request, limits)
        ]
        return max(verdicts, key=lambda verdict: verdict.key)

    def sign(self, request: Request, key: Any, now: float, message_id: str) -> Request:
        return self.changed(request, lambda item: self.scheme.sign(item, key, now, message_id))

    def changed(self, request: Request, change: Callable[[Request], Request]) -> Request:
        """The request with each item's body as `change` has it, which gets it alone."""
        payload = read_first(request, _JSON, Limits())
        items = self._items(request, payload)
        for position, item in enumerate(items):
            items[position] = json.loads(change(_body_of(request, item)).body)
        return request.replace(body=write_body(_JSON, payload))

    def steps(self, request: Request, keys: tuple[Any, ...], limits: Limits) -> list[Step]:
        try:
            found = self._alone(request, limits)
        except Unauthorized as error:
            return [Step(f"items at {self.batch.path}", str(error))]
        return [
            Step(f"item {number}: {step.name}", step.found)
            for number, alone in enumerate(found, 1)
            for step in self.scheme.steps(alone, keys, limits)
        ]

    def _alone(self, request: Request, limits: Limits) -> list[Request]:
        items = self._items(request, read_first(request, _JSON, limits))
        return [_body_of(request, item) for item in items]

    def _items(self, request: Request, payload: object) -> list[object]:
        items = self.batch.find(request, payload)
        if not isinstance(items, list):
            raise MalformedCredential
        if not items:
            raise MissingCredential
        return items


def _body_of(request: Request, item: object) -> Request:
    """The request with this item alone. Its values are the same, whatever their writing."""
    try:
        return request.replace(body=json.dumps(item).encode())
    except RecursionError:
        raise MalformedCredential from None
