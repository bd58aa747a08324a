"""Which subset-row cuts a mix of days violates.

A day serves *rows*: its jobs, and the shift it is lived on where that has no like. Of an odd set of rows, each served
once at most, days that serve two come to half the set at most, a day that serves four counted twice: a rank-one cut of
Chvatal and Gomory with halves (Jepsen, Petersen, Spoorendonk and Pisinger, 2008, for jobs; shifts as rows are
our own addition: people who differ make them bite).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.solvers.bound.marks import Cut
from fieldops.routing.solvers.bound.master import Floats

LEAST: Final = 0.02
AT_ONCE: Final = 60
OF_ROW: Final = 6  # cuts of one round that may count the same row
LARGEST: Final = 7
BEAM: Final = 150  # sets that are grown by two rows more, the best of each size ...
BEST: Final = 20  # ... and how many ways each is grown


def violated(serves: NDArray[np.bool_], mix: Floats, halt: Callable[[], bool]) -> list[Cut]:
    """Return sets of rows of which days come to more than they may, the worst first; none when time runs out.

    Parameters
    ----------
    serves : bool (rows, days)
        Whether a day serves a row.
    mix : float (days,)
        The share of each day.
    halt
        When to stop.
    """
    served = serves.astype(np.float64)
    pairs = (served * mix) @ served.T
    found: dict[Cut, float] = {}
    sets: list[Cut] = [(int(row),) for row in np.flatnonzero(pairs.diagonal() > LEAST)]
    while sets and len(sets[0]) < LARGEST:
        grown: dict[Cut, float] = {}
        for rows in sets:
            if halt():
                return []
            grown.update(_grown(rows, served, mix, pairs))
        found.update(grown)
        sets = sorted(grown, key=lambda rows: (-grown[rows], rows))[:BEAM]
    worst = sorted((-excess, len(rows), rows) for rows, excess in found.items() if excess > LEAST)
    counted = np.zeros(len(serves), np.int64)
    chosen = []
    for _, _, rows in worst:
        if (counted[list(rows)] < OF_ROW).all():
            counted[list(rows)] += 1
            chosen.append(rows)
    return chosen[:AT_ONCE]


def _grown(rows: Cut, served: Floats, mix: Floats, pairs: Floats) -> dict[Cut, float]:
    """Return the best sets with two rows more, and by how much the days exceed what they may come to.

    A day that serves an odd number of the set counts once more with either new row, one that serves an even
    number only with both.
    """
    own = served[list(rows)].sum(axis=0)
    odd = own % 2 == 1
    weighed = served[:, odd] * mix[odd]
    one = weighed.sum(axis=1)
    value = one[:, None] + one[None, :] + pairs - 2 * (weighed @ served[:, odd].T)
    value += float(mix @ (own // 2)) - (len(rows) + 1) // 2
    value[np.tri(len(value), dtype=bool)] = -np.inf
    value[list(rows)] = value[:, list(rows)] = -np.inf
    least = -np.partition(-value, BEST - 1, axis=None)[BEST - 1] if value.size > BEST else -np.inf
    best = np.flatnonzero(value.ravel() >= max(least, -0.5))  # in their order, so that equal ones keep it
    best = best[np.argsort(-value.ravel()[best], kind="stable")][:BEST]
    grown: dict[Cut, float] = {}
    for a, b in zip(*np.unravel_index(best, value.shape), strict=True):
        if value[a, b] > -0.5:
            grown[tuple(sorted((*rows, int(a), int(b))))] = float(value[a, b])
    return grown
