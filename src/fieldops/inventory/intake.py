"""Typed tables -> history, part master and stock; what rows say of one another is checked here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from fieldops.cells import tidy
from fieldops.columns import Column
from fieldops.errors import ConfigError
from fieldops.inventory import parts as master
from fieldops.inventory import proposals, stockouts, usage, vetting
from fieldops.inventory.deliveries import Deliveries, deliveries_of
from fieldops.inventory.history import DemandHistory, Life, Names, as_names
from fieldops.inventory.parts import NO_CAP, PartMaster, price_ranges, shelf_lives
from fieldops.inventory.periods import Days, Period
from fieldops.inventory.proposals import Stock
from fieldops.inventory.stockouts import Stretches, Times, from_stock, with_stockouts
from fieldops.inventory.succession import Succession, faulty
from fieldops.tables import Table, Tables

COLUMNS: Final[tuple[Column, ...]] = (*master.COLUMNS, *usage.COLUMNS, *proposals.COLUMNS)
"""Columns of the tables ``parts``, ``usage`` and ``stock``, for `read_tables`."""
OPTIONAL: Final[tuple[Column, ...]] = stockouts.COLUMNS
"""Columns of ``stockouts`` and ``stock_history``, which may be read as well; so may those of `deliveries`."""
OBSERVED: Final = ("stockouts", "stock_history")


@dataclass(frozen=True, eq=False)
class Inventory:
    """What the tables say.

    Attributes
    ----------
    history
        Demand of every part-location that has usage or stock. The demand of superseded parts stands with their last
        successors; lives and stock-outs are as the tables state them.
    parts
        One entry a row of ``parts``.
    stock
        One entry a row of ``stock``.
    deliveries
        Of the table ``deliveries``; none without it.
    """

    history: DemandHistory
    parts: PartMaster
    stock: Stock
    deliveries: Deliveries


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
        ``parts``, ``usage`` and ``stock`` as read with `COLUMNS`; where there are any, ``stockouts``,
        ``stock_history`` as read with `OPTIONAL` and ``deliveries`` as read with its own (`deliveries`).
    today
        Usage on or after this day is a fault (it would count as demand of a period that isn't over).
    places
        Known places; others are faults. None: every place counts.
    reasons
        Further words of the column reason, each mapped to use, transfer, return, adjustment or scrap.

    Returns
    -------
    Tables
        With the faults ``cap-below-floor``, ``cap-below-order``, ``bad-breaks``, ``ended-before-introduced``,
        ``supersession-cycle``, ``unknown-reason``, ``future-usage``, ``unknown-place``, ``duplicate-stock``,
        ``ends-before-start``, ``spread-of-nothing``, ``implausible-spread``, ``received-before-ordered``,
        ``implausible-lead-time``, ``future-delivery`` and ``nothing-named``.
    """
    return tables.with_faults(vetting.faults(tables, today, places, usage.reason_words(reasons)))


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
        ``month``, ``week``, ``day``, ``4 weeks`` ... (`periods`).
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
    words = usage.reason_words(reasons)
    strange = sorted(set(demand_reasons) - set(usage.REASONS))
    if strange:
        raise ConfigError(f"demand_reasons are of {', '.join(usage.REASONS)}; there is no {', '.join(strange)}")
    rows, parts, stock = tables["usage"], tables["parts"], _stock(tables["stock"])
    chain = Succession.of(parts["id"], parts["successor"], parts["successor_ratio"])
    used, factor = chain.heirs(np.array(rows["part"], dtype=object))
    empty = _stretches(tables, chain)
    kept, _ = chain.heirs(stock.parts)
    history = usage.count_usage(
        local_days(rows["date"], tables.zone),
        used,
        np.array(rows["place"], dtype=object),
        np.asarray(rows["qty_pcs"], np.float64) * factor,
        demand=np.array([words[tidy(reason).lower()] in demand_reasons for reason in rows["reason"]], dtype=bool),
        period=period,
        since=since,
        until=today,
        items=_pairs((stock.parts, stock.places), (kept, stock.places), (empty.parts, empty.places)),
    )
    inherited = used != np.array(rows["part"], dtype=object)
    history = _marked(history, chain, zip(used[inherited], np.array(rows["place"], object)[inherited], strict=True))
    lived = history.introduced(_introduced(tables, chain, history)).ended(_days_of(tables, "ended", history), today)
    past = tables.get("deliveries")
    stated = parts_of(parts)
    came = Deliveries.none() if past is None else handed_down(deliveries_of(past, tables.zone), chain, stated)
    return Inventory(with_stockouts(lived, empty), stated, stock, came)


def handed_down(past: Deliveries, chain: Succession, master: PartMaster) -> Deliveries:
    """Let deliveries of superseded parts be those of their last successors, as far as the same supplier makes them.

    Another supplier's orders say nothing of how long the successor takes; they stay those of the old part and of its
    supplier. `reorder_files`, which knows of no chains, takes what comes out of here.

    >>> past = Deliveries.of(["P1"], ordered=["2026-03-01"], received=["2026-04-15"])
    >>> chain = Succession.of(["P1", "P2"], ["P2", ""])
    >>> handed_down(past, chain, PartMaster.of(["P1", "P2"], lead_time_days=30, supplier="Acme")).parts.tolist()
    ['P2']
    >>> handed_down(past, chain, PartMaster.of(["P1", "P2"], lead_time_days=30, supplier=["Acme", "B"])).parts.tolist()
    ['P1']
    """
    named = past.named(master)
    heirs, _ = chain.heirs(past.parts)
    theirs = replace(named, parts=heirs, suppliers=np.full(len(named), "", dtype=object)).named(master).suppliers
    return replace(named, parts=np.where(named.suppliers == theirs, heirs, named.parts))


def known_items(tables: Tables) -> frozenset[tuple[str, str]]:
    """Give every (part, place) that has a level: of usage, stock and stock-outs, and what took their demand over.

    The tables may still have faults; where successors have, parts count as they are named.
    """
    named = [tables[name] for name in ("usage", "stock", *OBSERVED) if name in tables]
    parts, places = (np.array([word for table in named for word in table[name]], object) for name in ("part", "place"))
    master = tables["parts"]
    ids = as_names(master["id"])
    there = {*ids}
    successors = as_names([name if name in there else "" for name in master["successor"]])
    heirs = parts if any(faulty(ids, successors)) else Succession.of(ids, successors).heirs(parts)[0]
    return frozenset(_pairs((parts, places), (heirs, places)))


def _pairs(*columns: tuple[Names, Names]) -> Iterator[tuple[str, str]]:
    """Give all (part, place) pairs of some columns."""
    for parts, places in columns:
        yield from zip(parts, places, strict=True)


def _marked(history: DemandHistory, chain: Succession, heirs: Iterable[tuple[str, str]]) -> DemandHistory:
    """Mark the items whose part is superseded, and those that have a predecessor's demand."""
    superseded, took = {*chain.ids[chain.superseded]}, {*heirs}
    pairs = [*zip(history.parts, history.places, strict=True)]
    history = history.marked(Life.SUPERSEDED, np.array([part in superseded for part, _ in pairs], dtype=bool))
    return history.marked(Life.INHERITED, np.array([pair in took for pair in pairs], dtype=bool))


def _stretches(tables: Tables, chain: Succession) -> Stretches:
    """Read stock-outs of both tables; a predecessor's count for its successor until that one is introduced."""
    found = Stretches.of([], [], [], [])
    if (table := tables.get("stockouts")) is not None and len(table):
        names = (np.array(table[name], dtype=object) for name in ("part", "place"))
        found = Stretches(*names, *(local_times(table[name], tables.zone) for name in ("start", "end")))
    if (table := tables.get("stock_history")) is not None and len(table):
        when = local_times(table["date"], tables.zone)
        found = found.joined(from_stock(table["part"], table["place"], when, table["on_hand_pcs"]))
    parts = tables["parts"]
    begun, over = (local_times(parts[name], tables.zone) for name in ("introduced", "ended"))
    stop = np.fmin(np.where(chain.superseded, begun[np.maximum(chain.following, 0)], np.datetime64("NaT")), over)
    at, old = chain.positions(found.parts), chain.superseded
    # A predecessor of which nobody says when it went may be empty on purpose: its stock-outs tell nothing.
    told = ~old[at] | (~np.isnat(stop[at]) & (found.start < stop[at]))
    end = np.where(old[at], np.fmin(found.end, stop[at]), found.end)
    return Stretches(chain.heirs(found.parts)[0], found.places, found.start, end).take(told)


def local_times(moments: Sequence[int | None], zone: ZoneInfo) -> Times:
    """Give moments (seconds since 1970 UTC, or None) as local times; NaT where there is none."""
    import pandas as pd

    stated = pd.array(moments, dtype="Int64")
    local = pd.to_datetime(pd.Series(stated), unit="s", utc=True).dt.tz_convert(zone)
    return np.asarray(local.dt.tz_localize(None).to_numpy(), dtype="datetime64[s]")


def local_days(moments: Sequence[int | None], zone: ZoneInfo) -> Days:
    """Give moments as local days."""
    return local_times(moments, zone).astype("datetime64[D]")


def _introduced(tables: Tables, chain: Succession, history: DemandHistory) -> Days:
    """First day of each item: its part's (with predecessors, theirs), or the later one on which the place took it."""
    first = chain.earliest(local_days(tables["parts"]["introduced"], tables.zone))
    stock = tables["stock"]
    since = local_days(stock["stocked_since"], tables.zone)
    pairs = zip(stock["part"], stock["place"], strict=True)
    known = {pair: day for pair, day in zip(pairs, since, strict=True) if not np.isnat(day)}
    never = np.datetime64("NaT", "D")
    here = [known.get(pair, never) for pair in zip(history.parts, history.places, strict=True)]
    return np.asarray(np.fmax(first[chain.positions(history.parts)], np.array(here, dtype="datetime64[D]")))


def _days_of(tables: Tables, column: str, history: DemandHistory) -> Days:
    """Give each item a day that the parts table states."""
    parts = tables["parts"]
    known = dict(zip(parts["id"], local_days(parts[column], tables.zone), strict=True))
    return np.array([known[part] for part in history.parts], dtype="datetime64[D]")


def parts_of(table: Table) -> PartMaster:
    """Make a part master of the table ``parts``, without faults."""
    caps = [NO_CAP if cap is None else cap for cap in table["max_stock_pcs"]]
    words = {name: np.array(table[name], dtype=object) for name in ("id", "name", "criticality")}
    breaks, prices = price_ranges(table["price_breaks"])
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
        policy=np.array(table["policy"], dtype=object),
        model=np.array(table["model"], dtype=object),
        shelf_life=shelf_lives(table["shelf_life_days"]),
        breaks=breaks,
        break_price=prices,
        lead_spread=np.array(table["lead_time_sd_days"], dtype=np.int64),
        supplier=np.array(table["supplier"], dtype=object),
    )


def _stock(table: Table) -> Stock:
    return Stock.of(
        np.array(table["part"], dtype=object),
        np.array(table["place"], dtype=object),
        on_hand_pcs=table["on_hand_pcs"],
        on_order_pcs=table["on_order_pcs"],
        backorder_pcs=table["backorder_pcs"],
    )
