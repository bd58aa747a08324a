"""Closing the gap that the root leaves: cuts in every pricing, days listed once they are few, and branching."""

from __future__ import annotations

import heapq
from typing import Final

from fieldops.routing.solvers.bound.choices import SURE, Choice, Node, least_decided
from fieldops.routing.solvers.bound.closing import Closing, Plan, listed
from fieldops.routing.solvers.bound.generation import Generation
from fieldops.routing.solvers.solver import Halt

PATIENCE: Final = 3  # rounds of cuts at the root, of which ...
LITTLE: Final = 0.02  # ... each must win this share of the gap on the mean; at a node the last one must
ROUGHLY: Final = 0.03  # share of the gap by which master and bound may differ between rounds
NARROWER: Final = 0.7  # days are listed again once the gap is so much narrower than when they were too many


class Tree:
    """Raises what the root proved, up to the cost of the plan known; plans met on the way lower that.

    Branch, price and cut (Desaulniers, Desrosiers and Spoorendonk, 2011, "Cutting planes for branch-and-price
    algorithms", Networks 58(4), 301-310), where a node whose days are few is closed by listing them.

    Parameters
    ----------
    generation
        What priced the root.
    plan
        Takes days as a plan.
    halt
        When to stop.

    Attributes
    ----------
    nodes
        Tried so far.
    left
        Why a node was left as it is, as :attr:`Bound.ended` says it; empty if none was.
    """

    def __init__(self, generation: Generation, plan: Plan, halt: Halt) -> None:
        self._generation, self._plan, self._halt = generation, plan, halt
        self._too_wide: int | None = None
        self.nodes, self.left = 0, ""

    def close(self, priced: bool) -> int:
        """Return what is proved when the gap is closed or time is up; `priced` is whether the root was solved."""
        generation, done = self._generation, [self._generation.target]
        heap: list[tuple[int, int, Node]] = [(generation.best.cost, 0, ())]
        while heap and heap[0][0] < min(generation.target, *done) and not self._halt():
            cost, number, node = heap[0]
            if node:
                generation.go(node)
                priced = generation.solve()
            proved, priced = self._narrow(priced, 1 if node else PATIENCE)
            cost = max(cost, proved)
            if self._halt():
                heapq.heapreplace(heap, (cost, number, node))
                break
            heapq.heappop(heap)
            self.nodes += 1
            if generation.reached(cost):
                continue
            choice = self._choice(node, priced)
            if choice is None and priced:  # what is left to be priced may still lift it
                priced = generation.solve(0.0)
                cost = max(cost, generation.best.cost, self._list(generation.target - generation.best.cost) or 0)
                if generation.reached(cost):
                    continue
                choice = self._choice(node, priced)
            if choice is None:
                self.left = self.left or self._undecided(priced)
                done.append(cost)
                continue
            for side in choice:
                heapq.heappush(heap, (cost, 2 * self.nodes + (side is choice[0]), (*node, side)))
        return min([generation.target, *done, *(cost for cost, _, _ in heap)])

    def _narrow(self, priced: bool, patience: int) -> tuple[int, bool]:
        """List days if they are few, else cut until that wins little; return what is proved, and if all is priced."""
        generation = self._generation
        reached = [generation.best.cost]
        while not generation.reached(reached[-1]):
            if priced:
                self._met()
            gap = generation.target - reached[-1]
            closed = self._list(gap) if self._too_wide is None or gap < NARROWER * self._too_wide else None
            if closed is not None:
                return closed, priced
            rounds = min(patience, len(reached) - 1)
            if not priced or gap <= 0 or reached[-1] - reached[-1 - rounds] < LITTLE * rounds * gap:
                break
            if not generation.cut():
                break
            priced = generation.solve(ROUGHLY)
            reached.append(generation.best.cost)
        return reached[-1], priced

    def _list(self, gap: int) -> int | None:
        """Return what is proved by listing days, if they are few."""
        if gap <= 0 or self._halt():
            return None
        days = listed(self._generation, self._halt)
        if days is None:
            self._too_wide = gap
            return None
        closing = Closing(self._generation, days, self._plan, self._halt)
        proved = closing.close(self._generation.best)
        self.nodes += closing.nodes
        return proved

    def _met(self) -> None:
        """Take the master's mix as a plan if it mixes nothing."""
        master = self._generation.master
        used = master.used()
        if all(master.mix[index] > 1 - SURE for index in used):
            self._plan([master.columns[index] for index in used])

    def _choice(self, node: Node, priced: bool) -> tuple[Choice, Choice] | None:
        """Return the two sides of what the last mix decides least, if the pricer can follow them."""
        generation, master = self._generation, self._generation.master
        if not priced:
            return None
        used = master.used()
        columns = [master.columns[index] for index in used]
        found = least_decided(columns, master.mix[used], master.out, generation.out, len(generation.kinds), node)
        return None if found is None or found[0].what == "together" else found

    def _undecided(self, priced: bool) -> str:
        """Return why a node can't be branched on."""
        master = self._generation.master
        if not priced:
            return f"linear program: {master.gave_up}"
        return "pairs" if any(master.mix[index] < 1 - SURE for index in master.used()) else "mix"
