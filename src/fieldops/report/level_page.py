"""One level explained: a picture from usage to what each piece of stock buys, and the words beside it.

The picture has three panels. Above, the pieces used in each period and their mean. Below left, the demand over lead
time and review: what is covered by the position after an order, and what isn't. Below right, what each further piece
of the reorder point brings from the shelf in a year; the last one is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from fieldops.inventory import policy
from fieldops.inventory.demand.base import Floats, Interval, Ints
from fieldops.inventory.explain import explain_level
from fieldops.inventory.levels import Levels
from fieldops.report.page import page
from fieldops.report.svg import BLUE, GREY, PALE, RED, Bars, line, picture, text

WIDTH, HEIGHT = 960.0, 560.0
MOST: int = 60
"""Bars of a panel; more values share bars."""
MARKS: int = 12
"""Periods named below the first panel, at most."""


@dataclass(frozen=True)
class _Item:
    """One item and its demands."""

    levels: Levels
    at: int
    demands: Interval

    @property
    def point(self) -> int:
        return int(self.levels.reorder_point[self.at])

    @property
    def quantity(self) -> int:
        return int(self.levels.quantity[self.at])


def level_picture(levels: Levels, part: str, place: str = "") -> str:
    """Draw how the level of a part at a place came about.

    Parameters
    ----------
    levels
        From `reorder_levels`.
    part, place
        Ids; the place may be empty where levels have none.

    Returns
    -------
    str
        An SVG picture that needs nothing else.

    Raises
    ------
    ConfigError
        If there is no level of that part at that place.

    Examples
    --------
    >>> from datetime import date
    >>> from fieldops.inventory.history import DemandHistory
    >>> from fieldops.inventory.levels import reorder_levels
    >>> from fieldops.inventory.parts import PartMaster
    >>> history = DemandHistory.from_matrix([[2, 0, 0, 1, 0, 3] * 6], parts=["P1"], places="XA", first=date(2024, 1, 1))
    >>> level_picture(reorder_levels(history, PartMaster.of(["P1"], lead_time_days=30)), "P1", "XA")[:5]
    '<svg '
    """
    at = levels.position(part, place)
    one = np.array([at])
    item = _Item(levels, at, levels.demands(levels.fit(at), one))
    shapes = [*_usage(item), *_demand(item), *_worth(item)]
    return picture(WIDTH, HEIGHT, _title(levels, at), shapes)


def write_level_page(levels: Levels, part: str, place: str, path: str | Path, *, usage: Sequence[str] = ()) -> None:
    """Write words and picture of one level as a page.

    Parameters
    ----------
    levels, part, place
        As in `level_picture`.
    path
        File to write, replaced if it is there.
    usage
        Lines about the movements that the history was counted from, told first.

    Raises
    ------
    ConfigError
        If there is no level of that part at that place.
    """
    words = [*usage, *explain_level(levels, part, place).splitlines()]
    told = "".join(f"<p>{escape(word)}</p>" for word in words)
    body = level_picture(levels, part, place) + told
    Path(path).write_text(page(_title(levels, levels.position(part, place)), body), encoding="utf-8", newline="\n")


def _title(levels: Levels, at: int) -> str:
    """Name the item: part, what it is called, place."""
    words = (levels.history.parts[at], levels.parts.names[at], levels.history.places[at])
    return " ".join(str(word) for word in words if word)


def _usage(item: _Item) -> Iterator[str]:
    """Pieces used in each period; periods not observed are grey."""
    history = item.levels.history
    counts: Floats = history.counts[:, item.at]
    seen, rate = np.isfinite(counts), float(item.levels.rate[item.at])
    highest = max(float(counts[seen].max(initial=0.0)), rate, 1.0)
    panel = Bars(0, 4, WIDTH, 216, len(counts), highest)
    yield from panel.frame(f"用量 Used, pieces a {history.period}", history.period, least=1.0)
    days = history.edges.astype(str)
    for period, count in enumerate(counts):
        if seen[period]:
            yield panel.bar(period, count, BLUE, f"{days[period]}: {count:g}")
        else:
            yield panel.bar(period, highest, "#eef1f4", f"{days[period]}: not observed")
    every = -(-len(counts) // MARKS)
    yield from (panel.mark(period, days[period][:7]) for period in range(0, len(counts), every))
    height, right = panel.at(rate), panel.left + panel.count * panel.pitch
    yield line(panel.left, height, right, height, RED, dash="5 4")
    yield text(right, panel.y + 14, f"- - {rate:.3g} a {history.period}", fill=RED, anchor="end")


def _demand(item: _Item) -> Iterator[str]:
    """Distribution of demand over the protection interval, covered or not."""
    panel_of = (0.0, 244.0, WIDTH / 2 - 10, 300.0)
    lot = item.demands.lots()
    mean, deviation = float(item.demands.protection.mean[0]), float(np.sqrt(item.demands.protection.variance[0]))
    top = int(np.ceil(max(mean + 4 * deviation, item.point + 1 + item.quantity, 4) / lot[0]))
    cdf = item.demands.protection.table(top, lot)[0][:, 0]
    wide = -(-(top + 1) // MOST)
    ends = np.minimum(np.arange(wide - 1, top + wide, wide), top)
    chance = np.diff(cdf[ends], prepend=0.0)
    panel = Bars(*panel_of, len(chance), float(chance.max(initial=0.0)) * 1.05)
    yield from panel.frame("提前期需求的概率 Chance of demand over lead time and review", "pieces")
    covered = item.point + 1
    for number, (end, share) in enumerate(zip(ends, chance, strict=True)):
        low, high = (0 if number == 0 else ends[number - 1] + 1) * lot[0], end * lot[0]
        pieces = f"{low}" if low == high else f"{low} - {high}"
        yield panel.bar(number, share, BLUE if high <= covered else PALE, f"{pieces} pieces: {share:.1%}")
    every = -(-len(chance) // 10)
    yield from (panel.mark(number, f"{ends[number] * lot[0]:,}") for number in range(0, len(chance), every))
    if item.point >= 0:
        edge = panel.left + (np.searchsorted(ends * lot[0], covered, side="right")) * panel.pitch
        yield line(edge, panel.y + 30, edge, panel.ground, RED, dash="5 4", width=1.5)
        share, beyond = float(cdf[min(covered // lot[0], top)]), edge > panel.left + panel.width / 2
        words, side = (
            f"{covered:,} piece{'s cover' if covered != 1 else ' covers'} {100 * share:.1f} %",
            "end" if beyond else "start",
        )
        yield text(edge - 6 if beyond else edge + 6, panel.y + 46, words, fill=RED, anchor=side)
    else:
        yield text(panel.left + 8, panel.y + 42, "不备库存 not stocked", fill=RED)


def _worth(item: _Item) -> Iterator[str]:
    """Draw what each further piece brings from the shelf in a year."""
    levels, panel_of = item.levels, (WIDTH / 2 + 10, 244.0, WIDTH / 2 - 10, 300.0)
    rate, price = float(levels.rate[item.at]), float(levels.price[item.at])
    title = "每件每年多供件数 Pieces a year that each brings from the shelf"
    if rate <= 0:
        panel = Bars(*panel_of, 1, 1.0)
        yield text(panel.x, panel.y + 14, title, size=13)
        yield text(panel.left, panel.y + 60, "没有需求 nothing was asked for", fill=GREY)
        return
    points, fill = _fill_by_point(item)
    gain = np.maximum(np.diff(fill) / np.diff(points), 0.0) * rate * float(levels.history.in_periods(365.25))
    panel = Bars(*panel_of, len(gain), max(float(gain.max(initial=0.0)) * 1.05, 1e-9))
    yield from panel.frame(title, "reorder point")
    marked = points[np.searchsorted(points, item.point, side="right") - 1]  # in lots: the last whole one
    for number, (point, pieces) in enumerate(zip(points[1:], gain, strict=True)):
        fills = RED if point == marked else BLUE if point < marked else PALE
        yield panel.bar(number, pieces, fills, f"reorder point {point:,}: {pieces:.3g} pieces a year")
    every = -(-len(gain) // 10)
    yield from (panel.mark(number, f"{points[number + 1]:,}") for number in range(0, len(gain), every))
    last = np.flatnonzero(points[1:] == marked)
    if len(last):
        words = f"最后一件 the last piece: {gain[last[0]]:.2g} a year"
        words += f" for {price:,.2f} in stock" if price > 0 else ""
        yield text(panel.left + panel.count * panel.pitch, panel.y + 42, words, fill=RED, anchor="end")
    word = f"{100 * float(levels.promised.fill_rate[item.at]):.1f} % fill in all"
    yield text(panel.left + panel.count * panel.pitch, panel.y + 60, word, anchor="end")


def _fill_by_point(item: _Item) -> tuple[Ints, Floats]:
    """Fill rate of reorder points from -1 on, evenly apart, to a little beyond the item's own, which is one of them."""
    lot = item.demands.lots()
    size = int(lot[0])
    mine, quantity = (item.point + 1) // size, policy.in_lots(np.array([item.quantity]), lot)
    step = -(-(mine + 1) // (MOST * 2 // 3))
    lowest = np.arange(mine % step, mine + step * max(4, mine // step // 3) + 1, step)
    lowest = np.concatenate([[0], lowest[lowest > 0]])
    height = int(lowest[-1]) + int(quantity[0])
    multiples = policy.multiples_of(item.levels.kind[[item.at]], 1)
    fill = policy.Tables.of(item.demands, lot, quantity, multiples, height).at("fill_rate")[:, 0]
    return lowest * size - 1, fill[lowest]
