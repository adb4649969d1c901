"""hookkit new: each starter is written, and its own test passes."""

from __future__ import annotations

import os
import subprocess
import sys
from subprocess import CompletedProcess

import pytest

from hookkit.cli.new import FRAMEWORKS


@pytest.fixture
def new(run):
    """Runs `hookkit new` with these words."""
    return lambda *words: CompletedProcess(words, *run("new", *words, MINE="made-up-by-nobody"))


def run_tests(shop):
    """With the one plugin that they need: to find this machine's others takes longer than they do."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "hookkit_pytest",
         "--rootdir", str(shop)],
        cwd=shop, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if "SECRET" not in name}
        | {"MINE": "made-up-by-nobody", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )  # fmt: skip


@pytest.mark.parametrize("provider", ["github", "twilio"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_its_test_passes(new, tmp_path, framework, provider):
    made = new("shop", "--provider", provider, "--framework", framework)
    assert (made.returncode, made.stderr) == (0, "")
    shop = tmp_path / "shop"
    for each in shop.iterdir():
        assert "$" not in each.read_text().replace("$ ", ""), each
    tested = run_tests(shop)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "3 passed" in tested.stdout
    assert not list(shop.glob("*.db"))


def test_what_cannot_be_made_up_is_left_out_without_a_word(new, tmp_path):
    """An event of Asana's is in a list; one that is not is refused while the tests are tried."""
    made = new("shop", "--provider", "asana")
    assert (made.returncode, made.stderr) == (0, "")
    assert "def test_" in (tmp_path / "shop" / "test_app.py").read_text()


def test_django_leaves_the_clock_of_the_logs_alone(new, tmp_path):
    """Its default is Chicago's, for the whole process."""
    new("shop", "--provider", "github", "--framework", "django")
    ran = subprocess.run(
        [sys.executable, "-c", "import django, time; django.setup(); print(time.tzname[0])"],
        cwd=tmp_path / "shop", capture_output=True, text=True, check=False,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings"},
    )  # fmt: skip
    assert (ran.stdout, ran.stderr) == ("UTC\n", "")


STOPPING = """
from fastapi.testclient import TestClient
from app import app
from handlers import github, inbox
from hookkit.testing import Sender

with TestClient(app) as client:
    request = Sender(github.provider, "any").request("push")
    headers = dict(request.headers.items())
    client.post("/webhooks/github", content=request.body, headers=headers)
    print(inbox.living_workers())
print(inbox.living_workers())
"""


def test_under_fastapi_the_inbox_ends_with_the_application(new, tmp_path):
    """uvicorn ends by the signal, and Python runs nothing more."""
    new("shop", "--provider", "github", "--framework", "fastapi")
    ran = subprocess.run(
        [sys.executable, "-c", STOPPING], cwd=tmp_path / "shop", capture_output=True, text=True,
        env=os.environ | {"GITHUB_SECRET": "any"}, check=False,
    )  # fmt: skip
    told = [line for line in ran.stdout.splitlines() if line.startswith("(")]  # not the handler's
    assert (told, ran.stderr) == (["(2, 2)", "(0, 0)"], "")


@pytest.mark.parametrize(
    ("words", "exported"),
    [
        (["github"], ["GITHUB_SECRET"]),
        (
            ["paypal", "--using", "webhook_id=1", "--using", "client_id=me",
             "--using", "client_secret=env:MINE"],
            ["MINE"],
        ),
    ],
    ids=["github", "paypal"],
)  # fmt: skip
def test_each_terminal_has_all_that_its_commands_need(new, tmp_path, words, exported):
    """The application is imported in both, and sender and receiver have the same secret."""
    made = new("my shop", "--provider", *words)
    assert made.stdout.startswith("my shop: cd 'my shop', pip install -r requirements.txt")
    readme = (tmp_path / "my shop" / "README.md").read_text()
    blocks = [block.split("```")[0].splitlines() for block in readme.split("```sh\n")[1:]]
    assert len(blocks) == 2
    for lines in blocks:
        assert lines[0] == "cd 'my shop'"
        found = [line.split("=")[0] for line in lines if line.startswith("export ")]
        assert found == [f"export {each}" for each in exported]
        assert all(lines)


def test_who_is_there_already_goes_nowhere(new, tmp_path):
    made = new(".", "--provider", "github")
    assert made.stdout.startswith(".: pip install")


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        (["stripe"], 3),
        (["telegram"], 3),
        (["discord"], 3),
        (["microsoft_graph"], 3),  # which wants to hear 202
        (["query_token"], 3),  # which says nothing that tells a repeat
        (["travis_ci", "--using", 'repositories=["ann/shop"]'], 2),
        (  # nobody else can sign for it
            [
                "paypal",
                "--using",
                "webhook_id=WH1",
                "--using",
                "client_id=me",
                "--using",
                "client_secret=env:MINE",
            ],
            2,
        ),
        (["wechat_pay"], 2),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else None,
)
def test_the_tests_are_those_that_pass(new, tmp_path, words, passed):
    """What only the provider can make up is left out, and a repeat runs again where nothing tells it."""
    made = new("shop", "--framework", "wsgi", "--provider", *words)
    assert (made.returncode, made.stderr) == (0, "")
    shop = tmp_path / "shop"
    assert not [each for each in shop.iterdir() if "made-up-by-nobody" in each.read_text()]
    tested = run_tests(shop)
    assert f"{passed} passed" in tested.stdout, tested.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["paypal"], "--using webhook_id=… (the id beside"),
        (["paypal", "--using", "webhook_id=1"], "client_id= and client_secret="),
        (["mollie"], "mollie is for Python alone: "),
        (["paypal", "--using", "client_secret=hunter2"], "is in your shell's history"),
        (["paypal", "--using", "client_secret=env:NOT_SET"], "export NOT_SET="),
        (["sns", "--using", "topics"], "write name=value"),
        (["sns", "--using", "topics=[arn"], "list of JSON"),
        (["github", "--using", "a=b"], "knows no a"),
        (["nobody"], "there is no provider"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, list) else None,
)
def test_what_a_provider_needs_is_told(new, tmp_path, words, told):
    made = new("shop", "--provider", *words)
    assert made.returncode == 2
    assert told in made.stderr
    assert "hunter2" not in made.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file(new, tmp_path):
    (tmp_path / "file").write_text("mine")
    made = new("file/shop", "--provider", "github")
    assert (made.returncode, made.stderr) == (2, "hookkit: file/shop: Not a directory\n")


def test_what_is_there_is_left(new, tmp_path):
    (tmp_path / "mine").write_text("mine")
    made = new(".", "--provider", "github")
    assert made.returncode == 2
    assert "not empty" in made.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]
