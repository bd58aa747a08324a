"""What can be wrong with good cells that don't go together: hours, dates, places, regions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from fieldops.errors import Fault
from fieldops.routing import places as spots
from fieldops.routing.places import Places
from fieldops.routing.travel import Travel
from fieldops.tables import Tables
from fieldops.tables.headings import closest
from fieldops.tables.references import MOST_COMPARED, named
from fieldops.units import DAY, HOUR


def vetted(tables: Tables, dates: Sequence[Any], travel: Travel | None) -> Iterator[Fault]:
    """Find what is wrong across cells and rows, whatever the rule book says.

    Parameters
    ----------
    tables
        Typed rows, with the faults found so far.
    dates
        Days to plan, as stated.
    travel
        Ready-made travel, where there is one.
    """
    yield from _shift_hours(tables)
    yield from _own_hours(tables, dates)
    yield from spots.swapped(tables)
    yield from spots.half_stated(tables)
    if travel is None and not given(tables, "travel"):  # else points count for nothing
        yield from spots.unlocated(tables)
    yield from spots.contradictory(tables)
    yield from _places(tables, travel)
    yield from _sources(tables, travel)
    yield from _shelves(tables)
    yield from _regions(tables)


def given(tables: Tables, name: str) -> bool:
    """Return whether an optional table has rows, be they faulty: then it is what counts, and nothing else."""
    faulty = {*(fault.table for fault in tables.faults), *(skip.table for skip in tables.skipped)}
    return bool(len(tables[name])) or name in faulty


def _shift_hours(tables: Tables) -> Iterator[Fault]:
    """Find shifts that end before they start, last more than a day, or overlap another of the same technician."""
    sound = []
    for record in tables["shifts"].records():
        length = record["end"] - record["start"]
        if 0 < length <= DAY:
            sound.append(record)
            continue
        said = "ends before it starts" if length <= 0 else f"lasts {length / HOUR:.1f} h, more than a day"
        action = "correct start or end; a night shift ends on the next day"
        yield _fault("shifts", record, "end", "shift-hours", f"the shift {said}", action)
    sound.sort(key=lambda record: (record["technician"], record["start"], record["_row"]))
    last: dict[str, dict[str, Any]] = {}
    for record in sound:
        one = last.setdefault(record["technician"], record)
        if one is not record and record["start"] < one["end"]:
            cause = f"the shift begins before the one of row {one['_row']} ends"
            action = "nobody works twice at once: correct one of them"
            yield _fault("shifts", record, "start", "overlapping-shifts", cause, action)
        last[record["technician"]] = max(one, record, key=lambda each: int(each["end"]))


def _own_hours(tables: Tables, dates: Sequence[Any]) -> Iterator[Fault]:
    """Find technicians without sound hours, where no table of shifts states them; and that no date is named."""
    timetable = given(tables, "shifts")
    for record in tables["technicians"].records():
        start, end = record["shift_start"], record["shift_end"]
        if start is not None and end is not None and end <= start:
            cause, action = "the shift ends before it starts", "correct the hours, or give night shifts in shifts"
            yield _fault("technicians", record, "shift_end", "shift-hours", cause, action)
        elif not timetable and (start is None or end is None):
            cause = f"technician {record['id']} has neither hours nor a row in shifts"
            column = "shift_start" if start is None else "shift_end"
            action = "state shift_start and shift_end, or give a shifts table"
            yield _fault("technicians", record, column, "no-shift", cause, action)
    if not dates and not timetable and len(tables["technicians"]):
        cause = "there is neither a shifts table nor a date to plan"
        action = "name the date (dates=, dates in the configuration, --date)"
        yield Fault("shifts", None, None, "no-date", cause, action)


def _places(tables: Tables, travel: Travel | None) -> Iterator[Fault]:
    """Find orders, homes and ends of shifts that are nowhere."""
    if travel is None and given(tables, "travel") and not len(tables["travel"]):
        return  # no row of the travel table is good: nothing can be said about its places
    places = Places.of(tables, travel)
    for record in tables["depots"].records():
        if record["place"] and places.of_depot(record) is None:
            yield _unknown("depots", record, "place", places)
    for name, locate in (("technicians", places.of_technician), ("jobs", places.of_job)):
        for record in tables[name].records():
            half = (record["lat"] is None) != (record["lon"] is None)
            if locate(record) is None and not half:
                yield _nowhere(name, record, places)
    for record in tables["shifts"].records():
        for column in ("start_place", "end_place"):
            if record[column] and places.named(record[column]) is None:
                yield _unknown("shifts", record, column, places)


def _sources(tables: Tables, travel: Travel | None) -> Iterator[Fault]:
    """Find depots that vans are to be loaded or restocked at, but that aren't there or are nowhere."""
    places = Places.of(tables, travel)
    at = {record["id"]: places.of_depot(record) for record in tables["depots"].records()}
    for name in ("technicians", "shifts"):
        for record in tables[name].records():
            for column in ("load_at", "restock_at"):
                for depot in named([record.get(column)]):
                    if depot not in at and not given(tables, "depots"):
                        action = "give a table depots, or leave the cell empty"
                        cause = f"there is no depot {depot!r}, as there is no table of depots"
                        yield _fault(name, record, column, "unknown-depot", cause, action)
                    elif depot in at and at[depot] is None:
                        cause, action = f"the depot {depot!r} has no place", "state its lat and lon, or its place"
                        yield _fault(name, record, column, "no-place", cause, action)


def _shelves(tables: Tables) -> Iterator[Fault]:
    """Find parts that a depot's stock names twice."""
    first: dict[tuple[str, str], int] = {}
    for record in tables["stock"].records():
        row = first.setdefault((record["place"], record["part"]), record["_row"])
        if row != record["_row"]:
            cause = f"{record['part']} at {record['place']} stands in row {row} already"
            yield Fault("stock", record["_row"], "part", "duplicate-stock", cause, "add the rows up", record["part"])


def _nowhere(table: str, record: dict[str, Any], places: Places) -> Fault:
    if record["place"]:
        return _unknown(table, record, "place", places)
    if places.known:
        cause, action = "it names no place that travel knows", "state in column place one that travel knows"
        return _fault(table, record, "place", "no-place", cause, action)
    cause, action = "it has neither a place nor lat and lon", "state lat and lon, or a place"
    return _fault(table, record, "lat", "no-place", cause, action)


def _unknown(table: str, record: dict[str, Any], column: str, places: Places) -> Fault:
    known = places.known or {name.removeprefix("depot ") for name in places.points}
    near = closest(record[column], known) if len(known) <= MOST_COMPARED else ""
    where = "the travel" if places.known else "depots"
    instead = "" if places.known or table == "shifts" else ", or state lat and lon"
    action = f"did you mean {near!r}?" if near else f"name a place of {where}{instead}"
    return _fault(table, record, column, "unknown-place", f"{where} has no place {record[column]!r}", action)


def _regions(tables: Tables) -> Iterator[Fault]:
    """Find rows without a region where others have one, and orders of regions in which nobody works.

    Regions are planned apart, so such rows would be planned with nobody.
    """
    named = {*tables["technicians"]["region"], *tables["jobs"]["region"]} - {""}
    staffed: Collection[str] = {*tables["technicians"]["region"]} - {""}
    for table in ("technicians", "jobs") if named else ():
        for record in tables[table].records():
            if not record["region"]:
                cause = "it names no region, but other rows do, and regions are planned apart"
                action = f"name one of {', '.join(sorted(named)[:8])}, or leave the column empty in all rows"
                yield _fault(table, record, "region", "no-region", cause, action)
            elif table == "jobs" and staffed and record["region"] not in staffed:
                near = closest(record["region"], staffed)
                action = f"did you mean {near!r}?" if near else f"write one of {', '.join(sorted(staffed)[:8])}"
                cause = f"no technician is of region {record['region']!r}"
                yield _fault(table, record, "region", "unknown-region", cause, action)


def _fault(table: str, record: dict[str, Any], column: str, code: str, cause: str, action: str) -> Fault:
    key = record["technician"] if table == "shifts" else record["id"]
    return Fault(table, record["_row"], column, code, cause, action, key)
