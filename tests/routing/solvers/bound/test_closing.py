"""Closing the gap: what a list of days proves, wherever it ends and whatever prices it was made at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fieldops.routing.clock import Clock
from fieldops.routing.program import Program
from fieldops.routing.solvers import Halt, value
from fieldops.routing.solvers.bound import Bound, bound, closing, generation, ground, listing, root
from fieldops.routing.solvers.bound.listing import Listing, Prices
from fieldops.routing.solvers.bound.master import Column, Master
from fieldops.routing.solvers.bound.pools import Pools
from tests.routing.solvers.bound.days import PLAIN, Few, best_by_worth, random_program

NONE = np.zeros(0, np.int64)


def busy(seed: int, *features: str) -> Program:
    """Return a day that can't hold all of its seven orders, so that much must be chosen."""
    program = random_program(np.random.default_rng(seed), frozenset({"windows", *features}), 7)
    program.worth[:], program.allowed[:] = 1, True
    program.service[:] += 60
    return program


def asked(program: Program, worth: int, **how: Any) -> Bound:
    """Return the bound, told of a plan that costs much more than the root proves."""
    root = bound(program, Clock(program), plan_worth=worth).root
    return bound(program, Clock(program), plan_worth=worth, upper_cost=int(root * 1.5) + 50, **how)


@pytest.mark.parametrize(("seed", "worth"), [(9, 3), (15, 2), (20, 3)])
def test_what_no_day_known_does_leaves_no_choice_untried(seed: int, worth: int) -> None:
    """An order that must be done on one side of a choice, and that no day known there does, ended all branching."""
    program = busy(seed)
    found = asked(program, worth)
    assert found.ended == "solved"
    assert found.nodes > 5
    assert found.routes is not None
    assert value(Clock(program), found.routes)[1] == found.cost


@pytest.mark.parametrize(("seed", "worth"), [(7, 3), (15, 2)])
def test_shifts_without_a_difference_are_told_apart_by_pairs(seed: int, worth: int) -> None:
    """Of two like shifts it says nothing who does an order: what is on one day with what has to be decided."""
    program = busy(seed, "twins")
    found = asked(program, worth)
    assert found.ended == "solved"
    assert found.routes is not None
    assert value(Clock(program), found.routes)[1] == found.cost


def test_no_plan_does_without_pinned_work() -> None:
    """A list may lack the day of a pinned order; what it mixes then is no plan, however little its worth is."""
    program = random_program(np.random.default_rng(3), frozenset(), 4)
    program.worth[:] = 0
    one = root._Root(program, Clock(program), 0, 10**6, (), Halt())
    days = [Column(next(k for k, kind in enumerate(one.kinds) if 0 in kind.jobs), 0, (0,))]
    one._lived(days)
    assert one.routes is not None
    program.pinned[1] = 0
    one.upper, one.routes = 10**6 * one.fine, None
    one._lived(days)
    assert one.routes is None


def test_a_list_given_up_looks_at_no_further_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is up: foreseeing days of kinds that nobody will list made the proof late."""
    program = random_program(np.random.default_rng(3), frozenset(), 4)
    pools = Pools(program)
    kinds = ground.kinds_of(program, pools, Halt())
    assert kinds
    calls: list[int] = []
    monkeypatch.setattr(listing, "foresight", lambda *_: calls.append(1))
    prices = Prices(np.zeros(4, np.int64), 0, NONE, np.zeros(len(pools.rows), np.int64), NONE)
    assert listing.list_all(kinds, prices, [], np.zeros(len(kinds), np.int64), (100, 1), lambda: True) is None
    assert not calls


def test_prices_that_closed_a_list_are_not_the_last() -> None:
    """Prices that rule out a whole list may say nothing of days beyond it; then lists begin again from the root's."""
    program = random_program(np.random.default_rng(23), frozenset({"windows"}), 6, 3)
    program.worth[:] = np.random.default_rng(1023).integers(1, 4, 6)
    found = bound(program, Clock(program), plan_worth=2, upper_cost=1525 + 500)
    assert (found.cost, found.ended) == (1525, "solved")
    assert found.routes is not None
    assert value(Clock(program), found.routes) == (2, 1525)


def test_a_list_half_read_proves_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time that runs out while the list is priced takes nothing back: what the best prices by then proved stands."""
    price, solve = Listing.price, closing.Closing._solve
    read, early = [0], list[bool]()

    def counted(days: Listing, *how: Any) -> Any:
        read[0] += 1
        return price(days, *how)

    def solved(self: closing.Closing, *how: Any) -> Any:
        before = read[0]
        found = solve(self, *how)
        assert (found is None) == (read[0] == before)
        early.append(self._halt() and found is not None)
        return found

    monkeypatch.setattr(Listing, "price", counted)
    monkeypatch.setattr(closing.Closing, "_solve", solved)
    monkeypatch.setattr(closing, "AT_ONCE", 1)  # a list is read many times
    monkeypatch.setattr(closing, "FIRST", 0)
    program = busy(20)
    root = bound(program, Clock(program), plan_worth=3).root
    costs = [
        bound(program, Clock(program), plan_worth=3, upper_cost=int(root * 1.5) + 50, halt=Few(times)).cost
        for times in range(30, 300, 5)
    ]
    assert any(early), "no list was ever left half read"
    assert costs == sorted(costs)
    assert costs[-1] <= asked(program, 3).cost


def test_days_too_many_are_listed_again_once_the_gap_is_narrower(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is more than can be borne at first is cut and branched on until it isn't."""
    tried = list[bool]()
    list_all = closing.list_all

    def listed(*how: Any) -> Any:
        days = list_all(*how)
        tried.append(days is not None)
        return days

    monkeypatch.setattr(closing, "list_all", listed)
    monkeypatch.setattr(closing, "MOST", 12)
    found = asked(busy(15), 2)
    assert not tried[0]
    assert any(tried)
    assert found.root < found.cost
    assert found.ended == "solved"


def test_a_column_out_of_use_may_come_again_in_a_cheaper_order() -> None:
    """A day shut out for its cost would stay shut when the list holds its jobs in an order that costs less."""
    program = busy(3)
    kinds = ground.kinds_of(program, Pools(program), Halt()) or []
    master = Master(program, kinds, NONE, 0, np.ones(8), 10**6)
    dear = Column(0, 900, (0, 1))
    assert master.add(dear)
    master.forget(0)
    assert master.add(Column(0, 5, (0, 1)))
    assert not master.add(dear)
    assert master.solve() is not None
    assert master.used() == [1]
    master.forget(0)  # again: what is known now is the other
    assert not master.add(dear)


def test_the_master_mixes_no_day_that_left_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days that no plan below the target uses leave the list as the bound rises, and must leave the master with it."""
    left: list[tuple[int, int]] = []
    thin = closing.Closing._thin

    def thinned(self: closing.Closing, judged: closing.Judged) -> closing.Judged:
        before = len(self.days)
        after = thin(self, judged)
        listed = {(kind, *jobs) for kind, jobs in zip(self.days.kinds, map(tuple, self.days.jobs), strict=True)}
        padding = self.days.jobs.shape[1]
        for column in self.master.columns:
            assert (column.kind, *column.jobs, *(-1,) * (padding - len(column.jobs))) in listed
        assert len(after.reduced) == len(self.days)
        left.append((before, len(self.days)))
        return after

    monkeypatch.setattr(closing.Closing, "_thin", thinned)
    asked(busy(7), 3)
    asked(busy(14), 2)
    assert any(after < before for before, after in left)


def test_days_that_return_prove_nothing_of_days_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the root stops while its days return to orders, its least is below any real day's, and below the list."""
    monkeypatch.setattr(ground, "NEIGHBOURS", 0)
    monkeypatch.setattr(generation, "WORTHWHILE", 1e9)  # returns are never ruled out
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


def test_lists_know_the_cuts_found_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices that proved most may be older than the last cuts, which must cost nothing there."""
    known: list[int] = []

    def listed(kinds: Any, prices: Prices, cuts: Any, *more: Any) -> Any:
        assert len(prices.cuts) == len(prices.halves) == len(cuts)
        known.append(len(cuts))
        return list_all(kinds, prices, cuts, *more)

    list_all = closing.list_all
    monkeypatch.setattr(closing, "list_all", listed)
    monkeypatch.setattr(closing, "MOST", 6)
    for seed in range(4):
        program = random_program(np.random.default_rng(seed), frozenset({"windows"}), 7, 3)
        program.worth[:], program.allowed[:] = 1, True
        program.service[:] += 60
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
