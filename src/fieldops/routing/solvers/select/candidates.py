"""The routes to choose from, as one table: what the pools of all streams hold, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fieldops.routing.solvers.search.arrays import CARRIED, FROZEN, OFFERED, REST, RESTS, Ints, Model
from fieldops.routing.solvers.search.pool import HEAD, JOBS, MET, PRICE, SHIFT

OF_BEST: Final = np.iinfo(np.int64).max  # MET of a route of the best plan


@dataclass(frozen=True)
class Candidates:
    """Routes to choose from, `k` of them; each job at most once, of each kind of shift no more than there are.

    Attributes
    ----------
    shift, kind, cost : int64 (k,)
        The shift on which the route was met, the kind of that shift, Money.
    begin, jobs : int64 (k + 1,), (sum of lengths,)
        Route `r` serves ``jobs[begin[r]:begin[r + 1]]``, in this order.
    met : int64 (k,)
        When the route was met last, in moves of its stream; the highest number there is for routes of the best plan.
    kind_of, many : int64 (shifts,), (kinds,)
        The kind of each shift; how many shifts are of each kind.
    best : int64
        The routes of the best plan.
    drawn, most : int64 (pools, k), (pools,)
        What each route draws from each pool of pieces that shifts share; how much each pool holds.
    """

    shift: Ints
    kind: Ints
    cost: Ints
    begin: Ints
    jobs: Ints
    met: Ints
    kind_of: Ints
    many: Ints
    best: Ints
    drawn: Ints
    most: Ints

    def route(self, index: int) -> list[int]:
        """Return the jobs of a route."""
        return [int(job) for job in self.jobs[self.begin[index] : self.begin[index + 1]]]

    def seated(self, chosen: Sequence[int]) -> list[tuple[int, list[int]]]:
        """Return the routes `chosen`, each with a shift of its kind: where they were met, if that is free."""
        shifts: dict[int, list[int]] = {}
        for shift, kind in enumerate(self.kind_of.tolist()):
            shifts.setdefault(kind, []).append(shift)
        seats, standing = [], []
        for index in chosen:
            shift, free = int(self.shift[index]), shifts[int(self.kind[index])]
            if shift in free:
                free.remove(shift)
                seats.append((shift, self.route(index)))
            else:
                standing.append(index)
        return seats + [(shifts[int(self.kind[index])].pop(0), self.route(index)) for index in standing]


def kinds(model: Model) -> tuple[Ints, Ints]:
    """Return the kind of each shift, and how many shifts are of each: those on which every route costs the same."""
    own = model.shift.copy()
    own[:, REST], width = 0, model.rests.shape[1]
    rests = np.zeros((len(own), width * int(own[:, RESTS].max(initial=0))), np.int64)
    for shift, (first, count) in enumerate(model.shift[:, [REST, RESTS]].tolist()):
        rests[shift, : width * count] = model.rests[first : first + count].ravel()
    m = len(own)
    vans, depots = model.stock[CARRIED : CARRIED + m], model.depot[:, OFFERED : OFFERED + m].T
    alike = np.ascontiguousarray(np.hstack([own, rests, vans, depots, model.pair]))
    rows = alike.view(np.dtype((np.void, alike.dtype.itemsize * alike.shape[1]))).ravel()
    _, kind, many = np.unique(rows, return_inverse=True, return_counts=True)
    return kind.astype(np.int64).ravel(), many.astype(np.int64)


def gather(model: Model, pools: Sequence[Ints], best: Sequence[tuple[int, int, Sequence[int], Ints]]) -> Candidates:
    """Return what the pools and the best plan hold: of equal kind, jobs and draws the cheapest route, once.

    Parameters
    ----------
    model
        The arrays that the routes are of.
    pools
        Tables of :mod:`fieldops.routing.solvers.search.pool`.
    best
        Shift, cost, jobs and what is drawn of each route of the best plan.
    """
    kind, many = kinds(model)
    shared = len(model.pools)
    rows = np.concatenate([pool[pool[:, JOBS] > 0] for pool in pools])
    rows = rows[model.shift[rows[:, SHIFT], FROZEN] == 0]
    width = max([rows.shape[1] - HEAD - shared, *(len(jobs) for _, _, jobs, _ in best)])
    table = np.zeros((len(rows) + len(best), HEAD + width), np.int64)
    last = rows.shape[1] - shared
    table[: len(rows), :last] = rows[:, :last]
    drawn = np.concatenate([rows[:, last:], *(taken[None, :] for _, _, _, taken in best)])
    for place, (shift, cost, jobs, _) in enumerate(best, len(rows)):
        table[place, [SHIFT, PRICE, JOBS, MET]] = shift, cost, len(jobs), OF_BEST
        table[place, HEAD : HEAD + len(jobs)] = jobs
    inside = np.arange(width) < table[:, JOBS, None]
    codes = model.codes[len(model.shift) + table[:, HEAD:]] * inside
    key = np.bitwise_xor.reduce(codes, axis=1)
    order = np.lexsort((-table[:, MET], table[:, PRICE], *drawn.T, key, kind[table[:, SHIFT]]))
    table, key, inside, drawn = table[order], key[order], inside[order], drawn[order]
    own = kind[table[:, SHIFT]]
    first = np.ones(len(table), bool)
    first[1:] = (key[1:] != key[:-1]) | (own[1:] != own[:-1]) | (drawn[1:] != drawn[:-1]).any(axis=1)
    stands = np.cumsum(first) - 1  # the row that stands for each: the cheapest of its like
    met = np.zeros(int(first.sum()), np.int64)
    np.maximum.at(met, stands, table[:, MET])
    chosen, inside = table[first], inside[first]
    return Candidates(
        shift=chosen[:, SHIFT].copy(), kind=own[first], cost=chosen[:, PRICE].copy(),
        begin=np.concatenate([[0], np.cumsum(chosen[:, JOBS])]).astype(np.int64), jobs=chosen[:, HEAD:][inside],
        met=met, kind_of=kind, many=many, best=np.flatnonzero(met == OF_BEST), drawn=drawn[first].T.copy(),
        most=model.pools,
    )  # fmt: skip
