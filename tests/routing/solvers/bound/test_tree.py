"""Cuts in every pricing, and branching where days are too many to be listed, against every plan of small days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.routing.clock import Clock
from fieldops.routing.program import Program
from fieldops.routing.solvers import value
from fieldops.routing.solvers.bound import bound, closing, tree
from fieldops.routing.solvers.bound.generation import Generation
from fieldops.routing.solvers.bound.ground import kinds_of
from fieldops.routing.solvers.bound.marks import between, marks_of, times
from fieldops.routing.solvers.bound.master import Column, Master
from fieldops.routing.solvers.bound.pools import Pools
from fieldops.routing.solvers.bound.pricing import Route
from tests.routing.solvers.bound.days import LOADED, PLAIN, best_by_worth, random_program

DAYS = {
    "plain": PLAIN,
    "windows": frozenset({"windows"}),
    "due": frozenset({"windows", "due"}),
    "limits": frozenset({"windows", "limits"}),
    "started": frozenset({"windows", "started"}),
    "loaded": frozenset({"windows", LOADED}),
}


@pytest.fixture
def unlisted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days are always too many to be listed."""
    monkeypatch.setattr(closing, "MOST", -1)


def hard(seed: int, features: frozenset[str]) -> Program:
    """Return a day of three shifts, each job by any of them, that leaves room to mix."""
    program = random_program(np.random.default_rng(seed), features, 7, 3)
    program.allowed[:] = True
    program.service[:] += 60
    return program


@pytest.mark.usefixtures("unlisted")
@pytest.mark.parametrize("name", DAYS)
def test_branching_alone_closes_the_gap(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a list, cuts and choices must lead to the cheapest of all plans, and never past it."""
    cuts, cut = [0], Generation.cut

    def counted(self: Generation) -> int:
        cuts[0] += (found := cut(self))
        return found

    monkeypatch.setattr(Generation, "cut", counted)
    nodes = plans = 0
    for seed in range(4):
        program = hard(seed, DAYS[name])
        best = best_by_worth(program)
        for worth in sorted(best)[:3]:
            least = min(cost for out, cost in best.items() if out <= worth)
            found = bound(program, Clock(program), plan_worth=worth, upper_cost=least + 300)
            assert (found.cost, found.ended) == (least, "solved")
            nodes += found.nodes
            if found.routes is not None:
                out, cost = value(Clock(program), found.routes)
                assert out <= worth
                assert cost == least
                plans += 1
    assert nodes > 10
    assert plans > 4
    assert cuts[0] > (0 if name == "loaded" else 5)


@pytest.mark.usefixtures("unlisted")
def test_like_shifts_are_left_to_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which orders share a day of two like shifts no choice of who does what decides: the proof says so and stops."""
    monkeypatch.setattr(tree, "PATIENCE", 0)
    monkeypatch.setattr(Generation, "cut", lambda _: 0)
    ended = set()
    for seed in range(12):
        program = random_program(np.random.default_rng(seed), frozenset({"windows", "twins"}), 6)
        program.allowed[:] = True
        program.service[:] += 60
        best = best_by_worth(program)
        for worth in sorted(best)[:2]:
            least = min(cost for out, cost in best.items() if out <= worth)
            found = bound(program, Clock(program), plan_worth=worth, upper_cost=least + 300)
            assert found.root <= found.cost <= least
            assert found.ended == ("solved" if found.cost == least else "pairs")
            ended.add(found.ended)
    assert ended == {"solved", "pairs"}


@pytest.mark.usefixtures("unlisted")
def test_routes_found_among_cuts_cost_what_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a route costs is told from its reduced cost: the pricer and the master must count cuts alike."""
    columns, priced = Generation._columns, [0]

    def checked(self: Generation, routes: Sequence[Route], prices: Any) -> Iterator[Any]:
        clock = Clock(self.program)
        for column, drawn in columns(self, routes, prices):
            shift = self.kinds[column.kind].shifts[0]
            walk = clock.walk(shift, list(column.jobs))
            if len(set(column.jobs)) == len(column.jobs) and not walk.breach:
                assert column.cost == walk.cost * self.fine
                counted = self.master.counts(column.kind, column.jobs)
                priced[0] += any(prices[self._worth_at + 1 + cut] for cut in counted)
            yield column, drawn

    monkeypatch.setattr(Generation, "_columns", checked)
    for seed in range(5):
        program = hard(seed, frozenset({"windows"}))
        best = best_by_worth(program)
        bound(program, Clock(program), plan_worth=min(best), upper_cost=best[min(best)] + 300)
    assert priced[0] > 10, "no route paid for a cut"


@given(
    jobs=st.lists(st.integers(0, 9), max_size=10, unique=True),
    rows=st.sets(st.integers(0, 9), min_size=3, max_size=5),
    memory=st.sets(st.integers(0, 9)),
    begun=st.booleans(),
)
def test_a_cut_that_remembers_enough_counts_as_one_that_remembers_all(
    jobs: list[int], rows: set[int], memory: set[int], begun: bool
) -> None:
    """With less it counts no more, and with what lies between its rows as often as half of them are served."""
    whole = (len(rows.intersection(jobs)) + begun) // 2
    assert times(rows, between(rows, jobs, begun), jobs, begun) == whole
    assert times(rows, memory, jobs, begun) <= whole


def test_marks_are_told_dearest_first_and_only_where_two_rows_can_be_served() -> None:
    """Each kind knows the cuts of which it can serve two rows, its own row counted."""
    program = hard(0, PLAIN)
    kinds = kinds_of(program, Pools(program), lambda: False) or []
    cuts = [(0, 1, 2), (0, 7, 8), (3, 4, 9)]  # rows from 7 on are kinds
    marks = marks_of(kinds, cuts, [set(), {5}, None], np.array([5, 9, 0]), 7)
    assert [each.penalty.tolist() for each in marks] == [[9, 5], [9, 5], [5]]
    assert [each.first.tolist() for each in marks] == [[1], [1], [0]]
    assert marks[0].counts[:, 0].tolist() == [3, 2, 2, 0, 0, 0, 0]
    assert marks[0].keeps[:, 0].tolist() == [3, 2, 2, 0, 0, 1, 0]
    assert marks[2].counts[:, 0].tolist() == [1, 1, 1, 0, 0, 0, 0]


def test_a_route_that_returns_pays_as_often_as_the_pricer_says() -> None:
    """One that comes back to an order serves the row twice, on its way by what the cut remembers."""
    program = hard(1, PLAIN)
    kinds = kinds_of(program, Pools(program), lambda: False) or []
    master = Master(program, kinds, np.zeros(0, np.int64), 0, np.ones(8), 10**6)
    master.cut((0, 1, 2), {3})
    assert master.counts(0, (0, 3, 0)) == {0: 1}
    assert master.counts(0, (0, 4, 0)) == {}
    assert master.counts(0, (0, 4, 1)) == {}
    assert master.counts(0, (0, 3, 1)) == {0: 1}
    assert master.remember(0, {4})
    assert master.counts(0, (0, 4, 1)) == {0: 1}


def test_columns_that_were_let_go_come_back() -> None:
    """A column that the master let go between rounds of cuts may be found again."""
    program = hard(1, PLAIN)
    kinds = kinds_of(program, Pools(program), lambda: False) or []
    master = Master(program, kinds, np.zeros(0, np.int64), 0, np.ones(8), 10**6)
    for column in (Column(0, 5, (0, 1)), Column(1, 7, (2,))):
        assert master.add(column)
    assert master.solve() is not None
    master.thin([1], [])
    assert master.add(Column(0, 5, (0, 1)))
    assert not master.add(Column(1, 7, (2,)))
