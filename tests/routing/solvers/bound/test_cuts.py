"""Subset-row cuts: found where a mix breaks them, never cutting off a plan."""

from __future__ import annotations

import numpy as np

from fieldops.routing.solvers.bound.cuts import violated


def test_a_ring_of_five_needs_five_rows() -> None:
    """Half of each of five days round a ring breaks no triple, so only a set of five tells that it is no plan."""
    serves = np.zeros((8, 5), bool)
    for day in range(5):
        serves[[day, (day + 1) % 5], day] = True
    assert violated(serves, np.full(5, 0.5)) == [(0, 1, 2, 3, 4)]


def test_cuts_are_broken_by_the_mix_and_by_no_plan() -> None:
    """A set that the mix keeps to would only slow the master down; one that a plan breaks would prove a falsehood."""
    draw, seen = np.random.default_rng(3), set[int]()
    for _ in range(6):
        serves = draw.random((12, 24)) < 0.25
        mix = 1 / np.maximum(1, serves.sum(axis=1).max()) * np.ones(24)
        for rows in violated(serves, mix):
            comes_to = serves[list(rows)].sum(axis=0) // 2
            assert mix @ comes_to > len(rows) // 2
            seen.add(len(rows))
            for order in (draw.permutation(24) for _ in range(20)):
                taken, free = 0, np.ones(12, bool)
                for day in order:
                    if free[serves[:, day]].all():
                        free &= ~serves[:, day]
                        taken += comes_to[day]
                assert taken <= len(rows) // 2
        tight = 1 / np.maximum(1e-9, (serves * 1.0).sum(axis=1)).min() * np.full(24, 0.45)
        seen.update(map(len, violated(serves, tight)))
    assert 3 in seen
