"""Stripe's list of events.

Source: https://docs.stripe.com/api/events/list and https://docs.stripe.com/api/pagination. Stripe keeps
them for 30 days, in the version of the API that the account had, which an endpoint may differ from.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor
from typing import Any
from urllib.parse import urlencode

from hookkit.errors import ConfigError
from hookkit.messages import Request
from hookkit.repair.api import asked_with, base_url, body_of, object_of, text_in
from hookkit.repair.history import Ask, Found, RepairFailed

__all__ = ["StripeEvents"]


class StripeEvents:
    """All events of an account.

    Args:
        base: of the API.
        account: id of a connected account, ``acct_…``.

    Raises:
        ConfigError: this is no URL.
    """

    def __init__(self, base: str = "https://api.stripe.com", account: str | None = None) -> None:
        if account is not None and not account.isidentifier():
            raise ConfigError("account= is the id of a connected account, acct_…")
        self._base = base_url(base, "base")
        self._headers = {} if account is None else {"Stripe_Account": account}

    def found(self, since: float, ask: Ask) -> Iterator[list[Found]]:
        """Pages of what happened since then. Raises RepairFailed."""
        after: str | None = None
        seen: set[str] = set()
        while True:
            query = {"created[gte]": str(floor(since)), "limit": "100"}
            if after is not None:
                query["starting_after"] = after
            url = f"{self._base}/v1/events?{urlencode(query)}"
            page = object_of(ask(asked_with(url, **self._headers)))
            items = page.get("data") if isinstance(page, dict) else None
            if not isinstance(items, list):
                raise RepairFailed("Stripe's answer is no list of events")
            found = [_found(item) for item in items]
            yield found
            if page.get("has_more") is not True:
                return
            if not found:
                raise RepairFailed("Stripe's list says that there is more, and nothing of it")
            after = found[-1].id
            if after in seen:
                raise RepairFailed("Stripe's list goes in a circle")
            seen.add(after)


def _found(item: Any) -> Found:
    request = Request("POST", {"Content-Type": "application/json"}, body_of(item))
    return Found(text_in(item, "id"), text_in(item, "type"), lambda: request)
