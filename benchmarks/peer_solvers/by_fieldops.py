"""The day for fieldops: `plan` with the rule book, on the cores its process may use."""

from __future__ import annotations

from benchmarks.peer_solvers.runs import Terms
from benchmarks.skilled_day import SkilledDay, problem, tours_of
from fieldops.routing.domain import Job, Problem, Shift, Technician
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES
from fieldops.routing.travel import Travel


def stated(day: SkilledDay, terms: Terms) -> Problem:
    """Return the problem, after a plan of one order that loads and compiles what the solver needs."""
    small = Problem(
        (Job("1", "a", 1),), (Technician("2"),), (Shift("2", "2", 0, 9, "b", "b"),),
        Travel.from_matrix(["a", "b"], [[0, 1], [1, 0]]),
    )  # fmt: skip
    plan(small, rules=RULES, solver=terms.solver, iterations=1, seed=terms.seed)
    return problem(day)


def solved(day: SkilledDay, made: Problem, terms: Terms) -> list[list[int]]:
    """Return the plan's routes; all of `plan`, its check included, is on the clock."""
    found = plan(made, rules=RULES, solver=terms.solver, time_limit_s=terms.limit_s, seed=terms.seed)
    routes: list[list[int]] = [[] for _ in day.technicians]
    for person, jobs in tours_of(found):
        routes[day.technician_row[person]] = [day.job_row[job] for job in jobs]
    return routes
