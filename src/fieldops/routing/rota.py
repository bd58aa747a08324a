"""Who works when: rows of the shifts table, or each technician's hours on each day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fieldops.cells import YEARS
from fieldops.columns import Column
from fieldops.errors import ConfigError
from fieldops.routing import places as spots
from fieldops.routing.domain import Shift
from fieldops.routing.headings import SHIFTS
from fieldops.routing.places import Places
from fieldops.routing.rules.rule import values_of
from fieldops.routing.vetting import given
from fieldops.tables import Tables
from fieldops.units import Seconds


def days_of(dates: Sequence[str | date], zone: ZoneInfo) -> list[datetime]:
    """Return the local midnights of dates, each once, in order.

    Raises
    ------
    ConfigError
        When one is no date, or absurd.

    >>> days_of(["2026-11-23"], ZoneInfo("Asia/Shanghai"))[0].isoformat()
    '2026-11-23T00:00:00+08:00'
    """
    days = set()
    for stated in dates:
        try:
            day = date.fromisoformat(stated) if isinstance(stated, str) else stated
        except ValueError:
            raise ConfigError(f"{stated!r} is not a date like 2026-11-23") from None
        if day.year not in YEARS:
            raise ConfigError(f"{day:%Y-%m-%d} lies in the year {day.year}, not between {YEARS[0]} and {YEARS[-1]}")
        days.add(datetime.combine(day, time(), tzinfo=zone))
    return sorted(days)


def midnight(moment: Seconds, zone: ZoneInfo) -> Seconds:
    """Return the local midnight at which the day of a moment begins; both in Unix seconds."""
    return int(datetime.combine(datetime.fromtimestamp(moment, zone).date(), time(), tzinfo=zone).timestamp())


def shifts_of(
    tables: Tables, days: list[datetime], home: Mapping[str, str], places: Places, read: Collection[Column]
) -> list[Shift]:
    """Return shifts in Unix seconds: the rows of the shifts table, else each technician's hours on each day."""
    if given(tables, "shifts"):
        return _timetable(tables, days, home, places, read)
    shifts = []
    for record in tables["technicians"].records():
        who, base = record["id"], home[record["id"]]
        for day in days:
            start, end = (int((day + timedelta(seconds=record[c])).timestamp()) for c in ("shift_start", "shift_end"))
            shifts.append(Shift(f"{who}/{day:%Y-%m-%d}", who, start, end, base, base))
    return shifts


def _timetable(
    tables: Tables, days: list[datetime], home: Mapping[str, str], places: Places, read: Collection[Column]
) -> list[Shift]:
    """Return the rows of the shifts table that begin on one of the days, all where none is named."""
    own = [column for column in read if column.table == "shifts" and column not in (*SHIFTS, *spots.COLUMNS)]
    dates = {day.date() for day in days}
    rows = [record for record in tables["shifts"].records() if record["technician"] in home]
    shifts, count = [], {record["technician"]: 0 for record in rows}
    for record in sorted(rows, key=lambda record: (record["technician"], record["start"])):
        who = record["technician"]
        count[who] += 1
        if dates and datetime.fromtimestamp(record["start"], tables.zone).date() not in dates:
            continue
        start, end = (record[c] and places.named(record[c]) for c in ("start_place", "end_place"))
        ends = start or home[who], end or home[who]
        shifts.append(Shift(f"{who}/{count[who]}", who, record["start"], record["end"], *ends, values_of(record, own)))
    return shifts
