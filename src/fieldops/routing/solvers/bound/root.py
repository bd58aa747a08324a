"""A lower bound on the cost of every plan that leaves out no more worth than a given one.

Column generation (Dantzig and Wolfe, 1960): the master mixes the routes known so far and prices each job; the
pricer finds routes that are worth more than they cost at these prices, until there are none. What is proved is
taken from the pricer alone, in whole numbers, not from the linear program: for any whole prices ``p[job]`` and
any price ``u >= 0`` of a unit of worth,

    bound = sum p[job] - u W + sum over shifts min(0, least of cost(route) - sum of p over its jobs)

holds for every plan that leaves out worth ``W`` at most, if ``p[job] <= u worth[job]`` for each job that such a plan
may leave out (Lagrange; see Desrosiers and Luebbecke, 2005, "A primer in column generation"). So every complete pass of
the exact pricer proves a bound, rounding costs a unit of Money a row at most, and stopping at any time leaves the
best one proved.

Prices asked are a mix of the master's and of those with the best bound so far (Wentges, 1997, "Weighted
Dantzig-Wolfe decomposition for linear mixed-integer programming", International Transactions in Operational
Research 4(2), 151-162).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from fieldops.routing.clock import Clock
from fieldops.routing.program import NEVER, Program
from fieldops.routing.solvers.bound.ground import kinds_of, relaxed
from fieldops.routing.solvers.bound.labels import BASE, EXACT, FIXED, NEARBY, QUICK, Ints
from fieldops.routing.solvers.bound.master import Column, Floats, Master
from fieldops.routing.solvers.bound.pricing import Pass, Pricer, Route
from fieldops.routing.solvers.solver import Halt, Routes
from fieldops.units import Money

SMOOTHING: Final = 0.5
OPENED: Final = 8  # times that boxes are opened before pricing is exact
NEAR: Final = 1e-3  # the same while boxes are to be opened and pricing is not exact yet
CLOSE: Final = 1e-6  # share of the value by which master and bound may differ when the root is solved


@dataclass(frozen=True)
class Bound:
    """What was proved: no plan that leaves out worth `worth` or less costs less than `cost`.

    Attributes
    ----------
    cost
        Money; 0 if nothing better was proved in time.
    worth
        The worth that may be left out: that of the plan the bound was asked for.
    relaxed
        Verbs of which the pricer sees less than the clock; without any the bound is only as weak as mixing
        routes and returning to jobs make it.
    complete
        Whether the root was solved: more time would not raise the bound.
    iterations, labels, seconds
        Passes of the pricer, labels it made, wall time.
    job_prices
        Money by job id: the prices that prove the bound.
    worth_price
        Money for a unit of worth that may be left out more.
    shift_prices
        Money by shift id, 0 or less: what the shift's cheapest day costs less than its jobs' prices.
    """

    cost: Money
    worth: int
    relaxed: tuple[str, ...]
    complete: bool
    iterations: int
    labels: int
    seconds: float
    job_prices: Mapping[str, Money]
    worth_price: Money
    shift_prices: Mapping[str, Money]

    def gap(self, cost: Money) -> float:
        """Return by which part of `cost`, that of a plan of equal worth, a plan might be cheaper at most."""
        return (cost - self.cost) / cost if cost > 0 else 0.0


def bound(
    program: Program,
    clock: Clock,
    *,
    plan_worth: int,
    upper_cost: Money | None = None,
    columns: Routes = (),  # type: ignore[assignment]
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
        Its routes, tokens by shift: a good start. They never change what is proved, only how soon.
    halt
        When to stop; the bound is valid at any time.

    Returns
    -------
    Bound
        Deterministic, unless `halt` stops it.

    Raises
    ------
    ValueError
        If the program holds a negative price: a bound may drop what costs, never what rewards.
    """
    return _Root(program, clock, plan_worth, upper_cost, columns, halt or Halt()).solve()


class _Root:
    """One call: prices, passes and what they prove."""

    def __init__(
        self, program: Program, clock: Clock, worth: int, upper: Money | None, columns: Sequence[list[int]], halt: Halt
    ) -> None:
        self.began, self.program, self.worth, self.upper, self.halt = time.monotonic(), program, worth, upper, halt
        _refuse_rewards(program)
        self.kinds = kinds_of(program)
        self.pricer = Pricer(self.kinds)
        seeds = self._seeds(clock, columns)
        self.centre: Floats = self._guess(seeds)
        self.centre_value: Money | None = None
        self.master = Master(program, self.kinds, worth, self.centre[:-1])
        for seed in seeds:
            self.master.add(seed)
        self.many = np.array([len(kind.shifts) for kind in self.kinds], np.int64)
        self.iterations = self.labels = 0
        self.cost, self.complete = 0, False
        self.prices = np.zeros(len(program.jobs) + 1, np.int64)
        self.least = (0,) * len(self.kinds)

    def _seeds(self, clock: Clock, columns: Sequence[list[int]]) -> list[Column]:
        kind_of = {shift: number for number, kind in enumerate(self.kinds) for shift in kind.shifts}
        seeds = []
        for shift, tokens in enumerate(columns):
            jobs = tuple(token for token in tokens if self.program.is_job(token))
            if jobs:
                seeds.append(Column(kind_of[shift], clock.walk(shift, tokens).cost, jobs))
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
        for seed in seeds:
            jobs = list(seed.jobs)
            prices[jobs] = seed.cost * time_of[jobs] / time_of[jobs].sum()
        worth = np.maximum(1, self.program.worth)
        return np.append(prices, float((prices / worth).max(initial=0.0)))

    def solve(self) -> Bound:
        """Price until the root is solved or time is up, with more effort where less finds nothing."""
        smoothing, effort, opened = SMOOTHING, QUICK, 0
        while not self.halt() and (self.upper is None or self.cost < self.upper):
            solved = self.master.solve()
            if solved is None:
                break
            value, jobs, kinds = solved
            proved = value - self.cost <= CLOSE * max(1.0, value)
            if not proved:
                prices = self._prices(jobs, smoothing)
                found = self.pricer.price(prices[:-1], effort=effort, halt=self.halt)
                self.labels += found.labels
                self.iterations += 1
                if not found.complete:
                    break
                reached = self._prove(prices, found, effort)
                added = self._add(found.routes, prices, jobs, kinds)
                enough = reached >= (1 - NEAR) * value
                if effort == EXACT:
                    enough = enough and self.master.widen()
                if added and not enough:
                    smoothing = SMOOTHING
                    if effort == EXACT:
                        effort, self.centre_value = NEARBY, None
                    continue
                if smoothing > 0 and not enough:
                    smoothing = 0.0 if smoothing < 0.3 else smoothing / 2
                    continue
            smoothing, self.centre_value = SMOOTHING, None
            if effort == EXACT and not proved and enough:
                effort = NEARBY
            elif proved or effort == EXACT:
                self.complete = not self._go_on()
                effort = NEARBY
                if self.complete:
                    break
            elif effort == QUICK:
                opened += 1
                effort = QUICK if opened <= OPENED and self.master.widen() else NEARBY
            else:
                effort = EXACT
        return self._answer()

    def _prices(self, jobs: Floats, smoothing: float) -> Ints:
        """Return whole prices between the master's and the best so far, lawful for jobs that may be left out."""
        jobs = smoothing * self.centre + (1 - smoothing) * jobs
        prices = np.rint(jobs).astype(np.int64)
        prices[-1] = max(0, prices[-1])
        may = ~self.master.must
        most = self.program.worth * prices[-1]
        prices[:-1][may] = np.minimum(prices[:-1], most)[may]
        return prices

    def _prove(self, prices: Ints, found: Pass, effort: int) -> Money:
        """Take what a complete pass reaches as the centre of smoothing, and as a bound if it proves it."""
        cost = sum(prices[:-1].tolist()) - int(prices[-1]) * self.worth
        cost += sum(int(many) * least for many, least in zip(self.many, found.least, strict=True))
        if self.centre_value is None or cost > self.centre_value:
            self.centre, self.centre_value = prices.astype(np.float64), cost
        if effort == EXACT and cost > self.cost:
            self.cost, self.prices, self.least = cost, prices, found.least
        return self.centre_value

    def _add(self, routes: Sequence[Route], prices: Ints, jobs: Floats, kinds: Floats) -> int:
        """Add the routes that the master's own prices ask for; return how many."""
        added = 0
        for route in routes:
            visits = list(route.jobs)
            cost = route.reduced + int(prices[visits].sum())
            gain = float(jobs[visits].sum()) + float(kinds[route.kind]) - cost
            if gain > 1e-9 * max(1, cost):
                added += self.master.add(Column(route.kind, cost, route.jobs))
        return added

    def _go_on(self) -> bool:
        """Take away what holds the bound down though all routes are known: boxes, then returns to jobs."""
        return self.master.widen() or self._forbid_returns()

    def _forbid_returns(self) -> bool:
        """Let jobs be remembered where the master's routes return to them; return whether any was new."""
        fresh = False
        for index in self.master.used():
            column = self.master.columns[index]
            kind = self.kinds[column.kind]
            local = {int(job): at for at, job in enumerate(kind.jobs)}
            for between, job in _returns(column.jobs):
                fresh = True
                for at in between:
                    kind.remember(local[at], local[job])
        if fresh:
            self._drop_unlawful()
        return fresh

    def _drop_unlawful(self) -> None:
        for index, column in enumerate(self.master.columns):
            kind = self.kinds[column.kind]
            local = {int(job): at for at, job in enumerate(kind.jobs)}
            for between, job in _returns(column.jobs):
                if all(kind.neighbours[local[at], local[job]] for at in between):
                    self.master.forget(index)
                    break

    def _answer(self) -> Bound:
        program = self.program
        shift_prices = {
            program.shifts[shift].id: least
            for kind, least in zip(self.kinds, self.least, strict=True)
            for shift in kind.shifts
        }
        return Bound(
            max(0, self.cost), self.worth, relaxed(program, self.kinds), self.complete, self.iterations, self.labels,
            time.monotonic() - self.began,
            {job.id: int(price) for job, price in zip(program.jobs, self.prices[:-1], strict=True)},
            int(self.prices[-1]), dict(sorted(shift_prices.items())),
        )  # fmt: skip


def _returns(jobs: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
    """Return for each return to a job the jobs visited between, and the job."""
    seen: dict[int, list[int]] = {}
    for position, job in enumerate(jobs):
        seen.setdefault(job, []).append(position)
    return [(jobs[a + 1 : b], job) for job, places in seen.items() for a, b in pairwise(places)]


def _refuse_rewards(program: Program) -> None:
    names = ("charged", "due_rate", "overtime_rate", "pay_rate", "fixed", "drive_rate", "metre_rate", "worth")
    negative = [name for name in names if (getattr(program, name) < 0).any()]
    if negative:
        raise ValueError(f"a bound needs prices of 0 or more; the program's {', '.join(negative)} hold negative ones")
