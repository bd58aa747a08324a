"""Empirical demand: what really was asked for in the stretches of that length that the history holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Self

import numpy as np

from fieldops.inventory.censoring import expected
from fieldops.inventory.demand.base import Floats, Interval, Ints, Items, Mask
from fieldops.inventory.demand.sampled import Sampled
from fieldops.inventory.history import DemandHistory

FEWEST_WINDOWS: Final = 2


@dataclass(frozen=True)
class Empirical:
    r"""Lead-time demand as the overlapping windows of the history gave it.

    With Y the counts and n periods, every start t gives one window, all equally likely:

    .. math:: D_t = Y_{t+1} + \dots + Y_{t+w}, \qquad t = 0 \dots n - w, \qquad P(x) = \#\{t: D_t = x\} / (n - w + 1).

    No family is assumed, and what follows in time (runs of demand, batches ordered every half year) stays together.
    The demands over lead time and protection interval come from the same windows, so the fill rate of a level is what
    it would have been in the past. The price: nothing larger than what was seen can ever happen, so that a short or
    sparse history promises too much.

    A lead time of 2.3 periods: the pieces of a period move at one moment of it that nobody knows, so a window takes in
    two periods with probability 0.7 and three with 0.3. A period that was not observed spoils the windows that hold it.
    Items with fewer than two whole windows, or whose only demand lies outside them, are passed on to the default
    model, and say so. Counts that stock-outs cut short have their expectation for them (`censoring`), which keeps the
    mean and makes the tail a little lighter.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 0, 1]], parts=["P1"], first=date(2026, 1, 1))
    >>> demands = Empirical().fit(history).interval(np.array([1.0]), np.array([1.0]))
    >>> cdf, short = demands.protection.table(2, np.array([1]))
    >>> cdf[:, 0].round(3).tolist(), short[:, 0].round(3).tolist()
    ([0.333, 0.667, 1.0], [1.0, 0.333, 0.0])
    """

    takes_censored = True

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "empirical"

    def fit(self, history: DemandHistory) -> EmpiricalFit:
        """Keep the history; windows are made where they are asked for."""
        history = replace(history, counts=expected(history), in_stock=None)
        seen = np.isfinite(history.counts)
        number = np.maximum(seen.sum(axis=0), 1)
        return EmpiricalFit(history, np.where(seen, history.counts, 0.0).sum(axis=0) / number)


@dataclass(frozen=True)
class EmpiricalFit:
    """A history to take windows from."""

    history: DemandHistory
    rate: Floats

    @property
    def breadth(self) -> int:
        """Windows: three values and a weight, for two lengths or three."""
        return 12 * self.history.n_periods

    def able(self, lead: Floats, review: Floats) -> Mask:
        """Which items have at least two whole windows, and in them some of the demand there was."""
        first, whole, weight = self._windows(lead, review)
        asked = (weight * (whole - first)).sum(axis=0) > 0
        return np.asarray((weight.sum(axis=0) >= FEWEST_WINDOWS - 1e-9) & (asked | (self.rate <= 0)))

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return replace(self, history=self.history.take(items), rate=self.rate[items])

    def interval(self, lead: Floats, review: Floats) -> Interval:
        """Give the demands over lead time, protection interval and review interval, from the same windows."""
        first, whole, weight = self._windows(lead, review)
        weight = weight / np.maximum(weight.sum(axis=0), 1e-300)
        return Interval(Sampled(first, weight), Sampled(whole, weight), Sampled(whole - first, weight))

    def _windows(self, lead: Floats, review: Floats) -> tuple[Floats, Floats, Floats]:
        """Demand over the lead time, over the protection interval, and weight, per window: shape (windows, items)."""
        seen = np.isfinite(self.history.counts)
        pieces = _running(np.where(seen, self.history.counts, 0.0))
        gaps = _running(~seen)
        starts = np.arange(self.history.n_periods)[:, None]
        found: tuple[list[Floats], list[Floats], list[Floats]] = ([], [], [])
        for until_lead, until_next, chance in _lengths(lead, lead + review):
            end = np.minimum(starts + until_next, self.history.n_periods)
            complete = starts + until_next <= self.history.n_periods
            middle = np.minimum(starts + until_lead, self.history.n_periods)
            unspoilt = complete & (_at(gaps, end) == gaps[:-1])
            found[0].append(_at(pieces, middle) - pieces[:-1])
            found[1].append(_at(pieces, end) - pieces[:-1])
            found[2].append(np.where(unspoilt, chance, 0.0))
        first, whole, weight = (np.concatenate(parts) for parts in found)
        return first, whole, weight


def _running(values: Floats | Mask) -> Floats:
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])


def _at(running: Floats, row: Ints) -> Floats:
    return np.take_along_axis(running, np.broadcast_to(row, (len(running) - 1, running.shape[1])), axis=0)


def _lengths(lead: Floats, protection: Floats) -> list[tuple[Ints, Ints, Floats]]:
    """Whole lengths of the two stretches, and the probability of each pair, over a uniform phase u of the start.

    They hold ``floor(lead + u)`` and ``floor(protection + u)`` periods: the means are `lead` and `protection`.
    """
    steps = np.sort(np.stack([np.zeros_like(lead), 1 - lead % 1, 1 - protection % 1, np.ones_like(lead)]), axis=0)
    pairs = []
    for low, high in pairwise(steps):
        middle = (low + high) / 2
        if (high > low).any():
            pairs.append(
                (np.floor(lead + middle).astype(np.int64), np.floor(protection + middle).astype(np.int64), high - low)
            )
    return pairs
