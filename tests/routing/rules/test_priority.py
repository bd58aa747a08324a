"""Priority, optional orders and what they are worth."""

from __future__ import annotations

import pytest

from fieldops.routing.check import check, compile_rules
from fieldops.routing.domain import Plan
from fieldops.routing.explain import explain
from fieldops.routing.planning import plan
from fieldops.routing.rules.priority import is_optional, worth
from fieldops.units import DAY, per_metre
from tests.routing.make import Temptation, job, problem, shift

# One hour, of which either order fills more than half; the other technician can do neither.
SKILLED = {"T1": {"skills": (("gas", 1),), "cost_per_km": per_metre(1)}, "T2": {}}
NEEDS = {"skills": (("gas", 1),)}
TEMPTATION = Temptation(
    problem(
        [job("A", 5, 40, priority=4, **NEEDS), job("B", 10, 40, priority=1, **NEEDS)],
        [shift("T1", "8:00", "9:00"), shift("T2", "8:00", "9:00")],
        SKILLED,
    ),
    "B",
    "T1/0",
    "worth",
)


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ({}, 10),
        ({"priority": 1}, 1000),
        ({"priority": 2}, 100),
        ({"priority": 4}, 1),
        ({"optional": True}, 1),
        ({"optional": True, "priority": 2}, 100),
        ({"worth": 2.5}, 2.5),
        ({"worth": 0.0, "priority": 1}, 0),
        ({"created": -DAY + 1}, 10),
        ({"created": -DAY}, 11),
        ({"created": -3 * DAY}, 13),
        ({"created": -40 * DAY}, 20),
        ({"created": 5 * DAY}, 10),
        ({"worth": 2.5, "created": -10 * DAY}, 5),
    ],
)
def test_worth_by_priority_or_by_itself_growing_with_age(values: dict, points: float) -> None:
    """In tenths of a point: 1000, 100, 10, 1, a tenth more for each full day waited, double at most."""
    assert worth(job("A", **values)) == round(points * 10)
    one = problem([job("A", **values)], [])
    assert check(one, Plan((), ("A",))).worth_unassigned == round(points * 10)
    assert compile_rules(one).worth.tolist() == [round(points * 10)]


def test_age_counts_in_the_ticks_of_the_problem() -> None:
    """Three days are three days, however finely a problem counts."""
    one = problem([job("A", created=-3 * DAY * 10)], [], ticks_per_second=10)
    assert check(one, Plan((), ("A",))).worth_unassigned == 130


def test_an_urgent_order_is_worth_more_than_several_high_ones() -> None:
    """Classes stand far apart: one urgent order outweighs nine high ones."""
    assert worth(job("A", priority=1)) > 9 * worth(job("B", priority=2))


def test_an_optional_order_is_no_failure() -> None:
    """Whoever counts failures asks this."""
    assert [is_optional(job("A", optional=flag)) for flag in (True, False)] == [True, False]


def test_the_order_left_out_is_explained_by_what_keeps_it_out() -> None:
    """Worth keeps nothing out by itself: what people read is the hour that is too short."""
    one = TEMPTATION.problem
    explanation = explain(one, plan(one, solver="insertion"), "A")
    assert explanation.cheapest is not None
    assert {violation.rule for violation in explanation.cheapest.violations} == {"workday"}
