"""The checker: a sound plan with faults planted one at a time, accounts, what is given, what is charged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fieldops.routing.check import Judge, check, check_day, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Day, Depot, Plan, Problem, Stop, Violation
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES
from fieldops.routing.travel import UNREACHABLE, Travel
from fieldops.units import DAY, KILOMETRE, MINUTE, money
from tests.routing.make import clock as at
from tests.routing.make import department, hourly, job, problem, renamed, shift

ELECTRIC = (("electric", 1),)
PROBLEM = problem(
    [
        job("A", 10, skills=ELECTRIC, windows=((at("8:30"), at("10:00")),)),
        job("B", 30, status="pinned", technician="T1", start=at("11:00")),
        job("C", 20, 180),
        job("D", 70, 60),
        job("E", 50, excluded_technicians=("T1",)),
        job("U", 10, required_technicians=("T9",), priority=2),
        job("X", 10, status="done"),
    ],
    [
        shift("T1", rest_min=30 * MINUTE),
        shift("T2", home=60, overtime_max_min=30 * MINUTE, drive_max_km=105_000, drive_max_min=105 * MINUTE),
    ],
    {"T1": {"skills": ELECTRIC, "cost_per_hour": hourly(60)}, "T2": {"cost_per_hour": hourly(30)}},
)
TIMER = Clock(compile_rules(PROBLEM))
TOKEN = {**TIMER.program.job_index, "rest": len(TIMER.program.jobs)}


def day(number: int, *stops: str) -> Day:
    """Return a day of T1 (0) or T2 (1), timed by the clock, whatever it breaks."""
    return TIMER.day(number, [TOKEN[stop] for stop in stops])


ONE = day(0, "A", "B", "rest", "C")  # 9:50, A 10:00, B 11:00, rest 11:30, C 12:10 to 15:10, 15:30
TWO = day(1, "D", "E")  # 8:00, D 8:10 to 9:10, E 9:30 to 10:00, 10:10
SOUND = Plan((ONE, TWO), ("U",), ("X",))
Change = Callable[[Plan], Plan]


def days(one: Day = ONE, two: Day = TWO, *left: str) -> Plan:
    """Return the sound plan with other days, and with `left` left out as well."""
    return Plan((one, two), tuple(sorted(("U", *left))), ("X",))


def stop(old: Day, number: int, **changes: Any) -> Day:
    """Return a day with one stop changed and all the others as they were."""
    stops = list(old.stops)
    stops[number] = replace(stops[number], **changes)
    return replace(old, stops=tuple(stops))


def later(old: Day, minutes: int, first: int = 0, last: int | None = None) -> Day:
    """Return a day some of whose stops (all, with both ends of the day) are later."""
    move = minutes * MINUTE
    moved = slice(first, last)
    stops = list(old.stops)
    stops[moved] = [replace(s, arrive=s.arrive + move, start=s.start + move, end=s.end + move) for s in stops[moved]]
    whole = first == 0 and last is None
    ends = {"depart": old.depart + move, "back": old.back + move} if whole else {}
    return replace(old, stops=tuple(stops), **ends)


def without(old: Day, number: int) -> Day:
    """Return a day without one of its stops, the others where and when they were."""
    return replace(old, stops=old.stops[:number] + old.stops[number + 1 :])


A, B, REST, C = range(4)
D, E = range(2)
REST_LAST = replace(
    ONE, stops=(ONE.stops[A], ONE.stops[B], ONE.stops[C], replace(ONE.stops[REST], place="20", arrive=at("15:10"),
                start=at("15:10"), end=at("15:40"))), back=at("16:00"),
)  # fmt: skip
TWICE = replace(
    TWO, stops=(*TWO.stops, Stop("job", "E", "50", 0, 0, at("10:00"), at("10:00"), at("10:30"))), back=at("10:40")
)
CLOSED = replace(
    ONE,
    stops=(*ONE.stops, Stop("job", "X", "10", 10 * MINUTE, 10_000, at("15:20"), at("15:20"), at("15:50"))),
    home_drive_s=10 * MINUTE,
    home_drive_m=10_000,
    back=at("16:00"),
)
EARLY = Stop("rest", "rest 1", "0", 0, 0, at("9:15"), at("9:15"), at("9:45"))
REST_FIRST = replace(without(ONE, REST), depart=at("9:15"), stops=(EARLY, *without(ONE, REST).stops))
MISSED = later(stop(replace(ONE, depart=at("10:00")), B, arrive=at("11:00")), 10, A, B)
MOVED = replace(later(ONE, 5, B), back=at("15:35"))
SOONER = {"start": at("10:55"), "end": at("11:25")}
AGAIN = stop(replace(without(TWO, D), depart=at("9:20")), 0, drive_s=10 * MINUTE, drive_m=10_000)
APART = (replace(without(TWO, E), home_drive_s=10 * MINUTE, home_drive_m=10_000, back=at("9:20")), AGAIN)

# What is planted, by which rules it is found, a part of the words, the plan with the fault.
FAULTS: dict[str, tuple[str, str, Plan]] = {
    "begins at another place": ("clock", "begins at 30, not at 0", days(replace(ONE, origin="30"))),
    "ends at another place": ("clock", "ends at 30, not at 0", days(replace(ONE, destination="30"))),
    "order at another place": ("clock", "order A is at 10, not at 30", days(stop(ONE, A, place="30"))),
    "rest at another place": ("clock", "rest 1 of T1 is at 30, not at 0", days(stop(ONE, REST, place="0"))),
    "drive stated too short": ("clock", "to order C takes 10 min", days(stop(ONE, C, drive_s=9 * MINUTE))),
    "way stated too short": ("clock", "is 20.0 km, not 19.0", days(stop(ONE, B, drive_m=19_000))),
    "drive stated too long": ("clock", "longer than the time", days(stop(ONE, A, drive_s=11 * MINUTE))),
    "left too late for the drive": ("clock", "to order A takes 10 min", days(replace(ONE, depart=at("9:51")))),
    "a rest that gives time back": ("clock", "to 30 takes 0 min", days(stop(ONE, REST, drive_s=-60))),
    "a rest that gives way back": ("clock", "is 0.0 km, not -5.0", days(stop(ONE, REST, drive_m=-5_000))),
    "arrival before leaving": ("clock", "to order E takes 20 min", days(two=stop(TWO, E, arrive=at("9:05")))),
    "visits overlap": ("clock", "to order E takes 20 min", days(two=later(TWO, -15, E, E + 1))),
    "order of visits turned round": ("clock", "takes", days(two=replace(TWO, stops=TWO.stops[::-1]))),
    "service cut short": ("clock", "order C is given less than its 3 h 00 min", days(stop(ONE, C, end=at("15:09")))),
    "service before arrival": ("clock", "order D begins before T2 arrives", days(two=stop(TWO, D, start=at("8:09")))),
    "way home stated too short": ("clock", "to 0 is 20.0 km, not 2.0", days(replace(ONE, home_drive_m=2_000))),
    "back too early": ("clock", "to 0 takes 20 min", days(replace(ONE, back=at("15:29")))),
    "drive home stated too short": ("clock", "to 0 takes 20 min", days(replace(ONE, home_drive_s=0))),
    "unknown shift": ("clock", "there is no shift 'T9/0'", days(two=replace(TWO, shift="T9/0"))),
    "unknown order": ("clock accounts", "there is no order 'Z'", days(two=stop(TWO, E, id="Z"))),
    "unknown order left out": ("accounts", "names an order 'Z'", replace(SOUND, unassigned=("U", "Z"))),
    "unknown order closed": ("accounts", "names an order 'Z'", replace(SOUND, closed=("X", "Z"))),
    "order lost from a day": ("accounts", "order E stands 0 times", days(two=without(replace(TWO), E))),
    "order lost": ("accounts", "order U stands 0 times", replace(SOUND, unassigned=())),
    "closed order lost": ("accounts", "order X stands 0 times", replace(SOUND, closed=())),
    "order done and left out": ("accounts", "order D stands 2 times", replace(SOUND, unassigned=("D", "U"))),
    "order left out twice": ("accounts", "order U stands 2 times", replace(SOUND, unassigned=("U", "U"))),
    "order done twice": ("accounts", "order E stands 2 times", days(two=TWICE)),
    "order done by both": ("accounts", "order D stands 2 times", days(day(0, "A", "B", "rest", "D"), TWO, "C")),
    "open order called closed": ("accounts", "U is open, but", Plan(SOUND.days, (), ("U", "X"))),
    "closed order left out": ("accounts", "X is closed, but", Plan(SOUND.days, ("U", "X"), ())),
    "closed order done": ("accounts", "X is closed, but", Plan((CLOSED, TWO), ("U",), ())),
    "shift with two days": ("accounts", "shift T2/0 has 2 days", Plan((ONE, *APART), ("U",), ("X",))),
    "rest missing": ("rest", "T1 has no rest of 30 min", days(without(ONE, REST))),
    "rest cut short": ("rest", "not for 30 min", days(stop(ONE, REST, end=at("11:50")))),
    "rest too early": ("rest", "not for 30 min", days(REST_FIRST)),
    "rest too late": ("rest", "15:10 to 23 Nov 15:40", days(REST_LAST)),
    "pinned order moved": ("pins", "11:00, but would begin at 23 Nov 11:05", days(MOVED)),
    "pinned order begun early": ("pins", "would begin at 23 Nov 10:55", days(stop(ONE, B, **SOONER))),
    "pinned order elsewhere": ("pins", "pinned to T1, not T2", days(day(0, "A", "rest", "C"), day(1, "B"), "D", "E")),
    "pinned order left out": ("pins", "B is pinned, but left out", days(day(0, "A", "rest", "C"), TWO, "B")),
    "skill lacking": ("skills", "T2 lacks electric", days(day(0, "B", "rest", "C"), day(1, "A"), "D", "E")),
    "technician excluded": ("people", "E excludes T1", days(day(0, "A", "B", "rest", "E"), day(1, "D"), "C")),
    "technician not required": ("people", "U requires T9", Plan((ONE, day(1, "U")), ("D", "E"), ("X",))),
    "window missed": ("windows", "10 min after its window ends", days(MISSED)),
    "window not open": ("windows", "1 min before its window", days(replace(later(ONE, -91, A, B), depart=at("8:19")))),
    "left before the shift": ("workday", "leaves 1 h 00 min before", days(two=later(TWO, -60))),
    "back after overtime": ("workday", "40 min after the shift ends", days(two=later(TWO, 8 * 60))),
    "drives too long and too far": ("driving", "15 min more", days(day(0, "A", "B", "rest"), day(1, "C", "D", "E"))),
    "drives too far": ("driving", "5.0 km more than allowed", days(two=stop(TWO, D, drive_m=80_000))),
}  # fmt: skip


def test_the_plan_is_sound_before_anything_is_planted() -> None:
    """Faults are planted in a plan of which the checker says nothing; its moments are known by hand."""
    report = check(PROBLEM, SOUND)
    assert (report.violations, report.given) == ((), ())
    assert [s.start for s in ONE.stops] == [at("10:00"), at("11:00"), at("11:30"), at("12:10")]
    assert (ONE.depart, ONE.back, TWO.depart, TWO.back) == (at("9:50"), at("15:30"), at("8:00"), at("10:10"))
    assert dict(report.costs) == {"working time": 340 * money(1) + 130 * money(1) // 2}
    assert report.worth_unassigned == 1000


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_found_and_nothing_else_is_said(fault: str) -> None:
    """By the rules that it breaks and by no other; in words that name what was planted."""
    rules, words, broken = FAULTS[fault]
    violations = check(PROBLEM, broken).violations
    assert {violation.rule for violation in violations} == set(rules.split())
    assert any(words in violation.words for violation in violations), [v.words for v in violations]
    assert all(violation.amount > 0 for violation in violations)


def test_there_are_faults_of_every_hard_rule() -> None:
    """Each rule that can be broken is broken here at least once, the clock and the accounts too."""
    found = {rule for rules, _, _ in FAULTS.values() for rule in rules.split()}
    elsewhere = {"tools", "parts"}  # see test_check_supplies
    assert found == {"clock", "accounts"} | {rule.name for rule in RULES} - {"due", "priority"} - elsewhere


def test_faults_of_a_pinned_days_forced_breach_are_not_excused_by_it() -> None:
    """The checker forgives what kept work forces, unit by unit: an early start doesn't excuse a late return.

    An order begun at 7:00 forces an hour before the shift; coming back 30 minutes late is the plan's own.
    """
    begun = job("A", 10, status="started", technician="T1", start=at("7:00"))
    one = problem([begun, job("B", 10, 570)], [shift("T1")])
    late = check(one, Plan((Clock(compile_rules(one)).day(0, [0, 1]),)))
    assert [violation.words for violation in late.given] == [
        "T1 leaves 1 h 00 min before the shift begins (23 Nov 08:00)"
    ]
    assert [violation.amount for violation in late.violations] == [10]


def test_minutes_given_excuse_no_kilometres() -> None:
    """A pinned order 50 km too far is given; that it also lets the plan drive 20 minutes too long is not."""
    far = job("A", 50, status="pinned", technician="T1")
    limits = {"drive_max_km": 50_000, "drive_max_min": 101 * MINUTE}
    one = problem([far, job("B", 55)], [shift("T1", **limits)])
    timer = Clock(compile_rules(one))
    report = check(one, Plan((timer.day(0, [0]),), ("B",)))
    assert [(v.rule, v.amount, v.unit) for v in report.given] == [("driving", 50, "km")]
    assert report.sound
    longer = check(one, Plan((timer.day(0, [0, 1]),)))
    assert sorted((v.amount, v.unit) for v in longer.violations) == [(9, "min"), (60, "km")]
    slow = timer.day(0, [1])
    slow = replace(slow, home_drive_s=55 * MINUTE, home_drive_m=0, back=slow.stops[0].end + 55 * MINUTE)
    slow = stop(slow, 0, drive_m=0)
    broken = check(one, Plan((slow,), ("A",))).violations
    assert ("driving", 9, "min") in {(v.rule, v.amount, v.unit) for v in broken}


def test_a_given_breach_is_no_licence_for_more() -> None:
    """Pinned work that ends 30 minutes late may; 31 minutes is the plan's doing."""
    one = problem([job("A", 10, 550, status="pinned", technician="T1")], [shift("T1")])
    made = Clock(compile_rules(one)).day(0, [0])
    assert check(one, Plan((made,))).sound
    later_back = check(one, Plan((replace(made, back=made.back + MINUTE),)))
    assert [violation.amount for violation in later_back.violations] == [31]


def test_a_breach_smaller_than_what_people_read_is_a_breach() -> None:
    """One tick of a ten thousandth of a second too late is not rounded away."""
    morning = replace(shift("T1"), start=at("8:00") * 10_000, end=at("9:00") * 10_000)
    one = problem([job("A", 0, 0, latest=at("8:00") * 10_000)], [morning], ticks_per_second=10_000)
    made = Clock(compile_rules(one)).day(0, [0])
    assert check(one, Plan((made,))).sound
    stops = (replace(made.stops[0], start=at("8:00") * 10_000 + 1, end=at("8:00") * 10_000 + 1),)
    late = check(one, Plan((replace(made, stops=stops, back=made.back + 1),)))
    assert [violation.rule for violation in late.violations] == ["windows"]
    assert "1 min after" in late.violations[0].words


def test_no_way_is_no_way_however_long_the_shift() -> None:
    """A leg that does not exist is not a drive of 34 years: a shift without end doesn't allow it."""
    ways = Travel.from_matrix(["0", "10"], [[0, float("inf")], [600, 0]])
    one = problem([job("A", 10)], [replace(shift("T1"), end=5 * UNREACHABLE)], {"T1": {}})
    one = one.replace(travel=ways)
    assert check(one, Plan((Clock(compile_rules(one)).day(0, [0]),))).violations[0].words == (
        "there is no way from 0 to 10 for T1"
    )
    assert plan(one, solver="insertion").unassigned == ("A",)


def test_stated_costs_are_not_believed() -> None:
    """The report is derived again from problem and times, whatever the plan says of itself."""
    boasting = replace(SOUND, costs={"working time": 1}, worth_unassigned=0)
    report = check(PROBLEM, boasting)
    assert report.cost == check(PROBLEM, SOUND).cost != boasting.cost
    assert report.worth_unassigned == 1000


def test_every_order_left_out_is_a_loss_even_without_the_rule_that_values_it() -> None:
    """Without priorities each order is worth one."""
    rules = [rule for rule in RULES if rule.name != "priority"]
    assert [(loss.job, loss.worth) for loss in check(PROBLEM, SOUND, rules).losses] == [("U", 1)]


def test_rests_and_waits_may_be_longer_than_needed() -> None:
    """A plan made by people is judged by what it breaks, not by how tight it is."""
    relaxed = stop(stop(ONE, REST, end=at("12:00")), C, start=at("12:15"), end=at("15:20"))
    assert check(PROBLEM, days(replace(relaxed, back=at("16:00")))).sound


# ---- what must not change the verdict


def timed(one: Problem, seed: int) -> Plan:
    """Return a plan of all orders, dealt out at random, however much it breaks."""
    judge = Judge(one)
    routes: list[list[int]] = [[] for _ in judge.clock.program.shifts]
    for token in range(len(judge.clock.program.jobs)):
        place = (seed >> token) % (len(routes) + 1)
        if place < len(routes):
            routes[place].append(token)
    return judge.plan([judge.clock.with_stops(s, route)[0] for s, route in enumerate(routes)])


def verdict(one: Problem, made: Plan) -> tuple[Any, ...]:
    """Return all that may not depend on names, rows and the calendar."""
    report = check(one, made)

    def by(violations: tuple[Violation, ...]) -> list[tuple[str, float, str]]:
        return sorted((v.rule, round(v.amount, 6), v.unit) for v in violations)

    return dict(report.costs), report.worth_unassigned, by(report.violations), by(report.given)


@given(st.integers(0, 10**9), st.sampled_from([1, 10]))
@settings(max_examples=100)
def test_verdict_is_the_same_under_other_names(seed: int, ticks: int) -> None:
    """Ids are labels: renamed so that their order stays, nothing in the verdict changes."""
    one = department(seed, ticks=ticks)
    other = renamed(one)
    made, same = timed(one, seed), timed(other, seed)
    assert [[s.id for s in d.stops if s.kind == "job"] for d in same.days] == [
        [f"W{s.id}" for s in d.stops if s.kind == "job"] for d in made.days
    ]
    assert verdict(one, made) == verdict(other, same)


MOMENTS = ("earliest", "latest", "respond_by", "resolve_by", "created", "start")


def moved(one: Problem, made: Plan, ticks: int) -> tuple[Problem, Plan]:
    """Return problem and plan with every moment `ticks` later."""

    def values(old: Any) -> dict[str, Any]:
        new = dict(old)
        new.update({name: old[name] + ticks for name in MOMENTS if name in old})
        if "windows" in old:
            new["windows"] = tuple((a + ticks, b + ticks) for a, b in old["windows"])
        return new

    def stops(old: Day) -> tuple[Stop, ...]:
        return tuple(replace(s, arrive=s.arrive + ticks, start=s.start + ticks, end=s.end + ticks) for s in old.stops)

    other = one.replace(
        jobs=tuple(replace(j, values=values(j.values)) for j in one.jobs),
        shifts=tuple(replace(s, start=s.start + ticks, end=s.end + ticks) for s in one.shifts),
    )
    later_days = tuple(replace(d, depart=d.depart + ticks, back=d.back + ticks, stops=stops(d)) for d in made.days)
    return other, replace(made, days=later_days)


@given(st.integers(0, 10**9), st.sampled_from([1, 10]), st.integers(-20, 20), st.booleans())
@settings(max_examples=100)
def test_verdict_is_the_same_at_another_time(seed: int, ticks: int, days_later: int, same_moment: bool) -> None:
    """Whole days later, or the same moment counted from another start of the horizon: nothing changes.

    Only the worth that grows with age counts from the start of the horizon.
    """
    one = department(seed, ticks=ticks)
    made = timed(one, seed)
    other, moved_plan = moved(one, made, days_later * DAY * ticks)
    if same_moment:
        other = other.replace(epoch=one.epoch - days_later * DAY)
    aged = any("created" in j.values for j in one.jobs)
    first, second = verdict(one, made), verdict(other, moved_plan)
    assert first[0] == second[0]
    assert first[2:] == second[2:]
    assert aged or first[1] == second[1]


@given(st.integers(0, 10**9), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_verdict_is_the_same_for_permuted_rows(seed: int, random: Any) -> None:
    """Rows of every table, days and lists of the plan in any order."""
    one = department(seed)
    made = timed(one, seed)

    def mixed(rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(rows, len(rows)))

    other = one.replace(jobs=mixed(one.jobs), technicians=mixed(one.technicians), shifts=mixed(one.shifts))
    shuffled = replace(made, days=mixed(made.days), unassigned=mixed(made.unassigned), closed=mixed(made.closed))
    assert verdict(one, made) == verdict(other, shuffled)


@given(st.integers(0, 10**9))
@example(600)  # its stop stands where the day breaks least: by metres and by ticks
@settings(max_examples=60)
def test_a_finer_tick_changes_no_verdict(seed: int) -> None:
    """The same department counted in seconds and in tenths: the same money, the same breaches in minutes."""
    coarse, fine = (department(seed, ticks=count, unreachable=False) for count in (1, 10))
    assert [j.id for j in coarse.jobs] == [j.id for j in fine.jobs]
    first, second = verdict(coarse, timed(coarse, seed)), verdict(fine, timed(fine, seed))
    assert first[0] == second[0]
    assert first[1] == second[1]


def test_check_day_says_all_of_a_day_alone() -> None:
    """One day judged by itself, as services and repairs do, equals its part of the whole."""
    found = [f for d in SOUND.days for f in check_day(PROBLEM, d)]
    assert sorted(map(repr, found)) == sorted(map(repr, check(PROBLEM, SOUND).charges))


def test_distances_are_metres() -> None:
    """The road of these tests: a minute is a kilometre."""
    assert (ONE.drive_s, ONE.drive_m) == (60 * MINUTE, 60 * KILOMETRE)


def test_a_restock_stop_is_held_against_its_depot() -> None:
    """A stop at a depot is sound where and as long as the depot says; elsewhere, shorter or unknown it is named."""
    one = problem([job("A", 10), job("B", 30)], [shift("T1")], depots=(Depot("store", "0", 15 * MINUTE),))
    watch = Clock(compile_rules(one))
    made = watch.day(0, [0, 2, 1])
    assert [s.kind for s in made.stops] == ["job", "restock", "job"]

    def found(**changes: Any) -> list[str]:
        return [f.words for f in check_day(one, stop(made, 1, **changes)) if isinstance(f, Violation)]

    assert found() == []
    assert found(place="30")[0].startswith("the stop of T1 at store is at 0, not at 30")
    assert found(end=made.stops[1].end - 5 * MINUTE)[0].startswith("the stop of T1 at store is given less")
    assert found(id="nowhere") == ["there is no depot 'nowhere'"]
