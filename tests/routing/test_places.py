"""Where orders and homes are: the stated place before the own point, the own point before the office."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from fieldops.routing.intake import problem_of, read_dispatch
from fieldops.routing.places import Degrees
from tests.nightly.make import DATE, little

ZONE = ZoneInfo("Asia/Shanghai")


def ends(**technician: str) -> tuple[str, str]:
    """Return where J1 is, and where the day of T1 begins, with some cells of T1 changed."""
    tables = little()
    tables["technicians"][0] |= technician
    tables["jobs"][0] |= {"place": "XA"}
    sources = {name: pd.DataFrame(tables[name]) for name in ("jobs", "technicians", "depots", "customers", "parts")}
    one = problem_of(read_dispatch(sources, dates=[DATE]), dates=[DATE]).problem
    return one.job["J1"].place, one.shift[f"T1/{DATE}"].origin


def test_the_stated_place_counts_first_then_the_point_then_the_office() -> None:
    """An order at the depot is at the depot; a home without coordinates is the office."""
    assert ends() == ("depot XA", "home T1")
    assert ends(place="XA") == ("depot XA", "depot XA")
    assert ends(lat="", lon="") == ("depot XA", "depot XA")


@pytest.mark.parametrize(("cell", "value"), [("34.5", 34.5), (-90, -90.0), ("９０", 90.0), (0, 0.0)])
def test_degrees_are_read(cell: object, value: float) -> None:
    """Latitudes come as text and as numbers, at the poles and in full width."""
    assert Degrees("latitude", 90)(cell, ZONE) == value


@pytest.mark.parametrize(
    ("most", "cell", "words"),
    [
        (90, "108.9", "is no latitude, which lies between -90 and 90; have lat and lon changed places"),
        (90, "1089", "is no latitude, which lies between -90 and 90$"),
        (180, "181", "is no longitude, which lies between -180 and 180$"),
        (90, "34°", "is not a number"),
        (90, "nan", "not a finite number"),
    ],
)  # fmt: skip
def test_degrees_beyond_the_globe_are_told(most: int, cell: str, words: str) -> None:
    """A longitude among the latitudes is told as what it is; nonsense is told as nonsense."""
    with pytest.raises(ValueError, match=words):
        Degrees("latitude" if most == 90 else "longitude", most)(cell, ZONE)


def test_the_example_of_a_coordinate_is_one() -> None:
    """What a fault says to copy must itself be good."""
    for kind in (Degrees("latitude", 90), Degrees("longitude", 180)):
        assert kind(kind.example, ZONE) == float(kind.example)
