import pytest

from hookkit import ConfigError, Request
from hookkit.errors import BadTimestamp, MalformedCredential, MissingCredential
from hookkit.schemes.template import SECRET, Content, compile_layout

REQUEST = Request(
    "POST",
    {"X-A": " a\t", "X-Empty": "", "X-Wide": "\u0100", "X-Latin": "é"},
    b"the body",
    url="https://h.example/a%20b?c=d&e=%C3%A9",
)


def _render(template, timestamp=b"1700000000", message_id=b"msg_1", request=REQUEST):
    return b"".join(Content(template).render(request, timestamp, message_id))


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{body}", b"the body"),
        ("v0:{timestamp}:{body}", b"v0:1700000000:the body"),
        ("{id}.{timestamp}.{body}", b"msg_1.1700000000.the body"),
        ("{id}{timestamp}{body}", b"msg_11700000000the body"),
        ("{timestamp}.{id}", b"1700000000.msg_1"),
        ("{body}{body}", b"the bodythe body"),
        ("{method} {url}", b"POST https://h.example/a%20b?c=d&e=%C3%A9"),
        ("{path}?{query}", b"/a%20b?c=d&e=%C3%A9"),
        ("{query:c}-{query:e}", b"d-\xc3\xa9"),
        ("{header:X-A}|{header:x-a}", b"a|a"),
        ("{header:X-Empty}|{body}", b"|the body"),
        ("{header:X-Latin}", b"\xe9"),
        ("é{body}", "é".encode() + b"the body"),
        ("a\nb\0{body}", b"a\nb\0the body"),
        ("{body}{secret}", b"the body" + SECRET),
        ("%s %(a)s $body {body}", b"%s %(a)s $body the body"),
    ],
)
def test_content(template, text):
    """Parts and literal text, byte for byte."""
    assert _render(template) == text


def test_the_body_is_not_copied():
    """It may be large: the parts are handed to the hash one by one."""
    parts = Content("{timestamp}.{body}").render(REQUEST, b"1", b"")
    assert parts[2] is REQUEST.body
    assert Content("{body}").render(REQUEST, b"", b"")[0] is REQUEST.body


def test_the_place_of_the_secret_is_known_by_identity():
    """A body that says the same text is a body."""
    request = REQUEST.replace(body=bytes(bytearray(SECRET)))
    body, secret = Content("{body}{secret}").render(request, b"", b"")
    assert secret is SECRET
    assert body == SECRET
    assert body is not SECRET


@pytest.mark.parametrize(
    ("template", "changes", "error"),
    [
        ("{timestamp}.{body}", {"timestamp": b""}, BadTimestamp),
        ("{id}.{body}", {"message_id": b""}, MissingCredential),
        ("{id}", {"message_id": b""}, MissingCredential),
        ("{header:X-B}.{body}", {}, MissingCredential),
        ("{header:X-Wide}", {}, MalformedCredential),
        ("{query:z}", {}, MissingCredential),
        ("{query:c}", {"request": Request(url="/?c=1&c=2")}, MissingCredential),
        ("{query:c}", {"request": Request(url="/?c=\u0100")}, MalformedCredential),
        ("{id}.{body}", {"message_id": b"msg.1"}, MalformedCredential),
        ("{id}.{body}", {"message_id": b"."}, MalformedCredential),
        ("{id}.{body}", {"message_id": b"msg."}, MalformedCredential),
        ("v1:{id}:{timestamp}", {"message_id": b"a:b"}, MalformedCredential),
        ("{id}::{body}", {"message_id": b"a::b"}, MalformedCredential),
        # With the first colon of the separator it makes one.
        ("{id}::{body}", {"message_id": b"a:"}, MalformedCredential),
    ],
)
def test_parts_that_are_missing_or_ambiguous(template, changes, error):
    """Nothing is signed as empty text, and no id can be shifted into what follows it."""
    with pytest.raises(error):
        _render(template, **changes)


@pytest.mark.parametrize(
    ("template", "message_id"),
    [
        ("{id}.{body}", b"a:b"),
        ("{id}::{body}", b"a:b"),
        ("{id}::{body}", b":a"),
        ("{timestamp}.{id}", b"a.b"),
        ("{id}{body}", b"a.b"),
        ("{id}{timestamp}.{body}", b"a.b"),
    ],
)
def test_ids_that_hold_something_else(template, message_id):
    """Only the text that ends the id may not be in it."""
    assert message_id in _render(template, message_id=message_id)


@pytest.mark.parametrize(
    "url", ["https://h.example/\ud800", "https://h.example/\udcff?\ud800"], ids=ascii
)
def test_a_url_that_is_no_text(url):
    """Is some bytes, which match nothing, and no crash."""
    assert _render("{url}", request=Request(url=url)).startswith(b"https://h.example/")


PARTS = ["body", "timestamp", "id", "method", "url", "path", "query", "header", "secret"]


@pytest.mark.parametrize(
    ("template", "covered"),
    [
        ("{body}", {"body"}),
        ("v0:{timestamp}:{body}", {"timestamp", "body"}),
        ("{id}{method}{url}{path}{query}", {"id", "method", "url", "path", "query"}),
        ("{header:X-Body}", {"header"}),
        ("{query:body}", {"query"}),
        ("body{secret}", {"secret"}),
    ],
)
def test_what_is_covered(template, covered):
    """By its parts, whatever the literal text says."""
    assert {part for part in PARTS if Content(template).covers(part)} == covered


UNKNOWN = [
    "{}",
    "{bdoy}",
    "{body",
    "body}",
    "{{body}}",
    "{Body}",
    "{ body }",
    "{0}",
    "{body!r}",
    "{body:x}",
]
UNKNOWN += [
    "{header}",
    "{header:}",
    "{header:X A}",
    "{header:X:A}",
    "{timestamp:s}",
    "{signature}",
    "{id:a}",
]
UNKNOWN += ["{body}{", "{body}}", "{query:}", "{url:path}", "{header:é}"]


@pytest.mark.parametrize("template", UNKNOWN)
def test_parts_that_are_not_known(template):
    """Fail at definition, with those that are."""
    with pytest.raises(ConfigError) as caught:
        Content(template)
    said = str(caught.value)
    assert said.startswith(f"signs={template!r} has a part that is not known: write one of ")
    assert all(f"{{{part}}}" in said for part in PARTS if part != "header")
    assert "{header:Name}" in said


@pytest.mark.parametrize("template", ["", "v0", "body", "timestamp.body"])
def test_content_of_nothing(template):
    """Literal text alone would be signed for any request."""
    with pytest.raises(ConfigError, match=r"covers nothing: write at least \{body\}"):
        Content(template)


def test_contents_are_values():
    """Equal by the template."""
    assert Content("{body}") == Content("{body}")
    assert Content("{body}") != Content("{body}{body}")
    assert repr(Content("{body}")) == "Content(template='{body}')"


# Layouts

PAIRS = "t={timestamp},v1={signature}"
FIXED = "keyId=main,signature={signature}"
LIST = "v1,{signature} ..."
TIMES = "{timestamp},{signature},..."
EITHER = ("sha256={signature}", "sha1={signature}")

READ = [
    ("{signature}", b"abc", {b"": [b"abc"]}),
    ("{signature}", b"", {b"": [b""]}),
    ("{signature}", b"a,b", {b"": [b"a,b"]}),
    ("sha256={signature}", b"sha256=abc", {b"": [b"abc"]}),
    ("sha256={signature}", b"sha256=", {b"": [b""]}),
    ("sha256={signature}", b"sha256=a,sha256=b", {b"": [b"a,sha256=b"]}),
    ('"{signature}"', b'"abc"', {b"": [b"abc"]}),
    ("é{signature}", "éabc".encode(), {b"": [b"abc"]}),
    (PAIRS, b"t=1,v1=a", {b"1": [b"a"]}),
    (PAIRS, b"v1=a,t=1", {b"1": [b"a"]}),
    (PAIRS, b" t=1 ,\tv1=a ", {b"1": [b"a"]}),
    (PAIRS, b"t=1,v1=a,v1=b,v1=a", {b"1": [b"a", b"b", b"a"]}),
    (PAIRS, b"t=1,v0=x,v1=a,v0=y", {b"1": [b"a"]}),
    (PAIRS, b"t=1,v1=a==", {b"1": [b"a=="]}),
    (PAIRS, b"t=1,v1", {b"1": [b""]}),
    (PAIRS, b"v1=a", {b"": [b"a"]}),
    (PAIRS, b"T=1,v1=a", {b"": [b"a"]}),
    (PAIRS, b",t=1,,=,=x,v1=a,", {b"1": [b"a"]}),
    ("t={timestamp};h={signature}", b"t=1;h=a", {b"1": [b"a"]}),
    ("t={timestamp}, v1={signature}", b"t=1,v1=a", {b"1": [b"a"]}),
    ("t={timestamp}&v1={signature}", b"t=1&v1=a", {b"1": [b"a"]}),
    (FIXED, b"keyId=main,signature=a", {b"": [b"a"]}),
    (FIXED, b"signature=a,keyId=main,algorithm=x", {b"": [b"a"]}),
    # A nameless pair is no time where the layout has none.
    (FIXED, b"=5,keyId=main,signature=a,,", {b"": [b"a"]}),
    (LIST, b"v1,a", {b"": [b"a"]}),
    (LIST, b"v1,a v1,b", {b"": [b"a", b"b"]}),
    (LIST, b"v1a,x v1,a v2,y  v1,b ", {b"": [b"a", b"b"]}),
    (LIST, b"v1,a,v1,b", {b"": [b"a,v1,b"]}),
    ("{signature},...", b"a,b, c", {b"": [b"a", b"b", b"c"]}),
    (TIMES, b"1,a", {b"1": [b"a"]}),
    (TIMES, b"1,a,b", {b"1": [b"a", b"b"]}),
    (TIMES, b",a", {b"": [b"a"]}),
    (EITHER, b"sha256=a", {b"": [b"a"]}),
    (EITHER, b"sha1=a", {b"": [b"a"]}),
]


@pytest.mark.parametrize(("layout", "text", "found"), READ, ids=[str(row[:2]) for row in READ])
def test_a_header_is_read(layout, text, found):
    """Its signatures, by the time that they sign."""
    assert compile_layout(layout).read(text) == found


NOT_OF_THE_LAYOUT = [
    ("sha256={signature}", b""),
    ("sha256={signature}", b"abc"),
    ("sha256={signature}", b"SHA256=abc"),
    ("sha256={signature}", b"sha1=abc"),
    ("sha256={signature}", b"sha256"),
    ('"{signature}"', b'"abc'),
    (PAIRS, b""),
    (PAIRS, b"t=1"),
    (PAIRS, b"t=1,v2=a"),
    (PAIRS, b"t=1;v1=a"),
    (PAIRS, b"t=1,t=1,v1=a"),
    (PAIRS, b"t=1,v1=a,t=2"),
    (FIXED, b"signature=a"),
    (FIXED, b"keyId=other,signature=a"),
    (FIXED, b"keyId=main,keyId=main,signature=a"),
    (FIXED, b"keyId=main,keyId=other,signature=a"),
    (FIXED, b"keyId=other,keyId=main,signature=a"),
    (FIXED, b"keyId=main"),
    (LIST, b""),
    (LIST, b"v2,a v3,b"),
    (LIST, b"v1"),
    (TIMES, b""),
    (TIMES, b"1"),
    (EITHER, b"md5=a"),
    (EITHER, b""),
]


@pytest.mark.parametrize(
    ("layout", "text"), NOT_OF_THE_LAYOUT, ids=[str(row) for row in NOT_OF_THE_LAYOUT]
)
def test_a_header_of_another_layout(layout, text):
    """Two values of what must be one are of no layout either."""
    with pytest.raises(MalformedCredential):
        compile_layout(layout).read(text)


@pytest.mark.parametrize(
    ("layout", "written"),
    [
        ("{signature}", "abc"),
        ("sha256={signature}", "sha256=abc"),
        ('"{signature}"', '"abc"'),
        (PAIRS, "t=5,v1=abc"),
        ("t={timestamp}, v1={signature}", "t=5, v1=abc"),
        (FIXED, "keyId=main,signature=abc"),
        (LIST, "v1,abc"),
        ("{signature},...", "abc"),
        (TIMES, "5,abc"),
        (("a={signature};t={timestamp}", "a={signature}"), "a=abc;t=5"),
    ],
    ids=str,
)
def test_a_header_is_written(layout, written):
    """And what is written is read again."""
    compiled = compile_layout(layout)
    assert compiled.write("abc", "5") == written
    [(timestamp, signatures)] = compiled.read(written.encode()).items()
    assert signatures == [b"abc"]
    assert timestamp == (b"5" if "{timestamp}" in "".join(layout) else b"")


NO_LAYOUTS = [
    ("", "must name {signature} once"),
    ("sha256=", "must name {signature} once"),
    ("...", "must name {signature} once"),
    (" ...", "must name {signature} once"),
    ("{timestamp}", "must name {signature} once"),
    ("{signature}{signature}", "must name {signature} once"),
    ("a={signature},b={signature}", "must name {signature} once"),
    ("a={timestamp},b={timestamp},c={signature}", "{timestamp} at most once"),
    ("{timestamp} ...", "must name {signature} once"),
    ("{sig}", "layout='{sig}' has a part that is not known: write one of {signature}, {timestamp}"),
    ("{body}", "has a part that is not known"),
    ("{signature:x}", "has a part that is not known"),
    ("{signature", "has a part that is not known"),
    ("{signature}...", "has a part that is not known"),
    ("{timestamp}.{signature}", "must be pairs with one separator"),
    ("{signature} {timestamp}", "must be pairs with one separator"),
    ("t={timestamp}|v1={signature}", "must be pairs with one separator"),
    ("t={timestamp};v1={signature},k=1", "must be pairs with one separator"),
    ("t={timestamp},v1=x{signature}", "must be pairs with one separator"),
    ("v1={timestamp},v1={signature}", "has a name twice"),
    ("v=1,v=2,s={signature}", "has a name twice"),
    ("v1,{signature},...", "cannot be cut at ','"),
    ("a {signature} ...", "cannot be cut at ' '"),
    ("{signature} ... ...", "cannot be cut at ' '"),
    ((), "fits nothing: name at least one"),
    (("sha256={signature}", "sha1="), "layout='sha1=' must name {signature} once"),
]


@pytest.mark.parametrize(("layout", "said"), NO_LAYOUTS, ids=[str(row[0]) for row in NO_LAYOUTS])
def test_layouts_that_could_not_be_read(layout, said):
    """Fail at definition, with what to write."""
    with pytest.raises(ConfigError) as caught:
        compile_layout(layout)
    assert said in str(caught.value)


def test_a_list_has_each_items_own_time():
    """Signatures of one time stay together."""
    compiled = compile_layout("t={timestamp};v1={signature},...")
    assert compiled.read(b"t=1;v1=a,t=2;v1=b,t=1;v1=c") == {b"1": [b"a", b"c"], b"2": [b"b"]}
    assert compiled.write("abc", "5") == "t=5;v1=abc"
