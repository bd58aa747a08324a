"""The family `praxedo`: its reader, its scoring against another's, its plans and its command."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest

from benchmarks.families import praxedo
from benchmarks.options import Options
from benchmarks.run import families, main, tabulated
from fieldops.routing.check import check
from fieldops.routing.planning import plan

NODES = [(420, 1140, 0), (420, 1140, 0), (420, 1140, 0), (465, 480, 45), (0, 945, 90), (585.5, 600, 45)]
MINUTES = [
    [0, 0, 0, 20.1333, 30, 10],
    [0, 0, 0, 20.1333, 30, 10],
    [0, 0, 0, 20.1333, 30, 10],
    [20.1333, 20.1333, 20.1333, 0, 15.6667, 25],
    [30, 30, 30, 15.6667, 0, 35],
    [10, 10, 10, 25, 35, 0],
]


def section(title: str, matrix: list[list[float]]) -> list[str]:
    """Return a matrix as the format writes it, with the two rows and columns of duplicated homes that it appends."""
    wide = [[*row, row[1], row[2]] for row in [*matrix, matrix[1], matrix[2]]]
    return [title, *(";".join([str(i), *(f"{cell:.4f}" for cell in row)]) for i, row in enumerate(wide))]


def written(folder: Path, name: str = "S1") -> Path:
    """Write a small day in the family's format: two technicians, three orders."""
    lines = [
        f"Day_{name}",
        "",
        "INFO",
        "CREW COUNT  SKILLS    TOOLS   SPARE PARTS",
        "       2        0        0             0",
    ]
    lines += ["", "DEPOT TECHNICIANS AND REQUESTS", "ID X Y TWS TWE Serv SKILLS TOOLS SPARE PARTS"]
    lines += [f"{i}  0.0 0.0  {a:.1f}  {b:.1f}  {s:.1f} \t[] \t[] \t[]" for i, (a, b, s) in enumerate(NODES)]
    lines += section("DISTANCES", [[2 * cell for cell in row] for row in MINUTES])
    lines += section("TRAVEL TIMES", MINUTES)
    (folder / "instances").mkdir(parents=True, exist_ok=True)
    path = folder / "instances" / f"{name}.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def data(bench_data: Path) -> Path:
    """Folder of the real days; skipped where it is absent."""
    folder = bench_data / praxedo.FOLDER
    if not folder.is_dir():
        pytest.skip(f"no days at {folder}")
    return folder


@pytest.fixture(scope="module")
def referee(bench_data: Path) -> ModuleType:
    """Load the scorer that is no part of this project; skipped where it is absent."""
    path = bench_data.parent / "referees" / "praxedo.py"
    if not path.is_file():
        pytest.skip(f"no referee at {path}")
    spec = importlib.util.spec_from_file_location("praxedo_referee", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_day_is_read_without_its_duplicates(tmp_path: Path) -> None:
    """Windows, service and both matrices come as stated; the appended copies of homes are left."""
    day = praxedo.read(written(tmp_path))
    assert (day.name, day.technicians, list(day.requests)) == ("S1", 2, [3, 4, 5])
    assert list(zip(day.opens, day.closes, day.service, strict=True)) == NODES
    assert np.array_equal(day.minutes, MINUTES)
    assert np.array_equal(day.kilometres, 2 * np.array(MINUTES))


@pytest.mark.parametrize("cut", ["DISTANCES", "TRAVEL TIMES"])
def test_a_file_that_lacks_a_section_is_refused_by_name(tmp_path: Path, cut: str) -> None:
    """Half a file would otherwise be half a day."""
    path = written(tmp_path)
    path.write_text(path.read_text().replace(cut, "NOTHING"))
    with pytest.raises(ValueError, match="expected the sections"):
        praxedo.read(path)


def test_a_file_that_lacks_rows_is_refused(tmp_path: Path) -> None:
    """A matrix broken off would otherwise hold legs of nothing."""
    path = written(tmp_path)
    path.write_text("\n".join(path.read_text().splitlines()[:-5]))
    with pytest.raises(ValueError, match="TRAVEL TIMES: rows are missing"):
        praxedo.read(path)


def test_minutes_become_whole_seconds_and_money_counts_them(tmp_path: Path) -> None:
    """20.1333 minutes are 1208 seconds; an hour of work costs as many units as it has seconds."""
    one = praxedo.problem(praxedo.read(written(tmp_path)))
    assert one.drive("1", "3") == (1208, 40267)
    assert one.job["5"].values["windows"] == ((585 * 60 + 30, 36_000),)
    assert one.job["4"].service_s == 5400
    made = plan(one, solver="insertion")
    assert made.cost == sum(day.back - day.depart for day in made.days)


def test_working_time_by_hand(tmp_path: Path) -> None:
    """Leave at 7:00, wait at order 3; a quarter of the wait is needed, the rest goes by leaving later."""
    day = praxedo.read(written(tmp_path))
    # 440.13 at order 3, wait to 465, done 510; 525.67 at order 4, done 615.67; home 645.67
    minutes, late = praxedo.working_time(day, 1, [3, 4])
    assert minutes == pytest.approx(645.6667 - 420 - 24.8667)
    assert late == []
    # order 5 can begin from 585.5 only, at 600 at the latest: of the second wait 14.5 minutes can be shifted
    minutes, late = praxedo.working_time(day, 1, [3, 5])
    assert minutes == pytest.approx(640.5 - 420 - (24.8667 + 15))
    assert late == []


def test_scoring_finds_what_is_wrong_with_tours(tmp_path: Path) -> None:
    """Late, twice, by two, to nowhere: each has its own words."""
    day = praxedo.read(written(tmp_path))
    unserved, _, faults = praxedo.score(day, [(1, [5, 3]), (1, [4]), (2, [4, 2])])
    assert unserved == 0
    told = "; ".join(faults)
    for words in ("late at node 3", "order 4 is served twice", "technician 1 has two tours", "node 2 is no order"):
        assert words in told


def test_scoring_equals_the_referees_on_random_tours(data: Path, referee: ModuleType) -> None:
    """Sound tours and broken ones, of every real day: the same minutes, the same count, and faults together."""
    draw = Random(1)
    for path in sorted((data / "instances").glob("*.txt")):
        day, theirs = praxedo.read(path), referee.read(path)
        for _ in range(60):
            orders = [node for node in day.requests if draw.random() < 0.9]
            draw.shuffle(orders)
            if draw.random() < 0.5:
                orders.sort(key=lambda node: day.closes[node])
            homes = draw.sample(range(1, day.technicians + 1), draw.randint(1, day.technicians))
            tours = [(home, orders[k :: len(homes)]) for k, home in enumerate(homes)]
            tours = [(home, nodes) for home, nodes in tours if nodes]
            minutes, _, _, unserved, errors = referee.evaluate(theirs, [[home, *nodes, home] for home, nodes in tours])
            mine_unserved, mine, faults = praxedo.score(day, tours)
            assert mine_unserved == unserved
            assert bool(faults) == bool(errors)
            if not faults:
                assert mine == pytest.approx(minutes, abs=1e-6)


@pytest.mark.parametrize("solver", ["routing", "insertion"])
def test_plans_of_a_real_day_are_what_the_clock_says(data: Path, referee: ModuleType, solver: str) -> None:
    """Checker, own scoring and referee agree on a plan: sound, as many served, the same working time."""
    path = data / "instances" / "R1.txt"
    day = praxedo.read(path)
    made = plan(praxedo.problem(day), solver=solver, iterations=150)
    assert check(praxedo.problem(day), made).sound
    unserved, minutes, faults = praxedo.score(day, praxedo.tours(made))
    assert faults == []
    assert unserved == len(made.unassigned)
    assert minutes == pytest.approx(made.cost / 60, abs=0.05)
    theirs = referee.evaluate(referee.read(path), [[home, *nodes, home] for home, nodes in praxedo.tours(made)])
    assert theirs[0] == pytest.approx(minutes, abs=1e-6)
    assert theirs[3:] == (unserved, [])


def test_a_plan_with_a_fault_is_not_reported(tmp_path: Path) -> None:
    """A result that the scoring refuses must stop the run, not enter a table."""
    day = praxedo.read(written(tmp_path))
    made = plan(praxedo.problem(day), solver="insertion")
    shrunk = praxedo.Instance(day.name, 2, day.opens, day.closes - 200, day.service, day.minutes, day.kilometres)
    with pytest.raises(RuntimeError, match="late at node"):
        praxedo.row(shrunk, made, None)


def test_the_command_writes_rows_with_routes_and_gap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another folder of the same format runs; JSON and table say the same, the gap counts only at equal service."""
    written(tmp_path, "S1")
    written(tmp_path, "S2")
    (tmp_path / "bks.csv").write_text("instance,unserved,bks\nS1,0,200\nS2,1,200\n")
    out = tmp_path / "out.json"
    given = ["praxedo", "--data", str(tmp_path), "--solver", "insertion", "--limit", "2", "--out", str(out)]
    assert main(given) == 0
    stated = json.loads(out.read_text())
    assert stated["family"] == "praxedo"
    assert stated["machine"]["cores"] >= 1
    first, second = stated["results"]
    keys = {"instance", "solver", "objective", "unserved", "bks", "gap", "bound", "wall_s", "routes"}
    assert keys <= set(first)
    assert (first["solver"], first["unserved"]) == ("insertion", 0)
    assert first["gap"] == pytest.approx(first["objective"] / 200 - 1, abs=1e-6)
    assert second["gap"] is None
    day = praxedo.read(tmp_path / "instances" / "S1.txt")
    tours = [(route["technician"], route["stops"]) for route in first["routes"]]
    assert praxedo.score(day, [(int(home), stops) for home, stops in tours])[1] == pytest.approx(first["objective"])
    for route in first["routes"]:
        for node, start in zip(route["stops"], route["start"], strict=True):
            assert day.opens[node] <= start <= day.closes[node]
    printed = capsys.readouterr().out
    assert f"{first['objective']:.4f}" in printed


def test_the_command_without_data_says_so_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Absent data is no error: the project doesn't ship it."""
    monkeypatch.setenv("FIELDOPS_BENCH_DATA", str(tmp_path / "nowhere"))
    assert main(["praxedo"]) == 0
    assert "no data at" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--instances", "R9"], "there is no instance 'R9'; the data holds S1"),
        (["--size", "100"], "unknown option --size"),
        (["--limit", "-3"], "2"),
        (["--workers", "0"], "2"),
        (["nonsense"], "2"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(tmp_path: Path, arguments: list[str], words: str) -> None:
    """No option is accepted and then ignored."""
    written(tmp_path)
    with pytest.raises(SystemExit) as refused:
        main(["praxedo", "--data", str(tmp_path), *arguments])
    assert words in str(refused.value)


def test_families_are_found_by_their_modules() -> None:
    """A new family is a new file, and each can be run."""
    assert {"praxedo", "raf"} <= set(families())


def test_options_stand_as_they_were_given() -> None:
    """What one family needs alone is handed on by name, and refused where it isn't known."""
    options = Options(Path(), extra={"size": "100"})
    options.refuse_unknown("size", "bound")
    with pytest.raises(SystemExit, match="unknown option --size; this family takes --bound"):
        options.refuse_unknown("bound")


def test_a_table_of_nothing_says_so() -> None:
    """An empty folder must not look like a success without figures."""
    assert "nothing was run" in tabulated([])
