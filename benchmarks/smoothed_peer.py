"""One of the nine published methods that its scripts determine: simple exponential smoothing, normal or gamma demand.

Before each period the smoothing constant of an item is the one with the least mean absolute rate (Kourentzes 2014,
International Journal of Production Economics 156), started by its first period. The forecast and the sample deviation
of all that is known give a normal or a gamma distribution; the level is the least whole number whose expected shortage
is at most (1 - target) x mean, but not more than the largest period seen so far.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.special import gammainc, ndtr

from benchmarks.lost_sales import Floats

CONSTANTS: Final = np.linspace(0.0, 1.0, 101)
"""Smoothing constants that are tried; the scripts search between them."""
SETTLED: Final = 0.3
"""Share of the periods after which the rate to come near to is the running mean; before, it is the mean up to there."""

Shortage = Callable[[Floats, Floats, Floats], Floats]


def normal_shortage(mean: Floats, deviation: Floats, level: Floats) -> Floats:
    """Give E(D - y)+ of normal demand."""
    z = (level - mean) / deviation
    return np.asarray(deviation * np.exp(-z * z / 2) / np.sqrt(2 * np.pi) + (mean - level) * ndtr(-z))


def gamma_shortage(mean: Floats, deviation: Floats, level: Floats) -> Floats:
    """Give E(D - y)+ of gamma demand by its two moments."""
    shape = (mean / deviation) ** 2
    at = level * mean / deviation**2
    return np.asarray(mean * (1 - gammainc(shape + 1, at)) - level * (1 - gammainc(shape, at)))


SHORTAGES: Final[dict[str, Shortage]] = {"normal": normal_shortage, "gamma": gamma_shortage}


def smoothed(counts: Floats, split: int) -> Floats:
    """Forecast each period held out from all before it, shape (periods held out, items)."""
    periods, items = counts.shape
    running = np.cumsum(counts, axis=0) / np.arange(1, periods + 1)[:, None]
    least, found = np.full((periods - split, items), np.inf), np.zeros((periods - split, items))
    for constant in CONSTANTS:
        rate = np.empty((periods + 1, items))
        rate[0] = counts[0]
        for at, row in enumerate(counts):
            rate[at + 1] = constant * row + (1 - constant) * rate[at]
        error = np.vstack([np.zeros(items), np.cumsum(np.abs(rate[:-1] - running), axis=0)])
        for at, known in enumerate(range(split, periods)):
            first = int(np.ceil(SETTLED * known))
            early = np.abs(rate[:first] - running[first - 1]).sum(axis=0)
            cost = error[known] - error[first] + early
            better = cost < least[at]
            least[at][better], found[at][better] = cost[better], rate[known][better]
    return found


def largest(counts: Floats, split: int) -> Floats:
    """Give the largest period known before each one held out: what no published level is above."""
    return np.asarray(np.maximum.accumulate(counts, axis=0)[split - 1 : -1])


def levels(mean: Floats, deviation: Floats, most: Floats, target: float, shortage: Shortage) -> Floats:
    """Find the least whole levels by halving; shape as `mean`."""
    low, high = np.full(mean.shape, -1.0), most.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            enough = shortage(mean, deviation, middle) <= (1 - target) * mean
            open_still = high - low > 1
            high = np.where(open_still & enough, middle, high)
            low = np.where(open_still & ~enough, middle, low)
    return np.where(mean > 0, high, 0.0)


def deviations(counts: Floats, split: int) -> Floats:
    """Give the sample deviation of all that is known before each period held out."""
    return np.array([counts[:known].std(axis=0, ddof=1) for known in range(split, len(counts))])
