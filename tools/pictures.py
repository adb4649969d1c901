"""Photograph each application of examples/ at work: python -m tools.pictures FOLDER

Fails where a page says an error on its console, must be scrolled sideways, or has what axe finds serious.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from examples.run import written
from tests.browser import NARROW, WIDE, barriers, chromium, looking, overflows, until
from tests.examples.support import ending, free_port, wait_for
from tools.applications import EXAMPLES, Page, Settings, application, deliver, names

HIGHEST = 800
"""CSS pixels of a page that are shown."""

LARGEST = 150_000
"""Bytes of a picture, as it is in the repository."""


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    troubles: list[str] = []
    with chromium() as browser:
        for name in names():
            with at_work(name) as settings:
                for page in application(name).pages(settings):
                    for size in (WIDE, NARROW):
                        troubles += photograph(browser, page, size, folder)
    for each in troubles:
        print(each, file=sys.stderr)
    return 1 if troubles else 0


@contextmanager
def at_work(name: str) -> Iterator[Settings]:
    """The application, running in this Python from a copy of its folder, with all its deliveries sent."""
    shown = application(name)
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work, name)
        lying = shutil.ignore_patterns(".*", "data", "__pycache__")
        shutil.copytree(EXAMPLES / name, copy, ignore=lying)
        with shown.surroundings(Path(work)) as told:
            settings = {**written(copy), **told, "PORT": str(free_port())}
            process = subprocess.Popen([sys.executable, copy], env=os.environ | settings)
            with ending(process):
                wait_for(int(settings["PORT"]), process)
                for delivery in shown.deliveries(settings):
                    deliver(delivery, settings)
                yield settings


def photograph(browser: Any, page: Page, size: tuple[int, int], folder: Path) -> list[str]:
    """Write the picture; gives what is wrong with the page."""
    file = folder / f"{page.name}-{size[0]}.png"
    with looking(browser, size) as (tab, errors):
        tab.goto(page.url)
        until(tab, page.ready)
        end = tab.evaluate("Math.ceil(document.body.getBoundingClientRect().bottom)")
        part = {"x": 0, "y": 0, "width": size[0], "height": min(end, HIGHEST)}
        tab.screenshot(path=file, full_page=True, clip=part)
        troubles = [f"console: {error}" for error in errors]
        troubles += [f"axe: {barrier}" for barrier in barriers(tab)]
        if overflows(tab):
            troubles.append("must be scrolled sideways")
    if (length := file.stat().st_size) > LARGEST:
        troubles.append(f"{length} bytes are too many")
    print(f"{file}: {length} bytes")
    return [f"{file.name}: {each}" for each in troubles]


if __name__ == "__main__":
    sys.exit(main())
