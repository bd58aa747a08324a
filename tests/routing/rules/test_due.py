"""SLA due times."""

from __future__ import annotations

import pandas as pd
import pytest

from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan
from fieldops.routing.rules.due import Due
from fieldops.units import money, per_metre
from tests.routing.make import Temptation, hourly, job, problem, shift
from tests.routing.make import clock as at
from tests.routing.rules.tables import faults_of

COSTS = {"cost_per_km": per_metre(1)}
SHIFTS = (shift("T1", "13:00", "17:00", **COSTS), shift("T2", home=60, **COSTS))
TEMPTATION = Temptation(
    problem([job("A", 10, resolve_by=at("10:00"))], SHIFTS), "A", "T1/0", "charge", "late resolution"
)
FURTHER = (Temptation(problem([job("A", 10, respond_by=at("10:00"))], SHIFTS), "A", "T1/0", "charge", "late response"),)


@pytest.mark.parametrize(
    ("values", "costs"),
    [
        ({"respond_by": at("8:00")}, {"late response": money(10)}),
        ({"resolve_by": at("8:00")}, {"late resolution": money(40)}),
        ({"resolve_by": at("8:30"), "late_cost_per_hour": hourly(300)}, {"late resolution": money(50)}),
        (
            {"respond_by": at("8:00"), "resolve_by": at("8:20")},
            {"late response": money(10), "late resolution": money(20)},
        ),
        ({"respond_by": at("8:10"), "resolve_by": at("8:40")}, {}),
        ({"respond_by": at("8:00"), "late_cost_per_hour": 0}, {}),
    ],
)
def test_each_hour_late_costs_what_the_order_says(values: dict, costs: dict) -> None:
    """Begun at 8:10 and ended at 8:40: response counts to the start, resolution to the end, 60 an hour by default."""
    one = problem([job("A", 10, **values)], [shift("T1")])
    report = check(one, Plan((Clock(compile_rules(one)).day(0, [0]),)))
    assert dict(report.costs) == costs
    assert all((charge.job, charge.shift, charge.rule) == ("A", "T1/0", "due") for charge in report.charges)


def test_a_due_time_is_no_window() -> None:
    """Late orders are served at their price and broken by nothing: leaving them out is dearer."""
    one = problem([job("A", 10, resolve_by=at("7:00"))], [shift("T1")])
    assert check(one, Plan((Clock(compile_rules(one)).day(0, [0]),))).sound


def test_orders_without_due_times_ask_for_no_exact_price() -> None:
    """A tick that no price divides is refused only where something is charged by it."""
    one = problem([job("A", 10)], [shift("T1")], ticks_per_second=7)
    assert compile_rules(one).due_rate.sum() == 0


def test_resolution_due_before_response_is_a_fault_of_the_table() -> None:
    """The row, the column and both names."""
    moments = {"respond_by": ["2026-11-23 10:00"] * 2, "resolve_by": ["2026-11-23 09:00", "2026-11-23 10:00"]}
    (fault,) = faults_of(Due(), jobs=pd.DataFrame({"id": ["A", "B"], **moments}))
    assert (fault.row, fault.column, fault.key) == (2, "resolve_by", "A")
    assert fault.cause == "resolve_by lies before respond_by"
