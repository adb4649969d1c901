from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from typing import ClassVar, Generic, TypeVar

import pytest

from hookkit.values import field, fields, replace, value

T = TypeVar("T")


@value
class Point:
    """Where something is."""

    origin: ClassVar[str] = "top left"

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    distance: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x is negative")
        object.__setattr__(self, "distance", abs(self.x) + abs(self.y))

    def moved(self, by: int) -> Point:
        return replace(self, x=self.x + by)


@value(kw_only=True)
class Named(Point):
    """A point with a name, which is given by its name."""

    name: str
    color: str = "black"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.name:
            raise ValueError("name is empty")


@value
class Pair:
    """One with a constructor of its own."""

    both: tuple[int, ...]

    def __init__(self, *both: int) -> None:
        object.__setattr__(self, "both", both)


@value
class Nothing:
    """Without any field."""


@value
class Box(Generic[T]):
    """Of something."""

    inside: T


class Plain(Point):
    """Below a value, and no value of its own."""


@dataclasses.dataclass(frozen=True)
class Described(Point):
    """A user's own dataclass."""

    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Slotted(Named):
    """Another, made anew with slots."""

    text: str


EVERY = [
    Point(1),
    Named(1, name="a"),
    Pair(1, 2),
    Nothing(),
    Box("in it"),
    Described(1, text="a"),
    Slotted(1, name="a", text="b"),
]


def of(given: object) -> str:
    return type(given).__name__


# Making one.


@pytest.mark.parametrize(
    "made",
    [Point(1, 2), Point(1, y=2), Point(x=1, y=2), Point(y=2, x=1), Point(1, 2, [])],
    ids=["positions", "mixed", "names", "any order", "all"],
)
def test_fields_are_given_by_position_or_name(made):
    """As with any function."""
    assert (made.x, made.y, made.tags, made.distance) == (1, 2, [], 3)
    assert made == Point(1, 2)


def test_defaults():
    """One is the same for all values; what a factory makes is each value's own."""
    assert Point(1).y == 0
    assert Point(1).tags == []
    assert Point(1).tags is not Point(1).tags


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Point, r"Point.__init__\(\) missing 1 required positional argument: 'x'"),
        (lambda: Point(1, z=2), r"Point.__init__\(\) got an unexpected keyword argument 'z'"),
        (lambda: Point(1, distance=2), r"got an unexpected keyword argument 'distance'"),
        (lambda: Point(1, x=2), r"Point.__init__\(\) got multiple values for argument 'x'"),
        (lambda: Point(1, 2, [], 4), r"takes 4 positional arguments but 5 were given"),
        (lambda: Nothing(1), r"Nothing.__init__\(\) takes 1 positional argument but 2 were given"),
        (lambda: Named(1), r"Named.__init__\(\) missing 1 required keyword-only argument: 'name'"),
        (lambda: Named(1, 2, [], "a"), r"takes 4 positional arguments but 5 were given"),
    ],
    ids=[
        "missing",
        "unknown",
        "computed",
        "twice",
        "too many",
        "none taken",
        "keyword-only missing",
        "keyword-only by position",
    ],
)
def test_wrong_arguments(make, message):
    """Are a TypeError in Python's own words."""
    with pytest.raises(TypeError, match=message):
        make()


def test_all_that_is_missing_is_named():
    """And not one after the other."""

    @value
    class Triple:
        a: int
        b: int
        c: int

    with pytest.raises(
        TypeError, match="missing 3 required positional arguments: 'a', 'b' and 'c'"
    ):
        Triple()
    with pytest.raises(TypeError, match="missing 2 required positional arguments: 'a' and 'c'"):
        Triple(b=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Point(-1), "x is negative"),
        (lambda: Named(-1, name="a"), "x is negative"),
        (lambda: Named(1, name=""), "name is empty"),
        (lambda: replace(Point(1), x=-1), "x is negative"),
    ],
    ids=["own", "above", "below", "replaced"],
)
def test_what_does_not_hold_together_is_not_made(make, message):
    """`__post_init__` judges, also by `super()`."""
    with pytest.raises(ValueError, match=message):
        make()


# What it is then.


@pytest.mark.parametrize("made", EVERY, ids=of)
def test_frozen(made):
    """Nobody changes a value for everybody else."""
    for name in [each.name for each in fields(made)]:
        with pytest.raises(dataclasses.FrozenInstanceError, match=name):
            setattr(made, name, 5)
        with pytest.raises(AttributeError, match=name):
            delattr(made, name)


def test_nothing_is_added():
    """What is no field is none to be set either."""
    with pytest.raises(dataclasses.FrozenInstanceError, match="unheard_of"):
        Point(1).unheard_of = True


def test_a_plain_class_below_may_add_attributes():
    """And change none of the fields."""
    plain = Plain(1)
    plain.seen = True
    del plain.seen
    with pytest.raises(dataclasses.FrozenInstanceError):
        plain.x = 2
    assert not hasattr(plain, "seen")


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Point(1), Point(1), True),
        (Point(1), Point(2), False),
        (Point(1, tags=["a"]), Point(1), True),
        (Point(1), Plain(1), False),
        (Point(1), Described(1), False),
        (Named(1, name="a"), Named(1, name="a"), True),
        (Named(1, name="a"), Named(1, name="b"), False),
        (Pair(1), Pair(1), True),
        (Pair(1), Pair(2), False),
        (Nothing(), Nothing(), True),
        (Point(1), 1, False),
    ],
)
def test_compared_by_their_fields(one, other, equal):
    """And by their very class; equal ones have one hash."""
    assert (one == other) is equal
    assert (one != other) is not equal
    if equal:
        assert hash(one) == hash(other)


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (Point(1), "Point(x=1, y=0, tags=[])"),
        (Named(1, name="a"), "Named(x=1, y=0, tags=[], name='a', color='black')"),
        (Pair(1, 2), "Pair(both=(1, 2))"),
        (Nothing(), "Nothing()"),
    ],
    ids=of,
)
def test_printed_as_it_is_written(made, shown):
    """Less the fields that are made of others."""
    assert repr(made) == shown


def test_matched_by_position():
    """Those fields that are given by position."""
    match Named(3, 4, name="a"):
        case Named(x, y, name="a"):
            assert (x, y) == (3, 4)
    assert Named.__match_args__ == ("x", "y", "tags")


@pytest.mark.parametrize("made", [each for each in EVERY if not isinstance(each, Box)], ids=of)
def test_copied_and_pickled(made):
    """It comes back equal."""
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301
        assert again == made
        assert repr(again) == repr(made)


@pytest.mark.parametrize(
    "change", [replace, dataclasses.replace, Point.__replace__], ids=["ours", "theirs", "method"]
)
def test_replaced(change):
    """What is made of the other fields is made anew."""
    assert change(Point(1, 2), x=5) == Point(5, 2)
    assert change(Point(1, 2), x=5).distance == 7


@pytest.mark.parametrize("made", [Described(1, text="a"), Slotted(1, name="a", text="b")], ids=of)
def test_replace_takes_a_dataclass(made):
    """With the fields that it adds."""
    assert replace(made, text="c").text == "c"
    assert replace(made, x=2).distance == 2
    assert replace(made) == made


@pytest.mark.parametrize("made", [Point(1), Described(1)], ids=of)
@pytest.mark.parametrize(
    ("changes", "error"),
    [({"z": 1}, "'z'"), ({"distance": 1}, "distance")],
    ids=["unknown", "computed"],
)
def test_replaces_no_other_field(made, changes, error):
    """Than those that the constructor takes."""
    with pytest.raises(TypeError, match=error):
        replace(made, **changes)


# Declaring one.


def test_what_the_class_defines_stays():
    """A constructor, and how it is shown, compared and hashed."""

    @value
    class Own:
        a: int = 1

        def __repr__(self):
            return "own"

        def __eq__(self, other):
            return True

    assert repr(Own()) == "own"
    assert Own(1) == Own(2)
    assert hash(Own(1)) != hash(Own(2))


@pytest.mark.parametrize("default", [[], {}, set(), bytearray()], ids=of)
def test_a_default_that_can_change_is_refused(default):
    """Every value would share it."""
    with pytest.raises(TypeError, match=rf"Bad.a: a {type(default).__name__} would be shared"):

        @value
        class Bad:
            a: list[int] = default


def test_a_field_without_default_after_one_with():
    """Is refused, as for arguments; but not where they are given by name."""
    with pytest.raises(TypeError, match=r"Bad\.b has no default, and follows a"):

        @value
        class Bad:
            a: int = 1
            b: int

    @value(kw_only=True)
    class Good:
        a: int = 1
        b: int

    assert Good(b=2).b == 2


def test_a_default_may_be_a_fields():
    """Beside what else the field says."""

    @value
    class Sized:
        size: int = field(default=3, compare=False)

    assert Sized().size == 3
    assert Sized(4) == Sized()


def test_a_field_that_is_declared_again_keeps_its_place():
    """With the new default."""

    @value
    class Near(Point):
        x: int = 7

    assert [each.name for each in fields(Near)] == ["x", "y", "tags", "distance"]
    assert Near().x == 7


# What `dataclasses` and `inspect` see.


@pytest.mark.parametrize("made", EVERY, ids=of)
def test_dataclasses_takes_it_for_one(made):
    """With the same fields, and the same values in them."""
    assert dataclasses.is_dataclass(made)
    assert dataclasses.is_dataclass(type(made))
    named = {each.name for each in fields(made)}
    assert {each.name for each in dataclasses.fields(made)} == named
    assert dataclasses.asdict(made) == {name: getattr(made, name) for name in named}


def test_fields_say_the_same():
    """To both."""
    by_name = {each.name: each for each in dataclasses.fields(Named)}
    for each in fields(Named):
        other = by_name[each.name]
        assert (each.init, each.repr, each.compare) == (other.init, other.repr, other.compare)
        assert each.kw_only == other.kw_only
    assert by_name["y"].default == 0
    assert by_name["tags"].default_factory is list


def test_a_dataclass_below_is_made_by_the_constructor_of_dataclasses():
    """And judged by our `__post_init__`."""
    made = Slotted(1, name="a", text="b")
    assert (made.x, made.distance, made.text) == (1, 1, "b")
    with pytest.raises(ValueError, match="name is empty"):
        Slotted(1, name="", text="b")


@pytest.mark.parametrize(
    ("cls", "signature"),
    [
        (Point, "(x: 'int', y: 'int' = 0, tags: 'list[str]' = <factory>) -> None"),
        (Nothing, "() -> None"),
        (Pair, "(*both: 'int') -> 'None'"),
        (Plain, "(x: 'int', y: 'int' = 0, tags: 'list[str]' = <factory>) -> None"),
    ],
)
def test_the_signature(cls, signature):
    """Is what help and editors show."""
    assert str(inspect.signature(cls)) == signature


def test_the_signature_of_what_is_below():
    """Fields by name come last; a dataclass, or a constructor of its own, has its own."""
    assert list(inspect.signature(Named).parameters) == ["x", "y", "tags", "name", "color"]
    assert "text" in inspect.signature(Described).parameters

    class Other(Point):
        def __init__(self, somewhere: str) -> None:
            super().__init__(len(somewhere))

    assert list(inspect.signature(Other).parameters) == ["somewhere"]


def test_of_what_is_no_value():
    """There are no fields."""
    with pytest.raises(TypeError):
        fields(5)


def test_a_generic_value():
    """Is subscripted like any generic class."""
    assert Box[int](3) == Box(3)
