from hashlib import sha256
from pathlib import Path

import pytest

from bench import contenders, musts, report
from bench.results import Section
from bench.timing import Figure, ratio
from hookkit import Receiver

REFERENCE = Path(contenders.__file__).parent / "reference"
FIGURE = "8 KiB: hookkit[fast] / bare_wsgi"
MUST = next(must for must in musts.MUSTS if must.figure == FIGURE)


def section(median: float) -> Section:
    figures = {must.figure: Figure(0.0, 0.0, 0.0) for must in musts.MUSTS}
    figures[FIGURE] = Figure(median, median, median)
    return Section("receive", "Receive", [], figures)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("apps.py", "05d752ac9137bfd14866b46028b4cee1bb97553d2d6295e05999d727c27f24d2"),
        ("common.py", "d8c9c08f6d8bc85b14d0f1e93610d3b4a6af3fe91db0743523832e879a73566e"),
        ("dj_urls.py", "b8a8f40052fd67f4a1fa29a577496a9b04a31eb5b6c398c00670efcdd2c73c11"),
    ],
    ids=["apps", "common", "dj_urls"],
)
def test_reference_is_unchanged(name: str, digest: str) -> None:
    """The reference contenders are byte for byte those of the first baseline measurements."""
    assert sha256((REFERENCE / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("make", "status"),
    [(contenders.standard_receiver, "200"), (contenders.receiver, "400")],
    ids=["standard", "fast"],
)
def test_receivers_differ_in_their_decoder(make, status: str) -> None:
    """One contender reads JSON by the standard library, whose floats overflow; the other by msgspec."""
    receiver: Receiver = make()
    body = b'{"ref": 1e999}'
    contenders.common.wsgi_call(receiver, contenders.common.gh_headers(body), body, expect=status)


@pytest.mark.parametrize(
    "call", [contenders.accepted, contenders.refused, contenders.oversize], ids=lambda f: f.__name__
)
def test_calls_get_the_answer_that_they_measure(call) -> None:
    """What is timed as accepted, refused or oversize is answered so: another answer raises."""
    assert call(contenders.receiver(), contenders.body_of(300))() is not None


def test_ratio_is_taken_within_rounds() -> None:
    """A ratio is the median of each round's own, so a slow round of both contenders is no matter."""
    rounds = {"a": [2.0, 200.0, 3.0], "b": [1.0, 100.0, 1.0]}
    assert ratio(rounds, "a", "b") == Figure(2.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("median", "verdict", "fails"),
    [
        (MUST.aim, "aim reached", False),
        (MUST.must, "reached", False),
        (MUST.guarded, f"MISSED, guarded at {MUST.guarded:g}", False),
        (MUST.guarded + 0.01, "MISSED", True),
    ],
    ids=["aim", "must", "guard", "beyond"],
)
def test_verdicts(median: float, verdict: str, fails: bool) -> None:
    """A table judges by the must, the exit code by the guard."""
    measured = section(median)
    verdicts = {row[0]: row[-1] for row in report.judged(measured).rows}
    assert verdicts[FIGURE] == verdict
    assert musts.missed(measured) == ({FIGURE} if fails else set())


@pytest.mark.parametrize("must", musts.MUSTS, ids=lambda must: must.figure)
def test_guards_are_no_stricter_than_their_must(must: musts.Must) -> None:
    """A must is at least its aim, and its guard at least the must."""
    assert (must.aim or 0) <= must.must <= must.guarded


def test_page_says_where_hookkit_loses() -> None:
    """The page lists what misses its must, and leaves out what reaches its aim."""
    losses = report.markdown([section(0.9)], {"Python": "3"}).partition("## Where hookkit loses")[2]
    listed = losses.partition("## Receive")[0]
    assert f"- {FIGURE}: 0.900; **must be ≤ 0.7**; aim ≤ 0.6" in listed
    assert "1 MiB" not in listed
