"""Levels of a range of parts: promises, bounds, reasons, and that no item disturbs another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError, TableError
from fieldops.inventory import levels as room
from fieldops.inventory.demand import MODELS, NegativeBinomial, Pooled
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.limits import bounded
from fieldops.inventory.parts import NO_CAP, PartMaster
from tests.inventory.make import history_of, sparse_history


def parts_of(items: int, **options: Any) -> PartMaster:
    """Give parts P0, P1, ... that take a month to come."""
    return PartMaster.of([f"P{at}" for at in range(items)], **{"lead_time_days": 30.4375, "price": 10.0, **options})


def test_promise_keeps_the_target() -> None:
    """Whatever measure and model is asked for, the level promises at least the target, and the frame says so."""
    history, parts = sparse_history(50, 48), parts_of(50, lead_time_days=np.linspace(0, 200, 50))
    for measure, column in (
        ("fill_rate", "promised_fill_rate"),
        ("ready_rate", "promised_ready_rate"),
        ("cycle_service", "promised_cycle_service_rate"),
    ):
        for model in MODELS:
            found = reorder_levels(history, parts, target=0.9, measure=measure, model=model).to_frame()  # type: ignore[arg-type]
            asked = found["demand_pcs_per_month"] > 0
            assert (found.loc[asked, column] >= 0.9 - 1e-9).all()
            assert (found["order_up_to_pcs"] == found["reorder_point_pcs"] + 1).all()


def test_targets_by_criticality() -> None:
    """One target for each word of criticality: vital parts get more."""
    history = history_of(*[[0.0, 2.0, 1.0, 0.0] * 6] * 2)
    found = reorder_levels(
        history, parts_of(2, criticality=["vital", "desirable"]), target={"vital": 0.99, "desirable": 0.8}
    )
    assert found.target.tolist() == [0.99, 0.8]
    assert found.raw[0] > found.raw[1]
    with pytest.raises(ConfigError, match="no target for desirable"):
        reorder_levels(history, parts_of(2, criticality="desirable"), target={"vital": 0.9})
    with pytest.raises(ConfigError, match="no such word: urgent"):
        reorder_levels(history, parts_of(2), target={"essential": 0.9, "urgent": 0.9})


def test_constant_demand_is_covered_but_not_padded() -> None:
    """Four pieces every month, no variance: Poisson is the floor of doubt, and it is said."""
    found = reorder_levels(history_of([4.0] * 24), parts_of(1), target=0.95, model="negative_binomial")
    assert found.reasons()[0] == "variance not above mean: Poisson"
    assert found.interval_variance[0] == found.interval_mean[0] == 8.0
    assert 8 <= found.order_up_to[0] <= 14


def test_model_that_cannot_passes_on() -> None:
    """Empirical windows longer than the history: the default model takes over, and says so."""
    history = history_of([0.0, 2.0, 1.0] * 4, [0.0, 1.0, 1.0] * 4)
    found = reorder_levels(history, parts_of(2, lead_time_days=[400, 30]), model="empirical")
    assert found.model.tolist() == ["negative_binomial", "empirical"]
    assert [("doesn't suit the model" in words) for words in found.reasons()] == [True, False]


def test_models_may_differ_by_item() -> None:
    """One name an item gives each item what that model alone gives it; two models of one name would be mixed up."""
    history, parts = sparse_history(9, 36), parts_of(9)
    names = ["poisson", "empirical", "negative_binomial"] * 3
    mixed = reorder_levels(history, parts, model=names)
    for name in set(names):
        alone = reorder_levels(history, parts, model=name)
        which = np.array(names) == name
        assert mixed.model[which].tolist() == alone.model[which].tolist()
        assert mixed.reorder_point[which].tolist() == alone.reorder_point[which].tolist()
    with pytest.raises(ConfigError, match="one for each of the 9 items"):
        reorder_levels(history, parts, model=["poisson"])
    with pytest.raises(ConfigError, match="two different models are called 'pooled'"):
        reorder_levels(history, parts, model=[Pooled(), Pooled("criticality"), *names[:7]])


@given(order=st.permutations(range(25)))
def test_order_of_items_changes_nothing(order: list[int]) -> None:
    """The same items in another order have the same levels, promises and classes, number for number."""
    history, parts = sparse_history(25, 30), parts_of(25, price=np.linspace(1, 90, 25))
    one, other = reorder_levels(history, parts), reorder_levels(history.take(np.array(order)), parts)
    for name in ("raw", "reorder_point", "order_up_to", "why", "abc", "demand_class"):
        assert getattr(one, name)[order].tolist() == getattr(other, name).tolist()
    assert one.promised.fill_rate[order] == pytest.approx(other.promised.fill_rate, abs=1e-12, nan_ok=True)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A range worked on in many blocks is what it is in one: the levels exactly, promises to rounding."""
    history, parts = sparse_history(40, 30), parts_of(40)
    whole = {model: reorder_levels(history, parts, model=model).to_frame() for model in MODELS}
    monkeypatch.setattr(room, "BLOCK", 7)
    for model, frame in whole.items():
        again = reorder_levels(history, parts, model=model).to_frame()
        pd.testing.assert_frame_equal(again, frame, rtol=1e-10, atol=1e-12)


@given(
    raw=st.integers(-1, 60),
    quantity=st.integers(1, 20),
    floor=st.integers(0, 40),
    room_above=st.integers(0, 40),
    capped=st.booleans(),
)
def test_floor_and_cap_hold(raw: int, quantity: int, floor: int, room_above: int, capped: bool) -> None:
    """Order-up-to never exceeds the cap unless one order alone does; the floor holds unless the cap forbids it."""
    cap = floor + room_above if capped else NO_CAP
    parts = PartMaster.of(["P"], lead_time_days=1, min_stock_pcs=floor, max_stock_pcs=cap)
    point = int(bounded(np.array([raw]), np.array([quantity]), parts)[0][0])
    assert point >= -1
    assert point + quantity <= max(cap, quantity - 1)
    assert point >= min(floor - 1, max(cap - quantity, -1))
    if not capped:
        assert point == max(raw, floor - 1)


def test_order_quantity_heeds_moq_and_pack() -> None:
    """The least order is what is asked, the MOQ or a pack, in whole packs; a larger one needs no higher s."""
    history = history_of(*[[0.0, 2.0, 1.0, 0.0] * 6] * 4)
    parts = parts_of(4, moq_pcs=[1, 5, 1, 7], pack_pcs=[1, 1, 4, 4])
    found = reorder_levels(history, parts, order_quantity=2)
    assert found.quantity.tolist() == [2, 5, 4, 8]
    assert (np.diff(found.raw[[0, 2, 1, 3]]) <= 0).all()
    assert ["MOQ or pack" in words for words in found.reasons()] == [True] * 4


def test_both_kinds_of_order_keep_the_promise() -> None:
    """(s,S) and (s,nQ) differ in where the position lies after an order; each promises the target."""
    history, parts = sparse_history(30, 36), parts_of(30, moq_pcs=6)
    for kind in ("s,S", "s,nQ"):
        found = reorder_levels(history, parts, target=0.9, policy="R," + kind)  # type: ignore[arg-type]
        assert (found.promised.fill_rate[found.rate > 0] >= 0.9 - 1e-9).all()


def test_floor_and_cap_change_the_promise() -> None:
    """The promise is that of the final level: above the target after a floor, below it after a cap."""
    history = history_of(*[[0.0, 2.0, 1.0, 0.0] * 6] * 3)
    parts = parts_of(3, min_stock_pcs=[0, 20, 0], max_stock_pcs=[NO_CAP, NO_CAP, 2])
    found = reorder_levels(history, parts, model="negative_binomial")
    low, mid, high = found.promised.fill_rate[[2, 0, 1]]
    assert low < 0.95 <= mid < high
    assert found.raw.tolist() == [found.raw[0]] * 3
    assert found.reasons().tolist() == ["", "raised to the minimum", "lowered to the maximum"]


def test_shorter_reviews_need_less() -> None:
    """Orders every night instead of every month: never a higher level."""
    history, parts = sparse_history(40, 36), parts_of(40)
    nightly = reorder_levels(history, parts, review_period=history.in_periods(1))
    monthly = reorder_levels(history, parts, review_period=1.0)
    assert (nightly.raw <= monthly.raw).all()
    assert (nightly.raw < monthly.raw).any()


def test_impossible_arguments_are_refused() -> None:
    """Every argument that can't be is told: unknown part, review of nothing, wrong length, order of nothing."""
    history = history_of([0.0, 1.0], [1.0, 0.0])
    with pytest.raises(TableError, match="part 'P1' is used or stocked but is not in the parts table"):
        reorder_levels(history, parts_of(1))
    with pytest.raises(ConfigError, match="above 0 periods"):
        reorder_levels(history, parts_of(2), review_period=0.0)
    with pytest.raises(ConfigError, match="each of the 2 items"):
        reorder_levels(history, parts_of(2), target=[0.9, 0.9, 0.9])
    with pytest.raises(ConfigError, match="above 0 pieces"):
        reorder_levels(history, parts_of(2), order_quantity=0)
    with pytest.raises(ConfigError, match="from 0 up to but not including 1"):
        reorder_levels(history, parts_of(2), target=98)
    with pytest.raises(ConfigError, match="there is no level of part 'P9' at 'XA'"):
        reorder_levels(history, parts_of(2)).position("P9", "XA")
    with pytest.raises(ConfigError, match="part 'P0' has levels at 'XA': say which place is meant"):
        reorder_levels(history, parts_of(2)).position("P0")


def test_own_model_can_be_given() -> None:
    """A model that is no name is used as it is."""
    history, parts = sparse_history(10, 24), parts_of(10)
    own: Levels = reorder_levels(history, parts, model=NegativeBinomial(parameter_uncertainty=False))
    named = reorder_levels(history, parts, model="negative_binomial_plain")
    assert own.raw.tolist() == named.raw.tolist()


def test_no_items_are_no_error() -> None:
    """An empty range gives an empty frame."""
    history = history_of([0.0, 1.0]).take(np.empty(0, dtype=np.int64))
    assert len(reorder_levels(history, parts_of(1)).to_frame()) == 0


def test_targets_by_demand_class_and_by_abc() -> None:
    """Each class has the target stated for it; a class without one is told, and words of two sorts don't mix."""
    history = sparse_history(40, 48)
    parts = parts_of(40, price=np.linspace(1, 400, 40))
    shapes = {"smooth": 0.99, "erratic": 0.9, "intermittent": 0.8, "lumpy": 0.7}
    found = reorder_levels(history, parts, target=shapes)
    for word, target in shapes.items():
        assert (found.target[found.demand_class == word] == target).all()
    letters = {"A": 0.9, "B": 0.95, "C": 0.99}
    found = reorder_levels(history, parts, target=letters, rate="tsb")
    assert {*found.abc} == {*letters}
    assert found.target.tolist() == [letters[letter] for letter in found.abc]
    with pytest.raises(ConfigError, match="targets by ABC: no target for C; no such word: vital"):
        reorder_levels(history, parts, target={"A": 0.9, "B": 0.9, "vital": 0.9})
