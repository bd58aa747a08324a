"""The dispatch workbook, opened again: a sheet a technician, parts to load, nothing alive in it."""

from __future__ import annotations

import re
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from fieldops.errors import ConfigError
from fieldops.report.dispatch_book import TAKEN, write_dispatch_book
from fieldops.routing.domain import Problem
from fieldops.routing.frames import frames
from fieldops.routing.planning import plan
from fieldops.writing import write_csv
from tests.routing.make import clock, depot, job, problem, shift

PAYLOADS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x","y")', "http://example.org", "mailto:a@b.c",
            "\t=1", "=cmd|' /C calc'!A0", "＝1+1", "<script>alert(1)</script>", "a\x00b\x0bc", "x" * 40_000,
            "internal:Sheet1!A1", "{=1}")  # fmt: skip


def town(names: dict[str, str], payload: str = "") -> Problem:
    """Return a technician an order, each order with parts, a customer and an address called like the payload."""
    jobs = [
        job(f"{payload}J{n}", 10 + n, 60, parts=((f"{payload}P{n}", n + 1),), customer=f"{payload}C", kind=payload,
            required_technicians=(id,))
        for n, id in enumerate(names)
    ]  # fmt: skip
    jobs.append(job(f"{payload}J9", 10, 30, windows=((clock("2:00"), clock("3:00")),)))
    one = problem(jobs, [shift(id) for id in names], None, names)
    called = {f"customer {payload}C": payload, f"part {payload}P0": payload, "10": payload, "11": payload}
    return one.replace(names=called)


def book(path: Path, one: Problem, title: str = "") -> dict[str, list[list[Any]]]:
    """Write the book of a plan by insertion and read its sheets."""
    write_dispatch_book(frames(one, plan(one, solver="insertion", iterations=1)), path, title=title)
    opened = CalamineWorkbook.from_path(path)
    return {name: opened.get_sheet_by_name(name).to_python() for name in opened.sheet_names}


def test_each_technician_has_a_sheet_with_visits_and_parts(tmp_path: Path) -> None:
    """What a technician takes along: when to leave, whom to visit where and when, which parts to load."""
    sheets = book(tmp_path / "b.xlsx", town({"T1": "张伟", "T2": "王芳"}), "西安")
    assert list(sheets) == ["总览 Overview", "未派 Unassigned", "张伟 11-23", "王芳 11-23"]
    own = sheets["张伟 11-23"]
    assert own[0][0] == "张伟 (T1)  2026-11-23"
    assert re.match(r"出发 Leave 08:00   返回 Back 09:20   行驶 Drive 20 km, 20 min", own[1][0])
    assert own[3][:5] == ["#", "到达 Arrive", "开始 Start", "结束 End", "工单 Order"]
    assert own[4][:5] == [1, "08:10", "08:10", "09:10", "J0"]
    text = [cell for row in own for cell in row]
    assert "装车 To load" in text
    load = next(row for row in own[5:] if "P0" in row)
    assert [cell for cell in load if cell != ""] == [1, "P0", "J0"]
    overview = [cell for row in sheets["总览 Overview"] for cell in row]
    assert "西安" in overview
    assert "kpi" in overview
    left = sheets["未派 Unassigned"]
    assert left[1][left[0].index("order")] == "J9"
    assert "would" in left[1][left[0].index("reason")]


def test_a_restock_stop_is_a_line_of_its_own_with_what_to_fetch(tmp_path: Path) -> None:
    """Where to stop among the visits, what to take there, and below what to load, to fetch and to have in the van."""
    one = problem(
        [job("A", 10, parts=(("P1", 2),), tools=("ladder",)), job("B", 20, parts=(("P1", 1),))],
        [shift("T1", van_stock=(("P1", 1),), tools=("ladder",), load_at="")],
        depots=[depot("D", 5, 10)],
    ).replace(names={"depot D": "东库", "5": "东库"})
    rows = book(tmp_path / "b.xlsx", one)["T1 11-23"]
    (stop,) = (row for row in rows if "领料 Restock" in row)
    assert stop[7] == "东库"
    assert stop[9] == "P1:2"
    titles = [row[0] for row in rows if row[0] in TAKEN.values()]
    assert titles == [TAKEN["restock"], TAKEN["van"]]
    assert [[cell for cell in row if cell != ""] for row in rows if "P1" in row] == [
        [2, "P1", "A; B", "东库"], [1, "P1", "A"],
    ]  # fmt: skip
    assert any("ladder" in row for row in rows)


def test_a_rest_is_a_line_of_its_own(tmp_path: Path) -> None:
    """The lunch rest stands among the visits, where it falls."""
    one = problem(
        [job("A", 10, 150), job("B", 20, 150)], [shift("T1")],
        {"T1": {"rest_min": 1800, "rest_earliest": clock("10:00"), "rest_latest": clock("12:00")}},
    )  # fmt: skip
    rows = book(tmp_path / "b.xlsx", one)["T1 11-23"]
    assert [row[5] for row in rows if "休息 Rest" in row] == ["休息 Rest"]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_of_the_users_is_alive(payload: str, tmp_path: Path) -> None:
    """Names, customers, addresses and parts that begin like formulas or links are text in Excel, shielded in CSV."""
    one = town({"T1": payload or "x", "T2": f"{payload}2"}, payload)
    made = plan(one, solver="insertion", iterations=1)
    tables = frames(one, made)
    write_dispatch_book(tables, tmp_path / "b.xlsx", title=payload)
    with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            assert not re.search(r"<f[ >/]", text), name
            assert "<hyperlink" not in text, name
            assert "externalLink" not in name
        assert not [n for n in archive.namelist() if "vba" in n.lower()]
    opened = CalamineWorkbook.from_path(tmp_path / "b.xlsx")
    assert len(opened.sheet_names) == 4
    for frame in tables.values():
        write_csv(frame, tmp_path / "t.csv")
        cells = [c for c in pd.read_csv(tmp_path / "t.csv", dtype=str, encoding="utf-8-sig", keep_default_na=False)
                 .to_numpy().ravel() if not re.fullmatch(r"-?[\d.]+", c)]  # fmt: skip
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "＝"))]


def test_sheet_names_are_legal_and_distinct(tmp_path: Path) -> None:
    """Two technicians of one name, names too long for Excel, with signs it forbids, or that only differ in case."""
    names = {
        "T1": "李强", "T2": "李强", "T3": "欧阳" * 30, "T4": "欧阳" * 30 + "二", "T5": "a/b:c*?[d]", "T6": "Ann",
        "T7": "ANN", "T8": "'quoted'", "T9": "History",
    }  # fmt: skip
    sheets = list(book(tmp_path / "b.xlsx", town(names)))
    assert len(sheets) == len({name.casefold() for name in sheets}) == 2 + len(names)
    for name in sheets:
        assert len(name.encode("utf-16-le")) <= 62
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")
    assert sheets[2:4] == ["李强 11-23", "李强 11-23 (2)"]


def test_an_empty_night_is_a_book(tmp_path: Path) -> None:
    """No orders or no shifts: there is still a book that says so."""
    for one in (problem([], [shift("T1")]), problem([job("A", 10)], [], {"T1": {}})):
        assert list(book(tmp_path / "b.xlsx", one)) == ["总览 Overview", "未派 Unassigned"]


def test_the_same_plan_is_the_same_bytes(tmp_path: Path) -> None:
    """A book holds no time of its making, so that two runs can be compared."""
    one = town({"T1": "张伟"})
    for name in ("a", "b"):
        book(tmp_path / f"{name}.xlsx", one)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_book_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that isn't there, or a missing package, is told in words."""
    with pytest.raises(OSError, match=r"can't be written|No such file"):
        book(tmp_path / "nowhere" / "b.xlsx", town({"T1": "张伟"}))
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    with pytest.raises(ConfigError, match="pip install"):
        book(tmp_path / "b.xlsx", town({"T1": "张伟"}))


def test_no_word_is_cut_off(tmp_path: Path) -> None:
    """A row is as high as its longest wrapped text needs, heads included; the loads are one table without gaps."""
    one = town({"T1": "张伟"}).replace(names={"10": "西安市雁塔区太白南路 185 号 " * 4, "part P0": "变频驱动板 " * 9})
    write_dispatch_book(frames(one, plan(one, solver="insertion", iterations=1)), tmp_path / "b.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet3.xml").decode()
    heights = {int(row): float(height) for row, height in re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', sheet)}
    assert heights[4] >= 31  # the visits' heads in two lines
    assert heights[5] >= 63  # 112 characters in a column of 36
    rows = dict(re.findall(r'<row r="(\d+)"[^>]*>(.*?)</row>', sheet))
    heads, load = (max(map(int, rows)) - 1, max(map(int, rows)))
    assert heights[heads] >= 31
    assert heights[load] >= 63
    for row in (heads, load):
        assert re.findall(rf'r="([A-Z]){row}"', rows[str(row)]) == list("DEFGHIJ")


def test_rows_have_the_lines_that_words_need(tmp_path: Path) -> None:
    """A word that doesn't fit takes the next line, so texts need more lines than their characters alone tell."""
    one = town({"T1": "张伟"})
    tables = frames(one, plan(one, solver="insertion", iterations=1))

    near = partial(pytest.approx, abs=1)  # heights are whole pixels

    def heights(sheet: int) -> dict[int, float]:
        write_dispatch_book(tables, tmp_path / "b.xlsx")
        with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
            text = archive.read(f"xl/worksheets/sheet{sheet}.xml").decode()
        return {int(row): float(height) for row, height in re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', text)}

    tables["visits"]["parts"] = "VFD-22000-A:1; " * 9  # a column of 20 holds one of them a line
    assert heights(3)[5] == near(9 * 16)
    tables["visits"]["customer"] = "中润广场" * 40  # stands where a customer has no name: 320 in a column of 24
    assert heights(3)[5] == near(14 * 16)
    tables["visits"]["customer"] = "中润广场" * 400
    assert heights(3)[5] == near(409)  # no row of Excel's is higher
    tables["days"]["name"] = "Alexander Konstantin Maximilian"  # a column of 14 in the overview
    overview = heights(1)
    assert overview[max(overview)] == near(3 * 16)


def test_rates_are_read_as_per_cent(tmp_path: Path) -> None:
    """Nobody reads 0.73 "rate": the sheet says 73 %, the table for programs keeps the rate."""
    one = town({"T1": "张伟"})
    tables = frames(one, plan(one, solver="insertion", iterations=1))
    overview = book(tmp_path / "b.xlsx", one)["总览 Overview"]
    shown = {row[0]: row[1:3] for row in overview}
    kept = tables["kpis"].set_index("kpi")
    assert kept.loc["share on site", "unit"] == "rate"
    assert shown["share on site"] == [pytest.approx(100 * kept.loc["share on site", "value"]), "%"]
    assert shown["visits"][1] == "orders"
