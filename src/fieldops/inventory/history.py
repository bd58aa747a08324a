"""Demand of every part-location in every period: what all levels are made from.

An *item* is a part at a place. Counts stand time-major, ``counts[period, item]``: whatever is computed for all items
walks over periods and takes whole rows, so that memory is read in the order in which it lies.

A period without usage counts as a zero, not as a gap: most spare parts have no demand in most periods, and a history
without its zeros overstates the rate many times. NaN means *not observed* (before the part was introduced, or not
recorded); such a period is in no mean.
"""

from __future__ import annotations

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
        ``month``, ``week`` or ``day``.
    clipped
        Whether an item had negative counts, which were set to zero, shape (items,).

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

    def __post_init__(self) -> None:
        counts, items = np.shape(self.counts), len(self.parts)
        if len(counts) != 2 or counts != (len(self.edges) - 1, items) or len(self.places) != items:
            raise ConfigError(
                f"counts of shape {counts} don't go with {len(self.edges) - 1} periods, {items} parts and "
                f"{len(self.places)} places; they are (periods, items)"
            )

    def __repr__(self) -> str:
        return f"DemandHistory({self.n_items:,} items x {self.n_periods} {self.period}s from {self.edges[0]})"

    @property
    def n_items(self) -> int:
        """Number of part-locations."""
        return len(self.parts)

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return len(self.edges) - 1

    def in_periods(self, days: ArrayLike) -> NDArray[np.float64]:
        """Turn days into periods of this history, by the mean length of a period."""
        return np.asarray(days, dtype=np.float64) / calendar.DAYS_PER[self.period]

    def take(self, items: NDArray[Any] | slice) -> DemandHistory:
        """Keep the items at these positions (or where a mask is true)."""
        return replace(
            self,
            counts=self.counts[:, items],
            parts=self.parts[items],
            places=self.places[items],
            clipped=self.clipped[items],
        )

    def before(self, split: int) -> DemandHistory:
        """Keep the first `split` periods."""
        return replace(self, counts=self.counts[:split], edges=self.edges[: split + 1])

    def since(self, split: int) -> DemandHistory:
        """Keep the periods from number `split` on."""
        return replace(self, counts=self.counts[split:], edges=self.edges[split:])

    def introduced(self, days: Days) -> DemandHistory:
        """Mark what lies before each item's first day (shape (items,), NaT if always) as not observed.

        The period in which a part came in counts from its first demand on only if the part came in on its first day.
        Usage before the stated day is believed more than the day: such an item keeps its history from there.
        """
        used = self.counts > 0
        first_use = np.where(used.any(axis=0), used.argmax(axis=0), self.n_periods)
        start = np.where(np.isnat(days), 0, np.searchsorted(self.edges[:-1], days, side="left"))
        early = np.arange(self.n_periods)[:, None] < np.minimum(start, first_use)
        return replace(self, counts=np.where(early, np.nan, self.counts))

    @classmethod
    def from_matrix(
        cls,
        counts: ArrayLike,
        *,
        parts: Sequence[str] | Names,
        first: date,
        places: Sequence[str] | Names | str = "",
        period: Period = "month",
    ) -> DemandHistory:
        """Read a wide matrix: one row an item, one column a period from `first` on, as such tables are kept.

        Raises ConfigError where the shape doesn't fit. Negative cells become zero and the item is marked; cells that
        are empty (NaN) or absurd (above 10^15 pieces) are not observed.
        """
        wide = np.asarray(counts, dtype=np.float64)
        if wide.ndim != 2:
            raise ConfigError(f"a history needs two dimensions, items and periods; these counts have {wide.ndim}")
        start = calendar.number(np.array([first], dtype="datetime64[D]"), calendar.checked(period))[0]
        edges = calendar.first_day(np.arange(start, start + wide.shape[1] + 1), period)
        where = [places] * len(parts) if isinstance(places, str) else places
        tall, clipped = cleaned(np.ascontiguousarray(wide.T))
        return cls(tall, as_names(parts), as_names(where), edges, period, clipped)


def cleaned(counts: Counts) -> tuple[Counts, NDArray[np.bool_]]:
    """Give counts that are not negative and not absurd, and which items had negative ones."""
    negative = np.asarray((counts < 0).any(axis=0))
    if negative.any():
        counts = np.where(counts < 0, 0.0, counts)
    if not (counts.max(initial=0.0) <= ABSURD):
        counts = np.where(counts <= ABSURD, counts, np.nan)
    return counts, negative


def as_names(values: Any) -> Names:
    """Give ids as an array of text."""
    return np.array([str(value) for value in values], dtype=object)
