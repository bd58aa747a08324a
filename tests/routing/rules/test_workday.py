"""Shift hours, overtime and what working time costs."""

from __future__ import annotations

import pytest

from fieldops.routing.check import Report, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan
from fieldops.units import MINUTE, money, per_metre
from tests.routing.make import Temptation, hourly, job, problem, shift
from tests.routing.make import clock as at

COSTS = {"cost_per_km": per_metre(1)}
DEAR = {**COSTS, "overtime_cost_per_hour": hourly(600), "overtime_max_min": 480 * MINUTE}
TEMPTATION = Temptation(
    problem([job("A", 10, 240)], [shift("T1", "8:00", "10:00", **COSTS), shift("T2", home=60, **COSTS)]), "A", "T1/0"
)
FURTHER = (
    Temptation(
        problem([job("A", 10, 240)], [shift("T1", "8:00", "10:00", **DEAR), shift("T2", home=60, **COSTS)]),
        "A", "T1/0", "charge", "overtime",
    ),
    Temptation(
        problem([job("A", 10)], [shift("T1", fixed_cost=money(500), **COSTS), shift("T2", home=60, **COSTS)]),
        "A", "T1/0", "charge", "use of shifts",
    ),
    Temptation(
        problem([job("A", 10)], [shift("T1", cost_per_hour=hourly(500), **COSTS), shift("T2", home=60, **COSTS)]),
        "A", "T1/0", "charge", "working time",
    ),
)  # fmt: skip


def judged(service_min: int, start: str = "8:00", **values: object) -> Report:
    """Return the report on a day with 20 minutes of road and one order; its shift ends at 17:00."""
    one = problem([job("A", 10, service_min, earliest=at(start))], [shift("T1", **values)], names={"T1": "Li Wei"})
    return check(one, Plan((Clock(compile_rules(one)).day(0, [0]),)))


def test_words_tell_the_return_the_excess_and_the_end() -> None:
    """The end of the shift and the allowance stand beside each other; the excess counts beyond both."""
    (plain,) = judged(545).violations
    assert plain.words == "Li Wei (T1) would be back at 23 Nov 17:25, 25 min after the shift ends (23 Nov 17:00)"
    assert plain.remedy == "let the shift of Li Wei (T1) end 25 min later"
    (more,) = judged(545, overtime_max_min=10 * MINUTE).violations
    assert more.words == (
        "Li Wei (T1) would be back at 23 Nov 17:25, 15 min after the shift ends (23 Nov 17:00 with 10 min overtime)"
    )
    assert (plain.amount, more.amount, plain.unit) == (25, 15, "min")


def test_words_tell_a_start_before_the_shift() -> None:
    """Leaving at 7:30 for a shift from 8:00, as a plan made elsewhere may."""
    one = problem([job("A", 10)], [shift("T1")], names={"T1": "Li Wei"})
    early = one.replace(shifts=(shift("T1", "7:30"),))
    (violation,) = check(one, Plan((Clock(compile_rules(early)).day(0, [0]),))).violations
    assert violation.words == "Li Wei (T1) leaves 30 min before the shift begins (23 Nov 08:00)"
    assert violation.remedy == "let the shift of Li Wei (T1) begin 30 min earlier"
    assert violation.amount == 30


@pytest.mark.parametrize(
    ("service", "values", "costs"),
    [
        (100, {}, {"working time": money(120)}),
        (560, {}, {"working time": money(540), "overtime": money(40 * 1.5)}),
        (560, {"overtime_cost_per_hour": hourly(180)}, {"working time": money(540), "overtime": money(120)}),
        (100, {"pay": "shift"}, {"working time": money(540)}),
        (560, {"pay": "shift"}, {"working time": money(540), "overtime": money(60)}),
        (100, {"fixed_cost": money(7)}, {"working time": money(120), "use of shifts": money(7)}),
    ],
)
def test_time_is_paid_by_the_terms_of_the_shift(service: int, values: dict, costs: dict) -> None:
    """At one a minute: from leaving to being back, or the whole shift; beyond its end at half as much more."""
    report = judged(service, cost_per_hour=hourly(60), overtime_max_min=60 * MINUTE, **values)
    assert (report.sound, dict(report.costs)) == (True, costs)
