"""Demand of every part-location in every period: what all levels are made from.

An *item* is a part at a place. Counts stand time-major, ``counts[period, item]``: whatever is computed for all items
walks over periods and takes whole rows, so that memory is read in the order in which it lies.

A period without usage counts as a zero, not as a gap: most spare parts have no demand in most periods, and a history
without its zeros overstates the rate many times. NaN means *not observed* (before the part was introduced, or not
recorded); such a period is in no mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory import periods as calendar
from fieldops.inventory.periods import Days, Period

if TYPE_CHECKING:
    import pandas as pd

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
        tall, clipped = _cleaned(np.ascontiguousarray(wide.T))
        return cls(tall, _names(parts), _names(where), edges, period, clipped)

    @classmethod
    def from_usage(
        cls,
        days: ArrayLike,
        parts: ArrayLike,
        places: ArrayLike,
        qty_pcs: ArrayLike,
        *,
        period: Period = "month",
        since: date | None = None,
        until: date | None = None,
        items: Iterable[tuple[str, str]] = (),
    ) -> DemandHistory:
        """Count dated usage per item and period, zeros kept.

        Parameters
        ----------
        days, parts, places, qty_pcs
            One entry a usage: its local day (datetime64), the part, the place, how many pieces.
        period
            ``month``, ``week`` (from Monday) or ``day``.
        since, until
            First day recorded, and the day after the last one, today as a rule. Usage outside is left out, and so is a
            period that `until` cuts short. Without them the history spans the periods of the first and last usage.
        items
            (part, place) pairs that are items though they have no usage.

        Raises
        ------
        ConfigError
            If there is neither usage nor a `since` and `until` that hold a whole period.

        Examples
        --------
        >>> h = DemandHistory.from_usage(
        ...     np.array(["2026-01-05", "2026-03-01", "2026-03-31"], dtype="datetime64[D]"),
        ...     ["P1", "P1", "P1"], ["西安", "西安", "西安"], [1, 2, 1], items=[("P2", "西安")])
        >>> h.counts.T.tolist()
        [[1.0, 0.0, 3.0], [0.0, 0.0, 0.0]]
        """
        import pandas as pd

        when = np.asarray(days, dtype="datetime64[D]")
        edges = _span(when, calendar.checked(period), since, until)
        frame = pd.DataFrame({"part": np.asarray(parts, object), "place": np.asarray(places, object)})
        listed = pd.DataFrame(list(items), columns=["part", "place"], dtype=object)
        keys = pd.concat([frame, listed], ignore_index=True)
        code, found = _group(keys)
        at = calendar.number(when, period) - calendar.number(edges[:1], period)[0]
        inside = (at >= 0) & (at < len(edges) - 1)
        flat = at[inside] * len(found) + code[: len(frame)][inside]
        shape = (len(edges) - 1, len(found))
        sums = np.bincount(flat, np.asarray(qty_pcs, np.float64)[inside], minlength=shape[0] * shape[1])
        counts, clipped = _cleaned(np.asarray(sums, dtype=np.float64).reshape(shape))
        return cls(counts, _names(found["part"]), _names(found["place"]), edges, period, clipped)


def _cleaned(counts: Counts) -> tuple[Counts, NDArray[np.bool_]]:
    negative = np.asarray((counts < 0).any(axis=0))
    if negative.any():
        counts = np.where(counts < 0, 0.0, counts)
    if not (counts.max(initial=0.0) <= ABSURD):
        counts = np.where(counts <= ABSURD, counts, np.nan)
    return counts, negative


def _names(values: Any) -> Names:
    return np.array([str(value) for value in values], dtype=object)


def _group(keys: pd.DataFrame) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Give each (part, place) pair a number in the order of the ids, so that the rows' order doesn't matter."""
    import pandas as pd

    part, part_ids = pd.factorize(keys["part"], sort=True)
    place, place_ids = pd.factorize(keys["place"], sort=True)
    code, pairs = pd.factorize(part.astype(np.int64) * max(len(place_ids), 1) + place, sort=True)
    pairs = np.asarray(pairs, dtype=np.int64)
    ids = {"part": np.asarray(part_ids, object), "place": np.asarray(place_ids, object)}
    width = max(len(place_ids), 1)
    return code, pd.DataFrame({"part": ids["part"][pairs // width], "place": ids["place"][pairs % width]})


def _span(when: Days, period: Period, since: date | None, until: date | None) -> Days:
    if len(when) == 0 and (since is None or until is None):
        raise ConfigError("there is no usage; state since and until, so that the zeros have a length")
    first = np.datetime64(since, "D") if since is not None else when.min()
    end = np.datetime64(until, "D") if until is not None else None
    if end is None:
        last = calendar.number(when.max()[None], period)
        end = calendar.first_day(last + 1, period)[0]
    found = calendar.edges(first, end, period)
    if since is not None and found[0] < first:
        found = found[1:]  # the period that `since` cuts short
    if len(found) < 2:
        raise ConfigError(
            f"no whole {period} lies between {first} and {end}; state an earlier since or a shorter period"
        )
    return found
