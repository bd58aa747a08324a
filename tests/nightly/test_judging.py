"""``fieldops check``: a run folder, a plan.json, a table of visits made elsewhere, in Chinese too."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.nightly.make import DATE, Rows, plan, read, run, write
from tests.nightly.test_dispatch import NIGHTLY, little, regional

CHINESE = {"technician": "工程师", "order": "工单号", "stop": "停留", "arrive": "到达", "start": "开始", "end": "结束"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plan the little department, all of which fits; T1 must rest early."""
    folder = tmp_path_factory.mktemp("made")
    tables = little()
    tables["technicians"][0] |= {"rest_earliest": "09:00", "rest_latest": "09:30"}
    tables["jobs"][0]["windows"] = f"{DATE} 08:00/{DATE} 08:30"  # so that the rest can't be taken at home
    assert plan(write(folder / "in", tables, NIGHTLY), folder / "run").exit_code == 0
    return folder


def written(path: Path, rows: Rows, headings: dict[str, str] | None = None) -> Path:
    """Write rows of visits, with only the columns that others would have, under their headings."""
    names = headings or {name: name for name in CHINESE}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names.values())
        writer.writerows([[row[name] for name in names] for row in rows])
    return path


def test_a_run_folder_and_its_plan_are_judged_sound(made: Path) -> None:
    """What we wrote we can read and judge: the same cost as the run's, exit code 0."""
    for what in ("run", "run/plan.json", "run/visits.csv"):
        result = run("check", made / "in", made / what)
        assert result.exit_code == 0, result.output
        assert "plan: keeps every rule" in result.output
        cost = next(row["value"] for row in read(made / "run" / "kpis.csv") if row["kpi"] == "cost")
        assert f"cost {float(cost):,.2f}" in result.output


@pytest.mark.parametrize("chinese", [False, True])
def test_a_table_made_elsewhere_is_judged(chinese: bool, made: Path, tmp_path: Path) -> None:
    """Only technician, order and times are needed, and the usual Chinese headings are known."""
    rows = read(made / "run" / "visits.csv")
    table = written(tmp_path / "visits.csv", rows, CHINESE if chinese else None)
    assert run("check", made / "in", table).exit_code == 0


def shifted(rows: Rows, order: str, minutes: int) -> None:
    """Move a visit, or the first rest, by minutes."""
    row = next(row for row in rows if row["order"] == order)
    for name in ("arrive", "start", "end"):
        row[name] = str(pd.Timestamp(row[name]) + pd.Timedelta(minutes=minutes))


def test_breaches_are_found_and_said(made: Path, tmp_path: Path) -> None:
    """A start too early, the wrong technician, a moved rest, a lost order: each is named, exit code 3."""

    def early(rows: Rows) -> None:
        shifted(rows, "J2", -120)

    def wrong(rows: Rows) -> None:
        next(row for row in rows if row["order"] == "J5")["technician"] = "T2"

    def rest(rows: Rows) -> None:
        shifted(rows, "", 240)

    def lost(rows: Rows) -> None:
        rows.remove(next(row for row in rows if row["order"] == "J3"))

    def pinned(rows: Rows) -> None:
        shifted(rows, "J4", 5)

    for change, words in (
        (early, "order J2"), (wrong, "王芳 (T2) lacks 电 at level 2"), (rest, "rests from"),
        (lost, "order J3 is not in the table"), (pinned, "order J4 is pinned to 23 Nov 10:00"),
    ):  # fmt: skip
        rows = read(made / "run" / "visits.csv")
        change(rows)
        result = run("check", made / "in", written(tmp_path / "visits.csv", rows, CHINESE))
        assert result.exit_code == 3, (words, result.output)
        assert "breach" in result.output or change is lost
        assert words in result.output


def test_an_edited_plan_is_found_out(made: Path, tmp_path: Path) -> None:
    """Someone shortens a visit in plan.json: the checker believes no stated figure."""
    folder = shutil.copytree(made / "run", tmp_path / "run")
    data = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    day = data["plans"][""]["days"][0]
    next(stop for stop in day["stops"] if stop["kind"] == "job")["end"] -= 600
    data["plans"][""]["unassigned"] = []
    (folder / "plan.json").write_text(json.dumps(data), encoding="utf-8")
    result = run("check", made / "in", folder)
    assert result.exit_code == 3
    assert "is given less than its 1 h 00 min" in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{}", "no plan.json of this version"),
        ("[]", "no plan.json of this version"),
        ("{", "is no run folder or plan.json"),
        ('{"fieldops_night": 1}', "no plan.json of this version"),
        ('{"fieldops_night": 1, "plans": []}', "no plan.json of this version"),
        ('{"fieldops_night": 1, "plans": {}}', "the plan has no region ''"),
        ('{"fieldops_night": 1, "plans": {"": 7}}', "no plan of version 1"),
        ("[" * 100_000, "is no run folder or plan.json"),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_plan_is_refused(content: str, words: str, made: Path, tmp_path: Path) -> None:
    """Wrong use is told in words, exit code 2."""
    path = tmp_path / "plan.json"
    path.write_text(content, encoding="utf-8")
    result = run("check", made / "in", path)
    assert result.exit_code == 2
    assert words in result.output


def test_a_faulty_table_of_visits_is_refused(made: Path, tmp_path: Path) -> None:
    """Times that are none and orders that nobody knows are faults with their rows, exit code 4."""
    rows = read(made / "run" / "visits.csv")
    rows[0]["start"] = "noon"
    result = run("check", made / "in", written(tmp_path / "visits.csv", rows))
    assert result.exit_code == 4
    assert "visits, row 2, column start: 'noon' is not a date and time" in result.output


def test_visits_of_all_regions_in_one_table(tmp_path: Path) -> None:
    """A table that mixes regions is judged as one department, or for the region named; so is a run folder."""
    tables = regional()
    for row in tables["jobs"]:
        row["windows"] = ""
    source, out = write(tmp_path / "in", tables, NIGHTLY), tmp_path / "run"
    assert plan(source, out).exit_code == 0
    for what in (out, out / "visits.csv"):
        assert run("check", source, what).exit_code == 0
        assert run("check", source, what, "--region", "东").exit_code == 0
    rows = read(out / "visits.csv")
    east = [row for row in rows if row["region"] == "东"]
    assert run("check", source, written(tmp_path / "east.csv", east), "--region", "东").exit_code == 0
    result = run("check", source, written(tmp_path / "east.csv", east))
    assert result.exit_code == 3
    assert "order J1 is not in the table" in result.output
    assert run("check", source, tmp_path / "east.csv", "--date", "2026-11-24").exit_code in (3, 4)
    assert DATE in rows[0]["date"]
