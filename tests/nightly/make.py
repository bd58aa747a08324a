"""A department small enough to add up in the head, as CSV files: two technicians, six orders, three parts."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from fieldops.nightly.cli import main

DATE = "2026-11-23"
Row = dict[str, str]
Rows = list[Row]


def little() -> dict[str, Rows]:
    """Return the tables of a good department, every cell as text."""
    return {
        "technicians": [
            _person("T1", "张伟", "34.230", "108.930", "电:2; 网:1"),
            _person("T2", "王芳", "34.250", "108.960", "电:1"),
        ],
        "jobs": [
            _order("J1", "34.231", "108.931", skills="网:1", parts="P1:2", customer="C1"),
            _order("J2", "34.240", "108.940", windows=f"{DATE} 08:30/{DATE} 11:00", parts="P1:1; P2:1"),
            _order("J3", "34.251", "108.961", respond_by=f"{DATE} 10:00", resolve_by=f"{DATE} 12:00"),
            _order("J4", "34.245", "108.950", status="pinned", technician="T2", start=f"{DATE} 10:00"),
            _order("J5", "34.247", "108.957", skills="电:2"),
            _order("J6", "34.260", "108.970", status="done", technician="T1"),
        ],
        "depots": [
            {
                "id": "XA",
                "name": "西安库",
                "lat": "34.232",
                "lon": "108.890",
                "place": "",
                "tools": "ladder:1",
                "stop_min": "10",
            }
        ],
        "customers": [{"id": "C1", "name": "云谷科技园"}, {"id": "C2", "name": "中润广场"}],
        "parts": [
            {"id": "P1", "name": "压缩机", "price": "900", "lead_time_days": "14", "moq_pcs": "1"},
            {"id": "P2", "name": "光模块", "price": "80", "lead_time_days": "7", "moq_pcs": "5"},
        ],
        "stock": [
            {"place": "XA", "part": "P1", "on_hand_pcs": "2", "on_order_pcs": "0"},
            {"place": "XA", "part": "P2", "on_hand_pcs": "0", "on_order_pcs": "5"},
        ],
        "usage": [
            {"date": f"2026-{month:02d}-0{day}", "place": "XA", "part": part, "qty_pcs": "1", "reason": "维修用料"}
            for month in range(1, 11)
            for day, part in ((3, "P1"), (5, "P2"))
        ],
    }


def _person(id: str, name: str, lat: str, lon: str, skills: str) -> Row:
    return {
        "id": id, "name": name, "region": "", "office": "XA", "lat": lat, "lon": lon, "skills": skills, "place": "",
        "shift_start": "08:00", "shift_end": "17:00", "overtime_max_min": "0", "cost_per_hour": "60",
        "rest_min": "30", "drive_max_min": "240", "van_stock": "P1:1; P2:1",
        "tools": "ladder", "load_at": "", "restock_at": "", "work_max_min": "",
    }  # fmt: skip


def _order(id: str, lat: str, lon: str, **cells: str) -> Row:
    return {
        "id": id, "customer": "", "region": "", "lat": lat, "lon": lon, "place": "", "service_min": "60", "skills": "",
        "windows": "", "earliest": "", "latest": "", "respond_by": "", "resolve_by": "", "priority": "3",
        "status": "open", "technician": "", "start": "", "required_technicians": "", "excluded_technicians": "",
        "parts": "", "tools": "", "created": "", **cells,
    }  # fmt: skip


def write(folder: Path, tables: Mapping[str, Rows], config: str = f'[dispatch]\ndates = ["{DATE}"]\n') -> Path:
    """Write tables as CSV and a configuration beside them; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(heading for row in rows for heading in row)))
            writer.writeheader()
            writer.writerows(rows)
    if config:
        (folder / "fieldops.toml").write_text(config, encoding="utf-8")
    return folder


def read(path: Path) -> Rows:
    """Read a CSV file as text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments: object) -> Result:
    """Run the command line in this process; an error that isn't told in words fails the test."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def plan(source: Path, out: Path, *options: str) -> Result:
    """Run ``fieldops plan`` by insertion."""
    return run("plan", source, "--out", out, "--solver", "insertion", *options)
