"""Where orders, homes and depots are, and the travel between them: rows of tables become places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from fieldops.cells import number
from fieldops.columns import Column, Distance, Duration, Name, Text
from fieldops.errors import Fault
from fieldops.routing.rules.supplies import OFFICE
from fieldops.routing.travel import UNREACHABLE, Travel, looks_swapped
from fieldops.tables import Tables
from fieldops.units import DAY, HOUR, MINUTE

LAT, LON = ("纬度",), ("经度",)


@dataclass(frozen=True)
class Degrees:
    """A latitude or a longitude; a longitude among the latitudes is told as what it is."""

    name: str
    most: int

    def __call__(self, cell: Any, zone: ZoneInfo) -> float:
        """Read a cell."""
        value = number(cell)
        if not -self.most <= value <= self.most:
            swapped = "; have lat and lon changed places?" if abs(value) <= 180 else ""
            raise ValueError(f"{value:f} is no {self.name}, which lies between -{self.most} and {self.most}{swapped}")
        return float(value)

    @property
    def example(self) -> str:
        """A cell to copy."""
        return "34.23073" if self.most == 90 else "108.88940"


PLACES: tuple[Column, ...] = tuple(
    column
    for table in ("jobs", "technicians", "depots")
    for column in (
        Column(table, "lat", Degrees("latitude", 90), None, aliases=LAT, help="latitude, degrees"),
        Column(table, "lon", Degrees("longitude", 180), None, aliases=LON, help="longitude, degrees"),
    )
)
JOB_PLACE = Column("jobs", "place", Name(), "", aliases=("地点",), help="a place of the travel table, or a depot")
HOME = Column(
    "technicians", "place", Name(), "", aliases=("出发地点",), help="where days begin and end, if not at lat, lon"
)
ADDRESS = Column("jobs", "address", Text(), "", aliases=("地址",), help="for the dispatch sheet")
START_PLACE = Column("shifts", "start_place", Name(), "", help="where this shift begins, if elsewhere")
END_PLACE = Column("shifts", "end_place", Name(), "", help="where this shift ends, if elsewhere")
DEPOTS = (
    Column("depots", "id", Name(), unique=True, aliases=("仓库编号", "网点编号"), help="a depot or office"),
    Column("depots", "name", Text(), "", aliases=("名称", "网点名称"), help="what people call it"),
    Column("depots", "place", Name(), "", aliases=("地点",), help="its place of the travel table, if not its id"),
    Column(
        "depots",
        "stop_min",
        Duration("min", 0, 24 * 60),
        15 * MINUTE,
        aliases=("取件分钟", "停留分钟"),
        help="time of a stop there on the way; 15 where it is empty",
    ),
)
TRAVEL = (
    Column("travel", "origin", Name(), aliases=("起点",), help="a place"),
    Column("travel", "destination", Name(), aliases=("终点",), help="a place"),
    Column("travel", "drive_min", Duration("min", 0, 7 * 24 * 60), aliases=("行驶分钟",), help="time at the wheel"),
    Column("travel", "drive_km", Distance("km", 0, 20_000), 0, aliases=("行驶公里",), help="distance"),
)
COLUMNS = (*PLACES, JOB_PLACE, HOME, OFFICE, ADDRESS, START_PLACE, END_PLACE, *DEPOTS, *TRAVEL)

Point = tuple[float, float]


@dataclass
class Places:
    """Every place that the tables name: its point where one is known, and what people call it."""

    points: dict[str, Point] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    @classmethod
    def of(cls, tables: Tables, travel: Travel | None) -> Places:
        """Collect depots, and the places of a travel table or of a ready-made Travel."""
        places = cls()
        for record in tables["depots"].records():
            places._add(f"depot {record['id']}", record, record["name"] or record["id"])
        named = set(travel.places) if travel else {*tables["travel"]["origin"], *tables["travel"]["destination"]}
        places.known = frozenset(named)
        return places

    def _add(self, place: str, record: Mapping[str, Any], name: str) -> str:
        self.points[place] = (record["lat"], record["lon"])
        self.names[place] = name
        return place

    def named(self, name: str) -> str | None:
        """Return the place that a cell names: one of the travel table, or a depot."""
        if name in self.known:
            return name
        depot = f"depot {name}"
        return depot if depot in self.points and not self.known and None not in self.points[depot] else None

    def of_job(self, record: Mapping[str, Any]) -> str | None:
        """Return where an order is: its named place, else its own point."""
        if record["place"]:
            return self.named(record["place"])
        return self._own(f"order {record['id']}", record, record["address"] or f"order {record['id']}")

    def of_technician(self, record: Mapping[str, Any]) -> str | None:
        """Return where a technician's days begin: the named place, else the own point, else the office."""
        if record["place"]:
            return self.named(record["place"])
        own = self._own(f"home {record['id']}", record, f"home of {record.get('name') or record['id']}")
        return own or (self.named(record["office"]) if record["office"] else None)

    def of_depot(self, record: Mapping[str, Any]) -> str | None:
        """Return where a depot is: its named place, else its own point; None where nobody can drive to it."""
        if record["place"]:
            return record["place"] if record["place"] in self.known else None
        here = f"depot {record['id']}"
        if self.known:
            return next((place for place in (record["id"], here) if place in self.known), None)
        return here if None not in self.points[here] else None

    def _own(self, place: str, record: Mapping[str, Any], name: str) -> str | None:
        if place in self.known:
            return place
        if self.known or record["lat"] is None or record["lon"] is None:
            return None
        return self._add(place, record, name)

    def travel(self, tables: Tables, used: set[str], **estimate: Any) -> Travel:
        """Return travel between the places used: from the travel table where there is one, else estimated."""
        if len(tables["travel"]):
            table = tables["travel"]
            rows = zip(table["origin"], table["destination"], table["drive_min"], table["drive_km"], strict=True)
            legs = [row for row in rows if row[0] in used and row[1] in used]
            return Travel.from_long(legs, places=sorted(used), source="travel table")
        return Travel.from_coordinates({place: self.points[place] for place in sorted(used)}, **estimate)


def half_stated(tables: Tables) -> Iterator[Fault]:
    """Find rows that state one of latitude and longitude."""
    for name in ("depots", "technicians", "jobs"):
        for record in tables[name].records():
            missing = [column for column in ("lat", "lon") if record[column] is None]
            if len(missing) == 1:
                other = "lon" if missing == ["lat"] else "lat"
                yield Fault(
                    name,
                    record["_row"],
                    missing[0],
                    "half-place",
                    f"{missing[0]} is empty, but {other} is not",
                    "state both, or neither and a place instead",
                    record["id"],
                )


def unlocated(tables: Tables) -> Iterator[Fault]:
    """Find rows at latitude 0, longitude 0: open sea, and what many systems write where they know no place.

    A row that names its place needs no point, so there the zeros do no harm.
    """
    for name in ("depots", "technicians", "jobs"):
        for record in tables[name].records():
            if record["lat"] == 0 == record["lon"] and not record["place"]:
                cause = "lat 0, lon 0 lies in the open sea: it stands for a place that isn't known"
                action = "state its lat and lon, or leave both empty and state a place"
                yield Fault(name, record["_row"], "lat", "no-place", cause, action, record["id"])


def contradictory(tables: Tables) -> Iterator[Fault]:
    """Find rows of the travel table that repeat a leg differently, or drive from a place to itself."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for record in tables["travel"].records():
        leg, stated = (record["origin"], record["destination"]), (record["drive_min"], record["drive_km"])
        words = " -> ".join(leg)
        if leg[0] == leg[1] and any(stated):
            cause, action = f"{words}: from a place to itself there is nothing to drive", "write 0 or delete the row"
            yield Fault("travel", record["_row"], "drive_min", "leg-to-itself", cause, action)
        known = first.setdefault(leg, record)
        if stated != (known["drive_min"], known["drive_km"]):
            cause = f"{words} stands already in row {known['_row']}, with other figures"
            yield Fault("travel", record["_row"], "drive_min", "duplicate-leg", cause, "keep one of the two rows")


def swapped(tables: Tables) -> Iterator[Fault]:
    """Find rows whose latitude and longitude seem to have changed places."""
    seen: list[tuple[str, dict[str, Any]]] = [
        (name, record)
        for name in ("depots", "technicians", "jobs")
        for record in tables[name].records()
        if record["lat"] is not None and record["lon"] is not None
    ]
    if len(seen) < 2:
        return
    points = np.array([(record["lat"], record["lon"]) for _, record in seen], float)
    marks = looks_swapped(points[:, 0], points[:, 1], points)
    for (name, record), mark in zip(seen, marks, strict=True):
        if mark:
            yield Fault(
                name,
                record["_row"],
                "lat",
                "lat-lon-swapped",
                f"lat {record['lat']:g}, lon {record['lon']:g} lies far from all "
                "else, but close to it the other way round",
                "swap lat and lon",
                str(record.get("id", "")),
            )


def remote(tables: Tables, travel: Travel, at: Mapping[str, str], ends: set[tuple[str, str]]) -> Iterator[str]:
    """Tell in one line of orders that lie more than a day's drive from every shift's start: mostly a wrong point.

    Parameters
    ----------
    at, ends
        As for `unreachable`.
    """
    ids = [record["id"] for record in tables["jobs"].records() if record["id"] in at]
    if not ids or not ends:
        return
    origins = [travel.index(origin) for origin, _ in sorted(ends)]
    nearest = travel.seconds[np.ix_(origins, [travel.index(at[id]) for id in ids])].min(axis=0)
    far = np.flatnonzero((nearest > DAY) & (nearest < UNREACHABLE))
    if len(far):
        first, hours = ids[far[0]], nearest[far[0]] / HOUR
        others = f" and {len(far) - 1} more" if len(far) > 1 else ""
        yield (
            f"order {first}{others} can't be reached within a day: {first} is {hours:.0f} h of driving from the "
            "nearest start of a shift; are the coordinates right?"
        )


def unreachable(tables: Tables, travel: Travel, at: Mapping[str, str], ends: set[tuple[str, str]]) -> Iterator[Fault]:
    """Find orders that no shift can drive to, or back from.

    Parameters
    ----------
    at
        Place of each order.
    ends
        Origin and destination of each shift.
    """
    origins = [travel.index(origin) for origin, _ in sorted(ends)]
    homes = [travel.index(home) for _, home in sorted(ends)]
    for record in tables["jobs"].records():
        if record["id"] not in at or not ends:
            continue
        here = travel.index(at[record["id"]])
        there, back = travel.seconds[origins, here], travel.seconds[here, homes]
        if not ((there < UNREACHABLE) & (back < UNREACHABLE)).any():
            yield Fault(
                "jobs",
                record["_row"],
                "place",
                "no-travel",
                f"there is no way from any technician's start to {at[record['id']]!r} and back",
                "add the missing rows to the travel table, or correct the place",
                record["id"],
            )
