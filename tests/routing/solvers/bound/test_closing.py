"""Closing the gap: what a list of days proves, wherever it ends and whatever prices it was made at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fieldops.routing.clock import Clock
from fieldops.routing.solvers.bound import bound, closing, ground, root
from fieldops.routing.solvers.bound.listing import Prices
from tests.routing.solvers.bound.days import PLAIN, best_by_worth, random_program

NONE = np.zeros(0, np.int64)


def test_days_that_return_prove_nothing_of_days_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the root stops while its days return to orders, its least is below any real day's, and below the list."""
    monkeypatch.setattr(ground, "NEIGHBOURS", 0)
    monkeypatch.setattr(root, "WORTHWHILE", 1e9)  # returns are never ruled out
    won = 0
    for seed in range(4):
        program = random_program(np.random.default_rng(seed), PLAIN)
        best = best_by_worth(program)
        for worth in sorted(best)[:2]:
            least = min(cost for out, cost in best.items() if out <= worth)
            found = bound(program, Clock(program), plan_worth=worth, upper_cost=least + 400)
            assert found.root <= found.cost <= least
            won += found.root < found.cost
    assert won > 1, "the root returned to nothing, or the list was of no use"


def test_lists_made_anew_know_the_cuts_found_since(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that reaches a little is widened at the first prices; cuts that came later must cost nothing there."""
    known: list[int] = []

    def listed(kinds: Any, prices: Prices, cuts: Any, *more: Any) -> Any:
        assert len(prices.cuts) == len(prices.halves) == len(cuts)
        known.append(len(cuts))
        return list_all(kinds, prices, cuts, *more)

    list_all = closing.list_all
    monkeypatch.setattr(closing, "list_all", listed)
    monkeypatch.setattr(closing, "WIDEST", 0.002)
    for seed in (0, 13):
        program = random_program(np.random.default_rng(seed), frozenset({"windows"}), 6, 3)
        program.worth[:], program.allowed[:] = 1, True
        best = best_by_worth(program)
        worth = min(best)
        found = bound(program, Clock(program), plan_worth=worth, upper_cost=best[worth] + 500)
        assert found.root <= found.cost <= best[worth]
    assert max(known) > 0, "no list was made after a cut"


def test_worth_at_its_price_may_be_more_than_64_bits_hold() -> None:
    """Where no plan is known a unit of worth is dear at first; what wraps round would be taken off the bound."""
    program = random_program(np.random.default_rng(0), PLAIN)
    program.worth[:] = 2**30
    n = len(program.jobs)
    prices = Prices(np.full(n, 7), 2**40, NONE, NONE, NONE)
    shifts = np.ones(2, np.int64)
    assert prices.proves(program, 0, NONE, shifts, 0 * shifts, np.ones(n, np.int64)) == 7 * n
