"""Independent scorers of the benchmark families, which lie beside the shared data and are no part of the project."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def referee(bench_data: Path, name: str) -> ModuleType:
    """Return a scorer as a module; the test is skipped where it is absent."""
    path = bench_data.parent / "referees" / f"{name}.py"
    if not path.is_file():
        pytest.skip(f"no independent scorer at {path}")
    found = importlib.util.spec_from_file_location(f"{name}_referee", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def folder(bench_data: Path, name: str) -> Path:
    """Return a folder of the shared data; the test is skipped where it is absent."""
    path = bench_data / name
    if not path.is_dir():
        pytest.skip(f"no data at {path}")
    return path
