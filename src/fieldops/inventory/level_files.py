"""Levels and proposals from Parquet to Parquet, for ranges that are larger than one table should be.

Two passes over the history, some ten thousand items at a time. The first learns what all items decide together: the ABC
classes, and that no item stands there twice. The second sets levels, proposes orders and writes. What is held is one
chunk, the part master and the stock; with a model that learns from the whole range (``pooled``) the counts as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fieldops.columns import Column, Name
from fieldops.errors import ConfigError
from fieldops.inventory import classify, columnar, demand, parts, proposals
from fieldops.inventory import periods as calendar
from fieldops.inventory.deliveries import COLUMNS as COLUMNS_OF_DELIVERIES
from fieldops.inventory.deliveries import Deliveries, deliveries_of, faulty_deliveries
from fieldops.inventory.demand.base import Floats
from fieldops.inventory.history import DemandHistory, Life, Names, cleaned
from fieldops.inventory.intake import local_days, parts_of
from fieldops.inventory.levels import BLOCK, reorder_levels
from fieldops.inventory.parts import PART_ALIASES, PLACE_ALIASES, PartMaster
from fieldops.inventory.periods import Days, Period
from fieldops.inventory.proposals import Stock, propose
from fieldops.inventory.range_models import RangeModels, of_the_range
from fieldops.inventory.tally import Codes
from fieldops.inventory.vetting import faults_of_parts
from fieldops.tables import read_tables

if TYPE_CHECKING:
    import pyarrow as pa

Keys = NDArray[np.int64]

COLUMNS: Final = (
    Column("history", "part", Name(), aliases=PART_ALIASES, help="id of the part"),
    Column("history", "place", Name(), default="", aliases=PLACE_ALIASES, help="depot or van"),
)
"""Columns of a file of histories; all others are periods."""
LEVELS: Final = "levels.parquet"
PROPOSALS: Final = "proposals.parquet"


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes
    ----------
    levels, proposals
        The files; no proposals without stock.
    items, orders
        Part-locations, and how many of them have an order proposed.
    order_value
        Of those orders, in currency units.
    """

    levels: Path
    proposals: Path | None
    items: int
    orders: int
    order_value: float


def reorder_files(
    history: str | Path | DemandHistory,
    master: str | Path | PartMaster,
    out: str | Path,
    *,
    stock: str | Path | Stock | None = None,
    deliveries: str | Path | Deliveries | None = None,
    period: Period = "month",
    abc_cuts: tuple[float, float] = (0.8, 0.95),
    rows: int = BLOCK,
    zone: str = "Asia/Shanghai",
    **options: Any,
) -> Written:
    """Set the level of every part-location and propose orders, some rows at a time.

    Parameters
    ----------
    history
        A Parquet file with the columns ``part``, ``place`` and one for each period, headed by its first day
        (``2026-01-01``, or ``2026-01``), empty where not observed; or a history, from `count_files` for instance.
    master
        A Parquet file with the columns of the table ``parts``, or a part master. Lives that the file states are heeded;
        chains of successors are followed where usage is counted (`count_files`).
    out
        Folder to write `LEVELS` and `PROPOSALS` into; files of these names are replaced when the new ones are whole.
    stock
        A Parquet file with the columns of the table ``stock``, or a stock; None: no proposals.
    deliveries
        A file with the columns of the table ``deliveries``, or past deliveries, which say how long orders really take.
    period
        Of the columns of the file.
    abc_cuts
        Of the classes of all items together.
    rows
        Items worked on at once.
    zone
        Zone of the days in the file of parts.
    **options
        Passed on to `reorder_levels`: what holds for all items.

    Returns
    -------
    Written
        The columns are those of `Levels.to_frame` and of `propose`.

    Raises
    ------
    TableError
        If a file can't be read, lacks a column or holds impossible values, or a part isn't in the master.
    ConfigError
        If an argument is impossible, an item stands there twice, or something has stock but no history.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 1] * 8], parts=["P1"], places="XA", first=date(2025, 1, 1))
    >>> shelf = Stock.of(["P1"], ["XA"], on_hand_pcs=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = reorder_files(history, PartMaster.of(["P1"], price=5, lead_time_days=20), folder, stock=shelf)
    >>> made.items, made.orders, made.order_value
    (1, 1, 15.0)
    """
    several = [name for name, value in options.items() if not isinstance(value, str | Mapping) and np.ndim(value) > 0]
    if several:
        raise ConfigError(f"{', '.join(several)}: one value for all; here items are worked on some at a time")
    known = Master.always(master) if isinstance(master, PartMaster) else read_master(Path(master), zone)
    if known.superseded and not isinstance(history, DemandHistory):
        raise ConfigError("parts with successors need their usage: count_files(..., succession=...) gives the history")
    shelf = stock if isinstance(stock, Stock | None) else read_stock(Path(stock))
    if "lead_times" in options:
        raise ConfigError("lead_times are one an item; here items are worked on some at a time, so say deliveries")
    came = deliveries if isinstance(deliveries, Deliveries | None) else read_deliveries(Path(deliveries), zone)
    if came is not None:
        options["lead_times"] = came

    asked = options.pop("model", demand.POOLED)
    whole = of_the_range(asked, known.parts)
    if whole and not isinstance(history, DemandHistory):
        history = joined([*chunks(history, period, rows)])
    live = known.live(history) if whole and isinstance(history, DemandHistory) else None
    models = RangeModels.of(asked, live, known.parts, options)
    codes = Codes(), Codes()
    drawn = partial(_living, history, known, period, rows)
    keys, limits = _first_pass(drawn(), known.parts, abc_cuts, codes, models, options)
    held = None if shelf is None else _Shelf.of(shelf, codes, np.concatenate([*keys, np.empty(0, dtype=np.int64)]))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    items = orders = 0
    value = 0.0
    with ExitStack() as stack:
        levels_file = stack.enter_context(columnar.Sink(folder / LEVELS))
        orders_file = stack.enter_context(columnar.Sink(folder / PROPOSALS)) if held is not None else None
        for key, chunk in zip(keys, drawn(), strict=True):
            mine, here = known.parts.of_items(chunk.parts), slice(items, items + chunk.n_items)
            levels = reorder_levels(chunk, known.parts, model=models.models(mine, here), **options)
            levels.why[:] |= models.why(mine, here)
            levels.abc[:] = classify.abc_of(levels.rate * levels.parts.price, limits)
            levels_file.write(levels.to_frame())
            items += len(levels)
            if held is not None and orders_file is not None:
                proposed = propose(levels, held.take(key))
                orders_file.write(proposed)
                orders += int((proposed["order_pcs"] > 0).sum())
                value += float(proposed["order_value"].sum())
    return Written(folder / LEVELS, None if held is None else folder / PROPOSALS, items, orders, value)


def joined(parts: Sequence[DemandHistory]) -> DemandHistory:
    """Put chunks of one file together."""
    first = parts[0]
    names = (np.concatenate([getattr(one, name) for one in parts]) for name in ("parts", "places", "clipped"))
    named, places, clipped = names
    counts = np.empty((first.n_periods, len(named)))
    np.concatenate([one.counts for one in parts], axis=1, out=counts)
    return DemandHistory(counts, named, places, first.edges, first.period, clipped)


def _living(history: str | Path | DemandHistory, known: Master, period: Period, rows: int) -> Iterator[DemandHistory]:
    return map(known.live, chunks(history, period, rows))


def _first_pass(
    drawn: Iterator[DemandHistory],
    known: PartMaster,
    cuts: tuple[float, float],
    codes: tuple[Codes, Codes],
    models: RangeModels,
    options: Mapping[str, Any],
) -> tuple[list[Keys], tuple[float, float]]:
    """Give a number to every item of every chunk, and the usage values from which on an item is A and B."""
    keys: list[Keys] = []
    worth = [np.empty(0)]
    for chunk in drawn:
        begin = sum(len(one) for one in keys)
        keys.append(_keys(chunk.parts, chunk.places, codes))
        mine = known.of_items(chunk.parts)
        rate = models.rate(chunk, mine, slice(begin, begin + chunk.n_items), options)
        over = chunk.lives(Life.ENDED | Life.SUPERSEDED)
        worth.append(np.where(over, 0.0, rate) * mine.price)
    every, often = np.unique(np.concatenate([*keys, np.empty(0, dtype=np.int64)]), return_counts=True)
    if (often > 1).any():
        part, place = _named(every[often > 1][0], codes)
        raise ConfigError(f"{(often > 1).sum():,} items stand in the history twice, first {part!r} at {place!r}")
    return keys, classify.abc_limits(np.concatenate(worth), cuts)


def _keys(parts: Names, places: Names, codes: tuple[Codes, Codes]) -> Keys:
    """Give part-locations a number; the same pair has the same one wherever it stands."""
    part, place = codes[0].of_all(parts), codes[1].of_all(places)
    return part << 32 | place


def _named(key: int, codes: tuple[Codes, Codes]) -> tuple[str, str]:
    return codes[0].names[int(key) >> 32], codes[1].names[int(key) & 0xFFFFFFFF]


@dataclass(frozen=True)
class _Shelf:
    """A stock sorted by its part-locations."""

    stock: Stock
    keys: Keys
    order: Keys

    @classmethod
    def of(cls, stock: Stock, codes: tuple[Codes, Codes], items: Keys) -> _Shelf:
        """Sort a stock; ConfigError where a part-location stands there twice or isn't among the items."""
        key = _keys(stock.parts, stock.places, codes)
        order = np.argsort(key, kind="stable")
        twice = np.flatnonzero(np.diff(key[order]) == 0)
        if len(twice):
            part, place = _named(key[order][twice[0]], codes)
            raise ConfigError(f"part {part!r} at {place!r} has two rows of stock; add them up")
        foreign = key[~np.isin(key, items)]
        if len(foreign):
            part, place = _named(foreign[0], codes)
            raise ConfigError(
                f"{len(foreign):,} part-locations have stock but no history, first {part!r} at {place!r}; "
                "give them a row of zeros"
            )
        return cls(stock, key[order], order)

    def take(self, key: Keys) -> Stock:
        """Give the rows of some items, in their order; items without one are left out."""
        at = np.minimum(np.searchsorted(self.keys, key), max(len(self.keys) - 1, 0))
        row = self.order[at[self.keys[at] == key]] if len(self.keys) else self.order
        held = self.stock
        pieces = [column[row] for column in (held.on_hand, held.on_order, held.backorder)]
        return Stock(held.parts[row], held.places[row], *pieces)


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
        edges = _edges(spans, calendar.checked(period))
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
