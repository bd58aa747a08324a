"""Names, moments and durations as people read them; the local midnight of a shift."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from fieldops.errors import ConfigError
from fieldops.routing.domain import Problem, Shift
from fieldops.units import Money, Seconds, currency
from fieldops.units import moment as local


def who(problem: Problem, shift_id: str) -> str:
    """Return the technician of a shift: ``李伟 (T01)``."""
    technician = problem.technician[problem.shift[shift_id].technician]
    return f"{technician.name} ({technician.id})" if technician.name else technician.id


def stamp(problem: Problem, tick: Seconds) -> datetime:
    """Return a tick as a local datetime of the problem's zone."""
    return local(problem.epoch + tick // problem.ticks_per_second, problem.zone)


def when(problem: Problem, tick: Seconds) -> str:
    """Return a tick as local wall time, ``23 Nov 09:30``; the minute that it lies in."""
    return f"{stamp(problem, tick):%d %b %H:%M}"


def until(problem: Problem, tick: Seconds) -> str:
    """Return the first whole minute at or after a tick, as `when` writes it: a limit that suffices."""
    moment = stamp(problem, tick + problem.ticks_per_second - 1)
    return f"{moment + timedelta(seconds=-moment.second % 60):%d %b %H:%M}"


def minutes(problem: Problem, ticks: Seconds) -> float:
    """Return ticks as minutes; not rounded, so that no breach is too small to count."""
    return ticks / (problem.ticks_per_second * 60)


def lasting(problem: Problem, ticks: Seconds) -> str:
    """Return a duration, ``25 min`` or ``1 h 05 min``; rounded up, so that granting it suffices."""
    whole = -(-ticks // (problem.ticks_per_second * 60))
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d} min"


def of_day(problem: Problem, shift: Shift, time_of_day: Seconds) -> Seconds:
    """Return the tick of a local time of day on the shift's day.

    `time_of_day` counts seconds after midnight as clocks on the wall do: where they are put forward or
    back that day, 11:30 is 11:30 none the less.
    """
    day = datetime.combine(stamp(problem, shift.start).date(), time()) + timedelta(seconds=time_of_day)
    return (int(day.replace(tzinfo=ZoneInfo(problem.zone)).timestamp()) - problem.epoch) * problem.ticks_per_second


def per_tick(problem: Problem, per_second: Money) -> Money:
    """Return Money per tick for Money per second.

    Raises
    ------
    ConfigError
        When the problem's ticks are so fine that the price would have to be rounded.
    """
    rate, rest = divmod(per_second, problem.ticks_per_second)
    if rest:
        raise ConfigError(
            f"a price of {currency(per_second * 3600)} an hour isn't a whole amount per tick "
            f"of 1/{problem.ticks_per_second} s; "
            "use a coarser tick or a rounder price"
        )
    return rate
