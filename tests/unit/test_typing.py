import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from hookkit import providers

api = pytest.importorskip("mypy.api", reason="mypy is not installed")

TYPING = Path(__file__).parents[1] / "typing"
MISTAKES = (TYPING / "mistakes.py").read_text(encoding="utf-8").splitlines()
_IGNORE = re.compile(r"  # type: ignore\[(?P<code>[a-z-]+)\].*")
WRONG = {
    number: (_IGNORE.sub("", line).strip(), found["code"])
    for number, line in enumerate(MISTAKES, 1)
    if (found := _IGNORE.search(line))
}


def _mypy(arguments: list[str]) -> tuple[str, str]:
    """What it prints, and how it failed; less the recursion limit that it raises for the whole process."""
    limit = sys.getrecursionlimit()
    try:
        said, failed, _ = api.run(arguments)
    finally:
        sys.setrecursionlimit(limit)
    return said, failed


@pytest.fixture(scope="module")
def complaints(tmp_path_factory) -> dict[int, list[str]]:
    """What mypy says of each line, without the ignores and without the project's configuration."""
    folder = tmp_path_factory.mktemp("typing")
    file = folder / "user_code.py"
    file.write_text("\n".join(_IGNORE.sub("", line) for line in MISTAKES), encoding="utf-8")
    options = [
        "--strict",
        "--config-file=",
        f"--cache-dir={folder / 'cache'}",
        "--hide-error-context",
    ]
    said, failed = _mypy([*options, "--no-error-summary", "--no-pretty", str(file)])
    assert not failed, failed
    lines: dict[int, list[str]] = {}
    for complaint in said.splitlines():
        found = re.match(r".*user_code\.py:(\d+): error: (.*)", complaint)
        if found:
            lines.setdefault(int(found[1]), []).append(found[2])
    return lines


@pytest.mark.parametrize(
    "number", WRONG, ids=[re.sub(r"\W+", " ", text).strip()[:60] for text, _ in WRONG.values()]
)
def test_a_mistake_is_an_error(complaints, number):
    """Of the kind that the file declares, found before the program runs."""
    _, code = WRONG[number]
    assert [each for each in complaints.get(number, []) if each.endswith(f"[{code}]")]


def test_what_is_no_mistake_is_no_error(complaints):
    """The package is found and typed, so that an error means the line and not its surroundings."""
    assert complaints.keys() == WRONG.keys()


def test_a_misspelt_provider_is_named(complaints):
    """With the one that is near; a module with a visible `__getattr__` would accept any name."""
    [number] = [number for number, (text, _) in WRONG.items() if text == "providers.githb"]
    assert complaints[number] == [
        'Module has no attribute "githb"; maybe "github"?  [attr-defined]'
    ]


@pytest.fixture(scope="module")
def spelled(tmp_path_factory) -> Path:
    """A line for each provider with its name, and one with its name misspelt."""
    file = tmp_path_factory.mktemp("spelling") / "spelled.py"
    lines = [f"providers.{name}\nproviders.{name}_" for name in providers.names()]
    file.write_text("\n".join(["from hookkit import providers", *lines]), encoding="utf-8")
    return file


WRONG_LINES = {3 + 2 * number for number in range(len(providers.names()))}


def test_each_misspelt_provider_is_an_error_for_mypy(spelled):
    """And no name that is right is one."""
    options = ["--config-file=", f"--cache-dir={spelled.parent / 'cache'}", "--no-error-summary"]
    said, failed = _mypy([*options, "--no-pretty", str(spelled)])
    assert not failed, failed
    found = re.findall(r"spelled\.py:(\d+): error: .*\[attr-defined\]", said)
    assert {int(line) for line in found} == WRONG_LINES
    assert len(said.splitlines()) == len(found)


@pytest.mark.skipif(find_spec("pyright") is None, reason="pyright is not installed")
def test_each_misspelt_provider_is_an_error_for_pyright(spelled):
    """The second opinion is the same."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pyright",
            "--outputjson",
            f"--pythonpath={sys.executable}",
            spelled,
        ],
        capture_output=True,
        cwd=spelled.parent,
        check=False,
        timeout=300,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    errors = [each for each in found if each["severity"] == "error"]
    assert {each["rule"] for each in errors} == {"reportAttributeAccessIssue"}
    assert {each["range"]["start"]["line"] + 1 for each in errors} == WRONG_LINES
