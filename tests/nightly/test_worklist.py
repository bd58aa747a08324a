"""The planner's morning from end to end: a work list out, decisions filled in, read back the next night."""

from __future__ import annotations

import csv
import html
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from fieldops.nightly import reorder
from fieldops.writing import write_excel
from tests.nightly.make import Rows, little, read, run, write

CONFIG = '[stock]\nsince = "2026-01-01"\ntoday = "2026-11-23"\n'
BY = {"reason": "春节备货", "by": "李静"}


def night(source: Path, out: Path, *options: Any) -> Rows:
    """Run a night; return the lines of its work list."""
    result = run("reorder", source, "--out", out, *options)
    assert result.exit_code in (0, 3), result.output
    return read(out / "worklist.csv")


def fill_in(path: Path, part: str, kind: str, **cells: str) -> None:
    """Write a decision into a work list where it lies, as a planner does."""
    if path.suffix == ".xlsx":
        frame = pd.read_excel(path, sheet_name="worklist", dtype=str, keep_default_na=False, engine="calamine")
        write_excel({"worklist": _decided(frame, part, kind, cells)}, path)
        return
    frame = _decided(pd.DataFrame(read(path)), part, kind, cells)
    frame.to_csv(path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL)


def _decided(frame: pd.DataFrame, part: str, kind: str, cells: dict[str, str]) -> pd.DataFrame:
    mine = (frame["part"] == part) & (frame["kind"] == kind)
    assert mine.sum() == 1, frame[["kind", "part"]]
    for name, cell in cells.items():
        frame.loc[mine, name] = cell
    return frame


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write a department whose P1 is short and whose P2 has an empty shelf."""
    tables = little()
    tables["purchase_orders"] = [
        {"id": "PO7", "place": "XA", "part": "P2", "qty_pcs": "5", "due": "2026-11-20", "supplier": "=HYPERLINK(1)"}
    ]
    tables["stock"][0]["on_hand_pcs"] = "0"
    return write(tmp_path / "in", tables, CONFIG)


@pytest.mark.parametrize("book", ["worklist.xlsx", "worklist.csv"])
def test_decisions_filled_into_the_list_are_kept(source: Path, tmp_path: Path, book: str) -> None:
    """What a planner saved where the list lies holds the next night and the one after, in workbook and text alike."""
    out = tmp_path / "run"
    lines = night(source, out)
    assert [(row["kind"], row["part"]) for row in lines] == [
        ("stock-out", "P1"), ("stock-out", "P2"), ("overdue", "P2"),
    ]  # fmt: skip
    fill_in(out / book, "P1", "stock-out", decision="level", decided_pcs="7", until="2027-02-15", **BY)
    fill_in(out / book, "P2", "overdue", decision="同意", **BY)
    for _ in range(2):
        lines = night(source, out)
        levels = {row["part"]: row["reorder_point_pcs"] for row in read(out / "levels.csv")}
        assert levels["P1"] == "7"
        assert [row["status"] for row in lines if row["kind"] == "overdue"] == ["approved"]
        kept = {row["part"]: row for row in read(out / "overrides.csv")}
        assert (kept["P1"]["decided_pcs"], kept["P1"]["until"], kept["P1"]["status"]) == ("7", "2027-02-15", "active")
        assert (kept["P1"]["reason"], kept["P1"]["by"], kept["P1"]["stated"]) == ("春节备货", "李静", "list")
    (source / "fieldops.toml").write_text(CONFIG.replace("2026-11-23", "2027-02-16"), encoding="utf-8")
    lines = night(source, out)
    assert [row["part"] for row in lines if row["kind"] == "override-expired"] == ["P1"]
    assert {row["part"]: row["reorder_point_pcs"] for row in read(out / "levels.csv")}["P1"] != "7"
    assert "override-expired" not in {row["kind"] for row in night(source, out)}, "told once"


def test_an_untouched_list_decides_nothing(source: Path, tmp_path: Path) -> None:
    """A second run over the first writes the same list again."""
    first = night(source, tmp_path / "run")
    assert night(source, tmp_path / "run") == first
    assert read(tmp_path / "run" / "overrides.csv") == []


def test_an_explained_level_tells_usage_and_decision(source: Path, tmp_path: Path) -> None:
    """From the rows of usage to the last piece, with who decided what and why; a picture for it lies in the run."""
    out = tmp_path / "run"
    night(source, out)
    fill_in(out / "worklist.xlsx", "P1", "stock-out", decision="level", decided_pcs="7", **BY)
    said = run("reorder", source, "--out", out, "--explain", "P1@XA").stdout
    steps = [
        "Usage: 维修用料 10 rows, 10 pieces.",
        "Decided by 李静: level 7, until further notice: 春节备货.",
        "P1 (压缩机) at XA: when on hand + on order - backorders is 7 or less, order up to 8.",
        "Demand: 1.000 a month (mean of 10 months, 10 with demand)",
        "Set to 7 by a planner; worked out: ",
        "The last unit (900.00) lifts the fill rate from",
    ]
    places = [said.find(step) for step in steps]
    assert -1 not in places, said
    assert places == sorted(places)
    page = (out / "level-P1-XA.html").read_text(encoding="utf-8")
    assert all(html.escape(step) in page for step in steps)
    assert "<svg " in page


def test_half_a_decision_is_refused_and_not_lost(source: Path, tmp_path: Path) -> None:
    """Without a reason the run is refused, the fault names the row, and the list lies there as it was filled in."""
    out = tmp_path / "run"
    night(source, out)
    fill_in(out / "worklist.csv", "P1", "stock-out", decision="order", decided_pcs="3", by="李静")
    before = (out / "worklist.csv").read_bytes()
    result = run("reorder", source, "--out", out)
    assert result.exit_code == 4
    (fault,) = read(tmp_path / "run.refused" / "faults.csv")
    assert (fault["table"], fault["row"], fault["column"], fault["code"]) == (
        "worklist_csv",
        "2",
        "reason",
        "no-reason",
    )
    assert (out / "worklist.csv").read_bytes() == before


def test_jumps_are_told_against_the_last_run(source: Path, tmp_path: Path) -> None:
    """A longer lead time lifts the level, and the list says from what to what; the last run may lie elsewhere."""
    night(source, tmp_path / "monday")
    path = source / "parts.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace(",14,", ",90,"), encoding="utf-8-sig")
    assert "jump" not in {row["kind"] for row in night(source, tmp_path / "alone")}
    lines = night(source, tmp_path / "tuesday", "--last", tmp_path / "monday")
    (jump,) = [row for row in lines if row["kind"] == "jump"]
    assert jump["part"] == "P1"
    assert re.search(r"order up to \d+ -> \d+; demand 1\.00 -> 1\.00 a month; lead time 14 -> 90 days", jump["what"])


def test_a_planners_own_table_is_read_each_night(source: Path, tmp_path: Path) -> None:
    """Standing decisions lie in a table of the input: read anew, so that a row taken out is out."""
    out, rows = tmp_path / "run", "part,place,decision,decided_pcs,reason,by\nP1,XA,level,9,旺季,陈浩\n"
    (source / "overrides.csv").write_text(rows, encoding="utf-8")
    (source / "fieldops.toml").write_text(
        CONFIG
        + "[tables]\n"
        + "".join(f'{name} = "{name}.csv"\n' for name in ("parts", "usage", "stock", "overrides")),
        encoding="utf-8",
    )
    for decided in ("9", "9"):
        night(source, out)
        assert {row["part"]: row["reorder_point_pcs"] for row in read(out / "levels.csv")}["P1"] == decided
    (source / "overrides.csv").write_text(rows.splitlines()[0] + "\n", encoding="utf-8")
    night(source, out)
    assert {row["part"]: row["reorder_point_pcs"] for row in read(out / "levels.csv")}["P1"] != "9"


def test_a_spoilt_last_run_is_told(source: Path, tmp_path: Path) -> None:
    """Levels that somebody broke cost the jumps, not the night."""
    out = tmp_path / "run"
    night(source, out)
    (out / "levels.csv").write_text("nothing\n")
    result = run("reorder", source, "--out", out)
    assert result.exit_code == 3
    assert "levels.csv of the last run can't be read" in result.stderr
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["worklist"]["stock-out"] == 2


def test_a_filled_list_is_never_replaced_unread(source: Path, tmp_path: Path) -> None:
    """Whoever names another last run while the folder to be replaced holds decisions is stopped; they stay."""
    night(source, tmp_path / "monday")
    night(source, tmp_path / "run")
    fill_in(tmp_path / "run" / "worklist.xlsx", "P1", "stock-out", decision="order", decided_pcs="3", **BY)
    result = run("reorder", source, "--out", tmp_path / "run", "--last", tmp_path / "monday")
    assert result.exit_code == 2
    assert "worklist.xlsx was filled in and would be replaced unread" in result.stderr
    lines = night(source, tmp_path / "run", "--last", tmp_path / "run")
    assert [(row["status"], row["order_pcs"]) for row in lines if row["kind"] == "stock-out"][-1] == ("decided", "3")


def test_more_rows_than_excel_holds_end_no_night(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million part-locations don't fit a sheet: the workbook is left out and that is said; the CSV files hold all."""
    monkeypatch.setattr(reorder, "EXCEL_ROWS", 3)
    result = run("reorder", source, "--out", tmp_path / "run")
    assert result.exit_code == 3
    assert "3 rows are too many for Excel, so worklist.xlsx is left out" in result.stderr
    assert (tmp_path / "run" / "reorder.xlsx").is_file()
    assert not (tmp_path / "run" / "worklist.xlsx").exists()
    assert len(read(tmp_path / "run" / "worklist.csv")) == 3


def test_no_word_of_the_tables_comes_alive(source: Path, tmp_path: Path) -> None:
    """Names of parts and suppliers can't become markup on the page nor formulas in the files."""
    nasty = {"压缩机": '<img src=x onerror="alert(1)">', "光模块": "</td><script>alert(2)</script>"}
    path = source / "parts.csv"
    text = path.read_text(encoding="utf-8-sig")
    for name, bad in nasty.items():
        text = text.replace(name, '"' + bad.replace('"', '""') + '"')
    path.write_text(text, encoding="utf-8-sig")
    lines = night(source, tmp_path / "run")
    page = (tmp_path / "run" / "worklist.html").read_text(encoding="utf-8")
    assert all(html.escape(bad) in page for bad in nasty.values())
    assert not re.search(r"<(script|img|a [^>]*http)", page)
    assert "default-src 'none'" in page
    assert "PO7 =HYPERLINK(1)" in page
    raw = (tmp_path / "run" / "worklist.csv").read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(raw.splitlines()) for cell in row]
    assert not [cell for cell in cells if re.match(r"[=+@]", cell)]
    assert {row["name"] for row in lines} == set(nasty.values())
