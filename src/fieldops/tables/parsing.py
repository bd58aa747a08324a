"""Cells of one sheet turned into typed values, with every fault of the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from fieldops.cells import empty, shown
from fieldops.columns import Column
from fieldops.errors import Fault
from fieldops.tables.headings import match_headings
from fieldops.tables.sources import Sheet

BAD: Final = object()
"""Value of a cell that has a fault."""


@dataclass
class Parsed:
    """One table as read: all rows, the faulty ones too, whose bad cells hold `BAD`."""

    name: str
    rows: list[int] = field(default_factory=list)
    values: dict[str, list[Any]] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    extra: pd.DataFrame = field(default_factory=pd.DataFrame)
    encoding: str = ""
    key: str = ""
    faults: list[Fault] = field(default_factory=list)

    def key_of(self, at: int) -> str:
        """Id of a row, or nothing."""
        value = self.values[self.key][at] if self.key in self.values else BAD
        return "" if value is BAD else str(value)

    def fault(self, at: int, column: str, code: str, cause: str, action: str) -> None:
        """Note a fault of one cell."""
        heading = self.headings.get(column, column)
        self.faults.append(Fault(self.name, self.rows[at], heading, code, cause, action, self.key_of(at)))


class _Reading(NamedTuple):
    """What one distinct cell came to."""

    value: Any
    code: str = ""
    cause: str = ""
    aware: bool | None = None


def parse_sheet(sheet: Sheet, columns: Sequence[Column], mapping: Mapping[str, str], zone: ZoneInfo) -> Parsed:
    """Read the declared columns of a sheet; the others are kept in ``extra``."""
    positions, faults = match_headings(sheet.headings, columns, mapping)
    parsed = Parsed(columns[0].table, list(sheet.rows), encoding=sheet.encoding, faults=[*sheet.faults, *faults])
    parsed.key = key_column(columns)
    parsed.headings = {name: sheet.headings[at] for name, at in positions.items()}
    others = [at for at in range(len(sheet.headings)) if at not in positions.values()]
    parsed.extra = sheet.frame.iloc[:, others].set_axis([sheet.headings[at] for at in others], axis=1)
    parsed.extra = parsed.extra.reset_index(drop=True)
    zones: list[tuple[Column, list[_Reading], list[Any]]] = []
    # The ids first, so that the faults of the other columns can name their row.
    for column in sorted(columns, key=lambda column: column.name != parsed.key):
        if column.name not in positions:
            if not column.required:
                parsed.values[column.name] = [column.default] * len(sheet.rows)
            continue
        cells = sheet.cells(positions[column.name])
        readings = list(_read(column, cells, zone))
        parsed.values[column.name] = [reading.value for reading in readings]
        _note_faults(parsed, column, readings)
        if column.unique:
            _note_duplicates(parsed, column)
        if any(reading.aware is not None for reading in readings):
            zones.append((column, readings, cells))
    _note_mixed_zones(parsed, zones)
    return parsed


def key_column(columns: Sequence[Column]) -> str:
    """Name the column that holds the ids of the rows: the first unique one, or nothing."""
    return next((column.name for column in columns if column.unique), "")


def _read(column: Column, cells: Sequence[Any], zone: ZoneInfo) -> Iterator[_Reading]:
    """Read each distinct cell once; 1, 1.0 and True are distinct here."""
    known: dict[tuple[type, Any], _Reading] = {}
    for cell in cells:
        key = (type(cell), cell)
        try:
            reading = known.get(key)
        except TypeError:  # a list or an array has no hash
            yield _reading(column, cell, zone)
            continue
        if reading is None:
            reading = known[key] = _reading(column, cell, zone)
        yield reading


def _reading(column: Column, cell: Any, zone: ZoneInfo) -> _Reading:
    if empty(cell):
        if column.required:
            return _Reading(BAD, "empty-cell", "the cell is empty")
        return _Reading(column.default)
    try:
        aware = column.kind.aware(cell) if hasattr(column.kind, "aware") else None
        return _Reading(column.kind(cell, zone), aware=aware)
    except ValueError as error:
        return _Reading(BAD, "bad-value", str(error))
    except (TypeError, OverflowError, ArithmeticError) as error:
        return _Reading(BAD, "bad-value", f"{shown(cell)} can't be read ({type(error).__name__}: {error})")


def _note_faults(parsed: Parsed, column: Column, readings: Sequence[_Reading]) -> None:
    example = getattr(column.kind, "example", "")
    action = f"write something like {example}" if example else column.help or "mend the cell"
    for at, reading in enumerate(readings):
        if reading.code:
            parsed.fault(at, column.name, reading.code, reading.cause, action)


def _note_duplicates(parsed: Parsed, column: Column) -> None:
    first: dict[Any, int] = {}
    for at, value in enumerate(parsed.values[column.name]):
        if value is BAD or value is column.default:
            continue
        if value in first:
            cause = f"{shown(value)} stands already in row {parsed.rows[first[value]]}"
            parsed.fault(at, column.name, "duplicate-id", cause, "give each row an id of its own, or delete one")
        first.setdefault(value, at)


def _note_mixed_zones(parsed: Parsed, zones: Sequence[tuple[Column, Sequence[_Reading], Sequence[Any]]]) -> None:
    """Refuse moments with an offset beside moments without: nobody can tell which zone was meant.

    The fewer are at fault, so that one slip in a thousand rows is one fault and costs one row.
    """
    stated = [
        (column.name, at, reading.aware, cells[at])
        for column, readings, cells in zones
        for at, reading in enumerate(readings)
        if reading.aware is not None
    ]
    aware = sum(names_zone for _, _, names_zone, _ in stated)
    if aware in (0, len(stated)):
        return
    odd = 2 * aware <= len(stated)
    column, row = next((name, at) for name, at, names_zone, _ in stated if names_zone is not odd)
    other = f"{parsed.headings[column]} in row {parsed.rows[row]}"
    for name, at, names_zone, cell in stated:
        if names_zone is odd:
            cause = f"{shown(cell)} names {'a' if odd else 'no'} zone, but {other} names {'none' if odd else 'one'}"
            action = "write all moments of the table with an offset (+08:00), or none"
            parsed.fault(at, name, "mixed-zones", cause, action)
