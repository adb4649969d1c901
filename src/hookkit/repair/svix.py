"""The list of messages of Svix, and of services that run it.

Source: https://api.svix.com/docs (List Messages: ``GET /api/v1/app/{app_id}/msg/``). The key is the
sender's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from hookkit.errors import ConfigError
from hookkit.messages import Request
from hookkit.repair.api import asked_with, base_url, body_of, object_of, seconds_of, text_in
from hookkit.repair.history import Ask, Found, RepairFailed

__all__ = ["SvixMessages"]

NAMED_BY = ("type", "event_type", "eventType")
"""Where a payload says what it is."""


class SvixMessages:
    """The messages of one application.

    Args:
        app: its id, ``app_…``, or uid.
        base: of the API, such as ``https://api.eu.svix.com``.
        prefix: of the headers: ``svix``, or ``webhook`` as Standard Webhooks has it.

    Raises:
        ConfigError: there is no app, or no URL.
    """

    def __init__(self, app: str, base: str = "https://api.svix.com", prefix: str = "svix") -> None:
        if not app:
            raise ConfigError("app= is empty: write the application's id, app_…")
        self._list = f"{base_url(base, 'base')}/api/v1/app/{quote(app, safe='')}/msg/"
        self._prefix = prefix

    def found(self, since: float, ask: Ask) -> Iterator[list[Found]]:
        """Pages of what was sent since then. Raises RepairFailed."""
        query = {
            "limit": "100",
            "with_content": "true",
            "after": datetime.fromtimestamp(since, UTC).isoformat(),
        }
        seen: set[str] = set()
        while True:
            page = object_of(ask(asked_with(f"{self._list}?{urlencode(query)}")))
            items = page.get("data") if isinstance(page, dict) else None
            if not isinstance(items, list):
                raise RepairFailed("Svix's answer is no list of messages")
            yield [self._found(item) for item in items if not _is_expunged(item)]
            if page.get("done") is not False:
                return
            query["iterator"] = text_in(page, "iterator")
            if query["iterator"] in seen:
                raise RepairFailed("Svix's list goes in a circle")
            seen.add(query["iterator"])

    def _found(self, item: Any) -> Found:
        message, payload = text_in(item, "id"), item.get("payload")
        if not isinstance(payload, dict):
            raise RepairFailed("Svix's answer has no payload, where there should be one")
        headers = {
            "Content-Type": "application/json",
            f"{self._prefix}-id": message,
            f"{self._prefix}-timestamp": f"{seconds_of(text_in(item, 'timestamp')):.0f}",
        }
        request = Request("POST", headers, body_of(payload))
        return Found(message, _named(payload), lambda: request)


def _is_expunged(item: Any) -> bool:
    """Whether its payload was deleted at Svix, as it is after some time, and cannot be had."""
    return isinstance(item, dict) and "payload" in item and item["payload"] is None


def _named(payload: dict[str, Any]) -> str:
    """As the receiver names it: by what the payload says."""
    names = (payload.get(name) for name in NAMED_BY)
    return next((name for name in names if isinstance(name, str)), "")
