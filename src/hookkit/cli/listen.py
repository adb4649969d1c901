"""``hookkit listen``: a receiver that needs no code, to see what a provider really sends."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from http.client import HTTPException
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hookkit.cli.heads import HEAD, HeadKeeper, SentHeaders
from hookkit.cli.options import found_provider, provider_names, verifying_secret, with_secret
from hookkit.cli.reaching import unanswered
from hookkit.cli.recordings import joined, written
from hookkit.cli.showing import json_line, legible, say, styled
from hookkit.errors import ConfigError, RequestError
from hookkit.event import Event
from hookkit.faces import wsgi
from hookkit.inbox.credential_filter import CredentialFilter
from hookkit.messages import Request, Response
from hookkit.providers import signature_headers
from hookkit.receiver import Receiver
from hookkit.schemes.credentials import Token
from hookkit.testing.targets import Post, post_to

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["Listener", "listen"]

ANY = ("POST", "PUT", "PATCH", "DELETE", "GET")
"""Methods whose bodies are read where nobody is verified."""

LONGEST = 25 * 1024 * 1024
"""Bytes of a body: as much as the largest provider sends."""

HIDDEN = re.compile(
    r"authorization|cookie|secret|token|passw|api-?key|credential", re.IGNORECASE
).search
"""Names of headers whose values are credentials by themselves."""

LINES = 40
"""Of a payload that are shown."""


class Listener:
    """A WSGI app that shows each request, and answers as a receiver would.

    Args:
        receiver: verifies; ``None``: all is accepted.
        save: folder in which each request is kept.
        forward: URL to which each is passed on, and whose answer is given.
        as_json: show lines of JSON.
        unread: called when nobody reads what is shown any more.

    Raises:
        ConfigError: nothing can be sent to that URL.
    """

    def __init__(
        self,
        receiver: Receiver | None,
        *,
        save: Path | None = None,
        forward: str | None = None,
        as_json: bool = False,
        unread: Callable[[], None] = lambda: None,
    ) -> None:
        self.methods = ANY if receiver is None else receiver.methods
        self.unread = unread
        self._receiver = receiver
        self._save = save
        self._forward = None if forward is None else Forward(forward, post_to(forward, "/"))
        self._as_json = as_json
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._known = {name.lower(): who for name, who in signature_headers().items()}
        self._own = _credential_of(receiver)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        return wsgi.respond(Visit(self, environ.get(HEAD, b"")), environ, start_response)

    def handle(self, request: Request, head: bytes) -> Response:
        """Show it, keep it, pass it on, and answer."""
        number = next(self._numbers)
        response, events, why = self._judged(request)
        saved = self._saved(request, head, number)
        lost = ""
        if self._forward is not None:
            response, lost = self._forward.ask(request)
        told = self._told(number, request, response, events, why, saved) | {"lost": lost}
        with self._showing():
            if self._as_json:
                json_line(told)
            else:
                self._show(told, request, why)
        return response

    def refuse(self, error: RequestError) -> Response:
        """The answer to a request that could not be read."""
        with self._showing():
            if self._as_json:
                json_line({"number": next(self._numbers), "refused": error.reason})
            else:
                say(f"#{next(self._numbers)} could not be read: {error.reason}: {error}\n")
        return Response(error.status, "Bad Request")

    @contextmanager
    def _showing(self) -> Iterator[None]:
        """One request at a time, and each at once, also where the output is a file."""
        with self._lock:
            try:
                yield
                sys.stdout.flush()
            except BrokenPipeError:
                self.unread()

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

    def _saved(self, request: Request, head: bytes, number: int) -> str:
        """Where it is kept, which only who listens can read: it may hold credentials."""
        if self._save is None:
            return ""
        content = joined(head, request.body) if head else written(request)
        begun = time.strftime("%Y%m%d-%H%M%S")
        names = (f"{begun}-{number + more:04}.http" for more in itertools.count())
        path, file = next(filter(None, (_created(self._save / name) for name in names)))
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
        return str(path)

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
            "headers": self._headers(request),
            "body": self._body(request).decode("utf-8", "backslashreplace"),
            "saved": saved,
        }

    def _headers(self, request: Request) -> dict[str, str]:
        """By name; the values of one that is repeated are joined."""
        found: dict[str, str] = {}
        for name, value in request.headers.items():
            hidden = HIDDEN(name) or name.lower() == self._own
            shown = f"(hidden, {len(value)} characters)" if hidden else value
            found[name] = f"{found[name]}, {shown}" if name in found else shown
        return found

    def _body(self, request: Request) -> bytes:
        """Without the secret, where that is what the provider sends in it."""
        if self._receiver is None:
            return request.body
        try:
            return CredentialFilter(self._receiver.provider).without_token(request).body
        except RequestError:
            return request.body

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
            f"#{told['number']} {legible(told['method'])} {legible(told['path'])}  {told['status']}"
        )
        say(f"  {styled(legible(told['verdict'], 300), colour)}")
        if told["lost"]:
            say(f"  not passed on: {styled(told['lost'], 'bold red')}")
        for event in told["events"]:
            told_id = legible(event["id"] or event["delivery_id"] or "")
            say(f"  event {legible(event['type']) or 'unnamed'}  {told_id}".rstrip())
        for name, value in told["headers"].items():
            say(f"    {legible(name)}: {legible(value, 300)}")
        lines = _pretty(told["body"]).split("\n")
        for line in lines[:LINES]:
            say(f"    {legible(line, 500)}")
        if len(lines) > LINES:
            say(f"    ... {len(lines) - LINES} more lines")
        if why and self._receiver is not None:
            for line in str(self._receiver.explain(request)).splitlines():
                say(f"  {line}")
        if told["saved"]:
            say(f"  saved: {told['saved']}")
        say()


@dataclass(frozen=True, slots=True)
class Forward:
    """Where each request is passed on."""

    url: str
    post: Post

    def ask(self, request: Request) -> tuple[Response, str]:
        """The answer; where there is none, one of ours, and why."""
        try:
            return self.post(request), ""
        except (OSError, HTTPException) as error:
            return Response(502, f"{type(error).__name__}\n"), unanswered(self.url, error)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, with its head as it was sent."""

    listener: Listener
    head: bytes
    max_body: int = LONGEST

    @property
    def methods(self) -> tuple[str, ...]:
        return self.listener.methods

    def handle(self, request: Request) -> Response:
        sent = request.replace(headers=SentHeaders(self.head)) if self.head else request
        return self.listener.handle(sent, self.head)

    async def handle_async(self, request: Request) -> Response:
        from asyncio import to_thread  # the caller has loaded it

        return await to_thread(self.handle, request)

    def refuse(self, error: RequestError) -> Response:
        return self.listener.refuse(error)


def _credential_of(receiver: Receiver | None) -> str:
    """Lower-case name of the header that holds the very secret, or ``""``."""
    scheme = None if receiver is None else receiver.provider.scheme
    return (scheme.header or "").lower() if isinstance(scheme, Token) else ""


def _created(path: Path) -> tuple[Path, int] | None:
    """A new file of one's own; ``None`` where another that listens has taken the name."""
    try:
        return path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return None


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


@click.command(short_help="Show each delivery as it comes.")
@click.option(
    "--provider",
    "name",
    shell_complete=provider_names,
    help="Verify as this provider signs; default: only show.",
)
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
        provider = found_provider(name, settings)
        receiver = Receiver(
            provider,
            secret=verifying_secret(provider, secret_env, secret_file),
            public_url=public_url,
        )
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
    serve(Listener(receiver, save=save, forward=forward, as_json=as_json), host, port)


def serve(app: Listener, host: str, port: int) -> None:
    """Serve until Ctrl-C. Raises ConfigError where the port is taken."""
    import logging

    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("hookkit").addHandler(logging.NullHandler())
    logging.getLogger("hookkit").propagate = False
    try:
        with redirect_stderr(StringIO()):  # werkzeug says it in two lines of its own
            server = make_server(host, port, app, threaded=True, request_handler=HeadKeeper)
    except (OSError, SystemExit):
        raise ConfigError(
            f"port {port} of {host} cannot be had: is it taken? Try --port 0"
        ) from None
    click.echo(
        f"listening at http://{host}:{server.server_port}/ (any path); Ctrl-C ends it", err=True
    )
    gone = threading.Event()

    def end() -> None:
        gone.set()
        server.shutdown()

    app.unread = end
    server.serve_forever()
    if gone.is_set():
        raise BrokenPipeError
