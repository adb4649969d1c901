import dataclasses

import pytest

from hookkit import Choice, ConfigError, First, Header, Joined, Pointer, Query, Request
from hookkit.places import Inside, Number, Numbered, check_place, headers_of, outside_body

# Header


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("abc", "abc"),
        (" \tabc\t ", "abc"),
        ("a b", "a b"),
        ("", ""),
        (" ", ""),
        ("\xa0abc\xa0", "\xa0abc\xa0"),
        ("\x0cabc\r", "\x0cabc\r"),
        (None, None),
    ],
    ids=repr,
)
def test_a_header_less_its_blanks(sent, found):
    """Spaces and tabs go, as RFC 9110 has them; whatever else Python calls white space stays."""
    request = Request(headers={} if sent is None else {"x-sig": sent})
    assert Header("X-Sig").find(request) == found


@pytest.mark.parametrize(
    "name", ["", " ", "X Sig", "X-Sig:", "X-Sig\n", "é", "X\0", "X(Sig)", "\t"]
)
def test_a_name_that_no_header_has(name):
    """Refused at definition: it would never be found, and every delivery be refused."""
    with pytest.raises(ConfigError, match='write a header name such as "X-Signature"'):
        Header(name)


# Numbered


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, None),
        ({"X-Sig-1": "a"}, "a"),
        ({"X-Sig-1": " a ", "x-sig-2": "b\t"}, "a,b"),
        ({"X-Sig-2": "b"}, "b"),
        ({"X-Sig-0": "a", "X-Sig-4": "d", "X-Sig-01": "e", "X-Sig-": "f"}, None),
        ({"X-Sig-1": "", "X-Sig-3": "c"}, ",c"),
    ],
    ids=["none", "one", "two", "a gap", "beyond", "an empty one"],
)
def test_numbered_headers(headers, found):
    """All that are there up to the most, in the order of their numbers."""
    assert Numbered("X-Sig-", 3).find(Request(headers=headers)) == found
    assert Numbered("X-Sig-", 3).name == "X-Sig-1"


def test_sixteen_numbered_headers_are_read_by_default():
    """As many as there may be signatures."""
    headers = {f"X-Sig-{number}": str(number) for number in range(1, 20)}
    found = Numbered("X-Sig-").find(Request(headers=headers))
    assert found == ",".join(map(str, range(1, 17)))


# Query


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("token=abc", "abc"),
        ("a=b&token=abc&c=d", "abc"),
        ("token=", ""),
        ("token", ""),
        ("token=a=b", "a=b"),
        ("token=a+b%20c", "a b c"),
        ("token=%C3%A9", "Ã\xa9"),
        ("token=%ff", "\xff"),
        ("token=%", "%"),
        ("token=%zz", "%zz"),
        ("%74oken=abc", "abc"),
        ("token=\u0100", "\u0100"),
        ("token=a&token=b", None),
        ("token=a&%74oken=a", None),
        ("Token=abc", None),
        ("token%5B%5D=abc", None),
        (";token=abc", None),
        ("", None),
        ("&&", None),
    ],
)
def test_a_parameter_of_the_query(query, found):
    """Its bytes read as latin-1, like a header's; given twice it is not there."""
    assert Query("token").find(Request(url=f"https://h.example/a?{query}")) == found


def test_a_parameter_whose_name_is_not_ascii():
    """The name is text, and so UTF-8 in a URL."""
    request = Request(url="/?%D0%BA%D0%BB%D1%8E%D1%87=abc")
    assert Query("ключ").find(request) == "abc"


def test_a_parameter_without_a_name():
    """Is refused at definition."""
    with pytest.raises(ConfigError, match="write the name of the parameter"):
        Query("")


# Pointer

PAYLOAD = {
    "a": {"b": [{"c": "deep"}, "second"], "": "empty key", "0": "digit key"},
    "": {"": "twice"},
    "a/b": "slash",
    "m~n": "tilde",
    "~1": "escaped",
    "null": None,
    "false": False,
    "zero": 0,
    "text": "abc",
    "list": list(range(12)),
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", PAYLOAD),
        ("/text", "abc"),
        ("/a/b/0/c", "deep"),
        ("/a/b/1", "second"),
        ("/a/", "empty key"),
        ("/a/0", "digit key"),
        ("//", "twice"),
        ("/a~1b", "slash"),
        ("/m~0n", "tilde"),
        ("/~01", "escaped"),
        ("/null", None),
        ("/false", False),
        ("/zero", 0),
        ("/list/11", 11),
        ("/list/12", None),
        ("/list/01", None),
        ("/list/00", None),
        ("/list/0", 0),
        ("/list/-1", None),
        ("/list/-", None),
        ("/list/+1", None),
        ("/list/1.0", None),
        ("/list/", None),
        ("/list/²", None),
        ("/list/١", None),
        ("/list/1_0", None),
        ("/list/" + "9" * 10, None),
        ("/list/" + "1" * 10_000, None),
        ("/text/0", None),
        ("/null/a", None),
        ("/zero/a", None),
        ("/missing", None),
        ("/missing/a", None),
        ("/a/missing/b", None),
    ],
    ids=lambda value: ascii(value)[:30] if isinstance(value, str) else "",
)
def test_a_pointer(path, found):
    """What RFC 6901 has it point to, or nothing; no payload makes it raise."""
    assert Pointer(path).find(Request(), PAYLOAD) == found


@pytest.mark.parametrize(
    "payload", [None, "text", b"bytes", 5, 1.5, True, [], (), {1: 2}], ids=repr
)
def test_a_pointer_into_something_else(payload):
    """Only objects and arrays have anything inside."""
    assert Pointer("/0").find(Request(), payload) is None
    assert Pointer("").find(Request(), payload) is payload


@pytest.mark.parametrize("path", ["a", "a/b", " /a", "~1a", "#/a"])
def test_a_pointer_begins_with_a_slash(path):
    """The text says how it is written."""
    with pytest.raises(ConfigError) as caught:
        Pointer(path)
    assert f'Pointer("/{path}")' in str(caught.value)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("/t", {}, {"t": 1}),
        ("/t", {"t": 0, "u": 2}, {"t": 1, "u": 2}),
        ("/a/b/t", {}, {"a": {"b": {"t": 1}}}),
        ("/a/t", {"a": {"u": 2}}, {"a": {"u": 2, "t": 1}}),
        ("/a~1b", {}, {"a/b": 1}),
        ("/a/1/t", {"a": [{}, {"u": 2}]}, {"a": [{}, {"u": 2, "t": 1}]}),
        ("/a/0", {"a": [5]}, {"a": [1]}),
    ],
    ids=["new", "replaced", "on the way", "beside", "escaped", "in a list", "of a list"],
)
def test_a_pointer_puts(path, before, after):
    """A signer writes where a verifier reads."""
    Pointer(path).put(before, 1)
    assert before == after
    assert Pointer(path).find(Request(), before) == 1


@pytest.mark.parametrize(
    ("path", "told"),
    [("/a/b/c", "'b' is no object"), ("/l/1", "no item '1'"), ("/l/1/b", "'1'"), ("/l/x", "'x'")],
)
def test_where_nothing_can_be_put(path, told):
    with pytest.raises(ConfigError, match=told):
        Pointer(path).put({"a": {"b": 7}, "l": [5]}, 1)


# Places made of places


def _joined(by="."):
    return Joined(Header("X-Event"), Pointer("/action"), Pointer("/sub"), by=by)


@pytest.mark.parametrize(
    ("event", "payload", "found"),
    [
        ("push", {}, "push"),
        ("issues", {"action": "opened"}, "issues.opened"),
        ("issues", {"action": "opened", "sub": "x"}, "issues.opened.x"),
        ("issues", {"sub": "x"}, "issues.x"),
        ("issues", {"action": None, "sub": None}, "issues"),
        ("issues", {"action": ""}, ""),
        ("", {"action": "opened"}, ""),
        (None, {"action": "opened"}, None),
        ("issues", {"action": 5}, 5),
        ("issues", {"action": 0}, 0),
        ("issues", {"action": False}, False),
        ("issues", {"action": ["a"]}, ["a"]),
        ("issues", {"action": "a.b"}, "issues.a.b"),
    ],
    ids=[
        "the first alone",
        "two",
        "three",
        "a gap",
        "null",
        "an empty second",
        "an empty first",
        "no first",
        "a number",
        "zero",
        "a boolean",
        "a list",
        "a separator inside",
    ],
)
def test_joined(event, payload, found):
    """Without its first there is none; what is no text, or empty, is handed on to be refused."""
    request = Request(headers={} if event is None else {"X-Event": event})
    assert _joined().find(request, payload) == found


def test_joined_by_another_separator():
    """The provider's own."""
    request = Request(headers={"X-Event": "orders"})
    assert _joined("/").find(request, {"action": "create"}) == "orders/create"


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"a": "1", "b": "2"}, "1"),
        ({"b": "2"}, "2"),
        ({"a": None, "b": "2"}, "2"),
        ({"a": "", "b": "2"}, ""),
        ({"a": 0, "b": "2"}, 0),
        ({}, None),
    ],
    ids=["both", "the second", "null", "empty", "zero", "none"],
)
def test_first(payload, found):
    """The first that stands there; an empty text stands there, too, and is the caller's to refuse."""
    assert First(Pointer("/a"), Pointer("/b")).find(Request(), payload) == found


def test_first_of_none():
    """Finds nothing."""
    assert First().find(Request(), {"a": 1}) is None


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"type": "wrapped", "inner": "x"}, "x"),
        ({"type": "plain"}, "plain"),
        ({"type": "wrapped"}, None),
        ({"type": ["wrapped"]}, ["wrapped"]),
        ({"type": {"a": 1}}, {"a": 1}),
        ({"type": 5}, 5),
        ({}, None),
        ("wrapped", None),
    ],
    ids=[
        "a case",
        "otherwise",
        "nothing there",
        "a list",
        "an object",
        "a number",
        "missing",
        "text",
    ],
)
def test_choice(payload, found):
    """Where another place says; what cannot be looked up is otherwise, and does not raise."""
    choice = Choice(Pointer("/type"), {"wrapped": Pointer("/inner")}, Pointer("/type"))
    assert choice.find(Request(), payload) == found


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (5, "5"),
        (0, "0"),
        (-5, "-5"),
        (10**30, "1" + "0" * 30),
        (None, None),
        ("5", False),
        ("", False),
        (True, True),
        (5.0, 5.0),
        ([5], [5]),
    ],
    ids=repr,
)
def test_number(found, text):
    """Whole numbers are text; what is none is given back as no text, to be refused."""
    value = Number(Pointer("/id")).find(Request(), {"id": found})
    assert value == text
    assert type(value) is type(text)


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"a": {"x": {"id": "1"}}}, "1"),
        ({"a": {"x": {"id": "1"}, "y": {"id": "2"}}}, "1"),
        ({"a": {"x": {}}}, None),
        ({"a": {"x": "id"}}, None),
        ({"a": {}}, None),
        ({"a": []}, None),
        ({"a": [{"id": "1"}]}, None),
        ({"a": "id"}, None),
        ({}, None),
        (None, None),
    ],
    ids=str,
)
def test_inside(payload, found):
    """The first value of an object, whatever its key; no payload makes it raise."""
    assert Inside(Pointer("/a"), Pointer("/id")).find(Request(), payload) == found


IN, OUT = Pointer("/a"), Header("A")


@pytest.mark.parametrize(
    ("place", "outside"),
    [
        (IN, False),
        (OUT, True),
        (Query("a"), True),
        (Numbered("A"), True),
        (Joined(IN, IN), False),
        (Joined(IN, OUT), True),
        (First(IN, IN), False),
        (First(IN, OUT), True),
        (First(IN, Joined(IN, First(IN, OUT))), True),
        (Choice(IN, {"a": IN}, IN), False),
        (Choice(OUT, {"a": IN}, IN), True),
        (Choice(IN, {"a": OUT}, IN), True),
        (Choice(IN, {"a": IN}, OUT), True),
        (Number(IN), False),
        (Number(OUT), True),
        (Inside(IN, IN), False),
    ],
    ids=str,
)
def test_what_comes_from_outside_the_body(place, outside):
    """A header anywhere in it is enough: a signature of the body says nothing about that."""
    assert outside_body(place) is outside


@pytest.mark.parametrize(
    ("place", "names"),
    [
        (None, []),
        (IN, []),
        (Query("A"), []),
        (Inside(IN, IN), []),
        (OUT, ["a"]),
        (Numbered("A-", 2), ["a-1", "a-2"]),
        (Joined(OUT, IN, Header("B")), ["a", "b"]),
        (First(IN, First(OUT, Header("B"))), ["a", "b"]),
        (Choice(OUT, {"a": Header("B")}, Header("C")), ["a", "b", "c"]),
        (Number(OUT), ["a"]),
    ],
    ids=str,
)
def test_the_headers_that_a_place_looks_in(place, names):
    assert list(headers_of(place)) == names


@pytest.mark.parametrize(
    ("place", "same", "other"),
    [
        (Header("A"), Header("A"), Header("B")),
        (Query("a"), Query("a"), Query("b")),
        (Pointer("/a"), Pointer("/a"), Pointer("/b")),
        (Numbered("A"), Numbered("A"), Numbered("A", 2)),
        (Joined(Header("A")), Joined(Header("A")), Joined(Header("A"), by="/")),
        (First(Header("A")), First(Header("A")), First(Header("B"))),
        (Number(Header("A")), Number(Header("A")), Number(Header("B"))),
        (Inside(IN, IN), Inside(IN, IN), Inside(IN, Pointer("/b"))),
        (
            Choice(Pointer("/a"), {}, Pointer("/b")),
            Choice(Pointer("/a"), {}, Pointer("/b")),
            Choice(Pointer("/a"), {}, Pointer("/c")),
        ),
    ],
    ids=lambda place: type(place).__name__,
)
def test_places_are_values(place, same, other):
    """Equal by content, printable and frozen, so that a provider is data."""
    assert place == same
    assert place != other
    assert repr(place) == repr(same)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(place, dataclasses.fields(place)[0].name, None)


@pytest.mark.parametrize(
    ("place", "hint"),
    [("X-Event", r"event_type='X-Event' .* Header\('X-Event'\)"), ("/kind", r"Pointer\('/kind'\)")],
)
def test_a_text_is_no_place(place, hint):
    """It would fail with the first request, so it is refused with what to write."""
    with pytest.raises(ConfigError, match=hint):
        check_place("event_type", place)


@pytest.mark.parametrize("place", [None, Header("A"), Pointer("/a")], ids=repr)
def test_a_place_or_none_passes(place):
    """A place that is not declared is none."""
    check_place("event_type", place)
