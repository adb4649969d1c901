"""Sphinx configuration; `make docs` builds with warnings as errors."""

import re
import sys
import tomllib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring

_ROOT = Path(__file__).resolve().parent.parent

project = "hookkit"
author = "hookkit contributors"
project_copyright = author
# Read, not imported: the pages build whether or not the package is installed.
release = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]["version"]
version = release

sys.path.insert(0, str(_ROOT / "docs" / "_ext"))
extensions = ["myst_parser", "sphinx.ext.autodoc", "catalogue_pages"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3  # so pages can link to each other's headings
exclude_patterns = ["_build"]
html_static_path = ["_static"]

autodoc_member_order = "bysource"
# Types under `if TYPE_CHECKING:` do not resolve here; the docstrings say in words what goes in.
autodoc_typehints = "none"

nitpicky = True
# Only our own names must resolve. Foreign ones would need their projects' inventories,
# which means the network, and the docs must build without it.
_FOREIGN = sorted({*sys.stdlib_module_names, "werkzeug", "msgspec", "_typeshed"})
nitpick_ignore_regex = [(r"py:.*", rf"({'|'.join(map(re.escape, _FOREIGN))})\..*")]

html_theme = "furo"
html_title = f"hookkit {release}"

_SECTIONS = Config(napoleon_use_ivar=True)


def _read_sections(  # autodoc's own order of arguments
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turn ``Args:`` and its like into fields.

    The extension napoleon would do so for attributes as well, and take the beginning of a sentence
    that has a colon for a type.
    """
    if what in {"module", "class", "exception", "function", "method"}:
        lines[:] = GoogleDocstring(lines, _SECTIONS, app, what, name, obj, options).lines()


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", _read_sections)
