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
    told = asdict(item)
    body = told["arrival"].pop("body")
    try:
        told["arrival"]["body"] = body.decode()
    except UnicodeDecodeError:
        told["arrival"]["base64"] = base64.b64encode(body).decode()
    return json.dumps({"delivery": told}, ensure_ascii=False)


def from_line(line: str) -> Kept | Mark:
    """What the line tells. Raises ConfigError where it is no such line."""
    try:
        told = json.loads(line)
        if "mark" in told:
            return Mark(**told["mark"])
        return _kept(told["delivery"])
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"this is no line of an export: {type(error).__name__}") from None


def _kept(told: dict[str, Any]) -> Kept:
    return Kept(
        **{
            **told,
            "arrival": _arrival(told["arrival"]),
            "events": tuple(_event(each) for each in told["events"]),
        }
    )


def _arrival(told: dict[str, Any]) -> Arrival:
    encoded = told.pop("base64", None)
    body = told.pop("body").encode() if encoded is None else base64.b64decode(encoded)
    heads = told["heads"]
    return Arrival(
        **{
            **told,
            "body": body,
            "headers": tuple((name, value) for name, value in told["headers"]),
            "heads": None if heads is None else tuple(Head(*each) for each in heads),
            "keys": tuple(tuple(each) for each in told["keys"]),
        }
    )


def _event(told: dict[str, Any]) -> KeptEvent:
    return KeptEvent(
        **{
            **told,
            "head": Head(*told["head"]),
            "works": tuple(_work(each) for each in told["works"]),
        }
    )


def _work(told: dict[str, Any]) -> KeptWork:
    return KeptWork(**{**told, "failures": tuple(Failure(*each) for each in told["failures"])})
