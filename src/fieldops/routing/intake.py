"""Tables become a problem: typed rows in, jobs, technicians, shifts and travel out, every fault told at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fieldops.columns import Column, Moment, Windows
from fieldops.errors import ConfigError, Fault
from fieldops.routing import places as spots
from fieldops.routing.domain import Job, Problem, Shift, Technician
from fieldops.routing.headings import JOBS, OPTIONAL, SHIFTS, SHOWN, TECHNICIANS, declared
from fieldops.routing.places import Places
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.rule import values_of
from fieldops.routing.travel import Travel
from fieldops.tables import Skipped, Source, Tables, read_tables
from fieldops.units import DAY, Seconds


@dataclass(frozen=True, eq=False)
class Intake:
    """A problem, and what was left out on the way to it.

    Attributes
    ----------
    problem
        To be planned.
    rejected
        Rows skipped as faulty; orders among them appear in the result.
    off
        Technicians without a shift on these days.
    tables
        The typed rows, for reports.
    """

    problem: Problem
    rejected: tuple[Skipped, ...]
    off: tuple[str, ...]
    tables: Tables


def read_dispatch(
    sources: Mapping[str, Source],
    *,
    rules: Sequence[Rule] = RULES,
    zone: str = "Asia/Shanghai",
    names: Mapping[str, Mapping[str, str]] | None = None,
    encoding: str | None = None,
    dates: Sequence[str | date] = (),
    travel: Travel | None = None,
) -> Tables:
    """Read the tables of a dispatch problem and find every fault that rows can have.

    Parameters
    ----------
    sources
        ``jobs`` and ``technicians``; if you have them ``shifts``, ``depots``, ``customers``, ``parts``
        and ``travel``: paths or DataFrames.
    rules
        Say which columns are read.
    zone, names, encoding
        See :func:`fieldops.tables.read_tables`.
    dates
        The days to plan, for technicians that have hours but no rows in ``shifts``.
    travel
        Travel of your own (a matrix, a road graph); places are then its ids.

    Returns
    -------
    Tables
        With all faults; go on with `refuse_faults` or `skip_faulty`, then with `problem_of`.
    """
    known = tuple(
        replace(column, refers="")
        if column.refers and column.refers.split(".")[0] in OPTIONAL and column.refers.split(".")[0] not in sources
        else column
        for column in declared(rules)
    )
    tables = read_tables(sources, known, zone=zone, names=names, encoding=encoding, optional=OPTIONAL)
    found = [fault for rule in rules for fault in rule.faults(tables)]
    found += spots.swapped(tables)
    found += _hours(tables, dates)
    found += _whereabouts(tables, travel)
    return tables.with_faults(found)


def _hours(tables: Tables, dates: Sequence[str | date]) -> Iterator[Fault]:
    for record in tables["shifts"].records():
        length = record["end"] - record["start"]
        if length <= 0 or length > DAY:
            said = "ends before it starts" if length <= 0 else f"lasts {length / 3600:.1f} h, more than a day"
            yield Fault(
                "shifts",
                record["_row"],
                "end",
                "shift-hours",
                f"the shift {said}",
                "correct start or end; a night shift ends on the next day",
                record["technician"],
            )
    working = set(tables["shifts"]["technician"])
    for record in tables["technicians"].records():
        start, end = record["shift_start"], record["shift_end"]
        if start is not None and end is not None and end <= start:
            yield Fault(
                "technicians",
                record["_row"],
                "shift_end",
                "shift-hours",
                "the shift ends before it starts",
                "correct the hours, or give night shifts in a shifts table",
                record["id"],
            )
        elif record["id"] not in working and not len(tables["shifts"]) and (start is None or end is None):
            yield Fault(
                "technicians",
                record["_row"],
                "shift_start",
                "no-shift",
                f"technician {record['id']} has neither hours nor a row in shifts",
                "state shift_start and shift_end, or give a shifts table",
                record["id"],
            )
    if dates or len(tables["shifts"]) or not len(tables["technicians"]):
        return
    yield Fault(
        "shifts",
        None,
        None,
        "no-date",
        "there is neither a shifts table nor a date to plan",
        "name the date (dates=, date in the configuration, --date)",
    )


def _whereabouts(tables: Tables, travel: Travel | None) -> Iterator[Fault]:
    places = Places.of(tables, travel)
    for name, locate in (("technicians", places.of_technician), ("jobs", places.of_job)):
        for record in tables[name].records():
            if locate(record) is not None:
                continue
            stated = record["place"]
            cause = (
                f"travel knows no place {stated!r}"
                if stated
                else f"it has neither a place nor lat and lon ({record['id']})"
            )
            if places.known and not stated:
                cause = f"travel knows no place for it: state one in column place ({record['id']})"
            yield Fault(
                name,
                record["_row"],
                "place" if stated else "lat",
                "unknown-place" if stated else "no-place",
                cause,
                "correct the place, or state lat and lon",
                record["id"],
            )
    for record in tables["shifts"].records():
        for column in ("start_place", "end_place"):
            if record[column] and places.named(record[column]) is None:
                yield Fault(
                    "shifts",
                    record["_row"],
                    column,
                    "unknown-place",
                    f"there is no place {record[column]!r}",
                    "name a depot or a place of the travel table",
                    record["technician"],
                )


def problem_of(
    tables: Tables,
    *,
    rules: Sequence[Rule] = RULES,
    dates: Sequence[str | date] = (),
    region: str | None = None,
    travel: Travel | None = None,
    skip_faulty: bool = False,
    **estimate: Any,
) -> Intake:
    """Make the problem of good rows, of one region if named.

    Parameters
    ----------
    tables
        From `read_dispatch`.
    rules, dates, travel
        As there.
    region
        Keep only the jobs and technicians of this region.
    skip_faulty
        Go on without the faulty rows; `Intake.rejected` lists them.
    **estimate
        How travel is estimated from coordinates: ``speed_kmh``, ``speeds``, ``detour``, ``system``,
        ``minimum_s`` (see `Travel.from_coordinates`).

    Returns
    -------
    Intake
        Problem, rejected rows, technicians without a shift.

    Raises
    ------
    TableError
        When rows are faulty, orders that nobody can reach among them.
    """
    settle = Tables.skip_faulty if skip_faulty else Tables.refuse_faults
    tables = settle(tables)
    if region is not None:
        tables = _only(tables, region)
    zone, places = tables.zone, Places.of(tables, travel)
    people = list(tables["technicians"].records())
    home = {record["id"]: _sure(places.of_technician(record)) for record in people}
    read = declared(rules)
    shifts = _shifts(tables, _days(dates, zone), home, places, read)
    at = {record["id"]: _sure(places.of_job(record)) for record in tables["jobs"].records()}
    ends = {(shift.origin, shift.destination) for shift in shifts}
    used = set(at.values()) | {place for pair in ends for place in pair}
    travel = travel or places.travel(tables, used, **estimate)
    tables = settle(tables.with_faults(spots.unreachable(tables, travel, at, ends)))
    epoch = min((_midnight(shift.start, zone) for shift in shifts), default=0)
    jobs = tuple(
        Job(record["id"], at[record["id"]], record["service_min"], _values(record, "jobs", read, epoch))
        for record in tables["jobs"].records()
    )
    technicians = tuple(
        Technician(record["id"], record["name"], _values(record, "technicians", read, epoch)) for record in people
    )
    moved = tuple(replace(shift, start=shift.start - epoch, end=shift.end - epoch) for shift in shifts)
    named = {place: places.names.get(place, place) for place in travel.places} | _called(tables)
    working = {shift.technician for shift in shifts}
    off = tuple(sorted(record["id"] for record in people if record["id"] not in working))
    problem = Problem(jobs, technicians, moved, travel, zone.key, epoch, 1, named)
    return Intake(problem, tables.skipped, off, tables)


def _called(tables: Tables) -> dict[str, str]:
    """Return what people call customers and parts, for the sheets: ``customer C1`` -> its name."""
    found = {f"customer {r['id']}": r["name"] for r in tables["customers"].records() if r["name"]}
    return found | {f"part {r['id']}": r["name"] for r in tables["parts"].records() if r["name"]}


def regions(tables: Tables) -> tuple[str, ...]:
    """Return the regions that technicians or jobs name, sorted; empty where nobody names one."""
    found = {*tables["technicians"]["region"], *tables["jobs"]["region"]}
    return tuple(sorted(found)) if found - {""} else ()


def _only(tables: Tables, region: str) -> Tables:
    if region not in {*tables["technicians"]["region"], *tables["jobs"]["region"]}:
        raise ConfigError(f"nobody is of region {region!r}; there are {', '.join(regions(tables)) or 'none'}")
    return tables.where("jobs", "region", region).where("technicians", "region", region)


def _sure(place: str | None) -> str:
    assert place is not None  # rows without a place are faults, found before
    return place


def _days(dates: Sequence[str | date], zone: ZoneInfo) -> list[datetime]:
    days = []
    for stated in dates:
        try:
            day = date.fromisoformat(stated) if isinstance(stated, str) else stated
        except ValueError:
            raise ConfigError(f"{stated!r} is not a date like 2026-11-23") from None
        days.append(datetime.combine(day, time(), tzinfo=zone))
    return days


def _midnight(moment: Seconds, zone: ZoneInfo) -> Seconds:
    return int(datetime.combine(datetime.fromtimestamp(moment, zone).date(), time(), tzinfo=zone).timestamp())


def _shifts(
    tables: Tables, days: list[datetime], home: Mapping[str, str], places: Places, read: Collection[Column]
) -> list[Shift]:
    """Return shifts in Unix seconds: the rows of the shifts table, else each technician's hours on each day."""
    rows = [record for record in tables["shifts"].records() if record["technician"] in home]
    own = [column for column in read if column.table == "shifts" and column not in (*SHIFTS, *spots.COLUMNS)]
    shifts, count = [], {record["technician"]: 0 for record in rows}
    for record in sorted(rows, key=lambda record: (record["technician"], record["start"])):
        who = record["technician"]
        count[who] += 1
        start, end = (record[c] and places.named(record[c]) for c in ("start_place", "end_place"))
        shifts.append(
            Shift(
                f"{who}/{count[who]}",
                who,
                record["start"],
                record["end"],
                start or home[who],
                end or home[who],
                values_of(record, own),
            )
        )
    if len(tables["shifts"]):
        return shifts
    for record in tables["technicians"].records():
        for day in days:
            start, end = (int((day + timedelta(seconds=record[c])).timestamp()) for c in ("shift_start", "shift_end"))
            shifts.append(
                Shift(
                    f"{record['id']}/{day:%Y-%m-%d}", record["id"], start, end, home[record["id"]], home[record["id"]]
                )
            )
    return shifts


def _values(record: Mapping[str, Any], table: str, read: Collection[Column], epoch: Seconds) -> dict[str, Any]:
    """Return what rules and reports read of a row, moments counted from the epoch."""
    columns = [c for c in read if c.table == table and (c not in JOBS + TECHNICIANS or c.name in SHOWN)]
    values = values_of(record, [c for c in columns if c.name not in ("lat", "lon", "place")])
    for column in columns:
        if column.name in values and isinstance(column.kind, Moment):
            values[column.name] -= epoch
        elif column.name in values and isinstance(column.kind, Windows):
            values[column.name] = tuple((a - epoch, b - epoch) for a, b in values[column.name])
    return values
