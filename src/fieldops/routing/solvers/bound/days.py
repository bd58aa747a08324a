"""Compiled: every day of one kind that costs less than a limit at given prices, and what days cost at others.

Field days are short, so once prices are good and the limit is close there are some hundred thousand of them, and they
are simply listed, depth first; what `look_ahead` promises cuts off the rest (Baldacci, Christofides and Mingozzi, 2008,
"An exact algorithm for the vehicle routing problem based on the set partitioning formulation with additional cuts",
Mathematical Programming 115, 351-385, section 5).

A cut counts rows that a day serves, its jobs and its kind of shift: each second one costs a penalty (subset rows:
Jepsen, Petersen, Spoorendonk and Pisinger, 2008, "Subset-row inequalities applied to the vehicle-routing problem with
time windows", Operations Research 56(2), 497-511; see :mod:`.cuts`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.solvers.bound.labels import (
    AT,
    DEAR,
    FIRST,
    MEMORY,
    NONE,
    NOW,
    WORD,
    Ground,
    Ints,
    day_costs,
    go,
    hopeless,
    leave,
    sit,
)  # fmt: skip
from fieldops.routing.solvers.search.cache import kernel

Short = NDArray[np.int16]
LONGEST: Final = 32  # jobs in a day; longer ones are not listed, and then nothing is
DEEPEST: Final = LONGEST + 8  # with rests
DONE, PAUSED, FULL, TOO_LONG = range(4)
# entries of Stack.notes
DEPTH, LISTED, STEPS = range(3)


class Cuts(NamedTuple):
    """Cuts by the rows they count: jobs first, then kinds of shifts.

    Attributes
    ----------
    begin
        (rows + 1,): where each row's cuts begin in `of`.
    of
        Numbers of cuts, row by row.
    penalty
        Of each cut, 0 or more, for each second row of it that a day serves.
    """

    begin: Ints
    of: Ints
    penalty: Ints


class Stack(NamedTuple):
    """Where the listing stands, so that it can pause.

    Attributes
    ----------
    labels
        (DEEPEST + 2, columns) The labels on the way from home to here.
    choice, job, paid
        (DEEPEST + 2,) What to try next at each, the job just done (or none: a rest), penalties so far.
    counts
        How many rows of each cut are served.
    notes
        Counters.
    """

    labels: Ints
    choice: Ints
    job: Ints
    paid: Ints
    counts: Ints
    notes: Ints


@kernel
def list_begin(ground: Ground, stack: Stack, now: int) -> None:
    """Stand at home, ready to leave at or after `now`."""
    leave(ground, stack.labels[0], now)
    stack.choice[0], stack.job[0], stack.paid[0], stack.notes[DEPTH] = 0, NONE, 0, 0


@kernel
def list_days(
    ground: Ground, profit: Ints, ahead: Ints, width: int, limit: int, cuts: Cuts, owner: Ints, stack: Stack,
    jobs: Short, costs: Ints, masks: Ints, budget: int,
) -> int:  # fmt: skip
    """List days that cost less than `limit` at `profit` and penalties, depth first; go on where `stack` stands.

    Written row by row: jobs in their order (-1 behind the last), what the day costs without profits and penalties,
    its jobs in bits. Returns why it stopped: see the head of this module.
    """
    n, words, terms = ground.job.shape[0], ground.near.shape[1], ground.terms
    windows, rests = ground.windows.shape[0], ground.rests.shape[0]
    labels, notes = stack.labels, stack.notes
    while notes[DEPTH] >= 0:
        if budget <= 0:
            return PAUSED
        if notes[LISTED] == costs.shape[0]:
            return FULL
        budget -= 1
        depth = notes[DEPTH]
        label, choice = labels[depth], stack.choice[depth]
        if choice == windows + rests:
            job = stack.job[depth]
            if job != NONE:
                for h in range(cuts.begin[job], cuts.begin[job + 1]):
                    stack.counts[cuts.of[h]] -= 1
            notes[DEPTH] -= 1
            continue
        stack.choice[depth] += 1
        if depth == DEEPEST:
            return TOO_LONG
        new = labels[depth + 1]
        if choice >= windows:
            if (label[AT] == n and terms[FIRST] != NONE) or not sit(ground, label, new, choice - windows):
                continue
            if new[AT] < n and hopeless(ground, ahead, new, width, limit - stack.paid[depth]):
                continue
            notes[DEPTH] += 1
            stack.choice[depth + 1], stack.job[depth + 1], stack.paid[depth + 1] = 0, NONE, stack.paid[depth]
        else:
            j = owner[choice]
            if j == NONE:
                continue
            if (label[MEMORY + j // WORD] >> (j % WORD)) & 1 or label[NOW] > ground.reach[label[AT], j]:
                continue
            if terms[FIRST] != NONE and (label[AT] == n) != (j == terms[FIRST]):
                continue
            if not go(ground, profit, label, new, j, choice):
                continue
            paid = stack.paid[depth]
            for h in range(cuts.begin[j], cuts.begin[j + 1]):
                if stack.counts[cuts.of[h]] & 1:
                    paid += cuts.penalty[cuts.of[h]]
            for word in range(words):
                new[MEMORY + word] = label[MEMORY + word]
            if hopeless(ground, ahead, new, width, limit - paid):
                continue
            for h in range(cuts.begin[j], cuts.begin[j + 1]):
                stack.counts[cuts.of[h]] += 1
            new[MEMORY + j // WORD] |= 1 << (j % WORD)
            notes[DEPTH] += 1
            stack.choice[depth + 1], stack.job[depth + 1], stack.paid[depth + 1] = 0, j, paid
        depth = notes[DEPTH]
        total = day_costs(ground, new) if new[AT] < n else DEAR
        if total >= DEAR or total + stack.paid[depth] >= limit:
            continue
        row, length = notes[LISTED], 0
        for d in range(1, depth + 1):
            if stack.job[d] != NONE:
                if length == LONGEST:
                    return TOO_LONG
                jobs[row, length] = stack.job[d]
                total += profit[stack.job[d]]
                length += 1
        for place in range(length, LONGEST):
            jobs[row, place] = NONE
        costs[row] = total
        for word in range(words):
            masks[row, word] = new[MEMORY + word]
        notes[LISTED] += 1
    return DONE


@kernel
def reduced_costs(
    jobs: Short, costs: Ints, kinds: Short, out_of_use: NDArray[np.uint8], profit: Ints, cuts: Cuts, counts: Ints,
    least: Ints, reduced: Ints,
) -> None:  # fmt: skip
    """Fill `reduced` with what listed days cost at other prices, and `least` with the least of each kind (or 0)."""
    least[:] = 0
    for row in range(jobs.shape[0]):
        if out_of_use[row]:
            reduced[row] = DEAR
            continue
        cost, length, own = costs[row], 0, profit.shape[0] + kinds[row]
        for h in range(cuts.begin[own], cuts.begin[own + 1]):
            counts[cuts.of[h]] += 1
        while length < jobs.shape[1] and jobs[row, length] != NONE:
            j = jobs[row, length]
            cost -= profit[j]
            for h in range(cuts.begin[j], cuts.begin[j + 1]):
                counts[cuts.of[h]] += 1
                if counts[cuts.of[h]] & 1 == 0:
                    cost += cuts.penalty[cuts.of[h]]
            length += 1
        for place in range(length):
            j = jobs[row, place]
            for h in range(cuts.begin[j], cuts.begin[j + 1]):
                counts[cuts.of[h]] = 0
        for h in range(cuts.begin[own], cuts.begin[own + 1]):
            counts[cuts.of[h]] = 0
        reduced[row] = cost
        least[kinds[row]] = min(least[kinds[row]], cost)
