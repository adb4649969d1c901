import re
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api", reason="mypy is not installed")

TYPING = Path(__file__).parents[1] / "typing"
MISTAKES = (TYPING / "mistakes.py").read_text(encoding="utf-8").splitlines()
_IGNORE = re.compile(r"  # type: ignore\[(?P<code>[a-z-]+)\].*")
WRONG = {
    number: (_IGNORE.sub("", line).strip(), found["code"])
    for number, line in enumerate(MISTAKES, 1)
    if (found := _IGNORE.search(line))
}


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
    said, failed, _ = api.run([*options, "--no-error-summary", "--no-pretty", str(file)])
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
