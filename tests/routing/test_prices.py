"""Prices of hours and skills: an upper bound of what the change gains, by brute force on small days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldops.errors import ConfigError
from fieldops.routing.check import check
from fieldops.routing.domain import Problem
from fieldops.routing.planning import plan
from fieldops.routing.prices import Prices, prices
from fieldops.routing.rules import RULES
from fieldops.routing.rules.priority import POINT
from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import rehearsed
from fieldops.units import HOUR, currency
from tests.routing.make import department
from tests.routing.oracles import best_plan


def best(problem: Problem) -> tuple[int, int]:
    """Return worth left out and cost of the best plan there is."""
    (worth, cost), _ = best_plan(problem)
    return worth, cost


def weight(found: Prices, worth: int, cost: int) -> float:
    """Return a plan in one number, its worth left out at the price that was found."""
    return currency(cost) + found.worth_price * worth / POINT


@pytest.mark.parametrize("seed", [1, 5, 13])
def test_no_change_gains_more_than_its_price(seed: int) -> None:
    """A price that a true gain exceeds would misrank changes: brute force plans every changed day best."""
    assert rehearsed(Halt())
    problem = department(seed, jobs=4, shifts=2, pinned=False)
    made = plan(problem, iterations=300)
    report = check(problem, made, RULES)
    found = prices(problem, made, resolved=1, time_limit_s=3)
    before = weight(found, report.worth_unassigned, report.cost)
    hours = found.table[found.table["change"] == "one hour more"]
    assert set(hours["technician"]) == {shift.technician for shift in problem.shifts}
    tick = problem.ticks_per_second
    for row in hours.itertuples():
        shifts = tuple(
            replace(shift, end=shift.end + HOUR * tick) if shift.technician == row.technician else shift
            for shift in problem.shifts
        )
        gain = before - weight(found, *best(problem.replace(shifts=shifts)))
        assert gain <= row.at_most + 1e-6
    for row in found.table[found.table["change"] != "one hour more"].itertuples():
        skill, level = row.change.removeprefix("skill ").split(", level ")
        people = tuple(
            replace(
                p, values={**p.values, "skills": (*_without(p.values.get("skills", ()), skill), (skill, int(level)))}
            )
            if p.id == row.technician
            else p
            for p in problem.technicians
        )
        gain = before - weight(found, *best(problem.replace(technicians=people)))
        assert gain <= row.at_most + 1e-6


def _without(held: tuple[tuple[str, int], ...], skill: str) -> tuple[tuple[str, int], ...]:
    return tuple(pair for pair in held if pair[0] != skill)


def test_the_dearest_come_first_and_are_planned_anew() -> None:
    """People read from the top: prices fall, and the first rows tell what a real plan gains, never more than priced."""
    assert rehearsed(Halt())
    problem = department(5, jobs=5, shifts=2, pinned=False)
    found = prices(problem, plan(problem, iterations=300), resolved=2, time_limit_s=3)
    assert found.table["price"].is_monotonic_decreasing
    assert found.table["gain"].notna().tolist() == [rank < 2 for rank in range(len(found.table))]
    known = found.table.dropna(subset="gain")
    assert (known["gain"] <= known["at_most"] + 1e-6).all()
    assert (found.table["at_most"] - found.table["price"]).round(4).nunique() == 1


def test_no_time_no_prices() -> None:
    """Without a proof there are no prices: that is said, instead of a table of nothing."""
    problem = department(5, jobs=3, shifts=2, pinned=False)
    made = plan(problem, iterations=10)
    for how in ({"time_limit_s": 0.0}, {"time_limit_s": 1e-9}, {"resolved": -1}):
        with pytest.raises(ConfigError):
            prices(problem, made, **how)  # type: ignore[arg-type]
