"""Tables become a problem: typed rows in, jobs, technicians, shifts and travel out, every fault told at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from fieldops.columns import Column, Moment, Windows
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.routing import places as spots
from fieldops.routing.domain import Job, Problem, Technician
from fieldops.routing.headings import JOBS, OPTIONAL, SHOWN, TECHNICIANS, declared
from fieldops.routing.places import Places
from fieldops.routing.rota import days_of, midnight, shifts_of
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.rule import values_of
from fieldops.routing.shelves import supplies_of
from fieldops.routing.travel import UNREACHABLE, Travel
from fieldops.routing.vetting import given, vetted
from fieldops.tables import Skipped, Source, Tables, read_tables
from fieldops.units import Seconds


@dataclass(frozen=True, eq=False)
class Intake:
    """A problem, and what was left out on the way to it.

    Attributes
    ----------
    problem
        To be planned.
    rejected
        Rows skipped as faulty; orders among them appear in the result.
    staff
        Technicians of all regions.
    off
        Technicians without a shift on these days.
    notes
        What people should know of the input though it is no fault: ways that the travel table lacks, orders that lie
        more than a day's drive from everybody.
    tables
        The typed rows, for reports.
    """

    problem: Problem
    rejected: tuple[Skipped, ...]
    staff: tuple[str, ...]
    off: tuple[str, ...]
    notes: tuple[str, ...]
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
        ``jobs`` and ``technicians``; if you have them ``shifts``, ``depots``, ``customers``, ``parts``,
        ``stock`` and ``travel``: paths or DataFrames.
    rules
        Say which columns are read.
    zone, names, encoding
        See :func:`fieldops.tables.read_tables`.
    dates
        The days to plan: technicians work their hours on each of them; of a ``shifts`` table they keep the
        shifts that begin on one of them. Needed where there is no such table.
    travel
        Travel of your own (a matrix, a road graph); places are then its ids.

    Returns
    -------
    Tables
        With all faults; go on with `refuse_faults` or `skip_faulty`, then with `problem_of`.

    Raises
    ------
    ConfigError
        When an argument can't be used, a date that is none among them.
    """
    known = tuple(
        replace(column, refers="")
        if column.refers and column.refers.split(".")[0] in OPTIONAL and column.refers.split(".")[0] not in sources
        else column
        for column in declared(rules)
    )
    tables = read_tables(sources, known, zone=zone, names=names, encoding=encoding, optional=OPTIONAL)
    days_of(dates, tables.zone)
    found = [fault for rule in rules for fault in rule.faults(tables)]
    tables = tables.with_faults([*found, *vetted(tables, dates, travel)])
    return tables.with_faults(_cut_off(tables, rules, dates, travel))


def _cut_off(tables: Tables, rules: Sequence[Rule], dates: Sequence[str | date], travel: Travel | None) -> list[Fault]:
    """Find orders that nobody at all can drive to; an estimate reaches every place."""
    if travel is None and not len(tables["travel"]):
        return []
    ground = _Ground(tables, rules, dates, travel)
    return list(spots.unreachable(tables, ground.travel_of(tables, travel), ground.at, ground.ends))


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
    _refuse_emptied(tables)
    if estimate and (travel is not None or len(tables["travel"])):
        raise ConfigError(f"travel is given, so nothing is estimated: leave out {', '.join(sorted(estimate))}")
    staff = tuple(tables["technicians"]["id"])
    supplies = supplies_of(tables)
    if region is not None:
        tables = _only(tables, region)
    whole = _Ground(tables, rules, dates, travel)
    ways = whole.travel_of(tables, travel, **estimate)
    tables = settle(tables.with_faults(spots.unreachable(tables, ways, whole.at, whole.ends)))
    read, zone = declared(rules), tables.zone
    epoch = min((midnight(shift.start, zone) for shift in whole.shifts), default=whole.first_midnight)
    jobs = tuple(
        Job(record["id"], whole.at[record["id"]], record["service_min"], _values(record, "jobs", read, epoch))
        for record in tables["jobs"].records()
    )
    people = list(tables["technicians"].records())
    technicians = tuple(
        Technician(record["id"], record["name"], supplies.van | _values(record, "technicians", read, epoch))
        for record in people
    )
    depots = tuple(supplies.depot(record, place) for record, place in whole.depots)
    own = [column for column in read if column.table == "shifts"]
    moved = tuple(
        replace(
            shift, start=shift.start - epoch, end=shift.end - epoch, values=_counted(dict(shift.values), own, epoch)
        )
        for shift in whole.shifts
    )
    working = {shift.technician for shift in whole.shifts}
    off = tuple(sorted(record["id"] for record in people if record["id"] not in working))
    called = _called(tables, whole.places, ways)
    problem = Problem(jobs, technicians, moved, ways, zone.key, epoch, 1, called, depots)
    gaps = _gaps(ways) if len(tables["travel"]) and travel is None else ()
    notes = (*gaps, *spots.remote(tables, ways, whole.at, whole.ends))
    return Intake(problem, tables.skipped, staff, off, notes, tables)


class _Ground:
    """Where everything is and who works when, from good rows: the ground a problem stands on."""

    def __init__(
        self, tables: Tables, rules: Sequence[Rule], dates: Sequence[str | date], travel: Travel | None
    ) -> None:
        days = days_of(dates, tables.zone)
        self.places = Places.of(tables, travel)
        home = {record["id"]: _sure(self.places.of_technician(record)) for record in tables["technicians"].records()}
        self.shifts = shifts_of(tables, days, home, self.places, declared(rules))
        self.at = {record["id"]: _sure(self.places.of_job(record)) for record in tables["jobs"].records()}
        self.ends = {(shift.origin, shift.destination) for shift in self.shifts}
        asked = any(record["parts"] or record.get("tools") for record in tables["jobs"].records())
        found = [(record, self.places.of_depot(record)) for record in tables["depots"].records() if asked]
        self.depots = [(record, place) for record, place in found if place is not None]
        self.first_midnight = min((int(day.timestamp()) for day in days), default=0)

    def travel_of(self, tables: Tables, travel: Travel | None, **estimate: Any) -> Travel:
        """Return travel between the places in use."""
        used = set(self.at.values()) | {place for pair in self.ends for place in pair}
        used |= {place for _, place in self.depots}
        return travel or self.places.travel(tables, used, **estimate)


def _refuse_emptied(tables: Tables) -> None:
    """Refuse to go on when every row of shifts or travel was skipped: what would stand in isn't what was meant."""
    faults = [
        Fault(name, None, None, "empty-table", "no good row is left", "mend its rows")
        for name in ("shifts", "travel", "stock")
        if given(tables, name) and not len(tables[name])
    ]
    if faults:
        raise TableError(faults)


def _gaps(travel: Travel) -> Iterator[str]:
    lost = np.argwhere(travel.seconds == UNREACHABLE)
    if len(lost):
        origin, destination = (travel.places[at] for at in lost[0])
        pairs = len(travel.places) * (len(travel.places) - 1)
        yield (
            f"the travel table has no way between {len(lost)} of {pairs} pairs of places, so they are never "
            f"driven: first from {origin} to {destination}"
        )


def _called(tables: Tables, places: Places, travel: Travel) -> dict[str, str]:
    """Return what people call places, customers and parts."""
    named = {place: places.names.get(place, place) for place in travel.places}
    for table, kind in (("customers", "customer"), ("parts", "part"), ("depots", "depot")):
        for record in tables[table].records():
            if record["name"]:
                named[f"{kind} {record['id']}"] = record["name"]
    return named


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


def _values(record: Mapping[str, Any], table: str, read: Collection[Column], epoch: Seconds) -> dict[str, Any]:
    """Return what rules and reports read of a row, moments counted from the epoch."""
    columns = [c for c in read if c.table == table and (c not in JOBS + TECHNICIANS or c.name in SHOWN)]
    values = values_of(record, [c for c in columns if c.name not in ("lat", "lon", "place")])
    return _counted(values, columns, epoch)


def _counted(values: dict[str, Any], columns: Collection[Column], epoch: Seconds) -> dict[str, Any]:
    """Count moments from the epoch."""
    for column in columns:
        if column.name in values and isinstance(column.kind, Moment):
            values[column.name] -= epoch
        elif column.name in values and isinstance(column.kind, Windows):
            values[column.name] = tuple((a - epoch, b - epoch) for a, b in values[column.name])
    return values
