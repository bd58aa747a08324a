"""The family `trsp`: its reader, its scoring against another's, plans that rules, clock and both scorings accept."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from benchmarks.families import skills, trsp
from benchmarks.families.trsp import TRSP_RULES, Instance
from benchmarks.options import Options
from benchmarks.run import main
from fieldops.routing.check import Judge, check
from fieldops.routing.domain import Day
from fieldops.routing.planning import plan
from tests.benchmarks.referees import folder, referee

FILE = """Small

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
2           2       1       2

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0\t0\t3\t0\t100\t0\t[] \t[]\t[]
1\t0\t0\t0\t100\t0\t[0] \t[0]\t[1,0]
2\t10\t0\t0\t100\t0\t[0,1] \t[]\t[0,2]
3\t4\t0\t20\t30\t10\t[0] \t[0]\t[1,0]
4\t4\t3\t0\t100\t5\t[0] \t[]\t[1,0]
5\t10\t4\t0\t100\t10.5\t[0,1] \t[0]\t[0,2]
"""


@pytest.fixture
def small(tmp_path: Path) -> Instance:
    """Two technicians, three orders: technician 1 has one piece of part 0 and a tool, 2 has part 1 and no tool."""
    path = tmp_path / "small.txt"
    path.write_text(FILE)
    return trsp.read(path)


def test_a_file_is_read_as_it_stands(small: Instance) -> None:
    """Depot, homes, orders, windows, skills, tools and parts come from their columns."""
    assert (small.crew, list(small.homes), list(small.orders)) == (2, [1, 2], [3, 4, 5])
    assert small.way[1, 4] == 5
    assert (small.opens[3], small.closes[3], small.service[5]) == (20, 30, 10.5)
    assert small.skills[5] == {0, 1}
    assert small.tools[1] == {0}
    assert small.parts[2] == (0, 2)


def test_working_time_by_hand(small: Instance) -> None:
    """Travel, on-site time, and only the waiting that leaving later doesn't remove."""
    # 4 to order 3, wait to 20, done 30, 4 home: leaving at 16 makes the day 18 long
    assert trsp.working_time(small, 1, [3]) == pytest.approx(18)
    # 5 to order 4, done at 10, 3 to order 3, wait 7: all of it by leaving at 7
    assert trsp.working_time(small, 1, [4, 3]) == pytest.approx(5 + 5 + 3 + 10 + 4)
    # the depot stop takes no time and lies 3 away, 4 from order 4
    assert trsp.working_time(small, 1, [0, 4]) == pytest.approx(3 + 4 + 5 + 5)


@pytest.mark.parametrize(
    ("tours", "words"),
    [
        ([(1, [4, 3])], "technician 1 lacks part 0 for order 3"),
        ([(2, [5])], "technician 2 lacks tool 0 for order 5"),
        ([(1, [0, 5])], "technician 1 lacks skill 1 for order 5"),
        ([(1, [0, 4, 0, 3])], "technician 1 stops at the depot twice"),
        ([(2, [0, 5, 3])], "late at node 3"),
        ([(1, [4]), (2, [4])], "order 4 is served twice"),
        ([(1, [4]), (1, [3])], "technician 1 has two tours"),
        ([(3, [4])], "there is no technician 3"),
        ([(1, [2])], "node 2 is no order"),
    ],
)
def test_planted_faults_are_named(small: Instance, tours: list[tuple[int, list[int]]], words: str) -> None:
    """Every way in which tours may be no plan is told; the checker of fieldops, where it can be asked, agrees."""
    assert any(fault.startswith(words) for fault in trsp.score(small, tours)[2])
    if "lacks" in words or "depot" in words or "late" in words:
        assert _checked(small, tours)


def _checked(instance: Instance, tours: list[tuple[int, list[int]]]) -> list[str]:
    """Return what the checker of fieldops finds broken in tours made elsewhere."""
    stated = trsp.problem(instance)
    judge = Judge(stated, TRSP_RULES)
    program = judge.clock.program
    known = {**program.job_index, str(trsp.DEPOT): len(program.jobs)}
    routes: list[list[int]] = [[] for _ in program.shifts]
    for home, nodes in tours:
        routes[program.shift_index[str(home)]] = [known[str(node)] for node in nodes]
    return [violation.words for violation in check(stated, judge.plan(routes), TRSP_RULES).violations]


def test_a_stop_at_the_depot_gives_tools_and_parts(small: Instance) -> None:
    """Orders that nobody can do from home are sound after the stop, by the scoring and by the checker."""
    tours = [(1, [3]), (2, [0, 4, 5])]
    assert trsp.score(small, tours)[::2] == (0, [])
    assert _checked(small, tours) == []
    assert _checked(small, [(1, [3]), (2, [4, 0, 5])]) != []


def test_a_plan_stops_at_the_depot_where_it_must(small: Instance) -> None:
    """The plan serves all three orders, which takes a stop, and its cost in ticks is the working time."""
    made = plan(trsp.problem(small), rules=TRSP_RULES, solver="insertion", iterations=10)
    unserved, total, faults = trsp.score(small, trsp.tours_of(made))
    assert (unserved, faults) == (0, [])
    assert any(node == trsp.DEPOT for _, nodes in trsp.tours_of(made) for node in nodes)
    assert made.cost == pytest.approx(total * trsp.TICKS, abs=10)


def test_the_rule_says_what_the_van_lacks(small: Instance) -> None:
    """The rule alone, which knows no clock, names part, tool and second stop in words."""
    stated = trsp.problem(small)
    judge = Judge(stated, TRSP_RULES)
    program = judge.clock.program
    depot = len(program.jobs)

    def said(shift: str, *tokens: int) -> list[str]:
        day: Day = judge.clock.day(program.shift_index[shift], tokens)
        return [finding.words for rule in TRSP_RULES if rule.name == "van" for finding in rule.of_day(stated, day)]

    assert said("1", 1, 0) == ["1 lacks 1 of part 0 for order 3"]
    assert said("2", 2) == ["2 lacks tool 0 for order 5"]
    assert said("2", depot, 2, depot) == ["2 stops at the depot 2 times"]


# ---- the shared data


def _best_tours(data: Path, name: str, instance: Instance) -> list[tuple[int, list[int]]]:
    """Return the best known tours of an instance, duplicated ids as the nodes they stand for."""
    lines = (data / "solutions" / "pillac-minwt.sol").read_text(encoding="latin-1").splitlines()
    [text] = [line.partition("=")[2] for line in lines if line.startswith(f"{name}-S=")]
    nodes = len(instance.opens)
    tours = [[int(id) for id in tour.split(",")] for tour in text.strip("<>").split("|") if tour]
    return [(tour[0], [id if id < nodes else trsp.DEPOT for id in tour[1:-1]]) for tour in tours if len(tour) > 2]


def test_the_scoring_equals_the_referees(bench_data: Path) -> None:
    """Best known tours have their stated value; sound and broken changes of them score as the referee says."""
    data, other = folder(bench_data, trsp.FOLDER), referee(bench_data, "trsp")
    best, draw, sound = trsp.best_known(data / "bks.csv"), Random(1), 0
    for path in skills.files(Options(data)):
        instance, theirs = trsp.read(path), other.read(str(path))
        tours = _best_tours(data, path.stem, instance)
        assert trsp.score(instance, tours)[::2] == (0, [])
        assert trsp.score(instance, tours)[1] == pytest.approx(best[path.stem], abs=1e-3)
        for _ in range(8):
            changed = [(home, _changed(nodes, draw)) for home, nodes in tours]
            unserved, total, faults = trsp.score(instance, changed)
            stated, _, _, errors = other.check(theirs, [[home, *nodes, home] for home, nodes in changed])
            assert bool(faults) == bool([error for error in errors if not error.startswith("unserved")])
            assert bool(unserved) == any(error.startswith("unserved") for error in errors)
            if not faults:
                sound += 1
                assert total == pytest.approx(stated, abs=1e-6)
    assert sound > 20


def _changed(nodes: list[int], draw: Random) -> list[int]:
    """Leave out some orders; now and then leave out the depot, stop there elsewhere, or swap two neighbours."""
    kept = [node for node in nodes if draw.random() < 0.9]
    if draw.random() < 0.2:
        kept.insert(draw.randint(0, len(kept)), trsp.DEPOT)
    if draw.random() < 0.1 and len(kept) > 1:
        kept[0], kept[1] = kept[1], kept[0]
    return kept


def test_a_plan_of_a_real_day_passes_every_judge(bench_data: Path) -> None:
    """Insertion's plan of R101 uses the depot; rules, own scoring and referee find no fault and the same time."""
    data, other = folder(bench_data, trsp.FOLDER), referee(bench_data, "trsp")
    [path] = skills.files(Options(data, instances=("R101",)))
    instance = trsp.read(path)
    made = plan(trsp.problem(instance), rules=TRSP_RULES, solver="insertion", iterations=1)
    tours = trsp.tours_of(made)
    unserved, total, faults = trsp.score(instance, tours)
    assert faults == []
    assert unserved == len(made.unassigned)
    assert any(trsp.DEPOT in nodes for _, nodes in tours)
    assert made.cost == pytest.approx(total * trsp.TICKS, abs=len(instance.opens) * 2)
    stated, _, _, errors = other.check(other.read(str(path)), [[home, *nodes, home] for home, nodes in tours])
    assert stated == pytest.approx(total, abs=1e-6)
    assert [error for error in errors if not error.startswith("unserved")] == []


def test_the_command_writes_tours_and_takes_up_what_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any folder of such files runs; gaps stand with and without service; a second run plans only what is missing."""
    for name in ("A", "B"):
        (tmp_path / f"{name}.txt").write_text(FILE)
    (tmp_path / "bks.csv").write_text("instance,bks\nA,60\n")
    out = tmp_path / "out.json"
    given = ["trsp", "--data", str(tmp_path), "--solver", "insertion", "--limit", "1", "--out", str(out)]
    assert main([*given, "--instances", "A"]) == 0
    [first] = json.loads(out.read_text())["results"]
    assert first["gap"] == pytest.approx(first["objective"] / 60 - 1, abs=1e-5)
    assert first["gap_less_service"] == pytest.approx((first["objective"] - 25.5) / (60 - 25.5) - 1, abs=1e-5)
    assert {stop for route in first["routes"] for stop in route["stops"]} == {0, 3, 4, 5}
    assert all(len(route["stops"]) == len(route["start"]) for route in first["routes"])
    out.write_text(out.read_text().replace('"wall_s": ', '"wall_s": 77'))
    assert main(given) == 0
    told = json.loads(out.read_text())
    assert [row["instance"] for row in told["results"]] == ["A", "B"]
    assert told["results"][0]["wall_s"] >= 77
    assert told["results"][1]["wall_s"] < 77
    assert told["results"][1]["gap"] is None
    assert told["summary"]["gap_known"] == 1
    assert "gap_less_service_mean" in capsys.readouterr().out
