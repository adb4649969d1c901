import pytest

from hookkit import ConfigError
from hookkit.errors import MalformedCredential
from hookkit.schemes import structured
from hookkit.schemes.structured import parse, parse_field, write, write_list


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=:AAE=:", {"a": (b"\0\1", {})}),
        ("a=:AAE=:,b=:Ag==:", {"a": (b"\0\1", {}), "b": (b"\2", {})}),
        ("a=:AAE=: ,\tb=1", {"a": (b"\0\1", {}), "b": (1, {})}),
        (
            'a=("x";sf "y");created=1;keyid="k"',
            {"a": ([("x", {"sf": True}), ("y", {})], {"created": 1, "keyid": "k"})},
        ),
        ("a=()", {"a": ([], {})}),
        ("a", {"a": (True, {})}),
        ("", {}),
    ],
)
def test_what_is_a_dictionary(text, value):
    """Names to values with their parameters."""
    assert parse(text, "dictionary") == value


@pytest.mark.parametrize(
    "text",
    [
        "a=:AAE=:,a=:AAE=:",  # the RFC would take the last
        "a=1;p=1;p=2",
        'a=("x";p;p)',
        "a=1,",
        ",a=1",
        "a=1 b=2",
        "A=1",
        "a=:AAE=",
        "a=:A:",
        "a=:A*E=:",
        "a='x'",
        'a="x',
        'a="\xe9"',
        "a=(1 2",
        "a=((1))",
        "a=1\n",
        "a=9999999999999999",
        "a=@99999999999999",
        'a=%"%ff"',
        "\u20ac",
        "(" * 8000,
    ],
)
def test_what_is_none(text):
    """One error for all of it, without what was read."""
    with pytest.raises(MalformedCredential) as caught:
        parse(text, "dictionary")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("name", "text", "again"),
    [
        ("content-digest", "sha-256=:AAE=:,x=:Ag==:", "sha-256=:AAE=:, x=:Ag==:"),
        ("cache-control", "max-age=60,   must-revalidate", "max-age=60, must-revalidate"),
        ("content-type", "text/html;charset=utf-8", "text/html;charset=utf-8"),
    ],
)
def test_a_registered_field(name, text, again):
    """Is read by its own type, and written in one way."""
    assert write(parse_field(text, name)) == again


@pytest.mark.parametrize("name", ["x-unknown", "date", ""])
def test_a_field_of_no_registered_type(name):
    """Cannot be written again, as nobody knows what it means."""
    with pytest.raises(MalformedCredential):
        parse_field("a", name)


def test_an_inner_list():
    """As a signature's list of components is written."""
    written = write_list([("@method", {}), ("a", {"key": "b"})], {"created": 1, "tag": 'x"y'})
    assert written == r'("@method" "a";key="b");created=1;tag="x\"y"'


@pytest.mark.parametrize("value", [{}, {"a": "\xe9"}, {"A": 1}, object()])
def test_what_cannot_be_written(value):
    """Is refused like what cannot be read."""
    with pytest.raises(MalformedCredential):
        write(value)


def test_without_the_library(monkeypatch):
    """The error names what to install."""
    monkeypatch.setitem(__import__("sys").modules, "http_sf", None)
    with pytest.raises(ConfigError, match=r"hookkit\[signatures\]"):
        structured.library()
