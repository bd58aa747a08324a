"""Ruin: take strings of neighbouring jobs out of neighbouring routes.

Slack induction by string removals: Christiaens and Vanden Berghe (2020), "Slack induction by string
removals for vehicle routing problems", Transportation Science 54(2), 417-433, equations 5 to 9. All numbers
are whole: averages and limits are counted in hundredths.
"""

from __future__ import annotations

from typing import Final

from fieldops.routing.program import NOBODY
from fieldops.routing.solvers.search.arrange import lead
from fieldops.routing.solvers.search.arrays import CHOICES, FROZEN, KEPT, Model
from fieldops.routing.solvers.search.cache import inner
from fieldops.routing.solvers.search.draws import ONE, below
from fieldops.routing.solvers.search.state import ABSENT, AT_HOME, LENGTH, SAVED, SERVED, USED, State, cut, trade, wait

REMOVED: Final = 10  # jobs taken out of a plan of average routes
LONGEST: Final = 10  # jobs of one string
SPLIT: Final = ONE // 2  # how often a string leaves a part of itself in place
DEEPER: Final = ONE // 100  # how often that part grows by one more
WHOLE: Final = ONE // 8  # how often strings may be as long as the longest route: whole days are made anew
TRADES: Final = ONE // 24  # how often two shifts exchange their days
SENT_HOME: Final = ONE // 24  # how often the others try to do a shift's day; with k jobs left out 1 / (k + 1) of that
FROM_ABSENT: Final = ONE // 10  # how often the move is about a job that was left out
TRIED_ABSENT: Final = 10  # jobs left out before that are tried again in a move ...
UNASKED: Final = ONE // 2  # ... unless it is about the jobs served alone: driving is saved sooner without them
HARD: Final = 8  # so few shifts may do the job that its neighbours' shifts hardly help


@inner
def ruin(model: Model, state: State) -> bool:
    """Take jobs out around a seed, and let them and some that were left out wait; False if that fails."""
    seed = below(state.draws, model.job.shape[0])
    if state.notes[ABSENT] > 0 and below(state.draws, ONE) < FROM_ABSENT:
        seed = state.absent[below(state.draws, state.notes[ABSENT])]
    call_absent(model, state, seed)
    if state.totals[SERVED] == 0:
        return True
    if below(state.draws, ONE) < TRADES:
        return exchange(model, state, seed)
    unneeded = below(state.draws, ONE) * (1 + state.notes[ABSENT]) < SENT_HOME
    if unneeded and not send_home(model, state, state.where[seed]):
        return False
    longest = min(100 * LONGEST, 100 * state.totals[SERVED] // max(1, state.totals[USED]))
    if below(state.draws, ONE) < WHOLE:
        longest = 100 * state.jobs.shape[1]
    strings = (100 + below(state.draws, max(1, 400 * 100 * REMOVED // (100 + longest) - 100))) // 100
    picky = state.where[seed] == NOBODY and (model.job[seed, CHOICES] <= HARD or below(state.draws, 2) == 0)
    if picky and model.job[seed, CHOICES] > 0:
        strings -= 1
        if not clear_way(model, state, seed, longest):
            return False
    for k in range(-1, model.near.shape[1]):
        if strings <= 0:
            break
        job = seed if k < 0 else model.near[seed, k]
        shift = state.where[job]
        if shift < 0 or state.info[shift, SAVED] or model.shift[shift, FROZEN]:
            continue
        if picky and model.pair[shift, seed] < 0 and below(state.draws, 2) == 0:
            continue
        if not tear(model, state, shift, job, longest):
            return False
        strings -= 1
    return True


@inner
def send_home(model: Model, state: State, shift: int) -> bool:
    """Take a shift's day apart and don't ask it in this move; False if that fails.

    Jobs torn out by strings find their way back: each alone costs more elsewhere, though together they may cost less.
    The more work is left out, the surer all shifts are needed.
    """
    if shift < 0 or model.shift[shift, FROZEN]:
        return True
    length = state.info[shift, LENGTH]
    state.notes[AT_HOME] = shift
    return cut(model, state, shift, lead(model, shift, state.jobs[shift], length), length, length, length)


@inner
def exchange(model: Model, state: State, seed: int) -> bool:
    """Let the shift of the seed exchange its day with another that may do the seed, unless work is kept there.

    Who goes is decided by the first jobs of a day; later a whole day must change hands at once.
    """
    one, other = state.where[seed], below(state.draws, model.shift.shape[0])
    if one < 0 or one == other or model.pair[other, seed] < 0:
        return True
    for shift in (one, other):
        if model.shift[shift, FROZEN]:
            return True
        for i in range(state.info[shift, LENGTH]):
            if model.job[state.jobs[shift, i], KEPT]:
                return True
    return trade(model, state, one, other)


@inner
def call_absent(model: Model, state: State, seed: int) -> None:
    """Let a seed that was left out, others near it, and two from anywhere wait for another try; else often nobody."""
    absent = state.notes[ABSENT]
    if absent == 0 or (state.where[seed] != NOBODY and below(state.draws, ONE) < UNASKED):
        return
    called = 0
    if state.where[seed] == NOBODY:
        wait(state, seed)
        called += 1
    if absent <= TRIED_ABSENT:
        for k in range(absent):
            wait(state, state.absent[k])
        return
    for k in range(model.near.shape[1]):
        if called >= TRIED_ABSENT:
            break
        if state.where[model.near[seed, k]] == NOBODY:
            wait(state, model.near[seed, k])
            called += 1
    for _ in range(2):
        wait(state, state.absent[below(state.draws, absent)])


@inner
def clear_way(model: Model, state: State, seed: int, longest: int) -> bool:
    """Tear at a shift that may do the seed: one of its homes."""
    homes = min(model.homes.shape[1], model.job[seed, CHOICES])
    shift = model.homes[seed, below(state.draws, homes)]
    length = state.info[shift, LENGTH]
    if length == 0 or model.shift[shift, FROZEN]:
        return True
    return tear(model, state, shift, state.jobs[shift, below(state.draws, length)], longest)


@inner
def tear(model: Model, state: State, shift: int, job: int, longest: int) -> bool:
    """Take a string that holds `job`, with or without a gap, out of a route."""
    jobs, length = state.jobs[shift], state.info[shift, LENGTH]
    front = lead(model, shift, jobs, length)
    free = length - front
    if free == 0:
        return True
    at = front
    for i in range(front, length):
        if jobs[i] == job:
            at = i
    size = (100 + below(state.draws, max(1, min(100 * free, longest)))) // 100
    size = min(size, free)
    spared = 0
    if 1 < size < free and below(state.draws, ONE) < SPLIT:
        spared = 1
        while size + spared < free and below(state.draws, ONE) < DEEPER:
            spared += 1
    low, high = max(front, at - size - spared + 1), min(at, length - size - spared)
    start = low + below(state.draws, high - low + 1)
    gap = start
    if spared > 0:
        gap = start + 1 + below(state.draws, size - 1)
    return cut(model, state, shift, start, start + size + spared, gap, gap + spared)
