"""Plans as JSON and as tables of visits: there and back, and judged when others wrote them."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldops.errors import ConfigError, TableError
from fieldops.routing.check import Report, check, closed
from fieldops.routing.domain import Plan, Problem, Proof
from fieldops.routing.frames import frames
from fieldops.routing.jsonform import from_json, from_visits, to_json
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES
from fieldops.units import DAY, MINUTE
from fieldops.writing import write_csv
from tests.routing.make import clock, department, depot, job, problem, shift

SEEDS = st.integers(0, 10**9)
CHINESE = {
    "technician": "工程师",
    "order": "工单号",
    "start": "开始时间",
    "end": "结束时间",
    "arrive": "到达",
    "depot": "取件仓库",
}


def planned(one: Problem) -> Plan:
    """Plan by insertion."""
    return plan(one, solver="insertion", iterations=1)


def judged(one: Problem, made: Plan) -> Report:
    """Judge a plan that names no closed orders."""
    away = closed(one, RULES)
    left = tuple(j for j in made.unassigned if j not in away)
    return check(one, replace(made, unassigned=left, closed=tuple(sorted(away))))


# ---- JSON


PROOF = Proof(30, 900, 0.1, 850, 0.15, True, ("pool",))


def test_a_proof_goes_there_and_back() -> None:
    """Who reads a plan of last night finds how good it was; plans without a proof, or of before, have none."""
    one = department(1)
    for proof in (PROOF, None):
        written = json.loads(json.dumps(to_json(replace(planned(one), bound=proof), one)))
        assert from_json(written, one).bound == proof
    del written["bound"]
    assert from_json(written, one).bound is None


@pytest.mark.parametrize(
    ("name", "cell"),
    [("gap", "much"), ("gap", 2), ("gap", float("nan")), ("cost", -1), ("cost", 1.5), ("root", 2**70), ("complete", 1),
     ("worth", None), ("relaxed", 3)],
)  # fmt: skip
def test_a_proof_that_is_none_is_refused(name: str, cell: object) -> None:
    """A proof is a promise: one that can't be read must not pass for one."""
    one = department(1)
    written = to_json(replace(planned(one), bound=PROOF), one)
    with pytest.raises(ConfigError, match="can't be read"):
        from_json({**written, "bound": {**written["bound"], name: cell}}, one)


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([1, 10]))
def test_json_there_and_back(seed: int, ticks: int) -> None:
    """What is written is what is read, and it is judged alike: costs, worth, what was given."""
    one = department(seed, ticks=ticks)
    made = planned(one)
    back = from_json(json.loads(json.dumps(to_json(made, one))), one)
    assert (back.days, back.unassigned, back.closed) == (made.days, made.unassigned, made.closed)
    assert check(one, back) == check(one, made)


def test_json_says_nothing_of_the_wall_clock() -> None:
    """Two runs that make the same plan write the same file, however long they took."""
    one = problem([job("A", 10)], [shift("T1")])
    texts = {json.dumps(to_json(plan(one, solver="insertion", time_limit_s=limit), one)) for limit in (5, 6)}
    assert len(texts) == 1
    assert '"solver": "insertion"' in texts.pop()


def test_a_plan_counted_from_another_midnight_is_moved() -> None:
    """The same wall times are meant, also where the problem's horizon begins on another day."""
    one = problem([job("A", 10)], [shift("T1", day=1)])
    data = to_json(planned(one), one)
    hours = one.shifts[0]
    later = one.replace(epoch=one.epoch + DAY, shifts=(replace(hours, start=hours.start - DAY, end=hours.end - DAY),))
    moved = from_json(data, later)
    assert moved.days[0].depart == planned(one).days[0].depart - DAY
    assert check(later, moved).sound


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: [], "no plan of version 1"),
        (lambda d: {**d, "fieldops_plan": 2}, "fieldops_plan is 2"),
        (lambda d: {**d, "ticks_per_second": 10}, "other ticks"),
        (lambda d: {k: v for k, v in d.items() if k != "days"}, "'days'"),
        (lambda d: {**d, "days": None}, "can't be read"),
        (lambda d: {**d, "days": [{"shift": "T1/0"}]}, "'stops'"),
        (lambda d: {**d, "epoch": "noon"}, "can't be read"),
        (lambda d: {**d, "days": [{**d["days"][0], "depart": 1.5}]}, "depart 1.5, which is no whole number"),
        (lambda d: {**d, "days": [{**d["days"][0], "back": 10**18}]}, "which is absurd"),
        (lambda d: {**d, "days": [{**d["days"][0], "stops": [{**d["days"][0]["stops"][0], "kind": "nap"}]}]},
         "neither job, rest nor restock"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_in_words(change: Any, words: str) -> None:
    """A file of another version, cut short or edited by hand is told, never half believed."""
    one = problem([job("A", 10)], [shift("T1")])
    data = json.loads(json.dumps(to_json(planned(one), one)))
    with pytest.raises(ConfigError, match=words):
        from_json(change(data), one)


WEIRD = (None, "", "A", "A9", -1, 0, 1.5, 10**9, 10**30, True, [], {}, "T9/0", "rest 1", "rest x", float("nan"))


@settings(max_examples=150)
@given(SEEDS)
def test_a_plan_edited_anywhere_is_refused_or_judged(seed: int) -> None:
    """Whatever one value of the file becomes, the answer is a ConfigError or the checker's report."""
    random, one = Random(seed), department(seed % 50)
    data = json.loads(json.dumps(to_json(planned(one), one)))
    spots: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)):
            spots.append((node, key))
            if isinstance(node[key], dict | list):
                walk(node[key])

    walk(data)
    node, key = random.choice(spots)
    node[key] = random.choice(WEIRD)
    try:
        made = from_json(data, one)
    except ConfigError:
        return
    for violation in check(one, made).violations:
        assert violation.words


# ---- tables of visits


@settings(max_examples=40)
@given(SEEDS, st.booleans())
def test_our_own_visits_read_back_as_the_same_days(seed: int, chinese: bool) -> None:
    """The visits we write are a table that we read: the same stops, the same verdict, whatever the headings."""
    one = department(seed)
    made = planned(one)
    table = frames(one, made)["visits"]
    if chinese:
        table = table.rename(columns=CHINESE)
    assume(len(table) > 0)
    back = from_visits(table, one)
    assert [stops(day) for day in back.days] == [stops(day) for day in made.days]
    assert judged(one, back).sound


def stops(day: Any) -> list[tuple[Any, ...]]:
    """Return what a table of visits states of a day's stops."""
    return [
        (stop.kind, stop.id if stop.kind != "rest" else "", stop.place, stop.arrive, stop.start, stop.end)
        for stop in day.stops
    ]


def test_a_restock_stop_made_elsewhere_is_judged_at_its_depot() -> None:
    """A row with a depot and no order is a stop there, in any words; a depot that isn't there is a fault."""
    one = problem(
        [job("A", 20, 60, parts=(("P1", 1),))], [shift("T1", van_stock=(), load_at="")], depots=[depot("D", 10, 15)]
    )
    rows = [
        {"technician": "T1", "depot": "D", "start": "2026-11-23 08:10", "end": "2026-11-23 08:25"},
        {"technician": "T1", "order": "A", "start": "2026-11-23 08:35", "end": "2026-11-23 09:35"},
    ]
    made = from_visits(pd.DataFrame(rows), one)
    assert [(stop.kind, stop.id, stop.place) for stop in made.days[0].stops] == [
        ("restock", "D", "10"), ("job", "A", "20"),
    ]  # fmt: skip
    assert judged(one, made).sound
    chinese = pd.DataFrame([{**rows[0], "停留": "领料"}, rows[1]])
    assert from_visits(chinese, one).days == made.days
    hasty = from_visits(pd.DataFrame([{**rows[0], "end": "2026-11-23 08:20"}, rows[1]]), one)
    assert ["given less than its 15 min" in v.words for v in judged(one, hasty).violations] == [True]
    without = judged(one, from_visits(pd.DataFrame(rows[1:]), one)).violations
    assert [v.words for v in without] == [
        "T1 lacks 1 of part P1 for order A without a stop before it at the depot D"
    ]  # fmt: skip
    with pytest.raises(TableError, match="there is no depot 'X'"):
        from_visits(pd.DataFrame([{**rows[0], "depot": "X"}, rows[1]]), one)


ORDERS = (
    job("A", 10, 60, windows=((clock("8:00"), clock("9:00")),)),
    job("B", 20, 60, required_technicians=("T1",)),
    job("C", 0, 30, status="pinned", technician="T2", start=clock("9:00")),
    job("D", 0, 30, status="done"),
)
PEOPLE = {
    "T1": {"rest_min": 30 * MINUTE, "rest_earliest": clock("11:00"), "rest_latest": clock("11:30")},
    "T2": {},
}
ELSEWHERE = [
    ("T1", "A", "2026-11-23 08:10", "2026-11-23 09:10"),
    ("T1", "B", "2026-11-23 09:30", "2026-11-23 10:30"),
    ("T1", "", "2026-11-23 11:00", "2026-11-23 11:30"),
    ("T2", "C", "2026-11-23 09:00", "2026-11-23 09:30"),
]


def town() -> Problem:
    """Return two technicians and four orders on the road."""
    return problem(ORDERS, [shift("T1"), shift("T2")], deepcopy(PEOPLE), {"T1": "张伟"})


def visits(changes: dict[int, tuple[str, str, str, str]] | None = None, drop: int | None = None) -> pd.DataFrame:
    """Return the plan made elsewhere, in Chinese, with some rows replaced or one left out."""
    rows = [(changes or {}).get(at, row) for at, row in enumerate(ELSEWHERE) if at != drop]
    return pd.DataFrame(rows, columns=["工程师", "工单号", "开始时间", "结束时间"])


def test_a_plan_made_elsewhere_is_judged_with_its_own_times() -> None:
    """A sound table of visits is sound: drives, departure and the way home are filled in; done work may be absent."""
    made = from_visits(visits(), town())
    first = made.day["T1/0"]
    assert first.depart == clock("8:00")
    assert first.back == clock("11:50")
    assert [stop.kind for stop in first.stops] == ["job", "job", "rest"]
    assert judged(town(), made).sound


@pytest.mark.parametrize(
    ("changes", "drop", "words"),
    [
        ({1: ("T1", "B", "2026-11-23 09:15", "2026-11-23 10:15")}, None,
         "B begins before 张伟 \\(T1\\) arrives"),
        ({0: ("T1", "A", "2026-11-23 08:05", "2026-11-23 09:05")}, None,
         "张伟 \\(T1\\) leaves 5 min before the shift begins"),
        ({0: ("T1", "A", "2026-11-23 08:10", "2026-11-23 09:00")}, None, "A is given less than its 1 h 00 min"),
        ({1: ("T2", "B", "2026-11-23 10:00", "2026-11-23 11:00")}, None, "order B requires T1, not T2"),
        ({2: ("T1", "", "2026-11-23 13:00", "2026-11-23 13:30")}, None, "rests from 23 Nov 13:00 to 23 Nov 13:30"),
        ({1: ("T1", "B", "2026-11-23 10:40", "2026-11-23 11:40")}, 2, "has no rest of 30 min"),
        ({3: ("T2", "C", "2026-11-23 09:05", "2026-11-23 09:35")}, None, "order C is pinned to 23 Nov 09:00"),
        ({}, 3, "order C is pinned, but left out"),
        ({3: ("T2", "A", "2026-11-23 09:00", "2026-11-23 10:00")}, None, "order A stands 2 times in the plan"),
    ],
)  # fmt: skip
def test_what_a_plan_made_elsewhere_breaks_is_found(
    changes: dict[int, tuple[str, str, str, str]], drop: int | None, words: str
) -> None:
    """Too early, too short, the wrong person, a rest moved or gone, a promise broken: each is named."""
    report = judged(town(), from_visits(visits(changes, drop), town()))
    assert not report.sound
    assert re.search(words, "\n".join(v.words for v in report.violations))


def test_a_started_order_begins_where_it_is() -> None:
    """Who has started is at the order now: a table of visits that says so is not blamed for the drive there."""
    one = problem([job("A", 50, status="started", technician="T1", start=clock("8:10"))], [shift("T1")])
    made = from_visits(pd.DataFrame([("T1", "A", "2026-11-23 08:10", "2026-11-23 08:40")],
                                    columns=["technician", "order", "start", "end"]), one)  # fmt: skip
    assert made.days[0].depart == clock("8:10")
    assert judged(one, made).sound


def test_rows_that_name_nothing_are_faults() -> None:
    """An unknown order, technician or kind of stop is a fault of the table, told with its row."""
    table = visits({0: ("T7", "A", *ELSEWHERE[0][2:]), 1: ("T1", "B9", *ELSEWHERE[1][2:])})
    with pytest.raises(TableError) as refused:
        from_visits(table, town())
    assert [(f.row, f.column) for f in refused.value.faults] == [(2, "technician"), (3, "order")]
    with pytest.raises(TableError, match=r"column shift: technician 'T1' has no such shift"):
        from_visits(visits().assign(班次="T2/0"), town())
    with pytest.raises(TableError, match="none of job, rest"):
        from_visits(visits().assign(stop="nap"), town())


def test_rows_of_technicians_aside_are_passed_over(tmp_path: Path) -> None:
    """One file for all regions can be judged for one of them."""
    write_csv(visits({3: ("T9", "Z", *ELSEWHERE[3][2:])}), tmp_path / "visits.csv")
    made = from_visits(tmp_path / "visits.csv", town(), aside={"T9"})
    assert made.unassigned == ("C", "D")
