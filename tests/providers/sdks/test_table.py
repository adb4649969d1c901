"""The table and the dependency group `sdks` name the same libraries."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.providers.sdks.table import WRITTEN

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


def plain(package: str) -> str:
    """The name, as PyPI compares it, of a package or a requirement."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[>]", package)[0]).lower()


def test_every_library_has_a_row() -> None:
    """What is installed for a comparison is compared with, and the reverse."""
    group = tomllib.loads(PYPROJECT.read_text())["dependency-groups"]["sdks"]
    assert sorted(map(plain, group)) == sorted({plain(sdk.package) for sdk in WRITTEN.values()})
