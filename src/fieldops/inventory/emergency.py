r"""One-for-one stock whose shortages are fetched in an emergency: courier, another office, the customer's own spare.

Each customer wants one piece; customers come by chance (Poisson, rate d). Every piece taken from the shelf is ordered
anew and comes after L on average. A customer who finds the shelf empty doesn't wait for that: an emergency order serves
them at a price e, and the stock sees nothing of it. So the pieces on order are a loss system of S servers with the load
a = d L, and the share that needs an emergency is Erlang's

.. math:: B(S) = \frac{a^S / S!}{\sum_{k=0}^{S} a^k / k!}, \qquad B(0) = 1, \quad
          B(S) = \frac{a B(S-1)}{S + a B(S-1)},

exact for any distribution of the lead time (Karush 1957, Operations Research 5; Erlang 1917). On hand are S - a (1 - B)
pieces on average. B is convex in S (Messerli 1972), so the first S where a piece more costs more than it saves is the
cheapest,

.. math:: C(S) = h (S - a (1 - B(S))) + e\,d\,B(S).

Where shortages wait instead, `policy` has the answer; several pieces at once are not of this model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Ints, Mask
from fieldops.inventory.policy import ROUNDING


@dataclass(frozen=True)
class Emergency:
    """What a stock gives, every array of shape (items,).

    Attributes
    ----------
    stock
        S: pieces on the shelf and on order.
    fill_rate
        Share of customers served from the shelf; NaN where nobody comes.
    expected_on_hand
        Pieces.
    emergencies
        Emergency orders a period.
    """

    stock: Ints
    fill_rate: Floats
    expected_on_hand: Floats
    emergencies: Floats


def with_emergencies(rate: ArrayLike, lead: ArrayLike, stock: ArrayLike) -> Emergency:
    """Measure given stocks; rates per period, lead times in periods, each one value or one an item.

    >>> found = with_emergencies(0.5, 2.0, [0, 1, 2])
    >>> found.fill_rate.round(3).tolist(), found.emergencies.round(3).tolist()
    ([0.0, 0.5, 0.8], [0.5, 0.25, 0.1])
    """
    d, time, held = _columns(rate, lead, stock)
    pieces = held.astype(np.int64)
    if (pieces != held).any():
        raise ConfigError("stocks are whole pieces")
    return _measured(d, d * time, pieces)


def least_stock(rate: ArrayLike, lead: ArrayLike, target: ArrayLike) -> Emergency:
    """Find the least stock that serves a share `target` of customers from the shelf, 0 <= target < 1.

    >>> least_stock([0.5, 3.0, 0.0], 2.0, 0.9).stock.tolist()
    [3, 9, 0]
    """
    d, time, wanted = _columns(rate, lead, target)
    if not (wanted < 1).all():
        raise ConfigError("a target is a rate from 0 up to but not including 1, e.g. 0.95")
    return _searched(d, d * time, lambda items, blocked, _: 1 - blocked >= wanted[items] - ROUNDING)


def cheapest_stock(rate: ArrayLike, lead: ArrayLike, *, holding: ArrayLike, emergency: ArrayLike) -> Emergency:
    """Find the stock of least cost: `holding` for a piece on the shelf a period, `emergency` for each such order.

    >>> cheapest_stock(0.5, 2.0, holding=1.0, emergency=[1.0, 40.0]).stock.tolist()
    [0, 3]
    """
    d, time, h, e = _columns(rate, lead, holding, emergency)
    if not (h > 0).all():
        raise ConfigError("holding is above 0")
    worth = h * d * time + e * d  # what a fall of B by one saves a period
    return _searched(d, d * time, lambda items, now, then: worth[items] * (now - then) <= h[items])


def _searched(rate: Floats, load: Floats, enough: Callable[[Ints, Floats, Floats], Mask]) -> Emergency:
    """Add pieces, all items at once, until `enough` of (items, B now, B with one piece more)."""
    stock, blocked = np.zeros(len(load), dtype=np.int64), np.ones(len(load))
    left = np.flatnonzero(load > 0)
    while len(left):
        more = _next(blocked[left], load[left], stock[left])
        going = ~enough(left, blocked[left], more)
        left, more = left[going], more[going]
        stock[left] += 1
        blocked[left] = more
    return _measured(rate, load, stock)


def _next(blocked: Floats, load: Floats, stock: Ints) -> Floats:
    return np.asarray(load * blocked / (stock + 1 + load * blocked))


def _measured(rate: Floats, load: Floats, stock: Ints) -> Emergency:
    blocked = np.ones(len(load))
    for held in range(int(stock.max(initial=0))):
        some = stock > held
        blocked[some] = _next(blocked[some], load[some], np.full(int(some.sum()), held))
    fill = np.where(rate > 0, np.where(load > 0, 1 - blocked, stock > 0), np.nan)
    missed = np.where(rate > 0, 1 - fill, 0.0)
    return Emergency(stock, fill, stock - load * (1 - missed), rate * missed)


def _columns(*values: ArrayLike) -> list[Floats]:
    arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(value, dtype=np.float64)) for value in values))
    if not all((np.isfinite(array) & (array >= 0)).all() for array in arrays):
        raise ConfigError("rates, lead times, stocks, targets and costs are 0 or more")
    return [array.copy() for array in arrays]
