"""Demand known by a sample: windows of a history, or simulated stretches of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from fieldops.inventory.demand.base import Floats, Ints, Items, Table, total
from fieldops.inventory.history import DemandHistory


@dataclass(frozen=True)
class Sampled:
    """Demand that takes values of a sample with given weights, each of shape (sample, items)."""

    values: Floats
    weights: Floats

    @property
    def mean(self) -> Floats:
        """Weighted mean of the sample."""
        return total(self.values * self.weights)

    @property
    def variance(self) -> Floats:
        """Weighted variance of the sample."""
        return total(self.weights * (self.values - self.mean) ** 2)

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return replace(self, values=self.values[:, items], weights=self.weights[:, items])

    def table(self, upto: int, lot: Ints) -> Table:
        """Count what lies between two rows, and add up: exact, also for fractions of pieces and for lots."""
        width = len(lot)
        # Running sums of fractions end in ...0001; without the tolerance such a demand would count for the next row.
        row = np.clip(np.ceil(self.values / lot - 1e-9), 0, upto + 1).astype(np.int64)
        flat = (row * width + np.arange(width)).ravel()
        chance, pieces = (
            np.bincount(flat, weights.ravel(), minlength=(upto + 2) * width).reshape(upto + 2, width)
            for weights in (self.weights, self.weights * self.values)
        )
        # Beyond row x: E(D; D > y) - y P(D > y), summed from above so that what is small stays exact.
        above, sums = (np.cumsum(part[::-1], axis=0)[::-1][1:] for part in (chance, pieces))
        y = np.arange(upto + 1)[:, None] * lot.astype(np.float64)
        return np.asarray(1.0 - above), np.asarray(np.maximum(sums - y * above, 0.0))


def sizes_of(history: DemandHistory) -> Floats:
    """Give the demands above zero of every item, smallest first, shape (most demands, items); NaN beyond.

    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 1], [0, 0, 3]], parts=["P1", "P2"], first=date(2026, 1, 1))
    >>> sizes_of(history).tolist()
    [[1.0, 3.0], [2.0, nan]]
    """
    used = history.counts > 0
    sizes = np.sort(np.where(used, history.counts, np.nan), axis=0)
    return np.asarray(sizes[: max(int(used.sum(axis=0).max(initial=0)), 1)])
