"""DataFrames become files that people and machines can open safely.

- Text can't become a formula. CSV cells that a spreadsheet would take for one get an apostrophe in front, which
  `fieldops.tables.read_tables` takes off again; ``plain=True`` leaves them alone, for machines. In Excel text is
  written as text, so nothing has to be changed.
- Numbers stay numbers.
- A moment with a zone is written to CSV with its offset (``2026-11-23 09:30:00+08:00``), so that it reads back as
  the same moment. Excel knows no zones: there it is the local wall time, beside a column ``zone``. The hour that
  the clocks repeat in autumn is therefore ambiguous in Excel, and in Excel alone.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fieldops.cells import empty
from fieldops.errors import ConfigError
from fieldops.tables.formulas import guard

EXCEL_ROWS = 1_048_576
EXCEL_COLUMNS = 16_384
EXCEL_TEXT = 32_767
EXCEL_EXACT = 10**15
EXCEL_FIRST_YEAR = 1900
SHEET_NAME = 31
CUT = " … (cut)"
NARROWEST, WIDEST = 6, 60
MEASURED_ROWS = 1_000
FORMATS = {datetime: "yyyy-mm-dd hh:mm", date: "yyyy-mm-dd", time: "hh:mm", timedelta: "[h]:mm:ss"}


def write_csv(frame: pd.DataFrame, path: str | Path, *, plain: bool = False) -> None:
    """Write a CSV file in UTF-8 with BOM, so that Excel shows Chinese; lines end as RFC 4180 says.

    Parameters
    ----------
    frame
        What to write; its index is not written.
    path
        File to write, replaced if it is there.
    plain
        Leave text that begins like a formula as it is. For machines only: a spreadsheet would run it.
    """
    shield = str if plain else guard
    columns = [_cells(frame, at) for at in range(frame.shape[1])]
    with Path(path).open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([shield(str(heading)) for heading in frame.columns])
        for row in zip(*columns, strict=True):
            writer.writerow([_csv_text(cell, shield) for cell in row])


def write_parquet(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a Parquet file, types and zones kept; the index is not written.

    Raises
    ------
    ConfigError
        When pyarrow isn't installed.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise ConfigError("writing Parquet files needs pyarrow: pip install 'fieldops[parquet]'") from None
    frame.to_parquet(path, engine="pyarrow", index=False)


def write_excel(sheets: Mapping[str, pd.DataFrame], path: str | Path) -> None:
    """Write an Excel file that can be read and printed: one sheet a frame, A4 landscape, heading on each page.

    The same frames give the same bytes. Text of more than 32,767 characters, which Excel can't hold, is cut and
    ends in ``… (cut)``; whole numbers of 16 digits and more become text, which keeps all digits; other numbers
    keep 16 digits.

    Parameters
    ----------
    sheets
        Sheet name -> frame. Names are made legal and unique, see `sheet_names`.
    path
        File to write, replaced if it is there.

    Raises
    ------
    ConfigError
        When XlsxWriter isn't installed, there is no sheet, or a frame is larger than an Excel sheet.
    OSError
        When the file can't be written.
    """
    try:
        from xlsxwriter import Workbook
        from xlsxwriter.exceptions import FileCreateError
    except ImportError:
        raise ConfigError("writing Excel files needs XlsxWriter: pip install 'fieldops[excel]'") from None
    if not sheets:
        raise ConfigError("an Excel file needs at least one sheet")
    for name, frame in sheets.items():
        if len(frame) >= EXCEL_ROWS or frame.shape[1] > EXCEL_COLUMNS - 1:
            raise ConfigError(f"{name} has {len(frame):,} rows and is too large for Excel; write CSV or Parquet")
    workbook = Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({"created": datetime(2000, 1, 1)})
    formats = {kind: workbook.add_format({"num_format": code, "valign": "top"}) for kind, code in FORMATS.items()}
    formats[str] = workbook.add_format({"text_wrap": True, "valign": "top"})
    formats[object] = workbook.add_format({"valign": "top"})
    heading = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for name, frame in zip(sheet_names(sheets), sheets.values(), strict=True):
        _fill(workbook.add_worksheet(name), frame, formats, heading)
    try:
        workbook.close()
    except FileCreateError as error:
        raise OSError(f"{path} can't be written ({error})") from None


def sheet_names(names: Iterable[str]) -> list[str]:
    """Make names legal and unique as Excel wants them, whatever their case.

    >>> sheet_names(["T/1", "t:1", "", "History"])
    ['T_1', 't_1 (2)', 'sheet', 'History_']
    """
    found: list[str] = []
    for name in names:
        legal = re.sub(r"[\[\]:*?/\\\x00-\x1f\x7f]", "_", sound_text(str(name))).strip().strip("'") or "sheet"
        legal += "_" if legal.casefold() == "history" else ""
        unique, count = _cut(legal, SHEET_NAME), 1
        while unique.casefold() in (each.casefold() for each in found):
            count += 1
            unique = _cut(legal, SHEET_NAME - len(f" ({count})")) + f" ({count})"
        found.append(unique)
    return found


def _cut(name: str, units: int) -> str:
    """Cut to UTF-16 units, which is how Excel counts."""
    return name.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").rstrip("' ")


def _cells(frame: pd.DataFrame, position: int) -> list[Any]:
    """Cells of one column as plain Python values; None for what is missing."""
    found = []
    for cell in frame.iloc[:, position].tolist():
        if isinstance(cell, pd.Timestamp):
            cell = cell.to_pydatetime(warn=False)
        elif isinstance(cell, pd.Timedelta):
            cell = cell.to_pytimedelta()
        elif isinstance(cell, np.generic):
            cell = cell.item()
        found.append(None if not isinstance(cell, str) and empty(cell) else cell)
    return found


def _csv_text(cell: Any, shield: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool | int | float | Decimal | date | time):
        return str(cell)
    return str(shield(_clock(cell) if isinstance(cell, timedelta) else str(cell)))


def _clock(duration: timedelta) -> str:
    seconds = abs(int(duration.total_seconds()))
    sign = "-" if duration < timedelta() else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _fill(sheet: Any, frame: pd.DataFrame, formats: Mapping[Any, Any], heading: Any) -> None:
    columns = _with_zones([(str(name), _cells(frame, at)) for at, name in enumerate(frame.columns)])
    for at, (name, cells) in enumerate(columns):
        sheet.write_string(0, at, sound_text(name), heading)
        for row, cell in enumerate(cells, start=1):
            _write(sheet, row, at, cell, formats)
        sheet.set_column(at, at, _width(name, cells))
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, len(frame), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")


def _write(sheet: Any, row: int, column: int, cell: Any, formats: Mapping[Any, Any]) -> None:
    """Write one cell by its type; never by what its text looks like."""
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, formats[object])
    elif isinstance(cell, int | float | Decimal) and _fits(cell):
        sheet.write_number(row, column, cell, formats[object])
    elif isinstance(cell, time) or (isinstance(cell, date) and cell.year >= EXCEL_FIRST_YEAR):
        kind = next(kind for kind in FORMATS if isinstance(cell, kind))
        sheet.write_datetime(row, column, cell, formats[kind])
    elif isinstance(cell, timedelta):
        if cell >= timedelta():
            sheet.write_datetime(row, column, cell, formats[timedelta])
        else:  # Excel shows a negative time as ####
            sheet.write_string(row, column, _clock(cell), formats[str])
    elif str(cell):
        sheet.write_string(row, column, sound_text(str(cell)), formats[str])


def _fits(number: float | Decimal) -> bool:
    """Whether a double holds the number as it is meant: an id of 16 digits would lose its last one."""
    return math.isfinite(number) and not (isinstance(number, int) and abs(number) >= EXCEL_EXACT)


def sound_text(text: str) -> str:
    """Replace what XML can't hold, and cut what Excel can't."""
    text = re.sub("[\ufffe\uffff\ud800-\udfff]", "\ufffd", text)
    return text if len(text) <= EXCEL_TEXT else text[: EXCEL_TEXT - len(CUT)] + CUT


def _with_zones(columns: Sequence[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
    """Turn moments with a zone into local wall time; a column after them tells the zone."""
    zones = {at: [_zone(cell) for cell in cells] for at, (_, cells) in enumerate(columns) if any(map(_zone, cells))}
    rows = [{zone for zone in row if zone} for row in zip(*zones.values(), strict=True)]
    one_for_all = all(len(row) <= 1 for row in rows)
    taken = {name for name, _ in columns}
    found: list[tuple[str, list[Any]]] = []
    for at, (name, cells) in enumerate(columns):
        if at not in zones:
            found.append((name, cells))
            continue
        found.append((name, [cell.replace(tzinfo=None) if _zone(cell) else cell for cell in cells]))
        if not one_for_all:
            found.append((_free(f"{name}_zone", taken), [zone or None for zone in zones[at]]))
        elif at == max(zones):
            found.append((_free("zone", taken), [next(iter(row), None) for row in rows]))
    return found


def _zone(cell: Any) -> str:
    tz = cell.tzinfo if isinstance(cell, datetime | time) else None
    return "" if tz is None else str(getattr(tz, "key", tz))


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _width(name: str, cells: Sequence[Any]) -> int:
    """Width of a column in characters; Chinese ones count double, two more hold the filter's arrow."""
    texts = (line for cell in cells[:MEASURED_ROWS] if cell is not None for line in str(cell).splitlines())
    widest = max((_breadth(text) for text in texts), default=0)
    return max(NARROWEST, min(WIDEST, max(widest + 1, _breadth(name) + 3)))


def _breadth(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text[: 2 * WIDEST])
