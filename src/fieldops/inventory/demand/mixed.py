"""Demand over a stretch of time whose length is itself a matter of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from fieldops.inventory.demand.base import (
    LOT_MEAN,
    Counted,
    Demand,
    Floats,
    Interval,
    Ints,
    Items,
    Table,
    gamma_table,
)


@dataclass(frozen=True)
class Mixed:
    r"""A mixture: with the chance w_j the demand is that of the j-th length.

    .. math:: P(x) = \sum_j w_j P_j(x), \qquad m = \sum_j w_j m_j, \qquad v = \sum_j w_j (v_j + m_j^2) - m^2.

    With :math:`m_j = d L_j` and :math:`v_j = L_j s^2` that is :math:`v = E[L] s^2 + d^2 \mathrm{Var}\,L` (Hadley and
    Whitin 1963, ch. 3). The distribution itself is no member of the models' families: a late order makes a second hump
    or a long tail, which two moments alone would smooth away.

    Attributes
    ----------
    parts
        The demands, one for each length; all of the same items.
    weights
        Chance of each, shape (lengths, items); 0 beyond an item's own.
    mean, variance
        Of the mixture.
    """

    parts: tuple[Demand, ...]
    weights: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def of(cls, parts: Sequence[Demand], weights: Floats) -> Mixed:
        """Mix demands; variances are summed about the mean, so that nothing cancels."""
        mean, variance = np.zeros(weights.shape[1]), np.zeros(weights.shape[1])
        for one, share in zip(parts, weights, strict=True):
            mean += share * one.mean
        for one, share in zip(parts, weights, strict=True):
            variance += share * (one.variance + (one.mean - mean) ** 2)
        return cls(tuple(parts), weights, mean, variance)

    def table(self, upto: int, lot: Ints) -> Table:
        """Mix the tables."""
        cdf, short = np.zeros((upto + 1, len(lot))), np.zeros((upto + 1, len(lot)))
        for one, share in zip(self.parts, self.weights, strict=True):
            theirs = _table_of(one, upto, lot)
            cdf += share * theirs[0]
            short += share * theirs[1]
        return cdf, short

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return type(self)(
            tuple(one.take(items) for one in self.parts), self.weights[:, items], self.mean[items], self.variance[items]
        )


def _table_of(one: Demand, upto: int, lot: Ints) -> Table:
    """Tabulate one demand, above a mean of 500 lots by the gamma distribution: there recursions from P(0) vanish."""
    large = one.mean > LOT_MEAN * lot
    if not (isinstance(one, Counted) and large.any()):
        return one.table(upto, lot)
    cdf, short = np.empty((upto + 1, len(lot))), np.empty((upto + 1, len(lot)))
    few, many = np.flatnonzero(~large), np.flatnonzero(large)
    cdf[:, few], short[:, few] = one.take(few).table(upto, lot[few])
    cdf[:, many], short[:, many] = gamma_table(one.mean[many], one.variance[many], upto, lot[many])
    return cdf, short


def mixed(intervals: Sequence[Interval], weights: Floats) -> Interval:
    """Mix the three demands of several lead times; `weights` has the shape (lead times, items).

    Demand and lead time are independent, and an order doesn't overtake the one before it.
    """
    lead, protection, review = (
        Mixed.of([getattr(one, name) for one in intervals], weights) for name in ("lead", "protection", "review")
    )
    return Interval(lead, protection, review)
