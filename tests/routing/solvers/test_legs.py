"""Legs asked for all at once."""

from __future__ import annotations

import numpy as np

from fieldops.routing.solvers.legs import legs_between
from fieldops.routing.travel import Travel


class Asked:
    """Travel that can only be asked leg by leg."""

    def __init__(self, travel: Travel) -> None:
        self.places, self.index, self.leg = travel.places, travel.index, travel.leg


def test_travel_with_and_without_arrays_tells_the_same() -> None:
    """Origins are rows, destinations columns; ticks come first; a place may stand there twice."""
    draw = np.random.default_rng(3)
    travel = Travel.from_matrix(list("abcde"), draw.integers(1, 90, (5, 5)) * (1 - np.eye(5, dtype=int)))
    origins, destinations = np.array([4, 0, 0]), np.array([1, 2, 3, 4])
    found = legs_between(travel, origins, destinations)
    assert found.shape == (3, 4, 2)
    assert tuple(found[0, 1]) == travel.leg(4, 2)
    assert (legs_between(Asked(travel), origins, destinations) == found).all()
    assert legs_between(Asked(travel), origins[:0], destinations).shape == (0, 4, 2)
