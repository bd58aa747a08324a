"""``python -m benchmarks.run FAMILY``: run a family of instances and write what came out as JSON."""

from __future__ import annotations

import json
import pkgutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import benchmarks.families
from benchmarks.machine import machine
from benchmarks.options import read


def families() -> list[str]:
    """Return the names of the families, which are the modules in `families/`."""
    return sorted(module.name for module in pkgutil.iter_modules(benchmarks.families.__path__))


def tabulated(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as text in columns; lists (routes) are for the JSON only."""
    if not rows:
        return "nothing was run: no such instances in the data"
    heads = [key for key, value in rows[0].items() if not isinstance(value, list | dict)]
    cells = [heads, *([_cell(row.get(head)) for head in heads] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one family; return 0, also where its data is absent."""
    name, options, given = read(sys.argv[1:] if arguments is None else arguments, families())
    family = import_module(f"benchmarks.families.{name}")
    if not given:
        options = replace(options, data=options.data / getattr(family, "FOLDER", ""))
    if not options.data.is_dir():
        print(f"{name}: no data at {options.data}; set FIELDOPS_BENCH_DATA or say --data FOLDER")
        return 0
    result = {**family.run(options), "family": name, "machine": machine()}
    print(tabulated(result["results"]))
    if options.out is not None:
        options.out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"written: {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
