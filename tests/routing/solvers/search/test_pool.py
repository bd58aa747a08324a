"""The pool of routes met: the cheapest order of each set of jobs, in bounded memory, what was met lately first."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from fieldops.routing.solvers.search import pool as table
from fieldops.routing.solvers.search.arrays import Model, model_of
from fieldops.routing.solvers.search.pool import HEAD, JOBS, KEY, MET, PRICE, SHIFT, new_pool, note_route
from fieldops.routing.solvers.search.state import TAKEN
from fieldops.routing.solvers.search.streams import Streams
from tests.routing.solvers.search.days import random_program

NONE = np.zeros(0, np.int64)  # drawn where there is no pool of pieces


@numba.njit
def note(model: Any, pool: Any, shift: int, jobs: Any, length: int, cost: int, drawn: Any, now: int) -> None:
    """Note a route."""
    note_route(model, pool, shift, jobs, length, cost, drawn, now)


def model(jobs: int = 12, shifts: int = 3) -> Model:
    """Return the arrays of a small day."""
    return model_of(random_program(np.random.default_rng(0), jobs, shifts))


def test_of_equal_jobs_on_a_shift_the_cheapest_order_is_kept() -> None:
    """Whatever order routes come in, the pool holds what a dictionary by shift and set of jobs holds."""
    draw, own, pool = np.random.default_rng(1), model(), new_pool(6, 1)
    least: dict[tuple[int, frozenset[int]], tuple[int, tuple[int, ...]]] = {}
    for now in range(1, 2001):
        shift, length = int(draw.integers(0, 3)), int(draw.integers(0, 5))
        jobs, cost = draw.permutation(6)[:length].astype(np.int64), int(draw.integers(0, 50))
        note(own, pool, shift, jobs, length, cost, np.array([cost % 7]), now)
        key = shift, frozenset(jobs.tolist())
        if length and cost < least.get(key, (99,))[0]:
            least[key] = cost, tuple(jobs.tolist())
    found = {}
    for row in pool[pool[:, KEY] != 0]:
        jobs = tuple(row[HEAD : HEAD + row[JOBS]].tolist())
        found[int(row[SHIFT]), frozenset(jobs)] = int(row[PRICE]), jobs
        assert row[-1] == row[PRICE] % 7
    assert found == least


def test_a_full_pool_forgets_what_was_not_met_for_the_longest() -> None:
    """Of many more routes than places, those left were all met in the later half, and one met again stays."""
    own, pool = model(jobs=40), new_pool(3, 0)[:64]
    always = np.array([0, 1, 2], np.int64)
    for now in range(1, 4001):
        jobs = np.array([now % 40, (now // 40) % 40, now % 7], np.int64)
        note(own, pool, 1, jobs, 3, 5, NONE, now)
        note(own, pool, 0, always, 3, 7, NONE, now)
    assert (pool[:, JOBS] == 3).all()
    assert pool[:, MET].min() > 2000
    assert (pool[:, SHIFT] == 0).sum() == 1


def test_routes_of_moves_that_were_nearly_taken_are_known() -> None:
    """A route may be good though the rest of its move was not: it is noted while it is warm, as it was made."""
    program = random_program(np.random.default_rng(3), 24, 5, rests=1)
    streams = Streams(model_of(program), {}, [[] for _ in program.shifts], seed=1, count=1)
    order = streams.order()
    streams.construct(order, 0, len(order))
    streams.share()
    state, refused = streams.states[0], 0
    for _ in range(300):
        before = int(state.notes[TAKEN]), int((state.pool[:, KEY] != 0).sum())
        streams.run([1], streams.heat(0.5), None)
        refused += int(state.notes[TAKEN]) == before[0] and int((state.pool[:, KEY] != 0).sum()) > before[1]
    assert refused > 0
    found = state.pool[state.pool[:, KEY] != 0]
    for row in found[:: max(1, len(found) // 20)]:
        routes: list[list[int]] = [[] for _ in program.shifts]
        routes[int(row[SHIFT])] = row[HEAD : HEAD + row[JOBS]].tolist()
        alone = Streams(streams.model, {}, routes, seed=0, count=1)
        assert alone.value[1] == row[PRICE]


def test_memory_is_bounded_whatever_routes_are_long() -> None:
    """A pool of long routes holds fewer of them, and the number stays a power of two, which finding one needs."""
    for size in (1, 15, 500, 3000):
        rows, width = new_pool(size, 2).shape
        assert width == HEAD + size + 2
        assert rows & (rows - 1) == 0
        assert rows * width <= table.NUMBERS_MOST
