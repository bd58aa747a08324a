"""The verbs: what each of them writes into the arrays, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.routing.check import compile_rules
from fieldops.routing.program import NEVER, ON_END, ON_START, VERBS, Program
from fieldops.routing.rules import RULES
from fieldops.routing.rules.windows import TimeWindows
from fieldops.units import money
from tests.routing.make import clock as at
from tests.routing.make import department, depot, hourly, job, problem, shift


@pytest.fixture
def blank() -> Program:
    """Three orders and two shifts of which no rule has said anything."""
    shifts = [shift("T2"), shift("T1", home=5)]
    return Program(problem([job("C", 30), job("A", 10), job("B", 20)], shifts, depots=[depot("D")]))


def test_jobs_and_shifts_are_numbered_by_id(blank: Program) -> None:
    """The order of rows changes nothing, so indices follow the ids."""
    assert [j.id for j in blank.jobs] == ["A", "B", "C"]
    assert [s.id for s in blank.shifts] == ["T1/0", "T2/0"]
    assert (blank.job_index["C"], blank.shift_index["T2/0"]) == (2, 1)
    places = blank.problem.travel.places
    assert [places[p] for p in blank.job_place] == ["10", "20", "30"]
    assert [places[p] for p in blank.origin] == ["5", "0"]


def test_nothing_is_asked_before_a_rule_speaks(blank: Program) -> None:
    """Everybody may do everything at any time for nothing: limits come from rules alone."""
    assert blank.allowed.all()
    assert not blank.charged.any()
    assert blank.windows == [[(-NEVER, NEVER)]] * 3
    assert (blank.worth == 1).all()
    assert (blank.overtime_max == NEVER).all()
    assert (blank.drive_max_s == NEVER).all()
    assert (blank.drive_max_m == NEVER).all()
    assert blank.rests == [[], []]
    assert blank.said == set()


def test_forbid_takes_pairs_masks_of_a_row_and_whole_masks(blank: Program) -> None:
    """The three ways in which rules say it leave each other's words alone."""
    blank.forbid(0, 1)
    blank.forbid(1, np.array([True, False]))
    mask = np.zeros((3, 2), bool)
    mask[2, 0] = True
    blank.forbid(mask)
    assert blank.allowed.tolist() == [[True, False], [False, True], [False, True]]
    blank.forbid(0)
    assert not blank.allowed[0].any()


def test_charges_add_up_and_are_never_negative(blank: Program) -> None:
    """Two rules may charge one pair; a reward would make bounds invalid."""
    blank.charge(0, slice(None), np.array([1, 2]))
    blank.charge(0, 1, 5)
    assert blank.charged[0].tolist() == [1, 7]
    with pytest.raises(ValueError, match="can't be negative"):
        blank.charge(0, 0, -1)
    with pytest.raises(ValueError, match="can't be negative"):
        blank.optional(0, -1)


def test_windows_of_two_rules_are_cut_with_each_other(blank: Program) -> None:
    """Both must hold; what is left stands in order and apart; nothing left means never."""
    blank.start_within(0, [(50, 60), (0, 10)])
    blank.start_within(0, [(5, 55)])
    assert blank.windows[0] == [(5, 10), (50, 55)]
    blank.start_within(1, [(0, 10), (5, 20), (20, 30), (40, 50)])
    assert blank.windows[1] == [(0, 30), (40, 50)]
    blank.start_within(0, [(20, 30)])
    assert blank.windows[0] == []


def test_due_times_add_rates_and_refuse_a_second_moment(blank: Program) -> None:
    """One due time on each end; a second rule may add to its rate, not move it."""
    blank.due(0, 100, 5)
    blank.due(0, 100, 2, on=ON_END)
    blank.due(0, 70, 1, on=ON_START)
    assert (blank.due_at[0].tolist(), blank.due_rate[0].tolist()) == ([70, 100], [1, 7])
    with pytest.raises(ValueError, match="job A has two due times"):
        blank.due(0, 101, 1)


def test_limits_of_driving_only_tighten(blank: Program) -> None:
    """The tighter of two rules counts."""
    blank.at_most(0, drive_s=100)
    blank.at_most(0, drive_s=200, drive_m=50)
    assert (int(blank.drive_max_s[0]), int(blank.drive_max_m[0])) == (100, 50)


def test_rests_stand_in_the_order_of_their_times(blank: Program) -> None:
    """Tokens of rests are numbered after the orders, by their earliest start."""
    blank.rest(0, 10, 500, 600)
    blank.rest(0, 20, 100, 200)
    assert blank.rests[0] == [(20, 100, 200, 200), (10, 500, 600, 600)]
    assert list(blank.rest_tokens(0)) == [4, 5]
    assert [blank.is_rest(token) for token in (3, 4)] == [False, True]


def test_a_paid_shift_is_paid_whole(blank: Program) -> None:
    """Its money is part of using the shift; time then costs nothing more."""
    blank.workday(0, pay_rate=2, pay_shift=True, fixed=7)
    assert (int(blank.fixed[0]), int(blank.pay_rate[0])) == (7 + 2 * 9 * 3600, 0)


def test_pins_prevail_over_whatever_is_said_before_or_after(blank: Program) -> None:
    """A promise is kept: the shift may do it, nobody else, and only at its moment."""
    blank.pin(0, 1, start=500)
    blank.forbid(0, 1)
    blank.start_within(0, [(0, 10)])
    blank.settle()
    assert blank.allowed[0].tolist() == [False, True]
    assert blank.windows[0] == [(500, 500)]


def test_a_started_order_moves_the_beginning_of_the_day(blank: Program) -> None:
    """The day begins at the order, when it began."""
    blank.pin(2, 0, start=at("7:45"), started=True)
    assert (int(blank.first[0]), int(blank.start[0])) == (2, at("7:45"))
    assert blank.origin[0] == blank.job_place[2]


def test_what_was_said_is_kept_by_its_name(blank: Program) -> None:
    """Solvers are chosen by the verbs that were said; each verb must leave its name."""
    blank.forbid(0)
    blank.charge(0, 0, 1)
    blank.start_within(0, [(0, 1)])
    blank.due(0, 1, 1)
    blank.workday(0)
    blank.travel_cost(0)
    blank.at_most(0)
    blank.rest(0, 1, 0, 1)
    blank.optional(0, 1)
    blank.pin(0, 0)
    blank.need(0, "part P1")
    blank.carry(0, "part P1")
    blank.pool(0, "part P1")
    blank.load(0, 0)
    blank.restock(0, 0)
    assert blank.said == set(VERBS)


def test_the_order_of_rules_changes_nothing() -> None:
    """Rules know nothing of each other, so a rule book read backwards is the same program."""
    paid = {"cost_per_hour": hourly(30), "pay": "shift", "fixed_cost": money(3)}
    begun = job("A", 10, status="started", technician="T", start=at("7:00"), windows=((at("9:00"), at("10:00")),))
    cases = [problem([begun, job("B", 20)], [shift("T", **paid)]), *(department(seed) for seed in range(30))]
    for one in cases:
        first, second = compile_rules(one, RULES), compile_rules(one, RULES[::-1])
        for name, array in vars(first).items():
            if isinstance(array, np.ndarray):
                assert np.array_equal(array, getattr(second, name)), name
        assert (first.windows, first.rests) == (second.windows, second.rests)


def test_a_rule_after_the_pins_does_not_move_them() -> None:
    """A user's rule is listed last; its windows must not make a pinned order begin early."""

    class Mornings(TimeWindows):
        """The same rule under another name, posted last."""

        name = "mornings"

    pinned = job("A", 20, status="pinned", technician="T", start=at("15:00"), latest=at("10:00"))
    one = problem([pinned], [shift("T")])
    assert compile_rules(one, [*RULES, Mornings()]).windows[0] == [(at("15:00"), at("15:00"))]


DEAREST = money(1e12)
DEAR = {
    "an hour": ({}, {"cost_per_hour": DEAREST // 3600}),
    "a whole shift": ({}, {"cost_per_hour": DEAREST // 3600, "pay": "shift"}),
    "an hour's drive": ({}, {"cost_per_drive_hour": DEAREST // 3600}),
    "a kilometre": ({}, {"cost_per_km": DEAREST // 1000}),
    "a shift": ({}, {"fixed_cost": DEAREST * 2}),
    "an hour late": ({"resolve_by": 0, "late_cost_per_hour": DEAREST // 3600}, {}),
    "somebody else": ({"preferred_technicians": ("T2",), "not_preferred_cost": DEAREST * 2}, {}),
}


@pytest.mark.parametrize("price", DEAR)
def test_prices_beyond_exact_sums_are_refused_in_words(price: str) -> None:
    """A million million for anything would wrap round in 64 bits; a million an hour is fine."""
    order, terms = DEAR[price]
    with pytest.raises(ConfigError, match="prices are so high"):
        compile_rules(problem([job("A", 10, **order)], [shift("T1", **terms)]))
    fine = {name: value // 10**6 if isinstance(value, int) else value for name, value in terms.items()}
    less = {name: value // 10**6 if name.endswith(("hour", "cost")) else value for name, value in order.items()}
    compile_rules(problem([job("A", 10, **less)], [shift("T1", **fine)]))


def test_arrays_are_whole_numbers_in_c_order() -> None:
    """Kernels, native ones too, take them as they are."""
    for seed in range(5):
        for name, array in vars(compile_rules(department(seed))).items():
            if isinstance(array, np.ndarray):
                assert array.dtype in (np.dtype(np.int64), np.dtype(bool)), name
                assert array.flags.c_contiguous, name
