r"""Lead times as distributions: fixed, with a spread, or as past deliveries took.

An item's lead time is, in this order,

1. what its part took at its place, if five deliveries or more are known;
2. what its part took anywhere, likewise;
3. what its supplier's orders took, likewise;
4. as stated: `lead_time_days`, varying by `lead_time_sd_days` where that is above 0.

Observed lead times count as they are: each length has the share of the deliveries that took so long. Where an item has
more than `MOST` different ones, neighbours are put together, which keeps their mean. A stated spread is taken for a
gamma distribution (Burgin 1975, Operational Research Quarterly 26) with mean m and standard deviation s, told by the
`NODES` lengths and weights of Gauss and Laguerre: with k = (m/s)^2 they are the eigenvalues, times s^2/m, and the
squared first components of the eigenvectors of the matrix with

.. math:: a_n = 2 n + k, \qquad b_n = \sqrt{n (n + k - 1)}

on and beside its diagonal (Golub and Welsch 1969, Mathematics of Computation 23). Mean, variance and the next moments
are then exact, and a level depends on how demand mixes over all lengths, not on the first two moments alone.

The demand of each length is mixed (`demand.mixed`): exact as long as an order doesn't overtake the one before it. Where
orders may, as in `replay`, what is on order varies less (Zipkin 2000, Foundations of Inventory Management, section
7.4): high targets are reached with more to spare, and fills that are low anyway are a little lower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from fieldops import units
from fieldops.errors import ConfigError
from fieldops.inventory.deliveries import Deliveries
from fieldops.inventory.demand.base import Fit, Floats, Interval, Ints, Items, Mask, total
from fieldops.inventory.demand.mixed import mixed
from fieldops.inventory.history import DemandHistory, Names
from fieldops.inventory.parts import PartMaster

FEWEST: Final = 5
"""Deliveries from which on they are believed more than what the part master states."""
MOST: Final = 32
"""Different lengths of an item that are kept apart."""
NODES: Final = 8
"""Lengths that stand for a gamma distribution: its first fifteen moments are exact."""
STATED: Final = 0
SOURCES: Final = ("as stated", "of the part at this place", "of the part", "of the supplier")


@dataclass(frozen=True, eq=False)
class LeadTimes:
    """The lead time of every item, in periods of its history.

    Attributes
    ----------
    mean, variance
        In periods and periods squared, shape (items,).
    which
        Row of each item in `lengths`; -1 for a lead time that never varies.
    lengths, weights
        Lead times and their chances, shape (distributions, lengths); weight 0 beyond a distribution's own.
    source, seen
        Where each item's comes from (position in `SOURCES`), and the number of deliveries it was taken from.

    Examples
    --------
    Half of the orders take a month, half of them three:

    >>> from datetime import date
    >>> from fieldops.inventory.demand import Poisson
    >>> history = DemandHistory.from_matrix([[1, 0, 2, 1]], parts=["P1"], first=date(2026, 1, 1))
    >>> days = [30.4375, 91.3125] * 3
    >>> ordered = np.datetime64("2025-01-01T00:00:00")
    >>> received = [ordered + np.timedelta64(round(one * units.DAY), "s") for one in days]
    >>> past = Deliveries.of("P1", ordered=[ordered] * 6, received=received)
    >>> found = LeadTimes.of(history, PartMaster.of(["P1"], lead_time_days=30), past)
    >>> demand = found.interval(Poisson().fit(history), np.ones(1)).lead
    >>> float(demand.mean[0]), float(demand.variance[0])  # E[L] s2 + d2 Var(L) = 2 + 1
    (2.0, 3.0)
    """

    mean: Floats
    variance: Floats
    which: Ints
    lengths: Floats
    weights: Floats
    source: Ints
    seen: Ints

    @classmethod
    def of(cls, history: DemandHistory, parts: PartMaster, deliveries: Deliveries | None = None) -> LeadTimes:
        """Find the lead time of every item; `parts` has one entry an item, deliveries name their suppliers."""
        stated = history.in_periods(parts.lead_time / units.DAY)
        found = cls.fixed(stated)
        if deliveries is not None and len(deliveries):
            found = _observed(found, history, parts, deliveries)
        spread = history.in_periods(parts.lead_spread / units.DAY)
        return _spread(found, np.where(found.source == STATED, spread, 0.0))

    @classmethod
    def fixed(cls, periods: Floats) -> LeadTimes:
        """Take lead times that never vary."""
        nothing, none = np.zeros(len(periods)), np.zeros(len(periods), dtype=np.int64)
        return cls(periods, nothing, none - 1, np.empty((0, 1)), np.empty((0, 1)), none, none)

    def __len__(self) -> int:
        return len(self.mean)

    def __repr__(self) -> str:
        return f"LeadTimes({len(self):,} items, {int(self.vary.sum()):,} of them vary)"

    @property
    def vary(self) -> Mask:
        """Which lead times vary."""
        return np.asarray(self.which >= 0)

    @property
    def most(self) -> Ints:
        """Number of lengths of each item."""
        own = np.append((self.weights > 0).sum(axis=1), 1)
        return np.asarray(own[self.which])

    @property
    def longest(self) -> int:
        """Whole periods of the longest lead time of all items."""
        own = np.append(np.where(self.weights > 0, self.lengths, 0.0).max(axis=1, initial=0.0), 0.0)
        return int(np.rint(np.maximum(self.mean, own[self.which]).max(initial=0.0)))

    def take(self, items: Items) -> LeadTimes:
        """Keep the items at these positions."""
        kept = {name: getattr(self, name)[items] for name in ("mean", "variance", "which", "source", "seen")}
        return replace(self, **kept)

    def alike(self) -> Iterator[tuple[Ints | slice, int]]:
        """Give the items with about as many lengths together, and how many they have at most."""
        most = self.most
        sizes = np.frexp(most - 0.5)[1]
        for size in np.unique(sizes).tolist():
            here = np.flatnonzero(sizes == size)
            yield (slice(None) if len(here) == len(self) else here), int(most[here].max())

    def able(self, fit: Fit, review: Floats) -> Mask:
        """Tell which items a model can say something about, whichever of its lengths the lead time has."""
        can = np.ones(len(self), dtype=np.bool_)
        for lengths, _ in self._each():
            can &= fit.able(lengths, review)
        return can

    def interval(self, fit: Fit, review: Floats) -> Interval:
        """Give the demands over lead time, protection interval and review interval, mixed over the lead times."""
        if not self.vary.any():
            return fit.interval(self.mean, review)
        lengths, weights = zip(*self._each(), strict=True)
        return mixed([fit.interval(one, review) for one in lengths], np.array(weights))

    def rounded(self) -> LeadTimes:
        """Give lead times of whole periods, each length rounded to the nearest."""
        if not self.vary.any():
            return replace(self, mean=np.rint(self.mean))
        row, column = np.nonzero(self.weights > 0)
        whole = _tabled(row, np.rint(self.lengths[row, column]), self.weights[row, column], len(self.weights))
        bare = replace(self, mean=np.rint(self.mean), lengths=np.empty((0, 1)), weights=np.empty((0, 1)))
        return _with(bare, *whole, self.which)

    def drawn(self, periods: int, seed: int = 0) -> Ints:
        """Draw whole lead times of orders placed in each of some periods, shape (periods, items)."""
        vary = self.vary
        found = np.broadcast_to(np.rint(self.mean).astype(np.int64), (periods, len(self))).copy()
        if vary.any():
            chance = np.random.default_rng(seed).random((periods, len(self)))
            below = np.zeros(len(self))
            for lengths, weights in self._each():
                found = np.where(vary & (chance >= below) & (weights > 0), np.rint(lengths).astype(np.int64), found)
                below = below + weights
        return found

    def _each(self) -> Iterator[tuple[Floats, Floats]]:
        """Give each item's first length and its weight, the second, ...; those that have none have weight 0."""
        vary, row = self.vary, np.maximum(self.which, 0)
        for at in range(int(self.most.max(initial=1))):
            if not vary.any():
                yield self.mean, np.ones(len(self))
                continue
            weight = np.where(vary, self.weights[row, at], float(at == 0))
            yield np.where(vary & (weight > 0), self.lengths[row, at], self.mean), weight


def gamma_lengths(mean: Floats, deviation: Floats, nodes: int = NODES) -> tuple[Floats, Floats]:
    """Give lengths and weights of gamma distributions, each of shape (distributions, nodes); see the module.

    >>> lengths, weights = gamma_lengths(np.array([2.0]), np.array([1.0]))
    >>> [round(float((weights * lengths**power).sum()), 9) for power in (1, 2, 3)]  # 2, 2^2 + 1, 2 (2 + .5) (2 + 1)
    [2.0, 5.0, 15.0]
    """
    shape = (mean / deviation) ** 2
    at = np.arange(nodes)
    matrix = np.zeros((len(mean), nodes, nodes))
    matrix[:, at, at] = 2 * at + shape[:, None]
    beside = np.sqrt(at[1:] * (at[1:] + shape[:, None] - 1.0))
    matrix[:, at[1:], at[:-1]] = matrix[:, at[:-1], at[1:]] = beside
    values, vectors = np.linalg.eigh(matrix)
    return np.maximum(values, 0.0) * (deviation**2 / mean)[:, None], vectors[:, 0, :] ** 2


def _with(found: LeadTimes, lengths: Floats, weights: Floats, which: Ints) -> LeadTimes:
    """Give the items a row of `lengths` (none: -1) instead of what they have; a single length never varies."""
    mean = total((lengths * weights).T)
    variance = total((weights * (lengths - mean[:, None]) ** 2).T)
    some, row = which >= 0, np.maximum(which, 0)
    single = (weights > 0).sum(axis=1) == 1
    old = len(found.weights)
    return replace(
        found,
        mean=np.where(some, mean[row], found.mean),
        variance=np.where(some, variance[row], found.variance),
        which=np.where(some, np.where(single[row], -1, row + old), found.which),
        lengths=_stacked(found.lengths, lengths),
        weights=_stacked(found.weights, weights),
    )


def _observed(found: LeadTimes, history: DemandHistory, parts: PartMaster, past: Deliveries) -> LeadTimes:
    """Take what deliveries took wherever enough of them are known."""
    keys = (
        ((past.parts, past.places), (history.parts, history.places)),
        ((past.parts,), (history.parts,)),
        ((past.suppliers,), (parts.supplier,)),
    )
    for source, (theirs, ours) in enumerate(keys, start=1):
        code, mine = _codes(theirs, ours)
        number = np.bincount(code[code >= 0], minlength=max(int(mine.max(initial=-1)), 0) + 1)
        told = (found.source == STATED) & (mine >= 0) & (number[mine] >= FEWEST)
        if not told.any():
            continue
        used = np.unique(mine[told])
        row = np.full(len(number), -1)
        row[used] = np.arange(len(used))
        rows = np.flatnonzero((code >= 0) & (row[np.maximum(code, 0)] >= 0))
        lengths = history.in_periods(past.days[rows])
        made = _tabled(*_condensed(row[code[rows]], lengths, len(used)), len(used))
        found = replace(
            _with(found, *made, np.where(told, row[mine], -1)),
            source=np.where(told, source, found.source),
            seen=np.where(told, number[mine], found.seen),
        )
    return found


def _spread(found: LeadTimes, spread: Floats) -> LeadTimes:
    """Let the items with a spread above 0 vary by it."""
    some = np.flatnonzero(spread > 0)
    if not len(some):
        return found
    pairs, row = np.unique(np.stack([found.mean[some], spread[some]], axis=1), axis=0, return_inverse=True)
    which = np.full(len(found), -1)
    which[some] = row.reshape(-1)
    return _with(found, *gamma_lengths(pairs[:, 0], pairs[:, 1]), which)


def _codes(theirs: Sequence[Names], ours: Sequence[Names]) -> tuple[Ints, Ints]:
    """Give keys numbers, alike in deliveries and items; -1 where one of its words is empty."""
    import pandas as pd

    size = len(theirs[0])
    code, empty = (np.zeros(size + len(ours[0]), dtype=kind) for kind in (np.int64, np.bool_))
    for their, our in zip(theirs, ours, strict=True):
        words = np.concatenate([their, our])
        number, known = pd.factorize(words)
        code, empty = code * len(known) + np.asarray(number), empty | (words == "")
    code = np.unique(code, return_inverse=True)[1].reshape(-1)
    code[empty] = -1
    return code[:size], code[size:]


def _condensed(row: Ints, lengths: Floats, rows: int) -> tuple[Ints, Floats, Floats]:
    """Put neighbours together where a row has more than `MOST` different lengths; row, length and weight of each."""
    order = np.lexsort((lengths, row))
    row, lengths = row[order], lengths[order]
    number = np.bincount(row, minlength=rows)
    rank = np.arange(len(row)) - (np.cumsum(number) - number)[row]
    new = np.append([True], (row[1:] != row[:-1]) | (lengths[1:] != lengths[:-1]))
    many = np.bincount(row[new], minlength=rows)[row] > MOST
    bins = row * MOST + rank * MOST // number[row]
    pieces, sums = (np.bincount(bins, values, minlength=rows * MOST) for values in (None, lengths))
    means = sums / np.maximum(pieces, 1)
    return row, np.where(many, means[bins], lengths), 1.0 / number[row]


def _tabled(row: Ints, lengths: Floats, weights: Floats, rows: int) -> tuple[Floats, Floats]:
    """Stand lengths and weights in a matrix, equal lengths of a row as one; shape (rows, most lengths)."""
    order = np.lexsort((lengths, row))
    row, lengths, weights = row[order], lengths[order], weights[order]
    new = np.append([True], (row[1:] != row[:-1]) | (lengths[1:] != lengths[:-1]))
    one = np.cumsum(new) - 1
    share, first = np.bincount(one, weights), np.flatnonzero(new)
    number = np.bincount(row[first], minlength=rows)
    column = np.arange(len(first)) - (np.cumsum(number) - number)[row[first]]
    made = np.zeros((2, rows, int(number.max(initial=1))))
    made[0, row[first], column], made[1, row[first], column] = lengths[first], share
    return made[0], made[1]


def _stacked(above: Floats, below: Floats) -> Floats:
    """Put two tables one upon the other, the narrower one filled up with zeros."""
    width = max(above.shape[1], below.shape[1])
    return np.concatenate([np.pad(one, ((0, 0), (0, width - one.shape[1]))) for one in (above, below)])


def lead_times_of(
    stated: Deliveries | LeadTimes | None, history: DemandHistory, parts: PartMaster, master: PartMaster
) -> LeadTimes:
    """Make lead times of what an argument says; ConfigError for those of other items.

    `parts` has one entry an item; deliveries whose supplier isn't named have that of their part in the whole `master`.
    """
    if isinstance(stated, LeadTimes):
        if len(stated) != history.n_items:
            raise ConfigError(f"lead_times has {len(stated):,} entries for {history.n_items:,} items")
        return stated
    return LeadTimes.of(history, parts, None if stated is None else stated.named(master))
