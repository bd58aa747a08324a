"""The pool: routes met in a stream's search, for `select` to choose from.

A table of fixed size, so memory is bounded. A route is found by a code of its shift and its *set* of jobs: of
several orders of the same jobs the cheapest is kept. Four neighbouring places may hold a route; where
all are taken, the one not met for the longest goes. The colder the search, the better its routes, so what was met
lately is worth more than what was met long ago.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from fieldops.routing.solvers.search.arrays import Ints, Model
from fieldops.routing.solvers.search.cache import inner

# columns of the table; a route's jobs follow, then what it draws from each pool of pieces that shifts share
KEY, MET, SHIFT, PRICE, JOBS = range(5)
HEAD: Final = 5
PLACES: Final = 4
ROUTES_MOST: Final = 2**16
NUMBERS_MOST: Final = 2**22  # of the whole table: 32 MB a stream


def new_pool(size: int, shared: int) -> Ints:
    """Return an empty table for routes of up to `size` jobs that draw from `shared` pools of pieces.

    How many routes it holds is a power of two.
    """
    width = HEAD + size + shared
    routes = ROUTES_MOST
    while routes > PLACES and routes * width > NUMBERS_MOST:
        routes //= 2
    return np.zeros((routes, width), np.int64)


@inner
def note_route(model: Model, pool: Ints, shift: int, jobs: Ints, length: int, cost: int, drawn: Ints, now: int) -> None:
    """Note a route met at `now` (1 or later), unless a cheaper one with the same jobs is known."""
    if length == 0:
        return
    key = model.codes[shift]
    for i in range(length):
        key ^= model.codes[model.shift.shape[0] + jobs[i]]
    key |= 1  # 0 is an empty place
    home, chosen = (key ^ (key >> 31)) & (pool.shape[0] - 1), -1
    for k in range(PLACES):
        entry = pool[home ^ k]
        if entry[KEY] == key:
            entry[MET] = now
            if cost >= entry[PRICE]:
                return
            chosen = home ^ k
            break
        if chosen < 0 or entry[MET] < pool[chosen, MET]:
            chosen = home ^ k
    entry = pool[chosen]
    entry[KEY], entry[MET], entry[SHIFT], entry[PRICE], entry[JOBS] = key, now, shift, cost, length
    for i in range(length):
        entry[HEAD + i] = jobs[i]
    last = pool.shape[1] - drawn.shape[0]
    for p in range(drawn.shape[0]):
        entry[last + p] = drawn[p]
