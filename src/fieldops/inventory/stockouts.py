"""When the shelf was empty: stretches of time, or the stock of some days, become shares in stock.

Columns of the tables ``stockouts`` and ``stock_history`` are declared here; either may be there, both, or none.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.columns import Column, Moment, Name, Number
from fieldops.errors import ConfigError
from fieldops.inventory.history import DemandHistory, Names, as_names
from fieldops.inventory.parts import PART_ALIASES, PLACE_ALIASES

Times = NDArray[np.datetime64]

COLUMNS: Final = (
    Column("stockouts", "place", Name(), aliases=PLACE_ALIASES, help="depot or van"),
    Column("stockouts", "part", Name(), refers="parts.id", aliases=PART_ALIASES, help="id of the part"),
    Column("stockouts", "start", Moment(), aliases=("缺货开始", "断货开始"), help="the shelf is empty from here"),
    Column(
        "stockouts",
        "end",
        Moment(),
        default=None,
        aliases=("缺货结束", "断货结束", "到货时间"),
        help="there is stock again; empty: still none",
    ),
    Column("stock_history", "date", Moment(), aliases=("日期", "盘点日期"), help="when the stock was so"),
    Column("stock_history", "place", Name(), aliases=PLACE_ALIASES, help="depot or van"),
    Column("stock_history", "part", Name(), refers="parts.id", aliases=PART_ALIASES, help="id of the part"),
    Column(
        "stock_history",
        "on_hand_pcs",
        Number(low=0, high=1e12),
        aliases=("库存", "现有库存", "在库数量", "库存数量"),
        help="on the shelf from then to the next row of the part-location; 0 is a stock-out",
    ),
)


class Stretches(NamedTuple):
    """Stretches without stock, one entry each: part, place, start and end (local time; NaT: still empty)."""

    parts: Names
    places: Names
    start: Times
    end: Times

    @classmethod
    def of(cls, parts: ArrayLike, places: ArrayLike, start: ArrayLike, end: ArrayLike) -> Stretches:
        """Take stretches; raise ConfigError where one ends before it starts."""
        begun, over = (np.asarray(times, dtype="datetime64[s]") for times in (start, end))
        if (over < begun).any():
            at = int(np.flatnonzero(over < begun)[0])
            raise ConfigError(f"stock-out {at + 1} ends at {over[at]}, before it starts at {begun[at]}")
        return cls(as_names(parts), as_names(places), begun, over)

    def joined(self, other: Stretches) -> Stretches:
        """Put two lists together; what overlaps counts once."""
        parts, places = (np.concatenate(pair) for pair in zip(self[:2], other[:2], strict=True))
        start, end = (np.concatenate(pair) for pair in zip(self[2:], other[2:], strict=True))
        return Stretches(parts, places, start, end)

    def take(self, rows: NDArray[np.bool_]) -> Stretches:
        """Keep those where a mask is true."""
        return Stretches(self.parts[rows], self.places[rows], self.start[rows], self.end[rows])


def from_stock(parts: ArrayLike, places: ArrayLike, at: ArrayLike, on_hand_pcs: ArrayLike) -> Stretches:
    """Read stretches without stock from the stock of some days: each row holds until the next of its part-location.

    Examples
    --------
    >>> days = np.array(["2026-01-01", "2026-01-11", "2026-01-15"], dtype="datetime64[D]")
    >>> found = from_stock(["P1"] * 3, ["XA"] * 3, days, [4, 0, 2])
    >>> found.start.astype("M8[D]").tolist(), found.end.astype("M8[D]").tolist()
    ([datetime.date(2026, 1, 11)], [datetime.date(2026, 1, 15)])
    """
    import pandas as pd

    frame = pd.DataFrame({"part": as_names(parts), "place": as_names(places)}, dtype=object)
    times = np.asarray(at, dtype="datetime64[s]")
    item = frame.groupby(["part", "place"], sort=False).ngroup().to_numpy()
    order = np.lexsort((times, item))
    same = np.append(item[order][1:] == item[order][:-1], False)
    end = np.full(len(times), np.datetime64("NaT"), dtype="datetime64[s]")
    end[order[:-1]] = np.where(same[:-1], times[order][1:], np.datetime64("NaT"))
    empty = np.asarray(on_hand_pcs, dtype=np.float64) <= 0
    named, placed = (frame[name].to_numpy(dtype=object)[empty] for name in ("part", "place"))
    return Stretches(named, placed, times[empty], end[empty])


def with_stockouts(history: DemandHistory, stretches: Stretches) -> DemandHistory:
    """Take in stretches without stock: the share of every period with stock follows, to the second.

    Raises
    ------
    ConfigError
        For a stretch of a part-location that is no item of the history.

    Examples
    --------
    Ten of January's 31 days without stock:

    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[3, 1]], parts=["P1"], places="XA", first=date(2026, 1, 1))
    >>> found = with_stockouts(history, Stretches.of(["P1"], ["XA"], ["2026-01-05"], ["2026-01-15"]))
    >>> found.in_stock[:, 0].round(3).tolist()
    [0.6769999861717224, 1.0]
    """
    if not len(stretches.parts):
        return history
    item = _items(history, stretches)
    edges = history.edges.astype("datetime64[s]").astype(np.int64)
    start = np.clip(stretches.start.astype(np.int64), edges[0], edges[-1])
    end = np.where(np.isnat(stretches.end), edges[-1], stretches.end.astype("datetime64[s]").astype(np.int64))
    item, start, end = _disjoint(item, start, np.clip(end, edges[0], edges[-1]))
    share = np.ones((history.n_periods, history.n_items), dtype=np.float64 if history.n_items < 1 << 16 else np.float32)
    period = np.searchsorted(edges, start, side="right") - 1
    while len(item):
        until = np.minimum(end, edges[period + 1])
        np.subtract.at(share, (period, item), (until - start) / (edges[period + 1] - edges[period]))
        on = until < end
        item, start, end, period = item[on], until[on], end[on], period[on] + 1
    # Sums of parts of a period miss 0 by rounding; a second of a year is 3e-8.
    return history.with_stock(np.where(share < 1e-6, 0.0, np.minimum(share, 1.0)))


def _items(history: DemandHistory, stretches: Stretches) -> NDArray[np.int64]:
    import pandas as pd

    index = pd.MultiIndex.from_arrays([history.parts, history.places])
    item = index.get_indexer(pd.MultiIndex.from_arrays([stretches.parts, stretches.places]))
    if (item < 0).any():
        at = int(np.flatnonzero(item < 0)[0])
        raise ConfigError(
            f"{(item < 0).sum():,} stock-outs are of part-locations that the history doesn't have, first "
            f"{stretches.parts[at]!r} at {stretches.places[at]!r}; give them to the history as items"
        )
    return np.asarray(item, dtype=np.int64)


def _disjoint(
    item: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cut stretches of an item so that none overlaps an earlier one; drop what is empty then."""
    import pandas as pd

    order = np.lexsort((start, item))
    item, start, end = item[order], start[order], end[order]
    reached = pd.Series(end).groupby(item).cummax().groupby(item).shift(fill_value=np.iinfo(np.int64).min).to_numpy()
    start = np.maximum(start, reached)
    some = start < end
    return item[some], start[some], end[some]
