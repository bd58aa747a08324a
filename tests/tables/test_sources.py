"""Opening files: encodings, identifiers, sheets, and everything that can't be opened."""

from __future__ import annotations

import os
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.columns import Column, Duration, Moment, Name, Text
from fieldops.errors import ConfigError, Fault
from fieldops.tables import Tables, read_tables, sources
from fieldops.writing import write_csv, write_excel, write_parquet

JOBS = (
    Column("jobs", "id", Name(), unique=True, aliases=("工单号",)),
    Column("jobs", "service_min", Duration("min", 0, 1_440), default=0),
    Column("jobs", "earliest", Moment(), default=None),
    Column("jobs", "note", Text(), default=""),
)
HALF_PAST_NINE = int(datetime.fromisoformat("2026-11-23T09:30+08:00").timestamp())


def read(source: Any, **options: Any) -> Tables:
    """Read a table of jobs."""
    return read_tables({"jobs": source}, JOBS, **options)


def only_fault(source: Any, **options: Any) -> Fault:
    """Read a table of jobs that has exactly one fault, and that one of the whole table."""
    tables = read(source, **options)
    assert len(tables.faults) == 1, tables.faults
    assert tables.faults[0].row is None
    assert len(tables["jobs"]) == 0
    return tables.faults[0]


def csv_file(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    """Write a CSV file as it stands."""
    path = folder / "jobs.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("written", "forced", "found"),
    [
        ("utf-8", None, "utf-8"),
        ("utf-8-sig", None, "utf-8-sig"),
        ("gb18030", None, "gb18030"),
        ("utf-8-sig", "utf-8", "utf-8-sig"),
        ("big5", "big5", "big5"),
        ("utf-16", "utf-16", "utf-16"),
    ],
)
def test_encodings_are_found_or_forced(tmp_path: Path, written: str, forced: str | None, found: str) -> None:
    """The same Chinese comes out of each encoding, the first heading too, and the encoding found is told."""
    path = csv_file(tmp_path, "工單號,note\n00123,三樓機房，請先致電。\n", written)
    tables = read(path, encoding=forced, names={"jobs": {"id": "工單號"}}).refuse_faults()
    assert tables["jobs"]["note"] == ["三樓機房，請先致電。"]
    assert tables["jobs"].encoding == found


def test_rare_characters_need_gb18030(tmp_path: Path) -> None:
    """GBK lacks some names; GB18030 has them."""
    path = csv_file(tmp_path, "工单号,note\nA1,㐂𠮷峠\n", "gb18030")
    assert read(path).refuse_faults()["jobs"]["note"] == ["㐂𠮷峠"]


@pytest.mark.parametrize(
    ("content", "forced", "words"),
    [
        ("id,note\nA,é\n".encode("utf-16"), None, "looks like UTF-16"),
        ("id,note\nA,e\n".encode("utf-16-le"), None, "NUL bytes"),
        (b"PK\x03\x04\x00\x00\x00\xff", None, "NUL bytes"),
        (b"id,note\nA,caf\xe9\n", None, "line 2"),
        (b"\xef\xbb\xbfid,note\nA,\xd6\xd0\xce\xc4\n", None, "line 2"),
        ("id,note\nA,b\nB,中文\n".encode("gb18030"), "utf-8", "not utf-8 text.*line 3"),
        ("id,note\nA,中\n".encode(), "ascii", "not ascii text.*line 2"),
        (
            ("id,note\n" + "".join(f"A{n},三楼机房请先致电\n" for n in range(9))).encode() + b"B,\xb0\xa1\n",
            None,
            "line 11",
        ),
    ],
)
def test_other_encodings_are_refused(tmp_path: Path, content: bytes, forced: str | None, words: str) -> None:
    """UTF-16, binary files, Latin-1, damaged UTF-8 and a wrong forced encoding are faults that say where."""
    fault = only_fault(csv_file(tmp_path, content), encoding=forced)
    assert fault.code == "wrong-encoding"
    assert re.search(words, fault.cause), fault.cause


def test_an_encoding_that_there_is_not_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    """``utf8-bom`` is no encoding of Python; the file isn't to blame."""
    with pytest.raises(ConfigError, match="no encoding 'utf8-bom'"):
        read(csv_file(tmp_path, "id\nA\n"), encoding="utf8-bom")


IDS = [
    "00123",
    "1E5",
    "NA",
    "null",
    "nan",
    "None",
    "True",
    "-5",
    "+86",
    "=1+1",
    "1_000",
    "2026-11-23",
    "12345678901234567890",
]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ""])
def test_identifiers_survive(tmp_path: Path, suffix: str) -> None:
    """Ids that look like numbers, nothing, dates or formulas come back letter for letter from every source."""
    frame = pd.DataFrame({"id": IDS})
    path = tmp_path / f"jobs{suffix}"
    if suffix == ".csv":
        write_csv(frame, path)
    elif suffix == ".xlsx":
        write_excel({"jobs": frame}, path)
    elif suffix == ".parquet":
        write_parquet(frame, path)
    assert read(path if suffix else frame).refuse_faults()["jobs"]["id"] == IDS


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    """Blank lines count, a cell with line breaks is one row, and short rows are filled up."""
    path = csv_file(tmp_path, 'id,service_min,note\nA,1,"two\nlines"\n\n,,\nB\nC,-1,x\n')
    tables = read(path)
    assert tables["jobs"].rows == [2, 5]
    assert tables["jobs"]["note"] == ["two\nlines", ""]
    assert [(fault.row, fault.key) for fault in tables.faults] == [(6, "C")]


def test_a_row_longer_than_the_heading_is_a_fault(tmp_path: Path) -> None:
    """A comma without quotes shifts all cells after it; surplus commas at the end do no harm."""
    tables = read(csv_file(tmp_path, "id,note\nA,x,,\nB,third floor, left\n"))
    assert tables["jobs"]["id"] == ["A"]
    assert [(fault.row, fault.code) for fault in tables.faults] == [(3, "ragged-row")]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ('id,note\nA,"open\nB,x\n', "unreadable-file", "no sound CSV"),
        ("id;note\nA;x\n", "unreadable-file", "semicolons or tabs"),
        ("id\tnote\nA\tx\n", "unreadable-file", "semicolons or tabs"),
        (",,\nid,note,x\n", "missing-heading", "first row is blank"),
        ("", "empty-table", "the table is empty"),
        ("id,note\n\n", "empty-table", "no rows"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, content: str, code: str, words: str) -> None:
    """An unclosed quote, other separators, a blank heading and empty files each say what they are."""
    fault = only_fault(csv_file(tmp_path, content))
    assert fault.code == code
    assert words in fault.cause


def test_what_is_no_file_is_a_fault(tmp_path: Path) -> None:
    """A missing file, a folder, another suffix and an impossible path are faults, not tracebacks."""
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "jobs.docx").write_bytes(b"x")
    assert only_fault(tmp_path / "nowhere.csv").code == "missing-file"
    assert only_fault(tmp_path / "folder.csv").code == "unreadable-file"
    assert ".csv, .xlsx, .parquet" in only_fault(tmp_path / "jobs.docx").cause
    assert only_fault("a\0b.csv").code == "unreadable-file"
    if os.name == "posix":
        assert "folder or device" in only_fault("/dev/null").cause


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_damaged_files_are_faults(tmp_path: Path, suffix: str) -> None:
    """A text file under another name, and half a file, are told from a good one."""
    good = tmp_path / f"good{suffix}"
    frame = pd.DataFrame({"id": ["A"]})
    write_excel({"jobs": frame}, good) if suffix == ".xlsx" else write_parquet(frame, good)
    for content in (b"id\nA\n", b"", good.read_bytes()[:200]):
        bad = tmp_path / f"bad{suffix}"
        bad.write_bytes(content)
        assert only_fault(bad).code == "unreadable-file"


def test_the_sheet_is_named_or_called_as_the_table_or_the_only_one(tmp_path: Path) -> None:
    """Nothing is guessed: with several sheets one must be called as the table, or be named after ``#``."""
    path = tmp_path / "book.xlsx"
    one, two = pd.DataFrame({"id": ["A"]}), pd.DataFrame({"id": ["B"]})
    write_excel({"Blatt": one}, path)
    assert read(path)["jobs"]["id"] == ["A"]
    write_excel({"工单 1": one, "jobs": two}, path)
    assert read(path)["jobs"]["id"] == ["B"]
    assert read(f"{path}#工单 1")["jobs"]["id"] == ["A"]
    assert only_fault(f"{path}#2").code == "missing-sheet"
    write_excel({"x": one, "y": two}, path)
    assert "none is called jobs" in only_fault(path).cause


def test_excel_keeps_types_and_rows(tmp_path: Path) -> None:
    """Dates, numbers and blank rows of Excel come as they are; blank columns without heading vanish."""
    frame = pd.DataFrame(
        {
            "id": ["A", None, "B"],
            "": [None] * 3,
            "service_min": [45, None, 1.5],
            "earliest": [datetime(2026, 11, 23, 9, 30)] * 3,
        }
    )
    frame.loc[1] = None
    write_excel({"jobs": frame}, tmp_path / "jobs.xlsx")
    jobs = read(tmp_path / "jobs.xlsx").refuse_faults()["jobs"]
    assert jobs.rows == [2, 4]
    assert (jobs["service_min"], jobs["earliest"]) == ([2_700, 90], [HALF_PAST_NINE] * 2)
    assert list(jobs.extra.columns) == []


def test_a_column_without_heading_is_kept_under_its_letter(tmp_path: Path) -> None:
    """Its cells aren't lost, and it takes the place of no other column; the 28th column is AB."""
    headings = ["id", "", *(f"c{at}" for at in range(25)), ""]
    path = csv_file(tmp_path, ",".join(headings) + "\nA,left" + "," * 26 + "right\n")
    extra = read(path).refuse_faults()["jobs"].extra
    assert (extra.loc[0, "(B)"], extra.loc[0, "(AB)"]) == ("left", "right")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Asia/Shanghai", "America/New_York"])
def test_every_unit_of_pandas_gives_the_same_seconds(unit: str, zone: str | None) -> None:
    """Pandas 3 keeps microseconds, pandas 2.3 nanoseconds; naive or aware, the moment is the same."""
    moments = pd.Series(pd.to_datetime([HALF_PAST_NINE], unit="s", utc=True)).dt.tz_convert(zone or "Asia/Shanghai")
    moments = moments if zone else moments.dt.tz_localize(None)
    frame = pd.DataFrame({"id": ["A"], "earliest": moments.dt.as_unit(unit)})
    assert read(frame).refuse_faults()["jobs"]["earliest"] == [HALF_PAST_NINE]


def test_typed_columns_with_gaps() -> None:
    """NaN, NaT, NA and None are empty cells in every dtype; ids of a float column lose no digit and gain no ``.0``."""
    frame = pd.DataFrame(
        {
            "id": pd.Series([1.0, 2.0, None]),
            "service_min": pd.Series([None, 30, 60], dtype="Int64"),
            "earliest": pd.Series([None, "2026-11-23 09:30", None], dtype="datetime64[ns]"),
            "note": pd.Series([None, "x", "x"], dtype="category"),
        }
    )
    tables = read(frame)
    assert list(tables["jobs"].records()) == [
        {"id": "1", "service_min": 0, "earliest": None, "note": "", "_row": 2},
        {"id": "2", "service_min": 1_800, "earliest": HALF_PAST_NINE, "note": "x", "_row": 3},
    ]
    assert [(fault.row, fault.code) for fault in tables.faults] == [(4, "empty-cell")]


def test_inputs_are_not_touched() -> None:
    """A frame is read, never written to, whatever its index and columns."""
    frame = pd.DataFrame({"工单号": [" A ", "B"], "other": [[1], None]}, index=[7, 7])
    before = frame.copy(deep=True)
    tables = read(frame).refuse_faults()
    pd.testing.assert_frame_equal(frame, before)
    tables["jobs"].extra.loc[0, "other"] = None
    pd.testing.assert_frame_equal(frame, before)


def test_limits_come_before_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many columns, too many bytes, and a small archive that unpacks to too many, are refused."""
    wide = pd.DataFrame([[0] * 16_001])
    assert only_fault(wide).code == "too-large"
    assert only_fault(csv_file(tmp_path, "," * 16_001)).code == "too-large"
    monkeypatch.setattr(sources, "LARGEST_FILE", 100_000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 200_000)
    assert "unpacks to" in only_fault(tmp_path / "bomb.xlsx").cause
    assert only_fault(csv_file(tmp_path, "id\n" + "A" * 100_000)).code == "too-large"


@settings(max_examples=200)
@given(content=st.one_of(st.binary(max_size=200), st.text(alphabet='id,"\n\r;\t1é中\0', max_size=60).map(str.encode)))
def test_no_bytes_end_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever a CSV file holds, it is read or refused in words."""
    tables = read(csv_file(tmp_path_factory.mktemp("any"), content))
    assert len(tables["jobs"]) or tables.faults
