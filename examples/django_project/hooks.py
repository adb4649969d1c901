import logging
import os

from hookkit import Event, Receiver, providers

log = logging.getLogger(__name__)

github = Receiver(providers.github, secret=os.environ["GITHUB_SECRET"])
stripe = Receiver(providers.stripe, secret=os.environ["STRIPE_SECRET"])


@github.on("push")
def deploy(event: Event) -> None:
    log.info("push to %r", event.payload["ref"])


@stripe.on("invoice.paid")
def fulfil(event: Event) -> None:
    log.info("invoice %r is paid", event.payload["data"]["object"]["id"])
