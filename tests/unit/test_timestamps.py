import math

import pytest

from hookkit import ConfigError
from hookkit.errors import BadTimestamp, FutureTimestamp, StaleTimestamp
from hookkit.schemes.timestamps import UNITS, both_ways, check_age, read_time, write_time

READ = [
    ("s", "0", 0),
    ("s", "1", 1),
    ("s", "1700000000", 1_700_000_000),
    ("s", "9" * 12, 999_999_999_999),
    ("ms", "0", 0),
    ("ms", "1", 0.001),
    ("ms", "1700000000123", 1_700_000_000.123),
    ("ms", "9" * 15, 999_999_999_999.999),
    ("rfc3339", "1970-01-01T00:00:00Z", 0),
    ("rfc3339", "2023-11-14T22:13:20Z", 1_700_000_000),
    ("s-or-ms", "1700000000", 1_700_000_000),
    ("s-or-ms", "9" * 12, 999_999_999_999),
    ("s-or-ms", "1700000000500", 1_700_000_000.5),
    ("rfc3339", "2023-11-14t22:13:20z", 1_700_000_000),
    ("rfc3339", "2023-11-14 22:13:20Z", 1_700_000_000),
    ("rfc3339", "2023-11-14T22:13:20.5Z", 1_700_000_000.5),
    ("rfc3339", "2023-11-14T22:13:20.123456789Z", 1_700_000_000.123456),
    ("rfc3339", "2023-11-14T23:43:20+01:30", 1_700_000_000),
    ("rfc3339", "2023-11-14T22:13:20-00:00", 1_700_000_000),
    ("rfc3339", "2024-02-29T00:00:00Z", 1_709_164_800),
    ("rfc3339", "0001-01-01T00:00:00+23:59", -62_135_683_140),
    ("rfc3339", "9999-12-31T23:59:59-23:59", 253_402_387_139),
]


@pytest.mark.parametrize(("unit", "text", "seconds"), READ, ids=[f"{u} {t}" for u, t, _ in READ])
def test_a_time_is_read(unit, text, seconds):
    """Into unix seconds."""
    assert read_time(text, unit) == seconds


ODD = ["", " ", "1 ", " 1", "1\n", "+1", "-1", "00", "01", "1_0", "1.0", "1e9", "0x1", "inf", "nan"]
ODD += ["١", "²", "1\0", "\ud800", "1,1", "None", "9" * 5000]

NO_TIMES = [
    *[(unit, text) for unit in UNITS for text in ODD],
    ("s", "9" * 13),
    ("s", "1700000000.5"),
    ("s", "2023-11-14T22:13:20Z"),
    ("ms", "9" * 16),
    ("s-or-ms", "9" * 16),
    *[
        ("rfc3339", text)
        for text in (
            "1700000000",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-11-14T22:13Z",
            "2023-11-14T22:13:20.Z",
            "2023-11-14T22:13:20.1234567890Z",
            "2023-11-14T22:13:20,5Z",
            "2023-11-14T22:13:20+0130",
            "2023-11-14T22:13:20+01",
            "2023-11-14T22:13:20+24:00",
            "2023-11-14T22:13:20+00:60",
            "2023-11-14T22:13:20 Z",
            "2023-11-14T22:13:60Z",
            "2023-11-14T25:13:20Z",
            "2023-11-14T24:00:00Z",
            "2023-11-14T22:60:20Z",
            "2023-11-31T22:13:20Z",
            "2023-13-14T22:13:20Z",
            "2023-02-29T22:13:20Z",
            "0000-01-01T00:00:00Z",
            "20231114T221320Z",
            "2023-W46-2T22:13:20Z",
            "2023-318T22:13:20Z",
            "+2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20Z\n",
            "２023-11-14T22:13:20Z",
        )
    ],
]


@pytest.mark.parametrize(
    ("unit", "text"), NO_TIMES, ids=[f"{u} {ascii(t)[:40]}" for u, t in NO_TIMES]
)
def test_what_is_no_time(unit, text):
    """One form for each unit; whatever else Python would read as a number or a date is refused."""
    with pytest.raises(BadTimestamp):
        read_time(text, unit)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("seconds", [0, 1, 1_700_000_000, 1_700_000_000.9, 32_503_680_000])
def test_what_is_written_is_read_again(unit, seconds):
    """To the unit's precision, never later than it is."""
    found = read_time(write_time(seconds, unit), unit)
    assert 0 <= seconds - found < (0.002 if unit == "ms" else 1)


@pytest.mark.parametrize(
    ("unit", "text"),
    [("s", "1700000000"), ("ms", "1700000000500"), ("rfc3339", "2023-11-14T22:13:20Z")],
)
def test_how_a_time_is_written(unit, text):
    """As providers write it."""
    assert write_time(1_700_000_000.5, unit) == text


AGES = [
    (0, (0, 0), None),
    (300, (300, 300), None),
    (300.001, (300, 300), StaleTimestamp),
    (-300, (300, 300), None),
    (-300.001, (300, 300), FutureTimestamp),
    (10, (10, 0), None),
    (11, (10, 0), StaleTimestamp),
    (-1, (10, 0), FutureTimestamp),
    (-5, (0, 5), None),
    (1, (0, 5), StaleTimestamp),
    (1e12, (math.inf, 0), None),
    (-1e12, (0, math.inf), None),
    (1e12, None, None),
    (-1e12, None, None),
]


@pytest.mark.parametrize(("age", "tolerance", "error"), AGES, ids=[str(row[:2]) for row in AGES])
def test_tolerance_both_ways(age, tolerance, error):
    """Inclusive at the bound; past and future apart."""
    if error is None:
        check_age(age, tolerance)
        return
    with pytest.raises(error):
        check_age(age, tolerance)


@pytest.mark.parametrize(
    ("tolerance", "window"),
    [
        (None, None),
        (300, (300, 300)),
        (0, (0, 0)),
        (0.5, (0.5, 0.5)),
        ((600, 0), (600, 0)),
        (math.inf, (math.inf, math.inf)),
    ],
    ids=str,
)
def test_a_tolerance(tolerance, window):
    """One number for both ways, or one for each."""
    assert both_ways(tolerance) == window


@pytest.mark.parametrize(
    "tolerance",
    [
        -1,
        -0.001,
        math.nan,
        (-1, 0),
        (0, -1),
        (math.nan, 0),
        (0, math.nan),
        (1,),
        (1, 2, 3),
        (),
        ("1", "2"),
        (None, 1),
        [1, 2],
        "300",
        b"300",
        1j,
    ],
    ids=repr,
)
def test_what_is_no_tolerance(tolerance):
    """Is refused at definition; a text from the environment as well."""
    with pytest.raises(ConfigError, match=r"a number of seconds, 0 or more, or \(past, future\)"):
        both_ways(tolerance)
