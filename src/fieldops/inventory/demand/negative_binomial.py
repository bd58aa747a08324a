"""Negative binomial demand: orders of several pieces, and a rate that is itself in doubt. The default."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldops.inventory.demand.base import Floats, Moments, PanjerModel


@dataclass(frozen=True)
class NegativeBinomial(PanjerModel):
    r"""Negative binomial lead-time demand by its moments.

    With a mean of d and a variance of s2 a period, seen over n periods, the demand over L periods has

    .. math:: m = dL, \qquad v = L s^2 + L^2 s^2 / n,

    .. math:: P(x) = \frac{\Gamma(r+x)}{x!\,\Gamma(r)} p^r (1-p)^x, \qquad p = m/v, \quad r = m^2/(v-m).

    Two things make spare parts differ from Poisson, and this family holds both: several pieces an order (Poisson orders
    of logarithmic size are exactly negative binomial) and a rate that is not known (a gamma-mixed Poisson is one, too).
    The second term of v is that doubt: the error of the mean d carries over to all L periods alike, so it grows with L
    squared (Prak, Teunter and Syntetos 2017, EJOR 256). With one demand in the history the shape r becomes that of a
    single observation: few demands, wide distribution. Without it levels of sparse parts reach visibly less than they
    promise.

    Where v is not above m the distribution is Poisson; both are the limits of each other.

    Parameters
    ----------
    parameter_uncertainty
        Whether v holds the second term. False is the textbook model (``negative_binomial_plain``), for comparison.

    Examples
    --------
    >>> from datetime import date
    >>> from fieldops.inventory.history import DemandHistory
    >>> history = DemandHistory.from_matrix([[2, 0, 0, 2]], parts=["P1"], first=date(2026, 1, 1))
    >>> lead = NegativeBinomial().fit(history).over(np.array([2.0]))
    >>> float(lead.mean[0]), float(lead.variance[0])
    (2.0, 4.0)
    >>> lead.table(3, np.array([1]))[0][:, 0].tolist()
    [0.25, 0.5, 0.6875, 0.8125]
    """

    parameter_uncertainty: bool = True

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "negative_binomial" if self.parameter_uncertainty else "negative_binomial_plain"

    def variance(self, moments: Moments, length: Floats) -> Floats:
        """``L s2 + L^2 s2/n``."""
        own = length * moments.variance
        if not self.parameter_uncertainty:
            return own
        return own + length**2 * moments.variance / np.maximum(moments.observed, 1.0)

    def coefficients(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
        """``P(x)/P(x-1) = (1-p)(r-1+x)/x``; the limit for v -> m is Poisson, ``m/x``."""
        over = variance > mean * (1.0 + 1e-9)
        excess = np.where(over, variance - mean, 1.0)
        p = np.where(over, mean / np.where(over, variance, 1.0), 0.5)
        r = mean**2 / excess
        start = np.where(over, np.exp(r * np.log(np.where(p > 0, p, 1.0))), np.exp(-mean))
        return start, np.where(over, 1.0 - p, 0.0), np.where(over, (1.0 - p) * (r - 1.0), mean)
