"""Judge plans made earlier or elsewhere against the tables of a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fieldops.errors import ConfigError
from fieldops.nightly.config import SUFFIXES, Config
from fieldops.nightly.dispatch import intakes_of, read_night, read_plans, regions_of
from fieldops.routing.check import Report, check, closed
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.intake import Intake
from fieldops.routing.jsonform import from_json, from_visits
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.priority import POINT, is_optional
from fieldops.units import currency


@dataclass(frozen=True)
class Verdict:
    """What the checker says of a plan.

    Attributes
    ----------
    reports
        The checker's report, by region.
    lost
        Orders that a table of visits doesn't name though they are open and not optional, by region. A plan of
        our own says itself what it leaves out, and why.
    """

    reports: Mapping[str, Report]
    lost: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        """Whether no region's plan adds a breach, and no order is lost."""
        return all(report.sound for report in self.reports.values()) and not any(self.lost.values())

    @property
    def words(self) -> str:
        """The verdict for people: breaches first, then worth left out and costs."""
        lines = []
        for region, report in self.reports.items():
            head = f"{region or 'plan'}: "
            count = len(report.violations)
            lines.append(head + ("keeps every rule" if report.sound else f"{count} breach{'es' * (count > 1)}"))
            lines += [f"  {violation.rule}: {violation.words}" for violation in report.violations]
            lines += [f"  given: {violation.words}" for violation in report.given]
            lines += [f"  order {job} is not in the table" for job in self.lost.get(region, ())]
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
        Leave faulty rows of the department's tables out of the judgement.

    Raises
    ------
    TableError
        When tables or visits are faulty.
    ConfigError
        When `made` is no plan, or of other regions.
    """
    tables = read_night(config, rules)
    if Path(made).suffix.lower() in SUFFIXES:
        regions = config.dispatch.regions or ("",)  # rules know no regions: without one, all is judged as one
        intakes = intakes_of(config, rules, tables, skip_faulty, regions)
        return _elsewhere(intakes, str(made), rules, config)
    intakes = intakes_of(config, rules, tables, skip_faulty, regions_of(config, tables))
    plans = read_plans(made)
    missing = sorted(set(intakes) - set(plans))
    if missing:
        raise ConfigError(f"the plan has no region {', '.join(map(repr, missing))}")
    reports = {}
    for name, intake in intakes.items():
        reports[name] = _judged(intake.problem, from_json(plans[name], intake.problem), rules)
    return Verdict(reports)


def _elsewhere(intakes: Mapping[str, Intake], made: str, rules: Sequence[Rule], config: Config) -> Verdict:
    """Judge a table of visits; rows of technicians of other regions are passed over."""
    reports, lost = {}, {}
    for name, intake in intakes.items():
        problem = intake.problem
        aside = set(intake.staff) - set(problem.technician)
        plan = from_visits(made, problem, encoding=config.encoding, aside=aside)
        away = closed(problem, rules)
        lost[name] = tuple(j for j in plan.unassigned if j not in away and not is_optional(problem.job[j]))
        reports[name] = _judged(problem, plan, rules)
    return Verdict(reports, lost)


def _judged(problem: Problem, plan: Plan, rules: Sequence[Rule]) -> Report:
    """Check a plan; orders that need no planning count as closed where the plan says nothing of them."""
    away = closed(problem, rules)
    left = tuple(job for job in plan.unassigned if job not in away)
    return check(problem, replace(plan, unassigned=left, closed=tuple(sorted(away))), rules)
