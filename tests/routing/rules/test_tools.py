"""Tools: carried, fetched on the way, or lacking."""

from __future__ import annotations

import pandas as pd

from fieldops.routing.check import check, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan
from fieldops.routing.planning import plan
from fieldops.routing.rules.tools import KEPT, Tools
from fieldops.routing.stock import ENDLESS
from fieldops.units import per_metre
from tests.routing.make import Temptation, depot, job, problem, shift
from tests.routing.rules.tables import faults_of

BY_KM = {"cost_per_km": per_metre(1)}
TEMPTATION = Temptation(
    problem(
        [job("A", 10, tools=("ladder", "splicer"))],
        [shift("T1"), shift("T2", home=60)],
        {"T1": {"tools": ("ladder",), **BY_KM}, "T2": {"tools": ("ladder", "splicer"), **BY_KM}},
    ),
    "A",
    "T1/0",
)


def test_words_name_the_tool_and_what_would_help() -> None:
    """What is carried isn't lacked, what is lacked is named, and a depot that could lend it is told of."""
    one = problem(
        [job("A", 10, tools=("ladder", "splicer"))],
        [shift("T1", tools=("ladder",))],
        names={"T1": "Li Wei"},
        depots=[depot("West", 300, tools=(("splicer", 1),))],
    )
    (violation,) = check(one, Plan((Clock(compile_rules(one)).day(0, [0]),))).violations
    assert violation.words == (
        "Li Wei (T1) lacks the tool splicer for order A without a stop before it at the depot West"
    )
    assert violation.remedy == "put the tool splicer into the van of Li Wei (T1)"
    assert (violation.amount, violation.unit, violation.job, violation.shift) == (1, "tools", "A", "T1/0")


def test_a_tool_serves_all_orders_after_it_was_fetched() -> None:
    """One stop, one splicer in all: three orders follow it, and none is left out."""
    jobs = [job(f"J{n}", 10 + n, 10, tools=("splicer",)) for n in range(3)]
    one = problem(jobs, [shift("T1")], depots=[depot("D", 5, 10, tools=(("splicer", 1),))])
    made = plan(one, solver="insertion")
    assert made.unassigned == ()
    assert [stop.kind for stop in made.days[0].stops] == ["restock", "job", "job", "job"]
    first = made.days[0].stops[0]
    assert (first.id, first.place, first.end - first.start) == ("D", "5", 600)


def test_one_tool_in_all_is_lent_once() -> None:
    """Two days that both borrow the only splicer are each sound, and together one too many."""
    jobs = [job("A", 10, tools=("splicer",)), job("B", 50, tools=("splicer",))]
    one = problem(
        jobs, [shift("T1"), shift("T2", home=60)], {"T1": {"load_at": "D"}, "T2": {"load_at": "D"}},
        depots=[depot("D", 30, tools=(("splicer", 1),))],
    )  # fmt: skip
    timer = Clock(compile_rules(one))
    (violation,) = check(one, Plan((timer.day(0, [0]), timer.day(1, [1])))).violations
    assert violation.words == "the depot D has 1 of tool splicer too few for orders A (T1), B (T2)"
    made = plan(one, solver="insertion")
    assert (len(made.days), made.unassigned) == (1, ())


def test_a_tool_that_nobody_has_is_a_fault() -> None:
    """A misspelt tool would leave its orders out for ever; shifts and depots may have it as well as technicians."""
    rows = pd.DataFrame({"id": list("ABCD"), "tools": ["ladder", "scope", "splicer", "laddr; scope"]})
    people = pd.DataFrame({"id": ["T1"], "tools": ["ladder"]})
    shifts = pd.DataFrame({"id": ["S1"], "tools": ["scope"]})
    depots = pd.DataFrame({"id": ["D"], "tools": ["splicer:1"]})
    (fault,) = faults_of(Tools(), jobs=rows, technicians=people, shifts=shifts, depots=depots)
    assert (fault.row, fault.column, fault.code, fault.key) == (5, "tools", "unknown-tool", "D")
    assert "laddr" in fault.cause
    assert fault.action == "did you mean 'ladder'?"


def test_a_depots_tools_are_endless_unless_counted() -> None:
    """``ladder`` lends as many as are asked for, ``splicer:1`` one in all."""
    assert KEPT.kind("ladder; splicer:1", None) == (("ladder", ENDLESS), ("splicer", 1))
