"""The part master made in code."""

from __future__ import annotations

import numpy as np
import pytest

from fieldops.errors import TableError
from fieldops.inventory.parts import PartMaster


def test_units_are_those_of_the_tables() -> None:
    """Days become seconds, currency becomes Money to a thousandth of a cent, one value holds for all parts."""
    parts = PartMaster.of(["A", "B"], lead_time_days=[0.5, 30], price=0.001)
    assert parts.lead_time.tolist() == [43_200, 2_592_000]
    assert parts.price.tolist() == [1_800, 1_800]
    assert parts.moq.tolist() == [1, 1]


def test_impossible_values_are_all_told() -> None:
    """Every faulty part and column stands in one error."""
    with pytest.raises(TableError) as caught:
        PartMaster.of(
            ["A", "B", "C"],
            lead_time_days=[1, -1, np.nan],
            pack_pcs=[0, 1, 1],
            min_stock_pcs=5,
            max_stock_pcs=[4, 5, 6],
        )
    found = {(fault.key, fault.column, fault.code) for fault in caught.value.faults}
    assert found == {
        ("B", "lead_time_days", "implausible-value"),
        ("C", "lead_time_days", "implausible-value"),
        ("A", "pack_pcs", "implausible-value"),
        ("A", "max_stock_pcs", "cap-below-floor"),
    }


def test_ids_stand_once() -> None:
    """A part that stands there twice would have two lead times."""
    with pytest.raises(TableError, match="duplicate-id"):
        PartMaster.of(["A", "B", "A"], lead_time_days=1)


def test_items_find_their_parts() -> None:
    """Master data follow the part of each item; every unknown part is a fault of its own."""
    parts = PartMaster.of(["A", "B"], lead_time_days=[1, 2])
    found = parts.of_items(np.array(["B", "A", "B"], dtype=object))
    assert (found.lead_time / 86_400).tolist() == [2, 1, 2]
    with pytest.raises(TableError) as caught:
        parts.of_items(np.array(["B", "Y", "X", "X"], dtype=object))
    assert [fault.key for fault in caught.value.faults] == ["X", "Y"]
