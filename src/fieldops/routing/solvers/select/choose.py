"""Choose: the best combination of routes, by OR-Tools.

Set partitioning (Balinski and Quandt, 1964, "On an integer program for a delivery problem", Operations Research 12(2),
300-304)::

    minimise   worth left out, then  sum cost[r] x[r]
    each job   sum (r serves the job) x[r] + out[job] = 1      out = 0 for kept work
    each kind  sum x[r] over its routes <= its shifts
    each pool  sum drawn[r] x[r] <= its pieces                 what shifts draw from together

Of tens of thousands of routes a linear program tells the few that can be part of a good plan: its prices say what a
route costs more than its jobs are worth, and a route for which that is more than the gap between plan and
linear program is in no plan that is better at this price of worth. The rest, cheapest at these prices first, goes to
CP-SAT.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver.python import model_builder_helper as linear
from ortools.sat.python import cp_model
from scipy import sparse

from fieldops.routing.solvers.search.arrays import Ints
from fieldops.routing.solvers.select.candidates import Candidates
from fieldops.routing.solvers.solver import Halt

Floats = NDArray[np.float64]
FIRST: Final = 2000  # routes in the first linear program, those met last; as many again are added at a time
PASSES: Final = 30
KEPT: Final = 1500  # routes that CP-SAT chooses from ...
KEPT_A_JOB: Final = 6  # ... or so many for each job
TOUCH: Final = 1e-6
WHOLE_MOST: Final = 2**60


@dataclass(frozen=True)
class Selection:
    """What was chosen: rows of the candidates, and whether nothing better can be made of those CP-SAT saw.

    `floor` is the value of the linear program: Money, jobs left out counted at the price of worth given.
    """

    chosen: tuple[int, ...]
    proved: bool
    floor: float
    seen: int


class Selector:
    """One selection; `stop` ends it from another thread.

    Parameters
    ----------
    routes
        To choose from.
    worth
        Of each job.
    must
        Jobs that have to be served.
    price
        Money for a unit of worth left out in the linear program, which has one objective; CP-SAT's has two parts.
    """

    def __init__(self, routes: Candidates, worth: Ints, must: NDArray[np.bool_], price: int) -> None:
        self.routes, self.worth, self.must = routes, worth, must
        k = len(routes.cost)
        lengths = np.diff(routes.begin)
        column = np.repeat(np.arange(k), lengths)
        ones = np.ones(len(routes.jobs))
        serves = sparse.csr_matrix((ones, (routes.jobs, column)), (len(worth), k))
        kinds = sparse.csr_matrix((np.ones(k), (routes.kind, np.arange(k))), (len(routes.many), k))
        self._rows = sparse.vstack([serves, kinds, sparse.csr_matrix(routes.drawn.astype(float))]).tocsc()
        self._limits = np.concatenate([routes.many, routes.most]).astype(float)
        served = max(1, int(lengths[routes.best].sum()))
        self._unit = max(1.0, float(routes.cost[routes.best].sum()) / served)
        self._cost, self._out = routes.cost / self._unit, worth * (price / self._unit)
        self._stopped = threading.Event()
        self._running: list[Callable[[], Any]] = []

    def stop(self) -> None:
        """End the selection soon, from any thread."""
        self._stopped.set()
        for end in list(self._running):
            end()

    def choose(self, halt: Halt, effort: float) -> Selection | None:
        """Return the best combination found; None if there was no time for one.

        Parameters
        ----------
        halt
            When to stop.
        effort
            CP-SAT's deterministic seconds, so that the same candidates give the same answer.
        """
        reduced, floor = self._priced(halt)
        if reduced is None or self._over(halt):
            return None
        out = np.ones(len(self.worth), bool)
        for index in self.routes.best:
            out[self.routes.route(int(index))] = False
        value = float(self._cost[self.routes.best].sum() + self._out[out].sum())
        reduced[self.routes.best] = -np.inf
        hopeful = np.flatnonzero(reduced <= value - floor + TOUCH)
        most = max(KEPT, KEPT_A_JOB * len(self.worth))
        seen = np.sort(hopeful[np.argsort(reduced[hopeful], kind="stable")[:most]])
        return self._whole(seen, floor * self._unit, halt, effort)

    def _over(self, halt: Halt) -> bool:
        return self._stopped.is_set() or halt()

    # ---- the linear program

    def _priced(self, halt: Halt) -> tuple[Floats | None, float]:
        """Return what each route costs above the prices of its rows, and the value of the linear program.

        Routes come into it as prices ask for them.
        """
        n, k = len(self.worth), len(self._cost)
        step = max(FIRST, 2 * n)
        inside = np.zeros(k, bool)
        inside[np.lexsort((np.arange(k), -self.routes.met))[:step]] = True
        inside[self.routes.best] = True
        reduced, value = None, 0.0
        for _ in range(PASSES):
            solved = None if self._over(halt) else self._relaxed(np.flatnonzero(inside), halt)
            if solved is None:
                break
            prices, value = solved
            reduced = self._cost - self._rows.T @ prices
            wanted = np.flatnonzero((reduced < -TOUCH) & ~inside)
            if not len(wanted):
                return reduced, value
            inside[wanted[np.argsort(reduced[wanted], kind="stable")[:step]]] = True
        return reduced, value

    def _relaxed(self, inside: Ints, halt: Halt) -> tuple[Floats, float] | None:
        """Return the prices of all rows and the value, with some of the routes."""
        n, k = len(self.worth), len(inside)
        rest = sparse.csc_matrix((np.ones(n), (np.arange(n), np.arange(n))), (self._rows.shape[0], n))
        low = np.concatenate([np.ones(n), np.full(len(self._limits), -np.inf)])
        high = np.concatenate([np.ones(n), self._limits])
        most = np.concatenate([np.full(k, np.inf), np.where(self.must, 0.0, 1.0)])
        model: Any = linear.ModelBuilderHelper()
        solver: Any = linear.ModelSolverHelper("glop")
        model.fill_model_from_sparse_data(
            np.zeros(k + n), most, np.concatenate([self._cost[inside], self._out]), low, high,
            sparse.hstack([self._rows[:, inside], rest]).tocsr(),
        )  # fmt: skip
        if halt.left_s < float("inf"):
            solver.set_time_limit_in_seconds(max(0.01, halt.left_s))
        if not self._run(solver.interrupt_solve, lambda: solver.solve(model)):
            return None
        if solver.status() != linear.SolveStatus.OPTIMAL:
            return None
        return np.asarray(solver.dual_values(), float), float(solver.objective_value())

    # ---- whole numbers

    def _whole(self, seen: Ints, floor: float, halt: Halt, effort: float) -> Selection | None:
        """Let CP-SAT choose among the routes `seen`, beginning from the best plan."""
        model = cp_model.CpModel()
        take = [model.new_bool_var("") for _ in seen]
        out: dict[int, Any] = {int(job): model.new_bool_var("") for job in np.flatnonzero(~self.must)}
        rows = self._rows[:, seen].tocsr()
        n, m = len(self.worth), len(self.routes.many)
        members = [rows.indices[rows.indptr[row] : rows.indptr[row + 1]].tolist() for row in range(rows.shape[0])]
        for job in range(n):
            model.add_exactly_one([*(take[r] for r in members[job]), *([out[job]] if job in out else [])])
        for kind, many in enumerate(self.routes.many.tolist()):
            model.add(sum(take[r] for r in members[n + kind]) <= many)
        for row, most in enumerate(self.routes.most.tolist()):
            uses = self.routes.drawn[row, seen].tolist()
            model.add(sum(uses[r] * take[r] for r in members[n + m + row]) <= most)
        self._aim(model, seen, take, out)
        known = set(self.routes.best.tolist())
        left = set(range(n)) - {job for route in known for job in self.routes.route(route)}
        for variable, route in zip(take, seen.tolist(), strict=True):
            model.add_hint(variable, route in known)
        for job, variable in out.items():
            model.add_hint(variable, job in left)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = effort
        solver.parameters.search_branching = cp_model.LP_SEARCH
        if halt.left_s < float("inf"):
            solver.parameters.max_time_in_seconds = max(0.01, halt.left_s)
        status: list[Any] = [cp_model.UNKNOWN]
        self._run(solver.stop_search, lambda: status.append(solver.solve(model)))
        if status[-1] not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        chosen = tuple(route for variable, route in zip(take, seen.tolist(), strict=True) if solver.value(variable))
        return Selection(chosen, status[-1] == cp_model.OPTIMAL, floor, len(seen))

    def _aim(self, model: Any, seen: Ints, take: Sequence[Any], out: dict[int, Any]) -> None:
        """Say the objective: a unit of worth outweighs what the best plan costs.

        Money is counted more coarsely where the sum of both would not fit 60 bits.
        """
        cost, worth = self.routes.cost[seen], self.worth
        whole = max(1, int(np.gcd.reduce(worth)) if len(worth) else 1)
        top = int(self.routes.cost[self.routes.best].sum()) + 1
        units, coarse = int(worth.sum()) // whole + 1, 1
        while (units * top + int(cost.sum())) // coarse > WHOLE_MOST:
            coarse *= 2
        weight = top // coarse + 1
        terms = [int(price) // coarse * variable for price, variable in zip(cost.tolist(), take, strict=True)]
        terms += [int(worth[job]) // whole * weight * variable for job, variable in out.items()]
        model.minimize(sum(terms))

    def _run(self, end: Callable[[], Any], work: Callable[[], Any]) -> bool:
        """Run a solver that `stop` can end; return whether it ran."""
        self._running = [end]
        try:
            if self._stopped.is_set():
                return False
            work()
            return True
        finally:
            self._running = []
