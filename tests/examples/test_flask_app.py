"""examples/flask_app.py, through Flask's test client and under gunicorn."""

import flask
import pytest

from tests.examples.support import (
    GITHUB,
    GITHUB_CASES,
    GUNICORN,
    INVOICE,
    LARGE_PUSH,
    PUSH,
    SECRETS,
    STRIPE,
    fields,
    from_github,
    from_stripe,
    post,
    serving,
)


@pytest.fixture
def example(load):
    return load("flask_app", **SECRETS)


@pytest.fixture
def deliver(example):
    client = example.app.test_client()
    return lambda path, request: client.post(path, data=request.body, headers=fields(request))


def read_first(app):
    @app.before_request
    def read():
        flask.request.get_data()


@pytest.mark.parametrize(
    "prepare", [lambda app: None, read_first], ids=["plain", "body read first"]
)
@pytest.mark.parametrize(("request_", "status"), GITHUB_CASES.values(), ids=GITHUB_CASES)
def test_view_answers(example, deliver, prepare, request_, status):
    """The view answers as the receiver does, also where a before_request has read the body."""
    prepare(example.app)
    assert deliver(GITHUB, request_).status_code == status


def test_view_runs_handler(example, deliver, caplog):
    """A push runs its handler."""
    caplog.set_level("INFO")
    deliver(GITHUB, from_github())
    assert "push to 'refs/heads/main'" in caplog.messages


@pytest.mark.parametrize(
    ("signed_now", "status"),
    [(from_stripe, 200), (lambda: from_stripe(secret="another"), 401), (lambda: INVOICE, 401)],
    ids=["paid", "another secret", "no signature"],
)
def test_wrapped_answers(deliver, signed_now, status):
    """The receiver in front of the app answers at its path."""
    assert deliver(STRIPE, signed_now()).status_code == status


def test_wrapped_gives_context(example, deliver):
    """The handlers of the receiver in front of the app have Flask's context."""
    seen = []
    example.stripe.on("invoice.paid")(lambda event: seen.append(flask.current_app.name))
    assert deliver(STRIPE, from_stripe()).status_code == 200
    assert seen == [example.app.name]


def test_csrf_protection_is_on(example, deliver):
    """A view that is not exempt refuses what the exempt one takes, so the protection is real."""
    example.app.secret_key = "for the token"
    example.app.add_url_rule("/other", "other", lambda: "taken", methods=["POST"])
    assert deliver("/other", from_github()).status_code == 400
    assert deliver(GITHUB, from_github()).status_code == 200


@pytest.mark.parametrize("path", [GITHUB, STRIPE])
def test_other_methods(example, path):
    """A browser's GET is told what is allowed."""
    reply = example.app.test_client().get(path)
    assert reply.status_code == 405
    assert "POST" in reply.headers["Allow"]


def test_under_gunicorn():
    """A real server hands both receivers the whole body."""
    with serving(*GUNICORN, "examples.flask_app:app") as port:
        assert post(port, GITHUB, from_github(LARGE_PUSH))[0] == 200
        assert post(port, GITHUB, PUSH) == (401, b"Unauthorized")
        assert post(port, STRIPE, from_stripe())[0] == 200
