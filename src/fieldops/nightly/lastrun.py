"""The last run of stock: its levels, the decisions it kept, and what somebody filled into its work list since."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from fieldops.errors import ConfigError
from fieldops.inventory.worklist import OF_LAST
from fieldops.nightly.folder import MANIFEST, MARK, digest
from fieldops.tables.formulas import unguard

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS, KEPT = "levels.csv", "overrides.csv"
FILLED_IN = {"worklist_csv": "worklist.csv", "worklist": "worklist.xlsx"}
"""Table -> file that planners may fill in where it lies."""


@dataclass(frozen=True)
class LastRun:
    """What the last run left behind; empty where there was none.

    Attributes
    ----------
    sources
        Tables of decisions -> where they lie, as `read_tables` takes them.
    levels
        Its levels, or None.
    warnings
        What couldn't be read.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    levels: pd.DataFrame | None = None
    warnings: tuple[str, ...] = ()


def last_run(folder: Path | None) -> LastRun:
    """Look into the folder of the last run.

    A work list counts as filled in when it isn't, byte for byte, what the run wrote.
    """
    if folder is None or not (folder / MANIFEST).is_file():
        return LastRun()
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        outputs = {name: facts["sha256"] for name, facts in manifest["outputs"].items()} if MARK in manifest else {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        return LastRun(warnings=(f"the manifest of the last run can't be read ({error}): nothing is taken from it",))
    if LEVELS not in outputs:
        return LastRun()
    sources = {"kept_overrides": str(folder / KEPT)} if (folder / KEPT).is_file() else {}
    for table, name in FILLED_IN.items():
        path = folder / name
        if name in outputs and path.is_file() and digest(path) != outputs[name]:
            sources[table] = f"{path}#worklist" if path.suffix == ".xlsx" else str(path)
    levels, warnings = _levels(folder / LEVELS)
    return LastRun(sources, levels, warnings)


def last_folder(out: Path, stated: Path | None) -> Path:
    """Name the folder of the last run: the one stated, else the one that is about to be replaced.

    Raises
    ------
    ConfigError
        If another is stated and the one to be replaced holds a work list that was filled in: it would be lost.
    """
    if stated is None or stated.resolve() == out.resolve():
        return out
    filled = [FILLED_IN[table] for table in FILLED_IN if table in last_run(out).sources]
    if filled:
        raise ConfigError(
            f"{out / filled[0]} was filled in and would be replaced unread; leave --last out, or name another --out"
        )
    return stated


def _levels(path: Path) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    try:
        frame = pd.read_csv(
            path,
            encoding="utf-8-sig",
            dtype={"part": str, "place": str, "why": str},
            na_values={},
            keep_default_na=False,
        )
        numbers = {name: pd.to_numeric(frame[name]) for name in OF_LAST[2:]}
        ids = {name: frame[name].map(unguard) for name in OF_LAST[:2]}
    except (OSError, ValueError, KeyError) as error:
        return None, (f"{LEVELS} of the last run can't be read ({error}): jumps in level are not listed",)
    return frame.assign(**ids, **numbers), ()
