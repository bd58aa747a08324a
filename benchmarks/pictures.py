"""``python -m benchmarks.pictures``: draw the pictures of docs/engine.md from the results that are kept.

convergence
    Worth left out and cost of the best plan over time (family `convergence`).
peers
    Driving above the shortest of each day, by time limit (`peers skills` at several limits), over the days that all
    runs have and on which all solvers serve every order.
growth
    Moves a second and seconds to construct a first plan by size (`benchmarks/test_search_speed.py`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.charts import Line, chart
from benchmarks.options import ROOT
from benchmarks.results import SPEED, kept

FOLDER = ROOT / "docs" / "pictures"
Run = dict[str, Any]


def source(runs: Sequence[Run]) -> str:
    """Return what a picture was made from: command (of several limits, where there are), date, machine of the last."""
    run = runs[-1]
    limits = ",".join(f"{run['terms']['limit']:g}" for run in runs if run["terms"].get("limit"))
    command = re.sub(r"--limit \S+", f"--limit {limits}", run["command"])
    return f"{command}; {run['date'][:10]}; {run['machine']['processor']}, {run['machine']['cores']} cores"


def convergence(runs: Sequence[Run]) -> dict[str, str]:
    """Return two pictures of the first kept run of the family: worth left out, and cost."""
    run = next((run for run in runs if run["family"] == "convergence"), None)
    if run is None:
        return {}
    made = {}
    for key, column, y in (("worth", 1, "worth of the orders left out, points"), ("cost", 2, "cost of the plan")):
        lines = [
            Line(row["instance"], [(max(point[0], 0.05), point[column]) for point in row["points"]], steps=True)
            for row in run["results"]
        ]
        title = {"worth": "Worth left out by the best plan so far", "cost": "Cost of the best plan so far"}[key]
        made[f"convergence-{key}"] = chart(
            title, lines, x="seconds", y=y, note=source([run]), log_x=True, from_zero=key == "worth"
        )
    return made


def peers(runs: Sequence[Run]) -> dict[str, str]:
    """Return the picture of gaps by time limit; nothing without runs at two limits."""
    mine = sorted(
        (run for run in runs if run["family"] == "skills" and "peers" in run.get("terms", {})),
        key=lambda run: run["terms"]["limit"],
    )
    if len({run["terms"]["limit"] for run in mine}) < 2:
        return {}
    driven = {
        (run["terms"]["limit"], row["instance"], row["solver"]): row["objective"]
        for run in mine
        for row in run["results"]
        if row["planned"] and not row["worth_unserved"]
    }
    limits = sorted({limit for limit, _, _ in driven})
    solvers = list(dict.fromkeys(solver for _, _, solver in driven))
    days = {day for _, day, _ in driven}
    days = {day for day in days if all((limit, day, solver) in driven for limit in limits for solver in solvers)}
    least = {day: min(value for (_, other, _), value in driven.items() if other == day) for day in days}
    lines = [
        Line(solver, [
            (limit, 100 * fmean(driven[limit, day, solver] / least[day] - 1 for day in sorted(days)))
            for limit in limits
        ])
        for solver in solvers
    ] if days else []  # fmt: skip
    title = f"Driving above the shortest plan of each day, {len(days)} days with skills"
    return {"peers": chart(title, lines, x="seconds of wall time", y="per cent", note=source(mine), log_x=True)}


def growth(runs: Sequence[Run]) -> dict[str, str]:
    """Return the pictures of moves a second and of the first plan by size."""
    run = next((run for run in runs if run["family"] == SPEED), None)
    if run is None:
        return {}
    moves: dict[str, list[tuple[float, float]]] = {}
    first: list[tuple[float, float]] = []
    for row in run["results"]:
        if found := re.fullmatch(r"test_moves_by_size\[(\d+)-(.+)\]", row["test"]):
            moves.setdefault({"rest": "with lunch", "no-rest": "without"}[found[2]], []).append(
                (float(found[1]), row["moves_per_s"])
            )
        elif found := re.fullmatch(r"test_first_plan\[(\d+)\]", row["test"]):
            first.append((float(found[1]), row["median_s"]))
    return {
        "growth-moves": chart(
            "Moves of the search a second, by size", [Line(name, points) for name, points in moves.items()],
            x="jobs", y="moves a second, one thread", note=source([run]), log_x=True,
        ),
        "growth-first": chart(
            "Seconds to a first plan of the search, by size", [Line("construction", first)],
            x="jobs", y="seconds", note=source([run]),
        ),
    }  # fmt: skip


def main() -> int:
    """Draw what the kept results hold; return 1 where they hold nothing to draw."""
    runs = kept()
    made = {**convergence(runs), **peers(runs), **growth(runs)}
    for name, text in made.items():
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"{name}.svg"
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    if not made:
        print("nothing to draw: keep runs with python -m benchmarks.results first", file=sys.stderr)
    return 0 if made else 1


if __name__ == "__main__":
    raise SystemExit(main())
