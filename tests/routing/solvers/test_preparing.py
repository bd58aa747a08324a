"""Search and bound are compiled ahead, side by side where that helps, and nothing is left behind."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

import pytest

from fieldops.routing.solvers import prepare, prepared, preparing
from fieldops.routing.solvers.search import cache


@pytest.fixture
def _cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it a machine of two cores on which nothing was compiled yet, as far as the marks say."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    monkeypatch.setattr(preparing, "warm", lambda part: False)
    monkeypatch.setattr(preparing.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(preparing.os, "sched_getaffinity", lambda process: {0, 1}, raising=False)


@pytest.mark.usefixtures("_cold")
def test_the_bound_is_compiled_by_a_process_of_its_own() -> None:
    """What runs beside the search is a whole Python that finds the package wherever this one found it."""
    with preparing._beside(preparing.BESIDE) as beside:
        assert beside is not None
        _, words = beside.communicate(timeout=120)
    assert (beside.returncode, words) == (0, "")


@pytest.mark.usefixtures("_cold")
@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_what_fails_beside_is_told_and_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that can't be had (no memory, no room) costs time, never the preparation."""
    monkeypatch.setattr(preparing, "BESIDE", "raise SystemExit('no room left')")
    told: list[str] = []
    with caplog.at_level(logging.WARNING):
        prepare(told.append)
    assert "so it is compiled here: no room left" in caplog.text
    assert told == ["search", "bound"]
    assert {path.name for path in tmp_path.iterdir()} >= {cache.SEARCH, cache.BOUND}
    assert prepared()


@pytest.mark.usefixtures("_cold")
def test_where_no_process_can_be_started_all_is_compiled_here(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A machine that is out of memory or of processes prepares none the less, and says why it takes longer."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(preparing.subprocess, "Popen", refuse)
    with caplog.at_level(logging.WARNING), preparing._beside("pass") as beside:
        assert beside is None
    assert "compiled after the search: no more processes" in caplog.text


@pytest.mark.usefixtures("_cold")
def test_an_interrupt_ends_both() -> None:
    """Ctrl-C leaves no compiler running that nobody waits for."""
    with suppress(KeyboardInterrupt), preparing._beside("import time; time.sleep(60)") as beside:
        assert beside is not None
        assert beside.poll() is None
        raise KeyboardInterrupt
    assert beside is not None
    assert beside.returncode not in (None, 0)


@pytest.mark.usefixtures("_cold")
@pytest.mark.parametrize("reason", ["one core", "nowhere to keep it", "compiled before"])
def test_no_process_where_it_would_be_in_vain(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one core there is nothing beside it; what can't be kept, or was kept, needs no other process."""
    if reason == "one core":
        monkeypatch.setattr(preparing.os, "cpu_count", lambda: 1)
        monkeypatch.setattr(preparing.os, "sched_getaffinity", lambda process: {0}, raising=False)
    elif reason == "nowhere to keep it":
        monkeypatch.setattr(preparing, "folder", lambda: None)
    else:
        monkeypatch.setattr(preparing, "warm", lambda part: True)
    with preparing._beside("raise SystemExit(1)") as beside:
        assert beside is None


@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="nothing is compiled")
def test_a_search_that_is_compiled_is_not_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first plan compiles the search alone: the bound is still to be prepared."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path)
    assert not prepared()
    cache.mark_warm()
    assert cache.warm()
    assert not prepared()
    cache.mark_warm(cache.BOUND)
    assert prepared()
