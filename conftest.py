"""Run the Python code blocks of README.md and docs/**/*.md as tests.

The blocks of one document run in order and share one namespace. A block after
`<!-- skip: next -->` does not run; `<!-- skip: next "why" -->` also reports it as skipped.
"""

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType

import pytest
from sybil import Document, Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

_ROOT = Path(__file__).resolve().parent


class _ModuleDocument(Document):
    """A document whose namespace is that of a module.

    Classes defined in it then name a module that can be found, without which type hints
    written as strings cannot be resolved.
    """

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text, path)
        name = re.sub(r"\W+", "_", str(Path(path).resolve().relative_to(_ROOT)))
        module = sys.modules[name] = ModuleType(name)
        self.namespace = vars(module)


# This conftest covers docs/ as well: its hooks apply to every folder below it.
pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["*.md"],
    # Made when the documentation is built; tests/unit/test_catalogue_pages.py runs their code.
    excludes=["docs/providers/*.md"],
    document_types={".md": _ModuleDocument},
).pytest()


_WAITS = [_ROOT / "tests" / name for name in ("integration", "examples", "contracts")]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    _keep_documents_in_order(items)
    if hasattr(config, "workerinput"):
        _put_long_files_first(items)


def _put_long_files_first(items: list[pytest.Item]) -> None:
    """So that no xdist worker begins a long one when the others have nothing left.

    Where servers are started a test takes seconds, and elsewhere it is their number that tells.
    """
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.parent not in _WAITS, -tests[item.path]))


def _keep_documents_in_order(items: list[pytest.Item]) -> None:
    """Undo pytest-randomly inside documents: it shuffles the blocks of all together."""
    blocks: dict[pytest.Collector | None, list[SybilItem]] = defaultdict(list)
    for item in items:
        if isinstance(item, SybilItem):
            blocks[item.parent].append(item)
    reordered: list[pytest.Item] = []
    for item in items:
        if isinstance(item, SybilItem):
            # The first block met brings its whole document; the others find it gone.
            document = blocks.pop(item.parent, [])
            reordered += sorted(document, key=lambda block: block.example.start)
        else:
            reordered.append(item)
    items[:] = reordered
