"""A small copy of Xi'an's tables with twenty faults, each of another kind and each in a row of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

from making.draws import Row

JOBS = 30
CONFIGURATION = """\
# Twenty faults and no more: FAULTS.md lists them. `fieldops plan examples/department/faulty` reports each.
zone = "Asia/Shanghai"

[dispatch]
dates = ["2026-11-23"]
"""


@dataclass(frozen=True)
class Planted:
    """One fault: where it stands, what was written there, and what is wrong with it."""

    table: str
    row: int | None
    column: str
    cell: str
    wrong: str


def xian(made: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Cut the department to Xi'an's first orders and what they name."""
    jobs = [row for row in made["jobs"] if row["region"] == "西安"][:JOBS]
    clients = {row["customer"] for row in jobs}
    staff = [row for row in made["technicians"] if row["region"] == "西安"]
    cells = [*(row["parts"] for row in jobs), *(row["van_stock"] for row in staff)]
    used = {item.split(":")[0] for cell in cells for item in cell.split(";") if item}
    return deepcopy(
        {
            "technicians": staff,
            "jobs": jobs,
            "customers": [row for row in made["customers"] if row["id"] in clients],
            "depots": [row for row in made["depots"] if row["id"] == "XA"],
            "parts": [row for row in made["parts"] if row["id"] in used],
            "stock": [row for row in made["stock"] if row["place"] == "XA" and row["part"] in used],
        }
    )


class Planter:
    """Writes faults into tables and keeps the list of them."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self.tables = tables
        self.planted: list[Planted] = []
        self._taken: set[tuple[str, int]] = set()

    def misspell(self, table: str, column: str, written: str) -> None:
        """Rename a column."""
        rows = self.tables[table]
        rows[:] = [{written if name == column else name: cell for name, cell in row.items()} for row in rows]
        self.planted.append(Planted(table, None, written, written, f"misspelt heading, meant is {column}"))

    def cell(self, table: str, column: str, written: str, wrong: str, **where: str) -> None:
        """Overwrite one cell of the first untouched row whose cells begin as `where` says ("" means empty)."""
        at, row = self._find(table, where)
        row[column] = written
        self.planted.append(Planted(table, at + 2, column, written, wrong))

    def swap(self, table: str, wrong: str, **where: str) -> None:
        """Exchange latitude and longitude of such a row."""
        at, row = self._find(table, where)
        row["lat"], row["lon"] = row["lon"], row["lat"]
        self.planted.append(Planted(table, at + 2, "lat", row["lat"], wrong))

    def _find(self, table: str, where: Mapping[str, str]) -> tuple[int, Row]:
        for at, row in enumerate(self.tables[table]):
            fits = all(str(row[name]).startswith(begin) if begin else row[name] == "" for name, begin in where.items())
            if fits and (table, at) not in self._taken:
                self._taken.add((table, at))
                return at, row
        raise LookupError(f"no row of {table} left with {where}")


def plant(made: Mapping[str, Sequence[Row]]) -> tuple[dict[str, list[Row]], list[Planted]]:
    """Copy Xi'an's tables and plant the twenty faults."""
    tables = xian(made)
    planter = Planter(tables)
    jobs, staff = tables["jobs"], tables["technicians"]
    named = {row[column] for row in jobs for column in row if "technician" in column}
    spare = next(row["id"] for row in staff if row["id"] not in named and row["layer"] == "front")
    first, plain = jobs[0]["id"], {"status": "open", "windows": "", "earliest": ""}

    planter.cell("technicians", "skills", "空调:高", "a skill level that is no number", id=spare)
    planter.cell("technicians", "shift_end", "07:30", "the shift ends before it starts", layer="front")
    planter.cell("jobs", "id", first, "an id that row 2 has already", id=jobs[-1]["id"])
    planter.cell("jobs", "customer", "C9999", "a customer who is not in customers", **plain)
    planter.cell("jobs", "lat", "134.26580", "a latitude that is not on earth", **plain)
    planter.swap("jobs", "latitude and longitude are swapped", **plain)
    planter.cell("jobs", "service_min", "-30", "a negative duration", **plain)
    planter.cell("jobs", "service_min", "4000", "a visit of almost three days", **plain)
    planter.cell("jobs", "service_min", "NaN", "not a number", **plain)
    planter.cell("jobs", "service_min", "", "an empty cell that must be filled", **plain)
    planter.cell("jobs", "skills", "冰厢:1", "a skill that nobody has (冰箱 is meant)", skills="冰箱", status="open")
    planter.cell(
        "jobs",
        "windows",
        "2026-11-23 15:00/2026-11-23 13:00",
        "a window that ends before it starts",
        status="open",
        windows="2026",
    )
    planter.cell("jobs", "earliest", "2026-11-23T10:00:00+08:00", "names its zone, all other moments don't", **plain)
    planter.cell(
        "jobs", "respond_by", "2026-02-30 10:00", "a day that no calendar has", status="open", respond_by="2026"
    )
    planter.cell("jobs", "priority", "9", "a priority beyond 4", **plain)
    planter.cell("jobs", "status", "waiting", "a status nobody knows", **plain)
    planter.cell("jobs", "technician", "", "pinned, but to nobody", status="pinned")
    planter.cell("jobs", "required_technicians", "T999", "a technician who is not in technicians", **plain)
    planter.cell("jobs", "parts", "P9999:1", "a part that is not in parts", parts="P", status="open")
    planter.misspell("technicians", "overtime_max_min", "overtme_max_min")
    return tables, sorted(planter.planted, key=lambda fault: (fault.table, fault.row or 1, fault.column))


def listing(planted: Sequence[Planted]) -> str:
    """Tell each fault in one row of a Markdown table."""
    lines = [
        "# Planted faults",
        "",
        f"A small copy of Xi'an's tables with exactly {len(planted)} faults, written by `../generate.py`.",
        "Rows are numbered as a spreadsheet does: the heading is row 1.",
        "",
        "| # | table | row | column | cell | what is wrong |",
        "|---|---|---|---|---|---|",
    ]
    for number, fault in enumerate(planted, 1):
        row = "heading" if fault.row is None else fault.row
        cell = f"`{fault.cell}`" if fault.cell else "(empty)"
        lines.append(f"| {number} | {fault.table} | {row} | {fault.column} | {cell} | {fault.wrong} |")
    return "\n".join([*lines, ""])
