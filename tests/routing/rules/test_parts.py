"""Spare parts: used up from the van, loaded in the morning, fetched on the way, scarce, lacking."""

from __future__ import annotations

import pytest

from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.explain import explain
from fieldops.routing.planning import plan
from fieldops.routing.rules.parts import Parts
from fieldops.routing.rules.supplies import loaded_at, stops_at
from fieldops.units import per_metre
from tests.routing.make import Temptation, depot, job, problem, shift

BY_KM = {"cost_per_km": per_metre(1)}
NEAR, FAR = shift("T1"), shift("T2", home=60)
TEMPTATION = Temptation(
    problem(
        [job("A", 10, parts=(("P1", 2),))],
        [NEAR, FAR],
        {"T1": {"van_stock": (("P1", 1),), **BY_KM}, "T2": {"van_stock": (("P1", 2),), **BY_KM}},
    ),
    "A",
    "T1/0",
)
# The office loads both vans, but has one piece for two orders; T2 carries another.
SCARCE = Temptation(
    problem(
        [job("A", 10, parts=(("P1", 1),)), job("B", 30, parts=(("P1", 1),))],
        [NEAR, FAR],
        {
            "T1": {"van_stock": (), "load_at": "D", **BY_KM},
            "T2": {"van_stock": (("P1", 1),), **BY_KM},
        },
        depots=[depot("D", 200, stock={"P1": 1})],
    ),
    "B",
    "T1/0",
)
FURTHER = [SCARCE]


def stock(orders: int = 2, **values: object) -> Problem:
    """Return one technician with orders of one P1 each, ten minutes apart, and the depot West at minute 5."""
    jobs = [job(f"J{n}", 10 * n + 10, 10, parts=(("P1", 1),)) for n in range(orders)]
    known = {"depot West": "Western store", "part P1": "pump"}
    made = problem(
        jobs, [shift("T1", **values)], names={"T1": "Li Wei"}, depots=[depot("West", 5, 10, stock={"P1": 1})]
    )
    return made.replace(names=known)


def test_words_name_the_part_its_pieces_and_what_would_help() -> None:
    """The second order finds the van empty, and the depot that loads it has none."""
    one = stock(3, van_stock=(("P1", 1),), load_at="West").replace(depots=(depot("West", 5, stock={}),))
    violations = check(one, Plan((Clock(compile_rules(one)).day(0, [0, 1, 2]),))).violations
    assert [violation.job for violation in violations] == ["J1", "J2"]
    assert violations[0].words == ("Li Wei (T1) lacks 1 of part P1 (pump) for order J1; Western store (West) has none")
    assert violations[0].remedy == "put 1 of part P1 (pump) into Western store (West)"
    assert (violations[0].amount, violations[0].unit) == (1, "pcs")


def test_words_of_a_scarce_part_name_everybody_who_takes_it() -> None:
    """Two days may each be sound and together take what isn't there: the checker says from where and for whom."""
    one = SCARCE.problem
    timer = Clock(compile_rules(one))
    report = check(one, Plan((timer.day(0, [0, 1]),)))
    (violation,) = report.violations
    assert violation.words == "the depot D has 1 of part P1 too few for orders A (T1), B (T1)"
    assert violation.remedy == "put 1 more of part P1 into the depot D"
    assert check(one, Plan((timer.day(0, [0]), timer.day(1, [1])))).sound
    left = plan(one.replace(shifts=(NEAR,)), solver="insertion")
    assert left.unassigned == ("B",)
    assert "put 1 more of part P1" in explain(one.replace(shifts=(NEAR,)), left, "B").cheapest.remedy


def test_what_the_van_lacks_is_fetched_where_that_is_cheapest() -> None:
    """One piece in the van, one at the depot: the stop lies on the way out and costs its ten minutes only."""
    made = plan(stock(van_stock=(("P1", 1),)), solver="insertion")
    assert made.unassigned == ()
    stops = [(stop.kind, stop.id, (stop.end - stop.start) // 60) for stop in made.days[0].stops]
    assert ("restock", "West", 10) in stops
    assert made.days[0].drive_s == 40 * 60
    assert plan(stock(van_stock=(("P1", 2),)), solver="insertion").days[0].stops[0].kind == "job"


def test_parts_are_at_hand_where_nobody_counts_them() -> None:
    """Neither van stock nor depot: orders name parts to be listed, as ever, and nothing is forbidden."""
    one = problem([job("A", 10, parts=(("P1", 5),))], [shift("T1")])
    assert plan(one, solver="insertion").unassigned == ()
    assert not {"need", "carry", "load", "restock", "pool"} & compile_rules(one).said
    assert plan(problem(one.jobs, [shift("T1", van_stock=())]), solver="insertion").unassigned == ("A",)


def test_whole_plans_are_watched_only_where_stock_is_scarce() -> None:
    """Watching costs time: a depot with enough for all, or of everything, needs none; one without any neither."""
    one = SCARCE.problem
    assert Parts().watches(one)
    for held in ({"P1": 2}, {"P1": 0}, {}, None):
        values = {} if held is None else {"stock": held}
        assert not Parts().watches(one.replace(depots=(depot("D", 200, **values),)))


@pytest.mark.parametrize(
    ("values", "loaded", "stops"),
    [
        ({}, "", ("East", "West")),
        ({"office": "West"}, "West", ("West",)),
        ({"office": "West", "load_at": ""}, "", ("West",)),
        ({"office": "West", "restock_at": ("East",)}, "West", ("East",)),
        ({"office": "West", "restock_at": ()}, "West", ()),
        ({"load_at": "East"}, "East", ("East", "West")),
    ],
)
def test_who_loads_and_where_to_stop_without_a_word(values: dict, loaded: str, stops: tuple[str, ...]) -> None:
    """The office loads the van and is the place to stop; without an office any depot is; what is said prevails."""
    depots = [depot("West", 5), depot("East", 90)]
    one = problem([], [shift("T1", **values)], depots=depots)
    assert loaded_at(one, one.shifts[0]) == loaded
    assert stops_at(one, one.shifts[0]) == stops
    at_east = problem([], [shift("T1", home=90, **values)], depots=depots)
    begun = loaded if "load_at" in values else "East"
    assert loaded_at(at_east, at_east.shifts[0]) == begun
