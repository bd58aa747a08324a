"""A lower bound on the cost of every plan that leaves out no more worth than a given one.

Column generation (:mod:`.generation`) prices each job; then the gap that is left is closed by cuts, lists of days and
branching (:mod:`.tree`). What is proved is taken from the pricer alone, in whole numbers, not from the linear program:
for any whole prices ``p[job]`` and any price ``u >= 0`` of a unit of worth,

    bound = sum p[job] - u W + sum over shifts min(0, least of cost(route) - sum of p over its jobs)

holds for every plan that leaves out worth ``W`` at most, if ``p[job] <= u worth[job]`` for each job that such a plan
may leave out (Lagrange; see Desrosiers and Luebbecke, 2005, "A primer in column generation"). Where parts are short,
pieces have prices as well: a route pays those that it draws, and what all pieces there are cost is taken off (see
`pools`); cuts are priced in the same way (see `cuts`). So every complete pass of the exact pricer proves a bound,
rounding costs a unit of Money a row at most, and stopping at any time leaves the best one proved.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import numpy as np

from fieldops.routing.clock import Clock
from fieldops.routing.program import NEVER, NOBODY, Program
from fieldops.routing.solvers.bound.certificate import Bound
from fieldops.routing.solvers.bound.generation import Generation, Proof
from fieldops.routing.solvers.bound.ground import dearest, kinds_of, refine, relaxed
from fieldops.routing.solvers.bound.labels import BASE, FIXED
from fieldops.routing.solvers.bound.master import Column, Floats
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.bound.tree import Tree
from fieldops.routing.solvers.solver import Halt, Routes
from fieldops.units import Money


def bound(
    program: Program,
    clock: Clock,
    *,
    plan_worth: int,
    upper_cost: Money | None = None,
    columns: Iterable[tuple[int, Sequence[int]]] = (),
    halt: Halt | None = None,
) -> Bound:
    """Prove a lower bound on the cost of plans that leave out worth `plan_worth` at most.

    Parameters
    ----------
    program
        Settled, and conceded where kept work needs it (:func:`fieldops.routing.given.concede`).
    clock
        On that program.
    plan_worth
        Worth left out by the plan to be judged.
    upper_cost
        Its cost; the search ends once the bound reaches it.
    columns
        Routes known, its own and as many others as there are: a shift and its tokens each. What is proved holds with
        any; they decide how soon, and so where within a hundredth of the gap the root stops.
    halt
        When to stop; the bound is valid at any time.

    Returns
    -------
    Bound
        Deterministic, unless `halt` sets a limit.

    Raises
    ------
    ValueError
        If the program holds a negative price: a bound may drop what costs, never what rewards. If there are so many
        orders and kinds of shifts that the proof wouldn't fit in memory.
    """
    return _Root(program, clock, plan_worth, upper_cost, columns, halt or Halt()).solve()


class _Root:
    """One call: prices, passes and what they prove. All costs within are in parts of a unit of Money (`fine`)."""

    def __init__(
        self,
        program: Program,
        clock: Clock,
        worth: int,
        upper: Money | None,
        columns: Iterable[tuple[int, Sequence[int]]],
        halt: Halt,
    ) -> None:
        self.began, self.program, self.clock, self.worth, self.halt = time.monotonic(), program, clock, worth, halt
        _refuse_rewards(program)
        self.pools = Pools(program)
        kinds = kinds_of(program, self.pools, halt)
        self.ready = kinds is not None
        self.kinds = kinds or []
        self.fine = refine(self.kinds, len(program.jobs))
        self.upper = None if upper is None else upper * self.fine
        seeds = self._seeds(columns)
        too_much = max(1, self.upper or 0) if upper is not None else (len(program.jobs) + 1) * dearest(self.kinds)
        self.generation = Generation(
            program, self.kinds, self.pools, worth, seeds, self._guess(seeds), self.upper, self.fine, too_much, halt
        )
        self.tree: Tree | None = None
        self.routes: Routes | None = None

    def _seeds(self, columns: Iterable[tuple[int, Sequence[int]]]) -> list[Column]:
        kind_of = {shift: number for number, kind in enumerate(self.kinds) for shift in kind.shifts}
        seeds = []
        for shift, tokens in columns:
            if self.halt():
                break
            jobs = tuple(token for token in tokens if self.program.is_job(token))
            if jobs and shift in kind_of:
                stops = [token for token in tokens if self.program.is_job(token) or self.program.is_rest(token)]
                walk = self.clock.walk(shift, stops)
                if walk.breach:  # told without its rests, perhaps
                    _, walk = self.clock.with_stops(shift, list(jobs))
                if not walk.breach:
                    seeds.append(Column(kind_of[shift], walk.cost * self.fine, jobs))
        return seeds

    def _guess(self, seeds: Sequence[Column]) -> Floats:
        """Return prices to begin with: the cost of the known plan's days, shared among their jobs by time.

        Without a plan each job costs what serving it alone would. A guess decides how soon the root is
        solved, nothing else.
        """
        n = len(self.program.jobs)
        alone, time_of = np.full(n, float(NEVER)), np.full(n, float(NEVER))
        for kind in self.kinds if n else ():
            ground, own = kind.ground, np.arange(len(kind.jobs))
            near = ground.time[:, :-1].astype(np.float64)
            near[own, own] = NEVER
            time_of[kind.jobs] = np.minimum(time_of[kind.jobs], near.min(axis=0, initial=NEVER))
            way = ground.cost[-1, :-1] + ground.cost[:-1, -1] + ground.job[:, BASE] + ground.terms[FIXED]
            alone[kind.jobs] = np.minimum(alone[kind.jobs], way)
        time_of = np.where(time_of < NEVER, time_of, 0) + self.program.service + 1
        served = [job for seed in seeds for job in seed.jobs]
        rate = sum(seed.cost for seed in seeds) / max(1.0, float(time_of[served].sum()))
        prices = time_of * rate if seeds else np.where(alone < NEVER, alone, 0)
        first: dict[int, Column] = {}
        for seed in seeds:
            for job in seed.jobs:
                first.setdefault(job, seed)
        for job, seed in first.items():
            prices[job] = seed.cost * time_of[job] / time_of[list(seed.jobs)].sum()
        worth = np.maximum(1, self.program.worth)
        return np.concatenate([prices, np.zeros(len(self.pools.rows)), [(prices / worth).max(initial=0.0)]])

    def solve(self) -> Bound:
        """Solve the root, then close as much of the gap as time allows."""
        generation = self.generation
        complete = self.ready and generation.solve()
        root, proved = generation.best, generation.best.cost
        if self.upper is not None and not generation.reached(proved) and (complete or proved > 0):
            generation.master.raise_all()
            self.tree = Tree(generation, self._lived, self.halt)
            proved = max(proved, self.tree.close(complete))
        return self._answer(root, proved, complete)

    def _lived(self, days: Sequence[Column]) -> None:
        """Take days as a plan, if the clock lives them soundly and for less than any plan known."""
        routes: Routes = [[] for _ in self.program.shifts]
        free = {number: list(kind.shifts) for number, kind in enumerate(self.kinds)}
        cost = 0
        for day in days:
            shift = free[day.kind].pop(0)
            routes[shift], walk = self.clock.with_stops(shift, list(day.jobs))
            if walk.breach:
                return
            cost += walk.cost
        stock = self.program.stock
        if stock.overdrawn([stock.account(shift, tokens) for shift, tokens in enumerate(routes)]):
            return
        served = [job for day in days for job in day.jobs]
        if not set(np.flatnonzero(self.program.pinned != NOBODY).tolist()) <= set(served):
            return
        left = int(self.program.worth.sum() - self.program.worth[served].sum())
        if len(set(served)) < len(served) or left > self.worth or self.upper is None or cost * self.fine >= self.upper:
            return
        self.routes, self.upper = routes, cost * self.fine
        self.generation.upper = self.upper

    def _ended(self, proved: int, root_complete: bool) -> str:
        if self.generation.reached(proved) or (root_complete and self.upper is None):
            return "solved"
        if self.halt():
            return "time"
        if self.tree is not None:
            return self.tree.left
        return f"linear program: {self.generation.master.gave_up}"

    def _answer(self, root: Proof, proved: int, root_complete: bool) -> Bound:
        program = self.program
        shift_prices = {
            program.shifts[shift].id: least
            for kind, least in zip(self.kinds, root.least.tolist(), strict=True)
            for shift in kind.shifts
        }
        prices = root.prices
        pool_prices = prices.pools.tolist()
        memories = [(kind, kind.memory) for kind in self.kinds]
        pieces: dict[tuple[str, str], int] = {}
        for row, price in zip(self.pools.rows, pool_prices, strict=True):
            part = next(name for name, number in program.stock.kinds.items() if number == row.part)
            for depot in row.depots:
                key = program.depots[depot].id, part
                pieces[key] = pieces.get(key, 0) + price
        return Bound(
            max(0, -(-proved // self.fine)), self.worth, relaxed(program, self.kinds), root_complete,
            max(0, -(-root.cost // self.fine)), self.generation.iterations,
            self.generation.labels, 0 if self.tree is None else self.tree.nodes, time.monotonic() - self.began,
            self.routes, self._ended(proved, root_complete), self.fine,
            {job.id: int(price) for job, price in zip(program.jobs, prices.jobs, strict=True)},
            prices.worth, dict(sorted(shift_prices.items())), dict(sorted(pieces.items())),
            sum(price * row.limit for row, price in zip(self.pools.rows, pool_prices, strict=True)), tuple(pool_prices),
            {program.shifts[shift].id: memory for kind, memory in memories for shift in kind.shifts},
        )  # fmt: skip


def _refuse_rewards(program: Program) -> None:
    names = ("charged", "due_rate", "overtime_rate", "pay_rate", "fixed", "drive_rate", "metre_rate", "worth")
    negative = [name for name in names if (getattr(program, name) < 0).any()]
    if negative:
        raise ValueError(f"a bound needs prices of 0 or more; the program's {', '.join(negative)} hold negative ones")
