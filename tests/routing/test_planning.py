"""plan(): whatever it is given it comes with a checked plan; when to stop; where to begin; rules from outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.routing import planning
from fieldops.routing.check import check
from fieldops.routing.domain import Day, Job, Plan, Problem, Violation
from fieldops.routing.planning import plan
from fieldops.routing.program import VERBS
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.rule import columns_of
from fieldops.routing.solvers import Answer, Halt, Progress, Task
from fieldops.routing.solvers.bound import rehearsed
from fieldops.routing.travel import UNREACHABLE
from fieldops.units import MINUTE, money, per_metre
from tests.routing.make import clock as at
from tests.routing.make import department, hourly, job, problem, shift
from tests.routing.oracles import best_plan

SEEDS = st.integers(0, 10**9)


def served(made: Plan) -> set[str]:
    """Return the orders that are visited."""
    return {visit.id for day in made.days for visit in day.visits}


def accounted(one: Problem, made: Plan) -> bool:
    """Whether every order stands exactly once in days, unassigned or closed."""
    named = [visit.id for day in made.days for visit in day.visits] + [*made.unassigned, *made.closed]
    return sorted(named) == sorted(one.job)


def street(jobs: int, **values: Any) -> Problem:
    """Return orders of 20 minutes along a road, more than two technicians can do in a day."""
    return problem([job(f"J{n:02}", n, 20, **values) for n in range(jobs)], [shift("T1"), shift("T2")])


# ---- any input


@given(SEEDS, st.integers(0, 6), st.integers(0, 4), st.sampled_from([1, 10]))
@settings(max_examples=150)
def test_every_department_gets_a_checked_plan_with_all_orders_in_it(
    seed: int, jobs: int, shifts: int, ticks: int
) -> None:
    """With every column of every rule, pins that contradict each other, and legs that don't exist.

    Never a broken plan; every order once; the sums stated are the checker's; the same when planned again.
    """
    one = department(seed, jobs, shifts, ticks=ticks)
    made = plan(one, solver="insertion", seed=1, iterations=10)
    assert accounted(one, made)
    report = check(one, made)
    assert report.sound
    assert (made.worth_unassigned, made.costs) == (report.worth_unassigned, report.costs)
    assert made.given == report.given
    assert plan(one, solver="insertion", seed=1, iterations=10) == made


@given(SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_rows_changes_no_plan(seed: int, random: Random) -> None:
    """Rows of every table permuted: the same plan, notes and given breaches included."""
    one = department(seed, jobs=6, shifts=3)

    def mixed(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(rows, len(rows)))

    other = one.replace(jobs=mixed(one.jobs), shifts=mixed(one.shifts), technicians=mixed(one.technicians))
    assert plan(one, solver="insertion") == plan(other, solver="insertion")


def test_random_departments_use_every_column() -> None:
    """A column that no random department has is a column that no property tests."""
    used: set[tuple[str, str]] = set()
    for seed in range(60):
        one = department(seed)
        used |= {("jobs", name) for j in one.jobs for name in j.values}
        used |= {("technicians", name) for t in one.technicians for name in t.values}
        used |= {("shifts", name) for s in one.shifts for name in s.values}
        used |= {("depots", name) for d in one.depots for name in d.values}
    declared = {(column.table, column.name) for column in columns_of(RULES)}
    assert declared - used == set()
    # A shift's values may override any of its technician's; a depot's stock comes from a table of its own.
    assert used - declared == {("shifts", "skills"), ("shifts", "office"), ("depots", "stock")}


@pytest.mark.parametrize(
    ("one", "left"),
    [
        (problem([], []), 0),
        (problem([], [shift("T1")]), 0),
        (problem([job("A")], []), 1),
        (problem([job("A", windows=((at("9:00"), at("10:00")),), latest=at("8:00"))], [shift("T1")]), 1),
        (problem([job("A", earliest=at("9:00", 3))], [shift("T1")]), 1),
        (problem([job("A")], [shift("T1", "8:00", "8:00")]), 1),
        (problem([job("A", 0, 0)], [shift("T1", "8:00", "8:00")]), 0),
        (problem([job("A", 600)], [shift("T1")]), 1),
    ],
)
def test_small_and_hopeless_inputs_end_with_a_plan(one: Problem, left: int) -> None:
    """Nothing to do, nobody to do it, no moment for it, no time for it, too far away."""
    made = plan(one, solver="insertion")
    assert accounted(one, made)
    assert len(made.unassigned) == left


def test_unreachable_places_are_left_out_and_pinned_ones_are_given() -> None:
    """No way to A: left out. Pinned all the same: the plan comes and says so."""
    one = street(3)
    seconds = one.travel.seconds.copy()  # type: ignore[attr-defined]
    seconds[:, 2] = UNREACHABLE
    seconds[2, 2] = 0
    ways = type(one.travel).from_matrix(one.travel.places, seconds.astype(float))  # type: ignore[attr-defined]
    broken = one.replace(travel=ways)
    assert plan(broken, solver="insertion").unassigned == ("J02",)
    pinned = replace(broken.job["J02"], values={"status": "pinned", "technician": "T1"})
    made = plan(broken.replace(jobs=(*broken.jobs[:2], pinned)), solver="insertion")
    assert made.unassigned == ()
    assert "there is no way from 0 to 2 for T1" in {violation.words for violation in made.given}


def test_huge_numbers_stay_exact() -> None:
    """Dear hours, long services and a fine tick: sums beyond 32 bits, all in Python's and int64's whole numbers."""
    ticks = 10_000
    terms = {"cost_per_hour": hourly(1_000_000), "cost_per_km": per_metre(10_000), "pay": "shift"}
    whole = replace(shift("T1", **terms), start=0, end=9 * 3600 * ticks)
    one = problem([Job("A", "10", 3600 * ticks, {"worth": 1e6})], [whole], ticks_per_second=ticks)
    made = plan(one, solver="insertion")
    assert dict(made.costs) == {"distance": money(200_000), "working time": money(9_000_000)}
    assert plan(one.replace(shifts=()), solver="insertion").worth_unassigned == 10_000_000


def test_long_horizons_and_old_epochs_are_only_numbers() -> None:
    """A problem whose tick 0 lies decades before its shifts plans as any other."""
    one = problem([job("A", 10)], [shift("T1", day=20_000)], epoch=0)
    (day,) = plan(one, solver="insertion").days
    assert day.depart == at("8:00", 20_000)


@pytest.mark.parametrize(
    "arguments",
    [{"solver": "magic"}, {"time_limit_s": -1}, {"time_limit_s": float("nan")}, {"iterations": -1}],
)
def test_arguments_that_cannot_be_used_are_refused(arguments: dict[str, Any]) -> None:
    """An option is obeyed or refused, never ignored."""
    with pytest.raises(ConfigError):
        plan(street(1), **arguments)


# ---- against brute force


@pytest.mark.parametrize("seed", range(6))
def test_insertion_is_never_better_than_brute_force(seed: int) -> None:
    """Five orders, two shifts, rests at every place: nothing that insertion finds can beat all plans."""
    one = department(seed, jobs=5, pinned=False)
    made = plan(one, solver="insertion")
    assert (made.worth_unassigned, made.cost) >= best_plan(one)[0]


@given(SEEDS)
@settings(max_examples=25)
def test_one_technician_more_is_never_worse(seed: int) -> None:
    """By brute force: whoever isn't needed stays at home and costs nothing."""
    one = department(seed, jobs=3, shifts=2, pinned=False, days=1, people=("T1", "T2", "T3"))
    fewer = one.replace(shifts=one.shifts[:1])
    assert best_plan(one)[0] <= best_plan(fewer)[0]


def metric(seed: int) -> Problem:
    """Return four orders on a road, one window each: where taking one out never forces a worse start.

    Left out on purpose are lateness, rests and several windows: there the clock's own rules (no start later
    for a cheaper hour, the first window that is open) let a day with fewer orders cost more.
    """
    random = Random(seed)
    jobs = []
    for n in range(4):
        opens = at("8:00") + random.randrange(0, 28) * 900
        values: dict[str, Any] = {"priority": random.randint(1, 4)}
        if random.random() < 0.6:
            values["windows"] = ((opens, opens + random.choice([0, 4, 12]) * 900),)
        if random.random() < 0.3:
            values |= {"preferred_technicians": ("T1",), "not_preferred_cost": money(random.randint(0, 50))}
        jobs.append(job(f"J{n}", random.randint(0, 60), random.choice([0, 20, 60, 120]), **values))
    terms = {"cost_per_hour": hourly(random.choice([0, 30])), "cost_per_km": per_metre(random.choice([0.5, 1]))}
    more = {"pay": random.choice(["shift", "duration"]), "fixed_cost": money(random.randint(0, 40))}
    shifts = [
        shift("T1", "8:00", random.choice(["11:00", "16:00"]), home=random.randint(0, 60), **terms, **more),
        shift("T2", "9:00", "13:00", overtime_max_min=60 * MINUTE, drive_max_min=90 * MINUTE, **terms),
    ]
    return problem(jobs, shifts)


@given(SEEDS)
@settings(max_examples=25)
def test_one_order_fewer_is_never_dearer(seed: int) -> None:
    """By brute force on a road: neither more worth left out nor, at the same worth, more money."""
    one = metric(seed)
    best = best_plan(one)[0]
    for number in range(len(one.jobs)):
        fewer = one.replace(jobs=one.jobs[:number] + one.jobs[number + 1 :])
        assert best_plan(fewer)[0] <= best


# ---- when to stop


def test_a_stop_set_at_once_still_gives_a_checked_plan_with_pinned_work() -> None:
    """Ctrl-C before anything was planned: promises are in, the rest is left out, nothing is broken."""
    stop = threading.Event()
    stop.set()
    pinned = job("P", 30, status="pinned", technician="T2", start=at("12:00"))
    one = problem([pinned, *street(5).jobs], street(5).shifts)
    made = plan(one, solver="insertion", stop=stop)
    assert served(made) == {"P"}
    assert made.unassigned == ("J00", "J01", "J02", "J03", "J04")
    assert made.made["stopped_by"] == "signal"


def test_a_stop_in_the_middle_keeps_what_is_planned() -> None:
    """Set after the third better plan: three orders are in, and no time is spent on the others."""
    stop = threading.Event()
    told: list[Progress] = []

    def heard(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 3:
            stop.set()

    made = plan(street(10), solver="insertion", stop=stop, on_progress=heard)
    assert len(served(made)) == 3
    assert made.made["stopped_by"] == "signal"
    assert [progress.worth_unassigned for progress in told] == [900, 800, 700]


class Hands:
    """A watch that moves on by a fixed step whenever somebody looks at it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.parametrize(("limit", "some"), [(0.0, False), (1.0, True)])
def test_the_time_limit_is_kept_by_looking_at_the_clock_often(
    monkeypatch: pytest.MonkeyPatch, limit: float, some: bool
) -> None:
    """Each look takes 50 ms: after the end there are but a few more, however many orders wait.

    What was planned until then is kept: twenty looks see some of the sixty orders in, not all.
    """
    hands = Hands(0.05)
    monkeypatch.setattr(time, "monotonic", hands)
    made = plan(street(60), solver="insertion", time_limit_s=limit)
    assert hands.now <= limit + 10 * hands.step
    assert made.made["stopped_by"] == "deadline"
    assert 0 < len(served(made)) < 30 if some else served(made) == set()


def test_no_limit_at_all_ends_by_itself() -> None:
    """Bounded by iterations alone, the plan isn't cut short by the clock."""
    made = plan(street(4), solver="insertion", iterations=1)
    assert (len(served(made)), made.made["time_limit_s"], made.made["stopped_by"]) == (4, None, "end")


# ---- where to begin


def visits(made: Plan, shift_id: str) -> list[str]:
    """Return the orders of a shift, as they are visited."""
    return [visit.id for visit in made.day[shift_id].visits]


def test_orders_of_the_start_that_still_fit_stay_where_they_are() -> None:
    """Yesterday's day of T1 is clumsy, and stays; what a rule forbids today goes alone, not with the day."""
    one = street(4)
    old = plan(one.replace(shifts=one.shifts[:1]), solver="insertion")
    clumsy = replace(old, days=(replace(old.days[0], stops=old.days[0].stops[::-1]),))
    order = [stop.id for stop in clumsy.days[0].stops]
    assert visits(plan(one, solver="insertion", start=clumsy), "T1/0") == order
    forbidden = one.replace(jobs=(replace(one.jobs[0], values={"excluded_technicians": ("T1",)}), *one.jobs[1:]))
    again = plan(forbidden, solver="insertion", start=clumsy)
    assert visits(again, "T1/0") == [job for job in order if job != "J00"]
    assert visits(again, "T2/0") == ["J00"]


@pytest.mark.parametrize("values", [{"start": at("10:00")}, {"status": "started", "start": at("8:05")}, {}])
def test_new_promises_join_the_start_where_they_fit(values: dict[str, Any]) -> None:
    """An order pinned this morning to T1 doesn't throw T1's old day away: the others keep their order."""
    one = street(4)
    old = plan(one.replace(shifts=one.shifts[:1]), solver="insertion")
    clumsy = replace(old, days=(replace(old.days[0], stops=old.days[0].stops[::-1]),))
    new = job("P", 3, 20, **{"status": "pinned", "technician": "T1", **values})
    made = plan(one.replace(jobs=(*one.jobs, new)), solver="insertion", start=clumsy)
    order = visits(made, "T1/0")
    assert [job for job in order if job != "P"] == [stop.id for stop in clumsy.days[0].stops]
    assert order[0] == "P" or values.get("status") != "started"
    assert made.given == ()


def test_a_start_with_strangers_and_doubles_is_read_with_care() -> None:
    """Unknown shifts and orders are passed over; an order named twice is done once."""
    one = street(3)
    old = plan(one, solver="insertion")
    (day,) = old.days
    ghost = replace(day.stops[0], id="GONE")
    messy = replace(day, stops=(*day.stops, day.stops[0], ghost))
    made = plan(one, solver="insertion", start=Plan((replace(day, shift="T9/0"), messy, replace(day, shift="T2/0"))))
    assert accounted(one, made)
    assert len(served(made)) == 3


def test_a_start_never_loses_what_is_pinned_since() -> None:
    """An order pinned to T2 after the old plan gave it to T1 is with T2, and T1 keeps the others."""
    one = street(4)
    old = plan(one.replace(shifts=one.shifts[:1]), solver="insertion")
    pinned = replace(one.jobs[1], values={"status": "pinned", "technician": "T2"})
    made = plan(one.replace(jobs=(one.jobs[0], pinned, *one.jobs[2:])), solver="insertion", start=old)
    assert [visit.id for visit in made.day["T2/0"].visits] == ["J01"]
    assert {visit.id for visit in made.day["T1/0"].visits} == {"J00", "J02", "J03"}


@given(SEEDS)
@settings(max_examples=40)
def test_a_start_of_any_quality_gives_a_sound_plan(seed: int) -> None:
    """The plan of another department on the same ids: days dealt out by other rules and other roads."""
    one, other = department(seed, jobs=5), department(seed + 1, jobs=5)
    made = plan(one, solver="insertion", start=plan(other, solver="insertion"))
    assert accounted(one, made)
    assert check(one, made).sound


def test_starting_from_its_own_plan_changes_nothing() -> None:
    """A plan that is planned again from itself stays, and so does its cost."""
    for seed in range(10):
        one = department(seed, jobs=5)
        first = plan(one, solver="insertion")
        again = plan(one, solver="insertion", start=first)
        assert (again.worth_unassigned, again.cost) <= (first.worth_unassigned, first.cost)


# ---- rules from outside


class OneGasOrderADay(Rule):
    """Lazily judged: no verb says it, so solvers learn of it from the checker alone."""

    name = "one gas order a day"

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Name every gas order after the first."""
        gas = [visit.id for visit in day.visits if problem.job[visit.id].values.get("gas")]
        for late in gas[1:]:
            yield Violation(self.name, f"order {late} is a second gas order", 1, "orders", late, day.shift)


class TwoVisitsACustomer(Rule):
    """Seen only in whole plans: at most two visits to a customer, all technicians together."""

    name = "two visits a customer"
    whole_plan = True

    def of_plan(self, problem: Problem, plan: Plan) -> Iterator[Violation]:
        """Name every visit to a customer after the second."""
        seen: dict[str, int] = {}
        for day in plan.days:
            for visit in day.visits:
                customer = problem.job[visit.id].values.get("customer", visit.id)
                seen[customer] = seen.get(customer, 0) + 1
                if seen[customer] > 2:
                    yield Violation(self.name, f"customer {customer} is visited again", 1, "visits", visit.id)


MINE = (*RULES, OneGasOrderADay(), TwoVisitsACustomer())


def test_a_rule_that_no_verb_says_is_held() -> None:
    """Three gas orders, two technicians: one is left out, and without the rule none is."""
    one = street(3, gas=True)
    assert plan(one, solver="insertion").unassigned == ()
    made = plan(one, rules=MINE, solver="insertion")
    assert len(made.unassigned) == 1
    assert check(one, made, MINE).sound


def test_a_rule_that_only_whole_plans_show_is_held() -> None:
    """Four orders of one customer: two are done, whoever does them."""
    one = street(4, customer="C")
    made = plan(one, rules=MINE, solver="insertion")
    assert len(served(made)) == 2
    assert check(one, made, MINE).sound


def test_kept_work_that_breaks_a_rule_of_whole_plans_is_given() -> None:
    """Three pinned visits to a customer who allows two: given; no fourth is added, others' orders are."""
    pins = [job(f"P{n}", n, status="pinned", technician=f"T{n % 2 + 1}", customer="C") for n in range(3)]
    one = problem([*pins, job("X", 5, customer="C"), job("Y", 5)], [shift("T1"), shift("T2")])
    made = plan(one, rules=MINE, solver="insertion")
    assert made.unassigned == ("X",)
    assert [violation.rule for violation in made.given] == ["two visits a customer"]


def test_a_start_that_breaks_a_rule_of_whole_plans_is_thinned_first() -> None:
    """The old plan visits a customer four times: two go, and there is still room for all other orders."""
    one = problem([job(f"C{n}", n, customer="C") for n in range(4)] + [job("Y", 5)], [shift("T1"), shift("T2")])
    old = plan(one.replace(jobs=one.jobs[:4]), solver="insertion")
    made = plan(one, rules=MINE, solver="insertion", start=old)
    assert len(made.unassigned) == 2
    assert "Y" in served(made)


class Careless:
    """A solver that keeps pinned work where it is and deals out all other orders as chance has it."""

    name = "careless"
    holds = MappingProxyType(dict.fromkeys(VERBS, "relaxed"))

    def solve(self, task: Task) -> Answer:
        """Return routes in which everything may be broken, and every order stands at most once."""
        random, program = Random(task.seed), task.program
        kept = {token for tokens in task.kept.values() for token in tokens}
        routes = [list(task.kept.get(shift, ())) for shift in range(len(program.shifts))]
        for token in random.sample(range(len(program.jobs)), len(program.jobs)):
            if token not in kept:
                route = random.choice(routes)
                route.insert(random.randint(0, len(route)), token)
        return Answer(routes, "end")


@given(SEEDS)
@settings(max_examples=120)
def test_a_careless_solver_is_repaired(seed: int) -> None:
    """Whatever a solver that holds nothing returns, the plan is sound, complete and loses no pinned work."""
    one = department(seed, jobs=6)
    one = one.replace(jobs=tuple(replace(j, values={**j.values, "gas": True, "customer": "C"}) for j in one.jobs))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "solver", lambda name: Careless())
        calls = count()
        patch.setattr(planning, "value", lambda *_: (next(calls), 0))  # the second rung always seems better
        made = plan(one, rules=MINE, solver="careless", seed=seed)
    assert made.made["solver"] == "careless"
    assert accounted(one, made)
    assert check(one, made, MINE).sound


def test_a_plan_is_proved_on_request() -> None:
    """Whoever asks gets the bound with the plan: never above its cost, and equal to it once the gap is closed."""
    assert rehearsed(Halt())
    for seed in (1, 5):
        problem = department(seed, jobs=4, shifts=2, pinned=False)
        found = plan(problem, time_limit_s=3, bound=True)
        assert found.bound is not None
        (worth, cost), _ = best_plan(problem)
        assert (found.worth_unassigned, found.cost) == (worth, cost)
        assert found.bound.worth == worth
        assert 0 <= found.bound.root <= found.bound.cost <= cost
        assert found.bound.gap == pytest.approx((cost - found.bound.cost) / cost)
        assert found.bound.root_gap >= found.bound.gap >= 0
        assert plan(problem, iterations=1).bound is None


def test_a_proof_needs_a_time_limit() -> None:
    """A proof may go on for days, so it is refused without a limit instead of hanging."""
    with pytest.raises(ConfigError, match="time_limit_s"):
        plan(department(1, jobs=2, shifts=1), iterations=10, bound=True)


def test_no_time_for_a_proof_is_told() -> None:
    """A plan whose time is up before anything is proved says so; its bound is 0 or missing, never wrong."""
    found = plan(department(2, jobs=3, shifts=2), time_limit_s=0, bound=True)
    assert found.bound is None or found.bound.cost <= found.cost
