"""examples/django_project through Django's own test clients; test_django_project.py runs it.

In a process of its own, because a process has only one Django.
"""

import asyncio
import json

import hooks
from django.http import HttpResponse
from django.test import AsyncClient, Client, SimpleTestCase, override_settings
from django.urls import include, path
from django.utils.asyncio import async_unsafe

from tests.examples.support import (
    GITHUB,
    GITHUB_CASES,
    INVOICE,
    STRIPE,
    fields,
    from_github,
    from_stripe,
)

# The project's URLs, and beside them a view without the exemption.
urlpatterns = [
    path("", include("urls")),
    path("other", lambda request: HttpResponse(request.body)),
]

READS_FIRST = override_settings(
    MIDDLEWARE=[
        "tests.examples.django_middleware.read_body",
        "django.middleware.csrf.CsrfViewMiddleware",
    ]
)


class UnderWSGI(SimpleTestCase):
    """Django's WSGI handler."""

    def deliver(self, url, request):
        client = Client(enforce_csrf_checks=True)
        return client.post(
            url, request.body, request.headers.get("Content-Type"), headers=credentials(request)
        )

    def check_all(self):
        for name, (request, status) in GITHUB_CASES.items():
            with self.subTest(name):
                assert self.deliver(GITHUB, request).status_code == status

    def test_answers(self):
        """The view answers as the receiver does."""
        self.check_all()

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_needs_no_larger_upload(self):
        """Django's limit on request.body is none on what the receiver reads."""
        self.check_all()

    @READS_FIRST
    def test_body_read_first(self):
        """A middleware that has read request.body changes nothing."""
        self.check_all()

    def test_stripe(self):
        """The second receiver answers at its own path."""
        assert self.deliver(STRIPE, from_stripe()).status_code == 200
        assert self.deliver(STRIPE, INVOICE).status_code == 401

    def test_runs_handler(self):
        """A push runs its handler."""
        with self.assertLogs("hooks", "INFO") as logs:
            self.deliver(GITHUB, from_github())
        assert "push to 'refs/heads/main'" in logs.output[0]

    def test_reply_is_the_receivers(self):
        """The reply goes out as the receiver gave it."""
        reply = self.deliver(GITHUB, from_github(secret="another"))
        assert reply.content == b"Unauthorized"
        assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"

    @override_settings(ROOT_URLCONF=__name__)
    def test_csrf_protection_is_on(self):
        """A view that is not exempt refuses what the exempt one takes, so the protection is real."""
        assert self.deliver("/other", from_github()).status_code == 403
        assert self.deliver(GITHUB, from_github()).status_code == 200

    def test_other_methods(self):
        """A browser's GET is told what is allowed."""
        reply = self.client.get(GITHUB)
        assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")

    def test_may_use_the_database(self):
        """A handler may do what Django forbids on an event loop, such as queries."""
        called = []
        query = async_unsafe("no queries on an event loop")(called.append)
        hooks.github.on("ping")(query)
        assert self.deliver(GITHUB, self.ping()).status_code == 200
        assert len(called) == 1

    def test_async_handler(self):
        """A handler may be a coroutine function."""
        called = []

        @hooks.github.on("ping")
        async def wait(event):
            await asyncio.sleep(0)
            called.append(event)

        assert self.deliver(GITHUB, self.ping()).status_code == 200
        assert len(called) == 1

    def ping(self):
        body = json.dumps({"zen": self.id()}).encode()
        request = from_github().replace(body=body).with_header("X-GitHub-Event", "ping")
        return from_github(request)


class UnderASGI(UnderWSGI):
    """Django's ASGI handler."""

    def deliver(self, url, request):
        client = AsyncClient(enforce_csrf_checks=True)
        return asyncio.run(
            client.post(
                url, request.body, request.headers.get("Content-Type"), headers=credentials(request)
            )
        )


def credentials(request):
    """All header fields but those that the test clients write themselves."""
    return {name: value for name, value in fields(request).items() if name != "content-type"}
