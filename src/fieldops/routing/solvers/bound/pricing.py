"""One pass over all kinds of shifts at given prices: the cheapest routes, and the least reduced cost of each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from fieldops.routing.solvers.bound.foresight import foresight
from fieldops.routing.solvers.bound.ground import Kind
from fieldops.routing.solvers.bound.labels import (
    AT,
    COMPLETE,
    CUT,
    DEAR,
    FULL,
    LIMIT,
    MADE,
    MEMORY,
    NONE,
    PARENT,
    QUICK,
    RESTED,
    START,
    Ints,
    Marks,
    Pool,
    begin,
    run,
)  # fmt: skip

SLICE: Final = 3_000  # labels extended between two looks at the clock and the stop flag
ROOM: Final = 2**15
CELLS: Final = 24  # stretches of time by which the labels of a job are kept apart
ROUTES: Final = 30  # taken from one kind in one pass
CORES: Final = 2


class Route(NamedTuple):
    """A day by its reduced cost: the jobs in their order, by their numbers in the program."""

    kind: int
    reduced: int
    jobs: tuple[int, ...]


@dataclass(frozen=True)
class Pass:
    """What one pass found.

    Attributes
    ----------
    least
        For each kind the least reduced cost of a day, or 0 where every day costs more.
    routes
        Days of negative reduced cost, some of each kind.
    complete
        Whether every kind was searched to the end.
    labels
        Labels made.
    """

    least: tuple[int, ...]
    routes: tuple[Route, ...]
    complete: bool
    labels: int


class Pricer:
    """Searches kinds of shifts, one on each core at a time, each core in a room for labels that grows as needed.

    `kinds` may be changed between passes.
    """

    def __init__(self, kinds: list[Kind], cores: int = CORES) -> None:
        self.kinds = kinds
        words = max((kind.ground.near.shape[1] for kind in kinds), default=1)
        self._rooms = [np.zeros((ROOM, MEMORY + 2 * words), np.int64) for _ in range(cores)]
        self._free = list(range(cores))

    def price(
        self, jobs: Ints, pools: Ints, *, effort: int, halt: Callable[[], bool], marks: Sequence[Marks] | None = None
    ) -> Pass:
        """Search all kinds at the prices of the program's jobs and of pieces of pools, and with what cuts ask of each.

        `effort` is `QUICK`, `NEARBY` or `EXACT`: routes are real with each, `least` proves something only with
        the last.
        """

        def one(number: int) -> tuple[int, list[Route], int] | None:
            if halt():
                return None
            room = self._free.pop()
            try:
                kind = self.kinds[number]
                own = marks[number] if marks else _none(len(kind.jobs))
                pool = self._search(room, kind, (own, kind.profit(jobs, pools)), effort, halt)
                if pool is None:
                    return None
                least = min(0, int(pool.best[:, 0].min(initial=0)))
                return least, self._routes(number, pool), int(pool.notes[MADE])
            finally:
                self._free.append(room)

        with ThreadPoolExecutor(len(self._rooms), "fieldops-bound") as threads:
            found = list(threads.map(one, range(len(self.kinds))))
        done = [each for each in found if each is not None]
        return Pass(
            tuple(least for least, _, _ in done),
            tuple(route for _, routes, _ in done for route in routes),
            len(done) == len(found),
            sum(made for _, _, made in done),
        )

    def _search(
        self, room: int, kind: Kind, prices: tuple[Marks, Ints], effort: int, halt: Callable[[], bool]
    ) -> Pool | None:
        """Return the pool once every label is extended, or None if time ran out before."""
        ahead, width = foresight(kind, prices[1])
        pool = self._extend(room, kind, (*prices, ahead, width), 0, QUICK, halt)
        if pool is None or effort == QUICK:
            return pool
        return self._extend(room, kind, (*prices, ahead, width), int(pool.notes[CUT]), effort, halt)

    def _extend(
        self,
        room: int,
        kind: Kind,
        how: tuple[Marks, Ints, Ints, int],
        cut: int,
        effort: int,
        halt: Callable[[], bool],
    ) -> Pool | None:
        """Extend all labels that may gain `cut`; None if time runs out before."""
        ground, (marks, profit, ahead, width) = kind.ground, how
        columns = MEMORY + 2 * (ground.near.shape[1] + len(marks.first))
        if columns > self._rooms[room].shape[1]:
            self._rooms[room] = np.zeros((len(self._rooms[room]), columns), np.int64)
        n, cells = len(kind.jobs), int(ground.terms[LIMIT] - ground.terms[START]) // width + 1
        pool = Pool(
            self._rooms[room],
            np.full((n + 1, CELLS), NONE),
            np.full(max(1, cells), NONE),
            np.full((n, 2), DEAR),
            np.zeros(4, np.int64),
        )
        pool.notes[CUT] = cut
        for departure in kind.departures if n else ():
            begin(ground, marks, pool, departure, width, effort)
        while (state := run(ground, marks, profit, ahead, pool, width, effort, SLICE)) != COMPLETE:
            if state == FULL:
                self._rooms[room] = np.concatenate([self._rooms[room], np.zeros_like(self._rooms[room])])
                pool = pool._replace(labels=self._rooms[room])
            if halt():
                return None
        return pool

    def _routes(self, number: int, pool: Pool) -> list[Route]:
        """Return the best days of a finished pool, at most one for each job they may end with."""
        order = np.argsort(pool.best[:, 0], kind="stable")[:ROUTES]
        found = []
        for reduced, row in pool.best[order].tolist():
            if reduced < 0:
                found.append(Route(number, reduced, self._jobs(number, pool, row)))
        return found

    def _jobs(self, number: int, pool: Pool, row: int) -> tuple[int, ...]:
        """Follow a label back to the origin; a label that only rested stands at its parent's job."""
        jobs, labels, kind = [], pool.labels, self.kinds[number]
        while (parent := int(labels[row, PARENT])) != NONE:
            visited = labels[row, RESTED] == labels[parent, RESTED]
            if visited:
                jobs.append(int(kind.jobs[labels[row, AT]]))
            row = parent
        return tuple(reversed(jobs))


def _none(jobs: int) -> Marks:
    """Return the marks of no cuts."""
    none = np.zeros((jobs, 0), np.int64)
    return Marks(none, none, np.zeros(0, np.int64), np.zeros(0, np.int64))
