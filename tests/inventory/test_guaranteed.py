"""Guaranteed service times on trees: a published answer and brute force over all times."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.guaranteed import Quotes, Stage, Tree, least_cost_quotes
from tests.inventory.answers import rows_of

EXAMPLE = Tree(
    {
        "1": Stage(2, 1, waits=1),
        "3": Stage(1, 2, ("1",)),
        "2": Stage(1, 3, ("3",), sd=1, promised=0),
        "4": Stage(1, 3, ("3",), sd=1, promised=1),
    }
)


def cost_of(tree: Tree, quoted: dict[str, int]) -> float:
    """Cost of given service times, infinite where a stage would have to deliver before it could."""
    total = 0.0
    for name, stage in tree.stages.items():
        inbound = max([stage.waits, *(quoted[one] for one in stage.suppliers)])
        net = inbound + stage.time - quoted[name]
        late = stage.promised is not None and quoted[name] > stage.promised
        total += np.inf if net < 0 or late else stage.holding * tree.deviations[name] * np.sqrt(net)
    return total


def test_known_answers_of_guaranteed_service(bench_data: Path) -> None:
    """Row K093: Snyder and Shen's example 6.5, published as 8.28."""
    row = rows_of(bench_data)["K093"]
    assert least_cost_quotes(EXAMPLE).cost == pytest.approx(row["expected"]["cost"], abs=row["tolerance"])


def test_published_example() -> None:
    """The times of example 6.5: only the shop that may quote a period does."""
    found: Quotes = least_cost_quotes(EXAMPLE)
    assert found.quoted == {"1": 0, "3": 0, "2": 0, "4": 1}
    assert found.safety_stock["1"] == pytest.approx(np.sqrt(6))


@given(
    times=st.lists(st.integers(0, 3), min_size=5, max_size=5),
    holding=st.lists(st.integers(1, 9), min_size=5, max_size=5),
    promised=st.lists(st.integers(0, 2), min_size=2, max_size=2),
    waits=st.integers(0, 2),
)
def test_no_times_cost_less(times: list[int], holding: list[int], promised: list[int], waits: int) -> None:
    """Two suppliers, an assembly and two shops, one of which is also fed from elsewhere: all times are tried."""
    t, h = times, holding
    tree = Tree(
        {
            "a": Stage(t[0], h[0], waits=waits),
            "b": Stage(t[1], h[1]),
            "c": Stage(t[2], h[2], ("a", "b")),
            "d": Stage(t[3], h[3], ("c",), sd=2.0, promised=promised[0]),
            "e": Stage(t[4], h[4], ("c",), sd=1.0, promised=promised[1], waits=1),
        }
    )
    found = least_cost_quotes(tree)
    spans = [range(tree.longest(name) + 1) for name in "abc"] + [range(one + 1) for one in promised]
    best = min(cost_of(tree, dict(zip("abcde", quotes, strict=True))) for quotes in product(*spans))
    assert found.cost == pytest.approx(best, abs=1e-9)
    assert cost_of(tree, found.quoted) == pytest.approx(best, abs=1e-9)


def test_what_is_no_tree_is_refused() -> None:
    """Circles, islands, unknown suppliers and negative times are named."""
    with pytest.raises(ConfigError, match="form a tree"):
        Tree({"a": Stage(1, 1), "b": Stage(1, 1)})
    with pytest.raises(ConfigError, match="form a tree"):
        Tree({"a": Stage(1, 1), "b": Stage(1, 1, ("a",)), "c": Stage(1, 1, ("a", "b"))})
    with pytest.raises(ConfigError, match="'x' is no stage"):
        Tree({"a": Stage(1, 1, ("x",))})
    with pytest.raises(ConfigError, match="0 or more"):
        Tree({"a": Stage(-1, 1)})
