"""Demand from the installed base: machines in the field x failures a year, until the part has a history of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import FamilyFit, Floats, Moments, moments
from fieldops.inventory.demand.negative_binomial import NegativeBinomial
from fieldops.inventory.history import DemandHistory


@dataclass(frozen=True)
class InstalledBase:
    r"""Negative binomial demand whose rate is first that of the machines served, then more and more that of the usage.

    N machines that fail f times a year and take one piece each time ask for :math:`d_0 = N f / P` pieces a period, P
    periods a year. Before any usage is seen the rate is taken for gamma distributed with that mean and the weight of
    n0 periods; a history of n periods with mean d and sample variance s2 makes of it

    .. math:: \frac{n_0 d_0 + n d}{n_0 + n} \text{ pieces a period}, \qquad
              \text{variance } \frac{n_0 d_0 + n s^2}{n_0 + n}, \qquad \text{seen over } n_0 + n \text{ periods}.

    For single pieces (s2 = d) that is Bayes' rule: a gamma prior and Poisson counts give a gamma posterior, and demand
    over any length is then exactly negative binomial (Raiffa and Schlaifer 1961, Applied Statistical Decision Theory).
    Forecasts of spare parts from the installed base: Kim, Dekker and Heij 2017, Computers and Industrial Engineering
    103. Without it a part that was never used has no level at all.

    Part-locations that aren't named have their history alone, as ``negative_binomial`` has it.

    Parameters
    ----------
    yearly
        (part, place) -> pieces a year that the machines are expected to ask for; see `of`.
    weight_years
        Years of usage that the expectation is worth, above 0: how far it is trusted.

    Raises
    ------
    ConfigError
        If an expectation is negative or not finite, or the weight isn't above 0.

    Examples
    --------
    80 machines, one failure in ten years each; the part is new and has seen two quiet months:

    >>> from datetime import date
    >>> base = InstalledBase.of(["P1"], ["XA"], machines=80, failures_per_year=0.1)
    >>> history = DemandHistory.from_matrix([[0, 0]], parts=["P1"], places="XA", first=date(2026, 1, 1))
    >>> base.fit(history).rate.round(3).tolist()
    [0.571]
    """

    yearly: Mapping[tuple[str, str], float]
    weight_years: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.weight_years < np.inf):
            raise ConfigError("weight_years says how many years of usage the expectation is worth, above 0")
        wrong = [key for key, pieces in self.yearly.items() if not 0 <= pieces < np.inf]
        if wrong:
            part, place = wrong[0]
            raise ConfigError(f"{len(wrong):,} expectations are no quantity, first that of part {part!r} at {place!r}")

    @classmethod
    def of(
        cls,
        parts: Any,
        places: Any,
        *,
        machines: ArrayLike,
        failures_per_year: ArrayLike,
        pieces: ArrayLike = 1.0,
        weight_years: float = 1.0,
    ) -> InstalledBase:
        """Make it of machines, failures and pieces a failure, one value each or one for all; a pair may come twice.

        Several kinds of machine that take the same part at a place are added up.
        """
        yearly = np.broadcast_to(
            np.asarray(machines, np.float64) * np.asarray(failures_per_year) * np.asarray(pieces), len(parts)
        )
        found: dict[tuple[str, str], float] = {}
        for part, place, asked in zip(parts, places, yearly.tolist(), strict=True):
            found[str(part), str(place)] = found.get((str(part), str(place)), 0.0) + asked
        return cls(found, weight_years)

    @property
    def name(self) -> str:
        """Name in tables."""
        return "installed_base"

    takes_censored = True

    def fit(self, history: DemandHistory) -> FamilyFit:
        """Weigh each item's usage against what its machines let expect."""
        seen, expected = moments(history), self._expected(history)
        known = np.isfinite(expected)
        prior = np.where(known, self.weight_years * float(history.in_periods(365.25)), 0.0)
        d0, both = np.where(known, expected, 0.0), np.maximum(prior + seen.observed, 1e-300)
        mean = np.where(known, (prior * d0 + seen.observed * seen.mean) / both, seen.mean)
        variance = np.where(known, (prior * d0 + seen.observed * seen.variance) / both, seen.variance)
        return FamilyFit(NegativeBinomial(), Moments(prior + seen.observed, mean, np.maximum(variance, 0.0)))

    def _expected(self, history: DemandHistory) -> Floats:
        """Pieces a period, NaN where nothing is said of the item."""
        keys = zip(history.parts, history.places, strict=True)
        yearly = np.array([self.yearly.get((str(part), str(place)), np.nan) for part, place in keys], dtype=np.float64)
        return np.asarray(yearly / float(history.in_periods(365.25)))
