import pytest

from hookkit import Backoff, ConfigError, Discard, RetryLater
from hookkit.runs import Runs


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [(1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (5, None), (9, None)],
)
def test_waits_grow_to_the_cap_and_end(attempt, wait):
    """By the factor; after the last attempt there is none."""
    assert Backoff(attempts=5, cap=5.0).wait(attempt, lambda: 0.0) == wait


def test_chance_shortens_a_wait_by_up_to_a_quarter():
    """So that what failed together does not come back together."""
    waits = [Backoff(first=8.0).wait(1, lambda chance=chance: chance) for chance in (0.0, 0.5, 1.0)]
    assert waits == [8.0, 7.0, 6.0]


def test_a_late_attempt_overflows_nothing():
    """However many there are."""
    assert Backoff(attempts=10**6).wait(10**5, lambda: 0.0) == 3600.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": 1.5},
        {"first": -1},
        {"first": 10, "cap": 5},
        {"factor": 0.5},
        {"factor": float("nan")},
    ],
)
def test_numbers_that_make_no_sense(wrong):
    """Are refused at construction."""
    with pytest.raises(ConfigError):
        Backoff(**wrong)


@pytest.mark.parametrize("wrong", [{"ack": "later"}, {"backoff": 3}])
def test_how_a_handler_runs_is_checked(wrong):
    """Where it is registered."""
    with pytest.raises(ConfigError):
        Runs(**wrong)


def test_wishes():
    """What a handler raises says what it wishes."""
    assert (RetryLater().after, RetryLater(2).after) == (None, 2)
    assert str(RetryLater(2)) == "in 2 seconds"
    assert Discard("sold out").reason == "sold out"
    for wrong in (-1, 10**9):
        with pytest.raises(ConfigError):
            RetryLater(wrong)
