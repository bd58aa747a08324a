"""Insertions are exact, moves leave no trace when rolled back, and running sums never drift."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from fieldops.routing.clock import Clock
from fieldops.routing.program import NEVER, Program
from fieldops.routing.solvers import value
from fieldops.routing.solvers.search.anneal import chances
from fieldops.routing.solvers.search.arrays import FROZEN, KEPT, model_of
from fieldops.routing.solvers.search.recreate import cheapest, recreate, remembered
from fieldops.routing.solvers.search.ruin import ruin
from fieldops.routing.solvers.search.search import Search
from fieldops.routing.solvers.search.state import ABSENT, AT_HOME, LENGTH, State, keep, open_move, roll_back
from fieldops.routing.solvers.search.streams import Streams
from tests.routing.solvers.search.days import random_program, task_of

SHORT = bool(numba.config.DISABLE_JIT)  # as plain Python the same tests take fewer moves


@numba.njit
def ask(model: Any, state: Any, shift: int, job: int) -> tuple[int, int]:
    """Return the cheapest insertion."""
    return cheapest(model, state, shift, job, False)


@numba.njit
def ask_memory(model: Any, state: Any, shift: int, job: int) -> tuple[int, int]:
    """Return the cheapest insertion, remembered."""
    return remembered(model, state, shift, job)


@numba.njit
def move(model: Any, state: Any, undo: bool) -> None:
    """Make one move and keep it or take it back."""
    open_move(state)
    if ruin(model, state):
        recreate(model, state)
    elif not undo:
        undo = True
    if undo:
        roll_back(model, state)
    else:
        keep(state)


def begun(program: Program, seed: int = 0) -> Streams:
    """Return one stream with everything inserted that fits."""
    task = task_of(program)
    streams = Streams(model_of(program), dict(task.kept), task.start, seed, 1)
    order = streams.order()
    streams.construct(order, 0, len(order))
    streams.share()
    return streams


def picture(state: State) -> list[Any]:
    """Return everything that a move may change and must restore."""
    routes = [state.jobs[s, : state.info[s, LENGTH]].tolist() for s in range(len(state.info))]
    rows = [state.rows[s, : state.info[s, LENGTH] + 1].tolist() for s in range(len(state.info))]
    absent = sorted(np.flatnonzero(state.slot >= 0).tolist())
    info = np.delete(state.info, 8, axis=1).tolist()  # column 8 only stamps who was looked at
    stock = [state.used.tolist(), state.drawn[: len(state.info) + 1].tolist()]
    return [routes, rows, absent, info, state.where.tolist(), state.totals.tolist(), stock]


def by_trying(clock: Clock, shift: int, jobs: list[int], job: int) -> int:
    """Return what the cheapest sound insertion costs, by trying each position and each place of the rest."""
    front = 1 if jobs and clock.program.first[shift] == jobs[0] else 0
    before = clock.with_stops(shift, jobs)[1].cost if jobs else 0
    found = []
    for at in range(front, len(jobs) + 1):
        _, walked = clock.with_stops(shift, [*jobs[:at], job, *jobs[at:]])
        if walked.breach == 0:
            found.append(walked.cost - before)
    return min(found, default=NEVER)


@pytest.mark.parametrize("seed", range(5 if SHORT else 40))
def test_the_cheapest_insertion_is_the_cheapest_of_all(seed: int) -> None:
    """Whatever is pruned: every job left out, into every route, costs what trying everything finds."""
    program = random_program(np.random.default_rng(seed), jobs=14, shifts=3, rests=1, depots=seed % 3)
    streams = begun(program)
    state, clock = streams.states[0], Clock(program)
    asked = 0
    for shift in range(3):
        jobs = state.jobs[shift, : state.info[shift, LENGTH]].tolist()
        for job in np.flatnonzero(state.where < 0).tolist():
            if program.allowed[job, shift]:
                cost, _ = ask(streams.model, state, shift, job)
                assert cost == by_trying(clock, shift, jobs, job)
                assert ask_memory(streams.model, state, shift, job)[0] == cost
                assert ask_memory(streams.model, state, shift, job)[0] == cost
                asked += 1
    assert asked or (state.where >= 0).all() or not program.allowed[state.where < 0].any()


@pytest.mark.parametrize("seed", range(2 if SHORT else 8))
def test_memory_tells_the_last_job_of_a_route_from_the_job_asked_for(seed: int) -> None:
    """J2 into a route that ends in J1 and J1 into the same route with J2 at its end are two questions."""
    program = random_program(np.random.default_rng(seed), jobs=14, shifts=3, rests=1)
    streams = begun(program, seed)
    model, state, asked = streams.model, streams.states[0], 0
    routes = [state.jobs[s, : state.info[s, LENGTH]].tolist() for s in range(3)]
    for shift, route in enumerate(routes):
        others = np.flatnonzero(model.pair[shift] >= 0).tolist() if route else []
        for job in set(others) - set(route):
            for last, other in ((route[-1], job), (job, route[-1])):
                streams._load(state, [[*route[:-1], last] if s == shift else [] for s in range(3)])
                if streams._verdict[shift]:
                    assert ask_memory(model, state, shift, other) == ask(model, state, shift, other)
                    asked += last == job
    assert asked


@pytest.mark.parametrize("seed", range(3 if SHORT else 12))
def test_a_move_that_is_rolled_back_leaves_no_trace(seed: int) -> None:
    """Routes, rows, sums and the list of jobs left out are as before, after many moves of every kind."""
    program = random_program(np.random.default_rng(seed), jobs=20, shifts=4, rests=1, depots=seed % 3)
    streams = begun(program, seed)
    state = streams.states[0]
    for _ in range(10 if SHORT else 200):
        before = picture(state)
        move(streams.model, state, True)
        assert picture(state) == before
        move(streams.model, state, False)


@pytest.mark.parametrize("seed", (0, 2) if SHORT else (0, 1, 2, 4, 5, 7, 10, 11))
def test_who_is_sent_home_gets_no_work_in_that_move(seed: int) -> None:
    """Only kept work stays with the shift; where work is left out (the last two seeds) it happens too, more rarely."""
    program = random_program(np.random.default_rng(seed), jobs=5, shifts=8, rests=1)
    streams = begun(program, seed)
    model, state, sent = streams.model, streams.states[0], 0
    for _ in range(200 if seed < 10 else 1000):
        move(model, state, False)
        shift = state.notes[AT_HOME]
        if shift >= 0:
            assert model.job[state.jobs[shift, : state.info[shift, LENGTH]], KEPT].all()
            sent += 1
    assert sent > 0
    assert (state.notes[ABSENT] > 0) == (seed >= 10)


@pytest.mark.parametrize("seed", range(2 if SHORT else 8))
def test_a_stretch_does_without_some_shifts_and_loses_nothing(seed: int) -> None:
    """Shifts with kept work stay; those left out get nothing until all work again; the best plan is never given up."""
    program = random_program(np.random.default_rng(seed), jobs=20, shifts=8, rests=1)
    streams, clock = begun(program, seed), Clock(program)
    streams.run([20 if SHORT else 2000], streams.heat(0.3), None)
    state, best, away = streams.states[0], streams.value, 0
    kept = {int(state.where[job]) for job in np.flatnonzero(streams.model.job[:, KEPT])}
    for _ in range(10):
        streams.do_without()
        gone = np.flatnonzero(streams.planned[0].shift[:, FROZEN]).tolist()
        away += len(gone)
        assert gone
        assert not kept & set(gone)
        streams.run([20 if SHORT else 500], streams.heat(1.0), None)
        assert not state.info[gone, LENGTH].any()
        assert streams.drift() == (0, 0)
        streams.have_again()
        assert not streams.planned[0].shift[:, FROZEN].any()
        streams.run([20 if SHORT else 500], streams.heat(0.3), None)
        assert value(clock, streams.routes()) == streams.value <= best
        best = streams.value
        served = np.flatnonzero(state.where >= 0)
        assert len(served) + state.notes[ABSENT] == len(program.jobs)
    assert away > 10


def test_a_shift_alone_is_not_done_without() -> None:
    """Nobody would be left to do its work."""
    streams = begun(random_program(np.random.default_rng(1), jobs=5, shifts=1, rests=1))
    for _ in range(4):
        streams.do_without()
        assert not streams.planned[0].shift[:, FROZEN].any()


@pytest.mark.parametrize("seed", range(2 if SHORT else 4))
def test_a_stream_that_takes_over_a_plan_has_all_shifts_again(seed: int) -> None:
    """Else the days of shifts that it does without would stay as they are."""
    program = random_program(np.random.default_rng(seed), jobs=20, shifts=8, rests=1)
    task = task_of(program)
    streams = Streams(model_of(program), dict(task.kept), task.start, -1, 2)
    order = streams.order()
    streams.construct(order, 0, len(order))
    streams.share()
    streams.run([40 if SHORT else 400, 0], streams.heat(0.2), None)
    streams.do_without()
    assert all(model.shift[:, FROZEN].any() for model in streams.planned)
    streams.meet()
    assert streams.planned[0].shift[:, FROZEN].any()
    assert not streams.planned[1].shift[:, FROZEN].any()


@pytest.mark.parametrize("seed", range(2 if SHORT else 6))
def test_running_sums_do_not_drift(seed: int) -> None:
    """After thousands of moves the sums equal sums made anew from the routes, to the last unit."""
    program = random_program(np.random.default_rng(seed), jobs=40, shifts=8, rests=1, depots=seed % 3)
    streams = begun(program, seed)
    streams.run([30 if SHORT else 5000], streams.heat(0.2), None)
    assert streams.drift() == (0, 0)


def test_chances_are_those_of_the_logarithm() -> None:
    """The whole-number table that acceptance draws from has the mean of -ln u, which is 1."""
    table = chances() / 2**16
    assert table.mean() == pytest.approx(1.0, abs=0.001)
    assert (np.diff(table) < 0).all()


@pytest.mark.parametrize("seed", range(2 if SHORT else 6))
def test_a_plan_that_serves_more_is_noted_however_dear(seed: int) -> None:
    """Where jobs left out weigh nothing, each service costs; plans better than all before are taken all the same."""
    program = random_program(np.random.default_rng(seed), jobs=5, shifts=2, rests=1)
    task = task_of(program)
    streams = Streams(model_of(program), dict(task.kept), task.start, seed, 1)
    before, streams.price = streams.value[0], 0
    streams.run([40 if SHORT else 2000], 0, None)
    done = Search().solve(task_of(program, seed=seed, iterations=100 if SHORT else 2000))
    assert streams.value[0] == value(task.clock, done.routes)[0] < before
