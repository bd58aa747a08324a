"""VN2: weekly orders of 599 products in shops, by the rules of the inventory planning challenge, on weeks held out.

Every week an order is placed when the week is over; it comes in the third week after. Demand that finds no stock is
lost. A piece left at a week's end costs 0.2, a piece missed 1. Orders are placed from the end of the week before the
first one on, as long as they come in by the last.

The challenge's opening stock isn't among the data, so all policies start from the same one: what the seasonal moving
average leaves behind that ran for the eight weeks before. Recorded sales stand for demand, also in the 1 to 4 % of
weeks in which an item was out of stock and the true demand isn't known.

Policies:

- ``seasonal_moving_average``: mean of the last 13 weeks in stock, each over its week's factor, times the factors to
  come; order up to so many weeks of it (``_cover_4``: three weeks to bridge, one for safety; 3.5 and 3 besides);
- ``pooled_newsvendor``: seasonal factors pooled over shops and products, exponentially weighted levels, negative
  binomial weeks; the order that balances piece against piece in the week in which it comes in, given what is on hand
  and on its way, and that sales until then are lost where stock ends (the myopic policy of lost sales; Zipkin 2008,
  Operations Research 56(4)).

Its parameters were chosen on weeks 89-140 alone (``--windows chosen``); ``--windows 150-157`` runs any others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.options import Options
from benchmarks.shop_weeks import AHEAD, Floats, Pool, Shops, factors, level, spread

FOLDER = "inventory/vn2"
HELD_OUT: Final = "141-149"
CHOSEN_ON: Final = "89-97,98-106,107-115,116-124,125-132,133-140"
HOLDING, SHORTAGE = 0.2, 1.0
WARM: Final = 8
MOVING: Final = 13
COVERS: Final = (4.0, 3.5, 3.0)

# Chosen on CHOSEN_ON, all windows together.
POOLS: Final = (Pool("store", 2, 200.0, 0.5), Pool("product", 2, 200.0, 0.5))
DAMPED: Final = 0.85
FADING: Final = 0.95
PRIOR_WEEKS: Final = 3.0
SPREAD_PRIOR: Final = 30.0
SPREAD_SHARE: Final = 0.5
QUANTILE: Final = 0.8
PATHS: Final = 300

Order = Callable[[int, Floats, list[Floats]], Floats]
"""(weeks that are over, on hand, on its way by week of arrival) -> pieces."""


@dataclass(frozen=True)
class Bill:
    """What some weeks cost, and what they served.

    Attributes
    ----------
    holding, shortage
        Cost of each week, shape (weeks,).
    filled, demanded
        Pieces, shape (items,).
    stock
        Mean pieces left at the weeks' ends.
    """

    holding: Floats
    shortage: Floats
    filled: Floats
    demanded: Floats
    stock: float


def load(folder: Path) -> Shops:
    """Read ``sales*.csv`` and ``in_stock*.csv`` (one row an item, one column a week) and ``master.csv``."""
    tables = []
    for pattern in ("sales*.csv", "in_stock*.csv"):
        found = sorted(folder.glob(pattern))
        if len(found) != 1:
            raise SystemExit(f"{folder} holds {len(found)} files {pattern}; one is needed")
        tables.append(pd.read_csv(found[0]).set_index(["Store", "Product"]))
    sales, seen = tables
    if not (sales.index.equals(seen.index) and list(sales.columns) == list(seen.columns)):
        raise SystemExit(f"{folder}: sales and in_stock don't have the same items and weeks")
    items = sales.index.to_frame(index=False)
    groups = {name.lower(): pd.factorize(items[name])[0] for name in ("Store", "Product")}
    groups["all"] = np.zeros(len(items), dtype=np.int64)
    return Shops(sales.to_numpy(float).T, seen.to_numpy(float).T, groups)


def moving_average(shops: Shops, cover: float) -> Order:
    """Order up to `cover` weeks of a seasonal moving average."""

    def order(week: int, on_hand: Floats, coming: list[Floats]) -> Floats:
        known = shops.before(week)
        factor = factors(known, (), 1.0)
        weights = np.where(np.arange(week) >= week - MOVING, 1.0, 0.0)
        mean = level(known, factor, weights, 1e-6)
        ahead = [factor[min(week + at, week + AHEAD - 1)] for at in range(int(cover) + 1)]
        up_to = mean * (sum(ahead[: int(cover)]) + (cover % 1) * ahead[int(cover)])
        return np.maximum(np.rint(up_to - on_hand - sum(coming)), 0.0)

    return order


def newsvendor(shops: Shops, seed: int) -> Order:
    """Order what balances holding and shortage in the week of arrival."""

    def order(week: int, on_hand: Floats, coming: list[Floats]) -> Floats:
        known = shops.before(week)
        factor = factors(known, POOLS, DAMPED)
        mean = level(known, factor, FADING ** np.arange(week - 1, -1, -1.0), PRIOR_WEEKS)
        phi = SPREAD_SHARE * spread(known, factor, mean, SPREAD_PRIOR)
        chance = np.random.default_rng([seed, week])
        rates = chance.gamma(1.0 / phi, phi, size=(AHEAD, PATHS, len(phi))) * (mean * factor[week:])[:, None, :]
        left, asked = on_hand, chance.poisson(rates)
        for arriving, sold in zip(coming, asked, strict=False):
            left = np.maximum(left + arriving - sold, 0.0)
        needed = np.sort(asked[-1] - left, axis=0)
        return np.maximum(needed[int(np.ceil(QUANTILE * PATHS)) - 1], 0.0)

    return order


def simulate(
    shops: Shops, first: int, last: int, order: Order, state: list[Floats], *, last_arrival: int | None = None
) -> tuple[Bill, list[Floats]]:
    """Play weeks `first` to `last` (counted from 1); `state` is on hand and what comes in the first two weeks.

    An order of the end of week w arrives at the begin of week w + 3, before its demand; the last one does so in week
    `last_arrival`, by default `last`. Gives the bill, and the state at the end.
    """
    on_hand, *coming = (one.copy() for one in state)
    end, weeks = last if last_arrival is None else last_arrival, range(first, last + 1)
    left, missed = np.zeros(len(weeks)), np.zeros(len(weeks))
    filled, demanded = np.zeros_like(on_hand), np.zeros_like(on_hand)
    for at, week in enumerate(weeks):
        arrives = week - 1 + AHEAD
        placed = order(week - 1, on_hand, coming) if arrives <= end else np.zeros_like(on_hand)
        coming.append(placed)
        on_hand = on_hand + coming.pop(0)
        asked = shops.sales[week - 1]
        served = np.minimum(on_hand, asked)
        on_hand = on_hand - served
        filled, demanded = filled + served, demanded + asked
        left[at], missed[at] = on_hand.sum(), (asked - served).sum()
    return Bill(HOLDING * left, SHORTAGE * missed, filled, demanded, float(left.mean())), [on_hand, *coming]


def opening(shops: Shops, first: int) -> list[Floats]:
    """Give the state at the end of the week before: the moving average ran for eight weeks, from four weeks' stock."""
    begin = first - WARM
    known = shops.before(begin - 1)
    weights = np.where(np.arange(begin - 1) >= begin - 1 - MOVING, 1.0, 0.0)
    start = np.ceil(4.0 * level(known, factors(known, (), 1.0), weights, 1e-6))
    nothing = np.zeros_like(start)
    return simulate(
        shops, begin, first - 1, moving_average(shops, COVERS[0]), [start, nothing, nothing], last_arrival=first + 1
    )[1]


def row(name: str, model: str, bill: Bill, wall_s: float) -> dict[str, Any]:
    """Give the figures of a policy; pieces have no price, so that value is pieces.

    In the first two weeks comes what was ordered before: ``cost_once_orders_arrive`` leaves them out.
    """
    asked = bill.demanded > 0
    unit = float(bill.filled.sum() / bill.demanded.sum())
    return {
        "set": name,
        "model": model,
        "cost": round(float((bill.holding + bill.shortage).sum()), 1),
        "holding_cost": round(float(bill.holding.sum()), 1),
        "shortage_cost": round(float(bill.shortage.sum()), 1),
        "cost_once_orders_arrive": round(float((bill.holding + bill.shortage)[AHEAD - 1 :].sum()), 1),
        "target": SHORTAGE / (SHORTAGE + HOLDING),
        "reached_unit_fill": unit,
        "reached_part_fill": float((bill.filled[asked] / bill.demanded[asked]).mean()),
        "reached_value_fill": unit,
        "stock_value": round(bill.stock, 1),
        "parts": len(bill.demanded),
        "wall_s": round(wall_s, 3),
    }


def run(options: Options) -> dict[str, Any]:
    """Run every policy, or the one that ``--solver`` names, on ``--windows 141-149`` (``chosen``: those before).

    ``--seed`` is that of the sampled weeks; ``--workers``, ``--limit`` and ``--instances`` change nothing here.
    """
    options.refuse_unknown("windows")
    shops = load(options.data)
    stated = options.extra.get("windows", HELD_OUT)
    policies = {f"seasonal_moving_average_cover_{cover:g}": moving_average(shops, cover) for cover in COVERS}
    policies["pooled_newsvendor"] = newsvendor(shops, options.seed)
    if options.solver and options.solver not in policies:
        raise SystemExit(f"there is no policy {options.solver!r}; the policies are {', '.join(policies)}")
    rows = []
    for window in (CHOSEN_ON if stated == "chosen" else stated).split(","):
        first, last = map(int, window.split("-"))
        if not 2 * MOVING + WARM < first <= last <= len(shops.sales):
            raise SystemExit(f"weeks {window} don't lie between {2 * MOVING + WARM + 1} and {len(shops.sales)}")
        state = opening(shops, first)
        for model in [options.solver] if options.solver else policies:
            began = time.perf_counter()
            bill, _ = simulate(shops, first, last, policies[model], state)
            rows.append(row(f"weeks {window}", model, bill, time.perf_counter() - began))
    return {"results": rows}
