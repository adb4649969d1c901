"""`Parser`: from the bytes of a delivery to the events inside, strictly and within bounds."""

from __future__ import annotations

import re

from hookkit.bodies import Reader, reader
from hookkit.decoding import Decoder, decode_form, default_decoder, inflate
from hookkit.errors import (
    BadBody,
    BadEventId,
    BadEventName,
    BadTimestamp,
    RequestError,
    UnsupportedMedia,
)
from hookkit.event import UNVERIFIED, Event
from hookkit.limits import Limits
from hookkit.messages import Request
from hookkit.places import Place
from hookkit.provider import Provider
from hookkit.schemes.base import Verdict
from hookkit.schemes.timestamps import read_time

__all__ = ["Parser"]

UTF8 = frozenset({"utf-8", "utf8"})

_has_only_plain = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+").fullmatch


class Parser:
    """Reads one provider's deliveries.

    Usable alone: ``Parser(providers.github).parse(request)``. It does not verify.

    Args:
        provider: says what a body may be and where its parts are.
        limits: bounds on fields, names and nesting.
        max_body: bytes; bounds what an encoded body may inflate to.
        decoder: JSON's; by default msgspec's where it is installed.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        limits: Limits | None = None,
        max_body: int | None = None,
        decoder: Decoder | None = None,
    ) -> None:
        self._provider = provider
        self._limits = limits or Limits()
        self._longest = self._limits.name
        self._max_body = max_body or provider.max_body
        self._batch = provider.batch
        self._name_at = provider.event_type
        self._id_at = provider.event_id
        self._delivery_id_at = provider.delivery_id
        self._time_at = provider.event_time
        decode = decoder or default_decoder()
        self._readers: dict[str, Reader] = {
            media: reader(form, decode, self._limits)
            for form in provider.accepts
            for media in form.media
        }

    def parse(
        self, request: Request, verdict: Verdict = UNVERIFIED, source: str = ""
    ) -> list[Event]:
        """The events in this delivery: none, one or several.

        Raises:
            UnsupportedMedia, BadBody, BadEventName, BadEventId, BodyTooLarge
        """
        return self.events(request, self.payload(request, verdict), verdict, source)

    def payload(self, request: Request, verdict: Verdict = UNVERIFIED) -> object:
        """The body, read as its media type says; of a GET, the query."""
        if request.method == "GET":
            return dict(decode_form(_query_bytes(request), self._limits.fields))
        read = self._readers.get(request.header("Content-Type") or "")
        if read is None:
            read = self._reader_of(request)
        body = request.body
        coding = request.header("Content-Encoding")
        if coding is not None:
            body = self._plain_body(body, coding)
        return read(body if verdict.plain is None else verdict.plain)

    def events(
        self, request: Request, payload: object, verdict: Verdict = UNVERIFIED, source: str = ""
    ) -> list[Event]:
        """The events in a payload that was read before."""
        source = source or self._provider.name
        name_at, id_at, time_at = self._name_at, self._id_at, self._time_at
        delivery_id, event_id, time = None, None, None
        if self._delivery_id_at is not None:
            delivery_id = self._text(self._delivery_id_at, request, payload, BadEventId)
        batch = self._batch
        events: list[Event] = []
        for item in [payload] if batch is None else self._items(batch, request, payload):
            name = "" if name_at is None else self._text(name_at, request, item, BadEventName)
            if name is None:
                raise BadEventName
            if id_at is not None:
                event_id = self._text(id_at, request, item, BadEventId)
            if time_at is not None:
                time = self._time(time_at, request, item)
            events.append(Event(name, item, request, verdict, source, event_id, delivery_id, time))
        return events

    def _items(self, batch: Place, request: Request, payload: object) -> list[object]:
        items = batch.find(request, payload)
        if not isinstance(items, list):
            raise BadBody("the array of events is not where the provider declares it")
        return items

    def _text(
        self, place: Place, request: Request, item: object, otherwise: type[RequestError]
    ) -> str | None:
        """The name or id at a place, if anything is there; raises `otherwise` where it is none."""
        found = place.find(request, item)
        if found is None:
            return None
        if (
            isinstance(found, str)
            and 0 < len(found) <= self._longest
            # `isprintable` is stricter than needed, true of nearly all, and five times as fast.
            and (found.isprintable() or _has_only_plain(found))
        ):
            return found
        raise otherwise

    def _time(self, place: Place, request: Request, item: object) -> float | None:
        """When it happened; a time that cannot be read is no reason to refuse an authentic event."""
        found = place.find(request, item)
        if type(found) is float:
            found = format(found, ".0f")
        elif type(found) is int:
            found = str(found)  # not as a float, which a long one would overflow
        try:
            return read_time(found, self._provider.time_unit) if isinstance(found, str) else None
        except BadTimestamp:
            return None

    def _reader_of(self, request: Request) -> Reader:
        """The reader for a media type that is not written just as declared."""
        media, *parameters = (request.header("Content-Type") or "").split(";")
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in UTF8:
                raise UnsupportedMedia
        read = self._readers.get(media.strip(" \t").lower()) or self._readers.get("*/*")
        if read is None:
            raise UnsupportedMedia
        return read

    def _plain_body(self, body: bytes, coding: str) -> bytes:
        coding = coding.strip(" \t").lower()
        if coding in ("", "identity"):
            return body
        if coding not in self._provider.codings:
            raise UnsupportedMedia
        return inflate(body, coding, self._max_body)


def _query_bytes(request: Request) -> bytes:
    # surrogatepass: bytes that are no UTF-8 are refused by the reader of forms.
    return request.query.encode("utf-8", "surrogatepass")
