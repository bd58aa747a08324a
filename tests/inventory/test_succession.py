"""Supersession: demand follows the chain to its end, and circles are told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import TableError
from fieldops.inventory.history import Life
from fieldops.inventory.succession import Succession, faulty
from tests.inventory.make import history_of


def test_history_follows_the_last_successor() -> None:
    """P0 -> P1 -> P2 with two pieces for one: P2 has all three demands, the others none; P3 has its own."""
    history = history_of([4.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 5.0], [1.0, 1.0, 1.0])
    chain = Succession.of(["P0", "P1", "P2", "P3"], ["P1", "P2", "", ""], ratio=[1.0, 2.0, 1.0, 1.0])
    found = chain.follow(history)
    assert found.parts.tolist() == ["P0", "P1", "P2", "P3"]
    assert found.counts.T.tolist() == [[0, 0, 0], [0, 0, 0], [8, 2, 5], [1, 1, 1]]
    assert found.lives(Life.SUPERSEDED).tolist() == [True, True, False, False]
    assert found.lives(Life.INHERITED).tolist() == [False, False, True, False]


def test_a_successor_that_was_never_used_gets_an_item() -> None:
    """The demand isn't lost where the successor has no row of its own yet, and NaN of one leaves the other's count."""
    history = history_of([4.0, 1.0], [np.nan, 2.0])
    found = Succession.of(["P0", "P1", "NEW"], ["NEW", "NEW", ""]).follow(history)
    new = found.parts.tolist().index("NEW")
    assert found.counts[:, new].tolist() == [4.0, 3.0]
    assert found.places[new] == "XA"


@given(st.lists(st.integers(-1, 11), min_size=12, max_size=12))
def test_every_circle_is_found_and_nothing_else(follows: list[int]) -> None:
    """Random successors: faulty parts are those that come back to themselves; without any, all demand arrives."""
    ids = np.array([f"P{at:02}" for at in range(12)], dtype=object)
    nexts = np.array(["" if at < 0 else ids[at] for at in follows], dtype=object)
    circle = set()
    for start in range(12):
        here = follows[start]
        for _ in range(12):
            if here in (-1, start):
                break
            here = follows[here]
        if here == start:
            circle.add(start)
    assert {at for at, *_ in faulty(ids, nexts)} == circle
    if circle:
        with pytest.raises(TableError, match="supersession-cycle"):
            Succession.of(ids, nexts)
        return
    chain = Succession.of(ids, nexts)
    history = history_of(*[[float(at + 1)] for at in range(12)])
    named = Succession.of([f"P{at}" for at in range(12)], ["" if at < 0 else f"P{at}" for at in follows])
    assert named.follow(history).counts.sum() == history.counts.sum()
    assert not chain.superseded[chain.last].any()


def test_faults_name_the_way_round() -> None:
    """A circle shows its parts in order; an unknown successor and an impossible ratio are told with them."""
    with pytest.raises(TableError) as caught:
        Succession.of(["A", "B", "C", "D"], ["B", "A", "X", "A"], ratio=[1, 1, 1, 0])
    told = str(caught.value)
    assert "A -> B -> A" in told
    assert "the successor 'X' is no part" in told
    assert "0.0 is no ratio above 0" in told
    assert len(caught.value.faults) == 4


def test_life_begins_with_the_first_of_the_chain() -> None:
    """The successor's first day is its oldest predecessor's; one that was always there has none."""
    days = np.array(["2024-01-01", "2025-01-01", "NaT", "2026-01-01"], dtype="datetime64[D]")
    chain = Succession.of(["A", "B", "C", "D"], ["B", "", "D", ""])
    found = chain.earliest(days)
    assert str(found[1]) == "2024-01-01"
    assert np.isnat(found[3])
