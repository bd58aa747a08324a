r"""Policies of least cost, exactly, for any discrete demand: (s, S) and (r, nQ), and the cost of a given policy.

What costs: an order (K, whatever its size), a piece on hand and a piece awaited (h and p, each per period). With D the
demand over the protection interval and n(y) = E(D - y)^+ a position of y pieces costs, per period,

.. math:: G(y) = h\,E(y - D)^+ + p\,E(D - y)^+ = h (y - E D) + (h + p)\,n(y).

G is convex. With `looks` chances to order per period, each after a demand with probabilities f,

- (s, S) costs :math:`(K' + \sum_{j<S-s} m_j G(S-j)) / M(S-s)` per period, where K' = looks K, m is the renewal density
  of f (m_0 = 1/(1 - f_0)) and M(n) = m_0 + ... + m_{n-1}. The search is that of Zheng and Federgruen (1991, Operations
  Research 39): s down from the minimum y* of G, then S up from y* while G(S) is below the least cost, and s up with it;
- (r, nQ) costs :math:`(K' \sum_{j<Q} P(f > j) + G(r+1) + \dots + G(r+Q)) / Q`. The cheapest r of a Q takes in the
  smallest values of G, so each range holds the one before (Federgruen and Zheng 1992, Operations Research 40, where
  each demand is one piece and the first sum is 1). Larger Q are tried until the mean of G alone reaches the least cost:
  it never falls again, so nothing is overlooked, whatever the demand (Zheng and Chen 1992, Naval Research Logistics 39,
  treat orders of n times Q).

Stock that is looked at every T periods has looks = 1/T. Stock watched all the time has one customer's order between two
looks, the demand over the lead time for D, and looks = customers per period.

Tables ``[position, item]`` of like height are worked on together, as in `policy`. A position may be negative: with dear
orders it can pay to let somebody wait. An item for which more than 4,096 positions come into question is searched in
lots of 2, 4, 8 ... pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Interval, Ints, Items, Mask
from fieldops.inventory.policy import KINDS, Kind, bins, in_lots, renewal

MOST_ROWS: Final = 4096
BETTER: Final = 1.0 - 1e-12
"""A cost must be below this share of another to count as lower: rounding makes no orders larger."""


@dataclass(frozen=True)
class Costs:
    """What stock costs, in any one currency, every array of shape (items,).

    Attributes
    ----------
    order
        An order, whatever its size.
    holding, backorder
        A piece on hand and a piece awaited, per period.
    """

    order: Floats
    holding: Floats
    backorder: Floats

    @classmethod
    def of(cls, size: int, *, order: ArrayLike, holding: ArrayLike, backorder: ArrayLike) -> Costs:
        """Give `size` items their costs, each one value for all or one an item; raise ConfigError if impossible."""
        stated = {"order": order, "holding": holding, "backorder": backorder}
        arrays = {name: np.asarray(value, dtype=np.float64) for name, value in stated.items()}
        for name, array in arrays.items():
            if array.shape not in {(), (1,), (size,)}:
                raise ConfigError(f"the {name} cost is one value or one for each of the {size:,} items")
            least = "0 or more" if name == "order" else "above 0"
            good = np.isfinite(array) & ((array >= 0) if name == "order" else (array > 0))
            if not good.all():
                raise ConfigError(f"the {name} cost is {least}, not {np.atleast_1d(array)[~np.atleast_1d(good)][0]}")
        return cls(*(np.broadcast_to(array, size) for array in arrays.values()))

    def take(self, items: Items) -> Self:
        """Keep the items at these positions."""
        return type(self)(*(getattr(self, field.name)[items] for field in fields(self)))


@dataclass(frozen=True)
class Optimum:
    """Policies of least cost, every array of shape (items,).

    Attributes
    ----------
    reorder_point, quantity
        s and Q in pieces: order when the position is at or below s, up to s + Q or by multiples of Q.
    cost
        Per period.
    """

    reorder_point: Ints
    quantity: Ints
    cost: Floats

    @property
    def order_up_to(self) -> Ints:
        """Pieces to order up to, S = s + Q."""
        return self.reorder_point + self.quantity


def optimal(demands: Interval, costs: Costs, looks: ArrayLike = 1.0, kind: Kind = "s,S") -> Optimum:
    """Find the policies of least cost.

    Parameters
    ----------
    demands
        From a fitted model; the module says what they are when stock is watched all the time.
    costs
        One entry an item.
    looks
        Chances to order per period, one for all or one an item: 1/T for a review every T periods.
    kind
        ``s,S``: order up to S; ``s,nQ``: order multiples of Q.

    Returns
    -------
    Optimum
        Where nothing is demanded: s = -1, Q = 1, no cost.

    Raises
    ------
    ConfigError
        If an argument is impossible.

    Examples
    --------
    Poisson demand of 6 a period, no lead time (Snyder and Shen 2019, example 4.7):

    >>> from fieldops.inventory.demand import Poisson
    >>> from fieldops.inventory.demand.base import FamilyDemand
    >>> none, period = (FamilyDemand(Poisson(), np.array([m]), np.array([m])) for m in (0.0, 6.0))
    >>> best = optimal(Interval(none, period, period), Costs.of(1, order=5, holding=1, backorder=4))
    >>> int(best.reorder_point[0]), int(best.order_up_to[0]), float(best.cost[0].round(4))
    (4, 10, 8.0341)
    """
    size, lot, fixed = len(costs.order), demands.lots(), _fixed(costs, looks, kind)
    found = Optimum(np.full(size, -1, dtype=np.int64), np.ones(size, dtype=np.int64), np.zeros(size))
    left = np.flatnonzero((demands.protection.mean > 0) & (demands.review.mean > 0))
    depth, height = _guess(demands, costs, fixed, lot)
    while len(left):
        again = []
        for items, below, top, coarse in _groups(left, depth, height):
            table = Table.of(demands.take(items), costs.take(items), lot[items], below, top, coarse)
            best = (_best_s_S if kind == "s,S" else _best_r_nQ)(table, fixed[items])
            found.reorder_point[items] = (best.row + 1 - table.zero) * table.lot - 1
            found.quantity[items] = best.width * table.lot
            found.cost[items] = best.cost
            again.append(items[~best.inside])
        left = np.sort(np.concatenate(again))
        depth[left], height[left] = 2 * depth[left], 2 * height[left]
    return found


def expected_cost(
    demands: Interval,
    reorder_point: Ints,
    quantity: Ints,
    costs: Costs,
    looks: ArrayLike = 1.0,
    kind: Kind = "s,S",
) -> Floats:
    """Work out what given policies cost per period, shape (items,).

    Parameters
    ----------
    demands, costs, looks, kind
        As for `optimal`.
    reorder_point, quantity
        s, which may be negative, and Q in pieces, shape (items,).

    Examples
    --------
    >>> from fieldops.inventory.demand import Poisson
    >>> from fieldops.inventory.demand.base import FamilyDemand
    >>> none, period = (FamilyDemand(Poisson(), np.array([m]), np.array([m])) for m in (0.0, 6.0))
    >>> costs = Costs.of(1, order=5, holding=1, backorder=4)
    >>> float(expected_cost(Interval(none, period, period), np.array([4]), np.array([6]), costs)[0].round(4))
    8.0341
    """
    lot, fixed = demands.lots(), _fixed(costs, looks, kind)
    lowest, mine = (reorder_point + 1) // lot, in_lots(quantity, lot)
    depth, height = np.maximum(-lowest, 0), np.maximum(lowest + mine, 1)
    found = np.empty(len(lot))
    for items, below, top, _ in _groups(np.arange(len(lot)), depth, height):
        table = Table.of(demands.take(items), costs.take(items), lot[items], below, top, 1)
        found[items] = _cost(table, lowest[items] + table.zero, mine[items], fixed[items], kind)
    return found


def _fixed(costs: Costs, looks: ArrayLike, kind: str) -> Floats:
    """Cost of ordering at every look, per period."""
    if kind not in KINDS:
        raise ConfigError(f"there is no kind of policy {kind!r}; choose one of {', '.join(KINDS)}")
    often = np.asarray(looks, dtype=np.float64)
    if often.shape not in {(), costs.order.shape} or not (np.isfinite(often) & (often > 0)).all():
        raise ConfigError("looks is how often per period an order can go out, above 0, one value or one for each item")
    return np.asarray(costs.order * often)


def _guess(demands: Interval, costs: Costs, fixed: Floats, lot: Ints) -> tuple[Ints, Ints]:
    """Lots below and above zero that hold most optima: three standard deviations and an economic order quantity."""
    usage, mean = demands.review.mean, demands.protection.mean
    reach = mean + 3 * np.sqrt(demands.protection.variance) + 1.5 * np.sqrt(2 * fixed * usage / costs.holding)
    wait = np.sqrt(2 * fixed * usage / costs.backorder)
    return tuple(np.ceil(pieces / lot).astype(np.int64) + 4 for pieces in (np.maximum(wait - mean, 0), reach))  # type: ignore[return-value]


def _groups(items: Ints, depth: Ints, height: Ints) -> Iterator[tuple[Ints, int, int, int]]:
    """Group items of like tables: items, lots below zero, lots above, and lots a row (of the item, not its group)."""
    rows = np.maximum((depth + height)[items], 1)
    coarse = 1 << np.maximum(np.ceil(np.log2(rows / MOST_ROWS)), 0).astype(np.int64)
    for size in np.unique(coarse).tolist():
        for some, _ in bins(items[coarse == size], depth + height, np.zeros_like(depth)):
            yield some, int(depth[some].max()), int(height[some].max()), size


@dataclass(frozen=True)
class Table:
    """What positions cost and how they fall; row `zero` is position 0, the rows lie `lot` pieces apart.

    Attributes
    ----------
    cost
        G, shape (rows, items).
    step
        pmf of the rows that one demand between two looks goes down, shape (rows, items).
    """

    cost: Floats
    step: Floats
    zero: int
    lot: Ints

    @classmethod
    def of(cls, demands: Interval, costs: Costs, lot: Ints, depth: int, height: int, coarse: int) -> Table:
        """Tabulate positions from `depth` lots below zero to `height` above, every `coarse`-th of them."""
        below, above = -(-depth // coarse), -(-height // coarse)
        mean, h, p, wide = demands.protection.mean, costs.holding, costs.backorder, lot * coarse
        short = demands.protection.table(above * coarse, lot)[1][::coarse]
        y = np.arange(-below, above + 1)[:, None] * wide
        cost = p * (mean - y)
        cost[below:] = h * (y[below:] - mean) + (h + p) * short
        cdf, awaited = (table[::coarse] for table in demands.review.table((below + above) * coarse, lot))
        step = np.diff(cdf, axis=0, prepend=0.0)
        if coarse > 1 or (lot > 1).any():
            # Demand between two rows is shared between them so that its mean is kept: second differences of n(y).
            edges = [demands.review.mean + wide, *awaited, awaited[-1]]
            shared = np.maximum(np.diff(np.array(edges), 2, axis=0) / wide, 0.0)
            step = np.where(wide > 1, shared, step)
        return cls(cost, step, below, wide)


@dataclass(frozen=True)
class Best:
    """Row of s, rows from there to the highest position, cost, and whether the table was wide enough for the search."""

    row: Ints
    width: Ints
    cost: Floats
    inside: Mask


def _best_s_S(table: Table, fixed: Floats) -> Best:  # noqa: N802
    """Zheng and Federgruen's search in lock-step; `total` and `mass` are sum and M of the policy (low, high)."""
    cost, density = table.cost, renewal(table.step)
    start = cost.argmin(axis=0)
    low, least = _down(cost, density, start, fixed)
    high, inside = start.copy(), low >= 0
    low = np.maximum(low, 0)
    mass_of = np.cumsum(density, axis=0)
    open_rows = np.where(np.arange(len(cost))[:, None] > low, cost, 0.0)
    items, floor = np.arange(cost.shape[1]), int(low.min()) + 1
    for row in range(int(start.min()) + 1, len(cost)):
        trying = (row > start) & (cost[row] <= least)
        if not trying.any():
            if (row > start).all():
                break
            continue
        total = fixed + np.einsum("ki,ki->i", density[: row - floor + 1], open_rows[floor : row + 1][::-1])
        mass = mass_of[row - low - 1, items]
        better = np.flatnonzero(trying & (total < BETTER * least * mass))
        high[better], least[better] = row, (total / mass)[better]
        while len(better):
            up = low[better] + 1
            better = better[(up < start[better]) & (least[better] <= cost[up, better])]
            up = low[better] + 1
            total[better] -= density[row - up, better] * cost[up, better]
            mass[better] -= density[row - up, better]
            open_rows[up, better], low[better], least[better] = 0.0, up, total[better] / mass[better]
    return Best(low, high - low, least, inside & (cost[-1] > least))


def _down(cost: Floats, density: Floats, start: Ints, fixed: Floats) -> tuple[Ints, Floats]:
    """Lower s from y* until a position of s costs no less than the policy (s, y*); -1 if the table ends before."""
    low, total, mass, least = start.copy(), fixed.copy(), np.zeros(len(start)), np.zeros(len(start))
    going = np.arange(len(start))
    while len(going):
        weight = density[start[going] - low[going], going]
        total[going] += weight * cost[low[going], going]
        mass[going] += weight
        low[going] -= 1
        least[going] = total[going] / mass[going]
        going = going[(low[going] >= 0) & (least[going] > cost[np.maximum(low[going], 0), going])]
    return low, least


def _best_r_nQ(table: Table, fixed: Floats) -> Best:  # noqa: N802
    """Widen the range of positions from y* on, the cheaper neighbour first, and keep the best range."""
    cost, orders = table.cost, fixed * (1.0 - np.minimum(np.cumsum(table.step, axis=0), 1.0))
    low, last = cost.argmin(axis=0) - 1, len(cost) - 1
    high, width = low + 2, 1
    items = np.arange(cost.shape[1])
    total, paid = cost[low + 1, items], orders[0].copy()
    best = Best(low.copy(), np.ones_like(low), total + paid, np.ones(len(low), dtype=bool))
    going = items
    while len(going := going[total[going] / width < BETTER * best.cost[going]]):
        within = (low[going] >= 0) & (high[going] <= last)
        best.inside[going[~within]] = False
        going = going[within]
        left, right = cost[low[going], going], cost[high[going], going]
        total[going] += np.minimum(left, right)
        low[going] -= left <= right
        high[going] += left > right
        paid[going] += orders[width, going] if width <= last else 0.0
        width += 1
        mean = (paid[going] + total[going]) / width
        better = mean < BETTER * best.cost[going]
        best.row[going[better]], best.width[going[better]] = low[going[better]], width
        best.cost[going[better]] = mean[better]
    return best


def _cost(table: Table, lowest: Ints, width: Ints, fixed: Floats, kind: Kind) -> Floats:
    """Cost of policies whose positions after a look lie in `width` rows from row `lowest` on."""
    items, most = np.arange(len(width)), int(width.max())
    below = np.arange(most)[:, None] < width
    if kind == "s,S":
        weight = renewal(table.step[:most]) * below
        often = 1.0 / weight.sum(axis=0)
        # A part that nobody asks for between two looks never moves.
        often = np.where(table.step[0] < 1.0, often, 0.0)
        weight = weight / weight.sum(axis=0)
    else:
        weight = below / width
        often = (weight * (1.0 - np.minimum(np.cumsum(table.step[:most], axis=0), 1.0))).sum(axis=0)
    found = fixed * often
    highest = lowest + width - 1
    for j, share in enumerate(weight):
        found += share * table.cost[np.maximum(highest - j, 0), items]
    return np.asarray(found)
