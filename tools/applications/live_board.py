"""Values of a sensor, and pushes of GitHub, one with markup in it."""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from hookkit import providers
from hookkit.testing import Sender
from tools.applications import Delivery, Page, Seen, Settings, home, pushed

COMMIT = "5b1d3f0a9c7e2468ace013579bdf02468ace1357"
MESSAGES = ("Round prices up", "Show <b>totals</b> in the cart")
VALUES = [round(70 + 6 * math.sin(step / 5) + step % 3 / 2, 1) for step in range(40)]


def surroundings(folder: Path) -> AbstractContextManager[Settings]:
    """It talks to nobody."""
    return nullcontext({})


def deliveries(settings: Settings) -> Iterator[Delivery]:
    sensor = Sender(providers.token, settings["SENSOR_SECRET"])
    github = Sender(providers.github, settings["GITHUB_SECRET"])
    for value in VALUES:
        payload = {"sensor": "boiler", "value": value, "unit": "°C"}
        yield Delivery("/webhooks/sensor", sensor.request(payload=payload))
    for message in MESSAGES:
        payload = pushed("acme/shop", "main", COMMIT, message)
        yield Delivery("/webhooks/github", github.request("push", payload))


def seen(settings: Settings) -> Seen:
    return Seen(f"{home(settings)}/events", ("boiler",))


def pages(settings: Settings) -> tuple[Page, ...]:
    count = len(VALUES) + len(MESSAGES)
    ready = f"document.querySelectorAll('#events li').length === {count}"
    return (Page("live_board", f"{home(settings)}/", ready),)
