"""Signed text made of a form's fields."""

import pytest

from hookkit import Request
from hookkit.errors import ConfigError, MalformedCredential, MissingCredential
from hookkit.schemes.forms import SortedForm, sorted_fields


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        ([], ""),
        ([("b", "2"), ("a", "1")], "a1b2"),
        ([("a", "2"), ("a", "1")], "a1a2"),
        ([("a", "1"), ("a", "1")], "a1a1"),
        ([("a", "")], "a"),
        ([("a", " x ")], "a x "),
        ([("b", "1"), ("B", "2"), ("a", "3")], "B2a3b1"),
        ([("é", "ü"), ("z", "\U0001f600")], "z\U0001f600éü"),
    ],
)
def test_fields_are_sorted_and_joined(pairs, text):
    """By the bytes of their names, then of their values, nothing trimmed; UTF-8."""
    assert sorted_fields(pairs) == text.encode()


@pytest.mark.parametrize("payload", [None, {}, b"a=1", "a=1"])
def test_what_was_not_read_as_pairs_is_refused(payload):
    """A dictionary would have lost what is there twice."""
    with pytest.raises(MalformedCredential):
        SortedForm().render(Request("POST"), b"", b"", payload)


def test_equal_values_count_once_where_that_is_declared():
    """As a sender does that makes a set of them."""
    pairs = [("a", "2"), ("a", "1"), ("a", "2")]
    request = Request("POST", url="u:")
    assert b"".join(SortedForm().render(request, b"", b"", pairs)) == b"u:a1a2a2"
    distinct = SortedForm(distinct=True)
    assert b"".join(distinct.render(request, b"", b"", pairs)) == b"u:a1a2"


def test_a_template_comes_first():
    """Its parts are those of any signed text."""
    request = Request("POST", {"X-Nonce": "n"}, url="https://h.example/in?a=1")
    form = SortedForm("{header:X-Nonce}.{url}.")
    assert b"".join(form.render(request, b"", b"", [("b", "2")])) == (
        b"n.https://h.example/in?a=1.b2"
    )
    assert [part for part in ("url", "body", "header", "timestamp") if form.covers(part)] == [
        *("url", "body", "header")
    ]
    with pytest.raises(MissingCredential):
        form.render(Request("POST"), b"", b"", [])
    with pytest.raises(ConfigError):
        SortedForm("{nonsense}")
