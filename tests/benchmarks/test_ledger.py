"""The file of a run: written after each instance, taken up on the same terms only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.ledger import Ledger, told
from benchmarks.options import Options
from benchmarks.tables import averages

ROW = {"instance": "A", "gap": 0.5, "routes": [{"stops": [1, 2]}]}


def test_what_was_found_is_taken_up(tmp_path: Path) -> None:
    """After each addition the file is whole; the next run on the same terms begins from it."""
    options = Options(Path(), limit=5.0, out=tmp_path / "made" / "run.json")
    ledger = Ledger.opened("trsp", options, "python -m benchmarks.run trsp")
    ledger.add([ROW])
    stated = json.loads((tmp_path / "made" / "run.json").read_text())
    assert stated["results"] == [ROW]
    assert {"family", "command", "date", "machine", "terms"} <= set(stated)
    again = Ledger.opened("trsp", options, "python -m benchmarks.run trsp")
    assert again.done == {"A"}
    again.add([{"instance": "B"}], summary={"instances": 2})
    stated = json.loads((tmp_path / "made" / "run.json").read_text())
    assert [row["instance"] for row in stated["results"]] == ["A", "B"]
    assert stated["summary"] == {"instances": 2}
    assert list((tmp_path / "made").iterdir()) == [tmp_path / "made" / "run.json"]


def test_other_terms_are_refused(tmp_path: Path) -> None:
    """A file of another limit or family, or of no run at all, is neither mixed nor overwritten."""
    out = tmp_path / "run.json"
    Ledger.opened("trsp", Options(Path(), limit=5.0, out=out), "").add([ROW])
    with pytest.raises(SystemExit, match=r"a run with limit 5.0, not 60.0"):
        Ledger.opened("trsp", Options(Path(), limit=60.0, out=out), "")
    with pytest.raises(SystemExit, match="a run with family trsp, not solomon"):
        Ledger.opened("solomon", Options(Path(), limit=5.0, out=out), "")
    out.write_text("[]")
    with pytest.raises(SystemExit, match="no run that could be taken up"):
        Ledger.opened("trsp", Options(Path(), limit=5.0, out=out), "")
    assert out.read_text() == "[]"


def test_rows_without_an_instance_run_again(tmp_path: Path) -> None:
    """Families that run as a whole replace what the file held."""
    options = Options(Path(), out=tmp_path / "run.json")
    Ledger.opened("raf", options, "").add([{"set": "raf", "model": "plain"}])
    assert Ledger.opened("raf", options, "").rows == []


def test_each_wing_answers_for_its_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of the stock code makes a stock family's file stale and leaves a routing family's alone."""
    package = tmp_path / "fieldops"
    for folder in ("routing", "inventory"):
        (package / folder).mkdir(parents=True)
        (package / folder / "a.py").write_text("one = 1")
    monkeypatch.setattr("benchmarks.ledger.fieldops.__file__", str(package / "__init__.py"))
    stock, routes = (Options(Path(), out=tmp_path / f"{name}.json") for name in ("raf", "trsp"))
    Ledger.opened("raf", stock, "").add([{"set": "raf", "model": "plain"}])
    Ledger.opened("trsp", routes, "").add([ROW])
    (package / "inventory" / "a.py").write_text("one = 2")
    assert Ledger.opened("trsp", routes, "").done == {"A"}
    with pytest.raises(SystemExit, match=r"a run with code .*, not "):
        Ledger.opened("raf", stock, "")


def test_commands_are_told_without_where_their_file_goes() -> None:
    """Whoever repeats a command has folders of their own."""
    arguments = ["trsp", "--limit", "60", "--out", "x.json", "--workers", "2", "--out=y.json"]
    assert told("benchmarks.run", arguments) == "python -m benchmarks.run trsp --limit 60 --workers 2"


def test_averages_pass_over_what_is_not_known() -> None:
    """A gap stands only where as much is served as in the best known plan; how many those are is told."""
    rows = [
        {"unserved": 0, "gap": 0.02, "gap_less_service": 0.1, "wall_s": 2.0},
        {"unserved": 0, "gap": -0.01, "gap_less_service": -0.1, "wall_s": 4.0},
        {"unserved": 3, "gap": None, "gap_less_service": None, "wall_s": 6.0},
    ]
    found = averages(rows)
    assert (found["instances"], found["unserved"], found["gap_known"], found["gap_at_most_0"]) == (3, 3, 2, 1)
    assert found["gap_mean"] == pytest.approx(0.005)
    assert (found["gap_worst"], found["gap_less_service_worst"]) == (0.02, 0.1)
    assert found["wall_s_mean"] == 4.0
    assert averages([]) == {"instances": 0}
