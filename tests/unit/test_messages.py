import pytest

from hookkit import Headers, Request, Response
from hookkit.messages import announces_missing_body, has_no_body

# Headers


@pytest.mark.parametrize(
    "fields",
    [
        {"X-A": "1", "x-b": "2"},
        [("x-a", "1"), ("X-B", "2")],
        iter([("X-A", "1"), ("X-B", "2")]),
        Headers({"X-A": "1", "X-B": "2"}).items(),
    ],
    ids=["mapping", "pairs", "iterator", "items of others"],
)
def test_headers_are_found_whatever_their_case(fields):
    """However they were given."""
    headers = Headers(fields)
    assert (headers.get("x-A"), headers.get("X-b")) == ("1", "2")
    assert headers.get("X-C") is None
    assert headers.get("X-C", "none") == "none"


@pytest.mark.parametrize(
    ("fields", "joined"),
    [
        ([("X-A", "1"), ("x-a", "2"), ("X-a", "3")], "1,2,3"),
        ({"X-A": "1", "x-a": "2"}, "1,2"),
        ([("X-A", ""), ("X-A", "")], ","),
        ([("X-A", "a, b"), ("X-A", " c ")], "a, b, c "),
    ],
    ids=["three", "a mapping that differs in case", "empty", "values as sent"],
)
def test_values_of_a_repeated_field_are_joined(fields, joined):
    """None of them is dropped, so that two credentials never look like one."""
    assert Headers(fields).get("x-a") == joined


@pytest.mark.parametrize(
    ("name", "there"),
    [("X-A", True), ("x-a", True), ("X-B", False), (b"x-a", False), (None, False), ("", False)],
    ids=repr,
)
def test_in(name, there):
    """`in` asks for a name, in any case; a field that is there and empty is there."""
    assert (name in Headers({"X-A": ""})) is there


def test_headers_as_a_collection():
    """Names in lower case, counted and in order."""
    headers = Headers([("X-B", "1"), ("X-A", "2"), ("x-b", "3")])
    assert list(headers) == ["x-b", "x-a"]
    assert len(headers) == 2
    assert dict(headers.items()) == {"x-b": "1,3", "x-a": "2"}
    assert len(Headers()) == 0


def test_headers_compare_by_content():
    """Case and order of the names say nothing; other types are other things."""
    assert Headers([("A", "1"), ("B", "2")]) == Headers({"b": "2", "a": "1"})
    assert Headers({"A": "1"}) != Headers({"A": "2"})
    assert Headers({"A": "1"}) != {"a": "1"}


def test_headers_show_no_values():
    """The repr of a header is its name, as the value may be a credential."""
    assert repr(Headers({"X-Secret": "hunter2", "Host": "a"})) == "<Headers host, x-secret>"


# Request


def test_a_request_of_nothing():
    """The least that a test must write."""
    request = Request()
    assert (request.method, request.body, request.url, request.client) == ("POST", b"", "", None)
    assert len(request.headers) == 0


def test_a_request_takes_headers_as_they_are():
    """They may be a view of the server's own, which is not copied."""
    headers = Headers({"A": "1"})
    assert Request(headers=headers).headers is headers


def test_the_url_is_made_once_and_only_when_asked_for():
    """Most schemes never ask, and building it costs."""
    asked = []

    def url() -> str:
        asked.append(1)
        return "https://a.example/b?c"

    request = Request(url=url)
    assert not asked
    assert (request.url, request.path, request.query) == ("https://a.example/b?c", "/b", "c")
    assert asked == [1]


@pytest.mark.parametrize(
    ("url", "path", "query"),
    [
        ("", "/", ""),
        ("/", "/", ""),
        ("/a/b", "/a/b", ""),
        ("/a?b=c", "/a", "b=c"),
        ("/a?", "/a", ""),
        ("/a?b?c", "/a", "b?c"),
        ("?b", "/", "b"),
        ("https://h.example", "/", ""),
        ("https:///a", "/a", ""),
        ("https://?b", "/", "b"),
        ("https://h.example/", "/", ""),
        ("https://h.example/a", "/a", ""),
        ("https://h.example?b", "/", "b"),
        ("https://h.example?b/c", "/", "b/c"),
        ("https://h.example:8080/a?b", "/a", "b"),
        ("https://u:p@h.example/a", "/a", ""),
        ("https://[::1]:80/a", "/a", ""),
        ("https://h.example/a#f?g", "/a", ""),
        ("https://h.example/a?b#f", "/a", "b"),
        ("/a?to=https://h.example/b", "/a", "to=https://h.example/b"),
        ("a?to=https://h.example/b", "a", "to=https://h.example/b"),
        ("/go/https://h.example/b", "/go/https://h.example/b", ""),
        ("https://h.example/%2F%3F?%26", "/%2F%3F", "%26"),
        ("https://h.example//a//b", "//a//b", ""),
    ],
)
def test_path_and_query_are_cut_out_as_they_stand(url, path, query):
    """Nothing is unescaped or put straight, as it may be what was signed."""
    request = Request(url=url)
    assert (request.path, request.query) == (path, query)


def test_replace_changes_these_parts_only():
    """And leaves the request itself alone."""
    request = Request("PUT", {"A": "1"}, b"x", url="/a", client="192.0.2.1")
    assert request.replace() == request
    changed = request.replace(headers={"B": "2"}, body=b"", url="/b")
    assert changed == Request("PUT", {"B": "2"}, b"", url="/b", client="192.0.2.1")
    assert request == Request("PUT", {"A": "1"}, b"x", url="/a", client="192.0.2.1")


def test_replace_does_not_build_the_url():
    """A URL that nobody asked for stays unbuilt."""
    request = Request(url=lambda: 1 / 0).replace(body=b"x")
    with pytest.raises(ZeroDivisionError):
        _ = request.url


def test_with_header_takes_the_place_of_all_of_that_name():
    """Whatever their case, and no other field is touched."""
    request = Request(headers=[("X-A", "1"), ("x-a", "2"), ("X-B", "3")])
    assert request.with_header("x-A", "4").headers == Headers({"X-A": "4", "X-B": "3"})
    assert request.headers.get("X-A") == "1,2"


@pytest.mark.parametrize(
    "other",
    [
        Request("GET", {"A": "1"}, b"x", url="/a", client="c"),
        Request("POST", {"A": "2"}, b"x", url="/a", client="c"),
        Request("POST", {"A": "1"}, b"y", url="/a", client="c"),
        Request("POST", {"A": "1"}, b"x", url="/b", client="c"),
        Request("POST", {"A": "1"}, b"x", url="/a"),
        "POST",
    ],
    ids=["method", "headers", "body", "url", "client", "another type"],
)
def test_requests_differ_by_any_part(other):
    """They are equal where all parts are."""
    request = Request("POST", {"A": "1"}, b"x", url="/a", client="c")
    assert request != other
    assert request == request.replace()


@pytest.mark.parametrize("value", [Headers(), Request(), Response()], ids=repr)
def test_values_are_not_hashable(value):
    """They are equal by a content that may be large."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


def test_a_request_shows_no_body_url_or_value():
    """Each of them may hold a secret; a method from the wire is escaped."""
    request = Request("P\nT", {"X-Secret": "hunter2"}, b"hunter2", url="/?token=hunter2")
    assert repr(request) == "<Request 'P\\nT' 7 bytes, <Headers x-secret>>"


@pytest.mark.parametrize(
    ("length", "body", "missing"),
    [
        ("5", b"", True),
        ("0005", b"", True),
        ("5", b"hello", False),
        ("0", b"", False),
        ("000", b"", False),
        ("", b"", False),
        (None, b"", False),
        ("-5", b"", False),
        ("5,5", b"", False),
        ("9" * 5000, b"", True),
    ],
)
def test_a_body_that_was_announced_and_is_not_there(length, body, missing):
    """Of lengths, only a plain number other than 0 announces a body."""
    headers = {} if length is None else {"content-length": length}
    assert announces_missing_body(Request(headers=headers, body=body)) is missing


@pytest.mark.parametrize(
    ("codings", "body", "missing"),
    [
        ("chunked", b"", True),
        ("Chunked ", b"", True),
        ("gzip, chunked", b"", True),
        ("chunked", b"hello", False),
        ("gzip", b"", False),
        ("notchunked", b"", False),
        ("chunked, gzip", b"", False),
        ("", b"", False),
    ],
)
def test_chunks_announce_a_body(codings, body, missing):
    """Without a length, a body comes in chunks."""
    request = Request(headers={"transfer-encoding": codings}, body=body)
    assert announces_missing_body(request) is missing


@pytest.mark.parametrize(
    ("method", "headers", "body", "none"),
    [
        ("POST", {}, b"", True),
        ("POST", {}, b"hello", False),
        ("POST", {"content-length": "0"}, b"", False),
        ("POST", {"content-length": "5"}, b"", False),
        ("POST", {"transfer-encoding": "chunked"}, b"", False),
        ("GET", {}, b"", False),
    ],
)
def test_a_request_without_a_body(method, headers, body, none):
    """Nothing announces one, and none is there; a GET has none anyway."""
    assert has_no_body(Request(method, headers, body)) is none


# Response


@pytest.mark.parametrize(
    ("response", "headers", "body"),
    [
        (Response(), {"Content-Type": "text/plain; charset=utf-8", "Content-Length": "0"}, b""),
        (
            Response(200, "é"),
            {"Content-Type": "text/plain; charset=utf-8", "Content-Length": "2"},
            b"\xc3\xa9",
        ),
        (
            Response(200, b"{}", content_type="application/json"),
            {"Content-Type": "application/json", "Content-Length": "2"},
            b"{}",
        ),
        (
            Response(200, b"a", {"content-type": "a/b"}, content_type="c/d"),
            {"content-type": "a/b", "Content-Length": "1"},
            b"a",
        ),
        (
            Response(200, b"abc", [("Content-Length", "7"), ("content-length", "8")]),
            {"Content-Type": "text/plain; charset=utf-8", "Content-Length": "3"},
            b"abc",
        ),
        (Response(204), {}, b""),
        (Response(204, b"x", {"Content-Type": "a/b", "content-length": "1"}), {}, b""),
        (Response(304, "x", content_type="a/b"), {}, b""),
        (Response(304, headers={"ETag": '"a"'}), {"ETag": '"a"'}, b""),
    ],
    ids=[
        "empty",
        "text",
        "bytes",
        "own type",
        "own length",
        "204",
        "204 with a body",
        "304 with a body",
        "304",
    ],
)
def test_a_response_describes_its_body(response, headers, body):
    """Type and true length are added where there can be a body."""
    assert (dict(response.headers), response.body) == (headers, body)
    assert len(response.headers) == len(headers)


def test_repeated_fields_are_kept():
    """Such as Set-Cookie, which cannot be joined."""
    fields = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    assert Response(200, b"", fields).headers[:2] == tuple(fields)


@pytest.mark.parametrize("status", [200, 204, 304, 404, 599])
def test_statuses_that_can_be_sent(status):
    """From 200 to 599, and 200 by default."""
    assert Response(status).status == status
    assert Response().status == 200


@pytest.mark.parametrize("status", [0, 100, 199, 600, -200, True, float("nan")])
def test_statuses_that_cannot(status):
    """Informational ones are no answer, and the rest are no statuses."""
    with pytest.raises(ValueError, match="200 to 599"):
        Response(status)


@pytest.mark.parametrize(
    "value",
    ["a\nb", "a\r\nX-B: c", "a\x00", "a\x1f", "a\x7f", "a\x85", "\u0100", "\u2028", "\ud800", "🐱"],
    ids=ascii,
)
@pytest.mark.parametrize("place", ["value", "name", "content type"])
def test_no_field_can_start_another(place, value):
    """Control characters and what latin-1 lacks are refused wherever they stand."""
    given = {
        "value": {"headers": {"X-A": value}},
        "name": {"headers": {value: "x"}},
        "content type": {"content_type": value},
    }
    with pytest.raises(ValueError, match="header field"):
        Response(200, b"", **given[place])


@pytest.mark.parametrize("value", ["", "a", "a\tb", " a ", "é", "\xa0", "\xad", "\xff", '"(,;:'])
def test_values_that_can_be_sent(value):
    """All of latin-1 but its control characters, and the tab."""
    assert ("X-A", value) in Response(200, b"", {"X-A": value}).headers


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "X A",
        "X-A ",
        "X-A:",
        "X\tA",
        "X(A)",
        "X/A",
        'X"A',
        "X=A",
        "X[A]",
        "X{A}",
        "é",
        "\xa0",
    ],
    ids=ascii,
)
def test_names_that_are_no_tokens(name):
    """RFC 9110 section 5.6.2: a server would raise on them, after the handler has run."""
    with pytest.raises(ValueError, match="not a token"):
        Response(200, b"", {name: "x"})


def test_every_character_of_a_token():
    """RFC 9110 section 5.6.2 has fifteen beside letters and digits."""
    name = "aZ09!#$%&'*+-.^_`|~"
    assert (name, "x") in Response(200, b"", {name: "x"}).headers


@pytest.mark.parametrize(
    "body",
    [None, 5, ["a"], {"a": 1}, bytearray(b"a"), memoryview(b"a")],
    ids=lambda body: type(body).__name__,
)
def test_a_body_is_bytes_or_text(body):
    """Checked in the handler that made it, and not when a server sends it."""
    with pytest.raises(TypeError, match="bytes or text; a handler may return a dict"):
        Response(200, body)


def test_text_that_is_no_unicode_is_refused():
    """Half of a pair of surrogates has no bytes."""
    with pytest.raises(ValueError, match="surrogates"):
        Response(200, "\ud800")


@pytest.mark.parametrize(
    "other",
    [Response(201, b"a"), Response(200, b"b"), Response(200, b"a", {"A": "1"}), b"a"],
    ids=["status", "body", "headers", "another type"],
)
def test_responses_differ_by_any_part(other):
    """They are equal where all parts are."""
    assert Response(200, b"a") != other
    assert Response(200, b"a") == Response(200, "a")


def test_a_response_shows_no_content():
    """What is answered may be a secret as well."""
    assert repr(Response(200, "hunter2")) == "<Response 200, 7 bytes>"
