"""What the histories of a range say of its parts' frequencies and sizes of demand, and how far each part differs.

The estimates that `pooled` weighs a part's own history by (empirical Bayes; Buhlmann and Gisler 2005).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammaln

from fieldops.inventory.demand.base import Floats, Ints
from fieldops.inventory.history import Counts, DemandHistory

CEILING: Final = 0.98
"""Part means above this quantile of their group count as it: one part with millions must not move its neighbours."""
LIGHTEST: Final = 1e-6
"""Least weight of a group in periods: nothing beside one period of a part, everything where none was observed."""
HEAVIEST: Final = 1e6
"""Weight where the halves have nothing in common: more periods than any history has, so the group alone counts."""
UNHEARD: Final = -20.0
"""Logarithm of the least chance that a count is given, one in 500 million; beyond, a count is odd and no more."""


@dataclass(frozen=True)
class Sizes:
    """Observed periods, demands, mean size and summed squared deviation of the sizes, each of shape (items,)."""

    observed: Floats
    demands: Floats
    mean: Floats
    squares: Floats

    @classmethod
    def of(cls, history: DemandHistory) -> Sizes:
        """Take them in one pass over whole rows (Welford 1962)."""
        observed, demands, mean, squares = (np.zeros(history.n_items) for _ in range(4))
        for row in history.counts:
            asked = row > 0
            observed += np.isfinite(row)
            demands += asked
            change = np.where(asked, row - mean, 0.0)
            mean += change / np.maximum(demands, 1.0)
            squares += change * np.where(asked, row - mean, 0.0)
        return cls(observed, demands, mean, squares)

    @property
    def relative_squares(self) -> Floats:
        """Squared deviations in squares of the mean: (k - 1) CV2."""
        return np.asarray(self.squares / np.where(self.demands > 0, self.mean, 1.0) ** 2)


def sizes(seen: Sizes, group: Ints, groups: int) -> tuple[Floats, Floats]:
    """Mean size of each group, and the relative variance of the sizes about the mean of their part."""
    used = np.flatnonzero(seen.demands > 0)
    used = used[np.lexsort((seen.mean[used], group[used]))]
    k, mean, mine = seen.demands[used], seen.mean[used], group[used]
    number = np.bincount(mine, minlength=groups)
    last = np.cumsum(number) - number + np.floor(CEILING * np.maximum(number - 1, 0)).astype(np.int64)
    ceiling = mean[np.minimum(last, len(mean) - 1)]
    sums = [
        np.bincount(mine, values, minlength=groups)
        for values in (k * np.minimum(mean, ceiling[mine]), k, seen.relative_squares[used], k - 1.0)
    ]
    size = np.where(sums[1] > 0, sums[0] / np.maximum(sums[1], 1.0), 1.0)
    return size, np.where(sums[3] > 0, sums[2] / np.maximum(sums[3], 1.0), 1.0)


def weight_in_periods(history: DemandHistory, frequency: Floats) -> float:
    """Weight of a group's frequency in periods, by what the halves of the histories have in common."""
    middle = history.n_periods // 2
    apart = []
    for half in (history.counts[:middle], history.counts[middle:]):
        seen, used = np.zeros(history.n_items), np.zeros(history.n_items)
        for row in half:
            seen += np.isfinite(row)
            used += row > 0
        apart.append(np.where(seen > 0, used / np.maximum(seen, 1.0) - frequency, np.nan))
    both = np.isfinite(apart[0] * apart[1])
    common = float((apart[0] * apart[1])[both].mean()) if both.any() else 0.0
    within = float((frequency * (1.0 - frequency)).mean()) - common
    if common <= 0:
        return HEAVIEST
    return min(max(within / common, LIGHTEST), HEAVIEST)


def log_likelihood(counts: Counts, mean: Floats, variance: Floats) -> float:
    """Log-likelihood of counts (periods, items), NaN where not observed, that are negative binomial by these moments.

    A count x has r ln p + ln G(x + r)/(G(r) x!) + x ln(1 - p), with r = m^2/(v - m) and p = m/v, and `UNHEARD` at
    least: a single count of a million must not outweigh all the others.

    >>> found = log_likelihood(np.array([[0.0], [1.0]]), np.array([1.0]), np.array([2.0]))  # 1/2, 1/4
    >>> round(float(np.exp(found)), 9)
    0.125
    """
    excess = np.maximum(variance - mean, 1e-6 * mean)  # Poisson is the limit
    shape, beyond = mean**2 / excess, excess / (mean + excess)
    never = shape * np.log1p(-beyond)
    row, item = np.nonzero(counts > 0)  # most are 0, and all the zeros of an item are alike
    asked, at = counts[row, item], shape[item]
    some = (never - gammaln(shape))[item] + gammaln(asked + at) - gammaln(asked + 1.0) + asked * np.log(beyond)[item]
    zeros = (counts == 0).sum(axis=0)
    return float(np.maximum(some, UNHEARD).sum() + (zeros * np.maximum(never, UNHEARD)).sum())
