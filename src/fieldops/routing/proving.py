"""The proof of a plan: its bound, and the better plan that may be met on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING

from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Proof
from fieldops.routing.solvers import Routes, Task, value
from fieldops.units import Money

if TYPE_CHECKING:
    from fieldops.routing.solvers.bound import Bound


def prove(
    task: Task, routes: Routes, met: Callable[[], Iterable[tuple[int, list[int]]]] = tuple
) -> tuple[Routes, Bound | None, tuple[str, ...]]:
    """Bound the plan in the time left; return the routes, better ones if such were met, the bound, and notes.

    `met` gives routes that the proof may begin with beside the plan's own. Those that the proof meets are taken only
    if the checker finds no fault in them.
    """
    from fieldops.routing.solvers.bound import bound, rehearsed

    if not rehearsed(task.halt):
        return routes, None, ("time ran out while the proof was being compiled: there is no bound",)
    worth, cost = value(task.clock, routes)
    try:
        found = bound(
            task.program,
            task.clock,
            plan_worth=worth,
            upper_cost=cost,
            columns=chain(enumerate(routes), met()),
            halt=task.halt,
        )
    except ValueError as error:
        return routes, None, (f"there is no bound: {error}",)
    if found.routes is not None and _sound(task, found.routes) and value(task.clock, found.routes) < (worth, cost):
        routes = found.routes
    early = found.ended.startswith("linear program")
    return routes, found, (f"the proof ended early ({found.ended}); what it says holds",) if early else ()


def routes_of(clock: Clock, plan: Plan) -> Routes:
    """Return the tokens of a plan's days by shift; orders and shifts that the program doesn't know are left out."""
    program = clock.program
    routes: Routes = [[] for _ in program.shifts]
    for day in plan.days:
        shift = program.shift_index.get(day.shift)
        if shift is not None:
            jobs = [program.job_index[visit.id] for visit in day.visits if visit.id in program.job_index]
            routes[shift], _ = clock.with_stops(shift, jobs)
    return routes


def proof_of(found: Bound, cost: Money) -> Proof:
    """Return what a bound says of a plan that costs `cost`."""

    def gap(least: Money) -> float:
        return (cost - least) / cost if cost > 0 else 0.0

    return Proof(found.worth, found.cost, gap(found.cost), found.root, gap(found.root), found.complete, found.relaxed)


def _sound(task: Task, routes: Routes) -> bool:
    for shift, route in enumerate(routes):
        if task.judge.day(shift, route)[0]:
            return False
        if [job for job in task.kept.get(shift, ()) if task.program.is_job(job) and job not in route]:
            return False
    return not task.judge.plan_adds(routes)
