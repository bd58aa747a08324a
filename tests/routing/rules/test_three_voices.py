"""Three voices over all rules: what solvers are told, what the checker says and what explanations say agree.

Each rule's test module offers a `TEMPTATION`: a problem of two shifts where breaking the rule is cheaper (and
may offer `FURTHER` ones, for its charges). A rule without one fails here.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from fieldops.routing.check import check
from fieldops.routing.domain import Plan
from fieldops.routing.explain import explain
from fieldops.routing.planning import plan
from fieldops.routing.rules import RULES, Rule
from fieldops.units import currency
from tests.routing.make import Temptation


def temptations(rule: Rule) -> list[Temptation]:
    """Return what the rule's test module offers; looked up by the name of the rule's module."""
    name = type(rule).__module__.rpartition(".")[2]
    module = import_module(f"tests.routing.rules.test_{name}")
    return [module.TEMPTATION, *getattr(module, "FURTHER", ())]


CASES = [
    pytest.param(rule, temptation, id=f"{rule.name}-{temptation.item or temptation.kind}")
    for rule in RULES
    for temptation in temptations(rule)
]
BREACHES = [case for case in CASES if case.values[1].kind == "breach"]
CHARGES = [case for case in CASES if case.values[1].kind == "charge"]


def without(rule: Rule) -> list[Rule]:
    """Return the rule book without one rule."""
    return [other for other in RULES if other is not rule]


@pytest.mark.parametrize(("rule", "temptation"), CASES)
def test_a_temptation_has_two_shifts_and_can_be_resisted(rule: Rule, temptation: Temptation) -> None:
    """A problem that nothing can solve would prove nothing: only a lack of worth may leave orders out."""
    assert len(temptation.problem.shifts) == 2
    assert temptation.shift in temptation.problem.shift
    if temptation.kind != "worth":
        assert not plan(temptation.problem, solver="insertion").unassigned


@pytest.mark.parametrize(("rule", "temptation"), BREACHES)
def test_without_the_rule_it_is_broken_and_the_checker_catches_it(rule: Rule, temptation: Temptation) -> None:
    """The plan falls for the temptation; all rules together say so, and lay it to this rule alone."""
    fallen = plan(temptation.problem, rules=without(rule), solver="insertion")
    report = check(temptation.problem, fallen)
    assert {violation.rule for violation in report.violations} == {rule.name}
    assert temptation.order in {visit.id for visit in fallen.day[temptation.shift].visits}
    steadfast = plan(temptation.problem, solver="insertion")
    assert check(temptation.problem, steadfast).sound
    assert not steadfast.given
    by_the_others = [check(temptation.problem, made, without(rule)).cost for made in (fallen, steadfast)]
    assert by_the_others[0] < by_the_others[1], "it is no temptation if it isn't cheaper"


@pytest.mark.parametrize(("rule", "temptation"), BREACHES)
def test_explanations_name_the_rule(rule: Rule, temptation: Temptation) -> None:
    """With only the tempting shift the order is left out, and the reason given is this rule alone."""
    alone = temptation.problem.replace(shifts=(temptation.problem.shift[temptation.shift],))
    made = plan(alone, solver="insertion")
    assert temptation.order in made.unassigned
    explanation = explain(alone, made, temptation.order)
    assert [miss.shift for miss in explanation.misses] == [temptation.shift]
    assert {violation.rule for violation in explanation.misses[0].violations} == {rule.name}
    for violation in explanation.misses[0].violations:
        assert violation.words in str(explanation)
        assert violation.remedy in str(explanation)
        assert violation.burden > 0
        assert violation.amount > 0


@pytest.mark.parametrize(("rule", "temptation"), CHARGES)
def test_without_the_rule_its_charge_is_ignored(rule: Rule, temptation: Temptation) -> None:
    """What the rule charges turns the plan: without the rule the plan is dearer than with it, by all rules."""
    fallen = plan(temptation.problem, rules=without(rule), solver="insertion")
    steadfast = plan(temptation.problem, solver="insertion")
    told = check(temptation.problem, fallen)
    assert told.costs[temptation.item] > 0
    assert temptation.item not in steadfast.costs
    assert temptation.order in {visit.id for visit in fallen.day[temptation.shift].visits}
    assert (told.worth_unassigned, steadfast.worth_unassigned) == (0, 0)
    assert steadfast.cost < told.cost
    mine = {charge.item for charge in told.charges if charge.rule == rule.name}
    assert temptation.item in mine


@pytest.mark.parametrize(("rule", "temptation"), CHARGES)
def test_explanations_count_the_charge(rule: Rule, temptation: Temptation) -> None:
    """An order that would fit, but dearly: the price named is that of the checker, the charge in it."""
    alone = temptation.problem.replace(shifts=(temptation.problem.shift[temptation.shift],))
    left = Plan((), tuple(sorted(alone.job)))
    miss = explain(alone, left, temptation.order).misses[0]
    served = plan(alone.replace(jobs=(alone.job[temptation.order],)), solver="insertion")
    assert miss.violations == ()
    assert miss.cost == served.cost
    assert served.costs[temptation.item] > 0
    assert f"{currency(miss.cost):.2f}" in miss.words


@pytest.mark.parametrize(("rule", "temptation"), [case for case in CASES if case.values[1].kind == "worth"])
def test_without_the_rule_its_worth_is_ignored(rule: Rule, temptation: Temptation) -> None:
    """What the rule values turns the plan: without it more worth is left out, for less money."""
    fallen = check(temptation.problem, plan(temptation.problem, rules=without(rule), solver="insertion"))
    steadfast = plan(temptation.problem, solver="insertion")
    assert fallen.worth_unassigned > steadfast.worth_unassigned
    assert fallen.cost < steadfast.cost
    assert temptation.order in {visit.id for day in steadfast.days for visit in day.visits}


def test_every_rule_is_heard() -> None:
    """Each rule of the book has a temptation, and its own name."""
    assert {case.values[0].name for case in CASES} == {rule.name for rule in RULES}
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_breaches_are_worded_for_people() -> None:
    """No reason shows Python, ticks or a bare id of a shift; each names the technician or the order."""
    for rule in RULES:
        for temptation in temptations(rule):
            fallen = plan(temptation.problem, rules=without(rule), solver="insertion")
            for violation in check(temptation.problem, fallen).violations:
                words = violation.words + violation.remedy
                assert not set("{}[]<>_'\"") & set(words), words
                assert "None" not in words
                assert any(name in words for name in (temptation.order, *temptation.problem.technician)), words
