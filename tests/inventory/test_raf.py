"""Real aircraft spares, where the benchmark data is there: the order of the models, and how near promises are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.families.raf import FITTED_MONTHS, load, run
from benchmarks.options import Options
from fieldops.inventory.backtest import backtest


@pytest.fixture(scope="module")
def raf(bench_data: Path) -> Path:
    """Folder of the RAF data."""
    folder = bench_data / "inventory" / "raf"
    if not list(folder.glob("raf*.csv")):
        pytest.skip(f"no RAF data in {folder}")
    return folder


def reached(raf: Path, model: str, target: str) -> dict[str, Any]:
    """Run one model and target on the first file."""
    options = Options(raf, instances=(min(raf.glob("raf*.csv")).stem,), solver=model, extra={"targets": target})
    row: dict[str, Any] = run(options)["results"][0]
    return row


def test_part_fill_comes_near_its_promise(raf: Path) -> None:
    """The default model promises 95 % and reaches it, averaged over the parts demanded, within two points."""
    row = reached(raf, "negative_binomial", ".95")
    assert row["reached_part_fill"] == pytest.approx(0.95, abs=0.02)
    assert row["reached_part_fill"] == pytest.approx(row["promised_part_fill"], abs=0.02)


def test_doubt_about_the_mean_brings_deeds_nearer(raf: Path) -> None:
    """At each target the unit fill with parameter uncertainty lies nearer the promise than without it."""
    for target in (".90", ".98"):
        default, plain, poisson = (
            reached(raf, model, target) for model in ("negative_binomial", "negative_binomial_plain", "poisson")
        )
        assert poisson["reached_unit_fill"] < 0.6
        assert poisson["reached_unit_fill"] < plain["reached_unit_fill"] < default["reached_unit_fill"]
        assert default["reached_unit_fill"] < float(target)


def test_pieces_are_conserved(raf: Path) -> None:
    """On 2,500 real parts with real lead times, what came in is what went out."""
    history, parts = load(min(raf.glob("raf*.csv")))
    books = backtest(history, parts, split=FITTED_MONTHS, target=0.9).books
    assert books.opening + books.received == pytest.approx(books.demanded + books.closing)
    assert books.demanded.sum() == history.counts[FITTED_MONTHS:].sum()
