"""Pinned and started work, done and cancelled work."""

from __future__ import annotations

import pandas as pd
import pytest

from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Problem, Violation
from fieldops.routing.planning import plan
from fieldops.routing.rules.pins import Pins, kept_by
from fieldops.units import per_metre
from tests.routing.make import Temptation, job, problem, shift
from tests.routing.make import clock as at
from tests.routing.rules.tables import faults_of

COSTS = {"cost_per_km": per_metre(1)}
SHIFTS = (shift("T1", **COSTS), shift("T2", home=60, **COSTS))
NAMES = {"T1": "Li Wei", "T2": "Wang Fang"}


def pinned(technician: str = "T2", status: str = "pinned", **values: object) -> Problem:
    """Return one kept order at minute 10 and both shifts."""
    return problem([job("A", 10, status=status, technician=technician, **values)], SHIFTS, names=NAMES)


TEMPTATION = Temptation(pinned(), "A", "T1/0")


def said(one: Problem, shift: int, **values: object) -> tuple[Violation, ...]:
    """Return what the checker says when the order is done on a shift with other values than it has."""
    other = one.replace(jobs=(job("A", 10, **values),))
    return check(one, Plan((Clock(compile_rules(other)).day(shift, [0]),))).violations


def test_words_tell_whose_order_it_is_and_who_came() -> None:
    """The one it is pinned to and the one who came must not be swapped."""
    (violation,) = said(pinned(), 0)
    assert violation.words == "order A is pinned to Wang Fang (T2), not Li Wei (T1)"
    assert violation.remedy == "unpin order A"


def test_words_tell_the_promised_and_the_planned_start() -> None:
    """Promised 10:00, planned 11:20; a start that is kept says nothing."""
    one = pinned("T1", start=at("10:00"))
    (moved,) = said(one, 0, earliest=at("11:20"))
    assert moved.words == "order A is pinned to 23 Nov 10:00, but would begin at 23 Nov 11:20"
    assert moved.remedy == "move the pinned order A by 1 h 20 min"
    assert (moved.amount, moved.unit) == (80, "min")
    assert said(one, 0, earliest=at("10:00")) == ()


def test_words_tell_two_shifts_of_one_technician_apart() -> None:
    """The same name on both sides would tell nobody anything."""
    begun = job("A", 10, status="pinned", technician="T1", start=at("10:00", 1))
    one = problem([begun], [shift("T1"), shift("T1", day=1)], names=NAMES)
    (violation,) = said(one, 0)
    assert violation.words == (
        "order A is pinned to the shift of Li Wei (T1) that begins at 24 Nov 08:00, not to the one at 23 Nov 08:00"
    )


def test_an_order_of_somebody_without_a_shift_is_nobody_elses() -> None:
    """It is left out as given; whoever does it anyway is told so."""
    one = pinned("T9")
    made = plan(one, solver="insertion")
    assert made.unassigned == ("A",)
    assert [violation.words for violation in made.given] == [
        "order A is pinned, but left out: its technician has no shift"
    ]
    (violation,) = said(one, 0)
    assert violation.words == "order A is pinned to T9, who has no shift"


def test_a_started_order_comes_first() -> None:
    """An order begun at 8:30 can't wait for another one."""
    begun = job("A", 10, status="started", technician="T1", start=at("8:30"))
    one = problem([begun, job("B", 10)], SHIFTS[:1])
    day = Clock(compile_rules(one.replace(jobs=(job("A", 10), job("B", 10))))).day(0, [1, 0])
    assert [v.words for v in check(one, Plan((day,))).violations] == ["order A is started, so it comes first"]


def test_a_started_order_begins_the_day_where_and_when_it_began() -> None:
    """Before the shift, away from home: given, not broken; no drive is counted to where one is."""
    one = pinned("T1", "started", start=at("7:30"))
    made = plan(one, solver="insertion")
    (day,) = made.days
    assert (day.origin, day.depart, day.stops[0].drive_s, day.back) == ("10", at("7:30"), 0, at("8:10"))
    assert [violation.rule for violation in made.given] == ["workday"]


def test_a_kept_order_that_is_left_out_is_missed() -> None:
    """Leaving a promise out is a breach, not a loss of worth."""
    (violation,) = check(pinned(), Plan((), ("A",))).violations
    assert violation.words == "order A is pinned, but left out"
    (violation,) = check(pinned(status="started", start=at("8:30")), Plan((), ("A",))).violations
    assert violation.words == "order A is started, but left out"


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_closed_orders_are_left_alone(status: str) -> None:
    """Neither planned nor unassigned, worth nothing, and nobody's."""
    made = plan(pinned(status=status), solver="insertion")
    assert (made.days, made.unassigned, made.closed, made.worth_unassigned) == ((), (), ("A",), 0)


def test_a_pinned_order_goes_to_the_shift_nearest_its_start() -> None:
    """Of several shifts of its technician; without a start to the first, with no shift to none."""
    days = [shift("T1", day=day) for day in range(3)]
    for start, day in ((None, 0), (at("9:00", 1), 1), (at("20:00", 1), 1), (at("7:00", 2), 2), (at("0:00", -5), 0)):
        values = {} if start is None else {"start": start}
        kept = kept_by(problem([], days), job("A", status="pinned", technician="T1", **values))
        assert kept is not None
        assert kept.id == f"T1/{day}"
    assert kept_by(problem([], days), job("A", status="pinned", technician="T2")) is None
    assert kept_by(problem([], days), job("A", status="open", technician="T1")) is None


def test_kept_orders_without_what_they_need_are_faults_of_the_table() -> None:
    """No technician, no start, two begun at once: each with its row and column; open orders need nothing."""
    found = faults_of(
        Pins(),
        jobs=pd.DataFrame(
            {
                "id": list("ABCDE"),
                "status": ["pinned", "started", "started", "started", "open"],
                "technician": ["", "T1", "T2", "T2", ""],
                "start": ["", "", "2026-11-23 08:00", "2026-11-23 08:30", ""],
            }
        ),
    )
    assert [(fault.row, fault.column, fault.code) for fault in found] == [
        (2, "technician", "pinned-without-technician"),
        (3, "start", "started-without-start"),
        (5, "status", "two-started-at-once"),
    ]
    assert found[2].cause == "T2 has started order C as well"
