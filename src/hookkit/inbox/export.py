"""Deliveries and keys as lines of JSON, to be kept elsewhere and read again."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any

from hookkit.errors import ConfigError
from hookkit.inbox.desk import Failure, Kept, KeptEvent, KeptWork, Mark
from hookkit.inbox.records import Arrival, Head

__all__ = ["from_line", "to_line"]


def to_line(item: Kept | Mark) -> str:
    """One line, without its end. A body is text where it is UTF-8, else base64."""
    if isinstance(item, Mark):
        return json.dumps({"mark": item._asdict()})
    fields = asdict(item)
    body = fields["arrival"].pop("body")
    try:
        fields["arrival"]["body"] = body.decode()
    except UnicodeDecodeError:
        fields["arrival"]["base64"] = base64.b64encode(body).decode()
    return json.dumps({"delivery": fields}, ensure_ascii=False)


def from_line(line: str) -> Kept | Mark:
    """The delivery or key of a line. Raises ConfigError where it is no line of an export."""
    try:
        fields = json.loads(line)
        if "mark" in fields:
            return Mark(**fields["mark"])
        return _kept(fields["delivery"])
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"this is no line of an export: {type(error).__name__}") from None


def _kept(fields: dict[str, Any]) -> Kept:
    return Kept(
        **{
            **fields,
            "arrival": _arrival(fields["arrival"]),
            "events": tuple(_event(each) for each in fields["events"]),
        }
    )


def _arrival(fields: dict[str, Any]) -> Arrival:
    encoded = fields.pop("base64", None)
    body = fields.pop("body").encode() if encoded is None else base64.b64decode(encoded)
    heads = fields["heads"]
    return Arrival(
        **{
            **fields,
            "body": body,
            "headers": tuple((name, value) for name, value in fields["headers"]),
            "heads": None if heads is None else tuple(Head(*each) for each in heads),
            "keys": tuple(tuple(each) for each in fields["keys"]),
        }
    )


def _event(fields: dict[str, Any]) -> KeptEvent:
    return KeptEvent(
        **{
            **fields,
            "head": Head(*fields["head"]),
            "works": tuple(_work(each) for each in fields["works"]),
        }
    )


def _work(fields: dict[str, Any]) -> KeptWork:
    return KeptWork(**{**fields, "failures": tuple(Failure(*each) for each in fields["failures"])})
