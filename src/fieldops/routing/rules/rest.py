"""The lunch rest: a break of a given length that begins between two times of the day."""

from __future__ import annotations

from collections.abc import Iterator

from fieldops.columns import Duration, TimeOfDay
from fieldops.errors import Fault
from fieldops.routing.domain import Day, Problem, Shift, Violation
from fieldops.routing.program import Program
from fieldops.routing.rules.rule import Rule, setting
from fieldops.routing.rules.words import lasting, minutes, of_day, when, who
from fieldops.tables import Tables
from fieldops.units import DAY, HOUR, Seconds

LENGTH = setting("rest_min", Duration("min", 0, 240), 0, "午休分钟", help="length of the rest; 0: none")
EARLIEST = setting(
    "rest_earliest", TimeOfDay(), 11 * HOUR + 1800, "午休最早", help="the rest begins no earlier (local time)"
)
LATEST = setting("rest_latest", TimeOfDay(), 13 * HOUR + 1800, "午休最晚", help="the rest begins no later (local time)")


def span(problem: Problem, shift: Shift) -> tuple[Seconds, Seconds, Seconds]:
    """Return length, earliest and latest start of the shift's rest, in ticks.

    The times of day are those of the shift's first day; of the next, where they are over before it begins
    (a shift from 22:00 that rests at 02:00).
    """
    values = problem.values(shift)
    length = LENGTH[0].of(values) * problem.ticks_per_second
    later = DAY if of_day(problem, shift, LATEST[0].of(values)) < shift.start else 0
    earliest, latest = (of_day(problem, shift, column[0].of(values) + later) for column in (EARLIEST, LATEST))
    return length, earliest, latest


class Rest(Rule):
    """A day holds its rest, unless it leaves after, or is back before, the rest could be taken at home."""

    name = "rest"
    columns = (*LENGTH, *EARLIEST, *LATEST)

    def faults(self, tables: Tables) -> Iterator[Fault]:
        """Find rests that end their window before it starts."""
        for table in ("technicians", "shifts"):
            for record in tables[table].records():
                if LENGTH[0].of(record) and LATEST[0].of(record) < EARLIEST[0].of(record):
                    yield Fault(
                        table,
                        record["_row"],
                        "rest_latest",
                        "window-ends-before-start",
                        "rest_latest lies before rest_earliest",
                        "swap or correct the two",
                        str(record.get("id", "")),
                    )

    def post(self, problem: Problem, program: Program) -> None:
        """Ask for one rest a shift."""
        for index, shift in enumerate(program.shifts):
            length, earliest, latest = span(problem, shift)
            if length:
                program.rest(index, length, earliest, latest)

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Find a rest that is missing, too short, or taken outside its time."""
        shift = problem.shift[day.shift]
        length, earliest, latest = span(problem, shift)
        if not length or not day.stops or day.depart >= earliest + length or day.back <= latest:
            return
        rests = [stop for stop in day.stops if stop.kind == "rest"]
        person = who(problem, shift.id)
        if not rests:
            yield Violation(
                self.name,
                f"{person} has no rest of {lasting(problem, length)} between {when(problem, earliest)} and "
                f"{when(problem, latest + length)}",
                minutes(problem, length),
                "min",
                "",
                shift.id,
                f"let {person} skip the rest",
                2 * minutes(problem, length),
            )
            return
        off, rest = min(
            ((max(earliest - r.start, r.start - latest, 0) + max(0, length - (r.end - r.start)), r) for r in rests),
            key=lambda found: (found[0], found[1].start),
        )
        if off:
            yield Violation(
                self.name,
                f"{person} rests from {when(problem, rest.start)} to {when(problem, rest.end)}, not for "
                f"{lasting(problem, length)} beginning between {when(problem, earliest)} and {when(problem, latest)}",
                minutes(problem, off),
                "min",
                "",
                shift.id,
                f"let {person} rest at another time ({lasting(problem, off)} off)",
                minutes(problem, off),
            )
