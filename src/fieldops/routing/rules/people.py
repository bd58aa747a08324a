"""Required, preferred and excluded technicians of an order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fieldops.columns import Amount, Column, Names
from fieldops.errors import Fault
from fieldops.routing.domain import Charge, Day, Job, Problem, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule
from fieldops.routing.rules.words import who
from fieldops.tables import Tables
from fieldops.units import CURRENCY

MINUTES_A_CUSTOMERS_NO = 960.0  # a customer's wish is harder to move than a course
MINUTES_A_REQUEST = 240.0

REQUIRED = Column(
    "jobs",
    "required_technicians",
    Names(),
    (),
    refers="technicians.id",
    aliases=("指定工程师", "指定技师"),
    help="only one of these may do the order",
)
PREFERRED = Column(
    "jobs",
    "preferred_technicians",
    Names(),
    (),
    refers="technicians.id",
    aliases=("优先工程师", "偏好技师"),
    help="anybody else costs not_preferred_cost",
)
EXCLUDED = Column(
    "jobs",
    "excluded_technicians",
    Names(),
    (),
    refers="technicians.id",
    aliases=("排除工程师", "排除技师"),
    help="none of these may do the order",
)
COST = Column(
    "jobs",
    "not_preferred_cost",
    Amount(),
    20 * CURRENCY,
    aliases=("非优先成本",),
    help="cost of sending somebody not preferred",
)


def may(job: Job, technician: str) -> bool:
    """Return whether the order lets the technician come."""
    required = REQUIRED.of(job.values)
    return technician not in EXCLUDED.of(job.values) and (not required or technician in required)


def extra(job: Job, technician: str) -> int:
    """Return what it costs that the technician isn't one of the preferred."""
    preferred = PREFERRED.of(job.values)
    return int(COST.of(job.values)) if preferred and technician not in preferred else 0


class People(Rule):
    """An order goes to one of its required technicians, never to an excluded one, best to a preferred one."""

    name = "people"
    columns = (REQUIRED, PREFERRED, EXCLUDED, COST)

    def faults(self, tables: Tables) -> Iterator[Fault]:
        """Find orders whose every required technician is excluded."""
        for record in tables["jobs"].records():
            required = REQUIRED.of(record)
            if required and set(required) <= set(EXCLUDED.of(record)):
                yield Fault(
                    "jobs",
                    record["_row"],
                    "excluded_technicians",
                    "nobody-left",
                    "every required technician is excluded as well",
                    "take one of them out of one list",
                    record["id"],
                )

    def post(self, problem: Problem, program: Program) -> None:
        """Forbid and charge pairs of order and shift."""
        people = [shift.technician for shift in program.shifts]
        for job, order in enumerate(program.jobs):
            if REQUIRED.of(order.values) or EXCLUDED.of(order.values):
                program.forbid(job, np.array([not may(order, person) for person in people], bool))
            if PREFERRED.of(order.values):
                program.charge(job, slice(None), np.array([extra(order, person) for person in people], np.int64))

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation | Charge]:
        """Name visits by people the order doesn't let come; charge visits by people not preferred."""
        technician, person = problem.shift[day.shift].technician, who(problem, day.shift)
        for visit in day.visits:
            job = problem.job[visit.id]
            if technician in EXCLUDED.of(job.values):
                yield Violation(
                    self.name,
                    f"order {job.id} excludes {person}",
                    1,
                    "people",
                    job.id,
                    day.shift,
                    f"ask the customer of order {job.id} to accept {person}",
                    MINUTES_A_CUSTOMERS_NO,
                )
            elif not may(job, technician):
                wanted = ", ".join(REQUIRED.of(job.values))
                yield Violation(
                    self.name,
                    f"order {job.id} requires {wanted}, not {person}",
                    1,
                    "people",
                    job.id,
                    day.shift,
                    f"let {person} do order {job.id} as well",
                    MINUTES_A_REQUEST,
                )
            if extra(job, technician):
                yield Charge(self.name, "not preferred", extra(job, technician), job.id, day.shift)
