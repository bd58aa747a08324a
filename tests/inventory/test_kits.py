"""Van kits: known answers, brute force over all kits, and a replay of jobs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.kits import cheapest_kit, job_fill_rate, kit_for
from tests.inventory.answers import rows_of

PIECES = np.array([[0.7, 0.8, 0.5], [0.2, 0.2, 0.3], [0.1, 0, 0.15], [0, 0, 0.05]])


def test_known_answers_of_kits(bench_data: Path) -> None:
    """Rows K063 and K064 of the file: the chance that a kit fills a job, and the cheapest kit."""
    rows = rows_of(bench_data)
    i = rows["K063"]["inputs"]
    pieces = np.zeros((4, 3))
    for part, pmf in enumerate(i["size_pmfs"]):
        pieces[: len(pmf), part] = pmf
    assert job_fill_rate(i["S"], pieces, i["N"]) == pytest.approx(rows["K063"]["expected"], abs=1e-12)
    i, expected = rows["K064"]["inputs"], rows["K064"]["expected"]
    kit = cheapest_kit(i["p"], i["H"], i["L"])
    assert np.flatnonzero(kit.stock).tolist() == expected["kit"]
    assert kit.cost == pytest.approx(expected["cost"], abs=rows["K064"]["tolerance"])


def test_several_jobs_between_restocks() -> None:
    """Three jobs on (2, 1, 4) are filled .89039 on average, and a replay of 200,000 tours agrees."""
    stock = np.array([2, 1, 4])
    found = job_fill_rate(stock, PIECES, 3)
    assert found == pytest.approx(0.89039, abs=5e-6)
    rng = np.random.default_rng(5)
    need = np.stack([rng.choice(4, (200_000, 3), p=PIECES[:, part]) for part in range(3)], axis=2)
    before = np.cumsum(need, axis=1) - need
    done = ((before + need <= stock) | (need == 0)).all(axis=2)
    assert done.mean() == pytest.approx(found, abs=0.003)


@given(
    chance=st.lists(st.floats(0, 0.9), min_size=5, max_size=5),
    holding=st.lists(st.floats(0, 3), min_size=5, max_size=5),
    visit=st.floats(0, 20),
)
def test_no_kit_is_cheaper(chance: list[float], holding: list[float], visit: float) -> None:
    """Of all 32 kits none costs less than the one found."""
    p, h = np.array(chance), np.array(holding)
    kit = cheapest_kit(p, h, visit)
    costs = [
        h @ carried + visit * (1 - np.prod(1 - p[carried == 0])) for carried in map(np.array, product((0, 1), repeat=5))
    ]
    assert kit.cost == pytest.approx(min(costs), abs=1e-9)
    assert kit.cost == pytest.approx(h @ kit.stock + visit * (1 - np.prod(1 - p[kit.stock == 0])), abs=1e-9)


def test_a_kit_on_the_path_is_best_for_its_money() -> None:
    """Every kit that a budget buys fills more jobs than any other of no more value."""
    price = np.array([10.0, 4.0, 1.0])
    every = [(np.array(kit) @ price, job_fill_rate(kit, PIECES)) for kit in product(range(3), range(2), range(4))]
    for target in (0.5, 0.7, 0.9, 0.97):
        kit = kit_for(PIECES, price, target=target)
        assert kit.job_fill_rate >= target - 1e-12
        assert kit.job_fill_rate == pytest.approx(max(fill for value, fill in every if value <= kit.cost + 1e-9))
        assert kit_for(PIECES, price, budget=kit.cost).stock.tolist() == kit.stock.tolist()


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_target_is_reached_and_no_piece_is_idle(jobs: int) -> None:
    """The rate stated is that of the kit, it reaches the target, and the purchase before didn't."""
    kit = kit_for(PIECES, [10, 4, 1], target=0.95, jobs=jobs)
    assert kit.job_fill_rate == pytest.approx(job_fill_rate(kit.stock, PIECES, jobs))
    assert kit.job_fill_rate >= 0.95
    assert kit_for(PIECES, [10, 4, 1], budget=kit.cost - 0.5, jobs=jobs).job_fill_rate < 0.95


def test_impossible_kits_are_refused() -> None:
    """Chances that don't add up, negative stock, no job and no aim are named."""
    with pytest.raises(ConfigError, match="adding up to 1"):
        job_fill_rate([1], [[0.5], [0.4]])
    with pytest.raises(ConfigError, match="0 or more pieces"):
        job_fill_rate([-1], [[0.5], [0.5]])
    with pytest.raises(ConfigError, match="at least one job"):
        job_fill_rate([1], [[0.5], [0.5]], jobs=0)
    with pytest.raises(ConfigError, match="either a target"):
        kit_for([[0.5], [0.5]], 1.0)
    with pytest.raises(ConfigError, match="rates of 0 to 1"):
        cheapest_kit([1.5], [1.0], 3.0)
