"""Points on the earth: distances, the Chinese coordinate systems, latitude and longitude swapped.

Everything works on scalars and on whole arrays. Latitudes and longitudes are degrees, north and east positive.

The systems of Chinese maps are shifted against GPS (WGS-84): ``GCJ-02`` (AMap, Tencent) by up to 700 metres,
``BD-09`` (Baidu) by 700 to 1,500. The formulas are not official; they are the ones of public code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError

Floats: TypeAlias = NDArray[np.float64]
Step: TypeAlias = Callable[[Floats, Floats], tuple[Floats, Floats]]

SYSTEMS: Final = ("WGS-84", "GCJ-02", "BD-09")
EARTH_RADIUS_M: Final = 6_371_008.8  # mean radius R1 of GRS 80: H. Moritz, Journal of Geodesy 74 (2000) 128-133

# Krasovsky's ellipsoid of 1940, on which GCJ-02 computes: semi-major axis in metres, eccentricity squared.
_AXIS_M: Final = 6_378_245.0
_ECCENTRICITY: Final = 0.00669342162296594323
_WAVE: Final = np.pi * 3_000 / 180
# Either shift changes by less than 3 % of a move, so that ten rounds leave less than a micrometre of 1 km.
_ROUNDS: Final = 10

_NEAR_M: Final = 300_000.0
_SPREADS: Final = 4.0


def great_circle_m(lat: ArrayLike, lon: ArrayLike, other_lat: ArrayLike, other_lon: ArrayLike) -> Floats:
    """Compute the distance along the surface of a round earth, in metres; arguments broadcast.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984) 159),
    which stays exact for short distances. Against the ellipsoid it is at most 0.6 % off.

    >>> int(great_circle_m(34.26, 108.94, 39.90, 116.40))  # Xi'an to Beijing
    911084
    """
    phi, other = np.radians(lat), np.radians(other_lat)
    half_dlat = (other - phi) / 2
    half_dlon = (np.radians(other_lon) - np.radians(lon)) / 2
    chord = np.sin(half_dlat) ** 2 + np.cos(phi) * np.cos(other) * np.sin(half_dlon) ** 2
    # Rounding may lift the haversine of two antipodes above 1.
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0))), dtype=np.float64)


def from_wgs84(lat: ArrayLike, lon: ArrayLike, system: str) -> tuple[Floats, Floats]:
    """Turn GPS coordinates into those of `system`: ``WGS-84`` (as they are), ``GCJ-02`` or ``BD-09``.

    Outside the rectangle that stands for China in public code (72.004..137.8347 E, 0.8293..55.8271 N), which
    holds its neighbours too, GCJ-02 is WGS-84. BD-09 is a fixed distortion of GCJ-02 everywhere.

    Returns
    -------
    Latitudes and longitudes, shaped as the arguments broadcast.

    Raises
    ------
    ConfigError
        For a system that is none of the three.

    >>> lat, lon = from_wgs84(39.915, 116.404, "GCJ-02")
    >>> round(float(lat), 6), round(float(lon), 6)
    (39.916404, 116.410244)
    """
    at = _degrees(lat, lon)
    for step in _steps(system):
        shifted = step(*at)
        inside = _in_china(*at) if step is _gcj02 else np.True_
        at = np.where(inside, shifted[0], at[0]), np.where(inside, shifted[1], at[1])
    return at


def to_wgs84(lat: ArrayLike, lon: ArrayLike, system: str) -> tuple[Floats, Floats]:
    """Turn coordinates of `system` into GPS coordinates: the inverse of `from_wgs84`, by iteration.

    There and back is far below a metre, except within a kilometre of the rectangle's edge, where the shift
    begins at once and some points have two origins or none.

    Raises
    ------
    ConfigError
        For a system that is none of the three.

    >>> lat, lon = to_wgs84(39.916404, 116.410244, "GCJ-02")
    >>> round(float(lat), 5), round(float(lon), 5)
    (39.915, 116.404)
    """
    at = _degrees(lat, lon)
    for step in reversed(_steps(system)):
        origin = _undo(step, *at)
        inside = _in_china(*at) if step is _gcj02 else np.True_
        at = np.where(inside, origin[0], at[0]), np.where(inside, origin[1], at[1])
    return at


def looks_swapped(lat: ArrayLike, lon: ArrayLike, reference: ArrayLike) -> NDArray[np.bool_]:
    """Tell where latitude and longitude look exchanged.

    They do where the latitude is no latitude (beyond 90 degrees) but would be a longitude, or where the point
    lies far from the others and the exchanged one among them. "Among them" is within 300 km of the middle of
    `reference` (the median, which a few wrong points don't move), or within four times the median
    distance from it if the others are spread wider.

    Parameters
    ----------
    lat, lon
        The points in question, degrees.
    reference
        The other points, shape (N, 2): latitude, longitude. May contain the points in question; rows that
        are no points are passed over. May be empty: only the first test remains.

    >>> looks_swapped([48.85, 2.35, 48.9], [2.35, 48.85, 2.3], [(48.85, 2.35), (48.86, 2.30), (48.8, 2.4)])
    array([False,  True, False])
    """
    lat, lon = _degrees(lat, lon)
    exchangeable = np.abs(lon) <= 90
    swapped = exchangeable & (np.abs(lat) > 90) & (np.abs(lat) <= 180)
    others = np.asarray(reference, dtype=np.float64).reshape(-1, 2)
    others = others[(np.abs(others[:, 0]) <= 90) & (np.abs(others[:, 1]) <= 180)]
    if not len(others):
        return np.asarray(swapped)
    middle = np.median(others, axis=0)
    near = max(_NEAR_M, _SPREADS * float(np.median(great_circle_m(others[:, 0], others[:, 1], *middle))))
    astray = (np.abs(lat) <= 90) & (great_circle_m(lat, lon, *middle) > near)
    return np.asarray(swapped | (exchangeable & astray & (great_circle_m(lon, lat, *middle) <= near)))


def _degrees(lat: ArrayLike, lon: ArrayLike) -> tuple[Floats, Floats]:
    one, other = np.broadcast_arrays(np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64))
    return one, other


def _in_china(lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    return np.asarray((lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271))


def _gcj02(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """Shift WGS-84 to GCJ-02, wherever the point lies.

    The polynomial with waves that public code gives, e.g. github.com/googollee/eviltransform (2013): metres
    north and east around 35 N, 105 E, turned into degrees on Krasovsky's ellipsoid.
    """
    x, y = lon - 105.0, lat - 35.0
    both = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north_waves = both + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)
    north_waves += 160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + north_waves * 2 / 3
    east_waves = both + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)
    east_waves += 150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + east_waves * 2 / 3
    phi = np.radians(lat)
    bulge = 1 - _ECCENTRICITY * np.sin(phi) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY) / (bulge * np.sqrt(bulge))
    parallel_m = _AXIS_M / np.sqrt(bulge) * np.cos(phi)
    return lat + np.degrees(north / meridian_m), lon + np.degrees(east / parallel_m)


def _bd09(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """Distort GCJ-02 to BD-09: polar coordinates with a small wave, and an offset (public code, as above)."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _WAVE)
    return radius * np.sin(angle) + 0.006, radius * np.cos(angle) + 0.0065


def _steps(system: str) -> tuple[Step, ...]:
    if system not in SYSTEMS:
        raise ConfigError(f"coordinate system {system!r} is not known: use one of {', '.join(SYSTEMS)}")
    return {"WGS-84": (), "GCJ-02": (_gcj02,), "BD-09": (_gcj02, _bd09)}[system]


def _undo(step: Step, lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    guess_lat, guess_lon = lat, lon
    for _ in range(_ROUNDS):
        image_lat, image_lon = step(guess_lat, guess_lon)
        guess_lat, guess_lon = guess_lat + (lat - image_lat), guess_lon + (lon - image_lon)
    return guess_lat, guess_lon
