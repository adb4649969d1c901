"""Checked by mypy and pyright, never run: a receiver where frameworks and servers want an application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, assert_type
from wsgiref.simple_server import make_server

from flask import Flask

import hookkit
from hookkit import Receiver, providers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

hooks = Receiver(providers.token, secret="a")


def site(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [])
    return []


class App:
    """Any object that keeps its application in an attribute, as Flask and Bottle do."""

    wsgi_app: "WSGIApplication" = staticmethod(site)


application: "WSGIApplication" = hooks
wrapped: "WSGIApplication" = hooks.wrap(site, path="/webhook")
mounted: "WSGIApplication" = hookkit.mount(site, {"/hooks/a": hooks, "/other": site})
alone: "WSGIApplication" = hookkit.mount(None, {"/hooks/a": hooks})
twice = hooks.wrap(hooks.wrap(site, path="/a"), path="/b")

app = App()
app.wsgi_app = hooks
app.wsgi_app = hooks.wrap(app.wsgi_app, path="/webhook")
app.wsgi_app = hookkit.mount(app.wsgi_app, {"/webhook": hooks})

make_server("127.0.0.1", 0, hooks)
hooks.run(8000)
hooks.run(port=8000, host="127.0.0.1")

flask = Flask(__name__)
# Flask declares wsgi_app as a method; its own documentation assigns to it all the same.
flask.wsgi_app = hooks.wrap(flask.wsgi_app, path="/webhook")  # type: ignore[method-assign, assignment]  # pyright: ignore[reportAttributeAccessIssue]


@flask.route("/webhook", methods=hooks.methods)
def webhook() -> "WSGIApplication":
    return hooks


async def served(scope: dict[str, object]) -> None:
    async def receive() -> dict[str, object]:
        return {}

    async def send(message: object) -> None: ...

    assert_type(await hooks.asgi(scope, receive, send), None)
