"""GitHub's list of the deliveries of a hook.

Source: https://docs.github.com/en/rest/repos/webhooks (list deliveries, get a delivery; those of
organizations and apps are alike). GitHub keeps them for three days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from hookkit.messages import Request, Response
from hookkit.repair.api import asked_with, base_url, body_of, object_of, seconds_of, text_in
from hookkit.repair.history import Ask, Found, RepairFailed

__all__ = ["GitHubDeliveries"]

_next = re.compile(r'<([^<>]+)>\s*;\s*rel="next"').search


class GitHubDeliveries:
    """The deliveries of one hook, each once, however often it was tried.

    Args:
        hook: URL of the hook: ``https://api.github.com/repos/OWNER/NAME/hooks/ID``, also of an
            organization (``…/orgs/NAME/hooks/ID``), or ``https://api.github.com/app/hook``.

    Raises:
        ConfigError: this is no URL.
    """

    def __init__(self, hook: str) -> None:
        self._hook = base_url(hook, "hook")

    def found(self, since: float, ask: Ask) -> Iterator[list[Found]]:
        """Pages of what was sent since then. Raises RepairFailed."""
        url: str | None = f"{self._hook}/deliveries?per_page=100"
        seen: set[str] = set()
        asked: set[str] = set()
        while url is not None:
            if url in asked:
                raise RepairFailed("GitHub's list goes in a circle")
            asked.add(url)
            response = ask(_question(url))
            items = object_of(response)
            if not isinstance(items, list):
                raise RepairFailed("GitHub's answer is no list of deliveries")
            recent = [each for each in items if seconds_of(text_in(each, "delivered_at")) >= since]
            yield [self._found(each, ask) for each in recent if _is_new(each, seen)]
            url = self._next_page(response) if len(recent) == len(items) else None

    def _found(self, item: Any, ask: Ask) -> Found:
        number = item.get("id")
        if type(number) is not int:
            raise RepairFailed("the API's answer has no id, where there should be one")
        event, action = text_in(item, "event"), item.get("action")
        name = f"{event}.{action}" if isinstance(action, str) and action else event
        opened = partial(self._opened, f"{self._hook}/deliveries/{number}", ask)
        return Found(text_in(item, "guid"), name, opened)

    def _opened(self, url: str, ask: Ask) -> Request:
        item = object_of(ask(_question(url)))
        sent = item.get("request") if isinstance(item, dict) else None
        payload = sent.get("payload") if isinstance(sent, dict) else None
        if not isinstance(payload, dict):
            raise RepairFailed("GitHub's answer has no payload, where there should be one")
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": text_in(item, "event"),
            "X-GitHub-Delivery": text_in(item, "guid"),
        }
        return Request("POST", headers, body_of(payload))

    def _next_page(self, response: Response) -> str | None:
        headers = {name.lower(): value for name, value in response.headers}
        found = _next(headers.get("link", ""))
        if found is None:
            return None
        try:
            ours, theirs = urlsplit(self._hook), urlsplit(found[1])
        except ValueError:
            raise RepairFailed("GitHub's list goes on at a URL that is none") from None
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise RepairFailed("GitHub's list goes on at another host")
        return found[1]


def _question(url: str) -> Request:
    return asked_with(url, Accept="application/vnd.github+json", X_GitHub_Api_Version="2022-11-28")


def _is_new(item: Any, seen: set[str]) -> bool:
    guid = text_in(item, "guid")
    if guid in seen:
        return False
    seen.add(guid)
    return True
