r"""ADIDA and IMAPA: rates smoothed over buckets of time long enough to hold demand.

A sparse series is added up in buckets of m periods (counted from its end, so that the remainder is lost at the start);
the sums are smoothed exponentially, f += a (y - f), and divided by m.

- ``adida``: m is the mean interval between demands, rounded (Nikolopoulos, Syntetos, Boylan, Petropoulos and
  Assimakopoulos 2011, Journal of the Operational Research Society 62);
- ``imapa``: the mean over m = 1 .. that interval (Petropoulos and Kourentzes 2015, ibid. 66).

The constant a of each series and m is the one in 0.1 .. 0.3 with the least squared error one bucket ahead, as in
statsforecast, whose numbers these are. The first interval counts from the start of the series. Like Croston's, the rate
of a part nobody asks for any more only falls as whole buckets stay empty.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from fieldops.inventory.demand.base import Floats, Ints

LEAST: Final = 0.1
MOST: Final = 0.3
GRID: Final = 9
PASSES: Final = 10
BLOCK: Final = 1 << 13
"""Items smoothed at once: what they need stays near the processor."""


def adida(counts: Floats) -> tuple[Floats, Floats]:
    """Smooth at each item's mean interval.

    Parameters
    ----------
    counts
        Shape (periods, items), NaN where not observed: such periods take no time.

    Returns
    -------
    tuple
        Rate per period and the periods that a plain mean as doubtful would have, shape (items,).

    Examples
    --------
    >>> rate, periods = adida(np.array([[0.0, 2, 0, 0, 0, 2, 0, 0, 1, 0, 0, 1]]).T)
    >>> float(rate[0].round(3)), float(periods[0].round(1))
    (0.497, 12.0)
    """
    aligned = _aligned(counts)
    return _at(aligned, _level(aligned))


def imapa(counts: Floats) -> tuple[Floats, Floats]:
    """Smooth at every interval up to the mean one and take the mean; as `adida`.

    >>> float(imapa(np.array([[0.0, 2, 0, 0, 0, 2, 0, 0, 1, 0, 0, 1]]).T)[0][0].round(3))
    0.459
    """
    aligned = _aligned(counts)
    top = _level(aligned)
    rate, periods = np.zeros(len(top)), np.zeros(len(top))
    for level in range(1, int(top.max(initial=0)) + 1):
        items = np.flatnonzero(top >= level)
        one, doubt = _at(aligned[:, items], np.full(len(items), level))
        rate[items] += one
        periods[items] += doubt
    return rate / np.maximum(top, 1), periods / np.maximum(top, 1)


def _aligned(counts: Floats) -> Floats:
    """Put what was observed at the end of each column, in its order."""
    seen = np.isfinite(counts)
    if seen.all():
        return counts
    return np.asarray(np.take_along_axis(counts, np.argsort(seen, axis=0, kind="stable"), axis=0))


def _level(aligned: Floats) -> Ints:
    """Mean interval in whole periods, 0 where nothing was demanded."""
    used = aligned > 0
    demands = used.sum(axis=0)
    unseen = np.isnan(aligned).sum(axis=0)
    last = len(aligned) - used[::-1].argmax(axis=0) - unseen
    return np.where(demands > 0, np.rint(last / np.maximum(demands, 1)), 0).astype(np.int64)


def _at(aligned: Floats, level: Ints) -> tuple[Floats, Floats]:
    """Smooth each item at its own level; items of one level together."""
    rate, periods = np.zeros(len(level)), np.zeros(len(level))
    for m in np.unique(level[level > 0]).tolist():
        found = np.flatnonzero(level == m)
        for block in range(0, len(found), BLOCK):
            items = found[block : block + BLOCK]
            rate[items], periods[items] = _bucketed(aligned[:, items], m)
    return rate, periods


def _bucketed(aligned: Floats, m: int) -> tuple[Floats, Floats]:
    """Smooth in buckets of m periods."""
    number = len(aligned) // m
    sums = aligned[len(aligned) - number * m :].reshape(number, m, -1).sum(axis=1)
    constant = _best_constant(sums)
    observed = np.isfinite(aligned).sum(axis=0)
    return _smooth(sums, constant)[0] / m, np.minimum((2 - constant) / constant * m, observed)


def _best_constant(sums: Floats) -> Floats:
    """Search a in 0.1 .. 0.3 with the least squared error: ever finer grids around the best so far."""
    low, high = np.full(sums.shape[1], LEAST), np.full(sums.shape[1], MOST)
    best = low
    for _ in range(PASSES):
        grid = low + np.linspace(0.0, 1.0, GRID)[:, None] * (high - low)
        at = _smooth(sums, grid)[1].argmin(axis=0)
        best, width = np.take_along_axis(grid, at[None], axis=0)[0], (high - low) / (GRID - 1)
        low, high = np.maximum(best - width, LEAST), np.minimum(best + width, MOST)
    return np.asarray(best)


def _smooth(sums: Floats, a: Floats) -> tuple[Floats, Floats]:
    """Smooth whole columns; the level after the last bucket and the squared error, for each row of constants."""
    now, error = np.full(a.shape, np.nan), np.zeros(a.shape)
    for row in sums:
        begun = np.isfinite(now)  # NaN is before the start
        gap = np.where(begun, row - now, 0.0)
        error += gap**2
        now = np.where(begun, now + a * gap, row)
    return now, error
