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
from fieldops.units import Money

TRIED_IN_EVERY_ORDER = 6


def forced(clock: Clock) -> dict[int, tuple[list[int], Walk]]:
    """Return for each shift with kept work its tokens, in an order that breaks as little as can be."""
    program = clock.program
    kept: dict[int, list[int]] = {}
    for job in np.flatnonzero(program.pinned != NOBODY).tolist():
        kept.setdefault(int(program.pinned[job]), []).append(job)
    return {shift: _best_order(clock, shift, jobs) for shift, jobs in sorted(kept.items())}


def _best_order(clock: Clock, shift: int, jobs: list[int]) -> tuple[list[int], Walk]:
    """Return kept work in an order that breaks as little as can be; where it breaks nothing, a cheap one."""
    program = clock.program
    lead = [job for job in jobs if job == program.first[shift]]
    others = [job for job in jobs if job not in lead]
    others.sort(key=lambda job: (program.windows[job][0] if program.windows[job] else (NEVER, NEVER), job))
    order = list(lead)
    for job in others:
        order = min(_places(order, job, len(lead)), key=lambda jobs: _evil(clock.walk(shift, jobs)))
    best = clock.with_stops(shift, order)
    if not best[1].breach:
        return best
    if len(others) <= TRIED_IN_EVERY_ORDER:
        tries = (clock.with_stops(shift, [*lead, *tail]) for tail in permutations(others))
        return min(tries, key=lambda tried: _evil(tried[1]))
    return _relocated(clock, shift, order, len(lead))


def _relocated(clock: Clock, shift: int, order: list[int], lead: int) -> tuple[list[int], Walk]:
    """Move one order at a time to where the day breaks and costs least, until none is better elsewhere."""
    best, better = clock.with_stops(shift, order), True
    while better:
        better = False
        for job in order[lead:]:
            for jobs in _places([other for other in order if other != job], job, lead):
                tried = clock.with_stops(shift, jobs)
                if _evil(tried[1]) < _evil(best[1]):
                    order, best, better = jobs, tried, True
    return best


def _places(jobs: list[int], job: int, lead: int) -> list[list[int]]:
    return [[*jobs[:gap], job, *jobs[gap:]] for gap in range(lead, len(jobs) + 1)]


def _evil(walk: Walk) -> tuple[int, Money]:
    return walk.breach, walk.cost


def concede(clock: Clock) -> dict[int, list[int]]:
    """Widen the limits of the clock's program until kept work alone fits; return that work by shift.

    Only what the kept work breaks is widened, and only by as much: windows of the kept orders, the end of
    the shift, the limits of driving and of the day, drives without a way, the rest, the tools and parts that
    kept orders ask for, what depots hold.
    """
    days, stock = {}, clock.program.stock
    for shift, (tokens, walk) in forced(clock).items():
        days[shift] = _widen(clock, shift, tokens, walk) if walk.breach else tokens
    for (depot, kind), over in stock.overdrawn([stock.account(*day) for day in days.items()]).items():
        stock.pools[depot][kind] += over
    return days


def _widen(clock: Clock, shift: int, tokens: list[int], walk: Walk) -> list[int]:
    program = clock.program
    for token, start in zip(tokens, walk.starts, strict=True):
        if program.is_rest(token):
            rest = token - program.first_rest
            duration, earliest, latest, home_by = program.rests[shift][rest]
            program.rests[shift][rest] = (duration, earliest, max(latest, start), home_by)
        elif program.is_job(token) and not any(opens <= start <= closes for opens, closes in program.windows[token]):
            # an order that has no moment at all begins at any moment as wrongly as at this one
            granted = (start, start) if program.windows[token] else (-NEVER, NEVER)
            program.windows[token] = sorted([*program.windows[token], granted])
    over = walk.back - int(program.end[shift])
    program.overtime_max[shift] = max(int(program.overtime_max[shift]), over)
    program.drive_max_s[shift] = max(int(program.drive_max_s[shift]), sum(drive[0] for drive in walk.drives))
    program.drive_max_m[shift] = max(int(program.drive_max_m[shift]), sum(drive[1] for drive in walk.drives))
    program.duration_max[shift] = max(int(program.duration_max[shift]), walk.back - walk.depart)
    program.no_way[shift] = clock.no_way(tokens, walk.drives)
    for job, kind, missing in program.stock.account(shift, tokens).lacking:
        program.stock.needs[job][kind] -= missing  # a tool more in the van would serve other orders as well
    return _let_rests_go(program, shift, tokens, walk)


def _let_rests_go(program: Program, shift: int, tokens: list[int], walk: Walk) -> list[int]:
    """Ask no longer for rests that kept work leaves no room for; return the tokens, rests renumbered."""
    stay = []
    for token in program.rest_tokens(shift):
        duration, earliest, _, home_by = program.rests[shift][token - program.first_rest]
        if token in tokens or walk.depart >= earliest + duration or walk.back <= home_by:
            stay.append(token)
    program.rests[shift] = [program.rests[shift][token - program.first_rest] for token in stay]
    renumbered = {token: program.first_rest + k for k, token in enumerate(stay)}
    return [renumbered.get(token, token) for token in tokens]
