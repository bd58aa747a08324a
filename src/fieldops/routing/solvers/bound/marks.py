"""What cuts remember, and what each kind of shifts is told of them; see :class:`~.labels.Marks`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.solvers.bound.ground import Kind
from fieldops.routing.solvers.bound.labels import WORD, Ints, Marks

Cut = tuple[int, ...]  # rows: jobs, and behind them kinds


def times(rows: Collection[int], memory: Collection[int], jobs: Sequence[int], begun: bool) -> int:
    """Return how often a day counts in a cut of these rows that remembers these jobs, and its rows in any case.

    `begun` is whether the day's kind is a row of the cut as well.
    """
    marked, found = begun, 0
    for job in jobs:
        if job in rows:
            found += marked
            marked = not marked
        elif job not in memory:
            marked = False
    return found


def between(rows: Collection[int], jobs: Sequence[int], begun: bool) -> set[int]:
    """Return what a cut must remember so that a day counts as often as in one that remembers all."""
    marked, found, way = begun, set[int](), list[int]()
    for job in jobs:
        if job in rows:
            if marked:
                found.update(way)
            marked, way = not marked, []
        else:
            way.append(job)
    return found


def marks_of(
    kinds: Sequence[Kind], cuts: Sequence[Cut], memory: Sequence[Collection[int] | None], penalties: Ints, jobs: int
) -> list[Marks]:
    """Return what each kind is told of cuts at these penalties, where there are so many jobs in all."""
    dearest = [cut for cut in np.argsort(-penalties, kind="stable").tolist() if penalties[cut] > 0]
    counts = np.zeros((len(dearest), jobs + len(kinds)), bool)
    keeps = np.zeros((len(dearest), jobs), bool)
    for place, cut in enumerate(dearest):
        counts[place, list(cuts[cut])] = True
        remembered = memory[cut]
        keeps[place, slice(None) if remembered is None else list(remembered)] = True
    keeps |= counts[:, :jobs]
    return [
        _marks(counts[:, kind.jobs], keeps[:, kind.jobs], counts[:, jobs + number], penalties[dearest])
        for number, kind in enumerate(kinds)
    ]


def _marks(counts: NDArray[np.bool_], keeps: NDArray[np.bool_], first: NDArray[np.bool_], penalty: Ints) -> Marks:
    may = counts.sum(axis=1) + first >= 2
    return Marks(_bits(counts[may].T), _bits(keeps[may].T), _bits(first[may][None])[0], penalty[may])


def _bits(table: NDArray[np.bool_]) -> Ints:
    """Return rows of a table as words of bits."""
    rows, columns = table.shape
    words = -(-columns // WORD)
    wide = np.zeros((rows, words * WORD), np.int64)
    wide[:, :columns] = table
    return np.ascontiguousarray((wide.reshape(rows, words, WORD) << np.arange(WORD)).sum(axis=2))
