r"""What a reorder point promises, exactly, for discrete demand; and the least one that keeps a target.

The policy. Stock is looked at every T periods. If the *inventory position* (on hand + on order - backorders) is at or
below the reorder point s, an order is placed that comes after L periods. Unmet demand waits (backorders). Three
kinds of order bring the position back to between s + 1 and s + Q:

- base stock: Q = 1, order up to S = s + 1, as much as was demanded;
- ``s,S``: order up to S = s + Q;
- ``s,nQ``: order the least multiple of Q that lifts the position above s.

The position after a look is s + 1 + o with *offset* o in 0 .. Q - 1. For ``s,nQ`` all offsets are equally likely
(Hadley and Whitin 1963); for ``s,S`` the position is S - j with probability m_j / (m_0 + ... + m_{Q-1}), where
m_0 = 1/(1 - f_0), m_j = sum_k f_k m_{j-k} / (1 - f_0) and f is the demand between two looks (a renewal density;
Archibald and Silver 1978, Zheng and Federgruen 1991).

The measures. D_L is the demand over the lead time, D the demand over the protection interval L + T, and
n(y) = E(D - y)^+ = E D - P(D > 0) - ... - P(D > y - 1). With y the position and E_y the mean over it,

- fill rate (share of pieces served from the shelf) = 1 - E_y[n_{L+T}(y) - n_L(y)] / E[D_T]: what joins the backorders
  while one review interval's demand comes in (Hadley and Whitin 1963; Silver and Bischak 2011, Omega 39). It is exact:
  no piece that is short over two intervals counts twice, as in the shortcut n(s) <= (1 - fill) Q;
- ready rate (share of looks that find pieces on the shelf) = E_y P(D < y);
- cycle service (no backorders before the next order comes, from the lowest position) = P(D <= s + 1);
- expected backorders EBO = E_y n(y) and expected on hand = E y - E D + EBO, both at the end of the interval.

Stock watched all the time is the limit of short review intervals (`policies`): ready rate, EBO and on hand are those
with D_L for D, the fill rate is what a customer finds (Axsater 2015, ch. 5). Only cycle service needs a word of its
own: the next order goes out when the next customer has come, so it is P(D_L + one customer's order <= s + 1). By
Little's law the mean wait of a piece, also over those that needn't wait, is EBO/rate.

Everything runs in lock-step over all items: tables ``[position, item]`` of like height together, no loop over parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Interval, Ints, Mask
from fieldops.inventory.demand.mixed import Mixed

Measure: TypeAlias = Literal["fill_rate", "ready_rate", "cycle_service"]
Kind: TypeAlias = Literal["s,S", "s,nQ"]
Kinds: TypeAlias = Kind | NDArray[np.object_]
"""One kind for all items, or one for each."""

MEASURES: Final = ("fill_rate", "ready_rate", "cycle_service")
KINDS: Final = ("s,S", "s,nQ")
CELLS: Final = 1 << 19
"""Cells of a table worked on at once: 4 MB stay near the processor."""
ROUNDING: Final = 1e-12
"""A measure this little below its target has reached it."""
TAIL: Final = 25.0
"""Tables that measure reach so many scales of the tail beyond the bulk: what lies above is less than 1e-10."""


@dataclass(frozen=True)
class Service:
    """What a policy gives, every array of shape (items,); NaN where nothing is ever demanded.

    Attributes
    ----------
    fill_rate, ready_rate, cycle_service
        0..1, as the module defines them.
    expected_backorders, expected_on_hand
        Pieces, at the end of a review interval.
    """

    fill_rate: Floats
    ready_rate: Floats
    cycle_service: Floats
    expected_backorders: Floats
    expected_on_hand: Floats


@dataclass(frozen=True)
class Tables:
    """Distributions of some items up to one height; row x stands for x lots, the numbers are pieces.

    Attributes
    ----------
    cdf
        P(D <= y) over the protection interval, shape (height + 1, items).
    short
        n(y), expected shortage over the protection interval.
    missed
        n(y) less the shortage over the lead time: what one review interval adds.
    safe
        P(D <= y) as cycle service has it: with the customer after whom the next order goes out.
    offsets
        Probability of each offset of the position, shape (Q, items).
    review_mean
        Mean demand between two looks.
    """

    cdf: Floats
    short: Floats
    missed: Floats
    safe: Floats
    offsets: Floats
    review_mean: Floats

    @classmethod
    def of(cls, demands: Interval, lot: Ints, quantity: Ints, multiples: Mask, height: int) -> Tables:
        """Tabulate; `quantity` is Q in lots, `multiples` tells the items of kind ``s,nQ``."""
        cdf, short = demands.protection.table(height, lot)
        missed = short - demands.lead.table(height, lot)[1]
        safe = _with_next_customer(demands, cdf, lot)
        return cls(cdf, short, missed, safe, offsets(demands, lot, quantity, multiples), demands.review.mean)

    def at(self, measure: Measure) -> Floats:
        """Tabulate a measure by the lowest position after a look, s + 1 = 0, 1, ..."""
        if measure == "cycle_service":
            return self.safe
        if measure == "ready_rate":
            below = np.concatenate([np.zeros_like(self.cdf[:1]), self.cdf[:-1]])
            return over_offsets(below, self.offsets)
        missed = over_offsets(self.missed, self.offsets)
        return 1.0 - missed / np.where(self.review_mean > 0, self.review_mean, np.nan)

    def service(self, lowest: Ints, lot: Ints) -> Service:
        """Measure the policies whose lowest position after a look is `lowest`, in lots."""
        cdf, short, missed, position = (np.zeros(len(lowest)) for _ in range(4))
        for offset, share in enumerate(self.offsets):
            level = lowest + offset
            cdf += share * np.where(level > 0, _row(self.cdf, level - 1), 0.0)
            short += share * _row(self.short, level)
            missed += share * _row(self.missed, level)
            position += share * level
        demanded = self.review_mean > 0
        backorders = np.maximum(short, 0.0)
        fill = 1.0 - missed / np.where(demanded, self.review_mean, 1.0)
        return Service(
            fill_rate=np.where(demanded, np.clip(fill, 0.0, 1.0), np.nan),
            ready_rate=np.where(demanded, np.minimum(cdf, 1.0), np.nan),
            cycle_service=np.where(demanded, np.minimum(_row(self.safe, lowest), 1.0), np.nan),
            expected_backorders=backorders,
            expected_on_hand=np.maximum(position * lot - self.short[0] + backorders, 0.0),
        )


def _with_next_customer(demands: Interval, cdf: Floats, lot: Ints) -> Floats:
    """P(D + one customer's order <= y) for the items that are watched all the time, P(D <= y) for the others."""
    if demands.watched is None or not demands.watched.any():
        return cdf
    items = np.flatnonzero(demands.watched)
    review = demands.review.take(items).table(len(cdf) - 1, lot[items])[0]
    moves = 1.0 - review[0]
    # In lots so large that no customer ever wants half of one, what is left of `moves` is rounding.
    small = moves < 1e-12
    order = np.where(small, 0.0, np.diff(review, axis=0, prepend=0.0) / np.where(small, 1.0, moves))
    before = cdf[:, items]
    after = np.where(small, before, 0.0)
    for size in range(1, len(cdf)):
        after[size:] += order[size] * before[:-size]
    safe = cdf.copy()
    safe[:, items] = after
    return safe


def multiples_of(kind: Kinds, size: int) -> Mask:
    """Tell which items order in multiples of Q (``s,nQ``); raise ConfigError for a kind there isn't."""
    kinds = np.broadcast_to(np.asarray(kind, dtype=object), size)
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise ConfigError(f"there is no kind of policy {unknown[0]!r}; choose one of {', '.join(KINDS)}")
    return np.asarray(kinds == "s,nQ", dtype=np.bool_)


def offsets(demands: Interval, lot: Ints, quantity: Ints, multiples: Mask) -> Floats:
    """Probability that the position after a look lies o lots above the lowest, shape (max Q, items)."""
    most = int(quantity.max(initial=1))
    if most == 1:
        return np.ones((1, len(quantity)))
    below = np.arange(most)[:, None] < quantity
    if multiples.all():
        return below / quantity
    steps = np.diff(demands.review.table(most - 1, lot)[0], axis=0, prepend=0.0)
    down = renewal(steps) * below
    down /= down.sum(axis=0)
    # Row j is the probability of S - j; the offset of that position is Q - 1 - j.
    order = np.where(below, quantity - 1 - np.arange(most)[:, None], np.arange(most)[:, None])
    return np.where(multiples, below / quantity, np.take_along_axis(down, order, axis=0))


def over_offsets(table: Floats, shares: Floats) -> Floats:
    """Take the mean of a table over the positions after a look, by the lowest of them."""
    most = len(shares)
    if most == 1:
        return table
    mixed = np.zeros((len(table) - most + 1, table.shape[1]))
    for offset, share in enumerate(shares):
        mixed += share * table[offset : offset + len(mixed)]
    return mixed


def renewal(step: Floats) -> Floats:
    """Renewal density of sums of steps, m_j: how often the sum passes through j.

    Parameters
    ----------
    step
        pmf of one step, shape (height, items). A step that is always zero stays at 0.
    """
    moves = 1.0 - step[0]
    moving = moves > 1e-300
    density = np.zeros_like(step)
    density[0] = np.where(moving, 1.0 / np.where(moving, moves, 1.0), 1.0)
    for j in range(1, len(step)):
        density[j] = np.einsum("ki,ki->i", step[1 : j + 1], density[j - 1 :: -1][:j]) * density[0] * moving
    return density


def least_reorder_point(
    demands: Interval, target: Floats, measure: Measure = "fill_rate", quantity: Ints | None = None, kind: Kinds = "s,S"
) -> Ints:
    """Find the least reorder point s, in pieces, that reaches the target; -1 where nothing is demanded.

    Parameters
    ----------
    demands
        From a fitted model.
    target
        Shape (items,), each in [0, 1).
    measure, kind
        See the module; one kind for all or one an item.
    quantity
        Q in pieces; base stock (1) if None.

    Raises
    ------
    ConfigError
        If a target, measure or kind is impossible.

    Examples
    --------
    >>> from datetime import date
    >>> from fieldops.inventory.demand import Poisson
    >>> from fieldops.inventory.history import DemandHistory
    >>> history = DemandHistory.from_matrix([[1, 0, 0, 1]], parts=["P1"], first=date(2026, 1, 1))
    >>> demands = Poisson().fit(history).interval(np.array([2.0]), np.array([1.0]))
    >>> least_reorder_point(demands, np.array([0.95])).tolist()
    [3]
    """
    _check(target, measure)
    size, lot = len(target), demands.lots()
    multiples = multiples_of(kind, size)
    mine = in_lots(quantity, lot)
    point = np.full(size, -1, dtype=np.int64)
    asked = np.flatnonzero((demands.protection.mean > 0) & (demands.review.mean > 0))
    rows, tallest = height(demands, lot, sigmas=3.0), height(demands, lot, sigmas=6.0, tail=2 * TAIL)
    while len(asked):
        missed = []
        for items, top in bins(asked, rows, mine):
            tables = Tables.of(demands.take(items), lot[items], mine[items], multiples[items], top)
            reached = tables.at(measure) >= target[items] - ROUNDING
            # At the tallest nothing is ever short; that rounding leaves a target like 1 - 1e-13 open ends there.
            reached[-1] |= rows[items] >= tallest[items]
            point[items] = reached.argmax(axis=0) * lot[items] - 1
            missed.append(items[~reached.any(axis=0)])
        asked = np.sort(np.concatenate(missed))
        rows[asked] = np.minimum(2 * rows[asked], tallest[asked])
    return point


def service(demands: Interval, reorder_point: Ints, quantity: Ints | None = None, kind: Kinds = "s,S") -> Service:
    """Measure given policies: reorder point s and quantity Q (1 if None: base stock), in pieces.

    >>> from datetime import date
    >>> from fieldops.inventory.demand import Poisson
    >>> from fieldops.inventory.history import DemandHistory
    >>> history = DemandHistory.from_matrix([[1, 0, 0, 1]], parts=["P1"], first=date(2026, 1, 1))
    >>> demands = Poisson().fit(history).interval(np.array([2.0]), np.array([1.0]))
    >>> float(service(demands, np.array([3])).fill_rate[0].round(4))
    0.9604
    """
    size, lot = len(reorder_point), demands.lots()
    multiples = multiples_of(kind, size)
    mine = in_lots(quantity, lot)
    found = Service(*(np.empty(size) for _ in fields(Service)))
    # Pieces beyond a whole lot are left out of account: a promise in lots is never above the true one.
    lowest = (reorder_point + 1) // lot
    rows = np.minimum(lowest + 1, height(demands, lot, sigmas=6.0, tail=TAIL))
    for items, top in bins(np.arange(size), rows, mine):
        tables = Tables.of(demands.take(items), lot[items], mine[items], multiples[items], top)
        one = tables.service(lowest[items], lot[items])
        for field in fields(Service):
            getattr(found, field.name)[items] = getattr(one, field.name)
    return found


def _check(target: Floats, measure: str) -> None:
    if measure not in MEASURES:
        raise ConfigError(f"there is no measure {measure!r}; choose one of {', '.join(MEASURES)}")
    if not ((target >= 0) & (target < 1)).all():
        raise ConfigError("a target is a rate from 0 up to but not including 1, e.g. 0.95")


def in_lots(quantity: Ints | None, lot: Ints) -> Ints:
    """Give quantities in whole lots, at least one; 1 if None."""
    if quantity is None:
        return np.ones_like(lot)
    if (quantity < 1).any():
        raise ConfigError("an order quantity is at least 1 piece")
    return np.maximum(np.rint(quantity / lot), 1).astype(np.int64)


def height(demands: Interval, lot: Ints, sigmas: float, tail: float = 0.0) -> Ints:
    """Rows that hold the mean, so many standard deviations, and so many scales (v/m) of an exponential tail.

    With a tail, of every lead time that may be: the longest may be too rare to show in the moments.
    """
    whole = demands.protection
    rows = np.zeros(len(lot), dtype=np.int64)
    for one in (whole, *whole.parts) if tail and isinstance(whole, Mixed) else (whole,):
        scale = one.variance / np.where(one.mean > 0, one.mean, 1.0)
        needed = np.ceil((one.mean + sigmas * np.sqrt(one.variance) + tail * scale) / lot).astype(np.int64) + 4
        rows = np.maximum(rows, needed)
    return rows


def bins(items: Ints, height: Ints, quantity: Ints) -> Iterator[tuple[Ints, int]]:
    """Group items whose tables have like heights, few enough at once to stay near the processor."""
    total = height[items] + quantity[items]
    order = np.argsort(total, kind="stable")
    sorted_items, sorted_total = items[order], total[order]
    at = 0
    while at < len(order):
        tallest = int(sorted_total[at] * 1.25) + 2
        end = int(np.searchsorted(sorted_total, tallest, side="right"))
        end = min(end, at + max(CELLS // tallest, 1))
        yield sorted_items[at:end], int(sorted_total[end - 1])
        at = end


def _row(table: Floats, level: Ints) -> Floats:
    """Read each item's row `level`; beyond the table demand is as good as impossible, so the last row holds."""
    row = np.clip(level, 0, len(table) - 1)
    return np.asarray(np.take_along_axis(table, row[None, :], axis=0)[0])
