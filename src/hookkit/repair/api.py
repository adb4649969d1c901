"""Questions to a provider's API, and its answers, which may say anything."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from hookkit.errors import ConfigError
from hookkit.messages import Request, Response
from hookkit.repair.history import RepairFailed

__all__ = ["asked_with", "base_url", "body_of", "object_of", "seconds_of", "text_in"]


def object_of(response: Response) -> Any:
    """The JSON of an answer. Raises RepairFailed."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        raise RepairFailed("the API's answer is no JSON") from None


def text_in(item: object, name: str) -> str:
    """The text under this name. Raises RepairFailed."""
    found = item.get(name) if isinstance(item, dict) else None
    if not isinstance(found, str) or not found:
        raise RepairFailed(f"the API's answer has no {name}, where there should be one")
    return found


def seconds_of(text: str) -> float:
    """Unix seconds of a time as RFC 3339 has it. Raises RepairFailed."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise RepairFailed("the API's answer has a time that is none") from None


def body_of(payload: object) -> bytes:
    """The payload as JSON; the bytes that were signed are not to be had. Raises RepairFailed."""
    try:
        text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise RepairFailed("a payload has a number that JSON has not") from None
    return text.encode("utf-8", "backslashreplace")


def asked_with(url: str, **headers: str) -> Request:
    """A question to an API."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("GET", named, b"", url=url)


def base_url(url: str, name: str) -> str:
    """The URL without a slash at its end. Raises ConfigError where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ConfigError(f"{name}= is no URL: write https://api.example.com") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query:
        raise ConfigError(f"{name}= is a URL such as https://api.example.com")
    return url.rstrip("/")
