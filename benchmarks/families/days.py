"""Days: generated full days, with more work than can be done; nothing is read from a folder.

The objective, in this order: the worth of the orders left out; total driving in seconds. How the days are drawn is
told in `benchmarks/generate_days.py`. An instance is called by its size and its seed, ``300-2``.

    python -m benchmarks.run days --size 100 --seeds 5 --limit 30 --workers 2
    python -m benchmarks.peers days --size 100,300 --workers 2
    python -m benchmarks.run days --size 100 --bound --limit 120

With ``--bound`` plan and proof share the limit: see `benchmarks/proofs.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import proofs
from benchmarks.generate_days import SIZES, SMALLEST, generate
from benchmarks.options import Options
from benchmarks.peer_solvers.runs import fieldops_rows
from benchmarks.skilled_day import SkilledDay, wanted

FOLDER = str(Path(__file__).resolve().parent)  # days come from code: it is always there
EXTRAS = ("size", "seeds", "bound", "plain")
SEEDS = 5
LIMITS_S = {100: 30.0, 300: 30.0, 1000: 60.0, 3000: 180.0}
LONGEST_S = 180.0


def days(options: Options) -> Iterator[SkilledDay]:
    """Draw ``--seeds`` days (5) of each ``--size`` (all: 100,300,1000,3000).

    Raises
    ------
    SystemExit
        When sizes or seeds are no whole numbers, or a folder of data is given.
    """
    options.refuse_unknown(*EXTRAS)
    if str(options.data) != FOLDER:
        raise SystemExit("days are generated, not read: --data means nothing here; say --size and --seeds")
    sizes = numbers(options.extra.get("size", ",".join(map(str, SIZES))), "size")
    count = numbers(options.extra.get("seeds", str(SEEDS)), "seeds")
    if len(count) != 1:
        raise SystemExit("--seeds takes one number: how many days of each size")
    name_of = proofs.name_of if "bound" in options.extra else "{}-{}".format
    drawn = {name_of(size, seed): (size, seed) for size in sizes for seed in range(1, count[0] + 1)}
    for name in wanted(options, list(drawn)):
        yield proofs.day_of(*drawn[name]) if "bound" in options.extra else generate(*drawn[name])


def numbers(text: str, key: str) -> list[int]:
    """Read whole numbers separated by commas.

    Raises
    ------
    SystemExit
        When there are none, or one is too small.
    """
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    least = SMALLEST if key == "size" else 1
    if not found or min(found) < least:
        raise SystemExit(f"--{key} {text} can't be used; say whole numbers from {least} on")
    return found


def limit_s(options: Options, day: SkilledDay) -> float:
    """Return the seconds a day is given: ``--limit``, else by its size."""
    return options.limit or next((s for size, s in LIMITS_S.items() if len(day.jobs) <= size), LONGEST_S)


def run(options: Options) -> dict[str, Any]:
    """Plan each day with fieldops within the limit on `workers` cores, and score what came out.

    With ``--bound`` the plan is proved as well; ``--plain`` is for that alone.

    Raises
    ------
    SystemExit
        For ``--plain`` without ``--bound``.
    """
    if "bound" in options.extra:
        rows = (proofs.row(day, options, plain="plain" in options.extra) for day in days(options))
        return {"results": rows}
    if "plain" in options.extra:
        raise SystemExit("--plain says how days are priced that are proved; say it with --bound")
    return {"results": (row for day in days(options) for row in fieldops_rows(day, limit_s(options, day), options))}
