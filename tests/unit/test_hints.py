import typing

import pytest

import hookkit
from hookkit import Event, hints
from hookkit.places import Place
from hookkit.schemes import Scheme

T = typing.TypeVar("T")


class Mine(Event[T], typing.Generic[T]):
    """A user's own event."""


class Third(Place):
    """A user's own place."""

    def find(self, request, payload):
        return payload[2]


@pytest.mark.parametrize("generic", [Event, Mine, Scheme], ids=lambda each: each.__name__)
def test_a_generic_class_is_subscripted(generic):
    """In a handler's hints, where a program may look at them."""
    assert typing.get_origin(generic[dict]) is generic
    assert typing.get_args(generic[dict]) == (dict,)
    assert generic[T][dict] == generic[dict]


def test_a_subscripted_class_makes_events():
    """Of the class itself."""
    assert type(Event[str]("push", "text")) is Event
    assert type(Mine[str]("push", "text")) is Mine


def test_a_protocol_is_inherited_from():
    """By who wants the type checker to say what is missing."""
    assert Third().find(None, "abc") == "c"


def handler(event: Event[dict], many: "Event[list] | None" = None) -> hookkit.Response: ...


@pytest.mark.parametrize(
    "function",
    [handler, hookkit.on, hookkit.Router.on, hookkit.Router.run, hookkit.Event.__init__],
    ids=lambda function: function.__qualname__,
)
def test_hints_can_be_evaluated(function):
    """Of a user's functions, and of ours."""
    assert typing.get_type_hints(function).keys() == function.__annotations__.keys()


def test_each_name_is_one_of_typings():
    """And none is invented."""
    assert {name for name in hints.__all__ if not hasattr(typing, name)} == set()
    assert {name for name in hints.__all__ if not hasattr(hints, name)} == set()
