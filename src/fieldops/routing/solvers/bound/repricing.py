"""What another day costs at least at the prices that prove a bound: of an hour, of a skill, of a piece of a part."""

from __future__ import annotations

from itertools import chain

import numpy as np

from fieldops.routing.program import Program
from fieldops.routing.solvers.bound.certificate import Bound
from fieldops.routing.solvers.bound.ground import ROOM, dearest, kinds_of, scale, signature
from fieldops.routing.solvers.bound.labels import EXACT
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.bound.pricing import Pricer
from fieldops.routing.solvers.solver import Halt
from fieldops.routing.stock import NOWHERE


def reprice(found: Bound, before: Program, after: Program, halt: Halt) -> int | None:
    """Return by how much the bound falls at most when `before` becomes `after`, in parts of Money (`Bound.fine`).

    Both hold the same jobs and pools. Only shifts that changed are priced anew. At the prices of `found` every plan of
    `after` that leaves out no more worth than `found.worth` costs, each unit of worth it leaves out priced as well, the
    bound less this at least (Lagrange; as in :mod:`fieldops.routing.solvers.bound.root`).

    Returns None when time runs out, or where the changed prices can't be counted as finely.

    Raises
    ------
    ValueError
        When the jobs or the pools aren't the same, or what vans hold and depots are in reach.
    """
    if before.stock.pools != after.stock.pools:
        raise ValueError("prices hold for the pools they were made for; the changed program holds others")
    gains = _gains(found, before, after, halt)
    return None if gains is None else sum(gains)


def price_piece(found: Bound, before: Program, after: Program, depot: str, kind: str, halt: Halt) -> int | None:
    """Return by how much the bound falls at most when `depot` has one piece of `kind` more, which `after` says.

    That is the price of the pools' rows that it counts for, and the gain of one shift: orders that could be done
    nowhere for lack of this piece need it, so only one of all days can hold such an order.

    Returns None, and raises, as :func:`reprice`; and raises where more has changed than who gets what an order needs.
    """
    piece = before.depot_index[depot], before.stock.kinds.get(kind, NOWHERE)
    if _besides(before, piece) != _besides(after, piece):
        raise ValueError("a piece has a price where nothing else changes; the changed program concedes something else")
    gains = _gains(found, before, after, halt)
    return None if gains is None else found.piece_prices.get((depot, kind), 0) + max([0, *gains])


def _besides(program: Program, piece: tuple[int, int]) -> tuple[object, ...]:
    """Return the pools but for one kind in one depot, and what shifts may be conceded."""
    pools = [
        {kind: held for kind, held in pool.items() if (depot, kind) != piece}
        for depot, pool in enumerate(program.stock.pools)
    ]
    limits = program.overtime_max, program.drive_max_s, program.drive_max_m
    return pools, program.rests, *(limit.tobytes() for limit in limits)


def _gains(found: Bound, before: Program, after: Program, halt: Halt) -> list[int] | None:
    """Return by how much the best day of each changed shift gains more than before."""
    if _jobs(before) != _jobs(after):
        raise ValueError("prices hold for the jobs they were made for; the changed program holds others")
    old = Pools(before)
    new = old.on(Pools(after))
    known = {shift.id: signature(before, old, number) for number, shift in enumerate(before.shifts)}
    changed = [n for n, shift in enumerate(after.shifts) if known.get(shift.id) != signature(after, new, n)]
    gone = known.keys() - {shift.id for shift in after.shifts}
    gains = [found.shift_prices[shift] for shift in sorted(gone)]
    if not changed:
        return gains
    kinds = kinds_of(after, new, halt, changed)
    if kinds is None or found.fine * (len(after.jobs) + 1) * dearest(kinds) > ROOM:
        return None
    scale(kinds, found.fine)
    for kind in kinds:
        local = {int(job): at for at, job in enumerate(kind.jobs)}
        for at, job in chain.from_iterable(found.memory.get(after.shifts[shift].id, ()) for shift in kind.shifts):
            if at in local and job in local:
                kind.remember(local[at], local[job])
    profits = np.array([found.job_prices[job.id] for job in after.jobs], np.int64)
    run = Pricer(kinds).price(profits, np.array(found.pool_prices, np.int64), effort=EXACT, halt=halt)
    if not run.complete:
        return None
    for kind, least in zip(kinds, run.least, strict=True):
        gains += [found.shift_prices.get(after.shifts[shift].id, 0) - least for shift in kind.shifts]
    return gains


def _jobs(program: Program) -> tuple[object, ...]:
    """Return what the pricer reads of jobs apart from who may do them."""
    arrays = (program.job_place, program.service, program.due_at, program.due_rate, program.worth, program.pinned)
    windows = tuple(map(tuple, program.windows))
    needs = tuple(tuple(sorted(need.items())) for need in program.stock.needs), tuple(program.stock.kinds.items())
    return (*(job.id for job in program.jobs), windows, needs, *(array.tobytes() for array in arrays))
