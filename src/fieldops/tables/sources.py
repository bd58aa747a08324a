"""A file or a DataFrame opened as a sheet: headings, columns of cells, row numbers. Nothing is understood yet.

CSV is tried as UTF-8 (with or without BOM) and then as GB18030, over the whole file; the encoding found is
recorded. Cells of CSV are text as it stands; cells of Excel and DataFrames keep their types. Whatever can't be
opened raises TableError with one fault of the whole table.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fieldops.cells import empty
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.tables.formulas import unguard

LARGEST_FILE = 2 * 1024**3
MOST_COLUMNS = 16_000
CANDIDATES = ("utf-8", "gb18030")
LINE_FEED = b"\n"
SUFFIXES = (".csv", ".xlsx", ".parquet")


@dataclass(frozen=True)
class Sheet:
    """Headings and cells as they stand; column ``i`` of `frame` belongs to ``headings[i]``."""

    headings: tuple[str, ...]
    frame: pd.DataFrame
    rows: tuple[int, ...]
    encoding: str = ""
    faults: tuple[Fault, ...] = ()

    def cells(self, position: int) -> list[Any]:
        """Cells of one column as plain Python values, whatever the dtype: datetimes have no unit left to mistake."""
        found = self.frame.iloc[:, position].tolist()
        return [cell.to_pydatetime(warn=False) if isinstance(cell, pd.Timestamp) else cell for cell in found]


def open_source(source: str | Path | pd.DataFrame, table: str, encoding: str | None = None) -> Sheet:
    """Open what a table comes from.

    Parameters
    ----------
    source
        Path of a ``.csv``, ``.parquet`` or ``.xlsx`` file (``file.xlsx#sheet`` names the sheet), or a DataFrame.
    table
        Name of the table, for its faults.
    encoding
        Encoding of CSV files; by default it is found out.

    Raises
    ------
    TableError
        With one fault when the file is missing, unreadable, too large or in another encoding.
    ConfigError
        When the package that reads the format isn't installed, or `encoding` is none.
    """
    if isinstance(source, pd.DataFrame):
        return _of_frame(source, table)
    if not isinstance(source, str | Path):
        raise ConfigError(f"table {table} comes from a {type(source).__name__}; give a path or a DataFrame")
    match = re.fullmatch(r"(.+\.xlsx)#(.+)", str(source), re.IGNORECASE | re.DOTALL)
    path, sheet = (Path(match[1]), match[2]) if match else (Path(source), "")
    suffix = path.suffix.lower()
    _check_file(path, suffix, table)
    try:
        if suffix == ".csv":
            return _of_csv(path.read_bytes(), table, path, encoding)
        if suffix == ".xlsx":
            return _of_excel(path, table, sheet)
        return _of_parquet(path, table)
    except OSError as error:
        raise refusal(table, "unreadable-file", f"{path} can't be read ({error})", "look at the file") from None


def refusal(table: str, code: str, cause: str, action: str) -> TableError:
    """Make the error of a whole table."""
    return TableError([Fault(table, None, None, code, cause, action)])


def _check_file(path: Path, suffix: str, table: str) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise refusal(table, "missing-file", f"there is no file {path}", "mend the path or write the file") from None
    except (OSError, ValueError) as error:
        raise refusal(table, "unreadable-file", f"{path} can't be read ({error})", "mend the path") from None
    if not path.is_file():
        raise refusal(table, "unreadable-file", f"{path} is a folder or device, not a file", "name the file in it")
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise refusal(table, "unreadable-file", f"{path.name} is not one of {known}", "save the table as one of these")
    if size > LARGEST_FILE:
        raise refusal(table, "too-large", f"{path.name} has {size:,} bytes, more than 2 GB", "split it or cut it")


def _of_csv(data: bytes, table: str, path: Path, encoding: str | None) -> Sheet:
    text, found = _decode(data, table, path, encoding)
    # Records are numbered as a spreadsheet shows them: a cell with line breaks is one row, a blank line is one too.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        cause = f"{path.name} is no sound CSV near line {reader.line_num} ({error})"
        raise refusal(table, "unreadable-file", cause, 'close every quote; write a quote within a cell as ""') from None
    if records and len(records[0]) == 1 and re.search(r"[;\t]", records[0][0]):
        cause = f"the heading of {path.name} has semicolons or tabs but no comma"
        raise refusal(table, "unreadable-file", cause, "save it as comma-separated CSV")
    if "'" in text:
        records = [[unguard(cell) for cell in record] for record in records]
    return _of_records(records, table, found)


def _decode(data: bytes, table: str, path: Path, encoding: str | None) -> tuple[str, str]:
    marked = data.startswith(codecs.BOM_UTF8)
    candidates = (encoding,) if encoding else CANDIDATES[:1] if marked else CANDIDATES
    broken: int | None = None
    for candidate in candidates:
        try:
            text = data.decode(candidate).removeprefix("\ufeff")
        except LookupError:
            raise ConfigError(f"there is no encoding {encoding!r}; use utf-8, gb18030 or another of Python") from None
        except UnicodeError as error:
            if broken is None:  # of the first encoding tried: what isn't broken UTF-8 seldom is GB18030
                broken = error.start if isinstance(error, UnicodeDecodeError) else 0
            continue
        if "\0" not in text and (encoding or candidate == "utf-8" or not _damaged_utf8(data)):
            return text, "utf-8-sig" if candidate == "utf-8" and marked else candidate
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        why = "it looks like UTF-16"
    elif b"\0" in data:
        why = "it holds NUL bytes, as binary files and UTF-16 do"
    else:
        why = f"the first byte that doesn't fit is in line {data.count(LINE_FEED, 0, broken) + 1}"
    cause = f"{path.name} is not {encoding or 'UTF-8 or GB18030'} text ({why})"
    raise refusal(table, "wrong-encoding", cause, "save it as CSV UTF-8, or name its encoding")


def _damaged_utf8(data: bytes) -> bool:
    """Whether text is UTF-8 but for a few broken bytes: GB18030 would read it, as other characters than were meant."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) - broken > 20 + 10 * broken


def _of_records(records: Sequence[Sequence[Any]], table: str, encoding: str = "") -> Sheet:
    """Take the first record as the heading; blank rows below it are dropped, rows longer than it are faults."""
    heading = list(records[0]) if records else []
    _check_width(len(heading), table)
    rows, kept, faults = [], [], []
    for row, record in enumerate(records[1:], start=2):
        if all(map(empty, record)):
            continue
        rows.append(row)
        kept.append(record)
        if not all(map(empty, record[len(heading) :])):
            cause = f"the row has {len(record)} cells, the heading {len(heading)}"
            faults.append(Fault(table, row, None, "ragged-row", cause, "put cells that hold a comma in quotes"))
    if kept and all(map(empty, heading)):
        raise refusal(table, "missing-heading", "the first row is blank", "write the headings into row 1")
    columns = [[record[at] if at < len(record) else "" for record in kept] for at in range(len(heading))]
    named = [at for at, column in enumerate(columns) if not empty(heading[at]) or not all(map(empty, column))]
    frame = pd.DataFrame({at: pd.Series(columns[at], dtype=object) for at in named}, index=range(len(kept)))
    headings = tuple(_heading(heading[at], at) for at in named)
    return Sheet(headings, frame, tuple(rows), encoding, tuple(faults))


def _heading(cell: Any, position: int) -> str:
    """Name a column; one without heading is named by its letter, as ``(C)``."""
    if not empty(cell):
        return str(cell).strip()
    letters, left = "", position + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"({letters})"


def _check_width(width: int, table: str) -> None:
    if width > MOST_COLUMNS:
        cause = f"the table has {width:,} columns, more than {MOST_COLUMNS:,}"
        raise refusal(table, "too-large", cause, "keep the columns that are needed")


def _of_frame(frame: pd.DataFrame, table: str) -> Sheet:
    _check_width(frame.shape[1], table)
    headings = tuple(_heading(heading, at) for at, heading in enumerate(frame.columns))
    return Sheet(headings, frame.set_axis(range(frame.shape[1]), axis=1), tuple(range(2, len(frame) + 2)))


def _of_excel(path: Path, table: str, sheet: str) -> Sheet:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise ConfigError("reading Excel files needs python-calamine: pip install 'fieldops[excel]'") from None
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > LARGEST_FILE:
            raise refusal(table, "too-large", f"{path.name} unpacks to {unpacked:,} bytes", "split it or cut it")
        with CalamineWorkbook.from_path(path) as workbook:
            name = _chosen_sheet(workbook.sheet_names, sheet, table, path)
            cells = workbook.get_sheet_by_name(name)
            _check_width(cells.total_width, table)
            records = cells.to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        cause = f"{path.name} can't be read as an Excel file ({error})"
        raise refusal(table, "unreadable-file", cause, "open it in Excel and save it again as .xlsx") from None
    return _of_records(records, table)


def _chosen_sheet(sheets: Sequence[str], stated: str, table: str, path: Path) -> str:
    """Take the stated sheet, else the one called as the table, else the only one."""
    if stated and stated not in sheets:
        cause = f"{path.name} has no sheet {stated!r}"
        raise refusal(table, "missing-sheet", cause, f"its sheets are {', '.join(sheets)}")
    if stated or table in sheets or len(sheets) == 1:
        return stated or (table if table in sheets else sheets[0])
    cause = f"{path.name} has {len(sheets)} sheets ({', '.join(sheets)}) and none is called {table}"
    raise refusal(table, "missing-sheet", cause, f"name the sheet: {path.name}#sheet")


def _of_parquet(path: Path, table: str) -> Sheet:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise ConfigError("reading Parquet files needs pyarrow: pip install 'fieldops[parquet]'") from None
    try:
        with ParquetFile(path) as file:
            _check_width(len(file.schema_arrow.names), table)
            unpacked = sum(file.metadata.row_group(at).total_byte_size for at in range(file.num_row_groups))
            if unpacked > LARGEST_FILE:
                raise refusal(table, "too-large", f"{path.name} unpacks to {unpacked:,} bytes", "split it or cut it")
            frame = file.read().to_pandas(ignore_metadata=True)
    except (ArrowException, ValueError) as error:
        cause = f"{path.name} can't be read as a Parquet file ({str(error).splitlines()[0]})"
        raise refusal(table, "unreadable-file", cause, "write it again") from None
    return _of_frame(frame, table)
