"""What every test may rely on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

# The same examples on every machine and every run; FIELDOPS_HYPOTHESIS=search looks for new ones.
settings.register_profile("repeat", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("FIELDOPS_HYPOTHESIS", "repeat"))


@pytest.fixture(scope="session")
def department() -> Path:
    """Folder of the sample department's tables."""
    return ROOT / "examples" / "department"


@pytest.fixture(scope="session")
def bench_data() -> Path:
    """Folder of the public benchmark data; a test that needs it is skipped where it is absent."""
    folder = Path(os.environ.get("FIELDOPS_BENCH_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no benchmark data at {folder}; FIELDOPS_BENCH_DATA names another folder")
    return folder
