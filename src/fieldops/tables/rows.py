"""Typed rows of good cells, the faults beside them, and the ways on from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fieldops.columns import Column
from fieldops.errors import Fault, TableError
from fieldops.tables.references import named, referring


@dataclass(frozen=True)
class Table:
    """The good rows of one table, typed.

    Attributes
    ----------
    name
        Name of the table.
    rows
        Row numbers as a spreadsheet shows them: the heading is row 1, the first row of data 2.
    columns
        Declared columns: one list of typed values each, one value a row.
    extra
        Undeclared columns as they stand in the source; its n-th row belongs to the n-th of `rows`.
    headings
        Declared column -> heading in the user's table, for the columns that are there.
    encoding
        Encoding of a CSV file; empty for other sources.
    key
        Name of the column that holds the ids of the rows, or empty.
    """

    name: str
    rows: list[int]
    columns: dict[str, list[Any]]
    extra: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)
    headings: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    key: str = ""

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, column: str) -> list[Any]:
        return self.columns[column]

    def array(self, column: str) -> NDArray[Any]:
        """Give a column as a NumPy array (int64, float64, bool or object), for arithmetic on whole columns."""
        values = self.columns[column]
        if {type(value) for value in values} in ({int}, {float}, {bool}):
            return np.asarray(values)
        return np.fromiter(values, dtype=object, count=len(values))

    def heading(self, column: str) -> str:
        """Name a column as the user does; faults speak of it so."""
        return self.headings.get(column, column)

    def records(self) -> Iterator[dict[str, Any]]:
        """Give one dict a row: column -> value, and its row number as ``_row``."""
        for at, row in enumerate(self.rows):
            yield {name: values[at] for name, values in self.columns.items()} | {"_row": row}

    def key_at(self, at: int) -> str:
        """Id of the n-th row, or nothing."""
        return str(self.columns[self.key][at]) if self.key else ""

    def only(self, keep: Sequence[int]) -> Table:
        """Keep the rows at these positions."""
        if len(keep) == len(self):
            return self
        columns = {name: [values[at] for at in keep] for name, values in self.columns.items()}
        extra = self.extra.iloc[list(keep)].reset_index(drop=True)
        return replace(self, rows=[self.rows[at] for at in keep], columns=columns, extra=extra)


@dataclass(frozen=True)
class Skipped:
    """A row that was left out, and why."""

    table: str
    row: int
    key: str
    cause: str


@dataclass(frozen=True, eq=False)
class Tables(Mapping[str, Table]):
    """Typed tables and everything that is wrong with them.

    Rows with a fault are not among the rows of the tables; a table that lacks a required column has no rows.

    Attributes
    ----------
    faults
        All faults, by table, row and column.
    zone
        Zone of the moments that name none.
    skipped
        Rows left out by `skip_faulty`.
    """

    _tables: Mapping[str, Table]
    faults: tuple[Fault, ...]
    zone: ZoneInfo
    skipped: tuple[Skipped, ...] = ()
    _columns: Mapping[str, Sequence[Column]] = field(default_factory=dict, repr=False)
    _optional: Collection[str] = field(default=(), repr=False)
    _aside: Mapping[str, frozenset[Any]] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def refuse_faults(self) -> Tables:
        """Give the tables back if they have no fault; else raise TableError with all of them."""
        if self.faults:
            raise TableError(self.faults)
        return self

    def with_faults(self, extra: Iterable[Fault]) -> Tables:
        """Add faults found by others, e.g. across columns; their rows are no longer among the good ones."""
        extra = list(extra)
        at_row = {name: {row: at for at, row in enumerate(table.rows)} for name, table in self._tables.items()}
        for n, fault in enumerate(extra):
            at = at_row.get(fault.table, {}).get(fault.row or 0)
            if at is not None and not fault.key:
                extra[n] = replace(fault, key=self._tables[fault.table].key_at(at))
        tables = _without(self._tables, {(fault.table, fault.row or 0) for fault in extra})
        return replace(self, _tables=tables, faults=in_order([*self.faults, *extra], tables, self._columns))

    def where(self, table: str, column: str, value: Any) -> Tables:
        """Keep only the rows of one table that have `value` in `column`; names of the others stay known."""
        rows = self._tables[table]
        others = rows.only([at for at, found in enumerate(rows[column]) if found != value])
        aside = {
            each.refers: self._aside.get(each.refers, frozenset()) | frozenset(named(others[target]))
            for each in referring(self._columns)
            for other, _, target in [each.refers.partition(".")]
            if other == table
        }
        kept = rows.only([at for at, found in enumerate(rows[column]) if found == value])
        return replace(self, _tables={**self._tables, table: kept}, _aside={**self._aside, **aside})

    def skip_faulty(self) -> Tables:
        """Go on without the faulty rows, and without the rows elsewhere that name one of them.

        Raises
        ------
        TableError
            When a fault concerns a whole table, or a table that is needed has no good row left.
        """
        if any(fault.row is None for fault in self.faults):
            raise TableError(self.faults)
        faulty: dict[tuple[str, int], list[Fault]] = defaultdict(list)
        for fault in self.faults:
            faulty[fault.table, fault.row or 0].append(fault)
        skipped = {
            where: Skipped(*where, max(fault.key for fault in its), "; ".join(dict.fromkeys(f.cause for f in its)))
            for where, its in faulty.items()
        }
        tables = self._tables
        while lost := [skip for column in referring(self._columns) for skip in _lost(column, tables, self._aside)]:
            for skip in lost:
                skipped.setdefault((skip.table, skip.row), skip)
            tables = _without(tables, skipped)
        hit = {table for table, _ in skipped}
        bare = [name for name, table in tables.items() if not table and name in hit and name not in self._optional]
        if bare:
            left = [Fault(name, None, None, "empty-table", "no good row is left", "mend its rows") for name in bare]
            raise TableError(in_order([*self.faults, *left], tables, self._columns))
        order = list(tables)
        found = sorted(skipped.values(), key=lambda each: (order.index(each.table), each.row))
        return replace(self, _tables=tables, faults=(), skipped=(*self.skipped, *found))

    def faults_frame(self) -> pd.DataFrame:
        """Give all faults as a DataFrame, for ``faults.csv``."""
        names = ["table", "row", "column", "code", "cause", "action", "key"]
        frame = pd.DataFrame([[getattr(fault, name) for name in names] for fault in self.faults], columns=names)
        return frame.astype({"row": "Int64"})


def _without(tables: Mapping[str, Table], rows: Collection[tuple[str, int]]) -> dict[str, Table]:
    return {
        name: table.only([at for at, row in enumerate(table.rows) if (name, row) not in rows])
        for name, table in tables.items()
    }


def in_order(
    faults: Iterable[Fault], tables: Mapping[str, Table], columns: Mapping[str, Sequence[Column]]
) -> tuple[Fault, ...]:
    """Sort by table, row and column, each in its declared order."""
    at_table = {name: at for at, name in enumerate(tables)}
    at_column = {
        (name, table.heading(column.name)): at
        for name, table in tables.items()
        for at, column in enumerate(columns[name])
    }

    def place(fault: Fault) -> tuple[int, int, int]:
        column = at_column.get((fault.table, fault.column or ""), -1 if fault.column is None else len(at_column))
        return at_table.get(fault.table, len(at_table)), fault.row or 0, column

    return tuple(sorted(faults, key=place))


def _lost(column: Column, tables: Mapping[str, Table], aside: Mapping[str, frozenset[Any]]) -> Iterator[Skipped]:
    """Give the rows whose value names something that only skipped rows had."""
    table, other, target = tables[column.table], *column.refers.split(".", 1)
    known = {*named(tables[other][target]), *aside.get(column.refers, ())}
    for at, value in enumerate(table[column.name]):
        missing = next((name for name in named([value]) if name not in known), None)
        if missing is not None:
            cause = f"{table.heading(column.name)} names {missing!r}, which only skipped rows of {other} have"
            yield Skipped(table.name, table.rows[at], table.key_at(at), cause)
