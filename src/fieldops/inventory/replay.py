"""Play demand through a policy, piece by piece, all items at once.

One period of the replay: deliveries come in and serve waiting demand first; the period's demand is served from the
shelf, what is missing waits; at the end of every review interval the position is looked at and an order placed, which
comes in after L more periods, at the next one's start. An order must so last from one look until the delivery of the
next: L + T periods of demand, the protection interval that levels are made for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fieldops.inventory.demand.base import Floats, Ints, Mask
from fieldops.inventory.history import Counts
from fieldops.inventory.policy import Kinds, multiples_of


@dataclass(frozen=True, eq=False)
class Replay:
    """Books of a replay, every array of shape (items,), in pieces; `opening` and `closing` are net stock.

    What came in is what went out: ``opening + received = demanded + unjudged + closing``.

    Attributes
    ----------
    opening, closing
        On hand less backorders before and after.
    demanded, filled
        Pieces asked for in the periods that are judged, and pieces of it served at once from the shelf.
    unjudged
        Pieces asked for in the others.
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
    unjudged: Floats
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
    judged: Mask | None = None,
) -> Replay:
    """Play demand through a policy, all items at once.

    Parameters
    ----------
    counts
        Demand, shape (periods, items); NaN counts as none.
    reorder_point, quantity
        s and Q in pieces; order up to s + Q (``s,S``) or by multiples of Q (``s,nQ``).
    lead
        Lead time in whole periods, shape (items,), or that of the order placed in each period, shape (periods, items).
        A later order may then come first: pieces are alike.
    review
        Periods between two looks.
    warm_up
        First periods, which run but aren't in the books. The shelf starts at s + Q.
    judged
        Which counts are known to be the demand, shape (periods, items); the others run, but their fill is not judged.
        None: all.

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
    demanded, filled, unjudged, received, shelf = (np.zeros(size) for _ in range(5))
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
            wait = lead if lead.ndim == 1 else lead[period]
            due[(period + 1 + wait) % len(due), items] += placed
            on_order += placed
            orders += (placed > 0) & counted
        if counted:
            known = True if judged is None else judged[period]
            demanded += np.where(known, asked, 0.0)
            filled += np.where(known, served, 0.0)
            unjudged += np.where(known, 0.0, asked)
            received += arrived
            shelf += np.maximum(net, 0.0)
    return Replay(opening, net, demanded, filled, unjudged, received, orders, shelf / max(len(counts) - warm_up, 1))


def _order(position: Floats, reorder_point: Ints, quantity: Ints, multiples: Mask) -> Floats:
    whole = np.ceil((reorder_point + 1 - position) / quantity) * quantity
    wanted = np.where(multiples, whole, reorder_point + quantity - position)
    return np.where(position <= reorder_point, wanted, 0.0)
