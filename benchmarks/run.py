"""``python -m benchmarks.run FAMILY``: run a family of instances and write what came out as JSON."""

from __future__ import annotations

import json
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

import benchmarks.families
from benchmarks.machine import machine
from benchmarks.options import read


def families() -> list[str]:
    """Return the names of the families, which are the modules in `families/`."""
    return sorted(module.name for module in pkgutil.iter_modules(benchmarks.families.__path__))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one family; return 0, also where its data is absent."""
    name, options, given = read(sys.argv[1:] if arguments is None else arguments, families())
    family = import_module(f"benchmarks.families.{name}")
    if not given:
        options = replace(options, data=options.data / family.FOLDER)
    if not options.data.is_dir():
        print(f"{name}: no data at {options.data}; set FIELDOPS_BENCH_DATA or say --data FOLDER")
        return 0
    result = {"family": name, "machine": machine(), **family.run(options)}
    if options.out is not None:
        options.out.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(f"written: {options.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
