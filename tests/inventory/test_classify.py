"""Classes: each definition against itself written out, and the cuts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.classify import abc, adi, cv2, demand_class
from tests.inventory.make import sparse_history

SERIES = st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.0, np.nan]), min_size=1, max_size=30)


@given(SERIES)
def test_intervals_are_what_their_names_say(series: list[float]) -> None:
    """The three definitions against counting over the observed periods one by one."""
    seen = [value for value in series if not np.isnan(value)]
    at = [n + 1 for n, value in enumerate(seen) if value > 0]
    counts = np.array(series)[:, None]
    expected = {
        "n/k": len(seen) / len(at) if at else np.inf,
        "mean-interval": at[-1] / len(at) if at else np.inf,
        "mean-gap": (at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else (len(seen) / len(at) if at else np.inf),
    }
    for definition, value in expected.items():
        assert adi(counts, definition)[0] == pytest.approx(value)  # type: ignore[arg-type]


def test_cv2_is_that_of_the_sizes() -> None:
    """Squared coefficient of variation of the positive counts, sample and population; 0 below two demands."""
    counts = sparse_history(50, 24).counts
    for ddof in (0, 1):
        for item, found in enumerate(cv2(counts, ddof)):
            sizes = counts[:, item][counts[:, item] > 0]
            expected = sizes.var(ddof=ddof) / sizes.mean() ** 2 if len(sizes) > 1 else 0.0
            assert found == pytest.approx(expected)


def test_the_cuts() -> None:
    """Each class once, its border belonging to the irregular side; the other rule draws one line."""
    p, v = np.array([1.0, 1.0, 1.32, 1.32, np.inf]), np.array([0.48, 0.49, 0.48, 0.49, 0.0])
    assert demand_class(p, v).tolist() == ["smooth", "erratic", "intermittent", "lumpy", "never"]
    assert demand_class(np.array([1.0, 1.0]), np.array([0.5, 0.6]), "kh").tolist() == ["smooth", "intermittent"]
    assert demand_class(p, v, adi_cut=2.0).tolist()[2] == "smooth"


def test_abc_by_share_of_value() -> None:
    """The fewest items that make 80 % are A; equal values share a class; without value all are C."""
    assert abc([50.0, 30, 15, 5]).tolist() == ["A", "A", "B", "C"]
    assert abc([5.0, 15, 30, 50]).tolist() == ["C", "B", "A", "A"]
    assert abc([20.0] * 5).tolist() == ["A"] * 5
    assert abc([0.0, 0.0, np.nan]).tolist() == ["C"] * 3
    assert abc([10.0, 10.0, 1.0], cuts=(0.5, 0.99)).tolist() == ["A", "A", "B"]


def test_unknown_definitions_are_refused() -> None:
    """A definition or rule that doesn't exist is answered with those that do."""
    with pytest.raises(ConfigError, match="mean-gap"):
        adi(np.ones((2, 1)), "mean")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="sbc or kh"):
        demand_class(np.ones(1), np.ones(1), "xyz")  # type: ignore[arg-type]
