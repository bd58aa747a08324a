"""The table of past deliveries: all its faults at once, its words, its way from Parquet to Parquet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fieldops import units
from fieldops.errors import ConfigError, TableError
from fieldops.inventory.deliveries import COLUMNS as DELIVERED
from fieldops.inventory.deliveries import Deliveries
from fieldops.inventory.intake import COLUMNS, OPTIONAL, checked, inventory
from fieldops.inventory.leadtimes import LeadTimes
from fieldops.inventory.level_files import reorder_files
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.tables import Tables, read_tables
from tests.inventory.make import sparse_history


def tables_of(deliveries: pd.DataFrame | None, **parts: object) -> Tables:
    """Read a small department with these deliveries."""
    frames = {
        "parts": pd.DataFrame({"id": ["P1"], "lead_time_days": [30], **parts}),
        "usage": pd.DataFrame({"date": ["2026-01-03", "2026-03-31"], "place": "XA", "part": "P1", "qty_pcs": [2, 1]}),
        **({} if deliveries is None else {"deliveries": deliveries}),
    }
    optional = ["stock", "stockouts", "stock_history", "deliveries"]
    return read_tables(frames, (*COLUMNS, *OPTIONAL, *DELIVERED), optional=optional)


def test_all_faulty_rows_come_at_once() -> None:
    """Backwards, ten years long, in the future, of nobody, no day: each with row, column and what to do."""
    rows = [
        ("P1", "2026-02-01", "2026-01-01"),
        ("P1", "2006-02-01", "2026-01-01"),
        ("P1", "2026-03-01", "2026-04-01"),
        ("", "2026-01-01", "2026-02-01"),
        ("P1", "", "2026-02-01"),
        ("P1", "2026-01-01", ""),
    ]
    made = tables_of(pd.DataFrame(rows, columns=["part", "ordered", "received"]), lead_time_sd_days=-1)
    with pytest.raises(TableError) as caught:
        checked(made, today=date(2026, 4, 1)).refuse_faults()
    found = {(one.table, one.row, one.column, one.code) for one in caught.value.faults}
    assert {
        ("deliveries", 2, "received", "received-before-ordered"),
        ("deliveries", 3, "received", "implausible-lead-time"),
        ("deliveries", 4, "received", "future-delivery"),
        ("deliveries", 5, "part", "nothing-named"),
    } <= found
    assert {(table, row, column) for table, row, column, _ in found} >= {
        ("deliveries", 6, "ordered"),
        ("parts", 2, "lead_time_sd_days"),
    }
    assert len(found) == 6


def test_a_spread_of_nothing_and_an_unknown_place_are_faults() -> None:
    """A lead time of 0 days can't vary; a place that no depot is has a hint, an empty one is fine."""
    rows = pd.DataFrame({"料号": "P1", "下单日期": ["2026-01-01"] * 2, "到货日期": "2026-02-01", "仓库": ["XB", ""]})
    made = checked(tables_of(rows, lead_time_days=[0], lead_time_sd_days=[3]), places={"XA"})
    with pytest.raises(TableError) as caught:
        made.refuse_faults()
    found = {(one.table, one.row, one.code) for one in caught.value.faults}
    assert found == {("parts", 2, "spread-of-nothing"), ("deliveries", 2, "unknown-place")}


@pytest.mark.parametrize(("spread", "wrong"), [(200.0, False), (201.0, True), (-1.0, True), (np.nan, True)])
def test_an_implausible_spread_is_a_fault(spread: float, wrong: bool) -> None:
    """More than ten times the lead time is a slip of the unit: refused with table, row and column, in code as well."""
    rows = pd.DataFrame({"料号": ["P1"], "下单日期": "2026-01-01", "到货日期": "2026-02-01"})
    if not np.isnan(spread):  # an empty cell of a table is no number, but 0
        made = checked(tables_of(rows, lead_time_days=[20], lead_time_sd_days=[spread]))
        faults = [(one.table, one.row, one.column) for one in made.faults]
        assert faults == ([("parts", 2, "lead_time_sd_days")] if wrong else [])
    if not wrong:
        assert PartMaster.of(["P1"], lead_time_days=20, lead_time_sd_days=spread).lead_spread[0] == spread * units.DAY
        return
    with pytest.raises(TableError, match="lead_time_sd_days") as caught:
        PartMaster.of(["P0", "P1"], lead_time_days=20, lead_time_sd_days=[1.0, spread])
    assert [one.key for one in caught.value.faults] == ["P1"]


def test_a_successor_has_the_lead_times_of_its_predecessor_from_the_same_supplier() -> None:
    """Six deliveries of the old part tell the new one's lead time; another supplier's tell nothing of it."""
    days = pd.date_range("2025-01-01", periods=6, freq="MS")
    rows = pd.DataFrame({"料号": "P1", "下单日期": days, "到货日期": days + pd.Timedelta(days=50), "仓库": "XA"})
    for supplier, expected in (("Acme", 50.0), ("Other", 20.0)):
        parts = pd.DataFrame(
            {"id": ["P1", "P2"], "lead_time_days": 20, "successor": ["P2", ""], "supplier": ["Acme", supplier]}
        )
        usage = pd.DataFrame({"date": ["2025-03-03"], "place": "XA", "part": "P1", "qty_pcs": 2})
        told = {"parts": parts, "usage": usage, "deliveries": rows}
        found = inventory(checked(read_tables(told, (*COLUMNS, *DELIVERED), optional=["stock"])))
        levels = reorder_levels(found.history, found.parts, lead_times=found.deliveries)
        new = int(np.flatnonzero(found.history.parts == "P2")[0])
        assert levels.lead_times.mean[new] == pytest.approx(float(found.history.in_periods(expected)))


def test_deliveries_of_the_tables_are_those_of_the_levels() -> None:
    """Chinese headings, an open order that tells nothing, days over a change of clocks: one lead time per row."""
    rows = pd.DataFrame(
        {"料号": "P1", "供应商": "甲", "下单日期": ["2026-01-01"] * 3, "到货日期": ["2026-02-01", "", "2026-01-11"]}
    )
    found = inventory(checked(tables_of(rows)))
    assert found.deliveries.days.tolist() == [31.0, 10.0]
    assert found.deliveries.suppliers.tolist() == ["甲", "甲"]
    assert len(inventory(checked(tables_of(None))).deliveries) == 0


def test_faults_in_code_come_at_once() -> None:
    """The same faults for arrays; columns of different lengths are no table."""
    with pytest.raises(TableError) as caught:
        Deliveries.of(
            ["P1", "", "P2", "P3"],
            ordered=["2026-02-01", "2026-01-01", "NaT", "2006-01-01"],
            received=["2026-01-01", "2026-01-05", "2026-01-05", "2026-01-05"],
        )
    codes = [(one.row, one.code) for one in caught.value.faults]
    assert codes == [
        (4, "bad-value"), (2, "received-before-ordered"), (5, "implausible-lead-time"), (3, "nothing-named"),
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="one entry each"):
        Deliveries.of("P1", ordered=["2026-01-01"], received=["2026-01-01", "2026-01-02"])
    with pytest.raises(ConfigError, match="3 entries, the days have 1"):
        Deliveries.of(["P1"] * 3, ordered=["2026-01-01"], received=["2026-01-02"])
    with pytest.raises(TableError, match="spread-of-nothing"):
        PartMaster.of(["P1"], lead_time_days=0, lead_time_sd_days=2)
    with pytest.raises(TableError, match="lead_time_sd_days"):
        PartMaster.of(["P1"], lead_time_days=9, lead_time_sd_days=-2)


def test_parquet_to_parquet_has_the_levels_of_one_table(tmp_path: Path) -> None:
    """Seven items at a time, suppliers pooled over all of them: the file's levels are those of the whole range."""
    history = sparse_history(40, 36)
    rng = np.random.default_rng(2)
    suppliers = [f"S{at % 3}" for at in range(40)]
    part = [f"P{at}" for at in rng.integers(0, 40, 60)] + ["P1"] * 6
    days = rng.integers(5, 90, 66)
    ordered = np.datetime64("2021-01-01") + rng.integers(0, 300, 66)
    rows = pd.DataFrame({"part": part, "ordered": ordered, "received": ordered + days})
    rows.to_parquet(tmp_path / "deliveries.parquet")
    master = PartMaster.of(history.parts, lead_time_days=30, price=5, supplier=suppliers)
    past = Deliveries.of(part, ordered=ordered, received=ordered + days)
    whole = reorder_levels(history, master, model="negative_binomial", lead_times=past).to_frame()
    made = reorder_files(
        history,
        master,
        tmp_path / "out",
        deliveries=tmp_path / "deliveries.parquet",
        rows=7,
        model="negative_binomial",
        zone="UTC",
    )
    found = pd.read_parquet(made.levels)
    for column in ("reorder_point_pcs", "lead_time_days", "lead_time_sd_days", "why"):
        assert found[column].tolist() == whole[column].tolist()
    assert whole["lead_time_sd_days"].gt(0).all()
    with pytest.raises(ConfigError, match="say deliveries"):
        reorder_files(history, master, tmp_path / "out", lead_times=LeadTimes.fixed(np.ones(40)))
    rows.assign(received=ordered - 1).to_parquet(tmp_path / "deliveries.parquet")
    with pytest.raises(TableError, match="66 faults"):
        reorder_files(history, master, tmp_path / "out", deliveries=tmp_path / "deliveries.parquet")
