"""Pooled demand: what alike parts teach about one of which little is known. The default for a range of parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory.censoring import refuse
from fieldops.inventory.demand.base import DemandModel, FamilyFit, Floats, Ints, Moments
from fieldops.inventory.demand.credibility import (
    Sizes,
    log_likelihood,
    sizes,
    weight_in_periods,
)
from fieldops.inventory.demand.negative_binomial import NegativeBinomial
from fieldops.inventory.history import DemandHistory, Life, Names
from fieldops.inventory.parts import PartMaster

FEWEST_ITEMS: Final = 100
"""Items with demand that it takes to learn from a range."""
FEWEST_ALIKE: Final = 50
"""Items with demand that make a group."""
MOST_BANDS: Final = 20
ORDERS: Final = (8.0, 5.0, 3.0, 2.0, 1.5, 1.0, 0.75, 0.5, 0.35, 0.2, 0.1, 0.05)
"""Weights of the group's mean size, in orders, that are tried; the first also where no history tells them apart."""
SPREADS: Final = (100.0, 50.0, 20.0, 10.0, 5.0, 2.0)
"""Weights of the group's spread of sizes, likewise: a spread takes many more orders to be known than a mean."""
TRIED_ITEMS: Final = 50_000
"""Items at most that these weights are chosen by, evenly spaced."""


@dataclass(frozen=True, eq=False)
class Prior:
    """What a range of parts says about one of its groups before that part's own history is looked at.

    Attributes
    ----------
    frequency, size, spread
        Share of periods with demand, mean size of a demand in pieces and squared coefficient of variation of the sizes
        of a part, each of shape (groups,).
    periods, orders, spread_orders
        Weight of the group's frequency in periods, of its size and of its spread in orders.
    parts, group
        Ids, and the group of each.
    """

    frequency: Floats
    size: Floats
    spread: Floats
    periods: float
    orders: float
    spread_orders: float
    parts: Names
    group: Ints

    def group_of(self, parts: Names) -> Ints:
        """Give the group of each part; a part that was not there when the range was learnt has the largest."""
        import pandas as pd

        at = pd.Index(self.parts).get_indexer(pd.Index(parts))
        largest = int(np.bincount(self.group).argmax())
        return np.where(at >= 0, self.group[at], largest)


@dataclass(frozen=True, eq=False)
class Pooled:
    r"""Negative binomial demand whose moments are pooled with those of alike parts (empirical Bayes).

    A part with k demands of mean size z and squared coefficient of variation w in n periods, in a group whose parts
    have demand in a share p0 of the periods, with sizes of mean z0 and variation w0 about each part's own mean:

    .. math:: p = \frac{k + K p_0}{n + K}, \qquad m = \frac{k z + c z_0}{k + c}, \qquad
              u = \frac{(k-1) w + d w_0}{k - 1 + d},

    linear credibility (Buhlmann and Straub 1970; Buhlmann and Gisler 2005, A Course in Credibility Theory). A period
    then has the mean p m and the variance s2 = p m^2 (1 + u - p), and L periods, with the doubt left about p and m,

    .. math:: v = L s^2 + L^2 \left(m^2 \frac{p (1 - p)}{n + K} + p^2 \frac{m^2 u}{k + c}\right).

    The weights are learnt from the range. K: the parts' true frequencies vary as much as the two halves of their
    histories vary together, K = (p0 (1 - p0) - cov)/cov; where the halves have nothing in common all parts of a group
    have its frequency. c, then d: the first half of the histories tells the second by every weight of a list, and the
    one is taken under which the demands of its periods are likeliest.

    Three demands of one piece each say little: parts of that price also go by the dozen, and now it is known. Parts
    observed so shortly that no demand was to be expected yet (n p0 < 1) have the demand of their group; parts that
    had time and no demand keep none. Superseded items teach nothing; nor do those that stock-outs cut short,
    which are passed on to ``negative_binomial``.

    A model must learn before it pools (`learn`, which `reorder_levels` does with the whole range); without, it is
    ``negative_binomial``.

    Parameters
    ----------
    alike
        What makes parts alike: ``price`` (bands of equal numbers of parts), ``criticality``, or a group for each part
        id (equipment, installed base, supplier ...).
    parameter_uncertainty
        Whether v holds the second term.
    prior
        What was learnt.

    Examples
    --------
    >>> from datetime import date
    >>> series = [[1, 0, 0, 2], [6, 0, 4, 0]] * 60
    >>> history = DemandHistory.from_matrix(series, parts=[f"P{at}" for at in range(120)], first=date(2026, 1, 1))
    >>> model = Pooled().learn(history, PartMaster.of(history.parts, lead_time_days=30))
    >>> model.fit(history).rate[:2].round(3).tolist()
    [0.989, 2.261]
    """

    alike: str | Mapping[str, str] = "price"
    parameter_uncertainty: bool = True
    prior: Prior | None = None

    def __post_init__(self) -> None:
        if isinstance(self.alike, str) and self.alike not in ("price", "criticality"):
            raise ConfigError(
                f"parts are not alike by {self.alike!r}; say price, criticality, or give a group for each part id"
            )

    @property
    def name(self) -> str:
        """Name in tables and configurations."""
        return "pooled" if self.parameter_uncertainty else "pooled_plain"

    def learn(self, history: DemandHistory, parts: PartMaster) -> DemandModel:
        """Learn from a range of items; `parts` has one entry an item.

        Returns
        -------
        DemandModel
            This model with a prior, or ``negative_binomial`` where fewer than 100 items have demand. One that has
            learnt stays as it is, so that it can be taken to a part of its range.
        """
        import pandas as pd

        if self.prior is not None:
            return self
        whole = ~(history.censored() | history.lives(Life.SUPERSEDED))  # whose zeros are only moved demand
        if not whole.all():
            history, parts = history.take(whole), parts.take(whole)
        seen = Sizes.of(history)
        if (seen.demands > 0).sum() < FEWEST_ITEMS:
            return NegativeBinomial()
        group = self._groups(history, parts, seen)
        number = np.bincount(group)
        frequency = np.bincount(group, seen.demands) / np.maximum(np.bincount(group, seen.observed), 1.0)
        size, spread = sizes(seen, group, len(number))
        periods = weight_in_periods(history, frequency[group])
        first = ~pd.Index(history.parts).duplicated()
        prior = Prior(frequency, size, spread, periods, ORDERS[0], SPREADS[0], history.parts[first], group[first])
        return replace(self, prior=_likeliest(history, prior, group))

    def fit(self, history: DemandHistory) -> FamilyFit:
        """Pool each item's moments with those of its group."""
        family = NegativeBinomial(self.parameter_uncertainty)
        refuse(history, self.name)
        if self.prior is None:
            return family.fit(history)
        return FamilyFit(family, _moments(Sizes.of(history), self.prior, self.prior.group_of(history.parts)))

    def _groups(self, history: DemandHistory, parts: PartMaster, seen: Sizes) -> Ints:
        if self.alike == "price":
            used = parts.price[seen.demands > 0]
            bands = min(MOST_BANDS, len(used) // FEWEST_ITEMS)
            edges = np.unique(np.quantile(used, np.linspace(0, 1, bands + 1)[1:-1], method="higher"))
            return _dense(np.searchsorted(edges, parts.price), seen)
        stated = self.alike
        labels = parts.criticality if isinstance(stated, str) else [stated.get(str(one), "") for one in parts.ids]
        return _dense(np.unique(np.asarray(labels, dtype=str), return_inverse=True)[1].reshape(-1), seen)


def _dense(group: Ints, seen: Sizes) -> Ints:
    """Give the groups numbers from 0, those of too few items with demand one together."""
    enough = np.bincount(group, seen.demands > 0) >= FEWEST_ALIKE
    merged = np.where(enough[group], group, len(enough))
    return np.asarray(np.unique(merged, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def _moments(seen: Sizes, prior: Prior, group: Ints) -> Moments:
    p0, z0, w0 = prior.frequency[group], prior.size[group], prior.spread[group]
    k, n, others = seen.demands, seen.observed, np.maximum(seen.demands - 1.0, 0.0)
    p = (k + prior.periods * p0) / (n + prior.periods)
    m = (k * seen.mean + prior.orders * z0) / (k + prior.orders)
    u = (seen.relative_squares + prior.spread_orders * w0) / (others + prior.spread_orders)
    doubt = m**2 * p * (1 - p) / (n + prior.periods) + p**2 * m**2 * u / (k + prior.orders)
    alive = (k > 0) | (n * p0 < 1.0)
    mean, variance = np.where(alive, p * m, 0.0), np.where(alive, p * m**2 * (1.0 + u - p), 0.0)
    variance = np.maximum(variance, mean)
    # The doubt is told as the number of periods whose plain mean would be as doubtful: s2/n.
    return Moments(variance / np.where(alive & (doubt > 0), doubt, 1.0), mean, variance)


def _likeliest(history: DemandHistory, prior: Prior, group: Ints) -> Prior:
    """Find the weights in orders by which the first half of the histories tells the second best."""
    step, middle = -(-history.n_items // TRIED_ITEMS), history.n_periods // 2
    early, group = Sizes.of(history.take(slice(None, None, step)).before(middle)), group[::step]
    told = np.flatnonzero(early.demands > 0)
    later = history.counts[middle:, ::step][:, told]
    family = NegativeBinomial()

    def likelihood(weighed: Prior) -> float:
        demand = FamilyFit(family, _moments(early, weighed, group).take(told)).over(np.ones(len(told)))
        return log_likelihood(later, demand.mean, demand.variance)

    prior = max((replace(prior, orders=weight) for weight in ORDERS), key=likelihood)
    return max((replace(prior, spread_orders=weight) for weight in SPREADS), key=likelihood)
