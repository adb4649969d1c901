"""A real browser for pages: what it says on its console, how it looks, whether all can read it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
"""Debian's, Ubuntu's and Google's names for it."""

WIDE, NARROW = (1280, 800), (360, 740)
"""Sizes in CSS pixels: a desk, and a telephone."""

GRAVE = ("serious", "critical")
"""What axe calls a finding that keeps people from using a page."""


def find_chromium() -> str:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    return found or _give_up("no Chromium: apt-get install chromium")


def _give_up(reason: str) -> NoReturn:
    """Skip, but in CI, where that would look as if all had been tested."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def chromium() -> Iterator[Any]:
    """Playwright's browser, without a window."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    with sync_playwright() as playwright:
        # A container's root has no sandbox, and a small /dev/shm.
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(browser: Any, size: tuple[int, int] = WIDE) -> Iterator[tuple[Any, list[str]]]:
    """A new page of that size, and what went wrong in it: errors on the console, and uncaught ones."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(60_000)
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page, errors
    finally:
        page.close()


def until(page: Any, expression: str, argument: Any = None) -> None:
    """Wait until this is true in the page. Playwright's own way is forbidden by a page's policy."""
    give_up = time.monotonic() + 90
    while not page.evaluate(expression, argument):
        assert time.monotonic() < give_up, f"never true: {expression}\n{page.content()[:5000]}"
        page.wait_for_timeout(20)


def barriers(page: Any) -> list[str]:
    """What axe finds serious or critical in this page."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']}" for each in found if each["impact"] in GRAVE]


def overflows(page: Any) -> bool:
    """Whether the page must be scrolled sideways."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )
