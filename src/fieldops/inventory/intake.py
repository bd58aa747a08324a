"""Typed tables -> history, part master and stock; what rows say of one another is checked here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from fieldops.cells import shown, tidy
from fieldops.columns import Column
from fieldops.errors import ConfigError, Fault
from fieldops.inventory import parts as master
from fieldops.inventory import proposals, usage
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import CAP_BELOW_FLOOR, NO_CAP, PartMaster
from fieldops.inventory.periods import Days, Period
from fieldops.inventory.proposals import Stock
from fieldops.tables import Table, Tables
from fieldops.tables.headings import closest

COLUMNS: Final[tuple[Column, ...]] = (*master.COLUMNS, *usage.COLUMNS, *proposals.COLUMNS)
"""Columns of the tables ``parts``, ``usage`` and ``stock``, for `read_tables`."""


@dataclass(frozen=True, eq=False)
class Inventory:
    """What the tables say.

    Attributes
    ----------
    history
        Demand of every part-location that has usage or stock.
    parts
        One entry a row of ``parts``.
    stock
        One entry a row of ``stock``.
    """

    history: DemandHistory
    parts: PartMaster
    stock: Stock


def checked(
    tables: Tables,
    *,
    today: date | None = None,
    places: Collection[str] | None = None,
    reasons: Mapping[str, str] | None = None,
) -> Tables:
    """Add the faults that one cell alone doesn't show; go on with `refuse_faults` or `skip_faulty`.

    Parameters
    ----------
    tables
        ``parts``, ``usage`` and ``stock`` as read with `COLUMNS`.
    today
        Usage on or after this day is a fault (it would count as demand of a period that isn't over).
    places
        Known places; others are faults. None: every place counts.
    reasons
        Further words of the column reason, each mapped to use, transfer, return, adjustment or scrap.

    Returns
    -------
    Tables
        With the faults ``cap-below-floor``, ``cap-below-order``, ``unknown-reason``, ``future-usage``,
        ``unknown-place`` and ``duplicate-stock``.
    """
    words = _reason_words(reasons)
    found = [*_faulty_caps(tables["parts"]), *_faulty_usage(tables, today, words), *_faulty_stock(tables["stock"])]
    for name in ("usage", "stock"):
        found += _unknown_places(tables[name], places)
    return tables.with_faults(found)


def inventory(
    tables: Tables,
    *,
    period: Period = "month",
    since: date | None = None,
    today: date | None = None,
    reasons: Mapping[str, str] | None = None,
    demand_reasons: Collection[str] = ("use",),
) -> Inventory:
    """Make history, part master and stock of tables without faults.

    Parameters
    ----------
    tables
        From `checked`, faults refused or skipped.
    period
        ``month``, ``week`` or ``day``.
    since, today
        The records begin on the first and end before the second day; periods cut short by either are left out. Without
        them the periods of the first and of the last usage count whole.
    reasons
        As in `checked`.
    demand_reasons
        Which of use, transfer, return, adjustment and scrap are demand.

    Raises
    ------
    TableError
        If the tables still have faults.
    ConfigError
        If there is nothing to make a history of, or a reason isn't known.

    Examples
    --------
    >>> import pandas as pd
    >>> from fieldops.tables import read_tables
    >>> tables = read_tables({
    ...     "parts": pd.DataFrame({"备件编码": ["00123"], "提前期": [14], "单价": [9.5]}),
    ...     "usage": pd.DataFrame({
    ...         "日期": ["2026-01-03", "2026-03-09", "2026-03-10"], "仓库": "西安", "备件编码": "00123",
    ...         "数量": [2, 1, 5], "原因": ["领用", "领用", "调拨"]}),
    ... }, COLUMNS, optional=["stock"])
    >>> found = inventory(checked(tables))
    >>> found.history.counts[:, 0].tolist(), found.parts
    ([2.0, 0.0, 1.0], PartMaster(1 parts))
    """
    tables.refuse_faults()
    words = _reason_words(reasons)
    strange = sorted(set(demand_reasons) - set(usage.REASONS))
    if strange:
        raise ConfigError(f"demand_reasons are of {', '.join(usage.REASONS)}; there is no {', '.join(strange)}")
    rows = tables["usage"]
    stock = _stock(tables["stock"])
    history = usage.count_usage(
        _local_days(rows["date"], tables.zone),
        np.asarray(rows["part"], object),
        np.asarray(rows["place"], object),
        np.asarray(rows["qty_pcs"], np.float64),
        demand=np.array([words[tidy(reason).lower()] in demand_reasons for reason in rows["reason"]], dtype=bool),
        period=period,
        since=since,
        until=today,
        items=zip(stock.parts, stock.places, strict=True),
    )
    parts = _parts(tables["parts"])
    return Inventory(history.introduced(_introduced(tables, history)), parts, stock)


def _reason_words(reasons: Mapping[str, str] | None) -> dict[str, str]:
    words = {other: word for word, others in usage.REASONS.items() for other in (word, *others)}
    for own, word in (reasons or {}).items():
        if word not in usage.REASONS:
            raise ConfigError(f"reason {own!r} is mapped to {word!r}; map it to one of {', '.join(usage.REASONS)}")
        words[tidy(own).lower()] = word
    return words


def _local_days(moments: list[int], zone: ZoneInfo) -> Days:
    import pandas as pd

    local = pd.to_datetime(pd.Series(moments, dtype="int64"), unit="s", utc=True).dt.tz_convert(zone)
    return np.asarray(local.dt.tz_localize(None).to_numpy(), dtype="datetime64[D]")


def _introduced(tables: Tables, history: DemandHistory) -> Days:
    """First day of each item's part; NaT where the table states none."""
    parts = tables["parts"]
    stated = [at for at, moment in enumerate(parts["introduced"]) if moment is not None]
    days = _local_days([parts["introduced"][at] for at in stated], tables.zone)
    known = {parts["id"][at]: day for at, day in zip(stated, days, strict=True)}
    never = np.datetime64("NaT", "D")
    return np.array([known.get(part, never) for part in history.parts], dtype="datetime64[D]")


def _parts(table: Table) -> PartMaster:
    caps = [NO_CAP if cap is None else cap for cap in table["max_stock_pcs"]]
    words = {name: np.array(table[name], dtype=object) for name in ("id", "name", "criticality")}
    return PartMaster(
        ids=words["id"],
        names=words["name"],
        criticality=words["criticality"],
        price=np.array(table["price"], dtype=np.int64),
        lead_time=np.array(table["lead_time_days"], dtype=np.int64),
        moq=np.array(table["moq_pcs"], dtype=np.int64),
        pack=np.array(table["pack_pcs"], dtype=np.int64),
        min_stock=np.array(table["min_stock_pcs"], dtype=np.int64),
        max_stock=np.array(caps, dtype=np.int64),
    )


def _stock(table: Table) -> Stock:
    return Stock.of(
        np.array(table["part"], dtype=object),
        np.array(table["place"], dtype=object),
        on_hand_pcs=table["on_hand_pcs"],
        on_order_pcs=table["on_order_pcs"],
        backorder_pcs=table["backorder_pcs"],
    )


def _faulty_caps(parts: Table) -> Iterator[Fault]:
    for at, row in enumerate(parts.rows):
        cap, floor, moq = (parts[name][at] for name in ("max_stock_pcs", "min_stock_pcs", "moq_pcs"))
        if cap is None:
            continue
        column = parts.heading("max_stock_pcs")
        if cap < floor:
            yield Fault("parts", row, column, "cap-below-floor", *CAP_BELOW_FLOOR)
        elif 0 < cap < moq:
            cause = f"at most {cap:,} are to be stocked, but no order is below {moq:,}"
            yield Fault("parts", row, column, "cap-below-order", cause, "raise max_stock_pcs or lower moq_pcs")


def _faulty_usage(tables: Tables, today: date | None, words: Mapping[str, str]) -> Iterator[Fault]:
    table = tables["usage"]
    late = _local_days(table["date"], tables.zone) >= np.datetime64(today if today is not None else "9999-12-31", "D")
    for at, row in enumerate(table.rows):
        if late[at]:
            cause = f"the movement lies on or after {today}, the day of the run"
            yield Fault("usage", row, table.heading("date"), "future-usage", cause, "mend the date, or leave it out")
        if tidy(table["reason"][at]).lower() not in words:
            cause = f"the reason {shown(table['reason'][at])} is not known"
            action = f"map it in `reasons` to one of {', '.join(usage.REASONS)}"
            yield Fault("usage", row, table.heading("reason"), "unknown-reason", cause, action)


def _faulty_stock(table: Table) -> Iterator[Fault]:
    first: dict[tuple[str, str], int] = {}
    for at, row in enumerate(table.rows):
        where = (table["place"][at], table["part"][at])
        if where in first:
            cause = f"part {shown(where[1])} at {shown(where[0])} stands in row {first[where]} already"
            yield Fault("stock", row, table.heading("part"), "duplicate-stock", cause, "add the rows up")
        first.setdefault(where, row)


def _unknown_places(table: Table, places: Collection[str] | None) -> Iterator[Fault]:
    for at, row in enumerate(table.rows if places is not None else ()):
        if table["place"][at] not in (places or ()):
            hint = closest(table["place"][at], places or ())
            cause = f"the place {shown(table['place'][at])} is not known"
            action = f"did you mean {hint!r}?" if hint else "add it to the depots, or mend it"
            yield Fault(table.name, row, table.heading("place"), "unknown-place", cause, action)
