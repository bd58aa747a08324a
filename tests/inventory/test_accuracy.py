"""Published figures of the carparts data, among them why no level here is chosen by a forecast error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fieldops.errors import ConfigError
from fieldops.inventory.accuracy import lively, mase
from tests.inventory.answers import rows_of


def test_known_answers_of_carparts(bench_data: Path) -> None:
    """Rows K086 to K089: screens of the series, and the MASE of forecasting nothing, the best published value."""
    rows = rows_of(bench_data)
    path = bench_data / "inventory" / "carparts" / "carparts.csv"
    if not path.is_file():
        pytest.skip(f"no carparts data at {path}")
    counts = pd.read_csv(path).iloc[:, 1:].to_numpy(float).T
    found = {
        "K086": lively(counts).sum(),
        "K087": np.isfinite(counts).all(axis=0).sum(),
        "K088": lively(np.nan_to_num(counts), demands=16, edge=len(counts)).sum(),
    }
    assert found == {key: rows[key]["expected"] for key in found}
    h, season = rows["K089"]["inputs"]["h"], rows["K089"]["inputs"]["season"]
    filled = np.nan_to_num(counts)
    errors = mase(filled[:-h], filled[-h:], np.zeros_like(filled[-h:]), season)
    assert np.nanmean(errors) == pytest.approx(rows["K089"]["expected"], abs=rows["K089"]["tolerance"])


def test_a_series_without_a_scale_has_no_error() -> None:
    """A history that never moves can't scale an error: NaN, not infinity; a season longer than it is refused."""
    assert np.isnan(mase(np.ones((4, 1)), np.zeros((1, 1)), np.ones((1, 1)))).all()
    with pytest.raises(ConfigError, match="1 to 3 periods"):
        mase(np.ones((4, 1)), np.zeros((1, 1)), np.ones((1, 1)), season=4)
