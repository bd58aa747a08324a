"""``python -m benchmarks.first_plan FILE``: plan a pickled problem until the search has its first plan.

A process of its own, started by the family `startup`, which reads the moments off the lines.
"""

from __future__ import annotations

import pickle
import sys
import threading
from pathlib import Path

from fieldops.routing.planning import plan
from fieldops.routing.solvers import Progress

LIMIT_S = 300.0


def main() -> int:
    """Say ``called 0`` before `plan`, ``meanwhile WORTH`` for each plan of insertion, ``first WORTH`` at last."""
    problem = pickle.loads(Path(sys.argv[1]).read_bytes())  # written by the process that started this one
    enough = threading.Event()

    def told(progress: Progress) -> None:
        if not enough.is_set():
            first = progress.solver != "insertion"
            print("first" if first else "meanwhile", progress.worth_unassigned, flush=True)
            if first:
                enough.set()

    print("called 0", flush=True)
    plan(problem, solver="search", time_limit_s=LIMIT_S, stop=enough, on_progress=told)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
