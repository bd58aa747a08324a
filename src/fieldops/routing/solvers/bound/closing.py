"""Closing a gap by listing every day that a cheaper plan may use: cuts on listed days, plans met, and branching."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.solvers.bound.choices import SURE, Choice, Node, bars, least_decided, may_be, ruled_out
from fieldops.routing.solvers.bound.cuts import LARGEST, violated
from fieldops.routing.solvers.bound.days import Cuts
from fieldops.routing.solvers.bound.generation import Generation, Proof
from fieldops.routing.solvers.bound.ground import ROOM
from fieldops.routing.solvers.bound.labels import NONE, Ints
from fieldops.routing.solvers.bound.listing import Listing, Prices, cuts_of, halves, list_all
from fieldops.routing.solvers.bound.marks import Cut
from fieldops.routing.solvers.bound.master import Column, Solved
from fieldops.routing.solvers.solver import Halt

MOST: Final = 100_000  # days listed
SLICES: Final = 40  # of so many steps all lists together may take (`listing.STEPS` each)
AT_ONCE: Final = 20  # days of one kind that enter the master at a time
LITTLE: Final = 1e-4  # share of the bound that cuts must win in `PATIENCE` rounds
PATIENCE: Final = 3
FIRST: Final = 100  # days a kind that the master begins with

Plan = Callable[[Sequence[Column]], None]


@dataclass
class Judged:
    """What solving a node gave: a proved cost, each listed day's reduced cost, the least of kinds."""

    cost: int
    reduced: Ints
    least: Ints


def listed(generation: Generation, halt: Halt) -> Listing | None:
    """Return all days of plans that cost less than the one known, by the best proof there is; None if too many.

    A day whose reduced cost lies by more over the least of its kind than what is known and what is proved differ is
    in no such plan.
    """
    proof = generation.best
    prices, limits = proof.prices.beside(generation.master.cuts), proof.least + (generation.target - proof.cost)
    return list_all(generation.kinds, prices, generation.master.cuts, limits, (MOST, SLICES), halt)


class Closing:
    """Raises a bound to the cost of the plan known, or finds a cheaper one, on days listed.

    Parameters
    ----------
    generation
        What proved a bound so far, at the node where it stands.
    days
        All that a plan cheaper than the one known may use.
    plan
        Takes days, of each kind no more than it has shifts, as a plan met on the way, if it is one and the cheapest.
    halt
        When to stop.
    """

    def __init__(self, generation: Generation, days: Listing, plan: Plan, halt: Halt) -> None:
        self.program, self.kinds, self.worth = generation.program, generation.kinds, generation.worth
        self.many, self.days, self._pools, self._out = generation.many, days, generation.pools, generation.out
        self._generation, self._plan, self._halt = generation, plan, halt
        self.master = generation.master.twin(generation.master.cuts)
        self.nodes = 0
        self._last: tuple[Node, NDArray[np.uint8] | None] = (), None
        self._may = self._out

    @property
    def target(self) -> int:
        """What the bound need not exceed."""
        return self._generation.target

    def close(self, proof: Proof) -> int:
        """Return the bound that is proved when the gap is closed or time is up."""
        prices = proof.prices.beside(self.master.cuts)
        unbanned = np.zeros(len(self.days), np.uint8)
        self._begin(self.days.price(prices, self._cuts(prices.cuts), unbanned, len(self.kinds))[0])
        judged = self._cut()
        if judged is None:
            return proof.cost
        # Nothing is said of plans that cost more than the target: days that only those use are not listed.
        return max(proof.cost, min(self.target, judged.cost if judged.cost >= self.target else self._branch(judged)))

    def _begin(self, reduced: Ints) -> None:
        """Let the days that cost least enter the master."""
        self._leave_out(self._out)
        for row in np.argsort(reduced, kind="stable")[: FIRST * len(self.kinds)].tolist():
            self.master.add(self._column(row))

    def _leave_out(self, may: Ints) -> None:
        for job in np.flatnonzero(~self.master.must).tolist():
            self.master.leave_out(job, int(may[job]))

    # ---- one node

    def _solve(self, target: int, banned: NDArray[np.uint8], out: Ints) -> Judged | None:
        """Price by reading the list until no day is missing; what is proved by then where time runs out.

        None if it is over, or the master gives up, before anything is.
        """
        best: Judged | None = None
        cuts = self._cuts()
        while (left_s := self._halt.left_s) > 0:
            solved = self.master.solve(left_s)
            if solved is None:
                break
            prices = whole(solved, self._pools.most, self.master.cuts)
            reduced, least = self.days.price(prices, cuts._replace(penalty=prices.cuts), banned, len(self.kinds))
            cost = prices.proves(self.program, self.worth, self._pools.limits, self.many, least, out)
            if best is None or cost > best.cost:
                best = Judged(cost, reduced, least)
            if best.cost >= target:
                return best
            floor = np.rint(solved.kinds).astype(np.int64)
            if not self._enter(reduced - floor[self.days.kinds], solved.value):
                return best
        return best

    def _cuts(self, penalties: Ints | None = None) -> Cuts:
        count = len(self.program.jobs) + len(self.kinds)
        none = np.zeros(len(self.master.cuts), np.int64)
        return cuts_of(self.master.cuts, none if penalties is None else penalties, np.arange(count), count)

    def _enter(self, reduced: Ints, value: float) -> int:
        """Let the days that the master misses most enter it; return how many."""
        missing = np.flatnonzero(reduced < -max(1.0, 1e-9 * value))
        missing = missing[np.argsort(reduced[missing], kind="stable")]
        entered, of_kind = 0, dict.fromkeys(range(len(self.kinds)), AT_ONCE)
        for row in missing.tolist():
            kind = int(self.days.kinds[row])
            if of_kind[kind]:
                of_kind[kind] -= 1
                entered += self.master.add(self._column(row))
        return entered

    def _column(self, row: int) -> Column:
        jobs = tuple(job for job in self.days.jobs[row].tolist() if job != NONE)
        return Column(int(self.days.kinds[row]), int(self.days.costs[row]), jobs)

    # ---- cuts

    def _cut(self) -> Judged | None:
        """Add cuts until they win little, or the bound reaches the target."""
        won, judged = [0], None
        while not self._halt():
            now = self._solve(self.target, np.zeros(len(self.days), np.uint8), self._out)
            if now is None:
                break
            judged = now if judged is None or now.cost > judged.cost else judged
            self._met()
            won.append(judged.cost)
            if judged.cost >= self.target or won[-1] - won[max(0, len(won) - 1 - PATIENCE)] < LITTLE * judged.cost:
                break
            used = self.master.used()
            found = violated(self.master.serves(used, self.many), self.master.mix[used], self._halt)
            judged = self._thin(judged)
            fresh = [cut for cut in found if cut not in set(self.master.cuts)]
            if not fresh:
                break
            for cut in fresh:
                self.master.cut(cut)
        return judged

    def _thin(self, judged: Judged) -> Judged:
        """Forget days that no plan below the target uses, by what was judged, and cuts that don't bind."""
        within = judged.reduced - judged.least[self.days.kinds] < self.target - judged.cost
        self.days = self.days.keep(within)
        held = set(zip(self.days.kinds.tolist(), map(tuple, self.days.jobs.tolist()), strict=True))
        wide = self.days.jobs.shape[1]
        padded = [(column.kind, column.jobs + (NONE,) * (wide - len(column.jobs))) for column in self.master.columns]
        columns = [index for index, key in enumerate(padded) if key in held]
        self.master.thin(columns, np.flatnonzero(self.master.penalties > 0).tolist())
        self._leave_out(self._out)
        self._last = (), None
        return replace(judged, reduced=judged.reduced[within])

    def _met(self) -> None:
        """Take the master's mix as a plan if it mixes nothing."""
        used = self.master.used()
        if all(self.master.mix[index] > 1 - SURE for index in used):
            self._plan([self.master.columns[index] for index in used])

    # ---- branching

    def _branch(self, root: Judged) -> int:
        """Return what is proved by trying both sides of choices, the weakest node first."""
        root = self._thin(root)
        self._dive()
        done = self.target
        heap: list[tuple[int, int, Node]] = [(root.cost, 0, ())]
        while heap and not self._halt():
            goal = min(self.target, done)
            cost, _, node = heap[0]
            if cost >= goal:
                break
            judged = self._at(node, goal)
            if judged is None:
                break
            heapq.heappop(heap)
            self.nodes += 1
            cost = max(cost, judged.cost)
            if cost >= goal:
                continue
            self._met()
            choice = self._choice(node)
            if choice is None:
                done = min(done, cost)
                continue
            for side in choice:
                heapq.heappush(heap, (cost, 2 * self.nodes + (side is choice[0]), (*node, side)))
        return min([self.target, done, *(cost for cost, _, _ in heap)])

    def _at(self, node: Node, goal: int) -> Judged | None:
        """Solve a node: what it rules out is not used, in the list nor in the master."""
        known, banned = self._last if node[: len(self._last[0])] == self._last[0] else ((), None)
        banned = np.zeros(len(self.days), np.uint8) if banned is None else banned.copy()
        for choice in node[len(known) :]:
            banned |= ruled_out(choice, self.days, self.many)
        self._last, self._may = (node, banned), may_be(node, self._out)
        for index, column in enumerate(self.master.columns):
            ruled = any(bars(choice, column.kind, column.jobs, self.many) for choice in node)
            self.master.allow(index, not ruled)
        self._leave_out(self._may)
        return self._solve(goal, banned, self._may)

    def _choice(self, node: Node) -> tuple[Choice, Choice] | None:
        """Return the two sides of what the last node's mix decides least."""
        used, master = self.master.used(), self.master
        return least_decided(
            [master.columns[index] for index in used], master.mix[used], master.out, self._may, len(self.kinds), node
        )

    def _dive(self) -> None:
        """Look for a plan: live the days that the master is surest of, one after the other."""
        node: Node = ()
        while not self._halt():
            judged = self._at(node, self.target)
            if judged is None or judged.cost >= self.target:
                return
            self._met()
            lived = {choice.jobs for choice in node}
            rest = [index for index in self.master.used() if self.master.columns[index].jobs not in lived]
            if not rest:
                return
            rest.sort(key=lambda index: -self.master.mix[index])
            sure = [index for index in rest if self.master.mix[index] > 1 - SURE] or rest[:1]
            picked = [self.master.columns[index] for index in (sure + rest[:1] if len(sure) < len(rest) else sure)]
            if all(self.master.mix[index] > 1 - SURE for index in rest):
                return
            for column in {column.jobs: column for column in picked}.values():
                node = (*node, Choice("day", kind=column.kind, jobs=column.jobs))


def whole(solved: Solved, pieces: int, cuts: Sequence[Cut]) -> Prices:
    """Return the master's prices as whole numbers; an order draws `pieces` at most."""
    most = ROOM / (len(solved.jobs) + LARGEST * len(solved.cuts) + 1)
    parts = solved.jobs, np.maximum(0, solved.cuts), np.clip(np.nan_to_num(solved.pools), 0, most / pieces)
    jobs, penalties, pools = (np.rint(np.clip(np.nan_to_num(part), -most, most)).astype(np.int64) for part in parts)
    return Prices(jobs, max(0, round(min(solved.worth, most))), penalties, pools, halves(cuts))
