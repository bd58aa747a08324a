"""Hold a day's stated moments and places against travel and service; no rule says these, the world does."""

from __future__ import annotations

from collections.abc import Iterator

from fieldops.routing.domain import Day, Problem, Violation
from fieldops.routing.rules.pins import started
from fieldops.routing.rules.supplies import called, stops_at
from fieldops.routing.rules.words import lasting, minutes, who
from fieldops.routing.travel import UNREACHABLE
from fieldops.units import KILOMETRE, Metres, Seconds

MINUTES_A_STOP = 240.0


def physics(problem: Problem, day: Day) -> Iterator[Violation]:
    """Yield where the stated moments and places of a day can't be: travel, service, its ends, depots."""
    shift, person = problem.shift[day.shift], who(problem, day.shift)
    begun = day.stops and day.stops[0].kind == "job" and started(problem.job[day.stops[0].id])
    origin = problem.job[day.stops[0].id].place if begun else shift.origin

    def wrong(words: str, amount: float, unit: str, job: str = "") -> Violation:
        burden = amount if unit == "min" else 0.0
        return Violation("clock", words, amount, unit, job, shift.id, "correct the times", burden)

    def drive(job: str, goal: str, began: Seconds, stated: tuple[Seconds, Metres, Seconds]) -> Iterator[Violation]:
        (ticks, metres), (seconds, way, there) = problem.drive(place, goal), stated
        what = f"the drive of {person} to {f'order {job}' if job else goal}"
        if ticks >= UNREACHABLE:
            yield wrong(f"there is no way from {place} to {goal} for {person}", 1, "ways", job)
        elif min(there - began, seconds) < ticks:
            gap = minutes(problem, ticks - min(there - began, seconds))
            yield wrong(f"{what} takes {lasting(problem, ticks)}, which the times don't allow", gap, "min", job)
        elif there - began < seconds:
            gap = minutes(problem, seconds - (there - began))
            yield wrong(f"{what} is stated as longer than the time between", gap, "min", job)
        elif way < metres:
            yield wrong(
                f"{what} is {metres / KILOMETRE:.1f} km, not {way / KILOMETRE:.1f}",
                (metres - way) / KILOMETRE,
                "km",
                job,
            )

    for stated, real, end in ((day.origin, origin, "begins"), (day.destination, shift.destination, "ends")):
        if stated != real:
            yield wrong(f"the day of {person} {end} at {stated}, not at {real}", 1, "places")
    place, now = origin, day.depart
    for stop in day.stops:
        job = stop.id if stop.kind == "job" else ""
        here, needed = place, 0
        what = f"order {job}" if job else f"the {stop.id} of {person}"
        if stop.kind != "rest":
            noun = problem.job[job] if job else problem.depot[stop.id]
            here, needed = noun.place, noun.service_s
            what = f"order {job}" if job else f"the stop of {person} at {stop.id}"
        if stop.place != here:
            yield wrong(f"{what} is at {here}, not at {stop.place}", 1, "places", job)
        yield from drive(job, here, now, (stop.drive_s, stop.drive_m, stop.arrive))
        if stop.start < stop.arrive:
            early = minutes(problem, stop.arrive - stop.start)
            yield wrong(f"{what} begins before {person} arrives", early, "min", job)
        if stop.end - stop.start < needed:
            short = minutes(problem, needed - stop.end + stop.start)
            yield wrong(f"{what} is given less than its {lasting(problem, needed)}", short, "min", job)
        place, now = here, stop.end
    yield from drive("", shift.destination, now, (day.home_drive_s, day.home_drive_m, day.back))
    yield from _stops(problem, day, person)


def _stops(problem: Problem, day: Day, person: str) -> Iterator[Violation]:
    """Find restock stops at depots where the shift may not stop, and more than one a day."""
    depots = [stop.id for stop in day.stops if stop.kind == "restock"]
    may = stops_at(problem, problem.shift[day.shift]) if depots else ()
    for depot in dict.fromkeys(depots):
        if depot not in may:
            at = called(problem, depot)
            words, remedy = f"{person} may not stop at {at}", f"let {person} stop at {at}"
            yield Violation("clock", words, 1, "stops", "", day.shift, remedy, MINUTES_A_STOP)
    if len(depots) > 1:
        words = f"{person} stops at depots {len(depots)} times; once a day is allowed"
        over = len(depots) - 1
        yield Violation("clock", words, over, "stops", "", day.shift, "leave stops out", over * MINUTES_A_STOP)
