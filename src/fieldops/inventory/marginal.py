r"""Marginal analysis: which unit of which part to buy next, where the money does most.

Each item has a loss f(s) that falls with its stock s = 0, 1, 2, ... (expected backorders, pieces not filled from the
shelf, minus the logarithm of a chance) and a price c. Buying always the step of the greatest fall per money,

.. math:: \arg\max_i \; \frac{f_i(s_i) - f_i(t)}{c_i (t - s_i)}, \qquad t > s_i,

runs along the efficient frontier: no other stocks of that value have less loss (Sherbrooke 2004, Optimal Inventory
Modeling of Systems, sec. 2.5; Fox 1966, Management Science 13). Where f is convex every step is one piece. Where it is
not, as the fill rate of long lead times isn't, whose first pieces fill nothing, a step may be several: the corners of
the lower convex hull. Stocks between two corners are left out, so that each point of the path is best for its money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Ints

FREE: Final = 1e-12
"""Money that is none."""
NOTHING: Final = 1e-12
"""Share of an item's whole loss below which a fall is rounding."""


@dataclass(frozen=True)
class Steps:
    """Purchases, one entry each; in the order of the items, or after `sorted` of what they are worth.

    Attributes
    ----------
    item, stock
        Which item, and what it holds after the purchase.
    cost
        Money of this purchase.
    gain
        Fall of the loss.
    """

    item: Ints
    stock: Ints
    cost: Floats
    gain: Floats

    def __len__(self) -> int:
        return len(self.item)

    def sorted(self) -> Steps:
        """Put the purchases into the order in which they are made: the greatest gain per money first."""
        worth = self.gain / np.maximum(self.cost, FREE)
        order = np.argsort(-worth, kind="stable")
        return Steps(self.item[order], self.stock[order], self.cost[order], self.gain[order])

    def upto(self, number: int) -> Steps:
        """Keep the first purchases."""
        return Steps(self.item[:number], self.stock[:number], self.cost[:number], self.gain[:number])

    def stocks(self, size: int) -> Ints:
        """Give the stock of each of `size` items after all these purchases; 0 where nothing was bought."""
        held = np.zeros(size, dtype=np.int64)
        np.maximum.at(held, self.item, self.stock)
        return held

    @classmethod
    def joined(cls, parts: list[Steps]) -> Steps:
        """Put the purchases of several groups of items together."""
        none = Steps(*(np.empty(0, dtype=np.int64),) * 2, *(np.empty(0),) * 2)
        return cls(
            *(
                np.concatenate([getattr(one, name) for one in (none, *parts)])
                for name in ("item", "stock", "cost", "gain")
            )
        )


def steps(loss: Floats, price: ArrayLike, items: Ints | None = None) -> Steps:
    """Find the purchases of every item on its own: the corners of the lower convex hull of its loss.

    Parameters
    ----------
    loss
        f at s = 0, 1, ... (rows), shape (most stock + 1, items), in any unit that adds up over items.
    price
        Money a piece, one for all or one an item; 0 or more. Or the money of every stock, shape as `loss`, never
        falling: what a piece costs then depends on how many there are.
    items
        Numbers to call the items by; 0, 1, ... if None.

    Returns
    -------
    Steps
        Item by item, each with rising stock and falling gain a piece; rows beyond the least loss are left out.

    Examples
    --------
    Poisson pipelines of 1 and 4, prices 5 and 1 (Sherbrooke 2004, ch. 2): the first piece bought is of the second.

    >>> from fieldops.inventory.demand import Poisson
    >>> from fieldops.inventory.demand.base import FamilyDemand
    >>> pipeline = FamilyDemand(Poisson(), np.array([1.0, 4.0]), np.array([1.0, 4.0]))
    >>> path = steps(pipeline.table(9, np.array([1, 1]))[1], [5.0, 1.0]).sorted()
    >>> path.item[:8].tolist(), path.stock[:8].tolist()
    ([1, 1, 1, 1, 1, 1, 0, 1], [1, 2, 3, 4, 5, 6, 1, 7])
    """
    rows, size = loss.shape
    stated = np.asarray(price, dtype=np.float64)
    costs = stated if stated.ndim == 2 else np.arange(float(rows))[:, None] * np.broadcast_to(stated, size)
    if not (np.isfinite(costs).all() and (np.diff(costs, axis=0) >= -1e-9 * np.abs(costs[1:])).all()):
        raise ConfigError("a price is 0 or more")
    names = np.arange(size) if items is None else items
    fall, spent = loss[:-1] - loss[1:], np.maximum(np.diff(costs, axis=0), 0.0)
    fall = np.where(fall > NOTHING * np.abs(loss[0] - loss.min(axis=0)), fall, 0.0)
    convex = _convex_from(fall / np.maximum(spent, FREE))
    at, going, found = np.zeros(size, dtype=np.int64), np.flatnonzero(convex > 0), []
    while len(going):
        here = at[going]
        target = _best_jump(loss[:, going], costs[:, going], here)
        gain, paid = loss[here, going] - loss[target, going], costs[target, going] - costs[here, going]
        found.append(Steps(names[going], target, np.maximum(paid, 0.0), gain))
        # Where nothing ahead has less loss the list ends.
        at[going] = np.where(target > here, target, rows)
        going = going[(target > here) & (target < convex[going])]
    row, item = np.nonzero((np.arange(rows - 1)[:, None] >= at) & (fall > 0))
    found.append(Steps(names[item], row + 1, spent[row, item], fall[row, item]))
    made = Steps.joined(found)
    order = np.lexsort((made.stock, made.item))
    order = order[made.gain[order] > 0]
    return Steps(made.item[order], made.stock[order], made.cost[order], made.gain[order])


def _convex_from(slope: Floats) -> Ints:
    """Find the row from which on the gain per money never rises again: from there every single piece is a corner."""
    rises = slope[1:] > slope[:-1] * (1 + 1e-9)
    last = len(rises) - rises[::-1].argmax(axis=0)
    return np.where(rises.any(axis=0), last, 0).astype(np.int64)


def _best_jump(loss: Floats, costs: Floats, here: Ints) -> Ints:
    """Find the row beyond `here` to which the loss falls most per money; `here` itself if it falls nowhere."""
    items = np.arange(loss.shape[1])
    now, paid = loss[here, items], costs[here, items]
    first = int(here.min())
    best, slope = here.copy(), np.zeros(len(here))
    for row in range(first + 1, len(loss)):
        ahead, spent = row - here, costs[row] - paid
        fall = (now - loss[row]) / np.maximum(spent, FREE)
        better = (ahead > 0) & (fall > slope * (1 + 1e-12))
        best[better], slope[better] = row, fall[better]
    return best


def within(path: Steps, *, budget: float | None = None, gain: float | None = None) -> Steps:
    """Keep the purchases that a budget pays for, or the fewest that lower the loss by `gain` in all.

    Parameters
    ----------
    path
        Sorted purchases.
    budget
        Money; the first purchase that it doesn't pay for ends the list.
    gain
        Fall of the loss to reach; all purchases where they don't reach it.

    Raises
    ------
    ConfigError
        Unless exactly one of the two is given.
    """
    if (budget is None) == (gain is None):
        raise ConfigError("say either a budget or a gain to reach")
    if budget is not None:
        return path.upto(int(np.searchsorted(np.cumsum(path.cost), budget * (1 + 1e-12), side="right")))
    reached = np.searchsorted(np.cumsum(path.gain), gain or 0.0, side="left")
    return path.upto(int(reached) + 1 if gain and gain > 0 else 0)
