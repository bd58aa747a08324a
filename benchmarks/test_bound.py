"""Labels a second of the pricer, on a day of 40 orders and 6 technicians.

Run with ``pytest benchmarks/test_bound.py --benchmark-only``.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.dispatched_day import dispatched
from benchmarks.generate_days import generate
from fieldops.routing.check import Judge, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.rules import RULES
from fieldops.routing.solvers import Halt, Task, value
from fieldops.routing.solvers.bound import Bound, bound
from fieldops.routing.solvers.insertion import Insertion


@pytest.mark.parametrize("size", [20, 40])
def test_root(benchmark: BenchmarkFixture, size: int) -> None:
    """Seconds to solve the root from insertion's plan, and labels a second on the way."""
    problem = dispatched(generate(size, 1), technicians=size // 6)
    clock = Clock(compile_rules(problem))
    judge = Judge(problem, RULES, clock)
    task = Task(clock.program, clock, judge, {}, [[] for _ in problem.shifts], Halt())
    routes = Insertion().solve(task).routes
    worth, cost = value(clock, routes)

    def root() -> Bound:
        return bound(clock.program, clock, plan_worth=worth, upper_cost=cost, columns=enumerate(routes), halt=Halt(60))

    root()  # compiles
    found = benchmark.pedantic(root, rounds=3)
    assert found.cost <= cost
    benchmark.extra_info["labels_per_s"] = round(found.labels / found.seconds)
    benchmark.extra_info["gap"] = round(found.gap(cost), 5)
    benchmark.extra_info["complete"] = found.complete
