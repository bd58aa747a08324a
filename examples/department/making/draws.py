"""Chance that repeats, and the form of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import numpy as np

SEED = 20261123
Item = TypeVar("Item")
Row = dict[str, Any]
Chance = np.random.RandomState


def stream(number: int) -> Chance:
    """Make the generator of one table; changing one table leaves the others as they are.

    ``RandomState`` and not ``Generator``: NumPy promises that its numbers never change between releases.
    """
    return np.random.RandomState(SEED + number)


def pick(chance: Chance, items: Sequence[Item], weights: Sequence[float] | None = None) -> Item:
    """Take one of `items`."""
    if weights is None:
        return items[int(chance.randint(len(items)))]
    return items[int(chance.choice(len(items), p=np.array(weights) / sum(weights)))]


def happens(chance: Chance, rate: float) -> bool:
    """Whether something that happens at `rate` (0..1) does."""
    return bool(chance.random_sample() < rate)


def near(chance: Chance, lat: float, lon: float, spread: float = 0.013) -> tuple[float, float]:
    """Take a point around another; `spread` is a standard deviation in degrees (0.01 is about 1 km)."""
    return round(lat + spread * chance.randn(), 5), round(lon + spread * chance.randn(), 5)


def clock_text(moment: datetime) -> str:
    """Write a moment as the tables do, local time of Asia/Shanghai."""
    return moment.strftime("%Y-%m-%d %H:%M")
