"""What a model of demand is, and what all of them share.

A model says one thing: how many pieces will be asked for during a stretch of time, as a distribution over whole
pieces. From a history it is *fitted* once for all items; the fit then gives, for each item's lead time ``L`` and review
interval ``T`` (both in periods), the three demands that every stock policy is judged by (`Interval`).

Distributions come as tables ``[x, item]``, time-major like everything here. Row x stands for x *lots*: an item whose
interval holds more than about 500 pieces is looked at every so many pieces only, so that its table stays short.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Final, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincc

from fieldops.inventory.censoring import corrected
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import PartMaster

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Items = NDArray[np.int64] | slice

LOT_MEAN: Final = 500.0
"""Pieces of mean demand up to which a lot is one piece: counts below, the gamma distribution above."""

Table = tuple[Floats, Floats]
"""P(D <= y) and n(y) = E(D - y)^+ at y = 0, 1, ... lots, in pieces, each of shape (lots + 1, items)."""


class Demand(Protocol):
    """Demand of each item over some stretch of time.

    Attributes
    ----------
    mean, variance
        Of the demand in pieces, shape (items,).
    """

    @property
    def mean(self) -> Floats:
        """Mean, in pieces."""
        ...

    @property
    def variance(self) -> Floats:
        """Variance, in pieces squared."""
        ...

    def table(self, upto: int, lot: Ints) -> Table:
        """Tabulate P(D <= y) and E(D - y)^+ at y = 0, 1, ... `upto` lots of `lot` pieces each."""
        ...

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        ...


@dataclass(frozen=True)
class Interval:
    """The three demands that decide how a policy serves, see `policy`.

    Attributes
    ----------
    lead
        Demand over the lead time L: what an order must wait through.
    protection
        Demand over L + T: until the order after next can arrive.
    review
        Demand over the review interval T, between two chances to order.
    watched
        Which items are watched all the time, T being a moment (`policies`); None for none.
    """

    lead: Demand
    protection: Demand
    review: Demand
    watched: Mask | None = None

    def take(self, items: Items) -> Interval:
        """Keep the items at these positions."""
        watched = None if self.watched is None else self.watched[items]
        return Interval(self.lead.take(items), self.protection.take(items), self.review.take(items), watched)

    def lots(self) -> Ints:
        """Pieces a lot for each item: 1 up to a mean of 500 pieces."""
        return np.maximum(np.ceil(self.protection.mean / LOT_MEAN), 1.0).astype(np.int64)


class Fit(Protocol):
    """A model fitted to the history of all items.

    Attributes
    ----------
    rate
        Mean demand per period, shape (items,).
    """

    @property
    def rate(self) -> Floats:
        """Mean demand per period."""
        ...

    def able(self, lead: Floats, review: Floats) -> Mask:
        """Which items the model can say something about for these lead times and review intervals (periods)."""
        ...

    @property
    def breadth(self) -> int:
        """Numbers that the demands of one item take: what decides how many items are worked on at once."""
        ...

    def interval(self, lead: Floats, review: Floats) -> Interval:
        """Give the demands over lead time, protection interval and review interval (periods, shape (items,))."""
        ...

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        ...


def takes_censored(model: DemandModel) -> bool:
    """Whether a model has an answer to stock-outs and says ``takes_censored = True``; others pass such items on."""
    return bool(getattr(model, "takes_censored", False))


class DemandModel(Protocol):
    """A model that can be fitted; `name` is what tables and configurations call it."""

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        ...

    def fit(self, history: DemandHistory) -> Fit:
        """Learn from a history, all items at once."""
        ...


@runtime_checkable
class Learner(Protocol):
    """A model that learns from a whole range of items before it is fitted to any of them."""

    def learn(self, history: DemandHistory, parts: PartMaster) -> DemandModel:
        """Give the model as learnt (another one where the range teaches nothing); `parts` has one entry an item."""
        ...


@dataclass(frozen=True)
class Moments:
    """Observed periods, mean and sample variance of the demand per period, each of shape (items,)."""

    observed: Floats
    mean: Floats
    variance: Floats

    def take(self, items: Items) -> Moments:
        """Keep the items at these positions."""
        return replace(self, **{field.name: getattr(self, field.name)[items] for field in fields(self)})


def moments(history: DemandHistory) -> Moments:
    """Take the moments over the observed periods of each item.

    The mean over the whole life is the rate that forecasts start from: on sparse demand a naive start (the first
    demand seen) overstates the rate two or three times. One pass over whole rows (Welford 1962), so that nothing as
    big as the history itself is made. Without two observed periods the variance is taken for the mean (Poisson).
    Counts that stock-outs cut short are corrected (`censoring`).

    >>> from datetime import date
    >>> found = moments(DemandHistory.from_matrix([[2, 0, 1, np.nan]], parts=["P1"], first=date(2026, 1, 1)))
    >>> float(found.observed[0]), float(found.mean[0]), float(found.variance[0])
    (3.0, 1.0, 1.0)
    """
    number, mean, squares = (np.zeros(history.n_items) for _ in range(3))
    for row in history.counts:
        seen = np.isfinite(row)
        number += seen
        change = np.where(seen, row - mean, 0.0)
        mean += change / np.maximum(number, 1.0)
        squares += change * np.where(seen, row - mean, 0.0)
    variance = np.where(number > 1, squares / np.maximum(number - 1.0, 1.0), mean)
    items = np.flatnonzero(history.censored())
    if len(items):
        behind = corrected(history.take(items))
        number[items], mean[items], variance[items] = behind.observed, behind.mean, behind.variance
    return Moments(number, mean, variance)


def total(values: Floats) -> Floats:
    """Add up the rows one after the other: an item's sum is the same to the last bit, whoever stands beside it.

    >>> total(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [4.0, 6.0]
    """
    return np.asarray(np.cumsum(values, axis=0)[-1])


def shortage(cdf: Floats, mean: Floats) -> Floats:
    """Give n(y) = E(D - y)^+ for y = 0, 1, ... pieces from P(D <= y) and the mean, which may reach beyond the table.

    >>> pmf = np.array([[0.5], [0.25], [0.25]])
    >>> shortage(np.cumsum(pmf, axis=0), np.array([0.75]))[:, 0].tolist()
    [0.75, 0.25, 0.0]
    """
    table = np.empty_like(cdf)
    table[0] = mean
    np.cumsum(cdf[:-1] - 1.0, axis=0, out=table[1:])
    table[1:] += mean
    return table


class Counted(ABC):
    """Demand tabled in single pieces by its own rule, and in lots by another."""

    mean: Floats
    variance: Floats

    @abstractmethod
    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""

    @abstractmethod
    def probabilities(self, upto: int) -> Floats:
        """Tabulate P(D = x) at x = 0, 1, ... `upto` pieces."""

    def table(self, upto: int, lot: Ints) -> Table:
        """Tabulate P(D <= y) and E(D - y)^+ at y = 0, 1, ... `upto` lots."""
        large = lot > 1
        if not large.any():
            cdf = np.cumsum(self.probabilities(upto), axis=0)
            return cdf, shortage(cdf, self.mean)
        if large.all():
            return self.in_lots(upto, lot)
        cdf, short = np.empty((upto + 1, len(lot))), np.empty((upto + 1, len(lot)))
        for items in (np.flatnonzero(~large), np.flatnonzero(large)):
            cdf[:, items], short[:, items] = self.take(items).table(upto, lot[items])
        return cdf, short

    def in_lots(self, upto: int, lot: Ints) -> Table:
        """Tabulate in lots; a gamma distribution unless a kind of demand has a better rule."""
        return gamma_table(self.mean, self.variance, upto, lot)


def gamma_table(mean: Floats, variance: Floats, upto: int, lot: Ints) -> Table:
    """Tabulate a gamma distribution in lots: k t = m, k t^2 = v, G_k its distribution function with scale 1.

    P(D <= y) = G_k((y + 1/2)/t), n(y) = m (1 - G_{k+1}(y/t)) - y (1 - G_k(y/t)). The half is the usual correction for
    counts; summing over pieces with it gives the integral n(y) (midpoints).
    """
    asked = mean > 0
    scale = np.where(asked, variance / np.where(asked, mean, 1.0), 1.0)
    shape = np.where(asked, mean / scale, 1.0)
    y = np.arange(upto + 1)[:, None] * lot.astype(np.float64)
    cdf = np.where(asked, gammainc(shape, (y + 0.5) / scale), 1.0)
    short = mean * gammaincc(shape + 1, y / scale) - y * gammaincc(shape, y / scale)
    return cdf, np.where(asked, short, 0.0)


class Family(ABC):
    """A family of count distributions told by mean and variance."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in tables and configurations."""

    @abstractmethod
    def probabilities(self, mean: Floats, variance: Floats, upto: int) -> Floats:
        """Tabulate P(D = x) at x = 0, 1, ... `upto` for each item."""

    def in_lots(self, mean: Floats, variance: Floats, upto: int, lot: Ints) -> Table:
        """Tabulate in lots; a gamma distribution of equal moments unless a family has a better rule."""
        return gamma_table(mean, variance, upto, lot)


@dataclass(frozen=True)
class FamilyDemand(Counted):
    """Demand told by mean, variance and a family of distributions."""

    family: Family
    mean: Floats
    variance: Floats

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return replace(self, mean=self.mean[items], variance=self.variance[items])

    def probabilities(self, upto: int) -> Floats:
        """Tabulate by the family's recursion."""
        return self.family.probabilities(self.mean, self.variance, upto)

    def in_lots(self, upto: int, lot: Ints) -> Table:
        """Tabulate by the family's rule for lots."""
        return self.family.in_lots(self.mean, self.variance, upto, lot)


@dataclass(frozen=True)
class FamilyFit:
    """Moments of every item, and the rule by which they become those of a longer stretch."""

    model: FamilyModel
    moments: Moments

    @property
    def rate(self) -> Floats:
        """Mean demand per period."""
        return self.moments.mean

    @property
    def breadth(self) -> int:
        """Mean and variance."""
        return 2

    def able(self, lead: Floats, review: Floats) -> Mask:
        """Moments serve any length."""
        return np.ones(len(self.moments.mean), dtype=bool)

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return replace(self, moments=self.moments.take(items))

    def interval(self, lead: Floats, review: Floats) -> Interval:
        """Give the demands over lead time, protection interval and review interval."""
        return Interval(self.over(lead), self.over(lead + review), self.over(review))

    def over(self, length: Floats) -> FamilyDemand:
        """Demand over `length` periods."""
        mean = self.moments.mean * length
        variance = self.model.variance(self.moments, length)
        return FamilyDemand(self.model, mean, np.maximum(variance, mean))


class FamilyModel(Family):
    """A model that is a family and a variance; a file of its own says the two."""

    takes_censored = True

    @abstractmethod
    def variance(self, moments: Moments, length: Floats) -> Floats:
        """Variance of the demand over `length` periods; what lies below the mean is raised to it (Poisson)."""

    def fit(self, history: DemandHistory) -> FamilyFit:
        """Take the moments of every item."""
        return FamilyFit(self, moments(history))


class PanjerModel(FamilyModel):
    """A family of the (a, b, 0) class: ``P(x) = P(x-1) (a + b/x)`` (Panjer 1981), as Poisson and negative binomial."""

    @abstractmethod
    def coefficients(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
        """Give ``P(0), a, b`` for each item."""

    def probabilities(self, mean: Floats, variance: Floats, upto: int) -> Floats:
        """Tabulate by the recursion."""
        table = np.empty((upto + 1, len(mean)))
        table[0], a, b = self.coefficients(mean, variance)
        for x in range(1, upto + 1):
            np.multiply(table[x - 1], a + b / x, out=table[x])
        return table
