"""The replay of the published curves: order up to the level at once, lost sales, and what it costs to hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRAINED = 0.70
"""Share of the periods that is known before the replay begins."""
HOLDING_RATE = 0.25
"""Cost of holding a piece for a period, of its price. It is common to all curves, so it leaves every ratio alone."""


def split_of(periods: int) -> int:
    """Give the periods to fit, 70 percent rounded: 59 of 84 months, 17 of 24."""
    return round(periods * TRAINED)


def replayed(demand: Floats, levels: Floats, price: Floats) -> dict[str, float]:
    """Replay levels on the periods held out.

    Each period begins with as many pieces as its level says, or with what is left where that is more; what can't be
    served is lost. Stock is counted before demand, as the published costs are.

    Parameters
    ----------
    demand, levels
        Shape (periods, items), pieces.
    price
        Shape (items,), currency units a piece.

    Returns
    -------
    dict
        `reached_unit_fill`, pieces served of all pieces; `reached_part_fill`, the mean over *all* items, those without
        demand as 0; `stock_value`, the published cost: rate x price x mean stock, summed over items; `stock_pieces`,
        the mean stock alone.

    Examples
    --------
    >>> replayed(np.array([[1.0], [3.0]]), np.array([[2.0], [2.0]]), np.array([4.0]))
    {'reached_unit_fill': 0.75, 'reached_part_fill': 0.75, 'stock_value': 2.0, 'stock_pieces': 2.0}
    """
    left, stock, served = np.zeros(len(price)), np.zeros(len(price)), np.zeros(len(price))
    for asked, level in zip(demand, levels, strict=True):
        shelf = np.maximum(left, level)
        sold = np.minimum(shelf, asked)
        stock += shelf
        served += sold
        left = shelf - sold
    wanted = demand.sum(axis=0)
    return {
        "reached_unit_fill": float(served.sum() / wanted.sum()),
        "reached_part_fill": float((served / np.where(wanted > 0, wanted, 1.0)).mean()),
        "stock_value": float(HOLDING_RATE * (price * stock).sum() / len(demand)),
        "stock_pieces": float(stock.sum() / len(demand)),
    }
