r"""Order quantities and reorder points by money: what `levels` does where ordering, keeping and waiting have a price.

- Ordering and keeping alone give the order quantity: Q = sqrt(2 K d / h) (`eoq`), with price breaks the cheapest of
  their ranges. The target still decides the reorder point.
- With a price of waiting as well, s and Q are those of least cost (`optimal`): exact for (s, S) and (s, nQ), whether
  looked at or watched all the time. MOQ, pack and maximum then change Q to Q', and s becomes the least of

.. math:: C(s) = E_y\, G(y), \qquad G(y) = h\,E(y - D)^+ + p\,E(D - y)^+,

with y the position after a look (`policy`). For a given Q the number of orders doesn't depend on s, and C is convex.

A quantity between two whole packs becomes the cheaper of them: K d/Q + h Q/2 is lower at Q_1 than at Q_2 > Q_1 where
Q^2 <= Q_1 Q_2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldops import units
from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Interval, Ints, Mask
from fieldops.inventory.eoq import with_price_breaks
from fieldops.inventory.history import DemandHistory, Names
from fieldops.inventory.limits import whole_orders
from fieldops.inventory.optimal import Costs, Table, expected_cost, optimal
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import Kinds, bins, height, in_lots, multiples_of, offsets, over_offsets

YEAR: float = 365.25


@dataclass(frozen=True)
class StockCosts:
    """What stock costs, in currency units; each one value for all items or one an item.

    Parameters
    ----------
    order
        An order, whatever its size; 0 or more.
    holding_rate
        Share of its price that a piece on the shelf costs a year (interest, room, risk), above 0.
    waiting_per_day
        A piece that somebody waits for, per day, above 0; None: a target decides how much to stock.
    cover_years
        No order is for more than so many years of demand, above 0: cheap parts would be bought for decades.

    Raises
    ------
    ConfigError
        If one of them is impossible.
    """

    order: ArrayLike
    holding_rate: ArrayLike = 0.2
    waiting_per_day: ArrayLike | None = None
    cover_years: ArrayLike = 3.0

    def __post_init__(self) -> None:
        stated = {"order": self.order, "holding_rate": self.holding_rate, "cover_years": self.cover_years}
        if self.waiting_per_day is not None:
            stated["waiting_per_day"] = self.waiting_per_day
        for name, value in stated.items():
            array = np.asarray(value, dtype=np.float64)
            if not (np.isfinite(array) & ((array > 0) | ((name == "order") & (array == 0)))).all():
                raise ConfigError(f"costs.{name} is a number {'of 0 or more' if name == 'order' else 'above 0'}")


@dataclass(frozen=True)
class ItemCosts:
    """The costs of each item per period of its history, in currency units; shape (items,).

    Attributes
    ----------
    order, holding_rate, waiting, cover
        An order; share of the price a period; a piece awaited a period (NaN where a target decides); the most periods
        of demand that an order is for.
    price, breaks, break_prices
        Currency units a piece; least quantities of the price ranges after the first, infinite where there are none,
        and their prices, shape (items, ranges).
    """

    order: Floats
    holding_rate: Floats
    waiting: Floats
    cover: Floats
    price: Floats
    breaks: Floats
    break_prices: Floats

    @classmethod
    def of(cls, costs: StockCosts, parts: PartMaster, history: DemandHistory) -> ItemCosts:
        """Turn what is stated per year and day into periods; `parts` has one entry an item."""
        size, year = len(parts), float(history.in_periods(YEAR))
        waiting = np.nan if costs.waiting_per_day is None else np.asarray(costs.waiting_per_day) * YEAR / year
        stated = [costs.order, np.asarray(costs.holding_rate) / year, waiting, np.asarray(costs.cover_years) * year]
        for array in map(np.asarray, stated):
            if array.shape not in {(), (size,)}:
                raise ConfigError(f"costs are one value or one for each of the {size:,} items")
        order, rate, wait, cover = (np.broadcast_to(np.asarray(one, dtype=np.float64), size) for one in stated)
        price, prices = parts.price / units.CURRENCY, parts.break_price / units.CURRENCY
        return cls(order, rate, wait, cover, price, parts.breaks, prices)

    def take(self, items: Ints) -> ItemCosts:
        """Keep the items at these positions."""
        return ItemCosts(*(getattr(self, name)[items] for name in self.__dataclass_fields__))

    @property
    def priced(self) -> Mask:
        """Items with a price: the others cost nothing to keep, so that only a target can say how many."""
        return np.asarray(self.price > 0)

    @property
    def by_cost(self) -> Mask:
        """Items whose reorder point is decided by cost."""
        return np.asarray(self.priced & np.isfinite(self.waiting))


def order_quantity(rate: Floats, costs: ItemCosts, parts: PartMaster) -> Ints:
    """Give the economic order of each item in whole packs, price breaks seen to; the least order where nothing is used.

    Parameters
    ----------
    rate
        Pieces a period.
    costs, parts
        One entry an item; a price above 0.
    """
    best = with_price_breaks(
        rate,
        order=costs.order,
        holding_rate=costs.holding_rate,
        breaks=np.vstack([np.zeros(len(rate)), costs.breaks.T]),
        prices=np.vstack([costs.price, costs.break_prices.T]),
    )
    return in_packs(best.quantity, rate, costs, parts, np.where(best.range > 0, best.quantity, 0.0))


def in_packs(quantity: Floats, rate: Floats, costs: ItemCosts, parts: PartMaster, least: Floats) -> Ints:
    """Round quantities to the cheaper neighbour that MOQ and pack allow, at least `least`, as cover and cap allow."""
    most = np.minimum(np.ceil(rate * costs.cover), parts.max_stock)
    wanted = np.clip(quantity, 1e-9, np.maximum(most, 1e-9))
    above = whole_orders(wanted, parts)
    below = above - parts.pack
    good = (below >= parts.moq) & (below >= np.minimum(least, most)) & (below > 0) & (wanted**2 <= below * above)
    return np.where(good, below, above)


def cheapest(
    demands: Interval, rate: Floats, costs: ItemCosts, parts: PartMaster, kind: Names, free: Mask, looks: Floats
) -> tuple[Ints, Ints]:
    """Find s and Q of least cost as MOQ, pack and maximum allow.

    Parameters
    ----------
    demands, rate
        Of the items.
    costs, parts
        One entry an item, all `by_cost`.
    kind
        Of each item's orders.
    free
        Items whose Q may be chosen; the others order their least.
    looks
        Chances to order per period.

    Returns
    -------
    tuple
        s, at least -1, and Q in pieces.
    """
    money = Costs(costs.order, costs.holding_rate * costs.price, costs.waiting)
    best = np.ones(len(rate))
    for one in sorted(set(kind)):
        items = np.flatnonzero((kind == one) & free)
        if len(items):
            best[items] = optimal(demands.take(items), money.take(items), looks[items], one).quantity
    bulk = order_quantity(rate, costs, parts)
    cheaper = np.where(np.isfinite(costs.breaks[:, :1]).any(axis=1) & free, bulk, 0)
    quantity = in_packs(np.maximum(best, cheaper), rate, costs, parts, cheaper.astype(np.float64))
    quantity = np.where(free, quantity, whole_orders(np.ones(len(rate)), parts))
    return least_cost_point(demands, quantity, money, kind), quantity


def least_cost_point(demands: Interval, quantity: Ints, costs: Costs, kind: Kinds) -> Ints:
    """Find the cheapest reorder point, at least -1, of orders of a given size; -1 where nothing is demanded.

    >>> from fieldops.inventory.demand import Poisson
    >>> from fieldops.inventory.demand.base import FamilyDemand
    >>> none, period = (FamilyDemand(Poisson(), np.array([m]), np.array([m])) for m in (0.0, 6.0))
    >>> costs = Costs.of(1, order=5, holding=1, backorder=4)
    >>> least_cost_point(Interval(none, period, period), np.array([6]), costs, "s,S").tolist()
    [4]
    """
    size, lot = len(quantity), demands.lots()
    mine, multiples = in_lots(quantity, lot), multiples_of(kind, size)
    point = np.full(size, -1, dtype=np.int64)
    left = np.flatnonzero((demands.protection.mean > 0) & (demands.review.mean > 0))
    rows = height(demands, lot, sigmas=3.0)
    while len(left):
        again = []
        for items, top in bins(left, rows, mine):
            some = demands.take(items)
            cost = Table.of(some, costs.take(items), lot[items], 0, top, 1).cost
            mixed = over_offsets(cost, offsets(some, lot[items], mine[items], multiples[items]))
            best = mixed.argmin(axis=0)
            point[items] = best * lot[items] - 1
            again.append(items[best >= len(mixed) - 1])  # convex: a minimum inside the table is the minimum
        left = np.sort(np.concatenate(again))
        rows[left] = 2 * rows[left]
    return point


def cost_per_period(
    demands: Interval, point: Ints, quantity: Ints, costs: ItemCosts, kind: Names, looks: Floats
) -> Floats:
    """Work out what policies cost a period, ordering, keeping and waiting; all items `by_cost`."""
    money = Costs(costs.order, costs.holding_rate * costs.price, costs.waiting)
    found = np.zeros(len(point))
    asked = (demands.protection.mean > 0) & (demands.review.mean > 0)
    for one in sorted(set(kind)):
        items = np.flatnonzero((kind == one) & asked)
        if len(items):
            found[items] = expected_cost(
                demands.take(items), point[items], quantity[items], money.take(items), looks[items], one
            )
    return found
