"""What rows of the stock tables say of one another, checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from fieldops.cells import shown, tidy
from fieldops.errors import Fault
from fieldops.inventory import usage
from fieldops.inventory.deliveries import faulty_deliveries
from fieldops.inventory.history import as_names
from fieldops.inventory.parts import BAD_BREAKS, CAP_BELOW_FLOOR, falling, impossible_spread
from fieldops.inventory.succession import faulty
from fieldops.tables import Table, Tables
from fieldops.tables.headings import closest

PLACED = ("usage", "stock", "stockouts", "stock_history", "deliveries")


def faults(
    tables: Tables, today: date | None, places: Collection[str] | None, words: Mapping[str, str]
) -> Iterator[Fault]:
    """Find the faults that one cell alone doesn't show; see `intake.checked`."""
    yield from faults_of_parts(tables["parts"])
    yield from _faulty_usage(tables, today, words)
    yield from _faulty_stock(tables["stock"])
    for name in PLACED:
        if name in tables:
            yield from _unknown_places(tables[name], places)
    if "stockouts" in tables:
        yield from _faulty_stockouts(tables["stockouts"])
    if "deliveries" in tables:
        yield from faulty_deliveries(tables["deliveries"], _end(tables, today))


def faults_of_parts(parts: Table) -> Iterator[Fault]:
    """Find the faults of the part master that one cell alone doesn't show."""
    yield from _faulty_caps(parts)
    yield from _faulty_spreads(parts)
    yield from _faulty_breaks(parts)
    yield from _faulty_lives(parts)


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


def _faulty_spreads(parts: Table) -> Iterator[Fault]:
    for at, row in enumerate(parts.rows):
        fault = impossible_spread(parts["lead_time_days"][at], parts["lead_time_sd_days"][at])
        if fault is not None:
            yield Fault("parts", row, parts.heading("lead_time_sd_days"), *fault)


def _faulty_breaks(parts: Table) -> Iterator[Fault]:
    for at, row in enumerate(parts.rows):
        if not falling(parts["price"][at], parts["price_breaks"][at]):
            yield Fault("parts", row, parts.heading("price_breaks"), "bad-breaks", *BAD_BREAKS)


def _faulty_usage(tables: Tables, today: date | None, words: Mapping[str, str]) -> Iterator[Fault]:
    table = tables["usage"]
    end = _end(tables, today)
    late = [moment >= end for moment in table["date"]]
    for at, row in enumerate(table.rows):
        if late[at]:
            cause = f"the movement lies on or after {today}, the day of the run"
            yield Fault("usage", row, table.heading("date"), "future-usage", cause, "mend the date, or leave it out")
        if tidy(table["reason"][at]).lower() not in words:
            cause = f"the reason {shown(table['reason'][at])} is not known"
            action = f"map it in `reasons` to one of {', '.join(usage.REASONS)}"
            yield Fault("usage", row, table.heading("reason"), "unknown-reason", cause, action)


def _end(tables: Tables, today: date | None) -> float:
    """Give the moment from which on nothing can have happened yet."""
    return (
        float("inf") if today is None else datetime(today.year, today.month, today.day, tzinfo=tables.zone).timestamp()
    )


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
        if table["place"][at] and table["place"][at] not in (places or ()):
            hint = closest(table["place"][at], places or ())
            cause = f"the place {shown(table['place'][at])} is not known"
            action = f"did you mean {hint!r}?" if hint else "add it to the depots, or mend it"
            yield Fault(table.name, row, table.heading("place"), "unknown-place", cause, action)


def _faulty_lives(parts: Table) -> Iterator[Fault]:
    """Find ends before the beginning, and successors that lead back; no part at all is told by the column."""
    for at, row in enumerate(parts.rows):
        begun, ended = parts["introduced"][at], parts["ended"][at]
        if begun is not None and ended is not None and ended < begun:
            cause, action = "the part ends before it is introduced", "mend one of the two dates"
            yield Fault("parts", row, parts.heading("ended"), "ended-before-introduced", cause, action)
    known = {*parts["id"]}
    successors = [name if name in known else "" for name in parts["successor"]]
    for at, code, cause, action in faulty(as_names(parts["id"]), as_names(successors)):
        yield Fault("parts", parts.rows[at], parts.heading("successor"), code, cause, action)


def _faulty_stockouts(table: Table) -> Iterator[Fault]:
    for at, row in enumerate(table.rows):
        if table["end"][at] is not None and table["end"][at] < table["start"][at]:
            cause, action = "the stock-out ends before it starts", "mend one of the two"
            yield Fault("stockouts", row, table.heading("end"), "ends-before-start", cause, action)
