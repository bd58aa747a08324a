"""``python -m benchmarks.run FAMILY``: run a family of instances and write what came out as JSON.

``--out FILE.json`` is written after each instance; the same command takes up what the file holds.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

import benchmarks.families
from benchmarks.ledger import Ledger, told
from benchmarks.options import read
from benchmarks.tables import alike, averages, cell, tabulated

PROGRESS = (
    "instance",
    "solver",
    "unserved",
    "worth_unserved",
    "objective",
    "gap",
    "bound",
    "gap_proven",
    "gap_root",
    "wall_s",
)


def families() -> list[str]:
    """Return the names of the families, which are the modules in `families/`."""
    return sorted(module.name for module in pkgutil.iter_modules(benchmarks.families.__path__))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one family; return 0, also where its data is absent."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    name, options, data_given = read(given, families())
    family = import_module(f"benchmarks.families.{name}")
    if not data_given:
        options = replace(options, data=options.data / getattr(family, "FOLDER", ""))
    if not options.data.is_dir():
        print(f"{name}: no data at {options.data}; set FIELDOPS_BENCH_DATA or say --data FOLDER")
        return 0
    ledger = Ledger.opened(name, options, told("benchmarks.run", given))
    result = family.run(replace(options, done=ledger.done))
    for row in result["results"]:
        ledger.add([row])
        print("  ".join(f"{key} {cell(row[key])}" for key in PROGRESS if row.get(key) is not None), file=sys.stderr)
    summary = averages(ledger.rows)
    ledger.add([], **{**{key: value for key, value in result.items() if key != "results"}, "summary": summary})
    for some in alike(ledger.rows) if ledger.rows else [[]]:
        print(tabulated(some), "", sep="\n")
    print(tabulated([summary]))
    for title, rows in result.get("tables", {}).items():
        print("", title, tabulated(rows), sep="\n")
    if options.out is not None:
        print(f"written: {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
