"""Bad input: every fault of every table, with its row, its words and its place in the list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fieldops.columns import Column, Counts, Duration, Moment, Name, Names, Number, TimeOfDay, Windows
from fieldops.errors import ConfigError, TableError
from fieldops.tables import Tables, read_tables

COLUMNS = (
    Column("technicians", "id", Name(), unique=True),
    Column("technicians", "skills", Counts(), default=()),
    Column("technicians", "day_start", TimeOfDay(), default=0),
    Column("depots", "id", Name(), unique=True),
    Column("parts", "id", Name(), unique=True, aliases=("备件编码",)),
    Column("jobs", "id", Name(), unique=True, aliases=("工单号",)),
    Column("jobs", "service_min", Duration("min", 0, 1_440), aliases=("服务时长",)),
    Column("jobs", "skills", Counts(), default=(), refers="technicians.skills"),
    Column("jobs", "parts", Counts(), default=(), refers="parts.id"),
    Column("jobs", "technicians", Names(), default=(), refers="technicians.id"),
    Column("jobs", "depot", Name(), default=None, refers="depots.id"),
    Column("jobs", "earliest", Moment(), default=None),
    Column("jobs", "due", Moment(), default=None),
    Column("jobs", "windows", Windows(), default=()),
    Column("jobs", "crew", Number(1, 9, whole=True), default=1),
)
TECHNICIANS = pd.DataFrame({"id": ["T1", "T2"], "skills": ["network:2; electric", None]})
DEPOTS = pd.DataFrame({"id": ["西安库"]})
PARTS = pd.DataFrame({"备件编码": ["P-1", "P-2"]})


def read(jobs: Any, **options: Any) -> Tables:
    """Read these jobs beside good technicians, depots and parts."""
    frame = pd.DataFrame(jobs) if isinstance(jobs, dict) else jobs
    sources = {"technicians": TECHNICIANS, "depots": DEPOTS, "parts": PARTS, "jobs": frame}
    return read_tables(sources, COLUMNS, **options)


@pytest.mark.parametrize(
    ("column", "cell", "code", "cause", "action"),
    [
        ("id", "A1", "duplicate-id", "'A1' stands already in row 2", "an id of its own"),
        ("id", " ", "empty-cell", "the cell is empty", "A-0012"),
        ("service_min", -5, "bad-value", "-5 min is not between 0 and 1440", "45"),
        ("service_min", 1e6, "bad-value", "1,000,000.0 min is not between", "45"),
        ("service_min", np.nan, "empty-cell", "the cell is empty", "45"),
        ("service_min", np.inf, "bad-value", "inf is not a finite number", "45"),
        ("crew", 0, "bad-value", "0 is not between 1 and 9", "9"),
        ("crew", "1.5", "bad-value", "not a whole number", "9"),
        ("skills", "netwrok", "unknown-skill", "there is no skill 'netwrok' in technicians", "did you mean 'network'?"),
        ("skills", "网络", "unknown-skill", "there is no skill '网络'", "write one that stands in technicians.skills"),
        ("skills", "network:9; electric; hv", "unknown-skill", "'hv'", "technicians.skills"),
        ("parts", "P-3:2", "unknown-part", "there is no part 'P-3' in parts", "did you mean 'P-"),
        ("parts", "P-1:-2", "bad-value", "-2 is not between 1 and", "network:2; electric"),
        ("technicians", ["T1", "T22"], "unknown-technician", "'T22'", "did you mean 'T2'?"),
        ("depot", "西安仓库", "unknown-depot", "'西安仓库'", "did you mean '西安库'?"),
        ("windows", "2026-11-23 12:00/09:00", "bad-value", "ends before it starts", "2026-11-23 09:00/"),
        ("earliest", "46349", "bad-value", "bare number", "2026-11-23 09:30"),
        ("due", "tomorrow", "bad-value", "'tomorrow' is not a date and time", "2026-11-23 09:30"),
    ],
)
def test_a_bad_cell_is_one_fault(column: str, cell: Any, code: str, cause: str, action: str) -> None:
    """Table, row, column, id, cause and action are all there, and the good row stays good."""
    jobs: dict[str, list[Any]] = {"id": ["A1", "A2"], "service_min": [30, 30]}
    jobs[column] = [jobs.get(column, [None])[0], cell]
    tables = read(jobs)
    (fault,) = tables.faults
    assert (fault.table, fault.row, fault.column, fault.code) == ("jobs", 3, column, code)
    assert cause in fault.cause
    assert action in fault.action
    assert fault.key == ("A2" if column != "id" else "A1" if code == "duplicate-id" else "")
    assert tables["jobs"].rows == [2]


def test_every_fault_of_every_table_comes_at_once_and_in_order() -> None:
    """By table as declared, then by row, then by column; nothing hides behind an earlier fault."""
    technicians = pd.DataFrame({"id": ["T1", "T1"], "skills": ["a:x", "b"], "day_start": ["8:00", "25:00"]})
    jobs = pd.DataFrame({"due": ["x", None], "服务时长": [-1, -1], "工单号": ["A", None], "skills": ["b", "c"]})
    tables = read_tables({"technicians": technicians, "parts": PARTS, "jobs": jobs, "stok": PARTS}, COLUMNS)
    assert [(fault.table, fault.row, fault.column, fault.code) for fault in tables.faults] == [
        ("technicians", 2, "skills", "bad-value"),
        ("technicians", 3, "id", "duplicate-id"),
        ("technicians", 3, "day_start", "bad-value"),
        ("depots", None, None, "missing-table"),
        ("jobs", 2, "服务时长", "bad-value"),
        ("jobs", 2, "due", "bad-value"),
        ("jobs", 3, "工单号", "empty-cell"),
        ("jobs", 3, "服务时长", "bad-value"),
        ("jobs", 3, "skills", "unknown-skill"),
        ("stok", None, None, "unknown-table"),
    ]
    with pytest.raises(TableError, match="10 faults in the input") as refused:
        tables.refuse_faults()
    assert refused.value.faults == tables.faults


def test_ten_thousand_faults_are_all_there() -> None:
    """All are counted and kept, the message prints fifty, and ``faults.csv`` gets every one."""
    jobs = {"id": [f"J{n}" for n in range(10_000)], "service_min": [-n - 1 for n in range(10_000)]}
    tables = read(jobs)
    assert len(tables.faults) == 10_000
    with pytest.raises(TableError) as refused:
        tables.refuse_faults()
    lines = str(refused.value).splitlines()
    assert (lines[0], len(lines)) == ("10000 faults in the input:", 52)
    frame = tables.faults_frame()
    assert list(frame.columns) == ["table", "row", "column", "code", "cause", "action", "key"]
    assert frame["row"].tolist() == list(range(2, 10_002))
    assert frame.iloc[-1].tolist()[:4] == ["jobs", 10_001, "service_min", "bad-value"]


def test_no_faults_give_an_empty_frame() -> None:
    """The frame has its columns all the same."""
    frame = read({"id": ["A"], "service_min": [1]}).faults_frame()
    assert (len(frame), frame.shape[1]) == (0, 7)


def test_naive_moments_beside_aware_ones() -> None:
    """Nobody can tell which zone was meant, in any column of the table; the fewer cells are at fault."""
    jobs = {
        "id": ["A", "B", "C"],
        "service_min": [1, 1, 1],
        "earliest": ["2026-11-23 09:00", "2026-11-23T09:00+08:00", None],
        "windows": [None, None, "2026-11-23 09:00/12:00"],
    }
    (fault,) = read(jobs).faults
    assert (fault.row, fault.column, fault.code) == (3, "earliest", "mixed-zones")
    assert fault.cause == "'2026-11-23T09:00+08:00' names a zone, but earliest in row 2 names none"
    jobs["windows"] = [None, None, "2026-11-23T09:00Z/2026-11-23T12:00Z"]
    (fault,) = read(jobs).faults
    assert (fault.row, fault.column, fault.code) == (2, "earliest", "mixed-zones")
    assert fault.cause == "'2026-11-23 09:00' names no zone, but earliest in row 3 names one"


def test_naive_and_aware_columns_of_a_frame() -> None:
    """Typed columns are held to the same: one column aware and the other naive can't both be meant."""
    start = pd.Series(pd.date_range("2026-11-23 09:00", periods=2, freq="h"))
    jobs = {"id": ["A", "B"], "service_min": [1, 1], "earliest": start, "due": start.dt.tz_localize("UTC")}
    assert {fault.code for fault in read(jobs).faults} == {"mixed-zones"}
    assert len({fault.column for fault in read(jobs).faults}) == 1
    assert read(jobs | {"earliest": start.dt.tz_localize("Asia/Tokyo")}).faults == ()
    assert read(jobs | {"due": start}).faults == ()


def test_tables_without_rows(tmp_path: Path) -> None:
    """A heading alone is a fault, except of a table that may be absent; it is then as if it were."""
    (tmp_path / "jobs.csv").write_text("id,service_min\n", encoding="utf-8")
    (fault,) = read(tmp_path / "jobs.csv").faults
    assert (fault.table, fault.row, fault.code) == ("jobs", None, "empty-table")
    (fault,) = read(pd.DataFrame({"id": [], "service_min": []})).faults
    assert fault.code == "empty-table"
    tables = read(tmp_path / "jobs.csv", optional=("jobs",)).refuse_faults()
    assert (len(tables["jobs"]), tables["jobs"]["skills"]) == (0, [])
    (tmp_path / "jobs.csv").write_bytes(b"")
    assert read(tmp_path / "jobs.csv", optional=("jobs",)).faults == ()


def test_names_that_point_to_an_absent_table_are_unknown() -> None:
    """Nothing stands in a table that isn't there, even if it may be absent."""
    sources = {"technicians": TECHNICIANS, "jobs": pd.DataFrame({"id": ["A"], "service_min": [1], "parts": ["P-1"]})}
    tables = read_tables(sources, COLUMNS, optional=("parts", "depots"))
    assert [(fault.row, fault.code) for fault in tables.faults] == [(2, "unknown-part")]


def test_one_fault_of_a_table_brings_no_thousand_others() -> None:
    """Where the technicians can't be read, nothing is said about who names them; a faulty row still counts as there."""
    jobs = pd.DataFrame({"id": ["A"], "service_min": [1], "technicians": ["T1"], "skills": ["network"]})
    sources = {"technicians": "nowhere.csv", "depots": DEPOTS, "parts": PARTS, "jobs": jobs}
    assert [fault.code for fault in read_tables(sources, COLUMNS).faults] == ["missing-file"]
    sources["technicians"] = TECHNICIANS.assign(day_start="noon")
    assert [fault.table for fault in read_tables(sources, COLUMNS).faults] == ["technicians", "technicians"]


def test_a_kind_of_ones_own_may_fail_in_its_own_way() -> None:
    """A callable that stumbles over a cell gives a fault, not a traceback; its column's help says what to do."""

    def third(cell: Any, zone: Any) -> str:
        return str(cell[2])

    columns = [Column("jobs", "code", third, help="three letters")]
    tables = read_tables({"jobs": pd.DataFrame({"code": ["abc", 12]})}, columns)
    assert tables["jobs"]["code"] == ["c"]
    assert [(fault.row, fault.code, fault.action) for fault in tables.faults] == [(3, "bad-value", "three letters")]
    assert "12 can't be read" in tables.faults[0].cause


def test_the_same_cell_in_another_type_is_another_cell() -> None:
    """Python takes 1, 1.0 and True for equal; ids don't."""
    frame = pd.DataFrame({"id": pd.Series([1, True, "1.0"], dtype=object), "service_min": [1, 2, 3]})
    assert read(frame).refuse_faults()["jobs"]["id"] == ["1", "True", "1.0"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"zone": "Asia/Xian"}, "no time zone 'Asia/Xian'"),
        ({"zone": ""}, "no time zone"),
        ({"zone": "../x"}, "no time zone"),
    ],
)
def test_arguments_that_can_not_be_used(options: dict[str, Any], words: str) -> None:
    """What isn't the tables' fault is a ConfigError."""
    with pytest.raises(ConfigError, match=words):
        read({"id": ["A"], "service_min": [1]}, **options)


def test_a_source_is_a_path_or_a_frame() -> None:
    """A list of dicts is a mistake of the caller."""
    with pytest.raises(ConfigError, match="table jobs comes from a list"):
        read([{"id": "A"}])


def test_a_mapping_of_a_table_that_nobody_reads() -> None:
    """A misspelt table in the mapping would otherwise do nothing, unseen."""
    tables = read({"id": ["A"], "service_min": [1]}, names={"job": {"id": "x"}})
    assert [(fault.table, fault.code, fault.action) for fault in tables.faults] == [
        ("job", "unknown-table", "did you mean 'jobs'?")
    ]
