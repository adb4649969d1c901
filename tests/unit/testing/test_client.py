"""hookkit.testing.Client: receivers, apps and test clients of each kind, and a live URL."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from werkzeug.serving import make_server

from hookkit import Inbox, Receiver, Response, providers
from hookkit.errors import ConfigError
from hookkit.testing import Client, Clock, Sender

SECRET = "a secret"


def made(**settings):
    receiver = Receiver(providers.github, secret=SECRET, **settings)

    @receiver.on("push", name="deploy")
    def deploy(event):
        return {"ref": event.payload["ref"]}

    @receiver.on("push", name="note")
    async def note(event):
        return None

    @receiver.on("gollum", name="fail")
    def fail(event):
        raise ValueError("no")

    return receiver


def test_a_receiver():
    sent = Client(made()).send("push", {"ref": "main"})
    assert sent.status == 200
    assert sent.response.body == b'{"ref": "main"}'
    assert sent.ran == ["deploy", "note"]
    assert sent.results == [{"ref": "main"}, None]
    (event,) = sent.events
    assert (event.type, event.payload) == ("push", {"ref": "main"})


def test_what_a_handler_raises_is_told():
    sent = Client(made()).send("gollum")
    assert (sent.status, sent.ran) == (500, ["fail"])
    assert [str(error) for error in sent.errors] == ["no"]


def test_what_is_refused_runs_nothing():
    client = Client(made())
    sent = client.post(client.sender.tampered(client.sender.request("push")))
    assert (sent.status, sent.ran, sent.events) == (401, [], [])


def test_handlers_are_left_as_they_were():
    receiver = made()
    before = [handler.function for handler in receiver.router.handlers]
    Client(receiver).send("gollum")
    assert [handler.function for handler in receiver.router.handlers] == before


def test_with_an_inbox_all_is_handled_before_it_is_over(webhook_inbox):
    receiver = made(inbox=webhook_inbox)
    client = Client(receiver)
    request = client.sender.request("push", {"ref": "main"})
    first, again = client.post(request), client.post(request)
    assert (first.status, first.ran) == (200, ["deploy", "note"])
    assert (again.status, again.ran) == (200, [])
    assert webhook_inbox.counts().duplicates == 1


def test_it_is_sent_until_it_is_accepted():
    failing = [True, True, False]
    receiver = Receiver(providers.github, secret=SECRET)

    @receiver.on("push", name="deploy")
    def deploy(event):
        if failing.pop(0):
            raise ValueError("not yet")

    client = Client(receiver)
    sent = client.retry(client.sender.request("push"), times=5)
    assert [each.status for each in sent] == [500, 500, 200]
    assert [each.status for each in client.retry(client.sender.request("push"), times=5)][:1] == [
        500
    ]


def test_it_is_sent_more_than_once(webhook_inbox):
    client = Client(made(inbox=webhook_inbox))
    sent = client.repeat(client.sender.request("push", {"ref": "main"}), times=3)
    assert [each.status for each in sent] == [200, 200, 200]
    assert [each.ran for each in sent] == [["deploy", "note"], [], []]


@pytest.mark.parametrize("seed", range(5))
def test_they_overtake_one_another(seed):
    client = Client(made())
    requests = [client.sender.request("push", {"ref": str(number)}) for number in range(5)]
    arrived = [each.events[0].payload["ref"] for each in client.reorder(requests, seed)]
    assert arrived != sorted(arrived) == ["0", "1", "2", "3", "4"]
    again = [each.events[0].payload["ref"] for each in client.reorder(requests, seed)]
    assert again == arrived
    assert [each.status for each in client.reorder(requests[:1])] == [200]
    assert client.reorder([]) == []


def test_one_that_is_delayed(webhook_clock):
    receiver = Receiver(providers.stripe, secret=SECRET, clock=webhook_clock)
    client = Client(receiver)
    late = client.sender.sign(client.sender.unsigned("invoice.paid"), age=299)
    assert client.post(late).status == 200
    assert client.post(client.sender.stale(late)).status == 401


def test_a_frozen_clock(webhook_clock):
    receiver = Receiver(providers.stripe, secret=SECRET, clock=webhook_clock)
    client = Client(receiver)
    request = client.sender.request("invoice.paid")
    webhook_clock.advance(299)
    assert client.post(request).status == 200
    webhook_clock.advance(2)
    assert client.post(request).status == 401
    assert client.send("invoice.paid").status == 200


def flask_app(receiver):
    app = Flask(__name__)

    @app.route("/hooks/github", methods=["POST"])
    def hook():
        return receiver

    return app


def django_client(receiver):
    from django.conf import settings

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="x", ROOT_URLCONF=None)
    import django
    from django.core.handlers.wsgi import WSGIHandler  # noqa: F401  # Django is there
    from django.http import HttpResponse
    from django.test import Client as DjangoClient
    from django.test import override_settings
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    django.setup()

    @csrf_exempt
    def view(request):
        environ = request.META | {"wsgi.input": request}
        told = []
        body = b"".join(receiver(environ, lambda status, headers: told.append((status, headers))))
        return HttpResponse(body, status=int(told[0][0][:3]))

    class URLs:
        urlpatterns = (path("hooks/github", view),)

    context = override_settings(ROOT_URLCONF=URLs)
    context.enable()
    return DjangoClient()


def fastapi_app(receiver):
    from fastapi import FastAPI

    app = FastAPI()
    app.mount("/hooks", receiver.asgi)  # Starlette sends the mount itself on to "/hooks/"
    return app


def starlette_client(receiver):
    from starlette.testclient import TestClient

    return TestClient(fastapi_app(receiver))


def httpx_client(receiver):
    import httpx

    transport = httpx.WSGITransport(app=flask_app(receiver))
    return httpx.Client(transport=transport, base_url="http://shop.example")


TARGETS = {
    "httpx client": httpx_client,
    "wsgi": lambda receiver: receiver.wrap(flask_app(receiver), path="/hooks/github"),
    "flask app": flask_app,
    "flask client": lambda receiver: flask_app(receiver).test_client(),
    "django client": django_client,
    "asgi": lambda receiver: receiver.asgi,
    "fastapi app": fastapi_app,
    "starlette client": starlette_client,
}


@pytest.mark.parametrize("kind", TARGETS)
def test_an_app_or_its_test_client(kind):
    receiver = made()
    client = Client(TARGETS[kind](receiver), path="/hooks/github", receiver=receiver)
    sent = client.send("push", {"ref": "main"})
    assert (sent.status, sent.response.body) == (200, b'{"ref": "main"}')
    assert sent.ran == ["deploy", "note"]
    assert client.post(client.sender.tampered(sent.request)).status == 401


@pytest.mark.parametrize("kind", TARGETS)
def test_a_provider_that_signs_the_url(kind):
    receiver = Receiver(providers.twilio, secret=SECRET)
    receiver.on("*", name="answer")(lambda event: "<Response/>")
    client = Client(TARGETS[kind](receiver), path="/hooks/github", receiver=receiver)
    sent = client.send(payload={"Body": "Hello"})
    assert (sent.status, sent.response.body, sent.ran) == (200, b"<Response/>", ["answer"])


def test_an_asgi_app_in_an_async_test():
    """In which a loop runs already."""
    import asyncio

    client = Client(made().asgi, provider=providers.github, secret=SECRET)

    async def test():
        return client.send("push", {"ref": "main"})

    assert asyncio.run(test()).status == 200


def test_a_client_that_is_async_is_told_what_to_give_instead():
    import httpx

    with pytest.raises(ConfigError, match="give the app itself"):
        Client(httpx.AsyncClient(), receiver=made())


def test_a_url():
    server = make_server("127.0.0.1", 0, made())
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/any?tenant=1"
    sent = Client(url, provider=providers.github, secret=SECRET).send("push", {"ref": "main"})
    server.shutdown()
    thread.join()
    server.server_close()
    assert (sent.status, sent.response.body, sent.ran) == (200, b'{"ref": "main"}', [])


def test_an_app_that_is_not_ours():
    def app(environ, start_response):
        start_response("202 Accepted", [("X-Here", "yes")])
        return [environ["PATH_INFO"].encode()]

    sent = Client(app, path="/in", provider=providers.stripe, secret=SECRET).send("invoice.paid")
    assert (sent.status, sent.response.body) == (202, b"/in")


def test_what_does_not_say_enough_is_refused():
    for target, given, told in [
        (lambda *_: [], {}, "who sends"),
        (7, {"receiver": made()}, "a WSGI or ASGI app"),
    ]:
        with pytest.raises(ConfigError, match=told):
            Client(target, **given)
    with pytest.raises(ConfigError, match="is no URL"):
        Client("localhost:8000", provider=providers.github, secret=SECRET).send("push")


def test_reprs_show_no_secret():
    assert SECRET not in repr(Client(made())) + repr(Sender(providers.github, SECRET)) + repr(
        Clock()
    )


def test_answers_keep_their_headers():
    receiver = Receiver(providers.github, secret=SECRET)
    receiver.on("push")(lambda event: Response(207, "x", {"X-Here": "yes"}))
    assert ("X-Here", "yes") in Client(receiver).send("push").response.headers


def test_workers_that_were_started_do_not_take_it_away():
    inbox = Inbox("sqlite://")
    receiver = made(inbox=inbox)
    inbox.start(threads=4)
    client = Client(receiver)
    for _ in range(20):
        assert client.send("push", {"ref": "main"}).ran == ["deploy", "note"]
    inbox.close()


def test_an_inbox_with_ack_handled():
    inbox = Inbox("sqlite://")
    sent = Client(made(inbox=inbox, ack="handled")).send("push", {"ref": "main"})
    assert (sent.response.body, sent.ran) == (b'{"ref": "main"}', ["deploy", "note"])
    inbox.close()
