"""Open purchase orders: what is on its way, and what should have come by now.

Columns of the table ``purchase_orders`` are declared here. The position of a part-location counts what the table
``stock`` says is on order; this table says *when*, and the work list shows where the two differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from fieldops.columns import Column, Moment, Name, Number, Text
from fieldops.errors import Fault, TableError
from fieldops.inventory.demand.base import Floats
from fieldops.inventory.history import Names, as_names
from fieldops.inventory.parts import PART_ALIASES, PLACE_ALIASES
from fieldops.inventory.periods import Days

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = (
    Column("purchase_orders", "id", Name(), default="", aliases=("采购单号", "订单号"), help="number of the order"),
    Column("purchase_orders", "place", Name(), aliases=PLACE_ALIASES, help="depot or van it is meant for"),
    Column("purchase_orders", "part", Name(), refers="parts.id", aliases=PART_ALIASES, help="id of the part"),
    Column(
        "purchase_orders",
        "qty_pcs",
        Number(low=0, high=1e12),
        aliases=("数量", "未到数量", "未交数量"),
        help="pieces that haven't come yet",
    ),
    Column(
        "purchase_orders",
        "due",
        Moment(),
        aliases=("交货日期", "预计到货", "承诺交期", "要求到货"),
        help="day on which they were to be on the shelf",
    ),
    Column("purchase_orders", "supplier", Text(), default="", aliases=("供应商",), help="name for people"),
)


@dataclass(frozen=True, eq=False)
class Purchases:
    """Open orders, one entry an order line in every array.

    Attributes
    ----------
    ids, suppliers, parts, places
        Words.
    quantity
        Pieces still to come.
    due
        Day on which they were promised.

    Examples
    --------
    >>> Purchases.of(["PO1"], ["P1"], ["XA"], qty_pcs=[4], due=["2026-11-10"])
    Purchases(1 order lines)
    """

    ids: Names
    parts: Names
    places: Names
    quantity: Floats
    due: Days
    suppliers: Names

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"Purchases({len(self):,} order lines)"

    @classmethod
    def of(
        cls,
        ids: Sequence[str] | Names,
        parts: Sequence[str] | Names,
        places: Sequence[str] | Names,
        *,
        qty_pcs: ArrayLike,
        due: Any,
        suppliers: Sequence[str] | Names | str = "",
    ) -> Purchases:
        """Make open orders in code.

        Raises
        ------
        TableError
            For quantities that are negative or not finite, and due dates that are none.
        """
        quantity = np.broadcast_to(np.asarray(qty_pcs, np.float64), len(ids))
        days = np.broadcast_to(np.asarray(due, "datetime64[D]"), len(ids))
        wrong = {"qty_pcs": ~(np.isfinite(quantity) & (quantity >= 0)), "due": np.isnat(days)}
        faults = [
            Fault("purchase_orders", None, name, "bad-value", "is no quantity or no day", "mend it", str(ids[int(at)]))
            for name, bad in wrong.items()
            for at in np.flatnonzero(bad)
        ]
        if faults:
            raise TableError(faults)
        names = np.broadcast_to(np.asarray(suppliers, object), len(ids))
        return cls(as_names(ids), as_names(parts), as_names(places), quantity, days, names)

    @classmethod
    def none(cls) -> Purchases:
        """No open orders known."""
        return cls.of([], [], [], qty_pcs=[], due=[])

    def to_frame(self) -> pd.DataFrame:
        """Give one row an order line."""
        import pandas as pd

        return pd.DataFrame(
            {
                "id": self.ids,
                "part": self.parts,
                "place": self.places,
                "qty_pcs": self.quantity,
                "due": self.due,
                "supplier": self.suppliers,
            }
        )
