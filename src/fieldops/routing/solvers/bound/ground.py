"""From a program to what the pricer reads: shifts that are alike, and the arrays of each kind.

Where the pricer sees less than the clock, :func:`relaxed` names the verb.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.program import NEVER, NOBODY, Program
from fieldops.routing.solvers.bound.labels import (
    BASE,
    CAP,
    DEAR,
    DRIVE_MAX,
    DUE_END,
    DUE_START,
    END,
    FIRST,
    FIXED,
    HOME_BY,
    LIMIT,
    METRES_MAX,
    NONE,
    OVERTIME,
    PAY,
    RATE_END,
    RATE_START,
    SERVICE,
    START,
    WINDOW,
    WINDOWS,
    WORD,
    Ground,
    Ints,
)  # fmt: skip
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.legs import legs_between
from fieldops.units import Money

NEIGHBOURS: Final = 8
CLOSEST: Final = 3
JOB_COLUMNS, TERMS = 9, 9


@dataclass
class Kind:
    """Shifts that are alike in all their arrays, and what the pricer needs of one of them.

    Attributes
    ----------
    shifts
        Their numbers in the program.
    jobs
        (n,) The jobs they may do, by their numbers in the program; `ground` counts in this order.
    ground
        The arrays of the kernels.
    neighbours : bool (n, n)
        Whether the column's job is remembered at the row's; `ground.near` in bits.
    departures
        The moments from which a day may begin: the shift's start, and when a rest is over at home.
    step
        The shortest time between the ends of two services.
    draws
        (orders of the program, rows of `Pools`) Pieces that each order draws.
    """

    shifts: tuple[int, ...]
    jobs: Ints
    ground: Ground
    neighbours: NDArray[np.bool_]
    departures: tuple[int, ...]
    step: int
    draws: Ints

    def profit(self, jobs: Ints, pools: Ints) -> Ints:
        """Return what doing each of its orders gains, at prices of all the program's orders and of pieces."""
        return jobs[self.jobs] - self.draws[self.jobs] @ pools

    @property
    def memory(self) -> tuple[tuple[int, int], ...]:
        """Pairs of jobs, by their numbers in the program: the second is remembered at the first."""
        at, job = np.nonzero(self.neighbours)
        return tuple(zip(self.jobs[at].tolist(), self.jobs[job].tolist(), strict=True))

    def remember(self, at: int, job: int) -> None:
        """Let routes remember `job` at the job `at` (both by the numbers of `ground`)."""
        self.neighbours[at, job] = True
        self.ground.near[at, job // WORD] |= 1 << (job % WORD)


def kinds_of(
    program: Program, pools: Pools, halt: Callable[[], bool], some: Sequence[int] | None = None
) -> list[Kind] | None:
    """Return the shifts of a settled program, those alike in all their arrays together; None if time runs out.

    With `some` only those shifts.

    Raises
    ------
    ValueError
        If the arrays of all kinds would take more than `MOST_BYTES`.
    """
    alike: dict[tuple[object, ...], list[int]] = {}
    for shift in range(len(program.shifts)) if some is None else some:
        alike.setdefault(signature(program, pools, shift), []).append(shift)
    needed = sum(LEG_BYTES * int(pools.allowed[:, shifts[0]].sum() + 1) ** 2 for shifts in alike.values())
    if needed > MOST_BYTES:
        raise ValueError(
            f"ways between the orders of {len(alike):,} kinds of shifts would take {needed / 2**30:,.0f} GiB, "
            f"more than {MOST_BYTES / 2**30:,.0f}: prove smaller days, or regions by themselves"
        )
    try:
        return [_kind(program, pools, tuple(shifts), halt) for shifts in alike.values()]
    except _TimeIsUp:
        return None


def without(kind: Kind, banned: NDArray[np.bool_]) -> Kind:
    """Return a kind that may not do the jobs (of the program) that are banned; memory is that of the kind itself."""
    job = kind.ground.job.copy()
    job[banned[kind.jobs], WINDOWS] = 0
    return replace(kind, ground=kind.ground._replace(job=job))


class _TimeIsUp(Exception):
    """Arrays of so many orders take seconds, and the caller's limit ended while they were made."""


def _unless(halt: Callable[[], bool]) -> None:
    if halt():
        raise _TimeIsUp


LOOK: Final = 16  # passes over all ways between looks at the clock: of 3,000 orders each takes a twentieth of a second
LEG_BYTES: Final = 34  # time, metres, cost and reach of a pair of orders, and whether one remembers the other
MOST_BYTES: Final = 8 * 2**30
FINEST: Final = 2**10
ROOM: Final = 2**58  # what sums of prices may come to


def dearest(kinds: list[Kind]) -> Money:
    """Return more than any day can cost."""
    most = 1
    for kind in kinds:
        ground, terms = kind.ground, kind.ground.terms.tolist()
        n, span = len(kind.jobs), max(0, terms[LIMIT] - terms[START])
        late = [
            max(0, terms[LIMIT] - due) * rate
            for ends in ((DUE_START, RATE_START), (DUE_END, RATE_END))
            for due, rate in ground.job[:, ends].tolist()
        ]
        way = (n + 1) * int(ground.cost.max(initial=0)) + int(ground.job[:, BASE].sum())
        most = max(most, terms[FIXED] + way + span * (terms[PAY] + terms[OVERTIME]) + sum(late))
    return most


def refine(kinds: list[Kind], jobs: int) -> int:
    """Count costs in parts of a unit of Money, that rounding prices loses next to nothing; return how many parts."""
    fine = max(1, min(FINEST, ROOM // ((jobs + 1) ** 2 * dearest(kinds))))
    scale(kinds, fine)
    return fine


def scale(kinds: list[Kind], fine: int) -> None:
    """Count costs in `fine` parts of a unit of Money."""
    for kind in kinds:
        ground = kind.ground
        ground.job[:, [BASE, RATE_START, RATE_END]] *= fine
        ground.terms[[PAY, OVERTIME, FIXED]] *= fine
        ground.cost[:] *= fine


def signature(program: Program, pools: Pools, shift: int) -> tuple[object, ...]:
    """Return all that the pricer reads of a shift."""
    columns = (
        program.origin, program.destination, program.first, program.start, program.end, program.overtime_max,
        program.overtime_rate, program.pay_rate, program.pay_shift, program.fixed, program.drive_rate,
        program.metre_rate, program.drive_max_s, program.drive_max_m,
    )  # fmt: skip
    pairs = (pools.allowed[:, shift].tobytes(), program.charged[:, shift].tobytes(), pools.draws(shift).tobytes())
    return (*(int(column[shift]) for column in columns), tuple(program.rests[shift]), *pairs)


def _kind(program: Program, pools: Pools, shifts: tuple[int, ...], halt: Callable[[], bool]) -> Kind:
    _unless(halt)
    shift = shifts[0]
    jobs = np.flatnonzero(pools.allowed[:, shift]).astype(np.int64)
    time, metres = _legs(program, shift, jobs)
    last = _last_return(program, shift, jobs, time)
    job, windows = _job_rows(program, shift, jobs, last)
    rests = np.array(program.rests[shift], np.int64).reshape(-1, HOME_BY + 1)
    terms = _terms(program, shift, jobs, last)
    cost = time * (program.drive_rate[shift] + terms[PAY]) + metres * program.metre_rate[shift]
    fits = time <= max(0, int(terms[LIMIT] - terms[START]))
    cost[~fits] = cost[fits].max(initial=0)  # in no day; where there is no way it would coarsen all numbers
    reach = _reach(time, job, windows, int(terms[LIMIT]), halt)
    neighbours = _neighbours(time, job, NEIGHBOURS)
    near, close = _bits(neighbours), _bits(_neighbours(time, job, CLOSEST))
    begin = int(terms[START])
    late = sorted({int(e + length) for length, e, *_ in program.rests[shift] if begin < e + length <= terms[LIMIT]})
    departures = (begin, *(late if terms[FIRST] == NONE else ()))
    between = time[:-1, :-1] + job[:, SERVICE]
    np.fill_diagonal(between, NEVER)
    ground = Ground(job, windows, rests, terms, time, np.ascontiguousarray(cost), metres, reach, near, close)
    step = int(between.min(initial=NEVER))
    return Kind(shifts, jobs, ground, neighbours, departures, step, pools.draws(shift))


def _legs(program: Program, shift: int, jobs: Ints) -> tuple[Ints, Ints]:
    """Return ticks and metres from jobs and the origin (last row) to jobs and the destination (last column)."""
    travel, places = program.problem.travel, program.job_place[jobs]
    starts, ends = np.append(places, program.origin[shift]), np.append(places, program.destination[shift])
    both = legs_between(travel, starts, ends).astype(np.int64)
    for depot in program.depot_place[program.stock.restocks[shift]]:
        # Stops to restock are left out, but a way by a depot may be shorter than the way without.
        by = np.array([depot])
        both = np.minimum(both, legs_between(travel, starts, by).astype(np.int64) + legs_between(travel, by, ends))
    return np.ascontiguousarray(both[..., 0]), np.ascontiguousarray(both[..., 1])


def _last_return(program: Program, shift: int, jobs: Ints, time: Ints) -> int:
    """Return a moment by which any day of this shift is over: its limit, or all waiting and then all work."""
    waits = [moment for job in jobs for w in program.windows[job] for moment in w if abs(moment) < NEVER]
    waits += [rest[2] for rest in program.rests[shift]]
    work = int(program.service[jobs].sum()) + sum(rest[0] for rest in program.rests[shift])
    over = max([int(program.start[shift]), *waits]) + work + (len(jobs) + 1) * int(time.max(initial=0))
    return min(over, int(program.end[shift]) + int(program.overtime_max[shift]))


def _job_rows(program: Program, shift: int, jobs: Ints, last: int) -> tuple[Ints, Ints]:
    pay = int(program.pay_rate[shift])
    begin = int(program.start[shift])
    job = np.zeros((len(jobs), JOB_COLUMNS), np.int64)
    windows: list[tuple[int, int]] = []
    for row, number in zip(job, jobs.tolist(), strict=True):
        own = [(max(opens, begin), min(closes, last)) for opens, closes in program.windows[number]]
        own = [(opens, closes) for opens, closes in own if opens <= closes]
        row[WINDOW], row[WINDOWS] = len(windows), len(own)
        windows += own
        dues = program.due_at[number] - [0, program.service[number]]
        rates = program.due_rate[number]
        # Where being late costs less than waiting, the clock's refusal to leave later is not followed.
        row[CAP] = min((int(due) for due, rate in zip(dues, rates, strict=True) if rate and rate >= pay), default=NEVER)
    job[:, SERVICE] = program.service[jobs]
    job[:, BASE] = program.charged[jobs, shift] + pay * program.service[jobs]
    job[:, [DUE_START, DUE_END]], job[:, [RATE_START, RATE_END]] = program.due_at[jobs], program.due_rate[jobs]
    return job, np.array(windows, np.int64).reshape(-1, 2)


def _terms(program: Program, shift: int, jobs: Ints, last: int) -> Ints:
    terms = np.zeros(TERMS, np.int64)
    terms[START], terms[END], terms[LIMIT] = program.start[shift], program.end[shift], last
    terms[PAY], terms[OVERTIME], terms[FIXED] = (
        program.pay_rate[shift], program.overtime_rate[shift], program.fixed[shift],
    )  # fmt: skip
    for column, limit in ((DRIVE_MAX, program.drive_max_s[shift]), (METRES_MAX, program.drive_max_m[shift])):
        terms[column] = DEAR if limit >= NEVER else limit
    first = int(program.first[shift])
    terms[FIRST] = NONE
    if first != NOBODY:
        found = np.flatnonzero(jobs == first)
        # A started order that the shift may not do: nothing can come first, so nothing comes at all.
        terms[FIRST], terms[LIMIT] = (found[0], last) if len(found) else (NONE, terms[START] - 1)
    return terms


def _reach(time: Ints, job: Ints, windows: Ints, limit: int, halt: Callable[[], bool]) -> Ints:
    """Return when one must leave at the latest to do a job and be home in time, going by any way round."""
    n = len(job)
    way = time.copy()
    for k in range(n):
        if k % LOOK == 0:
            _unless(halt)
        np.minimum(way, (way[:, k] + job[k, SERVICE])[:, None] + way[k], out=way)
    closes = np.full(n, -NEVER, np.int64)
    for j in range(n):
        own = windows[job[j, WINDOW] : job[j, WINDOW] + job[j, WINDOWS], 1]
        closes[j] = min(own.max(initial=-NEVER), limit - int(job[j, SERVICE]) - int(way[j, n]))
    return np.ascontiguousarray(closes - way[:, :n])


def _bits(table: NDArray[np.bool_]) -> Ints:
    """Return rows of a table as words of bits, with an empty row for the origin."""
    bits = np.zeros((len(table) + 1, max(1, -(-len(table) // WORD))), np.int64)
    for at, other in zip(*np.nonzero(table), strict=True):
        bits[at, other // WORD] |= 1 << (int(other) % WORD)
    return bits


def _neighbours(time: Ints, job: Ints, count: int) -> NDArray[np.bool_]:
    """Return for each job the nearest others, and all that lie no time away, lest routes go round in them."""
    n = len(job)
    round_trip = time[:n, :n] + time[:n, :n].T + job[:, SERVICE] + job[:, SERVICE][:, None]
    own = np.arange(n)
    round_trip[own, own] = -1
    remembered = round_trip <= 0
    for j in range(n):
        remembered[j, np.lexsort((own, round_trip[j]))[: count + 1]] = True
    return np.asarray(remembered, bool)


def relaxed(program: Program, kinds: list[Kind]) -> tuple[str, ...]:
    """Name the verbs of which the pricer may see less than the clock: the bound is valid, but may be weaker.

    - ``start_within``: of several windows the clock takes the first still open, the pricer the cheapest.
    - ``due``: lateness that costs less than a paid tick of waiting; the clock never departs later for it.
    - ``rest``: a rest at home before leaving, with a departure that the clock would not delay so far.
    - ``workday``: overtime that costs less than regular time; the pricer then may come home later.
    - ``need``, ``carry``, ``pool``, ``load``, ``restock``: of tools and parts it knows what :mod:`pools` says.
    - ``at_most``: a limit of a day's duration.
    """
    found = program.said & {"need", "carry", "pool", "load", "restock"}
    if (program.duration_max < NEVER).any():
        found.add("at_most")
    for kind in kinds:
        ground, pay = kind.ground, int(kind.ground.terms[PAY])
        rates = ground.job[:, [RATE_START, RATE_END]]
        if (ground.job[:, WINDOWS] > 1).any() and (pay or rates.any()):
            found.add("start_within")
        if ((rates > 0) & (rates < pay)).any():
            found.add("due")
        if len(kind.departures) > 1:
            found.add("rest")
        if ground.terms[OVERTIME] < pay and ground.terms[LIMIT] > ground.terms[END]:
            found.add("workday")
    return tuple(sorted(found))
