"""Two echelons: known answers, a simulation of first come, first served, and limits that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldops.errors import ConfigError
from fieldops.inventory.demand import Poisson
from fieldops.inventory.demand.base import FamilyDemand
from fieldops.inventory.network import METHODS, Network, backorder_table, expected_backorders
from tests.inventory.answers import rows_of


def test_known_answers_of_two_echelons(bench_data: Path) -> None:
    """Rows K052 to K060 of the file: METRIC, VARI-METRIC and the exact split, with and without stock at the depot."""
    rows = {key: row for key, row in rows_of(bench_data).items() if "K052" <= key <= "K060"}
    assert len(rows) == 6
    for key, row in rows.items():
        i = row["inputs"]
        method = METHODS[(int(key[1:]) - 52) % 3]
        network = Network.of(i["lam"], transport=i["L"], depot_lead=i["T0"])
        found = expected_backorders(network, i["S0"], i["S"], method)[:, 0]  # type: ignore[arg-type]
        assert found == pytest.approx(row["expected"]["EBO"], abs=row["tolerance"]), key


def simulated(
    rates: list[float], transport: float, lead: float, stock: int, bases: list[int], seed: int
) -> list[float]:
    """Mean backorders of each base from a record of all events; the depot serves first come, first served."""
    rng, horizon, warm = np.random.default_rng(seed), 60_000.0, 500.0
    moments = [rng.uniform(0, horizon, rng.poisson(rate * horizon)) for rate in rates]
    times = np.concatenate(moments)
    base = np.repeat(np.arange(len(rates)), [len(one) for one in moments])
    order = np.argsort(times)
    times, base = times[order], base[order]
    # The k-th demand at the depot is met by the piece ordered at the (k - stock)-th, or at once.
    ready = np.concatenate([np.full(stock, -np.inf), times + lead])[: len(times)] if stock else times + lead
    arrives = np.maximum(times, ready) + transport
    waits = []
    for at, held in enumerate(bases):
        mine, come = times[base == at], arrives[base == at]
        # The n-th customer gets the piece ordered for the (n - held)-th.
        got = np.concatenate([np.full(held, -np.inf), come])[: len(mine)]
        wait = np.maximum(got - mine, 0.0)[(mine > warm) & (mine < horizon - warm)]
        waits.append(rates[at] * float(wait.mean()))
    return waits


@pytest.mark.parametrize("stock", [0, 2, 6])
def test_the_exact_split_is_what_happens(stock: int) -> None:
    """A long simulation, first come, first served, has the backorders of the exact split within three per cent."""
    rates, bases = [0.1, 0.2, 0.3, 0.4], [1, 2, 3, 3]
    network = Network.of(rates, transport=5, depot_lead=10)
    found = expected_backorders(network, stock, bases)[:, 0]
    runs = np.mean([simulated(rates, 5, 10, stock, bases, seed) for seed in range(6)], axis=0)
    assert runs == pytest.approx(found, rel=0.03)


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_depot_is_a_longer_transport(method: str) -> None:
    """Without depot stock each base waits O + T0 for each piece: Poisson (Palm), by every method."""
    network = Network.of([[0.3], [1.2]], transport=[[2.0], [1.0]], depot_lead=4)
    table = backorder_table(network, 0, 9, method)[:, :, 0]  # type: ignore[arg-type]
    for base, mean in enumerate((0.3 * 6, 1.2 * 5)):
        alone = FamilyDemand(Poisson(), np.array([mean]), np.array([mean])).table(9, np.array([1]))[1][:, 0]
        assert table[:, base] == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_repaired_at_the_base_never_sees_the_depot(method: str) -> None:
    """With all repairs at the base, only they fill the pipeline; depot times and stock don't matter."""
    network = Network.of([0.5, 2.0], transport=9, depot_lead=99, repaired_here=1, base_repair=[[1.0], [2.0]])
    found = expected_backorders(network, 0, [1, 3], method)[:, 0]  # type: ignore[arg-type]
    means = np.array([0.5, 4.0])
    alone = FamilyDemand(Poisson(), means, means).table(3, np.ones(2, dtype=np.int64))[1]
    assert found == pytest.approx([alone[1, 0], alone[3, 1]], abs=1e-9)


@given(
    rates=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4),
    transport=st.floats(0, 4),
    lead=st.floats(0, 6),
    share=st.floats(0, 1),
    stock=st.integers(0, 5),
)
def test_methods_agree_on_the_mean_and_in_order(
    rates: list[float], transport: float, lead: float, share: float, stock: int
) -> None:
    """All three have the same mean pipeline (EBO at no stock); METRIC has the fewest backorders."""
    network = Network.of(
        np.array(rates), transport=transport, depot_lead=lead, repaired_here=share, base_repair=transport / 2
    )
    metric, vari, exact = (backorder_table(network, stock, 8, method) for method in METHODS)  # type: ignore[arg-type]
    assert metric[0] == pytest.approx(exact[0], abs=1e-9)
    assert vari[0] == pytest.approx(exact[0], abs=1e-9)
    assert (metric <= exact + 1e-9).all()
    assert (np.diff(exact, axis=0) <= 1e-12).all()


def test_many_parts_at_once_are_as_one_by_one() -> None:
    """A column of parts gives what each gives alone, whatever stands beside it."""
    rng = np.random.default_rng(3)
    rates, lead, stock = rng.gamma(1, 0.3, (3, 20)), rng.uniform(0, 20, 20), rng.integers(0, 9, 20)
    together = backorder_table(Network.of(rates, transport=2, depot_lead=lead), stock, 6)
    for part in range(20):
        alone = backorder_table(Network.of(rates[:, part], transport=2, depot_lead=lead[part]), stock[part], 6)
        assert together[:, :, part] == pytest.approx(alone[:, :, 0], abs=1e-9)


def test_impossible_networks_are_refused() -> None:
    """Shares above one, negative stock and unknown methods are named."""
    with pytest.raises(ConfigError, match="0 to 1"):
        Network.of([1.0], transport=1, depot_lead=1, repaired_here=1.2)
    network = Network.of([1.0], transport=1, depot_lead=1)
    with pytest.raises(ConfigError, match="0 or more pieces"):
        expected_backorders(network, -1, 0)
    with pytest.raises(ConfigError, match="metric, vari_metric, exact"):
        expected_backorders(network, 0, 0, "palm")  # type: ignore[arg-type]
