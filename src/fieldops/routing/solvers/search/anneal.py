"""Anneal: move by move, take what is better and, while it is warm, some of what is worse.

The truth is two whole numbers, worth left out and then cost; only the acceptance weighs them into one
(a job left out counts as `price` Money for each point of its worth), after Kirkpatrick, Gelatt and Vecchi
(1983), Science 220, 671-680: a move is taken if it is worse by less than -T ln u, u drawn evenly.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from fieldops.routing.solvers.search.arrays import Ints, Model
from fieldops.routing.solvers.search.cache import inner, kernel
from fieldops.routing.solvers.search.draws import below
from fieldops.routing.solvers.search.pool import note_route
from fieldops.routing.solvers.search.recreate import insert, recreate
from fieldops.routing.solvers.search.ruin import ruin
from fieldops.routing.solvers.search.state import (
    COST,
    DONE,
    LENGTH,
    MONEY_IN,
    TAKEN,
    TOUCHED,
    WORTH_OUT,
    State,
    is_best,
    keep,
    note_best,
    open_move,
    roll_back,
    wait,
)  # fmt: skip

BITS: Final = 16
STEPS: Final = 4096
NEARLY: Final = 4  # routes of a move are noted too where it was worse by so many times the temperature than allowed


def chances() -> Ints:
    """Return -ln u for u in the middle of each of `STEPS` equal parts of 0..1, in 1 / 2**`BITS`."""
    return np.array([round(-math.log((k + 0.5) / STEPS) * 2**BITS) for k in range(STEPS)], np.int64)


@inner
def remember(model: Model, state: State) -> None:
    """Note in the pool what the move made of the routes it changed."""
    for k in range(state.notes[TOUCHED]):
        shift = state.saved_shift[k]
        length, cost = state.info[shift, LENGTH], state.info[shift, COST]
        note_route(
            model, state.pool, shift, state.jobs[shift], length, cost, state.drawn[shift], state.notes[DONE]
        )  # fmt: skip


@kernel
def anneal(model: Model, state: State, moves: int, price: int, heat: int, chances: Ints) -> None:
    """Make `moves` moves at temperature `heat` (Money); the best plan met is kept in the state."""
    for _ in range(moves):
        open_move(state)
        sound = ruin(model, state)
        if sound:
            recreate(model, state)
        worse = (state.totals[WORTH_OUT] - state.saved_totals[WORTH_OUT]) * price
        worse += state.totals[MONEY_IN] - state.saved_totals[MONEY_IN]
        allowance = (heat * chances[below(state.draws, STEPS)]) >> BITS
        state.notes[DONE] += 1
        if sound and worse <= allowance + NEARLY * heat:
            remember(model, state)
        if sound and (worse <= allowance or is_best(state)):
            keep(state)
            state.notes[TAKEN] += 1
            note_best(state)
        else:
            roll_back(model, state)


@kernel
def construct(model: Model, state: State, order: Ints, begin: int, stop: int) -> None:
    """Insert the jobs ``order[begin:stop]``, in that order."""
    open_move(state)
    for k in range(begin, stop):
        wait(state, order[k])
        insert(model, state, order[k])
    keep(state)
