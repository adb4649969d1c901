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


@pytest.mark.parametrize(
    ("backoff", "attempt", "wait"),
    [
        ({}, 10**5, 3600.0),
        ({"factor": 10**6}, 100, 3600.0),
        ({"factor": 1e40, "first": 0.0}, 100, 0.0),
        ({"factor": float("inf"), "first": 0.0}, 2, 0.0),
        # However slowly it grows.
        ({"factor": 1.05}, 160, 1.05**159),
        ({"factor": 1.05}, 200, 3600.0),
        ({"factor": 1}, 10**5, 1.0),
    ],
)
def test_a_late_attempt_waits_as_long_as_it_should(backoff, attempt, wait):
    """However many there are, and no number is too large."""
    assert Backoff(attempts=10**6, **backoff).wait(attempt, lambda: 0.0) == wait


def test_by_default_ten_attempts_within_seventeen_minutes():
    """As documented: a dead letter is made after the tenth."""
    waits = [Backoff().wait(attempt, lambda: 0.0) for attempt in range(1, 11)]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, None]


@pytest.mark.parametrize(
    "least",
    [{"attempts": 1}, {"first": 0.0}, {"first": 0.5}, {"first": 5, "cap": 5}, {"factor": 1}],
)
def test_the_least_that_makes_sense(least):
    Backoff(**least)


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
