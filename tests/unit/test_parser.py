"""`Parser` alone: media types, formats, batches, names, ids, times, compression and limits."""

import gzip
import json
import zlib
from collections import OrderedDict
from urllib.parse import urlencode

import pytest

from hookkit import (
    HMAC,
    JSON,
    Form,
    Header,
    Joined,
    Limits,
    Parser,
    Pointer,
    Provider,
    Raw,
    Request,
    Text,
    Token,
    Verdict,
    providers,
)
from hookkit.errors import BadBody, BadEventId, BadEventName, BodyTooLarge, UnsupportedMedia
from hookkit.formats import FORM_MEDIA, XML, Multipart
from hookkit.multipart import encode_multipart

BOM = b"\xef\xbb\xbf"
SCHEME = Token(Header("X-Token"))


def provider(**facts: object) -> Provider:
    return Provider(**{"name": "acme", "scheme": SCHEME, **facts})


everything = provider(accepts=(JSON(batch=True), Form(), Text(), Raw()))
named = provider(event_type=Pointer("/type"), event_id=Pointer("/id"), delivery_id=Header("X-Id"))


def request(body: bytes = b"{}", media: str | None = "application/json", **headers: str) -> Request:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if media is not None:
        fields["Content-Type"] = media
    return Request(headers=fields, body=body)


def payload(who: Provider, *args: object, limits: Limits | None = None, **kwargs: str) -> object:
    return Parser(who, limits=limits).payload(request(*args, **kwargs))


def test_works_alone():
    """A parser needs a provider and a request; it does not verify."""
    (event,) = Parser(providers.github).parse(
        request(b'{"action": "opened"}', X_GitHub_Event="issues", X_GitHub_Delivery="1-2")
    )
    assert (event.type, event.delivery_id, event.payload) == (
        "issues.opened",
        "1-2",
        {"action": "opened"},
    )
    assert (event.source, event.verdict.key) == ("github", -1)


def test_a_body_that_came_encrypted_is_read_in_the_clear():
    """The verdict has it; the event keeps the request as it came."""
    (event,) = Parser(named).parse(request(b"{}"), Verdict(0, plain=b'{"type":"a"}'))
    assert (event.type, event.request.body) == ("a", b"{}")


@pytest.mark.parametrize(
    ("query", "value"),
    [("", {}), ("?a=1&b=%20&a=2", {"a": "2", "b": " "}), ("?a=", {"a": ""})],
)
def test_a_get_is_read_like_a_form(query, value):
    """Whatever its media type says: it has no body."""
    sent = Request("GET", {"Content-Type": "text/x"}, url=f"https://h.example/in{query}")
    assert Parser(named).payload(sent) == value


@pytest.mark.parametrize(
    "query", ["a=%zz", "a", "a=%ff", "\u00e9=1", "\udcff=1", "&".join(["a=1"] * 1001)]
)
def test_a_query_is_as_strict_and_bounded_as_a_form(query):
    """The same reader reads it."""
    with pytest.raises(BadBody):
        Parser(named).payload(Request("GET", url=f"https://h.example/in?{query}"))


MULTIPART = "multipart/form-data; boundary=b"


def parts(**fields: str) -> bytes:
    return encode_multipart(list(fields.items()), b"--b\r\n")


def test_a_form_of_several_parts():
    """A dictionary of its texts, or the JSON in one of them."""
    assert payload(provider(accepts=(Multipart(),)), parts(a="1", b="2"), MULTIPART) == {
        "a": "1",
        "b": "2",
    }
    in_field = provider(accepts=(Multipart(json_field="json"),))
    assert payload(in_field, parts(x="", json='{"a":1}'), MULTIPART) == {"a": 1}
    for wrong in (parts(x="{}"), parts(json="[]"), parts(json="{"), b"", b"json={}"):
        with pytest.raises(BadBody):
            payload(in_field, wrong, MULTIPART)


def test_xml():
    """The body, or base64 of it in a field of a form."""
    whole = provider(accepts=(XML(),))
    for media in ("text/xml", "application/xml; charset=utf-8"):
        assert payload(whole, b"<x><a>1</a></x>", media) == {"a": "1"}
    inside = provider(accepts=(XML(media=FORM_MEDIA, base64_field="p"),))
    assert payload(inside, b"p=PHg%2B%0APGE%2BMTwvYT48L3g%2B%0A", FORM_MEDIA[0]) == {"a": "1"}
    for wrong in (b"", b"p=", b"p=!", b"q=PHgvPg%3D%3D", b"p=PHgvPg%3D%3D&p=PHgvPg%3D%3D"):
        with pytest.raises(BadBody):
            payload(inside, wrong, FORM_MEDIA[0])


def test_verdict_and_source_are_handed_on():
    """What the verifier found, and the receiver's name, are the event's."""
    verdict = Verdict(1, 5.0, 2.0)
    (event,) = Parser(everything).parse(request(), verdict, "acme-eu")
    assert event.verdict is verdict
    assert event.source == "acme-eu"


def test_the_event_keeps_the_very_request():
    """`event.request.body` are the bytes that arrived."""
    sent = request(b' {"a" : 1}\n')
    (event,) = Parser(everything).parse(sent)
    assert event.request is sent
    assert event.payload == {"a": 1}


# Media types.


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "APPLICATION/JSON",
        "Application/Json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/json; charset=utf8",
        "application/json ; charset=utf-8",
        "application/json\t;\tCHARSET = utf-8",
        "application/json; profile=x; charset=utf-8",
        "application/json; version=1",
        "application/json;",
    ],
)
def test_a_media_type_in_any_writing(media):
    """Case, blanks and parameters do not matter, and UTF-8 may be named."""
    assert payload(provider(), b'{"a":1}', media) == {"a": 1}


@pytest.mark.parametrize(
    "media",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/json+x",
        "application/jsonx",
        "application/x-www-form-urlencoded",
        "*/*",
        "json",
        ";charset=utf-8",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; charset",
        "application/json; charset=",
        "application/json; charset=utf-8; charset=latin-1",
        "application/json, application/json",
    ],
)
def test_any_other_media_type_is_unsupported(media):
    """What the provider does not declare is a 415, as is any charset but UTF-8."""
    with pytest.raises(UnsupportedMedia):
        payload(provider(), b"{}", media)


@pytest.mark.parametrize("media", ["application/octet-stream", None, "x", "*/*", "a; b=c"])
def test_raw_takes_whatever_no_other_format_takes(media):
    """`Raw` hands over bytes, whatever they say they are."""
    assert payload(everything, b"\xff\x00", media) == b"\xff\x00"


def test_raw_refuses_another_charset_too():
    """A charset that is not ours is refused whatever the format."""
    with pytest.raises(UnsupportedMedia):
        payload(everything, b"\xff", "text/csv; charset=utf-16")


def test_a_format_may_have_media_types_of_its_own():
    """A provider declares what its JSON is called."""
    who = provider(accepts=(JSON(media=("application/cloudevents+json", "application/json")),))
    assert payload(who, b"{}", "application/cloudevents+json; charset=utf-8") == {}
    assert payload(who, b"{}", "application/json") == {}


# JSON.


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": [1, 2.5, true, null, "\xc3\xa9"]}', {"a": [1, 2.5, True, None, "é"]}),
        (BOM + b"{}", {}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b" {}\r\n", {}),
    ],
    ids=["values", "bom", "twice", "blanks"],
)
def test_json(body, expected):
    """JSON is an object in UTF-8; a BOM is skipped, and of a repeated key the last counts."""
    assert payload(provider(), body) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b"true",
        b"{} {}",
        b'{"a": NaN}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        '{"a": 1}'.encode("utf-16"),
        BOM + BOM + b"{}",
        b"[" * 200_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_object_is_refused(body):
    """Anything but a strict JSON object is a 400."""
    with pytest.raises(BadBody):
        payload(provider(), body)


@pytest.mark.parametrize("body", [b"[]", b'[{"a": 1}, 2]', b"{}"])
def test_json_of_a_batch_may_be_an_array(body):
    """Where the provider declares it, an array is a payload as well."""
    assert payload(everything, body) == json.loads(body)


def test_json_of_a_batch_is_still_no_single_value():
    """A batch is an array or an object, and nothing else."""
    with pytest.raises(BadBody, match="no object and no array"):
        payload(everything, b"1")


@pytest.mark.parametrize(("depth", "fits"), [(3, True), (4, False)])
def test_limit_on_nesting(depth, fits):
    """`Limits(nesting=…)` counts levels of arrays and objects."""
    body = b'{"a":' * depth + b"1" + b"}" * depth
    if fits:
        assert payload(provider(), body, limits=Limits(nesting=3)) == json.loads(body)
        return
    with pytest.raises(BadBody, match="more than 3 levels"):
        payload(provider(), body, limits=Limits(nesting=3))


def test_sixty_four_levels_are_always_taken():
    """The default leaves the bound to the decoder, never below 64."""
    body = b'{"a":' * 64 + b"1" + b"}" * 64
    assert payload(provider(), body) == json.loads(body)


# A decoder of one's own.


def test_a_decoder_of_ones_own():
    """`decoder=` gets the bytes without a BOM, and its value is the payload."""
    seen = []

    def decode(body: bytes) -> object:
        seen.append(body)
        return OrderedDict(a=1)

    parser = Parser(provider(), decoder=decode)
    assert parser.payload(request(BOM + b'{"a": 1}')) == {"a": 1}
    assert seen == [b'{"a": 1}']


@pytest.mark.parametrize("error", [ValueError, RecursionError, UnicodeDecodeError])
def test_a_decoder_that_refuses(error):
    """A decoder's ValueError or RecursionError is a 400 that quotes nothing."""

    def decode(body: bytes) -> object:
        if error is UnicodeDecodeError:
            body.decode("ascii")
        raise error("private")

    with pytest.raises(BadBody) as caught:
        Parser(provider(), decoder=decode).payload(request(b'{"private": "\xff"}'))
    assert "private" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [None, "text", 1, (1, 2)], ids=repr)
def test_a_decoder_that_gives_no_object(value):
    """Its value is judged as any other: an object, or with a batch an array."""
    with pytest.raises(BadBody):
        Parser(everything, decoder=lambda body: value).payload(request())


# Forms.

form = provider(accepts=(Form(),))
form_json = provider(accepts=(Form(json_field="payload"),))
either = provider(accepts=(Form(json_field="payload", optional=True),))
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", {}),
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=", {"a": ""}),
        (b"=1", {"": "1"}),
        (b"a=x+y%20z%2B", {"a": "x y z+"}),
        (b"%C3%A9=%f0%9f%90%b1", {"é": "🐱"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1;b=2", {"a": "1;b=2"}),
    ],
    ids=str,
)
def test_forms(body, expected):
    """A form is a dictionary of texts; of a repeated field the last counts."""
    assert payload(form, body, FORM) == expected


@pytest.mark.parametrize(
    "body",
    [b"a", b"a=1&", b"&a=1", b"a=1&&b=2", b"a=%", b"a=%2", b"a=%zz", b"a=%ff", b"a=\xc3\xa9"],
    ids=str,
)
def test_what_is_no_form_is_refused(body):
    """Bad escapes, bytes that are not UTF-8 and fields without "=" are a 400."""
    with pytest.raises(BadBody):
        payload(form, body, FORM)


@pytest.mark.parametrize(("count", "fits"), [(1, True), (3, True), (4, False)])
def test_limit_on_fields(count, fits):
    """`Limits(fields=…)` counts the fields of a form."""
    body = b"&".join(b"f%d=x" % n for n in range(count))
    if fits:
        assert len(payload(form, body, FORM, limits=Limits(fields=3))) == count
        return
    with pytest.raises(BadBody):
        payload(form, body, FORM, limits=Limits(fields=3))


def test_a_thousand_fields_by_default():
    """The default takes a thousand fields and not one more."""
    fields = [b"f%d=" % n for n in range(1001)]
    assert len(payload(form, b"&".join(fields[:1000]), FORM)) == 1000
    with pytest.raises(BadBody):
        payload(form, b"&".join(fields), FORM)


@pytest.mark.parametrize(
    ("who", "fields", "expected"),
    [
        (form_json, [("payload", '{"a": "é+"}')], {"a": "é+"}),
        (form_json, [("x", "1"), ("payload", "{}"), ("y", "2")], {}),
        (either, [("payload", '{"a": 1}')], {"a": 1}),
        (either, [("command", "/go"), ("text", "now")], {"command": "/go", "text": "now"}),
        (either, [], {}),
    ],
    ids=["json", "among-others", "optional-there", "optional-not", "optional-empty"],
)
def test_json_in_a_form(who, fields, expected):
    """The field that the provider declares is the payload, as JSON."""
    assert payload(who, urlencode(fields).encode(), FORM) == expected


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        (form_json, [("x", "{}")]),
        (form_json, []),
        (form_json, [("payload", "{}"), ("payload", "{}")]),
        (either, [("payload", "{}"), ("payload", '{"a": 1}')]),
        (form_json, [("payload", "")]),
        (either, [("payload", "")]),
        (form_json, [("payload", "[]")]),
        (form_json, [("payload", '{"a": NaN}')]),
    ],
    ids=["missing", "empty", "twice", "optional-twice", "blank", "optional-blank", "array", "nan"],
)
def test_json_in_a_form_is_there_once_and_strict(who, fields):
    """A field that is missing, repeated or no JSON object is a 400."""
    with pytest.raises(BadBody):
        payload(who, urlencode(fields).encode(), FORM)


def test_nesting_counts_inside_a_form_too():
    """The limits on JSON hold wherever JSON comes from."""
    body = urlencode({"payload": '{"a": {"b": {}}}'}).encode()
    with pytest.raises(BadBody, match="more than 2 levels"):
        payload(form_json, body, FORM, limits=Limits(nesting=2))


# Text and bytes.


def test_text():
    """Plain text is handed over as it is, as text."""
    assert payload(everything, BOM + "é\n".encode(), "text/plain; charset=utf-8") == "\ufeffé\n"


def test_text_that_is_not_utf8():
    """Text is UTF-8."""
    with pytest.raises(BadBody, match="not UTF-8"):
        payload(everything, b"\xff", "text/plain")


@pytest.mark.parametrize(
    ("media", "body", "kind"),
    [
        ("application/json", b"{}", dict),
        ("application/json", b"[]", list),
        (FORM, b"a=1", dict),
        ("text/plain", b"x", str),
        ("image/png", b"\x89PNG", bytes),
        (None, b"", bytes),
    ],
    ids=["object", "array", "form", "text", "bytes", "untyped"],
)
def test_the_token_provider_takes_everything(media, body, kind):
    """`providers.token` hands over whatever home-made senders send; its events have no name."""
    (event,) = Parser(providers.token).parse(request(body, media))
    assert type(event.payload) is kind
    assert (event.type, event.id, event.delivery_id, event.time) == ("", None, None, None)


# Batches.

batched = provider(
    accepts=(JSON(batch=True),),
    batch=Pointer("/events"),
    event_type=Pointer("/type"),
    event_id=Pointer("/id"),
    delivery_id=Pointer("/batch"),
)
list_of_all = provider(
    accepts=(JSON(batch=True),),
    batch=Pointer(""),
    event_type=Joined(Header("X-Kind"), Pointer("/type")),
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"batch": "b1", "events": []}', []),
        (b'{"batch": "b1", "events": [{"type": "a", "id": "1"}]}', [("a", "1", "b1")]),
        (
            b'{"events": [{"type": "a"}, {"type": "b", "id": "2"}]}',
            [("a", None, None), ("b", "2", None)],
        ),
    ],
    ids=["none", "one", "several"],
)
def test_a_delivery_carries_none_one_or_several_events(body, expected):
    """Each item of the declared array is an event; ids of the delivery are taken from the whole."""
    events = Parser(batched).parse(request(body))
    assert [(event.type, event.id, event.delivery_id) for event in events] == expected


def test_an_array_may_be_the_whole_body():
    """A header counts for every event of the batch, a pointer looks into each."""
    events = Parser(list_of_all).parse(request(b'[{"type": "x"}, {}]', X_Kind="k"))
    assert [event.type for event in events] == ["k.x", "k"]
    assert [event.payload for event in events] == [{"type": "x"}, {}]


@pytest.mark.parametrize(
    "body", [b"{}", b'{"events": {}}', b'{"events": null}', b'{"events": "x"}', b"[]"], ids=str
)
def test_a_batch_that_is_not_there(body):
    """No array where the provider declares one is a 400."""
    with pytest.raises(BadBody, match="array of events"):
        Parser(batched).parse(request(body))


@pytest.mark.parametrize("item", [b"1", b"null", b'"x"', b"[]", b"{}"], ids=str)
def test_one_bad_event_refuses_the_batch(item):
    """An item without a name is a 400 for all: nothing is lost in silence."""
    with pytest.raises(BadEventName):
        Parser(batched).parse(request(b'{"events": [{"type": "a"}, ' + item + b"]}"))


def test_events_of_a_payload_that_was_read_before():
    """`payload` and `events` are the two halves of `parse`."""
    parser = Parser(batched)
    sent = request(b'{"events": [{"type": "a"}]}')
    (event,) = parser.events(sent, parser.payload(sent))
    assert (event.type, event.source) == ("a", "acme")


# Names and ids.

GOOD = [
    ("a", "short"),
    ("x" * 255, "longest"),
    ("é" * 255, "longest-beyond-ascii"),
    ("*", "star"),
    ("pull_request.*", "wildcard"),
    ("a b", "blank"),
    (" a ", "blanks-around"),
    ("a\xa0b", "no-break-space"),
    ("🐱", "astral"),
]
BAD = [
    ("", "empty"),
    ("x" * 256, "too-long"),
    ("é" * 256, "too-long-beyond-ascii"),
    ("a\nb", "newline"),
    ("a\tb", "tab"),
    ("a\0", "nul"),
    ("\x7f", "delete"),
    ("\x85", "c1"),
    ("\x9f", "c1-last"),
    ("\u2028", "line-separator"),
    ("\u2029", "paragraph-separator"),
    (0, "zero"),
    (1, "number"),
    (1.5, "fraction"),
    (True, "true"),
    (False, "false"),
    ([], "array"),
    (["a"], "array-of-text"),
    ({}, "object"),
]


def rows(table: list[tuple[object, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("value", [pytest.param(v, id=label) for v, label in table])


@rows(GOOD)
def test_names_and_ids_that_are_taken(value):
    """1 to 255 printable characters are taken as they are."""
    (event,) = Parser(named).parse(request(json.dumps({"type": value, "id": value}).encode()))
    assert (event.type, event.id) == (value, value)


@rows([*BAD, (None, "null")])
def test_names_that_are_refused(value):
    """Any other name is a 400, as is a missing one."""
    with pytest.raises(BadEventName):
        Parser(named).parse(request(json.dumps({"type": value, "id": "1"}).encode()))


@rows(BAD)
def test_ids_that_are_refused(value):
    """An id that is there is text, of the same form as names."""
    with pytest.raises(BadEventId):
        Parser(named).parse(request(json.dumps({"type": "a", "id": value}).encode()))


@pytest.mark.parametrize("body", [b'{"type":"a"}', b'{"type":"a","id":null}'], ids=str)
def test_an_id_may_be_missing(body):
    """Null says nothing, like a key that is not there."""
    (event,) = Parser(named).parse(request(body))
    assert event.id is None


def test_a_missing_name_is_refused():
    """Where the provider declares a name there is one."""
    with pytest.raises(BadEventName):
        Parser(named).parse(request(b'{"id":"1"}'))


@pytest.mark.parametrize("value", ["", "a\x01", "x" * 256], ids=["empty", "control", "long"])
def test_a_delivery_id_is_judged_too(value):
    """The same holds for the id of the delivery."""
    with pytest.raises(BadEventId):
        Parser(named).parse(request(b'{"type":"a"}', X_Id=value))


def test_a_half_of_a_surrogate_pair_is_no_name():
    """A decoder of one's own may let through what no store can keep."""
    parser = Parser(named, decoder=lambda body: {"type": "\ud800"})
    with pytest.raises(BadEventName):
        parser.parse(request())


def test_limit_on_names():
    """`Limits(name=…)` bounds names and ids."""
    parser = Parser(named, limits=Limits(name=3))
    assert parser.parse(request(b'{"type":"abc","id":"abc"}'))[0].type == "abc"
    with pytest.raises(BadEventName):
        parser.parse(request(b'{"type":"abcd"}'))
    with pytest.raises(BadEventId):
        parser.parse(request(b'{"type":"abc","id":"abcd"}'))


def test_without_a_declared_name_the_type_is_empty():
    """Such events are heard by on("*") alone."""
    (event,) = Parser(provider()).parse(request(b'{"type":"a"}'))
    assert event.type == ""


# Time.


@pytest.mark.parametrize(
    ("unit", "found", "expected"),
    [
        ("s", 1_700_000_000, 1_700_000_000),
        ("s", "1700000000", 1_700_000_000),
        ("s", 1_700_000_000.25, 1_700_000_000),
        ("s", 0, 0),
        ("ms", 1_700_000_000_250, 1_700_000_000.25),
        ("ms", "1700000000250", 1_700_000_000.25),
        ("rfc3339", "2023-11-14T22:13:20Z", 1_700_000_000),
        ("rfc3339", "2023-11-14T23:13:20.5+01:00", 1_700_000_000.5),
        ("rfc3339", 1_700_000_000, None),
        ("rfc3339", "2023-13-14T22:13:20Z", None),
        ("s", -1, None),
        ("s", "01", None),
        ("s", " 1", None),
        ("s", "1e3", None),
        ("s", 1e300, None),
        ("s", float("inf"), None),
        ("s", 10**400, None),
        ("ms", 10**400, None),
        ("s", True, None),
        ("s", None, None),
        ("s", [1], None),
        ("s", {}, None),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_event_time(unit, found, expected):
    """A time is read as declared; one that cannot be read is no reason to refuse the event."""
    who = provider(event_time=Pointer("/at"), time_unit=unit)
    (event,) = Parser(who, decoder=lambda body: {"at": found}).parse(request())
    assert event.time == expected


def test_a_time_that_is_not_there():
    """Without a time the event has none."""
    (event,) = Parser(provider(event_time=Pointer("/at"))).parse(request())
    assert event.time is None


# Compression.

packed = provider(codings=frozenset({"gzip", "deflate"}), max_body=1000)
CODINGS = pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)


@CODINGS
@pytest.mark.parametrize("written", [str, str.upper, " {}\t".format], ids=["plain", "upper", "ows"])
def test_compressed_bodies(coding, pack, written):
    """Where the provider declares it, a body is inflated; the request keeps the packed bytes."""
    sent = request(pack(b'{"a": 1}'), Content_Encoding=written(coding))
    (event,) = Parser(packed).parse(sent)
    assert event.payload == {"a": 1}
    assert event.request.body == pack(b'{"a": 1}')


@pytest.mark.parametrize("coding", ["", "identity", "IDENTITY", " identity "])
def test_no_coding_at_all(coding):
    """A header that says that nothing was done changes nothing."""
    assert payload(provider(), b'{"a":1}', Content_Encoding=coding) == {"a": 1}


@pytest.mark.parametrize(
    ("who", "coding"),
    [
        (provider(), "gzip"),
        (provider(codings=frozenset({"deflate"})), "gzip"),
        (packed, "br"),
        (packed, "gzip, gzip"),
        (packed, "x-gzip"),
        (packed, "\xa0gzip"),
    ],
    ids=["none-declared", "another-declared", "unknown", "twice", "alias", "odd-blank"],
)
def test_any_other_coding_is_unsupported(who, coding):
    """What is not declared is a 415, and is not inflated."""
    with pytest.raises(UnsupportedMedia):
        payload(who, gzip.compress(b"{}"), Content_Encoding=coding)


@CODINGS
def test_a_body_inflates_up_to_the_limit(coding, pack):
    """The limit is inclusive, and is that of the body."""
    body = b'{"a": "' + b"x" * 991 + b'"}'
    assert len(body) == 1000
    assert payload(packed, pack(body), Content_Encoding=coding) == json.loads(body)
    with pytest.raises(BodyTooLarge):
        payload(packed, pack(body + b" "), Content_Encoding=coding)


@CODINGS
def test_a_bomb_is_stopped_early(coding, pack):
    """A few bytes that would become many are refused without making them."""
    bomb = pack(b"\0" * 20_000_000)
    assert len(bomb) < 25_000
    with pytest.raises(BodyTooLarge):
        payload(packed, bomb, Content_Encoding=coding)


def test_max_body_bounds_what_is_inflated():
    """A receiver's own limit counts in place of the provider's."""
    parser = Parser(packed, max_body=5)
    assert parser.payload(request(gzip.compress(b"{   }"), Content_Encoding="gzip")) == {}
    with pytest.raises(BodyTooLarge):
        parser.payload(request(gzip.compress(b"{    }"), Content_Encoding="gzip"))


@CODINGS
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda packed: packed[:-1], id="cut-short"),
        pytest.param(lambda packed: packed[:5], id="cut-shorter"),
        pytest.param(lambda packed: b"", id="empty"),
        pytest.param(lambda packed: packed + b"x", id="trailing"),
        pytest.param(lambda packed: packed + packed, id="twice"),
        pytest.param(lambda packed: b"{}", id="not-packed"),
        pytest.param(lambda packed: packed[:-1] + b"\xff", id="wrong-checksum"),
    ],
)
def test_spoilt_compression(coding, pack, spoil):
    """What is cut short, goes on or is not packed at all is a 400."""
    with pytest.raises(BadBody):
        payload(packed, spoil(pack(b'{"a": 1}')), Content_Encoding=coding)


# Slack's three shapes.


@pytest.mark.parametrize(
    ("media", "body", "name"),
    [
        (
            "application/json",
            b'{"type": "event_callback", "event": {"type": "app_mention"}, "event_id": "Ev1"}',
            "app_mention",
        ),
        (FORM, urlencode({"command": "/weather", "text": "94070"}).encode(), "/weather"),
        (FORM, urlencode({"payload": '{"type": "block_actions"}'}).encode(), "block_actions"),
    ],
    ids=["event", "command", "interaction"],
)
def test_slack(media, body, name):
    """Events, commands and interactions come to one URL in three shapes."""
    (event,) = Parser(providers.slack).parse(request(body, media))
    assert event.type == name


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b'{"type": "event_callback"}'),
        ("application/json", b'{"type": "event_callback", "event": "app_mention"}'),
        ("application/json", b"{}"),
        (FORM, b"text=1"),
        (FORM, b""),
    ],
    ids=["no-event", "event-of-text", "nothing", "no-command", "empty-form"],
)
def test_slack_without_a_name(media, body):
    """A shape that names nothing is a 400."""
    with pytest.raises(BadEventName):
        Parser(providers.slack).parse(request(body, media))


def test_a_provider_with_signed_bytes_is_parsed_alike():
    """Parsing knows nothing of schemes: the same body gives the same event."""
    signed = named.replace(scheme=HMAC(signature=Header("X-Signature")))
    sent = request(b'{"type": "a", "id": "1"}')
    assert repr(Parser(signed).parse(sent)) == repr(Parser(named).parse(sent))
