"""The family `days`: what the generator promises of its days, and how they are asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.families import days
from benchmarks.generate_days import BEGIN_MIN, END_MIN, NEAREST, OVERLOAD, SMALLEST, generate
from benchmarks.options import Options
from benchmarks.skilled_day import SkilledDay, problem, score, tours_of
from fieldops.routing.planning import plan

HERE = Options(Path(days.FOLDER))


@pytest.fixture(params=[(100, 1), (100, 2), (300, 3)], ids=str)
def day(request: pytest.FixtureRequest) -> SkilledDay:
    """Days of towns and of open country."""
    return generate(*request.param)


def test_a_seed_draws_the_same_day() -> None:
    """The same size and seed give the same day; another seed gives another."""
    one, again, other = generate(100, 1), generate(100, 1), generate(100, 3)
    assert (one.drive == again.drive).all()
    assert (one.service == again.service).all()
    assert one.needs == again.needs
    assert not (one.drive == other.drive).all()


def test_a_day_is_as_full_as_promised(day: SkilledDay) -> None:
    """About seven jobs a technician, and a tenth more work than hours, the way to the nearest jobs included."""
    n, m = len(day.jobs), len(day.technicians)
    assert 6.5 < n / m < 7.5
    way = np.sort(day.drive[:n, :n], axis=1)[:, 1 : NEAREST + 1].mean() * n
    hours = m * (END_MIN - BEGIN_MIN) * 60
    assert (day.service.sum() + way) / hours == pytest.approx(OVERLOAD, abs=0.02)


def test_windows_are_two_to_four_hours_within_the_day(day: SkilledDay) -> None:
    """Six in ten jobs have a window, on half hours, inside the working day."""
    bound = np.isfinite(day.opens)
    length = (day.closes - day.opens)[bound] / 3600
    assert bound.mean() == 0.6
    assert 2 <= length.min() < length.max() <= 4
    assert day.opens[bound].min() >= BEGIN_MIN * 60
    assert day.closes[bound].max() <= END_MIN * 60
    assert not (day.opens[bound] % 1800).any()


def test_every_skill_is_held_and_one_is_rare(day: SkilledDay) -> None:
    """Each job can be done by somebody; the rare skill is held by few; worths are 1, 3 and 10."""
    assert day.allowed.any(axis=1).all()
    rare = [("pressure" in held) for held in day.holds]
    assert 0 < sum(rare) < len(rare) / 4
    assert set(day.worth.tolist()) == {1, 3, 10}


def test_country_has_longer_ways_than_towns() -> None:
    """Odd seeds are clustered, even ones rural: neighbours lie farther apart there."""
    town, country = (np.sort(generate(300, seed).drive, axis=1)[:, 1:6].mean() for seed in (1, 2))
    assert country > 1.5 * town


def test_a_plan_of_a_day_is_scored_alike() -> None:
    """The plan's worth left out and cost in ticks are what the scorer finds from the routes alone."""
    drawn = generate(SMALLEST, 2)
    made = plan(problem(drawn), solver="insertion", iterations=100)
    found = score(drawn, tours_of(made))
    assert found.faults == ()
    assert found.driving == made.cost
    assert found.worth_unserved * 10 == made.worth_unassigned


def test_sizes_seeds_and_names_are_obeyed() -> None:
    """Sizes and seeds make the names, names pick among them, limits go by size."""
    asked = replace(HERE, extra={"size": "14,100", "seeds": "2"})
    drawn = list(days.days(asked))
    assert [day.name for day in drawn] == ["14-1", "14-2", "100-1", "100-2"]
    assert [day.name for day in days.days(replace(asked, instances=("100-2",)))] == ["100-2"]
    assert days.limit_s(HERE, drawn[0]) == 30
    assert days.limit_s(HERE, generate(301, 1)) == 60
    assert days.limit_s(replace(HERE, limit=2.5), drawn[0]) == 2.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (replace(HERE, extra={"size": "many"}), "--size many"),
        (replace(HERE, extra={"size": "13"}), "from 14 on"),
        (replace(HERE, extra={"seeds": "0"}), "--seeds 0"),
        (replace(HERE, extra={"seeds": "1,2"}), "one number"),
        (replace(HERE, extra={"sizes": "100"}), "unknown option --sizes"),
        (Options(Path("/elsewhere")), "--data means nothing here"),
    ],
)
def test_what_cannot_be_used_is_refused(options: Options, words: str) -> None:
    """Options that make no sense end with a message instead of being passed over."""
    with pytest.raises(SystemExit, match=words):
        list(days.days(options))
