"""Why an order is left out, and what would let it in.

An explanation is no second opinion: the order is put into each technician's day anyway, at every place,
and the checker reads out what that breaks. So it can't contradict the check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldops.errors import ConfigError
from fieldops.routing.check import Judge, compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.domain import Plan, Problem, Violation
from fieldops.routing.given import concede
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.words import who
from fieldops.units import Money, currency


@dataclass(frozen=True)
class Miss:
    """The nearest a shift comes to taking the order.

    Attributes
    ----------
    shift, technician
        Whose day; the technician as people call them.
    violations
        What the day would break with the order at its best place; empty if it fits.
    cost
        What the day would cost more.
    """

    shift: str
    technician: str
    violations: tuple[Violation, ...]
    cost: Money

    @property
    def burden(self) -> float:
        """How much would have to be relaxed, in minutes of trouble."""
        return sum(violation.burden for violation in self.violations)

    @property
    def remedy(self) -> str:
        """What, relaxed together, lets the order in; empty if it fits as it is."""
        return " and ".join(dict.fromkeys(v.remedy for v in self.violations if v.remedy))

    @property
    def words(self) -> str:
        """The miss as one line."""
        if not self.violations:
            return f"{self.technician}: fits, for {currency(self.cost):.2f} more"
        words = "; ".join(violation.words for violation in self.violations)
        return words if words.startswith(f"{self.technician} ") else f"{self.technician}: {words}"


@dataclass(frozen=True)
class Explanation:
    """Why one order is where it is.

    Attributes
    ----------
    job
        The order's id.
    state
        ``assigned``, ``unassigned`` or ``closed``.
    misses
        One a shift, the nearest first; only for orders left out.
    """

    job: str
    state: str
    misses: tuple[Miss, ...] = ()

    @property
    def cheapest(self) -> Miss | None:
        """The miss with the cheapest relaxation."""
        return self.misses[0] if self.misses else None

    def __str__(self) -> str:
        if self.state != "unassigned":
            return f"order {self.job} is {self.state}"
        if self.cheapest is None:
            return f"order {self.job} is left out: there is no shift at all"
        if not self.cheapest.violations:
            head = f"order {self.job} is left out, but would fit: give the solver more time"
        else:
            head = f"order {self.job} is left out. Cheapest way in: {self.cheapest.remedy}"
        return "\n".join([head, *(f"  {miss.words}" for miss in self.misses)])


class Explainer:
    """Explains the orders of one plan; made once, asked often."""

    def __init__(self, problem: Problem, plan: Plan, rules: Sequence[Rule] = RULES) -> None:
        self.problem, self.plan = problem, plan
        clock = Clock(compile_rules(problem, rules))
        concede(clock)  # the clock that made the plan: what pinned work forces is given, not asked for again
        self._judge = Judge(problem, rules, clock)
        program = clock.program
        self._routes: list[list[int]] = [[] for _ in program.shifts]
        for day in plan.days:
            shift, tokens = self._judge.clock.tokens(day)
            self._routes[shift] = [token for token in tokens if program.is_job(token)]

    def __call__(self, job: str, closely: int | None = None) -> Explanation:
        """Explain one order; look only at the `closely` most promising shifts if given (many orders, little time)."""
        if job not in self.problem.job:
            raise ConfigError(f"the problem has no order {job!r}")
        if job in self.plan.closed:
            return Explanation(job, "closed")
        if job not in self.plan.unassigned:
            return Explanation(job, "assigned")
        index = self._judge.clock.program.job_index[job]
        shifts: Sequence[int] = range(len(self._routes))
        if closely is not None and closely < len(shifts):
            shifts = sorted(shifts, key=lambda shift: (self._nearly(shift, index), shift))[:closely]
        misses = [self._miss(shift, index) for shift in shifts]
        return Explanation(job, "unassigned", tuple(sorted(misses, key=lambda m: (m.burden, m.cost, m.shift))))

    def _nearly(self, shift: int, job: int) -> int:
        """Return the least by which the shift's limits are exceeded with the order, stops apart: a quick guess."""
        route, clock = self._routes[shift], self._judge.clock
        walks = [clock.walk(shift, [*route[:gap], job, *route[gap:]]) for gap in range(len(route) + 1)]
        stops = clock.program.restock_tokens(shift)  # what a van lacks, a stop may bring
        return min(walk.breach - bool(stops) * walk.lacking for walk in walks)

    def _miss(self, shift: int, job: int) -> Miss:
        """Return the place in the shift's day that needs least relaxation."""
        clock, route, tries = self._judge.clock, self._routes[shift], []
        shift_id = clock.program.shifts[shift].id
        held = self._judge.day(shift, clock.with_stops(shift, route)[0])[1] if route else 0
        for gap in range(len(route) + 1):
            tokens, _ = clock.with_stops(shift, [*route[:gap], job, *route[gap:]])
            added, cost = self._judge.day(shift, tokens)
            added += self._judge.plan_adds([tokens if at == shift else r for at, r in enumerate(self._routes)])
            tries.append(Miss(shift_id, who(self.problem, shift_id), tuple(added), cost - held))
        return min(tries, key=lambda miss: (miss.burden, len(miss.violations), miss.cost))


def explain(problem: Problem, plan: Plan, job: str, rules: Sequence[Rule] = RULES) -> Explanation:
    """Say why an order is left out of a plan, and what would let it in.

    Parameters
    ----------
    problem, plan
        What was planned, and how.
    job
        Id of the order.
    rules
        The rule book that the plan was made by.

    Returns
    -------
    Explanation
        Per shift the nearest miss, in words and numbers, the cheapest relaxation first. Print it, or read
        `cheapest.remedy`.

    Raises
    ------
    ConfigError
        When the problem has no such order.
    """
    return Explainer(problem, plan, rules)(job)
