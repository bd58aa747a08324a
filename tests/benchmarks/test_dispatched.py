"""The generated day with prices, overtime and lunch: the same jobs, any number of technicians, one plan of it."""

from __future__ import annotations

from benchmarks.dispatched_day import dispatched
from benchmarks.generate_days import generate
from fieldops.routing.check import check
from fieldops.routing.planning import plan


def test_the_jobs_are_the_days_own_whoever_does_them() -> None:
    """Twice the technicians, the same jobs and ways: only so may speeds be compared."""
    day = generate(50, 1)
    one, two = (dispatched(day, technicians=count) for count in (None, 14))
    assert (len(one.shifts), len(two.shifts)) == (7, 14)
    assert one.jobs == two.jobs
    assert (one.travel.seconds == two.travel.seconds).all()  # type: ignore[attr-defined]
    assert {shift.origin for shift in one.shifts} == {shift.origin for shift in two.shifts}


def test_a_plan_pays_hours_and_kilometres_and_rests() -> None:
    """What the plain day leaves out is in the plan: both prices, and lunch in every long day."""
    stated = dispatched(generate(21, 2))
    made = plan(stated, solver="insertion", iterations=1)
    assert check(stated, made).sound
    assert {"working time", "distance"} <= set(made.costs)
    assert any(stop.kind == "rest" for day in made.days for stop in day.stops)
    assert all(not day.stops[1:] or day.drive_m > 0 for day in made.days)
    bare = plan(dispatched(generate(21, 2), rest=False), solver="insertion", iterations=1)
    assert not any(stop.kind == "rest" for day in bare.days for stop in day.stops)
