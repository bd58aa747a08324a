"""Tables to history, part master and stock; every fault that rows have together."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fieldops.errors import ConfigError, TableError
from fieldops.inventory.history import Life
from fieldops.inventory.intake import COLUMNS, OPTIONAL, checked, inventory
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import NO_CAP
from fieldops.inventory.proposals import propose
from fieldops.tables import Tables, read_tables

PARTS = {
    "id": ["00123", "1E5", "NA"],
    "name": ["压缩机", "风扇", "滤网"],
    "price": ["911.37", "0.003", ""],
    "criticality": ["关键", "", "D"],
    "lead_time_days": [21, "7.5", 0],
    "moq_pcs": [2, "", ""],
    "max_stock_pcs": [9, "", ""],
    "introduced": ["", "2026-02-01", ""],
}
USAGE = [
    ("2026-01-05", "XA", "00123", 2, "维修用料"),
    ("2026-03-09", "XA", "00123", 1, ""),
    ("2026-03-31 23:30", "XA", "00123", 4, "use"),
    ("2026-03-10", "XA", "00123", 5, "调拨"),
    ("2026-03-10", "BJ", "1E5", 5, "退回"),
]
STOCK = [("XA", "00123", 1, 0, 0), ("BJ", "NA", 3, 1, 0)]


def read(parts: Any = PARTS, usage: Any = USAGE, stock: Any = STOCK) -> Tables:
    """Read three small tables."""
    frames = {
        "parts": pd.DataFrame(parts),
        "usage": pd.DataFrame(usage, columns=["date", "place", "part", "qty_pcs", "reason"]),
        "stock": pd.DataFrame(stock, columns=["place", "part", "on_hand_pcs", "on_order_pcs", "backorder_pcs"]),
    }
    return read_tables(frames, COLUMNS)


def codes(tables: Tables) -> list[tuple[str, int | None, str | None, str]]:
    """Give where and what each fault is."""
    return [(fault.table, fault.row, fault.column, fault.code) for fault in tables.faults]


def test_tables_become_what_they_say() -> None:
    """Ids stay text, transfers and returns are no demand but leave zeros, the last evening of March is March."""
    found = inventory(checked(read()))
    items = [*zip(found.history.parts, found.history.places, strict=True)]
    assert items == [("00123", "XA"), ("1E5", "BJ"), ("NA", "BJ")]
    assert found.history.counts[:, 0].tolist() == [2.0, 0.0, 5.0]
    assert np.isnan(found.history.counts[:, 1]).tolist() == [True, False, False]
    assert found.history.counts[1:, 1:].sum() == 0
    assert found.parts.price.tolist() == [911_37 * 18_000, 5_400, 0]
    assert found.parts.lead_time.tolist() == [21 * 86_400, 7.5 * 86_400, 0]
    assert found.parts.criticality.tolist() == ["vital", "essential", "desirable"]
    assert found.parts.max_stock.tolist() == [9, NO_CAP, NO_CAP]
    assert found.stock.on_hand.tolist() == [1.0, 3.0]


def test_which_reasons_are_demand_is_an_argument() -> None:
    """Transfers count where the user says so; words of his own are mapped."""
    found = inventory(checked(read()), demand_reasons=["use", "transfer"])
    assert found.history.counts[2, 0] == 10.0
    own = [(*row[:4], "261" if row[4] == "调拨" else row[4]) for row in USAGE]
    words = {"261": "use"}
    assert [fault.code for fault in checked(read(usage=own)).faults] == ["unknown-reason"]
    assert inventory(checked(read(usage=own), reasons=words), reasons=words).history.counts[2, 0] == 10.0
    with pytest.raises(ConfigError, match="mapped to 'usage'"):
        checked(read(), reasons={"261": "usage"})
    with pytest.raises(ConfigError, match="there is no repairs"):
        inventory(checked(read()), demand_reasons=["repairs"])


def test_the_running_period_is_left_out() -> None:
    """On 31 March, March isn't over: its usage isn't a month's demand."""
    usage = [row for row in USAGE if not row[0].startswith("2026-03-31")]
    found = inventory(checked(read(usage=usage), today=date(2026, 3, 31)), today=date(2026, 3, 31))
    assert found.history.n_periods == 2
    assert [fault.code for fault in checked(read(), today=date(2026, 3, 31)).faults] == ["future-usage"]


def test_every_fault_of_every_table_at_once() -> None:
    """Each fault has its table, row, column and code; good rows can go on without them."""
    parts = {**PARTS, "max_stock_pcs": [1, 4, ""], "min_stock_pcs": ["", 5, ""], "lead_time_days": [21, 7, -3]}
    usage = [
        *USAGE[:2],
        ("2026-01-07", "XA", "00123", -1, ""),
        ("2026-01-08", "XA", "P9", 1, ""),
        ("2026-01-09", "XAN", "NA", 1, ""),
        ("2027-01-09", "XA", "NA", 1, "领用"),
        ("2026-01-09", "XA", "NA", 1, "mystery"),
        ("yesterday", "XA", "NA", 1, ""),
    ]
    stock = [*STOCK, ("BJ", "NA", 7, 0, 0), ("XA", "NA", "", 0, 0)]
    found = checked(read(parts, usage, stock), today=date(2026, 4, 1), places=["XA", "BJ"])
    assert codes(found) == [
        ("parts", 2, "max_stock_pcs", "cap-below-order"),
        ("parts", 3, "max_stock_pcs", "cap-below-floor"),
        ("parts", 4, "lead_time_days", "bad-value"),
        ("usage", 4, "qty_pcs", "bad-value"),
        ("usage", 5, "part", "unknown-part"),
        ("usage", 6, "place", "unknown-place"),
        ("usage", 7, "date", "future-usage"),
        ("usage", 8, "reason", "unknown-reason"),
        ("usage", 9, "date", "bad-value"),
        ("stock", 4, "part", "duplicate-stock"),
        ("stock", 5, "on_hand_pcs", "empty-cell"),
    ]
    texts = "\n".join(map(str, found.faults))
    assert "did you mean 'XA'?" in texts
    assert "part 'NA' at 'BJ' stands in row 3 already" in texts
    assert "at most 1 are to be stocked, but no order is below 2" in texts
    assert "map it in `reasons` to one of use, transfer, return, adjustment, scrap" in texts
    with pytest.raises(TableError):
        inventory(found)


def read_all(parts: dict[str, list[Any]], usage: Any, stock: Any, **others: Any) -> Tables:
    """Read small tables with those of stock-outs."""
    frames = {
        "parts": pd.DataFrame(parts),
        "usage": pd.DataFrame(usage, columns=["date", "place", "part", "qty_pcs"]),
        "stock": pd.DataFrame(stock, columns=["place", "part", "on_hand_pcs", "stocked_since"]),
        **{name: pd.DataFrame(rows) for name, rows in others.items()},
    }
    return read_tables(frames, [*COLUMNS, *OPTIONAL], optional=["stockouts", "stock_history"])


CHAIN = {
    "id": ["OLD", "NEW", "GONE", "LATE"],
    "lead_time_days": [30, 30, 30, 30],
    "introduced": ["", "2026-03-01", "", ""],
    "ended": ["", "", "2026-02-01", ""],
    "successor": ["NEW", "", "", ""],
    "successor_ratio": [2, "", "", ""],
    "min_stock_pcs": [3, "", 4, ""],
}
MOVED = [
    ("2026-01-05", "XA", "OLD", 3),
    ("2026-03-09", "XA", "NEW", 1),
    ("2026-01-09", "XA", "GONE", 1),
    ("2026-04-30", "XA", "NEW", 1),
]
KEPT = [("XA", "OLD", 2, ""), ("BJ", "OLD", 1, ""), ("XA", "GONE", 1, ""), ("XA", "LATE", 1, "2026-03-01")]


def test_lives_and_chains_come_from_the_tables() -> None:
    """Demand follows the successor, an ended part isn't stocked for all its minimum, a new place has no early zeros."""
    found = inventory(checked(read_all(CHAIN, MOVED, KEPT)))
    history = found.history
    items = [*zip(history.parts, history.places, strict=True)]
    at = {pair: position for position, pair in enumerate(items)}
    assert set(items) == {("OLD", "XA"), ("OLD", "BJ"), ("NEW", "XA"), ("NEW", "BJ"), ("GONE", "XA"), ("LATE", "XA")}
    assert history.counts[:, at["NEW", "XA"]].tolist() == [6.0, 0.0, 1.0, 1.0]
    assert history.counts[:, at["OLD", "XA"]].tolist() == [0.0] * 4
    assert np.isnan(history.counts[:, at["GONE", "XA"]]).tolist() == [False, True, True, True]
    assert np.isnan(history.counts[:, at["LATE", "XA"]]).tolist() == [True, True, False, False]
    assert history.lives(Life.ENDED).tolist() == [pair[0] == "GONE" for pair in items]
    levels = reorder_levels(history, found.parts)
    assert levels.reorder_point[[at["OLD", "XA"], at["GONE", "XA"]]].tolist() == [-1, -1]
    assert levels.reorder_point[at["NEW", "XA"]] > 0
    words = dict(zip(items, levels.reasons(), strict=True))
    assert "superseded: not stocked any more" in words["OLD", "XA"]
    assert "life ended: not stocked any more" in words["GONE", "XA"]
    assert "demand of predecessors included" in words["NEW", "XA"]
    assert "introduced within the history" in words["LATE", "XA"]
    proposals = propose(levels, found.stock).set_index(["part", "place"])
    assert proposals.loc[("GONE", "XA"), "excess_pcs"] == 1.0


def test_stock_outs_come_from_either_table() -> None:
    """Stretches and stock of some days both count; a predecessor's only until its successor came."""
    stretches = {"place": ["XA", "XA"], "part": ["NEW", "OLD"], "start": ["2026-04-01", "2026-02-15"], "end": ["", ""]}
    days = {"date": ["2026-03-01", "2026-03-11"], "place": "BJ", "part": "LATE", "on_hand_pcs": [0, 4]}
    found = inventory(checked(read_all(CHAIN, MOVED, KEPT, stockouts=stretches, stock_history=days))).history
    assert found.in_stock is not None
    share = {pair: found.in_stock[:, at] for at, pair in enumerate(zip(found.parts, found.places, strict=True))}
    assert share["NEW", "XA"].tolist() == [1.0, 0.5, 1.0, 0.0]
    assert share["LATE", "BJ"][2] == pytest.approx(21 / 31)
    assert share["OLD", "XA"].tolist() == [1.0] * 4


def test_faults_of_lives_chains_and_stock_outs() -> None:
    """Circles, unknown successors, ends before beginnings, each in its row and column."""
    parts = {
        **CHAIN,
        "successor": ["NEW", "OLD", "", "NONE"],
        "introduced": ["", "", "2026-03-01", ""],
    }
    stretches = {"place": ["XA", "QQ"], "part": "NEW", "start": "2026-04-01", "end": ["2026-03-01", ""]}
    found = checked(read_all(parts, MOVED, KEPT, stockouts=stretches), places=["XA", "BJ"])
    assert codes(found) == [
        ("parts", 2, "successor", "supersession-cycle"),
        ("parts", 3, "successor", "supersession-cycle"),
        ("parts", 4, "ended", "ended-before-introduced"),
        ("parts", 5, "successor", "unknown-part"),
        ("stockouts", 2, "end", "ends-before-start"),
        ("stockouts", 3, "place", "unknown-place"),
    ]
    assert "its successors lead back to it: OLD -> NEW -> OLD" in str(found.faults[0])


def test_faulty_rows_can_be_skipped() -> None:
    """What is left after skipping is planned for; the rows left out are listed."""
    usage = [*USAGE, ("2026-03-11", "XA", "P9", 1, "")]
    found = checked(read(usage=usage)).skip_faulty()
    assert [(skipped.table, skipped.row) for skipped in found.skipped] == [("usage", 7)]
    assert inventory(found).history.counts[:, 0].tolist() == [2.0, 0.0, 5.0]


def test_chinese_headings_are_known() -> None:
    """The usual Chinese headings need no mapping."""
    frames = {
        "parts": pd.DataFrame(
            {"物料编码": ["P1"], "名称": ["风扇"], "单价": [3], "关键性": ["重要"], "提前期": [9], "起订量": [2]}
        ),
        "usage": pd.DataFrame(
            {"日期": ["2026年1月5日"], "仓库": ["西安"], "备件编码": ["P1"], "数量": [2], "原因": ["领用"]}
        ),
        "stock": pd.DataFrame({"仓库": ["西安"], "备件编码": ["P1"], "库存": [4], "在途": [1], "欠料": [0]}),
    }
    found = inventory(checked(read_tables(frames, COLUMNS)))
    assert found.history.counts.tolist() == [[2.0]]
    assert found.parts.moq.tolist() == [2]
    assert found.stock.on_order.tolist() == [1.0]


def test_order_of_rows_changes_nothing() -> None:
    """Shuffled tables give the same proposals."""
    one = inventory(checked(read()))
    parts = {name: values[::-1] for name, values in PARTS.items()}
    other = inventory(checked(read(parts, USAGE[::-1], STOCK[::-1])))
    first, second = (propose(reorder_levels(found.history, found.parts), found.stock) for found in (one, other))
    pd.testing.assert_frame_equal(first, second)


def test_the_sample_department_goes_all_the_way(department: Path) -> None:
    """Its tables have no fault, every part-location gets a level and a proposal, most demand is sparse or lumpy."""
    sources = {name: department / f"{name}.csv" for name in ("parts", "usage", "stock")}
    tables = checked(read_tables(sources, COLUMNS), today=date(2026, 11, 23), places=["XA", "BJ", "SH", "GZ"])
    found = inventory(tables, since=date(2023, 11, 23), today=date(2026, 11, 23))
    assert found.history.n_periods == 35
    levels = reorder_levels(found.history, found.parts, review_period=found.history.in_periods(1))
    proposals = propose(levels, found.stock)
    assert len(proposals) == 600
    assert proposals["stock_known"].all()
    assert (proposals["order_pcs"] > 0).sum() > 100
    assert pd.Series(levels.demand_class).isin(["intermittent", "lumpy"]).mean() > 0.6
    free = levels.to_frame().query("demand_pcs_per_month > 0 and not why.str.contains('maximum')")
    assert (free["promised_fill_rate"] >= 0.95 - 1e-9).all()
