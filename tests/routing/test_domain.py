"""The nouns: what a problem refuses, what a day adds up, which value of a shift counts."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from fieldops.errors import ConfigError
from fieldops.routing.domain import Day, Job, Plan, Problem, Proof, Shift, Stop, Technician
from fieldops.units import money
from tests.routing.make import job, problem, road, shift


def test_a_problem_names_all_that_is_wrong_at_once() -> None:
    """Somebody who builds a problem in code mends all of it in one go."""
    jobs = (Job("A", "0", 10), Job("A", "nowhere", -5))
    people = (Technician("T"), Technician("T"))
    shifts = (Shift("S", "T", 10, 5, "0", "0"), Shift("S", "X", 0, 5, "0", "far"))
    with pytest.raises(ConfigError) as caught:
        Problem(jobs, people, shifts, road([0, 10]))
    for words in (
        "two jobs are called 'A'",
        "two technicians are called 'T'",
        "two shifts are called 'S'",
        "job A: travel knows no place 'nowhere'",
        "job A: the service time -5 is negative",
        "shift S: there is no technician 'X'",
        "shift S: travel knows no place 'far'",
        "shift S ends before it starts",
    ):
        assert words in str(caught.value)


def test_an_empty_problem_is_a_problem() -> None:
    """No jobs, no shifts: a night without orders is no fault."""
    assert problem([], []).job == {}


def test_a_shifts_own_values_prevail_over_the_technicians() -> None:
    """Overtime allowed on one day only is stated with that day."""
    people = {"T": {"overtime_max_min": 0, "cost_per_hour": 5}}
    one = problem([], [shift("T"), shift("T", day=1, overtime_max_min=60)], people)
    assert [one.values(s)["overtime_max_min"] for s in one.shifts] == [0, 60]
    assert [one.values(s)["cost_per_hour"] for s in one.shifts] == [5, 5]


def test_things_are_found_by_id_and_replaced_whole() -> None:
    """A what-if is a copy with some fields changed; the old problem stays as it was."""
    one = problem([job("A"), job("B")], [shift("T")])
    fewer = one.replace(jobs=one.jobs[:1])
    assert (sorted(one.job), sorted(fewer.job)) == (["A", "B"], ["A"])
    assert (list(one.shift), list(one.technician)) == (["T/0"], ["T"])
    with pytest.raises(FrozenInstanceError):
        one.zone = "UTC"  # type: ignore[misc]


def test_a_day_adds_up_its_drives_and_tells_visits_from_rests() -> None:
    """Sums include the way home; a rest is a stop, but no visit."""
    stops = (Stop("job", "A", "10", 600, 10_000, 600, 600, 1200), Stop("rest", "rest 1", "10", 0, 0, 1200, 1200, 1500))
    day = Day("S", "0", "0", 0, stops, 600, 10_000, 2100)
    assert (day.drive_s, day.drive_m, [stop.id for stop in day.visits]) == (1200, 20_000, ["A"])


def test_a_plan_adds_up_its_costs_and_finds_its_days() -> None:
    """The cost is the sum of the items; how a plan was made is no part of what it is."""
    day = Day("S", "0", "0", 0, (), 0, 0, 0)
    one = Plan((day,), costs={"distance": money(2), "overtime": money(3)}, made={"seconds": 1})
    assert (one.cost, one.day["S"]) == (money(5), day)
    assert one == Plan((day,), costs={"distance": money(2), "overtime": money(3)}, made={"seconds": 2})


@pytest.mark.parametrize(
    ("proof", "words"),
    [
        (Proof(0, 0, 1.0, 0, 1.0, False), "nothing was proved in time"),
        (
            Proof(0, 900, 0.1, 800, 0.2, False),
            "proved that at most 10.00 % of the cost can be saved, the proof stopped early",
        ),
        (Proof(0, 900, 0.0, 800, 0.1, True), "proved to cost least"),
        (Proof(0, 900, 0.0, 900, 0.0, False), "proved to cost least"),
    ],
)
def test_a_proof_says_no_more_than_it_is(proof: Proof, words: str) -> None:
    """People read one line: a proof that was cut off must not sound like one, nor the other way round."""
    assert proof.words == words
