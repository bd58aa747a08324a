"""Periods of a calendar: the days at which they begin, and how many days one holds.

A period is ``day``, ``week`` (ISO: from Monday), ``month``, ``quarter``, ``year``, or several days, weeks or months:
``4 weeks``, ``10 days``, ``2 months``. Blocks of several are counted from 1970 on (weeks from Monday 29 December 1969),
whatever the first day of the records, so that every run has the same ones.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldops.errors import ConfigError

Period: TypeAlias = str
Days: TypeAlias = NDArray[np.datetime64]

DAYS_PER: Final[dict[str, float]] = {"month": 30.4375, "week": 7.0, "day": 1.0}
"""Mean days of a unit; a month is a twelfth of 365.25 days."""

_MONTHS: Final = {"quarter": 3, "year": 12}
_SEVERAL: Final = re.compile(r"([1-9]\d{0,3})[ _-]*(day|week|month)s?")
# 1970-01-01, day 0 of NumPy, was a Thursday; weeks begin on Mondays.
_MONDAY_SHIFT: Final = 3


def checked(period: str) -> Period:
    """Return `period` as it is named here; raise ConfigError with the choice if there is no such one.

    >>> checked("4-weeks"), checked("1 month"), checked("quarter")
    ('4 weeks', 'month', 'quarter')
    """
    number, unit = _parsed(period)
    if period in _MONTHS:
        return period
    return unit if number == 1 else f"{number} {unit}s"


def _parsed(period: str) -> tuple[int, str]:
    """Give how many of which unit (day, week, month) a period is."""
    if period in DAYS_PER:
        return 1, period
    if period in _MONTHS:
        return _MONTHS[period], "month"
    found = _SEVERAL.fullmatch(period)
    if not found:
        raise ConfigError(
            f"there is no period {period!r}; choose one of {', '.join([*DAYS_PER, *_MONTHS])}, or several: 4 weeks"
        )
    return int(found[1]), found[2]


def days_per(period: Period) -> float:
    """Give the mean days of a period; a lead time in days becomes periods with it.

    >>> days_per("4 weeks"), days_per("quarter")
    (28.0, 91.3125)
    """
    number, unit = _parsed(period)
    return number * DAYS_PER[unit]


def plural(period: Period) -> str:
    """Say several of a period.

    >>> plural("month"), plural("4 weeks")
    ('months', 'periods of 4 weeks')
    """
    return f"periods of {period}" if period[:1].isdigit() else f"{period}s"


def number(days: Days, period: Period) -> NDArray[np.int64]:
    """Count periods since 1970: two days are in one period if their numbers are equal.

    >>> number(np.array(["2026-01-31", "2026-02-01"], dtype="datetime64[D]"), "month").tolist()
    [672, 673]
    """
    several, unit = _parsed(period)
    whole = days.astype("datetime64[D]")
    if unit == "month":
        return whole.astype("datetime64[M]").astype(np.int64) // several
    if unit == "week":
        return (whole.astype(np.int64) + _MONDAY_SHIFT) // (7 * several)
    return whole.astype(np.int64) // several


def first_day(numbers: NDArray[np.int64], period: Period) -> Days:
    """Give the first day of each numbered period.

    >>> str(first_day(number(np.array(["2026-11-22"], dtype="datetime64[D]"), "week"), "week")[0])
    '2026-11-16'
    """
    several, unit = _parsed(period)
    begun = numbers * several
    if unit == "month":
        return begun.astype("datetime64[M]").astype("datetime64[D]")
    if unit == "week":
        return (begun * 7 - _MONDAY_SHIFT).astype("datetime64[D]")
    return begun.astype("datetime64[D]")


def edges(first: date | np.datetime64, end: date | np.datetime64, period: Period) -> Days:
    """List the first days of all periods from the one of `first` up to `end`, and the day after the last.

    A period that `end` (itself outside) cuts short is left out: half a month would pass for a month of little demand.

    >>> edges(date(2026, 1, 15), date(2026, 4, 1), "month").astype(str).tolist()
    ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01']
    >>> edges(date(2026, 1, 15), date(2026, 3, 20), "month").astype(str).tolist()
    ['2026-01-01', '2026-02-01', '2026-03-01']
    """
    ends = np.array([first, end], dtype="datetime64[D]")
    start, stop = number(ends, period)
    return first_day(np.arange(start, max(stop, start) + 1), period)
