"""The pricer: what it leaves out for lack of hope must be hopeless."""

from __future__ import annotations

import numpy as np
import pytest

from fieldops.routing.clock import Clock
from fieldops.routing.solvers.bound import bound
from tests.routing.solvers.bound import days
from tests.routing.solvers.bound.days import best_by_worth, random_program


@pytest.mark.parametrize("seed", [26, 38])
def test_orders_done_at_one_moment_are_foreseen(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three orders of no time at one place, the first begun: what follows them was read before it was known.

    Such a day is short, or no look ahead is worth its cost; and a bound that misses a good day lies above a plan.
    """
    monkeypatch.setattr(days, "DAY", 400)
    program = random_program(np.random.default_rng(seed), frozenset({"started"}), 4)
    program.job_place[:3], program.service[:3] = program.job_place[0], 0
    best = best_by_worth(program)
    for worth in sorted(best)[:3]:
        least = min(cost for out, cost in best.items() if out <= worth)
        for upper in (None, least):
            assert bound(program, Clock(program), plan_worth=worth, upper_cost=upper).cost <= least
