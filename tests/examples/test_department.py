"""The sample department: made again byte for byte, whole, and shaped as its README says."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fieldops.routing.intake import read_dispatch

TABLES = (
    "technicians", "jobs", "customers", "depots", "parts", "stock", "usage", "purchase_orders", "overrides",
)  # fmt: skip
Rows = list[dict[str, str]]


def read(folder: Path, table: str) -> Rows:
    """Read a table as text."""
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def tables(department: Path) -> dict[str, Rows]:
    """Every table of the department."""
    return {table: read(department, table) for table in TABLES}


def levels(skills: str) -> dict[str, int]:
    """Split ``空调:2;冰箱:1``."""
    return {name: int(level) for name, level in (item.split(":") for item in skills.split(";") if item)}


def listed_faults(department: Path) -> list[tuple[str, str, str, str]]:
    """Read FAULTS.md: table, row (or ``heading``), column, cell."""
    listed = []
    for line in (department / "faulty" / "FAULTS.md").read_text(encoding="utf-8").splitlines():
        if re.match(r"\| \d", line):
            _, _, table, row, column, cell, _, _ = (part.strip() for part in line.split("|"))
            listed.append((table, row, column, cell.strip("`").replace("(empty)", "")))
    return listed


def able(job: dict[str, str], staff: Rows) -> list[str]:
    """Find who of a city has the skills of an order."""
    held = {row["id"]: levels(row["skills"]) for row in staff if row["region"] == job["region"]}
    wanted = levels(job["skills"])
    return [key for key, has in held.items() if all(has.get(name, 0) >= level for name, level in wanted.items())]


def test_the_generator_repeats_byte_for_byte(department: Path, tmp_path: Path) -> None:
    """The files in the repository are what the generator makes, or nobody could trust or change either."""
    subprocess.run([sys.executable, str(department / "generate.py"), "--out", str(tmp_path)], check=True)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    kept = [*department.glob("*.csv"), *(department / "faulty").iterdir()]
    assert {path.relative_to(department) for path in kept} == set(made)
    differing = [str(name) for name, data in made.items() if (department / name).read_bytes() != data]
    assert not differing, f"run examples/department/generate.py again; these differ: {differing}"


def test_the_readme_tells_every_column(department: Path) -> None:
    """A column without a word in the README is a riddle to whoever copies the form."""
    told = set(re.findall(r"`(\w+)`", (department / "README.md").read_text(encoding="utf-8")))
    headings = {heading for table in TABLES for heading in read(department, table)[0]}
    assert not headings - told


def test_every_name_is_known(tables: dict[str, Rows]) -> None:
    """Ids are unique and whatever is named exists: the good department has no fault."""
    ids = {table: [row["id"] for row in tables[table]] for table in TABLES if "id" in tables[table][0]}
    assert all(len(found) == len(set(found)) for found in ids.values())
    staff, parts, depots = set(ids["technicians"]), set(ids["parts"]), set(ids["depots"])
    for job in tables["jobs"]:
        people = [job[column].split(";") for column in job if "technician" in column and job[column]]
        assert {name for names in people for name in names} <= staff
        assert {item.split(":")[0] for item in job["parts"].split(";") if item} <= parts
        assert job["customer"] in ids["customers"]
    assert {row["office"] for row in tables["technicians"]} == depots
    for table in ("stock", "usage"):
        assert {row["place"] for row in tables[table]} == depots
        assert {row["part"] for row in tables[table]} <= parts
    assert len(tables["stock"]) == len(parts) * len(depots)


def test_the_staff_has_three_layers_and_rare_skills(tables: dict[str, Rows]) -> None:
    """Every office has an expert and some skill hangs on one person, so that what-if questions have an answer."""
    staff = tables["technicians"]
    offices = [row["office"] for row in staff]
    assert {office: offices.count(office) for office in set(offices)} == {"BJ": 16, "SH": 12, "GZ": 12, "XA": 8}
    for office in set(offices):
        assert {row["layer"] for row in staff if row["office"] == office} == {"front", "senior", "expert"}
    assert [row["office"] for row in staff if "数据中心" in row["skills"]] == ["BJ"]
    assert [
        levels(row["skills"])["光传输"] for row in staff if row["office"] == "XA" and "光传输" in row["skills"]
    ] == [2]


def test_only_the_planned_orders_lack_somebody(tables: dict[str, Rows]) -> None:
    """Two orders ask for a level that their city lacks, by design; any other unserved order is the planner's doing."""
    jobs, staff = tables["jobs"], tables["technicians"]
    lacking = [(job["region"], job["skills"]) for job in jobs if not able(job, staff)]
    assert sorted(lacking) == [("广州", "数据中心:2"), ("西安", "光传输:3")]
    for job in jobs:
        named = [
            job[column] for column in ("technician", "required_technicians", "preferred_technicians") if job[column]
        ]
        assert set(named) <= set(able(job, staff)), f"{job['id']} names somebody who can't do it"
        assert job["excluded_technicians"] not in named
    states = [job["status"] for job in jobs]
    assert {state: states.count(state) for state in set(states)} == {
        "open": len(jobs) - 10,
        "pinned": 8,
        "started": 1,
        "done": 1,
    }


def test_tools_and_parts_are_scarce_by_design(tables: dict[str, Rows]) -> None:
    """Who can do an order by skill has its tools, or the office lends them; one van of each office isn't loaded."""
    jobs, staff = tables["jobs"], tables["technicians"]
    tools = {row["id"]: set(row["tools"].split(";")) for row in staff}
    lent = {item.split(":")[0] for row in tables["depots"] for item in row["tools"].split(";")}
    assert any(job["tools"] for job in jobs)
    for job in jobs:
        for person in able(job, staff):
            assert set(filter(None, job["tools"].split(";"))) <= tools[person] | lent
    parts = {row["id"] for row in tables["parts"]}
    for row in staff:
        assert {item.split(":")[0] for item in row["van_stock"].split(";")} <= parts
    assert sorted(row["office"] for row in staff if row["load_at"] == "none") == ["BJ", "GZ", "SH", "XA"]
    shelf = {(row["place"], row["part"]): int(row["on_hand_pcs"]) for row in tables["stock"]}
    office = {row["region"]: row["office"] for row in staff}
    waiting = []
    for job in jobs:
        for part, pieces in (item.split(":") for item in job["parts"].split(";") if item):
            vans = [levels(row["van_stock"]).get(part, 0) for row in staff if row["id"] in able(job, staff)]
            if max([*vans, shelf[office[job["region"]], part]], default=0) < int(pieces):
                waiting.append(job["id"])
    assert sorted(waiting) == ["WO0004", "WO0012", "WO0060", "WO0262", "WO0287"]


def test_one_city_has_too_much_work(tables: dict[str, Rows]) -> None:
    """Guangzhou's orders, with 22 minutes of travel each, exceed its shifts by a tenth; the others fit."""
    loads = {}
    for region in ("西安", "北京", "上海", "广州"):
        work = sum(int(job["service_min"]) + 22 for job in tables["jobs"] if job["region"] == region)
        loads[region] = work / (480 * sum(row["region"] == region for row in tables["technicians"]))
    assert 1.08 <= loads.pop("广州") <= 1.20
    assert max(loads.values()) < 1.0


def test_demand_is_that_of_spare_parts(tables: dict[str, Rows]) -> None:
    """Most part-locations are intermittent or lumpy (ADI >= 1.32, by month), and all four classes are there."""
    months = sorted({row["date"][:7] for row in tables["usage"]})
    at = {month: number for number, month in enumerate(months)}
    counts: dict[tuple[str, str], np.ndarray] = {}
    for row in tables["usage"]:
        if row["reason"] in ("维修用料", "安装用料"):
            counts.setdefault((row["place"], row["part"]), np.zeros(len(months)))[at[row["date"][:7]]] += int(
                row["qty_pcs"]
            )
    classes = []
    for series in counts.values():
        used = series[series > 0]
        often, even = len(series) / len(used) < 1.32, (used.std() / used.mean()) ** 2 < 0.49
        classes.append(
            {(True, True): "smooth", (True, False): "erratic", (False, True): "intermittent"}.get(
                (often, even), "lumpy"
            )
        )
    share = {name: classes.count(name) / len(classes) for name in set(classes)}
    assert share["intermittent"] > 0.5
    assert share["lumpy"] > 0.15
    assert 0.02 < share["smooth"] < 0.15
    assert 0.02 < share["erratic"] < 0.15
    unused = {row["id"] for row in tables["parts"]} - {part for _, part in counts}
    assert len(unused) >= 4
    assert {row["reason"] for row in tables["usage"]} == {"维修用料", "安装用料", "退回", "调拨"}
    assert all(int(row["qty_pcs"]) > 0 for row in tables["usage"])


def test_the_faulty_copy_differs_in_twenty_places(department: Path) -> None:
    """FAULTS.md lists every difference from the good tables and nothing else: reports are held against it."""
    listed = listed_faults(department)
    assert len(listed) == len(set(listed)) == 20

    found = []
    for table in ("technicians", "jobs", "customers", "depots", "parts", "stock"):
        key = ("place", "part") if table == "stock" else ("id",)
        good = {tuple(row[name] for name in key): row for row in read(department, table)}
        firsts: set[tuple[str, ...]] = set()
        rows = read(department / "faulty", table)
        found += [(table, "heading", name, name) for name in rows[0] if name not in next(iter(good.values()))]
        for at, row in enumerate(rows, 2):
            its = tuple(row[name] for name in key)
            if its in firsts:
                found.append((table, str(at), "id", row["id"]))
                continue
            firsts.add(its)
            changed = [name for name in row if name in good[its] and row[name] != good[its][name]]
            if changed == ["lat", "lon"]:  # swapped: one fault
                changed = ["lat"]
            found += [(table, str(at), name, row[name]) for name in changed]
    assert sorted(found) == sorted(listed)


@pytest.mark.parametrize("folder", [".", "faulty"])
def test_reading_finds_just_the_planted_faults(department: Path, folder: str) -> None:
    """Reading reports each of the twenty faults once, at its place, and none in the good tables."""
    where = department / folder
    names = ("technicians", "jobs", "customers", "depots", "parts", "stock")
    sources = {name: where / f"{name}.csv" for name in names}
    tables = read_dispatch(sources, dates=["2026-11-23"])
    reported = sorted((fault.table, str(fault.row or "heading"), str(fault.column)) for fault in tables.faults)
    assert reported == ([] if folder == "." else sorted(fault[:3] for fault in listed_faults(department)))
