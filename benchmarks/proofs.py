"""Plan and bound together: how good the plans of days are, proved within the limit.

Days of 100 jobs have 16 to 25 technicians, one number a seed; other sizes have as many as the family gives them. A
day is priced as a dispatcher would (`dispatched_day`): hours, kilometres, overtime, lunch. With ``--plain``, and on
the days of `skills`, only driving costs, as where peers are compared: then little but what is hard to prove is left.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.dispatched_day import dispatched
from benchmarks.generate_days import generate
from benchmarks.options import Options
from benchmarks.peer_solvers.runs import cores
from benchmarks.planned import on_cores
from benchmarks.skilled_day import SkilledDay, problem
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.planning import plan
from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import rehearsed
from fieldops.units import currency

TECHNICIANS = (16, 18, 20, 22, 25)
LIMITS_S = {100: 120.0, 300: 600.0}
LONGEST_S = 600.0


def technicians_of(size: int, seed: int) -> int | None:
    """Return how many technicians a day has, or None where the family says."""
    return TECHNICIANS[(seed - 1) % len(TECHNICIANS)] if size == 100 else None


def name_of(size: int, seed: int) -> str:
    """Return what a day is called: ``100x16-1``, or as in the family."""
    people = technicians_of(size, seed)
    return f"{size}-{seed}" if people is None else f"{size}x{people}-{seed}"


def day_of(size: int, seed: int) -> SkilledDay:
    """Return the day of a size and seed, with the technicians that proofs are asked for."""
    return generate(size, seed, technicians_of(size, seed))


def limit_s(options: Options, day: SkilledDay) -> float:
    """Return the seconds that plan and bound have together: ``--limit``, else by the size."""
    return options.limit or next((s for size, s in LIMITS_S.items() if len(day.jobs) <= size), LONGEST_S)


def row(day: SkilledDay, options: Options, *, plain: bool) -> dict[str, Any]:
    """Plan a day and prove the plan; compiling is off the clock. Where it is `plain`, only driving costs."""
    stated = problem(day) if plain else dispatched(day)
    rehearsed(Halt())
    plan(stated, solver=options.solver, iterations=1)
    began = time.perf_counter()
    with on_cores(cores(options.workers)):
        found = plan(stated, solver=options.solver, time_limit_s=limit_s(options, day), seed=options.seed, bound=True)
    wall_s = round(time.perf_counter() - began, 2)
    return {**_judged(stated, found, day.ticks_per_unit if plain else None), "instance": day.name, "wall_s": wall_s}


def _judged(stated: Problem, found: Plan, ticks: int | None) -> dict[str, Any]:
    """Return the row of a plan: its cost is driving, so many `ticks` a unit, or else money."""

    def money(cost: int) -> float:
        return currency(cost) if ticks is None else cost / ticks

    proof = found.bound
    return {
        "instance": "",
        "solver": "fieldops",
        "objective": money(found.cost),
        "unserved": len(found.unassigned),
        "worth_unserved": sum(int(stated.job[id].values["worth"]) for id in found.unassigned),
        "bks": None,
        "gap": None,
        "bound": None if proof is None else money(proof.cost),
        "gap_proven": None if proof is None else round(proof.gap, 5),
        "gap_root": None if proof is None else round(proof.root_gap, 5),
        "root_solved": proof is not None and proof.complete,
        "relaxed": [] if proof is None else list(proof.relaxed),
        "routes": [
            {
                "technician": stated.shift[made.shift].technician,
                "stops": [visit.id for visit in made.visits],
                "start": [visit.start for visit in made.visits],
            }
            for made in found.days
        ],
    }
