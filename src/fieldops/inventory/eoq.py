r"""The economic order quantity, alone and with price breaks, for whole columns of parts.

Ordering costs K each time, a piece on the shelf h = i c a period (holding rate i, price c), the demand is d a period:

.. math:: C(Q) = \frac{K d}{Q} + \frac{i c Q}{2} + c d, \qquad Q^* = \sqrt{2 K d / (i c)}

(Harris 1913). With price breaks b_0 = 0 < b_1 < ... and prices c_0 > c_1 > ...

- ``all``: an order of b_j or more pays c_j for every piece. In each range the best Q is Q* of its price, or the break
  where Q* lies below it; the cheapest range counts;
- ``incremental``: only the pieces beyond b_j pay c_j. An order of Q costs K + e_j + c_j Q with
  e_j = sum_{k<=j} (c_{k-1} - c_k) b_k, so in each range Q* = sqrt(2 (K + e_j) d / (i c_j)) and the least of the ranges
  that hold their own Q* is best

(Hadley and Whitin 1963, sec. 2-11 to 2-13; Snyder and Shen 2019, sec. 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Ints

Discount: TypeAlias = Literal["all", "incremental"]
DISCOUNTS: Final = ("all", "incremental")


@dataclass(frozen=True)
class OrderSize:
    """The cheapest order of each item, every array of shape (items,).

    Attributes
    ----------
    quantity
        Pieces, not rounded; `limits.whole_orders` sees to MOQ and packs.
    cost
        Per period, with the price of the pieces.
    price
        Mean price a piece at that quantity.
    range
        Which price range it lies in, 0 is the first.
    """

    quantity: Floats
    cost: Floats
    price: Floats
    range: Ints


def eoq(rate: ArrayLike, *, order: ArrayLike, holding: ArrayLike) -> Floats:
    """Give Q* = sqrt(2 K d / h), h the cost of a piece on the shelf for a period.

    >>> float(eoq(1300, order=8, holding=0.225).round(2))
    304.05
    """
    d, k, h = (np.asarray(one, dtype=np.float64) for one in (rate, order, holding))
    if not ((d >= 0).all() and (k >= 0).all() and (h > 0).all()):
        raise ConfigError("an economic order needs a demand and a cost of ordering of 0 or more, and holding above 0")
    return np.asarray(np.sqrt(2 * k * d / h))


def with_price_breaks(
    rate: ArrayLike,
    *,
    order: ArrayLike,
    holding_rate: ArrayLike,
    breaks: ArrayLike,
    prices: ArrayLike,
    discount: Discount = "all",
) -> OrderSize:
    """Find the cheapest order where larger ones are cheaper by the piece.

    Parameters
    ----------
    rate
        Pieces a period, shape (items,) or one number.
    order
        Money an order.
    holding_rate
        Share of the price that a piece on the shelf costs a period.
    breaks, prices
        Shape (ranges, items) or (ranges,): the least quantity of each range, the first 0, rising; and its price,
        falling. An item with fewer ranges than others has breaks of infinity.
    discount
        ``all`` pieces or ``incremental``.

    Raises
    ------
    ConfigError
        If an argument is impossible.

    Examples
    --------
    >>> best = with_price_breaks(1300, order=8, holding_rate=0.3, breaks=[0, 400, 800], prices=[0.75, 0.72, 0.68])
    >>> float(best.quantity[0]), float(best.cost[0].round(2)), int(best.range[0])
    (800.0, 978.6, 2)
    """
    b, c, d, k, i = _columns(rate, order, holding_rate, breaks, prices, discount)
    upper = np.vstack([b[1:], np.full((1, b.shape[1]), np.inf)])
    real = np.isfinite(b)
    low = np.where(real, b, 0.0)
    extra = np.zeros_like(low)
    if discount == "incremental":
        extra[1:] = np.cumsum(np.where(real[1:], (c[:-1] - c[1:]) * low[1:], 0.0), axis=0)
    own = np.sqrt(2 * (k + extra) * d / (i * c))
    if discount == "all":
        # Beyond its range the next, cheaper one is better still, so that only the lower end matters.
        tried, fits = np.maximum(own, low), real & (own < upper)
    else:
        tried, fits = own, real & (own >= low) & (own < upper)
    some = tried > 0
    safe = np.where(some, tried, 1.0)
    # The shelf pays interest on what a piece cost: half an order's price, its fixed extra included.
    cost = (k + extra) * d / safe + i * (c * tried + extra) / 2 + c * d
    cost = np.where(fits, np.where(some, cost, 0.0), np.inf)
    best = cost.argmin(axis=0)
    items = np.arange(b.shape[1])
    quantity = tried[best, items]
    price = c[best, items] + extra[best, items] / np.where(quantity > 0, quantity, 1.0)
    return OrderSize(quantity, cost[best, items], price, best.astype(np.int64))


def _columns(
    rate: ArrayLike, order: ArrayLike, holding_rate: ArrayLike, breaks: ArrayLike, prices: ArrayLike, discount: str
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    if discount not in DISCOUNTS:
        raise ConfigError(f"there is no discount {discount!r}; choose one of {', '.join(DISCOUNTS)}")
    d, k, i = (np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (rate, order, holding_rate))
    b, c = (np.asarray(one, dtype=np.float64) for one in (breaks, prices))
    if b.shape != c.shape:
        raise ConfigError(f"{b.shape} breaks don't go with {c.shape} prices; each range has one of both")
    b, c = (one[:, None] if one.ndim == 1 else one for one in (b, c))
    size = np.broadcast_shapes(d.shape, k.shape, i.shape, b.shape[1:])
    b, c = (np.broadcast_to(one, (len(one), *size)) for one in (b, c))
    faults = []
    if not ((b[0] == 0).all() and (b[1:] > b[:-1])[np.isfinite(b[1:])].all()):
        faults.append("breaks begin with 0 and rise")
    used = np.isfinite(b)
    if not ((c > 0) & np.isfinite(c))[used].all() or not (c[1:] < c[:-1])[used[1:]].all():
        faults.append("prices are above 0 and fall")
    if not ((d >= 0).all() and (k >= 0).all() and (i > 0).all()):
        faults.append("demand and order cost are 0 or more, the holding rate is above 0")
    if faults:
        raise ConfigError("price breaks: " + "; ".join(faults))
    d, k, i = (np.broadcast_to(one, size) for one in (d, k, i))
    return b, np.where(used, c, 1.0), d, k, i
