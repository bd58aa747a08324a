"""Plans as tables: visits, days, unassigned, loads, kpis. One row a thing, units in the headings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from fieldops.routing.check import Report, check
from fieldops.routing.domain import Day, Plan, Problem, Proof, Stop
from fieldops.routing.explain import Explainer
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.rules.due import RESOLVE_BY, RESPOND_BY
from fieldops.routing.rules.parts import PARTS
from fieldops.routing.rules.priority import POINT, is_optional
from fieldops.routing.rules.supplies import LACKING, MORNING, RESTOCK, VAN, Goods, Supply, supplies
from fieldops.routing.rules.tools import TOOLS
from fieldops.routing.rules.words import minutes as exact_minutes
from fieldops.routing.rules.words import stamp
from fieldops.tables import Skipped
from fieldops.units import KILOMETRE, Seconds, currency

VISITS = (
    "shift technician name date sequence stop order depot customer customer_name kind place leave arrive start end "
    "drive_min drive_km wait_min service_min late_min parts tools"
).split()
DAYS = (
    "shift technician name date leave back visits work_min drive_min drive_km service_min wait_min overtime_min cost"
).split()
UNASSIGNED = "order state optional worth customer kind place reason remedy nearest".split()
EXPLAINED, CLOSELY = 100, 5  # orders, and shifts looked at for each: seconds, not minutes, at any size
LOADS = "shift technician name date taken depot depot_name kind part part_name qty_pcs orders".split()
TAKEN = (VAN, MORNING, RESTOCK, LACKING)


def minutes(problem: Problem, ticks: Seconds) -> float:
    """Return ticks as minutes for a cell: 55.8333, not 55.833333333333336."""
    return round(exact_minutes(problem, ticks), 4)


def frames(
    problem: Problem,
    plan: Plan,
    rules: Sequence[Rule] = RULES,
    rejected: Sequence[Skipped] = (),
    explained: int = EXPLAINED,
) -> dict[str, pd.DataFrame]:
    """Return a plan as DataFrames.

    Parameters
    ----------
    problem, plan, rules
        What was planned, how, by which rules.
    rejected
        Rows that never reached the problem; orders among them stand in ``unassigned`` as rejected.
    explained
        How many orders left out get their reason, those of most worth first, each from its five most
        promising shifts. The others say so; `explain` looks at any of them, at every shift.

    Returns
    -------
    dict of str to DataFrame
        ``visits`` (one row a stop), ``days`` (one a shift that works), ``unassigned`` (one an order that
        no one visits, with reason and remedy), ``loads`` (the parts and tools of a day's orders, one row
        each by where they come from: in the ``van``, loaded in the ``morning``, at the ``restock`` stop),
        ``kpis``. Times are local datetimes with zone; every order of the input stands in ``visits`` or
        ``unassigned`` once.
    """
    report = check(problem, plan, rules)
    return {
        "visits": _frame([row for day in plan.days for row in _visits(problem, day)], VISITS),
        "days": _frame([_day(problem, day, report) for day in plan.days], DAYS),
        "unassigned": _frame(_unassigned(problem, plan, rules, report, rejected, explained), UNASSIGNED),
        "loads": _frame([row for day in plan.days for row in _loads(problem, day)], LOADS),
        "kpis": kpis(problem, plan, report),
    }


def _frame(rows: list[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def _head(problem: Problem, day: Day) -> dict[str, Any]:
    shift = problem.shift[day.shift]
    technician = problem.technician[shift.technician]
    date = f"{stamp(problem, shift.start):%Y-%m-%d}"
    return {"shift": shift.id, "technician": technician.id, "name": technician.name, "date": date}


def _counts(parts: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{part}:{count}" for part, count in parts)


def _fetched(goods: Goods, problem: Problem, day: Day) -> list[tuple[str, int]]:
    """Return what is taken at the day's restock stop: names with pieces, sorted."""
    count: Counter[str] = Counter()
    for supply in supplies(goods, problem, day):
        count[supply.name] += supply.pieces * (supply.taken == RESTOCK)
    return sorted((+count).items())


def late(problem: Problem, visit: Stop) -> Seconds:
    """Return by how many ticks a visit misses its due times: the worse of response and resolution."""
    values = problem.job[visit.id].values
    missed: list[Seconds] = [
        reached - column.of(values)
        for column, reached in ((RESPOND_BY, visit.start), (RESOLVE_BY, visit.end))
        if column.of(values) is not None
    ]
    return max([0, *missed])


def _visits(problem: Problem, day: Day) -> list[dict[str, Any]]:
    rows, leave = [], day.depart
    for number, stop in enumerate(day.stops, 1):
        job = problem.job[stop.id] if stop.kind == "job" else None
        values: Mapping[str, Any] = job.values if job else {}
        parts, tools = (list(goods.needs(job)) if job else [] for goods in (PARTS, TOOLS))
        if stop.kind == "restock":
            parts, tools = (_fetched(goods, problem, day) for goods in (PARTS, TOOLS))
        rows.append(
            {
                **_head(problem, day),
                "sequence": number,
                "stop": stop.kind,
                "order": stop.id if job else "",
                "depot": stop.id if stop.kind == "restock" else "",
                "customer": values.get("customer", ""),
                "customer_name": problem.names.get(f"customer {values.get('customer')}", ""),
                "kind": values.get("kind", ""),
                "place": problem.names.get(stop.place, stop.place),
                "leave": stamp(problem, leave),
                "arrive": stamp(problem, stop.arrive),
                "start": stamp(problem, stop.start),
                "end": stamp(problem, stop.end),
                "drive_min": minutes(problem, stop.drive_s),
                "drive_km": round(stop.drive_m / KILOMETRE, 3),
                "wait_min": minutes(problem, stop.start - stop.arrive),
                "service_min": minutes(problem, stop.end - stop.start),
                "late_min": minutes(problem, late(problem, stop)) if job else 0.0,
                "parts": _counts(parts),
                "tools": "; ".join(tool for tool, _ in tools),
            }
        )
        leave = stop.end
    return rows


def _day(problem: Problem, day: Day, report: Report) -> dict[str, Any]:
    shift = problem.shift[day.shift]
    cost = sum(charge.money for charge in report.charges if charge.shift == day.shift)
    return {
        **_head(problem, day),
        "leave": stamp(problem, day.depart),
        "back": stamp(problem, day.back),
        "visits": len(day.visits),
        "work_min": minutes(problem, day.back - day.depart),
        "drive_min": minutes(problem, day.drive_s),
        "drive_km": round(day.drive_m / KILOMETRE, 3),
        "service_min": minutes(problem, sum(visit.end - visit.start for visit in day.visits)),
        "wait_min": minutes(problem, sum(stop.start - stop.arrive for stop in day.stops)),
        "overtime_min": minutes(problem, max(0, day.back - shift.end)),
        "cost": currency(cost),
    }


def _unassigned(
    problem: Problem, plan: Plan, rules: Sequence[Rule], report: Report, rejected: Sequence[Skipped], explained: int
) -> list[dict[str, Any]]:
    explainer, rows = Explainer(problem, plan, rules), []
    worth = {loss.job: loss.worth / POINT for loss in report.losses}
    dearest = set(sorted(plan.unassigned, key=lambda order: (-worth.get(order, 0.0), order))[:explained])
    for state, ids in (("unassigned", plan.unassigned), ("closed", plan.closed)):
        for order in ids:
            job = problem.job[order]
            nearest = explainer(order, CLOSELY).cheapest if order in dearest else None
            reason = nearest.words if nearest else "no technician has a shift"
            if state == "closed":
                reason = "done or cancelled: nothing to plan"
            elif order not in dearest:
                reason = f"one of {len(plan.unassigned)} left out, of which the {explained} of most worth are explained"
            rows.append(
                {
                    "order": order,
                    "state": state,
                    "optional": is_optional(job),
                    "worth": worth.get(order, 0.0),
                    "customer": job.values.get("customer", ""),
                    "kind": job.values.get("kind", ""),
                    "place": problem.names.get(job.place, job.place),
                    "reason": reason,
                    "remedy": nearest.remedy if nearest else "",
                    "nearest": nearest.technician if nearest else "",
                }
            )
    rows.extend(
        {
            "order": skip.key,
            "state": "rejected",
            "optional": False,
            "worth": 0.0,
            "customer": "",
            "kind": "",
            "place": "",
            "reason": skip.cause,
            "remedy": f"mend row {skip.row} of jobs",
            "nearest": "",
        }
        for skip in rejected
        if skip.table == "jobs"
    )
    return rows


def _loads(problem: Problem, day: Day) -> list[dict[str, Any]]:
    """Return the parts and tools that a day's orders need, by where they come from: one row each."""
    found: dict[tuple[int, str, str, str], list[Supply]] = defaultdict(list)
    for goods in (PARTS, TOOLS):
        borrowed: dict[str, Supply] = {}  # a tool that was fetched for one order is in the van for the next
        for supply in supplies(goods, problem, day):
            if goods.lasts and supply.depot:
                borrowed[supply.name] = supply
            source = borrowed.get(supply.name, supply) if supply.taken == VAN else supply
            found[TAKEN.index(source.taken), source.depot, goods.word, supply.name].append(supply)
    return [
        {
            **_head(problem, day),
            "taken": TAKEN[taken],
            "depot": depot,
            "depot_name": problem.names.get(f"depot {depot}", ""),
            "kind": word,
            "part": name,
            "part_name": problem.names.get(f"{word} {name}", ""),
            "qty_pcs": max(s.pieces for s in taking) if word == TOOLS.word else sum(s.pieces for s in taking),
            "orders": "; ".join(supply.job for supply in taking),
        }
        for (taken, depot, word, name), taking in sorted(found.items())
    ]


def kpis(problem: Problem, plan: Plan, report: Report) -> pd.DataFrame:
    """Return what managers watch: service, response and resolution in time, driving, overtime, cost.

    Columns are ``kpi, value, unit``; rates are 0..1 and empty where nothing is counted. A plan that was proved has
    three more: the least cost at the worth it leaves out, and by which share of its cost it may lie above.
    """
    visits = [visit for day in plan.days for visit in day.visits]
    asked = [problem.job[visit.id].values for visit in visits]
    respond = [v.start <= RESPOND_BY.of(a) for v, a in zip(visits, asked, strict=True) if RESPOND_BY.of(a) is not None]
    resolve = [v.end <= RESOLVE_BY.of(a) for v, a in zip(visits, asked, strict=True) if RESOLVE_BY.of(a) is not None]
    worked = sum(day.back - day.depart for day in plan.days)
    driven = sum(day.drive_s for day in plan.days)
    served = sum(visit.end - visit.start for visit in visits)
    rows: list[tuple[str, float | None, str]] = [
        ("orders", len(visits) + len(plan.unassigned), "orders"),
        ("visits", len(visits), "orders"),
        ("unassigned", len(plan.unassigned), "orders"),
        ("unassigned, optional", sum(is_optional(problem.job[job]) for job in plan.unassigned), "orders"),
        ("worth unassigned", report.worth_unassigned / POINT, "points"),
        ("shifts used", len(plan.days), "shifts"),
        ("response in time", _rate(respond), "rate"),
        ("resolution in time", _rate(resolve), "rate"),
        ("driving", minutes(problem, driven), "min"),
        ("distance", round(sum(day.drive_m for day in plan.days) / KILOMETRE, 3), "km"),
        ("working time", minutes(problem, worked), "min"),
        ("time on site", minutes(problem, served), "min"),
        ("share on site", round(served / worked, 4) if worked else None, "rate"),
        (
            "overtime",
            minutes(problem, sum(max(0, day.back - problem.shift[day.shift].end) for day in plan.days)),
            "min",
        ),
        *((f"cost, {item}", currency(money), "money") for item, money in report.costs.items()),
        ("cost", currency(report.cost), "money"),
        *_proved(plan.bound),
    ]
    return pd.DataFrame(rows, columns=["kpi", "value", "unit"])


def _proved(proof: Proof | None) -> list[tuple[str, float | None, str]]:
    if proof is None:
        return []
    return [
        ("cost, proved least", currency(proof.cost), "money"),
        ("gap to the proved least", round(proof.gap, 6), "rate"),
        ("gap of the proof's root", round(proof.root_gap, 6), "rate"),
    ]


def _rate(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None
