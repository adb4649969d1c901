"""Signed text that is the body as it was before the sender compressed it."""

from __future__ import annotations

from hookkit.decoding import inflate
from hookkit.errors import BadBody, BodyTooLarge, MalformedCredential
from hookkit.messages import Request
from hookkit.schemes.template import Content
from hookkit.values import field, value

__all__ = ["Inflated"]


@value
class Inflated:
    """A template over the inflated body; `limit` bytes at most, as this is before any trust.

    It is one of the few things that happen to a body before it is verified: nobody can check such a
    signature otherwise.
    """

    template: str = "{body}"
    limit: int = 1024 * 1024
    _content: Content = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_content", Content(self.template))

    def covers(self, part: str) -> bool:
        return self._content.covers(part)

    def in_words(self) -> str:
        return f"{self.template}, as it was before it was compressed"

    def render(
        self, request: Request, timestamp: bytes, message_id: bytes, payload: object
    ) -> list[bytes]:
        return self._content.render(self._plain(request), timestamp, message_id, payload)

    def _plain(self, request: Request) -> Request:
        coding = (request.header("Content-Encoding") or "").strip(" \t").lower()
        if coding not in ("gzip", "deflate"):
            return request
        try:
            return request.replace(body=inflate(request.body, coding, self.limit))
        except (BadBody, BodyTooLarge):
            raise MalformedCredential from None
