"""Series without much information: each gives a documented number and its reasons, and none stops a batch."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fieldops.inventory.backtest import backtest
from fieldops.inventory.demand import MODELS
from fieldops.inventory.explain import explain_level
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policy import MEASURES
from fieldops.inventory.proposals import Stock, propose
from tests.inventory.make import history_of
from tests.inventory.test_models import DEGENERATE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "inventory.md"
NORMAL = [0.0, 2.0, 1.0, 0.0] * 6
SERIES = {name: [*series] + [np.nan] * (24 - len(series)) for name, series in {**DEGENERATE, "normal": NORMAL}.items()}
NEVER = ("all zero", "not observed", "all negative")


def levels_of(series: dict[str, list[float]], **options: Any) -> Levels:
    """Set levels of some series: a month of lead time, monthly review."""
    parts = PartMaster.of([f"P{at}" for at in range(len(series))], lead_time_days=30.4375, price=10.0)
    return reorder_levels(history_of(*series.values()), parts, **options)


def documented() -> dict[str, tuple[int, int, str]]:
    """Read the table of the page: series -> reorder point, order-up-to level, reasons."""
    rows = re.findall(r"^\| ([a-z ]+) \| ([−\d,]+) \| ([\d,]+) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    number = str.maketrans({"−": "-", ",": None})
    return {name: (int(s.translate(number)), int(up.translate(number)), why) for name, s, up, why in rows}


def test_the_page_says_what_every_series_gives() -> None:
    """One row a series with its level under the default model and the reasons, as they are."""
    found = levels_of(SERIES, model="negative_binomial")
    rows = zip(SERIES, found.reorder_point.tolist(), found.order_up_to.tolist(), found.reasons(), strict=True)
    given = {name: (point, full, why) for name, point, full, why in rows if name != "normal"}
    assert documented() == given
    assert all(why for _, _, why in given.values())


@pytest.mark.parametrize(
    ("model", "policy", "measure"),
    [
        *((model, "R,S", "fill_rate") for model in MODELS),
        *(("negative_binomial", policy, measure) for policy in ("R,s,nQ", "s,S") for measure in MEASURES),
    ],
)
def test_every_model_gives_every_series_a_number(model: str, policy: str, measure: str) -> None:
    """All in one batch: whole levels of -1 or more that keep the target where there is demand; nobody is disturbed."""
    options: dict[str, Any] = {"model": model, "policy": policy, "measure": measure, "target": 0.9}
    found = levels_of(SERIES, **options)
    level, promise = (
        dict(zip(SERIES, values, strict=True)) for values in (found.raw, getattr(found.promised, measure))
    )
    for name in SERIES:
        assert level[name] >= -1
        if name in NEVER:
            assert level[name] == -1
            assert np.isnan(promise[name])
        else:
            assert promise[name] >= 0.9 - 1e-9
    assert np.isfinite([found.rate, found.interval_mean, found.interval_variance]).all()
    alone = levels_of({"normal": NORMAL}, **options)
    assert found.reorder_point[-1] == alone.reorder_point[0]


def test_halves_without_demand_are_said() -> None:
    """Zeros before the first demand or after the last count as they are, and the planner is told."""
    late, early, both, short = [0.0] * 6 + [1.0] * 6, [1.0] * 6 + [0.0] * 6, [0.0, 1.0] * 6, [0.0, 0.0, 1.0]
    found = levels_of(
        {name: one + [np.nan] * (12 - len(one)) for name, one in zip("abcd", (late, early, both, short), strict=True)}
    )
    words = found.reasons()
    assert ["first half" in why for why in words] == [True, False, False, False]
    assert ["second half" in why for why in words] == [False, True, False, False]


def test_no_series_stops_what_comes_after_levels() -> None:
    """Proposals, explanations and the replay take all of them."""
    found = levels_of(SERIES)
    proposals = propose(found, Stock.of(found.history.parts, found.history.places, on_hand_pcs=0))
    assert (proposals["order_pcs"] >= 0).all()
    assert (proposals.loc[found.reorder_point < 0, "order_pcs"] == 0).all()
    for part in found.history.parts:
        assert explain_level(found, part, "XA")
    replayed = backtest(found.history, found.parts, split=12, target=0.9)
    assert np.isfinite(replayed.books.on_hand).all()
    flagged = found.history.with_stock(np.where(np.arange(24)[:, None] % 3 == 0, 0.0, 1.0) * np.ones(len(SERIES)))
    cut = reorder_levels(flagged, found.parts)
    assert np.isfinite(cut.rate).all()
    assert (cut.rate >= found.rate - 1e-9).sum() >= 0.5 * len(SERIES)
