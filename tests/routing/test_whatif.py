"""Comparison of two plans: nothing moves in the same plan; people, orders and horizons may differ."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldops.routing.domain import Plan, Problem
from fieldops.routing.planning import plan
from fieldops.routing.travel import Travel
from fieldops.routing.whatif import compare
from fieldops.units import DAY, HOUR
from tests.routing.make import department, hourly, job, problem, shift

PEOPLE = {"T1": {"cost_per_hour": hourly(60)}, "T2": {"cost_per_hour": hourly(60)}}


def planned(one: Problem) -> Plan:
    """Plan by insertion."""
    return plan(one, solver="insertion", iterations=1)


@settings(max_examples=30)
@given(st.integers(0, 10**9))
def test_the_same_plan_moves_nothing(seed: int) -> None:
    """A plan beside itself has no moves and no changes, whatever it breaks or leaves out."""
    one = department(seed)
    made = planned(one)
    found = compare((one, made), (one, made))
    assert found.moves.empty
    assert (found.totals["change"] == 0).all()
    assert str(found).startswith("no order moves")


def test_one_technician_less_is_seen_order_by_order() -> None:
    """T2 falls ill: the orders of T2 go to T1 at other times or are no longer visited; the totals add up."""
    jobs = [job(name, 10, 240) for name in "ABC"]
    both = problem(jobs, [shift("T1"), shift("T2")], PEOPLE, {"T1": "张伟"})
    alone = problem(jobs, [shift("T1")], PEOPLE, {"T1": "张伟"})
    before, after = planned(both), planned(alone)
    assert (len(before.unassigned), len(after.unassigned)) == (0, 1)

    found = compare((both, before), (alone, after))

    totals = found.totals.set_index("item")
    assert totals.loc["visits", ["before", "after", "change"]].tolist() == [3, 2, -1]
    assert totals.loc["shifts used", "change"] == -1
    assert totals.loc["cost", "change"] == totals[totals.index.str.startswith("cost, ")]["change"].sum()
    gone = found.moves[found.moves["change"] == "no longer visited"]
    assert len(gone) == 1
    assert gone["technician_after"].tolist() == [""]
    changed = found.moves[found.moves["change"] == "other technician"]
    assert set(changed["technician_after"]) <= {"张伟 (T1)"}
    assert set(changed["technician_before"]) <= {"T2"}
    assert "1 no longer visited" in str(found)


def test_another_horizon_and_tick_are_no_move() -> None:
    """The same wall times counted from another midnight, or in finer ticks, are the same visits."""
    one = problem([job("A", 10)], [shift("T1", "9:00", day=1)], PEOPLE)
    made = planned(one)
    hours = one.shifts[0]
    later = one.replace(epoch=one.epoch + DAY, shifts=(replace(hours, start=9 * HOUR, end=17 * HOUR),))
    assert compare((one, made), (later, planned(later))).moves.empty

    ways = Travel.from_matrix(one.travel.places, one.travel.seconds * 10, one.travel.metres)
    fine = one.replace(
        ticks_per_second=10,
        travel=ways,
        jobs=tuple(replace(j, service_s=j.service_s * 10) for j in one.jobs),
        shifts=(replace(hours, start=hours.start * 10, end=hours.end * 10),),
        technicians=tuple(replace(t, values={}) for t in one.technicians),
    )
    assert compare((one, made), (fine, planned(fine))).moves.empty


def test_a_technician_renamed_is_the_same_one() -> None:
    """People are matched by their ids; what they are called is for reading."""
    one = problem([job("A", 10)], [shift("T1")], PEOPLE, {"T1": "张伟"})
    two = problem([job("A", 10)], [shift("T1")], PEOPLE, {"T1": "张伟明"})
    assert compare((one, planned(one)), (two, planned(two))).moves.empty


def test_plans_without_stated_costs_compare_as_well() -> None:
    """A plan read from a file carries no costs: the checker finds them, or it would seem free."""
    one = problem([job("A", 10)], [shift("T1")], PEOPLE)
    made = planned(one)
    bare = Plan(made.days, made.unassigned, made.closed)
    found = compare((one, bare), (one, made))
    assert (found.totals["change"] == 0).all()
    assert found.totals.set_index("item").loc["cost", "before"] > 0
