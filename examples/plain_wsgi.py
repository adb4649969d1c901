"""No framework: two receivers beside a WSGI application, on any WSGI server.

GITHUB_SECRET=... STRIPE_SECRET=... python examples/plain_wsgi.py
"""

import logging
import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import run_simple

import hookkit
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


def site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    status = "200 OK" if environ["PATH_INFO"] == "/" else "404 Not Found"
    start_response(status, [("Content-Type", "text/plain")])
    return [f"{status}\n".encode()]


application = hookkit.mount(site, {"/webhooks/github": github, "/webhooks/stripe": stripe})

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run_simple("127.0.0.1", int(os.environ.get("PORT", "8000")), application)
