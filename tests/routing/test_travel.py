"""Seconds and metres between places: estimates against scalars, given numbers, everything that is refused."""

from __future__ import annotations

import copy
import math
import os
import pickle
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.routing.travel import SPEEDS_KMH, UNREACHABLE, Travel, to_wgs84
from fieldops.routing.ways.coordinates import EARTH_RADIUS_M

DATA = Path(os.environ.get("FIELDOPS_BENCH_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
CITY = {"depot": (34.26, 108.94), "site": (34.23, 108.89), "far": (34.80, 109.50), "twin": (34.26, 108.94)}

points = st.tuples(st.floats(20, 50), st.floats(80, 130))
ids = st.text(min_size=1)


def haversine_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Haversine for two points, in plain Python."""
    (p, x), (q, y) = (tuple(map(math.radians, point)) for point in (a, b))
    half = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin((y - x) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def banded_s(metres: float, speeds: tuple[tuple[float, float], ...]) -> float:
    """Drive `metres` band by band, in plain Python."""
    seconds, done = 0.0, 0.0
    for end_km, kmh in speeds:
        part = min(metres, end_km * 1000) - done
        if part <= 0:
            break
        seconds, done = seconds + part / (kmh / 3.6), done + part
    return seconds


@given(st.dictionaries(ids, points, max_size=6), st.booleans())
def test_estimate_is_haversine_times_detour_at_the_speed(places: dict[str, tuple[float, float]], banded: bool) -> None:
    """Every pair against scalar arithmetic, whole numbers rounded up, whatever characters the ids hold."""
    speeds = SPEEDS_KMH if banded else ((math.inf, 42.0),)
    travel = Travel.from_coordinates(places, speed_kmh=None if banded else 42.0, detour=1.4)
    assert travel.places == tuple(places)
    for a in places:
        for b in places:
            metres = 1.4 * haversine_m(places[a], places[b])
            seconds, driven = travel.leg(travel.index(a), travel.index(b))
            # Rounded up, dust apart.
            assert -1e-3 <= driven - metres < 1.001
            assert -1e-3 <= seconds - banded_s(metres, speeds) < 1.001


@given(st.dictionaries(ids, points, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_estimate_depends_on_no_order_and_no_company(
    places: dict[str, tuple[float, float]], rng: random.Random
) -> None:
    """A leg is the same in whatever order the places come, as part of more places, and there and back."""
    travel = Travel.from_coordinates(places, system="GCJ-02")
    names = list(places)
    rng.shuffle(names)
    some = names[: rng.randint(1, len(names))]
    again = Travel.from_coordinates({name: places[name] for name in some}, system="GCJ-02")
    kept = travel.subset(some)
    assert again.places == kept.places
    np.testing.assert_array_equal(again.seconds, kept.seconds)
    np.testing.assert_array_equal(again.metres, kept.metres)
    np.testing.assert_array_equal(travel.seconds, travel.seconds.T)


def test_big_tables_are_built_in_blocks_without_a_seam() -> None:
    """More cells than one block holds: rows of every block equal the same rows computed alone."""
    rng = np.random.default_rng(7)
    places = {f"p{n}": (34 + lat, 108 + lon) for n, (lat, lon) in enumerate(rng.random((1_600, 2)).tolist())}
    travel = Travel.from_coordinates(places)
    some = [f"p{n}" for n in (0, 1_309, 1_310, 1_311, 1_599)]
    alone = Travel.from_coordinates({name: places[name] for name in some})
    np.testing.assert_array_equal(travel.subset(some).seconds, alone.seconds)


def test_minimum_holds_between_points_that_differ_only() -> None:
    """Parking takes its time on every real leg; two ids of one building have nothing to drive."""
    travel = Travel.from_coordinates(CITY, minimum_s=2_000)
    plain = Travel.from_coordinates(CITY)
    assert travel.leg(travel.index("depot"), travel.index("twin")) == (0, 0)
    assert plain.leg(0, 1)[0] < 2_000 < plain.leg(0, 2)[0]
    assert travel.leg(0, 1) == (2_000, plain.leg(0, 1)[1])
    assert travel.leg(0, 2) == plain.leg(0, 2)


@given(st.lists(st.floats(0.001, 3.0), min_size=2, max_size=2))
def test_a_longer_leg_never_takes_less_time(degrees: list[float]) -> None:
    """Bands apply to the kilometres inside them, not to whole legs: no leg becomes faster by being longer."""
    near, far = sorted(degrees)
    travel = Travel.from_coordinates({"o": (34.0, 108.0), "near": (34.0 + near, 108.0), "far": (34.0 + far, 108.0)})
    assert travel.leg(0, 1)[0] <= travel.leg(0, 2)[0]


@pytest.mark.parametrize("system", ["GCJ-02", "BD-09"])
def test_chinese_systems_are_turned_into_gps_first(system: str) -> None:
    """Coordinates of a Chinese map give the travel of their GPS points, not that of the shifted ones."""
    shifted = Travel.from_coordinates(CITY, system=system)
    plain = Travel.from_coordinates(
        {name: tuple(float(part) for part in to_wgs84(*point, system)) for name, point in CITY.items()}
    )
    np.testing.assert_array_equal(shifted.metres, plain.metres)
    assert (shifted.metres != Travel.from_coordinates(CITY).metres).any()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"speed_kmh": 30, "speeds": SPEEDS_KMH}, "speed_kmh and speeds are both given"),
        ({"speed_kmh": 0}, "give speeds above 0 km/h"),
        ({"speed_kmh": math.nan}, "give speeds above 0 km/h"),
        ({"speeds": ((10, 30), (3, 20), (math.inf, 50))}, "whose ends rise"),
        ({"speeds": ((3, 20), (10, 30))}, "the last of which ends at inf"),
        ({"speeds": ()}, "the last of which ends at inf"),
        ({"detour": 0.9}, "detour is 0.9"),
        ({"detour": math.nan}, "detour is nan"),
        ({"minimum_s": -1}, "minimum_s is -1"),
        ({"system": "WGS84"}, "coordinate system 'WGS84' is not known"),
        ({"speed_kmh": 1e-6}, "from 'depot' to 'site' the seconds are"),
        ({"limit_mib": 1e-6}, "travel between 4 places takes .* MiB, more than the limit"),
    ],
)
def test_estimates_that_make_no_sense_are_refused(options: dict, words: str) -> None:
    """Every argument that can't be meant says what it was and what to give."""
    with pytest.raises(ConfigError, match=words):
        Travel.from_coordinates(CITY, **options)


def test_all_impossible_coordinates_are_told_at_once() -> None:
    """Three bad places, one sentence each; the exchanged one asks whether it is."""
    with pytest.raises(ConfigError) as caught:
        Travel.from_coordinates({"a": (108.9, 34.2), "b": (34.2, 190.0), "good": (34.2, 108.9), "c": (math.nan, 1.0)})
    message = str(caught.value)
    assert (
        "'a' lies at latitude 108.9, longitude 34.2: give -90..90 and -180..180 degrees (are they swapped?)" in message
    )
    assert "'b' lies at" in message
    assert "'c' lies at" in message
    assert message.count("swapped") == 1
    assert "good" not in message


def test_too_many_places_are_refused_before_anything_is_built() -> None:
    """A million rows would need 7.3 TiB: the answer is a sentence, not a dead machine."""
    legs = [(f"p{number}", "depot", 1.0, 1.0) for number in range(30_000)]
    with pytest.raises(ConfigError, match=r"travel between 30,001 places takes 6,867 MiB, .* limit of 4,096"):
        Travel.from_long(legs)


def test_whole_numbers_stay_exact_and_others_are_rounded_up() -> None:
    """Benchmarks in whole units must not change by one; binary dust above a whole number is no second."""
    big = UNREACHABLE - 1
    assert Travel.from_matrix("ab", [[0, big], [7, 0]]).seconds.tolist() == [[0, big], [7, 0]]
    assert Travel.from_matrix("ab", [[0, 59.2], [276.00000000000006, 0]]).seconds.tolist() == [[0, 60], [276, 0]]
    assert Travel.from_matrix("ab", np.array([[0, 3], [4, 0]], dtype=np.uint64)).seconds.tolist() == [[0, 3], [4, 0]]


@pytest.mark.parametrize("blank", [None, math.nan, math.inf, UNREACHABLE])
def test_blanks_mean_no_way_in_both_arrays(blank: float | None) -> None:
    """However a table says it, there is no way: neither seconds nor metres, whatever the metres' cell holds."""
    travel = Travel.from_matrix(["a", "b"], [[0, blank], [5, 0]], [[0, 70], [80, 0]])
    assert travel.leg(0, 1) == (UNREACHABLE, UNREACHABLE)
    assert travel.leg(1, 0) == (5, 80)


def test_sums_of_unreachable_legs_stay_infeasible() -> None:
    """A day of no-ways must not wrap around into a short one."""
    travel = Travel.from_matrix(["a", "b"], [[0, None], [None, 0]])
    assert travel.seconds.dtype == np.int32
    assert int(travel.seconds.sum(dtype=np.int64)) == 2 * UNREACHABLE
    assert 2**31 > UNREACHABLE > 366 * 86_400


def test_without_metres_they_are_not_known() -> None:
    """Zero metres that nobody measured are told apart from measured ones, so that a price a kilometre can object."""
    assert not Travel.from_matrix("ab", [[0, 1], [1, 0]]).metres_known
    assert not Travel.from_long([("a", "b", 60, None)]).metres_known
    assert Travel.from_matrix("ab", [[0, 1], [1, 0]], [[0, 0], [0, 0]]).metres_known
    assert not Travel.from_matrix("ab", [[0, 1], [1, 0]]).subset("b").metres_known


@pytest.mark.parametrize(
    ("places", "seconds", "metres", "words"),
    [
        ("ab", [[0, 1, 2], [1, 0, 2]], None, r"seconds of travel have shape \(2, 3\): give a square"),
        ("abc", [[0, 1], [1, 0]], None, r"seconds have shape \(2, 2\), not a row and a column for each of 3 places"),
        ("ab", [[0, 1], [1, 0]], [[0]], r"metres have shape \(1, 1\)"),
        ("aa", [[0, 1], [1, 0]], None, "place 'a' stands there 2 times"),
        ([1, 2], [[0, 1], [1, 0]], None, "place 1 is no text"),
        ("ab", [[0, -1], [1, 0]], None, "from 'a' to 'b' the seconds are -1: give a number from 0 up"),
        ("ab", [[0, -0.25], [1, 0]], None, "from 'a' to 'b' the seconds are -1: give a number from 0 up"),
        ("ab", [[0, 1], [1, 0]], [[0, 1], [-9, 0]], "from 'b' to 'a' the metres are -9"),
        ("ab", [[0, 2**30 + 1], [1, 0]], None, "or a blank if there is no way"),
        ("ab", [[0, 1e300], [1, 0]], None, "or a blank if there is no way"),
        ("ab", np.array([[0, 2**64 - 1], [1, 0]], dtype=np.uint64), None, "or a blank if there is no way"),
        ("ab", [[3, 1], [1, 0]], None, "from 'a' to 'a' the seconds are 3: from a place to itself it is 0"),
        ("ab", [[0, 1], [1, 0]], [[0, math.nan], [1, 0]], "seconds and metres must both say whether there is a way"),
        ("ab", [[0, "x"], [1, 0]], None, "seconds of travel hold something that is no number"),
    ],
)
def test_matrices_that_are_none_are_refused(places: str, seconds: object, metres: object, words: str) -> None:
    """Each way to be wrong, with the leg and the value, so that it is found in the file."""
    with pytest.raises(ConfigError, match=words):
        Travel.from_matrix(places, seconds, metres)


def test_ten_thousand_wrong_legs_are_counted_not_printed() -> None:
    """The message of a wholly wrong matrix stays readable and says how many more there are."""
    wrong = -np.ones((100, 100))
    with pytest.raises(ConfigError, match="more") as caught:
        Travel.from_matrix([f"p{n}" for n in range(100)], wrong)
    assert len(str(caught.value)) < 1_000


def test_a_blank_diagonal_is_nothing_to_drive() -> None:
    """Many tools leave the diagonal empty; from a place to itself can only mean zero."""
    travel = Travel.from_matrix("ab", [[math.nan, 1], [1, None]], [[None, 1], [1, math.nan]])
    assert travel.seconds.tolist() == travel.metres.tolist() == [[0, 1], [1, 0]]


def test_arrays_are_frozen_and_the_givers_array_is_not() -> None:
    """Nobody changes travel behind the plan's back, and the caller's own array stays theirs."""
    given_s = np.array([[0, 1], [1, 0]], dtype=np.int32)
    travel = Travel.from_matrix("ab", given_s)
    with pytest.raises(ValueError, match="read-only"):
        travel.seconds[0, 1] = 9
    given_s[0, 1] = 9
    assert travel.leg(0, 1) == (1, 0)


def test_copies_and_pickles_are_the_same_travel() -> None:
    """Regions are planned in other processes: travel must arrive whole, index included."""
    travel = Travel.from_coordinates(CITY)
    assert travel.index("site") == 1
    for twin in (copy.deepcopy(travel), pickle.loads(pickle.dumps(travel))):
        assert (twin.places, twin.source, twin.index("far")) == (travel.places, travel.source, 2)
        np.testing.assert_array_equal(twin.seconds, travel.seconds)


legs_of_five = st.dictionaries(
    st.tuples(st.sampled_from("αb c;d\n,'"), st.sampled_from("αb c;d\n,'")).filter(lambda leg: leg[0] != leg[1]),
    st.tuples(st.one_of(st.none(), st.integers(0, 9_999)), st.integers(0, 99_999)),
)


@given(legs_of_five, st.booleans(), st.randoms(use_true_random=False))
def test_long_rows_fill_the_matrix_whatever_their_order(legs: dict, symmetric: bool, rng: random.Random) -> None:
    """Each row is its leg, a missing one is no way, and symmetric fills only ways back that no row states."""
    rows = [(a, b, *values) for (a, b), values in legs.items()]
    rng.shuffle(rows)
    travel = Travel.from_long(rows, symmetric=symmetric, source="travel.csv")
    assert travel.places == tuple(sorted({place for leg in legs for place in leg}))
    assert travel.source == "travel.csv"
    for a in travel.places:
        for b in travel.places:
            stated = legs.get((a, b)) or (legs.get((b, a)) if symmetric else None)
            want = (UNREACHABLE, UNREACHABLE) if stated is None or stated[0] is None else stated
            assert travel.leg(travel.index(a), travel.index(b)) == ((0, 0) if a == b else want)


def test_long_rows_may_fix_the_places_and_repeat_themselves() -> None:
    """Places without a row are there and unreachable, the order is the given one, an equal row twice does no harm."""
    rows = [("b", "a", 10, 100), ("b", "a", 10, 100), ("a", "a", 0, 0)]
    travel = Travel.from_long(rows, places=["c", "b", "a"])
    assert travel.places == ("c", "b", "a")
    assert travel.leg(1, 2) == (10, 100)
    assert travel.leg(0, 1)[0] == UNREACHABLE


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("a", "b", 1, 1), ("b", "a", 1, 1), ("a", "b", 2, 1)], "from 'a' to 'b' stands there twice, differently"),
        ([("a", "b", 1, 1), ("a", "b", None, 1)], "from 'a' to 'b' stands there twice, differently"),
        ([("a", "b", 1, 1), ("a", "bb", 2, 1)], "names place 'bb', which it has not: did you mean 'b'"),
        ([("a", "b", -5, 1)], "from 'a' to 'b' the seconds are -5"),
        ([("a", "a", 5, 1)], "from a place to itself it is 0"),
        ([("a", "b", 5, 1), ("b", "a", 5, None)], "from 'b' to 'a' the metres are"),
        ([("a", "b", "soon", 1)], "seconds of travel hold something that is no number"),
    ],
)
def test_long_rows_that_contradict_are_refused(rows: list, words: str) -> None:
    """Two answers for one leg, places that are not there and impossible numbers name the leg."""
    with pytest.raises(ConfigError, match=words):
        Travel.from_long(rows, places=["a", "b"])


def test_unknown_places_are_refused_with_a_guess() -> None:
    """A misspelt id says which place may be meant; one place can't stand in a subset twice."""
    travel = Travel.from_coordinates(CITY)
    with pytest.raises(ConfigError, match="place 'depto', which it has not: did you mean 'depot'"):
        travel.index("depto")
    with pytest.raises(ConfigError, match="place 'zzz', which it has not"):
        travel.subset(["depot", "zzz"])
    with pytest.raises(ConfigError, match="place 'depot' stands there 2 times"):
        travel.subset(["depot", "depot"])


def test_detours_by_a_third_place_are_not_shortened() -> None:
    """The triangle inequality isn't assumed: a leg slower than the way round stays as it was given."""
    travel = Travel.from_matrix("abc", [[0, 100, 10], [100, 0, 10], [10, 10, 0]])
    assert travel.leg(0, 1)[0] == 100


def test_arrays_of_the_wrong_kind_are_refused_by_the_constructor() -> None:
    """Who builds a Travel by hand gets no silent cut of fractions."""
    with pytest.raises(ConfigError, match=r"seconds are float64, not whole numbers: use Travel.from_matrix"):
        Travel(("a",), np.zeros((1, 1)), np.zeros((1, 1), dtype=np.int32), "matrix")


def praxedo(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Kilometres and minutes of a real day, as the file states them."""
    lines = (DATA / "routing" / "trsp_praxedo" / "instances" / f"{name}.txt").read_text().splitlines()
    start, middle = lines.index("DISTANCES"), lines.index("TRAVEL TIMES")
    parts = [[line.split(";")[1:] for line in part if ";" in line] for part in (lines[start:middle], lines[middle:])]
    return tuple(np.array([[float(cell) for cell in row if cell] for row in part]) for part in parts)


@pytest.mark.skipif(
    not (DATA / "routing" / "trsp_praxedo" / "instances").is_dir(), reason=f"no benchmark data at {DATA}"
)
@pytest.mark.parametrize("name", ["R1", "R3", "R5"])
def test_real_road_matrices_keep_every_minute(name: str) -> None:
    """Real field-service days: seconds are the file's minutes within a second, never below them."""
    km, minutes = praxedo(name)
    places = [f"n{number}" for number in range(len(km))]
    travel = Travel.from_matrix(places, minutes * 60, km * 1000)
    assert (travel.seconds - minutes * 60 > -1e-6).all()
    assert (travel.seconds - minutes * 60 < 1).all()
    assert (abs(travel.metres - km * 1000) < 1).all()
    rows = [(a, b, minutes[i, j] * 60, km[i, j] * 1000) for i, a in enumerate(places) for j, b in enumerate(places)]
    np.testing.assert_array_equal(Travel.from_long(rows, places=places).seconds, travel.seconds)
