"""What solvers ask of travel at once: all legs between some places and others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fieldops.routing.domain import Legs


def legs_between(travel: Legs, origins: NDArray[np.int64], destinations: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return int32 (a, b, 2): ticks and metres from each origin to each destination, all by index.

    Read from the arrays of a :class:`~fieldops.routing.travel.Travel`; any other travel is asked leg by leg.
    """
    seconds, metres = getattr(travel, "seconds", None), getattr(travel, "metres", None)
    if isinstance(seconds, np.ndarray) and isinstance(metres, np.ndarray):
        cells = np.ix_(origins, destinations)
        return np.stack([seconds[cells], metres[cells]], axis=-1)
    found = [[travel.leg(a, b) for b in destinations.tolist()] for a in origins.tolist()]
    return np.array(found, np.int32).reshape(len(origins), len(destinations), 2)
