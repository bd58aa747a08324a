"""Judge plans made earlier or elsewhere against the tables of a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fieldops.errors import ConfigError
from fieldops.nightly.config import Config
from fieldops.nightly.dispatch import intakes_of, read_night, read_plans
from fieldops.routing.check import Report, check, closed
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.intake import Intake
from fieldops.routing.jsonform import from_json, from_visits
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.priority import POINT
from fieldops.units import currency


@dataclass(frozen=True)
class Verdict:
    """What the checker says of a plan, region by region."""

    reports: dict[str, Report]

    @property
    def sound(self) -> bool:
        """Whether no region's plan adds a breach."""
        return all(report.sound for report in self.reports.values())

    @property
    def words(self) -> str:
        """The verdict for people: breaches first, then worth left out and costs."""
        lines = []
        for region, report in self.reports.items():
            head = f"{region or 'plan'}: "
            lines.append(head + ("keeps every rule" if report.sound else f"{len(report.violations)} breaches"))
            lines += [f"  {violation.rule}: {violation.words}" for violation in report.violations]
            lines += [f"  given: {violation.words}" for violation in report.given]
            lines.append(f"  worth left out {report.worth_unassigned / POINT:,.1f}, cost {currency(report.cost):,.2f}")
            lines += [f"    {item}: {currency(money):,.2f}" for item, money in report.costs.items()]
        return "\n".join(lines)


def judge_night(
    config: Config, made: str | Path, *, rules: Sequence[Rule] = RULES, skip_faulty: bool = False
) -> Verdict:
    """Judge a plan for the tables of `config`.

    Parameters
    ----------
    config
        Names the tables that were planned.
    made
        A run folder, its ``plan.json``, or a table of visits (csv, xlsx, parquet) made elsewhere.
    rules
        The rule book.
    skip_faulty
        Leave faulty rows out of the judgement.

    Raises
    ------
    TableError
        When tables or visits are faulty.
    ConfigError
        When `made` is no plan, or of other regions.
    """
    intakes = intakes_of(config, rules, read_night(config, rules), skip_faulty)
    if Path(made).suffix in (".csv", ".xlsx", ".parquet"):
        if len(intakes) > 1:
            raise ConfigError(f"name the region of these visits (--region): {', '.join(intakes)}")
        return Verdict({name: _elsewhere(intake, made, rules, config) for name, intake in intakes.items()})
    plans = read_plans(made)
    missing = sorted(set(intakes) - set(plans))
    if missing:
        raise ConfigError(f"the plan has no region {', '.join(map(repr, missing))}")
    return Verdict(
        {
            name: _judged(intake.problem, from_json(plans[name], intake.problem), rules)
            for name, intake in intakes.items()
        }
    )


def _elsewhere(intake: Intake, made: str | Path, rules: Sequence[Rule], config: Config) -> Report:
    return _judged(intake.problem, from_visits(str(made), intake.problem, encoding=config.encoding), rules)


def _judged(problem: Problem, plan: Plan, rules: Sequence[Rule]) -> Report:
    """Check a plan; orders that need no planning count as closed where the plan says nothing of them."""
    away = closed(problem, rules)
    left = tuple(job for job in plan.unassigned if job not in away)
    return check(problem, replace(plan, unassigned=left, closed=tuple(sorted(away))), rules)
