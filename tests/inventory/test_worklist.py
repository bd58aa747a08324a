"""The work list: every line a planner needs, with the right money, in the right order."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.errors import ConfigError, TableError
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.overrides import Override
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.proposals import Stock
from fieldops.inventory.purchases import Purchases
from fieldops.inventory.worklist import KINDS, Morning, morning
from tests.inventory.make import history_of

TODAY = date(2026, 11, 23)


def levels_of(items: int = 1, series: Any = (2.0, 0.0, 1.0, 0.0), **options: Any) -> Levels:
    """Give levels of alike parts P0, P1, ... at XA; price 2.5, base stock."""
    history = history_of(*[list(series) * 6] * items)
    parts = PartMaster.of(history.parts, **{"price": 2.5, "lead_time_days": 30.4375, **options})
    return reorder_levels(history, parts)


def made(levels: Levels, on_hand: Any, on_order: Any = 0.0, backorder: Any = 0.0, **options: Any) -> Morning:
    """Make the list."""
    names = levels.history
    stock = Stock.of(names.parts, names.places, on_hand_pcs=on_hand, on_order_pcs=on_order, backorder_pcs=backorder)
    return morning(levels, stock, today=TODAY, **options)


def line(found: Morning, kind: str) -> dict[str, Any]:
    """Give the only line of a kind."""
    rows = found.lines[found.lines["kind"] == kind].to_dict("records")
    assert len(rows) == 1, found.lines
    return rows[0]  # type: ignore[return-value]


def test_each_kind_has_its_money() -> None:
    """One part-location in each situation: kind, quantity and money are those of the module's table."""
    levels = levels_of(6)
    full = int(levels.order_up_to[0])
    last = levels.to_frame().assign(order_up_to_pcs=[full] * 5 + [2 * full], lead_time_days=[30.4375] * 5 + [60.0])
    found = made(
        levels,
        on_hand=[0, 0, 1, full + 4, full, full],
        on_order=[1, 0, 0, 0, 3, 0],
        backorder=[3, 0, 0, 0, 0, 0],
        purchases=Purchases.of(
            ["A1", "A2", "A3"], ["P0", "P4", "P4"], ["XA"] * 3, qty_pcs=[1, 1, 2],
            due=["2026-12-01", "2026-11-10", "2026-11-22"], suppliers=["", "北方机电", "北方机电"],
        ),
        last=last,
    )  # fmt: skip
    assert (line(found, "backorders")["part"], line(found, "backorders")["value"]) == ("P0", 3 * 2.5)
    asked = max(float(levels.rate[1] * levels.lead[1]), 1.0)
    assert line(found, "stock-out")["value"] == pytest.approx(asked * 2.5, abs=0.005)
    assert line(found, "order")["value"] == (full - 1) * 2.5
    excess = found.lines[found.lines["kind"] == "excess"].set_index("part")["value"]
    assert excess.to_dict() == {"P3": 10.0, "P4": 7.5}
    late = line(found, "overdue")
    assert (late["part"], late["value"], late["due"]) == ("P4", 7.5, date(2026, 11, 10))
    assert late["what"] == "3 due 2026-11-10, 13 days late: A2 北方机电, A3 北方机电"
    jump = line(found, "jump")
    assert (jump["part"], jump["value"]) == ("P5", full * 2.5)
    assert f"order up to {2 * full} -> {full}" in jump["what"]
    assert "lead time 60 -> 30 days" in jump["what"]
    assert "on-order-differs" not in set(found.lines["kind"])


def test_lines_come_by_urgency_then_criticality_then_money() -> None:
    """The first line is the one to begin with; settled lines stand at the end."""
    levels = levels_of(5, criticality=["desirable", "vital", "vital", "essential", "vital"], price=[9, 1, 2, 5, 3])
    approval = Override("P4", "XA", "approve", kind="stock-out", reason="fine", by="Li")
    found = made(levels, on_hand=[0, 0, 0, 0, 0], backorder=[1, 0, 0, 0, 0], overrides=[approval])
    assert found.lines["part"].tolist() == ["P0", "P2", "P1", "P3", "P4"]
    assert found.lines["status"].tolist() == ["open"] * 4 + ["approved"]
    assert list(KINDS)[:2] == ["backorders", "stock-out"]
    assert found.lines[["decision", "decided_pcs", "reason", "by", "until"]].isna().all(axis=None)


def test_an_order_too_small_to_ask_for_is_not_on_the_list() -> None:
    """`approve_above` keeps small orders off, but never an empty shelf; the proposals stay whole."""
    levels = levels_of(2)
    found = made(levels, on_hand=[1, 0], approve_above=1_000)
    assert found.lines["kind"].tolist() == ["stock-out"]
    assert (found.proposals["order_pcs"] > 0).all()


def test_small_changes_of_level_are_no_jumps() -> None:
    """A piece more or less, or less than the share, is noise; a part that is new on the list is no jump."""
    levels = levels_of(3)
    full = int(levels.order_up_to[0])
    last = levels.to_frame().iloc[:2].assign(order_up_to_pcs=[full + 1, full * 3])
    found = made(levels, on_hand=full, last=last)
    assert found.lines["part"].tolist() == ["P1"]
    assert not len(made(levels, on_hand=full, last=last, jump_rate=2.5).lines)


def test_purchase_orders_and_stock_are_held_against_each_other() -> None:
    """Where the two differ the planner is told which counts; without purchase orders nothing is said."""
    levels = levels_of(2)
    full = levels.order_up_to
    orders = Purchases.of(["A"], ["P1"], ["XA"], qty_pcs=[2], due=["2027-01-01"])
    found = made(levels, on_hand=full, on_order=[0, 5], purchases=orders)
    told = line(found, "on-order-differs")
    assert told["value"] == 3 * 2.5
    assert told["what"] == "stock says 5 on order, purchase orders say 2; the position counts the former"
    assert "on-order-differs" not in set(made(levels, on_hand=full, on_order=[0, 5]).lines["kind"])


def test_what_lies_in_excess_elsewhere_is_told() -> None:
    """Who is about to order reads where most of the part could be had instead; other parts' excess is nobody's."""
    history = DemandHistory.from_matrix(
        [[2.0, 0.0, 1.0, 0.0] * 6] * 5, parts=["P", "P", "P", "Q", "P"], places=["A", "B", "C", "A", "D"],
        first=date(2024, 1, 1),
    )  # fmt: skip
    levels = reorder_levels(history, PartMaster.of(["P", "Q"], price=2.0, lead_time_days=30))
    full = int(levels.order_up_to[0])
    found = made(levels, on_hand=[0, full + 2, full + 5, 0, 1], backorder=[0, 0, 0, 0, 2])
    told = {(row["part"], row["place"]): row["what"] for row in found.lines.to_dict("records")}
    assert told["P", "A"].endswith("; 5 to spare at C")
    assert told["P", "D"].endswith("on the shelf; 5 to spare at C")
    assert "to spare" not in told["P", "B"] + told["Q", "A"]


def test_impossible_arguments_are_refused() -> None:
    """Rates below 0 and orders without a day or quantity have no meaning."""
    with pytest.raises(ConfigError, match="0 or more"):
        made(levels_of(), on_hand=1, jump_rate=-0.1)
    with pytest.raises(TableError, match="due"):
        Purchases.of(["A"], ["P0"], ["XA"], qty_pcs=[1], due=["NaT"])
    with pytest.raises(TableError, match="qty_pcs"):
        Purchases.of(["A"], ["P0"], ["XA"], qty_pcs=[-1], due=["2026-01-01"])


LEVELS = levels_of(4, criticality=["vital", "essential", "desirable", "vital"], price=[3, 0, 800, 1.25])


@settings(max_examples=20)
@given(
    on_hand=st.lists(st.integers(0, 12), min_size=4, max_size=4),
    on_order=st.lists(st.integers(0, 9), min_size=4, max_size=4),
    backorder=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    order=st.permutations(range(4)),
)
def test_every_situation_is_on_the_list_once(
    on_hand: list[int], on_order: list[int], backorder: list[int], order: list[int]
) -> None:
    """Whatever lies there: each order proposed, shelf empty or excess has just one line, whatever the rows' order."""
    found = made(LEVELS, on_hand, on_order, backorder)
    rows, lines = found.proposals, found.lines
    assert not lines.duplicated(["part", "place", "kind"]).any()
    stock_kinds = lines[lines["kind"].isin(["backorders", "stock-out", "order"])]
    wanted = rows[(rows["order_pcs"] > 0) | rows["stock_out"] | (rows["backorder_pcs"] > rows["on_hand_pcs"])]
    assert sorted(stock_kinds["part"]) == sorted(wanted["part"])
    assert sorted(lines.loc[lines["kind"] == "excess", "part"]) == sorted(rows.loc[rows["excess_pcs"] > 0, "part"])
    at = np.array(order)
    names = LEVELS.history
    mixed = Stock.of(
        names.parts[at], names.places[at], on_hand_pcs=np.array(on_hand)[at], on_order_pcs=np.array(on_order)[at],
        backorder_pcs=np.array(backorder)[at],
    )  # fmt: skip
    pd.testing.assert_frame_equal(morning(LEVELS, mixed, today=TODAY).lines, lines)
