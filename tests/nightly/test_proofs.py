"""Proofs and prices through the command line: asked for, told, written; not there unless asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import rehearsed
from tests.nightly.make import DATE, little, read, run, write


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Make one run that asks for proof and prices; return its folder and what was printed."""
    assert rehearsed(Halt())
    folder = tmp_path_factory.mktemp("proved")
    config = f'[dispatch]\ndates = ["{DATE}"]\niterations = 200\ntime_limit_s = 3\nbound = true\nprices = true\n'
    result = run("plan", write(folder / "in", little(), config), "--out", folder / "run")
    assert result.exit_code in (0, 3), result.stderr
    return folder / "run", result.stdout


def test_the_proof_is_told_and_written(proved: tuple[Path, str]) -> None:
    """Whoever pays for a proof finds it in the line of the plan, in the key figures, the manifest and the JSON."""
    made_in, told = proved
    assert "prove" in told.splitlines()[0]
    stated = json.loads((made_in / "plan.json").read_text(encoding="utf-8"))["plans"][""]["bound"]
    kpis = {row["kpi"]: float(row["value"]) for row in read(made_in / "kpis.csv") if row["value"]}
    assert 0 < kpis["cost, proved least"] <= kpis["cost"]
    assert kpis["gap to the proved least"] == pytest.approx(1 - kpis["cost, proved least"] / kpis["cost"], abs=1e-4)
    made = json.loads((made_in / "manifest.json").read_text(encoding="utf-8"))["plans"][""]["bound"]
    assert (made["gap"], made["root_gap"]) == (stated["gap"], stated["root_gap"])


def test_prices_are_written_and_shown(proved: tuple[Path, str]) -> None:
    """The dearest changes come first, each with what a plan with it gains; the workbook shows the same rows."""
    made_in, _ = proved
    rows = read(made_in / "prices.csv")
    assert {row["technician"] for row in rows if row["change"] == "one hour more"} == {"T1", "T2"}
    asked = [float(row["price"]) for row in rows]
    assert asked == sorted(asked, reverse=True)
    known = [row for row in rows if row["gain"]]
    assert known
    assert all(float(row["gain"]) <= float(row["at_most"]) + 1e-6 for row in known)
    sheet = pd.read_excel(made_in / "dispatch.xlsx", sheet_name="价值 Prices", engine="calamine")
    assert len(sheet) == len(rows)
    days = {row["technician"]: row["name"] for row in read(made_in / "days.csv")}
    assert {row["technician"]: row["name"] for _, row in sheet.dropna(subset="name").iterrows()}.items() <= days.items()
    assert sheet["name"].notna().any()


def test_a_proof_is_made_whatever_the_solver(tmp_path: Path) -> None:
    """The first plan is insertion's: who wants no other solver but a proof of it gets that, not a plan without."""
    assert rehearsed(Halt())
    config = f'[dispatch]\ndates = ["{DATE}"]\nsolver = "insertion"\niterations = 1\ntime_limit_s = 3\nbound = true\n'
    run("plan", write(tmp_path / "in", little(), config), "--out", tmp_path / "run")
    stated = json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))["plans"][""]
    assert stated["made"]["solver"] == "insertion"
    assert 0 <= stated["bound"]["gap"] <= stated["bound"]["root_gap"] <= 1


def test_neither_unless_asked_for(tmp_path: Path) -> None:
    """A proof takes time from the search: without the option nobody pays for it, and the file's wish can be undone."""
    source = write(tmp_path / "in", little(), f'[dispatch]\ndates = ["{DATE}"]\niterations = 1\nbound = true\n')
    result = run("plan", source, "--out", tmp_path / "run", "--no-bound", "--solver", "insertion")
    assert "prove" not in result.stdout
    assert not (tmp_path / "run" / "prices.csv").exists()
    assert json.loads((tmp_path / "run" / "plan.json").read_text(encoding="utf-8"))["plans"][""]["bound"] is None


def test_figures_say_what_they_count(tmp_path: Path) -> None:
    """Left out, optional and closed are told apart, so that line, warning and table agree."""
    tables = little()
    late = {"windows": f"{DATE} 22:00/{DATE} 23:00"}
    more = [{"id": "J7", **late}, {"id": "J8", "optional": "yes", **late}, {"id": "J9", "status": "done"}]
    tables["jobs"] += [{**tables["jobs"][0], **cells} for cells in more]
    source = write(tmp_path / "in", tables, f'[dispatch]\ndates = ["{DATE}"]\nsolver = "insertion"\niterations = 1\n')
    result = run("plan", source, "--out", tmp_path / "run")
    left = [row["state"] for row in read(tmp_path / "run" / "unassigned.csv")]
    count, closed = left.count("unassigned"), left.count("closed")
    assert f"{count} left out (1 of them optional), {closed} closed" in result.stdout
    are = "s are" if count > 2 else " is"
    assert f"{count - 1} order{are} left out beside 1 optional one; see" in result.stderr
