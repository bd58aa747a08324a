"""Refused input leaves its faults beside the run folder, and last night's run as it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fieldops.errors import Fault
from fieldops.nightly.folder import RunFolder
from fieldops.writing import write_csv

COLUMNS = ("table", "row", "column", "code", "cause", "action", "key")


def refused(out: str | Path) -> Path:
    """Return where the faults of a refused run lie: ``run`` -> ``run.refused``."""
    path = Path(out)
    return path.with_name(f"{path.name}.refused")


def write_refusal(faults: Sequence[Fault], out: str | Path) -> Path:
    """Write all faults to ``faults.csv`` in the folder `refused` names; return the file."""
    rows = [[getattr(fault, name) for name in COLUMNS] for fault in faults]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"row": "Int64"})
    with RunFolder(refused(out)) as run:
        write_csv(frame, run.path("faults.csv"))
        run.manifest({"refused": True, "faults": len(faults)})
    return run.out / "faults.csv"
