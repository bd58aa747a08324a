"""The comparison with peers: every installed peer on a small day, what becomes of crashes, and the figures told."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import peers
from benchmarks.generate_days import generate
from benchmarks.peer_solvers import runs
from benchmarks.peer_solvers.runs import FIELDOPS, Answer, Terms
from benchmarks.skilled_day import SkilledDay, broken, score

SIZE = 21
LIMIT_S = 0.5


@pytest.fixture(scope="module")
def day() -> SkilledDay:
    """Draw a day of three technicians."""
    return generate(SIZE, 1)


@pytest.fixture(params=[*peers.PEERS, FIELDOPS])
def solver(request: pytest.FixtureRequest) -> ModuleType:
    """Each solver's module; skipped where its library isn't installed."""
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed: make peers")
    return import_module(f"benchmarks.peer_solvers.by_{request.param}")


def test_each_solver_states_the_same_day(day: SkilledDay, solver: ModuleType) -> None:
    """Routes of each solver keep every rule by both judges, and serve most of the day: it was stated rightly."""
    terms = Terms(LIMIT_S, solver="insertion")
    tours = day.tours(solver.solved(day, solver.stated(day, terms), terms))
    found = score(day, tours)
    assert found.faults == ()
    assert broken(day, tours) == []
    assert found.unserved < SIZE / 2


def test_ortools_second_search_states_it_too(day: SkilledDay) -> None:
    """The search by strings, which the second core runs, returns sound routes as the first does."""
    by_ortools = import_module("benchmarks.peer_solvers.by_ortools")
    terms = Terms(LIMIT_S, seed=1)
    made = by_ortools.stated(day, terms)
    found = score(day, day.tours(by_ortools.solved(day, made, terms)))
    assert made.strings
    assert found.faults == ()
    assert found.unserved < SIZE / 2


def test_a_solver_without_threads_gets_a_process_a_core(monkeypatch: pytest.MonkeyPatch, day: SkilledDay) -> None:
    """Seeds differ by process and the best is taken; a solver with threads gets one process and all cores."""
    asked: list[Terms] = []

    def start(_: Any, __: str, terms: Terms, ___: set[int]) -> tuple[Any, Any]:
        asked.append(terms)
        return None, None

    monkeypatch.setattr(runs, "_start", start)
    monkeypatch.setattr(runs, "_answer", lambda *_: Answer((), 0.0))
    monkeypatch.setattr(runs, "cores", lambda wanted: set(range(wanted)))
    runs.answers(day, "ortools", Terms(1.0, seed=5, cores=2))
    runs.answers(day, "vroom", Terms(1.0, seed=5, cores=2))
    assert [(terms.seed, terms.cores) for terms in asked] == [(5, 1), (6, 1), (5, 2)]


def test_the_best_answer_is_one_without_faults(day: SkilledDay) -> None:
    """Routes that break a rule lose to sound ones that serve less; the longest wall time counts."""
    nobody = Answer((), 2.0, "found no plan")
    broken_one = Answer([(day.technicians[0], [*day.jobs])], 1.0)
    assert runs.best(day, [broken_one, nobody]).tours == ()
    able = [(person, [job]) for person in day.technicians for job in day.jobs]
    sound = Answer([next(tour for tour in able if not score(day, [tour]).faults)], 1.0)
    best = runs.best(day, [nobody, sound])
    assert (best.tours, best.wall_s) == (sound.tours, 2.0)


def test_a_crash_is_no_plan(day: SkilledDay) -> None:
    """A process that dies (here: no such solver) leaves a row that says so, with every order unserved."""
    row = runs.solver_row(day, "nobody", Terms(LIMIT_S))
    assert row["note"] == "ended without an answer (exit code 1)"
    assert row["unserved"] == SIZE


def test_more_cores_than_there_are_are_refused() -> None:
    """A comparison on cores that don't exist would compare nothing."""
    with pytest.raises(SystemExit, match="--workers 100000"):
        runs.cores(100_000)


def test_who_overruns_the_limit_is_ended_and_what_it_told_counts(day: SkilledDay, monkeypatch: Any) -> None:
    """A search that never ends: the parent ends it, takes the routes told on the way, and says so."""
    monkeypatch.setattr(runs, "LATE_S", 0.2)
    able = [(person, [job]) for person in day.technicians for job in day.jobs]
    sound = next(tour for tour in able if not score(day, [tour]).faults)
    ends = [runs.get_context("spawn").Pipe(duplex=False) for _ in range(2)]
    for _, theirs in ends:
        theirs.send(runs.BEGUN)
    ends[0][1].send(Answer([sound], 0.4, runs.SOFAR))
    told, silent = (runs._answer(_Endless(), mine, LIMIT_S) for mine, _ in ends)
    assert told.tours == [sound]
    assert told.note.startswith("overran its limit and was ended: the plan it had after")
    assert silent.note == "overran its limit and was ended: no plan"
    assert LIMIT_S < told.wall_s < LIMIT_S + 5


class _Endless:
    """A process that works until it is killed."""

    alive = True

    def is_alive(self) -> bool:
        return self.alive

    def kill(self) -> None:
        self.alive = False

    def join(self) -> None:
        assert not self.alive


def test_ortools_tells_plans_on_the_way(day: SkilledDay) -> None:
    """What the library has found so far is told before it ends, and is sound."""
    by_ortools = import_module("benchmarks.peer_solvers.by_ortools")
    told: list[Any] = []
    for seed in (0, 1):
        terms = Terms(LIMIT_S, seed=seed, tell=told.append)
        by_ortools.solved(day, by_ortools.stated(day, terms), terms)
        assert told
        found = score(day, day.tours(told.pop()))
        assert found.faults == ()
        assert found.unserved < SIZE / 2


def _row(instance: str, solver: str, worth: int, driving: float, **other: Any) -> dict[str, Any]:
    return {
        "instance": instance, "solver": solver, "worth_unserved": worth, "unserved": worth, "objective": driving,
        "faults": [], "note": "", "wall_s": 1.0, **other,
    }  # fmt: skip


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    """Two days by hand: a peer drives 10 % more on one and leaves more worth out on the other; one has no plan."""
    first = [_row("a", FIELDOPS, 0, 100.0), _row("a", "vroom", 0, 110.0)]
    first.append({**_row("a", "pyvrp", 0, 1.0), "worth_unserved": None, "objective": None, "faults": ["late"]})
    second = [_row("b", FIELDOPS, 2, 100.0), _row("b", "vroom", 3, 50.0), _row("b", "pyvrp", 2, 80.0)]
    return peers.compared(first) + peers.compared(second)


def test_gaps_and_sides_are_counted_by_worth_first(rows: list[dict[str, Any]]) -> None:
    """Gaps exist only at equal worth; a day with less worth left out is better however far it drives."""
    gaps = [row["gap_to_best"] for row in rows]
    assert gaps == [0.0, pytest.approx(0.1), None, pytest.approx(0.25), None, 0.0]
    own, vroom, pyvrp = peers.summary(rows, [FIELDOPS, "vroom", "pyvrp"])
    assert (own["better"], own["equal"], own["worse"]) == (0, 2, 0)
    assert (vroom["better"], vroom["equal"], vroom["worse"]) == (0, 0, 2)
    assert (pyvrp["better"], pyvrp["worse"], pyvrp["no_plan"]) == (1, 1, 1)
    assert vroom["against_fieldops"] == pytest.approx(1.1)
    assert own["mean_gap"] == pytest.approx(0.125)


def test_tables_tell_sizes_days_and_who_was_best(rows: list[dict[str, Any]]) -> None:
    """Days are told by size where their names say one; each day has worth and driving of all, and who was best."""
    names = [FIELDOPS, "vroom", "pyvrp"]
    sized = [{**row, "instance": {"a": "100-1", "b": "300-1"}[row["instance"]]} for row in rows]
    assert [line["size"] for line in peers.by_group(sized, names)] == ["100"] * 3 + ["300"] * 3 + ["all"] * 3
    assert [line["size"] for line in peers.by_group(rows, names)] == ["all"] * 3
    assert peers.by_day(rows, names) == [
        {"day": "a", FIELDOPS: "0 / 100.0", "vroom": "0 / 110.0", "pyvrp": "no plan", "best": FIELDOPS},
        {"day": "b", FIELDOPS: "2 / 100.0", "vroom": "3 / 50.0", "pyvrp": "2 / 80.0", "best": "pyvrp"},
    ]


def test_absent_peers_are_named_with_their_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the extra nothing is run: the message names what is missing and `make peers`, and the end is 0."""
    monkeypatch.setattr(peers, "find_spec", lambda name: None if name != "ortools" else object())
    assert peers.main(["days", "--size", str(SIZE)]) == 0
    assert "pyvrp and pyvroom not installed; run `make peers`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["days", "--peers", "magic"], "there is no peer 'magic'"), (["skills", "--size", "3"], "unknown option --size")],
)
def test_unknown_peers_and_options_are_refused(arguments: list[str], words: str) -> None:
    """What can't be used ends with a message."""
    with pytest.raises(SystemExit, match=words):
        peers.main(arguments)


def test_absent_data_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the folder isn't there, the command says so and ends with 0."""
    assert peers.main(["skills", "--peers", "ortools", "--data", str(tmp_path / "none")]) == 0
    assert "no data at" in capsys.readouterr().out


def test_the_command_writes_a_row_a_solver(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """End to end on a small day: table, summary and JSON with routes, starts and versions."""
    out = tmp_path / "peers.json"
    arguments = f"days --size {SIZE} --seeds 1 --limit {LIMIT_S} --peers ortools --solver insertion --out {out}"
    assert peers.main(arguments.split()) == 0
    assert "against_fieldops" in capsys.readouterr().out
    told = json.loads(out.read_text())
    assert told["family"] == "days"
    assert "ortools" in told["machine"]
    assert [row["solver"] for row in told["results"]] == [FIELDOPS, "ortools"]
    assert [line["solver"] for line in told["summary"]] == [FIELDOPS, "ortools"] * 2
    for row in told["results"]:
        assert {"instance", "objective", "unserved", "bks", "gap", "bound", "wall_s", "routes"} <= set(row)
        served = sum(len(route["stops"]) for route in row["routes"])
        assert served + row["unserved"] == SIZE
        assert all(route["start"] == sorted(route["start"]) for route in row["routes"])
