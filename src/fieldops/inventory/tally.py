"""Usage counted as it comes in, chunk after chunk: what is held is the counts, not the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldops.inventory import periods as calendar
from fieldops.inventory.history import Counts, DemandHistory, Names, as_names, cleaned
from fieldops.inventory.periods import Days, Period
from fieldops.inventory.usage import span

Ints = NDArray[np.int64]

_PLACES: Final = 32
"""Bits of a key that number the place."""


class Codes:
    """Names numbered in the order in which they come."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._code: dict[str, int] = {}

    def of(self, name: str) -> int:
        """Give a name its number, a new one if it wasn't seen."""
        code = self._code.setdefault(name, len(self.names))
        if code == len(self.names):
            self.names.append(name)
        return code

    def of_all(self, names: Names) -> Ints:
        """Give many names their numbers."""
        for name in dict.fromkeys(names):
            self.of(name)
        return np.fromiter(map(self._code.__getitem__, names), dtype=np.int64, count=len(names))

    def ranks(self) -> Ints:
        """Position of each name in their alphabetical order."""
        order = sorted(range(len(self.names)), key=self.names.__getitem__)
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order))
        return ranks


class Tally:
    """Counts per period and item that grow as movements are added; then a history, the same as `count_usage` gives.

    Parameters
    ----------
    period
        As for `count_usage`.

    Examples
    --------
    >>> tally = Tally("month")
    >>> parts, places = np.array([tally.parts.of("P1")] * 2), np.array([tally.places.of("XA")] * 2)
    >>> days = np.array(["2026-01-05", "2026-03-01"], dtype="datetime64[D]")
    >>> tally.add(days, parts, places, np.array([1.0, 2.0]))
    >>> tally.history().counts[:, 0].tolist()
    [1.0, 0.0, 2.0]
    """

    def __init__(self, period: Period = "month") -> None:
        self.period = calendar.checked(period)
        self.parts, self.places = Codes(), Codes()
        self._keys, self._items, self._size = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), 0
        self._rows: dict[int, Counts] = {}
        self._movements: Counter[int] = Counter()
        self._first: np.datetime64 | None = None
        self._last: np.datetime64 | None = None

    def add(self, days: Days, parts: Ints, places: Ints, pieces: Counts) -> None:
        """Count movements: local days, numbers of parts and places (`Codes`), pieces (0 for what is no demand)."""
        if not len(days):
            return
        low, high = days.min(), days.max()
        self._first = low if self._first is None else min(self._first, low)
        self._last = high if self._last is None else max(self._last, high)
        item, number = self._numbered(parts, places), calendar.number(days, self.period)
        # Period by period: the row that is added to stays near the processor.
        base = int(number.min())
        narrow = np.uint16 if number.max() - base < 1 << 16 else np.int64  # NumPy sorts 16 bits by radix
        order = np.argsort((number - base).astype(narrow), kind="stable")
        item, pieces, number = item[order], pieces[order], number[order]
        starts = np.flatnonzero(np.diff(number, prepend=number[0] - 1))
        for begin, end in zip(starts, [*starts[1:], len(number)], strict=True):
            self._movements[int(number[begin])] += int(end - begin)
            np.add.at(self._row(int(number[begin])), item[begin:end], pieces[begin:end])

    def _row(self, number: int) -> Counts:
        row = self._rows.get(number, np.empty(0))
        if len(row) < self._size:
            # A quarter more than is needed, so that growing item by item doesn't copy every time.
            self._rows[number] = np.concatenate([row, np.zeros(self._size + self._size // 4 - len(row))])
        return self._rows[number]

    def _numbered(self, parts: Ints, places: Ints) -> Ints:
        """Give each pair its item, a new one if it wasn't seen."""
        key = parts << _PLACES | places
        order = np.argsort(key)
        key = key[order]
        new = np.concatenate([[True], key[1:] != key[:-1]])
        keys = key[new]
        at = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), dtype=bool)
        inside = at < len(self._keys)
        known[inside] = self._keys[at[inside]] == keys[inside]
        found = np.empty(len(keys), dtype=np.int64)
        found[known] = self._items[at[known]]
        fresh = np.arange(self._size, self._size + int((~known).sum()))
        found[~known] = fresh
        if len(fresh):
            self._keys = np.insert(self._keys, at[~known], keys[~known])
            self._items = np.insert(self._items, at[~known], fresh)
            self._size += len(fresh)
        item = np.empty_like(order)
        item[order] = found[np.cumsum(new) - 1]
        return item

    def within(self, edges: Days) -> int:
        """Count the movements between the first and the last of some edges."""
        first, after = calendar.number(edges[[0, -1]], self.period)
        return sum(often for number, often in self._movements.items() if first <= number < after)

    def history(
        self, *, since: date | None = None, until: date | None = None, items: Iterable[tuple[str, str]] = ()
    ) -> DemandHistory:
        """Give the history of what was added, and forget it; arguments as for `count_usage`, ConfigError as there."""
        when = np.array([day for day in (self._first, self._last) if day is not None], dtype="datetime64[D]")
        edges = span(when, self.period, since, until)
        pairs = [(self.parts.of(part), self.places.of(place)) for part, place in items]
        if pairs:
            self._numbered(*np.array(pairs, dtype=np.int64).T)
        part, place = self._keys >> _PLACES, self._keys & ((1 << _PLACES) - 1)
        order = np.lexsort((self.places.ranks()[place], self.parts.ranks()[part]))
        take, first = self._items[order], int(calendar.number(edges[:1], self.period)[0])
        counts = np.zeros((len(edges) - 1, self._size))
        for at in range(len(counts)):
            row = self._rows.pop(first + at, np.empty(0))
            has = take < len(row)
            counts[at, has] = row[take[has]]
        self._rows.clear()
        names = np.array(self.parts.names, dtype=object)[part[order]]
        placed = np.array(self.places.names, dtype=object)[place[order]]
        counts, clipped = cleaned(counts)
        return DemandHistory(counts, as_names(names), as_names(placed), edges, self.period, clipped)
