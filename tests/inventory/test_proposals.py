"""Proposals: how many, why, and what is short or in excess."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError, TableError
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.proposals import REASONS, Stock, propose
from tests.inventory.make import history_of


def levels_of(items: int = 1, kind: str = "s,S", **options: Any) -> Levels:
    """Give levels of parts with the same demand; base stock is s = 5."""
    history = history_of(*[[2.0, 0.0, 1.0, 0.0] * 6] * items)
    parts = PartMaster.of(history.parts, **{"price": 2.5, "lead_time_days": 30.4375, **options})
    return reorder_levels(history, parts, policy="R," + kind)  # type: ignore[arg-type]


def stock_of(levels: Levels, on_hand: Any, on_order: Any = 0.0, backorder: Any = 0.0) -> Stock:
    """Give a stock of the items of levels."""
    history = levels.history
    return Stock.of(history.parts, history.places, on_hand_pcs=on_hand, on_order_pcs=on_order, backorder_pcs=backorder)


def test_every_reason_once() -> None:
    """Each situation a planner meets gets its own word, quantity and flags."""
    levels = levels_of(6)
    s, full = int(levels.reorder_point[0]), int(levels.order_up_to[0])
    stock = stock_of(
        levels,
        on_hand=[0, 0, 1, 0, full + 4, full],
        on_order=[1, 0, 0, full, 0, 0],
        backorder=[3, 0, 0, 0, 0, 0],
    )
    found = propose(levels, stock)
    assert s >= 1
    assert found["reason"].tolist() == list(REASONS)
    assert found["order_pcs"].tolist() == [full + 2, full, full - 1, 0, 0, 0]
    assert found["order_value"].tolist() == [2.5 * pieces for pieces in found["order_pcs"]]
    assert found["stock_out"].tolist() == [True, True, False, True, False, False]
    assert found["excess_pcs"].tolist() == [0, 0, 0, 0, 4, 0]
    assert found["excess_value"].sum() == 10.0


@given(
    on_hand=st.integers(0, 40),
    on_order=st.integers(0, 20),
    backorder=st.integers(0, 20),
    moq=st.integers(1, 9),
    pack=st.integers(1, 6),
    cap=st.one_of(st.none(), st.integers(9, 60)),
    kind=st.sampled_from(["s,S", "s,nQ"]),
)
def test_orders_are_possible_and_enough(
    on_hand: int, on_order: int, backorder: int, moq: int, pack: int, cap: int | None, kind: str
) -> None:
    """An order is at least the MOQ, in whole packs, lifts the position above s; without need there is none."""
    limits = {"moq_pcs": moq, "pack_pcs": pack, **({"max_stock_pcs": cap} if cap is not None else {})}
    levels = levels_of(kind=kind, **limits)
    row = propose(levels, stock_of(levels, on_hand, on_order, backorder)).iloc[0]
    position = on_hand + on_order - backorder
    assert row["position_pcs"] == position
    if position > levels.reorder_point[0]:
        assert row["order_pcs"] == 0
        return
    assert row["order_pcs"] >= moq
    assert row["order_pcs"] % pack == 0
    assert position + row["order_pcs"] > levels.reorder_point[0]
    if cap is not None:
        # Above the cap only where no smaller order is possible.
        smaller = row["order_pcs"] - pack
        assert row["above_maximum"] == (position + row["order_pcs"] > cap)
        if row["above_maximum"] and kind == "s,S":
            assert smaller < moq or position + smaller <= levels.reorder_point[0]
    assert row["reason"] in ("backorders", "stock-out", "reorder-point")


def test_unstocked_parts_are_ordered_when_awaited() -> None:
    """A part never demanded has no level: an empty shelf is no stock-out, but somebody waiting is."""
    history = history_of([0.0] * 12, [0.0] * 12)
    levels = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=30))
    found = propose(levels, stock_of(levels, on_hand=0, backorder=[0, 2]))
    assert found["order_pcs"].tolist() == [0, 2]
    assert found["reason"].tolist() == ["enough", "backorders"]
    assert found["stock_out"].tolist() == [False, True]


def test_absent_rows_count_as_nothing_and_say_so() -> None:
    """A level without a row of stock is proposed for as if nothing were there, flagged."""
    levels = levels_of(2)
    found = propose(levels, Stock.of(["P1"], ["XA"], on_hand_pcs=50))
    assert found["stock_known"].tolist() == [False, True]
    assert found["order_pcs"].tolist() == [levels.order_up_to[0], 0]


def test_faulty_stock_is_refused() -> None:
    """Two rows of one part-location, stock without a level, and negative quantities are told."""
    levels = levels_of()
    with pytest.raises(ConfigError, match="'P0' at 'XA' has two rows"):
        propose(levels, Stock.of(["P0", "P0"], ["XA", "XA"], on_hand_pcs=1))
    with pytest.raises(ConfigError, match="1 part-locations have stock but no level, first 'P0' at 'BJ'"):
        propose(levels, Stock.of(["P0"], ["BJ"], on_hand_pcs=1))
    with pytest.raises(TableError, match="on_hand_pcs"):
        Stock.of(["P0"], ["XA"], on_hand_pcs=-1)


def test_order_of_rows_changes_nothing() -> None:
    """Stock rows in another order give the same proposals, in the order of the levels."""
    levels = levels_of(5)
    rows = np.array([3, 0, 4, 1, 2])
    one = stock_of(levels, on_hand=np.arange(5.0))
    other = Stock.of(one.parts[rows], one.places[rows], on_hand_pcs=one.on_hand[rows])
    pd.testing.assert_frame_equal(propose(levels, one), propose(levels, other))
