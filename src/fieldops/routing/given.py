"""What pinned and started work forces: the days that hold nothing else, and what they break.

A plan adds no breach of a hard rule. Where pinned work alone already breaks one (two promises an hour
apart with two hours of road between them), that breach is given: the program concedes just so much that
the pinned work fits, and the checker reports it as given instead of refusing every plan.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from fieldops.routing.clock import Clock, Walk
from fieldops.routing.program import NEVER, NOBODY, Program

TRIED_IN_EVERY_ORDER = 6


def forced(clock: Clock) -> dict[int, tuple[list[int], Walk]]:
    """Return for each shift with kept work its tokens, in the order that breaks and costs least."""
    program = clock.program
    kept: dict[int, list[int]] = {}
    for job in np.flatnonzero(program.pinned != NOBODY).tolist():
        kept.setdefault(int(program.pinned[job]), []).append(job)
    return {shift: _best_order(clock, shift, jobs) for shift, jobs in sorted(kept.items())}


def _best_order(clock: Clock, shift: int, jobs: list[int]) -> tuple[list[int], Walk]:
    program = clock.program
    first = [job for job in jobs if job == program.first[shift]]
    others = [job for job in jobs if job not in first]
    others.sort(key=lambda job: (program.windows[job][0] if program.windows[job] else (NEVER, NEVER), job))
    orders = permutations(others) if len(others) <= TRIED_IN_EVERY_ORDER else [tuple(others)]
    tries = (clock.with_rests(shift, [*first, *order]) for order in orders)
    return min(tries, key=lambda tried: (tried[1].breach, tried[1].cost))


def concede(clock: Clock) -> dict[int, list[int]]:
    """Widen the limits of the clock's program until kept work alone fits; return that work by shift.

    Only what the kept work breaks is widened, and only by as much: windows of the kept orders, the end of
    the shift, the limits of driving, the rest.
    """
    days = {}
    for shift, (tokens, walk) in forced(clock).items():
        days[shift] = _widen(clock.program, shift, tokens, walk) if walk.breach else tokens
    return days


def _widen(program: Program, shift: int, tokens: list[int], walk: Walk) -> list[int]:
    for token, start in zip(tokens, walk.starts, strict=True):
        if program.is_rest(token):
            rest = token - len(program.jobs)
            duration, earliest, latest = program.rests[shift][rest]
            program.rests[shift][rest] = (duration, earliest, max(latest, start))
        elif not any(opens <= start <= closes for opens, closes in program.windows[token]):
            program.windows[token] = sorted([*program.windows[token], (start, start)])
    over = walk.back - int(program.end[shift])
    program.overtime_max[shift] = max(int(program.overtime_max[shift]), over)
    program.drive_max_s[shift] = max(int(program.drive_max_s[shift]), sum(drive[0] for drive in walk.drives))
    program.drive_max_m[shift] = max(int(program.drive_max_m[shift]), sum(drive[1] for drive in walk.drives))
    return _let_rests_go(program, shift, tokens, walk)


def _let_rests_go(program: Program, shift: int, tokens: list[int], walk: Walk) -> list[int]:
    """Ask no longer for rests that kept work leaves no room for; return the tokens, rests renumbered."""
    stay = []
    for token in program.rest_tokens(shift):
        duration, earliest, latest = program.rests[shift][token - len(program.jobs)]
        if token in tokens or walk.depart >= earliest + duration or walk.back <= latest:
            stay.append(token)
    program.rests[shift] = [program.rests[shift][token - len(program.jobs)] for token in stay]
    renumbered = {token: len(program.jobs) + k for k, token in enumerate(stay)}
    return [renumbered.get(token, token) for token in tokens]
