"""The dispatch workbook: a sheet of everything, then one sheet a technician to print, with the parts to load."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from fieldops.errors import ConfigError
from fieldops.writing import sheet_names, sound_text

VISIT = (
    ("#", "sequence", 4),
    ("到达 Arrive", "arrive", 8),
    ("开始 Start", "start", 8),
    ("结束 End", "end", 8),
    ("工单 Order", "order", 12),
    ("类型 Kind", "kind", 13),
    ("客户 Customer", "customer_name", 24),
    ("地点 Place", "place", 36),
    ("行驶 Drive min", "drive_min", 8),
    ("备件 Parts", "parts", 20),
    ("工具 Tools", "tools", 16),
)
PART = (  # the last two: the columns of the visits' table above that it takes
    ("数量 Qty", "qty_pcs", 3, 3),
    ("备件、工具 Part, tool", "part", 4, 5),
    ("名称 Name", "part_name", 6, 6),
    ("工单 Orders", "orders", 7, 8),
    ("备件库 From", "depot_name", 9, 9),
)
TAKEN = {
    "morning": "装车 To load",
    "restock": "途中领取 To fetch on the way",
    "van": "车上已有 In the van",
    "lacking": "缺少 Lacking",
}
STOPS = {"rest": "休息 Rest", "restock": "领料 Restock"}
WIDEST, LINE, HIGHEST = 60, 16, 409  # characters of a column, points of a line, of a row at most
OVERVIEW = (26, 14)  # characters of the first column, of the others
WORDS = re.compile(r"[\u2e80-\U0010ffff]|[^\s\u2e80-\U0010ffff]+|\s")  # what a line may be parted between


def write_dispatch_book(frames: Mapping[str, pd.DataFrame], path: str | Path, *, title: str = "") -> None:
    """Write a plan as a workbook that a dispatcher reads and technicians take along.

    Parameters
    ----------
    frames
        ``days, visits, loads, unassigned, kpis`` as :func:`fieldops.routing.frames.frames` returns them, and ``prices``
        (`fieldops.routing.prices.Prices.table`) if there are any.
    path
        File to write.
    title
        Head of the first sheet, e.g. the region.

    Raises
    ------
    ConfigError
        When XlsxWriter isn't installed.
    OSError
        When the file can't be written.

    Notes
    -----
    All text is written as text: no cell of user data can become a formula or a link. Times are local wall
    time of the plan's zone.
    """
    try:
        from xlsxwriter import Workbook
        from xlsxwriter.exceptions import FileCreateError
    except ImportError:
        raise ConfigError("writing Excel files needs XlsxWriter: pip install 'fieldops[excel]'") from None
    book = Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})
    style = _styles(book)
    days = frames["days"]
    names = sheet_names(
        [
            "总览 Overview",
            "未派 Unassigned",
            *(["价值 Prices"] if "prices" in frames else []),
            *(f"{day['name'] or day['technician']} {day['date'][5:]}" for _, day in days.iterrows()),
        ]
    )
    _overview(book.add_worksheet(names[0]), frames, style, title)
    _table(book.add_worksheet(names[1]), frames["unassigned"], style)
    if "prices" in frames:
        called = dict(zip(days["technician"], days["name"], strict=True))
        prices = frames["prices"].copy()
        prices.insert(1, "name", [called.get(technician, "") for technician in prices["technician"]])
        _table(book.add_worksheet(names[2]), prices, style)
    for name, (_, day) in zip(names[2 + ("prices" in frames) :], days.iterrows(), strict=True):
        _day(book.add_worksheet(name), day, frames, style)
    try:
        book.close()
    except FileCreateError as error:
        raise OSError(f"{path} can't be written ({error})") from None


def _styles(book: Any) -> dict[str, Any]:
    cell = {"valign": "vcenter", "font_size": 11, "bottom": 1, "bottom_color": "#C8D0D8"}
    return {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "head": book.add_format({**cell, "bold": True, "bg_color": "#E8EEF4", "text_wrap": True}),
        "text": book.add_format({**cell, "text_wrap": True}),
        "number": book.add_format({**cell, "align": "left", "num_format": "#,##0.##"}),
        "whole": book.add_format({**cell, "align": "left", "num_format": "#,##0"}),
        "rest": book.add_format({**cell, "italic": True, "font_color": "#666666"}),
    }


def _put(sheet: Any, row: int, column: int, cell: Any, style: Mapping[str, Any], kind: str = "") -> None:
    if cell is None or (isinstance(cell, float) and pd.isna(cell)):
        sheet.write_blank(row, column, None, style["text"])
    elif isinstance(cell, pd.Timestamp | datetime):
        sheet.write_string(row, column, f"{cell:%H:%M}", style[kind or "text"])
    elif isinstance(cell, bool):
        sheet.write_string(row, column, "是 yes" if cell else "否 no", style[kind or "text"])
    elif isinstance(cell, int | float) or hasattr(cell, "dtype"):
        sheet.write_number(row, column, float(cell), style[kind or "number"])
    else:
        sheet.write_string(row, column, sound_text(str(cell)), style[kind or "text"])


def _across(sheet: Any, row: int, column: int, to: int, cell: Any, style: Mapping[str, Any], kind: str = "") -> None:
    """Write a cell that takes the columns from `column` to `to`."""
    if to > column:
        sheet.merge_range(row, column, row, to, None, style[kind or "text"])
    _put(sheet, row, column, cell, style, kind)


def _fit(sheet: Any, row: int, cells: Iterable[tuple[Any, int]]) -> None:
    """Make a row as high as its wrapped texts need, each given with the width of its columns."""
    lines = max(_lines(cell, width) for cell, width in cells if isinstance(cell, str))
    if lines > 1:
        sheet.set_row(row, min(HIGHEST, LINE * lines))


def _lines(text: str, width: int) -> int:
    """Return in how many lines a text wraps: before a word that doesn't fit, or before any Chinese character."""
    lines, taken = 1, 0
    for word in WORDS.findall(text):
        wide = _width(word)
        if taken + wide <= width or word.isspace():  # blanks at the end of a line take no room
            taken += wide
        else:  # a word wider than a whole line is broken
            lines += (taken > 0) + (wide - 1) // width
            taken = (wide - 1) % width + 1
        if word == "\n":
            lines, taken = lines + 1, 0
    return lines


def _page(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.set_footer("&L&A&R&P / &N")


def _width(text: str) -> int:
    """Return how many characters wide a text is; those of Chinese count two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _table(sheet: Any, frame: pd.DataFrame, style: Mapping[str, Any], top: int = 0) -> int:
    """Write a frame below row `top`; return the row after it."""
    widths = []
    for column, name in enumerate(frame.columns):
        sheet.write_string(top, column, str(name), style["head"])
        width = OVERVIEW[column > 0]
        if not top:
            width = max(map(_width, [str(name), *map(str, frame[name].head(200))]))
            width = min(max(width + 1, 7), WIDEST)
            sheet.set_column(column, column, width)
        widths.append(width)
        for row, cell in enumerate(frame[name].tolist(), top + 1):
            _put(sheet, row, column, cell, style)
    for row, cells in enumerate(frame.astype(object).to_numpy().tolist(), top + 1):
        told = [(cell, width) for cell, width in zip(cells, widths, strict=True) if isinstance(cell, str)]
        lines = max((_lines(cell, width) for cell, width in told), default=1)
        sheet.set_row(row, min(HIGHEST, LINE * lines))  # no program but Excel itself fits rows to wrapped text
    if not top:
        sheet.freeze_panes(1, 0)
        _page(sheet)
    return top + 1 + len(frame)


def _overview(sheet: Any, frames: Mapping[str, pd.DataFrame], style: Mapping[str, Any], title: str) -> None:
    _page(sheet)
    sheet.set_column(0, 0, OVERVIEW[0])
    sheet.set_column(1, 13, OVERVIEW[1])
    sheet.write_string(0, 0, sound_text(title or "派工计划 Dispatch plan"), style["title"])
    kpis = frames["kpis"].copy()
    rates = kpis["unit"] == "rate"
    kpis["value"], kpis["unit"] = kpis["value"].where(~rates, 100 * kpis["value"]), kpis["unit"].where(~rates, "%")
    below = _table(sheet, kpis, style, top=2)
    _table(sheet, frames["days"].drop(columns=["shift"]), style, top=below + 1)


def _day(sheet: Any, day: pd.Series, frames: Mapping[str, pd.DataFrame], style: Mapping[str, Any]) -> None:
    """One technician's day on one page: when to leave, the visits, the parts to load."""
    _page(sheet)
    sheet.set_default_row(20)
    for column, (_, _, width) in enumerate(VISIT):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, sound_text(f"{day['name']} ({day['technician']})  {day['date']}"), style["title"])
    line = f"出发 Leave {day['leave']:%H:%M}   返回 Back {day['back']:%H:%M}   "
    line += f"行驶 Drive {day['drive_km']:.0f} km, {day['drive_min']:.0f} min"
    sheet.write_string(1, 0, line)
    row = 3
    sheet.set_row(row, 2 * LINE)
    for column, (head, _, _) in enumerate(VISIT):
        sheet.write_string(row, column, head, style["head"])
    visits = frames["visits"][frames["visits"]["shift"] == day["shift"]]
    for _, visit in visits.iterrows():
        row += 1
        stop = STOPS.get(visit["stop"], "")
        shown = []
        for column, (_, name, width) in enumerate(VISIT):
            cell = stop if stop and name == "kind" else visit[name]
            cell = visit["customer"] if name == "customer_name" and not cell else cell
            kind = "whole" if name in ("sequence", "drive_min") else "rest" if stop else ""
            _put(sheet, row, column, cell, style, kind)
            shown.append((cell, width))
        _fit(sheet, row, shown)
    _loads(sheet, row + 2, frames["loads"][frames["loads"]["shift"] == day["shift"]], style)


def _loads(sheet: Any, row: int, loads: pd.DataFrame, style: Mapping[str, Any]) -> None:
    """Write the parts and tools of the day below the visits: to load, to fetch on the way, in the van."""
    for taken, title in TAKEN.items():
        found = loads[loads["taken"] == taken]
        if not len(found):
            continue
        sheet.write_string(row, 0, title, style["title"])
        sheet.set_row(row + 1, 2 * LINE)
        for head, _, column, to in PART:
            _across(sheet, row + 1, column, to, head, style, "head")
        for _, load in found.iterrows():
            row += 1
            shown = []
            for _, name, column, to in PART:
                cell = load["depot"] if name == "depot_name" and not load[name] else load[name]
                _across(sheet, row + 1, column, to, cell, style)
                shown.append((cell, sum(width for *_, width in VISIT[column : to + 1])))
            _fit(sheet, row + 1, shown)
        row += 3
