"""Depots that regions share: never more than there is, kept work first, the rest in proportion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fieldops.routing.domain import Plan, Problem
from fieldops.routing.planning import plan
from fieldops.routing.sharing import _divided, limited, shares
from tests.routing.make import depot, job, problem, shift


def region(orders: int, held: dict[str, int], *, pinned: int = 0, **terms: Any) -> Problem:
    """Return a region of one technician whose orders need a pump each; the depot lends one ladder."""
    kept = {"status": "pinned", "technician": "T1"}
    jobs = [
        job(f"J{n}", 5, 20, parts=(("P1", 1),), tools=("ladder",) if n == 0 else (), **(kept if n < pinned else {}))
        for n in range(orders)
    ]
    shelf = depot("XA", 0, stock=held, tools=(("ladder", 1),))
    terms = {"van_stock": (), "load_at": "XA", "restock_at": (), **terms}
    return problem(jobs, [shift("T1", **terms)], depots=[shelf])


def planned(regions: dict[str, Problem]) -> dict[str, Plan]:
    """Plan each region as if it were alone."""
    return {name: plan(each, solver="insertion", iterations=1) for name, each in regions.items()}


def parts(regions: dict[str, Problem]) -> dict[tuple[str, str], dict[str, int]]:
    """Return what each region may take, by depot and name."""
    return {(share.depot, share.name): dict(share.parts) for share in shares(regions, planned(regions))}


def test_what_is_short_is_divided_in_proportion() -> None:
    """Six pumps for nine orders: each region gets two thirds of what it wants, and the one ladder goes to one."""
    regions = {"a": region(6, {"P1": 6}), "b": region(3, {"P1": 6})}
    found = parts(regions)
    assert found["XA", "P1"] == {"a": 4, "b": 2}
    assert found["XA", "ladder"] == {"a": 1, "b": 0}
    left = limited(regions["b"], "b", shares(regions, planned(regions))).depots[0].values
    assert (left["stock"], left["tools"]) == ({"P1": 2}, (("ladder", 0),))


def test_kept_work_comes_first() -> None:
    """What was promised to a customer is not taken away for work that is open."""
    regions = {"a": region(6, {"P1": 3}), "b": region(2, {"P1": 3}, pinned=2)}
    assert parts(regions)["XA", "P1"] == {"a": 1, "b": 2}


def test_nothing_is_shared_that_suffices_or_is_out_of_reach() -> None:
    """Whoever can't turn to a depot leaves all of it to the others; where there is enough nobody is limited."""
    enough = {"a": region(2, {"P1": 5}), "b": region(3, {"P1": 5})}
    assert ("XA", "P1") not in parts(enough)
    assert limited(enough["a"], "a", []) is enough["a"]
    apart = {"a": region(2, {"P1": 1}), "b": region(3, {"P1": 1}, load_at="")}
    assert parts(apart) == {}


def test_closed_orders_want_no_share() -> None:
    """What was done yesterday takes no piece tonight: four pumps do for the four orders that are open."""
    done = region(3, {"P1": 4})
    first = replace(done.jobs[0], values={**done.jobs[0].values, "status": "done"})
    assert parts({"a": region(2, {"P1": 4}), "b": done.replace(jobs=(first, *done.jobs[1:]))}) == {}


COUNTS = st.integers(0, 20)


@given(st.integers(1, 30), st.lists(st.tuples(COUNTS, COUNTS), min_size=2, max_size=5))
def test_shares_add_up(pieces: int, wants: list[tuple[int, int]]) -> None:
    """All pieces are given, none twice, none below nothing, whatever is sure and however it divides."""
    sure = {str(n): kept for n, (kept, _) in enumerate(wants)}
    weights = {str(n): more for n, (_, more) in enumerate(wants)}
    got = _divided(pieces, sure, weights)
    assert min(got.values()) >= 0
    if any(weights.values()) or sum(sure.values()) > pieces:
        assert sum(got.values()) == pieces
    if sum(sure.values()) <= pieces:
        assert all(got[name] >= sure[name] for name in sure)
