"""Curves of stock value against reached fill, and their comparison at equal reached fill."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Row = Mapping[str, Any]

TARGETS: Final = (
    0.5,
    0.6,
    0.7,
    0.8,
    0.87,
    0.92,
    0.95,
    0.97,
    0.98,
    0.99,
    0.995,
    0.998,
    0.999,
    0.9997,
    0.9999,
    0.99999,
    0.999999,
)
"""Targets of a curve: reached fills from below .80 to above .97, also where a model reaches less than it promises."""
FILLS: Final = (0.80, 0.85, 0.90, 0.93, 0.95, 0.97)
WEIGHTINGS: Final = ("unit", "part")


def value_at(rows: Sequence[Row], weighting: str, fills: Sequence[float]) -> NDArray[np.float64]:
    """Give the stock value at which a curve reaches these fills; NaN outside of what it reaches.

    Between two targets the logarithm of the value is taken as linear in the fill. Where a higher target reached less (a
    piece more of one part can be a piece less of another's luck) the curve keeps the best fill so far.

    >>> rows = [{"reached_unit_fill": .8, "stock_value": 10.0}, {"reached_unit_fill": .9, "stock_value": 40.0}]
    >>> value_at(rows, "unit", [0.85, 0.95]).round(6).tolist()
    [20.0, nan]
    """
    ordered = sorted(rows, key=lambda row: row["stock_value"])
    reached = np.maximum.accumulate([row[f"reached_{weighting}_fill"] for row in ordered])
    value = np.log([row["stock_value"] for row in ordered])
    new = np.concatenate([[True], np.diff(reached) > 0])
    return np.exp(np.interp(fills, reached[new], value[new], left=np.nan, right=np.nan))


def compared(
    curves: Mapping[str, Sequence[Row]], reference: str, fills: Sequence[float] = FILLS
) -> list[dict[str, Any]]:
    """Give, for each curve and fill, the stock value there and its ratio to the reference's, by both weightings."""
    found = []
    for name, rows in curves.items():
        values = {weighting: value_at(rows, weighting, fills) for weighting in WEIGHTINGS}
        base = {weighting: value_at(curves[reference], weighting, fills) for weighting in WEIGHTINGS}
        for at, fill in enumerate(fills):
            one: dict[str, Any] = {"curve": name, "reached": fill}
            for weighting in WEIGHTINGS:
                one[f"{weighting}_value"] = _known(values[weighting][at])
                one[f"{weighting}_ratio"] = _known(values[weighting][at] / base[weighting][at])
            found.append(one)
    return found


def curve(run: Callable[[float], Row], targets: Sequence[float] = TARGETS) -> list[Row]:
    """Run a model at every target of a grid."""
    return [run(target) for target in targets]


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
