"""SLA due times: when to respond, when to have resolved, and what each hour late costs."""

from __future__ import annotations

from collections.abc import Iterator

from fieldops.columns import Amount, Column, Moment
from fieldops.errors import Fault
from fieldops.routing.domain import Charge, Day, Problem
from fieldops.routing.program import ON_END, ON_START, Program
from fieldops.routing.rules.rule import Rule
from fieldops.routing.rules.words import per_tick
from fieldops.tables import Tables
from fieldops.units import CURRENCY, HOUR

RESPOND_BY = Column(
    "jobs", "respond_by", Moment(), None, aliases=("响应时限", "要求到达时间"), help="service should have begun by then"
)
RESOLVE_BY = Column(
    "jobs", "resolve_by", Moment(), None, aliases=("解决时限", "要求完成时间"), help="service should have ended by then"
)
LATE_COST = Column(
    "jobs", "late_cost_per_hour", Amount(HOUR), 60 * CURRENCY // HOUR, aliases=("超时成本",), help="for each hour late"
)


class Due(Rule):
    """Beginning after respond_by, or ending after resolve_by, costs money by the hour."""

    name = "due"
    columns = (RESPOND_BY, RESOLVE_BY, LATE_COST)

    def faults(self, tables: Tables) -> Iterator[Fault]:
        """Find orders to be resolved before they are responded to."""
        for record in tables["jobs"].records():
            respond, resolve = RESPOND_BY.of(record), RESOLVE_BY.of(record)
            if respond is not None and resolve is not None and resolve < respond:
                yield Fault(
                    "jobs",
                    record["_row"],
                    "resolve_by",
                    "window-ends-before-start",
                    "resolve_by lies before respond_by",
                    "correct one of the two",
                    record["id"],
                )

    def post(self, problem: Problem, program: Program) -> None:
        """State both due times of each order."""
        for job, order in enumerate(program.jobs):
            for column, end in ((RESPOND_BY, ON_START), (RESOLVE_BY, ON_END)):
                moment = column.of(order.values)
                if moment is not None and LATE_COST.of(order.values):
                    program.due(job, moment, per_tick(problem, LATE_COST.of(order.values)), on=end)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Charge]:
        """Charge lateness of each visit."""
        for visit in day.visits:
            values = problem.job[visit.id].values
            for column, reached, item in (
                (RESPOND_BY, visit.start, "late response"),
                (RESOLVE_BY, visit.end, "late resolution"),
            ):
                moment = column.of(values)
                if moment is not None and reached > moment and LATE_COST.of(values):
                    rate = per_tick(problem, LATE_COST.of(values))
                    yield Charge(self.name, item, (reached - moment) * rate, visit.id, day.shift)
