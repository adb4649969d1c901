import gzip
import sys
import zlib

import msgspec
import pytest

from hookkit.decoding import (
    decode_form,
    decode_json,
    default_decoder,
    inflate,
    nesting,
    standard_decoder,
)
from hookkit.errors import BadBody, BodyTooLarge

msgspec_decoder = msgspec.json.Decoder().decode

DECODERS = pytest.mark.parametrize(
    "decode", [standard_decoder, msgspec_decoder], ids=["standard", "msgspec"]
)

ACCEPTED = [
    (b"{}", {}),
    (b' \t\r\n{"a": [1, 2.5, true, null]} \t\r\n', {"a": [1, 2.5, True, None]}),
    (b"[]", []),
    (b'"a"', "a"),
    (b"5", 5),
    (b"-0", 0),
    (b"null", None),
    (b'\xef\xbb\xbf{"bom": 1}', {"bom": 1}),
    (b'{"a": 1, "a": 2}', {"a": 2}),
    (b'{"": 1}', {"": 1}),
    (b'"\xc3\xa9"', "é"),
    (b'"\\u00e9"', "é"),
    (b'"\\ud83d\\udc31"', "🐱"),
    (b'"\\uD83D\\uDC31\\uD83D\\uDC31"', "🐱🐱"),
    (b'"\\\\ud800"', "\\ud800"),
    (b'"\\\\\\ud83d\\udc31"', "\\🐱"),
    (b'"\\ud7ff\\ue000"', "\ud7ff\ue000"),
    (b'"\\u0000"', "\0"),
    (b'"\x7f"', "\x7f"),
    (b"1e308", 1e308),
    (b"1e-400", 0.0),
    (b"123456789012345678901234567890", 123456789012345678901234567890),
    (b"[" * 64 + b"]" * 64, None),
]

REFUSED = [
    b"",
    b" ",
    b"\xef\xbb\xbf",
    b"\xef\xbb\xbf\xef\xbb\xbf{}",
    b"{",
    b"{}{}",
    b"{} x",
    b"{}\0",
    b"{}\x0b",
    b"\xa0{}",
    "\u2003{}".encode(),
    b"{'a': 1}",
    b'{"a": 1,}',
    b"{1: 1}",
    b"NaN",
    b"[Infinity]",
    b'{"a": -Infinity}',
    b"01",
    b"+1",
    b".5",
    b"1.",
    b"0x10",
    b"1_000",
    b"True",
    b'"\\ud800"',
    b'"\\uDFFF"',
    b'{"\\udc00": 1}',
    b'"\\udc31\\ud83d"',
    b'"\\ud83d\\u0041"',
    b'"\\ud83d\\ud83d\\udc31"',
    b'"\\ud83d"',
    b'"\\\\\\ud800"',
    b'"\\ud83d\\\\udc31"',
    b'"\xed\xa0\x80"',
    b'"\xff"',
    b'"\xc3"',
    b'"\xc0\xaf"',
    b'"\x00"',
    b'"\n"',
    b'"\\x41"',
    b'"\\u12"',
    b'"unended',
    '{"a": 1}'.encode("utf-16"),
    '{"a": 1}'.encode("utf-16-le"),
    '{"a": 1}'.encode("utf-32"),
    b"[" * 100_000 + b"]" * 100_000,
    b"[" * 100_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
]


@DECODERS
@pytest.mark.parametrize(
    ("body", "value"), ACCEPTED, ids=[ascii(body)[:40] for body, _ in ACCEPTED]
)
def test_strict_json(decode, body, value):
    """Both decoders give the same value."""
    found = decode_json(body, decode)
    if value is None and body != b"null":
        assert nesting(found) == 64
    else:
        assert found == value
        assert type(found) is type(value)


@DECODERS
@pytest.mark.parametrize("body", REFUSED, ids=[ascii(body)[:40] for body in REFUSED])
def test_what_is_not_strict_json(decode, body):
    """Both decoders refuse it, with an error that quotes nothing of it."""
    with pytest.raises(BadBody, match="not strict JSON in UTF-8, or is nested too deep") as caught:
        decode_json(body, decode)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("digits", [4300, 4301])
def test_digits_of_an_integer(digits):
    """Python's own limit holds; beyond it reading would take too long."""
    body = b"1" * digits
    if digits <= 4300:
        assert decode_json(body, standard_decoder) == int(body)
    else:
        with pytest.raises(BadBody):
            decode_json(body, standard_decoder)


@DECODERS
@pytest.mark.parametrize(
    "body", [b"1e999", b"[-1e999]", b"1.8e308", b"9" * 310 + b".0", b"1e" + b"9" * 30]
)
def test_a_number_beyond_a_float_is_refused(decode, body):
    """As infinity is no JSON, and what has one cannot be sent on."""
    with pytest.raises(BadBody):
        decode_json(body, decode)


@DECODERS
@pytest.mark.parametrize("body", [b"1.7976931348623157e308", b"1e-999", b"-0.0", b"1.5"])
def test_other_floats_are_read(decode, body):
    assert decode_json(body, decode) == float(body)


@pytest.mark.parametrize(
    ("body", "limit", "refused"),
    [
        (b"[[[]]]", 3, False),
        (b"[[[[]]]]", 3, True),
        (b'{"a": [{}]}', 3, False),
        (b'{"a": [{"b": []}]}', 3, True),
        (b"5", 1, False),
        (b"[[[]]]", None, False),
    ],
)
def test_a_bound_on_nesting(body, limit, refused):
    """At the bound it is accepted, one more is not."""
    if not refused:
        assert decode_json(body, standard_decoder, limit) is not None
        return
    with pytest.raises(BadBody, match="more than 3 levels"):
        decode_json(body, standard_decoder, limit)


@pytest.mark.parametrize(
    ("value", "levels"),
    [
        (5, 0),
        ("[[", 0),
        (None, 0),
        ([], 1),
        ({}, 1),
        ([1, [2], {"a": [3]}], 3),
        ({"a": {}, "b": {"c": {"d": 1}}}, 3),
    ],
    ids=repr,
)
def test_nesting(value, levels):
    """Counts arrays and objects inside each other."""
    assert nesting(value) == levels


def test_nesting_does_not_recurse():
    """A value deeper than Python's stack is counted, too."""
    value: list = []
    for _ in range(99_999):
        value = [value]
    assert nesting(value) == 100_000
    while value:  # and it must not be freed by recursion either
        value = value.pop()


@pytest.mark.parametrize("error", [ValueError, RecursionError, UnicodeDecodeError], ids=repr)
def test_a_decoder_of_the_users_own(error):
    """What it raises by contract is a BadBody; it gets the body less a BOM."""
    seen = []

    def decode(body):
        seen.append(body)
        raise (
            error("utf-8", b"x", 0, 1, "no") if error is UnicodeDecodeError else error("hunter2")
        )

    with pytest.raises(BadBody) as caught:
        decode_json(b"\xef\xbb\xbf\xef\xbb\xbfx", decode)
    assert seen == [b"\xef\xbb\xbfx"]
    assert "hunter2" not in str(caught.value)


def test_the_default_decoder_is_msgspecs():
    """Where the extra is installed."""
    decode = default_decoder()
    assert isinstance(decode.__self__, msgspec.json.Decoder)
    assert decode(b'{"a": [1, "\\u00e9"]}') == {"a": [1, "é"]}


def test_the_default_decoder_without_the_extra(monkeypatch):
    """Is the standard library's."""
    monkeypatch.setitem(sys.modules, "msgspec.json", None)
    assert default_decoder() is standard_decoder


# Forms

FORMS = [
    (b"", []),
    (b"a=1&b=2", [("a", "1"), ("b", "2")]),
    (b"a=", [("a", "")]),
    (b"=a", [("", "a")]),
    (b"a=b=c", [("a", "b=c")]),
    (b"a=1&a=2", [("a", "1"), ("a", "2")]),
    (b"a=+%2B%20", [("a", " + ")]),
    (b"a=%C3%A9", [("a", "é")]),
    (b"a=%00", [("a", "\0")]),
    (b"a;b=1;c=2", [("a;b", "1;c=2")]),
]


@pytest.mark.parametrize(("body", "pairs"), FORMS, ids=[repr(body) for body, _ in FORMS])
def test_a_form(body, pairs):
    """Names and values in order, blank ones, too."""
    assert decode_form(body, 1000) == pairs


@pytest.mark.parametrize(
    "body",
    [
        b"a",
        b"a=1&",
        b"&a=1",
        b"a=1&&b=2",
        b"a=%",
        b"a=%4",
        b"a=%zz",
        b"%=a",
        b"a=%u0041",
        b"a=%ff",
        b"a=%ED%A0%80",
        b"a=\xc3\xa9",
        b"a=\xff",
    ],
    ids=repr,
)
def test_what_is_no_form(body):
    """Is refused: a lenient reading could be another than the sender's."""
    with pytest.raises(BadBody):
        decode_form(body, 1000)


def test_fields_of_a_form_at_the_limit_and_one_over():
    """A bound on fields."""
    assert len(decode_form(b"&".join([b"a=1"] * 10), 10)) == 10
    with pytest.raises(BadBody, match="too many fields"):
        decode_form(b"&".join([b"a=1"] * 11), 10)


# Content codings

SQUEEZE = {"gzip": gzip.compress, "deflate": zlib.compress}
CODINGS = pytest.mark.parametrize("coding", SQUEEZE)


@CODINGS
@pytest.mark.parametrize("plain", [b"", b"a", b"a" * 1000], ids=["empty", "one", "at the limit"])
def test_inflate(coding, plain):
    """Up to the limit, inclusive."""
    assert inflate(SQUEEZE[coding](plain), coding, 1000) == plain


@CODINGS
@pytest.mark.parametrize("size", [1001, 50_000_000], ids=["one over", "a bomb"])
def test_inflate_stops_at_the_limit(coding, size):
    """What would be larger is refused, however small it came."""
    with pytest.raises(BodyTooLarge):
        inflate(SQUEEZE[coding](b"\0" * size), coding, 1000)


@CODINGS
@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: b"",
        lambda body: b"plain",
        lambda body: body[:-1],
        lambda body: body[: len(body) // 2],
        lambda body: body + b"x",
        lambda body: body + body,
        lambda body: body[:-4] + b"\0\0\0\0",
        lambda body: zlib.compress(b"abc" * 10, wbits=-15),
        lambda body: (zlib if body[0] == 0x1F else gzip).compress(b"abc" * 10),
    ],
    ids=[
        "empty",
        "plain",
        "cut by one",
        "cut in half",
        "more",
        "twice",
        "checksum",
        "raw deflate",
        "the other",
    ],
)
def test_what_is_not_of_that_coding(coding, spoil):
    """Cut short, prolonged, of another coding: refused."""
    with pytest.raises(BadBody, match=coding):
        inflate(spoil(SQUEEZE[coding](b"abc" * 10)), coding, 1000)


def test_json_sent_as_a_form_is_told_apart():
    """What curl -d does without a header is the first mistake that anyone makes."""
    with pytest.raises(BadBody, match="set Content-Type: application/json"):
        decode_form(b' {"message": 1}', 10)
