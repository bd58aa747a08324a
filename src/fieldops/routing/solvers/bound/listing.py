"""All days that a plan cheaper than a target may use, listed; and the prices of a program that only mixes those.

At prices that prove a bound `base`, a plan that uses a day whose reduced cost lies by `slack` over the least of its
kind costs `base + slack` at least. So plans cheaper than `base + slack` use only days of less, and these can be listed
(Baldacci, Christofides and Mingozzi, 2008). From then on pricing is reading through the list, which lets the master
take as many subset-row cuts as it likes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.program import Program
from fieldops.routing.solvers.bound.days import (
    DEEPEST,
    DONE,
    FULL,
    LISTED,
    LONGEST,
    PAUSED,
    TOO_LONG,
    Cuts,
    Short,
    Stack,
    list_begin,
    list_days,
    reduced_costs,
)
from fieldops.routing.solvers.bound.foresight import foresight
from fieldops.routing.solvers.bound.ground import Kind
from fieldops.routing.solvers.bound.labels import MEMORY, NONE, WINDOW, WINDOWS, Ints
from fieldops.routing.solvers.bound.marks import Cut
from fieldops.routing.solvers.bound.pricing import CORES

STEPS: Final = 2_000_000  # steps between two looks at the clock and the stop flag
FIRST_ROOM: Final = 2**16


@dataclass(frozen=True)
class Prices:
    """Whole prices, and what they prove together with the least reduced costs of all kinds.

    Attributes
    ----------
    jobs : int64 (n,)
        Of each job.
    worth
        Of a unit of worth left out.
    cuts, pools : int64
        Penalties, and prices of pieces, 0 or more.
    halves : int64
        What the days of each cut may come to.
    """

    jobs: Ints
    worth: int
    cuts: Ints
    pools: Ints
    halves: Ints

    def proves(self, program: Program, worth: int, limits: Ints, many: Ints, least: Ints, out: Ints) -> int:
        """Return the cost that no plan is below, in Python's own whole numbers: worth at its price may be a lot.

        `limits` are those of the pools; `out` holds for each job what may be: 0 done, 1 either, 2 left out.
        """
        proved = -self.worth * worth
        for price, value, may in zip(self.jobs.tolist(), program.worth.tolist(), out.tolist(), strict=True):
            left = self.worth * value - price
            proved += price + (left if may == 2 else min(0, left) if may else 0)
        proved += sum(shifts * min(0, day) for shifts, day in zip(many.tolist(), least.tolist(), strict=True))
        for owed, pieces in ((self.cuts, self.halves), (self.pools, limits)):
            proved -= sum(price * most for price, most in zip(owed.tolist(), pieces.tolist(), strict=True))
        return proved

    def beside(self, cuts: Sequence[Cut]) -> Prices:
        """Return the same prices where there are more cuts than these were made for: new ones cost nothing."""
        none = np.zeros(len(cuts) - len(self.cuts), np.int64)
        return replace(self, cuts=np.append(self.cuts, none), halves=halves(cuts))


def halves(cuts: Sequence[Cut]) -> Ints:
    """Return what the days of each cut may come to."""
    return np.array([len(cut) // 2 for cut in cuts], np.int64)


@dataclass
class Listing:
    """Days of all kinds, each set of jobs in its cheapest order: jobs, cost, kind, pieces drawn from pools."""

    jobs: Short
    costs: Ints
    kinds: Short
    draws: Ints

    def __len__(self) -> int:
        return len(self.costs)

    def keep(self, which: NDArray[np.bool_]) -> Listing:
        """Return only some of the days."""
        return Listing(self.jobs[which], self.costs[which], self.kinds[which], self.draws[which])

    def price(self, prices: Prices, cuts: Cuts, out_of_use: NDArray[np.uint8], kinds: int) -> tuple[Ints, Ints]:
        """Return each day's reduced cost, and the least of each kind (0 where none is less)."""
        reduced, least = np.empty(len(self), np.int64), np.zeros(kinds, np.int64)
        counts = np.zeros(len(cuts.penalty) + 1, np.int64)
        reduced_costs(self.jobs, self.costs, self.kinds, out_of_use, prices.jobs, cuts, counts, least, reduced)
        if prices.pools.any():
            used = out_of_use == 0
            reduced[used] += self.draws[used] @ prices.pools
            least[:] = 0
            np.minimum.at(least, self.kinds[used], reduced[used])
        return reduced, least

    def holds(self, job: int) -> NDArray[np.bool_]:
        """Return which days do a job."""
        return np.asarray((self.jobs == job).any(axis=1))


def cuts_of(cuts: Sequence[Cut], penalties: Ints, rows: Ints, count: int) -> Cuts:
    """Return cuts by the rows they count, of `count` in all; `rows` are numbered in the order of the kernel's own."""
    own = np.full(count, -1)
    own[rows] = np.arange(len(rows))
    of: list[list[int]] = [[] for _ in rows]
    for number, cut in enumerate(cuts):
        for row in cut:
            if own[row] >= 0:
                of[own[row]].append(number)
    begin = np.cumsum([0, *map(len, of)]).astype(np.int64)
    return Cuts(begin, np.array([number for each in of for number in each], np.int64), penalties)


def list_all(
    kinds: list[Kind],
    prices: Prices,
    cuts: Sequence[Cut],
    limits: Ints,
    most: tuple[int, int],
    halt: Callable[[], bool],
) -> Listing | None:
    """List the days of each kind whose reduced cost is below its limit.

    None if there are more than `most` says, or if looking for them takes more steps: its second number, times `STEPS`.
    """
    many, steps = [0] * len(kinds), [0] * len(kinds)
    over = threading.Event()

    def one(number: int) -> Listing | None:
        def counts(listed: int, paused: bool) -> bool:
            many[number] = listed
            steps[number] += paused
            within = sum(many) <= most[0] and sum(steps) <= most[1]
            return within and not over.is_set() and not halt()

        listing = _list_kind(number, kinds, prices, cuts, int(limits[number]), counts)
        if listing is None:
            over.set()
        return listing

    with ThreadPoolExecutor(CORES, "fieldops-bound") as threads:
        found = [each for each in threads.map(one, range(len(kinds))) if each is not None]
    if len(found) < len(kinds):
        return None
    return Listing(
        *(np.concatenate([getattr(each, name) for each in found]) for name in ("jobs", "costs", "kinds", "draws"))
    )


def _list_kind(
    number: int,
    kinds: list[Kind],
    prices: Prices,
    cuts: Sequence[Cut],
    limit: int,
    goes_on: Callable[[int, bool], bool],
) -> Listing | None:
    """List the days of one kind; None if `goes_on` says no, told how many there are and if a slice of steps is over."""
    if not goes_on(0, False):
        return None
    kind, rows = kinds[number], len(prices.jobs)
    ground, profit = kind.ground, kind.profit(prices.jobs, prices.pools)
    n, words = len(kind.jobs), ground.near.shape[1]
    if not n:
        none = np.zeros((0, LONGEST), np.int16)
        return Listing(none, np.zeros(0, np.int64), np.zeros(0, np.int16), _drawn(kind, none))
    ahead, width = foresight(kind, profit)
    counted = cuts_of(cuts, prices.cuts, np.append(kind.jobs, rows + number), rows + len(kinds))
    owner = np.full(len(ground.windows), NONE)
    for job, (begin, count) in enumerate(ground.job[:, [WINDOW, WINDOWS]].tolist()):
        owner[begin : begin + count] = job
    stack = Stack(
        np.zeros((DEEPEST + 2, MEMORY + 2 * words), np.int64),
        np.zeros(DEEPEST + 2, np.int64),
        np.zeros(DEEPEST + 2, np.int64),
        np.zeros(DEEPEST + 2, np.int64),
        np.zeros(len(cuts) + 1, np.int64),
        np.zeros(3, np.int64),
    )
    stack.counts[counted.of[counted.begin[n] :]] = 1  # a day serves its own kind from the start
    room, listed = _room(FIRST_ROOM, words), 0
    for departure in kind.departures:
        list_begin(ground, stack, departure)
        state = PAUSED
        while state != DONE:
            state = list_days(ground, profit, ahead, width, limit, counted, owner, stack, *room, STEPS)
            if state == FULL:
                listed, room = _thinned(stack, room)
            if state == TOO_LONG or not goes_on(listed, state == PAUSED):
                return None
    listed, (jobs, costs, _) = _thinned(stack, room)
    if not goes_on(listed, False):
        return None
    shown = np.append(kind.jobs, NONE).astype(np.int16)[jobs[:listed]]
    return Listing(shown, costs[:listed].copy(), np.full(listed, number, np.int16), _drawn(kind, shown))


def _drawn(kind: Kind, days: Short) -> Ints:
    """Return (days, pools): pieces that days draw."""
    drawn = np.zeros((len(days), kind.draws.shape[1]), np.int64)
    for place in days.T if drawn.size else ():
        drawn += np.where((place != NONE)[:, None], kind.draws[place], 0)
    return drawn


def _room(size: int, words: int) -> tuple[Short, Ints, Ints]:
    return np.empty((size, LONGEST), np.int16), np.empty(size, np.int64), np.empty((size, words), np.int64)


def _thinned(stack: Stack, room: tuple[Short, Ints, Ints]) -> tuple[int, tuple[Short, Ints, Ints]]:
    """Keep the cheapest day of each set of jobs, and make room if little is left."""
    listed = int(stack.notes[LISTED])
    jobs, costs, masks = (part[:listed] for part in room)
    order = np.lexsort((costs, *masks.T))
    sets = masks[order]
    first = np.ones(listed, bool)
    first[1:] = (sets[1:] != sets[:-1]).any(axis=1)
    keep = order[first]
    size = len(room[1]) * (2 if 2 * len(keep) > len(room[1]) else 1)
    fresh = _room(size, masks.shape[1])
    fresh[0][: len(keep)], fresh[1][: len(keep)], fresh[2][: len(keep)] = jobs[keep], costs[keep], masks[keep]
    stack.notes[LISTED] = len(keep)
    return len(keep), fresh
