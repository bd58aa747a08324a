"""The lines of the work list, kind by kind: which part-locations, with what money, in what words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fieldops.inventory.demand.base import Ints
from fieldops.inventory.history import Names
from fieldops.inventory.holding import positions
from fieldops.inventory.levels import Levels
from fieldops.inventory.overrides import Override
from fieldops.inventory.purchases import Purchases
from fieldops.inventory.reasons import WORDS, Why

if TYPE_CHECKING:
    import pandas as pd

BY_HAND: Final = WORDS[Why.OVERRIDE]
NONE: Final = np.empty(0, dtype=np.int64)
FROM_STOCK: Final = ("on_hand_pcs", "on_order_pcs", "backorder_pcs")
NAMED: Final = 3
"""Purchase orders named in a line; of more, their number is told."""


class Figures:
    """Everything that lines are made of, one entry an item in every array.

    Parameters
    ----------
    levels
        With what planners decided.
    computed
        Reorder points as worked out.
    proposals
        With ``proposed_pcs``, see `holding.ordered`.
    """

    def __init__(self, levels: Levels, computed: Ints, proposals: pd.DataFrame) -> None:
        self.levels, self.computed, self.proposals = levels, computed, proposals
        self.price = levels.price
        self.order, self.proposed = (proposals[name].to_numpy(np.int64) for name in ("order_pcs", "proposed_pcs"))
        self.on_hand, self.on_order, self.backorder = (proposals[name].to_numpy(np.float64) for name in FROM_STOCK)
        self.awaited = np.maximum(self.backorder - self.on_hand, 0.0)
        self.empty = proposals["stock_out"].to_numpy(dtype=bool) & (self.awaited == 0)
        self.beyond = proposals["excess_pcs"].to_numpy(np.float64)
        self.lead_days = levels.lead_days

    @cached_property
    def spare(self) -> Names:
        """Say, for each item, at which other place most of its part lies in excess; empty where none does."""
        import pandas as pd

        history, rows = self.levels.history, np.flatnonzero(self.beyond > 0)
        rows = rows[np.lexsort((rows, -self.beyond[rows]))]
        most = rows[~pd.Index(history.parts[rows]).duplicated()]
        words = [f"; {_pcs(more)} to spare at {place}" for more, place in _rows(most, self.beyond, history.places)]
        at = pd.Index(history.parts[most]).get_indexer(pd.Index(history.parts))
        told = np.append(np.array(words, dtype=object), "")[at]
        return np.where(self.beyond > 0, "", told)

    def lines(
        self, kind: str, items: Ints, pieces: Any, value: Any, what: Sequence[str], due: Any = None
    ) -> pd.DataFrame:
        """Give one row a line."""
        import pandas as pd

        levels, history = self.levels, self.levels.history
        return pd.DataFrame(
            {
                "kind": np.full(len(items), kind, dtype=object),
                "part": history.parts[items],
                "place": history.places[items],
                "name": levels.parts.names[items],
                "criticality": levels.parts.criticality[items],
                "abc": levels.abc[items],
                "value": np.round(np.asarray(value, dtype=np.float64), 2),
                "pcs": np.asarray(pieces, dtype=np.float64),
                "what": np.array(what, dtype=object),
                "on_hand_pcs": self.on_hand[items],
                "on_order_pcs": self.on_order[items],
                "backorder_pcs": self.backorder[items],
                "reorder_point_pcs": levels.reorder_point[items],
                "computed_pcs": self.computed[items],
                "order_pcs": self.order[items],
                "proposed_pcs": self.proposed[items],
                "due": np.array([None] * len(items) if due is None else due, dtype=object),
            }
        )

    def waiting(self) -> pd.DataFrame:
        """One line an item that somebody waits for."""
        at = np.flatnonzero(self.awaited > 0)
        shelf = _rows(at, self.backorder, self.on_hand, self.spare)
        words = [f"{_pcs(owed)} waited for, {_pcs(there)} on the shelf{spare}" for owed, there, spare in shelf]
        return self.lines("backorders", at, self.awaited[at], (self.awaited * self.price)[at], words)

    def empty_shelves(self) -> pd.DataFrame:
        """One line an item whose shelf is empty though it is stocked."""
        at, asked = np.flatnonzero(self.empty), self.levels.rate * self.levels.lead
        known, per = self.proposals["stock_known"].to_numpy(dtype=bool), self.levels.history.period
        words = [
            f"{_few(rate)} a {per} asked for; an order takes {_days(days)}{'' if row else '; no row in stock'}{spare}"
            for rate, days, row, spare in _rows(at, self.levels.rate, self.lead_days, known, self.spare)
        ]
        return self.lines("stock-out", at, self.order[at], (np.maximum(asked, 1.0) * self.price)[at], words)

    def orders(self, approve_above: float) -> pd.DataFrame:
        """One line an order proposed, of so much money at least, where the shelf isn't empty."""
        worth = self.proposed * self.price
        plain = (self.proposed > 0) & (self.awaited == 0) & ~self.empty & (worth >= approve_above)
        at, levels = np.flatnonzero(plain), self.levels
        here = self.proposals["position_pcs"].to_numpy(np.float64)
        above = self.proposals["above_maximum"].to_numpy(dtype=bool)
        words = [
            f"position {_pcs(position)}, order at {point:,}, up to {full:,}"
            + (f"; {proposed:,} proposed" if proposed != ordered else "")
            + ("; above the maximum" if over else "")
            + spare
            for position, point, full, proposed, ordered, over, spare in _rows(
                at, here, levels.reorder_point, levels.order_up_to, self.proposed, self.order, above, self.spare
            )
        ]
        return self.lines("order", at, self.proposed[at], (self.order * self.price)[at], words)

    def excess(self) -> pd.DataFrame:
        """One line an item with more than an order could fill up to."""
        beyond = self.beyond
        at, yearly = np.flatnonzero(beyond > 0), self.levels.rate * self.levels.history.in_periods(365.25)
        words = [
            f"{_pcs(more)} beyond {full:,}: {_years(more, asked)}"
            for more, full, asked in _rows(at, beyond, self.levels.order_up_to, yearly)
        ]
        return self.lines("excess", at, beyond[at], (beyond * self.price)[at], words)

    def overdue(self, purchases: Purchases, today: date) -> pd.DataFrame:
        """One line an item with purchase orders whose day is over; the earliest day is told."""
        frame = purchases.to_frame().assign(item=self._items(purchases.parts, purchases.places))
        late = (frame["due"] < np.datetime64(today)) & (frame["qty_pcs"] > 0) & (frame["item"] >= 0)
        frame = frame[late].sort_values(["item", "due", "id"], kind="stable")
        if not len(frame):
            return self.lines("overdue", NONE, NONE, NONE, [])
        groups = frame.groupby("item", sort=True)
        items = np.array(list(groups.groups), dtype=np.int64)
        pieces = groups["qty_pcs"].sum().to_numpy(np.float64)
        due: list[date] = groups["due"].min().to_numpy().astype("datetime64[D]").tolist()
        words = [
            f"{_pcs(one)} due {day}, {_days((today - day).days)} late{_whose(orders)}"
            for one, day, (_, orders) in zip(pieces, due, groups, strict=True)
        ]
        return self.lines("overdue", items, pieces, pieces * self.price[items], words, due)

    def jumps(self, last: pd.DataFrame | None, jump_rate: float) -> pd.DataFrame:
        """One line an item whose order-up-to level changed much since the last run, unless a planner set it."""
        if last is None:
            return self.lines("jump", NONE, NONE, NONE, [])
        levels, at = self.levels, self._items(last["part"], last["place"])
        before, items = last[at >= 0], at[at >= 0]
        old, new = before["order_up_to_pcs"].to_numpy(np.float64), levels.order_up_to[items].astype(np.float64)
        by_hand = (levels.why[items] & int(Why.OVERRIDE)) != 0
        if "why" in before:
            by_hand |= before["why"].astype(str).str.contains(BY_HAND, regex=False).to_numpy(dtype=bool)
        far = np.flatnonzero((np.abs(new - old) > np.maximum(1.0, jump_rate * np.minimum(old, new))) & ~by_hand)
        items, change = items[far], np.abs(new - old)[far]
        words = list(map("; ".join, zip(*self._causes(before.iloc[far], items), strict=True)))
        return self.lines("jump", items, new[far], change * self.price[items], words)

    def _causes(self, before: pd.DataFrame, items: Ints) -> Iterator[list[str]]:
        """Say level, and demand and lead time where the last run told them, then and now."""
        levels, per = self.levels, self.levels.history.period
        then = before["order_up_to_pcs"].to_numpy(np.float64)
        yield [f"order up to {a:,.0f} -> {b:,}" for a, b in zip(then, levels.order_up_to[items], strict=True)]
        if (name := "demand_pcs_per_" + per.replace(" ", "_")) in before:
            rates = zip(before[name].to_numpy(np.float64), levels.rate[items], strict=True)
            yield [f"demand {_few(a)} -> {_few(b)} a {per}" for a, b in rates]
        if "lead_time_days" in before:
            days = zip(before["lead_time_days"].to_numpy(np.float64), self.lead_days[items], strict=True)
            yield [f"lead time {a:.0f} -> {_days(b)}" if abs(a - b) >= 1 else "same lead time" for a, b in days]

    def decided(self, overrides: Sequence[Override], status: str) -> pd.DataFrame:
        """One line a decision on a level or an order that moved or expired."""
        mine = [one for one in overrides if one.status == status]
        at = positions(self.levels.history.parts, self.levels.history.places, mine)
        mine, items = [one for one, item in zip(mine, at, strict=True) if item >= 0], at[at >= 0]
        on_level = np.array([one.decision == "level" for one in mine], dtype=bool)
        now = np.where(on_level, self.computed[items], self.proposed[items]).astype(np.float64)
        apart = np.abs(np.array([one.decided or 0 for one in mine], dtype=np.float64) - now)
        words = [
            f"{one.decision} {one.decided} by {one.by} ({one.reason})"
            + (f", made on {_pcs(one.seen)}" if one.seen is not None else "")
            + (f", until {one.until}" if one.until else "")
            + f"; now {_pcs(to)} is worked out"
            for one, to in zip(mine, now, strict=True)
        ]
        return self.lines(f"override-{status}", items, now, apart * self.price[items], words)

    def differing(self, purchases: Purchases | None) -> pd.DataFrame:
        """One line an item whose pieces on order aren't those of its purchase orders."""
        if purchases is None:
            return self.lines("on-order-differs", NONE, NONE, NONE, [])
        at = self._items(purchases.parts, purchases.places)
        coming = np.bincount(at[at >= 0], purchases.quantity[at >= 0], minlength=len(self.levels)).astype(np.float64)
        apart = np.abs(coming - self.on_order)
        items = np.flatnonzero(apart > 1e-9)
        words = [
            f"stock says {_pcs(self.on_order[item])} on order, purchase orders say {_pcs(coming[item])}; "
            "the position counts the former"
            for item in items
        ]
        return self.lines("on-order-differs", items, apart[items], (apart * self.price)[items], words)

    def _items(self, parts: Any, places: Any) -> Ints:
        import pandas as pd

        if not len(parts):
            return NONE
        return np.asarray(self._index.get_indexer(pd.MultiIndex.from_arrays([parts, places])))

    @cached_property
    def _index(self) -> pd.MultiIndex:
        import pandas as pd

        return pd.MultiIndex.from_arrays([self.levels.history.parts, self.levels.history.places])


def _rows(items: Ints, *columns: Any) -> Iterator[tuple[Any, ...]]:
    """Give these items' values as plain numbers; there may be a million, and these are written faster."""
    return zip(*(column[items].tolist() for column in columns), strict=True)


def _whose(orders: pd.DataFrame) -> str:
    words = [f"{one} {who}".strip() for one, who in zip(orders["id"], orders["supplier"], strict=True)]
    named = [word for word in dict.fromkeys(words) if word]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return f": {', '.join(named[:NAMED])}{more}" if named else ""


def _pcs(pieces: float) -> str:
    return f"{pieces:,.0f}" if pieces == int(pieces) else f"{pieces:,.2f}"


def _few(pieces: float) -> str:
    return f"{pieces:.1f}" if pieces >= 10 else f"{pieces:.2f}"


def _days(days: float) -> str:
    return f"{days:.0f} day" + ("" if round(days) == 1 else "s")


def _years(pieces: float, yearly: float) -> str:
    if yearly <= 0:
        return "nobody has asked for any"
    years = pieces / yearly
    return f"{years:,.1f} years of demand" if years >= 1 else f"{12 * years:.1f} months of demand"
