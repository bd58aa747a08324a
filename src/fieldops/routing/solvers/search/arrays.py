"""The program as a few flat arrays, the only thing kernels read.

Rows of one table lie together, because a route looks at one job's whole row at a time and a kernel's call
gets slower with each array it is handed. All are C-contiguous int64, travel int32: a
kernel is compiled once for each kind of argument, so one kind of whole number saves half the compiling.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.program import NEVER, NOBODY, Program
from fieldops.routing.solvers.legs import legs_between
from fieldops.routing.stock import ENDLESS

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]

# columns of Model.job
PLACE, SERVICE, WORTH, WINDOW, WINDOWS, OPENS, CLOSES = range(7)
DUE_START, RATE_START, DUE_END, RATE_END, KEPT, LOOSE, WIDTH, CHOICES, NEED, NEEDS = range(7, 17)
JOB_COLUMNS: Final = 17
# columns of Model.shift
ORIGIN, DESTINATION, START, END, LIMIT, PAY, OVERTIME, FIXED, DRIVE_RATE, METRE_RATE = range(10)
DRIVE_MAX, METRES_MAX, FIRST, HELD, REST, RESTS, FLOOR_RATE, FROZEN, SPAN_MAX, LOADS = range(10, 20)
SHIFT_COLUMNS: Final = 20
# columns of Model.rests
DURATION, EARLIEST, LATEST, HOME_BY = range(4)
# columns of Model.need
KIND, PIECES = range(2)
# columns of Model.depot; from OFFERED on, one for each shift
DEPOT_PLACE, DEPOT_SERVICE, OFFERED = range(3)
# rows of Model.stock; from CARRIED on, one for each shift, then one for each depot
LASTS, CARRIED = range(2)
# what a depot's row of Model.stock says of a kind, or else the number of its pool
NOTHING, WITHOUT_END = -2, -1

NEAR_MOST: Final = 100
HOMES_MOST: Final = 16
FORBIDDEN: Final = -1


class Model(NamedTuple):
    """What kernels know of a program with `n` jobs, `m` shifts, `d` depots and `q` kinds of tools and parts.

    Attributes
    ----------
    job, shift
        One row each; the columns are named at the head of this module.
    windows
        Rows (opens, closes); a job's are ``WINDOWS`` rows from row ``WINDOW`` on.
    rests
        Rows (duration, earliest, latest, home by); a shift's are ``RESTS`` rows from row ``REST`` on.
    legs
        (k, k, 2): ticks and metres between the places that are used.
    pair
        (m, n): Money that the job costs on the shift, or `FORBIDDEN`.
    near
        (n, k): the other jobs, nearest first.
    homes
        (n, h): the shifts that may do the job, least detour first, then -1.
    codes
        Random numbers for `m` shifts, then `n` jobs: they tell routes apart.
    depot
        (d, 2 + m): place, ticks on site, and for each shift whether it may stop there.
    need
        Rows (kind, pieces); a job's are ``NEEDS`` rows from row ``NEED`` on.
    stock
        (1 + m + d, q): whether the kind is a tool, which lasts; what each van carries; what each depot gives.
    pools
        (p,): pieces that all shifts together may draw.
    """

    job: Ints
    shift: Ints
    windows: Ints
    rests: Ints
    legs: Shorts
    pair: Ints
    near: Ints
    homes: Ints
    codes: Ints
    depot: Ints
    need: Ints
    stock: Ints
    pools: Ints


def model_of(program: Program) -> Model:
    """Return the arrays of a settled program, as it stands now."""
    used, places = np.unique(
        np.concatenate([program.job_place, program.origin, program.destination, program.depot_place]),
        return_inverse=True,
    )
    n, m = len(program.jobs), len(program.shifts)
    legs = legs_between(program.problem.travel, used, used)
    job, windows = _job_rows(program, places[:n])
    shift, rests = _shift_rows(program, places[n : n + m], places[n + m : n + 2 * m])
    depot, need, stock, pools = _stock(program, job, places[n + 2 * m :])
    pair = _pairs(program, shift, _equipped(program))
    job[:, CHOICES] = (pair >= 0).sum(axis=0)
    ticks = legs[..., 0]
    codes = np.random.default_rng(20_191_019).integers(-(2**62), 2**62, n + m, dtype=np.int64)
    near, homes = _near(ticks, places[:n]), _homes(ticks, job, shift, pair)
    return Model(job, shift, windows, rests, legs, pair, near, homes, codes, depot, need, stock, pools)


def _job_rows(program: Program, places: Ints) -> tuple[Ints, Ints]:
    n = len(program.jobs)
    windows: list[tuple[int, int]] = []
    job = np.zeros((n, JOB_COLUMNS), np.int64)
    dearest = int(max(program.pay_rate.max(initial=0), program.overtime_rate.max(initial=0)))
    for index in range(n):
        own = program.windows[index] or [(NEVER, -NEVER)]  # none left: a window that nothing meets
        job[index, [WINDOW, WINDOWS]] = len(windows), len(own)
        job[index, [OPENS, CLOSES]] = own[0][0], max(closes for _, closes in own)
        job[index, WIDTH] = min(NEVER, sum(closes - opens for opens, closes in own))
        windows += own
    job[:, PLACE], job[:, SERVICE], job[:, WORTH] = places, program.service, program.worth
    job[:, [DUE_START, DUE_END]], job[:, [RATE_START, RATE_END]] = program.due_at, program.due_rate
    job[:, KEPT] = program.pinned != NOBODY
    cheap = ((program.due_rate > 0) & (program.due_rate < dearest)).any(axis=1)
    job[:, LOOSE] = cheap | (job[:, WINDOWS] > 1)
    return job, np.array(windows, np.int64).reshape(-1, 2)


def _shift_rows(program: Program, origin: Ints, destination: Ints) -> tuple[Ints, Ints]:
    m = len(program.shifts)
    rests: list[tuple[int, int, int, int]] = []
    shift = np.zeros((m, SHIFT_COLUMNS), np.int64)
    for index, own in enumerate(program.rests):
        shift[index, [REST, RESTS]] = len(rests), len(own)
        rests += own
    shift[:, ORIGIN], shift[:, DESTINATION] = origin, destination
    shift[:, START], shift[:, END] = program.start, program.end
    shift[:, LIMIT] = program.end + program.overtime_max
    shift[:, PAY], shift[:, OVERTIME], shift[:, FIXED] = program.pay_rate, program.overtime_rate, program.fixed
    shift[:, DRIVE_RATE], shift[:, METRE_RATE] = program.drive_rate, program.metre_rate
    shift[:, DRIVE_MAX], shift[:, METRES_MAX] = program.drive_max_s, program.drive_max_m
    shift[:, FIRST], shift[:, HELD] = program.first, program.pay_shift
    dearer = np.where(program.overtime_max > 0, program.overtime_rate, NEVER)  # no overtime, none that is cheap
    shift[:, FLOOR_RATE] = np.minimum(program.pay_rate, dearer)
    shift[:, SPAN_MAX], shift[:, LOADS] = program.duration_max, program.stock.loads
    return shift, np.array(rests, np.int64).reshape(-1, HOME_BY + 1)


def _stock(program: Program, job: Ints, places: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the arrays of tools and parts; kinds that no job needs are left out."""
    account, m = program.stock, len(program.shifts)
    kinds = {kind: k for k, kind in enumerate(sorted({kind for needs in account.needs for kind in needs}))}
    need = [(kinds[kind], pieces) for needs in account.needs for kind, pieces in needs.items()]
    job[:, NEEDS] = [len(needs) for needs in account.needs]
    job[:, NEED] = np.cumsum(job[:, NEEDS]) - job[:, NEEDS]
    depot = np.zeros((len(places), OFFERED + m), np.int64)
    depot[:, DEPOT_PLACE], depot[:, DEPOT_SERVICE] = places, program.depot_service
    depot[:, OFFERED:] = account.restocks.T
    stock = np.zeros((CARRIED + m + len(places), len(kinds)), np.int64)
    stock[CARRIED + m :] = NOTHING
    pools: list[int] = []
    for kind, k in kinds.items():
        stock[LASTS, k] = account.lasts[kind]
        stock[CARRIED : CARRIED + m, k] = [carried.get(kind, 0) for carried in account.carried]
        for index, pool in enumerate(account.pools):
            if 0 < (pieces := pool.get(kind, 0)) < ENDLESS:
                pools.append(pieces)
            if pieces:
                stock[CARRIED + m + index, k] = WITHOUT_END if pieces >= ENDLESS else len(pools) - 1
    return depot, np.array(need, np.int64).reshape(-1, 2), stock, np.array(pools, np.int64)


def _equipped(program: Program) -> NDArray[np.bool_]:
    """Return (m, n): whether the van or a depot that the shift meets has the tools and parts of the job."""
    account = program.stock
    equipped = np.ones((len(program.shifts), len(program.jobs)), bool)
    meets = account.restocks.copy()
    loaded = np.flatnonzero(account.loads != NOBODY)
    meets[loaded, account.loads[loaded]] = True
    wanted = {need for needs in account.needs for need in needs.items()}
    able = {}
    for kind, pieces in wanted:
        holds = np.array([pool.get(kind, 0) > 0 for pool in account.pools], bool)
        carries = np.array([carried.get(kind, 0) >= pieces for carried in account.carried], bool)
        able[kind, pieces] = carries | (meets & holds).any(axis=1)
    for index, needs in enumerate(account.needs):
        for need in needs.items():
            equipped[:, index] &= able[need]
    return equipped


def _pairs(program: Program, shift: Ints, equipped: NDArray[np.bool_]) -> Ints:
    """Return charges, with pairs that hours or equipment rule out forbidden too: a week has many of them."""
    allowed = program.allowed.T.copy()
    loose = program.pinned == NOBODY
    for index, windows in enumerate(program.windows):
        if loose[index]:
            allowed[:, index] &= equipped[:, index]
            opens = min((a for a, _ in windows), default=NEVER)
            closes = max((b for _, b in windows), default=-NEVER)
            allowed[:, index] &= closes >= shift[:, START]
            allowed[:, index] &= np.maximum(opens, shift[:, START]) + program.service[index] <= shift[:, LIMIT]
    return np.ascontiguousarray(np.where(allowed, program.charged.T, FORBIDDEN))


def _near(ticks: Shorts, places: Ints) -> Ints:
    n = len(places)
    most = min(n - 1, NEAR_MOST)
    near = np.empty((n, max(most, 0)), np.int64)
    for index in range(n if most > 0 else 0):
        there = ticks[places[index], places].astype(np.int64) + ticks[places, places[index]]
        there[index] = NEVER
        close = np.argpartition(there, most - 1)[:most]
        near[index] = close[np.lexsort((close, there[close]))]
    return near


def _homes(ticks: Shorts, job: Ints, shift: Ints, pair: Ints) -> Ints:
    n, m = len(job), len(shift)
    homes = np.full((n, min(m, HOMES_MOST)), NOBODY, np.int64)
    for index in range(n):
        may = np.flatnonzero(pair[:, index] >= 0)
        detour = ticks[shift[may, ORIGIN], job[index, PLACE]].astype(np.int64)
        detour += ticks[job[index, PLACE], shift[may, DESTINATION]]
        best = may[np.lexsort((may, detour))][: homes.shape[1]]
        homes[index, : len(best)] = best
    return homes
