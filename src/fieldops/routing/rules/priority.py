"""Priority and optional orders: what it is worth to serve an order at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from fieldops.columns import Choice, Column, Flag, Moment, Number
from fieldops.routing.domain import Job, Loss, Plan, Problem
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule
from fieldops.units import DAY, whole

POINT = 10  # worth is kept in tenths of a point, so that a tenth of growth a day is exact
POINTS = {1: 1000, 2: 100, 3: 10, 4: 1}
GROWTH_DAYS = 10
WORDS = {
    "1": ("urgent", "紧急", "特急"),
    "2": ("high", "高"),
    "3": ("normal", "ordinary", "普通", "一般", "中"),
    "4": ("low", "低"),
}


def _level(cell: Any, zone: ZoneInfo) -> int:
    """Read a priority: 1 (urgent) to 4 (low), or its word."""
    cell = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    return int(Choice(WORDS)(cell, zone))


PRIORITY = Column(
    "jobs",
    "priority",
    _level,
    None,
    aliases=("优先级", "紧急程度"),
    help="1 urgent, 2 high, 3 normal, 4 low, or the words; 3, or 4 for optional orders, where it is empty",
)
OPTIONAL = Column(
    "jobs", "optional", Flag(), False, aliases=("可选",), help="leaving the order for another day is no failure"
)
WORTH = Column(
    "jobs", "worth", Number(0, 1e6), None, aliases=("价值",), help="points instead of the priority's 1000, 100, 10, 1"
)
CREATED = Column(
    "jobs",
    "created",
    Moment(),
    None,
    aliases=("创建时间", "报修时间"),
    help="when the order came in; its worth grows by a tenth a day waited, up to double",
)


def worth(job: Job, now: int = 0, day: int = DAY) -> int:
    """Return what serving `job` is worth, in tenths of a point.

    1000, 100, 10 or 1 points by priority (or the order's own), growing by a tenth for each full day
    between its creation and `now`, the start of the horizon, up to double.

    >>> worth(Job("A", "p", 0, {"priority": 2, "created": -3 * DAY}))
    1300
    """
    points = WORTH.of(job.values)
    if points is None:
        level = PRIORITY.of(job.values) or (4 if OPTIONAL.of(job.values) else 3)
        points = POINTS[level]
    created = CREATED.of(job.values)
    waited = 0 if created is None else max(0, min(GROWTH_DAYS, (now - created) // day))
    return whole(points * POINT) * (10 + waited) // 10


def is_optional(job: Job) -> bool:
    """Return whether leaving the order out is no failure."""
    return bool(OPTIONAL.of(job.values))


class Priority(Rule):
    """Orders that can't all be served are left out by worth: the sum left out is as small as possible."""

    name = "priority"
    columns = (PRIORITY, OPTIONAL, WORTH, CREATED)

    def post(self, problem: Problem, program: Program) -> None:
        """State the worth of each order."""
        for job, order in enumerate(program.jobs):
            program.optional(job, worth(order, 0, DAY * problem.ticks_per_second))

    def of_plan(self, problem: Problem, plan: Plan) -> Iterator[Loss]:
        """State the worth of each order left out."""
        for job in plan.unassigned:
            yield Loss(self.name, worth(problem.job[job], 0, DAY * problem.ticks_per_second), job)
