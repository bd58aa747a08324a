"""Speed of selection, and what a second worker brings.

``pytest benchmarks/test_select.py --benchmark-only``. `extra_info` says how many routes came in, how many CP-SAT saw,
and whether it proved its choice; of the workers, moves a second.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from benchmarks.generate_days import generate
from benchmarks.skilled_day import problem
from fieldops.routing.check import Judge, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.rules import RULES
from fieldops.routing.solvers import Halt, Task
from fieldops.routing.solvers.search.arrays import KEPT, WORTH, model_of
from fieldops.routing.solvers.search.pool import KEY
from fieldops.routing.solvers.search.rehearse import rehearse
from fieldops.routing.solvers.search.schedule import ONCE
from fieldops.routing.solvers.search.search import Search
from fieldops.routing.solvers.search.streams import Streams
from fieldops.routing.solvers.select.choose import Selector

ROUTES = 50_000
MOVES = 5_000
LAPS_MOST = 60


def met(size: int, routes: int) -> Streams:
    """Return two streams that met at least so many routes of a generated day, the last of them ever cooler."""
    program = compile_rules(problem(generate(size, 1)))
    streams = Streams(model_of(program), {}, [[] for _ in program.shifts], seed=0, count=2)
    order = streams.order()
    streams.construct(order, 0, len(order))
    streams.share()
    laps = 0
    while sum(int((state.pool[:, KEY] != 0).sum()) for state in streams.states) < routes:
        streams.run([MOVES] * 2, streams.heat(ONCE.heat(0.15)), None)
        laps += 1
        if laps > LAPS_MOST:
            raise RuntimeError(f"{routes} routes were not met")
    for step in range(10):
        streams.run([MOVES] * 2, streams.heat(ONCE.heat(0.2 + step / 25)), None)
    return streams


def test_select_from_many_routes(benchmark: Any) -> None:
    """Linear program, reduction and CP-SAT over 50,000 routes and more, met on a day of 300 jobs."""
    rehearse()
    streams = met(300, ROUTES)
    routes, job = streams.candidates(), streams.model.job
    worth, must = job[:, WORTH].copy(), job[:, KEPT] != 0

    def select() -> Any:
        return Selector(routes, worth, must, streams.price).choose(Halt(), ONCE.effort)

    found = benchmark.pedantic(select, rounds=3)
    benchmark.extra_info |= {"routes": len(routes.cost), "seen": found.seen, "proved": found.proved}


@pytest.mark.parametrize("workers", [1, 2])
def test_gain_of_a_second_worker(benchmark: Any, workers: int) -> None:
    """The same moves and the same plan with one worker and with two, selections included: moves a second."""
    rehearse()
    stated = problem(generate(100, 1))
    clock = Clock(compile_rules(stated))
    begin: list[list[int]] = [[] for _ in clock.program.shifts]
    moves = 40_000

    def search() -> None:
        task = Task(clock.program, clock, Judge(stated, RULES, clock), {}, begin, Halt(), seed=0, iterations=moves)
        began = time.perf_counter()
        Search(workers=workers).solve(task)
        speeds.append(moves / (time.perf_counter() - began))

    speeds: list[float] = []
    benchmark.pedantic(search, rounds=2)
    benchmark.extra_info["moves_per_s"] = round(float(np.median(speeds)))
