"""Prices hold for the day that they were made for: what else has changed is refused, not mispriced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fieldops.routing.check import compile_rules
from fieldops.routing.clock import Clock
from fieldops.routing.program import NEVER, Program
from fieldops.routing.solvers import Halt
from fieldops.routing.solvers.bound import Bound, bound, ground, price_piece, reprice
from fieldops.routing.solvers.bound.ground import FINEST
from fieldops.routing.travel import UNREACHABLE, Travel
from tests.routing.make import hourly, job, problem, shift
from tests.routing.solvers.bound.days import LOADED, PLAIN, random_program


def proved(program: Program) -> Bound:
    """Return the bound of a program that may leave out anything."""
    return bound(program, Clock(program), plan_worth=int(program.worth.sum()))


def twin() -> Program:
    """Return the same program each time: two vans, loaded at one depot that holds two parts."""
    return random_program(np.random.default_rng(4), frozenset({LOADED}), 4)


def test_a_price_of_people_holds_while_depots_hold_what_they_did() -> None:
    """Kept work that takes other pieces once there is more time changes what is left for all: no price says that."""
    before, after = twin(), twin()
    found = proved(before)
    assert reprice(found, before, after, Halt()) == 0
    board, pool = before.stock.kinds["board"], after.stock.pools[0]
    pool[board] = pool.get(board, 0) + 1
    with pytest.raises(ValueError, match="pools"):
        reprice(found, before, after, Halt())
    price = price_piece(found, before, after, "D", "board", Halt())
    assert price is not None
    assert price >= 0
    after.overtime_max[1] += 60
    with pytest.raises(ValueError, match="piece"):
        price_piece(found, before, after, "D", "board", Halt())


def test_what_was_remembered_is_remembered_in_the_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days that return to orders cost less than real ones: ruled out in the proof alone they made any change dear."""
    monkeypatch.setattr(ground, "NEIGHBOURS", 1)
    forgetful = 0
    for seed in range(8):
        before, after = (random_program(np.random.default_rng(seed), PLAIN) for _ in range(2))
        found = bound(before, Clock(before), plan_worth=0)
        assert (after.drive_max_s >= NEVER).all()
        after.drive_max_s[:] = 10**9  # as good as no limit
        assert reprice(found, before, after, Halt()) == 0
        priced = reprice(replace(found, memory={}), before, after, Halt())
        assert priced is not None
        forgetful += priced > 0
    assert forgetful > 1, "no return was ever ruled out"


def test_a_place_without_a_way_does_not_coarsen_prices() -> None:
    """Numbers leave room for what a day can cost at most; a leg of a thousand million seconds is in no day."""
    one = problem([job("A", 10), job("B", 20)], [shift("T", cost_per_hour=hourly(60))])
    seconds = one.travel.seconds.astype(float)  # type: ignore[attr-defined]
    seconds[:2, one.travel.index("20")] = UNREACHABLE
    lost = one.replace(travel=Travel.from_matrix(one.travel.places, seconds))
    assert [proved(compile_rules(each)).fine for each in (one, lost)] == [FINEST, FINEST]
