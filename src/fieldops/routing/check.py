"""Judge a plan from the problem and the plan alone: what it breaks, what it costs, what it leaves out.

The checker knows no solver. It reads the stated times, holds them against travel and service, and asks
each rule. What pinned work forces anyway is told apart from what the plan adds (see :mod:`given`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeGuard

from fieldops.routing.clock import Clock, Tokens, Walk
from fieldops.routing.domain import Charge, Day, Loss, Plan, Problem, Violation
from fieldops.routing.given import forced
from fieldops.routing.physics import physics
from fieldops.routing.program import Program
from fieldops.routing.rules import RULES, Finding, Rule
from fieldops.units import Money

NEVER_MIND = 1e-12  # part by which an amount may be more than was given: equal ones may differ in the last bit
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Report:
    """The checker's verdict on a plan.

    Attributes
    ----------
    violations
        Breaches of hard rules that the plan adds; a sound plan has none.
    given
        Breaches that pinned or started work forces in any plan.
    charges
        Money by rule, item, order and shift.
    losses
        Worth of the orders left out.
    """

    violations: tuple[Violation, ...]
    given: tuple[Violation, ...]
    charges: tuple[Charge, ...]
    losses: tuple[Loss, ...]

    @property
    def sound(self) -> bool:
        """Whether the plan adds no breach of a hard rule."""
        return not self.violations

    @property
    def worth_unassigned(self) -> int:
        """Sum of the worth of the orders left out: the first objective."""
        return sum(loss.worth for loss in self.losses)

    @property
    def costs(self) -> Mapping[str, Money]:
        """Money by cost item: together the second objective."""
        items: Counter[str] = Counter()
        for charge in self.charges:
            items[charge.item] += charge.money
        return dict(sorted(items.items()))

    @property
    def cost(self) -> Money:
        """Sum of all cost items."""
        return sum(charge.money for charge in self.charges)


def compile_rules(problem: Problem, rules: Iterable[Rule] = RULES) -> Program:
    """Return the program of a problem: closed orders left out, every rule's verbs said, pins settled."""
    rules = tuple(rules)
    away = closed(problem, rules)
    program = Program(problem.replace(jobs=tuple(job for job in problem.jobs if job.id not in away)))
    for rule in rules:
        rule.post(program.problem, program)
    return program.settle()


def closed(problem: Problem, rules: Iterable[Rule]) -> frozenset[str]:
    """Return the ids of the orders that need no planning."""
    return frozenset(job for rule in rules for job in rule.closed(problem))


def check_day(problem: Problem, day: Day, rules: Iterable[Rule] = RULES) -> list[Finding]:
    """Judge one day: its times against travel and service, then each rule."""
    depots = [stop for stop in day.stops if stop.kind == "restock"]
    strange = [f"there is no order {stop.id!r}" for stop in day.visits if stop.id not in problem.job]
    strange += [f"there is no depot {stop.id!r}" for stop in depots if stop.id not in problem.depot]
    if day.shift not in problem.shift or strange:
        words = [f"there is no shift {day.shift!r}"] if day.shift not in problem.shift else []
        words += strange
        return [Violation("clock", text, 1, "rows", remedy="correct the id") for text in words]
    findings: list[Finding] = list(physics(problem, day))
    for rule in rules:
        findings += rule.of_day(problem, day)
    return findings


def _breaks(finding: Finding) -> TypeGuard[Violation]:
    return isinstance(finding, Violation)


def _key(violation: Violation) -> Key:
    return violation.rule, violation.job, violation.shift, violation.unit


def _amount(violation: Violation) -> float:
    return violation.amount


class Judge:
    """The checker, asked again and again about days of one problem (by solvers, explanations, repairs).

    Parameters
    ----------
    problem, rules
        What is judged, by what.
    clock
        A clock on the program of `problem` and `rules`; made here when not given.
    """

    def __init__(self, problem: Problem, rules: Sequence[Rule] = RULES, clock: Clock | None = None) -> None:
        self.problem, self.rules = problem, tuple(rules)
        self.clock = clock or Clock(compile_rules(problem, rules))
        self._days: dict[int, tuple[tuple[int, ...], Day]] = {}

    @cached_property
    def watching(self) -> tuple[Rule, ...]:
        """The rules that must see whole plans of this problem."""
        return tuple(rule for rule in self.rules if rule.watches(self.problem))

    @cached_property
    def away(self) -> tuple[str, ...]:
        """Ids of the orders that need no planning, sorted."""
        return tuple(sorted(closed(self.problem, self.rules)))

    @cached_property
    def given(self) -> Mapping[Key, list[float]]:
        """Amounts of the breaches that kept work forces, by rule, order, shift and unit, the largest first."""
        unconceded = Clock(compile_rules(self.problem, self.rules))
        days = tuple(unconceded.day(shift, tokens) for shift, (tokens, _) in forced(unconceded).items())
        findings = [finding for day in days for finding in check_day(self.problem, day, self.rules)]
        for rule in self.rules:
            findings += rule.of_plan(self.problem, Plan(days)) if rule.watches(self.problem) else ()
        amounts: dict[Key, list[float]] = {}
        for finding in sorted(filter(_breaks, findings), key=_amount, reverse=True):
            amounts.setdefault(_key(finding), []).append(finding.amount)
        return amounts

    def split(self, findings: Iterable[Finding]) -> tuple[list[Violation], list[Violation], list[Charge]]:
        """Return what a plan adds, what was given, and the charges."""
        findings = list(findings)
        charges = [finding for finding in findings if isinstance(finding, Charge)]
        broken = list(filter(_breaks, findings))
        forced = {id(finding) for finding in broken if finding.given}
        seen: Counter[Key] = Counter()
        # Each given breach excuses one: the largest the largest, and so on.
        for finding in sorted((f for f in broken if not f.given), key=_amount, reverse=True):
            known = self.given.get(_key(finding), [])[seen[_key(finding)] :]
            seen[_key(finding)] += 1
            if known and finding.amount <= known[0] * (1 + NEVER_MIND):
                forced.add(id(finding))
        added = [finding for finding in broken if id(finding) not in forced]
        given = [replace(finding, given=True) for finding in broken if id(finding) in forced]
        return added, given, charges

    def day(self, shift: int, tokens: Tokens) -> tuple[list[Violation], Money]:
        """Return what a sequence of tokens on a shift adds to what was given, and what it costs."""
        added, _, charges = self.split(check_day(self.problem, self.clock.day(shift, tokens), self.rules))
        return added, sum(charge.money for charge in charges)

    def plan(self, routes: Sequence[Tokens]) -> Plan:
        """Return routes as a plan of days, whatever they break; orders in none of them are unassigned."""
        days = tuple(self._timed(shift, tuple(tokens)) for shift, tokens in enumerate(routes) if tokens)
        served = {visit.id for day in days for visit in day.visits}
        left = tuple(job.id for job in self.clock.program.jobs if job.id not in served)
        return Plan(tuple(sorted(days, key=lambda day: day.shift)), left, self.away)

    def _timed(self, shift: int, tokens: tuple[int, ...]) -> Day:
        """Return a day as the clock times it; of each shift the last one is kept, as whole plans change by one."""
        known = self._days.get(shift)
        if known is None or known[0] != tokens:
            known = self._days[shift] = tokens, self.clock.day(shift, tokens)
        return known[1]

    def plan_adds(self, routes: Sequence[Tokens]) -> list[Violation]:
        """Return what `routes` break of the rules that must see whole plans, beyond what was given."""
        if not self.watching:
            return []
        plan = self.plan(routes)
        return self.split(finding for rule in self.watching for finding in rule.of_plan(self.problem, plan))[0]

    def fits(self, shift: int, tokens: Tokens, walk: Walk | None = None) -> bool:
        """Return whether a sequence adds no breach; the program is asked first, as it is quicker."""
        walk = walk or self.clock.walk(shift, tokens)
        return not walk.breach and not self.day(shift, tokens)[0]


def check(problem: Problem, plan: Plan, rules: Sequence[Rule] = RULES) -> Report:
    """Judge a plan: every day, every rule, every order found exactly once.

    Parameters
    ----------
    problem
        What was to be planned.
    plan
        Its `days` (with their stated times), `unassigned` and `closed`; stated costs are not believed.
    rules
        The rule book.

    Returns
    -------
    Report
        Violations added and given, itemised charges, worth of what is left out.
    """
    judge = Judge(problem, rules)
    findings: list[Finding] = []
    for day in plan.days:
        findings += check_day(problem, day, rules)
    findings += _accounts(problem, plan, closed(problem, rules))
    known = replace(plan, unassigned=tuple(job for job in plan.unassigned if job in problem.job))
    for rule in rules:
        findings += rule.of_plan(problem, known)
    added, given, charges = judge.split(findings)
    losses = {job: Loss("", 1, job) for job in known.unassigned}
    losses |= {finding.job: finding for finding in findings if isinstance(finding, Loss)}
    return Report(tuple(added), tuple(given), tuple(charges), tuple(losses[job] for job in sorted(losses)))


def _accounts(problem: Problem, plan: Plan, away: frozenset[str]) -> Iterator[Violation]:
    """Find orders that are lost, doubled or invented, and shifts used twice."""
    found = Counter(visit.id for day in plan.days for visit in day.visits)
    found.update(plan.unassigned)
    found.update(plan.closed)
    for job in sorted(set(found) | set(problem.job)):
        if job not in problem.job:
            yield Violation("accounts", f"the plan names an order {job!r} that isn't there", 1, "orders", job)
        elif found[job] != 1:
            words = f"order {job} stands {found[job]} times in the plan, not once"
            yield Violation("accounts", words, abs(found[job] - 1), "orders", job, remedy="state each order once")
    for job in sorted((set(plan.closed) ^ away) & set(problem.job)):
        words = "closed, but the plan treats it as open" if job in away else "open, but the plan calls it closed"
        if found[job] == 1:
            yield Violation("accounts", f"order {job} is {words}", 1, "orders", job)
    for shift, times in Counter(day.shift for day in plan.days).items():
        if times > 1:
            yield Violation("accounts", f"shift {shift} has {times} days", times - 1, "days", shift=shift)
