"""What-if: plans of two worlds side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fieldops.routing.check import Report, check
from fieldops.routing.domain import Plan, Problem
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.priority import POINT
from fieldops.routing.rules.words import who
from fieldops.units import MINUTE, currency

World = tuple[Problem, Plan]


@dataclass(frozen=True)
class Comparison:
    """How one plan differs from another.

    Attributes
    ----------
    totals
        ``item, before, after, change``: orders visited, worth left out, cost by item.
    moves
        ``order, change, technician_before, technician_after, start_change_min``: one row for each order
        that is served by another technician, at another time, no more, or newly.
    """

    totals: pd.DataFrame
    moves: pd.DataFrame

    def __str__(self) -> str:
        kinds = self.moves["change"].value_counts().to_dict()
        moved = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "no order moves"
        return f"{moved}\n{self.totals.to_string(index=False)}"


def compare(before: World, after: World, rules: Sequence[Rule] = RULES) -> Comparison:
    """Compare two plans, each with the problem it was made for.

    Orders and technicians are matched by their ids, moments by the calendar, so the problems may differ: one
    technician more, a skill trained, a surge of orders, another horizon.

    Parameters
    ----------
    before, after
        Problem and plan. Costs and worth are those that the checker finds, so plans made elsewhere or read
        from a file compare as well.
    rules
        The rule book of both.

    Returns
    -------
    Comparison
        Totals and moves.
    """
    return Comparison(_totals(before, after, rules), _moves(before, after))


def _totals(before: World, after: World, rules: Sequence[Rule]) -> pd.DataFrame:
    reports = [check(*world, rules) for world in (before, after)]
    was, now = (_counts(world[1], report) for world, report in zip((before, after), reports, strict=True))
    rows = [(item, was[item], now[item]) for item in was]
    costs = [report.costs for report in reports]
    items = sorted({*costs[0], *costs[1]})
    rows += [(f"cost, {item}", currency(costs[0].get(item, 0)), currency(costs[1].get(item, 0))) for item in items]
    rows.append(("cost", currency(reports[0].cost), currency(reports[1].cost)))
    frame = pd.DataFrame(rows, columns=["item", "before", "after"])
    return frame.assign(change=(frame["after"] - frame["before"]).round(6))


def _counts(plan: Plan, report: Report) -> dict[str, float]:
    return {
        "visits": sum(len(day.visits) for day in plan.days),
        "unassigned": len(plan.unassigned),
        "worth unassigned": report.worth_unassigned / POINT,
        "shifts used": len(plan.days),
    }


@dataclass(frozen=True)
class _Visit:
    technician: str
    called: str
    unix: float


def _visits(world: World) -> dict[str, _Visit]:
    problem, plan = world
    return {
        visit.id: _Visit(
            problem.shift[day.shift].technician,
            who(problem, day.shift),
            problem.epoch + visit.start / problem.ticks_per_second,
        )
        for day in plan.days
        for visit in day.visits
    }


def _moves(before: World, after: World) -> pd.DataFrame:
    old, new, rows = _visits(before), _visits(after), []
    for order in sorted({*old, *new}):
        was, now = old.get(order), new.get(order)
        shifted = None if was is None or now is None else round((now.unix - was.unix) / MINUTE, 2)
        if was is None or now is None:
            change = "newly visited" if now else "no longer visited"
        elif was.technician != now.technician:
            change = "other technician"
        elif shifted:
            change = "other time"
        else:
            continue
        rows.append((order, change, was.called if was else "", now.called if now else "", shifted))
    columns = ["order", "change", "technician_before", "technician_after", "start_change_min"]
    return pd.DataFrame(rows, columns=columns)
