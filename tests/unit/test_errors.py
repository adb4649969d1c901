import re
from collections.abc import Iterator

import pytest

from hookkit import errors
from hookkit.errors import ConfigError, HookkitError, OurFault, RequestError, Unauthorized


def _below(kind: type[HookkitError]) -> Iterator[type[HookkitError]]:
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each
            yield from _below(each)


ALL = sorted(_below(HookkitError), key=lambda kind: kind.__name__)
REFUSALS = [kind for kind in ALL if issubclass(kind, RequestError)]
CODED = [kind for kind in ALL if issubclass(kind, RequestError | OurFault)]


def _tree_in_docstring() -> dict[str, tuple[str, int | None]]:
    """Each name that the module's docstring draws: the name above it, and the status beside it."""
    drawn: dict[str, tuple[str, int | None]] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    ([│ ]*(?:[├└]── )?)([A-Z]\w+)\b(?:\s+([1-5]\d\d)\b)?", line)
        if found is None or (not found[1].endswith("── ") and found[2] != "HookkitError"):
            continue
        while above and above[-1][0] >= len(found[1]):
            above.pop()
        drawn[found[2]] = (above[-1][1] if above else "", int(found[3]) if found[3] else None)
        above.append((len(found[1]), found[2]))
    return drawn


def test_the_drawn_tree_is_the_real_one():
    """The tree in the module's docstring names every class, below the class that it is below."""
    real = {kind.__name__: kind.__bases__[0].__name__ for kind in ALL}
    drawn = {name: parent for name, (parent, _) in _tree_in_docstring().items()}
    assert drawn == {"HookkitError": "", **real}


def test_the_drawn_statuses_are_the_real_ones():
    """A status that the docstring draws is the class's own."""
    drawn = {name: status for name, (_, status) in _tree_in_docstring().items() if status}
    assert len(drawn) >= 7
    assert drawn == {name: getattr(errors, name).status for name in drawn}


def test_all_names_every_class():
    """Everything that the module defines is exported, and in order."""
    wishes = ["Discard", "RetryLater"]
    assert errors.__all__ == sorted(["HookkitError", *wishes, *(kind.__name__ for kind in ALL)])


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_the_docstring_is_the_message(kind):
    """Without a text of its own an error says its class's docstring, in one line."""
    said = str(kind())
    assert said == " ".join(kind.__doc__.split())
    assert "\n" not in said
    assert said.endswith((".", "?", ")", "log"))


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_a_message_of_its_own_takes_the_place_of_the_docstring(kind):
    """What is known where the failure happens is said instead."""
    assert str(kind("what happened")) == "what happened"


@pytest.mark.parametrize("kind", CODED, ids=lambda kind: kind.__name__)
def test_a_reason_is_a_stable_code_of_one_class(kind):
    """Logs and alarms can tell the classes apart by `reason` alone."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.reason)
    assert [other for other in CODED if other.reason == kind.reason] == [kind]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_a_refusal_is_the_senders_fault(kind):
    """Every RequestError is answered 4xx."""
    assert 400 <= kind.status < 500


@pytest.mark.parametrize(
    "kind", [kind for kind in ALL if issubclass(kind, Unauthorized)], ids=lambda kind: kind.__name__
)
def test_every_failure_of_authentication_is_a_401(kind):
    """Nothing below Unauthorized has a status of its own, which would tell a stranger more."""
    assert kind.status == 401


@pytest.mark.parametrize(
    "kind", [kind for kind in ALL if issubclass(kind, OurFault)], ids=lambda kind: kind.__name__
)
def test_our_own_fault_is_a_503(kind):
    """What the sender cannot help is never a 4xx, which would make it give up."""
    assert kind.status == 503
    assert not issubclass(kind, RequestError)


def test_a_config_error_is_a_value_error():
    """Those who catch ValueError round a constructor catch ours."""
    assert issubclass(ConfigError, ValueError)
    assert not issubclass(RequestError, ValueError)


def test_a_class_without_docstring_says_its_name():
    """A user's own subclass is never without words."""

    class Undescribed(RequestError):
        pass

    assert str(Undescribed()) == "Undescribed"
