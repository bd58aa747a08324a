"""What-if: plans of two worlds side by side."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from fieldops.routing.domain import Plan, Problem
from fieldops.routing.rules.priority import POINT
from fieldops.routing.rules.words import minutes, who
from fieldops.units import Money, currency


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


def compare(before: tuple[Problem, Plan], after: tuple[Problem, Plan]) -> Comparison:
    """Compare two plans, each with the problem it was made for.

    Orders are matched by their ids, so the problems may differ: one technician more, a skill trained, a
    surge of orders.

    Parameters
    ----------
    before, after
        Problem and plan; costs and worth are those that the plans carry.

    Returns
    -------
    Comparison
        Totals and moves.
    """
    return Comparison(_totals(before[1], after[1]), _moves(before, after))


def _totals(before: Plan, after: Plan) -> pd.DataFrame:
    rows: list[tuple[str, float, float]] = [
        ("visits", _visits(before), _visits(after)),
        ("unassigned", len(before.unassigned), len(after.unassigned)),
        ("worth unassigned", before.worth_unassigned / POINT, after.worth_unassigned / POINT),
        ("shifts used", len(before.days), len(after.days)),
    ]
    items = sorted({*before.costs, *after.costs})
    rows += [(f"cost, {item}", _money(before, item), _money(after, item)) for item in items]
    rows.append(("cost", currency(before.cost), currency(after.cost)))
    frame = pd.DataFrame(rows, columns=["item", "before", "after"])
    return frame.assign(change=(frame["after"] - frame["before"]).round(6))


def _visits(plan: Plan) -> int:
    return sum(len(day.visits) for day in plan.days)


def _money(plan: Plan, item: str) -> float:
    money: Money = plan.costs.get(item, 0)
    return currency(money)


def _moves(before: tuple[Problem, Plan], after: tuple[Problem, Plan]) -> pd.DataFrame:
    old, new = ({v.id: (d.shift, v.start) for d in plan.days for v in d.visits} for _, plan in (before, after))
    rows = []
    for order in sorted({*old, *new}):
        was, now = old.get(order), new.get(order)
        people = [who(side[0], found[0]) if found else "" for side, found in ((before, was), (after, now))]
        shifted = None
        if was and now:
            moved = (after[0].epoch - before[0].epoch) * after[0].ticks_per_second + now[1] - was[1]
            shifted = minutes(after[0], moved)
            change = "other technician" if people[0] != people[1] else "other time" if shifted else "same"
        else:
            change = "newly visited" if now else "no longer visited"
        if change != "same":
            rows.append((order, change, *people, shifted))
    columns = ["order", "change", "technician_before", "technician_after", "start_change_min"]
    return pd.DataFrame(rows, columns=columns)
