import pytest

from hookkit import Event, Request, Verdict


def _event(**changes):
    given = {"type": "push", "payload": {}, "request": Request(), "verdict": Verdict(0), **changes}
    return Event(**given)


def test_what_an_event_has():
    """All its parts, in the order of the constructor."""
    request, verdict = Request(body=b"x"), Verdict(1, 5.0, 2.0)
    event = Event("push", {"a": 1}, request, verdict, "github", "1", "2", 3.0)
    assert (event.type, event.payload, event.source) == ("push", {"a": 1}, "github")
    assert (event.id, event.delivery_id, event.time) == ("1", "2", 3.0)
    assert event.request is request
    assert event.verdict is verdict


def test_what_a_provider_does_not_say_is_none():
    """And no empty text, which could be taken for an id."""
    event = _event()
    assert (event.id, event.delivery_id, event.time) == (None, None, None)


def test_an_event_of_a_handlers_test_needs_its_name_and_payload_only():
    """It says that nobody has verified it: no secret has that position."""
    event = Event("push", {"a": 1})
    assert event.verdict.key == -1
    assert event.request == Request()
    assert event.source == ""


def test_a_type_of_the_payload_converts_nothing():
    """Event[T] is for the type checker; at run time it is an Event."""
    payload = {"a": 1}
    event = Event[int]("push", payload, Request(), Verdict(0))
    assert type(event) is Event
    assert event.payload is payload


def test_an_event_takes_no_further_attributes():
    """It is light, as one is built for every delivery."""
    with pytest.raises(AttributeError):
        _event().extra = 1


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "<Event : 'push'>"),
        ({"source": "github", "id": "evt_1"}, "<Event github: 'push' evt_1>"),
        ({"type": ""}, "<Event : ''>"),
        ({"type": "a\nb", "id": "c\x1b[2J"}, r"<Event : 'a\\nb' c\x1b[2J>"),
        ({"type": "a\u2028", "id": "\u202e"}, r"<Event : 'a\\u2028' \u202e>"),
        ({"type": "a" * 61}, f"<Event : '{'a' * 60}... (61 characters)'>"),
        ({"id": "a" * 255}, f"<Event : 'push' {'a' * 60}... (255 characters)>"),
        ({"payload": "hunter2", "request": Request(body=b"hunter2")}, "<Event : 'push'>"),
    ],
    ids=["least", "id", "no name", "control", "unicode", "a long name", "a long id", "no payload"],
)
def test_what_it_shows(changes, shown):
    """One printable line, whatever came from the wire, and none of the payload."""
    assert repr(_event(**changes)) == shown
