"""Rules of vehicle routing instances that say the verbs directly: capacity, site dependence, longest day.

Their values ride in `values`: ``demand_pcs`` and ``vehicles`` (who may come) of jobs, ``capacity_pcs`` and
``duration_max_s`` of technicians.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fieldops.routing.domain import Day, Problem, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules import Rule
from fieldops.routing.rules.words import lasting, minutes, who

GOODS = "goods"


class Capacity(Rule):
    """What a vehicle delivers in a day is no more than it holds: one kind of part, carried from the start."""

    name = "capacity"

    def post(self, problem: Problem, program: Program) -> None:
        """Say what each job needs and each vehicle carries."""
        for job, order in enumerate(program.jobs):
            if order.values["demand_pcs"]:
                program.need(job, GOODS, order.values["demand_pcs"])
        for index, shift in enumerate(program.shifts):
            program.carry(index, GOODS, problem.values(shift)["capacity_pcs"])

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name by how much a day delivers too much."""
        demand = sum(problem.job[visit.id].values["demand_pcs"] for visit in day.visits)
        over = demand - problem.values(problem.shift[day.shift])["capacity_pcs"]
        if over > 0:
            words = f"{who(problem, day.shift)} would deliver {over} more than the vehicle holds"
            yield Violation(self.name, words, over, "pcs", "", day.shift, "take an order off the day", float(over))


class Sites(Rule):
    """A vehicle goes only where it may."""

    name = "sites"

    def post(self, problem: Problem, program: Program) -> None:
        """Forbid each job to the vehicles that may not come."""
        vehicles = np.array([shift.id for shift in program.shifts])
        for job, order in enumerate(program.jobs):
            program.forbid(job, ~np.isin(vehicles, sorted(order.values["vehicles"])))

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name each visit that the vehicle may not make."""
        for visit in day.visits:
            if day.shift not in problem.job[visit.id].values["vehicles"]:
                words = f"{who(problem, day.shift)} may not come to order {visit.id}"
                yield Violation(self.name, words, 1, "visits", visit.id, day.shift, "send another vehicle", 1.0)


class LongestDay(Rule):
    """From leaving to being back, a day lasts no longer than it may."""

    name = "longest day"

    def post(self, problem: Problem, program: Program) -> None:
        """Bound the duration of each day that has a limit."""
        for index, shift in enumerate(program.shifts):
            longest = problem.values(shift).get("duration_max_s")
            if longest is not None:
                program.at_most(index, duration_s=longest)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name by how much a day lasts too long."""
        longest = problem.values(problem.shift[day.shift]).get("duration_max_s")
        over = 0 if longest is None else day.back - day.depart - longest
        if over > 0:
            words = f"the day of {who(problem, day.shift)} lasts {lasting(problem, over)} too long"
            late = minutes(problem, over)
            yield Violation(self.name, words, late, "min", "", day.shift, "take an order off the day", late)
