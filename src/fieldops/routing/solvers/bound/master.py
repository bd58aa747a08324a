"""The master: which mix of the routes known so far costs least, and what that makes each job worth."""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from fieldops.routing.program import NOBODY, Program
from fieldops.routing.solvers.bound.ground import Kind
from fieldops.routing.solvers.bound.labels import Ints
from fieldops.routing.solvers.bound.marks import Cut, times
from fieldops.units import Money

Floats = NDArray[np.float64]
UNIT: Final = 100.0  # the price of a job as the linear program counts it, about
BOX, LIFT = 4.0, 4.0  # see `Master`
TOUCH: Final = 1e-7
# What GLOP is asked in turn until it finds an optimum: where numbers lie far apart one may, another not. First what
# lets it go on from its last basis: it can where only columns are new, and scaled or presolved all is new.
STEADIER: Final = (
    "use_preprocessing: false use_scaling: false",
    "use_preprocessing: true use_scaling: true",
    "use_preprocessing: false",
    "use_preprocessing: false use_dual_simplex: true",
    "use_preprocessing: false use_scaling: false change_status_to_imprecise: false",
)
STATUS: Final = {
    pywraplp.Solver.FEASIBLE: "out of time",
    pywraplp.Solver.INFEASIBLE: "infeasible",
    pywraplp.Solver.UNBOUNDED: "unbounded",
    pywraplp.Solver.ABNORMAL: "abnormal",
    pywraplp.Solver.MODEL_INVALID: "invalid",
    pywraplp.Solver.NOT_SOLVED: "out of time",
}
NUDGE: Final = 1e-3  # of pieces more than there are: so that a price says what more gains, not what less loses


@dataclass(frozen=True)
class Column:
    """A route of one kind of shift: its cost, and its jobs in their order."""

    kind: int
    cost: Money
    jobs: tuple[int, ...]


@dataclass(frozen=True)
class Solved:
    """What the master says: its value, and the prices of jobs, of a unit of worth, of kinds, of cuts and of pieces."""

    value: float
    jobs: Floats
    worth: float
    kinds: Floats
    cuts: Floats
    pools: Floats


class Master:
    """Set partitioning over the columns known, without whole numbers, by OR-Tools' GLOP.

    ::

        minimise   sum cost[r] x[r]
        each job   sum (visits of the job by r) x[r] + out[job] = 1
        each kind  sum x[r] over its routes <= its shifts
        worth      sum worth[job] out[job] <= worth that may be left out
        each cut   sum (times that r counts in it) x[r] <= floor(its rows / 2)
        each pool  sum (pieces that r draws) x[r] <= pieces there are

    ``out`` of jobs that must be served (pinned ones, and those of more worth than may be left out) costs
    `too_much` instead, and so does each tenth of a unit of worth too much, so that there is a solution at any time.

    Few routes say little of prices, which then jump about: at first these two cost less, a few times what a `guess`
    says of the dearest job and of a unit of worth, so prices stay below that. `raise_prices` lifts what a solution
    leans on (boxes as in du Merle, Villeneuve, Desrosiers and Hansen, 1999, "Stabilized column generation", Discrete
    Mathematics 194, 229-237).
    """

    def __init__(
        self, program: Program, kinds: list[Kind], pools: Ints, worth: int, guess: Floats, too_much: Money
    ) -> None:
        unit = float(guess[:-1].mean()) if len(guess) > 1 else 1.0
        self.must = (program.pinned != NOBODY) | (program.worth > worth)
        self._unit = max(1.0, unit / UNIT)
        self._draws = [kind.draws for kind in kinds]
        self._shifts = [len(kind.shifts) for kind in kinds]
        self._worths, self._worth_out, self._limits, self._nudge = program.worth, worth, pools.tolist(), NUDGE
        self.gave_up = ""
        self._most = [too_much / self._unit, 10 * too_much / self._unit]
        asked = BOX * float(guess[:-1].max(initial=0.0)), BOX * float(guess[-1])
        self._penalty = [min(most, max(1.0, ask / self._unit)) for most, ask in zip(self._most, asked, strict=True)]
        self.start_anew()

    def start_anew(self) -> None:
        """Make a linear program without columns and cuts; what jobs may be is to be said anew."""
        self.mix: Floats = np.zeros(0)
        self.penalties: Floats = np.zeros(0)
        self._lp: Any = pywraplp.Solver.CreateSolver("GLOP")
        self._infinity = self._lp.infinity()
        self.columns: list[Column] = []
        self.cuts: list[Cut] = []
        self.memory: list[set[int] | None] = []  # of each cut; None remembers all
        self._variables: list[Any] = []
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._cuts_of: list[list[int]] = [[] for _ in range(len(self.must) + len(self._shifts))]
        self._columns_of: list[list[int]] = [[] for _ in self._cuts_of]
        self._jobs = [self._lp.RowConstraint(1, 1, "") for _ in self.must]
        self._kinds = [self._lp.RowConstraint(-self._infinity, shifts, "") for shifts in self._shifts]
        self._worth = self._lp.RowConstraint(-self._infinity, self._worth_out, "")
        self._cut_rows: list[Any] = []
        self._pools = [self._lp.RowConstraint(-self._infinity, limit + self._nudge, "") for limit in self._limits]
        self._goal = self._lp.Objective()
        self._goal.SetMinimization()
        self._excess = self._lp.NumVar(0, self._infinity, "")
        self._worth.SetCoefficient(self._excess, -1)
        self._out = [self._lp.NumVar(0, self._infinity, "") for _ in self.must]
        for job, out in enumerate(self._out):
            self._jobs[job].SetCoefficient(out, 1)
            if not self.must[job]:
                self._worth.SetCoefficient(out, float(self._worths[job]))
        self._price_penalties()

    def twin(self, cuts: Sequence[Cut]) -> Master:
        """Return another master of the same rows, with these cuts, which remember all, and no columns."""
        other = copy.copy(self)
        other.start_anew()
        for cut in cuts:
            other.cut(cut)
        return other

    def thin(self, columns: Sequence[int], cuts: Sequence[int]) -> None:
        """Keep only these columns and cuts, in this order; what jobs may be, and routes, is to be said anew."""
        kept, rows, memory = [self.columns[index] for index in columns], self.cuts, self.memory
        mix = np.append(self.mix, np.zeros(len(self.columns)))[list(columns)]  # routes added since are used by none
        penalties = self.penalties[list(cuts)]
        self.start_anew()
        self.mix, self.penalties = mix, penalties
        for cut in cuts:
            self.cut(rows[cut], memory[cut])
        for column in kept:
            self.add(column)

    def _price_penalties(self) -> None:
        for job in np.flatnonzero(self.must).tolist():
            self._goal.SetCoefficient(self._out[job], self._penalty[0])
        self._goal.SetCoefficient(self._excess, self._penalty[1])

    def raise_prices(self) -> bool:
        """Lift what the last solution leans on though it must not; return whether there was any to be lifted."""
        leans = float(self.out[self.must].max(initial=0.0)) > TOUCH, self.excess > TOUCH
        lift = [lean and now < most for lean, now, most in zip(leans, self._penalty, self._most, strict=True)]
        self._penalty = [
            min(most, LIFT * now) if up else now for up, now, most in zip(lift, self._penalty, self._most, strict=True)
        ]
        self._price_penalties()
        return any(lift)

    def raise_all(self) -> None:
        """Let what must not be cost `too_much`, and pools hold no more than they do."""
        self._nudge = 0.0
        for row, limit in zip(self._pools, self._limits, strict=True):
            row.SetUb(limit)
        self._penalty = list(self._most)
        self._price_penalties()

    def add(self, column: Column) -> bool:
        """Add a route unless it is known at no more; return whether it was added, or became cheaper."""
        key = column.kind, column.jobs
        known = self._known.get(key)
        if known is not None:
            if column.cost >= self.columns[known].cost:
                return False
            self.columns[known] = column  # the clock's own cost may be above the pricer's
            self._goal.SetCoefficient(self._variables[known], column.cost / self._unit)
            return True
        self._known[key] = len(self.columns)
        variable = self._lp.NumVar(0, self._infinity, "")
        self._goal.SetCoefficient(variable, column.cost / self._unit)
        self._kinds[column.kind].SetCoefficient(variable, 1)
        for job in set(column.jobs):
            self._jobs[job].SetCoefficient(variable, column.jobs.count(job))
        for cut, often in self.counts(column.kind, column.jobs).items():
            self._cut_rows[cut].SetCoefficient(variable, often)
        for row in self.rows(column.kind, column.jobs):
            self._columns_of[row].append(len(self.columns))
        for row, pieces in zip(self._pools, self.draws(column).tolist(), strict=True):
            row.SetCoefficient(variable, pieces)
        self.columns.append(column)
        self._variables.append(variable)
        return True

    def draws(self, column: Column) -> Ints:
        """Return the pieces that a route draws, by pool."""
        drawn: Ints = self._draws[column.kind][list(column.jobs)].sum(axis=0)
        return drawn

    def rows(self, kind: int, jobs: Sequence[int]) -> set[int]:
        """Return the rows that a route serves: its jobs, and its kind behind them."""
        return {*jobs, len(self._jobs) + kind}

    def counts(self, kind: int, jobs: Sequence[int]) -> dict[int, int]:
        """Return how often a route counts in each cut that it counts in."""
        own = self.rows(kind, jobs)
        served = Counter(cut for row in own for cut in self._cuts_of[row])
        least = 2 if len(own) > len(jobs) else 1  # a route that returns may serve the same row twice
        found = {cut: self._often(cut, kind, jobs) for cut, rows in served.items() if rows >= least}
        return {cut: often for cut, often in found.items() if often}

    def _often(self, cut: int, kind: int, jobs: Sequence[int]) -> int:
        rows, memory = self.cuts[cut], self.memory[cut]
        if memory is None:
            return len(self.rows(kind, jobs).intersection(rows)) // 2
        return times(rows, memory, jobs, len(self._jobs) + kind in rows)

    def cut(self, rows: Cut, memory: set[int] | None = None) -> None:
        """Let routes that serve two of these rows come to half of them at most; see :mod:`.cuts`.

        With `memory` only those that go from one to the other by jobs remembered; see :mod:`.marks`.
        """
        limit = self._lp.RowConstraint(-self._infinity, len(rows) // 2, "")
        for row in rows:
            self._cuts_of[row].append(len(self.cuts))
        self.cuts.append(rows)
        self.memory.append(memory)
        self._cut_rows.append(limit)
        self._count(len(self.cuts) - 1)

    def remember(self, cut: int, jobs: Collection[int]) -> bool:
        """Let a cut remember these jobs as well; return whether any is new."""
        memory = self.memory[cut]
        if memory is None or memory.issuperset(jobs):
            return False
        memory.update(jobs)
        self._count(cut)
        return True

    def _count(self, cut: int) -> None:
        """Write how often each route counts in a cut."""
        for index in {index for row in self.cuts[cut] for index in self._columns_of[row]}:
            column = self.columns[index]
            often = self._often(cut, column.kind, column.jobs)
            if often:
                self._cut_rows[cut].SetCoefficient(self._variables[index], often)

    def forget(self, index: int) -> None:
        """Use a column no longer: routes as it stands have been ruled out."""
        self._variables[index].SetUb(0)
        key = self.columns[index].kind, self.columns[index].jobs
        if self._known.get(key) == index:
            del self._known[key]

    def allow(self, index: int, may: bool) -> None:
        """Let a column be used, or not."""
        self._variables[index].SetUb(self._infinity if may else 0)

    def leave_out(self, job: int, may: int) -> None:
        """Say what a job of those that need not be done may be: 0 done, 1 either, 2 left out.

        One that is done costs `too_much` where it isn't: so there is a solution where no day known does it.
        """
        self._out[job].SetBounds(float(may == 2), 1.0 if may == 2 else self._infinity)
        self._goal.SetCoefficient(self._out[job], 0.0 if may else self._most[0])

    def solve(self, left_s: float = float("inf")) -> Solved | None:
        """Return the value and the prices, in Money; None if GLOP gives up whatever it is asked, as `gave_up` tells."""
        ends = time.monotonic() + left_s
        for how in STEADIER:
            if not self._lp.SetSolverSpecificParametersAsString(how):
                raise RuntimeError(f"GLOP knows none of: {how}")
            self._lp.SetTimeLimit(max(1, int(min(1000 * left_s, 2**31))))  # milliseconds; 0 would be no limit
            status = self._lp.Solve()
            if status == pywraplp.Solver.OPTIMAL:
                self.gave_up = ""
                return self._solved()
            self.gave_up = STATUS[status]
            left_s = ends - time.monotonic()
            if left_s <= 0:
                break
        return None

    def _solved(self) -> Solved:
        unit = self._unit
        # Read now: the solver forgets its solution once a column is added.
        self.mix = np.array([variable.solution_value() for variable in self._variables])
        self.out = np.array([variable.solution_value() for variable in self._out])
        self.excess = float(self._excess.solution_value())
        self.penalties = np.array([row.dual_value() for row in self._cut_rows]) * -unit
        return Solved(
            self._goal.Value() * unit,
            np.array([row.dual_value() for row in self._jobs]) * unit,
            -self._worth.dual_value() * unit,
            np.array([row.dual_value() for row in self._kinds]) * unit,
            self.penalties,
            np.array([row.dual_value() for row in self._pools]) * -unit,
        )

    def serves(self, used: Sequence[int], many: Ints) -> NDArray[np.bool_]:
        """Return (rows, used): whether a column serves a row; a kind of several shifts is no row served once."""
        rows = np.zeros((len(self._jobs) + len(self._kinds), len(used)), bool)
        for place, index in enumerate(used):
            column = self.columns[index]
            rows[list(column.jobs), place] = True
            rows[len(self._jobs) + column.kind, place] = many[column.kind] == 1
        return rows

    def used(self) -> list[int]:
        """Return the columns that the last solution uses."""
        return [index for index, share in enumerate(self.mix) if share > TOUCH]
