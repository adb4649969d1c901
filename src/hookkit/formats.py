"""What a body may be, as a provider declares it; the parser reads it by these values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JSON", "Form", "Format", "Raw", "Text"]


@dataclass(frozen=True, slots=True)
class JSON:
    """An object; with ``batch=True`` an array as well."""

    media: tuple[str, ...] = ("application/json",)
    batch: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A URL-encoded form: a dictionary of texts (of a repeated field, the last).

    `json_field` names the field that holds the payload as JSON; where `optional`, a form without that
    field is the payload itself.
    """

    media: tuple[str, ...] = ("application/x-www-form-urlencoded",)
    json_field: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 text."""

    media: tuple[str, ...] = ("text/plain",)


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes, handed over as they are; ``*/*`` is whatever no other format takes."""

    media: tuple[str, ...] = ("*/*",)


Format = JSON | Form | Text | Raw
