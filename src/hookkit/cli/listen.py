"""``hookkit listen``: a receiver that needs no code, to see what a provider really sends."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterable
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hookkit.cli.options import found_provider, found_secret, with_secret
from hookkit.cli.recordings import written
from hookkit.cli.showing import json_line, say, styled
from hookkit.errors import ConfigError, RequestError
from hookkit.event import Event
from hookkit.faces import wsgi
from hookkit.logs import printable
from hookkit.messages import Request, Response
from hookkit.providers import signature_headers
from hookkit.receiver import Receiver
from hookkit.testing.targets import Post, post_to

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["Listener", "listen"]

LONGEST = 25 * 1024 * 1024
"""Bytes of a body: as much as the largest provider sends."""

HIDDEN = ("authorization", "cookie")
"""Headers whose values are credentials by themselves."""

LINES = 40
"""Of a payload that are shown."""


class Listener:
    """A WSGI app that shows each request, and answers as a receiver would."""

    max_body = LONGEST

    def __init__(
        self,
        receiver: Receiver | None,
        *,
        save: Path | None = None,
        forward: Post | None = None,
        as_json: bool = False,
    ) -> None:
        self.methods = ("GET", "POST", "PUT") if receiver is None else receiver.methods
        self._receiver = receiver
        self._save = save
        self._forward = forward
        self._as_json = as_json
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._known = {name.lower(): who for name, who in signature_headers().items()}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        return wsgi.respond(self, environ, start_response)

    def handle(self, request: Request) -> Response:
        """Show it, keep it, pass it on, and answer."""
        number = next(self._numbers)
        response, events, why = self._judged(request)
        saved = self._saved(request, number)
        if self._forward is not None:
            response = self._forwarded(self._forward, request)
        told = self._told(number, request, response, events, why, saved)
        with self._lock:
            if self._as_json:
                json_line(told)
            else:
                self._show(told, request, why)
        return response

    async def handle_async(self, request: Request) -> Response:
        """As `handle`, on a loop that it does not block."""
        from asyncio import to_thread  # the caller has loaded it

        return await to_thread(self.handle, request)

    def refuse(self, error: RequestError) -> Response:
        """The answer to a request that could not be read."""
        with self._lock:
            say(f"refused: {error.reason}")
        return Response(error.status, "Bad Request")

    def _judged(self, request: Request) -> tuple[Response, list[Event[Any]], str]:
        """The answer, the events, and why it is refused."""
        if self._receiver is None:
            return Response(200), [], ""
        try:
            admitted = self._receiver.admit(request)
        except RequestError as error:
            return self._receiver.refuse(error), [], f"{error.reason}: {error}"
        if isinstance(admitted, Response):
            return admitted, [], ""
        return Response(200), admitted, ""

    def _saved(self, request: Request, number: int) -> str:
        if self._save is None:
            return ""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        path = self._save / f"{stamp}-{number:04}.http"
        path.write_bytes(written(request))
        return str(path)

    def _forwarded(self, post: Post, request: Request) -> Response:
        try:
            return post(request)
        except (OSError, HTTPException) as error:
            return Response(502, f"{type(error).__name__}\n")

    def _told(
        self,
        number: int,
        request: Request,
        response: Response,
        events: list[Event[Any]],
        why: str,
        saved: str,
    ) -> dict[str, Any]:
        return {
            "number": number,
            "method": request.method,
            "path": request.path,
            "status": response.status,
            "verdict": self._verdict(request, events, why),
            "events": [
                {"type": each.type, "id": each.id, "delivery_id": each.delivery_id}
                for each in events
            ],
            "headers": {name: _shown(name, value) for name, value in request.headers.items()},
            "body": request.body.decode("utf-8", "backslashreplace"),
            "saved": saved,
        }

    def _verdict(self, request: Request, events: list[Event[Any]], why: str) -> str:
        if why:
            return f"refused: {why}"
        if self._receiver is not None:
            return "authentic" if events else "a question at set-up, answered"
        senders = [
            self._known[name] for name in map(str.lower, request.headers) if name in self._known
        ]
        return f"not verified; it looks like {senders[0]}" if senders else "not verified"

    def _show(self, told: dict[str, Any], request: Request, why: str) -> None:
        colour = "bold red" if why else "green"
        say(
            f"#{told['number']} {printable(told['method'])} {printable(told['path'])}  {told['status']}"
        )
        say(f"  {styled(told['verdict'], colour)}")
        for event in told["events"]:
            told_id = printable(event["id"] or event["delivery_id"] or "")
            say(f"  event {printable(event['type']) or 'unnamed'}  {told_id}".rstrip())
        for name, value in told["headers"].items():
            say(f"    {printable(name)}: {printable(value, 300)}")
        lines = _pretty(request.body).splitlines()
        for line in lines[:LINES]:
            say(f"    {printable(line, 500)}")
        if len(lines) > LINES:
            say(f"    … {len(lines) - LINES} more lines")
        if why and self._receiver is not None:
            for line in str(self._receiver.explain(request)).splitlines():
                say(f"  {line}")
        if told["saved"]:
            say(f"  saved: {told['saved']}")
        say()


def _shown(name: str, value: str) -> str:
    return "(hidden)" if name.lower() in HIDDEN else value


def _pretty(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "backslashreplace")


@click.command(short_help="Show each delivery as it comes.")
@click.option("--provider", "name", help="Verify as this provider signs; default: only show.")
@with_secret
@click.option(
    "--using", "settings", multiple=True, metavar="NAME=VALUE", help="What the provider needs."
)
@click.option("--public-url", metavar="URL", help="The URL that the provider calls.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--save", type=click.Path(path_type=Path), metavar="DIR", help="Keep each raw request there."
)
@click.option(
    "--forward", metavar="URL", help="Pass each on, byte for byte, and answer as that does."
)
@click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")
def listen(
    name: str | None,
    secret_env: str | None,
    secret_file: Path | None,
    settings: tuple[str, ...],
    public_url: str | None,
    port: int,
    host: str,
    save: Path | None,
    forward: str | None,
    *,
    as_json: bool,
) -> None:
    """Show each delivery as it comes: headers, event, payload, and why it is refused. Ctrl-C ends it."""
    receiver = None
    if name is not None:
        receiver = Receiver(
            found_provider(name, settings),
            secret=found_secret(secret_env, secret_file),
            public_url=public_url,
        )
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
    post = None if forward is None else post_to(forward, "/")
    serve(Listener(receiver, save=save, forward=post, as_json=as_json), host, port)


def serve(app: Listener, host: str, port: int) -> None:
    """Serve until Ctrl-C. Raises ConfigError where the port is taken."""
    import logging

    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("hookkit").addHandler(logging.NullHandler())
    logging.getLogger("hookkit").propagate = False
    try:
        server = make_server(host, port, app, threaded=True)
    except (OSError, SystemExit):
        raise ConfigError(
            f"port {port} of {host} cannot be had: is it taken? Try --port 0"
        ) from None
    click.echo(
        f"listening at http://{host}:{server.server_port}/ (any path); Ctrl-C ends it", err=True
    )
    server.serve_forever()
