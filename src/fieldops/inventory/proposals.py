"""Tonight's proposals: what to order now, what is short, what lies there in excess, each with its reason and money.

Columns of the table ``stock`` are declared here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.columns import Column, Moment, Name, Number
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.inventory.demand.base import Floats, Ints
from fieldops.inventory.history import Names
from fieldops.inventory.levels import Levels
from fieldops.inventory.limits import whole_orders
from fieldops.inventory.parts import NO_CAP, PART_ALIASES, PLACE_ALIASES

if TYPE_CHECKING:
    import pandas as pd

_PIECES: Final = Number(low=0, high=1e12)

COLUMNS: Final = (
    Column("stock", "place", Name(), aliases=PLACE_ALIASES, help="depot or van"),
    Column("stock", "part", Name(), refers="parts.id", aliases=PART_ALIASES, help="id of the part"),
    Column("stock", "on_hand_pcs", _PIECES, aliases=("库存", "现有库存", "在库数量", "库存数量"), help="on the shelf"),
    Column(
        "stock",
        "on_order_pcs",
        _PIECES,
        default=0.0,
        aliases=("在途", "在途数量", "采购在途"),
        help="ordered, not yet here",
    ),
    Column("stock", "backorder_pcs", _PIECES, default=0.0, aliases=("欠料", "缺货数量", "待发数量"), help="waited for"),
    Column(
        "stock",
        "stocked_since",
        Moment(),
        default=None,
        aliases=("首次入库", "入库日期", "首次备货日期"),
        help="the place keeps the part since then; periods before are no zeros of demand there",
    ),
)

REASONS: Final = {
    "backorders": "somebody waits for pieces that nothing on order covers",
    "stock-out": "the shelf is empty, and what is on order leaves the position at or below the reorder point",
    "reorder-point": "the position is at or below the reorder point",
    "on-order": "the shelf is empty; what is on order suffices",
    "excess": "more on hand than the level asks for",
    "enough": "nothing to do",
}


@dataclass(frozen=True, eq=False)
class Stock:
    """What is where: one entry a part-location in every array, quantities in pieces.

    Examples
    --------
    >>> Stock.of(["P1"], ["XA"], on_hand_pcs=3, on_order_pcs=1)
    Stock(1 part-locations)
    """

    parts: Names
    places: Names
    on_hand: Floats
    on_order: Floats
    backorder: Floats

    def __repr__(self) -> str:
        return f"Stock({len(self.parts):,} part-locations)"

    @classmethod
    def of(
        cls,
        parts: Sequence[str] | Names,
        places: Sequence[str] | Names,
        *,
        on_hand_pcs: ArrayLike,
        on_order_pcs: ArrayLike = 0.0,
        backorder_pcs: ArrayLike = 0.0,
    ) -> Stock:
        """Make a stock in code; a single value holds for all.

        Raises
        ------
        TableError
            For quantities that are negative or not finite.
        """
        size = len(parts)
        stated = {"on_hand_pcs": on_hand_pcs, "on_order_pcs": on_order_pcs, "backorder_pcs": backorder_pcs}
        arrays = {name: np.broadcast_to(np.asarray(value, np.float64), size) for name, value in stated.items()}
        faults = [
            Fault("stock", None, name, "bad-value", f"{values[at]} is no quantity", "mend it", str(parts[int(at)]))
            for name, values in arrays.items()
            for at in np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        ]
        if faults:
            raise TableError(faults)
        return cls(np.asarray(parts, object), np.asarray(places, object), *arrays.values())

    def of_items(self, levels: Levels) -> tuple[Stock, NDArray[np.bool_]]:
        """Give one entry an item of `levels`, zeros where the table has no row, and whether it has one.

        Raises
        ------
        ConfigError
            If a part-location has two rows, or has stock but no level.
        """
        import pandas as pd

        if _same(self.parts, levels.history.parts) and _same(self.places, levels.history.places):
            return self, np.ones(len(levels), dtype=bool)  # row by row already: no need to look anything up
        index = pd.MultiIndex.from_arrays([self.parts, self.places])
        if not index.is_unique:
            twice = index[index.duplicated()][0]
            raise ConfigError(f"part {twice[0]!r} at {twice[1]!r} has two rows of stock; add them up")
        items = pd.MultiIndex.from_arrays([levels.history.parts, levels.history.places])
        foreign = index.difference(items)
        if len(foreign):
            part, place = foreign[0]
            raise ConfigError(
                f"{len(foreign):,} part-locations have stock but no level, first {part!r} at {place!r}; "
                "give them to the history as items (they need no usage)"
            )
        at = np.asarray(index.get_indexer(items))
        known = at >= 0
        # a zero more, so that -1 finds one even where stock has no row at all
        rows = [np.append(values, 0.0)[at] for values in (self.on_hand, self.on_order, self.backorder)]
        return Stock(levels.history.parts, levels.history.places, *rows), known


def _same(one: Names, other: Names) -> bool:
    return len(one) == len(other) and bool((one == other).all())


def propose(levels: Levels, stock: Stock) -> pd.DataFrame:
    """Propose orders against what is on hand, on order and waited for.

    An order goes out where the position (on hand + on order - backorders) is at or below the reorder point. It is at
    least the MOQ, in whole packs, and fills up to the order-up-to level (``s,nQ``: multiples of the order quantity).
    Where packs would lift the position above the maximum, there are fewer of them, as MOQ and reorder point allow.

    Parameters
    ----------
    levels
        From `reorder_levels`.
    stock
        One row a part-location; a level without a row counts as nothing there, and ``stock_known`` says so.

    Returns
    -------
    DataFrame
        One row an item in the order of the levels: ``order_pcs`` and ``order_value`` (currency units), ``reason`` (a
        key of `REASONS`), ``stock_out`` (a stocked or awaited part with an empty shelf), ``excess_pcs`` and
        ``excess_value`` (on hand beyond what an order could fill up to), ``above_maximum`` (the order breaks the cap
        because MOQ or pack leave no other), and the quantities they follow from.

    Raises
    ------
    ConfigError
        If a part-location stands in the stock twice, or has stock but no level.

    Examples
    --------
    >>> from datetime import date
    >>> from fieldops.inventory.history import DemandHistory
    >>> from fieldops.inventory.levels import reorder_levels
    >>> from fieldops.inventory.parts import PartMaster
    >>> history = DemandHistory.from_matrix([[2, 0, 1] * 8], parts=["P1"], places="XA", first=date(2025, 1, 1))
    >>> levels = reorder_levels(history, PartMaster.of(["P1"], price=5, lead_time_days=20, pack_pcs=4))
    >>> proposal = propose(levels, Stock.of(["P1"], ["XA"], on_hand_pcs=1))
    >>> proposal.loc[0, ["order_pcs", "reason", "order_value"]].to_dict()
    {'order_pcs': 8, 'reason': 'reorder-point', 'order_value': 40.0}
    """
    import pandas as pd

    mine, known = stock.of_items(levels)
    position = mine.on_hand + mine.on_order - mine.backorder
    order = _orders(levels, position)
    stocked = levels.reorder_point >= 0
    empty = (mine.on_hand <= 0) & (stocked | (mine.backorder > 0))
    fullest = levels.order_up_to + levels.parts.pack - 1
    excess = np.clip(np.minimum(mine.on_hand, position - fullest), 0.0, None)
    return pd.DataFrame(
        {
            "part": mine.parts,
            "place": mine.places,
            "name": levels.parts.names,
            "order_pcs": order,
            "order_value": order * levels.price,
            "reason": _reasons(order > 0, empty, mine.backorder > mine.on_hand + mine.on_order, excess > 0),
            "stock_out": empty,
            "on_hand_pcs": mine.on_hand,
            "on_order_pcs": mine.on_order,
            "backorder_pcs": mine.backorder,
            "position_pcs": position,
            "reorder_point_pcs": levels.reorder_point,
            "order_up_to_pcs": levels.order_up_to,
            "excess_pcs": excess,
            "excess_value": excess * levels.price,
            "above_maximum": (order > 0) & (position + order > levels.parts.max_stock),
            "stock_known": known,
        }
    )


def _orders(levels: Levels, position: Floats) -> Ints:
    parts, order = levels.parts, np.zeros(len(levels), dtype=np.int64)
    due = np.flatnonzero(position <= levels.reorder_point)
    point, full, quantity = levels.reorder_point[due], levels.order_up_to[due], levels.quantity[due]
    here, mine = position[due], parts.take(due)
    wanted = whole_orders(full - here, mine)
    capped = mine.max_stock < NO_CAP
    room = np.where(capped, np.floor(np.where(capped, mine.max_stock, 0) - here).astype(np.int64), wanted)
    fewer = room // mine.pack * mine.pack
    good = (fewer >= mine.moq) & (here + fewer > point)
    multiple = np.ceil((point + 1 - here) / quantity).astype(np.int64) * quantity
    order[due] = np.where(levels.kind[due] == "s,nQ", multiple, np.where((wanted > room) & good, fewer, wanted))
    return order


def _reasons(ordered: Any, empty: Any, awaited: Any, excess: Any) -> Names:
    words = np.array(list(REASONS), dtype=object)
    number = np.select([ordered & awaited, ordered & empty, ordered, empty, excess], [0, 1, 2, 3, 4], default=5)
    return np.asarray(words[number], dtype=object)
