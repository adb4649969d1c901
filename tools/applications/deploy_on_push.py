"""A repository to build, and an API that takes commit statuses; pushes to three branches."""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from hookkit import providers
from hookkit.testing import Sender
from tools.applications import (
    Delivery,
    Page,
    Quiet,
    Seen,
    Settings,
    await_text,
    home,
    pushed,
    read,
)

REPOSITORY = "acme/shop"

PRICES = """from decimal import ROUND_HALF_UP, Decimal


def rounded(price: str) -> Decimal:
    return Decimal(price).quantize(Decimal("0.01"), ROUND_HALF_UP)
"""

TESTS = """import unittest
from decimal import Decimal

from prices import rounded


class Prices(unittest.TestCase):
    def test_half_a_cent_is_rounded_up(self):
        self.assertEqual(rounded("2.005"), Decimal("2.01"))

    def test_a_price_stays(self):
        self.assertEqual(rounded("19.99"), Decimal("19.99"))
"""

SLOW = """import time
import unittest


class Load(unittest.TestCase):
    def test_it_holds_for_an_hour(self):
        time.sleep(3600)
"""

BRANCHES = {
    "main": {"prices.py": PRICES, "test_prices.py": TESTS},
    "bankers-rounding": {"prices.py": PRICES.replace("HALF_UP", "HALF_EVEN")},
    "load-test": {"test_load.py": SLOW},
}
"""Files that are put into each, after what is in the one before."""


@contextmanager
def surroundings(folder: Path) -> Iterator[Settings]:
    api = make_server("127.0.0.1", 0, statuses(), request_handler=Quiet)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    try:
        yield {
            "REPOSITORY": REPOSITORY,
            "REPO_URL": f"file://{committed(folder / 'shop')}",
            "BUILD_COMMAND": "python3 -m unittest -v",
            "API_URL": f"http://127.0.0.1:{api.port}",
            "API_TOKEN": "the token",
        }
    finally:
        api.shutdown()
        api.server_close()


def statuses() -> Flask:
    app = Flask(__name__)

    @app.post(f"/repos/{REPOSITORY}/statuses/<commit>")
    def take(commit: str) -> tuple[str, int]:
        return commit, 201

    return app


def committed(repository: Path) -> Path:
    """A git repository with these branches."""
    repository.mkdir()
    git(repository, "init", "--quiet")
    for branch, files in BRANCHES.items():
        git(repository, "checkout", "--quiet", "-b", branch)
        for name, text in files.items():
            (repository / name).write_text(text)
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", f"--message={branch}")
    return repository


def git(repository: Path, *arguments: str) -> str:
    who = {f"GIT_{role}_{what}": "ann@example.com"
           for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    return subprocess.run(
        ["git", "-C", repository, *arguments],
        env=os.environ | who, check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip


def deliveries(settings: Settings) -> Iterator[Delivery]:
    """Each when the one before is built. The last is still being built at the end."""
    github = Sender(providers.github, settings["GITHUB_SECRET"])
    repository = Path(settings["REPO_URL"].removeprefix("file://"))
    states = ('data-state="passed"', 'data-state="failed"', 'data-state="building"')
    for count, branch in enumerate(BRANCHES, 1):
        commit = git(repository, "rev-parse", branch)
        payload = pushed(REPOSITORY, branch, commit, branch)
        yield Delivery("/webhooks/github", github.request("push", payload))
        # The newest is at the top.
        await_text(Seen(f"{home(settings)}/", states[:count][::-1]))


def seen(settings: Settings) -> Seen:
    return Seen(f"{home(settings)}/", ('data-state="passed"', "main"))


def pages(settings: Settings) -> tuple[Page, ...]:
    index = read(f"{home(settings)}/")
    (place,) = re.findall(r'href="(/pushes/\d+)">bankers-rounding<', index)
    listed = "document.querySelectorAll('#pushes li').length === 3"
    failed = "document.getElementById('log').textContent.includes('FAILED')"
    return (
        Page("deploy_on_push", f"{home(settings)}/", listed),
        Page("deploy_on_push-log", f"{home(settings)}{place}", failed),
    )
