"""Random small programs that use every verb, for the tests of the kernels."""

from __future__ import annotations

import numpy as np

from fieldops.routing.check import Judge
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Depot, Job, Problem, Shift, Technician
from fieldops.routing.given import concede
from fieldops.routing.program import ON_END, ON_START, Program
from fieldops.routing.solvers import Halt, Task
from fieldops.routing.stock import ENDLESS
from fieldops.routing.travel import Travel

DAY = 600


def random_program(
    draw: np.random.Generator, jobs: int = 6, shifts: int = 2, rests: int = 1, depots: int = 0
) -> Program:
    """Return a settled program in which each verb is said of some jobs and shifts.

    With depots there are tools and parts too, and legs obey the triangle inequality.
    """
    count = jobs + shifts + 1 + depots
    points = draw.integers(0, 60, (count, 2))
    seconds = np.abs(points[:, None] - points[None]).sum(-1) + draw.integers(0, 15, (count, count))
    metres = seconds * 7 + draw.integers(0, 50, (count, count))
    np.fill_diagonal(seconds, 0)
    np.fill_diagonal(metres, 0)
    for via in range(count if depots else 0):
        seconds = np.minimum(seconds, seconds[:, via, None] + seconds[None, via])
        metres = np.minimum(metres, metres[:, via, None] + metres[None, via])
    places = [f"p{k}" for k in range(count)]
    problem = Problem(
        tuple(Job(f"J{k:02}", places[k], int(draw.integers(0, 80))) for k in range(jobs)),
        tuple(Technician(f"T{k}") for k in range(shifts)),
        tuple(
            Shift(f"S{k}", f"T{k}", int(draw.integers(0, 60)), DAY - int(draw.integers(0, 90)),
                  places[jobs + k], places[jobs + int(draw.integers(0, shifts + 1))])
            for k in range(shifts)
        ),
        Travel.from_matrix(places, seconds, metres),
        depots=tuple(
            Depot(f"D{k}", places[count - depots + k], int(draw.integers(0, 30))) for k in range(depots)
        ),
    )  # fmt: skip
    program = Program(problem)
    for shift in range(shifts):
        _say_of_shift(draw, program, shift, rests)
    for job in range(jobs):
        _say_of_job(draw, program, job)
    if depots:
        _say_of_stock(draw, program)
    _pin_some(draw, program)
    return program.settle()


def _say_of_stock(draw: np.random.Generator, program: Program) -> None:
    """Let vans carry too little of two parts and a tool, and depots hold some or all of it, now and then in a pool."""
    kinds = {"board": False, "valve": False, "ladder": True}
    for kind, tool in kinds.items():
        for job in np.flatnonzero(draw.random(len(program.jobs)) < 0.4).tolist():
            program.need(job, kind, 1 if tool else int(draw.integers(1, 4)), tool=tool)
        for shift in range(len(program.shifts)):
            program.carry(shift, kind, int(draw.integers(0, 2 if tool else 4)), tool=tool)
        for depot in range(len(program.depots)):
            if draw.random() < 0.8:
                program.pool(depot, kind, int(draw.integers(1, 6)) if draw.random() < 0.3 else ENDLESS, tool=tool)
    for shift in range(len(program.shifts)):
        for depot in range(len(program.depots)):
            if draw.random() < 0.7:
                program.restock(shift, depot)
        if draw.random() < 0.2:
            program.load(shift, int(draw.integers(0, len(program.depots))))


def _say_of_shift(draw: np.random.Generator, program: Program, shift: int, rests: int) -> None:
    program.workday(
        shift, overtime_max=int(draw.choice([0, 60])), overtime_rate=int(draw.choice([0, 3, 9])),
        pay_rate=int(draw.choice([0, 2, 5])), pay_shift=bool(draw.random() < 0.3), fixed=int(draw.choice([0, 50])),
    )  # fmt: skip
    program.travel_cost(shift, per_tick=int(draw.choice([0, 1, 4])), per_metre=int(draw.choice([0, 1])))
    if draw.random() < 0.3:
        program.at_most(shift, drive_s=int(draw.integers(100, 300)), drive_m=int(draw.integers(900, 2500)))
    if draw.random() < 0.2:
        program.at_most(shift, duration_s=int(draw.integers(150, 450)))
    for _ in range(int(draw.integers(0, rests + 1))):
        earliest = int(draw.integers(100, 350))
        program.rest(shift, int(draw.integers(10, 40)), earliest, earliest + int(draw.integers(0, 120)))


def _say_of_job(draw: np.random.Generator, program: Program, job: int) -> None:
    program.optional(job, int(draw.choice([0, 1, 3, 10])))
    kind = draw.random()
    if kind < 0.4:
        opens = int(draw.integers(0, 450))
        program.start_within(job, [(opens, opens + int(draw.integers(0, 150)))])
    elif kind < 0.6:
        cuts = np.sort(draw.choice(np.arange(0, 560), 4, replace=False)).tolist()
        program.start_within(job, [(cuts[0], cuts[1]), (cuts[2], cuts[3])])
    for on in (ON_START, ON_END):
        if draw.random() < 0.25:
            program.due(job, int(draw.integers(50, 500)), int(draw.choice([1, 4, 20])), on=on)
    if draw.random() < 0.2:
        program.forbid(job, int(draw.integers(0, len(program.shifts))))
    if draw.random() < 0.3:
        program.charge(job, int(draw.integers(0, len(program.shifts))), int(draw.integers(0, 200)))


def _pin_some(draw: np.random.Generator, program: Program) -> None:
    shift = int(draw.integers(0, len(program.shifts)))
    if draw.random() < 0.25:
        program.pin(0, shift, start=int(draw.integers(0, 200)), started=True)
    elif draw.random() < 0.25:
        program.pin(0, shift, start=int(draw.integers(100, 400)) if draw.random() < 0.5 else None)


def task_of(program: Program, seed: int = 0, iterations: int | None = 200, limit_s: float = 600.0) -> Task:
    """Return a task on a program, with nothing but its kept work planned."""
    clock = Clock(program)
    kept = concede(clock)
    start = [list(kept.get(shift, ())) for shift in range(len(program.shifts))]
    return Task(
        program, Clock(program), Judge(program.problem, (), clock), kept, start, Halt(limit_s), seed, iterations
    )


def random_tokens(draw: np.random.Generator, program: Program, shift: int, longest: int = 6) -> list[int]:
    """Return a random sequence of jobs, the started one mostly first, with some of the shift's rests and a stop."""
    n = len(program.jobs)
    jobs = draw.permutation(n)[: int(draw.integers(0, min(n, longest) + 1))].tolist()
    first = int(program.first[shift])
    if first >= 0 and draw.random() < 0.9:
        jobs = [first, *(job for job in jobs if job != first)]
    stops = program.restock_tokens(shift)
    if stops and draw.random() < 0.7:
        jobs.insert(int(draw.integers(0, len(jobs) + 1)), int(draw.choice(stops)))
    for rest in program.rest_tokens(shift):
        if draw.random() < 0.7:
            jobs.insert(int(draw.integers(0, len(jobs) + 1)), rest)
    return jobs
