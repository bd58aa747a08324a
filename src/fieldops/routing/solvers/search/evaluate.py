"""The one forward evaluator: a sequence of explicit tokens on a shift, by the rules of the clock.

:class:`fieldops.routing.clock.Clock` defines time; `walk` repeats its five rules for sound days, and a test
holds the two equal. What moves the clock (drive, service, rest, restock) happens here and nowhere else; all other
rules arrive as numbers in the arrays.

A delay of the departure moves each start by what waiting has not swallowed before it, and by the clock's
fourth rule nothing becomes late or later. So one pass gives times and cost of the delayed day as well.
"""

from __future__ import annotations

from typing import Final

from fieldops.routing.program import NEVER
from fieldops.routing.solvers.search.arrays import (
    CLOSES,
    DEPOT_PLACE,
    DEPOT_SERVICE,
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
    HOME_BY,
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
    SPAN_MAX,
    START,
    WINDOW,
    WINDOWS,
    Ints,
    Model,
)  # fmt: skip
from fieldops.routing.solvers.search.cache import inner

# what is known before each token of a route, and, in the last column, when it must be reached at the latest
NOW, AT, WAITED, DELAY, MONEY, DRIVEN, METRES, RESTED, BY = range(9)
STATE: Final = 9

SOUND, UNFINISHED, BROKEN = 0, 1, 2


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


@inner
def walk(
    model: Model, shift: int, tokens: Ints, length: int, begin: int, rows: Ints, keep: bool
) -> tuple[int, int, int, int]:
    """Walk `tokens` on `shift` from token `begin` on; return verdict, cost, departure and return.

    Parameters
    ----------
    tokens, length
        Jobs (below n), stops at depots (n + k) and rests (n + d + k); only the first, and those from `begin`
        on, are read.
    rows
        What is known before each token; row `begin` is read if it is not 0. With `keep`, rows from
        `begin` to `length` are written.

    Returns
    -------
    tuple
        `SOUND`, `UNFINISHED` (a rest is missing or the day too long, which further stops may mend) or `BROKEN`
        (the rest of the answer means nothing); Money; ticks.
    """
    n = model.job.shape[0]
    first_rest = n + model.depot.shape[0]
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
        if token >= first_rest:
            rest = model.rests[terms[REST] + token - first_rest]
            start = max(now, rest[EARLIEST])
            slack = rest[LATEST] - start
            waited += start - now
            now = start + rest[DURATION]
            rested |= 1 << (token - first_rest)
        elif token >= n:
            depot = model.depot[token - n]
            leg = model.legs[at, depot[DEPOT_PLACE]]
            driven += int(leg[0])
            metres += int(leg[1])
            now, at = now + leg[0] + depot[DEPOT_SERVICE], depot[DEPOT_PLACE]
            slack = NEVER
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
    verdict = SOUND if back - depart <= terms[SPAN_MAX] else UNFINISHED  # a later stop may end in a later window
    for k in range(terms[RESTS]):
        rest = model.rests[terms[REST] + k]
        if not (rested >> k) & 1 and depart < rest[EARLIEST] + rest[DURATION] and back > rest[HOME_BY]:
            verdict = UNFINISHED
    money += terms[FIXED] + max(0, min(back, terms[END]) - depart) * terms[PAY]
    money += max(0, back - terms[END]) * terms[OVERTIME]
    money += driven * terms[DRIVE_RATE] + metres * terms[METRE_RATE]
    return verdict, money, depart, back


@inner
def place_of(model: Model, shift: int, tokens: Ints, length: int, i: int) -> int:
    """Return the place of the `i`-th job or depot, or of the end of the day after the last."""
    if i >= length:
        return model.shift[shift, DESTINATION]
    n = model.job.shape[0]
    return model.job[tokens[i], PLACE] if tokens[i] < n else model.depot[tokens[i] - n, DEPOT_PLACE]


@inner
def reach_by(model: Model, shift: int, stops: Ints, length: int, rows: Ints) -> None:
    """Write into `rows` when each job or depot, and the end, must be reached at the latest if no rest were due.

    A later arrival breaks the day; an earlier one need not be sound: the test only prunes.
    """
    n = model.job.shape[0]
    rows[length, BY] = model.shift[shift, LIMIT]
    then = model.shift[shift, DESTINATION]
    for i in range(length - 1, -1, -1):
        if stops[i] < n:
            row = model.job[stops[i]]
            place, service, closes = row[PLACE], row[SERVICE], row[CLOSES]
        else:
            depot = model.depot[stops[i] - n]
            place, service, closes = depot[DEPOT_PLACE], depot[DEPOT_SERVICE], NEVER
        rows[i, BY] = min(closes, rows[i + 1, BY] - model.legs[place, then, 0] - service)
        then = place


@inner
def survey(model: Model, shift: int, jobs: Ints, length: int, rows: Ints) -> bool:
    """Fill `rows` for a day without rests; return whether nothing is wrong that stops can't mend."""
    verdict, _, _, _ = walk(model, shift, jobs, length, 0, rows, True)
    if verdict == BROKEN:
        return False
    reach_by(model, shift, jobs, length, rows)
    return True


@inner
def lead(model: Model, shift: int, jobs: Ints, length: int) -> int:
    """Return the first position that is free: after a started job."""
    return 1 if length > 0 and model.shift[shift, FIRST] >= 0 else 0
