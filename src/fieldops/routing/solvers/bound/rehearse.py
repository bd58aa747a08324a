"""Compile the kernels of the bound by proving a day of two orders."""

from __future__ import annotations

import threading
from functools import cache
from typing import Final

import numpy as np

from fieldops.routing.clock import Clock
from fieldops.routing.domain import Job, Problem, Shift, Technician
from fieldops.routing.program import Program
from fieldops.routing.solvers.bound.ground import kinds_of
from fieldops.routing.solvers.bound.listing import Prices, cuts_of, list_all
from fieldops.routing.solvers.bound.pools import Pools
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
    _list(program)
    mark_warm(BOUND)


def _list(program: Program) -> None:
    """List days and price them, which the proof of so small a day does without."""
    kinds, none = kinds_of(program, Pools(program), Halt()) or [], np.zeros(0, np.int64)
    prices = Prices(np.zeros(len(program.jobs), np.int64), 0, none, none, none)
    days = list_all(kinds, prices, [], np.full(len(kinds), 1000), (100, 1), Halt())
    if days is not None:
        rows = len(program.jobs) + len(kinds)
        days.price(prices, cuts_of([], none, np.arange(rows), rows), np.zeros(len(days), np.uint8), len(kinds))


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
