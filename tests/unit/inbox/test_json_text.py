"""What the stores write as JSON is plain, and the same whoever writes it."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookkit.inbox.json_text import best_writer, standard_writer, write
from hookkit.inbox.records import Head

ANY_TEXT = st.text(st.characters())  # halves of surrogate pairs, too
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, ANY_TEXT),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(ANY_TEXT, inner)),
)


@pytest.mark.parametrize("written", [write, standard_writer], ids=["best", "standard"])
@given(value=VALUES)
def test_it_is_read_as_it_was_in_ascii(written, value):
    text = written(value)
    assert text.isascii()
    assert json.loads(text) == value


@pytest.mark.parametrize(
    "value",
    [
        (("content-type", "application/json"), ("x-name", "é\x00\ud800")),
        (Head("push", None, 1.5), Head("ping", "1", None)),
        (("id:1", "repaired:1"), ()),
    ],
    ids=["headers", "heads", "keys"],
)
def test_both_write_the_same_of_a_delivery(value):
    assert json.loads(write(value)) == json.loads(standard_writer(value))


def test_classes_of_text_are_text():
    """As some libraries give, in the place of headers or ids."""
    assert json.loads(write([Text("a"), {"b": Text("c")}])) == ["a", {"b": "c"}]


class Text(str):
    __slots__ = ()


def test_without_the_extra(monkeypatch):
    assert best_writer() is not standard_writer
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.setitem(sys.modules, "msgspec.json", None)
    assert best_writer() is standard_writer
