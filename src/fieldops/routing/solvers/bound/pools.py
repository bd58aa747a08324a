"""What every plan obeys about parts: who can get them at all, and rows for those that depots are short of.

A van's pieces go first, so what a day draws of a part from all depots together is what its orders need beyond what
the van has. Added up over the shifts that can turn to no other depots than some, that is no more than those hold::

    sum over orders of max(0, need - van) <= sum of pools              the van's pieces count for each order anew
    sum over orders of need               <= sum of pools + vans       the vans' pieces count for all shifts

Both hold in every plan, and both are sums over orders, so the pricer needs no more than other prices of orders for
each kind of shifts. What they leave out makes the bound weaker, never wrong: the order of stops, the stop itself,
vans one by one, tools that are lent by the piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.program import Program
from fieldops.routing.solvers.bound.labels import Ints
from fieldops.routing.stock import ENDLESS, NOWHERE, Stock

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """One part, some depots, and the shifts that can turn to no others.

    Attributes
    ----------
    part, depots
        By their numbers.
    limit
        Pieces.
    need
        (n,) Pieces an order needs.
    spare
        (m,) Pieces of a shift's van that count for each of its orders.
    within
        (m,) The shifts.
    """

    part: int
    depots: frozenset[int]
    limit: int
    need: Ints
    spare: Ints
    within: Mask

    def draws(self, shift: int) -> Ints:
        """Return by order the pieces that count against the limit."""
        return np.maximum(0, self.need - self.spare[shift]) * self.within[shift]


class Pools:
    """The rows of a program, and who may do what as far as tools and parts go.

    Attributes
    ----------
    rows
        Only those that may be short.
    limits
        (r,) Of the rows.
    allowed
        (n, m) `Program.allowed`, but for orders that need more than the van and the depots in reach hold.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._reach = [_reach(program.stock, shift) for shift in range(len(program.shifts))]
        self.allowed = program.allowed.copy()
        for part in program.stock.kinds.values():
            need, van = self._need(part), self._van(part)
            held = np.array([min(ENDLESS, _held(program.stock, depots, part)) for depots in self._reach], np.int64)
            self.allowed &= need[:, None] <= (van + held)[None]
        self.rows = tuple(row for part in program.stock.kinds.values() for row in self._rows(part))
        self.limits = np.array([row.limit for row in self.rows], np.int64)

    def draws(self, shift: int) -> Ints:
        """Return (n, r): how many pieces of each row every order draws on a shift."""
        empty = np.zeros((len(self._program.jobs), 0), np.int64)
        return np.column_stack([empty, *(row.draws(shift) for row in self.rows)])

    def on(self, after: Pools) -> Pools:
        """Return these rows for the shifts of another program, which draw nothing where they are new.

        Raises
        ------
        ValueError
            When what a van holds or the depots in reach have changed: then the rows hold no longer.
        """
        index = self._program.shift_index
        own = [index.get(shift.id, NOWHERE) for shift in after._program.shifts]
        if any(self._stated(mine) != after._stated(k) for k, mine in enumerate(own) if mine != NOWHERE):
            raise ValueError("prices hold for the vans' stock and the depots in reach that they were made for")
        known, pools = np.array(own, np.int64) != NOWHERE, copy(after)
        pools.rows = tuple(
            replace(row, spare=np.where(known, row.spare[own], 0), within=known & row.within[own]) for row in self.rows
        )
        pools.limits = self.limits
        return pools

    def _stated(self, shift: int) -> tuple[object, ...]:
        """Return what rows read of a shift."""
        carried = self._program.stock.carried[shift]
        return tuple(sorted(carried.items())), self._reach[shift]

    @cached_property
    def most(self) -> int:
        """The most pieces of all rows that one order draws."""
        return max(1, sum(int(row.need.max(initial=0)) for row in self.rows))

    def _need(self, part: int) -> Ints:
        return np.array([need.get(part, 0) for need in self._program.stock.needs], np.int64)

    def _van(self, part: int) -> Ints:
        return np.array([van.get(part, 0) for van in self._program.stock.carried], np.int64)

    def _rows(self, part: int) -> Iterator[Row]:
        """Yield the rows of a part: for each set of depots that shifts can turn to, and for all of them."""
        stock, need, van = self._program.stock, self._need(part), self._van(part)
        if stock.lasts[part] or not need.any():
            return
        for depots in sorted({*self._reach, frozenset().union(*self._reach)}, key=sorted):
            pool = _held(stock, depots, part)
            within = np.array([reach <= depots for reach in self._reach], bool)
            if pool >= ENDLESS or not within.any():
                continue
            apart = Row(part, depots, pool, need, van, within)
            together = Row(part, depots, pool + int(van[within].sum()), need, np.zeros_like(van), within)
            yield from (row for row in ((apart, together) if van[within].any() else (apart,)) if self._short(row))

    def _short(self, row: Row) -> bool:
        """Whether all orders together might draw more than the row's limit."""
        most = np.zeros_like(row.need)
        for shift in np.flatnonzero(row.within).tolist():
            np.maximum(most, np.where(self.allowed[:, shift], row.draws(shift), 0), out=most)
        return bool(most.sum() > row.limit)


def _reach(stock: Stock, shift: int) -> frozenset[int]:
    """Return the depots that a shift can turn to."""
    load = int(stock.loads[shift])
    return frozenset(np.flatnonzero(stock.restocks[shift]).tolist()) | ({load} if load != NOWHERE else set())


def _held(stock: Stock, depots: frozenset[int], kind: int) -> int:
    return sum(stock.pools[depot].get(kind, 0) for depot in depots)
