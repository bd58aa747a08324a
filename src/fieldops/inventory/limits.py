"""What bounds an order and a level: MOQ, pack, shelf life, the planner's floor and cap."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops import units
from fieldops.errors import ConfigError
from fieldops.inventory import demand
from fieldops.inventory.demand.base import LOT_MEAN, Demand, Floats, Ints, Mask
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import NO_CAP, PartMaster
from fieldops.inventory.policy import bins
from fieldops.inventory.reasons import Why

WASTE: Final = 0.1
"""Chance that the last piece of an order expires before it is used."""


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


def within_shelf_life(history: DemandHistory, parts: PartMaster, lead: Floats) -> tuple[PartMaster, Mask]:
    """Lower the maximum of parts that expire so that a piece is used before, but for a chance of one in ten.

    First in, first out, the last piece of an order up to S is used when S pieces have been asked for since the order;
    it expires a lead time and a shelf life after it. So S is the most with P(D >= S) >= 0.9, D the demand over both
    (default model). A minimum is kept all the same. Gives the parts, one entry an item, and which were lowered.
    """
    mortal = np.flatnonzero(parts.shelf_life < NO_CAP)
    most, lowered = parts.max_stock.copy(), np.zeros(len(parts), dtype=np.bool_)
    if not len(mortal):
        return parts, lowered
    life = history.in_periods(parts.shelf_life[mortal] / units.DAY)
    used = demand.DEFAULT.fit(history.take(mortal)).interval(lead[mortal], life).protection
    turned = most_used(used)
    cap = np.maximum(np.minimum(most[mortal], turned), parts.min_stock[mortal])
    lowered[mortal], most[mortal] = cap < most[mortal], cap
    return replace(parts, max_stock=most), lowered


def most_used(used: Demand) -> Ints:
    """Give the most pieces that are used with a chance of nine in ten: the largest S with P(D <= S - 1) <= 0.1."""
    lot = np.maximum(np.ceil(used.mean / LOT_MEAN), 1.0).astype(np.int64)
    rows = np.ceil(used.mean / lot).astype(np.int64) + 2
    found = np.zeros(len(lot), dtype=np.int64)
    for items, top in bins(np.arange(len(lot)), rows, np.ones_like(lot)):
        cdf = used.take(items).table(top, lot[items])[0]
        found[items] = (cdf <= WASTE).sum(axis=0) * lot[items]
    return found


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
