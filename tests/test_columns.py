"""Kinds: each understands its cells, whatever they came from, and refuses the rest in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops import units
from fieldops.cells import empty, shown, tidy
from fieldops.columns import (
    Amount,
    Choice,
    Column,
    Counts,
    Distance,
    Duration,
    Flag,
    Kind,
    Moment,
    Name,
    Names,
    Number,
    Text,
    TimeOfDay,
    Windows,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
HALF_PAST_NINE = int(datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI).timestamp())
NOON = HALF_PAST_NINE + 9_000


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Number(), "12.5", 12.5),
        (Number(), "１２．５", 12.5),
        (Number(), "1,234,567.5", 1_234_567.5),
        (Number(whole=True), 3.0, 3),
        (Number(whole=True), "1E3", 1_000),
        (Number(-90, 90), np.float64(-33.25), -33.25),
        (Number(), Decimal("0.1"), 0.1),
        (Duration("min"), "45", 2_700),
        (Duration("h"), 1.5, 5_400),
        (Duration("days"), np.int64(2), 172_800),
        (Distance("km"), "12.3456", 12_346),
        (Amount(), "12.34", 1_234 * units.CENT),
        (Amount(per=units.HOUR), "36", units.CENT),
        (Text(), "  张伟, 三楼 ", "张伟, 三楼"),
        (Text(), 7, "7"),
        (Name(), "00123", "00123"),
        (Name(), "1E5", "1E5"),
        (Name(), "NA", "NA"),
        (Name(), "　Ｐ００１ ", "P001"),
        (Name(), 100200.0, "100200"),
        (Name(), 17, "17"),
        (Choice({"urgent": ("加急", "1"), "normal": ()}), "加急", "urgent"),
        (Choice({"urgent": ("RUSH",), "normal": ()}), " Rush", "urgent"),
        (Choice({"urgent": ("1",), "normal": ()}), 1.0, "urgent"),
        (Flag(), "是", True),
        (Flag(), 0.0, False),
        (Flag(), True, True),
        (Flag(), "No", False),
        (TimeOfDay(), "8:30", 30_600),
        (TimeOfDay(), "24:00", 86_400),
        (TimeOfDay(), time(8, 29, 59, 999_999), 30_600),
        (TimeOfDay(), timedelta(hours=24), 86_400),
        (Names(), "network; 电工，network", ("network", "电工")),
        (Names(), ["a", None, 7], ("a", "7")),
        (Names(), 12.0, ("12",)),
        (Counts(), "network:2; electric", (("network", 2), ("electric", 1))),
        (Counts(), {"network": 2}, (("network", 2),)),
        (Counts(), [("network", 2.0), "electric:3", ["x", "4"]], (("network", 2), ("electric", 3), ("x", 4))),
        (Counts(), "A:B：2", (("A:B", 2),)),
    ],
)
def test_a_kind_reads_its_cell(kind: Kind, cell: Any, value: Any) -> None:
    """Text of files and typed cells of frames come to the same value, of exactly the promised type."""
    found = kind(cell, SHANGHAI)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "cell", "words"),
    [
        (Number(), "NaN", "not a finite number"),
        (Number(), math.inf, "not a finite number"),
        (Number(), "-1", "less than 0"),
        (Number(0, 1), "1.01", "between 0 and 1"),
        (Number(), "1,5", "not a number"),
        (Number(), "1_000", "not a number"),
        (Number(), "1e400", "absurdly large"),
        (Number(), "12 pcs", "not a number"),
        (Number(), True, "not a number"),
        (Number(whole=True), "2.5", "not a whole number"),
        (Number(whole=True), "1e999999999", "absurdly large"),
        (Duration("min", 0, 1_440), "-5", "between 0 and 1440"),
        (Duration("min", 0, 1_440), "100000", "between 0 and 1440"),
        (Duration("min"), "45 min", "not a number"),
        (Amount(), "-0.01", "between 0 and"),
        (Name(), b"raw", "not a single name"),
        (Name(), ["a"], "not a single name"),
        (Choice({"open": (), "done": ()}), "opne", "none of open, done"),
        (Flag(), "maybe", "neither yes nor no"),
        (TimeOfDay(), "24:01", "not a time of day"),
        (TimeOfDay(), "8.30", "not a time of day"),
        (TimeOfDay(), "08:60", "not a time of day"),
        (Names(), ";", "no name"),
        (Counts(), "network:two", "not a number"),
        (Counts(), "network:1.5", "not a whole number"),
        (Counts(), "network:0", "not between 1 and"),
        (Counts(), "network:1; network:2", "twice"),
        (Counts(), ":2", "without a name"),
        (Counts(), [("a", 1, 2)], "not a name with a whole number"),
        (Moment(), "next Monday", "not a date and time"),
        (Moment(), "2026-02-30", "not a date and time"),
        (Moment(), "23/11/2026", "not a date and time"),
        (Moment(), "46349.4", "bare number"),
        (Moment(), 46_349, "bare number"),
        (Moment(), "1899-12-30", "year 1899"),
        (Moment(), datetime(2101, 1, 1), "year 2101"),
        (Moment(), "0226-11-23 09:30", "year 226"),
        (Windows(), "2026-11-23 12:00/2026-11-23 09:00", "ends before it starts"),
        (Windows(), "2026-11-23 12:00/09:00", "ends before it starts"),
        (Windows(), "2026-11-23 09:00", "two ends"),
        (Windows(), "2026-11-23 09:00+08:00/2026-11-23 12:00", "zone"),
        (Windows(), 5, "two ends"),
    ],
)
def test_a_kind_refuses_in_words(kind: Kind, cell: Any, words: str) -> None:
    """What can't be meant is refused by ValueError, and the words say why."""
    with pytest.raises(ValueError, match=words):
        kind(cell, SHANGHAI)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-23 09:30",
        "2026-11-23T09:30:00",
        "2026/11/23 9:30",
        "2026年11月23日 9:30",
        "２０２６－１１－２３　０９：３０",
        "2026-11-23 09:30+08:00",
        "2026-11-23T01:30:00Z",
        "2026-11-23 01:30:00 z",
        "2026-11-22 20:30 -0500",
        datetime(2026, 11, 23, 9, 30),
        datetime(2026, 11, 23, 9, 29, 59, 999_900),
        datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
        datetime(2026, 11, 22, 20, 30, tzinfo=timezone(timedelta(hours=-5))),
        pd.Timestamp("2026-11-23 09:30"),
        np.datetime64("2026-11-23T09:30"),
    ],
)
def test_one_moment_in_many_hands(cell: Any) -> None:
    """Naive cells are local time of the run's zone, aware ones what they say; both are the same seconds."""
    assert Moment()(cell, SHANGHAI) == HALF_PAST_NINE


def test_a_date_alone_is_its_midnight_and_24_00_the_next() -> None:
    """Dates come as text, as dates and as eight digits; the end of a day may be written as 24:00."""
    midnight = int(datetime(2026, 11, 23, tzinfo=SHANGHAI).timestamp())
    for cell in ("2026-11-23", "20261123", 20261123, date(2026, 11, 23), "2026-11-22 24:00", "2026-11-22T24:00:00"):
        assert Moment()(cell, SHANGHAI) == midnight


@pytest.mark.parametrize("cell", ["2026-03-29 02:30", "2026-10-25 02:30", datetime(2026, 10, 25, 2, 30, fold=1)])
def test_local_times_that_the_clocks_skip_or_repeat_are_refused(cell: Any) -> None:
    """Such a time names no moment or two, and nobody asked which; with an offset it is clear."""
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(ValueError, match="skipped or repeated"):
        Moment()(cell, berlin)
    assert Moment()("2026-10-25 02:30+01:00", berlin) - Moment()("2026-10-25 02:30+02:00", berlin) == 3_600


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-23 09:30/2026-11-23 12:00",
        "2026-11-23 09:30/12:00",
        "2026/11/23 9:30~12:00",
        "2026/11/23 09:30/2026/11/23 12:00",
        "2026-11-23 09:30 - 12:00",
        "2026-11-23 09:30 至 12:00；",
        "2026-11-23T09:30+08:00/12:00",
        "2026-11-23T01:30Z/04:00",
        [(datetime(2026, 11, 23, 9, 30), datetime(2026, 11, 23, 12))],
        (datetime(2026, 11, 23, 9, 30), datetime(2026, 11, 23, 12)),
        ["2026-11-23 09:30", "2026-11-23 12:00"],
        ["2026-11-23 09:30/12:00"],
    ],
)
def test_one_window_in_many_hands(cell: Any) -> None:
    """Ends are parted in the usual ways, and a time alone is of the day, and the zone, of the first end."""
    assert Windows()(cell, SHANGHAI) == ((HALF_PAST_NINE, NOON),)


def test_windows_are_sorted() -> None:
    """Several windows come in order of time, whatever the order in the cell."""
    days = Windows()("2026-11-24 09:30/12:00; 2026-11-23 09:30/12:00", SHANGHAI)
    assert days == ((HALF_PAST_NINE, NOON), (HALF_PAST_NINE + units.DAY, NOON + units.DAY))


def test_kinds_tell_whether_a_moment_names_its_zone() -> None:
    """Naive moments beside aware ones are found by this answer."""
    aware = ["2026-11-23T09:30Z", "2026-11-23 09:30+08", datetime(2026, 1, 1, tzinfo=UTC)]
    naive = ["2026-11-23", "2026-11-23 09:30", date(2026, 11, 23), datetime(2026, 1, 1), "2026-11-23T09"]
    assert [Moment().aware(cell) for cell in aware + naive] == [True] * 3 + [False] * 5
    assert Windows().aware("2026-11-23 09:00+08:00/12:00")
    assert not Windows().aware("2026-11-23 09:00/12:00")


@pytest.mark.parametrize(
    ("cell", "nothing"),
    [
        *((cell, True) for cell in ("", " \u3000\xa0", None, math.nan, Decimal("nan"), [], np.array([]))),
        *((cell, True) for cell in (pd.NaT, pd.NA, np.datetime64("NaT"), np.float64("nan"))),
        *((cell, False) for cell in ("0", 0, False, "nan", "NA", [None], np.array([1, 2]))),
    ],
)
def test_what_counts_as_empty(cell: Any, nothing: bool) -> None:
    """All the ways of pandas and spreadsheets to say nothing; text like ``nan`` says something."""
    assert empty(cell) is nothing


KINDS: Mapping[str, Kind] = {
    "whole": Number(whole=True),
    "latitude": Number(-90, 90),
    "far": Number(50, 60),
    "duration": Duration("min", 60, 600),
    "distance": Distance("km"),
    "amount": Amount(),
    "text": Text(),
    "name": Name(),
    "choice": Choice({"open": (), "done": ()}),
    "flag": Flag(),
    "moment": Moment(),
    "time": TimeOfDay(),
    "names": Names(),
    "counts": Counts(),
    "windows": Windows(),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_example_of_a_kind_can_be_read(kind: Any) -> None:
    """A fault tells people to write something like the example, so the example must be good."""
    kind(kind.example, SHANGHAI)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(cell=st.one_of(st.text(), st.floats(), st.integers(), st.lists(st.text()), st.datetimes(), st.binary()))
def test_no_cell_breaks_a_kind(kind: Kind, cell: Any) -> None:
    """Whatever stands in a cell, a kind gives a value or words, never another error."""
    words = "none"
    try:
        kind(cell, SHANGHAI)
    except ValueError as error:
        words = str(error)
    assert 0 < len(words) < 400


@given(st.text())
def test_tidying_twice_is_tidying_once(text: str) -> None:
    """Names are compared after tidying, so tidying must have an end."""
    assert tidy(tidy(text)) == tidy(text)


def test_long_cells_are_cut_in_messages() -> None:
    """A cell of a thousand characters doesn't fill the screen."""
    assert len(shown("x" * 1_000)) == 60


def test_a_column_without_default_is_required() -> None:
    """None is a default like any other."""
    assert Column("jobs", "id", Name()).required
    assert not Column("jobs", "note", Text(), default=None).required
