"""What a run was made of: versions, digests of its inputs, options."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fieldops.nightly.config import Config
from fieldops.nightly.folder import digest

PACKAGES = ("fieldops", "ortools", "numpy", "scipy", "pandas", "networkx", "numba")


def facts_of(config: Config, tables: Iterable[str]) -> dict[str, Any]:
    """Return versions, input digests and options of a run that reads `tables`."""
    inputs = {}
    for table in tables:
        if table in config.tables:
            path = Path(re.sub(r"(\.xlsx)#.+", r"\1", config.source(table), flags=re.IGNORECASE | re.DOTALL))
            inputs[table] = {"file": config.tables[table], "sha256": digest(path) if path.is_file() else None}
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "options": config.model_dump(mode="json", exclude={"home"}),
        "inputs": inputs,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
