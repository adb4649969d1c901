import dataclasses

import pytest

from hookkit import ConfigError, Limits


def test_the_defaults():
    """What is on by default, as the documentation says it."""
    assert dataclasses.asdict(Limits()) == {
        "header": 8192,
        "candidates": 16,
        "secrets": 8,
        "fields": 1000,
        "nesting": None,
        "name": 255,
    }


NAMES = [field.name for field in dataclasses.fields(Limits)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [0, -1, 1.0, True, "16", b"1", float("inf"), float("nan"), [1]],
    ids=repr,
)
def test_a_bound_is_a_whole_number_of_at_least_one(name, value):
    """Anything else is refused at construction, by the bound's own name."""
    with pytest.raises(ConfigError, match=rf"Limits\({name}=…\) must be a whole number"):
        Limits(**{name: value})


@pytest.mark.parametrize("name", [name for name in NAMES if name != "nesting"])
def test_no_bound_can_be_switched_off(name):
    """None is no bound; only for nesting does it leave the matter to the decoder."""
    with pytest.raises(ConfigError, match=name):
        Limits(**{name: None})
    assert Limits(nesting=None).nesting is None


@pytest.mark.parametrize("name", NAMES)
def test_one_is_the_least(name):
    """The smallest bound is accepted."""
    assert getattr(Limits(**{name: 1}), name) == 1


def test_limits_are_frozen():
    """One value may serve several receivers."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Limits().header = 1  # type: ignore[misc]
