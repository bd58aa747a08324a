"""The routes a stream is at, the best it met, and what takes a move back.

A route is kept as its jobs in order; rests and a restock stop are placed by :func:`arrange.arrange` whenever it
changes. A
move may change any number of routes: the first change of a route saves it, `roll_back` restores all that
were saved, `keep` forgets them. Sums over the plan (worth left out, cost; pieces drawn from pools) are saved
and restored with the routes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from fieldops.routing.program import NEVER, NOBODY
from fieldops.routing.solvers.search import draws
from fieldops.routing.solvers.search.arrange import (
    DEPOT,
    GAP,
    Desk,
    arrange,
    new_desk,
    spelled,
    suffices,
    with_stop,
)  # fmt: skip
from fieldops.routing.solvers.search.arrays import (
    DESTINATION,
    DRIVE_RATE,
    FIXED,
    FLOOR_RATE,
    KEPT,
    KIND,
    LIMIT,
    LOOSE,
    METRE_RATE,
    NEED,
    NEEDS,
    PIECES,
    SERVICE,
    START,
    WORTH,
    Ints,
    Model,
)  # fmt: skip
from fieldops.routing.solvers.search.cache import inner, kernel
from fieldops.routing.solvers.search.evaluate import AT, DRIVEN, METRES, STATE, copy, survey
from fieldops.routing.solvers.search.pool import new_pool

# columns of State.info
LENGTH, COST, SIGN, WORK, SPAN, BARE, UNSURE, SAVED, SEEN, WAY, FAR, STOPS = range(12)
# entries of State.totals
WORTH_OUT, MONEY_IN, SERVED, USED = range(4)
# entries of State.notes
BEST_WORTH, BEST_MONEY, STAMP, TOUCHED, ABSENT, WAITING, DONE, TAKEN, MARK, EYES, FAVOURED, SHARES, AT_HOME = range(13)

INFO, TOTALS, NOTES = 12, 4, 13
HELD_ELSEWHERE: Final = -2
MEMORY: Final = 2**18


class State(NamedTuple):
    """One stream's place in the search; every kernel works on it in place.

    Attributes
    ----------
    jobs, rows, info
        Of each shift: its jobs in order; what is known before each of them (see `evaluate.walk`);
        length, cost, a code of its content, and what bounds need.
    where
        Shift of each job, -1 if it is left out, `HELD_ELSEWHERE` on a frozen shift.
    absent, slot
        The jobs left out, and the place of each job in that list, or -1.
    totals, notes
        Sums over the plan; counters.
    saved_shift, saved_jobs, saved_rows, saved_info, saved_totals
        What `roll_back` restores.
    best_jobs, best_length, best_cost, best_drawn
        The best plan met, by worth left out, then by cost.
    waiting, keys, mark
        The jobs to be inserted in this move, their sorting keys, and who is among them.
    options, trial, desk
        Room to work in.
    used
        (m, q): pieces of each kind of part that the jobs of a route use up.
    drawn
        (m + 2, p): pieces that each route draws from each pool; all routes together, now and at the move's begin.
    saved_drawn
        What `roll_back` restores of it.
    memory
        Rows (key, cost, position): the cheapest insertion of a job in a route, by the content of both.
    draws
        The random numbers.
    pool
        The routes met (see `pool`).
    """

    jobs: Ints
    rows: Ints
    info: Ints
    where: Ints
    absent: Ints
    slot: Ints
    totals: Ints
    notes: Ints
    saved_shift: Ints
    saved_jobs: Ints
    saved_rows: Ints
    saved_info: Ints
    saved_totals: Ints
    best_jobs: Ints
    best_length: Ints
    best_cost: Ints
    best_drawn: Ints
    waiting: Ints
    keys: Ints
    mark: Ints
    options: Ints
    trial: Ints
    desk: Desk
    used: Ints
    drawn: Ints
    saved_drawn: Ints
    memory: Ints
    draws: Ints
    pool: Ints


def room(model: Model, at_least: int = 1) -> int:
    """Return how many jobs fit a shift at most, since each takes its service time."""
    n = len(model.job)
    spans = model.shift[:, LIMIT] - model.shift[:, START]
    shortest = np.cumsum(np.sort(model.job[:, SERVICE]))
    fits = np.searchsorted(shortest, spans.max(initial=0), side="right")
    return int(min(n, max(int(fits), at_least, 1)))


def new_state(model: Model, size: int, seed: int, stream: int) -> State:
    """Return an empty plan of `model` with room for `size` jobs a route."""
    n, m = len(model.job), len(model.shift)
    kinds, pools = model.stock.shape[1], len(model.pools)

    def whole(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return State(
        jobs=whole(m, size), rows=whole(m, size + 1, STATE), info=whole(m, INFO), where=whole(n) + NOBODY,
        absent=whole(n), slot=whole(n) + NOBODY, totals=whole(TOTALS), notes=whole(NOTES), saved_shift=whole(m),
        saved_jobs=whole(m, size), saved_rows=whole(m, size + 1, STATE), saved_info=whole(m, INFO),
        saved_totals=whole(TOTALS), best_jobs=whole(m, size), best_length=whole(m), best_cost=whole(m),
        best_drawn=whole(m, pools), waiting=whole(n), keys=whole(n, 2), mark=whole(n), options=whole(m),
        trial=whole(size + 1), desk=new_desk(model, size), used=whole(m, kinds), drawn=whole(m + 2, pools),
        saved_drawn=whole(m, pools), memory=whole(MEMORY, 3), draws=draws.begin(seed, stream),
        pool=new_pool(size, pools),
    )  # fmt: skip


@inner
def signed(sign: int, code: int) -> int:
    """Return the sign of a route with one more job behind it."""
    return ((sign << 7) | ((sign >> 57) & 127)) ^ code


@inner
def refresh(model: Model, state: State, shift: int) -> bool:
    """Time a route anew after its jobs changed; return whether it is sound."""
    info, jobs, rows, desk = state.info[shift], state.jobs[shift], state.rows[shift], state.desk
    length, terms = info[LENGTH], model.shift[shift]
    sign = model.codes[shift]
    bare, work, unsure = terms[FIXED], info[LENGTH] * 0, info[LENGTH] * 0
    for i in range(length):
        row = model.job[jobs[i]]
        sign = signed(sign, model.codes[model.shift.shape[0] + jobs[i]])
        bare += model.pair[shift, jobs[i]]
        work += row[SERVICE]
        unsure |= row[LOOSE]
    info[SIGN], info[UNSURE] = sign, unsure
    if not survey(model, shift, jobs, length, rows):
        return False
    way, far = home_leg(model, shift, rows, length)
    info[WAY], info[FAR], info[WORK] = way, far, work + way
    info[BARE] = bare + way * terms[DRIVE_RATE] + far * terms[METRE_RATE]
    tally(model, state, shift)
    lacks, floor = (
        suffices(model, shift, jobs, length, desk.left, desk.drawn),
        info[BARE] + info[WORK] * terms[FLOOR_RATE],
    )
    sound, cost, depart, back = arrange(model, shift, jobs, length, length, rows, desk, lacks, floor, NEVER)
    if not sound:
        return False
    info[COST], info[SPAN], info[STOPS] = cost, back - depart, lacks < length
    return draw(model, state, shift)


@inner
def tally(model: Model, state: State, shift: int) -> None:
    """Add up the parts that the jobs of a route use up."""
    used = state.used[shift]
    for kind in range(used.shape[0]):
        used[kind] = 0
    for i in range(state.info[shift, LENGTH]) if used.shape[0] > 0 else range(0):
        row = model.job[state.jobs[shift, i]]
        for k in range(row[NEED], row[NEED] + row[NEEDS]):
            used[model.need[k, KIND]] += model.need[k, PIECES]


@inner
def draw(model: Model, state: State, shift: int) -> bool:
    """Draw from the pools what the day just arranged needs; return whether they hold as much."""
    pools = model.pools.shape[0]
    if pools == 0:
        return True
    desk, drawn, total = state.desk, state.drawn[shift], state.drawn[model.shift.shape[0]]
    jobs, length = state.jobs[shift], state.info[shift, LENGTH]
    for p in range(pools):
        total[p] -= drawn[p]
        drawn[p] = 0
    if desk.stop[GAP] >= 0:
        with_stop(jobs, length, desk.stop[GAP], model.job.shape[0] + desk.stop[DEPOT], desk.stops)
        suffices(model, shift, desk.stops, length + 1, desk.left, drawn)
    else:
        suffices(model, shift, jobs, length, desk.left, drawn)
    enough = True
    for p in range(pools):
        total[p] += drawn[p]
        enough = enough and total[p] <= model.pools[p]
    return enough


@inner
def home_leg(model: Model, shift: int, rows: Ints, length: int) -> tuple[int, int]:
    """Return all driving of a route, its last leg included: ticks and metres."""
    last = rows[length]
    leg = model.legs[last[AT], model.shift[shift, DESTINATION]]
    return last[DRIVEN] + leg[0], last[METRES] + leg[1]


@inner
def save(state: State, shift: int) -> None:
    """Remember a route before its first change in a move."""
    if state.info[shift, SAVED]:
        return
    k, length = state.notes[TOUCHED], state.info[shift, LENGTH]
    state.saved_shift[k] = shift
    copy(state.jobs[shift], state.saved_jobs[k], length)
    for i in range(length + 1):
        copy(state.rows[shift, i], state.saved_rows[k, i], STATE)
    copy(state.info[shift], state.saved_info[k], INFO)
    copy(state.drawn[shift], state.saved_drawn[k], state.drawn.shape[1])
    state.info[shift, SAVED] = 1
    state.notes[TOUCHED] = k + 1


@inner
def open_move(state: State) -> None:
    """Begin a move: nothing saved, nobody waiting."""
    copy(state.totals, state.saved_totals, TOTALS)
    m = state.info.shape[0]
    copy(state.drawn[m], state.drawn[m + 1], state.drawn.shape[1])
    state.notes[TOUCHED] = 0
    state.notes[WAITING] = 0
    state.notes[FAVOURED] = NOBODY
    state.notes[AT_HOME] = NOBODY
    state.notes[MARK] += 1


@inner
def keep(state: State) -> None:
    """Let the move stand."""
    for k in range(state.notes[TOUCHED]):
        state.info[state.saved_shift[k], SAVED] = 0
    list_absent(state)


@inner
def roll_back(model: Model, state: State) -> None:
    """Restore every route that the move changed, and the sums."""
    touched = state.notes[TOUCHED]
    for k in range(touched):
        shift = state.saved_shift[k]
        for i in range(state.info[shift, LENGTH]):
            state.where[state.jobs[shift, i]] = NOBODY
    for k in range(touched):
        shift = state.saved_shift[k]
        length, seen = state.saved_info[k, LENGTH], state.info[shift, SEEN]
        copy(state.saved_info[k], state.info[shift], INFO)
        state.info[shift, SEEN] = seen
        for i in range(length + 1):
            copy(state.saved_rows[k, i], state.rows[shift, i], STATE)
        for i in range(length):
            state.jobs[shift, i] = state.saved_jobs[k, i]
            state.where[state.jobs[shift, i]] = shift
        copy(state.saved_drawn[k], state.drawn[shift], state.drawn.shape[1])
        tally(model, state, shift)
    copy(state.saved_totals, state.totals, TOTALS)
    m = state.info.shape[0]
    copy(state.drawn[m + 1], state.drawn[m], state.drawn.shape[1])
    list_absent(state)


@inner
def list_absent(state: State) -> None:
    """Bring the list of jobs left out up to date for those that waited in this move."""
    for k in range(state.notes[WAITING]):
        job = state.waiting[k]
        if state.where[job] == NOBODY and state.slot[job] < 0:
            state.slot[job] = state.notes[ABSENT]
            state.absent[state.notes[ABSENT]] = job
            state.notes[ABSENT] += 1
        elif state.where[job] != NOBODY and state.slot[job] >= 0:
            state.notes[ABSENT] -= 1
            last = state.absent[state.notes[ABSENT]]
            state.absent[state.slot[job]] = last
            state.slot[last] = state.slot[job]
            state.slot[job] = NOBODY


@inner
def wait(state: State, job: int) -> None:
    """Let a job wait for its insertion in this move, once."""
    if state.mark[job] != state.notes[MARK]:
        state.mark[job] = state.notes[MARK]
        state.waiting[state.notes[WAITING]] = job
        state.notes[WAITING] += 1


@inner
def put(model: Model, state: State, shift: int, job: int, at: int) -> bool:
    """Insert a job into a route; nothing changes, and False is returned, if that breaks the day."""
    save(state, shift)
    jobs, length, before = state.jobs[shift], state.info[shift, LENGTH], state.info[shift, COST]
    for i in range(length, at, -1):
        jobs[i] = jobs[i - 1]
    jobs[at] = job
    state.info[shift, LENGTH] = length + 1
    if not refresh(model, state, shift):
        for i in range(at, length):
            jobs[i] = jobs[i + 1]
        state.info[shift, LENGTH] = length
        refresh(model, state, shift)
        return False
    state.where[job] = shift
    state.totals[MONEY_IN] += state.info[shift, COST] - before
    state.totals[WORTH_OUT] -= model.job[job, WORTH]
    state.totals[SERVED] += 1
    state.totals[USED] += length == 0
    return True


@inner
def cut(model: Model, state: State, shift: int, start: int, stop: int, spared: int, spared_to: int) -> bool:
    """Take the jobs at `start` .. `stop` out, but for kept ones and those at `spared` .. `spared_to`.

    Where the road would take longer without them, all loose jobs go; False if even that is no sound day.
    """
    save(state, shift)
    jobs, before = state.jobs[shift], state.info[shift, COST]
    for attempt in range(2):
        length, left = state.info[shift, LENGTH], 0
        for i in range(length):
            job = jobs[i]
            inside = attempt == 1 or (start <= i < stop and not spared <= i < spared_to)
            if inside and not model.job[job, KEPT]:
                state.where[job] = NOBODY
                state.totals[WORTH_OUT] += model.job[job, WORTH]
                state.totals[SERVED] -= 1
                wait(state, job)
            else:
                jobs[left] = job
                left += 1
        state.info[shift, LENGTH] = left
        state.totals[USED] -= length > 0 and left == 0
        if refresh(model, state, shift):
            state.totals[MONEY_IN] += state.info[shift, COST] - before
            return True
    return False


@inner
def trade(model: Model, state: State, one: int, other: int) -> bool:
    """Exchange the jobs of two shifts; those that their new shift may not do wait. False if a day isn't sound."""
    save(state, one)
    save(state, other)
    before = state.info[one, COST] + state.info[other, COST]
    length, used = state.info[one, LENGTH], (state.info[one, LENGTH] > 0) + (state.info[other, LENGTH] > 0)
    copy(state.jobs[one], state.trial, length)
    take_over(model, state, one, state.jobs[other], state.info[other, LENGTH])
    take_over(model, state, other, state.trial, length)
    if not (refresh(model, state, one) and refresh(model, state, other)):
        return False
    state.totals[MONEY_IN] += state.info[one, COST] + state.info[other, COST] - before
    state.totals[USED] += (state.info[one, LENGTH] > 0) + (state.info[other, LENGTH] > 0) - used
    return True


@inner
def take_over(model: Model, state: State, shift: int, jobs: Ints, length: int) -> None:
    """Give a shift these jobs in their order, but for those that it may not do: they wait."""
    left = 0
    for i in range(length):
        if model.pair[shift, jobs[i]] >= 0:
            state.jobs[shift, left] = jobs[i]
            state.where[jobs[i]] = shift
            left += 1
        else:
            state.where[jobs[i]] = NOBODY
            state.totals[WORTH_OUT] += model.job[jobs[i], WORTH]
            state.totals[SERVED] -= 1
            wait(state, jobs[i])
    state.info[shift, LENGTH] = left


@inner
def is_best(state: State) -> bool:
    """Whether the plan is better than any before: less worth left out, or as much at less cost."""
    worth, least = state.totals[WORTH_OUT], state.notes[BEST_WORTH]
    return worth < least or (worth == least and state.totals[MONEY_IN] < state.notes[BEST_MONEY])


@kernel
def note_best(state: State) -> bool:
    """Copy the plan if it is the best so far; return whether it is."""
    if not is_best(state):
        return False
    state.notes[BEST_WORTH], state.notes[BEST_MONEY] = state.totals[WORTH_OUT], state.totals[MONEY_IN]
    for shift in range(state.info.shape[0]):
        length = state.info[shift, LENGTH]
        state.best_length[shift], state.best_cost[shift] = length, state.info[shift, COST]
        copy(state.jobs[shift], state.best_jobs[shift], length)
        copy(state.drawn[shift], state.best_drawn[shift], state.drawn.shape[1])
    return True


@kernel
def settle(model: Model, state: State, sound: Ints) -> None:
    """Take `jobs` and lengths as they were written from outside, and derive everything else.

    `sound` tells of each shift whether its route is a sound day; a route that isn't is emptied.
    """
    n, m = model.job.shape[0], model.shift.shape[0]
    for k in range(TOTALS):
        state.totals[k] = 0
    for k in range(m + 1):
        for p in range(state.drawn.shape[1]):
            state.drawn[k, p] = 0
    for job in range(n):
        if state.where[job] != HELD_ELSEWHERE:
            state.where[job] = NOBODY
            state.totals[WORTH_OUT] += model.job[job, WORTH]
    for shift in range(m):
        state.info[shift, SAVED] = 0
        sound[shift] = refresh(model, state, shift)
        if not sound[shift]:
            state.info[shift, LENGTH] = 0
            refresh(model, state, shift)
        length = state.info[shift, LENGTH]
        for i in range(length):
            job = state.jobs[shift, i]
            state.where[job] = shift
            state.totals[WORTH_OUT] -= model.job[job, WORTH]
        state.totals[MONEY_IN] += state.info[shift, COST]
        state.totals[SERVED] += length
        state.totals[USED] += length > 0
    open_move(state)
    for job in range(n):
        if state.where[job] == NOBODY or state.slot[job] >= 0:
            wait(state, job)
    list_absent(state)


@kernel
def tokens_of(model: Model, state: State, shift: int, jobs: Ints, length: int, tokens: Ints) -> int:
    """Write the day of a route's jobs into `tokens`; return how many there are, or -1 if it is no sound day."""
    rows, desk = state.saved_rows[0], state.desk
    if not survey(model, shift, jobs, length, rows):
        return -1
    lacks = suffices(model, shift, jobs, length, desk.left, desk.drawn)
    sound, _, _, _ = arrange(model, shift, jobs, length, length, rows, desk, lacks, -NEVER, NEVER)
    return spelled(model, shift, jobs, length, rows, desk, tokens) if sound else -1
