"""Prices of hours and skills: an upper bound of what the change gains, by brute force on small days."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.routing.check import check
from fieldops.routing.domain import Problem
from fieldops.routing.planning import plan
from fieldops.routing.prices import Prices, prices
from fieldops.routing.rules import RULES
from fieldops.routing.rules.priority import POINT
from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import rehearsed
from fieldops.units import HOUR, currency, per_second
from tests.routing.make import department, depot, job, problem, shift
from tests.routing.oracles import best_plan


def best(problem: Problem) -> tuple[int, int]:
    """Return worth left out and cost of the best plan there is."""
    (worth, cost), _ = best_plan(problem)
    return worth, cost


def weight(found: Prices, worth: int, cost: int) -> float:
    """Return a plan in one number, its worth left out at the price that was found."""
    return currency(cost) + found.worth_price * worth / POINT


@pytest.mark.parametrize("seed", [1, 5, 13])
def test_no_change_gains_more_than_its_price(seed: int) -> None:
    """A price that a true gain exceeds would misrank changes: brute force plans every changed day best."""
    assert rehearsed(Halt())
    problem = department(seed, jobs=4, shifts=2, pinned=False)
    made = plan(problem, iterations=300)
    report = check(problem, made, RULES)
    found = prices(problem, made, resolved=1, time_limit_s=3)
    before = weight(found, report.worth_unassigned, report.cost)
    hours = found.table[found.table["change"] == "one hour more"]
    assert set(hours["technician"]) == {shift.technician for shift in problem.shifts}
    tick = problem.ticks_per_second
    for row in hours.itertuples():
        shifts = tuple(
            replace(shift, end=shift.end + HOUR * tick) if shift.technician == row.technician else shift
            for shift in problem.shifts
        )
        gain = before - weight(found, *best(problem.replace(shifts=shifts)))
        assert gain <= row.at_most + 1e-6
    for row in found.table[found.table["change"] != "one hour more"].itertuples():
        skill, level = row.change.removeprefix("skill ").split(", level ")
        people = tuple(
            replace(
                p, values={**p.values, "skills": (*_without(p.values.get("skills", ()), skill), (skill, int(level)))}
            )
            if p.id == row.technician
            else p
            for p in problem.technicians
        )
        gain = before - weight(found, *best(problem.replace(technicians=people)))
        assert gain <= row.at_most + 1e-6


def _without(held: tuple[tuple[str, int], ...], skill: str) -> tuple[tuple[str, int], ...]:
    return tuple(pair for pair in held if pair[0] != skill)


def test_the_dearest_come_first_and_are_planned_anew() -> None:
    """People read from the top: prices fall, and the first rows tell what a real plan gains, never more than priced."""
    assert rehearsed(Halt())
    problem = department(5, jobs=5, shifts=2, pinned=False)
    found = prices(problem, plan(problem, iterations=300), resolved=2, time_limit_s=3)
    assert found.table["price"].is_monotonic_decreasing
    assert found.table["gain"].notna().tolist() == [rank < 2 for rank in range(len(found.table))]
    known = found.table.dropna(subset="gain")
    assert (known["gain"] <= known["at_most"] + 1e-6).all()
    assert (found.table["at_most"] - found.table["price"]).round(4).nunique() == 1


def test_no_time_no_prices() -> None:
    """Without a proof there are no prices: that is said, instead of a table of nothing."""
    problem = department(5, jobs=3, shifts=2, pinned=False)
    made = plan(problem, iterations=10)
    for how in ({"time_limit_s": 0.0}, {"time_limit_s": 1e-9}, {"resolved": -1}):
        with pytest.raises(ConfigError):
            prices(problem, made, **how)  # type: ignore[arg-type]


def short_of_parts(seed: int) -> Problem:
    """Return a day whose orders need two parts: one van is loaded at the depot, the other stops there; it is short."""
    draw = np.random.default_rng(seed)
    needs = ((("P1", 1),), (("P1", 1),), (("P1", 1), ("P2", 1)), (("P2", 2),))
    jobs = [
        job(f"J{n}", int(draw.integers(0, 60)), 40, priority=int(draw.integers(1, 5)), parts=parts)
        for n, parts in enumerate(needs)
    ]
    shelf = depot("XA", 20, stock={"P1": 1, "P2": 1} if seed % 2 else {"P1": 2})
    pay = {"cost_per_hour": per_second(60), "overtime_max_min": 0}
    return problem(
        jobs,
        [
            shift("T1", load_at="XA", restock_at=(), van_stock=(), **pay),
            shift("T2", home=40, load_at="", restock_at=("XA",), van_stock=(("P2", 1),), **pay),
        ],
        depots=[shelf],
    )


def test_no_piece_gains_more_than_its_price() -> None:
    """Whoever orders a part by its price must not be promised too little: brute force plans the day with it best."""
    assert rehearsed(Halt())
    gains = [gain for seed in range(10) for gain in gains_of_pieces(short_of_parts(seed))]
    assert max(gains) > 1, "no piece was ever worth anything"


def gains_of_pieces(problem: Problem) -> list[float]:
    """Hold each piece's price against what the best plan with it gains over the plan made; return what they gain."""
    made = plan(problem, iterations=300)
    report = check(problem, made, RULES)
    found = prices(problem, made, resolved=0, time_limit_s=10)
    assert found.complete
    before, gains = weight(found, report.worth_unassigned, report.cost), []
    pieces = found.table[found.table["depot"] == "XA"]
    assert set(pieces["change"]) == {"one piece more of part P1", "one piece more of part P2"}
    for row in pieces.itertuples():
        part = row.change.removeprefix("one piece more of part ")
        shelf = problem.depots[0].values["stock"]
        gains.append(before - weight(found, *best(with_stock(problem, {**shelf, part: shelf.get(part, 0) + 1}))))
        rounded = 1e-6 * (1 + report.worth_unassigned / POINT)  # what a point is worth is told in millionths
        assert gains[-1] <= row.at_most + rounded
    return gains


def with_stock(problem: Problem, held: dict[str, int]) -> Problem:
    """Return the problem with other pieces on the one shelf."""
    return problem.replace(depots=(replace(problem.depots[0], values={"stock": held}),))


def test_a_piece_that_spares_a_drive_has_the_price_of_the_drive() -> None:
    """Solved to proof, the price is the gain: with one piece more T2, who has a pump, need not come from far away."""
    assert rehearsed(Halt())
    pay = {"cost_per_hour": per_second(60), "restock_at": ()}
    near = shift("T1", load_at="XA", van_stock=(), **pay)
    far = shift("T2", home=60, load_at="", van_stock=(("P1", 1),), **pay)
    one = problem(
        [job(f"J{n}", 10, 30, parts=(("P1", 1),)) for n in range(2)],
        [near, far],
        depots=[depot("XA", 0, stock={"P1": 1})],
    )
    found = prices(one, plan(one, iterations=100), resolved=1, time_limit_s=2)
    first = found.table.iloc[0]
    assert (first["depot"], first["change"]) == ("XA", "one piece more of part P1")
    assert first["gain"] == pytest.approx(50 + 30 + 50 - 30)
    assert first["at_most"] == pytest.approx(first["gain"], rel=1e-4)


def test_what_kept_work_lacks_has_no_price() -> None:
    """With the pump that a promised order lacks the day is another one: that is said, instead of a wrong price."""
    assert rehearsed(Halt())
    orders = [job("A", 10, 30, parts=(("P1", 1),), status="pinned", technician="T1"), job("B", 20, 30)]
    one = problem(
        orders, [shift("T1", load_at="XA", restock_at=(), van_stock=())], depots=[depot("XA", 0, stock={"P2": 1})]
    )
    found = prices(one, plan(one, iterations=50), resolved=0, time_limit_s=2)
    assert found.unpriced == ("XA: one piece more of part P1",)
    assert set(found.table["change"]) == {"one hour more"}


def test_closed_orders_ask_for_nothing() -> None:
    """A skill or a part that only a finished order needed is worth nothing to anybody: it is no change to price."""
    need, done = {"parts": (("P1", 1),)}, {"parts": (("P9", 1),), "skills": (("gas", 2),), "status": "done"}
    orders = [job("A", 10, 30, **need), job("B", 20, **done)]
    shelf = depot("XA", 0, stock={"P1": 1})
    one = problem(orders, [shift("T1", load_at="XA", restock_at=(), van_stock=())], depots=[shelf])
    found = prices(one, plan(one, iterations=50), resolved=0, time_limit_s=2)
    assert set(found.table["change"]) == {"one hour more"}


def test_changes_that_time_ran_out_for_are_not_passed_over_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand changes are compiled one by one: whoever stops gets those priced by then, and is told."""
    problem, stop = department(5, jobs=3, shifts=2, pinned=False), threading.Event()

    def last(*_: object) -> int:
        stop.set()
        return 0

    monkeypatch.setattr("fieldops.routing.prices.reprice", last)
    found = prices(problem, plan(problem, iterations=50), resolved=2, time_limit_s=3, stop=stop)
    assert (len(found.table), found.complete) == (1, False)
    assert found.table["gain"].isna().all()
