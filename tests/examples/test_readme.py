"""examples/README.md lists what there is."""

import re

import pytest

from tests.examples.support import EXAMPLES

README = (EXAMPLES / "README.md").read_text()
ROWS = re.findall(r"^\| \[.*?\]\((.*?)\) \|.*\| `(.*)` \|$", README, re.MULTILINE)


def test_lists_every_example():
    """Every file and folder has a row."""
    found = {each.name for each in EXAMPLES.iterdir() if each.name[0] not in "._"}
    assert {name.rstrip("/") for name, _ in ROWS} | {"README.md"} == found


@pytest.mark.parametrize(("name", "command"), ROWS, ids=[name for name, _ in ROWS])
def test_sets_what_is_needed(name, command):
    """Each command sets the environment variables without which its example does not start."""
    files = [EXAMPLES / name, *(EXAMPLES / name).glob("*.py")]
    text = "".join(file.read_text() for file in files if file.is_file())
    for variable in re.findall(r'os\.environ\["(\w+)"\]', text):
        assert f"{variable}=" in command


def test_its_links_lead_somewhere():
    links = [link for link in re.findall(r"\]\((.*?)\)", README) if ":" not in link]
    assert [link for link in links if not (EXAMPLES / link).exists()] == []


def test_shows_each_application():
    """On a desk in a picture, on a telephone behind a link."""
    names = [found.parent.name for found in EXAMPLES.glob("*/requirements.txt")]
    for name in names:
        for size in (1280, 360):
            assert f"(../docs/_static/examples/{name}-{size}.png)" in README
