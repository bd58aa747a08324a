"""Going on from the faults: good rows, skipped rows, and the rows that name skipped ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from fieldops.columns import Column, Counts, Duration, Name, Names, Text
from fieldops.errors import Fault, TableError
from fieldops.tables import Skipped, Tables, read_tables

COLUMNS = (
    Column("technicians", "id", Name(), unique=True),
    Column("technicians", "skills", Counts(), default=()),
    Column("technicians", "region", Text(), default=""),
    Column("technicians", "hours", Duration("h", 0, 24), default=8),
    Column("jobs", "id", Name(), unique=True),
    Column("jobs", "technicians", Names(), default=(), refers="technicians.id"),
    Column("jobs", "skills", Counts(), default=(), refers="technicians.skills"),
    Column("jobs", "after", Name(), default=None, refers="jobs.id"),
)


def read(technicians: dict[str, Any], jobs: dict[str, Any]) -> Tables:
    """Read technicians and jobs."""
    return read_tables({"technicians": pd.DataFrame(technicians), "jobs": pd.DataFrame(jobs)}, COLUMNS)


def test_rows_that_name_skipped_rows_are_skipped_too() -> None:
    """T2 is faulty, so B goes; C comes after B and D after C, so they go; each says why, A and E stay."""
    tables = read(
        {"id": ["T1", "T2"], "hours": [8, 25]},
        {"id": list("ABCDE"), "technicians": ["T1", "T2", None, None, None], "after": [None, None, "B", "C", "A"]},
    ).skip_faulty()
    assert tables["technicians"]["id"] == ["T1"]
    assert tables["jobs"]["id"] == ["A", "E"]
    assert tables["jobs"].rows == [2, 6]
    assert tables.skipped == (
        Skipped("technicians", 3, "T2", "25 h is not between 0 and 24"),
        Skipped("jobs", 3, "B", "technicians names 'T2', which only skipped rows of technicians have"),
        Skipped("jobs", 4, "C", "after names 'B', which only skipped rows of jobs have"),
        Skipped("jobs", 5, "D", "after names 'C', which only skipped rows of jobs have"),
    )
    assert tables.refuse_faults() is tables


def test_a_skill_that_someone_else_has_is_not_lost() -> None:
    """Only what nobody good offers any more takes its orders with it."""
    tables = read(
        {"id": ["T1", "T2"], "hours": [8, 25], "skills": ["network", "network; hv"]},
        {"id": ["A", "B"], "skills": ["network", "hv"]},
    ).skip_faulty()
    assert tables["jobs"]["id"] == ["A"]


def test_a_row_with_many_faults_is_skipped_once() -> None:
    """Every input row appears once in the result, with all of its causes."""
    tables = read({"id": ["T1", "T1"], "hours": [8, -1], "skills": [None, "a:x"]}, {"id": ["A"]}).skip_faulty()
    (skipped,) = tables.skipped
    assert (skipped.table, skipped.row, skipped.key) == ("technicians", 3, "T1")
    assert skipped.cause.count(";") == 2


def test_every_row_is_good_or_skipped_and_never_both() -> None:
    """Rows in = rows good + rows skipped, for any mixture of faults."""
    rng = np.random.default_rng(7)
    jobs = {
        "id": [f"J{n}" for n in rng.integers(0, 190, 200)],
        "after": [f"J{n}" if n < 200 else None for n in rng.integers(0, 1_500, 200)],
        "skills": [["network", "hv", None][n] for n in rng.integers(0, 3, 200)],
    }
    tables = read({"id": ["T1", "T2"], "hours": [8, 25], "skills": ["network", "hv"]}, jobs).skip_faulty()
    gone = [each.row for each in tables.skipped if each.table == "jobs"]
    assert sorted([*tables["jobs"].rows, *gone]) == list(range(2, 202))
    assert 20 < len(gone) < 180
    assert all(after is None or after in tables["jobs"]["id"] for after in tables["jobs"]["after"])


def test_a_fault_of_a_whole_table_can_not_be_skipped() -> None:
    """There is nothing to go on with; all faults are told."""
    tables = read({"hours": [8]}, {"id": ["A"], "after": ["Z"]})
    with pytest.raises(TableError) as refused:
        tables.skip_faulty()
    assert [fault.code for fault in refused.value.faults] == ["missing-column", "unknown-job"]


def test_a_table_without_a_good_row_is_refused() -> None:
    """Planning with no technician left would be no plan."""
    tables = read({"id": ["T1"], "hours": [25]}, {"id": ["A"]})
    with pytest.raises(TableError, match="technicians: no good row is left"):
        tables.skip_faulty()


def test_faults_that_others_find_take_their_rows_out() -> None:
    """A fault across columns stands in its place in the list, gets the id of its row, and is skipped like any other."""
    tables = read({"id": ["T1"]}, {"id": ["A", "B", "C"], "after": ["Z", None, None]})
    more = tables.with_faults([Fault("jobs", 3, None, "late-start", "the end is before the start", "swap them")])
    assert [(fault.row, fault.code, fault.key) for fault in more.faults] == [
        (2, "unknown-job", "A"),
        (3, "late-start", "B"),
    ]
    assert (tables["jobs"]["id"], more["jobs"]["id"]) == (["B", "C"], ["C"])
    assert [each.key for each in more.skip_faulty().skipped] == ["A", "B"]
    again = more.skip_faulty().with_faults([Fault("jobs", 4, "after", "x", "y", "z")])
    with pytest.raises(TableError, match="jobs: no good row is left"):
        again.skip_faulty()


def test_skipping_again_remembers_what_was_skipped_before() -> None:
    """Checks come in stages; the list of skipped rows grows, nothing is told twice."""
    tables = read({"id": ["T1"]}, {"id": ["A", "B", "C"], "after": ["Z", None, None]}).skip_faulty()
    tables = tables.with_faults([Fault("jobs", 4, None, "x", "too far", "z")]).skip_faulty()
    assert [(each.row, each.key) for each in tables.skipped] == [(2, "A"), (4, "C")]


def test_rows_set_aside_are_not_skipped_and_stay_known() -> None:
    """Planning one region sets the others aside: who names one of their technicians is no faulty row."""
    tables = read(
        {"id": ["T1", "T2"], "region": ["north", "south"]},
        {"id": ["A", "B"], "technicians": ["T2", "T1"]},
    ).where("technicians", "region", "north")
    assert tables["technicians"]["id"] == ["T1"]
    assert tables.skip_faulty()["jobs"]["id"] == ["A", "B"]
    nobody = tables.where("technicians", "region", "east").skip_faulty()
    assert (len(nobody["technicians"]), nobody.skipped) == (0, ())


def test_a_table_gives_columns_records_and_arrays() -> None:
    """Lists keep Python's own types; arrays are for arithmetic, object where a value is missing."""
    tables = read({"id": ["T1", "T2"], "hours": [1.5, None], "note": ["a", "b"]}, {"id": ["A"]})
    technicians = tables["technicians"]
    assert next(technicians.records()) == {"id": "T1", "skills": (), "region": "", "hours": 5_400, "_row": 2}
    assert technicians.array("hours").dtype == np.int64
    assert technicians.array("skills").dtype == object
    assert tables["jobs"].array("after").tolist() == [None]
    assert technicians.extra["note"].tolist() == ["a", "b"]
    assert set(tables) == {"technicians", "jobs"}


def test_extra_columns_follow_their_rows() -> None:
    """When a row goes, its undeclared cells go with it."""
    tables = read({"id": ["T1", "T2", "T3"], "hours": [8, -1, 8], "note": ["a", "b", "c"]}, {"id": ["A"]})
    assert tables["technicians"].extra["note"].tolist() == ["a", "c"]
    assert tables["technicians"].extra.index.tolist() == [0, 1]
