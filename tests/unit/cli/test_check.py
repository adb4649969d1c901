"""hookkit check: against hookkit, and against what people copy from blog posts."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from http.client import RemoteDisconnected
from subprocess import CompletedProcess
from xml.etree import ElementTree as ET

import pytest
from flask import Flask, abort, request

from hookkit import Inbox, Receiver, Request, Response, providers
from hookkit.cli.check import _reaching, _show
from hookkit.testing.acceptance import Outcome, examine
from hookkit.testing.targets import post_to
from tests.providers.sampling import configured, secrets_for
from tests.unit.cli.conftest import SECRET
from tests.unit.cli.test_workbench import serving

NAMES = (
    "github",
    "stripe",
    "svix",
    "slack",
    "shopify",
    "gitlab_token",
    "standardwebhooks",
    "linear",
    "twilio",
    "square",
    "mailgun",
    "zoom",
    "meta",
    "dropbox",
    "typeform",
    "monday",
)


@pytest.mark.parametrize("with_inbox", [False, True], ids=["alone", "with an inbox"])
@pytest.mark.parametrize("name", NAMES)
def test_hookkit_does_all_of_it(name, with_inbox):
    provider = configured(name)
    secret = secrets_for(provider)[0]
    inbox = Inbox("sqlite://") if with_inbox else None
    receiver = Receiver(
        provider, secret=secret, inbox=inbox, public_url="https://shop.example/hooks"
    )
    receiver.on("*", name="handle")(lambda event: None)
    post = post_to(receiver, "/hooks")
    outcomes = list(examine(post, provider, secret, url="https://shop.example/hooks"))
    assert [each for each in outcomes if not each.passed] == []
    assert len(outcomes) >= 10
    if inbox is not None:
        inbox.close()


@pytest.mark.parametrize("name", ["slack", "zoom", "meta", "dropbox", "monday", "okta_event_hook"])
def test_set_up_questions_are_asked(name):
    """And a receiver that does not know them is told."""
    provider = configured(name)
    secret = secrets_for(provider)[0]
    without = Receiver(provider.replace(handshakes=()), secret=secret)
    without.on("*", name="handle")(lambda event: None)
    found = {each.case: each for each in examine(post_to(without, "/"), provider, secret)}
    assert not found["set-up question 1"].passed


def copied_from_a_blog():
    """It compares with !=, trusts the payload, and knows two reasons to refuse."""
    app = Flask(__name__)

    @app.post("/hooks")
    def hook():
        told = request.headers["X-Hub-Signature-256"].split("=")[1]
        right = hmac.new(SECRET.encode(), request.get_data(), hashlib.sha256).hexdigest()
        if told != right:
            abort(401, "the signature is wrong")
        payload = json.loads(request.get_data())
        return payload["repository"]["name"]

    return app


def of_the_tutorial():
    """As tutorials have it: the token compared with !=, the body as Flask reads it, the name looked up."""
    app = Flask(__name__)

    @app.post("/hooks")
    def hook():
        if request.headers.get("X-Gitlab-Token") != SECRET:
            abort(401)
        event = request.get_json()
        return {"ref": event["ref"]} if "ref" in event else {}

    return app


def test_what_the_tutorial_has_not_thought_of():
    """It refuses strangers; it takes what is signed for what is well."""
    post = post_to(of_the_tutorial(), "/hooks")
    found = {each.case: each for each in examine(post, providers.gitlab_token, SECRET)}
    assert [case for case, each in found.items() if not each.passed] == ["signed, and nested deep"]


def test_nobody_is_given_a_secret():
    """Asana hands one over at set-up, which a receiver would then take for its own."""
    posted = []

    def post(request):
        posted.append(request)
        return Response(200)

    provider = providers.asana.using(accept=lambda secret, request: None)
    assert any(each.accept is not None for each in provider.handshakes)
    assert list(examine(post, provider, SECRET))
    assert posted
    assert not [each for each in posted if "X-Hook-Secret" in each.headers]


@pytest.fixture
def check(run):
    """Runs `hookkit check` with these words."""
    return lambda *words: CompletedProcess(words, *run("check", *words))


WORDS = ("--provider", "github", "--secret-env", "GITHUB_SECRET")


def test_it_finds_what_is_wrong(check, tmp_path):
    with serving(copied_from_a_blog()) as url:
        ran = check(url, *WORDS, "--json", "--junit", "found.xml")
    assert ran.returncode == 1
    outcomes = {each["case"]: each for each in map(json.loads, ran.stdout.splitlines())}
    wrong = {case for case, each in outcomes.items() if not each["passed"]}
    assert wrong >= {
        "unsigned",
        "what strangers hear",
        "signed, and no JSON",
        "signed, and empty",
        "signed, and nested deep",
        "signed, and of other types",
    }
    assert not wrong & {"valid", "another secret", "tampered", "sent twice", "still there"}
    assert outcomes["signed, and no JSON"]["found"] == "500"
    suite = ET.fromstring((tmp_path / "found.xml").read_text())  # noqa: S314  # our own
    assert (suite.tag, suite.get("name")) == ("testsuite", f"hookkit check {url}")
    assert int(suite.get("failures")) == len(wrong) == len(suite.findall("testcase/failure"))
    assert suite.get("errors") == "0"
    for case in suite:
        assert (case.get("classname"), float(case.get("time")) >= 0) == ("hookkit.check", True)
        failure = case.find("failure")
        assert (failure is not None) == (case.get("name") in wrong)
        assert failure is None or failure.text == failure.get("message")
    assert int(suite.get("tests")) == len(outcomes) == len(suite.findall("testcase"))


def test_a_table_for_people(check):
    receiver = Receiver(providers.github, secret=SECRET)
    receiver.on("*")(lambda event: None)
    with serving(receiver) as url:
        ran = check(url, *WORDS)
    assert ran.returncode == 0, ran.stdout
    lines = ran.stdout.splitlines()
    assert lines[0].split() == ["CASE", "A", "GOOD", "RECEIVER", "THIS", "ONE"]
    assert lines[-1].endswith("cases, all well")
    assert SECRET not in ran.stdout


@pytest.mark.parametrize(
    "host", ["hooks.example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0"]  # noqa: S104  # refused
)  # fmt: skip
def test_nobody_elses_host(check, host):
    ran = check(f"https://{host}/in", *WORDS)
    assert ran.returncode == 2
    assert "--i-own-this-host" in ran.stderr


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "[::1]"])
def test_this_machine(check, host):
    """Where nobody answers at port 1."""
    ran = check(f"http://{host}:1/", *WORDS)
    assert ran.returncode == 2
    assert "is not this machine" not in ran.stderr


@pytest.mark.parametrize("form", [[], ["--json"], ["--junit", "found.xml"]], ids=" ".join)
def test_nobody_there(check, form):
    """It ends at once: what is not there does nothing wrong, and nothing right."""
    ran = check("http://127.0.0.1:1/", *WORDS, *form)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        2,
        "",
        "hookkit: nobody listens at http://127.0.0.1:1: is the receiver running, and is this its port?\n",
    )


def test_who_hangs_up_at_once_is_asked_no_more(check):
    """Each case would say the same, and where it waits in vain, each after half a minute."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        ran = check(f"{url}/", *WORDS)
        thread.join(60)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"hookkit: no HTTP answer from {url}")


@pytest.mark.parametrize(
    ("error", "told", "well"),
    [
        (ConnectionRefusedError(), "nobody there", False),
        (ConnectionResetError(), "hung up", True),
        (BrokenPipeError(), "hung up", True),
        (RemoteDisconnected(), "hung up", True),
    ],
    ids=lambda each: type(each).__name__,
)
def test_no_answer_is_told_in_words(error, told, well):
    """Who hangs up on what is too large does well; who is no longer there, or never answers, does not."""

    def post(request):
        raise error

    found = {each.case: each for each in examine(post, providers.github, SECRET)}
    assert (found["oversized"].found, found["oversized"].passed) == (told, well)
    assert (found["valid"].found, found["valid"].passed) == (told, False)


def hanging(when):
    """Answers all with 200, but for what comes when this is so; and what it was posted."""
    posted = []

    def post(request):
        posted.append(request)
        if when(request, len(posted)):
            raise TimeoutError
        return Response(200)

    return post, posted


def test_one_that_hangs_for_good_is_asked_no_more():
    """Each further case would wait in vain, and say the same."""
    post, posted = hanging(lambda _, number: number >= 3)
    outcomes = list(examine(post, providers.github, SECRET))
    assert [(each.case, each.found) for each in outcomes[2:]] == [
        ("unsigned", "no answer in time"),
        ("still there", "no answer in time"),
    ]
    assert len(posted) == 4
    assert not outcomes[-1].passed


def test_one_that_hangs_at_one_case_is_asked_the_others():
    post, _ = hanging(lambda request, _: request.method == "GET")
    found = {each.case: each for each in examine(post, providers.github, SECRET)}
    assert (found["GET"].found, found["GET"].passed) == ("no answer in time", False)
    assert found["still there"].passed
    assert len(found) == 20


@pytest.mark.parametrize(
    ("cases", "hint"),
    [
        (
            ["200", "no answer in time", "no answer in time"],
            'since the case "B" it answers nothing',
        ),
        (
            ["200", "200, no answer in time", "no answer in time"],
            'since the case "B" it answers nothing',
        ),
        (["200", "200", "no answer in time"], "3 cases, "),  # it was the last anyway
        (["200", "no answer in time", "200"], "3 cases, "),
    ],
    ids=["from one on", "from one of several on", "at the end", "at one"],
)
def test_that_it_hangs_is_said_at_the_end(capsys, cases, hint):
    names = ("A", "B", "still there")
    _show([Outcome(*each, each[1] == "200", 0.0) for each in zip(names, names, cases, strict=True)])
    assert capsys.readouterr().out.splitlines()[-1].startswith(hint)


@pytest.mark.parametrize(
    ("provider", "seconds"), [(providers.slack, 3), (providers.square.replace(timeout=None), 5)]
)
def test_after_a_time_out_it_waits_as_long_as_the_provider_would(monkeypatch, provider, seconds):
    waited = []

    def post_to(target, path, *, timeout=30):
        def post(request):
            waited.append(timeout)
            if len(waited) > 1:
                raise TimeoutError
            return Response(200)

        return post

    monkeypatch.setattr("hookkit.cli.check.post_to", post_to)
    post = _reaching("http://127.0.0.1:1/", provider)
    assert post(Request()).status == 200
    for _ in range(3):
        with pytest.raises(TimeoutError):
            post(Request())
    assert waited == [30, 30, seconds, seconds]


def test_one_that_is_gone_later_is_found_wanting(check):
    """It was there, so that its end is its own fault."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_once, args=(server,))
        thread.start()
        ran = check(f"http://127.0.0.1:{server.getsockname()[1]}/", *WORDS)
        thread.join(60)
    assert ran.returncode == 1
    assert "still there" in ran.stdout
    assert "nobody there" in ran.stdout


def hang_up(server):
    server.accept()[0].close()


def answer_once(server):
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        server.close()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "look first at the secret"),
        (403, "look first at the secret"),
        (404, "look first at the path"),
        (500, "20 cases, "),
    ],
)
def test_what_all_the_rest_follows_from_is_said_at_the_end(check, status, told):
    app = Flask(__name__)
    app.register_error_handler(404, lambda _: ("", status))
    with serving(app) as url:
        ran = check(url, *WORDS)
        lines = check(url, *WORDS, "--json").stdout.splitlines()
    assert ran.returncode == 1
    assert ran.stdout.splitlines()[-1].startswith(told)
    assert all(map(json.loads, lines))
