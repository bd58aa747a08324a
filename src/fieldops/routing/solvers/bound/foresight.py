"""What a day begun can still gain at most, told before its labels are made: hopeless ones never are."""

from __future__ import annotations

from typing import Final

import numpy as np

from fieldops.routing.solvers.bound.ground import Kind
from fieldops.routing.solvers.bound.labels import (
    BASE,
    BEST,
    DEAR,
    EARLIEST,
    END,
    HOME_BY,
    JOB,
    LATEST,
    LENGTH,
    LIMIT,
    NONE,
    OVERTIME,
    PAY,
    SECOND,
    SERVICE,
    START,
    WINDOW,
    WINDOWS,
    WORD,
    Ground,
    Ints,
    lateness,
)  # fmt: skip
from fieldops.routing.solvers.search.cache import inner, kernel

STRETCHES: Final = 200
DEAREST: Final = 2 * 10**7  # stretches times pairs of jobs: with more `look_ahead` costs more than it saves
CELLS: Final = 2 * 10**6  # kept at most, of 24 bytes each: a day of very many stretches would fill the memory
RESTS: Final = 2  # that `look_ahead` knows of


def foresight(kind: Kind, profit: Ints) -> tuple[Ints, int]:
    """Return what `look_ahead` promises at `profit`, and the width of its stretches of time.

    Nothing where two services may end at one moment: it would read its own cells before they are filled.
    """
    ground = kind.ground
    horizon = max(1, int(ground.terms[LIMIT] - ground.terms[START]))
    width = max(1, min(kind.step, -(-horizon // STRETCHES)))
    cells, n, layers = horizon // width + 1, len(kind.jobs), 2 ** min(RESTS, len(ground.rests))
    if kind.step > 0 and cells * n * n <= DEAREST and layers * cells * n <= CELLS:
        ahead = np.zeros((layers, n, cells, 3), np.int64)
        look_ahead(ground, profit, ahead, width)
        return ahead, width
    ahead = np.full((1, n, 1, 3), -DEAR, np.int64)
    ahead[..., JOB] = NONE
    return ahead, -(-horizon // STRETCHES)


@kernel
def look_ahead(ground: Ground, profit: Ints, ahead: Ints, width: int) -> None:
    """Fill `ahead`: the least that finishing a day can still cost, by rests taken, job and stretch of time.

    Beside the least (`BEST`) stand the job that follows in it, or -1 for the way home, and the least of those
    that go on otherwise (`SECOND`): a label that remembers the job needs that much, and no way goes back at
    once to a job that is still remembered. Memory apart from that, limits of driving and rests beyond the first few
    are left out and times rounded down to the begin of a stretch, so it is never too much; a label for which even this
    leaves no gain is not made. Needs each service with its shortest drive to last `width` at least.
    """
    for rested in range(ahead.shape[0] - 1, -1, -1):
        for cell in range(ahead.shape[2] - 1, -1, -1):
            for i in range(ground.job.shape[0]):
                look_from(ground, profit, ahead, width, rested, i, cell)


@inner
def look_from(ground: Ground, profit: Ints, ahead: Ints, width: int, rested: int, i: int, cell: int) -> None:
    """Fill one cell of `ahead` from later ones, and from those where one more rest is taken."""
    n, terms, held = ground.job.shape[0], ground.terms, ahead[rested]
    now = terms[START] + cell * width
    best, follows, second = DEAR, NONE, DEAR
    back = now + ground.time[i, n]
    home_by = terms[LIMIT]
    for k in range(ground.rests.shape[0]):
        if 1 << k < ahead.shape[0] and not (rested >> k) & 1:
            home_by = min(home_by, ground.rests[k, HOME_BY])
    if back <= home_by:
        if terms[OVERTIME] < terms[PAY]:
            back = terms[LIMIT]
        best = int(ground.cost[i, n] + (terms[OVERTIME] - terms[PAY]) * max(0, back - terms[END]))
    for j in range(n):
        if j == i or now > ground.reach[i, j]:
            continue
        row, arrive = ground.job[j], now + ground.time[i, j]
        for w in range(row[WINDOW], row[WINDOW] + row[WINDOWS]):
            if arrive <= ground.windows[w, 1]:
                start = max(arrive, ground.windows[w, 0])
                late = (start + row[SERVICE] - terms[START]) // width
                if late < ahead.shape[2]:
                    then = held[j, late]
                    cost = ground.cost[i, j] + row[BASE] + lateness(row, start) - profit[j]
                    remembered = (ground.near[j, i // WORD] >> (i % WORD)) & 1
                    cost += then[SECOND] if remembered and then[JOB] == i else then[BEST]
                    if cost < best:
                        best, follows, second = int(cost), j, best
                    elif cost < second:
                        second = int(cost)
                break
    for k in range(ground.rests.shape[0]):
        own = ground.rests[k]
        start = max(now, own[EARLIEST])
        late = (start + own[LENGTH] - terms[START]) // width
        if 1 << k >= ahead.shape[0] or (rested >> k) & 1 or start > own[LATEST] or late >= ahead.shape[2]:
            continue
        then = ahead[rested | 1 << k, i, late]
        cost = then[BEST] + terms[PAY] * own[LENGTH]
        if then[JOB] == follows:
            best = min(best, cost)
            second = min(second, then[SECOND] + terms[PAY] * own[LENGTH])
        elif cost < best:
            best, follows, second = cost, then[JOB], min(best, then[SECOND] + terms[PAY] * own[LENGTH])
        else:
            second = min(second, cost)
    # A day of very many stretches may collect the same gain in each: no promise may leave the range of whole numbers.
    held[i, cell, BEST], held[i, cell, JOB], held[i, cell, SECOND] = max(best, -DEAR), follows, max(second, -DEAR)
