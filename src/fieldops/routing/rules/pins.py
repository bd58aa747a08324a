"""Pinned and started work, which a plan keeps; done and cancelled work, which it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator

from fieldops.columns import Choice, Column, Moment, Name
from fieldops.errors import Fault
from fieldops.routing.domain import Day, Job, Plan, Problem, Shift, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule
from fieldops.routing.rules.words import lasting, minutes, when, who
from fieldops.tables import Tables

MINUTES_A_PROMISE = 960.0

STATUS = Column(
    "jobs",
    "status",
    Choice(
        {
            "open": ("待派", "待派单", "新建", "未完成"),
            "pinned": ("已派", "锁定", "已锁定"),
            "started": ("进行中", "处理中"),
            "done": ("完成", "已完成", "关闭"),
            "cancelled": ("取消", "已取消"),
        }
    ),
    "open",
    aliases=("状态",),
    help="open, pinned (keep technician and start), started, done, cancelled",
)
TECHNICIAN = Column(
    "jobs",
    "technician",
    Name(),
    "",
    refers="technicians.id",
    aliases=("工程师", "技师", "派工技师"),
    help="who has it; needed when pinned or started",
)
START = Column(
    "jobs",
    "start",
    Moment(),
    None,
    aliases=("开始时间", "计划开始"),
    help="when it is to begin (pinned; may be empty) or began (started)",
)

CLOSED = ("done", "cancelled")
KEPT = ("pinned", "started")


def started(job: Job) -> bool:
    """Return whether the technician is at the order now."""
    return bool(STATUS.of(job.values) == "started")


def kept_by(problem: Problem, job: Job) -> Shift | None:
    """Return the shift that keeps a pinned or started order: of its technician, the one nearest its start.

    Without a start it is the technician's first shift; None if the technician has no shift at all.
    """
    if STATUS.of(job.values) not in KEPT:
        return None
    shifts = [s for s in problem.shifts if s.technician == TECHNICIAN.of(job.values)]
    start = START.of(job.values)
    if start is None:
        return min(shifts, key=lambda s: (s.start, s.id), default=None)
    return min(shifts, key=lambda s: (max(s.start - start, start - s.end, 0), s.id), default=None)


class Pins(Rule):
    """A pinned order stays with its technician and its start; a started one comes first, where it began."""

    name = "pins"
    columns = (STATUS, TECHNICIAN, START)

    def faults(self, tables: Tables) -> Iterator[Fault]:
        """Find kept orders without a technician or, when started, a start; two started at once."""
        busy: dict[str, str] = {}
        for record in tables["jobs"].records():
            status, technician = STATUS.of(record), TECHNICIAN.of(record)
            if status not in KEPT:
                continue
            if not technician:
                yield Fault(
                    "jobs",
                    record["_row"],
                    "technician",
                    "pinned-without-technician",
                    f"the order is {status}, but names no technician",
                    "name the technician or set the status to open",
                    record["id"],
                )
            elif status == "started" and START.of(record) is None:
                yield Fault(
                    "jobs",
                    record["_row"],
                    "start",
                    "started-without-start",
                    "the order is started, but says not when",
                    "state when it began",
                    record["id"],
                )
            elif status == "started" and technician in busy:
                yield Fault(
                    "jobs",
                    record["_row"],
                    "status",
                    "two-started-at-once",
                    f"{technician} has started order {busy[technician]} as well",
                    "set one of the two to pinned or done",
                    record["id"],
                )
            elif status == "started":
                busy[technician] = record["id"]

    def closed(self, problem: Problem) -> Iterator[str]:
        """Yield done and cancelled orders."""
        return (job.id for job in problem.jobs if STATUS.of(job.values) in CLOSED)

    def post(self, problem: Problem, program: Program) -> None:
        """Pin each kept order to its shift; one whose technician has no shift goes to nobody else."""
        for index, job in enumerate(program.jobs):
            shift = kept_by(problem, job)
            if shift is None and STATUS.of(job.values) in KEPT:
                program.forbid(index)
            elif shift is not None:
                program.pin(index, program.shift_index[shift.id], start=START.of(job.values), started=started(job))

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name kept orders that are with somebody else, moved, or not first though started."""
        for position, visit in enumerate(day.visits):
            job = problem.job[visit.id]
            if STATUS.of(job.values) not in KEPT:
                continue
            shift = kept_by(problem, job)
            if shift is None or shift.id != day.shift:
                yield self._broken(job.id, day, self._elsewhere(problem, day, job, shift), f"unpin order {job.id}")
                continue
            start = START.of(job.values)
            if started(job) and (position or day.stops[0].id != job.id):
                yield self._broken(
                    job.id, day, f"order {job.id} is started, so it comes first", f"interrupt order {job.id}"
                )
            elif start is not None and visit.start != start:
                off = abs(visit.start - start)
                yield Violation(
                    self.name,
                    f"order {job.id} is pinned to {when(problem, start)}, but would begin at "
                    f"{when(problem, visit.start)}",
                    minutes(problem, off),
                    "min",
                    job.id,
                    day.shift,
                    f"move the pinned order {job.id} by {lasting(problem, off)}",
                    2 * minutes(problem, off),
                )

    def of_plan(self, problem: Problem, plan: Plan) -> Iterator[Violation]:
        """Name kept orders that the plan leaves out."""
        for job_id in plan.unassigned:
            if STATUS.of(problem.job[job_id].values) in KEPT:
                shift = kept_by(problem, problem.job[job_id])
                yield Violation(
                    self.name,
                    f"order {job_id} is {STATUS.of(problem.job[job_id].values)}, but left out"
                    + ("" if shift else ": its technician has no shift"),
                    1,
                    "orders",
                    job_id,
                    shift.id if shift else "",
                    f"unpin order {job_id}",
                    MINUTES_A_PROMISE,
                    given=shift is None,
                )

    def _elsewhere(self, problem: Problem, day: Day, job: Job, shift: Shift | None) -> str:
        if shift is None:
            return f"order {job.id} is pinned to {TECHNICIAN.of(job.values) or 'nobody'}, who has no shift"
        here = problem.shift[day.shift]
        if shift.technician == here.technician:
            return (
                f"order {job.id} is pinned to the shift of {who(problem, shift.id)} that begins at "
                f"{when(problem, shift.start)}, not to the one at {when(problem, here.start)}"
            )
        return f"order {job.id} is pinned to {who(problem, shift.id)}, not {who(problem, here.id)}"

    def _broken(self, job: str, day: Day, words: str, remedy: str) -> Violation:
        return Violation(self.name, words, 1, "orders", job, day.shift, remedy, MINUTES_A_PROMISE)
