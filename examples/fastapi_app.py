"""FastAPI, or any other Starlette application.

GITHUB_SECRET=... uvicorn --app-dir examples fastapi_app:app
"""

import logging
import os

from fastapi import FastAPI
from starlette.routing import Route

from hookkit import Event, Receiver, providers

logging.basicConfig(level=logging.INFO)
log = logging.getLogger(__name__)

github = Receiver(providers.github, secret=os.environ["GITHUB_SECRET"])


@github.on("push")
async def deploy(event: Event) -> None:
    log.info("push to %r", event.payload["ref"])


# A Route, not app.mount(): a mount redirects the path to the one with a slash at its end.
app = FastAPI(routes=[Route("/webhooks/github", github.asgi)])
