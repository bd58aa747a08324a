"""Demand of every part-location in every period: what all levels are made from.

An *item* is a part at a place. Counts stand time-major, ``counts[period, item]``: whatever is computed for all items
walks over periods and takes whole rows, so that memory is read in the order in which it lies.

A period without usage counts as a zero, not as a gap: most spare parts have no demand in most periods, and a history
without its zeros overstates the rate many times. NaN means *not observed* (before the part was introduced, or not
recorded); such a period is in no mean.

What was used is what was demanded only where there was stock. `in_stock` says for which share of a period there was;
where it is below 1 the count is *censored*: a lower bound, from which `censoring` estimates the demand.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory import periods as calendar
from fieldops.inventory.periods import Days, Period

ABSURD: Final = 1e15
"""More pieces than this in a period are no demand; a double counts up to here without rounding."""

Counts = NDArray[np.float64]
Names = NDArray[np.object_]
Shares = NDArray[np.float32]


class Life(enum.IntFlag):
    """What is known of an item's life; several may hold."""

    INTRODUCED = enum.auto()
    """It began within the history; what lies before is not observed."""
    ENDED = enum.auto()
    """It ended within the history; what lies after is not observed, and nothing is asked for any more."""
    SUPERSEDED = enum.auto()
    """Its demand is its successor's."""
    INHERITED = enum.auto()
    """The demand of its predecessors is in it."""
    AWAITED = enum.auto()
    """It begins after the history, so that nobody knows of it yet (`DemandHistory.before`)."""


UNSTOCKED: Final = Life.ENDED | Life.SUPERSEDED | Life.AWAITED
"""Lives of which nothing is stocked, whatever the minimum."""


@dataclass(frozen=True, eq=False)
class DemandHistory:
    """Demand per period and item.

    Attributes
    ----------
    counts
        Pieces demanded, shape (periods, items); NaN where not observed, never negative.
    parts, places
        Ids of each item's part and place, shape (items,).
    edges
        First day of each period and the day after the last, shape (periods + 1,).
    period
        ``month``, ``week``, ``day``, ``4 weeks`` ... (`periods`).
    clipped
        Whether an item had negative counts, which were set to zero, shape (items,).
    in_stock
        Share of each period with stock on the shelf, 0..1, shape (periods, items); None: always. See `with_stock`.
    life
        Flags of `Life`, shape (items,); None: nothing is known.

    Examples
    --------
    >>> history = DemandHistory.from_matrix([[2, 0, 1], [0, 0, 0]], parts=["P1", "P2"], first=date(2026, 1, 1))
    >>> history
    DemandHistory(2 items x 3 months from 2026-01-01)
    >>> history.counts[:, 0].tolist()
    [2.0, 0.0, 1.0]
    """

    counts: Counts
    parts: Names
    places: Names
    edges: Days
    period: Period
    clipped: NDArray[np.bool_]
    in_stock: Shares | None = None
    life: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        counts, items = np.shape(self.counts), len(self.parts)
        if len(counts) != 2 or counts != (len(self.edges) - 1, items) or len(self.places) != items:
            raise ConfigError(
                f"counts of shape {counts} don't go with {len(self.edges) - 1} periods, {items} parts and "
                f"{len(self.places)} places; they are (periods, items)"
            )
        if self.in_stock is not None and self.in_stock.shape != counts:
            raise ConfigError(f"shares in stock of shape {self.in_stock.shape} don't go with counts of shape {counts}")

    def __repr__(self) -> str:
        periods = f"{self.n_periods} {calendar.plural(self.period)}"
        return f"DemandHistory({self.n_items:,} items x {periods} from {self.edges[0]})"

    @property
    def n_items(self) -> int:
        """Number of part-locations."""
        return len(self.parts)

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return len(self.edges) - 1

    def counted_rate(self) -> NDArray[np.float64]:
        """Give pieces a period by usage alone, as if there had always been stock: the mean of the observed periods."""
        total, seen = np.zeros(self.n_items), np.zeros(self.n_items)
        for row in self.counts:  # one after the other: an item's sum is the same whoever stands beside it
            known = np.isfinite(row)
            total += np.where(known, row, 0.0)
            seen += known
        return np.asarray(total / np.maximum(seen, 1.0))

    def in_periods(self, days: ArrayLike) -> NDArray[np.float64]:
        """Turn days into periods of this history, by the mean length of a period."""
        return np.asarray(days, dtype=np.float64) / calendar.days_per(self.period)

    def take(self, items: NDArray[Any] | slice) -> DemandHistory:
        """Keep the items at these positions (or where a mask is true)."""
        return replace(
            self,
            counts=self.counts[:, items],
            parts=self.parts[items],
            places=self.places[items],
            clipped=self.clipped[items],
            in_stock=None if self.in_stock is None else self.in_stock[:, items],
            life=None if self.life is None else self.life[items],
        )

    def before(self, split: int) -> DemandHistory:
        """Keep the first `split` periods; lives that end later have not ended, those that begin later are awaited."""
        known = self._periods(slice(split), slice(split + 1))
        later = _observed(self.counts[split:])
        known = known.marked(Life.AWAITED, later & ~_observed(known.counts))
        over = self.lives(Life.ENDED) & later
        if known.life is None or not over.any():
            return known
        return replace(known, life=np.where(over, known.life & ~np.uint8(Life.ENDED), known.life).astype(np.uint8))

    def since(self, split: int) -> DemandHistory:
        """Keep the periods from number `split` on."""
        return self._periods(slice(split, None), slice(split, None))

    def _periods(self, rows: slice, edges: slice) -> DemandHistory:
        shares = None if self.in_stock is None else self.in_stock[rows]
        return replace(self, counts=self.counts[rows], edges=self.edges[edges], in_stock=shares)

    def lives(self, flag: Life) -> NDArray[np.bool_]:
        """Which items have a flag of `Life`."""
        return np.zeros(self.n_items, dtype=bool) if self.life is None else (self.life & flag) > 0

    def marked(self, flag: Life, items: NDArray[np.bool_]) -> DemandHistory:
        """Set a flag of `Life` where a mask is true."""
        if not items.any():
            return self
        life = np.zeros(self.n_items, dtype=np.uint8) if self.life is None else self.life
        return replace(self, life=np.where(items, life | np.uint8(flag), life).astype(np.uint8))

    def introduced(self, days: Days) -> DemandHistory:
        """Mark what lies before each item's first day (shape (items,), NaT if always) as not observed.

        The period in which a part came in counts from its first demand on only if the part came in on its first day.
        Usage before the stated day is believed more than the day: such an item keeps its history from there.
        """
        start = np.where(np.isnat(days), 0, np.searchsorted(self.edges[:-1], days, side="left"))
        early = np.arange(self.n_periods)[:, None] < np.minimum(start, self._used()[0])
        return self._unobserved(early).marked(Life.INTRODUCED, np.asarray(early.any(axis=0)))

    def ended(self, days: Days, today: date | None = None) -> DemandHistory:
        """Mark what lies after the end of each item's life (first day without it, NaT if none) as not observed.

        The period in which a part ended counts only if usage lies in it. Usage in later ones is believed more than the
        day, and such an item lives on, as do those that end after `today` (None: the end of the history).
        """
        last, until = self._used()[1], self.edges[-1] if today is None else np.datetime64(today, "D")
        stop = np.searchsorted(self.edges[1:], days, side="right")
        over = np.asarray((days <= until) & (last <= stop), dtype=bool)
        late = over & (np.arange(self.n_periods)[:, None] >= np.maximum(stop, last + 1))
        return self._unobserved(late).marked(Life.ENDED, over)

    def _used(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last period with usage; without any, one beyond the end and one before the start."""
        used = self.counts > 0
        some, last = used.any(axis=0), self.n_periods - 1 - used[::-1].argmax(axis=0)
        return np.where(some, used.argmax(axis=0), self.n_periods), np.where(some, last, -1)

    def _unobserved(self, cells: NDArray[np.bool_]) -> DemandHistory:
        return replace(self, counts=np.where(cells, np.nan, self.counts)) if cells.any() else self

    def with_stock(self, in_stock: ArrayLike) -> DemandHistory:
        """Say for which share of each period there was stock, shape (periods, items).

        Between 0 and 1: the count was seen in that share of the period. 0 (or False): the shelf was empty for some time
        that nobody knows, or all the time; the count is a lower bound. 1 (or True): the count is the demand.

        Raises ConfigError for a share that is no rate, or another shape.

        >>> history = DemandHistory.from_matrix([[3, 1, 0]], parts=["P1"], first=date(2026, 1, 1))
        >>> history.with_stock([[True], [False], [True]]).stock_outs().tolist()
        [1]
        """
        shares = np.asarray(in_stock, dtype=np.float32)
        if not ((shares >= 0) & (shares <= 1)).all():
            raise ConfigError("a share in stock is a rate from 0 to 1, or True and False")
        return replace(self, in_stock=shares)

    def censored(self) -> NDArray[np.bool_]:
        """Which items have counts that stock-outs cut short."""
        return self.stock_outs() > 0

    def uncensored(self) -> DemandHistory:
        """Leave out the periods that stock-outs cut short; what is left is biased low, see `censoring`."""
        if self.in_stock is None:
            return self
        return replace(self, counts=np.where(self.in_stock < 1, np.nan, self.counts), in_stock=None)

    def known_counts(self) -> Counts:
        """Give the counts, NaN where an empty shelf and no usage say nothing."""
        if self.in_stock is None:
            return self.counts
        return np.where((self.in_stock <= 0) & (self.counts == 0), np.nan, self.counts)

    def stock_outs(self) -> NDArray[np.int64]:
        """Count the observed periods of each item in which there was not always stock."""
        found = np.zeros(self.n_items, dtype=np.int64)
        if self.in_stock is not None:
            for row, share in zip(self.counts, self.in_stock, strict=True):
                found += np.isfinite(row) & (share < 1)
        return found

    @classmethod
    def from_matrix(
        cls,
        counts: ArrayLike,
        *,
        parts: Sequence[str] | Names,
        first: date,
        places: Sequence[str] | Names | str = "",
        period: Period = "month",
        in_stock: ArrayLike | None = None,
    ) -> DemandHistory:
        """Read a wide matrix: one row an item, one column a period from `first` on, as such tables are kept.

        Raises ConfigError where the shape doesn't fit. Negative cells become zero and the item is marked; cells that
        are empty (NaN) or absurd (above 10^15 pieces) are not observed. `in_stock` has the same shape (`with_stock`).
        """
        wide = np.asarray(counts, dtype=np.float64)
        if wide.ndim != 2:
            raise ConfigError(f"a history needs two dimensions, items and periods; these counts have {wide.ndim}")
        period = calendar.checked(period)
        start = calendar.number(np.array([first], dtype="datetime64[D]"), period)[0]
        edges = calendar.first_day(np.arange(start, start + wide.shape[1] + 1), period)
        where = [places] * len(parts) if isinstance(places, str) else places
        tall, clipped = cleaned(np.ascontiguousarray(wide.T))
        found = cls(tall, as_names(parts), as_names(where), edges, period, clipped)
        return found if in_stock is None else found.with_stock(np.asarray(in_stock, dtype=np.float32).T)


def cleaned(counts: Counts) -> tuple[Counts, NDArray[np.bool_]]:
    """Give counts that are not negative and not absurd, and which items had negative ones."""
    negative = np.asarray((counts < 0).any(axis=0))
    if negative.any():
        counts = np.where(counts < 0, 0.0, counts)
    if not (counts.max(initial=0.0) <= ABSURD):
        counts = np.where(counts <= ABSURD, counts, np.nan)
    return counts, negative


def _observed(counts: Counts) -> NDArray[np.bool_]:
    """Which items have a period that was observed."""
    found = np.zeros(counts.shape[1], dtype=bool)
    for row in counts:
        found |= np.isfinite(row)
    return found


def as_names(values: Any) -> Names:
    """Give ids as an array of text."""
    return np.array([str(value) for value in values], dtype=object)
