"""Column generation: the prices that prove most, under whatever cuts and choices there are.

The master mixes the routes known so far and prices each job; the pricer finds routes that are worth more than they
cost at these prices, until there are none (Dantzig and Wolfe, 1960). Every complete pass of the exact pricer proves a
bound; :mod:`.root` says why it holds.

Prices asked are a mix of the master's and of those with the best bound so far (Wentges, 1997, "Weighted
Dantzig-Wolfe decomposition for linear mixed-integer programming", International Transactions in Operational
Research 4(2), 151-162).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from fieldops.routing.program import NEVER, Program
from fieldops.routing.solvers.bound.choices import DONE, OUT, Node, forbidden, may_be
from fieldops.routing.solvers.bound.cuts import LARGEST, violated
from fieldops.routing.solvers.bound.ground import ROOM, Kind, without
from fieldops.routing.solvers.bound.labels import EXACT, QUICK, Ints
from fieldops.routing.solvers.bound.listing import Prices, halves
from fieldops.routing.solvers.bound.marks import Cut, between, marks_of
from fieldops.routing.solvers.bound.master import Column, Floats, Master, Solved
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.bound.pricing import Pass, Pricer, Route
from fieldops.routing.solvers.solver import Halt
from fieldops.units import Money

SMOOTHING: Final = 0.5
SLOW, WON = 5, 1e-3  # more effort is made where so many passes lower the master's value by less than this share of it
SENSIBLE: Final = 0.97  # but only once prices reach this share of it
NEAR: Final = 1e-4  # share of the value by which master and bound may differ without another pass of the same effort
CLOSE: Final = 1e-7  # the same when all is priced
NEARLY: Final = 0.01  # the same where a plan is known, as a share of the gap to it
WORTHWHILE: Final = 0.1  # share of the gap to the plan that ruling out returns must win to be done again
KEPT: Final = 2_000  # routes that the master keeps from one round of cuts to the next


class Proof(NamedTuple):
    """What a complete exact pass proved, at which prices, and the least reduced cost of each kind's days."""

    cost: int
    prices: Prices
    least: Ints


class Generation:
    """Prices of jobs, of pieces of pools, of a unit of worth and of cuts, and what they prove.

    All costs are in parts of a unit of Money.

    Parameters
    ----------
    program, kinds, pools, worth
        As in the root.
    seeds
        Routes known.
    guess
        Prices of jobs, of pieces and of a unit of worth to begin with.
    upper
        Cost of the plan known.
    fine
        Parts of a unit of Money: plans cost whole ones.
    too_much
        What leaving out what must be done costs.
    halt
        When to stop.

    Attributes
    ----------
    best
        The best proof so far, of the whole day or of the node that was gone to last.
    labels, iterations
        Labels made, passes of the pricer.
    """

    def __init__(
        self,
        program: Program,
        kinds: list[Kind],
        pools: Pools,
        worth: int,
        seeds: Sequence[Column],
        guess: Floats,
        upper: int | None,
        fine: int,
        too_much: Money,
        halt: Halt,
    ) -> None:
        self.program, self.pools, self.worth, self.halt = program, pools, worth, halt
        self.upper, self.fine = upper, fine
        self.whole = self.kinds = kinds
        self.pricer = Pricer(kinds)
        self.many = np.array([len(kind.shifts) for kind in kinds], np.int64)
        self.centre = guess
        self.centre_value: int | None = None
        self._worth_at = len(guess) - 1
        n = len(program.jobs)
        self.master = Master(program, kinds, pools.limits, worth, np.append(guess[:n], guess[-1]), too_much)
        for seed in seeds:
            self.master.add(seed)
        self.all_out = self.out = np.where(self.master.must, DONE, 1)
        self.best = self._nothing()
        self.labels = self.iterations = self._settled = 0
        self._insures_s = halt.left_s / 2  # when so little is left and nothing is proved, an exact pass is made
        self._dropped, self._bans = set[int](), np.zeros((n, len(kinds)), bool)

    def _nothing(self) -> Proof:
        zeros = np.zeros(len(self.centre), np.int64)
        return Proof(0, self._parts(zeros), np.zeros(len(self.kinds), np.int64))

    # ---- prices

    def solve(self, near: float = NEARLY) -> bool:
        """Price until no route is missing, with more effort where less finds nothing; return whether time sufficed.

        `near` is the share of the gap to the plan known by which master and bound may differ in the end.
        """
        self.centre = _padded(self.centre, self._worth_at + 1 + len(self.master.cuts))
        smoothing, effort, values = SMOOTHING, QUICK, list[float]()
        while (left_s := self.halt.left_s) > 0 and not self.reached(self.best.cost):
            solved = self.master.solve(left_s)
            if self.best.cost <= 0 and left_s < self._insures_s:
                self._insures_s = left_s / 2
                self._insure()
            if solved is None:
                if self._insure():
                    continue
                return False
            if solved.value - self.best.cost <= self._tolerance(solved, near):
                if not self._go_on(near):
                    return True
                continue
            prices = self._prices(np.concatenate([solved.jobs, solved.pools, [solved.worth], solved.cuts]), smoothing)
            found = self._pass(prices, effort)
            if found is None:
                return False
            reached = self._prove(prices, found, effort)
            values.append(solved.value)
            sensible = reached > SENSIBLE * solved.value
            slow = sensible and len(values) > SLOW and values[-1 - SLOW] - values[-1] < WON * values[-1]
            if self._add(found.routes, prices, solved) and not (slow and effort < EXACT):
                smoothing = SMOOTHING
            elif smoothing > 0 and reached < (1 - NEAR) * solved.value and not (slow and effort < EXACT):
                smoothing = 0.0 if smoothing < 0.3 else smoothing / 2
            elif effort < EXACT:
                effort, smoothing, values = effort + 1, SMOOTHING, []
                self.centre_value = None  # what less effort reached is no centre: more finds better days there
            elif smoothing > 0:
                smoothing = 0.0
            elif not self._go_on(near):
                return True
        return self.reached(self.best.cost)

    @property
    def target(self) -> int:
        """What is to be proved so that the plan known is the best: plans cost whole Money."""
        return NEVER if self.upper is None else self.upper - self.fine + 1

    def reached(self, proved: int) -> bool:
        """Whether the plan known is proved best."""
        return self.upper is not None and proved >= self.target

    def _pass(self, prices: Ints, effort: int) -> Pass | None:
        """Price all kinds; None if time runs out before."""
        own = self._parts(prices)
        marks = marks_of(self.kinds, self.master.cuts, self.master.memory, own.cuts, len(own.jobs))
        found = self.pricer.price(own.jobs, own.pools, effort=effort, halt=self.halt, marks=marks)
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
        n, at = len(self.program.jobs), self._worth_at
        cuts = prices[at + 1 :]
        return Prices(prices[:n], int(prices[at]), cuts, prices[n:at], halves(self.master.cuts[: len(cuts)]))

    def _prices(self, prices: Floats, smoothing: float) -> Ints:
        """Return whole prices between the master's and the best so far, lawful for jobs that may be left out."""
        n, at, prices = len(self.program.jobs), self._worth_at, smoothing * self.centre + (1 - smoothing) * prices
        # Where no plan serves a job its price knows no end.
        most = ROOM / (at + 1 + LARGEST * (len(prices) - at - 1))
        prices = np.clip(np.nan_to_num(prices), -most, most)
        prices[n:at] = np.clip(prices[n:at], 0, most / self.pools.most)
        prices[at:] = np.maximum(0, prices[at:])
        found = np.rint(prices).astype(np.int64)
        may = self.out != DONE
        worth = self.program.worth  # its price times it is more than 64 bits hold where no plan is known yet
        lawful = np.minimum(found[at], int(most) // np.maximum(1, worth)) * worth
        found[:n][may] = np.minimum(found[:n], lawful)[may]
        return found

    def _prove(self, prices: Ints, found: Pass, effort: int) -> int:
        """Take what a complete pass reaches as the centre of smoothing, and as a bound if it proves it."""
        least, own = np.array(found.least, np.int64), self._parts(prices)
        cost = own.proves(self.program, self.worth, self.pools.limits, self.many, least, self.out)
        if self.centre_value is None or cost > self.centre_value:
            self.centre, self.centre_value = prices.astype(np.float64), cost
        if effort == EXACT and cost > self.best.cost:
            self.best = Proof(cost, own, least)
        return self.centre_value

    def _add(self, routes: Sequence[Route], prices: Ints, solved: Solved) -> int:
        """Add all routes found; return how many of them the master's own prices ask for."""
        asked = 0
        for column, drawn in self._columns(routes, prices):
            gain = float(solved.jobs[list(column.jobs)].sum() - drawn @ solved.pools) + float(solved.kinds[column.kind])
            gain -= sum(solved.cuts[cut] * often for cut, often in self.master.counts(column.kind, column.jobs).items())
            asked += self.master.add(column) and gain - column.cost > 1e-9 * max(1, column.cost)
        return asked

    def _columns(self, routes: Sequence[Route], prices: Ints) -> Iterator[tuple[Column, Ints]]:
        """Yield routes with what they cost, which their prices tell, and the pieces they draw."""
        own = self._parts(prices)
        for route in routes:
            visits = list(route.jobs)
            drawn = self.kinds[route.kind].draws[visits].sum(axis=0)
            counted = self.master.counts(route.kind, route.jobs)
            cost = route.reduced + int(own.jobs[visits].sum()) - int(drawn @ own.pools)
            cost -= sum(int(own.cuts[cut]) * often for cut, often in counted.items())
            yield Column(route.kind, cost, route.jobs), drawn

    def _tolerance(self, solved: Solved, near: float) -> float:
        """Return by how much master and bound may differ where all counts as priced."""
        exact = CLOSE * max(1.0, solved.value) + len(self.centre)
        return exact if self.upper is None else max(exact, near * (self.upper - self.best.cost))

    # ---- what holds the bound down though all routes are known

    def _go_on(self, near: float) -> bool:
        """Take away penalties, then returns to jobs; return whether there was anything to take away.

        Where a plan is known, lists hold no returns and choices rule out many, so they are ruled out only while that
        pays; but all of them where nothing may be left (`near` is 0).
        """
        if self.master.raise_prices():
            return True
        won, self._settled = self.best.cost - self._settled, self.best.cost
        if self.upper is not None and near > 0 and won < WORTHWHILE * (self.upper - self.best.cost):
            return False
        return self._forbid_returns()

    def _forbid_returns(self) -> bool:
        """Let jobs be remembered where the master's routes return to them; return whether any was new."""
        fresh = False
        for index in self.master.used():
            column = self.master.columns[index]
            kind = self.kinds[column.kind]
            local = {int(job): at for at, job in enumerate(kind.jobs)}
            for way, job in _returns(column.jobs):
                fresh = True
                for at in way:
                    kind.remember(local[at], local[job])
        if fresh:
            self._drop_unlawful()
        return fresh

    def _drop_unlawful(self) -> None:
        for index, column in enumerate(self.master.columns):
            kind = self.kinds[column.kind]
            local = {int(job): at for at, job in enumerate(kind.jobs)}
            for way, job in _returns(column.jobs):
                if all(kind.neighbours[local[at], local[job]] for at in way):
                    self.master.forget(index)
                    self._dropped.add(index)
                    break

    # ---- cuts

    def cut(self) -> int:
        """Add cuts that the master's mix violates, or let known ones remember more; return how many."""
        used, n = self.master.used(), len(self.program.jobs)
        columns = [self.master.columns[index] for index in used]
        found = violated(self.master.serves(used, self.many), self.master.mix[used], self.halt)
        known = {cut: number for number, cut in enumerate(self.master.cuts)}
        fresh, more = list[tuple[Cut, set[int]]](), set[int]()
        for cut in found:
            memory = set[int]().union(*(between(cut, each.jobs, n + each.kind in cut) for each in columns))
            if cut not in known:
                fresh.append((cut, memory))
            elif self.master.remember(known[cut], memory):
                more.add(known[cut])
        if fresh or more:
            self._thin(more)
        for cut, memory in fresh:
            self.master.cut(cut, memory)
        return len(fresh) + len(more)

    def _thin(self, wanted: set[int]) -> None:
        """Keep the routes that cost least at the prices that prove most, and the cuts that bind.

        The linear program is made anew each time it is solved, so its length is what it costs.
        """
        master, prices, least = self.master, self.best.prices.beside(self.master.cuts), self.best.least
        lawful = [index for index in range(len(master.columns)) if index not in self._dropped]
        over = [
            self._reduced(master.columns[index], prices) - int(least[master.columns[index].kind]) for index in lawful
        ]
        used = set(master.used())
        order = sorted(range(len(lawful)), key=lambda place: (lawful[place] not in used, over[place]))
        binding = (prices.cuts > 0) | (master.penalties > 0)
        binding[list(wanted)] = True
        cuts = np.flatnonzero(binding)
        master.thin(sorted(lawful[place] for place in order[:KEPT]), cuts.tolist())
        self._dropped.clear()
        self._permit()
        self.best = self.best._replace(prices=replace(prices, cuts=prices.cuts[cuts], halves=prices.halves[cuts]))
        begin = self._worth_at + 1
        self.centre = np.append(self.centre[:begin], _padded(self.centre[begin:], len(prices.cuts))[cuts])

    def _reduced(self, column: Column, prices: Prices) -> int:
        own, counted = list(column.jobs), self.master.counts(column.kind, column.jobs)
        reduced = column.cost - int(prices.jobs[own].sum()) + int(self.master.draws(column) @ prices.pools)
        return reduced + sum(int(prices.cuts[cut]) * often for cut, often in counted.items())

    # ---- branching

    def go(self, node: Node) -> None:
        """Go to a node: its choices hold from now on, and `best` is what is proved there."""
        self.out = may_be(node, self.all_out)
        bans = forbidden(node, len(self.program.jobs), len(self.whole), self.out == OUT)
        self.kinds = [
            without(kind, bans[:, number]) if bans[kind.jobs, number].any() else kind
            for number, kind in enumerate(self.whole)
        ]
        self.pricer.kinds, self._bans = self.kinds, bans
        self._permit()
        self.best, self.centre_value, self._settled = self._nothing(), None, 0

    def _permit(self) -> None:
        """Tell the master which routes and which jobs the choices leave."""
        for index, column in enumerate(self.master.columns):
            banned = self._bans[list(column.jobs), column.kind].any()
            self.master.allow(index, index not in self._dropped and not banned)
        for job in np.flatnonzero(~self.master.must).tolist():
            self.master.leave_out(job, int(self.out[job]))


def _returns(jobs: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
    """Return for each return to a job the jobs visited between, and the job."""
    seen: dict[int, list[int]] = {}
    for position, job in enumerate(jobs):
        seen.setdefault(job, []).append(position)
    return [(jobs[a + 1 : b], job) for job, places in seen.items() for a, b in pairwise(places)]


def _padded(prices: Floats, count: int) -> Floats:
    return np.append(prices, np.zeros(count - len(prices)))
