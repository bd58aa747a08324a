"""Points on the earth, against plain scalar formulas and published pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.routing.ways.coordinates import EARTH_RADIUS_M, from_wgs84, great_circle_m, looks_swapped, to_wgs84

XIAN = [(34.26, 108.94), (34.23, 108.89), (34.30, 109.02), (34.15, 108.85)]

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


def scalar_great_circle_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Another formula (Vincenty's for a sphere), in plain Python: stable at every distance."""
    p, q, turn = math.radians(lat), math.radians(other_lat), math.radians(other_lon - lon)
    east = math.cos(q) * math.sin(turn)
    north = math.cos(p) * math.sin(q) - math.sin(p) * math.cos(q) * math.cos(turn)
    ahead = math.sin(p) * math.sin(q) + math.cos(p) * math.cos(q) * math.cos(turn)
    return EARTH_RADIUS_M * math.atan2(math.hypot(east, north), ahead)


@given(latitudes, longitudes, latitudes, longitudes)
@example(0.0, 0.0, 0.0, 180.0)
@example(90.0, 12.0, -90.0, 12.0)
@example(34.26, 108.94, 34.26, 108.94000001)
def test_great_circle_agrees_with_another_formula(lat: float, lon: float, other_lat: float, other_lon: float) -> None:
    """Haversine and Vincenty say the same, to a metre at the antipodes and a millimetre where people drive."""
    ours = float(great_circle_m(lat, lon, other_lat, other_lon))
    theirs = scalar_great_circle_m(lat, lon, other_lat, other_lon)
    assert ours == pytest.approx(theirs, abs=1e-3 if theirs < 15_000_000 else 1.0)


def test_a_degree_along_the_equator_is_a_360th_of_the_circumference() -> None:
    """The radius and the degrees are right: one known length needs no other formula."""
    assert float(great_circle_m(0, 10, 0, 11)) == pytest.approx(2 * math.pi * 6_371_008.8 / 360, abs=1e-6)


@pytest.mark.parametrize(
    ("system", "lat", "lon"),
    [
        # Published with github.com/wandergis/coordtransform (test/app.js) for 39.915 N, 116.404 E.
        ("GCJ-02", 39.91640428150164, 116.41024449916938),
        ("WGS-84", 39.915, 116.404),
    ],
)
def test_shift_agrees_with_published_pair(system: str, lat: float, lon: float) -> None:
    """The formulas are the public ones, to the last digits that were published."""
    ours = from_wgs84(39.915, 116.404, system)
    assert [float(part) for part in ours] == pytest.approx([lat, lon], abs=1e-12)


def test_baidus_distortion_agrees_with_published_pair() -> None:
    """BD-09 of the GCJ-02 point 39.915 N, 116.404 E is published too; its GPS origin must lead there."""
    origin = to_wgs84(39.915, 116.404, "GCJ-02")
    ours = from_wgs84(*origin, "BD-09")
    assert [float(part) for part in ours] == pytest.approx([39.92133699351021, 116.41036949371029], abs=1e-10)


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
@given(lat=st.floats(3.5, 53.6), lon=st.floats(73.4, 135.1))
@example(lat=35.0, lon=105.0)
def test_there_and_back_in_china_is_below_a_millimetre(system: str, lat: float, lon: float) -> None:
    """The inverse undoes the shift, and the shift is the 100 to 1,500 metres that tell the systems apart."""
    there = from_wgs84(lat, lon, system)
    assert float(great_circle_m(*to_wgs84(*there, system), lat, lon)) < 1e-3
    assert 1 < float(great_circle_m(*there, lat, lon)) < 3_000


@given(
    st.one_of(
        st.tuples(latitudes, st.floats(-180, 72.0)),
        st.tuples(latitudes, st.floats(137.84, 180)),
        st.tuples(st.floats(-90, 0.829), longitudes),
        st.tuples(st.floats(55.83, 90), longitudes),
    )
)
def test_gcj02_is_gps_outside_china(point: tuple[float, float]) -> None:
    """Only Chinese maps are shifted: elsewhere both directions leave a point as it is."""
    for move in (from_wgs84, to_wgs84):
        assert tuple(float(part) for part in move(*point, "GCJ-02")) == point


def test_arrays_give_the_same_as_scalars() -> None:
    """A whole column in one call, inside and outside China, changes no value and keeps its shape."""
    lat, lon = np.array([[34.26, 48.85], [22.54, -33.9]]), np.array([[108.94, 2.35], [114.05, 151.2]])
    for system in ("WGS-84", "GCJ-02", "BD-09"):
        found = to_wgs84(lat, lon, system)
        assert found[0].shape == found[1].shape == (2, 2)
        for cell in np.ndindex(2, 2):
            alone = to_wgs84(lat[cell], lon[cell], system)
            assert [float(part) for part in alone] == pytest.approx([found[0][cell], found[1][cell]], abs=1e-12)


@pytest.mark.parametrize("move", [from_wgs84, to_wgs84])
def test_unknown_system_is_refused_with_the_known_ones(move: object) -> None:
    """A misspelt system must not quietly mean GPS: 500 m off is the wrong street."""
    with pytest.raises(ConfigError, match=r"'gcj2' is not known: use one of WGS-84, GCJ-02, BD-09"):
        move(34.0, 108.0, "gcj2")  # type: ignore[operator]


def test_swapped_in_china_is_told_by_the_latitude_alone() -> None:
    """A latitude of 108.94 is none: no other points are needed to see the exchange."""
    assert bool(looks_swapped(108.94, 34.26, np.empty((0, 2))))
    assert not bool(looks_swapped(34.26, 108.94, np.empty((0, 2))))


def test_swapped_in_europe_is_told_by_the_others() -> None:
    """Both orders are valid points there; the exchanged one lies among the others, the given one in Somalia."""
    paris = [(48.85, 2.35), (48.90, 2.30), (48.80, 2.40), (2.35, 48.85)]
    assert looks_swapped(*np.array(paris).T, paris).tolist() == [False, False, False, True]


def test_a_far_office_is_not_called_swapped() -> None:
    """A real place far from the others must not be accused: exchanged it lies nowhere near either."""
    assert not looks_swapped([22.54, 31.23, 43.8], [114.05, 121.47, 87.6], XIAN).any()


def test_offices_in_four_cities_are_all_among_the_others() -> None:
    """A department spread over a country widens what counts as near; Urumqi exchanged is still seen."""
    cities = [(34.26, 108.94), (39.90, 116.40), (31.23, 121.47), (23.13, 113.26), (43.82, 87.62)]
    assert not looks_swapped(*np.array(cities).T, cities).any()
    assert bool(looks_swapped(87.62, 43.82, cities))


def test_points_that_are_none_do_not_move_the_middle() -> None:
    """Blank and exchanged reference rows are passed over, or one bad table would accuse the good rows."""
    others = [*XIAN, (math.nan, math.nan), (108.94, 34.26), (108.9, 34.2), (0.0, 200.0)]
    assert not looks_swapped(*np.array(XIAN).T, others).any()
    assert looks_swapped([108.94, 200.0, math.nan], [34.26, 10.0, 34.0], others).tolist() == [True, False, False]
