"""What a result was measured on: figures of different machines are not compared."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ABSENT = "not installed"
LIBRARIES = ("fieldops", "numba", "numpy", "ortools", "pandas", "scipy")


def machine() -> dict[str, str | int]:
    """Return processor, cores, system, Python and the versions of the libraries that do the work."""
    facts: dict[str, str | int] = {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    for name in LIBRARIES:
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            facts[name] = ABSENT
    return facts


def _processor() -> str:
    """Return the processor's name; Linux says it in a file only."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
