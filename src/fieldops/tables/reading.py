"""Files and DataFrames become typed rows, told which columns by the rooms that read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from fieldops.columns import Column
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.tables.headings import closest
from fieldops.tables.parsing import Parsed, key_column, parse_sheet
from fieldops.tables.references import check_references
from fieldops.tables.rows import Table, Tables, in_order
from fieldops.tables.sources import open_source

Source = str | Path | pd.DataFrame


def read_tables(
    sources: Mapping[str, Source],
    columns: Sequence[Column],
    *,
    zone: str = "Asia/Shanghai",
    names: Mapping[str, Mapping[str, str]] | None = None,
    encoding: str | None = None,
    optional: Collection[str] = (),
) -> Tables:
    """Read the declared columns of all tables, and find every fault.

    Parameters
    ----------
    sources
        Table name -> path of a ``.csv``, ``.xlsx`` (``file.xlsx#sheet``) or ``.parquet`` file, or a DataFrame.
    columns
        Declared columns; several rooms may declare the same one, in the same words.
    zone
        Zone of moments that name none (IANA name).
    names
        Table name -> column name -> heading, where the user's headings differ; ``""`` for a column that isn't there.
    encoding
        Encoding of CSV files, where UTF-8 and GB18030 can't be told apart or it is another.
    optional
        Tables that may be absent or without rows.

    Returns
    -------
    Tables
        Good rows and faults. Nothing is refused yet: see `Tables.refuse_faults` and `Tables.skip_faulty`.

    Raises
    ------
    ConfigError
        When an argument can't be used, or the package that reads a format isn't installed.

    Examples
    --------
    >>> from fieldops.columns import Column, Duration, Name
    >>> jobs = pd.DataFrame({"工单号": ["00123", "1E5"], "service_min": [45, -5]})
    >>> declared = [Column("jobs", "id", Name(), unique=True), Column("jobs", "service_min", Duration("min", 0, 1440))]
    >>> tables = read_tables({"jobs": jobs}, declared, names={"jobs": {"id": "工单号"}})
    >>> list(tables["jobs"].records())
    [{'id': '00123', 'service_min': 2700, '_row': 2}]
    >>> print(tables.faults[0])
    jobs, row 3 (1E5), column service_min: -5 min is not between 0 and 1440 -> write something like 45 [bad-value]
    """
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"there is no time zone {zone!r}; write one like Asia/Shanghai") from None
    declared = _by_table(columns)
    faults = _unknown_tables([*sources, *(names or {})], declared)
    parsed: dict[str, Parsed] = {}
    for name, its in declared.items():
        parsed[name] = _read_table(name, its, sources.get(name), (names or {}).get(name, {}), local, encoding, optional)
    check_references(parsed, declared)
    for each in parsed.values():
        faults += each.faults
    tables = {name: _good_rows(each, declared[name]) for name, each in parsed.items()}
    return Tables(tables, in_order(faults, tables, declared), local, (), declared, frozenset(optional))


def _by_table(columns: Iterable[Column]) -> dict[str, list[Column]]:
    """Group columns by table; the same declaration counts once, two different ones can't both be right."""
    found: dict[str, dict[str, Column]] = defaultdict(dict)
    for column in columns:
        known = found[column.table].setdefault(column.name, column)
        if known != column:
            raise ConfigError(f"{column.table}.{column.name} is declared twice and differently: {known} and {column}")
    for column in (column for group in found.values() for column in group.values()):
        table, _, name = column.refers.partition(".")
        if column.refers and name not in found.get(table, {}):
            raise ConfigError(f"{column.table}.{column.name} refers to {column.refers}, which nobody declares")
    return {table: list(group.values()) for table, group in found.items()}


def _unknown_tables(stated: Iterable[str], declared: Mapping[str, Sequence[Column]]) -> list[Fault]:
    faults = []
    for name in dict.fromkeys(stated):
        if name not in declared:
            hint = closest(name, declared)
            action = f"did you mean {hint!r}?" if hint else f"the tables are {', '.join(declared)}"
            faults.append(Fault(name, None, None, "unknown-table", "nobody reads a table of this name", action))
    return faults


def _read_table(
    name: str,
    columns: Sequence[Column],
    source: Source | None,
    mapping: Mapping[str, str],
    zone: ZoneInfo,
    encoding: str | None,
    optional: Collection[str],
) -> Parsed:
    if source is None:
        parsed = Parsed(name, values={column.name: [] for column in columns}, key=key_column(columns))
        if name not in optional:
            parsed.values = {}
            parsed.faults.append(Fault(name, None, None, "missing-table", "the table is missing", "say where it is"))
        return parsed
    try:
        sheet = open_source(source, name, encoding)
    except TableError as error:
        return Parsed(name, key=key_column(columns), faults=list(error.faults))
    if not sheet.headings:
        parsed = Parsed(name, values={column.name: [] for column in columns}, key=key_column(columns))
    else:
        parsed = parse_sheet(sheet, columns, mapping, zone)
    if not sheet.rows and name not in optional:
        cause = "the table has no rows below its heading" if sheet.headings else "the table is empty"
        parsed.faults.append(Fault(name, None, None, "empty-table", cause, "write at least one row"))
    return parsed


def _good_rows(parsed: Parsed, columns: Sequence[Column]) -> Table:
    """Keep the rows without fault; a table of which a column can't be read has none."""
    names = [column.name for column in columns]
    whole = all(name in parsed.values for name in names)
    values = {name: parsed.values[name] if whole else [] for name in names}
    table = Table(
        parsed.name,
        parsed.rows if whole else [],
        values,
        parsed.extra if whole else parsed.extra.iloc[:0],
        parsed.headings,
        parsed.encoding,
        parsed.key,
    )
    bad = {fault.row for fault in parsed.faults}
    return table.only([at for at, row in enumerate(table.rows) if row not in bad])
