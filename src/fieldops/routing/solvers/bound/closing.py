"""Closing the gap that the root leaves: cuts on listed days, plans met on the way, and branching."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.program import NEVER, Program
from fieldops.routing.solvers.bound.choices import EITHER, SURE, Choice, Node, bars, least_decided, may_be, ruled_out
from fieldops.routing.solvers.bound.cuts import LARGEST, violated
from fieldops.routing.solvers.bound.days import Cuts
from fieldops.routing.solvers.bound.ground import ROOM, Kind
from fieldops.routing.solvers.bound.labels import NONE, Ints
from fieldops.routing.solvers.bound.listing import Listing, Prices, cuts_of, halves, list_all
from fieldops.routing.solvers.bound.master import Column, Cut, Floats, Master, Solved
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.solver import Halt

MOST: Final = 400_000  # days listed
WIDEST: Final = 0.05  # share of the plan's cost that the first list reaches beyond it at most
NARROWEST: Final = 2e-4  # share of the plan's cost that is tried first ...
HALVED: Final = 16  # ... and how many times less at least
PART: Final = 3  # the next list is thought to take so many times as long, and must leave as much time again
WIDER: Final = 1.4  # how much wider the next try is ...
GROWS: Final = 4  # ... and how many times the days it is thought to list
FEW: Final = 100  # lists shorter by this factor than may be are made three times as wide
AT_ONCE: Final = 20  # days of one kind that enter the master at a time
LITTLE: Final = 1e-4  # share of the bound that cuts must win in `PATIENCE` rounds
PATIENCE: Final = 3


@dataclass
class Judged:
    """What solving a node gave: a proved cost, its prices, each listed day's reduced cost, the least of kinds."""

    cost: int
    prices: Prices
    reduced: Ints
    least: Ints


class Closing:
    """Raises a bound that the root proved, by listing every day that a cheaper plan might use.

    Parameters
    ----------
    program, kinds, master, pools, worth
        As in the root.
    many
        How many shifts each kind has.
    target
        What the bound need not exceed: the cost of the plan known.
    plan
        Says of days, of each kind no more than it has shifts, what they cost as the clock lives them, or None: plans
        met on the way.
    halt
        When to stop.
    """

    def __init__(
        self,
        program: Program,
        kinds: list[Kind],
        master: Master,
        pools: Pools,
        worth: int,
        many: Ints,
        target: int,
        plan: Callable[[Sequence[Column]], int | None],
        halt: Halt,
    ) -> None:
        self.program, self.kinds, self.master, self.worth, self.many = program, kinds, master, worth, many
        self._pools, self.target, self._plan, self._halt = pools, target, plan, halt
        self.nodes = 0
        self._out = np.where(master.must, 0, 1)
        self._usable: list[bool] = []
        self._last: tuple[Node, NDArray[np.uint8] | None] = (), None
        self._may = self._out
        self._span = int(NARROWEST * target)

    def close(self, prices: Prices, cost: int, least: Ints) -> int:
        """Return the bound that is proved when the gap is closed or time is up."""
        proved, widest, first, fresh = cost, WIDEST, (prices, cost, least), True
        while not self._halt() and proved < self.target:
            found = self._list(prices, cost, least, widest, proved)
            if found is None:
                break
            self.days, reach = found
            if reach <= proved:
                if prices is not first[0]:  # what closed a list may say nothing of days beyond it
                    (prices, cost, least), fresh = first, False
                    continue
                if widest * self.target >= self.target - cost:
                    break  # no longer list can be borne
                widest *= 2
                continue
            judged = self._cut(reach)
            if judged is None:
                break
            proved = max(proved, min(reach, judged.cost))
            if fresh and judged.cost < reach < self.target and judged.cost - cost > (reach - cost) // 4:
                prices, cost, least = judged.prices, min(reach, judged.cost), judged.least
                continue
            proved = max(proved, min(reach, self._branch(judged, reach)))
            if proved < min(reach, self.target):
                break
            widest *= 2
        return proved

    def _list(self, prices: Prices, cost: int, least: Ints, widest: float, proved: int) -> tuple[Listing, int] | None:
        """List the days of plans that cost less than the target, or than what a list of bearable length reaches.

        Days multiply as the list reaches further, so it is made anew, each time a bit wider, until it is long enough:
        all the shorter lists together take about as long as the last one. The next is begun only where time is left to
        read it; no list is of use that reaches less than what is proved.
        """
        prices, best = prices.beside(self.master.cuts), None
        span = first = max(1, min(self.target - cost, self._span + int(WIDER * (proved - cost))))
        while (left_s := self._halt.left_s) > 0:
            limits = least + span
            days = list_all(self.kinds, prices, self.master.cuts, limits, MOST, self._past(left_s / 2))
            if days is None:
                if best or HALVED * span <= first or span == 1:
                    break
                span //= 2
                continue
            self._span = min(self._span, span)
            took_s = left_s - self._halt.left_s
            least, base, reach = self._reach(days, prices, limits)
            best, enough = (days, limits, reach), min(self.target, base + int(widest * self.target))
            if reach >= enough or GROWS * len(days) > MOST or 2 * PART * took_s > left_s - took_s:
                break
            span = min(enough - base, int((WIDER if FEW * len(days) > MOST else 3) * span) + 1)
        if best is None:
            return None
        days, limits, reach = best
        self._retire(prices, limits)
        return days, reach

    def _past(self, left_s: float) -> Callable[[], bool]:
        """Return what says that less time than this is left: a list is of no use to who can't read it."""
        return lambda: self._halt() or self._halt.left_s < left_s

    def _reach(self, days: Listing, prices: Prices, limits: Ints) -> tuple[Ints, int, int]:
        """Return the least of each kind, what that proves, and below which cost plans use only listed days.

        A day that isn't listed costs its kind's limit at least, so a plan with one costs more than what is proved by
        what lies between limit and least. The least that the pricer told won't do here: its days may return to jobs,
        listed ones don't. Nor will that of an earlier list, which may lack the day that is cheapest at these prices.
        """
        lowest = limits.copy()
        reduced, _ = days.price(prices, self._cuts(prices.cuts), np.zeros(len(days), np.uint8), len(self.kinds))
        np.minimum.at(lowest, days.kinds, reduced)
        least = np.minimum(0, lowest)
        base = prices.proves(self.program, self.worth, self._pools.limits, self.many, least, self._out)
        return least, base, base + int((limits - least).min(initial=NEVER))

    def _retire(self, prices: Prices, limits: Ints) -> None:
        """Use columns no longer that are not listed, lest the master mixes what no cheaper plan holds."""
        self._usable = []
        for job in np.flatnonzero(~self.master.must).tolist():
            self.master.leave_out(job, EITHER)
        for index, column in enumerate(self.master.columns):
            own, penalty = set(column.jobs), prices.cuts
            reduced = column.cost - int(prices.jobs[list(own)].sum()) + int(self.master.draws(column) @ prices.pools)
            reduced += sum(int(penalty[cut]) * times for cut, times in self.master.halves(column).items())
            self._usable.append(len(own) == len(column.jobs) and reduced < limits[column.kind])
            if self._usable[-1]:
                self.master.allow(index, True)
            else:
                self.master.forget(index)  # not only shut: listed, its jobs may cost less in another order

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
                best = Judged(cost, prices, reduced, least)
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

    def _cut(self, reach: int) -> Judged | None:
        """Add cuts until they win little, or the bound reaches `reach`."""
        banned, won = np.zeros(len(self.days), np.uint8), [0]
        judged: Judged | None = None
        while not self._halt():
            now = self._solve(reach, banned, self._out)
            if now is None:
                break
            judged = now if judged is None or now.cost > judged.cost else judged
            self._met()
            won.append(judged.cost)
            if judged.cost >= reach or won[-1] - won[max(0, len(won) - 1 - PATIENCE)] < LITTLE * judged.cost:
                break
            fresh = self._fresh_cuts()
            if not fresh:
                break
        return judged

    def _fresh_cuts(self) -> int:
        used, n = self.master.used(), len(self.program.jobs)
        serves = np.zeros((n + len(self.kinds), len(used)), bool)
        for place, index in enumerate(used):
            column = self.master.columns[index]
            serves[list(column.jobs), place] = True
            serves[n + column.kind, place] = self.many[column.kind] == 1  # a kind of several is no row served once
        known = set(self.master.cuts)
        fresh = [cut for cut in violated(serves, self.master.mix[used], self._halt) if cut not in known]
        for cut in fresh:
            self.master.cut(cut)
        return len(fresh)

    def _met(self) -> None:
        """Take the master's mix as a plan if it mixes nothing."""
        used = self.master.used()
        if all(self.master.mix[index] > 1 - SURE for index in used):
            cost = self._plan([self.master.columns[index] for index in used])
            if cost is not None:
                self.target = min(self.target, cost)

    # ---- branching

    def _branch(self, root: Judged, reach: int) -> int:
        """Return what is proved by trying both sides of choices, the weakest node first."""
        self._thin(root, reach)
        self._dive(root, reach)
        done = reach
        heap: list[tuple[int, int, Node]] = [(root.cost, 0, ())]
        while heap and not self._halt():
            goal = min(reach, self.target, done)
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
        return min([reach, self.target, done, *(cost for cost, _, _ in heap)])

    def _thin(self, root: Judged, reach: int) -> None:
        """Forget days that no plan below the target uses, by what the root with its cuts says of them."""
        span = min(reach, self.target) - root.cost
        self.days = self.days.keep(root.reduced - root.least[self.days.kinds] < span)
        self._retire(root.prices.beside(self.master.cuts), root.least + span)
        self._last = (), None

    def _at(self, node: Node, goal: int) -> Judged | None:
        """Solve a node: what it rules out is not used, in the list nor in the master."""
        known, banned = self._last if node[: len(self._last[0])] == self._last[0] else ((), None)
        banned = np.zeros(len(self.days), np.uint8) if banned is None else banned.copy()
        for choice in node[len(known) :]:
            banned |= ruled_out(choice, self.days, self.many)
        self._last, self._may = (node, banned), may_be(node, self._out)
        for index, column in enumerate(self.master.columns):
            listed = index >= len(self._usable) or self._usable[index]
            ruled = any(bars(choice, column.kind, column.jobs, self.many) for choice in node)
            self.master.allow(index, listed and not ruled)
        for job, may in enumerate(self._may.tolist()):
            if not self.master.must[job]:
                self.master.leave_out(job, may)
        return self._solve(goal, banned, self._may)

    def _choice(self, node: Node) -> tuple[Choice, Choice] | None:
        """Return the two sides of what the last node's mix decides least."""
        used, master = self.master.used(), self.master
        return least_decided(
            [master.columns[index] for index in used], master.mix[used], master.out, self._may, len(self.kinds), node
        )

    def _dive(self, root: Judged, reach: int) -> None:
        """Look for a plan: live the days that the master is surest of, one after the other."""
        node: Node = ()
        while not self._halt():
            goal = min(reach, self.target)
            judged = self._at(node, goal)
            if judged is None or judged.cost >= goal:
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


__all__ = ["Closing", "Floats", "whole"]
