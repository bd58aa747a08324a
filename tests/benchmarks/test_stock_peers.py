"""The comparison of parts with peers: our side is right, the ratios are what they say, absence is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import peers, stock_peers
from benchmarks.stock_peers import COMPARED, cheapest_r_Q, cheapest_s_S, compared, stated, taken
from fieldops import units
from fieldops.inventory.demand.rates import BUCKETS, Rate
from tests.inventory.make import sparse_history


def problem(mean: float, lead: float, holding: float, backorder: float, order: float) -> dict[str, np.ndarray]:
    """State one policy problem."""
    values = {"mean": mean, "lead": lead, "holding": holding, "backorder": backorder, "order": order}
    return {name: np.array([float(value)]) for name, value in values.items()}


def test_our_side_solves_the_published_problems() -> None:
    """What is timed is right: Snyder and Shen's (s, S) = (4, 10), Federgruen and Zheng's (r, Q) = (3, 5)."""
    best = cheapest_s_S(problem(6, 2, 1, 4, 5))
    assert (best.reorder_point[0], best.order_up_to[0], round(float(best.cost[0]), 4)) == (4, 10, 8.0341)
    best = cheapest_r_Q(problem(1.5, 2, 20, 150, 100))
    assert (best.reorder_point[0], best.quantity[0], round(float(best.cost[0]), 2)) == (3, 5, 107.92)


def test_rows_tell_time_and_difference() -> None:
    """A peer with our own forecasts but one, and costs ten per cent above ours, is told so, with its time per item."""
    history = sparse_history(40, 60)
    everything = stated(history, np.full(40, 90 * units.CURRENCY))
    sample = taken(everything, 5)
    forecasts = {}
    for method in COMPARED:
        rate = Rate(method) if method in BUCKETS else Rate(method, "naive")  # type: ignore[arg-type]
        values = rate.of(history) + 0.25 * (np.arange(40) == 3)
        forecasts[method] = {"peer": "statsforecast", "wall_s": 2.0, "values": values.tolist()}
    policies = {
        name: {"peer": "stockpyl", "wall_s": 1.0, "values": [[0, 0, 1.1 * cost] for cost in solve(sample).cost]}
        for name, solve in (("s,S", cheapest_s_S), ("r,Q", cheapest_r_Q))
    }
    policies["s,S of a pmf"] = {"peer": "stockpyl", "wall_s": None, "values": [[-1, 0, 0.385]]}  # type: ignore[dict-item]
    rows = compared(history, sample, everything, {"forecasts": forecasts, "policies": policies})
    told = {(row["task"], row["solver"]): row for row in rows}
    assert told["forecast tsb", "statsforecast"]["largest_difference"] == pytest.approx(0.25)
    assert told["forecast tsb", "statsforecast"]["us_per_item"] == pytest.approx(2e6 / 40)
    assert told["policy s,S", "stockpyl"]["largest_difference"] == pytest.approx(0.1)
    ours, theirs = (told["policy r,Q", name]["wall_s"] for name in ("fieldops", "stockpyl"))
    assert told["policy r,Q", "stockpyl"]["time_against_fieldops"] == pytest.approx(theirs / ours)
    assert told["policy s,S of a pmf", "stockpyl"]["largest_difference"] == pytest.approx(-0.9)


def test_what_is_absent_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No environment, no data and an unknown peer each say so; the first two are no failure."""
    monkeypatch.setattr(stock_peers, "HOME", tmp_path / "python")
    assert peers.main(["raf", "--data", str(tmp_path)]) == 0
    assert "make peers-stock" in capsys.readouterr().out
    (tmp_path / "python").touch()
    assert peers.main(["raf", "--data", str(tmp_path)]) == 0
    assert "no data at" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="statsforecast, stockpyl"):
        peers.main(["raf", "--peers", "prophet"])
