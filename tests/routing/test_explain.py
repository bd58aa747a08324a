"""Explanations: held against the checker on random departments, and against what their remedies do."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.routing.check import Judge, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.explain import Explainer, explain
from fieldops.routing.given import concede
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES
from fieldops.units import HOUR, KILOMETRE, MINUTE
from tests.routing.make import clock, department, job, problem, shift

SEEDS = st.integers(0, 10**9)


def planned(one: Problem) -> Plan:
    """Plan by insertion."""
    return plan(one, solver="insertion", iterations=1)


def thinned(one: Problem, made: Plan, random: Random) -> Plan:
    """Take some orders that nobody promised out of a plan, so that some would fit again."""
    clock_ = Clock(compile_rules(one))
    kept = concede(clock_)
    judge, routes = Judge(one, RULES, clock_), [[] for _ in clock_.program.shifts]
    for day in made.days:
        number, tokens = clock_.tokens(day)
        jobs = [token for token in tokens if clock_.program.is_job(token)]
        held = [t for t in jobs if t in kept.get(number, ()) or random.random() < 0.6]
        routes[number] = clock_.with_stops(number, held)[0]
    return judge.plan(routes)


def sound_somewhere(one: Problem, made: Plan, order: str, shift_id: str) -> bool:
    """Whether the order can be put into the day of a shift so that the checker finds nothing in the whole plan."""
    clock_ = Clock(compile_rules(one))
    concede(clock_)
    program, day = clock_.program, made.day.get(shift_id)
    number, tokens = clock_.tokens(day) if day else (program.shift_index[shift_id], [])
    jobs = [token for token in tokens if program.is_job(token)]
    for gap in range(len(jobs) + 1):
        longer, _ = clock_.with_stops(number, [*jobs[:gap], program.job_index[order], *jobs[gap:]])
        days = [*(d for d in made.days if d.shift != shift_id), clock_.day(number, longer)]
        left = tuple(j for j in made.unassigned if j != order)
        if check(one, replace(made, days=tuple(days), unassigned=left)).sound:
            return True
    return False


@settings(max_examples=40)
@given(SEEDS)
def test_an_explanation_never_contradicts_the_checker(seed: int) -> None:
    """A miss without violations fits, one with violations fits nowhere in that day: the checker says both."""
    one = department(seed, jobs=5, shifts=2)
    made = thinned(one, planned(one), Random(seed))
    assume(check(one, made).sound)  # a thinned day may need another rest; then there is no sound plan to explain
    explainer = Explainer(one, made)
    for order in made.unassigned:
        for miss in explainer(order).misses:
            assert (not miss.violations) == sound_somewhere(one, made, order, miss.shift), (order, miss)


@settings(max_examples=40)
@given(SEEDS)
def test_every_miss_has_words_and_the_nearest_comes_first(seed: int) -> None:
    """Whatever is broken is said with a name and a way out, and people read the cheapest way first."""
    one = department(seed, jobs=5, shifts=2)
    made = planned(one)
    for order in made.unassigned:
        told = explain(one, made, order)
        assert [miss.shift for miss in told.misses] == [
            miss.shift for miss in sorted(told.misses, key=lambda m: (m.burden, m.cost, m.shift))
        ]
        for miss in told.misses:
            assert all(violation.words and violation.remedy for violation in miss.violations)
            assert miss.technician in miss.words
            assert miss.words in str(told)
        assert len(told.misses) == len(one.shifts)


# ---- remedies: what they say, done, lets the order in; a minute less does not


def relaxed(one: Problem, **changes: Any) -> Problem:
    """Return the problem with some cells of its one order or of its technician changed."""
    order, person, hours = one.jobs[0], one.technicians[0], one.shifts[0]
    if "end" in changes:
        hours = replace(hours, end=changes.pop("end"))
    trained = {"skills": changes.pop("trained")} if "trained" in changes else {}
    in_job = {name: changes.pop(name) for name in list(changes) if name in order.values}
    return one.replace(
        jobs=(replace(order, values={**order.values, **in_job}), *one.jobs[1:]),
        technicians=(replace(person, values={**person.values, **changes, **trained}), *one.technicians[1:]),
        shifts=(hours, *one.shifts[1:]),
    )


CASES: dict[str, tuple[Problem, str, str, dict[str, Any], dict[str, Any] | None]] = {
    "skills": (
        problem([job("A", 10, skills=(("network", 2),))], [shift("T1")], {"T1": {"skills": (("network", 1),)}}),
        "T1 lacks network at level 2, has level 1",
        "train T1 in network to level 2, or send somebody along who has it",
        {"trained": (("network", 2),)},
        {"trained": (("network", 1), ("electric", 9))},
    ),
    "window": (
        problem([job("A", 30, windows=((clock("8:00"), clock("8:20")),))], [shift("T1")]),
        "order A would begin at 23 Nov 08:30, 10 min after its window ends (23 Nov 08:20)",
        "let order A begin until 23 Nov 08:30, 10 min later",
        {"windows": ((clock("8:00"), clock("8:30")),)},
        {"windows": ((clock("8:00"), clock("8:29")),)},
    ),
    "hours": (
        problem([job("A", 30)], [shift("T1", "8:00", "9:00")]),
        "T1 would be back at 23 Nov 09:30, 30 min after the shift ends (23 Nov 09:00)",
        "let the shift of T1 end 30 min later",
        {"end": clock("9:30")},
        {"end": clock("9:29")},
    ),
    "overtime": (
        problem([job("A", 30)], [shift("T1", "8:00", "9:00")], {"T1": {"overtime_max_min": 20 * MINUTE}}),
        "T1 would be back at 23 Nov 09:30, 10 min after the shift ends (23 Nov 09:00 with 20 min overtime)",
        "let the shift of T1 end 10 min later",
        {"overtime_max_min": 30 * MINUTE},
        {"overtime_max_min": 29 * MINUTE},
    ),
    "hours, by seconds": (
        problem([job("A", 30)], [replace(shift("T1", "8:00"), end=clock("9:00") - 25)]),
        "T1 would be back at 23 Nov 09:30, 31 min after the shift ends (23 Nov 08:59)",
        "let the shift of T1 end 31 min later",
        {"end": clock("9:30") + 35},
        {"end": clock("9:30") - 25},
    ),
    "windows, by seconds": (
        problem(
            [job("A", 30, windows=((clock("8:00"), clock("8:20")),))], [replace(shift("T1"), start=clock("8:00") + 5)]
        ),
        "order A would begin at 23 Nov 08:30, 11 min after its window ends (23 Nov 08:20)",
        "let order A begin until 23 Nov 08:31, 11 min later",
        {"windows": ((clock("8:00"), clock("8:31")),)},
        {"windows": ((clock("8:00"), clock("8:30")),)},
    ),
    "driving": (
        problem([job("A", 30)], [shift("T1")], {"T1": {"drive_max_min": 40 * MINUTE}}),
        "T1 would drive 1 h 00 min, 20 min more than allowed",
        "let T1 drive 20 min more",
        {"drive_max_min": HOUR},
        {"drive_max_min": 59 * MINUTE},
    ),
    "distance": (
        problem([job("A", 30)], [shift("T1")], {"T1": {"drive_max_km": 40 * KILOMETRE}}),
        "T1 would drive 60.0 km, 20.0 km more than allowed",
        "let T1 drive 20.0 km more",
        {"drive_max_km": 60 * KILOMETRE},
        {"drive_max_km": 59 * KILOMETRE},
    ),
    "distance, by metres": (
        problem([job("A", 30)], [shift("T1")], {"T1": {"drive_max_km": 39_960}}),
        "T1 would drive 60.0 km, 20.1 km more than allowed",
        "let T1 drive 20.1 km more",
        {"drive_max_km": 60_060},
        {"drive_max_km": 59_960},
    ),
    "rest": (
        problem(
            [job("A", 0, 180, windows=((clock("11:00"), clock("11:00")),))],
            [shift("T1", "10:00", "15:00")],
            {"T1": {"rest_min": HOUR, "rest_earliest": clock("11:30"), "rest_latest": clock("12:00")}},
        ),
        "T1 has no rest of 1 h 00 min between 23 Nov 11:30 and 23 Nov 13:00",
        "let T1 skip the rest",
        {"rest_min": 0},
        {"rest_min": 59 * MINUTE},
    ),
    "required": (
        problem([job("A", 10, required_technicians=("T9",))], [shift("T1")], {"T1": {}, "T9": {}}),
        "order A requires T9, not T1",
        "let T1 do order A as well",
        {"required_technicians": ("T9", "T1")},
        None,
    ),
    "excluded": (
        problem([job("A", 10, excluded_technicians=("T1",))], [shift("T1")]),
        "order A excludes T1",
        "ask the customer of order A to accept T1",
        {"excluded_technicians": ()},
        None,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_remedy_lets_the_order_in(name: str) -> None:
    """The words name who and how much; doing what they say lets the order in, doing a little less does not."""
    one, words, remedy, enough, too_little = CASES[name]
    made = planned(one)
    assert made.unassigned == ("A",)
    nearest = explain(one, made, "A").cheapest
    assert nearest is not None
    assert nearest.words == (words if words.startswith("T1 ") else f"T1: {words}")  # nobody is named twice in a row
    assert nearest.remedy == remedy
    assert planned(relaxed(one, **enough)).unassigned == ()
    if too_little:
        assert planned(relaxed(one, **too_little)).unassigned == ("A",)


def test_the_cheapest_way_in_names_people_as_they_are_called() -> None:
    """Two technicians miss by different rules: the shorter trouble is told first, by name and number."""
    one = problem(
        [job("A", 30, skills=(("network", 1),))],
        [shift("T1", "8:00", "9:20"), shift("T2")],
        {"T1": {"skills": (("network", 1),)}, "T2": {}},
        {"T1": "张伟"},
    )
    text = str(explain(one, planned(one), "A"))
    assert text.splitlines()[0] == "order A is left out. Cheapest way in: let the shift of 张伟 (T1) end 10 min later"
    assert text.splitlines()[1].startswith("  张伟 (T1) would be back at 23 Nov 09:30, 10 min after")
    assert text.splitlines()[2].startswith("  T2 lacks network at level 1, has none")


def test_states_other_than_left_out_are_said() -> None:
    """Assigned and closed orders need no excuse; an order that isn't there is an error; no shifts, a reason."""
    one = problem([job("A", 10), job("B", 10, status="done")], [shift("T1")])
    made = planned(one)
    assert str(explain(one, made, "A")) == "order A is assigned"
    assert str(explain(one, made, "B")) == "order B is closed"
    with pytest.raises(ConfigError, match="no order 'C'"):
        explain(one, made, "C")
    empty = problem([job("A", 10)], [], {"T1": {}})
    assert "there is no shift at all" in str(explain(empty, planned(empty), "A"))


def test_an_order_that_would_fit_is_said_to_fit() -> None:
    """A solver cut short leaves out what would fit: the explanation says so, and what it would cost."""
    one = problem([job("A", 10)], [shift("T1")], {"T1": {"cost_per_km": 2 * 18}})
    told = explain(one, Plan((), ("A",)), "A")
    assert "would fit: give the solver more time" in str(told)
    assert told.cheapest is not None
    assert told.cheapest.words == "T1: fits, for 0.40 more"


@settings(max_examples=30)
@given(st.integers(0, 10**9))
def test_looking_closely_at_every_shift_is_the_whole_explanation(seed: int) -> None:
    """The quick look only chooses shifts: what it says of them is what the whole explanation says."""
    one = department(seed, jobs=5, shifts=3)
    made = thinned(one, planned(one), Random(seed))
    explainer = Explainer(one, made)
    for order in made.unassigned:
        whole = explainer(order)
        assert explainer(order, 3) == whole
        assert set(explainer(order, 1).misses) <= set(whole.misses)
