"""Where each vector comes from: nothing here may have been signed by what it is to check.

An origin begins with one of these words, and may say more behind it:

- ``official-doc``, ``published``: a published example of the sender.
- ``official-sdk``: made or accepted by the sender's own library, or a value of that library's tests.
- ``derived``: made after the sender's published rule, and checked, without hookkit.
- ``make/NAME.py``: by that script beside this file, which is short enough to be read at a glance.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.providers.test_vectors import VECTORS

HERE = Path(__file__).parent
MAKE = HERE / "make"
LONGEST = 15
KIND = re.compile(r"(official-doc|published|official-sdk|derived|make/[a-z0-9_]+\.py)(?=[ :,;]|$)")
ORIGINS = sorted(
    {(name, vector["origin"]) for name, vectors in VECTORS.items() for vector in vectors}
)
SCRIPTS = sorted(MAKE.glob("*.py"))
NOT_CODE = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
)


def code_lines(source: str) -> int:
    """Lines that say something to Python, without the docstring."""
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in NOT_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    tree = ast.parse(source)
    if ast.get_docstring(tree) is not None:
        docstring = tree.body[0]
        lines -= set(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return len(lines)


@pytest.mark.parametrize(("name", "origin"), ORIGINS)
def test_an_origin_is_of_a_known_kind(name: str, origin: str) -> None:
    """Published, official, made after the rule without hookkit, or by a script that is here."""
    found = KIND.match(origin)
    assert found, f"{name}: {origin!r} begins with none of the words above"
    if found[0].startswith("make/"):
        assert (HERE / found[0]).is_file()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_short_and_imports_nothing_of_hookkit(script: Path) -> None:
    """Only what Python brings, hookkit by no name, and some vector says that it is by it."""
    source = script.read_text()
    assert code_lines(source) <= LONGEST
    assert "hookkit" not in source
    assert "__import__" not in source
    assert "importlib" not in source
    assert any(origin.startswith(f"make/{script.name}") for _, origin in ORIGINS)


def test_lines_of_code_are_counted() -> None:
    """Blank lines, comments and the docstring are none; a text over three lines is three."""
    assert (
        code_lines('"""Says\n\nthis."""\n\n# why\na = 1\nb = (\n    2,\n)\nc = """x\ny\nz"""\n')
        == 7
    )
