"""When service may begin: appointment windows on any day, the earliest and the latest moment."""

from __future__ import annotations

from collections.abc import Iterator

from fieldops.columns import Column, Moment, Windows
from fieldops.errors import Fault
from fieldops.routing.domain import Day, Job, Problem, Violation
from fieldops.routing.program import NEVER, Program
from fieldops.routing.rules.rule import Rule
from fieldops.routing.rules.words import lasting, minutes, until, when
from fieldops.tables import Tables
from fieldops.units import Seconds

WINDOWS = Column(
    "jobs",
    "windows",
    Windows(),
    (),
    aliases=("时间窗", "预约时间"),
    help="when service may begin: 2026-11-23 09:00/2026-11-23 12:00; several separated by ;",
)
EARLIEST = Column(
    "jobs", "earliest", Moment(), None, aliases=("最早时间", "预约开始"), help="service may not begin before"
)
LATEST = Column("jobs", "latest", Moment(), None, aliases=("最晚时间", "预约结束"), help="service may not begin after")


def opening(job: Job) -> list[tuple[Seconds, Seconds]]:
    """Return the windows of a job, cut to its earliest and latest moment."""
    earliest, latest = EARLIEST.of(job.values), LATEST.of(job.values)
    low = -NEVER if earliest is None else earliest
    high = NEVER if latest is None else latest
    windows = WINDOWS.of(job.values) or ((-NEVER, NEVER),)
    return [(max(low, a), min(high, b)) for a, b in windows if max(low, a) <= min(high, b)]


class TimeWindows(Rule):
    """Service of an order begins within one of its windows, not before its earliest, not after its latest."""

    name = "windows"
    columns = (WINDOWS, EARLIEST, LATEST)

    def faults(self, tables: Tables) -> Iterator[Fault]:
        """Find orders that no moment satisfies."""
        for record in tables["jobs"].records():
            job = Job(record["id"], "", 0, record)
            if not opening(job):
                earliest, latest = EARLIEST.of(record), LATEST.of(record)
                crossed = earliest is not None and latest is not None and latest < earliest
                cause = "latest lies before earliest" if crossed else "no window lies between earliest and latest"
                yield Fault(
                    "jobs",
                    record["_row"],
                    "latest" if crossed else "windows",
                    "window-ends-before-start",
                    cause,
                    "correct the moments so that service can begin at all",
                    record["id"],
                )

    def post(self, problem: Problem, program: Program) -> None:
        """Bound the start of each order that has windows."""
        for job, order in enumerate(program.jobs):
            windows = opening(order)
            if windows != [(-NEVER, NEVER)]:
                program.start_within(job, windows)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name each visit that begins outside all of its windows."""
        for visit in day.visits:
            windows = opening(problem.job[visit.id])
            if any(a <= visit.start <= b for a, b in windows):
                continue
            yield self._violation(problem, day, visit.id, visit.start, windows)

    def _violation(
        self, problem: Problem, day: Day, job: str, start: Seconds, windows: list[tuple[Seconds, Seconds]]
    ) -> Violation:
        if not windows:
            return Violation(
                self.name,
                f"order {job} has no moment at which it may begin",
                1,
                "windows",
                job,
                day.shift,
                f"give order {job} a window",
                1e6,
            )
        off, opens, closes = min((max(a - start, start - b), a, b) for a, b in windows)
        side = "after its window ends" if start > closes else "before its window begins"
        edge = closes if start > closes else opens
        late = lasting(problem, off)
        remedy = f"let order {job} begin until {until(problem, start)}, {late} later"
        if start < opens:
            remedy = f"let order {job} begin from {when(problem, start)}, {late} earlier"
        return Violation(
            self.name,
            f"order {job} would begin at {when(problem, start)}, {late} {side} ({when(problem, edge)})",
            minutes(problem, off),
            "min",
            job,
            day.shift,
            remedy,
            minutes(problem, off),
        )
