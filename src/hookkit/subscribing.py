"""`confirms`: a handler that confirms SNS subscriptions. Without it none is confirmed.

::

    topics = ["arn:aws:sns:eu-west-1:123456789012:orders"]
    hooks = Receiver(providers.sns.using(topics=topics))
    hooks.on("SubscriptionConfirmation")(confirms(topics))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hookkit.errors import KeyUnavailable
from hookkit.event import Event
from hookkit.messages import Request
from hookkit.providers._sns import host_of_topic
from hookkit.schemes.base import Fetch

__all__ = ["confirms"]


def confirms(topics: Sequence[str], *, fetch: Fetch | None = None) -> Callable[[Event[Any]], None]:
    """A handler that confirms the subscription to these SNS topics, and to no other.

    It visits the URL in the confirmation, which only SNS can have signed, and only at SNS's own host in the
    topic's region. An ``UnsubscribeConfirmation``, whose URL would subscribe again, is left alone.

    Args:
        topics: their ARNs, as given to the provider.
        fetch: visits the URL; by default a `hookkit.fetch.Fetcher` of those hosts.

    Raises:
        ConfigError: one is no topic's ARN.
    """
    by_topic = {topic: host_of_topic(topic) for topic in topics}
    visit = fetch or _fetcher(frozenset(by_topic.values()))

    def confirm_subscription(event: Event[Any]) -> None:
        """Raises KeyUnavailable where SNS does not confirm: it then sends the event again."""
        if event.type != "SubscriptionConfirmation" or event.payload["TopicArn"] not in by_topic:
            return
        host, url = by_topic[event.payload["TopicArn"]], event.payload["SubscribeURL"]
        if not url.startswith(f"https://{host}/"):
            raise KeyUnavailable("the URL to confirm at is not SNS's")
        response = visit(Request("GET", {"Cache-Control": "no-store"}, url=url))
        if response.status >= 300:
            raise KeyUnavailable(f"SNS answered {response.status} to the confirmation")

    return confirm_subscription


def _fetcher(hosts: frozenset[str]) -> Fetch:
    from hookkit.fetch import Fetcher  # few applications confirm subscriptions

    return Fetcher(hosts)
