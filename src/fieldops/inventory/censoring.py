r"""Demand behind stock-outs: what was asked for where the count says only what was served.

A count y of a period in which there was stock for the share a (`DemandHistory.in_stock`) says of the demand D:

- 1: D = y;
- 0 < a < 1: y was asked for in that share of the time, and nothing is known of the rest;
- 0: D >= y, whenever in the period the shelf was empty. Without a piece used, that says nothing.

Leaving such periods out would keep the low demands and lose the high ones, which emptied the shelf. So each stands in
for its expectation, and mean m and variance v of a period's demand are the numbers that agree with what they imply (the
EM algorithm, Dempster, Laird and Rubin 1977, Journal of the Royal Statistical Society B 39; negative binomial demand
with lost sales: Agrawal and Smith 1996, Naval Research Logistics 43):

.. math:: m = \frac1n \sum_t E(D_t), \qquad v = \frac{\sum_t E(D_t - m)^2}{n - \sum_t n_t^2 / n},

with n_t = a (1 for a lower bound) and n its sum. In the rest of a period demand is as ever, so that

.. math:: E(D_t) = y + (1-a) m, \qquad E(D_t - m)^2 = (y - a m)^2 + (1-a) v :

without lower bounds m is usage over time in stock, whatever the distribution, also where demand itself ended that time
(Wald's equations). For lower bounds D is negative binomial (Poisson where v is not above m), and with X having the
parameters (r + k, p)

.. math:: E(D; D \ge y) = m P(X_1 \ge y - 1), \qquad E(D(D-1); D \ge y) = m^2 (1 + 1/r) P(X_2 \ge y - 2).

What a period adds to the number of observations is the part of the variance that it takes away, 1 - Var(D | seen)/v
(the missing information principle, Orchard and Woodbury 1972): a itself where only time is missing. So the doubt about
the mean grows with every stock-out. An item of which no time in stock is known has nothing to correct by: its usage is
taken as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammainc

from fieldops.errors import ConfigError
from fieldops.inventory.history import Counts, DemandHistory

Floats = NDArray[np.float64]

MOST_STEPS: Final = 100
CLOSE: Final = 1e-4
"""Relative change of mean and variance below which the steps end."""
MOST_SPREAD: Final = 2.0
"""Variance over mean, at most so many times that of the counts: where nothing above a bound was ever seen, no data hold
the tail, and without a limit variance and mean would drive each other up."""


@dataclass(frozen=True)
class Corrected:
    """Demand per period behind the counts, every array of shape (items,).

    Attributes
    ----------
    observed
        Periods that the counts are worth; those cut short are worth less than one.
    mean, variance
        Of the demand per period.
    """

    observed: Floats
    mean: Floats
    variance: Floats


def corrected(history: DemandHistory) -> Corrected:
    """Estimate the demand of every item from counts that stock-outs cut short.

    Half of March without stock: one piece in half a month is two in a month.

    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 2, 1]], parts=["P1"], first=date(2026, 1, 1), in_stock=[[1, 1, 0.5]])
    >>> found = corrected(history)
    >>> float(found.mean[0]), float(found.observed[0])
    (2.0, 2.5)
    """
    cells = Cells.of(history)
    mean = cells.counts.sum(axis=0) / np.maximum(cells.number, 1e-300)
    lowest = np.where(cells.bound, (cells.counts - mean) ** 2, 0.0).sum(axis=0)
    variance, worth = cells.spread(mean, lowest), cells.share.sum(axis=0)
    items = np.flatnonzero(cells.bound.any(axis=0))
    if len(items):
        some = cells.take(items)
        mean[items], variance[items], doubt = _agree(some, mean[items], variance[items])
        own = items[np.nonzero(some.bound)[1]]
        told = np.clip(1.0 - doubt / np.maximum(variance[own], 1e-300), 0.0, 1.0)
        worth += np.bincount(own, told, minlength=len(worth))
    return Corrected(worth, mean, np.where(worth > 1, variance, mean))


def expected(history: DemandHistory) -> Counts:
    """Give the counts with what stock-outs cut short replaced by its expectation, shape (periods, items).

    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 2, 1]], parts=["P1"], first=date(2026, 1, 1), in_stock=[[1, 1, 0.5]])
    >>> expected(history)[:, 0].tolist()
    [2.0, 2.0, 2.0]
    """
    items = np.flatnonzero(history.censored())
    if not len(items):
        return history.counts
    some = history.take(items)
    counts, found, cells = some.counts, corrected(some), Cells.of(some)
    at, item = np.nonzero(np.isfinite(counts) & (cells.share < 1))
    y, a, m = counts[at, item], cells.share[at, item], found.mean[item]
    bounds = _beyond(y, m, found.variance[item])[0]
    counts[at, item] = np.where(cells.bound[at, item], bounds, y + (1.0 - a) * m)
    filled = history.counts.copy()
    filled[:, items] = counts
    return filled


def refuse(history: DemandHistory, name: str) -> None:
    """Raise ConfigError for a way to fit, `name`, that has no answer to stock-outs.

    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0]], parts=["P1"], first=date(2026, 1, 1), in_stock=[[True, False]])
    >>> refuse(history.uncensored(), "willemain")
    """
    if history.censored().any():
        raise ConfigError(
            f"{name} can't take counts that stock-outs cut short; take negative_binomial, poisson, "
            "compound_poisson_geometric or empirical, or leave those periods out: history.uncensored()"
        )


@dataclass(frozen=True)
class Cells:
    """Counts with 0 for what isn't observed, time in stock, which are lower bounds; and n. All (periods, items)."""

    counts: Floats
    share: Floats
    bound: NDArray[np.bool_]
    number: Floats

    @classmethod
    def of(cls, history: DemandHistory) -> Cells:
        """Take the cells of a history; items without any time in stock as if they always had some."""
        seen = np.isfinite(history.counts)
        counts = np.where(seen, history.counts, 0.0)
        share = seen.astype(np.float64) if history.in_stock is None else np.where(seen, history.in_stock, 0.0)
        share = np.where(share.sum(axis=0) > 0, share, seen)
        bound = seen & (share == 0) & (counts > 0)
        return cls(counts, share, bound, share.sum(axis=0) + bound.sum(axis=0))

    def take(self, items: NDArray[np.int64]) -> Cells:
        """Keep the items at these positions."""
        return Cells(self.counts[:, items], self.share[:, items], self.bound[:, items], self.number[items])

    def served(self) -> Floats:
        """Pieces used in known time in stock."""
        return np.asarray(np.where(self.bound, 0.0, self.counts).sum(axis=0))

    def spread(self, mean: Floats, squares: Floats) -> Floats:
        """Solve the equation of v, given what the lower bounds imply for the sum of E(D - m)^2."""
        total, weight = squares.copy(), np.zeros_like(mean)
        for y, a, low in zip(self.counts, self.share, self.bound, strict=True):
            total += np.where(a > 0, (y - a * mean) ** 2, 0.0)
            weight += np.where(low, 1.0, a * a)
        freedom = self.number - weight / np.maximum(self.number, 1e-300)
        return np.where(freedom > 1e-9, total / np.where(freedom > 1e-9, freedom, 1.0), mean)


def _agree(cells: Cells, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
    """Repeat expectation and moments until they agree; give them and Var(D | D >= y) of each lower bound."""
    at, own = np.nonzero(cells.bound)
    y, doubt = cells.counts[at, own], np.zeros(len(own))
    most = MOST_SPREAD * np.maximum(variance / np.maximum(mean, 1e-300), 1.0)
    mean, variance, going = mean.copy(), variance.copy(), np.arange(len(mean))
    for _ in range(MOST_STEPS):
        here = np.flatnonzero(np.isin(own, going))
        first, second = _beyond(y[here], mean[own[here]], variance[own[here]])
        doubt[here] = np.maximum(second - first**2, 0.0)
        some, column = cells.take(going), np.searchsorted(going, own[here])
        now = (some.served() + np.bincount(column, first, minlength=len(going))) / some.number
        squares = second - 2 * first * now[column] + now[column] ** 2
        spread = some.spread(now, np.bincount(column, squares, minlength=len(going)).astype(np.float64))
        spread = np.minimum(spread, now * most[going])
        change = np.maximum(abs(now - mean[going]) / now, abs(spread - variance[going]) / np.maximum(spread, 1e-300))
        mean[going], variance[going] = now, spread
        going = going[change > CLOSE]
        if not len(going):
            break
    return mean, variance, doubt


def _beyond(y: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """E(D | D >= y) and E(D^2 | D >= y) of negative binomial demand, Poisson where the variance is not above the mean.

    Where D >= y is next to impossible by mean and variance, D is taken for y.
    """
    above, one, two = (_tail(np.ceil(y) - k, k, mean, variance) for k in (0, 1, 2))
    over = variance > mean * (1 + 1e-9)
    r = np.where(over, mean**2 / np.where(over, variance - mean, 1.0), np.inf)
    possible = above > 1e-12
    safe = np.where(possible, above, 1.0)
    first = mean * one / safe
    second = mean**2 * (1 + 1 / r) * two / safe + first
    return np.where(possible, np.maximum(first, y), y), np.where(possible, np.maximum(second, y * y), y * y)


def _tail(y: Floats, k: int, mean: Floats, variance: Floats) -> Floats:
    """P(X >= y) for X with the parameters (r + k, p): Poisson in the limit."""
    over = variance > mean * (1 + 1e-9)
    p = np.where(over, mean / np.where(over, variance, 1.0), 0.5)
    r = np.where(over, mean**2 / np.where(over, variance - mean, 1.0), 1.0) + k
    some = np.maximum(y, 1.0)
    chance = np.where(over, betainc(some, np.maximum(r, 1e-300), 1 - p), gammainc(some, mean))
    return np.where(y <= 0, 1.0, chance)
