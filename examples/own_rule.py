"""Add a rule of your own, without touching the package.

Two rules, both real wishes of service departments:

- *No lone expert late*: orders of kind ``complaint`` begin before 16:00. This one is said in the verbs of the
  program, so every solver holds it.
- *One face a customer*: all visits to one customer are made by one technician. No verb says this, so it is
  judged on each plan, and what breaks it is taken out and tried elsewhere.

Run it from the checkout: ``python examples/own_rule.py``
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from fieldops import RULES, Day, Plan, Problem, Rule, Violation, explain, plan, problem_of, read_dispatch
from fieldops.routing.program import NEVER, Program
from fieldops.routing.rules.words import minutes, of_day, when, who
from fieldops.units import HOUR

SAMPLE = Path(__file__).parent / "department"
LATEST = 16 * HOUR


class EarlyComplaints(Rule):
    """A visit after a complaint begins before 16:00, while the office is still manned."""

    name = "early complaints"

    def post(self, problem: Problem, program: Program) -> None:
        """Say it in a verb: service starts within a window that ends at 16:00 of each shift's day."""
        ends = sorted({of_day(problem, shift, LATEST) for shift in problem.shifts})
        days = [(end - LATEST, end) for end in ends]
        for index, job in enumerate(program.jobs):
            if job.values.get("kind") == "complaint":
                program.start_within(index, days or [(-NEVER, NEVER)])

    def of_day(self, problem: Problem, day: Day) -> Iterator[Violation]:
        """Judge a finished day from its stated times."""
        latest = of_day(problem, problem.shift[day.shift], LATEST)
        for visit in day.visits:
            if problem.job[visit.id].values.get("kind") == "complaint" and visit.start > latest:
                over = minutes(problem, visit.start - latest)
                words = f"the complaint {visit.id} would be seen at {when(problem, visit.start)}, after 16:00"
                yield Violation(self.name, words, over, "min", visit.id, day.shift, f"see {visit.id} late", over)


class OneFace(Rule):
    """All visits to a customer in one plan are made by the same technician."""

    name = "one face"
    whole_plan = True

    def of_plan(self, problem: Problem, plan: Plan) -> Iterator[Violation]:
        """Let each customer keep the technician with most of the visits; name every visit by another."""
        seen: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for day in plan.days:
            for visit in day.visits:
                customer = problem.job[visit.id].values.get("customer")
                if customer:
                    seen[customer][day.shift].append(visit.id)
        for customer, shifts in sorted(seen.items()):
            keeper = max(sorted(shifts), key=lambda shift: len(shifts[shift]))
            for shift in sorted(set(shifts) - {keeper}):
                for order in shifts[shift]:
                    words = f"{customer} would see {who(problem, shift)} for {order} beside {who(problem, keeper)}"
                    remedy = f"let {customer} see two faces"
                    yield Violation(self.name, words, 1, "people", order, shift, remedy, 120)


def main() -> None:
    """Plan Xi'an's Monday with and without the two rules."""
    sources = {name: SAMPLE / f"{name}.csv" for name in ("jobs", "technicians", "depots", "customers", "parts")}
    tables = read_dispatch(sources, dates=["2026-11-23"])
    problem = problem_of(tables, dates=["2026-11-23"], region="西安").problem
    mine = [*RULES, EarlyComplaints(), OneFace()]

    usual = plan(problem, solver="insertion")
    found = [finding for rule in mine[-2:] for finding in rule.of_plan(problem, usual)]
    found += [finding for rule in mine[-2:] for day in usual.days for finding in rule.of_day(problem, day)]
    broken = [finding for finding in found if isinstance(finding, Violation)]
    print(f"without the two rules: {len(usual.unassigned)} orders left out, {len(broken)} breaches of them, e.g.")
    for violation in broken[:3]:
        print(f"  {violation.words}")

    ruled = plan(problem, rules=mine, solver="insertion")
    print(f"with them: {len(ruled.unassigned)} orders left out, none breached (the plan was checked)")
    for order in ruled.unassigned[:2]:
        print(str(explain(problem, ruled, order, mine)).splitlines()[0])


if __name__ == "__main__":
    main()
