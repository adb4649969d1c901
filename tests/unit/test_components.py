"""The examples are those of RFC 9421 section 2, where a comment names one of its parts."""

import pytest

from hookkit import ConfigError, Limits, Request
from hookkit.errors import MalformedCredential, MissingCredential, Unauthorized
from hookkit.schemes import components
from hookkit.schemes.components import Message, declared, implied, named
from hookkit.schemes.structured import parse

URL = "https://www.example.com/path?param=value"


def _named(text):
    return named(parse(text, "item"))


def _value(text, headers=(), url=URL, method="POST", *, respaced=False, limits=None):
    message = Message(Request(method, headers, url=url), limits or Limits())
    return message.value(_named(text), respaced=respaced)


@pytest.mark.parametrize(
    ("text", "url", "value"),
    [
        ('"@method"', URL, "POST"),  # 2.2.1
        ('"@target-uri"', URL, URL),  # 2.2.2
        ('"@target-uri"', "https://Example.com:443", "https://Example.com:443/"),
        ('"@target-uri"', f"{URL}#part", URL),
        ('"@authority"', URL, "www.example.com"),  # 2.2.3
        ('"@authority"', "https://WWW.Example.com:443/", "www.example.com"),
        ('"@authority"', "http://www.example.com:80/", "www.example.com"),
        ('"@authority"', "http://www.example.com:443/", "www.example.com:443"),
        ('"@authority"', "https://www.example.com:4433", "www.example.com:4433"),
        ('"@authority"', "https://[::1]:443?a", "[::1]"),
        ('"@scheme"', "HTTPS://h/", "https"),  # 2.2.4
        ('"@scheme"', "http://h/", "http"),
        ('"@request-target"', URL, "/path?param=value"),  # 2.2.5
        ('"@request-target"', "https://h", "/"),
        ('"@path"', URL, "/path"),  # 2.2.6
        ('"@path"', "https://h?a=1", "/"),
        ('"@path"', "https://h/a%2Fb/", "/a%2Fb/"),
        ('"@query"', URL, "?param=value"),  # 2.2.7
        ('"@query"', "https://h/p?queryString", "?queryString"),
        ('"@query"', "https://h/p", "?"),
    ],
)
def test_derived_components(text, url, value):
    """Of the URL as the sender called it."""
    assert _value(text, url=url) == value


QUERY = (  # 2.2.8
    "https://h/p?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace"
    "&fa%C3%A7ade%22%3A%20=something&qux=&dots=a-._*~b"
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("var", "this%20is%20a%20big%0Amultiline%20value"),
        ("bar", "with%20plus%20whitespace"),
        ("fa%C3%A7ade%22%3A%20", "something"),
        ("qux", ""),
        ("dots", "a-._*%7Eb"),
    ],
)
def test_query_parameters(name, value):
    """Decoded, and encoded in one way."""
    assert _value(f'"@query-param";name="{name}"', url=QUERY) == value


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("b=1", MissingCredential),
        ("", MissingCredential),
        ("A=1", MissingCredential),
        ("a=1&a=1", MalformedCredential),
        ("a=1&%61=2", MalformedCredential),
        ("a=%ff", MalformedCredential),
        ("a=1&b=%ff", MalformedCredential),
        ("a=\ud800", MalformedCredential),
    ],
)
def test_query_parameters_that_are_none(query, error):
    """Not there, there twice, or no text."""
    with pytest.raises(error):
        _value('"@query-param";name="a"', url=f"https://h/?{query}")


def test_a_query_is_bounded():
    """As a form is."""
    url = "https://h/?a=1&b=2&c=3"
    assert _value('"@query-param";name="a"', url=url, limits=Limits(fields=3)) == "1"
    with pytest.raises(MalformedCredential):
        _value('"@query-param";name="a"', url=url, limits=Limits(fields=2))


@pytest.mark.parametrize("text", ['"@target-uri"', '"@authority"', '"@scheme"'])
@pytest.mark.parametrize("url", ["", "/path", "https://", "https:///path"])
def test_a_url_without_a_host(text, url):
    """Nobody can have signed it."""
    with pytest.raises(MalformedCredential):
        _value(text, url=url)


FIELDS = {
    "X-OWS-Header": "  Leading and trailing whitespace.   ",
    "Cache-Control": "max-age=60,    must-revalidate",
    "Example-Dict": "  a=1,    b=2;x=1;y=2,   c=(a   b   c), d",
    "Example-Header": "value, with, lots, of, commas",
    "Empty": "",
    "Lines": "a,b, c,\td",
    "Latin": "caf\xe9",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"x-ows-header"', "Leading and trailing whitespace."),  # 2.1
        ('"empty"', ""),
        ('"cache-control"', "max-age=60,    must-revalidate"),
        ('"cache-control";sf', "max-age=60, must-revalidate"),  # 2.1.1
        ('"example-dict"', "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"),
        ('"example-dict";key="a"', "1"),  # 2.1.2
        ('"example-dict";key="d"', "?1"),
        ('"example-dict";key="b"', "2;x=1;y=2"),
        ('"example-dict";key="c"', "(a b c)"),
        ('"example-dict";sf;key="a"', "1"),
        ('"example-header";bs', ":dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:"),  # 2.1.3
        ('"latin";bs', ":Y2Fm6Q==:"),
        ('"lines"', "a,b, c,\td"),
    ],
)
def test_fields(text, value):
    """As they stand, or as their parameters have it."""
    assert _value(text, FIELDS) == value


def test_a_field_in_several_lines():
    """The signer put a blank behind the commas between them."""
    assert _value('"lines"', FIELDS, respaced=True) == "a, b, c,\td"
    joined = [("Cache-Control", "max-age=60"), ("Cache-Control", "must-revalidate")]  # 2.1
    assert _value('"cache-control"', joined, respaced=True) == "max-age=60, must-revalidate"
    assert _value('"@path"', url="https://h/a,b", respaced=True) == "/a,b"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('"date"', MissingCredential),
        ('"example-dict";key="z"', MissingCredential),
        ('"x-ows-header";key="a"', MalformedCredential),
        ('"example-dict";sf', MalformedCredential),  # its type is not registered
        ('"latin"', MalformedCredential),
        ('"wide";bs', MalformedCredential),
        ('"broken"', MalformedCredential),
        ('"returned"', MalformedCredential),
    ],
)
def test_fields_that_cannot_be_signed(text, error):
    """Missing, or nothing that a line of ASCII can hold."""
    headers = {**FIELDS, "Wide": "\u20ac", "Broken": 'a\n"@method": GET', "Returned": "a\rb"}
    with pytest.raises(error):
        _value(text, headers)


@pytest.mark.parametrize("text", ['"x"', '"x";bs', '"x";key="a"', '"accept";sf'])
def test_a_field_is_bounded(text):
    """As the header with the signature is; one that is covered may have to be parsed."""
    for length, right in ((40, True), (41, False)):
        field = "a, b".ljust(length, "b")
        message = Message(Request("POST", {"X": field, "Accept": field}), Limits(header=40))
        if right:
            assert message.value(_named(text))
            continue
        with pytest.raises(MalformedCredential):
            message.value(_named(text))


def test_what_is_named_over_and_over_is_read_once(monkeypatch):
    """Several signatures of a stranger, each of 64 members of one header, would cost seconds otherwise."""
    read = []

    def reading(text, kind):
        read.append(text)
        return parse(text, kind)

    monkeypatch.setattr(components, "parse", reading)
    field = ", ".join(f"a{n}={n}" for n in range(100))
    message = Message(Request("POST", {"X": field}), Limits())
    members = [_named(f'"x";key="a{n}"') for n in range(100)]
    for respaced in (False, True) * 3:
        assert [message.value(each, respaced=respaced) for each in members] == list(
            map(str, range(100))
        )
    assert read == [field]


def test_what_is_parsed_is_bounded_in_all():
    """A hundred headers of 8 KiB, each of them parsed, would cost half a second."""
    headers = {"X": "a=x".ljust(40, "x"), "Y": "a=x".ljust(40, "x"), "Accept": "a" * 40}
    for first, second in (('"x";key="a"', '"y";key="a"'), ('"x";key="a"', '"accept";sf')):
        message = Message(Request("POST", headers), Limits(header=79))
        assert message.value(_named(first))
        assert message.value(_named(first), respaced=True)
        with pytest.raises(MalformedCredential):
            message.value(_named(second))
        assert Message(Request("POST", headers), Limits(header=79)).value(_named(second))


@pytest.mark.parametrize("method", ["PO\nST", "P\xd6ST"])
def test_a_method_that_cannot_be_signed(method):
    """A line is a line."""
    with pytest.raises(MalformedCredential):
        _value('"@method"', method=method)


REFUSED = [
    '"@unknown"',
    '"@status"',
    '"@signature-params"',
    '"@method";req',
    '"@method";sf',
    '"@query-param"',
    '"@query-param";name',
    '"@query-param";name="a";b',
    '"@"',
    '"Date"',
    '"da te"',
    '""',
    '"date";tr',
    '"date";req',
    '"date";x',
    '"date";sf=1',
    '"date";sf=?0',
    '"date";bs="x"',
    '"date";bs;sf',
    '"date";bs;key="a"',
    '"date";key',
    '"date";key=a',
]


@pytest.mark.parametrize("text", [*REFUSED, "date", "1", ":ZGF0ZQ==:", "?1"])
def test_identifiers_that_are_none(text):
    """Names and parameters that are not known are refused, never skipped."""
    with pytest.raises(Unauthorized):
        _named(text)


@pytest.mark.parametrize(
    "text", [*REFUSED, "@unknown", "@query-param", "Date", "a b", "", "@", None, 1]
)
def test_declared_components_that_are_none(text):
    """The error says what to write."""
    with pytest.raises(ConfigError, match="is no component: write the lower-case name of a header"):
        declared(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("date", '"date"'),
        ("@method", '"@method"'),
        ('"date"', '"date"'),
        ('"date";key="a"', '"date";key="a"'),
        ('"@query-param";name="a"', '"@query-param";name="a"'),
    ],
)
def test_declared_components(text, written):
    """By name, or by identifier."""
    assert declared(text).written == written
    assert declared(text) == _named(written)


def test_identity():
    """The order of parameters distinguishes nothing; how a value is written does not change what it is."""
    first, second = _named('"a";sf;key="b"'), _named('"a";key="b";sf')
    assert first.identity == second.identity != _named('"a";key="b"').identity
    assert first.subject == _named('"a";key="b"').subject != _named('"a"').subject
    assert _named('"a";bs').subject == _named('"a";sf').subject == _named('"a"').subject


@pytest.mark.parametrize(
    ("signed", "query", "asked", "covered"),
    [
        ("@method", "", "@method", True),
        ("date", "", "@method", False),
        ("@target-uri", "a=1", "@target-uri @scheme @authority @request-target @path @query", True),
        ("@request-target", "a=1", "@request-target @path @query", True),
        ("@request-target", "a=1", "@authority", False),
        ("@request-target", "a=1", "@target-uri", False),
        ("@path @query", "a=1", "@request-target", True),
        ("@path", "", "@request-target", True),
        ("@path", "a=1", "@request-target", False),
        ("@authority @path @query", "a=1", "@target-uri", True),
        ("@authority @path", "", "@target-uri", True),
        ("@authority @path", "a=1", "@target-uri", False),
        ("@authority @path @query", "a=1", "@scheme", False),
        ("@path @query", "a=1", "@target-uri", False),
        ('"date";sf', "", "date", True),
        ('"date";bs', "", "date", True),
        ('"date";key="a"', "", "date", False),
        ("date", "", '"date";key="a"', False),
        ('"@query-param";name="a"', "a=1", '"@query-param";name="a"', True),
        ('"@query-param";name="a"', "a=1", '"@query-param";name="b"', False),
        ('"@query-param";name="a"', "a=1", "@query", False),
    ],
)
def test_what_components_stand_for(signed, query, asked, covered):
    """The target URI is its parts together, and has them."""
    found = implied(map(declared, signed.split(" ")), query)
    assert all(declared(each).subject in found for each in asked.split(" ")) is covered
