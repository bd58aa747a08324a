"""The page of results: made of what runs wrote, fresh, and without routes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import results
from benchmarks.ledger import Ledger
from benchmarks.options import Options
from benchmarks.peers import compared

MACHINE = {"processor": "Abacus", "cores": 2, "python": "3.11.7", "ortools": "9.15", "numba": "not installed"}


def _run(family: str, rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "family": family, "command": f"python -m benchmarks.run {family} --limit 10", "date": "2026-11-22T08:00+00:00",
        "machine": MACHINE, "terms": {"limit": 10.0, "code": "c0de"}, "summary": {}, "results": rows, **more,
    }  # fmt: skip


def _row(instance: str, solver: str, worth: int, driving: float, **more: Any) -> dict[str, Any]:
    return {
        "instance": instance, "solver": solver, "objective": driving, "unserved": worth, "worth_unserved": worth,
        "bks": None, "gap": None, "bound": None, "wall_s": 10.0, "faults": [], "note": "",
        "routes": [{"technician": 1, "stops": [1], "start": [0]}], **more,
    }  # fmt: skip


def test_the_page_is_fresh() -> None:
    """What is shown is what is kept: a figure typed by hand would be found here."""
    assert results.PAGE.read_text(encoding="utf-8") == results.page(results.kept()), "run python -m benchmarks.results"


def test_a_run_is_told_with_machine_date_and_command() -> None:
    """Averages, then each instance; gaps in per cent; columns that say nothing are left out."""
    run = _run("trsp", [_row("A", "search", 0, 1234.5, gap=0.0123), _row("B", "search", 1, 99.25)])
    text = "\n".join(results.section(results.lean(run)))
    assert "## TRSP: technician routing" in text
    assert "`python -m benchmarks.run trsp --limit 10`; 2026-11-22 08:00+00:00; Abacus, 2 cores" in text
    assert "python 3.11.7, ortools 9.15; code c0de" in text
    assert "numba" not in text
    assert "| A | search | 1234.5 | 0 | 0 | 1.23 % | 10 |" in text
    assert "| B | search | 99.25 | 1 | 1 | - | 10 |" in text
    assert "bks" not in text
    assert "Unfinished" not in text


def test_a_run_that_was_stopped_says_so() -> None:
    """A table of some of the instances must not look like the whole."""
    run = {key: value for key, value in _run("trsp", [_row("A", "search", 0, 1.0)]).items() if key != "summary"}
    assert "**Unfinished**: 1 rows so far" in "\n".join(results.section(run))


def test_peers_are_told_by_solver_and_by_day() -> None:
    """Who was better on which day, and the averages, come from the rows; a plan that isn't there stays none."""
    late = _row("100-1", "vroom", 99, 0.0, note="overran its limit and was ended: no plan", routes=[])
    rows = compared([_row("100-1", "fieldops", 2, 50.0), late])
    run = results.lean(_run("days", rows, terms={"limit": None, "peers": "vroom"}))
    assert not any("routes" in row for row in run["results"])
    text = "\n".join(results.section(run))
    assert "| 100-1 | 2 / 50.0 | no plan | fieldops |" in text
    assert "| 100 | vroom | 1 | 1 |" in text


def test_speed_facts_are_told_with_what_stands_beside_them() -> None:
    """The JSON of pytest-benchmark becomes rows like others, tests with the same columns in one table."""
    run = {
        "datetime": "2026-11-22T08:00:11", "machine_info": {"cpu": {"brand_raw": "Abacus", "count": 2},
        "machine": "x86_64", "python_version": "3.11.7"},
        "benchmarks": [
            {"name": "test_moves[100]", "stats": {"median": 0.0123456}, "extra_info": {"moves_per_s": 16200},
             "options": {"timer": "process_time"}},
            {"name": "test_root", "stats": {"median": 2.0}, "extra_info": {}, "options": {"timer": "process_time"}},
        ],
    }  # fmt: skip
    text = "\n".join(results.section(results.lean(run)))
    assert "| test_moves[100] | 0.01235 | 16200 |" in text
    assert "| test_root | 2 |" in text
    assert "`pytest benchmarks --benchmark-only --benchmark-timer=time.process_time`" in text


def test_files_are_kept_and_the_page_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """End to end: a ledger's file goes in, the page shows it; what is no run is refused by name."""
    monkeypatch.setattr(results, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(results, "PAGE", tmp_path / "RESULTS.md")
    out = tmp_path / "solomon-60.json"
    ledger = Ledger.opened("solomon", Options(Path(), limit=60.0, out=out), "python -m benchmarks.run solomon")
    ledger.add([_row("R101", "search", 0, 1637.7, gap=0.0)], summary={})
    assert results.main([str(out)]) == 0
    assert "Solomon: 100 customers" in (tmp_path / "RESULTS.md").read_text()
    assert "routes" not in json.loads((tmp_path / "kept" / "solomon-60.json").read_text())["results"][0]
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(SystemExit, match=r"other\.json can't be kept: this is no run"):
        results.main([str(tmp_path / "other.json")])
