"""The lunch rest."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Stop, Violation
from fieldops.routing.planning import plan
from fieldops.routing.rules.rest import Rest, span
from fieldops.units import MINUTE, per_metre
from tests.routing.make import Temptation, job, problem, shift
from tests.routing.make import clock as at
from tests.routing.rules.tables import faults_of

COSTS = {"cost_per_km": per_metre(1)}
LONG = job("A", 10, 480, latest=at("8:30"))
TEMPTATION = Temptation(
    problem([LONG], [shift("T1", rest_min=30 * MINUTE, **COSTS), shift("T2", "7:00", "19:00", home=60, **COSTS)]),
    "A",
    "T1/0",
)
LUNCH = problem([job("A", 10, 360)], [shift("T1", rest_min=30 * MINUTE)], names={"T1": "Li Wei"})


def said(*rests: tuple[str, str]) -> tuple[Violation, ...]:
    """Return what the checker says of rests (from, to) after a day of six hours of work."""
    day = Clock(compile_rules(LUNCH)).day(0, [0])
    stops = [Stop("rest", f"rest {n + 1}", "10", 0, 0, at(a), at(a), at(b)) for n, (a, b) in enumerate(rests)]
    back = stops[-1].end + 10 * MINUTE if stops else day.back
    return check(LUNCH, Plan((replace(day, stops=(*day.stops, *stops), back=back),))).violations


def test_words_tell_a_missing_rest_with_its_times() -> None:
    """How long, from when, and until when it could have lasted."""
    (missing,) = said()
    assert missing.words == "Li Wei (T1) has no rest of 30 min between 23 Nov 11:30 and 23 Nov 14:00"
    assert missing.remedy == "let Li Wei (T1) skip the rest"
    assert (missing.amount, missing.unit, missing.shift) == (30, "min", "T1/0")


def test_words_tell_a_rest_at_the_wrong_time() -> None:
    """When it is, when it should begin, and by how much that is off."""
    (late,) = said(("14:15", "14:45"))
    assert late.words == (
        "Li Wei (T1) rests from 23 Nov 14:15 to 23 Nov 14:45, not for 30 min "
        "beginning between 23 Nov 11:30 and 23 Nov 13:30"
    )
    assert late.remedy == "let Li Wei (T1) rest at another time (45 min off)"
    assert late.amount == 45


def test_a_rest_cut_short_is_off_by_what_it_lacks() -> None:
    """Too late and too short add up."""
    (short,) = said(("14:15", "14:35"))
    assert short.amount == 45 + 10


def test_of_two_rests_the_better_one_counts() -> None:
    """A second rest does no harm, even one as far off as the first."""
    (violation,) = said(("14:15", "14:45"), ("14:45", "15:15"))
    assert violation.amount == 45
    (twin,) = said(("14:15", "14:15"), ("14:15", "14:15"))
    assert twin.amount == 75


def test_a_rest_is_asked_of_no_day_that_can_have_it_at_home() -> None:
    """Back by the latest start, or leaving after the earliest rest is over: nothing is said."""
    for service, earliest in ((310, None), (30, at("12:10"))):
        values = {} if earliest is None else {"earliest": earliest}
        one = LUNCH.replace(jobs=(job("A", 10, service, **values),))
        assert check(one, Plan((Clock(compile_rules(one)).day(0, [0]),))).sound


@pytest.mark.parametrize(("zone", "day", "offset"), [("Europe/Berlin", 90, 1), ("Asia/Shanghai", 90, 8)])
def test_the_rest_keeps_to_the_clock_on_the_wall(zone: str, day: int, offset: int) -> None:
    """Where clocks are put forward that night, half past eleven is half past eleven all the same.

    2026-03-29 is the last Sunday of March: in Berlin the day has 23 hours.
    """
    epoch = 1_774_738_800 if zone == "Europe/Berlin" else 1_774_713_600  # local midnight of that day
    one = problem([], [shift("T1", "8:00", "17:00", rest_min=30 * MINUTE)], zone=zone, epoch=epoch)
    forward = MINUTE * 60 if zone == "Europe/Berlin" else 0
    _, earliest, latest = span(one, one.shifts[0])
    assert (earliest, latest) == (at("11:30") - forward, at("13:30") - forward)


def test_a_night_shift_rests_after_midnight() -> None:
    """From 22:00 to 6:00 with a rest at 2:00: that is the next day's 2:00, and a plan holds it."""
    terms = {"rest_min": 30 * MINUTE, "rest_earliest": at("2:00"), "rest_latest": at("3:00")}
    night = replace(shift("T1", "22:00", "22:00", **terms), end=at("6:00", 1))
    one = problem([job("A", 10, 180, latest=at("22:30")), job("B", 10, 180)], [night])
    (day,) = plan(one, solver="insertion").days
    assert [(s.kind, s.start) for s in day.stops] == [
        ("job", at("22:30")), ("rest", at("2:00", 1)), ("job", at("2:30", 1)),
    ]  # fmt: skip


def test_a_shift_that_begins_after_lunch_has_had_it() -> None:
    """From 14:00 on nobody is asked to rest at half past eleven, today or tomorrow."""
    one = problem([job("A", 10, 180)], [shift("T1", "14:00", "22:00", rest_min=30 * MINUTE)])
    assert [s.kind for s in plan(one, solver="insertion").days[0].stops] == ["job"]


def test_a_rest_that_ends_before_it_begins_is_a_fault_of_both_tables() -> None:
    """Technicians and shifts may state it; where there is no rest it doesn't matter."""
    times = {"rest_earliest": ["13:00", "13:00"], "rest_latest": ["12:00", "12:00"], "rest_min": [30, 0]}
    found = faults_of(
        Rest(),
        technicians=pd.DataFrame({"id": ["T1", "T2"], **times}),
        shifts=pd.DataFrame({"id": ["S1", "S2"], **times}),
    )
    assert [(f.table, f.row, f.column, f.key) for f in found] == [
        ("technicians", 2, "rest_latest", "T1"),
        ("shifts", 2, "rest_latest", "S1"),
    ]
