"""Shift hours with overtime, and what working time costs."""

from __future__ import annotations

from collections.abc import Iterator

from fieldops.columns import Amount, Choice, Duration
from fieldops.routing.domain import Charge, Day, Problem, Shift, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule, setting
from fieldops.routing.rules.words import lasting, minutes, per_tick, when, who
from fieldops.units import HOUR, Money, Seconds

OVERTIME_MAX = setting("overtime_max_min", Duration("min", 0, 24 * 60), 0, "最大加班分钟", help="overtime allowed")
COST = setting("cost_per_hour", Amount(HOUR), 0, "小时成本", help="regular working time, per hour")
OVERTIME_COST = setting(
    "overtime_cost_per_hour",
    Amount(HOUR),
    None,
    "加班小时成本",
    help="overtime, per hour; 1.5 times cost_per_hour where it is empty (Labour Law of the PRC, art. 44)",
)
LONGEST = setting(
    "work_max_min",
    Duration("min", 0, 24 * 60),
    None,
    "最大工作分钟",
    "最长工时分钟",
    help="limit of a day from leaving to being back, overtime and rest included",
)
FIXED = setting("fixed_cost", Amount(), 0, "固定成本", help="for using the shift at all")
PAY = setting(
    "pay",
    Choice({"duration": ("按时长",), "shift": ("按班次",)}),
    "duration",
    "计薪方式",
    help="duration: from leaving to being back; shift: the whole shift once it is used",
)


class Terms:
    """What a shift's working time allows and costs, in ticks and Money per tick."""

    def __init__(self, problem: Problem, shift: Shift) -> None:
        values = problem.values(shift)
        cost: Money = COST[0].of(values)
        overtime: Money | None = OVERTIME_COST[0].of(values)
        self.overtime_max: Seconds = OVERTIME_MAX[0].of(values) * problem.ticks_per_second
        longest: Seconds | None = LONGEST[0].of(values)
        self.longest: Seconds | None = None if longest is None else longest * problem.ticks_per_second
        self.pay_rate = per_tick(problem, cost)
        self.overtime_rate = per_tick(problem, cost * 3 // 2 if overtime is None else overtime)
        self.pay_shift: bool = PAY[0].of(values) == "shift"
        self.fixed: Money = FIXED[0].of(values)


class Workday(Rule):
    """A day begins no earlier than its shift, ends no later than it and the overtime allowed, and isn't too long."""

    name = "workday"
    columns = (*OVERTIME_MAX, *LONGEST, *COST, *OVERTIME_COST, *FIXED, *PAY)

    def post(self, problem: Problem, program: Program) -> None:
        """State hours and prices of every shift."""
        for index, shift in enumerate(program.shifts):
            terms = Terms(problem, shift)
            program.workday(
                index,
                overtime_max=terms.overtime_max,
                overtime_rate=terms.overtime_rate,
                pay_rate=terms.pay_rate,
                pay_shift=terms.pay_shift,
                fixed=terms.fixed,
            )
            if terms.longest is not None:
                program.at_most(index, duration_s=terms.longest)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation | Charge]:
        """Judge both ends of the day; charge working time, overtime and the use of the shift."""
        shift = problem.shift[day.shift]
        terms = Terms(problem, shift)
        yield from self._hours(problem, day, shift, terms)
        over = max(0, day.back - shift.end)
        paid = shift.end - shift.start if terms.pay_shift else max(0, min(day.back, shift.end) - day.depart)
        for item, money in (
            ("working time", paid * terms.pay_rate),
            ("overtime", over * terms.overtime_rate),
            ("use of shifts", terms.fixed),
        ):
            if money:
                yield Charge(self.name, item, money, shift=shift.id)

    def _hours(self, problem: Problem, day: Day, shift: Shift, terms: Terms) -> Iterator[Violation]:
        person = who(problem, shift.id)
        early = shift.start - day.depart
        if early > 0:
            yield Violation(
                self.name,
                f"{person} leaves {lasting(problem, early)} before the shift begins ({when(problem, shift.start)})",
                minutes(problem, early),
                "min",
                "",
                shift.id,
                f"let the shift of {person} begin {lasting(problem, early)} earlier",
                minutes(problem, early),
            )
        late = day.back - shift.end - terms.overtime_max
        if late > 0:
            allowed = f" with {lasting(problem, terms.overtime_max)} overtime" if terms.overtime_max else ""
            yield Violation(
                self.name,
                f"{person} would be back at {when(problem, day.back)}, {lasting(problem, late)} after the shift "
                f"ends ({when(problem, shift.end)}{allowed})",
                minutes(problem, late),
                "min",
                "",
                shift.id,
                f"let the shift of {person} end {lasting(problem, late)} later",
                minutes(problem, late),
            )
        over = day.back - day.depart - terms.longest if terms.longest is not None and day.stops else 0
        if over > 0:
            yield Violation(
                self.name,
                f"the day of {person} would last {lasting(problem, day.back - day.depart)}, {lasting(problem, over)} "
                "more than allowed",
                minutes(problem, over),
                "min of work",
                "",
                shift.id,
                f"let the day of {person} last {lasting(problem, over)} longer",
                minutes(problem, over),
            )
