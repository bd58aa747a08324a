"""Plans as versioned JSON, and as the visits table that other systems write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar

from fieldops.cells import shown
from fieldops.columns import Choice, Column, Moment, Name
from fieldops.errors import ConfigError, Fault, TableError
from fieldops.routing.domain import Day, Plan, Problem, Proof, Shift, Stop
from fieldops.routing.program import LARGEST_SUM
from fieldops.routing.rules.pins import started
from fieldops.tables import Source, read_tables
from fieldops.units import DAY, Seconds

Noun = TypeVar("Noun", Day, Stop)

VERSION: Final = 1
WALL: Final = ("seconds", "time_limit_s")  # what the wall clock said: of no account to the plan
MOMENTS: Final = ("depart", "back", "arrive", "start", "end")
AGES: Final = 50 * 366 * DAY

VISITS = (
    Column("visits", "technician", Name(), aliases=("工号", "工程师", "技师"), help="who"),
    Column("visits", "shift", Name(), "", aliases=("班次",), help="which shift; where empty, the nearest in time"),
    Column("visits", "order", Name(), "", aliases=("工单号", "工单编号", "工单"), help="which order; empty for a rest"),
    Column("visits", "depot", Name(), "", aliases=("仓库", "取件仓库"), help="which depot; only for a restock stop"),
    Column(
        "visits",
        "stop",
        Choice({"job": ("visit", "工单", "上门"), "rest": ("休息", "午休"), "restock": ("取件", "补货", "领料")}),
        None,
        aliases=("停留",),
        help="job, rest or restock; where it is empty, a row with an order is a job, one with a depot a restock",
    ),
    Column("visits", "arrive", Moment(), None, aliases=("到达",), help="where empty: as soon as the drive allows"),
    Column("visits", "start", Moment(), aliases=("开始", "开始时间"), help="service begins"),
    Column("visits", "end", Moment(), aliases=("结束", "结束时间"), help="service ends"),
)


def to_json(plan: Plan, problem: Problem) -> dict[str, Any]:
    """Return a plan as plain data: version, zone, epoch, days with stops in ticks, what is left out, costs.

    `from_json` reads it back; ``json.dumps`` writes it. The same plan gives the same data: seconds that the
    making took are left out.
    """
    return {
        "fieldops_plan": VERSION,
        "zone": problem.zone,
        "epoch": problem.epoch,
        "ticks_per_second": problem.ticks_per_second,
        "days": [asdict(day) for day in plan.days],
        "unassigned": list(plan.unassigned),
        "closed": list(plan.closed),
        "worth_unassigned": plan.worth_unassigned,
        "costs": dict(plan.costs),
        "bound": None if plan.bound is None else asdict(plan.bound),
        "given": [violation.words for violation in plan.given],
        "notes": list(plan.notes),
        "made": {name: fact for name, fact in plan.made.items() if name not in WALL},
    }


def from_json(data: Any, problem: Problem) -> Plan:
    """Read a plan for `problem`, its moments moved to the problem's epoch.

    Costs are left behind: the checker computes them again. A proof (`Plan.bound`) comes along as it is stated.

    Raises
    ------
    ConfigError
        When the data is no plan, or of a version or a tick that this library doesn't read.
    """
    if not isinstance(data, Mapping) or data.get("fieldops_plan") != VERSION:
        said = data.get("fieldops_plan") if isinstance(data, Mapping) else data
        raise ConfigError(f"this is no plan of version {VERSION}: fieldops_plan is {shown(said)}")
    if data.get("ticks_per_second") != problem.ticks_per_second:
        raise ConfigError("the plan counts time in other ticks than the problem")
    try:
        shift = (int(data["epoch"]) - problem.epoch) * problem.ticks_per_second
        days = tuple(_day(day, shift, AGES * problem.ticks_per_second) for day in data["days"])
        unassigned, closed = (tuple(str(job) for job in data[name]) for name in ("unassigned", "closed"))
        proof = _proof(data.get("bound"))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ConfigError(f"this plan can't be read: {type(error).__name__} at {error}") from None
    return Plan(days, unassigned, closed, bound=proof)


def _proof(data: Mapping[str, Any] | None) -> Proof | None:
    """Read a proof; plans written before there were any hold none."""
    if data is None:
        return None
    for name in ("worth", "cost", "root"):
        if type(data[name]) is not int or not 0 <= data[name] <= LARGEST_SUM:
            raise ValueError(f"{name} {shown(data[name])} of its bound, which is no amount")
    for name in ("gap", "root_gap"):
        if type(data[name]) not in (int, float) or not abs(data[name]) <= 1:
            raise ValueError(f"{name} {shown(data[name])} of its bound, which is no share")
    if type(data["complete"]) is not bool:
        raise ValueError(f"complete {shown(data['complete'])} of its bound, which is neither true nor false")
    values = {each.name: data[each.name] for each in fields(Proof)}
    return Proof(**{**values, "relaxed": tuple(str(verb) for verb in data["relaxed"])})


def _day(data: Mapping[str, Any], by: Seconds, most: Seconds) -> Day:
    """Read a day, its moments moved by `by` ticks; nothing may lie or last beyond `most`."""
    stops = tuple(_read(Stop, stop, by, most) for stop in data["stops"])
    for stop in stops:
        if stop.kind not in ("job", "rest", "restock"):
            raise ValueError(f"stop {stop.id!r}, which is neither job, rest nor restock")
    return _read(Day, {**data, "stops": stops}, by, most)


def _read(noun: type[Noun], data: Mapping[str, Any], by: Seconds, most: Seconds) -> Noun:
    values: dict[str, Any] = {}
    for each in fields(noun):
        cell = data[each.name]
        if each.name == "stops":
            values[each.name] = cell
        elif each.type in ("Seconds", "Metres"):
            if type(cell) is not int:
                raise ValueError(f"{each.name} {shown(cell)}, which is no whole number")
            values[each.name] = cell + (by if each.name in MOMENTS else 0)
            if abs(values[each.name]) > most:
                raise ValueError(f"{each.name} {cell}, which is absurd")
        else:
            values[each.name] = str(cell)
    return noun(**values)


def from_visits(source: Source, problem: Problem, *, encoding: str | None = None, aside: Collection[str] = ()) -> Plan:
    """Read a plan made elsewhere from a table of visits: technician, order (or depot), start, end.

    The stated times are kept, to be judged. What the table doesn't state is filled in: the drives, the
    arrival where it is empty, the departure just in time for the first stop, the way home after the last.
    Orders of the problem that the table doesn't name count as left out.

    Parameters
    ----------
    source
        A path or a DataFrame; headings as in `VISITS`, common Chinese ones are known.
    problem
        What was planned.
    encoding
        Of a CSV file, where it can't be told.
    aside
        Technicians of other regions, whose rows are passed over.

    Raises
    ------
    TableError
        When rows are faulty, name orders or technicians that aren't there, or lie on no shift.
    """
    tables = read_tables({"visits": source}, VISITS, zone=problem.zone, encoding=encoding).refuse_faults()
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    faults: list[Fault] = []
    for record in tables["visits"].records():
        if record["technician"] in aside:
            continue
        kind = "job" if record["order"] else "restock" if record["depot"] else "rest"
        record["stop"] = record["stop"] or kind
        for name in ("arrive", "start", "end"):
            if record[name] is not None:
                record[name] = (record[name] - problem.epoch) * problem.ticks_per_second
        shift = _shift_of(problem, record)
        if shift is None:
            column = "shift" if record["shift"] else "technician"
            faults.append(_fault(record, column, f"technician {record['technician']!r} has no such shift"))
        elif record["stop"] == "job" and record["order"] not in problem.job:
            faults.append(_fault(record, "order", f"there is no order {record['order']!r}"))
        elif record["stop"] == "restock" and record["depot"] not in problem.depot:
            faults.append(_fault(record, "depot", f"there is no depot {record['depot']!r}"))
        else:
            rows[shift.id].append(record)
    if faults:
        raise TableError(faults)
    days = tuple(_lived(problem, problem.shift[shift], rows[shift]) for shift in sorted(rows))
    served = {visit.id for day in days for visit in day.visits}
    return Plan(days, tuple(sorted(set(problem.job) - served)))


def _fault(record: Mapping[str, Any], column: str, cause: str) -> Fault:
    return Fault("visits", record["_row"], column, f"unknown-{column}", cause, "correct the row", record["order"])


def _shift_of(problem: Problem, record: Mapping[str, Any]) -> Shift | None:
    mine = [shift for shift in problem.shifts if shift.technician == record["technician"]]
    if record["shift"]:
        return next((shift for shift in mine if shift.id == record["shift"]), None)
    start: Seconds = record["start"]
    return min(mine, key=lambda s: (max(s.start - start, start - s.end, 0), s.id), default=None)


def _lived(problem: Problem, shift: Shift, records: list[dict[str, Any]]) -> Day:
    """Return the stated stops as a day of the shift, with drives and ends filled in."""
    records.sort(key=lambda record: (record["start"], record["end"]))
    begun = problem.job[records[0]["order"]] if records[0]["stop"] == "job" else None
    origin = begun.place if begun and started(begun) else shift.origin
    place, now, stops = origin, None, []
    depart, rests = shift.start, 0
    for record in records:
        kind, name, here = record["stop"], "", place
        if kind == "job":
            name, here = record["order"], problem.job[record["order"]].place
        elif kind == "restock":
            name, here = record["depot"], problem.depot[record["depot"]].place
        else:
            rests += 1
            name = f"rest {rests}"
        drive_s, drive_m = problem.drive(place, here)
        if now is None:
            arrive = record["start"] if record["arrive"] is None else record["arrive"]
            depart = arrive - drive_s
        else:
            arrive = now + drive_s if record["arrive"] is None else record["arrive"]
        stops.append(Stop(kind, name, here, drive_s, drive_m, arrive, record["start"], record["end"]))
        place, now = here, record["end"]
    drive_s, drive_m = problem.drive(place, shift.destination)
    back = (now if now is not None else depart) + drive_s
    return Day(shift.id, origin, shift.destination, depart, tuple(stops), drive_s, drive_m, back)


__all__ = ["VERSION", "VISITS", "from_json", "from_visits", "to_json"]
