"""What bounds an order and a level: MOQ, pack, the planner's floor and cap."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Ints
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.reasons import Why


def whole_orders(pieces: ArrayLike, parts: PartMaster) -> Ints:
    """Raise quantities to the MOQ and then to whole packs; `parts` has one entry each.

    >>> whole_orders([1, 7], PartMaster.of(["A", "B"], lead_time_days=1, moq_pcs=5, pack_pcs=[1, 6])).tolist()
    [5, 12]
    """
    least = np.asarray(pieces)
    if not (np.isfinite(least) & (least > 0)).all():
        raise ConfigError("an order quantity is above 0 pieces")
    needed = np.maximum(np.ceil(least).astype(np.int64), parts.moq)
    return np.asarray(-(-needed // parts.pack) * parts.pack)


def bounded(raw: Ints, quantity: Ints, parts: PartMaster) -> tuple[Ints, NDArray[np.int64]]:
    """Hold reorder points between floor and cap; give them and the flags of `Why`.

    The floor: position and shelf are meant to hold at least `min_stock`, so an order goes out one piece below. The cap:
    an order goes up to no more than `max_stock`. A cap below one order (MOQ) leaves the part unstocked and is flagged.

    >>> parts = PartMaster.of(["A", "B"], lead_time_days=1, min_stock_pcs=[2, 0], max_stock_pcs=[9, 4])
    >>> bounded(np.array([-1, 7]), np.array([1, 2]), parts)[0].tolist()
    [1, 2]
    """
    point = np.maximum(raw, parts.min_stock - 1)
    highest = parts.max_stock - quantity
    capped = np.where(point > highest, np.maximum(highest, -1), point)
    why = np.where(point > raw, int(Why.FLOOR), 0) | np.where(capped < point, int(Why.CAP), 0)
    return capped, np.asarray(why | np.where(highest < -1, int(Why.CAP_BELOW_LOT), 0), dtype=np.int64)
