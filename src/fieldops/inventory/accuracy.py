"""Forecast errors as papers report them, to be compared with papers and for nothing else.

On sparse demand the forecast "never anything" has the least absolute error: on the carparts data its MASE, 0.746, is
that of the best of twelve published methods. So nothing here chooses a model or a level; `backtest` does, by service.
"""

from __future__ import annotations

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Mask


def mase(history: Floats, actual: Floats, forecast: Floats, season: int = 1) -> Floats:
    """Mean absolute scaled error of each series (Hyndman and Koehler 2006, International Journal of Forecasting 22).

    Parameters
    ----------
    history
        Shape (periods, items): the scale is the mean of |y_t - y_(t - season)|.
    actual, forecast
        Shape (horizon, items).
    season
        Periods of a season; 1 is the naive forecast.

    Returns
    -------
    array
        Shape (items,); NaN where the scale is 0 and nothing can be compared.

    Raises
    ------
    ConfigError
        If the history is not longer than a season.

    Examples
    --------
    >>> y = np.array([[2.0, 0, 1, 0, 3, 0]]).T
    >>> mase(y[:4], y[4:], np.zeros((2, 1))).tolist()
    [1.125]
    """
    if not 0 < season < len(history):
        raise ConfigError(f"a season is 1 to {len(history) - 1} periods of this history")
    scale = np.abs(history[season:] - history[:-season]).mean(axis=0)
    error = np.abs(actual - forecast).mean(axis=0)
    return np.where(scale > 0, error / np.where(scale > 0, scale, 1.0), np.nan)


def lively(counts: Floats, demands: int = 10, edge: int = 15) -> Mask:
    """Tell which series have enough demand to compare methods on.

    At least so many periods with demand, some of it in the first and in the last `edge` periods (Hyndman, Koehler, Ord
    and Snyder 2008, ch. 16, who so screen the carparts data). Series with gaps (NaN) are left out.

    >>> lively(np.array([[1.0, 0, 0, 1], [1, 0, 0, 0], [1, np.nan, 0, 1]]).T, demands=2, edge=2).tolist()
    [True, False, False]
    """
    used = counts > 0
    enough = used.sum(axis=0) >= demands
    return np.asarray(
        enough & used[:edge].any(axis=0) & used[-edge:].any(axis=0) & np.isfinite(counts).all(axis=0), dtype=np.bool_
    )
