"""Plans as tables: every order once, sums that add up, times that say their zone, figures worked out by hand."""

from __future__ import annotations

from copy import deepcopy

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.routing.check import check
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.frames import frames, late
from fieldops.routing.planning import plan
from fieldops.tables import Skipped
from fieldops.units import MINUTE, currency, per_metre
from tests.routing.make import clock, department, depot, hourly, job, problem, shift

SEEDS = st.integers(0, 10**9)


def planned(one: Problem) -> Plan:
    """Plan by insertion."""
    return plan(one, solver="insertion", iterations=1)


@settings(max_examples=40)
@given(SEEDS)
def test_every_order_stands_there_once(seed: int) -> None:
    """Rows in = visits + unassigned + closed + rejected, and each id is found exactly once."""
    one = department(seed, jobs=6)
    rejected = [Skipped("jobs", 9, "J90", "service is negative"), Skipped("customers", 2, "C1", "twice")]
    tables = frames(one, planned(one), rejected=rejected)
    visited = [order for order in tables["visits"]["order"] if order]
    left = tables["unassigned"]
    assert sorted([*visited, *left["order"]]) == sorted([*(j.id for j in one.jobs), "J90"])
    assert set(left["state"]) <= {"unassigned", "closed", "rejected"}
    assert left[left["state"] == "rejected"][["order", "remedy"]].to_numpy().tolist() == [["J90", "mend row 9 of jobs"]]
    assert (left["reason"] != "").all()


@settings(max_examples=40)
@given(SEEDS)
def test_days_sum_visits_and_costs_sum_to_the_checkers(seed: int) -> None:
    """Minutes of a day are those of its stops, costs of the days those of the plan; kpis repeat the sums."""
    one = department(seed, jobs=6)
    made = planned(one)
    tables = frames(one, made)
    days, kpis = tables["days"], tables["kpis"].set_index("kpi")["value"]
    for _, day in days.iterrows():
        stops = tables["visits"][tables["visits"]["shift"] == day["shift"]]
        assert day["visits"] == (stops["stop"] == "job").sum()
        lived = stops["drive_min"].sum() + stops["wait_min"].sum() + stops["service_min"].sum()
        home = made.day[day["shift"]].home_drive_s / MINUTE
        assert abs(lived + home - day["work_min"]) < 0.1
        assert abs(stops["drive_min"].sum() + home - day["drive_min"]) < 0.1
        assert stops["sequence"].tolist() == list(range(1, len(stops) + 1))
        assert (stops["leave"] <= stops["arrive"]).all()
        assert (stops["arrive"] <= stops["start"]).all()
        assert (stops["start"] <= stops["end"]).all()
    report = check(one, made)
    assert abs(days["cost"].sum() - currency(report.cost)) < 0.01
    assert kpis["cost"] == currency(report.cost)
    assert kpis["visits"] + kpis["unassigned"] == kpis["orders"]
    assert kpis["visits"] == days["visits"].sum()
    assert kpis["worth unassigned"] * 10 == report.worth_unassigned
    assert abs(kpis["overtime"] - days["overtime_min"].sum()) < 0.1


def town() -> Problem:
    """Return a town with one technician, worked through by hand below."""
    return problem(
        [
            job("A", 10, 60, parts=(("P1", 2),), respond_by=clock("8:30"), resolve_by=clock("9:00"), customer="C1"),
            job("B", 20, 30, parts=(("P1", 1), ("P2", 4)), respond_by=clock("12:00"), earliest=clock("9:30")),
            job("C", 10, 30, optional=True, windows=((clock("20:00"), clock("21:00")),)),
            job("D", 10, 30, status="cancelled", parts=(("P9", 9),)),
        ],
        [shift("T1", "8:00", "10:00")],
        {"T1": {"cost_per_hour": hourly(60), "cost_per_km": per_metre(1), "overtime_max_min": 60 * MINUTE}},
        {"T1": "张伟"},
    ).replace(names={"customer C1": "云谷科技园", "part P2": "光模块", "10": "高新区 10 号"})


def test_a_small_day_by_hand() -> None:
    """Each figure of each table, added up on paper: 8:00 off, A 8:10-9:10 ten late, wait, B 9:30-10:00, home 10:20."""
    tables = frames(town(), planned(town()))

    visits = tables["visits"]
    assert visits[["order", "drive_min", "drive_km", "wait_min", "service_min", "late_min"]].to_numpy().tolist() == [
        ["A", 10.0, 10.0, 0.0, 60.0, 10.0],
        ["B", 10.0, 10.0, 10.0, 30.0, 0.0],
    ]
    assert visits["parts"].tolist() == ["P1:2", "P1:1; P2:4"]
    assert visits["customer_name"].tolist() == ["云谷科技园", ""]
    assert visits["place"].tolist() == ["高新区 10 号", "20"]
    assert [f"{moment:%H:%M}" for moment in visits["start"]] == ["08:10", "09:30"]
    assert visits["name"].tolist() == ["张伟", "张伟"]

    day = tables["days"].iloc[0]
    assert (day["visits"], day["work_min"], day["drive_min"], day["drive_km"]) == (2, 140.0, 40.0, 40.0)
    assert (day["service_min"], day["wait_min"], day["overtime_min"]) == (90.0, 10.0, 20.0)
    lateness = 10.0  # ten minutes at the usual 60 an hour
    assert day["cost"] == 120 + 20 * 1.5 + 40 + lateness

    loads = tables["loads"][["part", "part_name", "qty_pcs", "orders"]].to_numpy().tolist()
    assert loads == [["P1", "", 3, "A; B"], ["P2", "光模块", 4, "B"]]

    kpis = dict(zip(tables["kpis"]["kpi"], tables["kpis"]["value"], strict=True))
    assert {name: kpis[name] for name in kpis if "cost" not in name} == {
        "orders": 3, "visits": 2, "unassigned": 1, "unassigned, optional": 1, "worth unassigned": 1.0,
        "shifts used": 1, "response in time": 1.0, "resolution in time": 0.0, "driving": 40.0, "distance": 40.0,
        "working time": 140.0, "time on site": 90.0, "share on site": round(90 / 140, 4), "overtime": 20.0,
    }  # fmt: skip
    assert kpis["cost"] == day["cost"]
    assert kpis["cost, late resolution"] == lateness

    left = tables["unassigned"].set_index("order")
    assert left.loc["C", ["state", "optional", "worth"]].tolist() == ["unassigned", True, 1.0]
    assert "order C would begin at" in left.loc["C", "reason"] or "back at" in left.loc["C", "reason"]
    assert left.loc["C", "nearest"] == "张伟 (T1)"
    assert left.loc["D", ["state", "reason"]].tolist() == ["closed", "done or cancelled: nothing to plan"]


def test_loads_say_what_is_taken_where() -> None:
    """One pump in the van, one loaded in the morning at West, two valves and a splicer fetched at East."""
    jobs = [
        job("A", 10, 10, parts=(("P1", 1),)),
        job("B", 20, 10, parts=(("P1", 1), ("P2", 1)), tools=("ladder", "splicer")),
        job("C", 40, 10, parts=(("P2", 1),), tools=("splicer",)),
    ]
    held = {"van_stock": (("P1", 1),), "tools": ("ladder",), "load_at": "West", "restock_at": ("East",)}
    stores = [depot("West", 30, stock={"P1": 9}), depot("East", 15, 10, stock={"P2": 9}, tools=(("splicer", 1),))]
    one = problem(jobs, [shift("T1", **held)], depots=stores).replace(names={"part P2": "valve", "depot East": "东库"})
    tables = frames(one, planned(one))
    loads = tables["loads"][["taken", "depot", "depot_name", "kind", "part", "part_name", "qty_pcs"]]
    assert loads.to_numpy().tolist() == [
        ["van", "", "", "part", "P1", "", 1],
        ["van", "", "", "tool", "ladder", "", 1],
        ["morning", "West", "", "part", "P1", "", 1],
        ["restock", "East", "东库", "part", "P2", "valve", 2],
        ["restock", "East", "东库", "tool", "splicer", "", 1],
    ]
    visits = tables["visits"].set_index("stop")
    assert visits.loc["restock", ["order", "depot", "parts", "tools", "service_min"]].tolist() == [
        "", "East", "P2:2", "splicer", 10.0,
    ]  # fmt: skip
    assert visits.loc["job", "tools"].tolist() == ["", "ladder; splicer", "splicer"]


@settings(max_examples=25)
@given(SEEDS)
def test_loads_are_what_the_orders_visited_need(seed: int) -> None:
    """Whatever comes from where, the parts of a day's loads are the parts of its orders, to the piece."""
    one = department(seed, jobs=6)
    tables = frames(one, planned(one))
    parts = tables["loads"][tables["loads"]["kind"] == "part"]
    needed = [one.job[order].values.get("parts", ()) for order in tables["visits"]["order"] if order]
    assert parts["qty_pcs"].sum() == sum(pieces for each in needed for _, pieces in each)
    assert "lacking" not in set(tables["loads"]["taken"]) or planned(one).given


def test_times_are_local_and_say_their_zone() -> None:
    """A moment without a zone is a riddle: columns of moments carry the problem's."""
    visits = frames(town(), planned(town()))["visits"]
    for column in ("leave", "arrive", "start", "end"):
        assert isinstance(visits[column].dtype, pd.DatetimeTZDtype)
        assert str(visits[column].dt.tz) == "Asia/Shanghai"
    assert visits["start"].iloc[0] == pd.Timestamp("2026-11-23 08:10", tz="Asia/Shanghai")
    abroad = town().replace(zone="Europe/Berlin")
    moved = frames(abroad, planned(abroad))["visits"]
    assert f"{moved['start'].iloc[0]:%Y-%m-%d %H:%M %z}" == "2026-11-23 01:10 +0100"


def test_a_plan_read_from_a_file_has_the_same_tables() -> None:
    """A plan without stated costs and worth shows those that the checker finds, not zeros."""
    made = planned(town())
    bare = Plan(made.days, made.unassigned, made.closed)
    for name, frame in frames(town(), bare).items():
        pd.testing.assert_frame_equal(frame, frames(town(), made)[name])


def test_nothing_given_is_changed() -> None:
    """Tables are made of copies: problem and plan are as before, whatever people do to the tables."""
    one = town()
    made = planned(one)
    before = deepcopy((one.jobs, one.technicians, one.shifts, made))
    tables = frames(one, made)
    for frame in tables.values():
        frame.iloc[:, 0] = None
    assert (one.jobs, one.technicians, one.shifts, made) == before


def test_an_empty_plan_has_tables_with_headings() -> None:
    """A night without orders or without shifts gives empty tables, and rates of nothing are empty, not zero."""
    for one in (problem([], [shift("T1")]), problem([job("A", 10)], [], {"T1": {}})):
        tables = frames(one, planned(one))
        assert tables["visits"].empty
        assert "order" in tables["visits"].columns
        kpis = tables["kpis"].set_index("kpi")["value"]
        assert kpis["visits"] == 0
        assert pd.isna(kpis["response in time"])
        assert pd.isna(kpis["share on site"])
    assert tables["unassigned"]["reason"].tolist() == ["no technician has a shift"]


def test_lateness_is_the_worse_of_response_and_resolution() -> None:
    """An order may be late twice; the sheet shows the worse."""
    one = problem([job("A", 10, 60, respond_by=clock("8:05"), resolve_by=clock("8:30"))], [shift("T1")])
    made = planned(one)
    assert late(one, made.days[0].stops[0]) == 40 * MINUTE


def test_only_the_dearest_orders_are_explained_and_the_others_say_so() -> None:
    """With thousands left out, explaining all would take longer than planning; nobody may think there is no reason."""
    orders = tuple(job(f"J{n}", 0, 30, worth=10 + n, skills=(("nobody has it", 1),)) for n in range(4))
    one = problem(orders, (shift("T1"),))
    left = frames(one, planned(one), explained=2)["unassigned"].set_index("order")["reason"]
    assert ["lacks" in left[f"J{n}"] for n in range(4)] == [False, False, True, True]
    assert left["J0"] == "one of 4 left out, of which the 2 of most worth are explained"
