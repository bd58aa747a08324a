"""The account of a day: van first, then the morning's depot, after a restock stop that depot first."""

from __future__ import annotations

from fieldops.routing.stock import Stock


def _stock() -> Stock:
    """Two jobs (0 and 1) that need 2 boards each, job 2 that needs a ladder; one van with 3 boards; two depots."""
    stock = Stock(jobs=3, shifts=1, depots=2)
    board, ladder = stock.number("board", False), stock.number("ladder", True)
    stock.needs = [{board: 2}, {board: 2}, {ladder: 1}]
    stock.carried = [{board: 3}]
    return stock


def test_a_van_runs_out_of_what_is_used_up() -> None:
    """The second order finds one board of two, and nobody has a ladder."""
    account = _stock().account(0, [0, 1, 2])
    assert account.lacking == ((1, 0, 1), (2, 1, 1))


def test_a_tool_lasts() -> None:
    """One ladder serves any number of orders."""
    stock = _stock()
    stock.carried[0][1] = 1
    assert stock.account(0, [2, 2, 2]).lacking == ()


def test_a_restock_stop_helps_only_what_follows() -> None:
    """Before the stop the van lacks a board; after it the depot gives what the van has no more."""
    stock = _stock()
    stock.pools[1] = {0: 9, 1: 1}
    assert stock.account(0, [0, 1, 4, 2]).lacking == ((1, 0, 1),)
    account = stock.account(0, [0, 4, 1, 2])
    assert account.lacking == ()
    assert account.stops == 1
    assert account.drawn == {(1, 0): 1, (1, 1): 1}


def test_the_morning_depot_gives_what_the_day_needs() -> None:
    """What the stop's depot doesn't hold was loaded in the morning."""
    stock = _stock()
    stock.loads[0] = 0
    stock.pools = [{0: 9}, {1: 1}]
    account = stock.account(0, [0, 4, 1, 2])
    assert account.lacking == ()
    assert account.drawn == {(0, 0): 1, (1, 1): 1}


def test_pools_are_counted_over_all_days() -> None:
    """Two days that draw two boards each overdraw a pool of three by one."""
    stock = Stock(jobs=2, shifts=2, depots=1)
    board = stock.number("board", False)
    stock.needs = [{board: 2}, {board: 2}]
    stock.loads[:] = 0
    stock.pools = [{board: 3}]
    accounts = [stock.account(0, [0]), stock.account(1, [1])]
    assert stock.overdrawn(accounts[:1]) == {}
    assert stock.overdrawn(accounts) == {(0, board): 1}
