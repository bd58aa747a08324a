"""The checker on tools, parts, depots and the length of a day: faults planted in a sound plan, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.routing.check import Judge, check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Day, Plan, Violation
from fieldops.routing.explain import explain
from fieldops.routing.given import concede
from fieldops.routing.planning import plan
from fieldops.routing.rules.parts import PARTS
from fieldops.routing.rules.supplies import LACKING, drawn, supplies
from fieldops.routing.rules.tools import TOOLS
from fieldops.units import HOUR, MINUTE
from tests.routing.make import department, depot, job, problem, shift

ONE_PUMP = (("P1", 1),)
PROBLEM = problem(
    [
        job("A", 10, tools=("ladder",)),
        job("B", 30, parts=ONE_PUMP),
        job("C", 50, parts=ONE_PUMP),
        job("D", 20),
        job("E", 55, parts=ONE_PUMP),
    ],
    [
        shift("T1", tools=("ladder",), van_stock=ONE_PUMP, restock_at=("West",), work_max_min=5 * HOUR),
        shift("T2", home=60, van_stock=(), load_at="West", restock_at=()),
    ],
    depots=[depot("West", 20, 10, stock={"P1": 1}), depot("East", 40, 10, stock={"P1": 9})],
)
TIMER = Clock(compile_rules(PROBLEM))
TOKEN = {
    **TIMER.program.job_index,
    **{id: len(TIMER.program.jobs) + at for id, at in TIMER.program.depot_index.items()},
}


def day(number: int, stops: Sequence[str]) -> Day:
    """Return a day of T1 (0) or T2 (1), timed by the clock, whatever it breaks."""
    return TIMER.day(number, [TOKEN[stop] for stop in stops])


def days(one: str, two: str, *changed: Day) -> Plan:
    """Return the plan of two days (their stops by name) or of the days given; other orders are left out."""
    made = changed or (day(0, one.split()), day(1, two.split()))
    served = {visit.id for each in made for visit in each.visits}
    return Plan(made, tuple(sorted(set(PROBLEM.job) - served)))


SOUND = days("A D B", "C")
LONG = replace(SOUND.days[0], back=SOUND.days[0].depart + 5 * HOUR + MINUTE)
FETCHING = day(0, ["A", "West", "B"])
STRANGE = replace(FETCHING, stops=(FETCHING.stops[0], replace(FETCHING.stops[1], id="North"), FETCHING.stops[2]))
FAULTS: dict[str, tuple[str, str, Plan]] = {
    "tool lacking": ("tools", "T2 lacks the tool ladder for order A", days("D B", "A")),
    "van empty": ("parts", "T1 lacks 1 of part P1 for order C without a stop before it", days("A B C", "")),
    "fetched too late": ("parts", "T1 lacks 1 of part P1 for order C", days("A B C West D", "")),
    "never loaded": ("parts", "T1 lacks 1 of part P1 for order E", days("B E", "A D")),
    "depot overdrawn by a day": ("parts", "1 of part P1 too few for orders C (T2), E (T2)", days("A", "C E")),
    "depot overdrawn by two": ("parts", "too few for orders C (T1), E (T2)", days("A B West C", "E")),
    "stop elsewhere": ("clock", "T1 may not stop at the depot East", days("A East B", "C")),
    "stop of one who may make none": ("clock", "T2 may not stop at the depot West", days("A D B", "West C")),
    "two stops": ("clock", "T1 stops at depots 2 times", days("A West B West", "C")),
    "unknown depot": ("clock accounts", "there is no depot 'North'", days("", "", STRANGE, day(1, ["C"]))),
    "day too long": ("workday", "would last 5 h 01 min, 1 min more than allowed", days("", "", LONG, SOUND.days[1])),
}


def test_the_plan_is_sound_before_anything_is_planted() -> None:
    """One pump in T1's van, one at the depot that loads T2's: B and C are served, E finds none."""
    assert check(PROBLEM, SOUND).violations == ()
    assert check(PROBLEM, days("A West B", "C")).violations == ()  # a stop for nothing is no breach
    assert SOUND.unassigned == ("E",)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_found(fault: str) -> None:
    """By its rule, in words that name who lacks what for which order, and with a remedy."""
    rules, words, broken = FAULTS[fault]
    violations = check(PROBLEM, broken).violations
    if fault == "never loaded":  # T2, who has no ladder, does A
        violations = tuple(v for v in violations if v.job != "A")
    assert {violation.rule for violation in violations} <= set(rules.split())
    assert any(words in violation.words for violation in violations), [v.words for v in violations]
    assert all(violation.amount > 0 and (violation.remedy or violation.rule == "accounts") for violation in violations)


def test_explanations_tell_who_lacks_what_and_the_cheapest_way_out() -> None:
    """E is left out for want of one pump; the remedy names the shelf it has to come from."""
    told = explain(PROBLEM, SOUND, "E")
    assert told.cheapest is not None
    assert {violation.rule for miss in told.misses for violation in miss.violations} >= {"parts"}
    assert "part P1" in str(told)


def test_pinned_work_that_lacks_parts_or_tools_is_given() -> None:
    """What a promise asks for and nobody has is told, and refuses no plan; the plan may add nothing to it."""
    pinned = {"status": "pinned", "technician": "T2"}
    jobs = [job("A", 10, tools=("ladder",), **pinned), job("C", 50, parts=(("P1", 3),), **pinned), PROBLEM.job["E"]]
    one = PROBLEM.replace(jobs=(*jobs, job("F", 20, tools=("ladder",), required_technicians=("T2",))))
    made = plan(one, solver="insertion")
    assert made.unassigned == ("F",)  # a conceded tool serves the promise and no other order
    assert {visit.id for visit in made.day["T2/0"].visits} == {"A", "C"}
    assert sorted((v.rule, v.amount, v.given) for v in made.given) == [("parts", 2, True), ("tools", 1, True)]
    assert check(one, made).sound


@given(st.integers(0, 100_000))
@settings(max_examples=60)
def test_the_account_of_the_checker_is_the_account_of_solvers(seed: int) -> None:
    """Two accounts kept apart, one of nouns and one of numbers: the same pieces lacking, the same drawn."""
    one = department(seed, jobs=5, pinned=False)
    timer = Clock(compile_rules(one))
    program, stock = timer.program, timer.program.stock
    number = {name: kind for kind, name in stock.kinds.items()}
    for index, noun in enumerate(program.shifts):
        stops = program.restock_tokens(index)
        order = [*range(len(program.jobs))]
        order = order[seed % 5 :] + order[: seed % 5]
        for tokens in (order, *([*order[:gap], stop, *order[gap:]] for stop in stops for gap in range(5))):
            account, lived = stock.account(index, tokens), timer.day(index, tokens)
            lacking: list[tuple[str, str, int]] = []
            taken: dict[tuple[str, str], int] = {}
            for goods in (TOOLS, PARTS):
                if goods.carried(one.values(noun)) is None:
                    continue
                lacking += [
                    (supply.job, f"{goods.word} {supply.name}", supply.pieces)
                    for supply in supplies(goods, one, lived)
                    if supply.taken == LACKING
                ]
                for (store, name), takers in drawn(goods, one, Plan((lived,))).items():
                    taken[store, f"{goods.word} {name}"] = sum(supply.pieces for supply, _ in takers)
            assert sorted((program.jobs[j].id, number[k], n) for j, k, n in account.lacking) == sorted(lacking)
            told = {(program.depots[d].id, number[k]): n for (d, k), n in account.drawn.items()}
            assert {key: told[key] for key in taken} == taken


@given(st.integers(0, 100_000))
@settings(max_examples=25)
def test_whole_plans_overdraw_where_the_program_says_so(seed: int) -> None:
    """Days put together: the checker finds a pool overdrawn exactly where the program's account does."""
    one = department(seed, jobs=5, pinned=False)
    timer = Clock(compile_rules(one))
    concede(timer)
    judge, program = Judge(one, clock=timer), timer.program
    half = [list(range(0, len(program.jobs), 2)), list(range(1, len(program.jobs), 2))]
    over = program.stock.overdrawn([program.stock.account(shift, tokens) for shift, tokens in enumerate(half)])
    added: list[Violation] = judge.plan_adds(half)
    assert len(added) == len(over)
    assert sum(violation.amount for violation in added) == sum(over.values())
