r"""One target for the whole range, at least stock value; the best service for a budget; what service costs.

The same target for each part is dear: it asks as much of a gearbox as of a screw. With m_i(s) the measure of item i at
reorder point s, w_i its weight and v_i(s) the value of its expected stock on hand, marginal analysis (`marginal`) buys

.. math:: \min \sum_i v_i(s_i) \quad \text{so that} \quad \frac{\sum_i w_i\, m_i(s_i)}{\sum_i w_i} \ge \text{target}

piece by piece where the next ones gain most per money (Sherbrooke 2004, ch. 2; Thonemann, Brown and Hausman 2002,
Management Science 48, for the gain over equal targets). The weight is the demand (``unit``: share of pieces served),
its value (``value``) or 1 (``part``: mean over parts). What a planner states still holds: minimum stocks are there from
the start, maximum stocks end an item's list, and order quantities are those of the levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory import policy
from fieldops.inventory.demand.base import Floats, Interval, Ints
from fieldops.inventory.demand.rates import at_rate
from fieldops.inventory.levels import Levels, blocks
from fieldops.inventory.limits import bounded
from fieldops.inventory.marginal import Steps, steps
from fieldops.inventory.policy import Service, Tables
from fieldops.inventory.reasons import Why

if TYPE_CHECKING:
    import pandas as pd

Weight: TypeAlias = Literal["unit", "part", "value"]
WEIGHTS: Final = ("unit", "part", "value")
MOST: Final = 0.9999
"""No item is bought beyond this measure: what it lacks is less than its demand is known."""


@dataclass(frozen=True)
class Range:
    """All purchases that could be made, the most worthwhile first.

    Attributes
    ----------
    path
        Purchases; their `stock` is the lowest position s + 1 in lots, their `gain` weight x measure.
    lot
        Pieces a lot, shape (items,).
    value, reached
        Stock value and weighted measure before the first purchase.
    weight
        Of all items together.
    """

    path: Steps
    lot: Ints
    value: float
    reached: float
    weight: float

    @property
    def values(self) -> Floats:
        """Stock value after each number of purchases, from 0 on."""
        return self.value + np.concatenate([[0.0], np.cumsum(self.path.cost)])

    @property
    def rates(self) -> Floats:
        """Measure of the whole range after each number of purchases."""
        return (self.reached + np.concatenate([[0.0], np.cumsum(self.path.gain)])) / self.weight


def for_range(
    levels: Levels, *, target: float | None = None, budget: float | None = None, weight: Weight = "unit"
) -> Levels:
    """Choose the reorder points anew: one target for the whole range at least stock value, or the best for a budget.

    Parameters
    ----------
    levels
        From `reorder_levels`; their models, measure, policies, quantities and bounds are kept, their targets are not.
    target
        0 <= target < 1, of the range as a whole.
    budget
        Currency units of expected stock on hand.
    weight
        See the module.

    Returns
    -------
    Levels
        Each item's `target` is what its own level reaches.

    Raises
    ------
    ConfigError
        Unless one of target and budget is given; if bounds keep the target out of reach, or cost more than the budget.

    Examples
    --------
    >>> from datetime import date
    >>> from fieldops.inventory.history import DemandHistory
    >>> from fieldops.inventory.levels import reorder_levels
    >>> from fieldops.inventory.parts import PartMaster
    >>> usage = [[1, 0, 2, 0, 1, 0] * 6] * 2
    >>> history = DemandHistory.from_matrix(usage, parts=["gearbox", "screw"], first=date(2024, 1, 1))
    >>> parts = PartMaster.of(["gearbox", "screw"], price=[900, 1], lead_time_days=30)
    >>> levels = for_range(reorder_levels(history, parts), target=0.95)
    >>> levels.reorder_point.tolist(), levels.promised.fill_rate.round(3).tolist()
    ([2, 6], [0.918, 1.0])
    """
    if (target is None) == (budget is None) or not 0 <= (target or 0.0) < 1:
        raise ConfigError("say either a target, a rate of 0 up to but not including 1, or a budget for the whole range")
    everything = purchases(levels, weight)
    if budget is not None:
        if everything.value > budget * (1 + 1e-12):
            raise ConfigError(f"minimum stocks and order quantities alone are worth {everything.value:,.2f}")
        number = int(np.searchsorted(everything.values, budget * (1 + 1e-12), side="right")) - 1
    else:
        rates = everything.rates
        number = int(np.searchsorted(rates, (target or 0.0) - 1e-12, side="left"))
        if number == len(rates):
            raise ConfigError(f"maximum stocks keep the range at {rates[-1]:.4f}, below the target of {target}")
    return _bought(levels, everything, number)


def exchange_curve(
    levels: Levels, *, weight: Weight = "unit", points: int = 50, each: Sequence[float] = (0.8, 0.9, 0.95, 0.98, 0.99)
) -> pd.DataFrame:
    """Tell what service costs: stock value against the measure of the range, at best and with equal targets.

    Parameters
    ----------
    levels, weight
        As in `for_range`.
    points
        Points of the best curve, evenly apart in service; at most so many rows.
    each
        Targets for each part alike, for comparison.

    Returns
    -------
    DataFrame
        ``how`` (``range`` or ``each part``), ``target_rate`` (of each part, NaN for the range), ``reached_rate`` (the
        measure of the range), ``stock_value`` (currency units), ``gain_per_money`` (what the next piece of money buys;
        NaN with equal targets).
    """
    import pandas as pd

    everything = purchases(levels, weight)
    rates, values = everything.rates, everything.values
    wanted = np.linspace(rates[0], rates[-1], points)
    at = np.unique(np.minimum(np.searchsorted(rates, wanted - 1e-12), len(rates) - 1))
    cost, gain = everything.path.cost, everything.path.gain
    worth = np.append(gain / np.where(cost > 0, cost, np.nan) / everything.weight, 0.0)
    best = pd.DataFrame(
        {
            "how": "range",
            "target_rate": np.nan,
            "reached_rate": rates[at],
            "stock_value": values[at],
            "gain_per_money": worth[at],
        }
    )
    return pd.concat([best, *(_equal(levels, one, weight) for one in each)], ignore_index=True)


def purchases(levels: Levels, weight: Weight = "unit") -> Range:
    """List the purchases of every item and sort them by what they gain per money.

    Raises ConfigError for an unknown weight, or if nothing is demanded at all.
    """
    weights = _weights(levels, weight)
    lots, made, value, reached = np.ones(len(levels), dtype=np.int64), [], 0.0, 0.0
    for items, demands in _demands(levels):
        lots[items] = lot = demands.lots()
        kind = policy.multiples_of(levels.kind[items], len(items))
        quantity = policy.in_lots(levels.quantity[items], lot)
        top = policy.least_reorder_point(
            demands, np.full(len(items), MOST), levels.measure, levels.quantity[items], levels.kind[items]
        )
        rows = np.maximum((top + 1) // lot, -(-levels.parts.min_stock[items] // lot)) + 1
        for some, height in policy.bins(np.arange(len(items)), rows, quantity):
            tables = Tables.of(demands.take(some), lot[some], quantity[some], kind[some], height)
            one = _item_purchases(levels, items[some], tables, lot[some], rows[some], weights[items[some]])
            made.append(one[0])
            value, reached = value + one[1], reached + one[2]
    return Range(Steps.joined(made).sorted(), lots, value, reached, float(weights.sum()))


def _item_purchases(
    levels: Levels, items: Ints, tables: Tables, lot: Ints, rows: Ints, weights: Floats
) -> tuple[Steps, float, float]:
    """Purchases of some items, and their value and weighted measure before any."""
    measure = tables.at(levels.measure)
    held = np.arange(len(tables.short))[:, None] * lot + tables.short - tables.short[0]
    value = policy.over_offsets(held, tables.offsets) * levels.price[items]
    point = np.arange(len(measure))[:, None] * lot - 1
    floor = -(-levels.parts.min_stock[items] // lot)
    highest = np.maximum((levels.parts.max_stock[items] - levels.quantity[items] + 1) // lot, 0)
    last = np.minimum(np.maximum(rows - 1, floor), len(point) - 1)
    row = np.clip(np.arange(len(point))[:, None], np.minimum(floor, highest), np.minimum(last, highest))
    row = np.minimum(row, len(point) - 1)
    # Beyond its bounds an item is what it is at them: nothing more to pay, nothing to gain.
    gained = weights * np.take_along_axis(measure, row, axis=0)
    paid = np.take_along_axis(value, row, axis=0)
    # Rounding in tables of lots must not make a piece cheaper than none.
    made = steps(-gained, np.maximum.accumulate(np.maximum(paid, 0.0), axis=0), items)
    return made, float(paid[0].sum()), float(gained[0].sum())


def _weights(levels: Levels, weight: str) -> Floats:
    if weight not in WEIGHTS:
        raise ConfigError(f"there is no weight {weight!r}; choose one of {', '.join(WEIGHTS)}")
    used = levels.rate > 0
    found = {"unit": levels.rate, "part": used.astype(np.float64), "value": levels.rate * levels.price}[weight]
    if not found.sum() > 0:
        raise ConfigError("a target for the whole range needs demand to weigh" + " (and prices)" * (weight == "value"))
    return np.asarray(np.where(used, found, 0.0))


def _demands(levels: Levels) -> Iterator[tuple[Ints, Interval]]:
    """Give the demands of all items that are used, in blocks, each by its own model."""
    for name in sorted(set(levels.model)):
        items = np.flatnonzero((levels.model == name) & (levels.rate > 0))
        if not len(items):
            continue
        history = levels.history.take(items)
        fit = at_rate(levels.models[name].fit(history), history, levels.smoothed)
        for here, part in blocks(fit, items, levels.lead_times):
            yield here, levels.demands(part, here)


def _bought(levels: Levels, everything: Range, number: int) -> Levels:
    """Give the levels after the first purchases."""
    used = levels.rate > 0
    bought = everything.path.upto(number).stocks(len(levels)) * everything.lot - 1
    raw = np.where(used, bought, levels.raw)
    point, why = bounded(raw, levels.quantity, levels.parts)
    point = np.where(used, point, levels.reorder_point)
    promised = Service(*(getattr(levels.promised, field.name).copy() for field in fields(Service)))
    for items, demands in _demands(levels):
        now = policy.service(demands, point[items], levels.quantity[items], levels.kind[items])
        for field in fields(Service):
            getattr(promised, field.name)[items] = getattr(now, field.name)
    bounds = ~np.int64(Why.FLOOR | Why.CAP | Why.CAP_BELOW_LOT | Why.LEAST_COST)
    return replace(
        levels,
        raw=raw,
        reorder_point=point,
        order_up_to=np.where(used, point + levels.quantity, levels.order_up_to),
        target=np.where(used, getattr(promised, levels.measure), levels.target),
        why=np.where(used, levels.why & bounds | why | int(Why.WHOLE_RANGE), levels.why),
        promised=promised,
        cost=np.full(len(levels), np.nan),
    )


def _equal(levels: Levels, target: float, weight: Weight) -> pd.DataFrame:
    """Give the row of one target for each part alike."""
    import pandas as pd

    weights, value, reached = _weights(levels, weight), 0.0, 0.0
    for items, demands in _demands(levels):
        kind, quantity = levels.kind[items], levels.quantity[items]
        raw = policy.least_reorder_point(demands, np.full(len(items), target), levels.measure, quantity, kind)
        point = bounded(raw, quantity, levels.parts.take(items))[0]
        given = policy.service(demands, point, quantity, kind)
        value += float((given.expected_on_hand * levels.price[items]).sum())
        reached += float((weights[items] * getattr(given, levels.measure)).sum())
    return pd.DataFrame(
        {
            "how": ["each part"],
            "target_rate": [target],
            "reached_rate": [reached / weights.sum()],
            "stock_value": [value],
            "gain_per_money": [np.nan],
        }
    )
