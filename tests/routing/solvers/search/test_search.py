"""The solver `search`: sound, repeatable, as good as brute force on small programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import permutations, product

import numba
import numpy as np
import pytest

from fieldops.routing.clock import Clock
from fieldops.routing.solvers import Halt, Routes, Task, value
from fieldops.routing.solvers.search.search import Search
from fieldops.routing.solvers.select.choose import Selection, Selector
from fieldops.routing.stock import ENDLESS
from tests.routing.solvers.search.days import random_program, task_of

SHORT = bool(numba.config.DISABLE_JIT)  # as plain Python the same tests take fewer moves


def assert_sound(task: Task, routes: Routes) -> None:
    """Hold routes to the clock: no breach, no pool overdrawn, each job at most once, kept work where it is kept."""
    program = task.program
    accounts = [program.stock.account(shift, route) for shift, route in enumerate(routes)]
    assert not program.stock.overdrawn(accounts)
    for shift, route in enumerate(routes):
        assert not route or task.clock.walk(shift, route).breach == 0
        kept = {token for token in task.kept.get(shift, ()) if program.is_job(token)}
        assert kept <= set(route)
    served = [token for route in routes for token in route if program.is_job(token)]
    assert len(served) == len(set(served))


def best_of_all(task: Task) -> tuple[int, int]:
    """Return worth left out and cost of the best plan, by trying every sequence of every set on every shift."""
    program, clock = task.program, task.clock
    n, m = len(program.jobs), len(program.shifts)
    day: dict[tuple[int, frozenset[int]], int] = {}
    for shift in range(m):
        kept = {t for t in task.kept.get(shift, ()) if t < n}
        for mask in range(2**n):
            jobs = frozenset(job for job in range(n) if mask >> job & 1)
            if not kept <= jobs or not all(program.allowed[job, shift] for job in jobs):
                continue
            days = [clock.with_stops(shift, order)[1] for order in permutations(sorted(jobs))]
            costs = [walked.cost for walked in days if walked.breach == 0 or not jobs]
            if costs:
                day[shift, jobs] = min(costs)
    best = (2**62, 2**62)
    for owners in product(range(m + 1), repeat=n):
        sets = [frozenset(job for job in range(n) if owners[job] == shift) for shift in range(m)]
        if all((shift, jobs) in day for shift, jobs in enumerate(sets)):
            out = sum(int(program.worth[job]) for job in range(n) if owners[job] == m)
            best = min(best, (out, sum(day[shift, jobs] for shift, jobs in enumerate(sets))))
    return best


@pytest.mark.parametrize("seed", range(8 if SHORT else 40))
def test_small_programs_are_solved_to_the_best_plan_there_is(seed: int) -> None:
    """Five jobs, two shifts, every verb: the plan is sound and equals brute force in worth and cost."""
    program = random_program(np.random.default_rng(seed), jobs=5, shifts=2, rests=1)
    task = task_of(program, seed=seed, iterations=2000)
    answer = Search().solve(task)
    assert_sound(task, answer.routes)
    assert value(task.clock, answer.routes) == best_of_all(task)


@pytest.mark.parametrize("seed", range(2 if SHORT else 20))
def test_small_programs_with_depots_are_solved_to_the_best_plan_there_is(seed: int) -> None:
    """Four jobs that lack tools and parts: the plan equals brute force; where pools bind, it can't be better."""
    program = random_program(np.random.default_rng(seed), jobs=4, shifts=2, rests=1, depots=1 + seed % 2)
    task = task_of(program, seed=seed, iterations=2000)
    answer = Search().solve(task)
    assert_sound(task, answer.routes)
    found, best = value(task.clock, answer.routes), best_of_all(task)
    pooled = any(pieces < ENDLESS for pool in program.stock.pools for pieces in pool.values())
    assert found >= best if pooled else found == best


@pytest.mark.parametrize("seed", range(1 if SHORT else 6))
def test_same_seed_and_iterations_give_the_same_routes_with_any_number_of_workers(seed: int) -> None:
    """One thread or two execute the same two streams; another seed is another search."""
    program = random_program(np.random.default_rng(seed), jobs=30, shifts=6, rests=1, depots=seed % 2)
    task = task_of(program, seed=seed, iterations=60 if SHORT else 1500)
    one, two = Search(workers=1).solve(task), Search(workers=2).solve(task)
    assert one.routes == two.routes
    assert one.facts["iterations"] == two.facts["iterations"] == task.iterations
    assert_sound(task, one.routes)


@pytest.mark.skipif(SHORT, reason="takes a hundred thousand moves: with compiled kernels only")
@pytest.mark.parametrize("seed", range(3))
def test_stretches_without_some_shifts_give_the_same_routes_with_any_number_of_workers(seed: int) -> None:
    """Where the search has moves left for them, and leaves no job of worth out."""
    program = random_program(np.random.default_rng(seed), jobs=8, shifts=8, rests=1)
    task = task_of(program, seed=seed, iterations=8 * 12_000)
    one, two = Search(workers=1).solve(task), Search(workers=2).solve(task)
    assert one.routes == two.routes
    assert one.facts["stretches"] == two.facts["stretches"] > 0
    assert one.facts["iterations"] == task.iterations
    assert_sound(task, one.routes)


def test_routes_to_begin_from_are_never_made_worse() -> None:
    """A second search begins where a long first one ended, and keeps at least that."""
    program = random_program(np.random.default_rng(3), jobs=30, shifts=6, rests=1)
    task = task_of(program, iterations=100 if SHORT else 20_000)
    good = Search().solve(task).routes
    again = Search().solve(replace(task, start=good, iterations=2, seed=9))
    assert value(Clock(program), again.routes) <= value(Clock(program), good)


def test_the_stop_flag_ends_the_search_with_the_plan_it_has() -> None:
    """Set during the search, the best plan so far is returned; set before, the first plan."""
    program = random_program(np.random.default_rng(4), jobs=30, shifts=6, rests=1)
    task = task_of(program, iterations=10**9)
    flag = threading.Event()
    task.halt.flag = flag
    told: list[int] = []

    def stop(progress: object) -> None:
        told.append(1)
        flag.set()

    answer = Search().solve(replace(task, on_progress=stop))
    assert told
    assert_sound(task, answer.routes)
    assert answer.facts["iterations"] < 10**9
    at_once = Search().solve(task)
    assert at_once.facts["iterations"] == 0
    assert_sound(task, at_once.routes)


def test_a_job_of_more_worth_pushes_out_jobs_of_less() -> None:
    """Where not all fit, what is left out is worth as little as brute force finds, whatever was planned first."""
    program = random_program(np.random.default_rng(11), jobs=5, shifts=1, rests=1)
    program.service[:] = 120
    task = task_of(program, iterations=1000)
    assert value(task.clock, Search().solve(task).routes) == best_of_all(task)


@pytest.mark.skipif(SHORT, reason="there is nothing compiled to compare with")
def test_compiled_kernels_find_what_plain_python_finds() -> None:
    """The kernels run as plain Python, in a process of their own, make the same moves to the last one."""
    code = (
        "import json, numpy as np; from tests.routing.solvers.search.days import random_program, task_of; "
        "from fieldops.routing.solvers.search.search import Search; "
        "task = task_of(random_program(np.random.default_rng(7), 20, 4), seed=5, iterations=120); "
        "print(json.dumps(Search().solve(task).routes))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, check=True
    )
    task = task_of(random_program(np.random.default_rng(7), 20, 4), seed=5, iterations=120)
    assert Search().solve(task).routes == json.loads(outcome.stdout)


def test_a_shift_whose_kept_work_cannot_be_timed_is_left_alone() -> None:
    """Kept work that breaks the day whatever is conceded stays as it was given, and the rest is planned."""
    program = random_program(np.random.default_rng(8), jobs=12, shifts=3, rests=0)
    task = task_of(program, iterations=50 if SHORT else 500)
    program.pinned[0], program.windows[0] = 1, []
    program.allowed[0] = [False, True, False]
    answer = Search().solve(replace(task, kept={1: [0]}, start=[[], [0], []]))
    assert answer.routes[1] == [0]
    assert 0 not in answer.routes[0] + answer.routes[2]


def test_a_frozen_shift_does_not_stop_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kept work is in none of the routes to choose from: asked for there, no choice would ever be possible."""
    program = random_program(np.random.default_rng(8), jobs=12, shifts=3, rests=0)
    task = task_of(program, iterations=400 if SHORT else 4000)
    program.pinned[0], program.windows[0] = 1, []
    program.allowed[0] = [False, True, False]
    chosen = []
    choose = Selector.choose

    def watched(self: Selector, halt: Halt, effort: float) -> Selection | None:
        chosen.append(choose(self, halt, effort))
        return chosen[-1]

    monkeypatch.setattr(Selector, "choose", watched)
    monkeypatch.setattr("fieldops.routing.solvers.search.search.MOVES_A_JOB", 1)
    Search().solve(replace(task, kept={1: [0]}, start=[[], [0], []]))
    assert chosen
    assert None not in chosen


def test_nothing_to_plan_is_no_trouble() -> None:
    """No jobs, or nobody to do them: empty routes come back at once."""
    program = random_program(np.random.default_rng(9), jobs=1, shifts=1, rests=0)
    program.allowed[:] = False
    task = task_of(program, iterations=20)
    assert Search().solve(replace(task, kept={}, start=[[]])).routes == [[]]


def test_routes_met_can_be_lived() -> None:
    """A proof begins with the routes that the search met: days that nobody can live would spoil its prices."""
    task = task_of(random_program(np.random.default_rng(4)), iterations=400)
    answer = Search().solve(task)
    met = answer.met()
    own = {(shift, frozenset(t for t in route if task.program.is_job(t))) for shift, route in enumerate(answer.routes)}
    assert {(shift, jobs) for shift, jobs in own if jobs} <= {(shift, frozenset(jobs)) for shift, jobs in met}
    assert all(task.clock.with_stops(shift, jobs)[1].breach == 0 for shift, jobs in met)
