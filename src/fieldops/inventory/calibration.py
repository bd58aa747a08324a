r"""Calibration: the targets to ask for so that the service wanted is the service reached.

A model promises a fill, a replay on held-out periods reaches another: levels of single pieces are rounded up and reach
more, parts that go by the hundred bring the surprises. So the target of part i is moved on the logit scale by a line in
the logarithm of its rate of demand d,

.. math:: \operatorname{logit} t'_i = \operatorname{logit} t_i + a + b \ln d_i,

and its two numbers are found from replays inside the periods to fit: the mean part reaches its target, and so do all
pieces together. Two numbers for a whole range don't learn its accidents by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import expit, logit

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats

if TYPE_CHECKING:
    import pandas as pd

ORIGINS: Final = (0.8,)
"""Shares of the fitted periods after which a replay begins: late, for a short history knows less than all of it."""
STEPS: Final = np.linspace(-3.0, 13.0, 17)
"""Shifts of the logit that are replayed: a target of .95 becomes .49 to .9999999."""
STEEPEST: Final = 6.0
"""Shift at most for each e-fold of the rate."""
HIGHEST: Final = 1.0 - 1e-8
HALVINGS: Final = 40


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one replay gave, each of shape (items,): pieces expected a period, demanded and filled; stock in money."""

    rate: Floats
    demanded: Floats
    filled: Floats
    stock_value: Floats


@dataclass(frozen=True, eq=False)
class Calibration:
    """The line that moves targets, and the replays it was found from.

    Attributes
    ----------
    shift, slope
        a and b of the line.
    reached_unit_fill, reached_part_fill
        What the moved targets reached in the replays inside the fitted periods; where they are not what was asked for,
        no line within the bounds reaches it.
    targets
        Moved targets of every item, for `reorder_levels`.
    outcomes
        One list for each origin, with one outcome for each of `STEPS`.
    wanted
        Targets asked for, shape (items,).
    """

    shift: float
    slope: float
    reached_unit_fill: float
    reached_part_fill: float
    targets: Floats
    outcomes: Sequence[Sequence[Outcome]]
    wanted: Floats

    def table(self) -> pd.DataFrame:
        """Give the calibration table: mean promise against reached fills and stock value, one row a step and origin."""
        import pandas as pd

        rows = []
        for origin, outcomes in enumerate(self.outcomes):
            for step, found in zip(STEPS, outcomes, strict=True):
                asked = found.demanded > 0
                promised = moved(self.wanted, np.full(len(self.wanted), step))
                rows.append(
                    {
                        "origin": origin,
                        "promised": promised[asked].mean(),
                        "reached_unit_fill": found.filled.sum() / found.demanded.sum(),
                        "reached_part_fill": (found.filled[asked] / found.demanded[asked]).mean(),
                        "stock_value": found.stock_value.sum(),
                    }
                )
        return pd.DataFrame(rows)


def moved(wanted: Floats, by: Floats) -> Floats:
    """Move targets on the logit scale, up to 0.99999999.

    >>> moved(np.array([0.95, 0.95]), np.array([0.0, 2.0])).round(4).tolist()
    [0.95, 0.9929]
    """
    return np.asarray(np.where(wanted > 0, np.minimum(expit(logit(wanted) + by), HIGHEST), 0.0))


def line_of(
    wanted: Floats, rate: Floats, run: Callable[[float, Floats], Outcome], origins: Sequence[float]
) -> Calibration:
    """Find the line.

    Parameters
    ----------
    wanted
        Targets asked for, shape (items,).
    rate
        Pieces a period expected of each item where the line will be used.
    run
        Replays from an origin (a share of the fitted periods) with given targets.
    origins
        Shares of the fitted periods.

    Raises
    ------
    ConfigError
        If nothing is demanded in the replays.
    """
    outcomes = [[run(origin, moved(wanted, np.full(len(wanted), step))) for step in STEPS] for origin in origins]
    tables = [_Table.of(one) for one in outcomes]
    if not all((table.demanded > 0).any() for table in tables):
        raise ConfigError("nothing was demanded in the periods to calibrate by; take a longer history or fewer origins")
    slope = _bisected(lambda b: _reached(tables, wanted, _shift(tables, wanted, b), b)[0], (-STEEPEST, STEEPEST))
    shift = _shift(tables, wanted, slope)
    unit, part = _reached(tables, wanted, shift, slope)
    wants = _wants(tables, wanted)
    targets = moved(wanted, np.clip(shift + slope * _log(rate), STEPS[0], STEPS[-1]))
    return Calibration(shift, slope, unit + wants[0], part + wants[1], targets, outcomes, wanted)


@dataclass(frozen=True, eq=False)
class _Table:
    """Filled pieces by step and item, of the replays from one origin."""

    filled: Floats
    demanded: Floats
    log_rate: Floats

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> _Table:
        first = outcomes[0]
        filled = np.maximum.accumulate([one.filled for one in outcomes], axis=0)
        return cls(filled, first.demanded, _log(first.rate))

    def at(self, shift: Floats) -> Floats:
        """Give filled pieces where each item's logit is moved by its own shift, linear between two steps."""
        place = np.clip((shift - STEPS[0]) / (STEPS[1] - STEPS[0]), 0.0, len(STEPS) - 1.0)
        low = np.minimum(place.astype(np.int64), len(STEPS) - 2)
        items = np.arange(len(shift))
        below, above = self.filled[low, items], self.filled[low + 1, items]
        return np.asarray(below + (place - low) * (above - below))


def _log(rate: Floats) -> Floats:
    return np.log(np.where(rate > 0, rate, 1.0))


def _wants(tables: Sequence[_Table], wanted: Floats) -> tuple[float, float]:
    """Give unit and part fill wanted, of what was demanded."""
    pieces = sum(float((table.demanded * wanted).sum()) for table in tables)
    parts = [float(wanted[table.demanded > 0].mean()) for table in tables]
    return pieces / sum(float(table.demanded.sum()) for table in tables), float(np.mean(parts))


def _reached(tables: Sequence[_Table], wanted: Floats, shift: float, slope: float) -> tuple[float, float]:
    """Give unit and part fill reached by a line, less what is wanted."""
    filled = [table.at(shift + slope * table.log_rate) for table in tables]
    asked = [table.demanded > 0 for table in tables]
    unit = sum(float(one.sum()) for one in filled) / sum(float(table.demanded.sum()) for table in tables)
    part = np.mean(
        [(one[at] / table.demanded[at]).mean() for one, at, table in zip(filled, asked, tables, strict=True)]
    )
    wants = _wants(tables, wanted)
    return unit - wants[0], float(part) - wants[1]


def _shift(tables: Sequence[_Table], wanted: Floats, slope: float) -> float:
    """Shift by which the mean part reaches its target at a given slope."""
    widest = float(STEPS[-1] - STEPS[0]) + STEEPEST * 30.0
    return _bisected(lambda a: _reached(tables, wanted, a, slope)[1], (-widest, widest))


def _bisected(function: Callable[[float], float], within: tuple[float, float]) -> float:
    """Find where a function that rises passes zero; a bound where it doesn't."""
    low, high = within
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if function(middle) >= 0 else (middle, high)
    return (low + high) / 2
