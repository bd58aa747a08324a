"""The families `solomon` and `sdvrptw`: readers, one scoring against two others, plans that all accept."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from benchmarks.families import sdvrptw, solomon
from benchmarks.fleet_day import FLEET_RULES, FleetDay, problem, row, score, tours_of
from benchmarks.fleet_day import best_known as best
from benchmarks.run import main
from fieldops.routing.check import Judge, check
from fieldops.routing.planning import plan
from tests.benchmarks.referees import folder, referee

SOLOMON = """TINY

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0         40          0
    1      1          1          6          5         20          2
    2      0          3          4          0         30          2
    3      3          4          6          0         40          2
"""
SDVRPTW = """NAME: T1
TYPE: SDVRPTW
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 4
VEHICLES: 2
VEHICLES_MAX_DURATION: 20
NODE_COORD_SECTION
1\t0\t0
2\t1\t1
3\t0\t3
4\t3\t4
DEMAND_SECTION
1\t0
2\t6
3\t4
4\t6
SERVICE_TIME_SECTION
1\t0
2\t2
3\t2
4\t2
TIME_WINDOW_SECTION
1\t0\t40
2\t15\t20
3\t0\t30
4\t0\t40
CAPACITY_SECTION
1\t10
2\t6
VEHICLES_ALLOWED_CLIENTS_SECTION
1\t2\t3
2\t2\t3\t4
EOF
"""


@pytest.fixture
def tenths(tmp_path: Path) -> FleetDay:
    """Solomon's format: two vehicles alike, three customers; 1 and 3 don't fit in one vehicle."""
    path = tmp_path / "TINY.txt"
    path.write_text(SOLOMON)
    return solomon.read(path)


@pytest.fixture
def sites(tmp_path: Path) -> FleetDay:
    """Site-dependent: client 4 is open to the small vehicle alone, and no day may last longer than 20."""
    path = tmp_path / "T1.vrp"
    path.write_text(SDVRPTW)
    return sdvrptw.read(path)


def test_distances_are_cut_to_tenths(tenths: FleetDay) -> None:
    """The square root of 2 is 14 tenths; windows and service are whole tenths; vehicles are alike."""
    assert tenths.way[0, 1:].tolist() == [14, 30, 50]
    assert (tenths.opens[1], tenths.closes[0], tenths.service[2]) == (50, 400, 20)
    assert tenths.capacity.tolist() == [10, 10]
    assert tenths.allowed.all()


def test_distances_are_rounded_to_thousandths(sites: FleetDay) -> None:
    """The square root of 2 is 1414 thousandths; node 1 is the depot; each vehicle has its clients."""
    assert sites.ids == (1, 2, 3, 4)
    assert sites.way[0, 1:].tolist() == [1414, 3000, 5000]
    assert sites.allowed.tolist() == [[True, True], [True, True], [True, True], [False, True]]
    assert (sites.longest, sites.capacity.tolist()) == (20_000, [10, 6])


@pytest.mark.parametrize(
    ("tours", "words"),
    [
        ([(1, [2, 4])], "vehicle 1 may not come to node 4"),
        ([(2, [2, 3])], "vehicle 2 carries 10 of 6"),
        ([(1, [3, 2]), (1, [4])], "vehicle 1 has two tours"),
        ([(3, [2])], "there is no vehicle 3"),
        ([(2, [4, 4])], "order 4 is served twice"),
        ([(1, [1])], "node 1 is no order"),
    ],
)
def test_planted_faults_are_named(sites: FleetDay, tours: list[tuple[int, list[int]]], words: str) -> None:
    """Every way in which tours may be no plan is told; the checker of fieldops, where it can be asked, agrees."""
    assert any(fault.startswith(words) for fault in score(sites, tours)[2])
    if "may not" in words or "carries" in words:
        assert _checked(sites, tours)


def test_late_and_too_long_days_are_named(sites: FleetDay) -> None:
    """A missed window and a day longer than its limit, which leaving late doesn't mend: both judges say so."""
    late = replace(sites, closes=np.minimum(sites.closes, 16_000), service=sites.service * 8)
    assert any(fault.startswith("late at node") for fault in score(late, [(1, [3, 2])])[2])
    assert _checked(late, [(1, [3, 2])])
    long = replace(sites, longest=9_500)
    # 3 to node 3, 2 there, 2.236 to node 2, 2 there, 1.414 home, waiting removed: 10.65
    assert score(long, [(1, [3, 2])])[2] == ["the day of vehicle 1 lasts 10650, longer than 9500"]
    assert _checked(long, [(1, [3, 2])])
    assert score(sites, [(1, [3, 2])])[1:] == (3000 + 2236 + 1414, [])
    assert _checked(sites, [(1, [3, 2])]) == []


def _checked(day: FleetDay, tours: Sequence[tuple[int, Sequence[int]]]) -> list[str]:
    """Return what the checker of fieldops finds broken in tours made elsewhere."""
    stated = problem(day)
    judge = Judge(stated, FLEET_RULES)
    program = judge.clock.program
    routes: list[list[int]] = [[] for _ in program.shifts]
    for vehicle, nodes in tours:
        routes[program.shift_index[str(vehicle)]] = [program.job_index[str(node)] for node in nodes]
    return [violation.words for violation in check(stated, judge.plan(routes), FLEET_RULES).violations]


@pytest.mark.parametrize("made_by", ["tenths", "sites"])
def test_a_plan_costs_its_distance(made_by: str, request: pytest.FixtureRequest) -> None:
    """All is served, within capacity and sites, and the cost is the distance in the convention's units."""
    day: FleetDay = request.getfixturevalue(made_by)
    made = plan(problem(day), rules=FLEET_RULES, solver="insertion", iterations=10)
    unserved, distance, faults = score(day, tours_of(made))
    assert (unserved, faults, made.cost) == (0, [], distance)
    stated = row(day, made, None, 0.1)
    assert stated["objective"] == distance / day.scale
    assert sorted(stop for route in stated["routes"] for stop in route["stops"]) == list(day.ids[1:])


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    """A file without its fleet, with a customer missing, without a section: each is told with its name."""
    path = tmp_path / "bad.txt"
    path.write_text(SOLOMON.replace("  2         10", ""))
    with pytest.raises(ValueError, match="expected NUMBER and CAPACITY"):
        solomon.read(path)
    path.write_text(SOLOMON.replace("\n    2 ", "\n    5 "))
    with pytest.raises(ValueError, match="from customer 0 on"):
        solomon.read(path)
    path.write_text(SDVRPTW.replace("DEMAND_SECTION", "GOODS_SECTION"))
    with pytest.raises(ValueError, match="DEMAND is missing"):
        sdvrptw.read(path)
    path.write_text(SDVRPTW.replace("2\t15\t20\n", ""))
    with pytest.raises(ValueError, match="TIME_WINDOW: expected 4 rows"):
        sdvrptw.read(path)


# ---- the shared data


def test_the_scoring_of_solomon_equals_the_referees(bench_data: Path) -> None:
    """Sound and broken tours of each instance: the same distance, and faults together."""
    data, other, draw = folder(bench_data, solomon.FOLDER), referee(bench_data, "solomon"), Random(1)
    paths = [path for path in sorted(data.glob("*.txt")) if path.stem in best(data / "bks.csv", solomon.KIND)]
    assert paths
    for path in paths:
        day, theirs = solomon.read(path), other.read_solomon(str(path))
        for size in (1, 1, 2, 4):
            orders = sorted(day.ids[1:], key=lambda node: day.closes[node]) if draw.random() < 0.5 else [*day.ids[1:]]
            picked = [node for node in orders if draw.random() < size / 10]
            routes = [picked[k::size] for k in range(size) if picked[k::size]]
            distance, _, errors = other.evaluate(theirs, routes, "trunc1")
            unserved, mine, faults = score(day, [(k + 1, route) for k, route in enumerate(routes)])
            assert bool(faults) == bool([error for error in errors if not error.startswith("coverage")])
            assert mine / day.scale == pytest.approx(distance)
            assert unserved == len(day.ids) - 1 - len(picked)


def test_a_plan_of_solomons_passes_every_judge(bench_data: Path) -> None:
    """Insertion's plan of R101 serves all; own scoring and referee find no fault and the same distance."""
    data, other = folder(bench_data, solomon.FOLDER), referee(bench_data, "solomon")
    path = data / "R101.txt"
    day = solomon.read(path)
    made = plan(problem(day), rules=FLEET_RULES, solver="insertion", iterations=1)
    unserved, distance, faults = score(day, tours_of(made))
    stated, _, errors = other.evaluate(other.read_solomon(str(path)), [nodes for _, nodes in tours_of(made)], "trunc1")
    assert (unserved, faults, errors) == (0, [], [])
    assert made.cost == distance
    assert stated == pytest.approx(distance / 10)


def _routes(path: Path, vehicles: int) -> list[tuple[int, list[int]]]:
    """Return the tours of a .sol file, whose customers count from the depot as 0, as nodes of the .vrp."""
    routes = re.findall(r"Route #(\d+):(.*)", path.read_text())
    assert len(routes) <= vehicles
    return [(int(number), [int(node) + 1 for node in nodes.split()]) for number, nodes in routes if nodes.split()]


def test_reference_routes_have_their_stated_distance(bench_data: Path) -> None:
    """The routes beside each instance are sound for scorer, checker and referee, and as long as stated."""
    data, other = folder(bench_data, sdvrptw.FOLDER), referee(bench_data, "sdvrptw")
    known, draw = best(data / "bks.csv"), Random(1)
    for path in sorted(data.glob("*.vrp")):
        day = sdvrptw.read(path)
        tours = _routes(path.with_suffix(".sol"), len(day.capacity))
        unserved, distance, faults = score(day, tours)
        assert (unserved, faults) == (0, [])
        assert distance / 1000 == pytest.approx(known[path.stem])
        assert other.check(str(path), "exact")["dist"] == distance
        vehicle, nodes = draw.choice(tours)
        foreign = next(id for id in day.ids[1:] if not day.allowed[id - 1, vehicle - 1])
        assert any("may not come" in fault for fault in score(day, [(vehicle, [*nodes, foreign])])[2])


def test_a_plan_of_sites_passes_every_judge(bench_data: Path, tmp_path: Path) -> None:
    """Insertion's plan of PR01, written as the format writes solutions: referee, scorer and cost agree."""
    data, other = folder(bench_data, sdvrptw.FOLDER), referee(bench_data, "sdvrptw")
    day = sdvrptw.read(data / "PR01.vrp")
    made = plan(problem(day), rules=FLEET_RULES, solver="insertion", iterations=1)
    unserved, distance, faults = score(day, tours_of(made))
    assert (faults, made.cost) == ([], distance)
    route = dict(tours_of(made))
    (tmp_path / "PR01.vrp").write_text((data / "PR01.vrp").read_text())
    lines = [
        f"Route #{k}: {' '.join(str(node - 1) for node in route.get(k, []))}" for k in range(1, len(day.capacity) + 1)
    ]
    (tmp_path / "PR01.sol").write_text("\n".join([*lines, f"Cost: {distance}"]) + "\n")
    judged = other.check(str(tmp_path / "PR01.vrp"), "exact")
    assert judged["dist"] == distance
    assert [error for error in judged["errs"] if not error.startswith("unserved")] == []
    assert judged["served"] + unserved == 48


@pytest.mark.parametrize(("family", "file", "text"), [("solomon", "A.txt", SOLOMON), ("sdvrptw", "A.vrp", SDVRPTW)])
def test_the_commands_run_any_folder(family: str, file: str, text: str, tmp_path: Path) -> None:
    """Another folder of the format runs, notes in it are passed over, and the gap is to its own best known."""
    (tmp_path / file).write_text(text)
    (tmp_path / "README.txt").write_text("notes\n" * 12)
    (tmp_path / "bks.csv").write_text("instance,bks\nA,10\n")
    out = tmp_path / "out.json"
    assert main([family, "--data", str(tmp_path), "--solver", "insertion", "--limit", "1", "--out", str(out)]) == 0
    told = json.loads(out.read_text())
    [only] = told["results"]
    assert only["unserved"] == 0
    assert only["gap"] == pytest.approx(only["objective"] / 10 - 1)
    assert told["summary"]["gap_mean"] == only["gap"]
    assert {"instance", "solver", "objective", "unserved", "bks", "gap", "bound", "wall_s", "routes"} <= set(only)
