"""Subset-row cuts: found where a mix breaks them, never cutting off a plan."""

from __future__ import annotations

import numpy as np
import pytest

from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import cuts
from fieldops.routing.solvers.bound.cuts import violated


def test_a_ring_of_five_needs_five_rows() -> None:
    """Half of each of five days round a ring breaks no triple, so only a set of five tells that it is no plan."""
    serves = np.zeros((8, 5), bool)
    for day in range(5):
        serves[[day, (day + 1) % 5], day] = True
    assert violated(serves, np.full(5, 0.5), Halt()) == [(0, 1, 2, 3, 4)]


def test_cuts_are_broken_by_the_mix_and_by_no_plan() -> None:
    """A set that the mix keeps to would only slow the master down; one that a plan breaks would prove a falsehood."""
    draw, seen = np.random.default_rng(3), set[int]()
    for _ in range(6):
        serves = draw.random((12, 24)) < 0.25
        mix = 1 / np.maximum(1, serves.sum(axis=1).max()) * np.ones(24)
        for rows in violated(serves, mix, Halt()):
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
        seen.update(map(len, violated(serves, tight, Halt())))
    assert 3 in seen


def test_the_best_of_equal_sets_are_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many sets as good as each other some are grown: always the same, those a full sort would name."""
    draw, served = np.random.default_rng(5), (np.random.default_rng(4).random((30, 60)) < 0.2).astype(float)
    for mix in (np.full(60, 0.125), draw.choice([0.25, 0.5], 60)):
        pairs = (served * mix) @ served.T
        monkeypatch.setattr(cuts, "BEST", 10**6)
        everything = cuts._grown((3,), served, mix, pairs)
        monkeypatch.setattr(cuts, "BEST", 20)
        few = cuts._grown((3,), served, mix, pairs)
        assert list(few.items()) == list(everything.items())[:20]
        assert len({*few.values()}) < 20, "no two were equal"


def test_no_time_no_cuts() -> None:
    """On a day of hundreds of orders one look for cuts takes seconds: whoever stops the proof must not wait for it."""
    asked = []

    def halt() -> bool:
        asked.append(True)
        return len(asked) > 2

    serves = np.random.default_rng(3).random((12, 24)) < 0.4
    assert violated(serves, np.full(24, 0.3), Halt())
    assert violated(serves, np.full(24, 0.3), halt) == []
    assert len(asked) == 3
