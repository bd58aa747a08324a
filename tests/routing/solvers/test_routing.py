"""The OR-Tools routing library as a solver: what it is told, what it can't be told, and its wheel's defects."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from fieldops.errors import FieldopsError
from fieldops.routing.check import Judge, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Problem
from fieldops.routing.given import concede
from fieldops.routing.planning import plan
from fieldops.routing.program import VERBS
from fieldops.routing.rules import RULES
from fieldops.routing.solvers import Halt, Progress, Task, value
from fieldops.routing.solvers import routing as module
from fieldops.routing.solvers.insertion import Insertion
from fieldops.routing.solvers.routing import Routing, Watch
from fieldops.routing.solvers.routing_model import LARGEST, Model
from fieldops.units import HOUR, KILOMETRE, MINUTE, money
from tests.routing.make import clock, department, hourly, job, problem, shift
from tests.routing.oracles import best_plan

ITERATIONS = 60


def task(one: Problem, *, halt: Halt | None = None, iterations: int | None = ITERATIONS) -> Task:
    """Return what a solver is given for a problem: kept work to begin from."""
    timer = Clock(compile_rules(one))
    kept = concede(timer)
    start = [list(kept.get(index, ())) for index in range(len(timer.program.shifts))]
    return Task(timer.program, timer, Judge(one, RULES, timer), kept, start, halt or Halt(), 0, iterations)


def crowd(jobs: int, shifts: int, seed: int = 1) -> Problem:
    """Return a day of orders along the road, with skills, windows, due times and a rest: far from solved at once."""
    draw = random.Random(seed)
    orders = []
    for number in range(jobs):
        values: dict[str, object] = {"priority": draw.randint(1, 4)}
        if number % 2:
            values["skills"] = (("network", draw.randint(1, 2)),)
        if number % 3 == 0:
            start = draw.choice([8, 10, 13, 15]) * HOUR
            values["windows"] = ((start, start + 2 * HOUR),)
        if number % 5 == 0:
            values["resolve_by"] = draw.randint(9, 16) * HOUR
        orders.append(job(f"J{number:03d}", draw.randint(0, 60), draw.choice([30, 45, 60, 90]), **values))
    people = {
        f"T{n:02d}": {
            "skills": (("network", 1 + n % 2),), "cost_per_hour": hourly(50), "rest_min": 30 * MINUTE,
            "overtime_max_min": 60 * MINUTE,
        }
        for n in range(shifts)
    }  # fmt: skip
    return problem(orders, [shift(name) for name in people], people)


# ---- one problem a verb: brute force says what the best plan is, with the verb and without


MORNING = (clock("8:00"), clock("9:00"))
NOON = {"rest_min": 60 * MINUTE, "rest_earliest": clock("11:00"), "rest_latest": clock("12:30")}
PAID = {"cost_per_hour": hourly(60)}

CASES: Mapping[str, Problem] = {
    "forbid": problem([job("A", 10, excluded_technicians=("T1",))], [shift("T1"), shift("T2", home=90)], {"T1": PAID}),
    "charge": problem(
        [job("A", 10, preferred_technicians=("T2",), not_preferred_cost=money(500))],
        [shift("T1"), shift("T2", home=60)], {"T1": PAID, "T2": PAID},
    ),
    "start_within": problem(
        [job("A", 10, windows=(MORNING, (clock("14:00"), clock("14:15")))), job("B", 40, windows=(MORNING,))],
        [shift("T1")], {"T1": PAID},
    ),
    "due": problem(
        [job("A", 5, 120), job("B", 30, 60, resolve_by=clock("10:00"), late_cost_per_hour=hourly(300))],
        [shift("T1")], {"T1": PAID},
    ),
    "workday": problem(
        [job("A", 30, 60), job("B", 30, 60)], [shift("T1", end="10:00"), shift("T2", end="10:00")],
        {
            "T1": {**PAID, "overtime_max_min": 60 * MINUTE, "overtime_cost_per_hour": hourly(90)},
            "T2": {"fixed_cost": money(25)},
        },
    ),
    "travel_cost": problem(
        [job("A", 20), job("B", 40)], [shift("T1"), shift("T2", home=50)],
        {"T1": {"cost_per_km": money(3) // KILOMETRE}, "T2": {"cost_per_drive_hour": hourly(20)}},
    ),
    "at_most": problem(
        [job("A", 20), job("B", -20), job("C", 25, priority=1)], [shift("T1")],
        {"T1": {"drive_max_min": 60 * MINUTE, "drive_max_km": 55 * KILOMETRE}},
    ),
    "rest": problem(
        [job("A", 10, 180), job("B", 20, 120, windows=((clock("11:30"), clock("13:10")),)), job("C", 0, 90)],
        [shift("T1")], {"T1": {**PAID, **NOON}},
    ),
    "optional": problem(
        [job("A", 10, 120, priority=1), job("B", 10, 120, priority=3), job("C", 10, 120, worth=1.5)],
        [shift("T1", end="10:30")], {"T1": PAID},
    ),
    "pin": problem(
        [
            job("A", 30, status="started", technician="T1", start=clock("8:10")),
            job("B", 50, status="pinned", technician="T1", start=clock("11:00")), job("C", 40), job("D", 55),
        ],
        [shift("T1"), shift("T2", home=50)], {"T1": PAID, "T2": PAID},
    ),
}  # fmt: skip


def test_every_verb_has_a_case() -> None:
    """A new verb without a case here would be declared, but never shown; what can't be held is declared so."""
    assert set(VERBS) == set(Routing.holds)
    assert set(CASES) == {verb for verb, held in Routing.holds.items() if held != "cannot"}


@pytest.mark.parametrize("verb", CASES)
def test_the_verb_leads_to_the_best_plan(verb: str) -> None:
    """The solver's own routes, mended by nobody, are as good as brute force's, and the verb was said."""
    asked = task(CASES[verb])
    assert verb in asked.program.said
    answer = Routing().solve(asked)
    assert [asked.judge.day(index, route)[0] for index, route in enumerate(answer.routes) if route].count([]) > 0
    assert all(asked.judge.fits(index, route) for index, route in enumerate(answer.routes) if route)
    assert value(asked.clock, answer.routes) == best_plan(CASES[verb], judge=asked.judge)[0]


def test_relaxed_rest_lets_a_drive_be_interrupted_and_the_plan_is_mended() -> None:
    """The library rests within the hour's drive, the clock only before it: what is too late then is taken out."""
    one = problem(
        [job("A", 0, 60, priority=1), job("B", 60, 30, windows=((clock("10:00"), clock("10:40")),))],
        [shift("T1")],
        {"T1": {**PAID, "rest_min": 30 * MINUTE, "rest_earliest": clock("9:30"), "rest_latest": clock("9:45")}},
    )
    asked = task(one)
    broken = Routing().solve(asked).routes
    assert Routing.holds["rest"] == "relaxed"
    assert not asked.judge.fits(0, broken[0])
    made = plan(one, solver="routing", iterations=ITERATIONS)
    assert check(one, made).sound
    assert (made.worth_unassigned, made.cost) == best_plan(one)[0]


def test_relaxed_due_sees_the_dearer_of_two_moments() -> None:
    """An order late at both ends: the plan is sound and costs what the clock says, not what the model thinks."""
    one = problem(
        [
            job("A", 5, 60),
            job("B", 30, 60, respond_by=clock("8:45"), resolve_by=clock("10:00"), late_cost_per_hour=hourly(9)),
        ],
        [shift("T1")], {"T1": PAID},
    )  # fmt: skip
    asked = task(one)
    assert Routing.holds["due"] == "relaxed"
    answer = Routing().solve(asked)
    assert value(asked.clock, answer.routes) == best_plan(one, judge=asked.judge)[0]


def test_overtime_cheaper_than_regular_time_is_said_to_be_planned_at_the_regular_price() -> None:
    """A concave price can't be told to the library: a note says so, and the clock charges the real price."""
    people = {"T1": {**PAID, "overtime_max_min": HOUR, "overtime_cost_per_hour": hourly(10)}}
    made = plan(problem([job("A", 30, 60)], [shift("T1", end="9:30")], people), solver="routing", iterations=5)
    assert any("T1/0" in note and "regular price" in note for note in made.notes)
    assert made.costs["overtime"] == hourly(10) * HOUR // 2


@pytest.mark.parametrize("seed", range(25))
def test_random_departments_are_served_as_well_as_by_brute_force(seed: int) -> None:
    """Five orders, two shifts, all but tools and parts: no more worth is left out than by the best plan."""
    asked = task(department(seed, 5, 2, supplies=False))
    answer = Routing().solve(asked)
    assert all(asked.judge.fits(index, route) for index, route in enumerate(answer.routes) if route)
    assert value(asked.clock, answer.routes)[0] == best_plan(asked.program.problem, judge=asked.judge)[0][0]


def test_most_random_departments_are_solved_to_the_least_cost() -> None:
    """Two due moments and cheap overtime apart, cost is the best there is too; a search may miss a few."""
    missed = 0
    for seed in range(25):
        asked = task(department(seed, 5, 2, supplies=False))
        best, _ = best_plan(asked.program.problem, judge=asked.judge)
        missed += value(asked.clock, Routing().solve(asked).routes) > best
    assert missed <= 3


# ---- worth before cost, without overflow


def test_any_worth_outweighs_every_cost_and_nothing_overflows() -> None:
    """A tenth of a point against a fortune of driving and lateness, with the largest worths a table can hold."""
    rich = {"cost_per_km": money(1000) // KILOMETRE, "cost_per_hour": hourly(10_000), "fixed_cost": money(1_000_000)}
    orders = [job(f"J{n}", 5 * n, 10, worth=1e6, created=-20 * 24 * HOUR) for n in range(20)]
    orders.append(job("small", 300, 10, worth=0.1, respond_by=0, late_cost_per_hour=hourly(100_000)))
    asked = task(problem(orders, [shift("T1", "6:00", "23:00")], {"T1": rich}), iterations=200)
    model = Model(asked)
    assert model.scale > 1
    units = int(asked.program.worth.sum())
    assert model.forfeit * units <= 2 * LARGEST < 2**63
    assert value(asked.clock, Routing().solve(asked).routes)[0] == 0


def test_money_keeps_its_last_unit_where_nothing_forces_scaling() -> None:
    """An ordinary day is solved in the clock's own money: two costs that differ by one are told apart."""
    assert Model(task(crowd(40, 6))).scale == 1


# ---- limits, signals, repeats


def test_a_stop_flag_set_by_another_thread_ends_the_search() -> None:
    """The library holds Python's lock; asked through its own limit it stops long before ten minutes are over."""
    flag = threading.Event()
    asked = task(crowd(60, 8), halt=Halt(600, flag), iterations=None)
    timer = threading.Timer(0.5, flag.set)
    timer.start()
    answer = Routing().solve(asked)
    timer.join()
    assert answer.stopped_by == "signal"
    assert any(answer.routes)


def test_no_time_at_all_returns_what_it_began_from() -> None:
    """Nothing found is no plan lost: the routes to begin from come back, and the answer says why."""
    asked = task(crowd(30, 4), halt=Halt(0.0), iterations=None)
    first = Insertion().solve(replace(asked, halt=Halt()))
    answer = Routing().solve(replace(asked, start=first.routes))
    assert answer.routes == first.routes
    assert answer.stopped_by == "deadline"


def test_too_many_orders_are_declined_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what the library can do in good time, the routes to begin from come back with a note."""
    monkeypatch.setattr(module, "MOST_JOBS", 20)
    asked = task(crowd(30, 4))
    answer = Routing().solve(asked)
    assert answer.routes == asked.start
    assert "30 orders" in answer.notes[0]


def test_same_iterations_same_routes_also_after_another_model() -> None:
    """Iterations repeat exactly, and a second and third model in one process work like the first (issue 5076)."""
    asked = task(crowd(40, 6), iterations=30)
    first = Routing().solve(asked)
    other = Routing().solve(task(crowd(30, 4, seed=2), iterations=30))
    assert Routing().solve(asked) == first
    assert Routing().solve(task(crowd(30, 4, seed=2), iterations=30)) == other
    assert first.stopped_by == "iterations"


def test_more_iterations_are_never_worse_and_it_improves_on_insertion() -> None:
    """Begun from insertion's routes, the search keeps them or finds better ones; on a crowded day it does."""
    asked = task(crowd(40, 6), iterations=400)
    first = Insertion().solve(asked).routes
    answer = Routing().solve(replace(asked, start=first))
    assert value(asked.clock, answer.routes) < value(asked.clock, first)


def test_progress_tells_falling_worth_and_cost_of_the_model() -> None:
    """Each report is better than the one before, and the last is what comes out where nothing is relaxed."""
    told: list[Progress] = []
    one = crowd(25, 4)
    people = tuple(replace(t, values={**t.values, "rest_min": 0}) for t in one.technicians)
    asked = replace(task(one.replace(technicians=people), iterations=200), on_progress=told.append)
    answer = Routing().solve(asked)
    seen = [(progress.worth_unassigned, progress.cost) for progress in told]
    assert len(seen) > 1
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == value(asked.clock, answer.routes)


# ---- defects of the wheel


def test_soft_bounds_and_breaks_together_find_a_plan() -> None:
    """Late orders, overtime and a rest on one shift once made the library fail (issue 4423)."""
    one = problem(
        [job("A", 10, 120, resolve_by=clock("8:30")), job("B", 20, 240, respond_by=clock("9:00")), job("C", 5, 120)],
        [shift("T1")], {"T1": {**PAID, **NOON, "overtime_max_min": 120 * MINUTE}},
    )  # fmt: skip
    asked = task(one, iterations=5)
    answer = Routing().solve(asked)
    assert answer.notes == ()
    assert value(asked.clock, answer.routes) == best_plan(one, judge=asked.judge)[0]


def test_a_shift_that_nobody_uses_forces_nothing() -> None:
    """Its way from origin to destination may be longer than its day: the model must not become infeasible."""
    shifts = [shift("T1"), shift("T2", "8:00", "8:10", home=0, to=90)]
    answer = Routing().solve(task(problem([job("A", 10)], shifts)))
    assert answer.routes == [[0], []]


def test_orders_that_nobody_may_do_and_moments_that_never_come_stay_out() -> None:
    """The wheel takes an empty list of vehicles for all of them (issue 4644); such orders are not in the model."""
    orders = [job("A", 10, excluded_technicians=("T1",)), job("B", 10, earliest=clock("9:00", 5)), job("C", 10)]
    asked = task(problem(orders, [shift("T1")]))
    assert Model(asked).jobs == [2]
    assert Routing().solve(asked).routes == [[2]]


def test_what_the_library_refuses_becomes_an_error_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TypeError of the wheel says nothing to a dispatcher; what to do instead does."""

    def refuse(asked: Task) -> Model:
        raise TypeError("in method 'RoutingModel_SetAllowedVehiclesForIndex', argument 2")

    monkeypatch.setattr(module, "Model", refuse)
    with pytest.raises(FieldopsError, match=r"OR-Tools refuses this problem: .* use solver='insertion'"):
        Routing().solve(task(crowd(3, 1)))


def test_a_model_that_contradicts_itself_costs_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the wheel calls a failure of its solver is an answer, not an accident: the start comes back."""

    def contradict(asked: Task) -> Model:
        raise Exception("CP Solver fail")

    monkeypatch.setattr(module, "Model", contradict)
    asked = task(crowd(3, 1))
    answer = Routing().solve(asked)
    assert answer.routes == asked.start
    assert "no solution" in answer.notes[0]


def test_ctrl_c_in_the_librarys_hands_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal lands in the callback; swallowed there, the program would run on as if nothing had been pressed."""
    asked = task(crowd(30, 4), iterations=None)

    def pressed(halt: Halt) -> bool:
        raise KeyboardInterrupt

    watch = Watch(asked.halt, None)
    monkeypatch.setattr(Halt, "__call__", pressed)
    assert watch()
    assert isinstance(watch.raised, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        Routing().solve(asked)


def test_an_interrupt_that_struck_before_the_callback_could_catch_it_is_told_as_what_it_was() -> None:
    """Python then reports a SystemError caused by the interrupt, on the next question; the person pressed Ctrl-C."""

    class Struck(Halt):
        def __call__(self) -> bool:
            raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    watch = Watch(Struck(), None)
    assert watch()
    assert isinstance(watch.raised, KeyboardInterrupt)
