"""Appointment windows, the earliest and the latest moment."""

from __future__ import annotations

import pandas as pd
import pytest

from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Violation
from fieldops.routing.rules.windows import TimeWindows, opening
from fieldops.units import per_metre
from tests.routing.make import Temptation, job, problem, shift
from tests.routing.make import clock as at
from tests.routing.rules.tables import faults_of

COSTS = {"cost_per_km": per_metre(1)}
MORNING = (at("9:00"), at("10:00"))
SHIFTS = (shift("T1", "13:00", "17:00", **COSTS), shift("T2", "8:00", "12:00", home=60, **COSTS))
TEMPTATION = Temptation(problem([job("A", 10, windows=(MORNING,))], SHIFTS), "A", "T1/0")
FURTHER = (Temptation(problem([job("A", 10, latest=at("12:00"))], SHIFTS), "A", "T1/0"),)


def said(start: str, **values: object) -> list[Violation]:
    """Return what the checker says of an order begun at `start`."""
    one = problem([job("A", 10, **values)], [shift("T1")])
    started = one.replace(jobs=(job("A", 10, earliest=at(start)),))
    return list(check(one, Plan((Clock(compile_rules(started)).day(0, [0]),))).violations)


def test_words_name_the_start_how_far_off_and_the_edge_missed() -> None:
    """Late and early are told apart; of several windows the nearest edge counts."""
    windows = (MORNING, (at("15:00"), at("16:00")))
    (late,) = said("10:25", windows=windows)
    assert late.words == "order A would begin at 23 Nov 10:25, 25 min after its window ends (23 Nov 10:00)"
    assert late.remedy == "let order A begin until 23 Nov 10:25, 25 min later"
    (early,) = said("13:55", windows=windows)
    assert early.words == "order A would begin at 23 Nov 13:55, 1 h 05 min before its window begins (23 Nov 15:00)"
    assert early.remedy == "let order A begin from 23 Nov 13:55, 1 h 05 min earlier"
    assert (late.amount, early.amount, late.unit) == (25, 65, "min")


@pytest.mark.parametrize(("start", "off"), [("8:59", 1), ("9:00", 0), ("10:00", 0), ("10:01", 1)])
def test_both_ends_of_a_window_belong_to_it(start: str, off: int) -> None:
    """A window bounds when service begins, ends included; how long it lasts doesn't matter."""
    assert sum(violation.amount for violation in said(start, windows=(MORNING,))) == pytest.approx(off)


def test_windows_are_cut_to_the_earliest_and_latest_moment() -> None:
    """Windows on three days, cut on both sides; what is cut away whole is gone."""
    windows = tuple((at("9:00", day), at("12:00", day)) for day in range(3))
    cut = job("A", windows=windows, earliest=at("10:00"), latest=at("11:00", 1))
    assert opening(cut) == [(at("10:00"), at("12:00")), (at("9:00", 1), at("11:00", 1))]


def test_an_order_without_any_moment_is_said_to_have_none() -> None:
    """Possible in code only; it fits nowhere, and that is what people read."""
    (never,) = said("9:00", windows=(MORNING,), latest=at("8:00"))
    assert never.words == "order A has no moment at which it may begin"


def test_moments_that_cross_are_faults_of_the_table() -> None:
    """Latest before earliest, and no window between the two: each with its row and column."""
    day = "2026-11-23 "
    found = faults_of(
        TimeWindows(),
        jobs=pd.DataFrame(
            {
                "id": ["A", "B", "C"],
                "earliest": [day + "10:00", day + "10:00", day + "10:00"],
                "latest": [day + "09:00", day + "12:00", day + "12:00"],
                "windows": ["", f"{day}08:00/{day}09:00", f"{day}08:00/{day}10:00"],
            }
        ),
    )
    assert [(fault.row, fault.column, fault.key) for fault in found] == [(2, "latest", "A"), (3, "windows", "B")]
    assert [fault.cause for fault in found] == [
        "latest lies before earliest",
        "no window lies between earliest and latest",
    ]
