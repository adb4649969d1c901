"""What `bench.nearest` serves, each with a worker in a process of its own; run in its environment.

`python -m bench.nearest_apps` is knockerlite's worker; hookkit brings one: `python -m hookkit worker`.
"""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.contenders import common, durable_receiver
from hookkit import Inbox

FOLDER = Path(os.environ["FOLDER"])


def __getattr__(name: str) -> Any:
    """Opened by whoever asks: each opens its own file."""
    match name:
        case "inbox":
            return hookkit().inbox
        case "hookkit_app":
            return hookkit()
        case "knocker_app":
            return as_wsgi(knocker())
    raise AttributeError(name)


def hookkit() -> Any:
    return durable_receiver(Inbox(f"sqlite:///{FOLDER / 'hookkit.db'}"))


def knocker() -> Any:
    import knocker as package

    app = package.open(str(FOLDER / "knocker.db"))
    app.add_endpoint(
        name="github",
        path="/webhooks/github",
        provider="github",
        verification={
            "kind": "hmac-sha256",
            "header": "X-Hub-Signature-256",
            "secret": common.SECRET_S,
        },
    )
    app.add_handler(endpoint="github", handler=lambda _event, _tx: None)
    return app


def as_wsgi(app: Any) -> Any:
    """It brings no adapter: this is the least that its page tells a host to do."""

    def respond(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {
            name[5:].replace("_", "-"): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        accepted = app.receive(endpoint="github", body=body, headers=headers)
        start_response(f"{accepted.status_code} Done", [("Content-Length", "0")])
        return []

    return respond


if __name__ == "__main__":
    asyncio.run(knocker().run_worker())
