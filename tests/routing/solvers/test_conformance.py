"""Every solver by name: what it declares, every temptation, brute force, and what all solvers owe a plan.

A solver whose library or module isn't there is skipped; one that is there is held to all of this.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from importlib import import_module
from random import Random

import pytest

from fieldops.routing.check import Judge, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.given import concede
from fieldops.routing.planning import plan
from fieldops.routing.program import NOBODY, VERBS, Program
from fieldops.routing.rules import RULES
from fieldops.routing.solvers import NAMES, Answer, Halt, Progress, Solver, Task, solver, value
from tests.routing.make import Temptation, department, renamed
from tests.routing.oracles import best_plan

ITERATIONS = 60
LIMIT_S = 2.0
READY: set[str] = set()


def temptations() -> list[object]:
    """Return every rule's temptations, named by rule and item."""
    found = []
    for rule in RULES:
        module = import_module(f"tests.routing.rules.test_{type(rule).__module__.rpartition('.')[2]}")
        for number, temptation in enumerate([module.TEMPTATION, *getattr(module, "FURTHER", ())]):
            name = f"{rule.name}-{temptation.item or temptation.kind}-{number}"
            found.append(pytest.param(rule, temptation, id=name))
    return found


@pytest.fixture(params=NAMES)
def one_solver(request: pytest.FixtureRequest) -> Solver:
    """Each solver in turn; skipped where it or its library isn't installed."""
    try:
        one = solver(request.param)
    except ModuleNotFoundError as missing:
        pytest.skip(f"solver {request.param}: {missing}")
    if one.name == "search" and "warm" not in READY:
        plan(department(1, jobs=2, pinned=False), solver="search", iterations=1)  # compiles, however long it takes
        READY.add("warm")
    return one


def planned(name: str, one: Problem, **more: object) -> Plan:
    """Plan with a solver, bounded by iterations, with a limit for those that count none."""
    return plan(one, solver=name, iterations=ITERATIONS, time_limit_s=LIMIT_S, **more)  # type: ignore[arg-type]


def cannot(program: Program, one: Solver) -> set[str]:
    """Return the verbs said that a solver declares it can't be told."""
    return {verb for verb in program.said if one.holds[verb] == "cannot"}


def task(one: Problem, seed: int = 0) -> Task:
    """Return what plan() gives a solver to begin with: kept work alone."""
    timer = Clock(compile_rules(one))
    kept = concede(timer)
    start = [list(kept.get(shift, ())) for shift in range(len(timer.program.shifts))]
    return Task(timer.program, timer, Judge(one, RULES, timer), kept, start, Halt(LIMIT_S), seed, ITERATIONS)


def answered(one: Problem, by: Solver) -> tuple[Task, Answer]:
    """Return a task and the solver's own answer, not mended by anybody."""
    asked = task(one)
    return asked, by.solve(asked)


def test_each_declares_every_verb(one_solver: Solver) -> None:
    """Held, relaxed or not: no verb is passed over in silence, and none is invented."""
    assert set(one_solver.holds) == set(VERBS)
    assert set(one_solver.holds.values()) <= {"exact", "relaxed", "cannot"}
    assert one_solver.name in NAMES


def test_insertion_holds_everything() -> None:
    """Somebody must: it is what is used where others can't."""
    assert set(solver("insertion").holds.values()) == {"exact"}


def test_insertion_brings_kept_work_itself() -> None:
    """Asked with empty routes, as anybody but plan() may, it places what is pinned all the same."""
    for seed in range(10):
        asked = task(department(seed, jobs=6))
        routes = solver("insertion").solve(replace(asked, start=[[] for _ in asked.start])).routes
        for shift, tokens in asked.kept.items():
            assert {t for t in tokens if asked.program.is_job(t)} <= set(routes[shift])


@pytest.mark.parametrize(("rule", "temptation"), temptations())
def test_each_resists_every_temptation(one_solver: Solver, rule: object, temptation: Temptation) -> None:
    """Or says that it can't be told the rule, and another is used with a note."""
    one = temptation.problem
    made = planned(one_solver.name, one)
    missing = cannot(compile_rules(one), one_solver)
    assert (made.made["solver"] == one_solver.name) == (not missing)
    assert any(one_solver.name in note and "can't hold" in note for note in made.notes) == bool(missing)
    assert check(one, made).sound
    served = {visit.id for day in made.days for visit in day.visits}
    assert temptation.order in served
    if temptation.kind == "worth":
        assert (made.worth_unassigned, made.cost) == best_plan(one)[0]
        return
    assert made.unassigned == ()
    assert temptation.shift not in {day.shift for day in made.days if temptation.order in {v.id for v in day.visits}}
    assert not temptation.item or temptation.item not in made.costs


@pytest.mark.parametrize("seed", range(12))
def test_what_is_declared_exact_is_held_by_the_solver_itself(one_solver: Solver, seed: int) -> None:
    """The solver's own routes, before anybody mends them: every order once at most, kept work on its shift.

    If it declares all verbs said as exact, the clock finds nothing broken.
    """
    one = department(seed, jobs=6, shifts=3, ticks=Random(seed).choice([1, 10]))
    asked, answer = answered(one, one_solver)
    program = asked.program
    if cannot(program, one_solver):
        pytest.skip("not asked: it can't hold all that is said")
    assert len(answer.routes) == len(program.shifts)
    jobs = [token for route in answer.routes for token in route if program.is_job(token)]
    assert len(jobs) == len(set(jobs))
    for job, shift in enumerate(program.pinned):
        assert shift == NOBODY or job in answer.routes[shift]
    relaxed = {verb for verb in program.said if one_solver.holds[verb] == "relaxed"}
    for shift, route in enumerate(answer.routes):
        rests = [token for token in route if program.is_rest(token)]
        assert len(rests) == len(set(rests))
        assert set(rests) <= set(program.rest_tokens(shift))
        assert relaxed or asked.clock.walk(shift, route).breach == 0


@pytest.mark.parametrize("seed", range(8))
def test_none_is_better_than_brute_force(one_solver: Solver, seed: int) -> None:
    """Four orders, two shifts, pins, rests at every place: what beats all plans breaks something unseen."""
    one = department(seed + 100, jobs=4)
    timer = Clock(compile_rules(one))
    concede(timer)
    best, _ = best_plan(one, judge=Judge(one, RULES, timer))
    made = planned(one_solver.name, one)
    assert (made.worth_unassigned, made.cost) >= best
    assert check(one, made).sound


@pytest.mark.parametrize("seed", range(4))
def test_each_repeats_whatever_the_order_of_rows(one_solver: Solver, seed: int) -> None:
    """Same problem, seed and iterations: the same plan, also from rows turned round.

    A plan that the clock cut short promises nothing of the kind.
    """
    one = department(seed, jobs=4)
    other = one.replace(jobs=one.jobs[::-1], shifts=one.shifts[::-1], technicians=one.technicians[::-1])
    first = planned(one_solver.name, one, seed=3)
    if first.made["stopped_by"] == "deadline":
        pytest.skip(f"solver {one_solver.name} was stopped by its time limit")
    assert planned(one_solver.name, one, seed=3) == first
    assert planned(one_solver.name, other, seed=3) == first


@pytest.mark.parametrize("seed", range(4))
def test_each_repeats_under_other_names(one_solver: Solver, seed: int) -> None:
    """Ids are labels: renamed so that their order stays, the same orders go the same ways at the same times."""
    one = department(seed, jobs=4)
    first, second = planned(one_solver.name, one), planned(one_solver.name, renamed(one))
    if "deadline" in (first.made["stopped_by"], second.made["stopped_by"]):
        pytest.skip(f"solver {one_solver.name} was stopped by its time limit")
    assert (first.worth_unassigned, first.costs) == (second.worth_unassigned, second.costs)
    assert [f"S{day.shift}" for day in first.days] == [day.shift for day in second.days]
    for day, other in zip(first.days, second.days, strict=True):
        assert [f"W{visit.id}" for visit in day.visits] == [visit.id for visit in other.visits]
        assert [stop.start for stop in day.stops] == [stop.start for stop in other.stops]


def test_each_stops_at_once_with_a_checked_plan(one_solver: Solver) -> None:
    """A stop that is already set leaves pinned work in, breaks nothing and loses no order."""
    stop = threading.Event()
    stop.set()
    for seed in range(5):
        one = department(seed, jobs=6)
        made = plan(one, solver=one_solver.name, stop=stop)
        assert check(one, made).sound
        assert made.made["stopped_by"] == "signal"


def test_each_begins_from_a_plan_and_never_loses_by_it(one_solver: Solver) -> None:
    """Started from a good plan, what comes out is as good or better by worth, then cost."""
    for seed in range(4):
        one = department(seed, jobs=6)
        old = plan(one, solver="insertion")
        made = planned(one_solver.name, one, start=old)
        assert (made.worth_unassigned, made.cost) <= (old.worth_unassigned, old.cost)


def test_each_tells_only_of_better_plans(one_solver: Solver) -> None:
    """Progress goes one way: down in worth left out, then in cost."""
    told: list[Progress] = []
    planned(one_solver.name, department(3, jobs=6, pinned=False), on_progress=told.append)
    by_solver: dict[str, list[tuple[int, int]]] = {}
    for progress in told:
        by_solver.setdefault(progress.solver, []).append((progress.worth_unassigned, progress.cost))
        assert progress.elapsed_s >= 0
    for seen in by_solver.values():
        assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("shifts", [0, 1])
def test_each_takes_nothing_for_an_answer(one_solver: Solver, shifts: int) -> None:
    """No orders, no shifts: an empty plan, not an error."""
    one = department(5, jobs=0, shifts=shifts)
    made = planned(one_solver.name, one)
    assert (made.days, made.unassigned, made.cost) == ((), (), 0)
    lonely = department(5, jobs=3, shifts=0, pinned=False)
    assert len(planned(one_solver.name, lonely).unassigned) == 3


def test_value_is_what_the_checker_reports() -> None:
    """Worth and cost by the program's arrays equal the checker's report, for any sound routes."""
    for seed in range(20):
        one = department(seed, jobs=6, shifts=3)
        asked, answer = answered(one, solver("insertion"))
        report = check(one, asked.judge.plan(answer.routes))
        away = sum(1 for job in asked.program.jobs if job.id not in one.job)
        assert away == 0
        assert value(asked.clock, answer.routes) == (report.worth_unassigned, report.cost)
