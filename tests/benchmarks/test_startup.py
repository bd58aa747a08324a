"""The family `startup`: a fresh process that plans, and one that can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.families import startup


def test_a_process_without_a_plan_is_told(tmp_path: Path) -> None:
    """A crash must not become a fast start."""
    (tmp_path / "problem.pickle").write_bytes(b"nonsense")
    with pytest.raises(RuntimeError, match="ended without a plan"):
        startup.started(tmp_path / "problem.pickle", str(tmp_path))


def test_a_fresh_process_tells_its_first_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels run as plain Python here, so nothing is compiled: moments come in order, worth left is a share."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    row = startup.row_of("cold", 14, str(tmp_path), 1)
    assert 0 < row["plan_s"] < row["first_plan_s"] <= row["wall_s"] + 0.01
    assert 0 <= row["left_first"] < 1
    assert row["jobs"] == 14
