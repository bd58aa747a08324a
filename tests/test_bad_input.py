"""Bad input: each fault is told with table, row, column, cause and what to do; nothing ends in a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from fieldops.errors import PRINTED_FAULTS, Fault, TableError
from fieldops.nightly.config import load
from fieldops.nightly.dispatch import intakes_of, read_night, regions_of
from fieldops.nightly.reorder import read_stock
from fieldops.routing.intake import problem_of, read_dispatch
from tests.nightly.make import DATE, Rows, little, plan, read, run, write

Tables = dict[str, Rows]


@dataclass(frozen=True)
class Planted:
    """One thing done to the little department, and the one fault that must be told."""

    what: str
    do: Callable[[Tables], None]
    table: str
    row: int | None
    column: str | None
    code: str
    cause: str
    action: str

    def __str__(self) -> str:
        return self.what.replace(" ", "-")


def cell(table: str, row: int, column: str, value: str) -> Callable[[Tables], None]:
    """Overwrite a cell; rows as a spreadsheet numbers them."""

    def do(tables: Tables) -> None:
        tables[table][row - 2][column] = value

    return do


def cells(table: str, row: int, **values: str) -> Callable[[Tables], None]:
    """Overwrite several cells of a row."""
    return lambda tables: tables[table][row - 2].update(values)


def rename(table: str, column: str, heading: str) -> Callable[[Tables], None]:
    """Give a column another heading."""

    def do(tables: Tables) -> None:
        tables[table] = [{heading if name == column else name: v for name, v in r.items()} for r in tables[table]]

    return do


def drop(table: str, column: str) -> Callable[[Tables], None]:
    """Leave a column out."""

    def do(tables: Tables) -> None:
        tables[table] = [{name: v for name, v in row.items() if name != column} for row in tables[table]]

    return do


def add(table: str, *rows: dict[str, str]) -> Callable[[Tables], None]:
    """Add a table, or rows to one."""
    return lambda tables: tables.setdefault(table, []).extend(rows)


def shifts(*rows: tuple[str, str, str]) -> Callable[[Tables], None]:
    """Add a table of shifts."""
    return add("shifts", *({"technician": who, "start": start, "end": end} for who, start, end in rows))


def swap(table: str, row: int) -> Callable[[Tables], None]:
    """Exchange latitude and longitude."""

    def do(tables: Tables) -> None:
        cells = tables[table][row - 2]
        cells["lat"], cells["lon"] = cells["lon"], cells["lat"]

    return do


def in_europe(tables: Tables) -> None:
    """Move the department to Basel, where a swapped point is still a point; swap the one of J2."""
    for rows in (tables["jobs"], tables["technicians"], tables["depots"]):
        for number, row in enumerate(rows):
            row["lat"], row["lon"] = f"47.5{number}", f"7.6{number}"
    swap("jobs", 3)(tables)


def region(jobs: str, technicians: str) -> Callable[[Tables], None]:
    """Name the region of each job and technician, ``-`` for none."""

    def do(tables: Tables) -> None:
        for table, named in (("jobs", jobs), ("technicians", technicians)):
            for row, name in zip(tables[table], named, strict=True):
                row["region"] = name.replace("-", "")

    return do


def travelling(*missing: str, extra: tuple[str, str, str, str] | None = None) -> Callable[[Tables], None]:
    """Put everything on named places with a table of travel that lacks the ways to some."""

    def do(tables: Tables) -> None:
        named = []
        for table in ("jobs", "technicians"):
            for row in tables[table]:
                row |= {"lat": "", "lon": "", "place": f"p-{row['id']}"}
                named.append(row["place"])
        legs = [
            {"origin": a, "destination": b, "drive_min": "10", "drive_km": "8"}
            for a in named
            for b in named
            if a != b and b not in missing
        ]
        if extra:
            legs.append(dict(zip(("origin", "destination", "drive_min", "drive_km"), extra, strict=True)))
        tables["travel"] = legs

    return do


NIGHT = (
    Planted("a number below zero", cell("jobs", 2, "service_min", "-30"), "jobs", 2, "service_min", "bad-value",
            r"-30 min is not between 0 and 1440", "write something like 45"),
    Planted("a visit of three days", cell("jobs", 3, "service_min", "4000"), "jobs", 3, "service_min", "bad-value",
            r"4,000 min is not between", "write something like"),
    Planted("NaN as a duration", cell("jobs", 4, "service_min", "NaN"), "jobs", 4, "service_min", "bad-value",
            "'NaN' is not a finite number", "write something like"),
    Planted("infinity as a price", cell("technicians", 2, "cost_per_hour", "inf"), "technicians", 2, "cost_per_hour",
            "bad-value", "'inf' is not a finite number", "write something like"),
    Planted("an empty cell", cell("jobs", 5, "service_min", " "), "jobs", 5, "service_min", "empty-cell",
            "the cell is empty", "write something like"),
    Planted("a quantity below one", cell("jobs", 2, "parts", "P1:0"), "jobs", 2, "parts", "bad-value",
            "0 is not between 1 and", "P|network:2"),
    Planted("an absurd quantity", cell("jobs", 2, "parts", "P1:99999999"), "jobs", 2, "parts", "bad-value",
            "99,999,999 is not between", "write something like"),
    Planted("half a piece", cell("jobs", 2, "parts", "P1:1.5"), "jobs", 2, "parts", "bad-value",
            "not a whole number", "write something like"),
    Planted("an unknown skill", cell("jobs", 2, "skills", "冈:1"), "jobs", 2, "skills", "unknown-skill",
            "there is no skill '冈' in technicians", "write one that stands in technicians.skills"),
    Planted("an unknown part", cell("jobs", 2, "parts", "P1x"), "jobs", 2, "parts", "unknown-part",
            "there is no part 'P1x'", "did you mean 'P1'"),
    Planted("an unknown customer", cell("jobs", 2, "customer", "C99"), "jobs", 2, "customer", "unknown-customer",
            "there is no customer 'C99'", "write one that stands|did you mean"),
    Planted("an unknown technician", cell("jobs", 2, "required_technicians", "T9"), "jobs", 2, "required_technicians",
            "unknown-technician", "there is no technician 'T9'", "write one that stands|did you mean"),
    Planted("an unknown office", cell("technicians", 2, "office", "XB"), "technicians", 2, "office", "unknown-depot",
            "there is no depot 'XB'", "did you mean 'XA'"),
    Planted("an unknown place", cells("jobs", 2, place="XX"), "jobs", 2, "place", "unknown-place",
            "depots has no place 'XX'", "name a place of depots, or state lat and lon"),
    Planted("a place unknown to travel", lambda t: (travelling()(t), cell("jobs", 3, "place", "p-J9")(t))[0],
            "jobs", 3, "place", "unknown-place", "the travel has no place 'p-J9'",
            "did you mean 'p-J"),
    Planted("no place at all", cells("jobs", 2, lat="", lon=""), "jobs", 2, "lat", "no-place",
            "neither a place nor lat and lon", "state lat and lon"),
    Planted("half a place", cells("jobs", 2, lon=""), "jobs", 2, "lon", "half-place", "lon is empty, but lat is not",
            "state both"),
    Planted("an order in the open sea", cells("jobs", 2, lat="0", lon="0.0"), "jobs", 2, "lat", "no-place",
            "stands for a place that isn't known", "leave both empty and state a place"),
    Planted("half a home", cells("technicians", 3, lat=""), "technicians", 3, "lat", "half-place",
            "lat is empty, but lon is not", "state both"),
    Planted("a duplicate id", cell("jobs", 7, "id", "J1"), "jobs", 7, "id", "duplicate-id",
            "'J1' stands already in row 2", "an id of its own"),
    Planted("a misspelt optional column", rename("technicians", "overtime_max_min", "overtme_max_min"), "technicians",
            None, "overtme_max_min", "misspelt-column", "close to overtime_max_min",
            "did you mean 'overtime_max_min'"),
    Planted("a misspelt required column", rename("jobs", "service_min", "servce_min"), "jobs", None, "service_min",
            "missing-column", "the column service_min is missing", "did you mean 'servce_min'"),
    Planted("a missing column", drop("jobs", "service_min"), "jobs", None, "service_min", "missing-column",
            "the column service_min is missing", "add it, or map its heading"),
    Planted("a column twice", rename("jobs", "created", "priority "), "jobs", None, "priority", "duplicate-heading",
            "are the same", "keep one or rename one"),
    Planted("a window that ends before it starts",
            cell("jobs", 3, "windows", f"{DATE} 15:00/{DATE} 13:00"), "jobs", 3, "windows", "bad-value",
            "ends before it starts", "write something like 2026"),
    Planted("latest before earliest", cells("jobs", 2, earliest=f"{DATE} 12:00", latest=f"{DATE} 11:00"), "jobs", 2,
            "latest", "window-ends-before-start", "latest lies before earliest", "correct the moments"),
    Planted("windows that earliest leaves nothing of", cells("jobs", 3, earliest=f"{DATE} 12:00"), "jobs", 3,
            "windows", "window-ends-before-start", "no window lies between", "correct the moments"),
    Planted("resolved before responded", cells("jobs", 4, resolve_by=f"{DATE} 09:00"), "jobs", 4, "resolve_by",
            "window-ends-before-start", "resolve_by lies before respond_by", "correct one of the two"),
    Planted("a rest that ends before it begins", lambda t: [r.update(rest_earliest="13:00", rest_latest="12:00")
            for r in t["technicians"][:1]] and t["technicians"][1].update(rest_earliest="", rest_latest=""),
            "technicians", 2, "rest_latest", "window-ends-before-start", "rest_latest lies before rest_earliest",
            "swap or correct"),
    Planted("a day no calendar has", cell("jobs", 2, "created", "2026-02-30 10:00"), "jobs", 2, "created", "bad-value",
            "not a date and time", "write something like 2026"),
    Planted("a moment of another century", cell("jobs", 2, "created", "1926-11-23 10:00"), "jobs", 2, "created",
            "bad-value", "1926", "write something like 2026"),
    Planted("an offset among moments without", cell("jobs", 2, "earliest", f"{DATE}T10:00:00+08:00"), "jobs", 2,
            "earliest", "mixed-zones", "names a zone, but", r"with an offset \(\+08:00\), or none"),
    Planted("hours the wrong way round", cell("technicians", 2, "shift_end", "07:00"), "technicians", 2, "shift_end",
            "shift-hours", "ends before it starts", "correct the hours"),
    Planted("a technician without hours", cell("technicians", 3, "shift_start", ""), "technicians", 3, "shift_start",
            "no-shift", "T2 has neither hours nor a row in shifts", "state shift_start"),
    Planted("a shift longer than a day", shifts(("T1", f"{DATE} 08:00", "2026-11-24 09:00"),
            ("T2", f"{DATE} 08:00", f"{DATE} 17:00")), "shifts", 2, "end", "shift-hours",
            "lasts 25.0 h, more than a day", "correct start or end"),
    Planted("a shift that ends before it starts", shifts(("T1", f"{DATE} 08:00", f"{DATE} 07:00"),
            ("T2", f"{DATE} 08:00", f"{DATE} 17:00")), "shifts", 2, "end", "shift-hours", "ends before it starts",
            "a night shift ends on the next day"),
    Planted("shifts that overlap", shifts(("T1", f"{DATE} 08:00", f"{DATE} 12:00"),
            ("T1", f"{DATE} 11:00", f"{DATE} 17:00")), "shifts", 3, "start", "overlapping-shifts",
            "before the one of row 2 ends", "nobody works twice"),
    Planted("a shift of nobody", shifts(("T1", f"{DATE} 08:00", f"{DATE} 12:00"),
            ("T7", f"{DATE} 08:00", f"{DATE} 12:00")), "shifts", 3, "technician", "unknown-technician",
            "there is no technician 'T7'", "write one that stands|did you mean"),
    Planted("a shift that ends nowhere", lambda t: (shifts(("T1", f"{DATE} 08:00", f"{DATE} 12:00"))(t),
            t["shifts"][0].update(end_place="XB"))[0], "shifts", 2, "end_place", "unknown-place",
            "depots has no place 'XB'", "name a place of depots$"),
    Planted("latitude and longitude swapped", swap("jobs", 3), "jobs", 3, "lat", "bad-value",
            "108.940 is no latitude.*have lat and lon changed places", "write something like 34.23073"),
    Planted("swapped where both are latitudes", in_europe, "jobs", 3, "lat", "lat-lon-swapped",
            "close to it the other way round", "swap lat and lon"),
    Planted("pinned to nobody", cell("jobs", 5, "technician", ""), "jobs", 5, "technician",
            "pinned-without-technician", "pinned, but names no technician", "name the technician or set"),
    Planted("started no one knows when", cells("jobs", 5, status="started", start=""), "jobs", 5, "start",
            "started-without-start", "started, but says not when", "state when it began"),
    Planted("two started at once", lambda t: [r.update(status="started", technician="T1", start=f"{DATE} 08:30")
            for r in t["jobs"][:2]] and None, "jobs", 3, "status", "two-started-at-once",
            "has started order J1 as well", "set one of the two"),
    Planted("everybody required is excluded", cells("jobs", 2, required_technicians="T1", excluded_technicians="T1"),
            "jobs", 2, "excluded_technicians", "nobody-left", "every required technician is excluded", "take one of"),
    Planted("an order without a region", region("AA-AAA", "AA"), "jobs", 4, "region", "no-region",
            "names no region, but other rows do", "name one of A"),
    Planted("a technician without a region", region("AAAAAA", "A-"), "technicians", 3, "region", "no-region",
            "names no region, but other rows do", "name one of A"),
    Planted("a region in which nobody works", region("AABAAA", "AA"), "jobs", 4, "region", "unknown-region",
            "no technician is of region 'B'", "write one of A|did you mean"),
    Planted("no way to an order", travelling("p-J2"), "jobs", 3, "place", "no-travel",
            "no way from any technician's start to 'p-J2' and back", "add the missing rows"),
    Planted("one leg with two lengths", travelling(extra=("p-J1", "p-J2", "99", "8")), "travel", 58, "drive_min",
            "duplicate-leg", "p-J1 -> p-J2 stands already in row 2", "keep one"),
    Planted("a drive from a place to itself", travelling(extra=("p-J1", "p-J1", "5", "1")), "travel", 58, "drive_min",
            "leg-to-itself", "nothing to drive", "write 0 or delete"),
    Planted("a tool that nobody has", cell("jobs", 2, "tools", "laddr"), "jobs", 2, "tools", "unknown-tool",
            "nobody carries the tool 'laddr' and no depot keeps it", "did you mean 'ladder'"),
    Planted("a van with less than nothing", cell("technicians", 2, "van_stock", "P1:-1"), "technicians", 2, "van_stock",
            "bad-value", "-1 is not between 0", "write something like"),
    Planted("a van with an unknown part", cell("technicians", 2, "van_stock", "P9:1"), "technicians", 2, "van_stock",
            "unknown-part", "there is no part 'P9'", "write one that stands|did you mean"),
    Planted("loaded at an unknown depot", cell("technicians", 2, "load_at", "XB"), "technicians", 2, "load_at",
            "unknown-depot", "there is no depot 'XB'", "did you mean 'XA'"),
    Planted("a stop at an unknown depot", cell("technicians", 3, "restock_at", "XA; XB"), "technicians", 3,
            "restock_at", "unknown-depot", "there is no depot 'XB'", "did you mean 'XA'"),
    Planted("a stop where there are no depots", lambda t: (t.pop("depots"), t.pop("stock"),
            cell("technicians", 3, "restock_at", "XA")(t))[2], "technicians", 3, "restock_at", "unknown-depot",
            "there is no table of depots", "give a table depots"),
    Planted("a stop at a depot that is nowhere", lambda t: (cells("depots", 2, lat="", lon="")(t),
            cell("technicians", 3, "restock_at", "XA")(t))[1], "technicians", 3, "restock_at", "no-place",
            "the depot 'XA' has no place", "state its lat and lon"),
    Planted("a depot at an unknown place", lambda t: (travelling()(t), cells("depots", 2, place="p-XX")(t))[1],
            "depots", 2, "place", "unknown-place", "the travel has no place 'p-XX'", "name a place|did you mean"),
    Planted("a depot that lends half a tool", cell("depots", 2, "tools", "ladder:0.5"), "depots", 2, "tools",
            "bad-value", "not a whole number", "write something like ladder"),
    Planted("a stop of three days", cell("depots", 2, "stop_min", "4000"), "depots", 2, "stop_min", "bad-value",
            "4,000 min is not between", "write something like"),
    Planted("a day of no length", cell("technicians", 2, "work_max_min", "-1"), "technicians", 2, "work_max_min",
            "bad-value", "-1 min is not between", "write something like"),
    Planted("stock of a depot that isn't there", cell("stock", 3, "place", "XB"), "stock", 3, "place",
            "unknown-depot", "there is no depot 'XB'", "did you mean 'XA'"),
    Planted("a shelf that stands there twice", cells("stock", 3, part="P1"), "stock", 3, "part", "duplicate-stock",
            "stands in row 2 already", "add the rows up"),
    Planted("a drive of a fortnight", travelling(extra=("p-J1", "p-J2", "20160", "8")), "travel", 58, "drive_min",
            "bad-value", "20,160 min is not between", "write something like"),
)  # fmt: skip

STOCK = (
    Planted("less than nothing on the shelf", cell("stock", 2, "on_hand_pcs", "-1"), "stock", 2, "on_hand_pcs",
            "bad-value", "-1", "write something like"),
    Planted("absurdly much on the shelf", cell("stock", 2, "on_hand_pcs", "1e20"), "stock", 2, "on_hand_pcs",
            "bad-value", "absurdly large", "write something like"),
    Planted("a lead time below zero", cell("parts", 2, "lead_time_days", "-3"), "parts", 2, "lead_time_days",
            "bad-value", "-3 days", "write something like"),
    Planted("usage of an unknown part", cell("usage", 2, "part", "P9"), "usage", 2, "part", "unknown-part",
            "there is no part 'P9'", "did you mean|write one"),
    Planted("usage at an unknown place", cell("usage", 2, "place", "XB"), "usage", 2, "place", "unknown-place",
            "the place 'XB' is not known", "add it to the depots, or mend it"),
    Planted("stock at an unknown place", cell("stock", 3, "place", "XB"), "stock", 3, "place", "unknown-place",
            "the place 'XB' is not known", "add it to the depots, or mend it"),
    Planted("an unknown reason", cell("usage", 3, "reason", "丢了"), "usage", 3, "reason", "unknown-reason",
            "the reason '丢了' is not known", "map it in `reasons`"),
    Planted("a shelf counted twice", cells("stock", 3, part="P1"), "stock", 3, "part", "duplicate-stock",
            "stands in row 2 already", "add the rows up"),
)  # fmt: skip


def held(faults: tuple[Fault, ...], planted: Planted) -> None:
    """Hold what is reported against what was planted: that fault, in words, and no other."""
    assert [(f.table, f.row, (f.column or "").strip() or None, f.code) for f in faults] == [
        (planted.table, planted.row, planted.column, planted.code)
    ], [str(fault) for fault in faults]
    assert re.search(planted.cause, faults[0].cause), faults[0].cause
    assert re.search(planted.action, faults[0].action), faults[0].action


def test_the_little_department_has_no_fault(tmp_path: Path) -> None:
    """All faults below are planted into tables that are sound, or nothing would be shown."""
    config = load(write(tmp_path, little()))
    assert read_night(config).faults == ()
    assert read_stock(config).faults == ()


@pytest.mark.parametrize("planted", NIGHT, ids=str)
def test_a_fault_of_dispatch_is_told(planted: Planted, tmp_path: Path) -> None:
    """One fault in a sound department gives one fault: its place, its cause, what to do; no noise beside it."""
    tables = little()
    planted.do(tables)
    config = load(write(tmp_path, tables))
    held(read_night(config).faults, planted)


@pytest.mark.parametrize("planted", STOCK, ids=str)
def test_a_fault_of_stock_is_told(planted: Planted, tmp_path: Path) -> None:
    """The tables of the parts planner are held as strictly as those of the dispatcher."""
    tables = little()
    planted.do(tables)
    held(read_stock(load(write(tmp_path, tables))).faults, planted)


def test_all_faults_of_all_tables_stand_in_one_report(tmp_path: Path) -> None:
    """Faults in rows of their own are told together: nobody mends a file ten times to learn of ten faults."""
    tables = little()
    for do in (
        cell("jobs", 2, "service_min", "-30"), cell("jobs", 3, "windows", "noon"), cell("jobs", 5, "technician", ""),
        cell("technicians", 3, "shift_end", "07:00"), cell("customers", 3, "id", "C1"), swap("depots", 2),
    ):  # fmt: skip
        do(tables)
    faults = read_night(load(write(tmp_path, tables))).faults
    places = {(fault.table, fault.row) for fault in faults}
    assert places == {("jobs", 2), ("jobs", 3), ("jobs", 5), ("technicians", 3), ("customers", 3), ("depots", 2)}


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("jobs.csv", None, "missing-file", "there is no file"),
        ("jobs.csv", b"", "empty-table", "the table is empty"),
        ("jobs.csv", b"id,service_min\r\n", "empty-table", "no rows below its heading"),
        ("jobs.csv", b"id,service_min\nJ1,30,extra\n", "ragged-row", "3 cells, the heading 2"),
        ("jobs.csv", "id,地址\nJ1,西安".encode("utf-16"), "wrong-encoding", "UTF-16"),
        ("jobs.csv", b"id,service_min\nJ\x81\x20,30\n\xff\xfe\xff", "wrong-encoding", "line 2|line 3"),
        ("jobs.csv", b"PK\x03\x04\x00\x00\x00", "wrong-encoding", "NUL"),
        ("jobs.csv", b'id,service_min\nJ1,"30\n', "unreadable-file", "no sound CSV"),
        ("jobs.csv", b"id;service_min\nJ1;30\n", "unreadable-file", "semicolons"),
        ("jobs.xlsx", b"no book", "unreadable-file", "can't be read as an Excel file"),
        ("jobs.parquet", b"no parquet", "unreadable-file", "can't be read as a Parquet file"),
        ("jobs.txt", b"id,service_min\nJ1,30\n", "unreadable-file", "not one of .csv"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told(
    name: str, content: bytes | None, code: str, words: str, tmp_path: Path
) -> None:
    """A whole file may be wrong: then the table is named, no row, and a fault it remains."""
    config = f'[tables]\njobs = "{name}"\ntechnicians = "technicians.csv"\n[dispatch]\ndates = ["{DATE}"]\n'
    write(tmp_path, {"technicians": little()["technicians"]}, config)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    faults = [fault for fault in read_night(load(tmp_path)).faults if fault.table == "jobs"]
    assert code in [fault.code for fault in faults]
    assert re.search(words, next(fault.cause for fault in faults if fault.code == code))
    assert all(fault.row is None for fault in faults) or code == "ragged-row"
    result = plan(tmp_path, tmp_path / "out")
    assert result.exit_code == 4


@pytest.mark.parametrize("missing", ["jobs", "technicians"])
def test_a_missing_table_is_told(missing: str, tmp_path: Path) -> None:
    """Without orders or without people there is nothing to plan; the table that isn't there is named."""
    tables = {name: rows for name, rows in little().items() if name != missing}
    faults = read_night(load(write(tmp_path, tables))).faults
    assert [(fault.table, fault.code) for fault in faults if fault.row is None] == [(missing, "missing-table")]


def test_zeros_beside_a_named_place_are_no_fault(tmp_path: Path) -> None:
    """Where a table of travel or a depot says where an order is, what an export wrote for no point does no harm."""
    tables = little()
    travelling()(tables)
    for row in (*tables["jobs"], *tables["technicians"], *tables["depots"]):
        row |= {"lat": "0", "lon": "0"}
    assert read_night(load(write(tmp_path / "travel", tables))).faults == ()
    tables = little()
    tables["jobs"][0] |= {"place": "XA", "lat": "0", "lon": "0"}
    assert read_night(load(write(tmp_path / "depot", tables))).faults == ()


def test_an_empty_table_is_told_alone(tmp_path: Path) -> None:
    """An export of the technicians that came out empty is one fault, not one more for each skill that nobody has."""
    (write(tmp_path, little()) / "technicians.csv").write_text("id,skills,lat,lon,shift_start,shift_end\n")
    faults = read_night(load(tmp_path)).faults
    assert [(fault.table, fault.code) for fault in faults] == [("technicians", "empty-table")]


def test_no_date_and_no_shifts_is_told(tmp_path: Path) -> None:
    """Hours without a day are no shifts: the day must be named."""
    faults = read_night(load(write(tmp_path, little(), config=""))).faults
    assert [(fault.table, fault.code) for fault in faults] == [("shifts", "no-date")]
    assert "--date" in faults[0].action


def test_technicians_not_in_the_shifts_table_are_off(tmp_path: Path) -> None:
    """With a shifts table, who isn't in it has the day off: that is no fault, hours or not."""
    tables = little()
    shifts(("T1", f"{DATE} 08:00", f"{DATE} 17:00"))(tables)
    for row in tables["technicians"]:
        row |= {"shift_start": "", "shift_end": ""}
    config = load(write(tmp_path, tables))
    read_once = read_night(config)
    assert read_once.faults == ()
    intake = problem_of(read_once, dates=[DATE])
    assert intake.off == ("T2",)
    assert [shift.technician for shift in intake.problem.shifts] == ["T1"]


def test_naive_beside_aware_datetimes_in_a_frame_are_told() -> None:
    """Frames can mix moments with and without a zone as files can; guessing would move work by hours."""
    tables = little()
    jobs = pd.DataFrame(tables["jobs"]).astype({"earliest": object})
    jobs.loc[0, "earliest"] = pd.Timestamp(f"{DATE} 09:00", tz="Asia/Shanghai")
    jobs.loc[1, "earliest"] = pd.Timestamp(f"{DATE} 09:00")
    jobs.loc[2, "earliest"] = pd.Timestamp(f"{DATE} 09:00")
    sources = {name: pd.DataFrame(tables[name]) for name in ("technicians", "depots", "customers", "parts")}
    faults = read_dispatch({**sources, "jobs": jobs}, dates=[DATE]).faults
    assert [(f.row, f.column, f.code) for f in faults] == [(2, "earliest", "mixed-zones")]


def test_unreachable_orders_of_all_regions_are_told_at_once(tmp_path: Path) -> None:
    """Regions are planned one after the other, but refused together."""
    tables = little()
    travelling()(tables)
    region("AABBAB", "AB")(tables)
    cut = {("p-T1", "p-J1"), ("p-T2", "p-J3")}  # each order can be reached, but not by its own region
    tables["travel"] = [leg for leg in tables["travel"] if (leg["origin"], leg["destination"]) not in cut]
    for row in tables["jobs"]:
        row |= {"status": "open", "technician": "", "start": ""}
    config = load(write(tmp_path, tables))
    read_once = read_night(config)
    assert read_once.faults == ()
    with pytest.raises(TableError) as refused:
        intakes_of(config, (), read_once, False, regions_of(config, read_once))
    assert [(fault.code, fault.row) for fault in refused.value.faults] == [("no-travel", 2), ("no-travel", 4)]


def test_ten_thousand_faults_are_counted_and_fifty_printed(tmp_path: Path) -> None:
    """The screen stays readable, the file holds every fault, and the earlier run stays as it was."""
    tables = little()
    tables["jobs"] = [{**tables["jobs"][0], "id": f"W{n:05d}", "service_min": "-1"} for n in range(10_000)]
    source, out = write(tmp_path / "in", tables), tmp_path / "run"
    good = write(tmp_path / "good", little())
    assert plan(good, out).exit_code in (0, 3)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    result = plan(source, out)

    assert result.exit_code == 4
    assert "10000 faults" in result.stderr
    assert f"and {10_000 - PRINTED_FAULTS} more" in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("  jobs, row")]) == PRINTED_FAULTS
    rows = read(tmp_path / "run.refused" / "faults.csv")
    assert len(rows) == 10_000
    assert list(rows[0]) == ["table", "row", "column", "code", "cause", "action", "key"]
    assert rows[-1]["row"] == "10001"
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_skip_faulty_plans_the_good_rows_and_loses_none(tmp_path: Path) -> None:
    """Every skipped order is found again in unassigned.csv as rejected, with its cause; the rest is planned."""
    tables = little()
    cell("jobs", 2, "service_min", "-30")(tables)
    cell("jobs", 4, "id", "J2")(tables)
    cell("jobs", 6, "id", "")(tables)
    cell("customers", 2, "id", "C2")(tables)  # the second C2 goes too; J1 names C1, but is faulty already
    out = tmp_path / "run"
    result = plan(write(tmp_path / "in", tables), out, "--skip-faulty")

    assert result.exit_code == 3, result.stderr
    left = read(out / "unassigned.csv")
    rejected = [(row["order"], row["state"]) for row in left if row["state"] == "rejected"]
    assert rejected == [("J1", "rejected"), ("J2", "rejected"), ("", "rejected")]
    assert all(row["reason"] for row in left)
    assert all(row["remedy"].startswith("mend row") for row in left if row["state"] == "rejected")
    planned = {row["order"] for row in read(out / "visits.csv")} - {""}
    assert planned == {"J2", "J4"}
    assert len(planned) + len(left) == len(tables["jobs"])
    skipped = read(out / "faults.csv")
    assert {(row["table"], row["row"]) for row in skipped} >= {("jobs", "2"), ("jobs", "4"), ("jobs", "6")}


def test_skipping_every_shift_is_refused(tmp_path: Path) -> None:
    """When no row of the shifts table is good, the technicians' usual hours don't quietly stand in."""
    tables = little()
    shifts(("T1", f"{DATE} 08:00", "noon"), ("T2", "dawn", f"{DATE} 17:00"))(tables)
    result = plan(write(tmp_path / "in", tables), tmp_path / "run", "--skip-faulty")
    assert result.exit_code == 4
    assert "shifts: no good row is left" in result.stderr


def test_gaps_in_a_travel_table_are_told_as_a_warning(tmp_path: Path) -> None:
    """A way that the travel table lacks is never driven; people are told, because it may be an oversight."""
    tables = little()
    travelling()(tables)
    tables["travel"] = [t for t in tables["travel"] if (t["origin"], t["destination"]) != ("p-J1", "p-J2")]
    result = plan(write(tmp_path / "in", tables), tmp_path / "run")
    assert result.exit_code == 3
    assert "no way between 1 of 56 pairs of places" in result.stderr
    assert "from p-J1 to p-J2" in result.stderr


def test_orders_beyond_a_day_of_driving_are_told_as_a_warning(tmp_path: Path) -> None:
    """A point on another continent is a slip in a column of figures; the order alone would only be left out."""
    tables = little()
    for row, lat in ((0, "-33.4"), (1, "-33.5")):
        tables["jobs"][row] |= {"lat": lat, "lon": "-70.6"}
    result = plan(write(tmp_path / "in", tables), tmp_path / "run")
    assert result.exit_code == 3
    assert re.search(r"order J1 and 1 more can't be reached within a day: J1 is \d+ h of driving", result.stderr)
    assert "are the coordinates right?" in result.stderr
    assert "within a day" not in plan(write(tmp_path / "near", little()), tmp_path / "run2").stderr


# ---- fuzz: whatever is done to the files, there is an answer in words


WEIRD = (
    "\u202eabc", "😀" * 40, "\u0000", "\ufeffid", "1e999", "-0", "٣", "9" * 400, "１２", '"', "'", "=1+1", "\r", "\n",
    "NaN", "nan", "2026-13-40", "24:00", "00:00/00:00", ";", ":", "::", "a:b:c", "T1;T1", "null", "None", "−5", "½",
    "2026-11-23", "2026-11-23 25:61", "0001-01-01 00:00", "9999-12-31 23:59", "1e-300", "inf", "0x10", "1_000",
    "\ud7ff", "#REF!", "//", "~", "至", " - ", "{}", "[1]", "%s", "\\", "\t", "a" * 5000, "08:00", "-1", "99999999999",
)  # fmt: skip
MUTATIONS = 200


def mutated(name: str, data: bytes, random: Random) -> bytes:
    """Damage a file in one of many ways."""
    lines = data.decode("utf-8-sig").splitlines()
    rows = [line.split(",") for line in lines]
    at, to = (random.randrange(len(rows)) for _ in range(2))
    kind = random.randrange(11)
    if kind <= 3:  # a weird cell, the heading not spared
        rows[at][random.randrange(len(rows[at]))] = random.choice(WEIRD)
    elif kind == 4:  # cells swapped
        one, other = random.randrange(len(rows[at])), random.randrange(len(rows[to]))
        rows[at][one], rows[to][other] = rows[to][other], rows[at][one]
    elif kind == 5:  # truncated
        return data[: random.randrange(len(data))]
    elif kind == 6:  # a flipped byte
        spot = random.randrange(len(data))
        return data[:spot] + bytes([random.randrange(256)]) + data[spot + 1 :]
    elif kind == 7:  # a blank heading
        rows[0][random.randrange(len(rows[0]))] = ""
    elif kind == 8:  # a row twice, or gone
        rows[at:at] = [rows[to]] * random.randrange(3)
        del rows[random.randrange(1, len(rows))]
    elif kind == 9:  # a column emptied
        column = random.randrange(len(rows[0]))
        for row in rows[1:]:
            if column < len(row):
                row[column] = ""
    else:  # all cells of a column alike
        column, value = random.randrange(len(rows[0])), random.choice(WEIRD)
        for row in rows[1:]:
            if column < len(row):
                row[column] = value
    return "\r\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory, department: Path) -> Path:
    """Cut the sample department to Xi'an's first orders and people, with what they name."""
    folder = tmp_path_factory.mktemp("cut")
    jobs = [row for row in read(department / "jobs.csv") if row["region"] == "西安"][:10]
    people = [row for row in read(department / "technicians.csv") if row["region"] == "西安"]
    named = {name for row in jobs for column in row if "technician" in column for name in row[column].split(";")}
    people = [row for row in people if row["id"] in named][:4] + [row for row in people if row["id"] not in named][:3]
    clients = {row["customer"] for row in jobs}
    shelves = [row for row in read(department / "stock.csv") if row["place"] == "XA"][:12]
    parts = {row["part"] for row in shelves} | {p.split(":")[0] for row in jobs for p in row["parts"].split(";")}
    used = [row for row in read(department / "usage.csv") if row["place"] == "XA" and row["part"] in parts][:60]
    return write(
        folder,
        {
            "jobs": jobs,
            "technicians": people,
            "customers": [row for row in read(department / "customers.csv") if row["id"] in clients],
            "depots": read(department / "depots.csv"),
            "parts": [row for row in read(department / "parts.csv") if row["id"] in parts],
            "stock": shelves,
            "usage": used,
        },
        f'excel = false\n[dispatch]\ndates = ["{DATE}"]\n',
    )


@pytest.mark.parametrize("batch", range(10))
def test_damaged_files_end_in_words(batch: int, cut: Path, tmp_path: Path) -> None:
    """Hundreds of damaged copies of the sample: an exit code of the list and words, never a traceback."""
    good = {path.name: path.read_bytes() for path in cut.iterdir()}
    for number in range(batch, MUTATIONS, 10):
        random = Random(number)
        name = random.choice([name for name in sorted(good) if name.endswith(".csv")])
        for file, data in good.items():
            (tmp_path / file).write_bytes(mutated(name, data, random) if file == name else data)
        skip = ["--skip-faulty"] if random.random() < 0.5 else []
        if name in ("stock.csv", "usage.csv") or (name == "parts.csv" and random.random() < 0.5):
            result = run("reorder", tmp_path, "--out", tmp_path / "out", *skip)
        else:
            result = plan(tmp_path, tmp_path / "out", *skip)
        assert result.exit_code in (0, 2, 3, 4), (number, result.output)
        assert "Traceback" not in result.output
        if result.exit_code == 4:
            assert "->" in result.stderr, (number, result.stderr)
            assert (tmp_path / "out.refused" / "faults.csv").is_file()
        for made in ("out", "out.refused"):
            assert not list(tmp_path.glob(f".{made}.*")), "a staging folder was left behind"
