"""examples/django_project, through Django's own test clients and under real servers."""

import os
import subprocess
import sys

import pytest

from tests.examples.support import (
    EXAMPLES,
    GITHUB,
    GUNICORN,
    LARGE_PUSH,
    ROOT,
    SECRETS,
    STRIPE,
    UVICORN,
    from_github,
    from_stripe,
    post,
    serving,
    serving_a_port,
)

PROJECT = EXAMPLES / "django_project"
PATH = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
GET_WSGI = "django.core.wsgi:get_wsgi_application()"
GET_ASGI = "django.core.asgi:get_asgi_application"


def test_through_the_test_clients():
    """The project passes its checks, under Django's WSGI handler and its ASGI handler."""
    ended = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "manage.py",
            "test",
            "tests.examples.django_checks",
            "--shuffle",
        ],
        cwd=PROJECT,
        env=os.environ | SECRETS | {"PYTHONPATH": PATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Ran 0 tests" not in ended.stderr


under_servers = pytest.mark.parametrize(
    "server",
    [(*GUNICORN, GET_WSGI), (*UVICORN, "--factory", GET_ASGI)],
    ids=["gunicorn", "uvicorn"],
)


@under_servers
def test_under_a_server(server):
    """A real server hands both receivers the whole body."""
    with serving(*server, cwd=PROJECT, DJANGO_SETTINGS_MODULE="settings") as port:
        assert post(port, GITHUB, from_github(LARGE_PUSH))[0] == 200
        assert post(port, GITHUB, from_github(secret="another")) == (401, b"Unauthorized")
        assert post(port, STRIPE, from_stripe())[0] == 200


@under_servers
@pytest.mark.parametrize("settings", ["settings", "tests.examples.django_reads_first"])
def test_chunked(server, settings):
    """A body is taken without a length as well as with one, also after a middleware has asked for it."""
    with serving(*server, cwd=PROJECT, DJANGO_SETTINGS_MODULE=settings, PYTHONPATH=PATH) as port:
        for chunked in (True, False):
            assert post(port, GITHUB, from_github(), chunked=chunked)[0] == 200
            assert post(port, GITHUB, from_github(LARGE_PUSH), chunked=chunked)[0] == 200
            assert post(port, GITHUB, from_github(secret="another"), chunked=chunked)[0] == 401


def test_as_it_stands():
    """manage.py runserver serves it."""
    with serving_a_port("manage.py", "runserver", "--noreload", "{port}", cwd=PROJECT) as port:
        assert post(port, GITHUB, from_github(LARGE_PUSH))[0] == 200
