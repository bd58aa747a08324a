"""Random small programs that use every verb, and the best plans of each worth by brute force."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from fieldops.routing.clock import Clock
from fieldops.routing.domain import Job, Problem, Shift, Technician
from fieldops.routing.given import concede
from fieldops.routing.program import NOBODY, ON_END, ON_START, Program
from fieldops.routing.travel import Travel

DAY = 600
PLAIN = frozenset[str]()
ALL = frozenset({"windows", "two windows", "due", "cheap due", "rest", "cheap overtime", "limits", "started", "twins"})


def random_program(draw: np.random.Generator, features: frozenset[str], jobs: int = 5, shifts: int = 2) -> Program:
    """Return a settled and conceded program; `features` names what it may hold beside prices, charges and forbids."""
    count = jobs + shifts + 1
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
    )
    program = Program(problem)
    for shift in range(shifts):
        _say_of_shift(np.random.default_rng(7) if twins else draw, program, shift, features)
    for job in range(jobs):
        _say_of_job(draw, program, job, features, twins)
    if "started" in features and draw.random() < 0.5:
        program.pin(0, 0, start=int(draw.integers(0, 200)), started=draw.random() < 0.6)
    settled = program.settle()
    concede(Clock(settled))
    return settled


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
    n, clock = len(program.jobs), Clock(program)
    must = sum(1 << job for job in range(n) if program.pinned[job] != NOBODY)
    plans = {0: 0}
    for shift in range(len(program.shifts)):
        choices = {0: 0, **days(program, clock, shift)}
        longer: dict[int, int] = {}
        for served, cost in plans.items():
            for jobs, more in choices.items():
                if not served & jobs:
                    both = served | jobs
                    longer[both] = min(longer.get(both, cost + more), cost + more)
        plans = longer
    best: dict[int, int] = {}
    for served, cost in plans.items():
        if served & must == must:
            worth = sum(int(program.worth[job]) for job in range(n) if not served >> job & 1)
            best[worth] = min(best.get(worth, cost), cost)
    return best


def days(program: Program, clock: Clock, shift: int) -> dict[int, int]:
    """Return the least cost of a sound day for each set of jobs, in bits."""
    found: dict[int, int] = {}
    rests = program.rest_tokens(shift)
    for size in range(1, len(program.jobs) + 1):
        for jobs in combinations(np.flatnonzero(program.allowed[:, shift]).tolist(), size):
            for taken in (some for k in range(len(rests) + 1) for some in combinations(rests, k)):
                for tokens in permutations([*jobs, *taken]):
                    walk = clock.walk(shift, tokens)
                    if not walk.breach:
                        bits = sum(1 << job for job in jobs)
                        found[bits] = min(found.get(bits, walk.cost), walk.cost)
    return found
