"""Files out: no formula, nothing lost, and the same read back."""

from __future__ import annotations

import csv
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from fieldops import writing
from fieldops.columns import (
    Amount,
    Column,
    Counts,
    Distance,
    Duration,
    Flag,
    Moment,
    Name,
    Names,
    Number,
    TimeOfDay,
    Windows,
)
from fieldops.errors import ConfigError
from fieldops.tables import read_tables
from fieldops.writing import sheet_names, write_csv, write_excel, write_parquet

PAYLOADS = [
    "=1+1",
    '=HYPERLINK("http://x.example","click")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1",
    "\r=1",
    "  =1",
    "\u3000＝1",
    "x\n=1+1",
    "http://x.example",
    "{=1}",
]
SIGNS = "=+-@＝＋－＠\t\r"
START = datetime(2026, 11, 23, 9, 30)


def csv_rows(path: Path) -> list[list[str]]:
    """Read a CSV file as a spreadsheet would."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def excel_rows(path: Path, sheet: int = 0) -> list[list[Any]]:
    """Read the cells of a sheet."""
    return CalamineWorkbook.from_path(path).get_sheet_by_index(sheet).to_python(skip_empty_area=False)


def part(path: Path, name: str) -> str:
    """Read one XML part of an Excel file."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def test_no_cell_of_a_csv_file_begins_a_formula(tmp_path: Path) -> None:
    """Headings and cells are guarded line by line; numbers stay numbers."""
    frame = pd.DataFrame(
        {"=id": PAYLOADS, "n": [-1] * len(PAYLOADS), "any": pd.Series([-1.5, *PAYLOADS[1:]], dtype=object)}
    )
    write_csv(frame, tmp_path / "a.csv")
    rows = csv_rows(tmp_path / "a.csv")
    assert rows[0] == ["'=id", "n", "any"]
    assert [row[1] for row in rows[1:]] == ["-1"] * len(PAYLOADS)
    assert rows[1][2] == "-1.5"
    texts = [row[0] for row in rows] + [row[2] for row in rows[2:]]
    assert not any(text.lstrip(" \u3000")[:1] in SIGNS for text in texts)
    assert not any(line.lstrip()[:1] in SIGNS for text in texts for line in text.split("\n"))


def test_plain_csv_leaves_text_alone(tmp_path: Path) -> None:
    """Machines get the text as it is."""
    write_csv(pd.DataFrame({"id": PAYLOADS}), tmp_path / "a.csv", plain=True)
    assert [row[0] for row in csv_rows(tmp_path / "a.csv")[1:]] == PAYLOADS


def test_csv_opens_in_excel_with_chinese(tmp_path: Path) -> None:
    """The BOM tells Excel that it is UTF-8; rows end as RFC 4180 says, also after a cell with a line break."""
    write_csv(pd.DataFrame({"技师": ["张伟\n三楼", '他说"好"']}, index=[9, 9]), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == '\ufeff技师\r\n"张伟\n三楼"\r\n"他说""好"""\r\n'.encode()


def test_no_formula_and_no_link_in_excel(tmp_path: Path) -> None:
    """Text is text in the file's own XML, letter for letter, in headings too."""
    frame = pd.DataFrame({"=1+1": PAYLOADS, "n": range(len(PAYLOADS))})
    write_excel({"=1+1": frame}, tmp_path / "a.xlsx")
    sheet = part(tmp_path / "a.xlsx", "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert "hyperlink" not in sheet.lower()
    assert excel_rows(tmp_path / "a.xlsx") == [["=1+1", "n"], *([text, float(n)] for n, text in enumerate(PAYLOADS))]


def test_cells_of_excel_keep_their_types(tmp_path: Path) -> None:
    """Numbers, dates, times and yes-or-no are such in Excel; what it can't hold is text, what is missing is empty."""
    cells = [True, 7, 2.5, Decimal("1.25"), np.int64(-3), START, date(2026, 11, 23), time(8, 30), timedelta(hours=30)]
    odd = [10**16, float("inf"), date(1850, 1, 1), timedelta(minutes=-4), None, float("nan"), pd.NaT, ("a", 1)]
    write_excel({"x": pd.DataFrame({"a": pd.Series([*cells, *odd], dtype=object)})}, tmp_path / "a.xlsx")
    found = [row[0] for row in excel_rows(tmp_path / "a.xlsx")[1:]]
    assert found[: len(cells)] == [True, 7, 2.5, 1.25, -3, START, date(2026, 11, 23), time(8, 30), timedelta(hours=30)]
    assert found[len(cells) :] == ["10000000000000000", "inf", "1850-01-01", "-0:04:00", "", "", "", "('a', 1)"]


def test_moments_with_a_zone(tmp_path: Path) -> None:
    """Excel gets the wall time and the zone beside it; CSV gets the offset and so the same moment back."""
    start = pd.Series(pd.to_datetime([START, None])).dt.tz_localize("Asia/Shanghai")
    frame = pd.DataFrame({"id": ["A", "B"], "start": start, "end": start + timedelta(hours=1), "n": [1, 2]})
    write_excel({"x": frame}, tmp_path / "a.xlsx")
    later = START + timedelta(hours=1)
    assert excel_rows(tmp_path / "a.xlsx") == [
        ["id", "start", "end", "zone", "n"],
        ["A", START, later, "Asia/Shanghai", 1],
        ["B", "", "", "", 2],
    ]
    write_csv(frame, tmp_path / "a.csv")
    assert csv_rows(tmp_path / "a.csv")[1] == ["A", "2026-11-23 09:30:00+08:00", "2026-11-23 10:30:00+08:00", "1"]


def test_moments_of_several_zones_get_a_zone_column_each(tmp_path: Path) -> None:
    """Two zones in one row can't share a column, and a column of that name isn't overwritten."""
    start = pd.Series(pd.to_datetime([START])).dt.tz_localize("Asia/Shanghai")
    frame = pd.DataFrame({"start": start, "sent": start.dt.tz_convert("UTC"), "start_zone": ["mine"]})
    write_excel({"x": frame}, tmp_path / "a.xlsx")
    assert excel_rows(tmp_path / "a.xlsx") == [
        ["start", "start_zone_", "sent", "sent_zone", "start_zone"],
        [START, "Asia/Shanghai", datetime(2026, 11, 23, 1, 30), "UTC", "mine"],
    ]


def test_sheets_are_made_for_reading_and_printing(tmp_path: Path) -> None:
    """Frozen bold heading, filter, A4 landscape one page wide, heading on each page, room for Chinese."""
    frame = pd.DataFrame({"id": ["A"], "客户": ["西安高新区软件园"], "note": ["x" * 500]})
    write_excel({"张伟": frame}, tmp_path / "a.xlsx")
    sheet = part(tmp_path / "a.xlsx", "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="1"' in sheet
    assert '<autoFilter ref="A1:C2"' in sheet
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert "Print_Titles" in part(tmp_path / "a.xlsx", "xl/workbook.xml")
    assert "<b/>" in part(tmp_path / "a.xlsx", "xl/styles.xml")
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', sheet)]
    assert [round(width) for width in widths] == [7, 18, 61]


@given(st.lists(st.text(), min_size=1, max_size=20))
def test_sheet_names_are_legal_and_unique(names: list[str]) -> None:
    """Excel's rules hold for any names, twins and very long ones included."""
    found = sheet_names([*names, *names, "x" * 40, "X" * 50, "history", "a" * 30 + "𠮷"])
    assert len({name.casefold() for name in found}) == len(found)
    for name in found:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


def test_any_sheet_names_make_a_file(tmp_path: Path) -> None:
    """XlsxWriter takes what `sheet_names` gives, and all sheets are there."""
    names = ["a/b", "A:B", "", "'x'", "history", "\x00", "张" * 40, "张" * 41]
    write_excel({name: pd.DataFrame({"n": [at]}) for at, name in enumerate(names)}, tmp_path / "a.xlsx")
    assert CalamineWorkbook.from_path(tmp_path / "a.xlsx").sheet_names == sheet_names(names)
    assert [excel_rows(tmp_path / "a.xlsx", at)[1] for at in range(len(names))] == [[at] for at in range(len(names))]


def test_text_that_excel_can_not_hold_is_cut_where_one_sees_it(tmp_path: Path) -> None:
    """XlsxWriter would leave out the cell."""
    write_excel({"x": pd.DataFrame({"a": ["x" * 40_000]})}, tmp_path / "a.xlsx")
    (text,) = excel_rows(tmp_path / "a.xlsx")[1]
    assert len(text) == 32_767
    assert text.endswith("… (cut)")


@pytest.mark.parametrize("write", [write_csv, write_parquet, lambda frame, path: write_excel({"x": frame}, path)])
def test_the_same_frame_gives_the_same_bytes(tmp_path: Path, write: Callable[[pd.DataFrame, Path], None]) -> None:
    """A second run replaces the first without a difference, and the frame is left as it was."""
    frame = pd.DataFrame({"id": ["=A", None], "at": pd.to_datetime([START, None]).tz_localize("UTC"), "n": [1.5, None]})
    before = frame.copy(deep=True)
    write(frame, tmp_path / "one")
    write(frame, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    pd.testing.assert_frame_equal(frame, before)


def test_what_can_not_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sheet, too many rows and a folder that isn't there are errors with words."""
    with pytest.raises(ConfigError, match="at least one sheet"):
        write_excel({}, tmp_path / "a.xlsx")
    with pytest.raises(OSError, match="can't be written"):
        write_excel({"x": pd.DataFrame()}, tmp_path / "nowhere" / "a.xlsx")
    monkeypatch.setattr(writing, "EXCEL_ROWS", 3)
    with pytest.raises(ConfigError, match="x has 3 rows and is too large for Excel"):
        write_excel({"x": pd.DataFrame({"a": [1, 2, 3]})}, tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


ONE = pd.DataFrame({"id": ["A"]})


@pytest.mark.parametrize(
    ("package", "use", "extra"),
    [
        ("xlsxwriter", lambda path: write_excel({"x": ONE}, path), "excel"),
        ("python_calamine", lambda path: read_tables({"x": path}, [Column("x", "id", Name())]), "excel"),
        ("pyarrow", lambda path: write_parquet(ONE, path), "parquet"),
        (
            "pyarrow",
            lambda path: read_tables({"x": path.with_suffix(".parquet")}, [Column("x", "id", Name())]),
            "parquet",
        ),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, use: Callable[[Path], object], extra: str
) -> None:
    """Excel and Parquet are extras; without them people read what to install, not ImportError."""
    write_excel({"x": ONE}, tmp_path / "a.xlsx")
    write_parquet(ONE, tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf"pip install 'fieldops\[{extra}\]'"):
        use(tmp_path / "a.xlsx")


NAME = st.text(alphabet="Aa0-+=@'E.张＝ \t\n", min_size=1).map(str.strip).filter(bool)
ITEM = st.text(alphabet="Aa0-+=@'张", min_size=1)
SECONDS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)).map(lambda at: at.replace(microsecond=0))
CELLS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "id": (Name(), NAME),
    "number": (Number(-1e9, 1e9), st.integers(-(10**15), 10**15).map(lambda n: n / 10**6)),
    "count": (Number(0, 10**12, whole=True), st.integers(0, 10**12)),
    "service_min": (Duration("min"), st.integers(0, 10**6).map(lambda n: n / 4)),
    "drive_km": (Distance("km"), st.integers(0, 10**6).map(lambda n: n / 1000)),
    "price": (Amount(), st.integers(0, 10**9).map(lambda cents: cents / 100)),
    "flag": (Flag(), st.booleans()),
    "at": (Moment(), SECONDS),
    "sent": (Moment(), SECONDS.map(lambda at: at.replace(tzinfo=UTC))),
    "opens": (TimeOfDay(), st.times().map(lambda at: at.replace(microsecond=0))),
    "skills": (Names(), st.lists(ITEM, min_size=1, unique=True).map("; ".join)),
    "parts": (Counts(), st.dictionaries(ITEM, st.integers(1, 99), min_size=1).map(
        lambda found: "; ".join(f"{name}:{count}" for name, count in found.items()))),
    "windows": (Windows(), st.lists(SECONDS, min_size=1, max_size=3).map(
        lambda found: ";".join(f"{at}/{at + timedelta(hours=2)}" for at in found))),
}  # fmt: skip
WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": write_csv,
    ".xlsx": lambda frame, path: write_excel({"x": frame}, path),
    ".parquet": write_parquet,
}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("column", CELLS)
@settings(max_examples=12)
@given(data=st.data())
def test_what_is_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, column: str, suffix: str, data: st.DataObject
) -> None:
    """Every kind of value comes back from every format as it came straight from the frame."""
    kind, cells = CELLS[column]
    frame = pd.DataFrame({column: data.draw(st.lists(cells, min_size=1, max_size=8))})
    path = tmp_path_factory.getbasetemp() / f"x{suffix}"
    WRITERS[suffix](frame, path)
    # Excel has no zones: its wall time is of the zone that stands beside it.
    options = {"zone": "UTC"} if column == "sent" else {}
    declared = [Column("x", column, kind)]
    straight = read_tables({"x": frame}, declared, **options).refuse_faults()
    assert read_tables({"x": path}, declared, **options).refuse_faults()["x"].columns == straight["x"].columns
