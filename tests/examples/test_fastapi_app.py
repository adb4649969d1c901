"""examples/fastapi_app.py, through Starlette's test client and under uvicorn."""

import pytest
from starlette.testclient import TestClient

from tests.examples.support import (
    GITHUB,
    GITHUB_CASES,
    LARGE_PUSH,
    SECRETS,
    UVICORN,
    fields,
    from_github,
    post,
    serving,
)


@pytest.fixture
def app(load):
    return load("fastapi_app", **SECRETS).app


def deliver(app, request, path=GITHUB):
    with TestClient(app, follow_redirects=False) as client:
        return client.request(request.method, path, content=request.body, headers=fields(request))


def read_first(app):
    @app.middleware("http")
    async def read(request, call_next):
        await request.body()
        return await call_next(request)


def stream_first(app):
    @app.middleware("http")
    async def drain(request, call_next):
        async for _ in request.stream():
            pass
        return await call_next(request)


@pytest.mark.parametrize(
    "prepare", [lambda app: None, read_first], ids=["plain", "body read first"]
)
@pytest.mark.parametrize(("request_", "status"), GITHUB_CASES.values(), ids=GITHUB_CASES)
def test_route_answers(app, prepare, request_, status):
    """The route answers without a redirect, also where a middleware has read the body."""
    prepare(app)
    assert deliver(app, request_).status_code == status


def test_drained_body(app, caplog):
    """A middleware that keeps no body makes it a 401, and the log names the cause."""
    stream_first(app)
    assert deliver(app, from_github()).status_code == 401
    assert "body-taken" in caplog.text


def test_route_runs_handler(app, caplog):
    """A push runs its handler."""
    caplog.set_level("INFO")
    deliver(app, from_github())
    assert "push to 'refs/heads/main'" in caplog.messages


def test_other_methods(app):
    """A browser's GET is told what is allowed."""
    with TestClient(app) as client:
        reply = client.get(GITHUB)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_other_paths(app):
    """The receiver is at its path alone, and FastAPI's own pages are where they were."""
    assert deliver(app, from_github(), f"{GITHUB}/more").status_code == 404
    with TestClient(app) as client:
        assert client.get("/openapi.json").status_code == 200


def test_under_uvicorn():
    """A real server hands over the whole body."""
    with serving(*UVICORN, "--app-dir=examples", "fastapi_app:app") as port:
        assert post(port, GITHUB, from_github(LARGE_PUSH))[0] == 200
        assert post(port, GITHUB, from_github(secret="another")) == (401, b"Unauthorized")
