"""Weekly sales of shops: seasonal factors pooled over shops and products, levels, spread; stock-out weeks left out.

A week's sale of an item is its level x the factor of the week. A factor is the sale of all items in that week of
earlier years over what their level of that year let expect; below it, shops and products deviate from the whole, as far
as their sales of the weeks around bear it out (shrunk towards the whole). Everything is worked out from weeks that are
over, and a week in which an item was out of stock tells nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

YEAR: Final = 52
AHEAD: Final = 3
"""Weeks that a forecast reaches: an order comes in the third week after the one it is placed in."""
LEAST_SEEN: Final = 8
"""Weeks in stock that an item needs in a year to have a level of that year."""


@dataclass(frozen=True)
class Shops:
    """Weekly sales, each array of shape (weeks, items) unless said otherwise.

    Attributes
    ----------
    sales
        Pieces sold.
    seen
        1 where the item was in stock, 0 where sales are censored.
    groups
        Name -> number of each item's group, shape (items,).
    """

    sales: Floats
    seen: Floats
    groups: dict[str, Ints]

    def before(self, week: int) -> Shops:
        """Keep the first `week` weeks: nothing that is made of the result can know more."""
        return Shops(self.sales[:week], self.seen[:week], self.groups)


@dataclass(frozen=True)
class Pool:
    """How a kind of group deviates from the whole: weeks to each side, pieces of doubt, and the most it may count."""

    group: str
    around: int
    doubt: float
    most: float


def yearly_level(shops: Shops) -> Floats:
    """Mean sale in stock over the year around each week, as far as it is over; 0 where too little was seen."""
    weeks, items = shops.sales.shape
    sold = np.vstack([np.zeros(items), np.cumsum(shops.sales * shops.seen, axis=0)])
    seen = np.vstack([np.zeros(items), np.cumsum(shops.seen, axis=0)])
    week = np.arange(weeks)
    end = np.minimum(np.maximum(week + YEAR // 2, YEAR), weeks)
    begin = np.maximum(np.minimum(week - YEAR // 2, weeks - YEAR), 0)
    looked = seen[end] - seen[begin]
    return np.where(looked > LEAST_SEEN, (sold[end] - sold[begin]) / np.maximum(looked, 1.0), 0.0)


def past_factors(shops: Shops, pools: tuple[Pool, ...]) -> Floats:
    """Give the factor of each week that is over, shape (weeks, items)."""
    level = yearly_level(shops)
    told = shops.seen * (level > 0)
    sold, factor = shops.sales * told, np.ones_like(level)
    expected = level * told
    week = np.arange(len(level))
    for pool in (Pool("all", 0, 1.0, 1.0), *pools):
        number = shops.groups[pool.group]
        begin, end = np.maximum(week - pool.around, 0), np.minimum(week + pool.around + 1, len(level))
        sums = []
        for values in (sold, expected * factor):
            grouped = np.zeros((len(level) + 1, int(number.max()) + 1))
            np.add.at(grouped.T, number, np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)]).T)
            sums.append(grouped[end] - grouped[begin])
        weight = pool.most * sums[1] / (sums[1] + pool.doubt)
        factor = factor * (1.0 - weight + weight * sums[0] / np.maximum(sums[1], 1e-9))[:, number]
    return factor


def factors(shops: Shops, pools: tuple[Pool, ...], damped: float) -> Floats:
    """Give the factors of the weeks so far and of the three to come: the mean of one and two years before, damped.

    Parameters
    ----------
    shops
        Weeks that are over.
    pools
        Groups that may deviate from the whole.
    damped
        Power of the factors: 1 takes them as they were, 0 knows no season.
    """
    past = past_factors(shops, pools)
    weeks = len(past)
    found = np.ones((weeks + AHEAD, past.shape[1]))
    for week in range(YEAR, weeks + AHEAD):
        found[week] = np.mean([past[week - years * YEAR] for years in (1, 2) if week >= years * YEAR], axis=0)
    return found**damped


def level(shops: Shops, factor: Floats, weights: Floats, prior: float) -> Floats:
    """Give the level of each item now: weighted sales over weighted factors, drawn to its mean by `prior` weeks."""
    weight = weights[:, None] * shops.seen
    mean = (shops.sales * shops.seen).sum(axis=0) / np.maximum(shops.seen.sum(axis=0), 1.0)
    sold, exposed = (weight * shops.sales).sum(axis=0), (weight * factor[: len(weights)]).sum(axis=0)
    return (sold + prior * mean) / np.maximum(exposed + prior, 1e-9)


def spread(shops: Shops, factor: Floats, levels: Floats, prior: float) -> Floats:
    """Give each item's phi over a year, variance = m + phi m^2, drawn to that of all items by `prior` weeks."""
    year = slice(max(len(shops.sales) - YEAR, 0), len(shops.sales))
    mean = levels * factor[year]
    seen, squares = shops.seen[year], mean**2
    beyond = (((shops.sales[year] - mean) ** 2 - mean) * seen).sum(axis=0)
    exposed, typical = (squares * seen).sum(axis=0), squares.mean(axis=0)
    common = max(float(beyond.sum() / exposed.sum()), 0.02)
    own = (beyond + prior * common * typical + 1e-9 * common) / (exposed + prior * typical + 1e-9)
    return np.clip(own, 0.01, 5.0)
