"""Driving: what it costs, and how much of it a day may hold."""

from __future__ import annotations

from collections.abc import Iterator

from fieldops.columns import Amount, Distance, Duration
from fieldops.routing.domain import Charge, Day, Problem, Violation
from fieldops.routing.program import NEVER, Program
from fieldops.routing.rules.rule import Rule, setting
from fieldops.routing.rules.words import lasting, minutes, per_tick, who
from fieldops.units import HOUR, KILOMETRE

MAX_TIME = setting(
    "drive_max_min", Duration("min", 0, 24 * 60), None, "最大驾驶分钟", help="limit of a day's time at the wheel"
)
MAX_WAY = setting("drive_max_km", Distance("km", 0, 5_000), None, "最大驾驶公里", help="limit of a day's distance")
PER_KM = setting("cost_per_km", Amount(KILOMETRE), 0, "公里成本", help="per kilometre driven")
PER_HOUR = setting(
    "cost_per_drive_hour", Amount(HOUR), 0, "驾驶小时成本", help="per hour at the wheel, beyond working time"
)


class Driving(Rule):
    """A day's driving stays within its limits of time and distance, and costs by the kilometre and the hour."""

    name = "driving"
    columns = (*MAX_TIME, *MAX_WAY, *PER_KM, *PER_HOUR)

    def post(self, problem: Problem, program: Program) -> None:
        """State prices and limits of each shift."""
        for index, shift in enumerate(program.shifts):
            values = problem.values(shift)
            program.travel_cost(
                index, per_tick=per_tick(problem, PER_HOUR[0].of(values)), per_metre=PER_KM[0].of(values)
            )
            longest, farthest = MAX_TIME[0].of(values), MAX_WAY[0].of(values)
            if longest is not None or farthest is not None:
                program.at_most(
                    index,
                    drive_s=NEVER if longest is None else longest * problem.ticks_per_second,
                    drive_m=NEVER if farthest is None else farthest,
                )

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation | Charge]:
        """Judge both limits; charge time and distance."""
        values, person = problem.values(problem.shift[day.shift]), who(problem, day.shift)
        longest, farthest = MAX_TIME[0].of(values), MAX_WAY[0].of(values)
        if longest is not None and day.drive_s > longest * problem.ticks_per_second:
            over = day.drive_s - longest * problem.ticks_per_second
            yield Violation(
                self.name,
                f"{person} would drive {lasting(problem, day.drive_s)}, {lasting(problem, over)} more than allowed",
                minutes(problem, over),
                "min",
                "",
                day.shift,
                f"let {person} drive {lasting(problem, over)} more",
                minutes(problem, over),
            )
        if farthest is not None and day.drive_m > farthest:
            over = day.drive_m - farthest
            more = -(-10 * over // KILOMETRE) / 10  # rounded up, so that granting it suffices
            yield Violation(
                self.name,
                f"{person} would drive {day.drive_m / KILOMETRE:.1f} km, {more:.1f} km more than allowed",
                over / KILOMETRE,
                "km",
                "",
                day.shift,
                f"let {person} drive {more:.1f} km more",
                2 * over / KILOMETRE,
            )
        by_time = day.drive_s * per_tick(problem, PER_HOUR[0].of(values))
        by_way = day.drive_m * PER_KM[0].of(values)
        if by_time:
            yield Charge(self.name, "driving time", by_time, shift=day.shift)
        if by_way:
            yield Charge(self.name, "distance", by_way, shift=day.shift)
