from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from hookkit import ConfigError, Receiver, Request, mount, providers

TOKEN = {"secret": "s3cret"}


def _shows_paths(name):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{name} {environ['SCRIPT_NAME']!r} {environ['PATH_INFO']!r}".encode()]

    return app


def _get(app, path, script_name=""):
    environ = {"PATH_INFO": path, "SCRIPT_NAME": script_name}
    setup_testing_defaults(environ)
    environ["QUERY_STRING"] = ""
    seen = []
    result = validator(app)(environ, lambda status, headers, exc_info=None: seen.append(status))
    body = b"".join(result)
    result.close()
    return seen[0], body.decode()


MOUNTED = mount(
    _shows_paths("site"),
    {"/hooks/a": _shows_paths("a"), "/hooks/a/b": _shows_paths("b"), "/c": _shows_paths("c")},
)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/", "site '' '/'"),
        ("/hooks", "site '' '/hooks'"),
        ("/hooks/", "site '' '/hooks/'"),
        ("/hooks/a", "a '/hooks/a' ''"),
        ("/hooks/a/", "a '/hooks/a' '/'"),
        ("/hooks/a/x/y", "a '/hooks/a' '/x/y'"),
        ("/hooks/a/b/x", "b '/hooks/a/b' '/x'"),
        ("/hooks/ab", "site '' '/hooks/ab'"),
        ("/c", "c '/c' ''"),
        ("/C", "site '' '/C'"),
        ("/cc", "site '' '/cc'"),
        ("//c", "site '' '//c'"),
    ],
)
def test_each_has_its_path_and_what_is_below(path, shown):
    """The longest wins, the path moves to SCRIPT_NAME, and the rest is the app's."""
    assert _get(MOUNTED, path) == ("200 OK", shown)


def test_below_another_script_name():
    """Where the whole is mounted somewhere itself, that is kept in front."""
    assert _get(MOUNTED, "/c/x", "/root")[1] == "c '/root/c' '/x'"


def test_without_an_app_beside():
    """Everything else is a 404."""
    status, _ = _get(mount(None, {"/c": _shows_paths("c")}), "/other")
    assert status == "404 NOT FOUND"


@pytest.mark.parametrize("path", ["", "/", "hooks", "/hooks/", "hooks/", " /hooks", "https://a/b"])
def test_paths_that_nothing_would_be_found_under(path):
    """Are refused at start-up, with what a path is."""
    with pytest.raises(ConfigError, match='begins with "/" and does not end with it'):
        mount(_shows_paths("site"), {"/ok": _shows_paths("a"), path: _shows_paths("b")})


def test_receivers_that_are_added_later_are_not_served():
    """The mapping is copied."""
    receivers = {"/c": _shows_paths("c")}
    app = mount(_shows_paths("site"), receivers)
    receivers["/d"] = _shows_paths("d")
    assert _get(app, "/d")[1] == "site '' '/d'"


def test_the_url_that_a_receiver_sees_is_whole():
    """A scheme that signs the URL needs the mounted path in it."""
    receiver = Receiver(providers.token, **TOKEN)
    seen: list[Request] = []

    @receiver.on("*")
    def look(event):
        seen.append(event.request)

    from werkzeug.test import Client

    client = Client(mount(None, {"/hooks/token": receiver}))
    reply = client.post(
        "/hooks/token?a=b",
        json={},
        headers={"X-Webhook-Token": "s3cret"},
        base_url="https://h.example",
    )
    assert reply.status_code == 200
    assert seen[0].url == "https://h.example/hooks/token?a=b"
