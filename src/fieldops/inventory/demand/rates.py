r"""Smoothed rates of demand: what the demand of today is, where the mean over the whole life says what it was.

With y the demand, o whether there is one, q the periods since the last one, smoothing constants a (sizes) and b:

- ``croston``: at each demand z += a (y - z), x += b (q - x); the rate is z/x (Croston 1972, Operational Research
  Quarterly 23). It never falls while nobody asks, and is biased upwards;
- ``sba``: (1 - b/2) z/x (Syntetos and Boylan 2005, International Journal of Forecasting 21);
- ``sbj``: (1 - b/(2 - b)) z/x (Shale, Boylan and Johnston 2006, Journal of the Operational Research Society 57);
- ``tsb``: in each period p += b (o - p), at each demand z += a (y - z); the rate is p z and falls to nothing where
  demand has ended (Teunter, Syntetos and Babai 2011, European Journal of Operational Research 214);
- ``adida``, ``imapa``: over buckets of time, with a constant of their own for each series (`aggregation`).

The start decides as much as the method. z starts at the first size. ``naive`` starts x at the first interval (p at one
over it), ``mean`` at the mean of the intervals, the first one included (p at the share of periods with demand). With
``smoothing="optimised"`` both starts and both constants are those of least rate error for each series (`smoothing`).
Periods that were not observed don't count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory.censoring import refuse
from fieldops.inventory.demand.aggregation import adida, imapa
from fieldops.inventory.demand.base import FamilyFit, Fit, Floats
from fieldops.inventory.demand.smoothing import COSTS, State, optimised, starts, walk
from fieldops.inventory.history import DemandHistory

Method: TypeAlias = Literal["croston", "sba", "sbj", "tsb", "adida", "imapa"]
Start: TypeAlias = Literal["naive", "mean"]
METHODS: Final[tuple[str, ...]] = ("croston", "sba", "sbj", "tsb", "adida", "imapa")
BUCKETS: Final = {"adida": adida, "imapa": imapa}
STARTS: Final[tuple[str, ...]] = ("naive", "mean")
Smoothing: TypeAlias = tuple[float, float] | Literal["optimised"]
Cost: TypeAlias = Literal["mar", "msr"]
OPTIMISED: Final = "_optimised"
"""Ending of the names of rates with optimised smoothing."""
STILL: Final = 1e-6
"""Constants below this count as it: the mean of more periods than any history has."""


@dataclass(frozen=True)
class Rate:
    """A way to smooth a rate.

    Parameters
    ----------
    method, start
        See the module.
    smoothing
        a and b, each above 0 and up to 1; or ``optimised``, for each series its own and its own starts.
    cost
        What optimised smoothing makes least: ``mar``, the mean absolute rate error, or ``msr``, the mean squared one.

    Raises
    ------
    ConfigError
        If one of them is impossible.

    Examples
    --------
    One demand of 5, then nothing for 23 months:

    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[5] + [0] * 23], parts=["P1"], first=date(2024, 1, 1))
    >>> [round(float(Rate(method, "naive").of(history)[0]), 2) for method in METHODS[:4]]
    [5.0, 4.75, 4.74, 0.44]
    """

    method: Method = "sba"
    start: Start = "mean"
    smoothing: Smoothing = (0.1, 0.1)
    cost: Cost = "mar"

    def __post_init__(self) -> None:
        if not ({str(self.method)} <= set(METHODS) and {str(self.start)} <= set(STARTS)):
            raise ConfigError(
                f"there is no rate {self.method!r} with a start {self.start!r}; choose one of mean, "
                f"{', '.join(METHODS)} and a start {' or '.join(STARTS)}"
            )
        if self.method in BUCKETS and (self.start, self.smoothing) != ("mean", (0.1, 0.1)):
            raise ConfigError(f"{self.method} finds its own start and smoothing: leave them out")
        if self.cost not in COSTS or (self.cost != "mar" and not self.searched):
            raise ConfigError(f"cost is {' or '.join(COSTS)}, of optimised smoothing, not {self.cost!r}")
        if self.searched and self.start != "mean":
            raise ConfigError("optimised smoothing finds its own start: leave it out")
        stated = self.smoothing if isinstance(self.smoothing, tuple) else ()
        if not (self.searched or (len(stated) == 2 and all(0 < one <= 1 for one in stated))):
            raise ConfigError(f"smoothing is optimised, or two numbers above 0 and up to 1, not {self.smoothing!r}")

    @property
    def name(self) -> str:
        """Name in texts."""
        return self.method + OPTIMISED if self.searched else self.method

    @property
    def searched(self) -> bool:
        """Whether each series has constants and starts of its own."""
        return self.smoothing == "optimised"

    def of(self, history: DemandHistory) -> Floats:
        """Smooth the rate of every item, pieces a period; 0 where nothing was demanded.

        Raises ConfigError where stock-outs cut counts short.
        """
        return self.told(history)[0]

    def observations(self, history: DemandHistory) -> Floats:
        """Observed periods that a plain mean as doubtful would have, not more than there are.

        Exponential smoothing by c has the error of a mean of (2 - c)/c values; Croston's values are demands, an
        interval apart. The larger of the two constants counts.
        """
        return self.told(history)[1]

    def told(self, history: DemandHistory) -> tuple[Floats, Floats]:
        """Give `of` and `observations` of one search."""
        refuse(history, f"a rate by {self.name}")
        if self.method in BUCKETS:
            return BUCKETS[self.method](history.counts)
        state, a, b = self._smoothed(history)
        c = np.maximum(np.maximum(a, b), STILL)
        apart = 1.0 if self.method == "tsb" else state.interval
        known = np.minimum(np.isfinite(history.counts).sum(axis=0), (2 - c) / c * apart)
        return state.rate(self.method, b), np.asarray(known)

    def _smoothed(self, history: DemandHistory) -> tuple[State, Floats, Floats]:
        """State after the last period, a and b of every item."""
        if isinstance(self.smoothing, str):
            return optimised(history.counts, self.method, self.cost)
        naive, mean = starts(history.counts)
        a, b = self.smoothing
        first = naive if self.start == "naive" else mean
        for state in walk(history.counts, first, a, b):
            last = state
        return last, np.full(history.n_items, a), np.full(history.n_items, b)


def rate_named(rate: str | Rate) -> Rate | None:
    """Look a rate up by its name, ``sba`` or ``sba_optimised``; ``mean`` is none of these: the models' own.

    >>> rate_named("tsb")
    Rate(method='tsb', start='mean', smoothing=(0.1, 0.1), cost='mar')
    """
    if isinstance(rate, Rate):
        return rate
    if rate.endswith(OPTIMISED):
        return Rate(rate.removesuffix(OPTIMISED), smoothing="optimised")  # type: ignore[arg-type]
    return None if rate == "mean" else Rate(rate)  # type: ignore[arg-type]


def at_rate(fit: Fit, history: DemandHistory, rate: Rate | None) -> Fit:
    """Move a fit from the mean of its history to a smoothed rate.

    Orders come more or less often than they did; what one of them wants stays. So the variance moves with the mean, and
    the doubt about the mean is that of the smoothed rate. Raises ConfigError for models that aren't told by moments.
    """
    if rate is None:
        return fit
    if not isinstance(fit, FamilyFit):
        raise ConfigError(
            f"a rate by {rate.name} needs a model told by mean and variance, such as negative_binomial; the others "
            "take more from the history than its mean"
        )
    found, (now, observed) = fit.moments, rate.told(history)
    share = np.where(found.mean > 0, now / np.where(found.mean > 0, found.mean, 1.0), 0.0)
    moved = replace(found, mean=now, variance=found.variance * share, observed=observed)
    return replace(fit, moments=moved)
