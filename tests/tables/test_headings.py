"""Which heading is which column: mapped, named, aliased, missing, twice or misspelt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from fieldops.columns import Column, Counts, Duration, Name, Number
from fieldops.errors import ConfigError
from fieldops.tables import Tables, read_tables

COLUMNS = (
    Column("jobs", "id", Name(), unique=True, aliases=("工单号", "order no")),
    Column("jobs", "service_min", Duration("min"), aliases=("服务时长",)),
    Column("jobs", "skills", Counts(), default=()),
    Column("jobs", "latitude", Number(-90, 90), default=None, aliases=("lat", "纬度")),
    Column("jobs", "window_1", Name(), default=""),
)


def read(headings: str, mapping: Mapping[str, str] | None = None) -> Tables:
    """Read one row of jobs under these headings."""
    cells: list[Any] = ["1"] * len(headings.split(","))
    names = {"jobs": mapping} if mapping else None
    return read_tables({"jobs": pd.DataFrame([cells], columns=headings.split(","))}, COLUMNS, names=names)


@pytest.mark.parametrize(
    ("headings", "mapping"),
    [
        ("id,service_min", {}),
        (" ID ,Service_Min", {}),
        ("工单号,服务时长", {}),
        ("Order No,服务时长", {}),
        ("ｉｄ,service_min,工单号", {}),
        ("WO,mins", {"id": "WO", "service_min": "mins"}),
        ("id,number,service_min", {"id": "number"}),
        ("id,工单编号,service_min", {"id": "工单编号 "}),
    ],
)
def test_a_heading_is_found(headings: str, mapping: Mapping[str, str]) -> None:
    """The mapping wins, then the column's own name, then its aliases; case, width and blanks don't count."""
    jobs = read(headings, mapping).refuse_faults()["jobs"]
    assert (jobs["id"], jobs["service_min"]) == (["1"], [60])


def test_the_mapping_beats_the_name() -> None:
    """A table that has both ``id`` and the mapped heading is read by the mapping, and ``id`` is kept beside it."""
    frame = pd.DataFrame({"id": ["row 1"], "number": ["A7"], "service_min": [5]})
    jobs = read_tables({"jobs": frame}, COLUMNS, names={"jobs": {"id": "number"}}).refuse_faults()["jobs"]
    assert jobs["id"] == ["A7"]
    assert jobs.extra.to_dict("list") == {"id": ["row 1"]}
    assert jobs.heading("id") == "number"


@pytest.mark.parametrize(
    ("headings", "mapping", "code", "column", "words"),
    [
        ("id", {}, "missing-column", "service_min", "add it, or map its heading"),
        ("id,sevice_min", {}, "missing-column", "service_min", "did you mean 'sevice_min'?"),
        ("id,service_min,skils", {}, "misspelt-column", "skils", "did you mean 'skills'?"),
        ("id,service_min,lattitude", {}, "misspelt-column", "lattitude", "did you mean 'latitude'?"),
        ("id,service_min", {"skills": "skils"}, "missing-heading", "skils", "the headings are id, service_min"),
        ("id,service_min,技能表", {"skills": "技能"}, "missing-heading", "技能", "did you mean '技能表'?"),
        ("id,service_min", {"skils": "id"}, "unknown-column", "skils", "did you mean 'skills'?"),
        ("id,service_min,x,x", {}, "duplicate-heading", "x", "keep one"),
        ("id,service_min,ID", {}, "duplicate-heading", "ID", "keep one"),
        ("id,service_min,lat,纬度", {}, "duplicate-heading", "纬度", "say in names which one is latitude"),
        ("id,service_min", {"id": ""}, "missing-column", "id", "map it to its heading"),
    ],
)
def test_a_heading_that_is_wrong(headings: str, mapping: Mapping[str, str], code: str, column: str, words: str) -> None:
    """Each is one fault of the whole table that names the heading and what to do."""
    (fault,) = read(headings, mapping).faults
    assert (fault.code, fault.column, fault.row) == (code, column, None)
    assert words in fault.action


@pytest.mark.parametrize(
    ("headings", "mapping"),
    [("late", {}), ("window_2", {}), ("note", {}), ("skils", {"skills": ""}), ("skils", {"skills": "skils"})],
)
def test_a_heading_that_is_its_own(headings: str, mapping: Mapping[str, str]) -> None:
    """Other words, other numbers, and columns that the mapping disowns or claims are no misspellings."""
    assert read(f"id,service_min,{headings}", mapping).faults == ()


def test_a_table_that_lacks_a_column_has_no_rows() -> None:
    """Whoever goes on to check across columns finds every declared column, and nothing in it."""
    jobs = read("id,skills")["jobs"]
    assert len(jobs) == 0
    assert jobs.columns == {"id": [], "service_min": [], "skills": [], "latitude": [], "window_1": []}


def test_two_rooms_may_declare_the_same_column_but_not_differently() -> None:
    """The same words count once; two different readings of one cell can't both be right."""
    frame = pd.DataFrame({"id": ["A"], "service_min": [5]})
    assert read_tables({"jobs": frame}, [*COLUMNS, *COLUMNS]).refuse_faults()["jobs"].rows == [2]
    other = Column("jobs", "service_min", Duration("h"))
    with pytest.raises(ConfigError, match=r"jobs\.service_min is declared twice"):
        read_tables({"jobs": frame}, [*COLUMNS, other])


def test_a_reference_to_what_nobody_declares_is_a_mistake_of_the_rule() -> None:
    """It could never be checked, so it is refused at once."""
    column = Column("jobs", "part", Name(), refers="parts.id")
    with pytest.raises(ConfigError, match=r"parts\.id, which nobody declares"):
        read_tables({}, [column])
