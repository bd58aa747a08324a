"""Planners' decisions: in force as long as they should be, flagged when the figures moved, and never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.demand import MODELS
from fieldops.inventory.explain import explain_level
from fieldops.inventory.holding import about, hold
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.overrides import (
    COLUMNS,
    KEPT_COLUMNS,
    Override,
    faulty_overrides,
    merged,
    overrides_of,
    to_frame,
)
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.worklist import KINDS
from fieldops.tables import read_tables
from fieldops.writing import write_csv
from tests.inventory.make import history_of, sparse_history
from tests.inventory.test_worklist import TODAY, levels_of, line, made

MADE: dict[str, Any] = {"reason": "春节", "by": "李静"}


def level(points: int, **more: Any) -> Override:
    """Decide a level of P0 at XA."""
    return Override("P0", "XA", "level", points, **MADE, **more)


def test_a_level_is_held_and_promises_what_it_gives() -> None:
    """For every model: the level decided gets just the promise that the same level as a minimum or maximum has."""
    history = sparse_history(3, 48)
    parts = PartMaster.of(history.parts, price=3.0, lead_time_days=[10, 40, 90], moq_pcs=[1, 4, 1])
    for model in MODELS:
        levels = reorder_levels(history, parts, model=model)
        points = levels.reorder_point + 3
        floors = PartMaster.of(
            history.parts, price=3.0, lead_time_days=[10, 40, 90], moq_pcs=[1, 4, 1], min_stock_pcs=points + 1
        )
        floored = reorder_levels(history, floors, model=model)
        decided = [Override(f"P{n}", "XA", "level", int(point), **MADE) for n, point in enumerate(points)]
        held, told = hold(levels, decided, today=TODAY)
        assert held.reorder_point.tolist() == floored.reorder_point.tolist() == points.tolist()
        assert held.order_up_to.tolist() == floored.order_up_to.tolist()
        np.testing.assert_allclose(held.promised.fill_rate, floored.promised.fill_rate)
        np.testing.assert_allclose(held.promised.expected_on_hand, floored.promised.expected_on_hand)
        assert all("set by a planner" in words for words in held.reasons())
        assert [one.status for one in told] == ["active"] * 3
        assert levels.reorder_point.tolist() != points.tolist(), "the levels worked out stay as they were"


def test_a_level_expires_after_its_last_day() -> None:
    """On its last day a decision holds, the day after it doesn't and is on the list once more."""
    levels = levels_of()
    computed, full = int(levels.reorder_point[0]), int(levels.order_up_to[0])
    last_day = made(levels, on_hand=full + 9, overrides=[level(computed + 8, until=TODAY)])
    assert last_day.levels.reorder_point[0] == computed + 8
    assert "override-expired" not in set(last_day.lines["kind"])
    over = made(levels, on_hand=full, overrides=[level(computed + 8, until=date(2026, 11, 22))])
    assert over.levels.reorder_point[0] == computed
    assert line(over, "override-expired")["value"] == 8 * 2.5
    assert [one.status for one in over.overrides] == ["expired"]


def test_a_level_whose_data_moved_still_holds_but_is_flagged() -> None:
    """The planner is asked again when the level worked out is no longer about the one they saw."""
    levels = levels_of()
    computed = int(levels.reorder_point[0])
    found = made(levels, on_hand=99, overrides=[level(computed + 8, seen=float(computed + 4))])
    assert found.levels.reorder_point[0] == computed + 8
    assert f"made on {computed + 4}; now {computed} is worked out" in line(found, "override-moved")["what"]
    near = made(levels, on_hand=99, overrides=[level(computed + 8, seen=float(computed + 1))])
    assert "override-moved" not in set(near.lines["kind"])
    loose = made(levels, on_hand=99, overrides=[level(computed + 8, seen=float(computed + 4))], moved_rate=1.0)
    assert "override-moved" not in set(loose.lines["kind"])


def test_a_held_level_is_no_jump() -> None:
    """A level that moved because a planner moved it isn't news to them, nor the day it goes back."""
    levels = levels_of()
    before = levels.to_frame()
    held = made(levels, on_hand=99, overrides=[level(30)], last=before)
    assert "jump" not in set(held.lines["kind"])
    after = made(levels, on_hand=99, last=held.levels.to_frame())
    assert "jump" not in set(after.lines["kind"])


def test_an_order_is_decided_once() -> None:
    """Another quantity goes out; when the need is gone the decision is done, and a changed need asks again."""
    levels = levels_of()
    full = int(levels.order_up_to[0])
    more = Override("P0", "XA", "order", 40, **MADE)
    first = made(levels, on_hand=1, overrides=[more])
    assert first.proposals.loc[0, ["order_pcs", "proposed_pcs", "order_value"]].tolist() == [40, full - 1, 100.0]
    assert (line(first, "order")["status"], line(first, "order")["value"]) == ("decided", 100.0)
    (noted,) = first.overrides
    assert noted.seen == full - 1
    placed = made(levels, on_hand=1, on_order=40, overrides=[noted])
    assert placed.proposals["order_pcs"].tolist() == [0], "an order on its way isn't placed twice"
    assert [one.status for one in placed.overrides] == ["done"]
    moved = made(levels, on_hand=1, backorder=9, overrides=[noted])
    assert moved.proposals["order_pcs"].tolist() == [full - 1 + 9], "nobody decided on that one"
    assert [one.status for one in moved.overrides] == ["moved"]
    assert "order 40 by 李静" in line(moved, "override-moved")["what"]


def test_an_approval_holds_while_the_line_is_about_the_same() -> None:
    """Approved excess stays approved a piece more or less, comes back when it grew, is done when it is gone."""
    levels = levels_of()
    full = int(levels.order_up_to[0])
    approval = Override("P0", "XA", "approve", kind="excess", seen=10.0, **MADE)
    statuses = []
    for beyond in (10, 12, 13, 0):
        found = made(levels, on_hand=full + beyond, overrides=[approval])
        statuses.append((found.overrides[0].status, found.lines["status"].tolist()))
    assert statuses == [("active", ["approved"]), ("active", ["approved"]), ("moved", ["open"]), ("done", [])]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"decision": "level"}, "without a quantity; write the reorder point"),
        ({"decision": "order", "decided": -1}, "write 0 to order none"),
        ({"decision": "level", "decided": -2}, "write -1 not to stock"),
        ({"decision": "approve"}, "names no line"),
        ({"decision": "approve", "kind": "excess", "decided": 3}, "decide level or order"),
        ({"decision": "level", "decided": 3, "reason": ""}, "write the reason"),
        ({"decision": "level", "decided": 3, "by": ""}, "write who decided"),
    ],
)  # fmt: skip
def test_half_a_decision_is_refused(values: dict[str, Any], words: str) -> None:
    """A decision without reason, name or quantity can't be made in code either."""
    with pytest.raises(ConfigError, match=words):
        Override("P0", "XA", **{**MADE, **values})


def test_faults_of_a_table_are_told_by_row() -> None:
    """Every fault of a filled-in table at once, at its row and column."""
    rows = [
        {"part": "P0", "place": "XA", "decision": "level", "decided_pcs": "", "reason": "x", "by": "y"},
        {"part": "P0", "place": "XA", "decision": "order", "decided_pcs": "3", "reason": "", "by": ""},
        {"part": "P0", "place": "XA", "decision": "order", "decided_pcs": "4", "reason": "x", "by": "y"},
        {"part": "P9", "place": "XA", "decision": "order", "decided_pcs": "4", "reason": "x", "by": "y"},
        {"part": "P0", "place": "XA", "decision": "", "decided_pcs": "4", "reason": "x", "by": "y"},
        {"part": "P0", "place": "XA", "decision": "approve", "kind": "exces", "reason": "x", "by": "y"},
        {"part": "P0", "place": "XA", "decision": "同意", "kind": "excess", "reason": "x", "by": "y"},
        {"part": "P0", "place": "XA"},
    ]
    tables = read_tables(
        {"overrides": pd.DataFrame(rows).fillna("")}, [column for column in COLUMNS if not column.refers]
    )
    assert not tables.faults
    found = list(faulty_overrides(tables["overrides"], KINDS, {("P0", "XA")}))
    assert [(fault.row, fault.column, fault.code) for fault in found] == [
        (2, "decided_pcs", "no-quantity"),
        (3, "reason", "no-reason"),
        (3, "by", "no-name"),
        (4, "decision", "decided-twice"),
        (5, "part", "unknown-item"),
        (6, "decision", "no-decision"),
        (7, "kind", "unknown-kind"),
    ]


WORDS = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)


@settings(max_examples=25)
@given(
    reason=WORDS,
    by=WORDS,
    until=st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2090, 1, 1))),
    points=st.integers(-1, 99),
)
def test_decisions_survive_the_file(
    reason: str, by: str, until: date | None, points: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is kept in overrides.csv reads back as it was, formulas and Chinese included."""
    path = tmp_path_factory.mktemp("kept") / "overrides.csv"
    decided = Override("=P0", "仓", "level", points, reason, by, until, seen=3.0, stated=False)
    write_csv(to_frame([decided, replace(decided, part="P1", status="done")]), path)
    zone = ZoneInfo("Asia/Shanghai")
    tables = read_tables({"kept_overrides": path}, KEPT_COLUMNS, zone=zone.key)
    assert not tables.faults
    (found,) = overrides_of(tables["kept_overrides"], zone)
    assert (found.part, found.place, found.decided, found.until, found.seen) == ("=P0", "仓", points, until, 3.0)
    assert (found.reason, found.by) == (reason, by)


def test_later_decisions_prevail_and_removed_rows_are_gone() -> None:
    """The work list prevails over what was kept, that over the own table; the own table is read anew each time."""
    stated, kept, filled = level(1), level(2, stated=False), level(3, stated=False)
    assert [one.decided for one in merged([stated], [kept], [filled])] == [3]
    assert [one.decided for one in merged([stated], [kept], [])] == [2]
    assert merged([], [level(1, seen=4.0)], []) == [], "a row taken out of the own table is out"
    assert merged([stated], [level(1, seen=4.0)], [])[0].seen == 4.0, "what it was made on stays noted"
    assert merged([level(7)], [level(1, seen=4.0)], [])[0].seen is None, "but not for another decision"


def test_about_is_a_piece_or_a_quarter() -> None:
    """Small quantities may move by a piece, large ones by the share."""
    assert [about(now, 2) for now in (1, 3, 4)] == [True, True, False]
    assert [about(now, 100) for now in (75, 125, 126)] == [True, True, False]
    assert not about(126, 100, 0.2)


def test_the_explanation_tells_who_set_the_level() -> None:
    """An explained level says that a planner set it, and what was worked out."""
    history = history_of([2.0, 0.0, 1.0, 0.0] * 6)
    levels = reorder_levels(history, PartMaster.of(["P0"], lead_time_days=30, price=2.5))
    held, _ = hold(levels, [level(9)], today=TODAY)
    text = explain_level(held, "P0", "XA")
    assert "is 9 or less" in text
    assert f"Set to 9 by a planner; worked out: {levels.reorder_point[0]}." in text
