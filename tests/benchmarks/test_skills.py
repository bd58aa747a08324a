"""The family `skills`: its reader, its scoring against another's, and plans of fieldops that both accept."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from benchmarks.families import skills
from benchmarks.options import Options
from benchmarks.skilled_day import SkilledDay, broken, problem, row, score, tours_of
from fieldops.routing.planning import plan

FILE = """Small

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
2           2       1       1

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0\t50\t50\t0\t100\t0\t[] \t[]\t[]
1\t0\t0\t0\t100\t0\t[0] \t[0]\t[4]
2\t10\t0\t0\t100\t0\t[0,1] \t[]\t[0]
3\t1\t1\t0\t100\t10\t[0] \t[0]\t[1]
4\t3\t0\t20\t30\t10\t[1] \t[]\t[0]
5\t0\t2.5\t0\t100\t10.5\t[0,1] \t[]\t[9]
"""


@pytest.fixture
def small(tmp_path: Path) -> SkilledDay:
    """Two technicians, three orders: one open to both, one with a window, one for the second technician alone."""
    path = tmp_path / "small.txt"
    path.write_text(FILE)
    return skills.read(path)


def test_a_file_is_read_as_it_stands(small: SkilledDay) -> None:
    """Homes, orders, windows and skills come from their columns; tools and parts are passed over."""
    assert small.technicians == (1, 2)
    assert small.jobs == (3, 4, 5)
    assert small.service.tolist() == [10, 10, 10.5]
    assert (small.opens[1], small.closes[1]) == (20, 30)
    assert small.needs == (frozenset("0"), frozenset("1"), frozenset("01"))
    assert small.allowed.tolist() == [[True, True], [False, True], [False, True]]
    assert small.drive[0, 3] == pytest.approx(2**0.5)
    assert small.drive_ticks[0, 3] == 14143


def test_routes_are_scored_by_hand_computed_driving(small: SkilledDay) -> None:
    """Driving is the sum of the legs from home to home, in doubles; what is left out is counted."""
    found = score(small, [(1, [3]), (2, [4])])
    assert found.driving == pytest.approx(2 * 2**0.5 + 14)
    assert (found.unserved, found.worth_unserved, found.faults) == (1, 1, ())


@pytest.mark.parametrize(
    ("tours", "words"),
    [
        ([(1, [4])], "technician 1 lacks 1 for order 4"),
        ([(1, [3]), (2, [3])], "order 3 is served 2 times"),
        ([(1, [3]), (1, [3])], "technician 1 has two tours"),
        ([(2, [5, 3, 4])], "order 4 begins at"),
        ([(2, [77])], "there is no order 77"),
        ([(9, [3])], "there is no technician 9"),
    ],
)
def test_planted_faults_are_named(small: SkilledDay, tours: list[tuple[int, list[int]]], words: str) -> None:
    """Every way in which routes may be no plan is told, and such routes have no objective."""
    assert any(fault.startswith(words) for fault in score(small, tours).faults)
    stated = row(small, "made up", tours, 0.0)
    assert stated["objective"] is None
    assert stated["routes"] == []


def test_a_late_return_is_a_fault(small: SkilledDay) -> None:
    """Back home after the working day: the scorer and the checker of fieldops both say so."""
    short = replace(small, ends=np.array([100.0, 30.0]))
    assert any("back" in fault for fault in score(short, [(2, [4])]).faults)
    assert any("back" in words for words in broken(short, [(2, [4])]))


def test_the_checker_sees_what_the_scorer_sees(small: SkilledDay) -> None:
    """The checker of fieldops, asked about routes made elsewhere, finds a lack of skill and a missed window."""
    assert any("lacks" in words for words in broken(small, [(1, [4])]))
    assert any("window" in words for words in broken(small, [(2, [5, 3, 4])]))
    assert broken(small, [(1, [3]), (2, [4, 5])]) == []


def test_a_plan_costs_its_driving_in_ticks(small: SkilledDay) -> None:
    """A tick at the wheel costs one unit of Money and nothing else costs: the plan is the shortest by hand."""
    made = plan(problem(small), solver="insertion", iterations=100)
    found = score(small, tours_of(made))
    assert made.unassigned == ()
    assert made.cost == sum(day.drive_s for day in made.days)
    assert found.faults == ()
    assert made.cost == pytest.approx(found.driving * skills.TICKS, abs=8)


def test_a_day_is_planned_and_proved(tmp_path: Path) -> None:
    """Objective and bound are driving in the file's unit; on so small a day they meet. Peers prove nothing."""
    (tmp_path / "A.1.txt").write_text(FILE)
    (row,) = skills.run(Options(tmp_path, limit=4.0, extra={"bound": "yes"}))["results"]
    tours = [(int(route["technician"]), [int(id) for id in route["stops"]]) for route in row["routes"]]
    assert row["objective"] == pytest.approx(score(skills.read(tmp_path / "A.1.txt"), tours).driving, abs=1e-3)
    assert row["bound"] == row["objective"]
    assert row["gap_proven"] == 0
    with pytest.raises(SystemExit, match="--bound"):
        list(skills.days(Options(tmp_path, extra={"bound": "yes"})))


def test_folders_hold_other_texts_too(tmp_path: Path) -> None:
    """Any folder of such files will do, flat or with `crew25`; notes in it are no instances; a part of a name names."""
    (tmp_path / "README.txt").write_text("notes\n" * 20)
    (tmp_path / "A.1.txt").write_text(FILE)
    assert [day.name for day in skills.days(Options(tmp_path))] == ["A.1"]
    assert [day.name for day in skills.days(Options(tmp_path, instances=("A",)))] == ["A.1"]
    with pytest.raises(SystemExit, match="no instance 'B'"):
        list(skills.days(Options(tmp_path, instances=("B",))))
    (tmp_path / "crew25").mkdir()
    assert list(skills.days(Options(tmp_path))) == []


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    """A row that can't be read is told with its line; a node that is missing, too."""
    path = tmp_path / "bad.txt"
    path.write_text(FILE.replace("[0,1] \t[]\t[9]", ""))
    with pytest.raises(ValueError, match="line 14"):
        skills.read(path)
    path.write_text(FILE.replace("\n4\t", "\n6\t"))
    with pytest.raises(ValueError, match="without a gap"):
        skills.read(path)


def _referee(bench_data: Path) -> ModuleType:
    path = bench_data.parent / "referees" / "trsp.py"
    if not path.is_file():
        pytest.skip(f"no independent scorer at {path}")
    found = importlib.util.spec_from_file_location("trsp_referee", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["R101", "C203", "RC207"])
def test_the_scoring_equals_an_independent_one(bench_data: Path, name: str) -> None:
    """Distance of a plan's routes on public instances equals the referee's, who finds no fault but tools and parts."""
    options = Options(bench_data / skills.FOLDER, instances=(name,))
    if not options.data.is_dir():
        pytest.skip(f"no data at {options.data}")
    [day] = skills.days(options)
    assert (len(day.jobs), len(day.technicians)) == (100, 25)
    tours = [(k, [job]) for k, job in zip(day.technicians, _servable(day), strict=False)]
    found = score(day, tours)
    referee = _referee(bench_data)
    instance = referee.read(str(options.data / skills.CREW / f"{day.name}.txt"))
    _, distance, _, errors = referee.check(instance, [[k, *jobs, k] for k, jobs in tours])
    assert found.faults == ()
    assert found.driving == pytest.approx(distance, rel=1e-12)
    assert not [error for error in errors if not any(word in error for word in ("tool", "part", "unserved"))]
    assert broken(day, tours) == []


def _servable(day: SkilledDay) -> list[int]:
    """Return for each technician in turn an order that nobody before has, and that they may do in time."""
    taken: list[int] = []
    for person in day.technicians:
        fits = (job for job in day.jobs if job not in taken and not score(day, [(person, [job])]).faults)
        taken.append(next(fits))
    return taken
