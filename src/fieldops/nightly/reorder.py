"""One night's stock: usage in, reorder levels and proposals out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fieldops.columns import Column, Name
from fieldops.inventory.intake import COLUMNS, Inventory, checked, inventory
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.proposals import propose
from fieldops.nightly.config import Config
from fieldops.nightly.folder import RunFolder
from fieldops.nightly.manifest import facts_of
from fieldops.tables import Skipped, Tables, read_tables
from fieldops.writing import write_csv, write_excel

READ = ("parts", "usage", "stock", "depots")
DEPOT = Column("depots", "id", Name(), unique=True, aliases=("仓库编号", "网点编号"), help="a depot or office")


@dataclass(frozen=True, eq=False)
class Restock:
    """Levels and proposals of one night.

    Attributes
    ----------
    inventory
        History, parts and stock as read.
    levels
        Of every part-location.
    proposals
        What to order now, and what is in excess; one row a part-location.
    rejected
        Faulty rows that were skipped.
    warnings
        What people should look at.
    """

    inventory: Inventory
    levels: Levels
    proposals: pd.DataFrame
    rejected: tuple[Skipped, ...]
    warnings: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The night in one line."""
        orders = self.proposals[self.proposals["order_pcs"] > 0]
        return (
            f"{len(self.levels)} part-locations, {len(orders)} orders for {orders['order_value'].sum():,.2f} proposed"
        )


def read_stock(config: Config) -> Tables:
    """Read the tables of stock that a configuration names, with all their faults."""
    sources = {table: config.source(table) for table in READ if table in config.tables}
    names = {table: names for table, names in config.names.items() if table in sources}
    tables = read_tables(
        sources,
        (*COLUMNS, DEPOT),
        zone=config.zone,
        names=names,
        encoding=config.encoding,
        optional=("stock", "depots"),
    )
    places = frozenset(tables["depots"]["id"]) if "depots" in sources else None
    return checked(tables, today=config.stock.today, places=places, reasons=config.stock.reasons)


def restock(config: Config, *, tables: Tables | None = None, skip_faulty: bool = False) -> Restock:
    """Set levels and propose orders.

    Raises
    ------
    TableError
        When rows are faulty and not skipped.
    """
    options = config.stock
    tables = tables or read_stock(config)
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
        review_period=found.history.in_periods(options.review_days),
    )
    proposals = propose(levels, found.stock)
    return Restock(found, levels, proposals, tables.skipped, tuple(_warnings(proposals, tables.skipped)))


def _warnings(proposals: pd.DataFrame, rejected: tuple[Skipped, ...]) -> list[str]:
    warnings = []
    if count := int(proposals["stock_out"].sum()):
        warnings.append(f"{count} part-locations are out of stock; see proposals.csv")
    if unknown := int((~proposals["stock_known"]).sum()):
        warnings.append(f"{unknown} part-locations have no row in stock and count as empty")
    if rejected:
        warnings.append(f"{len(rejected)} faulty rows were skipped; see faults.csv")
    return warnings


def write_restock(config: Config, made: Restock, out: str | Path, facts: Mapping[str, Any] | None = None) -> Path:
    """Write levels and proposals as a run folder: CSV, a workbook, faults, manifest."""
    levels = made.levels.to_frame()
    orders = made.proposals[made.proposals["order_pcs"] > 0].reset_index(drop=True)
    with RunFolder(out) as run:
        write_csv(levels, run.path("levels.csv"))
        write_csv(made.proposals, run.path("proposals.csv"))
        if config.excel:
            write_excel({"orders": orders, "proposals": made.proposals, "levels": levels}, run.path("reorder.xlsx"))
        skipped = [{"table": s.table, "row": s.row, "key": s.key, "cause": s.cause} for s in made.rejected]
        write_csv(pd.DataFrame(skipped, columns=["table", "row", "key", "cause"]), run.path("faults.csv"))
        counts = {
            "part_locations": len(levels),
            "orders": len(orders),
            "order_value": round(float(orders["order_value"].sum()), 2),
            "warnings": list(made.warnings),
        }
        run.manifest({**facts_of(config, READ), **counts, **(facts or {})})
    return run.out
