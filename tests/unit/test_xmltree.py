"""XML to dictionaries."""

import pytest

from hookkit.errors import BadBody
from hookkit.xmltree import DEEPEST, decode_xml


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"<x/>", {}),
        (b"<x>text</x>", {}),
        (b"<x><a>1</a></x>", {"a": "1"}),
        (b"<x><a/></x>", {"a": ""}),
        (b"<x><a> 1 </a></x>", {"a": " 1 "}),
        (b"<x><![CDATA[ ]]><a><![CDATA[<b>]]></a></x>", {"a": "<b>"}),
        (b"<x><a>&lt;&#233;</a></x>", {"a": "<\u00e9"}),
        (b"<x><a><b>1</b> tail</a></x>", {"a": {"b": "1"}}),
        (b"<x><a>1</a><a>2</a><a>3</a></x>", {"a": ["1", "2", "3"]}),
        (b"<x><a k='v'>1</a><!-- c --><?p i?></x>", {"a": "1"}),
        ("<?xml version='1.0'?><x><\u00fc>\u4e2d</\u00fc></x>".encode(), {"\u00fc": "\u4e2d"}),
    ],
)
def test_values(body, value):
    """Texts, dictionaries and, of a repeated name, lists."""
    assert decode_xml(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        b"<x>",
        b"<x></y>",
        b"<x/><y/>",
        b"<x>\xff</x>",
        b"<x>&a;</x>",
        b"<!DOCTYPE x><x/>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>",
        "<x>\u00e9</x>".encode("utf-16"),
        b"<x>" * (DEEPEST + 1) + b"</x>" * (DEEPEST + 1),
        b"<x>" * 100_000,
    ],
)
def test_what_is_refused(body):
    """Whatever is not well-formed, and every DTD: it could name files, or multiply."""
    with pytest.raises(BadBody):
        decode_xml(body)


def test_the_deepest():
    """One level less is read."""
    assert decode_xml(b"<x>" * DEEPEST + b"</x>" * DEEPEST)
