"""Levels from Parquet to Parquet: what the whole range gives at once, chunk by chunk."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fieldops.errors import ConfigError, TableError
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.level_files import LEVELS, PROPOSALS, reorder_files
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.proposals import Stock, propose
from tests.inventory.make import history_of, sparse_history

pytest.importorskip("pyarrow", reason="reading Parquet files needs pyarrow")

HISTORY = sparse_history(70, 24)
SHELF = Stock.of(HISTORY.parts[5:], HISTORY.places[5:], on_hand_pcs=np.arange(65) % 7, on_order_pcs=1)


def master() -> PartMaster:
    """Give the parts of the history, unlike each other in all columns."""
    rng = np.random.default_rng(4)
    return PartMaster.of(
        HISTORY.parts,
        price=np.round(rng.lognormal(3, 1.5, 70), 2),
        lead_time_days=rng.integers(5, 90, 70),
        criticality=rng.choice(["vital", "essential", "desirable"], 70).tolist(),
        moq_pcs=rng.integers(1, 4, 70),
        max_stock_pcs=np.where(np.arange(70) % 9 == 0, 8, np.iinfo(np.int64).max),
    )


def written(folder: Path, **changes: Any) -> dict[str, Path]:
    """Write the three files, some columns changed; parts and stock in another order than the history."""
    parts = master()
    capped = parts.max_stock < np.iinfo(np.int64).max
    frames = {
        "history": pd.DataFrame(HISTORY.counts.T, columns=[str(day)[:7] for day in HISTORY.edges[:-1]]).assign(
            备件编码=HISTORY.parts, place=HISTORY.places
        ),
        "parts": pd.DataFrame(
            {
                "id": parts.ids,
                "price": parts.price / 1_800_000,
                "lead_time_days": parts.lead_time / 86_400,
                "criticality": pd.Series(parts.criticality).replace("vital", "关键"),
                "moq_pcs": parts.moq,
                "max_stock_pcs": np.where(capped, parts.max_stock, np.nan),
            }
        ).iloc[::-1],
        "stock": pd.DataFrame(
            {"part": SHELF.parts, "place": SHELF.places, "on_hand_pcs": SHELF.on_hand, "on_order_pcs": SHELF.on_order}
        ).sample(frac=1.0, random_state=1),
    }
    paths = {name: folder / f"{name}.parquet" for name in frames}
    for name, frame in frames.items():
        frame.assign(**changes.get(name, {})).to_parquet(paths[name], index=False)
    return paths


@pytest.mark.parametrize("model", ["negative_binomial", "empirical", "chosen"])
def test_chunks_give_what_the_range_gives(model: str, tmp_path: Path) -> None:
    """Files of 70 items in chunks of 16: levels, ABC classes and proposals of the whole, row for row."""
    paths = written(tmp_path)
    options: dict[str, Any] = {"target": {"vital": 0.98, "essential": 0.9, "desirable": 0.8}, "model": model}
    made = reorder_files(
        paths["history"], paths["parts"], tmp_path / "out", stock=paths["stock"], rows=16, **options
    )  # fmt: skip
    levels = reorder_levels(HISTORY, master(), **options)
    wanted = propose(levels, SHELF)
    pd.testing.assert_frame_equal(pd.read_parquet(made.levels), levels.to_frame(), check_dtype=False)
    assert made.proposals is not None
    pd.testing.assert_frame_equal(pd.read_parquet(made.proposals), wanted, check_dtype=False)
    assert made.items == 70
    assert made.orders == (wanted["order_pcs"] > 0).sum() > 0
    assert made.order_value == pytest.approx(wanted["order_value"].sum())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {LEVELS, PROPOSALS}


def test_what_the_range_teaches_is_learnt_from_all_of_it(tmp_path: Path) -> None:
    """The pooled model learns once, from all chunks together; each item has the level it has in the whole range."""
    history = sparse_history(260, 24)
    parts = PartMaster.of(history.parts, lead_time_days=40, price=np.linspace(1, 90, 260))
    wide = pd.DataFrame(history.counts.T, columns=[str(day) for day in history.edges[:-1]])
    wide.assign(part=history.parts, place=history.places).to_parquet(tmp_path / "history.parquet")
    wanted = reorder_levels(history, parts, model="pooled").to_frame()
    alone = reorder_levels(history, parts, model="negative_binomial").to_frame()
    for source in (history, tmp_path / "history.parquet"):
        found = pd.read_parquet(reorder_files(source, parts, tmp_path / "out", rows=50).levels)
        pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    assert not wanted["why"].str.contains("too few parts").any()
    assert (wanted["reorder_point_pcs"] != alone["reorder_point_pcs"]).any()


def test_a_part_cut_by_stock_outs_leaves_the_classes_of_its_neighbours_alone(tmp_path: Path) -> None:
    """Only items that the pooled model passes on have another rate: A, B, C are those of the range in any chunks."""
    history = sparse_history(260, 24)
    parts = PartMaster.of(history.parts, lead_time_days=40, price=np.linspace(1, 90, 260))
    share = np.ones((24, 260))
    share[3:9, ::60] = 0.5
    cut = history.with_stock(share)
    wanted = reorder_levels(cut, parts).to_frame()
    assert {*wanted["model"]} == {"pooled", "negative_binomial"}
    for rows in (50, 260):
        found = pd.read_parquet(reorder_files(cut, parts, tmp_path, rows=rows).levels)
        pd.testing.assert_frame_equal(found, wanted, check_dtype=False)


def test_a_part_that_comes_later_leaves_the_classes_of_its_neighbours_alone(tmp_path: Path) -> None:
    """Nothing is stocked of it yet, so that it has no usage value, however dear: A, B, C are those of the range."""
    late = np.r_[np.full(20, np.nan), np.full(4, 9.0)]
    history = history_of(*sparse_history(260, 24).counts.T.tolist(), late.tolist()).before(20)
    parts = PartMaster.of(history.parts, lead_time_days=40, price=np.append(np.linspace(1, 90, 260), 1e6))
    wanted = reorder_levels(history, parts).to_frame()
    assert wanted["model"].iloc[-1] == "pooled"
    assert {*wanted["abc"].iloc[:-1]} == {*"ABC"}
    found = pd.read_parquet(reorder_files(history, parts, tmp_path, rows=50).levels)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)


def test_targets_by_usage_value_go_by_the_classes_of_the_whole_range(tmp_path: Path) -> None:
    """A chunk has no classes of its own: each item has the target of its class among all 70, by the cuts asked for."""
    target, cuts = {"A": 0.98, "B": 0.9, "C": 0.6}, (0.6, 0.9)
    wanted = reorder_levels(HISTORY, master(), target=target, abc_cuts=cuts).to_frame()
    assert wanted.groupby("abc")["target_rate"].unique().map(list).to_dict() == {c: [r] for c, r in target.items()}
    for rows in (9, 70):
        made = reorder_files(HISTORY, master(), tmp_path, target=target, abc_cuts=cuts, rows=rows)
        pd.testing.assert_frame_equal(pd.read_parquet(made.levels), wanted, check_dtype=False)
    with pytest.raises(ConfigError, match="no target for C"):
        reorder_files(HISTORY, master(), tmp_path, target={"A": 0.9, "B": 0.9})


def test_a_history_in_memory_keeps_its_stock_outs(tmp_path: Path) -> None:
    """What files of histories can't say is kept where the history is given as it is; without stock, no proposals."""
    share = np.ones((24, 70))
    share[3:9, ::2] = 0.5
    made = reorder_files(HISTORY.with_stock(share), master(), tmp_path, rows=9)
    found = pd.read_parquet(made.levels)
    pd.testing.assert_frame_equal(
        found, reorder_levels(HISTORY.with_stock(share), master()).to_frame(), check_dtype=False
    )
    assert made.proposals is None
    assert (found["stock_out_periods"] == np.where(np.arange(70) % 2 == 0, 6, 0)).all()


def test_lives_of_the_file_of_parts_are_heeded(tmp_path: Path) -> None:
    """Introduced and ended parts are those of the history; successors need the usage itself."""
    days = ["2022-01-01" if at % 5 == 0 else "" for at in range(70)][::-1]
    paths = written(tmp_path, parts={"introduced": days, "ended": ["2022-06-01" if day else "" for day in days]})
    found = pd.read_parquet(reorder_files(paths["history"], paths["parts"], tmp_path / "out", rows=9).levels)
    some = np.array([day != "" for day in days[::-1]])
    at = np.where(some, np.datetime64("2022-01-01"), np.datetime64("NaT"))
    end = np.where(some, np.datetime64("2022-06-01"), np.datetime64("NaT"))
    wanted = reorder_levels(HISTORY.introduced(at).ended(end), master()).to_frame()
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    assert found["why"].str.contains("introduced within").any()
    followed = written(tmp_path, parts={"successor": ["P1", *[""] * 69]})
    with pytest.raises(ConfigError, match="parts with successors need their usage"):
        reorder_files(followed["history"], followed["parts"], tmp_path / "out")
    since = written(tmp_path, stock={"stocked_since": "2022-01-01"})
    with pytest.raises(TableError, match="unheeded-column"):
        reorder_files(since["history"], since["parts"], tmp_path / "out", stock=since["stock"])


def test_an_empty_range_has_its_columns(tmp_path: Path) -> None:
    """No items are no error: the files have columns and no rows, named by the period however that is spelt."""
    paths = written(tmp_path)
    pd.read_parquet(paths["history"]).iloc[:0].to_parquet(paths["history"])
    made = reorder_files(paths["history"], paths["parts"], tmp_path / "out", period="1 month")
    assert (
        pd.read_parquet(made.levels).columns.tolist() == reorder_levels(HISTORY, master()).to_frame().columns.tolist()
    )
    assert made.items == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"history": {"备件编码": "P1"}}, "70 items stand in the history twice, first 'P1' at 'XA'|1 items stand"),
        ({"history": {"2022-12": 0}}, None),
        ({"history": {"2023-02": 0}}, "2022-12 and 2023-02 don't follow one another as month"),
        ({"history": {"colour": "red"}}, "bad-heading"),
        ({"history": {"2021-05": "many"}}, "no numbers"),
        ({"parts": {"criticality": "urgent"}}, "urgent"),
        ({"parts": {"lead_time_days": np.nan}}, "lead_time_days"),
        ({"parts": {"id": "P1"}}, "duplicate-id"),
        ({"stock": {"on_hand_pcs": -1}}, "no quantity"),
        ({"stock": {"part": "P9"}}, "two rows of stock"),
        ({"stock": {"place": "BJ"}}, "65 part-locations have stock but no history"),
    ],
)
def test_faulty_files_are_told(changes: dict[str, Any], words: str | None, tmp_path: Path) -> None:
    """Each mistake in its words, and nothing is left behind that looks like a result."""
    paths = written(tmp_path, **changes)
    if words is None:
        reorder_files(paths["history"], paths["parts"], tmp_path / "out")
        return
    with pytest.raises((ConfigError, TableError), match=words):
        reorder_files(paths["history"], paths["parts"], tmp_path / "out", stock=paths["stock"])
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_run_that_fails_keeps_the_last_result(tmp_path: Path) -> None:
    """Files take their names when they are whole: an unknown part in the last chunk leaves the old levels."""
    paths = written(tmp_path)
    reorder_files(paths["history"], paths["parts"], tmp_path / "out")
    before = (tmp_path / "out" / LEVELS).read_bytes()
    wide = DemandHistory.from_matrix([[1.0]], parts=["STRANGE"], first=date(2026, 1, 1))
    with pytest.raises(TableError, match="STRANGE"):
        reorder_files(wide, paths["parts"], tmp_path / "out")
    with pytest.raises(ConfigError, match="target: one value for all"):
        reorder_files(paths["history"], paths["parts"], tmp_path / "out", target=[0.9] * 70)
    with pytest.raises(ConfigError, match="0 up to"):
        reorder_files(paths["history"], paths["parts"], tmp_path / "out", target=1.5)
    with pytest.raises(ConfigError, match="1 or more, not 0"):
        reorder_files(paths["history"], paths["parts"], tmp_path / "out", rows=0)
    assert (tmp_path / "out" / LEVELS).read_bytes() == before
    assert {path.name for path in (tmp_path / "out").iterdir()} == {LEVELS}


def test_a_run_without_stock_leaves_no_older_proposals(tmp_path: Path) -> None:
    """Proposals of yesterday don't go with the levels of today; they go once the new levels are whole, not before."""
    paths = written(tmp_path)
    out = tmp_path / "out"
    reorder_files(paths["history"], paths["parts"], out, stock=paths["stock"])
    assert {path.name for path in out.iterdir()} == {LEVELS, PROPOSALS}
    with pytest.raises(ConfigError, match="0 up to"):
        reorder_files(paths["history"], paths["parts"], out, target=1.5)
    assert (out / PROPOSALS).exists()
    assert reorder_files(paths["history"], paths["parts"], out).proposals is None
    assert {path.name for path in out.iterdir()} == {LEVELS}
