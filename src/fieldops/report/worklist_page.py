"""The work list as a page: what happened overnight in figures, then the lines by kind, with their money.

One file that asks nothing of any network: a policy in its head forbids scripts and outside addresses, and every word
of user data is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

import pandas as pd

from fieldops.inventory.worklist import KINDS, Morning
from fieldops.report.page import cell, figures, page

SHOWN: Final = 200
"""Lines of a kind that the page shows; all of them are in worklist.csv."""
CHINESE: Final = {
    "backorders": "有人在等",
    "stock-out": "缺货",
    "overdue": "逾期未到",
    "order": "建议订货",
    "jump": "水位突变",
    "override-moved": "人工设定需复核",
    "override-expired": "人工设定已到期",
    "excess": "超储",
    "on-order-differs": "在途不符",
}
COLUMNS: Final = (
    ("part", "备件", "Part"),
    ("name", "名称", "Name"),
    ("place", "仓库", "Place"),
    ("criticality", "关键性", "Criticality"),
    ("value", "金额", "Money"),
    ("what", "情况", "What"),
    ("on_hand_pcs", "在库", "On hand"),
    ("on_order_pcs", "在途", "On order"),
    ("reorder_point_pcs", "订货点", "Reorder point"),
    ("order_pcs", "订货", "Order"),
)
FIGURES: Final = ("value", "on_hand_pcs", "on_order_pcs", "reorder_point_pcs", "order_pcs")
"""Columns that stand to the right, heads and all."""


def write_worklist_page(made: Morning, path: str | Path) -> None:
    """Write the work list as an HTML page for people, beside the table that they fill in.

    Parameters
    ----------
    made
        From `morning`.
    path
        File to write, replaced if it is there.
    """
    Path(path).write_text("".join(_page(made)), encoding="utf-8", newline="\n")


def _page(made: Morning) -> Iterator[str]:
    lines, rows = made.lines[made.lines["status"] == "open"], made.proposals
    orders = rows[rows["order_pcs"] > 0]
    stock = float((rows["on_hand_pcs"].to_numpy(dtype=float) * made.levels.price).sum())
    head = figures(
        [
            ("件·库 Part-locations", f"{len(rows):,}"),
            ("缺货 Stock-outs", f"{int(rows['stock_out'].sum()):,}"),
            ("待订 Orders", f"{len(orders):,}"),
            ("订货金额 Order money", f"{orders['order_value'].sum():,.0f}"),
            ("超储金额 Excess", f"{rows['excess_value'].sum():,.0f}"),
            ("库存金额 Stock value", f"{stock:,.0f}"),
        ]
    )
    parts = [head, _contents(lines), *(_kind(kind, lines[lines["kind"] == kind]) for kind in KINDS)]
    parts.append(_rest(made))
    yield page("备件工作清单 Parts work list", "".join(parts))


def _title(kind: str) -> str:
    return f"{CHINESE[kind]} {KINDS[kind]}"


def _contents(lines: pd.DataFrame) -> str:
    """Each kind with its count and money; a link where there are any."""
    rows = []
    for kind in KINDS:
        mine = lines.loc[lines["kind"] == kind, "value"]
        name = escape(_title(kind))
        link = f'<a href="#{kind}">{name}</a>' if len(mine) else name
        rows.append(f"<tr><td>{link}</td>{cell(len(mine))}{cell(float(mine.sum()), '{:,.0f}')}</tr>")
    return (
        "<table class=contents><thead><tr><th>事项 Kind<th class=n>条数 Lines<th class=n>金额 Money</tr></thead><tbody>"
        + "".join(rows)
        + "</tbody></table>"
    )


def _kind(kind: str, lines: pd.DataFrame) -> str:
    if not len(lines):
        return ""
    heads = "".join(
        f"<th{' class=n' if name in FIGURES else ''}>{escape(chinese)}<br>{escape(english)}"
        for name, chinese, english in COLUMNS
    )
    body = "".join(
        "<tr>" + "".join(_cell(name, row[name]) for name, *_ in COLUMNS) + "</tr>"
        for row in lines.head(SHOWN).to_dict("records")
    )
    more = len(lines) - SHOWN
    rest = f"<p>另有 {more:,} 条，见 worklist.csv. {more:,} more lines are in worklist.csv.</p>" if more > 0 else ""
    return (
        f'<h2 id="{kind}">{escape(_title(kind))} <small>{len(lines):,}</small></h2>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{rest}"
    )


def _cell(name: str, value: Any) -> str:
    if name == "criticality":
        return f'<td class="{escape(str(value))}">{escape(str(value))}</td>'
    if name == "what":
        return f"<td class=what>{escape(str(value))}</td>"
    return cell(value, "{:,.2f}" if name == "value" else "{:,.10g}")


def _rest(made: Morning) -> str:
    approved = int((made.lines["status"] != "open").sum())
    held = sum(one.decision == "level" and not one.over for one in made.overrides)
    return (
        f"<p>已处理 {approved:,} 条，人工水位 {held:,} 个（见 overrides.csv）。 "
        f"{approved:,} lines stay settled, {held:,} levels are held by planners (overrides.csv).</p>"
        "<p>在 worklist.xlsx 中填写 decision（approve 批准、level 改订货点、order 改数量）、decided_pcs、"
        "reason、by、until，保存即可，下次运行会读回。 Fill in decision (approve, level or order), decided_pcs, "
        "reason, by and until in worklist.xlsx and save it where it lies: the next run reads it back.</p>"
    )
