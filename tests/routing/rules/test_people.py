"""Required, preferred and excluded technicians."""

from __future__ import annotations

import pandas as pd
import pytest

from fieldops.errors import TableError
from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Charge, Plan, Violation
from fieldops.routing.rules.people import People
from fieldops.units import money, per_metre
from tests.routing.make import Temptation, job, problem, shift
from tests.routing.rules.tables import faults_of

COSTS = {"cost_per_km": per_metre(1)}
SHIFTS = (shift("T1", **COSTS), shift("T2", home=60, **COSTS))
TEMPTATION = Temptation(problem([job("A", 10, excluded_technicians=("T1",))], SHIFTS), "A", "T1/0")
FURTHER = (
    Temptation(problem([job("A", 10, required_technicians=("T2",))], SHIFTS), "A", "T1/0"),
    Temptation(
        problem([job("A", 10, preferred_technicians=("T2",), not_preferred_cost=money(90))], SHIFTS),
        "A",
        "T1/0",
        "charge",
        "not preferred",
    ),
)


def findings(**values: object) -> tuple[tuple[Violation, ...], tuple[Charge, ...]]:
    """Return what the checker says when T1 does an order with these values."""
    one = problem([job("A", 10, **values)], [shift("T1"), shift("T2")], names={"T1": "Li Wei"})
    report = check(one, Plan((Clock(compile_rules(one)).day(0, [0]),)))
    return report.violations, report.charges


def test_words_tell_who_is_excluded_and_who_is_required() -> None:
    """The one who came and the ones who were asked for must not be swapped."""
    (excluded,), _ = findings(excluded_technicians=("T1",), required_technicians=("T1",))
    assert excluded.words == "order A excludes Li Wei (T1)"
    assert excluded.remedy == "ask the customer of order A to accept Li Wei (T1)"
    (required,), _ = findings(required_technicians=("T2", "T3"))
    assert required.words == "order A requires T2, T3, not Li Wei (T1)"
    assert required.remedy == "let Li Wei (T1) do order A as well"


def test_somebody_not_preferred_costs_what_the_order_says() -> None:
    """20 by default, nothing where the one who comes is among the preferred or nobody is preferred."""
    for values, cost in (
        ({"preferred_technicians": ("T2",)}, money(20)),
        ({"preferred_technicians": ("T2",), "not_preferred_cost": money(7)}, money(7)),
        ({"preferred_technicians": ("T2", "T1")}, 0),
        ({"not_preferred_cost": money(7)}, 0),
    ):
        violations, charges = findings(**values)
        assert not violations
        assert sum(charge.money for charge in charges) == cost


def test_an_order_that_nobody_may_do_is_a_fault_of_the_table() -> None:
    """Every required technician excluded: found with its row and what to do; one left is no fault."""
    rows = {"required_technicians": ["T1;T2", "T1;T2"], "excluded_technicians": ["T2;T1", "T2"]}
    found = faults_of(People(), jobs=pd.DataFrame({"id": ["A", "B"], **rows}))
    assert [(fault.row, fault.column, fault.key) for fault in found] == [(2, "excluded_technicians", "A")]
    assert "every required technician is excluded as well" in str(TableError(found))


@pytest.mark.parametrize("unknown", ["T9"])
def test_a_required_stranger_leaves_the_order_to_nobody(unknown: str) -> None:
    """A name that no technician has (possible in code, a fault in tables) forbids every shift."""
    program = compile_rules(problem([job("A", 10, required_technicians=(unknown,))], SHIFTS))
    assert not program.allowed.any()
