"""One night through the command line: counts that add up, runs that repeat, plans judged, books opened again."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pandas as pd
import pytest

from fieldops.nightly.config import load
from fieldops.nightly.dispatch import plan_night, read_night
from tests.nightly.make import DATE, Rows, little, plan, read, run, write

NIGHTLY = f'[dispatch]\ndates = ["{DATE}"]\nsolver = "insertion"\niterations = 1\n'


def regional(names: str = "东西") -> dict[str, Rows]:
    """Return the department in two regions of any name, each with an order too many."""
    tables = little()
    for number, row in enumerate(tables["jobs"]):
        row["region"] = names[0] if number in (1, 3, 5) else names[1]
    for row, region in zip(tables["technicians"], (names[1], names[0]), strict=True):
        row["region"] = region
    return tables


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one run of the two regions, with a faulty order skipped."""
    folder = tmp_path_factory.mktemp("night")
    tables = regional()
    tables["jobs"].append({**tables["jobs"][0], "id": "J7", "service_min": "-5"})
    tables["jobs"].append({**tables["jobs"][0], "id": "J8", "skills": "电:2", "windows": f"{DATE} 22:00/{DATE} 23:00"})
    result = plan(write(folder / "in", tables, NIGHTLY), folder / "run", "--skip-faulty")
    assert result.exit_code == 3, result.stderr
    return folder / "run"


def test_every_order_is_found_once(night: Path) -> None:
    """Rows in = visits + unassigned + closed + rejected, in the files and in the manifest's counts."""
    visits = [row["order"] for row in read(night / "visits.csv") if row["order"]]
    left = read(night / "unassigned.csv")
    assert sorted([*visits, *(row["order"] for row in left)]) == [f"J{n}" for n in range(1, 9)]
    states = [row["state"] for row in left]
    counts = json.loads((night / "manifest.json").read_text(encoding="utf-8"))["orders"]
    assert counts == {
        "visits": len(visits), "unassigned": states.count("unassigned"), "closed": states.count("closed"),
        "rejected": states.count("rejected"),
    }  # fmt: skip
    assert sum(counts.values()) == 8
    assert {row["order"]: row["region"] for row in left} == {"J6": "东", "J7": "", "J8": "西"}


def test_figures_of_the_regions_add_up(night: Path) -> None:
    """Each region has its kpis; days, loads and visits of the file are those of the regions together."""
    kpis = pd.DataFrame(read(night / "kpis.csv"))
    visits = kpis[kpis["kpi"] == "visits"].set_index("region")["value"].astype(float)
    assert set(visits.index) == {"东", "西"}
    rows = read(night / "visits.csv")
    assert visits.sum() == len([row for row in rows if row["order"]])
    assert sum(int(row["qty_pcs"]) for row in read(night / "loads.csv") if row["part"] == "P1") == 3
    assert all(row["start"].endswith("+08:00") for row in rows)
    costs = kpis[kpis["kpi"] == "cost"]["value"].astype(float).sum()
    assert costs == pytest.approx(sum(float(row["cost"]) for row in read(night / "days.csv")), abs=0.01)


def test_the_manifest_tells_what_was_read_and_written(night: Path) -> None:
    """Digests of inputs and outputs hold, versions and options are there: a run can be traced and repeated."""
    manifest = json.loads((night / "manifest.json").read_text(encoding="utf-8"))
    for name, told in manifest["outputs"].items():
        data = (night / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    assert set(manifest["outputs"]) == {path.name for path in night.iterdir()} - {"manifest.json"}
    for told in manifest["inputs"].values():
        data = (night.parent / "in" / told["file"]).read_bytes()
        assert told["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["options"]["dispatch"]["iterations"] == 1
    assert manifest["versions"]["fieldops"]
    assert {made["solver"] for made in manifest["plans"].values()} == {"insertion"}
    assert all(made["seconds"] >= 0 for made in manifest["plans"].values())


@pytest.mark.parametrize("bound", [["--iterations", "5"], ["--limit", "20"]])
def test_the_same_input_gives_the_same_bytes(bound: list[str], tmp_path: Path) -> None:
    """Two runs write the same files, workbooks included; only the manifest knows when, and how long it took."""
    source = write(tmp_path / "in", regional())
    for name in ("one", "two"):
        assert plan(source, tmp_path / name, "--seed", "7", *bound).exit_code in (0, 3)
    files = sorted(path.name for path in (tmp_path / "one").iterdir() if path.name != "manifest.json")
    assert "plan.json" in files
    assert len([name for name in files if name.endswith(".xlsx")]) == 2
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


@pytest.mark.parametrize(
    "names", [("../x", "a/b"), ("CON", "con"), ("=1+1", "'"), ("x" * 300, "x" * 301), ("&A", "<b>")]
)
def test_regions_of_any_name_stay_inside(names: tuple[str, str], tmp_path: Path) -> None:
    """A region's name never leads out of the folder, never becomes a formula, and each region has its own book."""
    result = plan(write(tmp_path / "in", regional(names)), tmp_path / "deep" / "run")
    assert result.exit_code in (0, 3), result.output
    assert {path.name for path in tmp_path.iterdir()} == {"in", "deep"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["run"]
    books = list((tmp_path / "deep" / "run").glob("dispatch-*.xlsx"))
    assert len({book.name.casefold() for book in books}) == 2
    told = {row["region"] for row in read(tmp_path / "deep" / "run" / "days.csv")}
    assert not {cell for cell in told if cell.startswith(("=", "+", "-", "@"))}
    assert len(told) == 2


def test_two_regions_cost_what_they_cost_alone(tmp_path: Path) -> None:
    """Planning all regions in one night is planning each for itself."""
    source = write(tmp_path / "in", regional(), NIGHTLY)
    whole = plan_night(load(source))
    for region in whole.regions:
        alone = plan_night(load(source).changed(dispatch={"regions": (region.name,)}))
        assert alone.regions[0].plan == region.plan


@pytest.mark.parametrize("solver", ["insertion", "search"])
def test_regions_that_share_a_shelf_share_it_out(solver: str, tmp_path: Path) -> None:
    """Each region alone finds the one pump there is; together they may not take two, and people are told why."""
    tables = regional()
    for row in tables["technicians"]:
        row["van_stock"] = ""
    orders = {row["region"]: row for row in tables["jobs"] if row["status"] == "open"}
    for row in tables["jobs"]:
        row["parts"] = "P1:1" if row in orders.values() else ""
    tables["stock"] = [{"place": "XA", "part": "P1", "on_hand_pcs": "1"}]
    options = {"solver": solver, "iterations": 20}
    made = plan_night(load(write(tmp_path, tables, NIGHTLY)).changed(dispatch=options))
    loads = made.frames["loads"]
    assert loads[loads["part"] == "P1"]["qty_pcs"].sum() == 1
    assert "the depot XA has 1 of part P1, shared out by need: 东 1, 西 0" in made.warnings
    assert sum("lacks" in reason for reason in made.frames["unassigned"]["reason"].astype(str)) == 1
    tables["stock"][0]["on_hand_pcs"] = "2"
    made = plan_night(load(write(tmp_path / "2", tables, NIGHTLY)).changed(dispatch=options))
    assert made.frames["loads"]["qty_pcs"].sum() == 2
    assert not any("shared" in each for each in made.warnings)


def test_headings_of_the_parts_planner_are_none_of_our_business(tmp_path: Path) -> None:
    """One configuration maps the headings of both jobs; dispatch refuses only what neither of them reads."""
    tables = little()
    for row in tables["stock"]:
        row["路上"] = row.pop("on_order_pcs")
    names = '[names.stock]\non_order_pcs = "路上"\n'
    assert plan_night(load(write(tmp_path, tables, NIGHTLY + names))).regions[0].plan.unassigned == ()
    wrong = write(tmp_path / "wrong", tables, NIGHTLY + '[names.stock]\non_odrer_pcs = "路上"\n')
    assert [fault.code for fault in read_night(load(wrong)).faults] == ["unknown-column"]


def test_a_stop_before_the_beginning_still_gives_a_plan(tmp_path: Path) -> None:
    """SIGTERM while tables are read: promised work is planned, the rest is left out with reasons."""
    stop = threading.Event()
    stop.set()
    made = plan_night(load(write(tmp_path, little(), NIGHTLY)), stop=stop)
    assert [visit.id for day in made.regions[0].plan.days for visit in day.visits] == ["J4"]
    assert made.regions[0].plan.made["stopped_by"] == "signal"
    assert len(made.frames["unassigned"]) == 5


def test_progress_names_the_region(tmp_path: Path) -> None:
    """Who watches is told of each better plan, and of which region."""
    seen: list[tuple[str, int]] = []
    config = load(write(tmp_path, regional(), NIGHTLY))
    plan_night(config, watch=lambda region, progress: seen.append((region, progress.worth_unassigned)))
    assert {region for region, _ in seen} == {"东", "西"}
    for region in "东西":
        worth = [each for name, each in seen if name == region]
        assert worth == sorted(worth, reverse=True)


def test_without_excel_no_book_is_written(tmp_path: Path) -> None:
    """``excel = false`` is heeded."""
    plan(write(tmp_path / "in", little(), "excel = false\n" + NIGHTLY), tmp_path / "run")
    assert not list((tmp_path / "run").glob("*.xlsx"))


def test_options_of_the_estimate_are_heeded_or_refused(tmp_path: Path) -> None:
    """A speed in the configuration changes the drive; beside a table of travel it would do nothing, and is refused."""
    slow, fast = (
        plan_night(load(write(tmp_path / str(speed), little(), NIGHTLY + f"[travel]\nspeed_kmh = {speed}\n")))
        for speed in (10, 60)
    )
    assert slow.frames["days"]["drive_min"].sum() > 3 * fast.frames["days"]["drive_min"].sum()
    tables = little()
    names = [row["id"] for table in ("jobs", "technicians") for row in tables[table]]
    for table in ("jobs", "technicians"):
        for row in tables[table]:
            row |= {"place": row["id"], "lat": "", "lon": ""}
    tables["travel"] = [{"origin": a, "destination": b, "drive_min": "9"} for a in names for b in names if a != b]
    result = run("plan", write(tmp_path / "t", tables, NIGHTLY + "[travel]\ndetour = 1.2\n"), "--out", tmp_path / "o")
    assert result.exit_code == 2
    assert "leave out detour" in result.stderr
    assert plan(write(tmp_path / "t", tables, NIGHTLY), tmp_path / "o").exit_code in (0, 3)
