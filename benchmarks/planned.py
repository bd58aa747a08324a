"""A plan of fieldops on so many cores within a limit, compiled beforehand; for families whose routes are its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

from benchmarks.options import Options
from benchmarks.peer_solvers.runs import cores
from fieldops.routing.domain import Job, Plan, Problem, Shift, Technician
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.travel import Travel


@lru_cache
def warm(solver: str | None) -> None:
    """Plan one order: that loads and compiles what a solver needs, so that no limit pays for it."""
    small = Problem(
        (Job("1", "a", 1),), (Technician("2"),), (Shift("2", "2", 0, 9, "b", "b"),),
        Travel.from_matrix(["a", "b"], [[0, 1], [1, 0]]),
    )  # fmt: skip
    plan(small, rules=RULES, solver=solver, iterations=1)


def planned(problem: Problem, rules: Sequence[Rule], options: Options, limit_s: float) -> tuple[Plan, float]:
    """Return the plan of a problem and the seconds it took, all of `plan` included."""
    warm(options.solver)
    with on_cores(cores(options.workers)):
        began = time.perf_counter()
        made = plan(problem, rules=rules, solver=options.solver, time_limit_s=limit_s, seed=options.seed)
        return made, round(time.perf_counter() - began, 2)


@contextmanager
def on_cores(lent: set[int]) -> Iterator[None]:
    """Keep this process to some cores, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, lent)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
