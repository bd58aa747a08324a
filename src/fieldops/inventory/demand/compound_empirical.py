"""Compound Poisson demand whose sizes are those that were seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from fieldops.inventory.censoring import refuse
from fieldops.inventory.demand.base import Counted, Floats, Interval, Ints, Items, Mask, Table, gamma_table, total
from fieldops.inventory.demand.compound import few_or_many
from fieldops.inventory.demand.sampled import sizes_of
from fieldops.inventory.history import DemandHistory


@dataclass(frozen=True)
class CompoundEmpirical:
    r"""Poisson orders whose sizes are those that were seen, with doubt about their rate.

    Each of the k periods with demand (of n observed) counts as one order, of the size Z that it had, so the rate is
    lambda = k/n and mean demand keeps d = lambda E Z. The rate is in doubt: gamma distributed with shape r, which makes
    the number of orders over L periods negative binomial, a = lambda L/(r + lambda L), b = (r - 1) a, and the demand

    .. math:: P(0) = \left(\frac{1-a}{1-a f_0}\right)^r, \qquad
              P(x) = \frac{1}{1 - a f_0} \sum_{j=1}^{x} \left(a + \frac{b j}{x}\right) f_j P(x - j)

    (Panjer 1981, ASTIN Bulletin 12). With r = k (E Z)^2 / E Z^2 the variance is L s2 + L^2 s2/n as in
    ``negative_binomial``, s2 = lambda E Z^2. Lumps stay lumps: a part that goes by the dozen has levels by the dozen.

    A size with a fraction of a piece goes to its two neighbours so that the mean is kept. Where more than half of the
    periods have demand, two orders often fall into one of them and the sizes are no longer seen; such items are passed
    on to the default model.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[12, 0, 0, 0]], parts=["P1"], first=date(2026, 1, 1))
    >>> lead = CompoundEmpirical().fit(history).over(np.array([1.0]))
    >>> lead.probabilities(24)[[0, 1, 12, 24], 0].round(3).tolist()
    [0.8, 0.0, 0.16, 0.032]
    """

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "compound_poisson_empirical"

    def fit(self, history: DemandHistory) -> CompoundFit:
        """Keep every item's sizes and how often they came; ConfigError where stock-outs cut counts short."""
        refuse(history, self.name)
        seen, observed = sizes_of(history), np.isfinite(history.counts).sum(axis=0)
        orders = np.isfinite(seen).sum(axis=0)
        share = np.isfinite(seen) / np.maximum(orders, 1)
        merged = _merged(*_shared(np.where(np.isfinite(seen), seen, 0.0), share))
        return CompoundFit(orders / np.maximum(observed, 1), orders.astype(np.float64), *merged)


def _shared(sizes: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Share sizes with a fraction between the whole ones next to them so that their mean is kept."""
    whole = np.floor(sizes)
    part = sizes - whole
    if not part.any():
        return sizes, weights
    return np.concatenate([whole, whole + 1]), np.concatenate([weights * (1 - part), weights * part])


def _merged(sizes: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Put equal sizes of an item together: rows are then as many as an item has different sizes."""
    order = np.argsort(np.where(weights > 0, sizes, np.inf), axis=0, kind="stable")
    sizes, weights = np.take_along_axis(sizes, order, axis=0), np.take_along_axis(weights, order, axis=0)
    new = np.concatenate([np.zeros_like(sizes[:1], dtype=bool), (sizes[1:] != sizes[:-1]) & (weights[1:] > 0)])
    row, width = np.cumsum(new, axis=0), sizes.shape[1]
    height = int(row.max(initial=0)) + 1
    flat, used = (row * width + np.arange(width)).ravel(), weights.ravel() > 0
    share, value = np.bincount(flat, weights.ravel(), minlength=height * width), np.zeros(height * width)
    value[flat[used]] = sizes.ravel()[used]
    return value.reshape(height, width), share.astype(np.float64).reshape(height, width)


@dataclass(frozen=True)
class CompoundFit:
    """Orders a period, orders seen, and the sizes with their shares, of shape (sizes, items)."""

    frequency: Floats
    orders: Floats
    sizes: Floats
    weights: Floats

    @property
    def rate(self) -> Floats:
        """Mean demand per period."""
        return self.frequency * total(self.sizes * self.weights)

    @property
    def breadth(self) -> int:
        """Sizes and shares, for three demands."""
        return 6 * len(self.sizes)

    def able(self, lead: Floats, review: Floats) -> Mask:
        """Which items have demand in no more than half of the periods."""
        return self.frequency <= 0.5

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return replace(self, **{name: values[..., items] for name, values in vars(self).items()})

    def interval(self, lead: Floats, review: Floats) -> Interval:
        """Give the demands over lead time, protection interval and review interval."""
        return Interval(self.over(lead), self.over(lead + review), self.over(review))

    def over(self, length: Floats) -> CompoundDemand:
        """Demand over `length` periods."""
        mean, square = (total(self.sizes**power * self.weights) for power in (1, 2))
        number = self.frequency * length
        shape = np.where(square > 0, self.orders * mean**2 / np.where(square > 0, square, 1.0), 1.0)
        variance = number * square + (number * mean) ** 2 / shape
        return CompoundDemand(number * mean, variance, number, shape, self.sizes, self.weights)


@dataclass(frozen=True)
class CompoundDemand(Counted):
    """A negative binomial number of orders (mean `number`, shape `shape`) of sizes with given shares."""

    mean: Floats
    variance: Floats
    number: Floats
    shape: Floats
    sizes: Floats
    weights: Floats

    def take(self, items: Items) -> Self:
        """Keep the items at these positions, and no more rows of sizes than they need."""
        used = {name: values[..., items] for name, values in vars(self).items()}
        most = max(int((used["weights"] > 0).sum(axis=0).max(initial=1)), 1)
        return replace(self, **{**used, "sizes": used["sizes"][:most], "weights": used["weights"][:most]})

    def probabilities(self, upto: int) -> Floats:
        """Tabulate by Panjer's recursion."""
        return self._panjer(upto, self.sizes, self.weights)

    def in_lots(self, upto: int, lot: Ints) -> Table:
        """Tabulate with every size shared between the two lots next to it, which keeps its mean."""
        few = self._panjer(upto, *_shared(self.sizes / lot, self.weights))
        return few_or_many(few, self.number, gamma_table(self.mean, self.variance, upto, lot), self.mean, lot)

    def _panjer(self, upto: int, sizes: Floats, weights: Floats) -> Floats:
        items = np.arange(len(self.mean))
        a = self.number / (self.shape + self.number)
        scale = 1.0 / (1.0 - a * total(weights * (sizes == 0)))
        share = np.where(sizes > 0, weights, 0.0) * scale
        first, second = a * share, (self.shape - 1.0) * a * share * sizes
        table = np.zeros((upto + 1, len(items)))
        table[0] = np.exp(self.shape * np.log((1.0 - a) * scale))
        whole = np.minimum(sizes, upto + 1).astype(np.int64)
        for x in range(1, upto + 1):
            row = x - whole
            before = np.where(row >= 0, table[np.maximum(row, 0), items], 0.0)
            table[x] = total((first + second / x) * before)
        return table
