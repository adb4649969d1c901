"""Send real deliveries over HTTP and show what came back: `make demo`.

On a terminal it then goes on serving until Ctrl-C. With ONCE=1, or without a terminal, it ends by
itself. It exits with 0, or with 1 where an answer was not the expected one.
"""

import io
import logging
import os
import sys
import time
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException
from threading import Thread
from typing import NamedTuple
from urllib.request import getproxies

from werkzeug.serving import BaseWSGIServer, make_server

import hookkit
from hookkit import Event, Outcome, Receiver, Request, Response, Verifier, providers

HOST = "127.0.0.1"
RED, GREEN = "31", "32"

log = logging.getLogger("demo")
ran: list[str] = []


class Watched(Receiver):
    """A receiver that notes which functions ran."""

    def answer(self, outcomes: list[Outcome]) -> Response:
        ran.extend(handler.function.__name__ for outcome in outcomes for handler in outcome.ran)
        return super().answer(outcomes)


shop = Watched(providers.token, secret="demo-token")
github = Watched(providers.github, secret="demo-github-secret")
stripe = Watched(providers.stripe, secret="whsec_demo")
slack = Watched(providers.slack, secret="demo-slack-secret")

receivers = {
    "/webhook": shop,
    "/github": github,
    "/stripe": stripe,
    "/slack": slack,
}


@shop.on("*")
def notify(event: Event) -> None:
    log.info("notify() got %r", event.payload)


@github.on("push")
def deploy(event: Event) -> None:
    log.info("deploy() got a push to %r", event.payload["ref"])


@stripe.on("invoice.paid")
def fulfil(event: Event) -> None:
    log.info("fulfil() got invoice %r", event.payload["data"]["object"]["id"])


def post(body: bytes, **headers: str) -> Request:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", fields | {"Content-Type": "application/json"}, body)


ORDER = post(b'{"message": "New order placed", "timestamp": "2022-01-01 10:00:00"}')
PUSH = post(b'{"ref": "refs/heads/main"}', X_GitHub_Event="push")
PAID = post(b'{"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}')
QUESTION = post(b'{"type": "url_verification", "challenge": "3eZbrw1aBm2r"}')
CUT_OFF = PUSH.replace(body=PUSH.body[:9])

stranger = Verifier(providers.github, secret="another-secret")
latecomer = Verifier(providers.stripe, secret="whsec_demo", clock=lambda: time.time() - 3600)


class Delivery(NamedTuple):
    """What is sent, and what should come of it."""

    name: str
    path: str
    signer: Verifier
    request: Request
    answer: str
    function: str = "-"


DELIVERIES = [
    Delivery("notification", "/webhook", shop.verifier, ORDER, "200", "notify"),
    Delivery("GitHub push", "/github", github.verifier, PUSH, "200", "deploy"),
    Delivery("Stripe invoice.paid", "/stripe", stripe.verifier, PAID, "200", "fulfil"),
    Delivery("Slack URL verification", "/slack", slack.verifier, QUESTION, "200 3eZbrw1aBm2r"),
    Delivery("wrong: another secret", "/github", stranger, PUSH, "401 Unauthorized"),
    Delivery("stale: an hour old", "/stripe", latecomer, PAID, "401 Unauthorized"),
    Delivery("malformed: broken JSON", "/github", github.verifier, CUT_OFF, "400 Bad Request"),
]


class Result(NamedTuple):
    """What came of a delivery."""

    delivery: Delivery
    answer: str
    function: str

    @property
    def ok(self) -> bool:
        return (self.answer, self.function) == (self.delivery.answer, self.delivery.function)


def send(delivery: Delivery, port: int) -> Result:
    ran.clear()
    request = delivery.signer.sign(delivery.request)
    connection = HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("POST", delivery.path, request.body, dict(request.headers.items()))
        response = connection.getresponse()
        answer = f"{response.status} {response.read(60).decode(errors='replace')}".strip()
    except (OSError, HTTPException) as error:
        answer = f"none: {error}"
    finally:
        connection.close()
    return Result(delivery, answer, ", ".join(ran) or "-")


def table(results: Iterable[Result]) -> str:
    head = ("DELIVERY", "SENT TO", "ANSWER", "EXPECTED", "FUNCTION THAT RAN", "")
    rows = [head, *map(row_of, results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def row_of(result: Result) -> tuple[str, ...]:
    sent = result.delivery
    ran_as_expected = result.function == sent.function
    function = result.function if ran_as_expected else f"{result.function}, not {sent.function}"
    mark = painted("ok", GREEN) if result.ok else painted("NOT OK", RED)
    return (sent.name, sent.path, ascii(result.answer)[1:-1], sent.answer, function, mark)


def painted(text: str, colour: str) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{colour}m{text}\033[0m"


def listen() -> BaseWSGIServer:
    """A server on a port that is free."""
    application = hookkit.mount(None, receivers)
    try:
        return make_server(HOST, 0, application, threaded=True)
    except SystemExit:  # werkzeug has printed the reason
        sys.exit(f"demo: this program must be allowed to listen on {HOST}; then try again")


def curl(port: int) -> str:
    """A line to paste."""
    direct = f"--noproxy {HOST} " if getproxies() else ""
    return (
        f"curl -i {direct}http://{HOST}:{port}/webhook -H 'X-Webhook-Token: demo-token'"
        f" -H 'Content-Type: application/json' -d '{ORDER.body.decode()}'"
    )


def main() -> int:
    lines = io.StringIO()
    logging.basicConfig(level=logging.INFO, format="  %(message)s", stream=lines)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    server = listen()
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()

    results = [send(delivery, server.port) for delivery in DELIVERIES]
    print(f"{table(results)}\n\nThe log, which no sender sees:\n{lines.getvalue()}")
    status = 0 if all(result.ok for result in results) else 1
    if status:
        print("demo: an answer is not the expected one; the log may say why", file=sys.stderr)
    if os.environ.get("ONCE") or not sys.stdout.isatty():
        return status

    logging.basicConfig(level=logging.INFO, format="  %(message)s", stream=sys.stdout, force=True)
    try:
        print(f"Serving until Ctrl-C. Try it, also with another token:\n\n{curl(server.port)}\n")
        serving.join()
    except KeyboardInterrupt:
        print("\nstopped")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
