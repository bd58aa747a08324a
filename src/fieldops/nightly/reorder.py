"""One night's stock: usage in; reorder levels, proposals and the planner's work list out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fieldops.columns import Column, Name
from fieldops.errors import Fault
from fieldops.inventory import deliveries, overrides, purchases
from fieldops.inventory.assortment import for_range
from fieldops.inventory.economy import StockCosts
from fieldops.inventory.intake import COLUMNS, OPTIONAL, Inventory, checked, inventory, known_items
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.overrides import Override
from fieldops.inventory.purchases import Purchases
from fieldops.inventory.worklist import KINDS, Morning, morning
from fieldops.nightly.config import Config
from fieldops.nightly.folder import RunFolder, slug
from fieldops.nightly.lastrun import LastRun, last_run
from fieldops.nightly.manifest import facts_of
from fieldops.report.level_page import write_level_page
from fieldops.report.worklist_page import write_worklist_page
from fieldops.routing.headings import declared
from fieldops.routing.rules import RULES
from fieldops.tables import Skipped, Tables, read_tables
from fieldops.writing import EXCEL_ROWS, write_csv, write_excel

READ = ("parts", "usage", "stock", "depots", "purchase_orders", "overrides", "stockouts", "stock_history", "deliveries")
DEPOT = Column("depots", "id", Name(), unique=True, aliases=("仓库编号", "网点编号"), help="a depot or office")
DECISIONS = ("overrides", *overrides.LISTS)
OBSERVED = ("stockouts", "stock_history", "deliveries")
DECLARED = (
    *COLUMNS,
    *OPTIONAL,
    *deliveries.COLUMNS,
    DEPOT,
    *purchases.COLUMNS,
    *overrides.COLUMNS,
    *overrides.KEPT_COLUMNS,
    *overrides.LIST_COLUMNS,
)


@dataclass(frozen=True, eq=False)
class Restock:
    """Levels, proposals and work list of one night.

    Attributes
    ----------
    tables
        As read, without faults.
    inventory
        History, parts and stock made of them.
    morning
        Levels of every part-location, proposals, work list and planners' decisions.
    rejected
        Faulty rows that were skipped.
    warnings
        What people should look at.
    """

    tables: Tables
    inventory: Inventory
    morning: Morning
    rejected: tuple[Skipped, ...]
    warnings: tuple[str, ...]

    @property
    def levels(self) -> Levels:
        """Of every part-location, with what planners decided."""
        return self.morning.levels

    @property
    def proposals(self) -> pd.DataFrame:
        """What to order now, and what is in excess; one row a part-location."""
        return self.morning.proposals

    @property
    def summary(self) -> str:
        """The night in one line."""
        orders, lines = self.proposals[self.proposals["order_pcs"] > 0], self.morning.lines
        return (
            f"{len(self.levels)} part-locations, {len(orders)} orders for {orders['order_value'].sum():,.2f} proposed, "
            f"{int((lines['status'] == 'open').sum())} lines on the work list"
        )

    def told(self, part: str, place: str) -> list[str]:
        """Say what the level itself doesn't know: the movements it was counted from, and who decided what, why."""
        rows, found = self.tables["usage"], dict[str, list[float]]()
        for at in range(len(rows)):
            if (rows["part"][at], rows["place"][at]) == (part, place):
                found.setdefault(rows["reason"][at], []).append(rows["qty_pcs"][at])
        used = [
            f"{reason} {_many(len(qty), 'row')}, {_many(sum(qty), 'piece')}" for reason, qty in sorted(found.items())
        ]
        decided = [
            f"Decided by {one.by}: {one.decision} {one.decided}, until {one.until or 'further notice'}: {one.reason}."
            for one in self.morning.overrides
            if (one.part, one.place) == (part, place) and one.decision != "approve" and not one.over
        ]
        return [f"Usage: {'; '.join(used) or 'no rows'}.", *decided]


def _many(number: float, what: str) -> str:
    return f"{number:,g} {what}{'' if number == 1 else 's'}"


def read_stock(config: Config, last: LastRun | None = None) -> Tables:
    """Read the tables of stock that a configuration names and the last run left, with all their faults."""
    sources = {table: config.source(table) for table in READ if table in config.tables}
    sources |= dict(last.sources) if last else {}
    tables = read_tables(
        sources,
        DECLARED,
        zone=config.zone,
        names=config.names_for(sources, DECLARED, declared(RULES)),
        encoding=config.encoding,
        optional=("stock", "depots", "purchase_orders", "kept_overrides", *OBSERVED, *DECISIONS),
    )
    places = frozenset(tables["depots"]["id"]) if "depots" in sources else None
    found = checked(tables, today=config.stock.today, places=places, reasons=config.stock.reasons)
    return found.with_faults(_faulty_decisions(found))


def _faulty_decisions(tables: Tables) -> list[Fault]:
    decided = [name for name in DECISIONS if any(one is not None for one in tables[name].columns.get("decision", []))]
    named = [name for name in DECISIONS if len(tables[name])]
    items = known_items(tables) if decided else frozenset()
    return [fault for name in named for fault in overrides.faulty_overrides(tables[name], KINDS, items)]


def restock(
    config: Config, *, tables: Tables | None = None, skip_faulty: bool = False, last: Path | None = None
) -> Restock:
    """Set levels, propose orders and make the work list.

    Parameters
    ----------
    config
        Of the run.
    tables
        From `read_stock`; None: they are read.
    skip_faulty
        Go on without faulty rows.
    last
        Folder of the last run, if there is one: levels that jumped since, and decisions filled into its work list.

    Raises
    ------
    TableError
        When rows are faulty and not skipped.
    """
    options, before = config.stock, last_run(last)
    tables = tables or read_stock(config, before)
    tables = tables.skip_faulty() if skip_faulty else tables.refuse_faults()
    found = inventory(
        tables,
        period=options.period,
        since=options.since,
        today=options.today,
        reasons=options.reasons,
        demand_reasons=options.demand_reasons,
    )
    levels = reorder_levels(
        found.history,
        found.parts,
        target=options.target,
        measure=options.measure,
        model=options.model,
        rate=options.rate,
        lead_times=found.deliveries,
        policy=options.policy,
        order_quantity=options.order_quantity,
        costs=None if options.costs is None else StockCosts(**options.costs.model_dump()),
        review_period=found.history.in_periods(options.review_days),
    )
    if options.range_target is not None or options.range_budget is not None:
        levels = for_range(
            levels, target=options.range_target, budget=options.range_budget, weight=options.range_weight
        )
    made = morning(
        levels,
        found.stock,
        today=options.today or _day_after(found),
        overrides=_decisions(tables),
        purchases=_purchases(tables) if "purchase_orders" in config.tables else None,
        last=before.levels,
        jump_rate=options.jump_rate,
        moved_rate=options.moved_rate,
        approve_above=options.approve_above,
    )
    warnings = (*before.warnings, *_warnings(config, found, made, tables.skipped))
    return Restock(tables, found, made, tables.skipped, warnings)


def _day_after(found: Inventory) -> date:
    """Where the configuration names no day of the run: the one after the last period of the history."""
    day: date = found.history.edges[-1].astype("datetime64[D]").item()
    return day


def _decisions(tables: Tables) -> list[Override]:
    stated, kept, text, book = (
        overrides.overrides_of(tables[name], tables.zone) for name in ("overrides", "kept_overrides", *overrides.LISTS)
    )
    return overrides.merged(stated, kept, [*text, *book])


def _purchases(tables: Tables) -> Purchases:
    table = tables["purchase_orders"]
    return Purchases.of(
        table["id"],
        table["part"],
        table["place"],
        qty_pcs=table["qty_pcs"],
        due=np.array([datetime.fromtimestamp(day, tables.zone).date() for day in table["due"]], "datetime64[D]"),
        suppliers=np.array(table["supplier"], dtype=object),
    )


def _warnings(config: Config, found: Inventory, made: Morning, rejected: tuple[Skipped, ...]) -> Iterator[str]:
    if count := int(made.proposals["stock_out"].sum()):
        yield f"{count} part-locations are out of stock; see worklist.html"
    if unknown := int((~made.proposals["stock_known"]).sum()):
        yield f"{unknown} part-locations have no row in stock and count as empty"
    if gone := sum(one.status == "gone" for one in made.overrides):
        yield f"{gone} decisions name part-locations that are not there any more; see overrides.csv"
    if strange := int(found.deliveries.unknown(found.parts).sum()):
        yield f"{strange} deliveries name no part and no supplier of the table parts, so they say nothing"
    for name, rows in (("reorder.xlsx", made.levels), ("worklist.xlsx", made.lines)):
        if config.excel and not _fits_excel(rows):
            yield f"{len(rows):,} rows are too many for Excel, so {name} is left out; the CSV files hold them all"
    if rejected:
        skipped = "rows were" if len(rejected) > 1 else "row was"
        yield f"{len(rejected)} faulty {skipped} skipped; see faults.csv"


def _fits_excel(rows: Sized) -> bool:
    return len(rows) < EXCEL_ROWS


def write_restock(
    config: Config,
    made: Restock,
    out: str | Path,
    facts: Mapping[str, Any] | None = None,
    *,
    explained: Iterable[tuple[str, str]] = (),
) -> Path:
    """Write levels, proposals, work list and decisions as a run folder: CSV, workbooks, pages, faults, manifest.

    Each (part, place) of `explained` gets a page ``level-PART-PLACE.html``.
    """
    levels, lines = made.levels.to_frame(), made.morning.lines
    orders = made.proposals[made.proposals["order_pcs"] > 0].reset_index(drop=True)
    with RunFolder(out) as run:
        write_csv(levels, run.path("levels.csv"))
        write_csv(made.proposals, run.path("proposals.csv"))
        write_csv(lines, run.path("worklist.csv"))
        write_csv(overrides.to_frame(made.morning.overrides), run.path("overrides.csv"))
        write_worklist_page(made.morning, run.path("worklist.html"))
        for part, place in explained:
            name = f"level-{slug(part)}-{slug(place)}.html" if place else f"level-{slug(part)}.html"
            write_level_page(made.levels, part, place, run.path(name), usage=made.told(part, place))
        if config.excel and _fits_excel(levels):
            write_excel({"orders": orders, "proposals": made.proposals, "levels": levels}, run.path("reorder.xlsx"))
        if config.excel and _fits_excel(lines):
            write_excel({"worklist": lines}, run.path("worklist.xlsx"))
        skipped = [{"table": s.table, "row": s.row, "key": s.key, "cause": s.cause} for s in made.rejected]
        write_csv(pd.DataFrame(skipped, columns=["table", "row", "key", "cause"]), run.path("faults.csv"))
        counts = {
            "part_locations": len(levels),
            "orders": len(orders),
            "order_value": round(float(orders["order_value"].sum()), 2),
            "worklist": {kind: int((lines["kind"] == kind).sum()) for kind in KINDS},
            "decisions": len(made.morning.overrides),
            "warnings": list(made.warnings),
        }
        run.manifest({**facts_of(config, READ), **counts, **(facts or {})})
    return run.out
