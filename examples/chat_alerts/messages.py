"""What people read of an event: short, in plain text, and harmless wherever it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hookkit import Discard, Event, Pointer

LONGEST = 200
"""Characters of one thing that a payload says."""

MOST = 10
"""Alerts of a group that are told one by one."""


class Message(NamedTuple):
    title: str
    body: str


def plain(said: object) -> str:
    """One line of text that mentions nobody and makes no link with another's name in any chat.

    A character of no width breaks ``@all``, ``<!channel>`` and ``[text](link)`` apart.
    """
    line = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", str(said)).strip()
    return re.sub(r"([@<\]])", "\\1\u200b", line[:LONGEST])


def told(event: Event, path: str) -> str:
    found = Pointer(path).find(event.request, event.payload)
    return "?" if found is None else plain(found)


def of_alerts(event: Event) -> Message:
    """A group of Alertmanager's in one message."""
    alerts = event.payload.get("alerts")
    if not isinstance(alerts, list) or not all(isinstance(each, dict) for each in alerts):
        raise Discard("it has no alerts")
    firing = [each for each in alerts if each.get("status") == "firing"]
    resolved = [each for each in alerts if each.get("status") != "firing"]
    state = "FIRING" if firing else "RESOLVED"
    counts = f"{len(firing)} firing, {len(resolved)} resolved"
    lines = [counts, *_lines("firing", firing), *_lines("resolved", resolved)]
    return Message(f"{state}: {told(event, '/commonLabels/alertname')}", "\n".join(lines))


def _lines(state: str, alerts: list[dict[str, Any]]) -> Iterator[str]:
    for alert in alerts[:MOST]:
        yield f"- {state}: {_words(alert.get('labels'))} {_summary(alert.get('annotations'))}"
    if len(alerts) > MOST:
        yield f"- and {len(alerts) - MOST} more {state}"


def _words(labels: object) -> str:
    pairs = labels.items() if isinstance(labels, Mapping) else ()
    return plain(" ".join(f"{name}={value}" for name, value in pairs if name != "alertname"))


def _summary(annotations: object) -> str:
    return plain(annotations.get("summary", "")) if isinstance(annotations, Mapping) else ""


def of_github(event: Event) -> Message:
    about = event.type.partition(".")[0].replace("issues", "issue")
    repository, who = told(event, "/repository/full_name"), told(event, "/sender/login")
    if about == "workflow_run":
        name, branch = told(event, "/workflow_run/name"), told(event, "/workflow_run/head_branch")
        title = f"{repository}: {name} failed on {branch}"
    else:
        title = f"{repository}: {who} opened: {told(event, f'/{about}/title')}"
    return Message(title, told(event, f"/{about}/html_url"))


def of_sentry(event: Event) -> Message:
    about = "event" if event.type.startswith("event_alert") else "issue"
    title = told(event, f"/data/{about}/title")
    return Message(f"Sentry: {title}", told(event, f"/data/{about}/web_url"))
