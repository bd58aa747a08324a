"""What people read when something is wrong."""

from __future__ import annotations

import pickle

import pytest

from fieldops.errors import BrokenPlanError, ConfigError, Fault, FieldopsError, TableError, describe


def fault(row: int = 3) -> Fault:
    """Make a fault of one cell."""
    return Fault("jobs", row, "技能", "unknown-skill", "no one has 'netwrok'", "did you mean 'network'?", "J1")


def test_a_fault_says_where_what_and_what_to_do() -> None:
    """Table, row, id, column, cause, action and code all stand in the one line that people see."""
    said = "jobs, row 3 (J1), column 技能: no one has 'netwrok' -> did you mean 'network'? [unknown-skill]"
    assert str(fault()) == said


def test_a_fault_of_a_whole_table_names_no_row() -> None:
    """Without row, column and key the line doesn't mention them."""
    whole = Fault("jobs", None, None, "empty-table", "the table has no rows", "write one")
    assert str(whole) == "jobs: the table has no rows -> write one [empty-table]"


@pytest.mark.parametrize(("count", "printed", "rest"), [(1, 1, None), (50, 50, None), (51, 50, 1), (10_000, 50, 9_950)])
def test_all_faults_are_counted_and_fifty_printed(count: int, printed: int, rest: int | None) -> None:
    """The message counts everything and stays readable."""
    lines = describe([fault(row) for row in range(2, count + 2)]).splitlines()
    assert lines[0] == f"{count} fault{'s' if count > 1 else ''} in the input:"
    assert sum("unknown-skill" in line for line in lines) == printed
    assert (f"  ... and {rest} more" in lines) == (rest is not None)


def test_a_table_error_carries_every_fault() -> None:
    """The message is cut, the error isn't: ``faults.csv`` is written from it."""
    error = TableError([fault(row) for row in range(2, 102)])
    assert len(error.faults) == 100
    assert str(error).startswith("100 faults")


def test_a_table_error_survives_a_process_boundary() -> None:
    """Regions run in other processes; an error pickles and comes back with its faults and its words."""
    error = pickle.loads(pickle.dumps(TableError([fault(), fault(4)])))
    assert error.faults == (fault(), fault(4))
    assert str(error).startswith("2 faults")


def test_one_base_catches_everything_raised_on_purpose() -> None:
    """A caller that catches FieldopsError misses none of the others."""
    assert all(issubclass(each, FieldopsError) for each in (TableError, ConfigError, BrokenPlanError))
