"""Usage in files, counted chunk by chunk: the same history as from the whole, and every kind of mistake told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fieldops.errors import ConfigError, TableError
from fieldops.inventory import usage_files
from fieldops.inventory.history import Life
from fieldops.inventory.succession import Succession
from fieldops.inventory.usage import count_usage
from fieldops.inventory.usage_files import count_files

pytest.importorskip("pyarrow", reason="reading Parquet files needs pyarrow")

TEXTS = {
    "date": lambda days: days,
    "moment": lambda days: days + pd.Timedelta("23:30:00"),
    "zoned": lambda days: (days + pd.Timedelta("23:30:00")).tz_localize("Asia/Shanghai").tz_convert("UTC"),
    "text": lambda days: days.strftime("%Y-%m-%d"),
    "Chinese text": lambda days: days.strftime("%Y年%m月%d日"),
}


def rows_of(number: int, seed: int = 3) -> pd.DataFrame:
    """Draw movements of some parts at some places in a year."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "date": pd.Timestamp("2025-03-05") + pd.to_timedelta(rng.integers(0, 365, number), "D"),
            "place": rng.choice(["XA", "西安", "B"], number),
            "part": rng.choice(["00123", "1E5", "B", "NA"], number),
            "qty_pcs": rng.integers(1, 9, number) / 4,
            "reason": rng.choice(["use", "调拨", "USE", "退回"], number),
        }
    )


@pytest.mark.parametrize("write", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("period", ["month", "4 weeks"])
def test_chunks_give_what_the_whole_gives(
    write: Callable[[Any], Any], period: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files in chunks of 37 rows, days in every form: byte for byte the history of all rows at once."""
    monkeypatch.setattr(usage_files, "ROWS", 37)
    frame = rows_of(400)
    stored = frame.assign(date=write(pd.DatetimeIndex(frame["date"])))
    stored.iloc[:150].to_parquet(tmp_path / "a.parquet")
    stored.iloc[150:].to_parquet(tmp_path / "b.parquet", row_group_size=60)
    span: dict[str, Any] = {"period": period, "since": date(2025, 4, 10), "until": date(2026, 2, 1)}
    found = count_files([tmp_path / "a.parquet", tmp_path / "b.parquet"], items=[("NEVER", "XA")], **span)
    wanted = count_usage(
        frame["date"].to_numpy(),
        frame["part"],
        frame["place"],
        frame["qty_pcs"],
        demand=frame["reason"].str.lower() == "use",
        items=[("NEVER", "XA")],
        **span,
    )
    assert found.history.counts.tobytes() == wanted.counts.tobytes()
    assert found.history.parts.tolist() == wanted.parts.tolist()
    assert found.history.places.tolist() == wanted.places.tolist()
    assert found.history.edges.tolist() == wanted.edges.tolist()
    inside = (frame["date"] >= wanted.edges[0]) & (frame["date"] < wanted.edges[-1])
    assert (found.rows, found.outside, found.skipped) == (400, 400 - inside.sum(), 0)


def test_mistakes_are_counted_by_kind(tmp_path: Path) -> None:
    """One fault a kind with its number and first row; skipped with leave, the good rows count."""
    frame = rows_of(12).astype({"part": object, "reason": object, "place": object})
    frame.loc[[2, 5], "qty_pcs"] = [-1.0, np.nan]
    frame.loc[3, "part"] = None
    frame.loc[7, "place"] = " "
    frame.loc[8, "date"] = pd.NaT
    frame.loc[[9, 10], "reason"] = "mystery"
    frame.to_parquet(tmp_path / "usage.parquet")
    with pytest.raises(TableError) as caught:
        count_files(tmp_path / "usage.parquet")
    told = {(fault.column, fault.code): fault.cause for fault in caught.value.faults}
    assert set(told) == {
        ("date", "bad-value"),
        ("part", "empty-cell"),
        ("place", "empty-cell"),
        ("qty_pcs", "bad-value"),
        ("reason", "unknown-reason"),
    }
    assert "2 rows, first usage.parquet, row 4" in told["qty_pcs", "bad-value"]
    assert "'mystery', not known: 2 rows, first usage.parquet, row 11" in told["reason", "unknown-reason"]
    found = count_files(tmp_path / "usage.parquet", skip_faulty=True)
    assert (found.rows, found.skipped, len(found.faults)) == (12, 7, 5)
    good = frame.drop([2, 3, 5, 7, 8, 9, 10])
    assert found.history.counts.sum() == good.loc[good["reason"].str.lower() == "use", "qty_pcs"].sum()
    mapped = count_files(tmp_path / "usage.parquet", skip_faulty=True, reasons={"mystery": "use"})
    assert mapped.skipped == 5


def test_demand_follows_the_successor(tmp_path: Path) -> None:
    """Two for one, place by place; the successor says that it has its predecessor's demand."""
    frame = pd.DataFrame(
        {"日期": pd.to_datetime(["2026-01-05", "2026-01-06"]), "仓库": ["XA", "BJ"], "料号": ["A", "B"]}
    )
    frame.assign(数量=[3, 1]).to_parquet(tmp_path / "usage.parquet")
    chain = Succession.of(["A", "B"], ["B", ""], ratio=[2, 1])
    found = count_files(tmp_path / "usage.parquet", succession=chain, items=[("A", "XA")]).history
    items = [*zip(found.parts, found.places, strict=True)]
    assert dict(zip(items, found.counts[0], strict=True)) == {("A", "XA"): 0.0, ("B", "BJ"): 1.0, ("B", "XA"): 6.0}
    assert found.lives(Life.SUPERSEDED).tolist() == [True, False, False]
    assert found.lives(Life.INHERITED).tolist() == [False, False, True]


def test_what_is_no_usage_file_is_told(tmp_path: Path) -> None:
    """A missing column, text for numbers, no Parquet, no file, a wrong argument."""
    frame = rows_of(3)
    frame.drop(columns="part").to_parquet(tmp_path / "a.parquet")
    frame.assign(qty_pcs="many").to_parquet(tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_text("date,place")
    for name, words in (("a", "part"), ("b", "no numbers"), ("c", "can't be read"), ("d", "can't be read")):
        with pytest.raises(TableError, match=words):
            count_files(tmp_path / f"{name}.parquet")
    with pytest.raises(ConfigError, match="there is no repairs"):
        count_files(tmp_path / "a.parquet", demand_reasons=["repairs"])
