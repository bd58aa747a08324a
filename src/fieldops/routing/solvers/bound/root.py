"""A lower bound on the cost of every plan that leaves out no more worth than a given one.

Column generation (Dantzig and Wolfe, 1960): the master mixes the routes known so far and prices each job; the
pricer finds routes that are worth more than they cost at these prices, until there are none. What is proved is
taken from the pricer alone, in whole numbers, not from the linear program: for any whole prices ``p[job]`` and
any price ``u >= 0`` of a unit of worth,

    bound = sum p[job] - u W + sum over shifts min(0, least of cost(route) - sum of p over its jobs)

holds for every plan that leaves out worth ``W`` at most, if ``p[job] <= u worth[job]`` for each job that such a plan
may leave out (Lagrange; see Desrosiers and Luebbecke, 2005, "A primer in column generation"). Where parts are short,
pieces have prices as well: a route pays those that it draws, and what all pieces there are cost is taken off (see
`pools`). So every complete pass of the exact pricer proves a bound, rounding costs a unit of Money a row at most, and
stopping at any time leaves the best one proved.

Prices asked are a mix of the master's and of those with the best bound so far (Wentges, 1997, "Weighted
Dantzig-Wolfe decomposition for linear mixed-integer programming", International Transactions in Operational
Research 4(2), 151-162).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from fieldops.routing.clock import Clock
from fieldops.routing.program import NEVER, NOBODY, Program
from fieldops.routing.solvers.bound.certificate import Bound
from fieldops.routing.solvers.bound.closing import Closing
from fieldops.routing.solvers.bound.ground import ROOM, dearest, kinds_of, refine, relaxed
from fieldops.routing.solvers.bound.labels import BASE, EXACT, FIXED, QUICK, Ints
from fieldops.routing.solvers.bound.listing import Prices
from fieldops.routing.solvers.bound.master import Column, Floats, Master, Solved
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.bound.pricing import Pass, Pricer, Route
from fieldops.routing.solvers.solver import Halt, Routes
from fieldops.units import Money

SMOOTHING: Final = 0.5
SLOW, WON = 5, 1e-3  # more effort is made where so many passes lower the master's value by less than this share of it
SENSIBLE: Final = 0.97  # but only once prices reach this share of it
NEAR: Final = 1e-4  # share of the value by which master and bound may differ without another pass of the same effort
CLOSE: Final = 1e-7  # the same when the root is solved
NEARLY: Final = 0.01  # the same where a plan is known, as a share of the gap to it
WORTHWHILE: Final = 0.1  # share of the gap to the plan that ruling out returns must win to be done again


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
        Deterministic, unless `halt` sets a limit: how far lists reach goes by the time that is left.

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
        self.pricer = Pricer(self.kinds)
        seeds = self._seeds(columns)
        self.centre: Floats = self._guess(seeds)
        self.centre_value: int | None = None
        too_much = max(1, self.upper or 0) if upper is not None else (len(program.jobs) + 1) * dearest(self.kinds)
        n = len(program.jobs)
        guess = np.append(self.centre[:n], self.centre[-1])
        self.master = Master(program, self.kinds, self.pools.limits, worth, guess, too_much)
        for seed in seeds:
            self.master.add(seed)
        self.many = np.array([len(kind.shifts) for kind in self.kinds], np.int64)
        self.iterations = self.labels = self.cost = self.nodes = 0
        self.complete, self._settled = False, 0
        self._insures_s = halt.left_s / 2  # when so little is left and nothing is proved, an exact pass is made
        self.prices = np.zeros(len(self.centre), np.int64)  # of jobs, of pieces of pools, of a unit of worth
        self.least = np.zeros(len(self.kinds), np.int64)
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
        if self.ready:
            self._root()
        proved, root_complete = self.cost, self.complete
        if self.upper is not None and not self._reached(self.cost) and (self.complete or self.cost > 0):
            self.master.raise_all()
            closing = Closing(
                self.program, self.kinds, self.master, self.pools, self.worth, self.many, self.upper, self._lived,
                self.halt,
            )  # fmt: skip
            proved = max(proved, closing.close(self._parts(self.prices), self.cost, self.least))
            self.nodes = closing.nodes
        return self._answer(proved, root_complete)

    def _root(self) -> None:
        """Price until no route is missing or time is up, with more effort where less finds nothing."""
        smoothing, effort, values = SMOOTHING, QUICK, list[float]()
        while (left_s := self.halt.left_s) > 0 and not self._reached(self.cost):
            solved = self.master.solve(left_s)
            if self.cost <= 0 and left_s < self._insures_s:
                self._insures_s = left_s / 2
                self._insure()
            if solved is None:
                if self._insure():
                    continue
                return
            if solved.value - self.cost <= self._tolerance(solved):
                if not self._go_on():
                    self.complete = True
                    return
                continue
            prices = self._prices(np.concatenate([solved.jobs, solved.pools, [solved.worth]]), smoothing)
            found = self._pass(prices, effort)
            if found is None:
                return
            reached = self._prove(prices, found, effort)
            values.append(solved.value)
            near = reached > SENSIBLE * solved.value
            slow = near and len(values) > SLOW and values[-1 - SLOW] - values[-1] < WON * values[-1]
            if self._add(found.routes, prices, solved) and not (slow and effort < EXACT):
                smoothing = SMOOTHING
            elif smoothing > 0 and reached < (1 - NEAR) * solved.value and not (slow and effort < EXACT):
                smoothing = 0.0 if smoothing < 0.3 else smoothing / 2
            elif effort < EXACT:
                effort, smoothing, values = effort + 1, SMOOTHING, []
                self.centre_value = None  # what less effort reached is no centre: more finds better days there
            elif smoothing > 0:
                smoothing = 0.0
            elif not self._go_on():
                self.complete = True
                return

    def _pass(self, prices: Ints, effort: int) -> Pass | None:
        """Price all kinds; None if time runs out before."""
        own = self._parts(prices)
        found = self.pricer.price(own.jobs, own.pools, effort=effort, halt=self.halt)
        self.labels += found.labels
        self.iterations += 1
        return found if found.complete else None

    def _insure(self) -> int:
        """Prove what the best prices so far prove, whether the master is ready for it or not; return new columns."""
        prices = self._prices(self.centre, 1.0)
        found = self._pass(prices, EXACT)
        if found is None:
            return 0
        self._prove(prices, found, EXACT)
        return sum(self.master.add(column) for column, _ in self._columns(found.routes, prices))

    def _parts(self, prices: Ints) -> Prices:
        n = len(self.program.jobs)
        return Prices(prices[:n], int(prices[-1]), np.zeros(0, np.int64), prices[n:-1], np.zeros(0, np.int64))

    def _prices(self, prices: Floats, smoothing: float) -> Ints:
        """Return whole prices between the master's and the best so far, lawful for jobs that may be left out."""
        n, prices = len(self.program.jobs), smoothing * self.centre + (1 - smoothing) * prices
        most = ROOM / len(prices)  # where no plan serves a job its price knows no end
        prices = np.clip(np.nan_to_num(prices), -most, most)
        prices[n:-1] = np.clip(prices[n:-1], 0, most / self.pools.most)
        found = np.rint(prices).astype(np.int64)
        found[-1] = max(0, found[-1])
        may = ~self.master.must
        worth = self.program.worth  # its price times it is more than 64 bits hold where no plan is known yet
        lawful = np.minimum(found[-1], int(most) // np.maximum(1, worth)) * worth
        found[:n][may] = np.minimum(found[:n], lawful)[may]
        return found

    def _prove(self, prices: Ints, found: Pass, effort: int) -> int:
        """Take what a complete pass reaches as the centre of smoothing, and as a bound if it proves it."""
        least, out = np.array(found.least, np.int64), np.where(self.master.must, 0, 1)
        cost = self._parts(prices).proves(self.program, self.worth, self.pools.limits, self.many, least, out)
        if self.centre_value is None or cost > self.centre_value:
            self.centre, self.centre_value = prices.astype(np.float64), cost
        if effort == EXACT and cost > self.cost:
            self.cost, self.prices, self.least = cost, prices, least
        return self.centre_value

    def _add(self, routes: Sequence[Route], prices: Ints, solved: Solved) -> int:
        """Add all routes found; return how many of them the master's own prices ask for."""
        asked = 0
        for column, drawn in self._columns(routes, prices):
            gain = float(solved.jobs[list(column.jobs)].sum() - drawn @ solved.pools) + float(solved.kinds[column.kind])
            asked += self.master.add(column) and gain - column.cost > 1e-9 * max(1, column.cost)
        return asked

    def _columns(self, routes: Sequence[Route], prices: Ints) -> Iterator[tuple[Column, Ints]]:
        """Yield routes with what they cost, which their prices tell, and the pieces they draw."""
        own = self._parts(prices)
        for route in routes:
            visits = list(route.jobs)
            drawn = self.kinds[route.kind].draws[visits].sum(axis=0)
            cost = route.reduced + int(own.jobs[visits].sum()) - int(drawn @ own.pools)
            yield Column(route.kind, cost, route.jobs), drawn

    def _reached(self, proved: int) -> bool:
        """Whether the plan known is proved best: plans cost whole Money."""
        return self.upper is not None and proved > self.upper - self.fine

    def _ended(self, proved: int, root_complete: bool) -> str:
        if self._reached(proved) or (root_complete and self.upper is None):
            return "solved"
        if self.halt():
            return "time"
        return f"linear program: {self.master.gave_up}" if self.master.gave_up else "list"

    def _tolerance(self, solved: Solved) -> float:
        """Return by how much master and bound may differ where the root counts as solved."""
        exact = CLOSE * max(1.0, solved.value) + len(self.prices)
        return exact if self.upper is None else max(exact, NEARLY * (self.upper - self.cost))

    def _go_on(self) -> bool:
        """Take away what holds the bound down though all routes are known: penalties, then returns to jobs.

        Where a plan is known the list that follows holds no returns, so they are ruled out only while that pays.
        """
        if self.master.raise_prices():
            return True
        won, self._settled = self.cost - self._settled, self.cost
        if self.upper is not None and won < WORTHWHILE * (self.upper - self.cost):
            return False
        return self._forbid_returns()

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

    def _lived(self, days: Sequence[Column]) -> int | None:
        """Take days as a plan, if the clock lives them soundly and for less than any plan known."""
        routes: Routes = [[] for _ in self.program.shifts]
        free = {number: list(kind.shifts) for number, kind in enumerate(self.kinds)}
        cost = 0
        for day in days:
            shift = free[day.kind].pop(0)
            routes[shift], walk = self.clock.with_stops(shift, list(day.jobs))
            if walk.breach:
                return None
            cost += walk.cost
        stock = self.program.stock
        if stock.overdrawn([stock.account(shift, tokens) for shift, tokens in enumerate(routes)]):
            return None
        served = [job for day in days for job in day.jobs]
        if not set(np.flatnonzero(self.program.pinned != NOBODY).tolist()) <= set(served):
            return None
        left = int(self.program.worth.sum() - self.program.worth[served].sum())
        if len(set(served)) < len(served) or left > self.worth or self.upper is None or cost * self.fine >= self.upper:
            return None
        self.routes, self.upper = routes, cost * self.fine
        return self.upper

    def _answer(self, proved: int, root_complete: bool) -> Bound:
        program = self.program
        shift_prices = {
            program.shifts[shift].id: least
            for kind, least in zip(self.kinds, self.least.tolist(), strict=True)
            for shift in kind.shifts
        }
        prices = self._parts(self.prices)
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
            max(0, -(-self.cost // self.fine)), self.iterations, self.labels, self.nodes,
            time.monotonic() - self.began, self.routes, self._ended(proved, root_complete), self.fine,
            {job.id: int(price) for job, price in zip(program.jobs, prices.jobs, strict=True)},
            prices.worth, dict(sorted(shift_prices.items())), dict(sorted(pieces.items())),
            sum(price * row.limit for row, price in zip(self.pools.rows, pool_prices, strict=True)), tuple(pool_prices),
            {program.shifts[shift].id: memory for kind, memory in memories for shift in kind.shifts},
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
