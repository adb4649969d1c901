"""Every request of the hostile-request corpus, under WSGI and under ASGI."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corpus import asgi, runner, target

ref = runner.ref
"The oracle, by the name under which the runner itself found it."

HERE = Path(__file__).parent

COMMON_401 = (
    [("content-length", "12"), ("content-type", "text/plain; charset=utf-8")],
    b"Unauthorized",
)

ALL_CASES = list(ref.load(HERE / "cases.jsonl"))
ALL_SEQUENCES = list(ref.load(HERE / "sequences.jsonl"))
UNDER_ASGI = [
    case for case in ALL_CASES if "request" in case and asgi.is_expressible(case["request"])
]


class Forgetful(set[str]):
    """A dedupe store that remembers nothing."""

    def __contains__(self, key: object) -> bool:
        return False


def needs_a_store(sequence: dict[str, Any]) -> bool:
    """Whether the oracle, robbed of its memory, no longer gives the expected answers."""
    now = [sequence["now"]]
    app, calls = ref.make_app(sequence["provider"], ref.secrets_of(sequence), lambda: now[0])
    app.seen = Forgetful()
    for step in sequence["steps"]:
        now[0] = step.get("now", sequence["now"])
        status, ran = app.decide(ref.environ_of(step["request"]))
        if not ref.agree(step["expect"], status, ran):
            return True
    return len(calls) not in sequence["expect"]["handler_total"]


STATELESS = [sequence for sequence in ALL_SEQUENCES if not needs_a_store(sequence)]


def by_id(case: dict[str, Any]) -> str:
    return case["id"]


@pytest.fixture
def suite() -> Iterator[runner.Suite]:
    """The runner's checks, whose log handler leaves the root logger as it was."""
    root = logging.getLogger()
    level = root.level
    suite = runner.Suite(target.make_app)
    suite.first401 = COMMON_401
    yield suite
    root.removeHandler(suite.logs)
    root.setLevel(level)


@pytest.fixture(params=[target.make_durable_app, target.make_drained_app])
def durable(suite: runner.Suite, request: pytest.FixtureRequest) -> Iterator[runner.Suite]:
    """The same checks of a receiver with an inbox: handled before the reply, or by a worker at once."""
    suite.factory = request.param
    yield suite
    target.close_inboxes()


@pytest.mark.parametrize("case", ALL_CASES, ids=by_id)
def test_with_an_inbox(durable: runner.Suite, case: dict[str, Any]) -> None:
    """An inbox changes nothing of what a single request hears."""
    assert durable.one(case) == [], case["title"]


@pytest.mark.parametrize("sequence", ALL_SEQUENCES, ids=by_id)
def test_sequence_with_an_inbox(durable: runner.Suite, sequence: dict[str, Any]) -> None:
    """Replays, repeats, late ones, at the same time: each is handled once."""
    assert durable.sequence(sequence) == [], sequence["title"]


@pytest.mark.parametrize("case", ALL_CASES, ids=by_id)
def test_wsgi(suite: runner.Suite, case: dict[str, Any]) -> None:
    """Status, handler runs, reply and log lines are what the corpus asks for."""
    assert suite.one(case) == [], case["title"]


@pytest.mark.parametrize("dribble", [False, True], ids=["whole", "dribble"])
@pytest.mark.parametrize("case", UNDER_ASGI, ids=by_id)
def test_asgi(suite: runner.Suite, case: dict[str, Any], dribble: bool) -> None:
    """The same under ASGI, the body in one piece and in many."""
    receiver, calls = target.make_app(case["provider"], ref.secrets_of(case), lambda: case["now"])
    request, want = case["request"], case["expect"]["handler_runs"]
    answer = asgi.call(receiver, request, dribble=dribble)
    assert suite.check(case, case, ref.environ_of(request), *answer) == [], case["title"]
    assert len(calls) <= 1
    assert not calls or 200 <= answer[0] < 300
    assert want is None or len(calls) == int(want), case["title"]


@pytest.mark.parametrize("sequence", STATELESS, ids=by_id)
def test_sequence(suite: runner.Suite, sequence: dict[str, Any]) -> None:
    """What needs no memory of earlier deliveries: rotation, ages, no harm done by refused requests."""
    assert suite.sequence(sequence) == [], sequence["title"]


def test_nothing_else_is_left_out() -> None:
    """All of the corpus is here; how much of it runs where is no accident."""
    assert (len(ALL_CASES), len(ALL_SEQUENCES)) == (593, 114)
    not_asgi = [case for case in ALL_CASES if "request" in case and case not in UNDER_ASGI]
    assert all(
        case["request"].get("environ_overrides") or not _latin1(case["request"])
        for case in not_asgi
    )


def test_sequences_that_wait_for_a_store() -> None:
    """What is not run asks for a delivery that came before to be known."""
    waiting = Counter(each["group"] for each in ALL_SEQUENCES if needs_a_store(each))
    assert waiting == {
        "concurrent": 15,
        "replay": 16,
        "replay-late": 9,
        "rotation": 3,
        "retry": 2,
        "replay-other-id": 1,
    }


def _latin1(request: dict[str, Any]) -> bool:
    return all(max(map(ord, name + value)) < 256 for name, value in request["headers"] if name)
