"""Choices: what a node has chosen is not chosen again, or branching would never end."""

from __future__ import annotations

import numpy as np

from fieldops.routing.solvers.bound.choices import DONE, Choice, least_decided
from fieldops.routing.solvers.bound.master import Column


def test_an_order_that_must_be_done_and_is_done_in_part_is_given_to_a_kind_once() -> None:
    """Where no day known does all of an order, its share with the kind chosen for it stays below one."""
    used, mix = [Column(0, 100, (0,)), Column(1, 10, (1,))], np.array([0.9, 1.0])
    out, may = np.array([0.1, 0.0]), np.array([DONE, DONE])
    by = Choice("by", 0, 0)
    assert least_decided(used, mix, out, may, 2) == (by, Choice("not by", 0, 0))
    assert least_decided(used, mix, out, may, 2, (by,)) is None


def test_two_orders_are_put_on_one_day_once() -> None:
    """Pairs chosen before are passed over, so the next pair is tried, and then nothing is left."""
    used = [Column(0, 9, (0, 1)), Column(0, 9, (0, 2)), Column(0, 5, (1,)), Column(0, 5, (2,))]
    mix, out, may = np.full(4, 0.5), np.zeros(3), np.full(3, DONE)
    one, other = Choice("together", jobs=(0, 1)), Choice("together", jobs=(0, 2))
    assert least_decided(used, mix, out, may, 1) == (one, Choice("apart", jobs=(0, 1)))
    assert least_decided(used, mix, out, may, 1, (one,)) == (other, Choice("apart", jobs=(0, 2)))
    assert least_decided(used, mix, out, may, 1, (one, other)) is None
