"""Compound Poisson demand: customers come by chance, each wants a geometric or logarithmic number of pieces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from scipy.special import lambertw

from fieldops.inventory.censoring import refuse
from fieldops.inventory.demand.base import (
    FamilyFit,
    FamilyModel,
    Floats,
    Ints,
    Items,
    Mask,
    Moments,
    Table,
    gamma_table,
    moments,
    shortage,
)
from fieldops.inventory.demand.negative_binomial import NegativeBinomial
from fieldops.inventory.history import DemandHistory

FEW: Final = 50.0
"""Customers up to which a mean above 500 is worked out from their sizes: each then wants ten lots or more."""


@dataclass(frozen=True)
class Geometric(FamilyModel):
    r"""Poisson customers who want a geometric number of pieces (stuttering Poisson, Polya-Aeppli), by moments.

    Sizes f_j = p q^(j-1), q = 1 - p. With mean m and variance v of the demand over L periods (v as for
    ``negative_binomial``, doubt about the mean included)

    .. math:: p = 2m/(m + v), \quad \lambda = m p, \quad P(0) = e^{-\lambda}, \quad
              P(x) = \frac{\lambda}{x} \sum_{j=1}^{x} j f_j P(x-j)

    (Adelson 1966, Operational Research Quarterly 17). The sum V_x of j q^(j-1) P(x-j) needs no loop over j:
    U_x = P(x-1) + q U_(x-1), V_x = U_x + q V_(x-1). Tails are a little lighter than those of the negative binomial of
    equal moments. Where v is not above m it is Poisson.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 0, 2]], parts=["P1"], first=date(2026, 1, 1))
    >>> lead = Geometric().fit(history).over(np.array([2.0]))
    >>> lead.probabilities(2)[:, 0].round(4).tolist()
    [0.2636, 0.2343, 0.1822]
    """

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "compound_poisson_geometric"

    def variance(self, moments: Moments, length: Floats) -> Floats:
        """``L s2 + L^2 s2/n``."""
        return NegativeBinomial().variance(moments, length)

    def probabilities(self, mean: Floats, variance: Floats, upto: int) -> Floats:
        """Tabulate by Adelson's recursion."""
        p = _chance(mean, variance)
        return _stuttering(mean * p, p, upto)

    def in_lots(self, mean: Floats, variance: Floats, upto: int, lot: Ints) -> Table:
        """Share every size between the two lots next to it, which keeps its mean: the sizes stay geometric.

        Of the customers (1 - q^t)/(t p) want a lot of t pieces or more; their lots have the ratio q^t.
        """
        p = _chance(mean, variance)
        last = -np.expm1(lot * np.log1p(-np.minimum(p, 1.0 - 1e-15)))
        few = _stuttering(mean / lot * last, last, upto)
        return few_or_many(few, mean * p, gamma_table(mean, variance, upto, lot), mean, lot)


def few_or_many(few: Floats, customers: Floats, many: Table, mean: Floats, lot: Ints) -> Table:
    """Take the table of shared sizes for few customers, the gamma distribution for many.

    Sharing widens each size by up to a quarter of a lot squared, too much where a customer wants less than some lots;
    gamma knows nothing of the chance that nobody comes, which matters where there are few of them.
    """
    cdf = np.cumsum(few, axis=0)
    small = customers <= FEW
    short = shortage(cdf, mean / lot) * lot
    return np.where(small, cdf, many[0]), np.where(small, short, many[1])


def _chance(mean: Floats, variance: Floats) -> Floats:
    """Chance p that a customer wants no further piece."""
    return np.where(mean > 0, 2 * mean / np.where(mean > 0, mean + variance, 1.0), 1.0)


def _stuttering(customers: Floats, p: Floats, upto: int) -> Floats:
    q = 1.0 - p
    table = np.empty((upto + 1, len(p)))
    table[0], ones, weighted = np.exp(-customers), np.zeros(len(p)), np.zeros(len(p))
    for x in range(1, upto + 1):
        ones = table[x - 1] + q * ones
        weighted = ones + q * weighted
        table[x] = customers * p / x * weighted
    return table


@dataclass(frozen=True)
class Logarithmic(NegativeBinomial):
    r"""Poisson customers who want a logarithmic number of pieces, told by the mean and by the periods without demand.

    Sizes f_j = -t^j / (j ln(1 - t)). The demand is exactly negative binomial, so the recursion is that of
    ``negative_binomial``; what differs is where the variance comes from. A share z of the observed periods has no
    demand. That none came in a period has the chance e^(-lambda), so (mean and zeros, Anscombe 1950, Biometrika 37)

    .. math:: \lambda = -\ln z, \qquad \frac{d}{\lambda} = \frac{t}{-(1 - t)\ln(1 - t)}, \qquad s^2 = \frac{d}{1-t}.

    With u = -ln(1 - t) the middle equation is (e^u - 1)/u = d/lambda, solved by Lambert's W. One large order moves the
    variance of a sparse part a lot, but hardly the share of zeros. Where the mean size would be below one, t = 0
    (Poisson). Items with demand in every period are passed on to the default model.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 0, 2]], parts=["P1"], first=date(2026, 1, 1))
    >>> Logarithmic().fit(history).moments.variance.round(4).tolist()
    [2.0]
    """

    takes_censored = False

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "compound_poisson_logarithmic"

    def fit(self, history: DemandHistory) -> LogarithmicFit:
        """Take mean and share of zeros of every item; ConfigError where stock-outs cut counts short."""
        refuse(history, self.name)
        found = moments(history)
        zeros = (history.counts == 0).sum(axis=0)
        some = zeros > 0
        share = np.where(some, zeros, 1) / np.where(some, found.observed, 1)
        customers = -np.log(share)
        size = np.where(customers > 0, found.mean / np.where(customers > 0, customers, 1.0), 1.0)
        variance = np.where(some, found.mean * _overdispersion(size), found.variance)
        return LogarithmicFit(self, replace(found, variance=variance), some | (found.mean <= 0))


def _overdispersion(size: Floats) -> Floats:
    """Variance over mean, 1/(1 - t), of logarithmic sizes with the mean `size`; 1 where that is not above 1."""
    over = size > 1.0 + 1e-9
    a = 1.0 / np.where(over, size, 2.0)
    u = -a - lambertw(-a * np.exp(-a), k=-1).real
    return np.where(over, np.exp(np.maximum(u, 0.0)), 1.0)


@dataclass(frozen=True)
class LogarithmicFit(FamilyFit):
    """Moments of every item, and which items had a period without demand."""

    some: Mask

    def able(self, lead: Floats, review: Floats) -> Mask:
        """Which items had a period without demand."""
        return self.some

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return replace(self, moments=self.moments.take(items), some=self.some[items])
