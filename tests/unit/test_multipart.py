"""Forms of several parts, strictly."""

import pytest

from hookkit.errors import BadBody
from hookkit.multipart import LONGEST_BOUNDARY, LONGEST_HEAD, decode_multipart, encode_multipart


def part(disposition='form-data; name="a"', content="1", head=""):
    return f"--b\r\n{head}Content-Disposition: {disposition}\r\n\r\n{content}\r\n"


def decoded(text, most=10):
    return decode_multipart(text.encode("utf-8", "surrogateescape"), most)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (part() + "--b--\r\n", [("a", "1")]),
        (part() + "--b--", [("a", "1")]),
        (part(content="") + "--b--", [("a", "")]),
        (part(content="\r\n--\r\n-b") + "--b--", [("a", "\r\n--\r\n-b")]),
        (part() + part(content="2") + "--b--", [("a", "1"), ("a", "2")]),
        (
            part('form-data; name="\u00fc"', "gr\u00fc\u00df") + "--b--",
            [("\u00fc", "gr\u00fc\u00df")],
        ),
        (part("form-data; name=a") + "--b--", [("a", "1")]),
        (part('form-data; name=""') + "--b--", [("", "1")]),
        (part(head="Content-Type: text/plain\r\n") + "--b--", [("a", "1")]),
        (part().replace("Content-Disposition", "content-disposition") + "--b--", [("a", "1")]),
        (part('form-data; name="f"; filename="x"', "\udcff") + part() + "--b--", [("a", "1")]),
    ],
)
def test_fields(body, fields):
    """Names and texts in their order; a file is left out, whatever it holds."""
    assert decoded(body) == fields


@pytest.mark.parametrize(
    "body",
    [
        "",
        "--",
        "--\r\n",
        "--b",
        "--b--",
        "--b--\r\n",
        "preamble\r\n" + part() + "--b--",
        part(),
        part() + "--b",
        part() + "--b--\r\nepilogue",
        part() + "--b-- ",
        part().replace("\r\n", "\n") + "--b--",
        part() + "--bc\r\n\r\n\r\n--b--",
        "--b\r\n\r\n1\r\n--b--",
        "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--",
        part("form-data") + "--b--",
        part(content="\udcff") + "--b--",
        part('form-data; name="\udcff"') + "--b--",
        part(head="X: " + "x" * LONGEST_HEAD + "\r\n") + "--b--",
        part().replace("--b", "--" + "b" * 71) + "--" + "b" * 71 + "--",
    ],
)
def test_what_is_no_such_form(body):
    """No line ends of other kinds, nothing before or after, no part without a name."""
    with pytest.raises(BadBody):
        decoded(body)


def test_parts_are_bounded():
    """Files count."""
    two = part() + part('form-data; name="f"; filename="x"') + "--b--"
    assert len(decoded(two, most=2)) == 1
    with pytest.raises(BadBody, match="too many"):
        decoded(two, most=1)


def test_the_longest_boundary_and_head_are_read():
    """Bounds are inclusive; one byte more is no such form."""
    longest = "--" + "b" * LONGEST_BOUNDARY
    assert decoded((part() + "--b--").replace("--b", longest)) == [("a", "1")]
    head = part().partition("\r\n\r\n")[0].removeprefix("--b")
    padding = LONGEST_HEAD - len(head) - len("X: \r\n")
    assert decoded(part(head="X: " + "x" * padding + "\r\n") + "--b--") == [("a", "1")]
    with pytest.raises(BadBody):
        decoded(part(head="X: " + "x" * (padding + 1) + "\r\n") + "--b--")


def test_what_is_written_reads_the_same():
    """With the boundary of the form that it replaces."""
    pairs = [("a", "1"), ("json", '{"x":"\u00fc"}')]
    written = encode_multipart(pairs, part().encode())
    assert decode_multipart(written, 10) == pairs
    assert written.startswith(b"--b\r\n")
    with pytest.raises(BadBody):
        encode_multipart(pairs, b"")
