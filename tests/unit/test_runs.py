import pytest

from hookkit import ConfigError, Event, Pointer
from hookkit.runs import Runs, lane_of


def _event(payload):
    return Event("invoice.paid", payload, source="stripe")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"ack": "later"}, "accepted"),
        ({"backoff": 5}, "Backoff"),
        ({"stale": "drop"}, "skip"),
        ({"ordered_by": "/data/id"}, "Pointer"),
        ({"ordered_by": 5}, "place"),
    ],
)
def test_what_makes_no_sense_says_what_does(wrong, told):
    with pytest.raises(ConfigError, match=told):
        Runs(**wrong)


@pytest.mark.parametrize(
    ("ordered_by", "is_ordered"), [(Pointer("/id"), True), (lambda event: 1, True), (None, False)]
)
def test_is_ordered(ordered_by, is_ordered):
    assert Runs(ordered_by=ordered_by).is_ordered is is_ordered
    assert not Runs().is_ordered


@pytest.mark.parametrize("ordered_by", [Pointer("/id"), lambda event: event.payload.get("id")])
@pytest.mark.parametrize("key", ["a", "\x00", "x" * 10_000, 7, 1.5, True, ["a", 1], {"b": 1}])
def test_a_lane_is_a_short_digest_of_the_key(ordered_by, key):
    """It is kept for long, and a key may be a person's address."""
    lane = lane_of(ordered_by, _event({"id": key}))
    assert lane == lane_of(ordered_by, _event({"id": key}))
    assert lane.isalnum()
    assert len(lane) == 32


def test_keys_that_differ_have_lanes_that_differ():
    """Also where their texts are alike."""
    keys = ["1", 1, True, "a", "A", ["a"], '["a"]']
    assert len({lane_of(Pointer("/id"), _event({"id": key})) for key in keys}) == len(keys)


def test_what_belongs_to_nothing_has_no_lane():
    assert lane_of(Pointer("/id"), _event({"id": None})) is None
    assert lane_of(Pointer("/id"), _event({})) is None
    assert lane_of(lambda event: None, _event({})) is None


def test_what_json_cannot_say_is_an_error():
    with pytest.raises(TypeError):
        lane_of(lambda event: object(), _event({}))
