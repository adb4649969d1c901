"""examples/plain_wsgi.py, through werkzeug's test client, under gunicorn and as it stands."""

from wsgiref.validate import validator

import pytest
from werkzeug.test import Client

from tests.examples.support import (
    GITHUB,
    GITHUB_CASES,
    GUNICORN,
    INVOICE,
    LARGE_PUSH,
    SECRETS,
    STRIPE,
    fields,
    from_github,
    from_stripe,
    post,
    serving,
    serving_a_port,
)


@pytest.fixture
def client(load):
    return Client(validator(load("plain_wsgi", **SECRETS).application))


def deliver(client, path, request):
    with client.post(path, data=request.body, headers=fields(request)) as reply:
        reply.get_data()  # the validator wants every answer read
        return reply


@pytest.mark.parametrize(("request_", "status"), GITHUB_CASES.values(), ids=GITHUB_CASES)
def test_github_answers(client, request_, status):
    """The receiver answers under its path."""
    assert deliver(client, GITHUB, request_).status_code == status


@pytest.mark.parametrize(
    ("signed_now", "status"),
    [(from_stripe, 200), (lambda: INVOICE, 401), (from_github, 401)],
    ids=["paid", "no signature", "sent to the wrong path"],
)
def test_stripe_answers(client, signed_now, status):
    """The other receiver answers under its own."""
    assert deliver(client, STRIPE, signed_now()).status_code == status


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/other", 404), ("/webhooks", 404)])
def test_site_beside(client, path, status):
    """All else belongs to the application beside."""
    with client.get(path) as reply:
        assert reply.get_data(as_text=True).startswith(f"{status} ")
        assert reply.status_code == status


def test_under_gunicorn():
    """A real server hands both receivers the whole body."""
    with serving(*GUNICORN, "examples.plain_wsgi:application") as port:
        assert post(port, GITHUB, from_github(LARGE_PUSH))[0] == 200
        assert post(port, STRIPE, from_stripe())[0] == 200
        assert post(port, STRIPE, INVOICE) == (401, b"Unauthorized")


def test_as_it_stands():
    """werkzeug's server serves it."""
    with serving_a_port("examples/plain_wsgi.py") as port:
        assert post(port, GITHUB, from_github(LARGE_PUSH))[0] == 200
        assert post(port, STRIPE, INVOICE) == (401, b"Unauthorized")
