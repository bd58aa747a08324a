"""The day for fieldops: `plan` with the rule book, on the cores its process may use."""

from __future__ import annotations

from benchmarks.peer_solvers.runs import Terms
from benchmarks.planned import warm
from benchmarks.skilled_day import SkilledDay, problem, tours_of
from fieldops.routing.domain import Problem
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES


def stated(day: SkilledDay, terms: Terms) -> Problem:
    """Return the problem, with what the solver needs loaded and compiled."""
    warm(terms.solver)
    return problem(day)


def solved(day: SkilledDay, made: Problem, terms: Terms) -> list[list[int]]:
    """Return the plan's routes; all of `plan`, its check included, is on the clock."""
    found = plan(made, rules=RULES, solver=terms.solver, time_limit_s=terms.limit_s, seed=terms.seed)
    routes: list[list[int]] = [[] for _ in day.technicians]
    for person, jobs in tours_of(found):
        routes[day.technician_row[person]] = [day.job_row[job] for job in jobs]
    return routes
