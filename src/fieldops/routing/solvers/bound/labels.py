"""Compiled labels: the cheapest route of one shift at given prices, by dynamic programming over jobs and time.

A label is a day begun: it stands at a job whose service is over. All numbers are int64, so what is proved here
is exact. Times are free: a label stands for every way to wait on its route, of which the clock takes one, so the
least cost found is never above the clock's.

A paid day costs pay for each tick between departure and return, and the departure may wait. So the cost of a
label, as a function of the moment ``t`` at which its service is over, is ``COST + pay * max(0, t - KINK)`` for
``t >= NOW``: flat while a later departure swallows the wait, then rising. Extending a label moves `NOW` by rules
1 to 3 of the clock and caps `KINK` at the close of the window, or where lateness would begin to cost more than
waiting. A label is dropped if another at the same job costs no more at every such moment, has rested and driven
no worse, remembers no more jobs, and costs no more even with what its cuts may still make it pay (see `Marks`).

Jobs are remembered as in Baldacci, Mingozzi and Roberti (2011), "New route relaxation and pricing strategies for
the vehicle routing problem", Operations Research 59(5), 1269-1283: a label forgets a job on reaching one that
does not have it among its neighbours (``near``), so a route may return to it, at a detour.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.solvers.search.cache import inner, kernel

Ints = NDArray[np.int64]

# columns of Ground.job
SERVICE, BASE, WINDOW, WINDOWS, DUE_START, RATE_START, DUE_END, RATE_END, CAP = range(9)
# entries of Ground.terms
START, END, LIMIT, PAY, OVERTIME, FIXED, DRIVE_MAX, METRES_MAX, FIRST = range(9)
# columns of Ground.rests
LENGTH, EARLIEST, LATEST, HOME_BY = range(4)
# columns of Pool.labels; words of remembered jobs follow, then the same with those that can't be reached any more,
# and words of cuts that are half paid (see `Marks`), then the same with those that can't be paid any more
NOW, COST, KINK, DRIVEN, METRES, RESTED, AT, PARENT, NEXT, QUEUE, STATE, MEMORY = range(12)
OPEN, DONE, DROPPED = range(3)
# entries of Pool.notes
COUNT, BUCKET, MADE, CUT = range(4)
# entries of a cell of `ahead`
BEST, JOB, SECOND = range(3)

COMPLETE, PAUSED, FULL = range(3)
QUICK, NEARBY, EXACT = range(3)  # efforts: see `run`
WORD: Final = 62  # bits used of an int64
NONE: Final = -1
NEARLY: Final = 20  # days that gain less than the best one by this part of it are not looked for
DEAR: Final = 2**61  # the cost of what can't be


class Ground(NamedTuple):
    """One shift as the pricer sees it, with only the `n` jobs it may do.

    Attributes
    ----------
    job, windows, rests, terms
        Columns are named at the head of this module; a job's windows are ``WINDOWS`` rows from row ``WINDOW`` on.
    time, cost, metres
        (n + 1, n + 1): from a job, or the origin (row n), to a job, or the destination (column n). `cost` holds
        pay for the time as well.
    reach
        (n + 1, n): the latest moment at which one may leave so as to do the job and get home, going any way round.
    near
        (n + 1, words): the jobs still remembered at a job, bit by bit.
    close
        The same for the few that count when pricing need not be exact.
    """

    job: Ints
    windows: Ints
    rests: Ints
    terms: Ints
    time: Ints
    cost: Ints
    metres: Ints
    reach: Ints
    near: Ints
    close: Ints


class Marks(NamedTuple):
    """Subset-row cuts as one kind of shifts meets them at given prices: each second row served costs a penalty.

    Where a day serves one row of a cut it is marked, where it serves the next it pays and the mark is gone. A mark is
    lost on reaching a job that is not in the cut's memory, so a cut counts less than it might, but fewer labels differ
    by marks (limited memory: Pecin, Pessoa, Poggi and Uchoa, 2017, "Improved branch-cut-and-price for capacitated
    vehicle routing", Mathematical Programming Computation 9, 61-100).

    Attributes
    ----------
    counts
        (n, words): the cuts of which a job is a row, bit by bit.
    keeps
        (n, words): the cuts whose memory holds a job, its own among them.
    first
        (words,): the cuts marked from the start, of which this kind itself is a row.
    penalty
        (cuts,): of each, dearest first.
    """

    counts: Ints
    keeps: Ints
    first: Ints
    penalty: Ints


class Pool(NamedTuple):
    """Room for labels.

    Attributes
    ----------
    labels
        One row each.
    heads
        (n + 1, stretches): the first label at each job whose service is over in a stretch of time; `NEXT`
        leads on to dearer ones.
    buckets
        Labels still to be extended, by time; `QUEUE` leads on.
    best
        (n, 2): the least reduced cost of a day that ends at the job, and its label.
    notes
        Counters.
    """

    labels: Ints
    heads: Ints
    buckets: Ints
    best: Ints
    notes: Ints


@inner
def home(ground: Ground, now: int, cost: int, kink: int, at: int) -> int:
    """Return what a day costs that goes home now: overtime, and pay for the waiting that is left."""
    terms = ground.terms
    back = now + ground.time[at, ground.job.shape[0]]
    total = cost + ground.cost[at, ground.job.shape[0]]
    kink += ground.time[at, ground.job.shape[0]]
    if terms[OVERTIME] < terms[PAY]:  # a later day may be cheaper, as overtime is paid less
        back = max(back, min(kink, terms[LIMIT]))
    total += terms[PAY] * max(0, back - kink)
    return int(total + (terms[OVERTIME] - terms[PAY]) * max(0, back - terms[END]))


@inner
def day_costs(ground: Ground, label: Ints) -> int:
    """Return the reduced cost of the day that goes home from here, or `DEAR` where it can't."""
    n, terms, at = ground.job.shape[0], ground.terms, label[AT]
    back = label[NOW] + ground.time[at, n]
    if back > terms[LIMIT] or label[DRIVEN] + ground.time[at, n] > terms[DRIVE_MAX]:
        return DEAR
    if label[METRES] + ground.metres[at, n] > terms[METRES_MAX]:
        return DEAR
    for k in range(ground.rests.shape[0]):
        if not (label[RESTED] >> k) & 1 and back > ground.rests[k, HOME_BY]:
            return DEAR
    return home(ground, label[NOW], label[COST], label[KINK], at)


@inner
def note_day(ground: Ground, pool: Pool, row: int) -> None:
    """Let the label go home, and note the day if it is the best that ends at its job."""
    total, at = day_costs(ground, pool.labels[row]), pool.labels[row, AT]
    if total < pool.best[at, 0]:
        pool.best[at, 0], pool.best[at, 1] = total, row
        # Days that gain less than nearly as much as the best one are not looked for any longer. The best one itself
        # always is: its own gain must be found again by a search that begins with this.
        pool.notes[CUT] = min(pool.notes[CUT], total + max(1, -total // NEARLY))


@inner
def marked(marks: Marks, one: Ints, other: Ints, words: int, most: int) -> bool:
    """Whether the marks that `one` has and `other` has not, and could pay for, may cost more than `most`."""
    own = marks.first.shape[0]
    for word in range(own):
        begin = MEMORY + 2 * words + word
        more = one[begin] & ~other[begin + own]
        cut = word * WORD
        while more:
            if more & 1:
                most -= marks.penalty[cut]
                if most < 0:
                    return True
            more >>= 1
            cut += 1
    return False


@inner
def beats(ground: Ground, marks: Marks, one: Ints, other: Ints, effort: int) -> bool:
    """Whether `other` need not be kept beside `one`, both at the same job."""
    pay, terms, words, now = ground.terms[PAY], ground.terms, ground.near.shape[1], other[NOW]
    if one[NOW] > now:
        return False
    ahead = other[COST] + pay * max(0, now - other[KINK]) - one[COST] - pay * max(0, now - one[KINK])
    if ahead < 0:
        return False
    if effort == QUICK:
        return True
    ahead = min(ahead, other[COST] - pay * other[KINK] - one[COST] + pay * one[KINK])
    if ahead < 0:
        return False
    if other[RESTED] & ~one[RESTED]:
        return False
    if terms[DRIVE_MAX] < DEAR and one[DRIVEN] > other[DRIVEN]:
        return False
    if terms[METRES_MAX] < DEAR and one[METRES] > other[METRES]:
        return False
    for word in range(words):
        more = one[MEMORY + word] & ~other[MEMORY + words + word]
        if effort == NEARBY:
            more &= ground.close[one[AT], word]
        if more:
            return False
    return effort == NEARBY or not marked(marks, one, other, words, ahead)


@inner
def foresee(ground: Ground, marks: Marks, label: Ints) -> None:
    """Note beside what is remembered and marked what no way on from here reaches or pays any more."""
    at, n, words, own = label[AT], ground.job.shape[0], ground.near.shape[1], marks.first.shape[0]
    begin = MEMORY + 2 * words
    for word in range(words):
        label[MEMORY + words + word] = label[MEMORY + word]
    for word in range(own):
        label[begin + own + word] = 0
    for j in range(n):
        if label[NOW] > ground.reach[at, j]:
            label[MEMORY + words + j // WORD] |= 1 << (j % WORD)
        else:
            for word in range(own):
                label[begin + own + word] |= marks.counts[j, word]
    for word in range(own):
        label[begin + own + word] = label[begin + word] | ~label[begin + own + word]


@inner
def mark(marks: Marks, label: Ints, new: Ints, job: int, words: int) -> int:
    """Write into `new` the marks of a label that goes on to a job; return what that makes it pay."""
    own, owed = marks.first.shape[0], 0
    for word in range(own):
        begin = MEMORY + 2 * words + word
        kept = label[begin] & marks.keeps[job, word]
        paid, cut = kept & marks.counts[job, word], word * WORD
        new[begin] = kept ^ marks.counts[job, word]
        while paid:
            if paid & 1:
                owed += marks.penalty[cut]
            paid >>= 1
            cut += 1
    return owed


@inner
def admit(ground: Ground, marks: Marks, pool: Pool, width: int, effort: int) -> None:
    """Keep the label written behind the last one, unless another beats it; drop those it beats."""
    labels, row = pool.labels, pool.notes[COUNT]
    label = labels[row]
    at, n = label[AT], ground.job.shape[0]
    foresee(ground, marks, label)
    value = label[COST] + ground.terms[PAY] * max(0, label[NOW] - label[KINK])
    cells, now = pool.heads.shape[1], label[NOW] - ground.terms[START]
    own = min(cells - 1, now // (width * (1 + (pool.buckets.shape[0] - 1) // cells)))
    for cell in range(own + 1):
        other = pool.heads[at, cell]
        while other != NONE and labels[other, COST] <= value:  # what costs more beats nothing
            if beats(ground, marks, labels[other], label, effort):
                return
            other = labels[other, NEXT]
    label[NEXT] = NONE
    for cell in range(own, cells):
        before, other = NONE, pool.heads[at, cell]
        while other != NONE and labels[other, COST] < label[COST]:
            before, other = other, labels[other, NEXT]
        if cell == own:
            label[NEXT] = other
            if before == NONE:
                pool.heads[at, cell] = row
            else:
                labels[before, NEXT] = row
            before = row
        while other != NONE:
            after = labels[other, NEXT]
            if beats(ground, marks, label, labels[other], effort):
                labels[other, STATE] = DROPPED
                if before == NONE:
                    pool.heads[at, cell] = after
                else:
                    labels[before, NEXT] = after
            else:
                before = other
            other = after
    label[STATE] = OPEN
    bucket = min(pool.buckets.shape[0] - 1, (label[NOW] - ground.terms[START]) // width)
    label[QUEUE] = pool.buckets[bucket]
    pool.buckets[bucket] = row
    pool.notes[COUNT] += 1
    if at < n:
        note_day(ground, pool, row)


@inner
def lateness(row: Ints, start: int) -> int:
    """Return what beginning a job at `start` costs in lateness."""
    late = max(0, start - row[DUE_START]) * row[RATE_START]
    return int(late + max(0, start + row[SERVICE] - row[DUE_END]) * row[RATE_END])


@inner
def go(ground: Ground, profit: Ints, label: Ints, new: Ints, job: int, w: int) -> bool:
    """Write into `new` the label that goes on to a job within its window `w`; return whether it can."""
    terms, row = ground.terms, ground.job[job]
    leg, closes = ground.time[label[AT], job], ground.windows[w, 1]
    arrive, driven = label[NOW] + leg, label[DRIVEN] + leg
    metres = label[METRES] + ground.metres[label[AT], job]
    if arrive > closes or driven > terms[DRIVE_MAX] or metres > terms[METRES_MAX]:
        return False
    start = max(arrive, ground.windows[w, 0])
    if start + row[SERVICE] > terms[LIMIT]:
        return False
    new[NOW], new[DRIVEN], new[METRES] = start + row[SERVICE], driven, metres
    new[COST] = label[COST] + ground.cost[label[AT], job] + row[BASE] - profit[job] + lateness(row, start)
    new[KINK] = min(label[KINK] + leg, min(closes, max(start, row[CAP]))) + row[SERVICE]
    new[RESTED], new[AT] = label[RESTED], job
    return True


@inner
def sit(ground: Ground, label: Ints, new: Ints, k: int) -> bool:
    """Write into `new` the label that rests where it stands; return whether it can."""
    own = ground.rests[k]
    start = max(label[NOW], own[EARLIEST])
    if (label[RESTED] >> k) & 1 or start > own[LATEST] or start + own[LENGTH] > ground.terms[LIMIT]:
        return False
    for column in range(label.shape[0]):
        new[column] = label[column]
    new[NOW], new[KINK] = start + own[LENGTH], min(label[KINK], own[LATEST]) + own[LENGTH]
    new[COST] += ground.terms[PAY] * own[LENGTH]
    new[RESTED] |= 1 << k
    return True


@inner
def leave(ground: Ground, label: Ints, now: int) -> None:
    """Write a departure at or after `now`: rests that are over by then are taken at home."""
    terms = ground.terms
    for column in range(label.shape[0]):
        label[column] = 0
    label[NOW], label[COST], label[KINK] = now, terms[FIXED], terms[LIMIT]
    if terms[FIRST] != NONE:
        label[KINK] = now
    for k in range(ground.rests.shape[0]):
        if now >= ground.rests[k, EARLIEST] + ground.rests[k, LENGTH]:
            label[RESTED] |= 1 << k
    label[AT], label[PARENT] = ground.job.shape[0], NONE


@inner
def hopeless(ground: Ground, ahead: Ints, label: Ints, width: int, cut: int) -> bool:
    """Whether even what `look_ahead` promises leaves the label no gain of `cut`."""
    job = label[AT]
    cost = label[COST] + ground.terms[PAY] * max(0, label[NOW] - label[KINK])  # waiting that is paid stays paid
    stretch = min((label[NOW] - ground.terms[START]) // width, ahead.shape[2] - 1)
    cell = ahead[label[RESTED] & (ahead.shape[0] - 1), job, stretch]
    if cost + cell[BEST] >= cut:
        return True
    follows = cell[JOB]
    if follows == NONE or cost + cell[SECOND] < cut:
        return False
    return bool((label[MEMORY + follows // WORD] >> (follows % WORD)) & 1)


@inner
def visit(
    ground: Ground, marks: Marks, profit: Ints, ahead: Ints, pool: Pool, parent: int, job: int, width: int, effort: int
) -> None:
    """Extend a label to a job, in each of its windows that is still open."""
    labels, row, words = pool.labels, ground.job[job], ground.near.shape[1]
    label = labels[parent]
    for w in range(row[WINDOW], row[WINDOW] + row[WINDOWS]):
        new = labels[pool.notes[COUNT]]
        if not go(ground, profit, label, new, job, w):
            continue
        for word in range(words):
            new[MEMORY + word] = label[MEMORY + word] & ground.near[job, word]
        new[COST] += mark(marks, label, new, job, words)
        if hopeless(ground, ahead, new, width, pool.notes[CUT]):
            continue
        new[PARENT] = parent
        new[MEMORY + job // WORD] |= 1 << (job % WORD)
        pool.notes[MADE] += 1
        admit(ground, marks, pool, width, effort)


@inner
def rest(ground: Ground, marks: Marks, ahead: Ints, pool: Pool, parent: int, k: int, width: int, effort: int) -> None:
    """Extend a label by a rest where it stands."""
    new = pool.labels[pool.notes[COUNT]]
    if sit(ground, pool.labels[parent], new, k):
        if new[AT] < ground.job.shape[0] and hopeless(ground, ahead, new, width, pool.notes[CUT]):
            return
        new[PARENT] = parent
        pool.notes[MADE] += 1
        admit(ground, marks, pool, width, effort)


@kernel
def begin(ground: Ground, marks: Marks, pool: Pool, now: int, width: int, effort: int) -> None:
    """Put a departure at or after `now` into the pool."""
    label, words = pool.labels[pool.notes[COUNT]], ground.near.shape[1]
    leave(ground, label, now)
    for word in range(marks.first.shape[0]):
        label[MEMORY + 2 * words + word] = marks.first[word]
    admit(ground, marks, pool, width, effort)


@kernel
def run(
    ground: Ground, marks: Marks, profit: Ints, ahead: Ints, pool: Pool, width: int, effort: int, budget: int
) -> int:
    """Extend labels in the order of time until none is left, the room is full or `budget` is spent.

    `QUICK` drops labels without regard to what they remember and how long they may wait; `NEARBY` only regards
    whether they remember the jobs closest by; neither regards marks. Their routes are real, but only what `EXACT`
    finds proves anything.
    """
    n, notes = ground.job.shape[0], pool.notes
    spare = ground.windows.shape[0] + ground.rests.shape[0] + 1
    while budget > 0:
        while notes[BUCKET] < pool.buckets.shape[0] and pool.buckets[notes[BUCKET]] == NONE:
            notes[BUCKET] += 1
        if notes[BUCKET] == pool.buckets.shape[0]:
            return COMPLETE
        if notes[COUNT] + spare > pool.labels.shape[0]:
            return FULL
        row = pool.buckets[notes[BUCKET]]
        label = pool.labels[row]
        pool.buckets[notes[BUCKET]] = label[QUEUE]
        if label[STATE] == DROPPED:
            continue
        label[STATE] = DONE
        budget -= 1
        at, first = label[AT], ground.terms[FIRST]
        if at == n and first != NONE:
            visit(ground, marks, profit, ahead, pool, row, first, width, effort)
            continue
        for j in range(n):
            known = (label[MEMORY + j // WORD] >> (j % WORD)) & 1
            if not known and j != first and label[NOW] <= ground.reach[at, j]:
                visit(ground, marks, profit, ahead, pool, row, j, width, effort)
        for k in range(ground.rests.shape[0]):
            rest(ground, marks, ahead, pool, row, k, width, effort)
    return PAUSED
