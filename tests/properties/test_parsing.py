"""Bytes become values, or one kind of error."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus, urlencode

import msgspec.json
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hookkit import (
    JSON,
    Form,
    Header,
    Limits,
    Parser,
    Provider,
    Raw,
    Request,
    RequestError,
    Text,
    Token,
    providers,
)
from hookkit.decoding import BOM, Decoder, decode_json, nesting, standard_decoder
from hookkit.errors import BadBody

DECODERS: dict[str, Decoder] = {"standard": standard_decoder, "msgspec": msgspec.json.decode}
every_decoder = pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS.keys())

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
WRITINGS = st.sampled_from(
    [{}, {"ensure_ascii": False}, {"indent": 1}, {"separators": (",", ":")}, {"sort_keys": True}]
)
written = st.builds(lambda value, how: json.dumps(value, **how).encode(), values, WRITINGS)

PIECES = st.sampled_from(
    [
        *(b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b"\t", b"\r", b"\x0b", b"\x00"),
        *(b'"a"', b'"b"', b'""', b'"', b"'a'", b'"\x1f"', b'"\x7f"', b'"\xc2\x85"', b'"\t"'),
        *(b'"\\n"', b'"\\x"', b'"\\u00e9"', b'"\\u00E9"', b'"\\u12"', b'"\\/"', b'"\\"', b"\\"),
        *(b'"\\ud800"', b'"\\udc00"', b'"\\uD83D\\ude00"', b'"\\ude00\\ud83d"', b'"\\\\ud800"'),
        *(b'"\\ud83d\\ud83d\\ude00"', b'"\\ud83d\\u0041"', b'"\xed\xa0\x80"', b'"\xff"'),
        *(b"0", b"1", b"-0", b"-", b"+1", b"01", b"1.", b".5", b"1.5", b"1e5", b"1E+5", b"1e"),
        *(b"-0.0", b"1e-999", b"1e308", b"123456789012345678901234567890", b"0x1", b"1_0"),
        *(b"true", b"false", b"null", b"True", b"nul", b"NaN", b"Infinity", b"-Infinity"),
        *(b"\xef\xbb\xbf", b"\xc2\xa0", b"\xe2\x80\xa8", b"//", b"#", b"9" * 4300, b"9" * 4301),
    ]
)
assembled = st.lists(PIECES, max_size=10).map(b"".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """JSON with a few bytes put in, taken out or changed."""
    body = bytearray(draw(written))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 2))
        body[place : place + length] = draw(PIECES | st.binary(max_size=2))
    return bytes(body)


json_bodies = written | damaged() | assembled | st.binary(max_size=30) | written.map(BOM.__add__)


def result(decoder: Decoder, body: bytes) -> object:
    """The value as Python writes it, which tells 1 from 1.0 and True; `None` where it is refused."""
    try:
        return repr(decode_json(body, decoder))
    except BadBody:
        return None


@every_decoder
@given(value=values, how=WRITINGS, blanks=st.text(" \t\r\n", max_size=3))
def test_what_json_writes_is_read(
    decoder: Decoder, value: object, how: dict[str, object], blanks: str
) -> None:
    """Every JSON text of every value, with blanks around it and a BOM before."""
    body = f"{blanks}{json.dumps(value, **how)}{blanks}".encode()
    assert result(decoder, body) == repr(json.loads(body))
    assert result(decoder, BOM + body) == repr(json.loads(body))


@every_decoder
@given(body=json_bodies)
def test_agrees_with_json_loads(decoder: Decoder, body: bytes) -> None:
    """What is accepted has the value that json.loads gives; what that refuses is refused."""
    found = result(decoder, body)
    assume(found is not None)
    assert found == repr(json.loads(body.removeprefix(BOM)))


@given(body=json_bodies)
@example(body=b'["' + b"a" * 100 + b'\\ud800"]')
@example(body=b'{"a":1,"a":2}')
@example(body=b"[" * 64 + b"]" * 64)
@example(body=b"1e999")
@example(body=b"-1.8e308")
def test_decoders_agree(body: bytes) -> None:
    """Both give the same verdict and value."""
    assert result(msgspec.json.decode, body) == result(standard_decoder, body)


@every_decoder
@given(depth=st.integers(1, 64), is_array=st.booleans())
def test_nesting_up_to_64_is_read(decoder: Decoder, depth: int, is_array: bool) -> None:
    """64 levels are always accepted, and counted right."""
    opening, closing = (b"[", b"]") if is_array else (b'{"a":', b"}")
    body = opening * depth + b"1" + closing * depth
    assert nesting(decode_json(body, decoder, 64)) == depth
    if depth > 1:
        with pytest.raises(BadBody):
            decode_json(body, decoder, depth - 1)


@every_decoder
@given(depth=st.integers(1, 3000), opening=st.sampled_from([b"[", b'{"a":', b'[{"":']))
@example(depth=100_000, opening=b"[")
@example(depth=100_000, opening=b'{"a":')
def test_any_nesting_is_read_or_refused(decoder: Decoder, depth: int, opening: bytes) -> None:
    """However deep, open or closed: a value or BadBody."""
    closing = opening.translate(bytes.maketrans(b"[{", b"]}"), delete=b'"a:')[::-1]
    result(decoder, opening * depth)
    body = opening * depth + b"1" + closing * depth
    try:
        value = decode_json(body, decoder)
    except BadBody:
        assert depth * len(closing) > 64
    else:
        assert nesting(value) == depth * len(closing)


# Forms.

pairs = st.lists(st.tuples(texts, texts), max_size=12)
FORMS = Provider(name="forms", scheme=Token(Header("X-Token")), accepts=(Form(),))
FORM_MEDIA = {"Content-Type": "application/x-www-form-urlencoded"}


@given(pairs=pairs, how=st.sampled_from([quote, quote_plus]))
def test_form_gives_its_pairs(pairs: list[tuple[str, str]], how: object) -> None:
    """What urlencode writes is read back; of a repeated field the last counts."""
    body = urlencode(pairs, quote_via=how).encode()
    (event,) = Parser(FORMS).parse(Request("POST", FORM_MEDIA, body))
    assert event.payload == dict(pairs)


@given(number=st.integers(1, 30), most=st.integers(1, 30))
def test_form_fields_are_bounded(number: int, most: int) -> None:
    """As many fields as the limit, and not one more."""
    request = Request("POST", FORM_MEDIA, b"&".join([b"a=1"] * number))
    parser = Parser(FORMS, limits=Limits(fields=most))
    try:
        assert parser.parse(request)[0].payload == {"a": "1"}
    except BadBody:
        assert number > most
    else:
        assert number <= most


# Deliveries.

MEDIA = st.sampled_from(
    [
        "application/json",
        "application/json;charset=utf-8",
        "application/cloudevents+json",
        "application/x-www-form-urlencoded",
        "text/plain",
        "image/png",
        "",
    ]
)
NAMES = st.sampled_from(
    ["type", "id", "event", "action", "payload", "object_kind", "data", "created", "event_id"]
)
ODD = st.recursive(
    scalars | st.sampled_from(["", "a" * 256, "\x00", "\u2028", 10**400, 1e308, -1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(NAMES, ODD, max_size=5)
FIELDS = st.dictionaries(NAMES, PAYLOADS.map(json.dumps) | texts, max_size=3)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["X-GitHub-Event", "X-GitHub-Delivery", "X-Gitlab-Event-UUID", "webhook-id", "X-Event"]
    ),
    st.text(st.characters(max_codepoint=0xFF), max_size=300),
    max_size=3,
)
ANYTHING = Provider(
    name="anything",
    scheme=Token(Header("X-Token")),
    accepts=(JSON(batch=True), Form(json_field="payload", optional=True), Text(), Raw()),
    codings=frozenset({"gzip", "deflate"}),
)
PARSED = st.sampled_from([*(getattr(providers, name) for name in providers.names()), ANYTHING])


@given(
    provider=PARSED,
    decoder=st.sampled_from(list(DECODERS.values())),
    body=PAYLOADS.map(json.dumps).map(str.encode)
    | st.lists(PAYLOADS, max_size=3).map(json.dumps).map(str.encode)
    | FIELDS.map(urlencode).map(str.encode)
    | json_bodies,
    media=MEDIA,
    coding=st.sampled_from([None, None, "gzip", "deflate", "identity", "br", ""]),
    headers=HEADERS,
)
def test_parsing_raises_nothing_foreign(
    provider: Provider,
    decoder: Decoder,
    body: bytes,
    media: str,
    coding: str | None,
    headers: dict[str, str],
) -> None:
    """Events with proper names and ids, or a RequestError."""
    fields = {**headers, "Content-Type": media}
    if coding is not None:
        fields["Content-Encoding"] = coding
    try:
        events = Parser(provider, decoder=decoder).parse(Request("POST", fields, body))
    except RequestError:
        return
    for event in events:
        for text in (event.type, event.id or "x", event.delivery_id or "x"):
            assert len(text) <= 255
            assert not any(character in text for character in "\x00\r\n\x1b\x7f\x85\u2028\ud800")
        assert (event.type == "") == (provider.event_type is None)
        assert event.time is None or isinstance(event.time, int | float)
