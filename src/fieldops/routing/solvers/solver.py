"""What a solver is given, what it returns, and what it declares."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from fieldops.routing.check import Judge
from fieldops.routing.clock import Clock
from fieldops.routing.program import Program
from fieldops.units import Money

Held = Literal["exact", "relaxed", "cannot"]
Routes = list[list[int]]


class Halt:
    """One deadline and one stop flag, passed down everywhere.

    Parameters
    ----------
    limit_s
        Seconds from now; None for no limit.
    flag
        Set it from a signal handler or another thread to stop early.
    """

    def __init__(self, limit_s: float | None = None, flag: threading.Event | None = None) -> None:
        self.flag = flag or threading.Event()
        self._ends = None if limit_s is None else time.monotonic() + limit_s

    @property
    def left_s(self) -> float:
        """Seconds left; infinite without a limit, 0 once the flag is set."""
        if self.flag.is_set():
            return 0.0
        return float("inf") if self._ends is None else max(0.0, self._ends - time.monotonic())

    def __call__(self) -> bool:
        """Return whether to stop now."""
        return self.left_s <= 0.0


@dataclass(frozen=True)
class Progress:
    """What a solver tells while it works: its name, seconds since it began, the best plan so far."""

    solver: str
    elapsed_s: float
    worth_unassigned: int
    cost: Money


@dataclass(frozen=True)
class Task:
    """What a solver is given.

    Attributes
    ----------
    program, clock, judge
        The arrays to obey; the clock that defines time on them; the checker to ask.
    kept
        Tokens of pinned and started work by shift; they stay on their shift.
    start
        Routes to begin from, or empty ones.
    halt
        When to stop.
    seed, iterations
        With both, a solver that declares itself repeatable returns the same routes.
    on_progress
        Told of each better plan.
    """

    program: Program
    clock: Clock
    judge: Judge
    kept: Mapping[int, list[int]]
    start: Routes
    halt: Halt
    seed: int = 0
    iterations: int | None = None
    on_progress: Callable[[Progress], None] | None = None


@dataclass(frozen=True)
class Answer:
    """The token sequence of each shift, in the order of the program, and what happened.

    `met` returns other good routes that the solver met, a shift and its jobs each, for a proof to begin with.
    """

    routes: Routes
    stopped_by: str
    notes: tuple[str, ...] = ()
    facts: Mapping[str, float | int | str] = field(default_factory=dict)
    met: Callable[[], Sequence[tuple[int, list[int]]]] = tuple


class Solver(Protocol):
    """Turns a task into routes.

    `holds` says for each verb whether it is held exactly, relaxed (the checker repairs what that breaks)
    or can't be said to this solver.
    """

    name: str
    holds: Mapping[str, Held]

    def solve(self, task: Task) -> Answer:
        """Return routes that hold what the program says, as declared; never nothing."""
        ...


def value(clock: Clock, routes: Routes) -> tuple[int, Money]:
    """Return worth left out and cost of routes, by the program's own arrays."""
    program = clock.program
    served = [token for route in routes for token in route if program.is_job(token)]
    cost = sum(clock.walk(shift, route).cost for shift, route in enumerate(routes))
    return int(program.worth.sum() - program.worth[served].sum()), cost
