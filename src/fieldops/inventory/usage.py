"""Movements of stock, counted into a history: which of them are demand, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.cells import tidy
from fieldops.columns import Column, Moment, Name, Number
from fieldops.errors import ConfigError
from fieldops.inventory import periods as calendar
from fieldops.inventory.history import DemandHistory, as_names, cleaned
from fieldops.inventory.parts import PART_ALIASES, PLACE_ALIASES
from fieldops.inventory.periods import Days, Period

if TYPE_CHECKING:
    import pandas as pd

REASONS: Final = {
    "use": (
        "usage",
        "consumption",
        "issue",
        "sale",
        "repair",
        "installation",
        "demand",
        "维修用料",
        "安装用料",
        "维修",
        "安装",
        "领用",
        "领料",
        "消耗",
        "使用",
        "销售",
        "出库",
    ),
    "transfer": ("move", "transshipment", "调拨", "移库", "调入", "调出"),
    "return": ("returned", "退回", "退库", "退料", "退货", "返还"),
    "adjustment": ("stocktake", "correction", "inventory", "盘点", "调整", "盘盈", "盘亏"),
    "scrap": ("scrapped", "报废", "损耗"),
}
"""Known reasons of a stock movement and their other spellings; only ``use`` is demand."""

COLUMNS: Final = (
    Column(
        "usage",
        "date",
        Moment(),
        aliases=("日期", "出库日期", "领用日期", "时间"),
        help="day of the movement, local time",
    ),
    Column("usage", "place", Name(), aliases=PLACE_ALIASES, help="depot or van the pieces came from"),
    Column("usage", "part", Name(), refers="parts.id", aliases=PART_ALIASES, help="id of the part"),
    Column(
        "usage",
        "qty_pcs",
        Number(low=0, high=1e9),
        aliases=("数量", "用量", "出库数量", "领用数量"),
        help="pieces, above 0; what comes back is a row with the reason return",
    ),
    Column(
        "usage",
        "reason",
        Name(),
        default="use",
        aliases=("原因", "类型", "出库类型", "用途"),
        help="use, transfer, return, adjustment, scrap, or a word that the configuration maps to one of them",
    ),
)


def reason_words(reasons: Mapping[str, str] | None) -> dict[str, str]:
    """Give every known word of the column reason, the user's own included, and which of `REASONS` it means."""
    words = {other: word for word, others in REASONS.items() for other in (word, *others)}
    for own, word in (reasons or {}).items():
        if word not in REASONS:
            raise ConfigError(f"reason {own!r} is mapped to {word!r}; map it to one of {', '.join(REASONS)}")
        words[tidy(own).lower()] = word
    return words


def count_usage(
    days: ArrayLike,
    parts: ArrayLike,
    places: ArrayLike,
    qty_pcs: ArrayLike,
    *,
    demand: ArrayLike = True,
    period: Period = "month",
    since: date | None = None,
    until: date | None = None,
    items: Iterable[tuple[str, str]] = (),
) -> DemandHistory:
    """Count dated movements per item and period, zeros kept.

    Parameters
    ----------
    days, parts, places, qty_pcs
        One entry a movement: its local day (datetime64), the part, the place, how many pieces.
    demand
        Which movements are demand; transfers and returns are not. The others count nothing, but their days are in
        the span and their part-locations are items.
    period
        ``month``, ``week`` (from Monday), ``day``, ``4 weeks`` ... (`periods`).
    since, until
        First day recorded, and the day after the last one, today as a rule. What lies outside is left out, and so
        are periods that they cut short. Without them the periods of the first and the last movement count whole.
    items
        (part, place) pairs that are items though they have no usage.

    Raises
    ------
    ConfigError
        If there is neither usage nor a `since` and `until` that hold a whole period.

    Examples
    --------
    >>> h = count_usage(
    ...     np.array(["2026-01-05", "2026-03-01", "2026-03-31"], dtype="datetime64[D]"),
    ...     ["P1", "P1", "P1"], ["西安", "西安", "西安"], [1, 2, 1], items=[("P2", "西安")])
    >>> h.counts.T.tolist()
    [[1.0, 0.0, 3.0], [0.0, 0.0, 0.0]]
    """
    import pandas as pd

    when, period = np.asarray(days, dtype="datetime64[D]"), calendar.checked(period)
    edges = span(when, period, since, until)
    frame = pd.DataFrame({"part": np.asarray(parts, object), "place": np.asarray(places, object)})
    listed = pd.DataFrame(list(items), columns=["part", "place"], dtype=object)
    keys = pd.concat([frame, listed], ignore_index=True)
    code, found = _group(keys)
    at = calendar.number(when, period) - calendar.number(edges[:1], period)[0]
    inside = (at >= 0) & (at < len(edges) - 1)
    flat = at[inside] * len(found) + code[: len(frame)][inside]
    shape = (len(edges) - 1, len(found))
    asked = np.where(np.broadcast_to(demand, len(when)), np.asarray(qty_pcs, np.float64), 0.0)
    sums = np.bincount(flat, asked[inside], minlength=shape[0] * shape[1])
    counts, clipped = cleaned(np.asarray(sums, dtype=np.float64).reshape(shape))
    return DemandHistory(counts, as_names(found["part"]), as_names(found["place"]), edges, period, clipped)


def _group(keys: pd.DataFrame) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Give each (part, place) pair a number in the order of the ids, so that the rows' order doesn't matter."""
    import pandas as pd

    part, part_ids = pd.factorize(keys["part"], sort=True)
    place, place_ids = pd.factorize(keys["place"], sort=True)
    code, pairs = pd.factorize(part.astype(np.int64) * max(len(place_ids), 1) + place, sort=True)
    pairs = np.asarray(pairs, dtype=np.int64)
    ids = {"part": np.asarray(part_ids, object), "place": np.asarray(place_ids, object)}
    width = max(len(place_ids), 1)
    return code, pd.DataFrame({"part": ids["part"][pairs // width], "place": ids["place"][pairs % width]})


def span(when: Days, period: Period, since: date | None, until: date | None) -> Days:
    """Give the edges of the whole periods that movements on these days, or the days stated, span."""
    if len(when) == 0 and (since is None or until is None):
        raise ConfigError("there is no usage; state since and until, so that the zeros have a length")
    first = np.datetime64(since, "D") if since is not None else when.min()
    end = np.datetime64(until, "D") if until is not None else None
    if end is None:
        last = calendar.number(when.max()[None], period)
        end = calendar.first_day(last + 1, period)[0]
    found = calendar.edges(first, end, period)
    if since is not None and found[0] < first:
        found = found[1:]  # the period that `since` cuts short
    if len(found) < 2:
        raise ConfigError(
            f"no whole {period} lies between {first} and {end}; state an earlier since or a shorter period"
        )
    return found
