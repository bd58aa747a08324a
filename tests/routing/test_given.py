"""What kept work forces: found, conceded just so far, reported as given, and no reason to refuse a plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.routing.check import Judge, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Problem
from fieldops.routing.given import concede, forced
from fieldops.routing.planning import plan
from fieldops.routing.program import NOBODY
from fieldops.routing.rules import RULES
from fieldops.routing.travel import UNREACHABLE, Travel
from fieldops.units import MINUTE
from tests.routing.make import clock as at
from tests.routing.make import department, job, problem, shift
from tests.routing.oracles import best_plan, sequences

SEEDS = st.integers(0, 10**9)


def kept(id: str, minute: int, service_min: int = 30, **values: Any) -> Any:
    """Return an order pinned to T1."""
    return job(id, minute, service_min, **{"status": "pinned", "technician": "T1", **values})


# What is kept, the terms of T1's shift, and what is given in any plan: rule, amount, unit.
FORCED: dict[str, tuple[list[Any], dict[str, Any], set[tuple[str, float, str]]]] = {
    "two promises too far apart": (
        [kept("A", 0, start=at("9:00")), kept("B", 60, start=at("10:00"))], {}, {("pins", 30, "min")},
    ),
    "a promise outside the window": (
        [kept("A", 10, start=at("9:00"), windows=((at("14:00"), at("15:00")),))], {}, {("windows", 300, "min")},
    ),
    "a promise that begins before the shift": ([kept("A", 10, start=at("7:50"))], {}, {("pins", 20, "min")}),
    "more than a day of work": ([kept("A", 10, 600)], {}, {("workday", 80, "min")}),
    "more than the overtime": (
        [kept("A", 10, 600)], {"overtime_max_min": 50 * MINUTE}, {("workday", 30, "min")},
    ),
    "too far to drive": (
        [kept("A", 60)], {"drive_max_km": 100_000, "drive_max_min": 90 * MINUTE},
        {("driving", 20, "km"), ("driving", 30, "min")},
    ),
    "no room for a rest": (
        [kept("A", 10, 300, start=at("10:00"))], {"rest_min": 30 * MINUTE}, {("rest", 30, "min")},
    ),
    "a rest that can only be late": ([kept("A", 10, 330)], {"rest_min": 30 * MINUTE}, {("rest", 10, "min")}),
    "a skill that is lacking": ([kept("A", 10, skills=(("gas", 2),))], {}, {("skills", 2, "levels")}),
    "somebody excluded": ([kept("A", 10, excluded_technicians=("T1",))], {}, {("people", 1, "people")}),
    "begun before the shift": (
        [kept("A", 10, status="started", start=at("7:15"))], {}, {("workday", 45, "min")},
    ),
    "nobody there": ([kept("A", 10, technician="T9")], {}, {("pins", 1, "orders")}),
}  # fmt: skip


def asked(case: str) -> Problem:
    """Return the case with two open orders that could fit around it, and a second technician."""
    orders, terms, _ = FORCED[case]
    return problem([*orders, job("X", 10, 20), job("Y", 5, 20)], [shift("T1", **terms), shift("T2", home=90)])


@pytest.mark.parametrize("case", FORCED)
def test_what_kept_work_forces_is_given_and_the_plan_adds_nothing(case: str) -> None:
    """The plan comes, with the breach by its size, the open orders served, and a note for people."""
    one = asked(case)
    made = plan(one, solver="insertion")
    assert {(v.rule, round(v.amount, 6), v.unit) for v in made.given} == FORCED[case][2]
    assert all(violation.given for violation in made.given)
    assert [note for note in made.notes if note.startswith("given: ")] == [f"given: {v.words}" for v in made.given]
    assert check(one, made).sound
    left = {"A"} if case == "nobody there" else set()
    assert set(made.unassigned) == left


@pytest.mark.parametrize("case", FORCED)
def test_other_shifts_and_orders_are_conceded_nothing(case: str) -> None:
    """Only what the kept work breaks is widened: T2's limits and the open orders' windows stay."""
    one = asked(case)
    before, after = compile_rules(one), Clock(compile_rules(one))
    concede(after)
    mine = before.shift_index["T1/0"]
    for name in ("overtime_max", "drive_max_s", "drive_max_m", "end", "start"):
        old, new = getattr(before, name), getattr(after.program, name)
        assert np.array_equal(np.delete(old, mine), np.delete(new, mine)), name
    for index, order in enumerate(before.jobs):
        if before.pinned[index] == NOBODY:
            assert before.windows[index] == after.program.windows[index], order.id
    assert np.array_equal(before.allowed, after.program.allowed)


def test_kept_work_that_fits_is_conceded_nothing() -> None:
    """Sound promises leave the program as it was."""
    one = problem([kept("A", 10, start=at("9:00")), job("B", 10)], [shift("T1", rest_min=30 * MINUTE)])
    before, after = compile_rules(one), Clock(compile_rules(one))
    assert dict(concede(after)) == {0: [0]}
    assert (before.windows, before.rests) == (after.program.windows, after.program.rests)
    assert np.array_equal(before.overtime_max, after.program.overtime_max)


def test_a_rest_that_kept_work_makes_impossible_is_planned_nowhere() -> None:
    """Given as missing, it isn't put at some odd hour instead: that would help nobody."""
    one = asked("no room for a rest")
    timer = Clock(compile_rules(one))
    concede(timer)
    assert list(timer.program.rest_tokens(timer.program.shift_index["T1/0"])) == []
    assert all(stop.kind == "job" for day in plan(one, solver="insertion").days for stop in day.stops)


def test_a_rest_that_may_begin_late_may_not_be_skipped_for_it() -> None:
    """Kept work that ends at home at 13:40 makes the rest late; who is home by then has still not rested in time."""
    one = problem([kept("A", 0, 340), job("X", 0, 20)], [shift("T1", rest_min=30 * MINUTE, cost_per_hour=60_000)])
    timer = Clock(compile_rules(one))
    concede(timer)
    judge, work = Judge(one, RULES, timer), [timer.program.job_index["A"]]
    rest = timer.program.rest_tokens(0)[0]
    assert timer.walk(0, [*work, rest]).breach == 0
    assert judge.day(0, [*work, rest])[0] == []
    assert timer.walk(0, work).breach > 0
    assert judge.day(0, work)[0] != []
    for solver in ("insertion", "search"):
        made = plan(one, solver=solver, iterations=20)
        assert (made.made["repaired"], [v.amount for v in made.given]) == (0, [10])


@given(SEEDS)
@settings(max_examples=60)
def test_days_with_kept_work_hold_their_rests_for_the_checker_too(seed: int) -> None:
    """What the program allows after conceding, rests included, adds no breach of the rest that the checker finds."""
    one = department(seed, jobs=4)
    timer = Clock(compile_rules(one))
    judge = Judge(one, RULES, timer)
    for number in concede(timer):
        mine = np.flatnonzero(timer.program.allowed[:, number]).tolist()
        kept = [j for j in mine if timer.program.pinned[j] == number]
        for tokens in sequences(timer.program, number, kept):
            if timer.walk(number, tokens).breach == 0:
                assert "rest" not in {violation.rule for violation in judge.day(number, tokens)[0]}


@given(SEEDS)
@settings(max_examples=80)
def test_forced_days_are_the_least_evil(seed: int) -> None:
    """No order of the kept work, with rests anywhere, breaks less; nor, where all break, costs less."""
    timer = Clock(compile_rules(department(seed, jobs=5)))
    program = timer.program
    for number, (tokens, walk) in forced(timer).items():
        assert sorted(t for t in tokens if program.is_job(t)) == np.flatnonzero(program.pinned == number).tolist()
        lead = [t for t in tokens if t == program.first[number]]
        every = [
            timer.walk(number, t)
            for t in sequences(program, number, [t for t in tokens if program.is_job(t)])
            if t[: len(lead)] == lead
        ]
        least = min((w.breach, w.cost) for w in every)
        assert (walk.breach, walk.cost if walk.breach else least[1]) == least


@pytest.mark.parametrize("rest_min", [0, 30])
def test_many_promises_that_fit_are_not_called_forced_breaches(rest_min: int) -> None:
    """Ten orders along the road, their ids zigzag: one way up and down fits the day, the order of ids doesn't."""
    minutes = [5, 100, 15, 90, 25, 80, 35, 70, 45, 60]
    pins = [kept(f"P{n}", minute, 20) for n, minute in enumerate(minutes)]
    one = problem(pins, [shift("T1", rest_min=rest_min * MINUTE)])
    assert Clock(compile_rules(one)).walk(0, range(10)).breach > 0
    made = plan(one, solver="insertion")
    assert made.given == ()
    assert len(made.days[0].visits) == 10


def test_many_promises_that_cannot_fit_break_little() -> None:
    """Eight promises in the morning and the evening of a long road: what is given is near the least there is."""
    pins = [kept(f"P{n}", minute, 60) for n, minute in enumerate([50, 10, 40, 20, 30, 50, 10, 40])]
    (violation,) = plan(problem(pins, [shift("T1")]), solver="insertion").given
    assert (violation.rule, violation.amount) == ("workday", 8 * 60 + 100 - 9 * 60)


@given(SEEDS)
@settings(max_examples=150)
def test_after_the_concession_kept_work_alone_is_sound(seed: int) -> None:
    """For the clock and for the checker: so there is always a plan, and pins refuse none."""
    one = department(seed, jobs=5)
    timer = Clock(compile_rules(one))
    days = concede(timer)
    judge = Judge(one, RULES, timer)
    for number, tokens in days.items():
        assert timer.walk(number, tokens).breach == 0
        assert judge.day(number, tokens)[0] == []


@given(SEEDS)
@settings(max_examples=25)
def test_no_plan_is_refused_because_of_pins(seed: int) -> None:
    """Brute force finds a sound plan with all kept work in it, and insertion comes with one, no better."""
    one = department(seed, jobs=4)
    timer = Clock(compile_rules(one))
    concede(timer)
    best, _ = best_plan(one, judge=Judge(one, RULES, timer))
    made = plan(one, solver="insertion")
    assert (made.worth_unassigned, made.cost) >= best
    served = {visit.id for day in made.days for visit in day.visits}
    assert {timer.program.jobs[j].id for j in np.flatnonzero(timer.program.pinned != NOBODY)} <= served


def test_hours_given_for_want_of_a_way_hold_nothing_else() -> None:
    """Home from K there is no way: what that concedes is no leave to go to X without one, nor to come home later."""
    one = problem([job("K", 10, 30, status="pinned", technician="T1"), job("X", 0, 0), job("Y", 5, 10)], [shift("T1")])
    seconds = one.travel.seconds.astype(float)  # type: ignore[attr-defined]
    seconds[one.travel.index("10"), one.travel.index("0")] = UNREACHABLE
    one = one.replace(travel=Travel.from_matrix(one.travel.places, seconds))
    timer = Clock(compile_rules(one))
    concede(timer)
    judge, (k, x, y) = Judge(one, RULES, timer), (timer.program.job_index[name] for name in "KXY")
    for tokens, sound in (([k], True), ([x, k], True), ([k, x], False), ([y, k], False)):
        assert (timer.walk(0, tokens).breach == 0) is sound
        assert (judge.day(0, tokens)[0] == []) is sound
