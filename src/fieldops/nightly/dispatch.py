"""One night's dispatch: tables in, plans by region, a run folder out."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fieldops.errors import ConfigError, Fault, TableError
from fieldops.inventory.intake import COLUMNS as STOCK
from fieldops.nightly.config import Config
from fieldops.nightly.folder import RunFolder, slugs
from fieldops.nightly.manifest import facts_of
from fieldops.nightly.regions import Region, Watch, overdrawn, plan_regions, price_regions
from fieldops.report.dispatch_book import write_dispatch_book
from fieldops.routing.domain import Plan
from fieldops.routing.frames import EXPLAINED, frames
from fieldops.routing.headings import declared
from fieldops.routing.intake import Intake, problem_of, read_dispatch, regions
from fieldops.routing.jsonform import to_json
from fieldops.routing.prices import COLUMNS as PRICED
from fieldops.routing.rules import RULES, Rule
from fieldops.routing.sharing import Share
from fieldops.tables import Skipped, Tables
from fieldops.units import currency
from fieldops.writing import write_csv

READ = ("jobs", "technicians", "shifts", "depots", "customers", "travel", "parts", "stock")
EXPLAINED_IN_A_HURRY = 10  # orders of each region, after a signal


@dataclass(frozen=True, eq=False)
class Night:
    """What a night's dispatch came to.

    Attributes
    ----------
    regions
        One plan a region.
    frames
        The tables of all regions, one below the other, with a column ``region``; ``prices`` among them where they
        were asked for.
    rejected
        Faulty rows that were skipped.
    warnings
        What people should look at; empty on a good night.
    """

    regions: tuple[Region, ...]
    frames: Mapping[str, pd.DataFrame]
    rejected: tuple[Skipped, ...]
    warnings: tuple[str, ...]


def read_night(config: Config, rules: Sequence[Rule] = RULES) -> Tables:
    """Read the tables of dispatch that a configuration names, with all their faults."""
    sources = {table: config.source(table) for table in READ if table in config.tables}
    return read_dispatch(
        sources,
        rules=rules,
        zone=config.zone,
        names=config.names_for(sources, declared(rules), STOCK),
        encoding=config.encoding,
        dates=config.dispatch.dates,
    )


def plan_night(
    config: Config,
    *,
    rules: Sequence[Rule] = RULES,
    tables: Tables | None = None,
    skip_faulty: bool = False,
    stop: threading.Event | None = None,
    watch: Watch | None = None,
) -> Night:
    """Plan every region of a configuration.

    Parameters
    ----------
    config
        What to read and how to plan. The time limit is for all regions together, shared by their orders;
        where iterations are given, they bound the work of each region instead.
    rules
        The rule book.
    tables
        From `read_night`, if read already.
    skip_faulty
        Plan the good rows; faulty orders are found again in ``unassigned``.
    stop
        Set it to get the best plans so far.
    watch
        Told of each better plan, with the region's name.

    Raises
    ------
    TableError
        When rows are faulty and not skipped.
    """
    tables = tables or read_night(config, rules)
    intakes = intakes_of(config, rules, tables, skip_faulty, regions_of(config, tables))
    ends = time.monotonic() + config.dispatch.time_limit_s
    planned, shared = plan_regions(config, rules, intakes, stop, watch)
    if config.dispatch.prices:
        planned = price_regions(planned, config, rules, ends, stop)
    rejected = _rejected(intakes)
    tables_out = _joined(planned, rules, rejected)
    if config.dispatch.prices:
        tables_out["prices"] = _prices_table(planned)
    return Night(tuple(planned), tables_out, rejected, tuple(_warnings(planned, shared, rejected)))


def regions_of(config: Config, tables: Tables) -> tuple[str, ...]:
    """Return the regions to plan apart; one without a name where nobody names regions."""
    return config.dispatch.regions or regions(tables) or ("",)


def intakes_of(
    config: Config, rules: Sequence[Rule], tables: Tables, skip_faulty: bool, names: Sequence[str]
) -> dict[str, Intake]:
    """Return the problem of each region named; ``""`` means the whole department as one."""
    tables = tables.skip_faulty() if skip_faulty else tables.refuse_faults()
    intakes: dict[str, Intake] = {}
    faults: list[Fault] = []
    for name in names:
        try:
            intakes[name] = problem_of(
                tables,
                rules=rules,
                dates=config.dispatch.dates,
                region=name or None,
                skip_faulty=skip_faulty,
                **config.travel.model_dump(exclude_unset=True),
            )
        except TableError as error:  # the other regions' faults are told in the same breath
            faults += error.faults
    if faults:
        raise TableError(tuple(dict.fromkeys(faults)))
    return intakes


def _prices_table(planned: Sequence[Region]) -> pd.DataFrame:
    found = [
        region.prices.table.assign(worth_price=region.prices.worth_price).pipe(_led_by, region.name)
        for region in planned
        if region.prices is not None
    ]
    found = [frame for frame in found if len(frame)] or found[:1]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["region", *PRICED, "worth_price"])


def _led_by(frame: pd.DataFrame, region: str) -> pd.DataFrame:
    frame.insert(0, "region", region)
    return frame


def _rejected(intakes: Mapping[str, Intake]) -> tuple[Skipped, ...]:
    found = {(skip.table, skip.row): skip for intake in intakes.values() for skip in intake.rejected}
    return tuple(found.values())


def _joined(planned: Sequence[Region], rules: Sequence[Rule], rejected: Sequence[Skipped]) -> dict[str, pd.DataFrame]:
    """Put the tables of all regions below each other; rejected orders stand there once."""
    found: dict[str, list[pd.DataFrame]] = {}
    for number, region in enumerate(planned):
        hurried = region.plan.made.get("stopped_by") == "signal"
        explained = EXPLAINED_IN_A_HURRY if hurried else EXPLAINED
        tables = frames(region.problem, region.plan, rules, rejected if number == 0 else (), explained)
        for name, frame in tables.items():
            label = [region.name] * len(frame)
            if name == "unassigned":
                label = ["" if state == "rejected" else region.name for state in frame["state"]]
            frame.insert(0, "region", label)
            found.setdefault(name, []).append(frame)
    return {
        name: pd.concat([f for f in parts if len(f)] or parts[:1], ignore_index=True) for name, parts in found.items()
    }


def _warnings(planned: Sequence[Region], shared: Sequence[Share], rejected: Sequence[Skipped]) -> list[str]:
    warnings = []
    for region in planned:
        head = f"{region.name}: " if region.name else ""
        missed, optional = len(region.missed), len(region.plan.unassigned) - len(region.missed)
        if missed:
            also = f" beside {optional} optional one{'s' * (optional > 1)}" * bool(optional)
            are = "s are" if missed > 1 else " is"
            said = f"{missed} order{are} left out{also}; see unassigned.csv for why and what would help"
            warnings.append(head + said)
        warnings += [f"{head}{note}" for note in (*region.intake.notes, *region.plan.notes, *region.notes)]
    warnings += overdrawn(planned)
    warnings += [share.words for share in shared if share.short]
    if rejected:
        rows = "rows were" if len(rejected) > 1 else "row was"
        warnings.append(f"{len(rejected)} faulty {rows} skipped; see faults.csv")
    return warnings


def write_night(config: Config, night: Night, out: str | Path, facts: Mapping[str, Any] | None = None) -> Path:
    """Write a night as a run folder: CSV, workbooks, plans as JSON, faults, manifest.

    Parameters
    ----------
    config
        What was read; its digests go into the manifest.
    night
        From `plan_night`.
    out
        The folder; an earlier run there is replaced whole.
    facts
        More for the manifest.

    Returns
    -------
    Path
        The folder.
    """
    with RunFolder(out) as run:
        for name, frame in night.frames.items():
            write_csv(frame, run.path(f"{name}.csv"))
        if config.excel:
            files = slugs(region.name for region in night.regions)
            for region in night.regions:
                name = f"dispatch-{files[region.name]}.xlsx" if region.name else "dispatch.xlsx"
                own = {table: _of(frame, region.name) for table, frame in night.frames.items()}
                write_dispatch_book(own, run.path(name), title=region.name)
        plans = {region.name: to_json(region.plan, region.problem) for region in night.regions}
        text = json.dumps({"fieldops_night": 1, "plans": plans}, ensure_ascii=False)
        run.path("plan.json").write_text(text, encoding="utf-8")
        skipped = [{"table": s.table, "row": s.row, "key": s.key, "cause": s.cause} for s in night.rejected]
        write_csv(pd.DataFrame(skipped, columns=["table", "row", "key", "cause"]), run.path("faults.csv"))
        run.manifest({**facts_of(config, READ), **_counts(night), **(facts or {})})
    return run.out


def _of(frame: pd.DataFrame, region: str) -> pd.DataFrame:
    return frame[frame["region"] == region].drop(columns=["region"]).reset_index(drop=True)


def _counts(night: Night) -> dict[str, Any]:
    """Return the counts that must add up: rows in = visits + unassigned + closed + rejected."""
    visits = sum(len(day.visits) for region in night.regions for day in region.plan.days)
    return {
        "orders": {
            "visits": visits,
            "unassigned": sum(len(region.plan.unassigned) for region in night.regions),
            "closed": sum(len(region.plan.closed) for region in night.regions),
            "rejected": sum(skip.table == "jobs" for skip in night.rejected),
        },
        "plans": {region.name: _made(region.plan) for region in night.regions},
        "warnings": list(night.warnings),
    }


def _made(plan: Plan) -> dict[str, Any]:
    if plan.bound is None:
        return dict(plan.made)
    proof = {"cost": currency(plan.bound.cost), "gap": plan.bound.gap, "root_gap": plan.bound.root_gap}
    return {**plan.made, "bound": {**proof, "complete": plan.bound.complete, "relaxed": list(plan.bound.relaxed)}}


def read_plans(path: str | Path) -> dict[str, dict[str, Any]]:
    """Read the plans of a run folder or its ``plan.json``, by region."""
    file = Path(path) / "plan.json" if Path(path).is_dir() else Path(path)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{str(path)!r} is no run folder or plan.json ({error})") from None
    if not isinstance(data, dict) or data.get("fieldops_night") != 1 or not isinstance(data.get("plans"), dict):
        raise ConfigError(f"{str(path)!r} is no plan.json of this version")
    plans: dict[str, dict[str, Any]] = data["plans"]
    return plans


__all__ = ["Night", "Region", "plan_night", "read_night", "read_plans", "write_night"]
