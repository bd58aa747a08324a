"""Random small programs that use every verb, and the best plans of each worth by brute force."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations

import numpy as np

from fieldops.routing.clock import Clock
from fieldops.routing.domain import Depot, Job, Problem, Shift, Technician
from fieldops.routing.given import concede
from fieldops.routing.program import NOBODY, ON_END, ON_START, Program
from fieldops.routing.solvers import Halt
from fieldops.routing.travel import Travel

DAY = 600
PLAIN = frozenset[str]()
ALL = frozenset({"windows", "two windows", "due", "cheap due", "rest", "cheap overtime", "limits", "started", "twins"})
LOADED, STOPS = "loaded", "stops"  # what vans lack is loaded before they leave, or fetched on the way

Drawn = tuple[tuple[tuple[int, int], int], ...]


def random_program(draw: np.random.Generator, features: frozenset[str], jobs: int = 5, shifts: int = 2) -> Program:
    """Return a settled and conceded program; `features` names what it may hold beside prices, charges and forbids."""
    stocked = not features.isdisjoint({LOADED, STOPS})
    count = jobs + shifts + 1 + stocked
    points = draw.integers(0, 60, (count, 2))
    seconds = np.abs(points[:, None] - points[None]).sum(-1) + draw.integers(0, 15, (count, count))
    metres = seconds * 7 + draw.integers(0, 50, (count, count))
    np.fill_diagonal(seconds, 0)
    np.fill_diagonal(metres, 0)
    places = [f"p{k}" for k in range(count)]
    twins = "twins" in features and draw.random() < 0.5
    day_of = []
    for k in range(shifts):
        start, end = int(draw.integers(0, 60)), DAY - int(draw.integers(0, 90))
        ends = places[jobs + k], places[jobs + int(draw.integers(0, shifts + 1))]
        day_of.append((start, end, *ends) if not (twins and k) else day_of[0])
    problem = Problem(
        tuple(Job(f"J{k:02}", places[k], int(draw.integers(0, 80))) for k in range(jobs)),
        tuple(Technician(f"T{k}") for k in range(shifts)),
        tuple(Shift(f"S{k}", f"T{k}", *ends) for k, ends in enumerate(day_of)),
        Travel.from_matrix(places, seconds, metres),
        depots=(Depot("D", places[-1], 5),) if stocked else (),
    )
    program = Program(problem)
    for shift in range(shifts):
        _say_of_shift(np.random.default_rng(7) if twins else draw, program, shift, features)
    for job in range(jobs):
        _say_of_job(draw, program, job, features, twins)
    if stocked:
        _say_of_stock(draw, program, features)
    if "started" in features and draw.random() < 0.5:
        program.pin(0, 0, start=int(draw.integers(0, 200)), started=draw.random() < 0.6)
    settled = program.settle()
    concede(Clock(settled))
    return settled


def _say_of_stock(draw: np.random.Generator, program: Program, features: frozenset[str]) -> None:
    """Let orders need two parts that are short; with stops vans hold some, and one of them is loaded by nobody."""
    for kind in ("board", "valve"):
        for job in np.flatnonzero(draw.random(len(program.jobs)) < 0.7).tolist():
            program.need(job, kind, int(draw.integers(1, 3)))
        if draw.random() < 0.9:
            program.pool(0, kind, int(draw.integers(1, 5)))
        for shift in range(len(program.shifts)) if STOPS in features else ():
            program.carry(shift, kind, int(draw.integers(0, 3)))
    for shift in range(len(program.shifts)):
        if shift or STOPS not in features:
            program.load(shift, 0)
        else:
            program.restock(shift, 0)


def _say_of_shift(draw: np.random.Generator, program: Program, shift: int, features: frozenset[str]) -> None:
    pay = int(draw.choice([0, 2, 5]))
    rate = int(draw.choice([0, 3, 9])) if "cheap overtime" in features else pay + int(draw.choice([0, 3]))
    program.workday(
        shift, overtime_max=int(draw.choice([0, 60])), overtime_rate=rate, pay_rate=pay,
        pay_shift=bool(draw.random() < 0.2), fixed=int(draw.choice([0, 50, 300])),
    )  # fmt: skip
    program.travel_cost(shift, per_tick=int(draw.choice([0, 1, 4])), per_metre=int(draw.choice([0, 1])))
    if "limits" in features and draw.random() < 0.6:
        program.at_most(shift, drive_s=int(draw.integers(100, 300)), drive_m=int(draw.integers(900, 2500)))
    for _ in range(int(draw.integers(0, 3)) if "rest" in features else 0):
        earliest = int(draw.integers(100, 350))
        program.rest(shift, int(draw.integers(10, 40)), earliest, earliest + int(draw.integers(0, 120)))


def _say_of_job(draw: np.random.Generator, program: Program, job: int, features: frozenset[str], twins: bool) -> None:
    program.optional(job, int(draw.choice([0, 1, 3, 10])))
    if "windows" in features and draw.random() < 0.5:
        opens = int(draw.integers(0, 450))
        program.start_within(job, [(opens, opens + int(draw.integers(0, 150)))])
    elif "two windows" in features and draw.random() < 0.5:
        cuts = np.sort(draw.choice(np.arange(0, 560), 4, replace=False)).tolist()
        program.start_within(job, [(cuts[0], cuts[1]), (cuts[2], cuts[3])])
    for on in (ON_START, ON_END):
        if "due" in features and draw.random() < 0.3:
            rate = draw.choice([1, 4, 20]) if "cheap due" in features else draw.choice([6, 20])
            program.due(job, int(draw.integers(50, 500)), int(rate), on=on)
    if twins:
        return
    if draw.random() < 0.2:
        program.forbid(job, int(draw.integers(0, len(program.shifts))))
    if draw.random() < 0.3:
        program.charge(job, int(draw.integers(0, len(program.shifts))), int(draw.integers(0, 200)))


def best_by_worth(program: Program) -> dict[int, int]:
    """Return for each worth that a plan can leave out the least cost of such a plan, by trying everything.

    Every set of jobs in every order on every shift, with every choice of rests at every place, as the clock times it.
    """
    n, clock, stock = len(program.jobs), Clock(program), program.stock
    must = sum(1 << job for job in range(n) if program.pinned[job] != NOBODY)
    plans: dict[tuple[int, Drawn], int] = {(0, ()): 0}
    for shift in range(len(program.shifts)):
        choices = {(0, ()): 0, **drawing_days(program, clock, shift)}
        longer: dict[tuple[int, Drawn], int] = {}
        for (served, drawn), cost in plans.items():
            for (jobs, more), price in choices.items():
                draws = Counter(dict(drawn)) + Counter(dict(more))
                if not served & jobs and all(pieces <= stock.pools[d][kind] for (d, kind), pieces in draws.items()):
                    both = served | jobs, tuple(sorted(draws.items()))
                    longer[both] = min(longer.get(both, cost + price), cost + price)
        plans = longer
    best: dict[int, int] = {}
    for (served, _), cost in plans.items():
        if served & must == must:
            worth = sum(int(program.worth[job]) for job in range(n) if not served >> job & 1)
            best[worth] = min(best.get(worth, cost), cost)
    return best


def days(program: Program, clock: Clock, shift: int) -> dict[int, int]:
    """Return the least cost of a sound day for each set of jobs, in bits."""
    found: dict[int, int] = {}
    for (jobs, _), cost in drawing_days(program, clock, shift).items():
        found[jobs] = min(found.get(jobs, cost), cost)
    return found


def drawing_days(program: Program, clock: Clock, shift: int) -> dict[tuple[int, Drawn], int]:
    """Return the least cost of a sound day for each set of jobs, in bits, and what it draws from depots."""
    found: dict[tuple[int, Drawn], int] = {}
    rests = (*program.rest_tokens(shift), *program.restock_tokens(shift))
    for size in range(1, len(program.jobs) + 1):
        for jobs in combinations(np.flatnonzero(program.allowed[:, shift]).tolist(), size):
            for taken in (some for k in range(len(rests) + 1) for some in combinations(rests, k)):
                for tokens in permutations([*jobs, *taken]):
                    walk = clock.walk(shift, tokens)
                    account = program.stock.account(shift, tokens)
                    if not walk.breach and not program.stock.overdrawn([account]):
                        bits = sum(1 << job for job in jobs)
                        key = bits, tuple(sorted(account.drawn.items()))
                        found[key] = min(found.get(key, walk.cost), walk.cost)
    return found


class Few(Halt):
    """Stops after being asked a number of times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    @property
    def left_s(self) -> float:
        """Nothing once asked too often."""
        self.times -= 1
        return float(self.times >= 0)
