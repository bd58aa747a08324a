"""What files say of a large range: histories some items at a time, part master and lives, stock, past deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from fieldops.columns import Column, Name
from fieldops.inventory import columnar, parts, proposals
from fieldops.inventory import periods as calendar
from fieldops.inventory.deliveries import COLUMNS as COLUMNS_OF_DELIVERIES
from fieldops.inventory.deliveries import Deliveries, deliveries_of, faulty_deliveries
from fieldops.inventory.demand.base import Floats
from fieldops.inventory.history import DemandHistory, cleaned
from fieldops.inventory.intake import local_days, parts_of
from fieldops.inventory.parts import PART_ALIASES, PLACE_ALIASES, PartMaster
from fieldops.inventory.periods import Days, Period
from fieldops.inventory.proposals import Stock
from fieldops.inventory.vetting import faults_of_parts
from fieldops.tables import read_tables

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: Final = (
    Column("history", "part", Name(), aliases=PART_ALIASES, help="id of the part"),
    Column("history", "place", Name(), default="", aliases=PLACE_ALIASES, help="depot or van"),
)
"""Columns of a file of histories; all others are periods."""


def chunks(history: str | Path | DemandHistory, period: Period, rows: int) -> Iterator[DemandHistory]:
    """Give the history some items at a time; at least one chunk, so that what is empty has its columns, too."""
    if isinstance(history, DemandHistory):
        for begin in range(0, max(history.n_items, 1), rows):
            yield history.take(slice(begin, begin + rows))
        return
    path = Path(history)
    heads = columnar.headings(path, "history", COLUMNS, {})
    with columnar.opened(path, "history", [*heads.values()]) as file:
        spans = [name for name in file.schema_arrow.names if name not in heads.values()]
        period = calendar.checked(period)
        edges = _edges(spans, period)
        empty = True
        for batch in file.iter_batches(rows):
            empty = False
            counts = np.empty((len(spans), batch.num_rows))
            for at, head in enumerate(spans):
                counts[at] = columnar.numbers(batch.column(head), "history", head)
            counts, clipped = cleaned(counts)
            names = {name: columnar.texts(batch.column(heading)) for name, heading in heads.items()}
            places = names.get("place", np.full(batch.num_rows, "", dtype=object))
            yield DemandHistory(counts, names["part"], places, edges, period, clipped)
        if empty:
            none = np.empty(0, dtype=object)
            yield DemandHistory(np.empty((len(spans), 0)), none, none, edges, period, np.empty(0, dtype=bool))


def joined(parts: Sequence[DemandHistory]) -> DemandHistory:
    """Put chunks of one file together."""
    first = parts[0]
    names = (np.concatenate([getattr(one, name) for one in parts]) for name in ("parts", "places", "clipped"))
    named, places, clipped = names
    counts = np.empty((first.n_periods, len(named)))
    np.concatenate([one.counts for one in parts], axis=1, out=counts)
    return DemandHistory(counts, named, places, first.edges, first.period, clipped)


def _edges(heads: Sequence[str], period: Period) -> Days:
    """Read the headings of periods; they follow one another without a gap."""
    try:
        days = np.array(heads, dtype="datetime64[D]")
    except ValueError:
        cause = f"the headings {heads[0]} to {heads[-1]} are not all days" if heads else "there are no periods"
        raise columnar.fault(
            "history", None, "bad-heading", cause, "head each period by its first day: 2026-01-01"
        ) from None
    numbers = calendar.number(days, period)
    gap = np.flatnonzero(np.diff(numbers) != 1)
    if len(gap) or not len(numbers):
        where = (
            f"{heads[gap[0]]} and {heads[gap[0] + 1]} don't follow one another" if len(gap) else "there are no periods"
        )
        raise columnar.fault(
            "history", None, "bad-heading", f"{where} as {period}", "write every period once, zeros included"
        )
    return calendar.first_day(np.append(numbers, numbers[-1] + 1), period)


@dataclass(frozen=True)
class Master:
    """A part master, and the days on which each part's life begins and ends (NaT: not within)."""

    parts: PartMaster
    introduced: Days
    ended: Days
    superseded: bool = False

    @classmethod
    def always(cls, parts: PartMaster) -> Master:
        """Take a part master whose parts have always been and will be."""
        never = np.full(len(parts), np.datetime64("NaT"), dtype="datetime64[D]")
        return cls(parts, never, never)

    def live(self, history: DemandHistory) -> DemandHistory:
        """Leave out what lies before and after the lives of the parts."""
        if np.isnat(self.introduced).all() and np.isnat(self.ended).all():
            return history
        at = self.parts.positions(history.parts)
        return history.introduced(self.introduced[at]).ended(self.ended[at])


def read_master(path: Path, zone: str = "Asia/Shanghai") -> Master:
    """Read a part master as the table ``parts``."""
    tables = read_tables({"parts": path}, parts.COLUMNS, zone=zone)
    tables = tables.with_faults(faults_of_parts(tables["parts"])).refuse_faults()
    table = tables["parts"]
    introduced, ended = (local_days(table[name], tables.zone) for name in ("introduced", "ended"))
    return Master(parts_of(table), introduced, ended, superseded=any(table["successor"]))


def read_deliveries(path: Path, zone: str = "Asia/Shanghai") -> Deliveries:
    """Read past deliveries as the table ``deliveries``; TableError for faulty rows, all of them."""
    tables = read_tables({"deliveries": path}, COLUMNS_OF_DELIVERIES, zone=zone)
    tables = tables.with_faults(faulty_deliveries(tables["deliveries"], float("inf"))).refuse_faults()
    return deliveries_of(tables["deliveries"], tables.zone)


def read_stock(path: Path) -> Stock:
    """Read a stock, whole columns at once; TableError for a file that says since when a place stocks a part.

    That belongs to the history; `intake.inventory` heeds it.
    """
    found = columnar.read(path, "stock", proposals.COLUMNS)
    if "stocked_since" in found and found["stocked_since"].null_count < len(found["stocked_since"]):
        cause = "since when a place stocks a part is not heeded where histories are read whole"
        action = "leave the periods before empty in the history, and the column out"
        raise columnar.fault("stock", "stocked_since", "unheeded-column", cause, action)
    stated = _stated(found, "stock", {"on_hand_pcs": np.nan, "on_order_pcs": 0.0, "backorder_pcs": 0.0})
    return Stock.of(columnar.texts(found["part"]), columnar.texts(found["place"]), **stated)


def _stated(found: Mapping[str, pa.Array], table: str, empty: Mapping[str, float]) -> dict[str, Floats]:
    """Give columns of numbers with what an empty cell means, which may be NaN: a fault for whoever takes them."""
    columns = {name: columnar.numbers(found[name], table, name) for name in empty if name in found}
    return {name: np.where(np.isnan(values), empty[name], values) for name, values in columns.items()}
