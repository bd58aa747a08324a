"""The pricer: what it leaves out for lack of hope must be hopeless."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fieldops.routing.clock import Clock
from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import bound, foresight
from fieldops.routing.solvers.bound.ground import Kind, kinds_of
from fieldops.routing.solvers.bound.labels import BEST, DEAR, END, JOB, LIMIT, PAY, SECOND, SERVICE, START, Ground
from fieldops.routing.solvers.bound.pools import Pools
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


@pytest.mark.parametrize("seed", range(6))
def test_rests_to_come_are_foreseen(seed: int) -> None:
    """A rest that is paid and still to be taken is dearer than what lists reach; not knowing it they took minutes."""
    program = random_program(np.random.default_rng(seed), frozenset({"windows", "rest"}), 5)
    program.rests[0] = program.rests[0][:0]
    program.rest(0, 40, 200, 260)
    program.pay_rate[0], program.pay_shift[0] = 5, False
    kind = next(kind for kind in kinds_of(program, Pools(program), Halt()) or [] if 0 in kind.shifts)
    profit = np.full(len(kind.jobs), 900)
    ahead, width = foresight.foresight(kind, profit)
    assert ahead.shape[0] == 2
    early = ahead[..., : (200 - int(kind.ground.terms[0])) // width, BEST]
    assert (early[0] >= early[1]).all()
    home = ahead[1, :, :, JOB] == -1
    assert (ahead[0, ..., SECOND] >= ahead[0, ..., BEST]).all()
    late = np.where(home, ahead[0, ..., BEST] - ahead[1, ..., BEST], 0)
    assert late.max() >= kind.ground.terms[PAY] * 40, "going home late cost nothing for the rest that was left out"


def endless(orders: int, step: int, stretches: int) -> Kind:
    """Return a kind of shifts whose day lasts so many stretches, with orders so near that all of them count."""
    program = random_program(np.random.default_rng(0), frozenset(), orders)
    program.allowed[:] = True
    kind = (kinds_of(program, Pools(program), Halt()) or [])[0]
    own: Ground = kind.ground
    terms, job, windows = own.terms.copy(), own.job.copy(), own.windows.copy()
    terms[[END, LIMIT]], job[:, SERVICE] = terms[START] + step * stretches, 0
    windows[:] = 0, 2**50
    time, reach = np.full_like(own.time, step), np.full_like(own.reach, terms[LIMIT])
    return replace(kind, ground=own._replace(terms=terms, job=job, windows=windows, time=time, reach=reach), step=step)


def test_promises_stay_in_the_range_of_whole_numbers() -> None:
    """Forty thousand times the gain of an order is more than 64 bits hold; turned over, it would look like a cost."""
    kind = endless(orders=3, step=1, stretches=40_000)
    ahead, _ = foresight.foresight(kind, np.full(3, 2**50))
    assert ahead.shape[2] == 40_001
    assert ahead[..., BEST].min() == -DEAR
    assert (np.diff(ahead[..., BEST], axis=2) >= 0).all()


def test_a_day_of_very_many_stretches_is_not_foreseen() -> None:
    """A day that kept work makes endless has stretches by the million: their table would fill the memory."""
    kind = endless(orders=3, step=600, stretches=1_500_000)
    ahead, _ = foresight.foresight(kind, np.zeros(3, np.int64))
    assert ahead.shape[2] == 1
