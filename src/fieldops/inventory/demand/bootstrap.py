"""Bootstrapped demand: stretches of time drawn from what the history held, many times.

All items share the same random numbers, drawn from one seed. Each item's distribution is as with numbers of its own,
but it doesn't depend on which items stand beside it, and the same seed gives the same levels. Items of which fewer than
ten drawn reviews can be expected to hold demand (sparse, or looked at often) are passed on to the default model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory.censoring import refuse
from fieldops.inventory.demand.base import Floats, Interval, Ints, Items, Mask
from fieldops.inventory.demand.sampled import Sampled, sizes_of
from fieldops.inventory.history import DemandHistory

FEWEST: Final = 100
"""Replications below which a tail is noise."""
FEWEST_REVIEWS: Final = 10
"""Drawn reviews with demand below which an item is passed on to the default model."""


@dataclass(frozen=True)
class _Drawn(ABC):
    """What is drawn from: mean, sizes seen, shape (most demands, items), NaN beyond, and number of observed periods."""

    model: Willemain | ViswanathanZhou
    rate: Floats
    sizes: Floats
    observed: Ints

    @abstractmethod
    def demands(self) -> Iterator[tuple[Floats | int, Floats]]:
        """Give the period of each next demand and its pieces, in time order, shape (replications, items)."""

    @property
    def breadth(self) -> int:
        """Replications of three demands, and what they are made with."""
        return 8 * self.model.replications

    def able(self, lead: Floats, review: Floats) -> Mask:
        """Which items have demand in ten of the drawn reviews, or never."""
        return _seen_often(self.sizes, self.observed, review, self.model.replications)

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return replace(self, **{name: values[..., items] for name, values in vars(self).items() if name != "model"})

    def interval(self, lead: Floats, review: Floats) -> Interval:
        """Give the demands over lead time, protection interval and review interval, from the same replications."""
        return _sampled(self.demands(), lead, review, self.model.replications)


@dataclass(frozen=True)
class Willemain:
    r"""Demand by the bootstrap of Willemain, Smart and Schwarz (2004, International Journal of Forecasting 20).

    Whether a period has demand follows a Markov chain with two states, started from the last observed period:

    .. math:: P(1 \mid i) = (n_{i1} + \bar\pi) / (n_{i0} + n_{i1} + 1), \qquad \bar\pi = k/n,

    n_ij being the steps seen from state i to j, the one from the last period back to the first included (without it a
    demand in the first period would be lost); one step more, at the mean share, keeps a state that was seen once or
    never away from 0 and 1. A period with demand draws a size X from those seen, and jitters it, since the future isn't
    bound to them:

    .. math:: J = 1 + \mathrm{int}(X + Z \sqrt{X}), \quad Z \sim N(0, 1),

    and J = X where that isn't positive. Runs of demand are kept. Jitter adds half a piece to a size on average, two
    thirds to a size of 1: ``willemain_plain`` has none.
    A lead time of 2.3 periods is two periods in seven of ten replications and three in the others, as in ``empirical``.

    Parameters
    ----------
    jitter
        Whether sizes are jittered.
    replications
        Stretches drawn, 100 or more.
    seed
        Of the random numbers.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[3, 0, 0, 3] * 6], parts=["P1"], first=date(2024, 1, 1))
    >>> period = Willemain(jitter=False).fit(history).interval(np.ones(1), np.ones(1)).review
    >>> np.diff(period.table(6, np.array([1]))[0][:, 0], prepend=0.0).nonzero()[0].tolist()
    [0, 3]
    """

    jitter: bool = True
    replications: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        _checked(self.replications)

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "willemain" if self.jitter else "willemain_plain"

    def fit(self, history: DemandHistory) -> WillemainFit:
        """Count the steps between the states and keep the sizes; ConfigError where stock-outs cut counts short."""
        refuse(history, self.name)
        steps, items = np.zeros((2, 2, history.n_items)), np.arange(history.n_items)
        first, state = (np.zeros(history.n_items, dtype=np.int64) for _ in range(2))
        before = np.zeros(history.n_items, dtype=bool)
        for row in history.counts:
            seen, now = np.isfinite(row), (row > 0).astype(np.int64)
            both = items[seen & before]
            steps[state[both], now[both], both] += 1
            first = np.where(seen & ~before, now, first)
            state, before = np.where(seen, now, state), before | seen
        steps[state, first, items] += before
        sizes, observed = sizes_of(history), np.isfinite(history.counts).sum(axis=0)
        share = np.isfinite(sizes).sum(axis=0) / np.maximum(observed, 1)
        chance = (steps[:, 1] + share) / (steps.sum(axis=1) + 1)
        return WillemainFit(self, history.counted_rate(), sizes, observed, chance, state == 1)


@dataclass(frozen=True)
class WillemainFit(_Drawn):
    """Chance of demand after a period without and after one with it, shape (2, items); whether the last one had it."""

    model: Willemain
    chance: Floats
    last: Mask

    def demands(self) -> Iterator[tuple[Floats | int, Floats]]:
        """Give the number of each period to come and its demand, shape (replications, items)."""
        occurs, draws, noise = _streams(self.model.seed, 3)
        state, items = np.broadcast_to(self.last, (self.model.replications, len(self.last))), np.arange(len(self.rate))
        number = np.isfinite(self.sizes).sum(axis=0)
        pool = np.where(np.isfinite(self.sizes), self.sizes, 0.0)
        after_none, after_some = self.chance
        period = 0
        while True:
            period += 1
            state = occurs.random(self.model.replications)[:, None] < np.where(state, after_some, after_none)
            drawn = (draws.random(self.model.replications)[:, None] * number).astype(np.int64)
            size = pool[drawn, items]
            if self.model.jitter:
                moved = 1.0 + np.trunc(size + noise.standard_normal(self.model.replications)[:, None] * np.sqrt(size))
                size = np.where(moved > 0, moved, size)
            yield period, np.where(state, size, 0.0)


@dataclass(frozen=True)
class ViswanathanZhou:
    """Demand by resampled intervals and sizes (Viswanathan and Zhou 2008, Nanyang Business School working paper).

    The next demand comes after an interval drawn from those seen, with a size drawn from those seen, and so on to the
    end of the stretch. Regular orders stay regular, which Poisson and Markov occurrence don't know.

    Two things are settled here. The zeros before the first demand and after the last make up one interval together, so
    the intervals add up to the history and the mean is the history's. And the stretch starts in any observed period
    with equal chance, not right after a demand, since a level is there all the time.

    Parameters
    ----------
    replications
        Stretches drawn, 100 or more.
    seed
        Of the random numbers.

    Examples
    --------
    A dozen every sixth month: no stretch of five months holds two orders.

    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[0, 0, 12, 0, 0, 0] * 6], parts=["P1"], first=date(2023, 1, 1))
    >>> demand = ViswanathanZhou().fit(history).interval(np.array([4.0]), np.ones(1)).protection
    >>> np.diff(demand.table(24, np.array([1]))[0][:, 0], prepend=0.0).round(2).nonzero()[0].tolist()
    [0, 12]
    """

    replications: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        _checked(self.replications)

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "viswanathan_zhou"

    def fit(self, history: DemandHistory) -> RenewalFit:
        """Keep sizes, intervals, and the wait from each observed period to the next demand.

        Raises ConfigError where stock-outs cut counts short.
        """
        refuse(history, self.name)
        seen, used = np.isfinite(history.counts), history.counts > 0
        observed, sizes = seen.sum(axis=0), sizes_of(history)
        # Once round the history backwards, then once more: the wait after the last demand ends at the first.
        wait = np.full(history.n_items, np.inf)
        waits, intervals = np.full(history.counts.shape, np.nan), np.full(history.counts.shape, np.nan)
        for at in [*reversed(range(history.n_periods))] * 2:
            wait = wait + seen[at]
            intervals[at] = np.where(used[at], wait, np.nan)
            wait = np.where(used[at], 0.0, wait)
            waits[at] = np.where(seen[at], wait, np.nan)
        kept = _packed(intervals)[: len(sizes)], _packed(waits)
        return RenewalFit(self, history.counted_rate(), sizes, observed, *kept)


@dataclass(frozen=True)
class RenewalFit(_Drawn):
    """Intervals seen, shape (most demands, items), and waits of the observed periods, shape (periods, items)."""

    model: ViswanathanZhou
    intervals: Floats
    waits: Floats

    def demands(self) -> Iterator[tuple[Floats | int, Floats]]:
        """Give the period in which each next demand comes and its size, shape (replications, items)."""
        start, gaps, draws = _streams(self.model.seed, 3)
        number, items = np.isfinite(self.sizes).sum(axis=0), np.arange(len(self.rate))
        pool = np.where(np.isfinite(self.sizes), self.sizes, 0.0)
        between = np.where(np.isfinite(self.intervals), self.intervals, np.inf)
        waits = np.where(np.isfinite(self.waits), self.waits, np.inf)

        def drawn(stream: np.random.Generator, many: Ints) -> Ints:
            return (stream.random(self.model.replications)[:, None] * many).astype(np.int64)

        period = 1.0 + waits[drawn(start, self.observed), items]
        while True:
            yield period, pool[drawn(draws, number), items]
            period = period + between[drawn(gaps, number), items]


def _checked(replications: int) -> None:
    if replications < FEWEST:
        raise ConfigError(f"a bootstrap needs {FEWEST} replications or more, not {replications}")


def _seen_often(sizes: Floats, observed: Ints, review: Floats, replications: int) -> Mask:
    """Whether draws can tell the fill rate: what is asked for in a review is its measure."""
    orders = np.isfinite(sizes).sum(axis=0)
    return np.asarray((orders == 0) | (replications * review * orders >= FEWEST_REVIEWS * observed))


def _streams(seed: int, number: int) -> list[np.random.Generator]:
    return [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(number)]


def _packed(values: Floats) -> Floats:
    """Move what is not NaN to the top of each column, smallest first."""
    return np.sort(values, axis=0)


def _sampled(
    demands: Iterator[tuple[Floats | int, Floats]], lead: Floats, review: Floats, replications: int
) -> Interval:
    """Add up demands in time order over the three stretches; a fraction of a period is drawn evenly."""
    phase = (np.arange(replications)[:, None] + 0.5) / replications
    first, whole = np.floor(lead + phase), np.floor(lead + review + phase)
    until_lead, until_next = np.zeros(first.shape), np.zeros(first.shape)
    for period, pieces in demands:
        if not (period <= whole).any():
            break
        until_lead += np.where(period <= first, pieces, 0.0)
        until_next += np.where(period <= whole, pieces, 0.0)
    weight = np.broadcast_to(np.float64(1.0 / replications), first.shape)
    first_one, both, between = (Sampled(one, weight) for one in (until_lead, until_next, until_next - until_lead))
    return Interval(first_one, both, between)
