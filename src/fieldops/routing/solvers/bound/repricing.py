"""What another day costs at least at the prices that prove a bound: the price of an hour, of a skill."""

from __future__ import annotations

import numpy as np

from fieldops.routing.program import Program
from fieldops.routing.solvers.bound.ground import ROOM, dearest, kinds_of, scale, signature
from fieldops.routing.solvers.bound.labels import EXACT
from fieldops.routing.solvers.bound.pricing import Pricer
from fieldops.routing.solvers.bound.root import Bound
from fieldops.routing.solvers.solver import Halt


def reprice(found: Bound, before: Program, after: Program, halt: Halt) -> int | None:
    """Return by how much the bound falls at most when `before` becomes `after`, in parts of Money (`Bound.fine`).

    Both hold the same jobs. Only shifts that changed are priced anew. At the prices of `found` every plan of `after`
    that leaves out no more worth than `found.worth` costs, each unit of worth it leaves out priced as well, the bound
    less this at least (Lagrange; as in :mod:`fieldops.routing.solvers.bound.root`).

    Returns None when time runs out, or where the changed prices can't be counted as finely.

    Raises
    ------
    ValueError
        When the jobs aren't the same.
    """
    if _jobs(before) != _jobs(after):
        raise ValueError("prices hold for the jobs they were made for; the changed program holds others")
    known = {shift.id: signature(before, number) for number, shift in enumerate(before.shifts)}
    changed = [n for n, shift in enumerate(after.shifts) if known.get(shift.id) != signature(after, n)]
    ids = {after.shifts[number].id for number in changed}
    gone = ids | (known.keys() - {shift.id for shift in after.shifts})
    was = sum(least for shift, least in found.shift_prices.items() if shift in gone)
    if not changed:
        return was
    kinds = kinds_of(after, halt, changed)
    if kinds is None or found.fine * (len(after.jobs) + 1) * dearest(kinds) > ROOM:
        return None
    scale(kinds, found.fine)
    profits = np.array([found.job_prices[job.id] for job in after.jobs], np.int64)
    run = Pricer(kinds).price(profits, effort=EXACT, halt=halt)
    if not run.complete:
        return None
    return was - sum(len(kind.shifts) * least for kind, least in zip(kinds, run.least, strict=True))


def _jobs(program: Program) -> tuple[object, ...]:
    """Return what the pricer reads of jobs apart from who may do them."""
    arrays = (program.job_place, program.service, program.due_at, program.due_rate, program.worth, program.pinned)
    windows = tuple(map(tuple, program.windows))
    return (*(job.id for job in program.jobs), windows, *(array.tobytes() for array in arrays))
