"""Selection: equal to brute force over all combinations, kinds of shifts, further rows, and how it ends."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import product

import numba
import numpy as np
import pytest

from fieldops.routing.solvers import Halt, value
from fieldops.routing.solvers.search import search
from fieldops.routing.solvers.search.arrays import CARRIED, FROZEN, KEPT, OFFERED, WORTH, Ints, Model, model_of
from fieldops.routing.solvers.search.pool import HEAD, JOBS, KEY, MET, PRICE, SHIFT
from fieldops.routing.solvers.search.search import MOVES_A_JOB, Search
from fieldops.routing.solvers.search.streams import Streams
from fieldops.routing.solvers.select.aside import Aside
from fieldops.routing.solvers.select.candidates import Candidates, gather, kinds
from fieldops.routing.solvers.select.choose import Selector
from tests.routing.solvers.search.days import random_program, task_of

SHORT = bool(numba.config.DISABLE_JIT)  # as plain Python the same tests take fewer moves
EFFORT = 5.0
NONE = np.zeros(0, np.int64)  # drawn where there is no pool


def table(rows: list[tuple[int, int, list[int]]], size: int = 8, drawn: Ints | None = None) -> Ints:
    """Return a pool that holds routes (shift, cost, jobs) and what they draw."""
    drawn = np.zeros((len(rows), 0), np.int64) if drawn is None else drawn
    pool = np.hstack([np.zeros((len(rows), HEAD + size), np.int64), drawn])
    for place, (shift, cost, jobs) in enumerate(rows):
        pool[place, [KEY, MET, SHIFT, PRICE, JOBS]] = place + 1, place + 1, shift, cost, len(jobs)
        pool[place, HEAD : HEAD + len(jobs)] = jobs
    return pool


def plain(jobs: int, shifts: int) -> Model:
    """Return a model in which nothing is kept and all shifts are alike."""
    model = model_of(random_program(np.random.default_rng(2), jobs, shifts))
    model.job[:, KEPT], model.shift[:], model.pair[:] = 0, model.shift[0], 0
    model.shift[:, FROZEN] = 0
    carried, offered = model.stock[CARRIED : CARRIED + shifts], model.depot[:, OFFERED:]
    carried[:], offered[:] = carried[:1], offered[:, :1]
    return model._replace(pools=NONE)


def random_routes(draw: np.random.Generator, jobs: int, shifts: int, count: int) -> list[tuple[int, int, list[int]]]:
    """Return random routes as (shift, cost, jobs)."""
    return [
        (
            int(draw.integers(0, shifts)),
            int(draw.integers(10, 99)),
            draw.permutation(jobs)[: draw.integers(1, 4)].tolist(),
        )
        for _ in range(count)
    ]


def brute_force(routes: Candidates, worth: Ints, must: np.ndarray) -> tuple[int, int] | None:
    """Return worth left out and cost of the best combination, by trying them all."""
    best: tuple[int, int] | None = None
    for taken in product((False, True), repeat=len(routes.cost)):
        chosen = np.flatnonzero(taken)
        served = [job for index in chosen for job in routes.route(int(index))]
        left = np.ones(len(worth), bool)
        left[served] = False
        full = np.bincount(routes.kind[chosen], minlength=len(routes.many)) > routes.many
        drawn = routes.drawn[:, chosen].sum(axis=1) > routes.most
        if len(served) == len(set(served)) and not full.any() and not drawn.any() and not left[must].any():
            found = int(worth[left].sum()), int(routes.cost[chosen].sum())
            best = found if best is None else min(best, found)
    return best


@pytest.mark.parametrize("seed", range(12))
def test_the_choice_is_the_best_of_all_combinations(seed: int) -> None:
    """Worth first, then cost, kept work served, shifts of a kind counted together, a scarce resource kept."""
    draw = np.random.default_rng(seed)
    model = plain(jobs=6, shifts=3)
    model.pair[2, 0] = 7  # the third shift is of another kind
    plan = [(0, 90, [0, 1], np.array([1])), (2, 95, [2], np.array([2]))]
    model = model._replace(pools=np.array([4]))
    pools = [table(random_routes(draw, 6, 3, count), drawn=draw.integers(0, 3, (count, 1))) for count in (6, 5)]
    routes = gather(model, pools, plan)
    worth, must = draw.integers(0, 4, 6) * 5, np.arange(6) == 1
    selection = Selector(routes, worth, must, 1000).choose(Halt(), EFFORT)
    assert selection is not None
    assert selection.proved
    chosen = list(selection.chosen)
    left = np.ones(6, bool)
    left[[job for index in chosen for job in routes.route(index)]] = False
    assert (int(worth[left].sum()), int(routes.cost[chosen].sum())) == brute_force(routes, worth, must)
    assert len({shift for shift, _ in routes.seated(chosen)}) == len(chosen)


def test_worth_outweighs_any_cost_without_overflow() -> None:
    """Costs and worths near the top of their range: one point of worth more is served at an enormous cost."""
    model, dear = plain(jobs=2, shifts=2), 2**40
    routes = gather(model, [table([(1, 3 * dear, [0, 1]), (0, 1, [0])])], [(0, dear, [1], NONE)])
    worth = np.array([10**9, 10**9 + 1])
    selection = Selector(routes, worth, np.zeros(2, bool), 1).choose(Halt(), EFFORT)
    assert selection is not None
    assert sorted(job for index in selection.chosen for job in routes.route(index)) == [0, 1]


def test_alike_shifts_share_their_routes_and_each_set_of_jobs_is_there_once() -> None:
    """A route met on two shifts of a kind is one candidate, the cheaper; both shifts may be seated by their kind."""
    model = plain(jobs=6, shifts=3)
    model.pair[2, 0] = 7
    kind, many = kinds(model)
    assert kind[0] == kind[1] != kind[2]
    assert sorted(many.tolist()) == [1, 2]
    pool = table([(0, 30, [0, 1]), (1, 20, [1, 0]), (2, 10, [0, 1]), (1, 40, [2, 3])])
    routes = gather(model, [pool], [(0, 30, [0, 1], NONE)])
    found = {(int(routes.kind[r]), frozenset(routes.route(r))): int(routes.cost[r]) for r in range(len(routes.cost))}
    assert found == {
        (kind[0], frozenset({0, 1})): 20,
        (kind[2], frozenset({0, 1})): 10,
        (kind[0], frozenset({2, 3})): 40,
    }
    best = int(routes.best[0])
    assert routes.route(best) == [1, 0]
    other = next(r for r in range(len(routes.cost)) if routes.route(r) == [2, 3])
    assert sorted(routes.seated([best, other])) == [(0, [2, 3]), (1, [1, 0])]


def test_routes_of_shifts_left_alone_are_no_candidates() -> None:
    """A frozen shift keeps what it has, so nothing may be chosen for it."""
    model = plain(jobs=4, shifts=2)
    model.shift[1, FROZEN] = 1
    routes = gather(model, [table([(1, 5, [2]), (0, 5, [3])])], [(0, 9, [0], NONE)])
    assert set(routes.shift.tolist()) == {0}


def test_two_streams_that_each_know_half_make_a_whole() -> None:
    """Routes of different streams are combined into a plan that neither had, and the worst stream goes on from it."""
    program = random_program(np.random.default_rng(5), jobs=20, shifts=4, rests=1)
    task = task_of(program, iterations=50 if SHORT else 4000)
    good = Search().solve(task).routes
    streams = Streams(model_of(program), dict(task.kept), task.start, 0, 2)
    order = streams.order()
    streams.construct(order, 0, len(order))
    streams.share()
    bare = [[token for token in route if not program.is_rest(token)] for route in good]
    known = [(shift, task.clock.walk(shift, good[shift]).cost, jobs) for shift, jobs in enumerate(bare) if jobs]
    for place, (shift, cost, jobs) in enumerate(known):
        row = streams.states[place % 2].pool[place]
        row[:HEAD], row[HEAD : HEAD + len(jobs)] = (place + 1, 1, shift, cost, len(jobs)), jobs
    aside = Aside(streams.model, streams.candidates(), streams.price, Halt(), EFFORT, at_once=False)
    chosen = aside.result()
    assert chosen is not None
    before = streams.value
    assert streams.adopt(chosen) == (value(task.clock, good) < before)
    assert streams.value == min(before, value(task.clock, good))


def test_a_choice_overtaken_by_the_streams_sets_none_of_them_back() -> None:
    """A selection takes a while: a plan no better than what every stream met meanwhile is left lying."""
    program = random_program(np.random.default_rng(5), jobs=20, shifts=4, rests=1)
    task = task_of(program)
    streams = Streams(model_of(program), dict(task.kept), task.start, 0, 2)
    order = streams.order()
    streams.construct(order, 0, len(order))
    streams.share()
    before = [(state.where.tolist(), state.totals.tolist()) for state in streams.states]
    assert not streams.adopt([])
    assert [(state.where.tolist(), state.totals.tolist()) for state in streams.states] == before


def test_a_selection_stopped_or_out_of_time_chooses_nothing() -> None:
    """Neither a stop before it begins, nor a deadline that has passed, ends in a wait or in half an answer."""
    model = plain(jobs=4, shifts=2)
    routes = gather(model, [table([(1, 5, [2]), (0, 5, [3])])], [(0, 9, [0], NONE)])
    selector = Selector(routes, model.job[:, WORTH], np.zeros(4, bool), 1)
    assert selector.choose(Halt(0.0), EFFORT) is None
    selector.stop()
    assert selector.choose(Halt(), EFFORT) is None
    flag = threading.Event()
    flag.set()
    assert Aside(model, routes, 1, Halt(flag=flag), EFFORT, at_once=False).result() is None


def test_an_error_in_the_thread_reaches_the_caller() -> None:
    """A selection that fails says so: silence would look like nothing better found."""
    model = plain(jobs=4, shifts=2)
    routes = gather(model, [table([(1, 5, [2])])], [(0, 9, [0], NONE)])
    broken = replace(routes, jobs=routes.jobs[:-1])
    with pytest.raises(ValueError, match="array"):
        Aside(model, broken, 1, Halt(), EFFORT, at_once=True).result()


@pytest.mark.skipif(SHORT, reason="as plain Python too few moves are made for a selection")
def test_with_selections_one_worker_and_two_make_the_same_plan() -> None:
    """Selections beside the streams are taken up at fixed moves: who executes them changes nothing."""
    program = random_program(np.random.default_rng(12), jobs=30, shifts=6, rests=1)
    task = task_of(program, seed=3, iterations=3 * MOVES_A_JOB * 30)
    one, two = Search(workers=1).solve(task), Search(workers=2).solve(task)
    assert one.facts["selections"] == two.facts["selections"] == 3
    assert one.routes == two.routes
    assert one.facts["selections_better"] == two.facts["selections_better"]


@pytest.mark.skipif(SHORT, reason="as plain Python too few moves are made for a selection")
def test_no_selection_begins_that_would_have_to_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So near the deadline gathering its routes costs moves, and waiting for it the deadline, for no answer."""
    monkeypatch.setattr(search, "WORTHWHILE_S", 0.0)
    monkeypatch.setattr(search, "MOVES_A_JOB", 0)
    monkeypatch.setattr(search, "LAST_S", 60.0)
    program = random_program(np.random.default_rng(12), jobs=30, shifts=6, rests=1)
    answer = Search().solve(task_of(program, iterations=None, limit_s=0.5))
    assert answer.facts["iterations"]
    assert answer.facts["selections"] == 0
