"""Tables become a problem: ids, days, places, regions and rules' columns arrive as they were meant."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest

from fieldops.columns import Column, Moment
from fieldops.errors import ConfigError, TableError
from fieldops.routing.intake import Intake, problem_of, read_dispatch, regions
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.supplies import loaded_at, stops_at
from fieldops.routing.travel import Travel
from fieldops.units import DAY, HOUR
from tests.nightly.make import DATE, Rows, little, write

MIDNIGHT = 1_795_363_200  # of DATE in Shanghai
TABLES = ("jobs", "technicians", "depots", "customers", "parts", "stock", "shifts", "travel")


def framed(tables: dict[str, Rows]) -> dict[str, pd.DataFrame]:
    """Return the tables of dispatch as frames."""
    return {name: pd.DataFrame(rows) for name, rows in tables.items() if name in TABLES}


def taken(tables: dict[str, Rows], dates: Any = (DATE,), **options: Any) -> Intake:
    """Read and settle tables."""
    return problem_of(read_dispatch(framed(tables), dates=dates), dates=dates, **options)


def test_a_problem_of_files_is_that_of_frames(tmp_path: Path) -> None:
    """CSV and frames of the same cells are the same problem."""
    write(tmp_path, little())
    files = {name: tmp_path / f"{name}.csv" for name in little() if name in TABLES}
    one = problem_of(read_dispatch(files, dates=[DATE]), dates=[DATE]).problem
    other = taken(little()).problem
    assert (one.jobs, one.technicians, one.shifts, one.names) == (
        other.jobs, other.technicians, other.shifts, other.names,
    )  # fmt: skip


def test_times_are_counted_from_the_first_midnight() -> None:
    """The horizon begins at local midnight; moments of rules and windows are counted from there."""
    one = taken(little()).problem
    assert one.epoch == MIDNIGHT
    assert one.shift[f"T1/{DATE}"].start == 8 * HOUR
    assert one.job["J2"].values["windows"] == ((8 * HOUR + HOUR // 2, 11 * HOUR),)
    assert one.job["J3"].values["respond_by"] == 10 * HOUR
    assert one.job["J4"].values["start"] == 10 * HOUR


def test_frames_given_are_not_changed() -> None:
    """Reading makes copies: people go on working with their frames."""
    given = framed(little())
    before = {name: frame.copy(deep=True) for name, frame in given.items()}
    problem_of(read_dispatch(given, dates=[DATE]), dates=[DATE])
    for name, frame in given.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_rows_in_any_order_make_the_same_plan() -> None:
    """Who sorts the export differently gets the same plan."""
    plans = []
    for seed in range(3):
        tables = little()
        for rows in tables.values():
            Random(seed).shuffle(rows)
        plans.append(plan(taken(tables).problem, solver="insertion", iterations=1))
    assert plans[0] == plans[1] == plans[2]


def test_ids_stay_text() -> None:
    """``007``, ``1E5`` and ``NA`` are ids and not numbers."""
    tables = little()
    for row, id in zip(tables["jobs"], ("007", "1E5", "NA", "nan", "TRUE", "０８"), strict=True):
        row["id"] = id
    assert [job.id for job in taken(tables).problem.jobs] == ["007", "1E5", "NA", "nan", "TRUE", "08"]


def test_a_week_has_a_shift_for_each_day_once() -> None:
    """Days are counted once, whatever their order, as text or as dates."""
    one = taken(little(), ["2026-11-24", DATE, date(2026, 11, 24)]).problem
    assert [shift.id for shift in one.shifts if shift.technician == "T1"] == [f"T1/{DATE}", "T1/2026-11-24"]
    assert one.epoch == MIDNIGHT


@pytest.mark.parametrize("stated", ["tomorrow", "2026-02-30", "0001-01-01", "9999-12-31", "23.11.2026"])
def test_what_is_no_day_is_refused(stated: str) -> None:
    """A day that isn't one is wrong use, told before anything is planned."""
    with pytest.raises(ConfigError, match=r"is not a date like|lies in the year"):
        read_dispatch(framed(little()), dates=[stated])


def timetable() -> dict[str, Rows]:
    """Return the department with a table of shifts over two days, one of which begins at the depot."""
    tables = little()
    rows = [("T1", f"{DATE} 08:00", f"{DATE} 12:00"), ("T1", f"{DATE} 13:00", f"{DATE} 17:00"),
            ("T2", "2026-11-24 22:00", "2026-11-25 06:00")]  # fmt: skip
    tables["shifts"] = [
        {"technician": who, "start": start, "end": end, "start_place": "", "end_place": "", "rest_min": ""}
        for who, start, end in rows
    ]
    tables["shifts"][0] |= {"start_place": "XA", "rest_min": "15"}
    return tables


def test_the_shifts_table_prevails_over_hours() -> None:
    """Each row is a shift, over midnight if so stated; its own places and settings prevail."""
    one = taken(timetable(), ()).problem
    assert [(s.id, s.start, s.end) for s in one.shifts] == [
        ("T1/1", 8 * HOUR, 12 * HOUR), ("T1/2", 13 * HOUR, 17 * HOUR), ("T2/1", DAY + 22 * HOUR, DAY + 30 * HOUR),
    ]  # fmt: skip
    first = one.shift["T1/1"]
    assert (first.origin, first.destination) == ("depot XA", "home T1")
    assert one.values(first)["rest_min"] == 15 * 60
    assert one.values(one.shift["T1/2"])["rest_min"] == 30 * 60


def test_a_date_picks_from_the_shifts_table() -> None:
    """``--date`` with a table of shifts plans that day's shifts, under their usual ids."""
    intake = taken(timetable(), ["2026-11-24"])
    assert [shift.id for shift in intake.problem.shifts] == ["T2/1"]
    assert intake.off == ("T1",)


def test_moments_of_a_users_own_column_are_counted_from_the_epoch() -> None:
    """A rule's own columns of shifts are treated as those of orders."""

    class Breakfast(Rule):
        name = "breakfast"
        columns = (Column("shifts", "breakfast", Moment(), None),)

    tables = timetable()
    tables["shifts"][0]["breakfast"] = f"{DATE} 07:30"
    rules = (*RULES, Breakfast())
    one = problem_of(read_dispatch(framed(tables), rules=rules), rules=rules).problem
    assert one.shift["T1/1"].values["breakfast"] == 7 * HOUR + HOUR // 2


def halves() -> dict[str, Rows]:
    """Return the department split into two regions."""
    tables = little()
    for number, row in enumerate(tables["jobs"]):
        row["region"] = "东" if number % 2 else "西"
    tables["jobs"][3]["region"] = "东"
    for row, region in zip(tables["technicians"], "西东", strict=True):
        row["region"] = region
    return tables


def test_regions_part_the_department() -> None:
    """Each order and technician is in just one region; orders may name technicians of another."""
    tables = halves()
    tables["jobs"][0]["excluded_technicians"] = "T2"
    read = read_dispatch(framed(tables), dates=[DATE])
    assert regions(read) == ("东", "西")
    parts = [problem_of(read, dates=[DATE], region=region).problem for region in regions(read)]
    assert [sorted(job.id for job in part.jobs) for part in parts] == [["J2", "J4", "J6"], ["J1", "J3", "J5"]]
    assert [[t.id for t in part.technicians] for part in parts] == [["T2"], ["T1"]]
    assert len(problem_of(read, dates=[DATE]).problem.jobs) == 6
    with pytest.raises(ConfigError, match="nobody is of region '北'; there are 东, 西"):
        problem_of(read, dates=[DATE], region="北")


def test_a_region_without_orders_is_planned_as_nothing() -> None:
    """An office with no work tonight is no error."""
    tables = halves()
    tables["technicians"][1]["region"] = "北"
    for row in tables["jobs"]:
        row |= {"region": "西", "status": "open", "technician": "", "start": ""}
    read = read_dispatch(framed(tables), dates=[DATE])
    made = plan(problem_of(read, dates=[DATE], region="北").problem, solver="insertion", iterations=1)
    assert made.days == ()


def test_places_may_come_from_a_travel_of_ones_own() -> None:
    """A ready-made matrix or road graph names the places; coordinates then count for nothing."""
    tables = little()
    names = []
    for table in ("jobs", "technicians"):
        for row in tables[table]:
            row |= {"place": f"p {row['id']}", "lat": "", "lon": "", "office": ""}
            names.append(row["place"])
    travel = Travel.from_matrix(names, [[600 * (a != b) for b in names] for a in names])
    read = read_dispatch(framed(tables), dates=[DATE], travel=travel)
    one = problem_of(read, dates=[DATE], travel=travel).problem
    assert one.travel is travel
    assert one.drive("p T1", "p J1") == (600, 0)
    with pytest.raises(ConfigError, match="travel is given, so nothing is estimated: leave out speed_kmh"):
        problem_of(read, dates=[DATE], travel=travel, speed_kmh=30)


def test_a_travel_table_may_hold_more_than_is_needed() -> None:
    """One table of travel for the whole country serves each region."""
    tables = halves()
    names = ["elsewhere"]
    for table in ("jobs", "technicians"):
        for row in tables[table]:
            row |= {"place": f"p {row['id']}", "lat": "", "lon": "", "office": ""}
            names.append(row["place"])
    tables["travel"] = [
        {"origin": a, "destination": b, "drive_min": "10", "drive_km": "5"} for a in names for b in names if a != b
    ]
    one = taken(tables, region="西").problem
    assert set(one.travel.places) == {"p J1", "p J3", "p J5", "p T1"}
    assert one.drive("p T1", "p J1") == (600, 5000)


def test_how_travel_is_estimated_can_be_said() -> None:
    """Options of the estimate arrive where it is made: half the speed, twice the time."""
    slow, fast = (taken(little(), speed_kmh=speed).problem for speed in (20, 40))
    assert slow.drive("home T1", "order J5")[0] == pytest.approx(2 * fast.drive("home T1", "order J5")[0], abs=2)


def test_faults_are_refused_unless_skipped() -> None:
    """Without leave to skip, one fault refuses all; with it, what was skipped is listed."""
    tables = little()
    tables["jobs"][0]["service_min"] = "-1"
    with pytest.raises(TableError):
        taken(tables)
    intake = taken(tables, skip_faulty=True)
    assert [(skip.table, skip.row, skip.key) for skip in intake.rejected] == [("jobs", 2, "J1")]
    assert "J1" not in intake.problem.job


def test_names_for_people_come_along() -> None:
    """Sheets call places, customers and parts by name."""
    names = taken(little()).problem.names
    assert names["customer C1"] == "云谷科技园"
    assert names["part P1"] == "压缩机"
    assert names["home T1"] == "home of 张伟"


def test_optional_tables_may_be_absent() -> None:
    """Without customers, parts and depots nothing is held against them."""
    tables = {name: rows for name, rows in little().items() if name in ("jobs", "technicians")}
    assert taken(tables).problem.job["J1"].values["parts"] == (("P1", 2),)


# ---- depots, tools and parts


def test_depots_come_along_where_orders_need_something() -> None:
    """Place, minutes of a stop, tools to borrow and pieces on the shelf; without tools and parts nothing is added."""
    one = taken(little()).problem
    (store,) = one.depots
    assert (store.id, store.place, store.service_s) == ("XA", "depot XA", 600)
    assert dict(store.values) == {"stock": {"P1": 2, "P2": 0}, "tools": (("ladder", 1),)}
    assert one.names["depot XA"] == "西安库"
    assert one.technician["T1"].values["van_stock"] == (("P1", 1), ("P2", 1))
    tables = little()
    for row in tables["jobs"]:
        row["parts"] = ""
    bare = taken(tables).problem
    assert bare.depots == ()
    assert "depot XA" not in bare.travel.places


def test_parts_are_counted_where_somebody_states_what_there_is() -> None:
    """A van's stock or the depots' counts; an empty cell beside it is an empty van. Else parts are at hand."""
    tables = little()
    tables["technicians"][1]["van_stock"] = ""
    assert taken(tables).problem.technician["T2"].values["van_stock"] == ()
    for row in tables["technicians"]:
        row["van_stock"] = ""
    assert taken(tables).problem.technician["T1"].values["van_stock"] == ()
    del tables["stock"]
    at_hand = taken(tables).problem
    assert "van_stock" not in at_hand.technician["T1"].values
    assert "stock" not in at_hand.depots[0].values
    assert plan(at_hand, solver="insertion").unassigned == ()
    tables["technicians"][0]["van_stock"] = "P1:0"
    endless = taken(tables).problem  # nobody says what the depot has: it has of everything
    assert plan(endless, solver="insertion").unassigned == ()
    assert "stock" not in endless.depots[0].values


def test_a_region_is_counted_as_all_the_others() -> None:
    """A region in which no van states its stock has empty vans if another region's vans state theirs."""
    tables = little()
    del tables["stock"]
    tables["technicians"][1]["van_stock"] = ""
    for table in ("jobs", "technicians"):
        for number, row in enumerate(tables[table]):
            row["region"] = "东西"[number % 2]
    read = read_dispatch(framed(tables), dates=[DATE])
    assert problem_of(read, dates=[DATE], region="西").problem.technician["T2"].values["van_stock"] == ()


def test_none_says_that_nobody_loads_and_no_stop_is_made() -> None:
    """An empty cell leaves it to the office; ``none`` is an answer, on a shift as on a technician."""
    tables = little()
    tables["technicians"][0] |= {"load_at": "none", "restock_at": "无"}
    one = taken(tables).problem
    assert (loaded_at(one, one.shifts[0]), stops_at(one, one.shifts[0])) == ("", ())
    assert (loaded_at(one, one.shifts[1]), stops_at(one, one.shifts[1])) == ("XA", ("XA",))
    tables = timetable()
    tables["shifts"][0]["load_at"] = "none"
    shifts = taken(tables).problem
    assert sorted(loaded_at(shifts, shift) for shift in shifts.shifts) == ["", *["XA"] * (len(shifts.shifts) - 1)]


def test_a_depot_of_a_travel_table_is_found_by_its_place_or_its_id() -> None:
    """With given ways a depot is where its place says, else at the place of its own name, else nowhere."""
    tables = little()
    named = ["store"]
    for table in ("jobs", "technicians"):
        for row in tables[table]:
            row |= {"place": row["id"], "lat": "", "lon": ""}
            named.append(row["id"])
    tables["depots"][0] |= {"place": "store", "lat": "", "lon": ""}
    tables["travel"] = [{"origin": a, "destination": b, "drive_min": "9"} for a in named for b in named if a != b]
    assert taken(tables).problem.depots[0].place == "store"
    tables["depots"][0]["place"] = ""
    assert taken(tables).problem.depots == ()
    tables["depots"][0]["id"] = "store"
    for row in (*tables["technicians"], *tables["stock"]):
        row |= {"office": "store"} if "office" in row else {"place": "store"}
    assert taken(tables).problem.depots[0].place == "store"
