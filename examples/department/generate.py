"""Make the sample department: run it again and the same files come out, byte for byte.

    python examples/department/generate.py [--out FOLDER]

An invented maker of appliances and network equipment, 云岭电器网络, with offices in Xi'an, Beijing, Shanghai
and Guangzhou, on the night before Monday 2026-11-23. README.md beside this file tells each table.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from making import faults, orders, people, spares, vans
from making.draws import Row
from making.places import CITIES

HERE = Path(__file__).resolve().parent
INSIDE = ("family", "shape", "rate", "reason")  # Of a part: for the generator only.


def tables() -> dict[str, list[Row]]:
    """Make every table of the department."""
    staff, clients, parts = people.technicians(), people.customers(), spares.parts()
    stock = spares.stock(parts)
    night = orders.jobs(staff, clients, parts)
    depots: list[Row] = [
        {"id": c.office, "name": f"{c.name}备件库", "lat": f"{c.lat:.5f}", "lon": f"{c.lon:.5f}"} for c in CITIES
    ]
    vans.equip(staff, night, depots, parts)
    return {
        "technicians": staff,
        "jobs": night,
        "customers": [{"id": c.id, "name": c.name, "tier": c.tier, "city": c.city.name} for c in clients],
        "depots": depots,
        "parts": [{name: cell for name, cell in part.items() if name not in INSIDE} for part in parts],
        "stock": stock,
        "purchase_orders": spares.purchase_orders(parts, stock),
        "overrides": spares.overrides(parts),
        "usage": spares.usage(parts),
    }


def write(folder: Path, made: Mapping[str, Sequence[Row]]) -> None:
    """Write tables as CSV, UTF-8 with a byte order mark, as spreadsheets like it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in made.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def main() -> None:
    """Write the department, and a small copy of it with twenty faults."""
    parser = argparse.ArgumentParser(description="Make the sample department.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: beside this file)")
    folder = parser.parse_args().out
    made = tables()
    write(folder, made)
    broken, planted = faults.plant(made)
    write(folder / "faulty", broken)
    for name, text in {"FAULTS.md": faults.listing(planted), "fieldops.toml": faults.CONFIGURATION}.items():
        (folder / "faulty" / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
