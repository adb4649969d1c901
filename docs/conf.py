"""Sphinx configuration; `make docs` builds with warnings as errors."""

import re
import sys
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent

project = "hookkit"
author = "hookkit contributors"
project_copyright = author
# Read, not imported: the pages build whether or not the package is installed.
release = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3  # so pages can link to each other's headings
exclude_patterns = ["_build"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"

nitpicky = True
# Only our own names must resolve. Foreign ones would need their projects' inventories,
# which means the network, and the docs must build without it.
_FOREIGN = sorted({*sys.stdlib_module_names, "werkzeug", "msgspec", "_typeshed"})
nitpick_ignore_regex = [(r"py:.*", rf"({'|'.join(map(re.escape, _FOREIGN))})\..*")]

html_theme = "furo"
html_title = f"hookkit {release}"
