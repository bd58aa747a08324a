"""Periods of a calendar: the days at which months, weeks or days begin, and how many days one holds."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fieldops.errors import ConfigError

Period: TypeAlias = Literal["month", "week", "day"]
Days: TypeAlias = NDArray[np.datetime64]

DAYS_PER: Final[dict[str, float]] = {"month": 30.4375, "week": 7.0, "day": 1.0}
"""Mean days of a period; a lead time in days becomes periods with it. A month is a twelfth of 365.25 days."""

# 1970-01-01, day 0 of NumPy, was a Thursday; weeks begin on Mondays.
_MONDAY_SHIFT: Final = 3


def checked(period: str) -> Period:
    """Return `period` if there is such a one; raise ConfigError with the choice if not."""
    if period in DAYS_PER:
        return period  # type: ignore[return-value]
    raise ConfigError(f"there is no period {period!r}; choose one of {', '.join(DAYS_PER)}")


def number(days: Days, period: Period) -> NDArray[np.int64]:
    """Count periods since 1970: two days are in one period if their numbers are equal.

    >>> number(np.array(["2026-01-31", "2026-02-01"], dtype="datetime64[D]"), "month").tolist()
    [672, 673]
    """
    whole = days.astype("datetime64[D]")
    if period == "month":
        return whole.astype("datetime64[M]").astype(np.int64)
    if period == "week":
        return (whole.astype(np.int64) + _MONDAY_SHIFT) // 7
    return whole.astype(np.int64)


def first_day(numbers: NDArray[np.int64], period: Period) -> Days:
    """Give the first day of each numbered period.

    >>> str(first_day(number(np.array(["2026-11-22"], dtype="datetime64[D]"), "week"), "week")[0])
    '2026-11-16'
    """
    if period == "month":
        return numbers.astype("datetime64[M]").astype("datetime64[D]")
    if period == "week":
        return (numbers * 7 - _MONDAY_SHIFT).astype("datetime64[D]")
    return numbers.astype("datetime64[D]")


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
