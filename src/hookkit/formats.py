"""What a body may be, as a provider declares it; `hookkit.bodies` reads it by these values."""

from __future__ import annotations

from hookkit.values import value

__all__ = ["JSON", "JWS", "XML", "Form", "Format", "Multipart", "Pairs", "Raw", "Text"]

FORM_MEDIA = ("application/x-www-form-urlencoded",)


@value
class JSON:
    """An object; with ``batch=True`` an array as well."""

    media: tuple[str, ...] = ("application/json",)
    batch: bool = False


@value
class Form:
    """A URL-encoded form: a dictionary of texts (of a repeated field, the last).

    `json_field` names the field that holds the payload as JSON (an object; with ``batch=True`` an array
    as well); where `optional`, a form without that field is the payload itself.
    """

    media: tuple[str, ...] = FORM_MEDIA
    json_field: str | None = None
    optional: bool = False
    batch: bool = False


@value
class Pairs:
    """A URL-encoded form as a list of names and values, for senders that sign repeated fields."""

    media: tuple[str, ...] = FORM_MEDIA


@value
class Multipart:
    """A form of several parts (RFC 7578): a dictionary of its texts; files are left out.

    `json_field` names the field that holds the payload as JSON.
    """

    media: tuple[str, ...] = ("multipart/form-data",)
    json_field: str | None = None


@value
class XML:
    """An XML document: a dictionary of texts and dictionaries, by the names inside of its root element.

    The document is the whole body, or stands in base64 in the form's field `base64_field`.
    """

    media: tuple[str, ...] = ("text/xml", "application/xml")
    base64_field: str | None = None


@value
class JWS:
    """A signed token in its compact form (RFC 7515 section 7.1); its claims are the payload.

    The token is the whole body, or the text inside of its JSON to which `at` points (RFC 6901).
    """

    media: tuple[str, ...] = ("application/jwt",)
    at: str = ""


@value
class Text:
    """UTF-8 text."""

    media: tuple[str, ...] = ("text/plain",)


@value
class Raw:
    """Bytes, handed over as they are; ``*/*`` is whatever no other format takes."""

    media: tuple[str, ...] = ("*/*",)


Format = JSON | Form | Pairs | Multipart | XML | JWS | Text | Raw
