"""Levels and proposals from Parquet to Parquet, for ranges that are larger than one table should be.

Two passes over the history, some ten thousand items at a time. The first learns what all items decide together: the ABC
classes, and that no item stands there twice. The second sets levels, proposes orders and writes. What is held is one
chunk, the part master and the stock; with a model that learns from the whole range (``pooled``) the counts as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fieldops.errors import ConfigError
from fieldops.inventory import classify, columnar, demand
from fieldops.inventory.arguments import by_usage_value, targets_of
from fieldops.inventory.deliveries import Deliveries
from fieldops.inventory.demand.base import Floats
from fieldops.inventory.history import UNSTOCKED, DemandHistory, Names
from fieldops.inventory.levels import BLOCK, reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.periods import Period
from fieldops.inventory.proposals import Stock, propose
from fieldops.inventory.range_files import Master, chunks, joined, read_deliveries, read_master, read_stock
from fieldops.inventory.range_models import RangeModels, of_the_range
from fieldops.inventory.tally import Codes

Keys = NDArray[np.int64]
RateOf = Callable[[DemandHistory, PartMaster, slice], Floats]
"""Pieces a period of some items, their master data, and where they stand in the range."""

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
        Folder to write `LEVELS` and `PROPOSALS` into; files of these names are replaced when the new ones are whole,
        and proposals of an older run are removed where this one makes none.
    stock
        A Parquet file with the columns of the table ``stock``, or a stock; None: no proposals.
    deliveries
        A file with the columns of the table ``deliveries``, or past deliveries, which say how long orders really take.
    period
        Of the columns of the file.
    abc_cuts
        Of the classes of all items together, which targets by A, B and C go by, too.
    rows
        Items worked on at once; the result doesn't depend on it.
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
    if rows < 1:
        raise ConfigError(f"rows are the items worked on at once, 1 or more, not {rows}")
    known = Master.always(master) if isinstance(master, PartMaster) else read_master(Path(master), zone)
    if known.superseded and not isinstance(history, DemandHistory):
        raise ConfigError("parts with successors need their usage: count_files(..., succession=...) gives the history")
    shelf = stock if isinstance(stock, Stock | None) else read_stock(Path(stock))
    if "lead_times" in options:
        raise ConfigError("lead_times are one an item; here items are worked on some at a time, so say deliveries")
    came = deliveries if isinstance(deliveries, Deliveries | None) else read_deliveries(Path(deliveries), zone)
    if came is not None:
        options["lead_times"] = came

    asked, target = options.pop("model", demand.POOLED), options.pop("target", None)
    whole = of_the_range(asked, known.parts)
    if whole and not isinstance(history, DemandHistory):
        history = joined([*chunks(history, period, rows)])
    live = known.live(history) if whole and isinstance(history, DemandHistory) else None
    models = RangeModels.of(asked, live, known.parts, options)
    codes = Codes(), Codes()
    drawn = partial(_living, history, known, period, rows)
    rate_of: RateOf = _counted if by_usage_value(target) else partial(_expected, models, options)
    keys, worth = _first_pass(drawn(), known.parts, codes, rate_of)
    abc = classify.abc(worth, abc_cuts)
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
            wanted = _by_class(target, chunk, mine, abc[here]) if by_usage_value(target) else target
            levels = reorder_levels(chunk, known.parts, target=wanted, model=models.models(mine, here), **options)
            levels.why[:] |= models.why(mine, here)
            levels.abc[:] = abc[here]
            levels_file.write(levels.to_frame())
            items += len(levels)
            if held is not None and orders_file is not None:
                proposed = propose(levels, held.take(key))
                orders_file.write(proposed)
                orders += int((proposed["order_pcs"] > 0).sum())
                value += float(proposed["order_value"].sum())
    if held is None:
        (folder / PROPOSALS).unlink(missing_ok=True)  # of another run: they don't go with these levels
    return Written(folder / LEVELS, None if held is None else folder / PROPOSALS, items, orders, value)


def _living(history: str | Path | DemandHistory, known: Master, period: Period, rows: int) -> Iterator[DemandHistory]:
    return map(known.live, chunks(history, period, rows))


def _first_pass(
    drawn: Iterator[DemandHistory],
    known: PartMaster,
    codes: tuple[Codes, Codes],
    rate_of: RateOf,
) -> tuple[list[Keys], Floats]:
    """Give a number to every item of every chunk, and the usage value of all items."""
    keys: list[Keys] = []
    worth = [np.empty(0)]
    for chunk in drawn:
        begin = sum(len(one) for one in keys)
        keys.append(_keys(chunk.parts, chunk.places, codes))
        mine = known.of_items(chunk.parts)
        worth.append(rate_of(chunk, mine, slice(begin, begin + chunk.n_items)) * mine.price)
    every, often = np.unique(np.concatenate([*keys, np.empty(0, dtype=np.int64)]), return_counts=True)
    if (often > 1).any():
        part, place = _named(every[often > 1][0], codes)
        raise ConfigError(f"{(often > 1).sum():,} items stand in the history twice, first {part!r} at {place!r}")
    return keys, np.concatenate(worth)


def _expected(
    models: RangeModels, options: Mapping[str, Any], chunk: DemandHistory, parts: PartMaster, items: slice
) -> Floats:
    """Give the rate that labels go by: the model's, 0 where nothing is stocked."""
    over = chunk.lives(UNSTOCKED)
    return np.where(over, 0.0, models.rate(chunk, parts, items, options))


def _counted(chunk: DemandHistory, parts: PartMaster, items: slice) -> Floats:
    """Give the rate that targets by A, B and C go by: that of the usage alone, known before any model."""
    return chunk.counted_rate()


def _by_class(target: Mapping[str, float], chunk: DemandHistory, parts: PartMaster, abc: Names) -> Floats:
    """Give each item the target of its class, which is that of the whole range."""
    return targets_of(target, parts, chunk, np.full(chunk.n_items, classify.CLASSES[0], dtype=object), abc)


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
