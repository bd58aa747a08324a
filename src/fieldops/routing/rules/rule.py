"""What a rule is: its columns, what it asks of a solver, how it judges, and its words.

A new rule is one file with one subclass, one line in `rules/__init__.py` and one test file; a user's rule
needs neither of the last two: pass ``rules=[*RULES, MyRule()]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from fieldops.columns import Column
from fieldops.errors import Fault
from fieldops.routing.domain import Charge, Day, Loss, Plan, Problem, Violation

if TYPE_CHECKING:
    from fieldops.routing.program import Program
    from fieldops.tables import Tables

Finding: TypeAlias = Violation | Charge | Loss


class Rule:
    """One rule of the rule book; override what it needs.

    Attributes
    ----------
    name
        Short and stable; violations and charges carry it.
    columns
        The columns it reads; their values ride in `values` of jobs, technicians and shifts.
    whole_plan
        Whether an order in one day can make another day break the rule (at most three visits to a
        customer in all), so that `of_plan` must be asked before an order is put anywhere.
    """

    name: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]] = ()
    whole_plan: ClassVar[bool] = False

    def faults(self, tables: Tables) -> Iterable[Fault]:
        """Yield what is wrong across cells of good rows (an end before its start)."""
        return ()

    def closed(self, problem: Problem) -> Iterable[str]:
        """Yield ids of orders that need no planning."""
        return ()

    def watches(self, problem: Problem) -> bool:
        """Whether whole plans of this problem must be watched: `whole_plan`, unless a rule knows better.

        Plans are made faster where not: a rule of scarce stock watches only where stock is scarce.
        """
        return self.whole_plan

    def post(self, problem: Problem, program: Program) -> None:
        """Say to any solver, in the verbs of `program`, what the rule asks.

        A rule that the verbs can't say leaves this out: it is then judged on each plan, and what it
        forbids is taken out and tried elsewhere.
        """

    def of_day(self, problem: Problem, day: Day) -> Iterable[Finding]:
        """Judge one day from its stated times alone: yield what it breaks and what it costs."""
        return ()

    def of_plan(self, problem: Problem, plan: Plan) -> Iterable[Finding]:
        """Judge what only the whole plan shows.

        Name the order whose removal would help in each violation: repairs take that one out first.
        """
        return ()


def setting(name: str, kind: Any, default: Any, *aliases: str, help: str = "") -> tuple[Column, Column]:
    """Declare a column of technicians that a row of shifts may override.

    Its value is read with ``column.of(problem.values(shift))``.
    """
    technicians = Column("technicians", name, kind, default, aliases=aliases, help=help)
    return technicians, Column(
        "shifts", name, kind, default, aliases=aliases, help=f"overrides the technician's {name}"
    )


def columns_of(rules: Iterable[Rule]) -> tuple[Column, ...]:
    """Return all columns that `rules` read, each once, in a stable order.

    Raises
    ------
    ValueError
        When two rules declare one column differently.
    """
    found: dict[tuple[str, str], Column] = {}
    for rule in rules:
        for column in rule.columns:
            known = found.setdefault((column.table, column.name), column)
            if known != column:
                raise ValueError(f"two rules declare {column.table}.{column.name} differently")
    return tuple(found.values())


def values_of(record: Mapping[str, Any], columns: Iterable[Column]) -> dict[str, Any]:
    """Return the cells of `columns` that differ from their defaults."""
    return {c.name: record[c.name] for c in columns if c.name in record and record[c.name] != c.default}
