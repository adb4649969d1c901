"""Flask: one receiver answers in a view, another stands in front of the app.

GITHUB_SECRET=... STRIPE_SECRET=... flask --app examples/flask_app.py run
"""

import logging
import os

from flask import Flask
from flask_wtf import CSRFProtect  # only where your app has it

from hookkit import Event, Receiver, providers

logging.basicConfig(level=logging.INFO)
log = logging.getLogger(__name__)

app = Flask(__name__)
csrf = CSRFProtect(app)

github = Receiver(providers.github, secret=os.environ["GITHUB_SECRET"])
# In front of the app there is no Flask context; `around` gives the handlers one.
stripe = Receiver(providers.stripe, secret=os.environ["STRIPE_SECRET"], around=app.app_context)


@github.on("push")
def deploy(event: Event) -> None:
    log.info("push to %r", event.payload["ref"])


@stripe.on("invoice.paid")
def fulfil(event: Event) -> None:
    log.info("invoice %r is paid", event.payload["data"]["object"]["id"])


@app.route("/webhooks/github", methods=github.methods)
@csrf.exempt
def github_webhook() -> Receiver:
    return github  # a Receiver is a WSGI app; Flask runs it on this request


app.wsgi_app = stripe.wrap(app.wsgi_app, path="/webhooks/stripe")
