"""Compile the kernels of the bound by proving a day of two orders."""

from __future__ import annotations

import threading
from functools import cache
from typing import Final

import numpy as np

from fieldops.routing.clock import Clock
from fieldops.routing.domain import Job, Problem, Shift, Technician
from fieldops.routing.program import Program
from fieldops.routing.solvers.bound.root import bound
from fieldops.routing.solvers.search.cache import BOUND, mark_warm
from fieldops.routing.solvers.solver import Halt
from fieldops.routing.travel import Travel

LOOK_S: Final = 0.05


def rehearse() -> None:
    """Compile, or load what was compiled before."""
    away = np.array([[0, 5, 5], [5, 0, 5], [5, 5, 0]])
    problem = Problem(
        (Job("1", "a", 1), Job("2", "b", 1)), (Technician("t"),), (Shift("s", "t", 0, 99, "c", "c"),),
        Travel.from_matrix(["a", "b", "c"], away, away),
    )  # fmt: skip
    program = Program(problem).settle()
    program.drive_rate[:] = 1
    bound(program, Clock(program), plan_worth=0, upper_cost=40, halt=Halt(None))
    mark_warm(BOUND)


@cache
def _begun() -> threading.Event:
    """Begin to compile, once in a process; set when it is over."""
    ready = threading.Event()

    def work() -> None:
        try:
            rehearse()
        finally:
            ready.set()

    threading.Thread(target=work, name="fieldops-compile-bound", daemon=True).start()
    return ready


def rehearsed(halt: Halt) -> bool:
    """Wait until everything is compiled; return False if `halt` comes first."""
    ready = _begun()
    while not ready.wait(LOOK_S):
        if halt():
            return False
    return True
