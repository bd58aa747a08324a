"""What made a level what it is, beside the model: short reasons that planners can filter by."""

from __future__ import annotations

import enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldops.inventory.demand.base import LOT_MEAN
from fieldops.inventory.history import DemandHistory, Life, Names


class Why(enum.IntFlag):
    """Reasons; several may hold."""

    NO_DEMAND = enum.auto()
    ONE_DEMAND = enum.auto()
    NOT_OBSERVED = enum.auto()
    CLIPPED = enum.auto()
    FRACTIONS = enum.auto()
    POISSON = enum.auto()
    FALLBACK = enum.auto()
    LOTS = enum.auto()
    ORDER_LOT = enum.auto()
    FLOOR = enum.auto()
    CAP = enum.auto()
    CAP_BELOW_LOT = enum.auto()
    OVERRIDE = enum.auto()
    STOCK_OUTS = enum.auto()
    NEVER_IN_STOCK = enum.auto()
    INTRODUCED = enum.auto()
    INHERITED = enum.auto()
    SUPERSEDED = enum.auto()
    ENDED = enum.auto()
    SHELF_LIFE = enum.auto()
    LEAST_COST = enum.auto()
    NO_PRICE = enum.auto()
    ALIKE = enum.auto()
    FEW_PARTS = enum.auto()
    WHOLE_RANGE = enum.auto()
    LATE = enum.auto()
    QUIET = enum.auto()
    CHOSEN = enum.auto()
    KEPT = enum.auto()
    UNTOLD = enum.auto()
    STATED = enum.auto()
    LEAD_VARIES = enum.auto()
    LEAD_OBSERVED = enum.auto()
    AWAITED = enum.auto()


SHORTEST: Final = 4
"""Observed periods below which nothing is said of their halves."""

WORDS: Final = {
    Why.LEAST_COST: "least cost",
    Why.WHOLE_RANGE: "one target for the whole range",
    Why.NO_PRICE: "no price: by target",
    Why.SHELF_LIFE: "no more than is used within its shelf life",
    Why.NO_DEMAND: "no demand seen",
    Why.ONE_DEMAND: "one demand seen",
    Why.LATE: "no demand in the first half",
    Why.QUIET: "no demand in the second half",
    Why.NOT_OBSERVED: "periods not observed left out",
    Why.CLIPPED: "negative usage set to 0",
    Why.FRACTIONS: "fractions of pieces",
    Why.POISSON: "variance not above mean: Poisson",
    Why.FALLBACK: "history doesn't suit the model asked for",
    Why.LOTS: f"mean above {LOT_MEAN:g}: gamma, in lots",
    Why.ORDER_LOT: "MOQ or pack",
    Why.FLOOR: "raised to the minimum",
    Why.CAP: "lowered to the maximum",
    Why.CAP_BELOW_LOT: "maximum below one order",
    Why.ALIKE: "new: demand of alike parts",
    Why.CHOSEN: "model chosen by likelihood",
    Why.KEPT: "default model kept: no other is clearly likelier",
    Why.UNTOLD: "default model kept: too little to choose by",
    Why.STATED: "model stated for the part",
    Why.FEW_PARTS: "too few parts to learn from: own history alone",
    Why.LEAD_VARIES: "lead time varies",
    Why.LEAD_OBSERVED: "lead time of past deliveries",
    Why.OVERRIDE: "set by a planner",
    Why.STOCK_OUTS: "stock-out periods corrected",
    Why.NEVER_IN_STOCK: "never known in stock: usage taken as it stands",
    Why.INTRODUCED: "introduced within the history",
    Why.INHERITED: "demand of predecessors included",
    Why.SUPERSEDED: "superseded: not stocked any more",
    Why.ENDED: "life ended: not stocked any more",
    Why.AWAITED: "introduced later: not stocked yet",
}

LIVES: Final = {
    Life.INTRODUCED: Why.INTRODUCED,
    Life.INHERITED: Why.INHERITED,
    Life.SUPERSEDED: Why.SUPERSEDED,
    Life.ENDED: Why.ENDED,
    Life.AWAITED: Why.AWAITED,
}


def in_words(why: NDArray[np.int64]) -> Names:
    """Say flags in words; the same words for the same flags.

    >>> in_words(np.array([Why.ONE_DEMAND | Why.FLOOR])).tolist()
    ['one demand seen; raised to the minimum']
    """
    flags, item = np.unique(why, return_inverse=True)
    words = ["; ".join(text for flag, text in WORDS.items() if flag & one) for one in flags.tolist()]
    return np.array(words, dtype=object)[item.reshape(-1)]


def of_series(history: DemandHistory) -> NDArray[np.int64]:
    """Flag what is peculiar about each item's series itself."""
    demands, observed, first, last = (np.zeros(history.n_items, dtype=np.int64) for _ in range(4))
    gaps, fractions = np.zeros(history.n_items, dtype=bool), np.zeros(history.n_items, dtype=bool)
    for row in history.counts:
        seen, used = np.isfinite(row), row > 0
        demands += used
        observed += seen
        first = np.where(used & (demands == 1), observed, first)
        last = np.where(used, observed, last)
        gaps |= ~seen
        fractions |= seen & (row != np.rint(row))
    why = np.where(demands == 0, int(Why.NO_DEMAND), 0) | np.where(demands == 1, int(Why.ONE_DEMAND), 0)
    why |= np.where(gaps, int(Why.NOT_OBSERVED), 0) | np.where(history.clipped, int(Why.CLIPPED), 0)
    some = (demands > 0) & (observed >= SHORTEST)
    why |= np.where(some & (2 * (first - 1) >= observed), int(Why.LATE), 0)
    why |= np.where(some & (2 * (observed - last) >= observed), int(Why.QUIET), 0)
    for flag, reason in LIVES.items():
        why |= np.where(history.lives(flag), int(reason), 0)
    if history.in_stock is not None:
        time = np.where(np.isfinite(history.counts), history.in_stock, 0.0).sum(axis=0)
        why |= np.where(history.censored(), np.where(time > 0, int(Why.STOCK_OUTS), int(Why.NEVER_IN_STOCK)), 0)
    return np.asarray(why | np.where(fractions, int(Why.FRACTIONS), 0), dtype=np.int64)
