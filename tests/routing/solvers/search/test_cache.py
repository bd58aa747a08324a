"""Where compiled code is kept: private, named by what it depends on, and never a reason to fail."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from fieldops.routing.solvers.search import cache


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.folder.cache_clear()


def test_the_folder_asked_for_is_used_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FIELDOPS_CACHE_DIR wins, and nobody else may read what lies there."""
    monkeypatch.setenv("FIELDOPS_CACHE_DIR", str(tmp_path / "mine"))
    home = cache.folder()
    assert home is not None
    assert home.parent == tmp_path / "mine"
    assert (tmp_path / "mine").stat().st_mode & 0o077 == 0


def test_without_a_home_the_temporary_folder_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service account without a writable home still keeps its code, in a folder of its own."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.delenv("FIELDOPS_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    home = cache.folder()
    assert home is not None
    assert home.parent.parent == tmp_path


def test_where_nothing_can_be_written_one_warning_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder: the kernels are compiled in memory, and people are told once what to do."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("FIELDOPS_CACHE_DIR", str(blocked))
    with pytest.warns(RuntimeWarning, match="set FIELDOPS_CACHE_DIR"):
        assert cache.folder() is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.folder() is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners of folders are told apart on POSIX only")
def test_a_folder_of_somebody_else_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled code is run as it lies there, so it must be ours."""
    assert cache.writable(tmp_path)
    monkeypatch.setattr(cache.os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    assert cache.writable(tmp_path) == (tmp_path.stat().st_uid == 0)


def test_an_edit_of_any_kernel_file_changes_the_name(tmp_path: Path) -> None:
    """Else a kernel would go on with the old code of another file that it calls."""
    for source in Path(cache.__file__).parent.glob("*.py"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    before = cache.fingerprint(tmp_path)
    assert before == cache.fingerprint(tmp_path)
    with (tmp_path / "ruin.py").open("a") as file:
        file.write("# edited\n")
    assert cache.fingerprint(tmp_path) != before


def test_kernels_run_as_plain_python_are_not_noted_as_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof with NUMBA_DISABLE_JIT compiles nothing; a mark would keep `fieldops prepare` from compiling it later."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    monkeypatch.setattr(cache._numba, "DISABLE_JIT", 1)
    cache.mark_warm(cache.BOUND)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(cache._numba, "DISABLE_JIT", 0)
    cache.mark_warm(cache.BOUND)
    assert [mark.name for mark in tmp_path.iterdir()] == [cache.BOUND]


COLD = """
import numpy as np
from tests.routing.solvers.search.days import random_program, task_of
from fieldops.routing.solvers.search.search import Search
task = task_of(random_program(np.random.default_rng(1), 20, 4), iterations=None, limit_s=0.5)
told = []
answer = Search().solve(__import__("dataclasses").replace(task, on_progress=told.append))
print(answer.notes, answer.facts["rung"], {progress.solver for progress in told}, sum(map(len, answer.routes)) > 0)
"""


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_where_time_runs_out_before_the_kernels_are_ready_insertion_plans(tmp_path: Path) -> None:
    """A cold start with half a second to spend hands out insertion's plan, and says so."""
    environment = {**os.environ, "FIELDOPS_CACHE_DIR": str(tmp_path)}
    outcome = subprocess.run([sys.executable, "-c", COLD], env=environment, capture_output=True, text=True, check=True)
    note = "('search was still being compiled when time ran out: insertion made this plan',)"
    assert outcome.stdout.strip() == f"{note} insertion {{'insertion'}} True"


def test_importing_fieldops_loads_no_numba() -> None:
    """The solver's libraries are loaded when it is asked for, not with the package."""
    code = "import sys, fieldops, fieldops.routing.planning; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
