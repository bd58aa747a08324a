"""Poisson demand: single pieces asked for by chance, at a rate that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldops.inventory.demand.base import Floats, Moments, PanjerModel


@dataclass(frozen=True)
class Poisson(PanjerModel):
    r"""Poisson lead-time demand.

    Over L periods at a mean of d a period,

    .. math:: P(x) = e^{-dL} (dL)^x / x!, \qquad v = dL.

    The one number it takes from a history is the mean over the part's life. It fits failures of single machines; it
    knows neither orders of several pieces at once nor doubt about the rate, and where a part has them it promises much
    more than it keeps (a target of .98 reached half of the pieces on real aircraft spares). Take it where a part is
    known to go piece by piece, and as the measure of what the other models add.

    Examples
    --------
    >>> from datetime import date
    >>> from fieldops.inventory.history import DemandHistory
    >>> history = DemandHistory.from_matrix([[1, 0, 0, 1]], parts=["P1"], first=date(2026, 1, 1))
    >>> lead = Poisson().fit(history).over(np.array([2.0]))
    >>> lead.table(2, np.array([1]))[0][:, 0].round(4).tolist()
    [0.3679, 0.7358, 0.9197]
    """

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "poisson"

    def variance(self, moments: Moments, length: Floats) -> Floats:
        """Give the mean: that is what makes it Poisson."""
        return moments.mean * length

    def coefficients(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats]:
        """``P(x)/P(x-1) = m/x``."""
        return np.exp(-mean), np.zeros_like(mean), mean
