"""Replay levels on held-out history: what was promised against what would have been reached.

Levels are set from the first periods of a history only; the rest is played through, piece by piece, with real lead
times. This is what a level is judged by: forecast errors such as MAE reward forecasting zero on this kind of demand.

One period of the replay: deliveries come in and serve waiting demand first; the period's demand is served from the
shelf, what is missing waits; at the end of every review interval the position is looked at and an order placed, which
comes in after L more periods, at the next one's start. An order must so last from one look until the delivery of the
next: L + T periods of demand, the protection interval that levels are made for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldops import units
from fieldops.errors import ConfigError
from fieldops.inventory import periods
from fieldops.inventory.demand.base import Floats, Ints, Mask
from fieldops.inventory.history import Counts, DemandHistory
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import Kinds, multiples_of

if TYPE_CHECKING:
    import pandas as pd

Start: TypeAlias = Literal["warm", "full"]
STARTS: Final = ("warm", "full")


@dataclass(frozen=True, eq=False)
class Replay:
    """Books of a replay, every array of shape (items,), in pieces; `opening` and `closing` are net stock.

    What came in is what went out: ``opening + received = demanded + closing``.

    Attributes
    ----------
    opening, closing
        On hand less backorders before and after.
    demanded, filled
        Pieces asked for, and pieces of it served at once from the shelf.
    received
        Pieces delivered.
    orders
        Number of orders placed.
    on_hand
        Mean on hand at the ends of the periods.
    """

    opening: Floats
    closing: Floats
    demanded: Floats
    filled: Floats
    received: Floats
    orders: Ints
    on_hand: Floats


def replay(
    counts: Counts,
    reorder_point: Ints,
    quantity: Ints,
    lead: Ints,
    *,
    review: int = 1,
    kind: Kinds = "s,S",
    warm_up: int = 0,
) -> Replay:
    """Play demand through a policy, all items at once.

    Parameters
    ----------
    counts
        Demand, shape (periods, items); NaN counts as none.
    reorder_point, quantity
        s and Q in pieces; order up to s + Q (``s,S``) or by multiples of Q (``s,nQ``).
    lead
        Lead time in whole periods.
    review
        Periods between two looks.
    warm_up
        First periods, which run but aren't in the books. The shelf starts at s + Q.

    Examples
    --------
    >>> books = replay(np.array([[1.0], [2.0], [0.0]]), np.array([1]), np.array([1]), np.array([1]))
    >>> float(books.filled[0]), float(books.demanded[0])
    (2.0, 3.0)
    """
    size, longest = counts.shape[1], int(lead.max(initial=0)) + 1
    items, multiples = np.arange(size), multiples_of(kind, size)
    net = (reorder_point + quantity).astype(np.float64)
    due = np.zeros((longest + 1, size))  # a ring: what comes in period t stands in row t modulo its length
    on_order = np.zeros(size)
    demanded, filled, received, shelf = (np.zeros(size) for _ in range(4))
    orders, opening = np.zeros(size, dtype=np.int64), net.copy()
    for period, row in enumerate(counts):
        if period == warm_up:
            opening = net.copy()
        counted = period >= warm_up
        arrived = due[period % len(due)].copy()
        due[period % len(due)] = 0.0
        net += arrived
        on_order -= arrived
        asked = np.where(np.isfinite(row), row, 0.0)
        served = np.minimum(np.maximum(net, 0.0), asked)
        net -= asked
        if (period + 1) % review == 0:
            placed = _order(net + on_order, reorder_point, quantity, multiples)
            due[(period + 1 + lead) % len(due), items] += placed
            on_order += placed
            orders += (placed > 0) & counted
        if counted:
            demanded += asked
            filled += served
            received += arrived
            shelf += np.maximum(net, 0.0)
    return Replay(opening, net, demanded, filled, received, orders, shelf / max(len(counts) - warm_up, 1))


def _order(position: Floats, reorder_point: Ints, quantity: Ints, multiples: Mask) -> Floats:
    whole = np.ceil((reorder_point + 1 - position) / quantity) * quantity
    wanted = np.where(multiples, whole, reorder_point + quantity - position)
    return np.where(position <= reorder_point, wanted, 0.0)


@dataclass(frozen=True, eq=False)
class Backtest:
    """Levels, the books of their replay, and the figures that compare promise and deed.

    Attributes
    ----------
    levels
        Set from the periods before the split, lead times rounded to whole periods.
    books
        Of the held-out periods.
    """

    levels: Levels
    books: Replay

    @property
    def fill(self) -> Floats:
        """Reached fill of each item; NaN where nothing was demanded."""
        demanded = self.books.demanded
        return np.where(demanded > 0, self.books.filled / np.where(demanded > 0, demanded, 1.0), np.nan)

    def summary(self, which: NDArray[np.bool_] | None = None) -> dict[str, float]:
        """Sum up the items of a mask (all if None).

        Unit fill counts pieces, value fill their price, part fill is the mean over the parts demanded in the held-out
        periods. The promise is weighted likewise, by expected demand and over the parts that were to be expected. Stock
        value is mean on hand x price, in currency units. A figure without demand is NaN.
        """
        chosen = np.ones(len(self.levels), dtype=bool) if which is None else which
        price, promised, rate = (
            values[chosen] for values in (self.levels.price, self.levels.promised.fill_rate, self.levels.rate)
        )
        demanded, filled, shelf = (
            values[chosen] for values in (self.books.demanded, self.books.filled, self.books.on_hand)
        )
        asked, expected = demanded > 0, rate > 0
        return {
            "parts": int(chosen.sum()),
            "parts_demanded": int(asked.sum()),
            "promised_unit_fill": _ratio((promised * rate)[expected].sum(), rate[expected].sum()),
            "promised_part_fill": _ratio(promised[expected].sum(), expected.sum()),
            "reached_unit_fill": _ratio(filled.sum(), demanded.sum()),
            "reached_part_fill": _ratio((filled[asked] / demanded[asked]).sum(), asked.sum()),
            "reached_value_fill": _ratio((filled * price).sum(), (demanded * price).sum()),
            "stock_value": float((shelf * price).sum()),
            "orders": int(self.books.orders[chosen].sum()),
        }

    def by(self, label: Literal["class", "abc", "criticality"]) -> pd.DataFrame:
        """Sum up by class, ABC or criticality: one row a label."""
        import pandas as pd

        column = self.levels.to_frame()[label].to_numpy(dtype=object)
        rows = [{label: word, **self.summary(column == word)} for word in sorted(set(column))]
        return pd.DataFrame(rows)

    def to_frame(self) -> pd.DataFrame:
        """Give one row an item: the levels and what they reached."""
        frame = self.levels.to_frame()
        return frame.assign(
            demanded_pcs=self.books.demanded,
            filled_pcs=self.books.filled,
            reached_fill_rate=self.fill,
            orders=self.books.orders,
            mean_on_hand_pcs=self.books.on_hand,
            reached_stock_value=self.books.on_hand * self.levels.price,
        )


def backtest(
    history: DemandHistory,
    parts: PartMaster,
    *,
    split: int,
    start: Start = "warm",
    review_period: int = 1,
    **options: Any,
) -> Backtest:
    """Set levels from the first periods of a history and replay them on the rest.

    Parameters
    ----------
    history, parts
        As for `reorder_levels`.
    split
        Periods to fit; the rest is replayed.
    start
        ``warm``: the policy has run before, over as many of the fitted periods as the longest protection interval has,
        so that the pipeline is filled as in steady state. ``full``: the replay begins with all of S on the shelf and
        nothing on order, which flatters parts with long lead times.
    review_period
        Whole periods between two looks.
    **options
        Passed on to `reorder_levels`: target, measure, model, order_quantity, policy ... Stock that is
        watched all the time is looked at at the end of each period only, so it reaches a little less than promised.

    Returns
    -------
    Backtest
        Levels and the books of their replay; its `summary` compares promise and deed.

    Raises
    ------
    ConfigError
        If the split leaves nothing to fit or to replay, or an option is impossible.

    Notes
    -----
    Lead times are rounded to whole periods, for the levels as well as for the replay, so that promise and deed speak of
    the same thing; a lead time below half a period becomes 0: ordered at a period's end, there at the next one's start.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[0, 1, 0, 2] * 9], parts=["P1"], first=date(2024, 1, 1))
    >>> found = backtest(history, PartMaster.of(["P1"], price=8, lead_time_days=30), split=24, target=0.9)
    >>> found.summary()["reached_unit_fill"]
    1.0
    """
    if not 0 < split < history.n_periods:
        raise ConfigError(f"split lies between 1 and {history.n_periods - 1} periods, not {split}")
    if start not in STARTS:
        raise ConfigError(f"there is no start {start!r}; choose one of {', '.join(STARTS)}")
    if review_period < 1 or review_period != int(review_period):
        raise ConfigError("the replay looks at stock every whole number of periods, 1 or more")
    whole = _rounded(parts, history)
    levels = reorder_levels(history.before(split), whole, review_period=review_period, **options)
    lead = np.rint(levels.lead).astype(np.int64)
    warm_up = 0
    if start == "warm":
        # Looks stay where they are in the held-out periods: the warm-up is a whole number of review intervals.
        warm_up = min((int(lead.max(initial=0)) + review_period) // review_period * review_period, split)
        warm_up -= warm_up % review_period
    counts = history.counts[split - warm_up :]
    books = replay(
        counts,
        levels.reorder_point,
        levels.quantity,
        lead,
        review=review_period,
        kind=levels.kind,
        warm_up=warm_up,
    )
    return Backtest(levels, books)


def _rounded(parts: PartMaster, history: DemandHistory) -> PartMaster:
    period = units.DAY * periods.days_per(history.period)
    return replace(parts, lead_time=np.rint(np.rint(parts.lead_time / period) * period).astype(np.int64))


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole > 0 else float("nan")
