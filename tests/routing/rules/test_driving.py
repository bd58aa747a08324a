"""What driving costs, and how much of it a day may hold."""

from __future__ import annotations

from fieldops.routing.check import Report, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan
from fieldops.units import KILOMETRE, MINUTE, money, per_metre
from tests.routing.make import Temptation, hourly, job, problem, shift

WAGE = {"cost_per_hour": hourly(60)}
FAR = shift("T2", home=80, **WAGE)


def tempted(item: str = "", **values: object) -> Temptation:
    """Return the near shift with these values against one that drives 100 minutes."""
    one = problem([job("A", 30)], [shift("T1", **WAGE, **values), FAR])
    return Temptation(one, "A", "T1/0", "charge" if item else "breach", item)


TEMPTATION = tempted(drive_max_min=45 * MINUTE)
FURTHER = (
    tempted(drive_max_km=45 * KILOMETRE),
    tempted("distance", cost_per_km=per_metre(10)),
    tempted("driving time", cost_per_drive_hour=hourly(600)),
)


def judged(**values: object) -> Report:
    """Return the report on a day with 72 minutes and 72 km at the wheel."""
    one = problem([job("A", 36)], [shift("T1", **values)], names={"T1": "Li Wei"})
    return check(one, Plan((Clock(compile_rules(one)).day(0, [0]),)))


def test_words_tell_how_much_and_how_much_too_much() -> None:
    """Time and distance each name the whole and the excess, in that order."""
    time, way = judged(drive_max_min=47 * MINUTE, drive_max_km=60_500).violations
    assert time.words == "Li Wei (T1) would drive 1 h 12 min, 25 min more than allowed"
    assert time.remedy == "let Li Wei (T1) drive 25 min more"
    assert way.words == "Li Wei (T1) would drive 72.0 km, 11.5 km more than allowed"
    assert way.remedy == "let Li Wei (T1) drive 11.5 km more"
    assert (time.amount, time.unit, way.amount, way.unit) == (25, "min", 11.5, "km")


def test_the_limits_themselves_are_allowed() -> None:
    """At most means at most."""
    assert judged(drive_max_min=72 * MINUTE, drive_max_km=72_000).sound


def test_a_limit_of_nothing_is_a_limit() -> None:
    """Zero is not the same as no limit."""
    assert {violation.unit for violation in judged(drive_max_min=0, drive_max_km=0).violations} == {"min", "km"}


def test_time_and_distance_are_charged_apart() -> None:
    """At 2.50 a kilometre and 30 an hour beyond working time."""
    costs = judged(cost_per_km=per_metre(2.5), cost_per_drive_hour=hourly(30)).costs
    assert dict(costs) == {"distance": money(180), "driving time": money(36)}
