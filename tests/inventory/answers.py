"""The file of known answers, by id."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]


def rows_of(folder: Path) -> dict[str, Row]:
    """Read the file of known answers by id."""
    path = folder / "inventory" / "known_answers.csv"
    if not path.is_file():
        pytest.skip(f"no known answers at {path}")
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["id"]: {
                "inputs": json.loads(row["inputs_json"]),
                "expected": json.loads(row["expected_json"]),
                "tolerance": float(row["tolerance"]),
            }
            for row in csv.DictReader(lines)
        }
