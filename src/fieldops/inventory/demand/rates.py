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
over it), ``mean`` at the mean of the intervals, the first one included (p at the share of periods with demand). Periods
that were not observed don't count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory.censoring import refuse
from fieldops.inventory.demand.aggregation import adida, imapa
from fieldops.inventory.demand.base import FamilyFit, Fit, Floats
from fieldops.inventory.history import DemandHistory

Method: TypeAlias = Literal["croston", "sba", "sbj", "tsb", "adida", "imapa"]
Start: TypeAlias = Literal["naive", "mean"]
METHODS: Final[tuple[str, ...]] = ("croston", "sba", "sbj", "tsb", "adida", "imapa")
BUCKETS: Final = {"adida": adida, "imapa": imapa}
STARTS: Final[tuple[str, ...]] = ("naive", "mean")


@dataclass(frozen=True)
class Rate:
    """A way to smooth a rate.

    Parameters
    ----------
    method, start
        See the module.
    smoothing
        a and b, each above 0 and up to 1.

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
    smoothing: tuple[float, float] = (0.1, 0.1)

    def __post_init__(self) -> None:
        if not ({str(self.method)} <= set(METHODS) and {str(self.start)} <= set(STARTS)):
            raise ConfigError(
                f"there is no rate {self.method!r} with a start {self.start!r}; choose one of mean, "
                f"{', '.join(METHODS)} and a start {' or '.join(STARTS)}"
            )
        if self.method in BUCKETS and (self.start, self.smoothing) != ("mean", (0.1, 0.1)):
            raise ConfigError(f"{self.method} finds its own start and smoothing: leave them out")
        if not all(0 < one <= 1 for one in self.smoothing):
            raise ConfigError(f"smoothing is two numbers above 0 and up to 1, not {self.smoothing}")

    @property
    def name(self) -> str:
        """Name in texts."""
        return self.method

    def of(self, history: DemandHistory) -> Floats:
        """Smooth the rate of every item, pieces a period; 0 where nothing was demanded.

        Raises ConfigError where stock-outs cut counts short.
        """
        refuse(history, f"a rate by {self.name}")
        if self.method in BUCKETS:
            return BUCKETS[self.method](history.counts)[0]
        size, interval, chance = self._smoothed(history)
        if self.method == "tsb":
            return chance * size
        b = self.smoothing[1]
        share = {"croston": 1.0, "sba": 1 - b / 2, "sbj": 1 - b / (2 - b)}[self.method]
        return np.where(size > 0, share * size / np.where(size > 0, interval, 1.0), 0.0)

    def observations(self, history: DemandHistory) -> Floats:
        """Observed periods that a plain mean as doubtful would have, not more than there are.

        Exponential smoothing by c has the error of a mean of (2 - c)/c values; Croston's values are demands, an
        interval apart. The larger of the two constants counts.
        """
        if self.method in BUCKETS:
            return BUCKETS[self.method](history.counts)[1]
        c = max(self.smoothing)
        apart = 1.0 if self.method == "tsb" else self._smoothed(history)[1]
        return np.asarray(np.minimum(np.isfinite(history.counts).sum(axis=0), (2 - c) / c * apart))

    def _smoothed(self, history: DemandHistory) -> tuple[Floats, Floats, Floats]:
        """Size, interval and chance of a demand after the last period."""
        a, b = self.smoothing
        used, seen = history.counts > 0, np.isfinite(history.counts)
        demands, observed = used.sum(axis=0), seen.sum(axis=0)
        at = np.cumsum(seen, axis=0)
        first, last = (np.where(used, at, fill) for fill in (np.inf, 0))
        wait = np.where(demands > 0, first.min(axis=0, initial=np.inf), 1.0)
        interval = wait if self.start == "naive" else last.max(axis=0, initial=0) / np.maximum(demands, 1)
        share = demands / np.maximum(observed, 1)
        chance = np.where(demands > 0, 1.0 / wait, 0.0) if self.start == "naive" else share
        size, since = np.zeros(history.n_items), np.zeros(history.n_items)
        for row, look, begun in zip(history.counts, seen, at > 1, strict=True):
            since += look
            asked = look & (row > 0)
            again = asked & (size > 0)
            size = np.where(again, size + a * (row - size), np.where(asked, row, size))
            interval = np.where(again, interval + b * (since - interval), interval)
            chance = np.where(look & begun, chance + b * (asked - chance), chance)
            since = np.where(asked, 0.0, since)
        return size, interval, chance


def rate_named(rate: str | Rate) -> Rate | None:
    """Look a rate up by its name; ``mean`` is none of these: the models' own.

    >>> rate_named("tsb")
    Rate(method='tsb', start='mean', smoothing=(0.1, 0.1))
    """
    if isinstance(rate, Rate):
        return rate
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
    found, now = fit.moments, rate.of(history)
    share = np.where(found.mean > 0, now / np.where(found.mean > 0, found.mean, 1.0), 0.0)
    moved = replace(found, mean=now, variance=found.variance * share, observed=rate.observations(history))
    return replace(fit, moments=moved)
