from hashlib import sha256
from pathlib import Path

import pytest

from bench import contenders, musts, report, scale
from bench.results import Results, Section, Table, load, save
from bench.timing import Figure, ratio
from hookkit import Receiver, decoding

REFERENCE = Path(contenders.__file__).parent / "reference"
FIGURE = "8 KiB: hookkit[fast] / bare_wsgi"
MUST = next(must for must in musts.MUSTS if must.figure == FIGURE)
RATE = next(must for must in musts.MUSTS if must.sense == "≥" and must.guard is not None)


def section(median: float) -> Section:
    figures = {must.figure: Figure(0.0, 0.0, 0.0) for must in musts.MUSTS}
    figures[FIGURE] = Figure(median, median, median)
    return Section("receive", "Receive", [], figures)


def of_one(must: musts.Must, median: float) -> Section:
    return Section(must.section, "One", [], {must.figure: Figure(median, median, median)})


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("apps.py", "05d752ac9137bfd14866b46028b4cee1bb97553d2d6295e05999d727c27f24d2"),
        ("common.py", "d8c9c08f6d8bc85b14d0f1e93610d3b4a6af3fe91db0743523832e879a73566e"),
        ("dj_urls.py", "b8a8f40052fd67f4a1fa29a577496a9b04a31eb5b6c398c00670efcdd2c73c11"),
        ("s1_inproc.py", "71f5b9088299c702515e8327882666b16a693bc6bd9e73a9f4a777003f3b734c"),
        ("wrk_post.lua", "0589c79652f0e589839c8db8b6c08d3fb80a5882e22411990360d24c6a9e9c29"),
    ],
    ids=["apps", "common", "dj_urls", "s1_inproc", "wrk_post"],
)
def test_reference_is_unchanged(name: str, digest: str) -> None:
    """The reference contenders are byte for byte those of the first baseline measurements."""
    assert sha256((REFERENCE / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("make", "is_standard"),
    [(contenders.standard_receiver, True), (contenders.receiver, False)],
    ids=["standard", "fast"],
)
def test_receivers_differ_in_their_decoder(make, is_standard: bool, monkeypatch) -> None:
    """One contender reads JSON by the standard library, the other by msgspec."""
    scan, scanned = decoding._scan, []

    def scanning(text: str, start: int) -> tuple[object, int]:
        scanned.append(text)
        return scan(text, start)

    monkeypatch.setattr(decoding, "_scan", scanning)
    receiver: Receiver = make()
    body = b'{"ref": "main"}'
    contenders.common.wsgi_call(receiver, contenders.common.gh_headers(body), body)
    assert bool(scanned) is is_standard


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
    ("must", "median", "verdict", "fails"),
    [
        (MUST, MUST.aim, "aim reached", False),
        (MUST, MUST.must, "reached", False),
        (MUST, MUST.guarded, f"MISSED, guarded at {MUST.guarded:g}", False),
        (MUST, MUST.guarded + 0.01, "MISSED", True),
        (RATE, RATE.aim, "aim reached", False),
        (RATE, RATE.must, "reached", False),
        (RATE, RATE.guarded, f"MISSED, guarded at {RATE.guarded:g}", False),
        (RATE, RATE.guarded - 0.01, "MISSED", True),
    ],
    ids=[
        f"{what} {bound}" for what in ("time", "rate") for bound in ("aim", "must", "guard", "miss")
    ],
)
def test_verdicts(must: musts.Must, median: float, verdict: str, fails: bool) -> None:
    """A table judges by the must, the exit code by the guard; of a time less is better, of a rate more."""
    measured = of_one(must, median)
    ((figure, *_, said),) = report.judged(measured).rows
    assert (figure, said) == (must.figure, verdict)
    assert musts.missed(measured) == ({must.figure} if fails else set())


@pytest.mark.parametrize("must", musts.MUSTS, ids=lambda must: must.figure)
def test_guards_are_no_stricter_than_their_must(must: musts.Must) -> None:
    """What reaches the aim reaches the must, and what reaches the must does not fail the run."""
    assert must.aim is None or must.reaches(must.aim, must.must)
    assert must.reaches(must.must, must.guarded)


def test_what_was_not_measured_is_told() -> None:
    """A machine without Postgres gives no figure of it, and CI is to know."""
    absent = {must.figure for must in musts.MUSTS if must.section == RATE.section}
    assert musts.unmeasured(of_one(RATE, 1.0)) == absent - {RATE.figure}


def test_page_says_where_hookkit_loses() -> None:
    """The page lists what misses its must, and leaves out what reaches its aim."""
    page = report.markdown(Results({"Python": "3"}, [section(0.9)]), {})
    listed = page.partition("## Where hookkit loses")[2].partition("## Receive")[0]
    assert f"- {FIGURE}: 0.900; **must be ≤ 0.7**; aim ≤ 0.6" in listed
    assert "1 MiB" not in listed


def test_page_says_where_another_is_faster_of_whom_nothing_is_asked() -> None:
    figure = Figure(0.8, 0.7, 0.9)
    slower = Section("durable", "Durable", figures={"8 at once: hookkit / another": figure})
    page = report.markdown(Results({}, [slower]), {})
    assert "- 8 at once: hookkit / another: 0.800\n" in page


def test_results_are_read_as_they_were_saved(tmp_path: Path) -> None:
    """What the pages are made of is what was measured."""
    table = Table("A table", ("what", "much"), [("this", 1.5)])
    figures = {"a figure": Figure(1.0, 0.5, 2.0)}
    results = Results({"Python": "3"}, [Section("one", "One", [table], figures, "now", ["Note."])])
    save(tmp_path / "results.json", results)
    assert load(tmp_path / "results.json") == results


def test_a_section_that_is_measured_again_replaces_itself_alone() -> None:
    before = Results({}, [Section("a", "A", taken="then"), Section("b", "B", taken="then")])
    after = before.replaced([Section("a", "A", taken="now"), Section("c", "C", taken="now")])
    assert [(each.name, each.taken) for each in after] == [
        ("a", "now"),
        ("b", "then"),
        ("c", "now"),
    ]


def test_a_commit_is_fitted_as_a_line() -> None:
    """So much for the sync, and so much for each delivery in it."""
    points = [(at_once, 0.002 + at_once * 0.0001) for at_once in (8, 32, 128)]
    assert scale.fitted(points) == pytest.approx((0.002, 0.0001))
