"""Travel guessed from coordinates: straight distance x detour, at a speed that grows with the distance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from fieldops.errors import ConfigError
from fieldops.routing.ways.coordinates import Floats, great_circle_m
from fieldops.routing.ways.legs import refuse
from fieldops.units import HOUR, KILOMETRE

Bands = Sequence[tuple[float, float]]

# The first 3 km of a leg at 20 km/h, the next 7 at 30, the next 40 at 55, the rest at 80: see docs/travel.md.
SPEEDS_KMH: Final = ((3.0, 20.0), (10.0, 30.0), (50.0, 55.0), (math.inf, 80.0))

_CELLS_AT_ONCE: Final = 2**21


def speed_bands(speed_kmh: float | None, speeds: Bands | None) -> Bands:
    """Choose between one speed, a table of speeds and the default table.

    Raises
    ------
    ConfigError
        If both are given, or if the bands don't rise to infinity with speeds above 0.
    """
    if speed_kmh is not None and speeds is not None:
        raise ConfigError("speed_kmh and speeds are both given: give one speed or a table of them")
    bands = ((math.inf, speed_kmh),) if speed_kmh is not None else SPEEDS_KMH if speeds is None else tuple(speeds)
    ends = [0.0, *(end for end, _ in bands)]
    rising = all(low < high for low, high in pairwise(ends))
    if not rising or ends[-1] != math.inf or not all(0 < speed < math.inf for _, speed in bands):
        raise ConfigError(
            f"the speeds {bands} can't be used: give speeds above 0 km/h, in bands (to_km, km/h) whose ends rise and "
            "the last of which ends at inf"
        )
    return bands


def drive_s(driven_m: Floats, bands: Bands) -> Floats:
    """Compute the seconds of legs: each kilometre at the speed of the band it lies in.

    >>> drive_s(np.array([3_000.0, 10_000.0]), SPEEDS_KMH).tolist()
    [540.0, 1380.0]
    """
    times, start = np.zeros_like(driven_m), 0.0
    for end_km, speed_kmh in bands:
        end = end_km * KILOMETRE
        times += np.clip(driven_m - start, 0.0, end - start) * (HOUR / (speed_kmh * KILOMETRE))
        start = end
    return times


def check_estimate(detour: float, minimum_s: float) -> None:
    """Raise ConfigError if a road would be shorter than a straight line or a leg shorter than no time."""
    if not 1 <= detour < math.inf:
        raise ConfigError(f"detour is {detour}: roads are 1 to 3 times as long as straight lines, give such a number")
    if not 0 <= minimum_s < math.inf:
        raise ConfigError(f"minimum_s is {minimum_s}: give seconds from 0 up")


def read_points(places: Mapping[str, tuple[float, float]]) -> tuple[Floats, Floats]:
    """Read latitudes and longitudes.

    Raises
    ------
    ConfigError
        For each place whose coordinates are no latitude and longitude in degrees.
    """
    refuse(
        f"place {place!r} lies at latitude {lat}, longitude {lon}: give -90..90 and -180..180 degrees"
        + (" (are they swapped?)" if 90 < abs(lat) <= 180 and abs(lon) <= 90 else "")
        for place, (lat, lon) in places.items()
        if not (abs(lat) <= 90 and abs(lon) <= 180)
    )
    lat, lon = np.array(list(places.values()), dtype=np.float64).reshape(-1, 2).T
    return lat, lon


def driven(lat: Floats, lon: Floats, detour: float) -> Iterator[tuple[slice, Floats]]:
    """Give the metres driven between all points, some rows at a time, so that big tables take little memory."""
    block = max(1, _CELLS_AT_ONCE // max(1, len(lat)))
    for start in range(0, len(lat), block):
        rows = slice(start, start + block)
        yield rows, detour * great_circle_m(lat[rows, None], lon[rows, None], lat, lon)
