"""The master: which mix of the routes known so far costs least, and what that makes each job worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from fieldops.routing.program import NOBODY, Program
from fieldops.routing.solvers.bound.ground import Kind
from fieldops.units import Money

Floats = NDArray[np.float64]
UNIT: Final = 100.0  # the price of a job as the linear program counts it, about
BOX: Final = 0.2
LOWEST: Final = 0.05
HIGHEST: Final = 1e8  # a price this high means that no plan serves the job
TOUCH: Final = 1e-7


@dataclass(frozen=True)
class Column:
    """A route of one kind of shift: its cost, and its jobs in their order."""

    kind: int
    cost: Money
    jobs: tuple[int, ...]


class Master:
    """Set partitioning over the columns known, without whole numbers, by OR-Tools' GLOP.

    ::

        minimise   sum cost[r] x[r]
        each job   sum (visits of the job by r) x[r] + out[job] = 1
        each kind  sum x[r] over its routes <= its shifts
        worth      sum worth[job] out[job] <= worth that may be left out

    ``out`` is 0 for jobs that must be served: pinned ones, and those of more worth than may be left out.

    Far from the end the prices of a linear program jump about, so they are boxed in around a guess (du Merle,
    Villeneuve, Desrosiers and Hansen, 1999, "Stabilized column generation", Discrete Mathematics 194, 229-237): each
    job may also go unserved at the upper end of its box, or be served more than once at the lower end. What is
    allowed more only lowers the value, and `widen` opens the boxes that prices lean on until none does.
    """

    def __init__(self, program: Program, kinds: list[Kind], worth: int, guess: Floats) -> None:
        self._lp: Any = pywraplp.Solver.CreateSolver("GLOP")
        infinity = self._lp.infinity()
        self.must = (program.pinned != NOBODY) | (program.worth > worth)
        self.columns: list[Column] = []
        self._variables: list[Any] = []
        self._known: set[tuple[int, tuple[int, ...]]] = set()
        self._unit = max(1.0, float(guess.mean()) / UNIT) if len(guess) else 1.0
        self._jobs = [self._lp.RowConstraint(1, 1, "") for _ in program.jobs]
        self._kinds = [self._lp.RowConstraint(-infinity, len(kind.shifts), "") for kind in kinds]
        self._worth = self._lp.RowConstraint(-infinity, worth, "")
        self._goal = self._lp.Objective()
        self._goal.SetMinimization()
        guess = np.maximum(1.0, guess / self._unit)
        self._floor, self._ceiling = guess * (1 - BOX), guess * (1 + BOX)
        self._less: list[Any] = []
        self._more: list[Any] = []
        self._leans: list[list[float]] = [[], []]
        self._mix: list[float] = []
        for job, row in enumerate(self._jobs):
            if not self.must[job]:
                out = self._lp.NumVar(0, infinity, "")
                row.SetCoefficient(out, 1)
                self._worth.SetCoefficient(out, float(program.worth[job]))
            for variables, sign, end in ((self._less, 1, self._ceiling), (self._more, -1, self._floor)):
                variables.append(self._lp.NumVar(0, infinity, ""))
                row.SetCoefficient(variables[-1], sign)
                self._goal.SetCoefficient(variables[-1], sign * end[job])
            if not self.must[job] and not program.worth[job]:
                self._more[job].SetUb(0)  # what is worth nothing has no price above 0

    def widen(self) -> bool:
        """Open the boxes that the last solution leans on; return whether there were any."""
        leaning = False
        for job, (less, more) in enumerate(zip(self._less, self._more, strict=True)):
            if self._leans[0][job] > TOUCH and self._ceiling[job] < HIGHEST:
                self._ceiling[job] *= 1 + 2 * BOX
                self._goal.SetCoefficient(less, self._ceiling[job])
                leaning = True
            if self._leans[1][job] > TOUCH:
                # Below a part of the guess the floor is taken away: a price may be negative.
                self._floor[job] = self._floor[job] * (1 - 2 * BOX)
                if self._floor[job] < LOWEST * self._ceiling[job]:
                    more.SetUb(0)
                self._goal.SetCoefficient(more, -self._floor[job])
                leaning = True
        return leaning

    def add(self, column: Column) -> bool:
        """Add a route unless it is known; return whether it was added."""
        key = column.kind, column.jobs
        if key in self._known:
            return False
        self._known.add(key)
        variable = self._lp.NumVar(0, self._lp.infinity(), "")
        self._goal.SetCoefficient(variable, column.cost / self._unit)
        self._kinds[column.kind].SetCoefficient(variable, 1)
        for job in set(column.jobs):
            self._jobs[job].SetCoefficient(variable, column.jobs.count(job))
        self.columns.append(column)
        self._variables.append(variable)
        return True

    def forget(self, index: int) -> None:
        """Use a column no longer: routes as it stands have been ruled out."""
        self._variables[index].SetUb(0)
        self._known.discard((self.columns[index].kind, self.columns[index].jobs))

    def solve(self) -> tuple[float, Floats, Floats] | None:
        """Return the value, and the prices of jobs (the last entry: of a unit of worth) and of kinds, in Money.

        None if GLOP gives up, which numbers far apart may bring about.
        """
        if self._lp.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        jobs = [row.dual_value() * self._unit for row in self._jobs]
        worth = -self._worth.dual_value() * self._unit
        kinds = [row.dual_value() * self._unit for row in self._kinds]
        # Read now: the solver forgets its solution once a column is added.
        self._leans = [[variable.solution_value() for variable in ends] for ends in (self._less, self._more)]
        self._mix = [variable.solution_value() for variable in self._variables]
        return self._goal.Value() * self._unit, np.array([*jobs, worth]), np.array(kinds)

    def used(self) -> list[int]:
        """Return the columns that the last solution uses."""
        return [index for index, share in enumerate(self._mix) if share > TOUCH]
