"""examples/deploy_on_push, as its README starts it: pushes over HTTP, a real repository, real builds."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from hookkit import Inbox, Request, providers
from hookkit.testing import Sender
from tests.browser import NARROW, WIDE, barriers, looking, overflows
from tests.browser import until as until_page
from tests.examples.support import EXAMPLES, JSON, ending, free_port, post, wait_for

SECRET = "the GitHub secret"
TOKEN = "the API token"
HOOK = "/webhooks/github"
PATIENCE = 120


class Repository:
    """A local one, whose builds write down that they began and ended."""

    def __init__(self, folder):
        self.path, self.notes = folder / "repository", folder / "notes"
        self.path.mkdir()
        self.notes.touch()
        self._git("init", "--quiet", "--initial-branch=main")

    def _git(self, *arguments):
        told = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        run = subprocess.run(
            ["git", *told, *arguments], cwd=self.path, check=True, capture_output=True, text=True
        )
        return run.stdout.strip()

    def commit(self, name, script="true"):
        """A commit whose build notes its name, runs this, and notes that it ended; gives its id."""
        notes = shlex.quote(str(self.notes))
        build = f"echo began {name} >> {notes}\n{script}\necho ended {name} >> {notes}\n"
        (self.path / "build.sh").write_text(build)
        self._git("add", "build.sh")
        self._git("commit", "--quiet", "--allow-empty", f"--message={name}")
        return self._git("rev-parse", "HEAD")

    def noted(self):
        return self.notes.read_text().splitlines()


class GitHub:
    """Takes commit statuses as GitHub's API does; answers as it is told to, and then 201."""

    def __init__(self):
        self.statuses, self.answers, self.refused = [], [], 0
        github = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # http.server's name
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = github.answers.pop(0) if github.answers else 201
                if self.headers["Authorization"] != f"Bearer {TOKEN}":
                    answer = 401
                if answer == 201:
                    github.statuses.append((self.path.rpartition("/")[2], told["state"], self.path))
                else:
                    github.refused += 1
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *told):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def told(self):
        """Commits and states, in the order in which they were posted."""
        return [(commit, state) for commit, state, _ in self.statuses]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


@pytest.fixture
def github():
    github = GitHub()
    yield github
    github.close()


class Application:
    """It, as it runs: what it prints, what its pages say, and pushes to it."""

    def __init__(self, process, port, output):
        self.process, self.port, self._output = process, port, output

    def push(self, commit, branch="main", delivery_id=None, secret=SECRET, **more):
        payload = {"ref": f"refs/heads/{branch}", "after": commit, **more}
        payload.setdefault("repository", {"full_name": "acme/shop"})
        request = Sender(providers.github, secret).request("push", payload, delivery_id=delivery_id)
        return post(self.port, HOOK, request)[0]

    def page(self, path="/"):
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as page:
            return page.read().decode()

    def states(self):
        """Of the pushes, the oldest first."""
        return re.findall(r'<li data-state="(.*?)"', self.page())[::-1]

    def printed(self):
        return self._output.read_text()

    def worker(self):
        """Process id of the newest."""
        until(lambda: "run by process" in self.printed())
        return int(re.findall(r"run by process (\d+)", self.printed())[-1])


@contextmanager
def running(folder, repository, github, **settings):
    port = free_port()
    given = {
        "GITHUB_SECRET": SECRET,
        "REPOSITORY": "acme/shop",
        "REPO_URL": str(repository.path),
        "BUILD_COMMAND": "sh build.sh",
        "BUILD_SECONDS": "600",
        "WORKERS": "2",
        "LEASE": "2",
        "RETRY_SECONDS": "0.2",
        "API_URL": github.url,
        "API_TOKEN": TOKEN,
        "PORT": str(port),
        "DATA": str(folder / "data"),
    }
    output = folder / f"output-{port}"
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, EXAMPLES / "deploy_on_push"],
            env=os.environ | given | settings, stdout=file, stderr=file,
        )  # fmt: skip
    with ending(process):
        wait_for(port, process)
        yield Application(process, port, output)


@pytest.fixture
def app(tmp_path, repository, github):
    with running(tmp_path, repository, github) as app:
        yield app


def until(condition):
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def waits_for(file):
    """A line of a build that waits until there is this file."""
    return f"until [ -e {shlex.quote(str(file))} ]; do sleep 0.05; done"


# Builds, and what is said of them.


def test_a_push_is_built_and_github_is_told(app, repository, github):
    good = repository.commit("good", "echo $BRANCH $COMMIT; git log --format=%s")
    bad = repository.commit("bad", "echo it is broken; exit 7")
    assert app.push(good) == 200
    until(lambda: len(github.statuses) == 1)
    assert app.push(bad, "feature/a") == 200
    until(lambda: len(github.statuses) == 2)
    assert github.told() == [(good, "success"), (bad, "failure")]
    assert github.statuses[0][2] == f"/repos/acme/shop/statuses/{good}"
    assert app.states() == ["passed", "failed"]
    assert f"main {good}\ngood\n" in app.page("/pushes/1")
    assert "it is broken" in app.page(app_link(app, "feature/a"))


def app_link(app, branch):
    """Of the newest push of a branch."""
    return re.search(rf'href="(/pushes/\d+)">{re.escape(branch)}</a>', app.page())[1]


def test_of_ten_pushes_in_a_burst_the_first_and_the_last_are_built(
    tmp_path, app, repository, github
):
    go = tmp_path / "go"
    commits = [repository.commit(f"n{number}", waits_for(go)) for number in range(10)]
    app.push(commits[0])
    until(repository.noted)
    for commit in commits[1:]:
        assert app.push(commit) == 200
    assert app.states() == ["building", *["waiting"] * 9]
    go.touch()
    until(lambda: len(github.statuses) == 2)
    assert repository.noted() == ["began n0", "ended n0", "began n9", "ended n9"]
    assert github.told() == [(commits[0], "success"), (commits[9], "success")]
    assert app.states() == ["passed", *["replaced"] * 8, "passed"]


def test_two_branches_are_built_at_the_same_time(tmp_path, app, repository, github):
    """Each waits for the other, so that neither would end alone."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    main = repository.commit("main", f"touch {ours}; {waits_for(theirs)}")
    other = repository.commit("other", f"touch {theirs}; {waits_for(ours)}")
    app.push(main)
    app.push(other, "other")
    until(lambda: len(github.statuses) == 2)
    assert sorted(github.told()) == sorted([(main, "success"), (other, "success")])


# The worker dies.


def test_a_build_whose_worker_was_killed_is_done_again_once(tmp_path, app, repository, github):
    go, pids = tmp_path / "go", tmp_path / "pids"
    commit = repository.commit("it", f"echo $$ >> {pids}; {waits_for(go)}")
    app.push(commit)
    until(repository.noted)
    killed = app.worker()
    os.kill(killed, signal.SIGKILL)
    until(lambda: app.worker() != killed)
    # What it had started is gone with it, and would not be there with the next.
    (first,) = pids.read_text().split()
    until(lambda: not lives(int(first)))
    until(lambda: repository.noted() == ["began it", "began it"])
    go.touch()
    until(lambda: github.statuses)
    assert repository.noted() == ["began it", "began it", "ended it"]
    assert github.told() == [(commit, "success")]
    assert app.states() == ["passed"]
    assert "Attempt 2." in app.page("/pushes/1")


def lives(process):
    """Whether it does, and is not only left over for a parent that does not ask for it."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_what_was_built_is_not_built_again_when_it_is_handled_again(
    tmp_path, app, repository, github
):
    """As is the last one of a worker that was killed right after the build."""
    commit = repository.commit("it")
    app.push(commit)
    until(lambda: github.statuses)
    with closing(Inbox(f"sqlite:///{tmp_path}/data/hooks.db")) as inbox:
        until(lambda: inbox.counts().events == {"done": 2})
        assert inbox.deliveries.replay(1) == 1
        until(lambda: inbox.counts().events == {"done": 2})
    assert repository.noted() == ["began it", "ended it"]
    assert github.told() == [(commit, "success")]


def test_nothing_outlives_a_killed_server(tmp_path, repository, github):
    """And the next goes on where it was."""
    pids, go = tmp_path / "pids", tmp_path / "go"
    commit = repository.commit("it", f"echo $$ >> {pids}; {waits_for(go)}")
    with running(tmp_path, repository, github) as app:
        app.push(commit)
        until(repository.noted)
        left = [app.worker(), int(pids.read_text())]
        app.process.send_signal(signal.SIGKILL)
        app.process.wait()
        until(lambda: not any(map(lives, left)))
    go.touch()
    with running(tmp_path, repository, github):
        until(lambda: github.statuses)
    assert repository.noted() == ["began it", "began it", "ended it"]


def test_it_ends_when_it_is_told_to_with_all_that_it_started(tmp_path, repository, github):
    pids = tmp_path / "pids"
    commit = repository.commit("it", f"echo $$ >> {pids}; sleep 600")
    with running(tmp_path, repository, github) as app:
        app.push(commit)
        until(repository.noted)
        left = [app.worker(), int(pids.read_text())]
        app.process.terminate()
        assert app.process.wait(timeout=PATIENCE) == 0
        until(lambda: not any(map(lives, left)))


# What goes wrong elsewhere.


def test_a_status_that_could_not_be_posted_is_posted_later_and_nothing_built_again(
    app, repository, github
):
    github.answers = [500, 503, 401, 404, 302]
    commit = repository.commit("it")
    app.push(commit)
    until(lambda: github.statuses)
    assert github.refused == 5
    assert github.told() == [(commit, "success")]
    assert repository.noted() == ["began it", "ended it"]


def test_builds_do_not_wait_for_statuses_and_these_survive_a_kill(tmp_path, repository, github):
    github.answers = [500] * 10_000
    commits = [repository.commit(f"n{number}") for number in range(3)]
    with running(tmp_path, repository, github) as app:
        for number, commit in enumerate(commits):
            app.push(commit)
            until(lambda: f"ended n{number}" in repository.noted())  # noqa: B023  # called at once
        until(lambda: github.refused >= 3)
        os.kill(app.worker(), signal.SIGKILL)
        app.process.send_signal(signal.SIGKILL)
        app.process.wait()
    assert github.statuses == []
    github.answers = []
    with running(tmp_path, repository, github):
        until(lambda: len(github.statuses) == 3)
    assert sorted(github.told()) == sorted((commit, "success") for commit in commits)
    assert Counter(repository.noted()).most_common(1)[0][1] == 1


def test_what_cannot_be_fetched_gives_way_to_a_newer_push_at_once(tmp_path, repository, github):
    commit = repository.commit("it")
    with running(tmp_path, repository, github, RETRY_SECONDS="500") as app:
        app.push("a" * 40)
        until(lambda: "NotFetched" in app.page("/pushes/1"))
        assert app.states() == ["waiting"]
        app.push(commit)
        until(lambda: github.statuses)
        assert app.states() == ["replaced", "passed"]


def test_a_build_ends_when_it_takes_too_long(tmp_path, repository, github):
    pids = tmp_path / "pids"
    commit = repository.commit("it", f"sleep 600 & echo $! >> {pids}; wait")
    with running(tmp_path, repository, github, BUILD_SECONDS="3") as app:
        app.push(commit)
        until(lambda: github.statuses)
        assert github.told() == [(commit, "failure")]
        assert app.states() == ["took too long"]
        until(lambda: not lives(int(pids.read_text())))


def test_a_build_ends_when_it_says_too_much(tmp_path, app, repository, github):
    app.push(repository.commit("it", "yes this is too much"))
    until(lambda: github.statuses)
    assert app.states() == ["said too much"]
    assert (tmp_path / "data/logs/1").stat().st_size == 10 * 1024 * 1024
    assert len(app.page("/pushes/1")) < 150_000


# What others send.


def test_a_push_that_came_again_is_built_once(app, repository, github):
    commit, last = repository.commit("it"), repository.commit("last")
    for _ in range(3):
        assert app.push(commit, delivery_id="the same") == 200
    until(lambda: github.statuses)
    app.push(last)
    until(lambda: len(github.statuses) == 2)
    assert repository.noted() == ["began it", "ended it", "began last", "ended last"]


ELSEWHERE = {"repository": {"full_name": "evil/shop"}}


def test_what_is_not_authentic_or_no_push_to_us_starts_nothing(app, repository, github):
    """Nor does it take the place of a push that waits."""
    commit = repository.commit("it")
    assert app.push(commit, secret="another") == 401
    unsigned = Request("POST", JSON | {"X-GitHub-Event": "push"}, b'{"ref": "refs/heads/main"}')
    assert post(app.port, HOOK, unsigned)[0] == 401
    assert app.states() == []
    assert app.push(commit) == 200
    assert app.push(commit, **ELSEWHERE) == 200
    assert app.push("0" * 40) == 200
    assert app.push("--upload-pack=touch /tmp/hacked") == 200
    assert app.push(commit, ref="refs/tags/v1") == 200
    assert app.push(commit, ref=["refs/heads/main"]) == 200
    until(lambda: github.statuses)
    assert app.push(commit, "last") == 200
    until(lambda: len(github.statuses) == 2)
    assert repository.noted() == ["began it", "ended it"] * 2
    assert app.states() == ["passed", "passed"]


def test_a_build_sees_no_secrets_and_neither_do_pages(app, repository, github):
    app.push(repository.commit("it", "env; cat /proc/self/environ /proc/self/cmdline"))
    until(lambda: github.statuses)
    page = app.page("/pushes/1")
    assert "BRANCH=main" in page
    for secret in (SECRET, TOKEN):
        assert secret not in page
        assert secret not in app.page()
        assert secret not in app.printed()


# Pages.

MARKUP = "<script>window.hacked=true</script><img/src=x/onerror='window.hacked=true'>"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "360"])
def test_the_log_appears_while_the_build_runs(browser, tmp_path, app, repository, github, size):
    go = tmp_path / "go"
    script = f"echo first line; {waits_for(go)}; echo last line"
    app.push(repository.commit("it", script), "a-branch")
    with looking(browser, size) as (page, errors):
        page.goto(f"http://127.0.0.1:{app.port}/")
        page.get_by_role("link", name="a-branch").click()
        log = "document.getElementById('log')?.textContent ?? ''"
        until_page(page, f"({log}).includes('first line')")
        assert "last line" not in page.evaluate(log)
        assert page.locator(".state").inner_text() == "building"
        assert barriers(page) == []
        go.touch()
        until_page(page, f"({log}).includes('last line')")
        until_page(page, "document.querySelector('.state').textContent === 'passed'")
        assert page.title() == "a-branch: passed"
        assert barriers(page) == []
        assert errors == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "360"])
def test_markup_is_text_and_pages_can_be_read_by_all(browser, app, repository, github, size):
    long = "x" * 200
    shown = f"echo {shlex.quote(MARKUP)}; echo '</pre><b>bold</b>'; printf '\\000\\377\\033[31m'; echo {long}"
    app.push(repository.commit("it", shown), MARKUP)
    app.push(repository.commit("long", "exit 1"), long)
    app.push("a" * 40, "gone")
    until(lambda: len(github.statuses) == 2)
    with looking(browser, size) as (page, errors):
        for path in ("/", "/pushes/1", "/pushes/2", "/pushes/3"):
            page.goto(f"http://127.0.0.1:{app.port}{path}")
            assert page.evaluate("window.hacked") is None
            assert page.locator("main").locator("script, img, b").count() == 0
            assert barriers(page) == []
            assert not overflows(page)
            if path == "/pushes/1":
                assert page.locator("h1").inner_text() == MARKUP
                assert MARKUP in page.locator("#log").inner_text()
        assert errors == []


def test_who_reads_the_log_above_its_end_stays_there(browser, tmp_path, app, repository, github):
    go = tmp_path / "go"
    app.push(repository.commit("it", f"seq 1000; {waits_for(go)}; echo the end"))
    with looking(browser) as (page, errors):
        page.goto(f"http://127.0.0.1:{app.port}/pushes/1")
        until_page(page, "document.getElementById('log')?.textContent.includes('1000')")
        assert page.evaluate("document.getElementById('log').scrollTop") > 1000
        page.evaluate("document.getElementById('log').scrollTop = 100")
        go.touch()
        until_page(page, "document.getElementById('log').textContent.includes('the end')")
        assert page.evaluate("document.getElementById('log').scrollTop") == 100
        assert errors == []


@pytest.mark.parametrize("path", ["/pushes/1", "/pushes/0", f"/pushes/{'9' * 40}", "/other"])
def test_what_is_not_there_is_not_found(app, path):
    with pytest.raises(HTTPError, match="404") as caught:
        app.page(path)
    assert "default-src 'none'" in caught.value.headers["Content-Security-Policy"]
    caught.value.close()


# Settings.


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("GITHUB_SECRET", "", "GITHUB_SECRET"),
        ("REPOSITORY", "", "REPOSITORY"),
        ("BUILD_COMMAND", "", "BUILD_COMMAND"),
        ("BUILD_SECONDS", "long", "BUILD_SECONDS='long': write a number"),
        ("BUILD_SECONDS", "nan", "BUILD_SECONDS"),
        ("RETRY_SECONDS", "-1", "RETRY_SECONDS"),
        ("LEASE", "0", "LEASE"),
        ("WORKERS", "two", "WORKERS"),
        ("WORKERS", "0", "WORKERS"),
        ("PORT", "http", "PORT"),
        ("PORT", "65536", "PORT"),
        ("DATA", "/dev/null/data", "/dev/null/data"),
        ("REPO_URL", "https://me:secret@example.com/shop.git", "REPO_URL holds a secret"),
    ],
)
def test_it_does_not_start_with_a_wrong_setting(tmp_path, setting, value, told):
    lines = (EXAMPLES / "deploy_on_push/settings.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    given |= {"GITHUB_SECRET": SECRET, "DATA": str(tmp_path), setting: value}
    result = subprocess.run(
        [sys.executable, EXAMPLES / "deploy_on_push"], check=False, capture_output=True, text=True,
        env=os.environ | given, timeout=PATIENCE,
    )  # fmt: skip
    assert result.returncode == 1
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret@" not in result.stderr
