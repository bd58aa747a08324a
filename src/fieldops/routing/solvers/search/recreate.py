"""Recreate: put the waiting jobs back, one after the other, each where it costs least.

Greedy insertion with blinks (Christiaens and Vanden Berghe 2020, section 5.3). A job tries the shifts of
its near jobs, the shifts nearest to it and some empty ones, so a move costs the same however many
shifts there are. What an insertion into a route costs is remembered by the content of the route: most
routes near a move are the same as in many moves before.
"""

from __future__ import annotations

from typing import Final

from fieldops.routing.program import NEVER, NOBODY
from fieldops.routing.solvers.search.arrange import arrange, can_restock, given_by, lead, suffices
from fieldops.routing.solvers.search.arrays import (
    CARRIED,
    CHOICES,
    CLOSES,
    DESTINATION,
    DRIVE_MAX,
    DRIVE_RATE,
    DUE_END,
    DUE_START,
    FLOOR_RATE,
    FROZEN,
    KIND,
    LASTS,
    LOADS,
    METRE_RATE,
    METRES_MAX,
    NEED,
    NEEDS,
    NOTHING,
    ORIGIN,
    PIECES,
    PLACE,
    RATE_END,
    RATE_START,
    SERVICE,
    WIDTH,
    WORTH,
    Ints,
    Model,
)  # fmt: skip
from fieldops.routing.solvers.search.cache import inner
from fieldops.routing.solvers.search.draws import ONE, below
from fieldops.routing.solvers.search.evaluate import AT, BY, NOW, begins
from fieldops.routing.solvers.search.state import (
    AT_HOME,
    BARE,
    COST,
    EYES,
    FAR,
    FAVOURED,
    LENGTH,
    MEMORY,
    SEEN,
    SERVED,
    SHARES,
    SIGN,
    SPAN,
    STAMP,
    STOPS,
    UNSURE,
    USED,
    WAITING,
    WAY,
    WORK,
    State,
    put,
    signed,
)  # fmt: skip

# A route is asked with blinks so often for each of its positions, and each is then overlooked as often again: of seven
# .08 or 8 %. At an even 1 and 10 % (the paper has 1) plans are worse or as good, in no family better.
BLINK: Final = ONE // 100
TIRED: Final = ONE // 10  # in some moves
ASKED: Final = 40  # near jobs whose shifts are tried
SHIFTS: Final = 24  # shifts tried at most, beside empty ones
HOMES: Final = 8  # shifts nearest to the job that are always tried
BY_WORTH: Final = ONE // 10 * 9  # how often jobs of more worth go first
BEHIND: Final = ONE // 2  # how often jobs left out before go behind those of their worth that were just taken out
FAVOURS: Final = ONE // 4  # how often a shift that isn't used is favoured
RANDOM, LONG, TIGHT, FAR_OUT, SCARCE, CLOSE_IN = range(6)


@inner
def equipped(model: Model, state: State, shift: int, job: int) -> bool:
    """Whether the van has what the job needs as well, without a restock stop."""
    row, used = model.job[job], state.used[shift]
    if state.info[shift, STOPS]:
        return False
    for k in range(row[NEED], row[NEED] + row[NEEDS]):
        kind = model.need[k, KIND]
        gone = 0 if model.stock[LASTS, kind] else used[kind]
        short = gone + model.need[k, PIECES] > model.stock[CARRIED + shift, kind]
        if short and given_by(model, model.shift[shift, LOADS], kind) == NOTHING:
            return False
    return True


@inner
def cheapest(model: Model, state: State, shift: int, job: int, blinking: bool) -> tuple[int, int]:
    """Return the extra cost and the position of the cheapest sound insertion, or `NEVER`.

    The tests before `arrange` are necessary conditions: times and costs that no sound day can be under.
    """
    info, jobs, rows = state.info[shift], state.jobs[shift], state.rows[shift]
    length, row, terms, trial = info[LENGTH], model.job[job], model.shift[shift], state.trial
    best, best_at = NEVER, NOBODY
    charge = model.pair[shift, job]
    if charge < 0 or length >= jobs.shape[0]:
        return best, best_at
    place, front, desk = row[PLACE], lead(model, shift, jobs, length), state.desk
    enough = equipped(model, state, shift, job)
    if not enough and not can_restock(model, shift):
        return best, best_at
    for i in range(length):
        trial[i + 1] = jobs[i]
    for at in range(length + 1):
        if at > 0:
            trial[at - 1] = jobs[at - 1]
        trial[at] = job
        if at < front or (blinking and below(state.draws, ONE) < state.notes[EYES]):
            continue
        if rows[at, NOW] > row[CLOSES]:
            break
        here = rows[at, AT]
        there = model.job[jobs[at], PLACE] if at < length else terms[DESTINATION]
        to, on, skipped = model.legs[here, place], model.legs[place, there], model.legs[here, there]
        start, closes = begins(model, job, rows[at, NOW] + to[0])
        if start > closes or start + row[SERVICE] + on[0] > rows[at, BY]:
            continue
        floor = -NEVER
        if length > 0:
            ticks, metres = int(to[0]) + on[0] - skipped[0], int(to[1]) + on[1] - skipped[1]
            if info[WAY] + ticks > terms[DRIVE_MAX] or info[FAR] + metres > terms[METRES_MAX]:
                continue
            floor = ticks * terms[DRIVE_RATE] + metres * terms[METRE_RATE] + charge
            floor += max(0, start - row[DUE_START]) * row[RATE_START]
            floor += max(0, start + row[SERVICE] - row[DUE_END]) * row[RATE_END]
            if info[UNSURE] or ticks + row[SERVICE] < 0 or not enough:
                floor += info[BARE] - info[COST] + terms[FLOOR_RATE] * (info[WORK] + ticks + row[SERVICE])
            else:
                floor += terms[FLOOR_RATE] * max(0, info[WORK] + ticks + row[SERVICE] - info[SPAN])
            if floor >= best:
                continue
        lacks = length + 1 if enough else suffices(model, shift, trial, length + 1, desk.left, desk.drawn)
        sound, cost, _, _ = arrange(
            model, shift, trial, length + 1, at, rows, desk, lacks, floor + info[COST], best + info[COST]
        )  # fmt: skip
        if sound and cost - info[COST] < best:
            best, best_at = cost - info[COST], at
    return best, best_at


@inner
def remembered(model: Model, state: State, shift: int, job: int) -> tuple[int, int]:
    """Return what `cheapest` returns, from memory where the route and the job were met before.

    The key is that of the route with the job behind it: of XOR alone, a route that ends in one of two jobs would
    have the same key for the other as the route that ends in the other has for the one.
    """
    key = signed(state.info[shift, SIGN], model.codes[model.shift.shape[0] + job])
    key = key ^ ((key >> 23) & 0x1FFFFFFFFFF)
    entry = state.memory[key & (MEMORY - 1)]
    if entry[0] == key:
        return entry[1], entry[2]
    cost, at = cheapest(model, state, shift, job, False)
    entry[0], entry[1], entry[2] = key, cost, at
    return cost, at


@inner
def offer(model: Model, state: State, shift: int, job: int, count: int) -> int:
    """Add a shift to the options of `job`, once; return how many there are."""
    if model.shift[shift, FROZEN] or state.info[shift, SEEN] == state.notes[STAMP]:
        return count
    state.info[shift, SEEN] = state.notes[STAMP]
    if model.pair[shift, job] < 0:
        return count
    state.options[count] = shift
    return count + 1


@inner
def gather(model: Model, state: State, job: int) -> int:
    """Write the shifts that `job` tries into `options`; return how many there are."""
    state.notes[STAMP] += 1
    if state.notes[AT_HOME] >= 0:
        state.info[state.notes[AT_HOME], SEEN] = state.notes[STAMP]
    count = 0
    if state.notes[FAVOURED] >= 0:
        count = offer(model, state, state.notes[FAVOURED], job, count)
    for k in range(min(HOMES, model.homes.shape[1])):
        if model.homes[job, k] >= 0:
            count = offer(model, state, model.homes[job, k], job, count)
    for k in range(min(ASKED, model.near.shape[1])):
        if count >= SHIFTS:
            break
        shift = state.where[model.near[job, k]]
        if shift >= 0:
            count = offer(model, state, shift, job, count)
    m = model.shift.shape[0]
    empty, first = 0, below(state.draws, m)
    for k in range(min(m, 32)):
        shift = (first + k) % m
        if empty >= 2 or count >= state.options.shape[0]:
            break
        if state.info[shift, LENGTH] == 0:
            before = count
            count = offer(model, state, shift, job, count)
            empty += count - before
    return count


@inner
def favour(model: Model, state: State) -> None:
    """Now and then favour a shift that isn't used: its first job pays only a share of what opening it costs.

    The way out and home, a restock stop and the fixed cost fall on the first job, which greedy insertion
    therefore puts elsewhere, though a whole day's jobs may pay for them.
    """
    if state.notes[WAITING] == 0 or below(state.draws, ONE) >= FAVOURS:
        return
    job = state.waiting[below(state.draws, state.notes[WAITING])]
    state.notes[SHARES] = max(1, state.totals[SERVED] // max(1, state.totals[USED]))
    for _ in range(16):
        shift = below(state.draws, model.shift.shape[0])
        if state.info[shift, LENGTH] == 0 and model.pair[shift, job] >= 0 and not model.shift[shift, FROZEN]:
            state.notes[FAVOURED] = shift
            return


@inner
def opens(model: Model, state: State, shift: int, job: int) -> bool:
    """Whether the job would be the first of the shift, or the one for which it restocks."""
    if state.info[shift, LENGTH] == 0:
        return True
    return not state.info[shift, STOPS] and not equipped(model, state, shift, job)


@inner
def insert(model: Model, state: State, job: int) -> bool:
    """Put a job where it costs least; False if no shift tried has room for it."""
    count = gather(model, state, job)
    while True:
        best, best_k, best_at = NEVER, NOBODY, NOBODY
        for k in range(count):
            shift = state.options[k]
            if below(state.draws, ONE) < state.notes[EYES] * (state.info[shift, LENGTH] + 1):
                cost, at = cheapest(model, state, shift, job, True)
            else:
                cost, at = remembered(model, state, shift, job)
            if shift == state.notes[FAVOURED] and cost < NEVER and opens(model, state, shift, job):
                cost //= state.notes[SHARES]
            if cost < best:
                best, best_k, best_at = cost, k, at
        if best_k < 0:
            return False
        if model.job[job, WORTH] == 0 and best >= 0 and below(state.draws, 8) > 0:
            return False  # worth nothing and no saving by itself; now and then it is tried all the same
        if put(model, state, state.options[best_k], job, best_at):
            return True
        count -= 1  # a pool has run dry: the next best shift may draw less
        state.options[best_k] = state.options[count]
        if model.pools.shape[0] == 0:
            return False


@inner
def recreate(model: Model, state: State) -> None:
    """Insert the waiting jobs in a drawn order, mostly those of more worth first.

    A job left out before takes the place of one of its worth only if it goes before it; behind it, it fills a gap.
    """
    draw = below(state.draws, 13)
    order = RANDOM if draw < 4 else LONG if draw < 6 else TIGHT if draw < 8 else FAR_OUT if draw < 10 else SCARCE
    if draw == 12:
        order = CLOSE_IN
    by_worth, behind = below(state.draws, ONE) < BY_WORTH, below(state.draws, ONE) < BEHIND
    favour(model, state)
    state.notes[EYES] = TIRED if below(state.draws, 8) == 0 else BLINK
    for k in range(state.notes[WAITING]):
        job = state.waiting[k]
        row = model.job[job]
        state.keys[k, 0] = (-2 * row[WORTH] if by_worth else 0) + (behind and state.slot[job] >= 0)
        state.keys[k, 1] = rank(model, state, job, order)
    sort(state.waiting, state.keys, state.notes[WAITING])
    for k in range(state.notes[WAITING]):
        insert(model, state, state.waiting[k])


@inner
def rank(model: Model, state: State, job: int, order: int) -> int:
    """Return a job's place in an order: the smaller, the earlier."""
    row = model.job[job]
    if order == LONG:
        return -row[SERVICE]
    if order == TIGHT:
        return row[WIDTH]
    if order == SCARCE:
        return row[CHOICES] * ONE + below(state.draws, ONE)
    if order in (FAR_OUT, CLOSE_IN) and model.homes[job, 0] >= 0:
        way = int(model.legs[model.shift[model.homes[job, 0], ORIGIN], row[PLACE], 0])
        return -way if order == FAR_OUT else way
    return below(state.draws, ONE)


@inner
def sort(jobs: Ints, keys: Ints, count: int) -> None:
    """Sort the first `count` jobs by their two keys, in place."""
    for i in range(1, count):
        job, first, second = jobs[i], keys[i, 0], keys[i, 1]
        k = i - 1
        while k >= 0 and (keys[k, 0] > first or (keys[k, 0] == first and keys[k, 1] > second)):
            jobs[k + 1], keys[k + 1, 0], keys[k + 1, 1] = jobs[k], keys[k, 0], keys[k, 1]
            k -= 1
        jobs[k + 1], keys[k + 1, 0], keys[k + 1, 1] = job, first, second
