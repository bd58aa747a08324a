"""Speed of the search's kernels: moves a second by size and by shifts, the first plan, one insertion.

``pytest benchmarks/test_search_speed.py --benchmark-only``. One stream, one thread; a round is 200 moves, so moves a
second are 200 times the rounds a second (`extra_info` says them).
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.dispatched_day import dispatched
from benchmarks.generate_days import generate
from fieldops.routing.check import compile_rules
from fieldops.routing.solvers.search.arrays import model_of
from fieldops.routing.solvers.search.rehearse import rehearse
from fieldops.routing.solvers.search.schedule import ONCE
from fieldops.routing.solvers.search.streams import Streams

MOVES = 200
SEED = 1


def streams(size: int, shifts: int | None = None, rest: bool = True) -> Streams:
    """Return one stream on a generated day, warmed up by some moves."""
    program = compile_rules(dispatched(generate(size, SEED), technicians=shifts, rest=rest))
    made = Streams(model_of(program), {}, [[] for _ in program.shifts], seed=0, count=1)
    order = made.order()
    made.construct(order, 0, len(order))
    made.share()
    made.run([5 * MOVES], made.heat(ONCE.heat(0.5)), None)
    return made


def moves(benchmark: Any, made: Streams) -> None:
    """Time moves and note how many there are a second."""
    benchmark.pedantic(made.run, ([MOVES], made.heat(ONCE.heat(0.5)), None), rounds=20, warmup_rounds=2)
    benchmark.extra_info["moves_per_s"] = round(MOVES / benchmark.stats.stats.median)


@pytest.mark.parametrize("rest", [True, False], ids=["rest", "no-rest"])
@pytest.mark.parametrize("size", [100, 300, 1000])
def test_moves_by_size(benchmark: Any, size: int, rest: bool) -> None:
    """Moves a second at 100, 300 and 1,000 jobs, with a lunch rest in each shift and without."""
    moves(benchmark, streams(size, rest=rest))


@pytest.mark.parametrize("shifts", [130, 260])
def test_moves_by_shifts(benchmark: Any, shifts: int) -> None:
    """The same 1,000 jobs with 130 and with 260 shifts: a move must not cost more."""
    moves(benchmark, streams(1000, shifts=shifts, rest=False))


@pytest.mark.parametrize("size", [300, 1000, 3000])
def test_first_plan(benchmark: Any, size: int) -> None:
    """Arrays and construction: from the program to a first plan."""
    rehearse()
    program = compile_rules(dispatched(generate(size, SEED)))

    def first() -> None:
        made = Streams(model_of(program), {}, [[] for _ in program.shifts], seed=0, count=1)
        order = made.order()
        made.construct(order, 0, len(order))

    benchmark.pedantic(first, rounds=3)
