"""The verbs that a rule may say to any solver, and the plain arrays they become.

A rule never meets a solver. It says ``program.forbid(...)`` or ``program.due(...)``, on single pairs or on
whole arrays; a solver reads the arrays. Each solver declares for each verb whether it holds it exactly,
relaxes it or can't (see `solvers/`), so the verbs that were said are kept.

Jobs and shifts are numbered in the order of their ids, so the order of the input's rows changes nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fieldops.errors import ConfigError
from fieldops.routing.domain import Depot, Job, Problem, Shift
from fieldops.routing.stock import ENDLESS, Stock
from fieldops.units import DAY, KILOMETRE, Metres, Money, Seconds, currency

NEVER: Final = 2**60
VERBS: Final = (
    "forbid charge start_within due workday travel_cost at_most rest optional pin need carry pool load restock".split()
)  # fmt: skip
ON_START, ON_END = 0, 1
NOBODY: Final = -1
LARGEST_SUM: Final = 2**61  # leaves room for the differences of two sums in 64 bits
FARTHEST_M: Final = 10_000 * KILOMETRE  # nobody drives farther in a shift
Jobs = Any  # an index, a slice, a mask or an array of indices
Shifts = Any


class Program:
    """What all rules ask of a solver, as arrays over `n` jobs and `m` shifts.

    Attributes
    ----------
    jobs, shifts, depots
        The problem's, ordered by id; indices below count in this order.
    allowed : bool (n, m)
        Whether the shift may do the job.
    charged : int64 (n, m)
        Money that the job costs on the shift, beyond time and travel.
    windows : list of n lists of (start, end)
        When service may begin, in order and apart; one window of all time by default.
    due_at, due_rate : int64 (n, 2)
        Moment after which lateness costs, and Money per tick; column 0 counts to the start of
        service, column 1 to its end.
    service : int64 (n,)
        Ticks on site.
    worth : int64 (n,)
        What leaving the job out costs in the first objective.
    pinned : int64 (n,)
        Shift that must do the job, or -1.
    first : int64 (m,)
        Job already started on the shift, which comes first, or -1.
    start, end, overtime_max : int64 (m,)
        The working day; `overtime_max` ticks may follow its end (any number until a rule says how many).
    pay_rate, overtime_rate : int64 (m,)
        Money per tick of the day's duration, and of overtime.
    pay_shift : bool (m,)
        Whether the whole shift is paid once it is used; that money is in `fixed`.
    fixed : int64 (m,)
        Money for using the shift at all.
    drive_rate, metre_rate : int64 (m,)
        Money per tick at the wheel and per metre.
    drive_max_s, drive_max_m, duration_max : int64 (m,)
        Limits of a day's driving, and of its duration from departure to return.
    depot_place, depot_service : int64 (d,)
        Where a restock stop leads, and its ticks on site.
    stock
        Tools and parts: what jobs need, vans carry and depots hold.
    rests : list of m lists of (duration, earliest start, latest start, home by)
        Breaks each day must hold, unless it is back by the last of the four, which is the latest start until kept
        work forces the rest to begin later.
    no_way : list of m Counters
        Drives that kept work forces though there is no way, by the order they lead to (-1: to depots and home).
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.jobs: tuple[Job, ...] = tuple(sorted(problem.jobs, key=lambda j: j.id))
        self.shifts: tuple[Shift, ...] = tuple(sorted(problem.shifts, key=lambda s: s.id))
        self.depots: tuple[Depot, ...] = tuple(sorted(problem.depots, key=lambda d: d.id))
        self.job_index = {job.id: i for i, job in enumerate(self.jobs)}
        self.shift_index = {shift.id: i for i, shift in enumerate(self.shifts)}
        self.depot_index = {depot.id: i for i, depot in enumerate(self.depots)}
        self.said: set[str] = set()
        n, m = len(self.jobs), len(self.shifts)
        self._pinned_at: dict[int, Seconds] = {}
        whole, index = np.int64, problem.travel.index
        self.job_place = np.array([index(j.place) for j in self.jobs], whole)
        self.origin = np.array([index(s.origin) for s in self.shifts], whole)
        self.destination = np.array([index(s.destination) for s in self.shifts], whole)
        self.service = np.array([j.service_s for j in self.jobs], whole)
        self.depot_place = np.array([index(d.place) for d in self.depots], whole)
        self.depot_service = np.array([d.service_s for d in self.depots], whole)
        self.allowed = np.ones((n, m), bool)
        self.charged = np.zeros((n, m), whole)
        self.windows: list[list[tuple[Seconds, Seconds]]] = [[(-NEVER, NEVER)] for _ in range(n)]
        self.due_at = np.full((n, 2), NEVER, whole)
        self.due_rate = np.zeros((n, 2), whole)
        self.worth = np.ones(n, whole)
        self.pinned = np.full(n, NOBODY, whole)
        self.first = np.full(m, NOBODY, whole)
        self.start = np.array([s.start for s in self.shifts], whole)
        self.end = np.array([s.end for s in self.shifts], whole)
        self.overtime_max, self.overtime_rate = np.full(m, NEVER, whole), np.zeros(m, whole)
        self.pay_rate, self.pay_shift = np.zeros(m, whole), np.zeros(m, bool)
        self.fixed, self.drive_rate, self.metre_rate = (np.zeros(m, whole) for _ in range(3))
        self.drive_max_s, self.drive_max_m, self.duration_max = (np.full(m, NEVER, whole) for _ in range(3))
        self.stock = Stock(n, m, len(self.depots))
        self.rests: list[list[tuple[Seconds, Seconds, Seconds, Seconds]]] = [[] for _ in range(m)]
        self.no_way: list[Counter[int]] = [Counter() for _ in range(m)]

    # ---- who may do what

    def forbid(self, jobs: Jobs, shifts: Shifts = slice(None)) -> None:
        """Say that `shifts` may not do `jobs` (or pass one (n, m) mask as `jobs`)."""
        self.said.add("forbid")
        if isinstance(jobs, np.ndarray) and jobs.ndim == 2:
            self.allowed &= ~jobs
        else:
            self.allowed[jobs, shifts] = False

    def charge(self, jobs: Jobs, shifts: Shifts, money: Money | NDArray[np.int64]) -> None:
        """Say that `jobs` on `shifts` cost `money` more (never less: bounds relax charges)."""
        if np.any(np.asarray(money) < 0):
            raise ValueError("a charge can't be negative; say what the others cost more")
        self.said.add("charge")
        self.charged[jobs, shifts] += money

    def pin(self, job: int, shift: int, *, start: Seconds | None = None, started: bool = False) -> None:
        """Say that `shift` does `job` whatever else forbids it, at `start` if given.

        A started job comes first, and the day begins there and then.
        """
        self.said.add("pin")
        self.pinned[job] = shift
        if start is not None:
            self._pinned_at[job] = start
        if started:
            self.first[shift] = job
            self.origin[shift] = self.job_place[job]
            if start is not None:
                self.start[shift] = start

    # ---- when

    def start_within(self, job: int, windows: list[tuple[Seconds, Seconds]]) -> None:
        """Say that service of `job` begins within one of `windows`, and within those said before."""
        self.said.add("start_within")
        both = [(max(a, c), min(b, d)) for a, b in self.windows[job] for c, d in windows]
        self.windows[job] = _apart(sorted((a, b) for a, b in both if a <= b))

    def due(self, job: int, moment: Seconds, rate: Money, *, on: int = ON_END) -> None:
        """Say that each tick of `job` after `moment` costs `rate`, counted to its start or its end."""
        self.said.add("due")
        if self.due_rate[job, on] and self.due_at[job, on] != moment:
            raise ValueError(f"job {self.jobs[job].id} has two due times on the same end")
        self.due_at[job, on] = moment
        self.due_rate[job, on] += rate

    # ---- the working day

    def workday(
        self,
        shift: int,
        *,
        overtime_max: Seconds = 0,
        overtime_rate: Money = 0,
        pay_rate: Money = 0,
        pay_shift: bool = False,
        fixed: Money = 0,
    ) -> None:
        """Say how long `shift` may last beyond its end and what its time costs."""
        self.said.add("workday")
        self.overtime_max[shift] = overtime_max
        self.overtime_rate[shift] = overtime_rate
        self.pay_rate[shift] = 0 if pay_shift else pay_rate
        self.pay_shift[shift] = pay_shift
        self.fixed[shift] = fixed
        if pay_shift:
            noun = self.shifts[shift]  # a started order may have moved `start`, but not what is paid
            self.fixed[shift] = min(fixed + (noun.end - noun.start) * pay_rate, LARGEST_SUM + 1)

    def travel_cost(self, shift: int, *, per_tick: Money = 0, per_metre: Money = 0) -> None:
        """Say what driving costs on `shift`."""
        self.said.add("travel_cost")
        self.drive_rate[shift] += per_tick
        self.metre_rate[shift] += per_metre

    def at_most(
        self, shift: int, *, drive_s: Seconds = NEVER, drive_m: Metres = NEVER, duration_s: Seconds = NEVER
    ) -> None:
        """Say how long and how far `shift` may drive in all, and how long its day may last."""
        self.said.add("at_most")
        self.duration_max[shift] = min(self.duration_max[shift], duration_s)
        self.drive_max_s[shift] = min(self.drive_max_s[shift], drive_s)
        self.drive_max_m[shift] = min(self.drive_max_m[shift], drive_m)

    def rest(self, shift: int, duration: Seconds, earliest: Seconds, latest: Seconds) -> None:
        """Say that `shift` rests for `duration`, beginning between `earliest` and `latest`.

        A day that leaves after ``earliest + duration`` or is back by `latest` rests at home.
        """
        self.said.add("rest")
        self.rests[shift].append((duration, earliest, latest, latest))
        self.rests[shift].sort(key=lambda rest: rest[1])

    # ---- tools and parts

    def need(self, job: int, kind: str, pieces: int = 1, *, tool: bool = False) -> None:
        """Say that `job` needs `pieces` of a part, which it uses up, or of a tool, which lasts."""
        self.said.add("need")
        number = self.stock.number(kind, tool)
        self.stock.needs[job][number] = self.stock.needs[job].get(number, 0) + pieces

    def carry(self, shift: int, kind: str, pieces: int = 1, *, tool: bool = False) -> None:
        """Say that the van of `shift` holds `pieces` of `kind` before it is loaded; beyond those said before."""
        self.said.add("carry")
        number = self.stock.number(kind, tool)
        self.stock.carried[shift][number] = self.stock.carried[shift].get(number, 0) + pieces

    def pool(self, depot: int, kind: str, pieces: int = ENDLESS, *, tool: bool = False) -> None:
        """Say how many pieces of `kind` all shifts together may draw from `depot`; none where nothing is said."""
        self.said.add("pool")
        self.stock.pools[depot][self.stock.number(kind, tool)] = min(pieces, ENDLESS)

    def load(self, shift: int, depot: int) -> None:
        """Say that `shift` is loaded at `depot` before it leaves, with what its day needs; no stop is made."""
        self.said.add("load")
        self.stock.loads[shift] = depot

    def restock(self, shift: int, depot: int) -> None:
        """Say that `shift` may stop at `depot` once on its way, and take from there what the rest of its day needs."""
        self.said.add("restock")
        self.stock.restocks[shift, depot] = True

    # ---- what leaving out costs

    def optional(self, job: int, worth: int) -> None:
        """Say what it is worth to serve `job`; what is left out is summed before any cost."""
        if worth < 0:
            raise ValueError("a worth can't be negative")
        self.said.add("optional")
        self.worth[job] = worth

    def settle(self) -> Program:
        """Let pins prevail over what forbids them; called once after all rules have spoken.

        Raises
        ------
        ConfigError
            When prices are so high that a plan's cost might not fit the whole numbers that solvers count in.
        """
        for job in np.flatnonzero(self.pinned != NOBODY):
            self.allowed[job] = False
            self.allowed[job, self.pinned[job]] = True
        for pinned, start in self._pinned_at.items():
            self.windows[pinned] = [(start, start)]
        if self._dearest() > LARGEST_SUM:
            raise ConfigError(
                f"prices are so high that a plan may cost more than {currency(LARGEST_SUM):,.0f}, beyond which sums "
                "aren't exact; lower the prices of time, distance, lateness or of people not preferred"
            )
        return self

    def _dearest(self) -> Money:
        """Return more than any sound plan can cost, in numbers without an end."""
        last = [end + min(more, DAY * self.problem.ticks_per_second)
                for end, more in zip(self.end.tolist(), self.overtime_max.tolist(), strict=True)]  # fmt: skip
        hours = [late - start for late, start in zip(last, self.start.tolist(), strict=True)]
        rates = (self.pay_rate + self.overtime_rate + self.drive_rate).tolist()
        time = sum(long * rate for long, rate in zip(hours, rates, strict=True))
        way = sum(rate * FARTHEST_M for rate in self.metre_rate.tolist())
        horizon = max(last, default=0)
        late = sum(
            max(0, horizon - moment) * rate
            for moments, rates in zip(self.due_at.tolist(), self.due_rate.tolist(), strict=True)
            for moment, rate in zip(moments, rates, strict=True)
        )
        people = sum(self.charged.max(axis=1).tolist()) if self.charged.size else 0
        return int(sum(self.fixed.tolist()) + time + way + late + people)

    # ---- tokens: 0 .. n-1 are jobs; n + k is a stop at the k-th depot; n + d + k is the k-th rest of the shift

    @property
    def first_rest(self) -> int:
        """The lowest token that stands for a rest."""
        return len(self.jobs) + len(self.depots)

    def is_job(self, token: int) -> bool:
        """Whether `token` stands for a job."""
        return token < len(self.jobs)

    def is_rest(self, token: int) -> bool:
        """Whether `token` stands for a rest."""
        return token >= self.first_rest

    def rest_tokens(self, shift: int) -> range:
        """Return the tokens of the rests that `shift` must hold, in their order."""
        return range(self.first_rest, self.first_rest + len(self.rests[shift]))

    def restock_tokens(self, shift: int) -> list[int]:
        """Return the tokens of the depots at which `shift` may stop."""
        return (len(self.jobs) + np.flatnonzero(self.stock.restocks[shift])).tolist()


def _apart(windows: list[tuple[Seconds, Seconds]]) -> list[tuple[Seconds, Seconds]]:
    """Join sorted windows that overlap: the clock takes the first still open and looks no further."""
    joined: list[tuple[Seconds, Seconds]] = []
    for opens, closes in windows:
        if joined and opens <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(closes, joined[-1][1])
        else:
            joined.append((opens, closes))
    return joined
