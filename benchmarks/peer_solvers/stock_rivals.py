"""Runs in the environment of the stock peers: ``python stock_rivals.py IN.npz OUT.json``; it imports nothing of ours.

What is compiled or cached on first use is run before the clock starts. Forecasts go through the peer's batch interface,
policies one item at a time, since that is the only way there is.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

SMOOTHING = 0.1


def forecasts(counts: Any) -> dict[str, dict[str, Any]]:
    """Forecast one period of every series (columns) by each method of statsforecast."""
    from statsforecast import StatsForecast
    from statsforecast.models import ADIDA, IMAPA, TSB, CrostonClassic, CrostonSBA

    models = {
        "croston": CrostonClassic(),
        "sba": CrostonSBA(),
        "tsb": TSB(SMOOTHING, SMOOTHING),
        "adida": ADIDA(),
        "imapa": IMAPA(),
    }
    periods, items = counts.shape
    table = pd.DataFrame({
        "unique_id": np.repeat(np.arange(items), periods), "ds": np.tile(np.arange(periods), items),
        "y": counts.T.ravel(),
    })  # fmt: skip
    found = {}
    for name, model in models.items():
        batch = StatsForecast(models=[model], freq=1, n_jobs=1)
        batch.forecast(df=table[: 20 * periods], h=1)
        began = time.perf_counter()
        made = batch.forecast(df=table, h=1)
        found[name] = {
            "peer": "statsforecast",
            "wall_s": time.perf_counter() - began,
            "values": made.sort_values("unique_id").iloc[:, -1].tolist(),
        }
    return found


def policies(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Find cheapest policies of every item by stockpyl; the values are (s, S, cost) and (r, Q, cost)."""
    from stockpyl.rq import r_q_poisson_exact
    from stockpyl.ss import s_s_discrete_exact

    rows = list(zip(given["mean"], given["lead"], given["holding"], given["backorder"], given["order"], strict=True))

    def cheapest(mean: float, lead: float, holding: float, backorder: float, order: float) -> Any:
        return s_s_discrete_exact(holding, backorder, order, True, mean)

    def watched(mean: float, lead: float, holding: float, backorder: float, order: float) -> Any:
        return r_q_poisson_exact(holding, backorder, order, mean, lead)

    found = {name: _timed(one, rows) for name, one in (("s,S", cheapest), ("r,Q", watched))}
    pmf = s_s_discrete_exact(1, 9, 5, False, demand_hi=4, demand_pmf=[0.9, 0, 0, 0, 0.1])
    return {**found, "s,S of a pmf": {"peer": "stockpyl", "wall_s": None, "values": [[float(one) for one in pmf]]}}


def _timed(one: Callable[..., Any], rows: list[Any]) -> dict[str, Any]:
    one(*(float(value) for value in rows[0]))
    began = time.perf_counter()
    values = [[float(part) for part in one(*(float(value) for value in row))] for row in rows]
    return {"peer": "stockpyl", "wall_s": time.perf_counter() - began, "values": values}


def main() -> None:
    """Run what the peers that are named can."""
    source, target, *peers = sys.argv[1:]
    given = dict(np.load(source))
    made: dict[str, Any] = {"versions": {peer: version(peer) for peer in [*peers, "pandas", "numpy"]}}
    if "statsforecast" in peers:
        made["forecasts"] = forecasts(given["counts"])
    if "stockpyl" in peers:
        made["policies"] = policies(given)
    with open(target, "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(made, file)


if __name__ == "__main__":
    main()
