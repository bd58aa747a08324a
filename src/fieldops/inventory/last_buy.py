r"""The last time to buy: how many pieces last until service ends, when a part is no longer made.

Demand goes on, but declines as machines leave the field: of what is asked for in one period a share
:math:`1 - \delta` is no longer asked for in the next. With a rate of d and a sample variance of s2 a period now, seen
over n periods, the demand of the next t periods has

.. math:: M_t = d\,a_t, \qquad V_t = s^2 a_t + a_t^2 s^2 / n, \qquad
          a_t = 1 + \delta + \dots + \delta^{t-1} = \frac{1 - \delta^t}{1 - \delta}

and is taken for negative binomial. Orders come less often and stay as large, so that the variance of a period falls
as its mean does; the last term is the doubt about d, which is the same in all periods (Prak, Teunter and Syntetos
2017). That demand for spares of a product out of production falls exponentially, and that one order has to cover all
of it, is the model of Fortuin (1980), "The all-time requirement of spare parts for service after sales", International
Journal of Operations and Production Management 1.

How many to buy:

- by *target*: the least Q that serves this share of the pieces, :math:`1 - E(D - Q)^+ / M`, or that lasts to the end
  with this chance, :math:`P(D \le Q)`;
- by *cost*: the n-th piece is bought as long as it is worth its money (a newsvendor over time; Teunter and Fortuin
  1999, "End-of-life service", International Journal of Production Economics 59). It spares the cost p of a shortage in
  the period in which the n-th piece is asked for, and costs its price c now, h for each period in which it lies there,
  and brings back w (below 0: costs of scrapping) if it is left:

  .. math:: p \sum_{t=1}^T \beta^t [P(D_t \ge n) - P(D_{t-1} \ge n)] + w \beta^T P(D_T < n)
            \;>\; c + h \sum_{t=1}^T \beta^t P(D_t < n),

  money of period t counting :math:`\beta^t` today. The left side less the right falls in n, so the first n that isn't
  worth it ends the search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from fieldops import units
from fieldops.errors import ConfigError
from fieldops.inventory import policy
from fieldops.inventory.arguments import per_item
from fieldops.inventory.demand import NegativeBinomial
from fieldops.inventory.demand.base import FamilyDemand, FamilyFit, Floats, Interval, Ints
from fieldops.inventory.demand.rates import Rate, at_rate, rate_named
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.limits import whole_orders
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import Service

if TYPE_CHECKING:
    import pandas as pd

Goal: TypeAlias = Literal["fill_rate", "cycle_service"]
GOALS: Final = ("fill_rate", "cycle_service")
LONGEST: Final = 1200
"""Periods until the end of service, at most: a hundred years of months."""


@dataclass(frozen=True, eq=False)
class LastBuy:
    """The last buy of every item, each array of shape (items,), in the order of the history.

    Attributes
    ----------
    history, parts
        What it was made from; `parts` with one entry an item.
    periods
        Periods until the end of service.
    mean, variance
        Of the demand until then, pieces.
    needed
        Pieces that are to be there now, to reach the target or at least cost.
    buy
        Pieces to order: what is needed beyond stock, MOQ and pack seen to.
    service
        What stock and order together give: `fill_rate`, `cycle_service` (chance that they last), `expected_backorders`
        (pieces missed until the end) and `expected_on_hand` (left at the end).
    """

    history: DemandHistory
    parts: PartMaster
    periods: Ints
    mean: Floats
    variance: Floats
    needed: Ints
    buy: Ints
    service: Service

    def __repr__(self) -> str:
        return f"LastBuy({len(self.needed):,} items)"

    def to_frame(self) -> pd.DataFrame:
        """Give one row an item; quantities in pieces, money in currency units."""
        import pandas as pd

        price = self.parts.price / units.CURRENCY
        return pd.DataFrame(
            {
                "part": self.history.parts,
                "place": self.history.places,
                "name": self.parts.names,
                "periods": self.periods,
                "demand_mean": self.mean,
                "demand_var": self.variance,
                "needed_pcs": self.needed,
                "buy_pcs": self.buy,
                "buy_value": self.buy * price,
                "promised_fill_rate": self.service.fill_rate,
                "lasts_rate": self.service.cycle_service,
                "expected_missed_pcs": self.service.expected_backorders,
                "expected_left_pcs": self.service.expected_on_hand,
                "expected_left_value": self.service.expected_on_hand * price,
            }
        )


def last_time_buy(
    history: DemandHistory,
    parts: PartMaster,
    *,
    periods: ArrayLike,
    decline: ArrayLike = 0.0,
    target: ArrayLike = 0.95,
    measure: Goal = "fill_rate",
    stock_pcs: ArrayLike = 0,
    rate: str | Rate = "mean",
) -> LastBuy:
    """Say how many pieces to buy for the last time, so that a target is reached until service ends.

    Parameters
    ----------
    history
        Demand per period and item.
    parts
        Master data; every part of the history is in it.
    periods
        Periods of the history until the end of service, one for all or one an item.
    decline
        Share by which demand falls from one period to the next, 0 <= decline < 1.
    target
        0 <= target < 1, one for all or one an item.
    measure
        ``fill_rate``: share of the pieces that are there when asked for; ``cycle_service``: chance that none is missed.
    stock_pcs
        Pieces on hand and on order less backorders.
    rate
        As in `reorder_levels`; ``tsb`` where demand has begun to end.

    Returns
    -------
    LastBuy
        In the order of the history. A part never demanded needs nothing.

    Raises
    ------
    ConfigError
        If an argument is impossible.
    TableError
        If a part of the history is not in the master.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 1, 1] * 9], parts=["P1"], first=date(2024, 1, 1))
    >>> found = last_time_buy(history, PartMaster.of(["P1"], lead_time_days=0), periods=60, decline=0.02, stock_pcs=5)
    >>> round(float(found.mean[0]), 1), int(found.needed[0]), int(found.buy[0])
    (35.1, 37, 32)
    """
    remaining = _Remaining.of(history, parts, periods, decline, rate)
    if measure not in GOALS:
        raise ConfigError(f"there is no measure {measure!r} of a last buy; choose one of {', '.join(GOALS)}")
    goal = per_item(target, history, "target").astype(np.float64)
    needed = policy.least_reorder_point(remaining.interval(), goal, measure) + 1
    return remaining.bought(needed, stock_pcs)


def cheapest_last_buy(
    history: DemandHistory,
    parts: PartMaster,
    *,
    periods: ArrayLike,
    shortage_cost: ArrayLike,
    decline: ArrayLike = 0.0,
    holding_rate: float = 0.2,
    interest_rate: float = 0.0,
    left_value: ArrayLike = 0.0,
    stock_pcs: ArrayLike = 0,
    rate: str | Rate = "mean",
) -> LastBuy:
    """Say how many pieces to buy for the last time at least expected cost until service ends.

    Parameters
    ----------
    history, parts, periods, decline, stock_pcs, rate
        As in `last_time_buy`.
    shortage_cost
        Cost of a piece that is missing (a dearer source, another machine), currency units.
    holding_rate
        Share of the price a year that a piece costs while it lies there, beside interest.
    interest_rate
        Interest a year: money of next year counts 1/(1 + interest_rate).
    left_value
        What a piece brings that is left at the end, currency units; below 0 what scrapping costs.

    Returns
    -------
    LastBuy
        In the order of the history.

    Raises
    ------
    ConfigError
        If an argument is impossible, a part has no price, or a piece left brings more than it cost.
    TableError
        If a part of the history is not in the master.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 1, 1] * 9], parts=["P1"], first=date(2024, 1, 1))
    >>> master = PartMaster.of(["P1"], price=40, lead_time_days=0)
    >>> dear, cheap = (
    ...     cheapest_last_buy(history, master, periods=60, decline=0.02, shortage_cost=cost) for cost in (400, 60)
    ... )
    >>> int(dear.needed[0]), int(cheap.needed[0])
    (40, 22)
    """
    remaining = _Remaining.of(history, parts, periods, decline, rate)
    price = remaining.parts.price / units.CURRENCY
    missing, left = (
        per_item(value, history, name).astype(np.float64)
        for value, name in ((shortage_cost, "shortage_cost"), (left_value, "left_value"))
    )
    if not (price > 0).all():
        raise ConfigError(f"{int((price <= 0).sum()):,} items have no price, so nothing can be cheapest for them")
    if not (np.isfinite(missing) & (missing >= 0) & np.isfinite(left) & (left < price) & (left <= missing)).all():
        raise ConfigError(
            "shortage_cost is 0 or more; a piece left brings less than it cost, and no more than a shortage"
        )
    if not (0 <= holding_rate < np.inf and 0 <= interest_rate < np.inf):
        raise ConfigError("holding_rate and interest_rate are 0 or more a year")
    a_year = float(history.in_periods(365.25))
    lying, discount = price * holding_rate / a_year, (1.0 + interest_rate) ** (-1.0 / a_year)
    return remaining.bought(_cheapest(remaining, price, missing, lying, left, discount), stock_pcs)


@dataclass(frozen=True, eq=False)
class _Remaining:
    """Demand from now to the end of service."""

    history: DemandHistory
    parts: PartMaster
    fit: FamilyFit
    periods: Ints
    kept: Floats

    @classmethod
    def of(
        cls, history: DemandHistory, parts: PartMaster, periods: ArrayLike, decline: ArrayLike, rate: str | Rate
    ) -> _Remaining:
        until = per_item(periods, history, "periods").astype(np.float64)
        falls = per_item(decline, history, "decline").astype(np.float64)
        if not ((until >= 1) & (until <= LONGEST) & (until == np.rint(until))).all():
            raise ConfigError(f"periods is a whole number of periods until the end of service, 1 to {LONGEST:,}")
        if not ((falls >= 0) & (falls < 1)).all():
            raise ConfigError("decline is the share by which demand falls from period to period, 0 or more and below 1")
        fit = at_rate(NegativeBinomial().fit(history), history, rate_named(rate))
        if not isinstance(fit, FamilyFit):
            raise ConfigError("a last buy needs a rate that leaves mean and variance")
        return cls(history, parts.of_items(history.parts), fit, until.astype(np.int64), 1.0 - falls)

    def over(self, periods: Ints) -> FamilyDemand:
        """Give the demand of the next periods; the fit's own rule with a shrunken number of them."""
        steady = self.kept == 1.0
        falling = np.where(steady, 0.5, self.kept)
        return self.fit.over(np.where(steady, periods, (1.0 - falling**periods) / (1.0 - falling)))

    def interval(self) -> Interval:
        """One look at the end of service: what is asked for until then is served from what is there now."""
        whole, nothing = self.over(self.periods), self.over(np.zeros_like(self.periods))
        return Interval(nothing, whole, whole)

    def bought(self, needed: Ints, stock_pcs: ArrayLike) -> LastBuy:
        """See to stock, MOQ and pack; measure what is there then."""
        stock = per_item(stock_pcs, self.history, "stock_pcs").astype(np.float64)
        if not np.isfinite(stock).all():
            raise ConfigError("stock_pcs is a number of pieces for each item")
        more, buy = np.flatnonzero(needed > stock), np.zeros(len(needed), dtype=np.int64)
        buy[more] = whole_orders(needed[more] - stock[more], self.parts.take(more))
        interval = self.interval()
        there = np.maximum(np.floor(stock) + buy, 0).astype(np.int64)
        service = policy.service(interval, there - 1)
        whole = interval.protection
        return LastBuy(self.history, self.parts, self.periods, whole.mean, whole.variance, needed, buy, service)


def _cheapest(
    remaining: _Remaining, price: Floats, missing: Floats, lying: Floats, left: Floats, discount: float
) -> Ints:
    """Buy piece after piece as long as each is worth its money; all items at once."""
    needed = np.zeros(len(price), dtype=np.int64)
    worth = np.flatnonzero((missing > price) & (remaining.fit.rate > 0))
    # No piece is worth its price that is asked for too seldom, whatever it saves: more need not be looked at.
    back = np.maximum(left, 0.0)
    sure = np.clip(1.0 - (price - back) / np.where(missing > price, missing - back, 1.0), 0.0, 1.0 - 1e-9)
    whole = remaining.interval().take(worth)
    lot = whole.lots()
    most = policy.least_reorder_point(whole, sure[worth], "cycle_service") // lot + 2
    for here, top in policy.bins(np.arange(len(worth)), most, np.ones_like(most)):
        items = worth[here]
        gain = np.zeros((top, len(items))) - price[items]
        before, mine = np.zeros((top, len(items))), remaining.periods[items]
        for period in range(1, int(mine.max(initial=0)) + 1):
            going = period <= mine
            until = np.minimum(period, remaining.periods)
            cdf = remaining.over(until).take(items).table(top - 1, lot[here])[0]
            asked = 1.0 - cdf  # row n - 1: the n-th lot is asked for by then
            today = discount**period
            step = (
                missing[items] * (asked - before)
                - lying[items] * cdf
                + np.where(period == mine, left[items], 0.0) * cdf
            )
            gain += np.where(going, today * step, 0.0)
            before = asked
        unworthy = gain <= 0
        needed[items] = np.where(unworthy.any(axis=0), unworthy.argmax(axis=0), top) * lot[here]
    return needed
