"""The one forward evaluator: a sequence of explicit tokens on a shift, by the rules of the clock.

:class:`fieldops.routing.clock.Clock` defines time; `walk` repeats its five rules for sound days, and a test
holds the two equal. What moves the clock (drive, service, rest) happens here and nowhere else; all other
rules arrive as numbers in the arrays.

A delay of the departure moves each start by what waiting has not swallowed before it, and by the clock's
fourth rule nothing becomes late or later. So one pass gives times and cost of the delayed day as well.
"""

from __future__ import annotations

from typing import Final

from fieldops.routing.program import NEVER
from fieldops.routing.solvers.search.arrays import (
    CLOSES,
    DESTINATION,
    DRIVE_MAX,
    DRIVE_RATE,
    DUE_END,
    DUE_START,
    DURATION,
    EARLIEST,
    END,
    FIRST,
    FIXED,
    HELD,
    LATEST,
    LIMIT,
    METRE_RATE,
    METRES_MAX,
    OPENS,
    ORIGIN,
    OVERTIME,
    PAY,
    PLACE,
    RATE_END,
    RATE_START,
    REST,
    RESTS,
    SERVICE,
    START,
    WINDOW,
    WINDOWS,
    Ints,
    Model,
)  # fmt: skip
from fieldops.routing.solvers.search.cache import inner, kernel

# what is known before each token of a route, and, in the last column, when it must be reached at the latest
NOW, AT, WAITED, DELAY, MONEY, DRIVEN, METRES, RESTED, BY = range(9)
STATE: Final = 9

SOUND, WITHOUT_REST, BROKEN = 0, 1, 2


@inner
def copy(source: Ints, target: Ints, count: int) -> None:
    """Copy the first `count` numbers."""
    for i in range(count):
        target[i] = source[i]


@inner
def begins(model: Model, job: int, arrive: int) -> tuple[int, int]:
    """Return when service begins after an arrival and when its window closes (before the start: too late)."""
    row = model.job[job]
    if row[WINDOWS] == 1:
        return max(arrive, row[OPENS]), row[CLOSES]
    for w in range(row[WINDOW], row[WINDOW] + row[WINDOWS]):
        if arrive <= model.windows[w, 1]:
            return max(arrive, model.windows[w, 0]), model.windows[w, 1]
    return arrive, -NEVER


@kernel
def walk(
    model: Model, shift: int, tokens: Ints, length: int, begin: int, rows: Ints, keep: bool
) -> tuple[int, int, int, int]:
    """Walk `tokens` on `shift` from token `begin` on; return verdict, cost, departure and return.

    Parameters
    ----------
    tokens, length
        Jobs (below n) and rests (n + k); only the first, and those from `begin` on, are read.
    rows
        What is known before each token; row `begin` is read if it is not 0. With `keep`, rows from
        `begin` to `length` are written.

    Returns
    -------
    tuple
        `SOUND`, `WITHOUT_REST` (nothing else is wrong) or `BROKEN` (the rest of the answer means nothing);
        Money; ticks.
    """
    n = model.job.shape[0]
    terms = model.shift[shift]
    if length == 0:
        if keep:
            rows[0, NOW], rows[0, AT], rows[0, WAITED], rows[0, DELAY] = terms[START], terms[ORIGIN], 0, NEVER
            rows[0, MONEY], rows[0, DRIVEN], rows[0, METRES], rows[0, RESTED] = 0, 0, 0, 0
        return SOUND, 0, terms[START], terms[START] + model.legs[terms[ORIGIN], terms[DESTINATION], 0]
    now, at, waited, delay = terms[START], terms[ORIGIN], 0, NEVER
    money, driven, metres, rested = 0, 0, 0, 0
    if begin > 0:
        now, at, waited, delay = rows[begin, NOW], rows[begin, AT], rows[begin, WAITED], rows[begin, DELAY]
        money, driven = rows[begin, MONEY], rows[begin, DRIVEN]
        metres, rested = rows[begin, METRES], rows[begin, RESTED]
    held = terms[HELD] != 0
    for i in range(begin, length):
        if keep:
            rows[i, NOW], rows[i, AT], rows[i, WAITED], rows[i, DELAY] = now, at, waited, delay
            rows[i, MONEY], rows[i, DRIVEN], rows[i, METRES], rows[i, RESTED] = money, driven, metres, rested
        token = tokens[i]
        if token >= n:
            rest = model.rests[terms[REST] + token - n]
            start = max(now, rest[EARLIEST])
            slack = rest[LATEST] - start
            waited += start - now
            now = start + rest[DURATION]
            rested |= 1 << (token - n)
        else:
            row = model.job[token]
            leg = model.legs[at, row[PLACE]]
            driven += int(leg[0])
            metres += int(leg[1])
            arrive = now + leg[0]
            start, closes = begins(model, token, arrive)
            slack = closes - start
            waited += start - arrive
            now, at = start + row[SERVICE], row[PLACE]
            charge = model.pair[shift, token]
            if charge < 0:
                return BROKEN, 0, 0, 0
            money += charge
            if row[RATE_START] > 0 and slack >= 0:
                late = start - row[DUE_START]
                money += max(0, late) * row[RATE_START]
                slack = min(slack, max(0, -late))
            if row[RATE_END] > 0 and slack >= 0:
                late = now - row[DUE_END]
                money += max(0, late) * row[RATE_END]
                slack = min(slack, max(0, -late))
        if slack < 0:
            return BROKEN, 0, 0, 0
        delay = min(delay, waited if held else waited + slack)
    if keep:
        rows[length, NOW], rows[length, AT], rows[length, WAITED], rows[length, DELAY] = now, at, waited, delay
        rows[length, MONEY], rows[length, DRIVEN] = money, driven
        rows[length, METRES], rows[length, RESTED] = metres, rested
    leg = model.legs[at, terms[DESTINATION]]
    driven += int(leg[0])
    metres += int(leg[1])
    back = now + leg[0]
    if back > terms[LIMIT] or driven > terms[DRIVE_MAX] or metres > terms[METRES_MAX]:
        return BROKEN, 0, 0, 0
    if terms[FIRST] >= 0 and tokens[0] != terms[FIRST]:
        return BROKEN, 0, 0, 0
    depart = terms[START]
    if terms[FIRST] < 0:
        depart += max(0, min(delay, waited))
    verdict = SOUND
    for k in range(terms[RESTS]):
        rest = model.rests[terms[REST] + k]
        if not (rested >> k) & 1 and depart < rest[EARLIEST] + rest[DURATION] and back > rest[LATEST]:
            verdict = WITHOUT_REST
    money += terms[FIXED] + max(0, min(back, terms[END]) - depart) * terms[PAY]
    money += max(0, back - terms[END]) * terms[OVERTIME]
    money += driven * terms[DRIVE_RATE] + metres * terms[METRE_RATE]
    return verdict, money, depart, back


@inner
def reach_by(model: Model, shift: int, jobs: Ints, length: int, rows: Ints) -> None:
    """Write into `rows` when each job, and the end, must be reached at the latest if no rest were due.

    A later arrival breaks the day; an earlier one need not be sound: the test only prunes.
    """
    terms = model.shift[shift]
    rows[length, BY] = terms[LIMIT]
    at = terms[DESTINATION]
    for i in range(length - 1, -1, -1):
        row = model.job[jobs[i]]
        rows[i, BY] = min(row[CLOSES], rows[i + 1, BY] - model.legs[row[PLACE], at, 0] - row[SERVICE])
        at = row[PLACE]


@kernel
def survey(model: Model, shift: int, jobs: Ints, length: int, rows: Ints) -> bool:
    """Fill `rows` for a day without rests; return whether nothing but a rest is wrong."""
    verdict, _, _, _ = walk(model, shift, jobs, length, 0, rows, True)
    if verdict == BROKEN:
        return False
    reach_by(model, shift, jobs, length, rows)
    return True


@inner
def lead(model: Model, shift: int, jobs: Ints, length: int) -> int:
    """Return the first position that is free: after a started job."""
    return 1 if length > 0 and model.shift[shift, FIRST] >= 0 else 0


@inner
def spell(model: Model, shift: int, jobs: Ints, length: int, gaps: Ints, tokens: Ints) -> int:
    """Write jobs and rests (each before the job that `gaps` names) into `tokens`; return how many there are."""
    size, n = 0, model.job.shape[0]
    for i in range(length + 1):
        for r in range(model.shift[shift, RESTS]):
            if gaps[r] == i:
                tokens[size] = n + r
                size += 1
        if i < length:
            tokens[size] = jobs[i]
            size += 1
    return size


@inner
def room_for_rest(model: Model, shift: int, rest: int, row: Ints, to: int) -> bool:
    """Whether a rest may be taken where `row` stands, if no other rest were due; `to` is the next place."""
    own = model.rests[model.shift[shift, REST] + rest]
    end = max(row[NOW], own[EARLIEST]) + own[DURATION]
    return row[NOW] <= own[LATEST] and end + model.legs[row[AT], to, 0] <= row[BY]


@kernel
def arrange(
    model: Model, shift: int, jobs: Ints, length: int, begin: int, rows: Ints, ahead: Ints, tokens: Ints, gaps: Ints
) -> tuple[bool, int, int, int]:
    """Put the rests of `shift` among `jobs` where the day costs least; no place that could be best is left out.

    Rests stay in the order of their earliest starts. A rest that can be had at home is left out.

    Parameters
    ----------
    jobs, length, begin
        The day without rests. With ``begin < length``, the job at `begin` is new among those of `rows`.
    rows
        Describes the jobs before `begin` (see `walk`) and when all but the new one must be reached.
    ahead, tokens
        Room to write in: rows for `length` jobs, tokens for jobs and rests together.
    gaps
        (2, at least the number of rests): row 1 is filled with the place of each rest, counted in jobs
        before it, or `length` + 1 for at home.

    Returns
    -------
    tuple
        Whether there is a sound day, its cost, departure and return.
    """
    terms = model.shift[shift]
    rests, front = terms[RESTS], lead(model, shift, jobs, length)
    if rests == 0:
        verdict, money, depart, back = walk(model, shift, jobs, length, begin, rows, False)
        return verdict == SOUND, money, depart, back
    copy(rows[begin], ahead[begin], STATE)
    verdict, money, depart, back = walk(model, shift, jobs, length, begin, ahead, True)
    for r in range(rests):
        gaps[0, r], gaps[1, r] = front, length + 1
    if verdict != WITHOUT_REST:
        return verdict == SOUND, money, depart, back
    if begin < length:
        new, to = model.job[jobs[begin]], terms[DESTINATION]
        if begin + 1 < length:
            to = model.job[jobs[begin + 1], PLACE]
        ahead[begin, BY] = min(new[CLOSES], rows[begin, BY] - model.legs[new[PLACE], to, 0] - new[SERVICE])
        for i in range(begin + 1, length + 1):
            ahead[i, BY] = rows[i - 1, BY]
    best, best_depart, best_back = NEVER, terms[START], terms[START]
    while True:
        k, previous, known, worth_a_walk = 0, front, length, True
        for r in range(rests):
            gap = gaps[0, r]
            if gap <= length and worth_a_walk:
                row = ahead[gap] if gap >= begin else rows[gap]
                to = model.job[jobs[gap], PLACE] if gap < length else terms[DESTINATION]
                worth_a_walk = gap >= previous and room_for_rest(model, shift, r, row, to)
                previous, known = gap, min(known, gap)
        if worth_a_walk:
            size = spell(model, shift, jobs, length, gaps[0], tokens)
            verdict, money, depart, back = walk(
                model, shift, tokens, size, known, ahead if known >= begin else rows, False
            )
            if verdict == SOUND and money < best:
                best, best_depart, best_back = money, depart, back
                for r in range(rests):
                    gaps[1, r] = gaps[0, r]
        while k < rests:
            gaps[0, k] += 1
            if gaps[0, k] <= length + 1:
                break
            gaps[0, k] = front
            k += 1
        if k == rests:
            return best < NEVER, best, best_depart, best_back
