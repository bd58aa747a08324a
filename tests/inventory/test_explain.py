"""What people read about a level, and that it says what the level is."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from fieldops.errors import ConfigError
from fieldops.inventory.demand import MODELS
from fieldops.inventory.explain import explain_level
from fieldops.inventory.levels import reorder_levels
from fieldops.inventory.parts import PartMaster
from tests.inventory.make import history_of, sparse_history
from tests.inventory.test_models import DEGENERATE

SERIES = [2.0, 0.0, 0.0, 1.0, 0.0, 3.0] * 6


def told(series: list[float] = SERIES, model: str = "negative_binomial", kind: str = "s,S", **limits: Any) -> str:
    """Explain the level of one part."""
    parts = PartMaster.of(["P0"], **{"names": "压缩机", "price": 911.37, "lead_time_days": 30, **limits})
    return explain_level(reorder_levels(history_of(series), parts, model=model, policy="R," + kind), "P0", "XA")  # type: ignore[arg-type]


def test_the_whole_way_is_told() -> None:
    """Every step from demand to the last unit stands there, in the order in which it acts."""
    text = told(min_stock_pcs=9, max_stock_pcs=12, moq_pcs=4)
    steps = [
        "P0 (压缩机) at XA: when on hand + on order - backorders is 8 or less, order up to 12.",
        "Demand: 1.000 a month (mean of 36 months, 18 with demand), mean interval 2.00, CV2 0.18: intermittent. A, ess",
        "Lead time 30.0 days + review 30.4 days = 1.99 months: 1.99 pieces, standard deviation 1.70 (negative_binom",
        "Target: fill rate 95.0 %. Least reorder point that reaches it: ",
        "Least order 4 (MOQ 4, pack 1).",
        "Minimum 9: raised to 8.",
        "Maximum 12: kept already.",
        "Promise: fill rate ",
        "The last unit (911.37) lifts the fill rate from ",
    ]
    places = [text.find(step) for step in steps]
    assert -1 not in places, text
    assert places == sorted(places)


def test_the_text_says_what_the_level_is() -> None:
    """For every item and model: the numbers are those of the frame, and the target lies between the two."""
    history = sparse_history(30, 48)
    parts = PartMaster.of(history.parts, price=3.0, lead_time_days=np.linspace(0, 150, 30))
    for model in MODELS:
        levels = reorder_levels(history, parts, target=0.93, model=model)
        frame = levels.to_frame()
        for row in frame[frame["demand_pcs_per_month"] > 0].itertuples():
            text = explain_level(levels, row.part, row.place)
            found = re.search(r"reaches it: (-?[\d,]+) \(([\d.]+) %; one less: ([\d.]+) %\)", text)
            assert found, text
            assert int(found[1].replace(",", "")) == row.raw_reorder_point_pcs
            assert float(found[2]) >= 92.95
            assert float(found[3]) <= 93.05
            assert f"Promise: fill rate {100 * row.promised_fill_rate:.1f} %" in text


def test_a_cap_is_told() -> None:
    """A maximum that lowers the level says so, and the promise falls short of the target."""
    text = told(max_stock_pcs=2)
    assert "Maximum 2: lowered to 1." in text
    promised = re.search(r"Promise: fill rate ([\d.]+) %", text)
    assert promised is not None
    assert float(promised[1]) < 95


def test_multiples_are_told() -> None:
    """With (s,nQ) the order is spoken of as multiples."""
    assert "or less, order multiples of 6." in told(kind="s,nQ", moq_pcs=6)


@pytest.mark.parametrize("series", DEGENERATE.values(), ids=DEGENERATE.keys())
def test_every_series_can_be_explained(series: list[float]) -> None:
    """Also peculiar series have a text without a nan in it."""
    text = told(series)
    assert "nan" not in text.lower()
    assert text.startswith("P0 (压缩机) at XA: ")


def test_a_rate_that_others_had_a_hand_in_is_no_mean() -> None:
    """What alike parts taught is not told as the mean of the part's own history; that stands beside it."""
    history = sparse_history(150, 24)
    levels = reorder_levels(history, PartMaster.of(history.parts, lead_time_days=30, price=2.0), model="pooled")
    for at in np.flatnonzero(levels.rate > 0)[:10]:
        text = explain_level(levels, str(history.parts[at]), "XA")
        own = float(history.counts[:, at].mean())
        assert f"Demand: {levels.rate[at]:.3f} a month (pooled of 24 months, " in text
        assert f"with demand; usage alone: {own:.3f})" in text


def test_without_demand_nothing_is_promised() -> None:
    """A part never demanded is told as such."""
    text = told([0.0] * 24)
    assert "not stocked; ordered when somebody waits for it" in text
    assert "Nothing was demanded" in text
    assert "Noted: no demand seen." in text


def test_a_part_whose_life_has_ended_is_told_as_such() -> None:
    """It was demanded, and it has a minimum and a maximum, but its level is none of them: the text says why."""
    history = history_of([*SERIES, *[0.0] * 6]).ended(np.array(["2024-02-01"], dtype="datetime64[D]"))
    parts = PartMaster.of(["P0"], lead_time_days=30, min_stock_pcs=3, max_stock_pcs=9)
    levels = reorder_levels(history, parts)
    text = explain_level(levels, "P0", "XA")
    assert levels.reorder_point[0] == -1
    assert "not stocked; ordered when somebody waits for it" in text
    assert "has no level of its own" in text
    assert "Minimum 3: not kept for such a part." in text
    assert "Nothing was demanded" not in text
    assert "raised" not in text
    assert "Maximum 9: kept already." in text


def test_an_unknown_place_names_the_known() -> None:
    """Asking at a wrong place is answered with the right ones."""
    levels = reorder_levels(history_of(SERIES), PartMaster.of(["P0"], lead_time_days=30))
    with pytest.raises(ConfigError, match="'P0' at 'BJ'; it has levels at 'XA'"):
        explain_level(levels, "P0", "BJ")
