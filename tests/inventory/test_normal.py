"""Textbook policies for normal demand: published answers, and that each is what it claims to be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm

from fieldops.errors import ConfigError
from fieldops.inventory import normal
from tests.inventory.answers import rows_of

costs = {"rate": st.floats(10, 2000), "order": st.floats(1, 100), "holding": st.floats(0.1, 5)}


def test_known_answers_of_normal_policies(bench_data: Path) -> None:
    """Rows K030 to K035 and K040 to K043 of the file: Snyder and Shen, Ehrhardt and Mosier, Nahmias."""
    rows = rows_of(bench_data)

    def year(i: dict[str, Any]) -> dict[str, Any]:
        return {"rate": i["lam"], "order": i["K"], "holding": i["h"]}

    def lead(i: dict[str, Any]) -> tuple[float, float]:
        return (i["mean"], i["sd"]) if "mean" in i else (i["lam"] * i["L"], i["tau"] * i["L"] ** 0.5)

    def exact(i: dict[str, Any]) -> Any:
        return normal.r_Q_cost(i["r"], i["Q"], *lead(i), **year(i), backorder=i["p"])

    def type_2(i: dict[str, Any]) -> Any:
        point = normal.point_for_fill(i["mean"], i["sd"], i["beta"], i["Q"])
        return normal.expected_shortage(point, i["mean"], i["sd"]), point

    found: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
        "K030": ("", exact),
        "K031": ("", exact),
        "K032": ("r Q", lambda i: normal.r_Q_by_shortage(*lead(i), **year(i), shortage=i["p"])),
        "K033": ("r Q", lambda i: normal.r_Q_by_waiting(*lead(i), **year(i), backorder=i["p"])),
        "K034": (
            "s S",
            lambda i: normal.s_S_by_power(i["mean"], i["sd"], order=i["K"], holding=i["h"], backorder=i["p"]),
        ),
        "K035": ("S cost", lambda i: normal.newsvendor(i["mean"], i["sd"], holding=i["h"], backorder=i["p"])),
        "K040": ("", lambda i: normal.point_for_cycle_service(i["mean"], i["sd"], i["alpha"])),
        "K041": ("n_R R", type_2),
        "K042": ("R Q", lambda i: normal.r_Q_for_fill(*lead(i), i["beta"], **year(i))),
        "K043": ("R Q", lambda i: normal.r_Q_by_shortage(*lead(i), **year(i), shortage=i["p"])),
    }
    for key, (names, function) in found.items():
        answer, expected = function(rows[key]["inputs"]), rows[key]["expected"]
        stated = expected if not names else [expected[name] for name in names.split()]
        assert answer == pytest.approx(stated, abs=rows[key]["tolerance"]), key


def test_known_answers_of_varying_lead_times(bench_data: Path) -> None:
    """Row K092: sqrt(L sd^2 + d^2 sd_L^2) squares, it does not xor (inventorize 1.2.6: 71.78 instead of 100.75)."""
    row = rows_of(bench_data)["K092"]
    i = row["inputs"]
    mean, sd = normal.lead_time_demand(i["d"], i["sd_d"], i["L"], i["sd_L"])
    point = normal.point_for_cycle_service(mean, sd, i["csl"])
    assert {"sigma": sd, "ROP": point} == pytest.approx(row["expected"], abs=row["tolerance"])


def test_squares_are_squares() -> None:
    """Demand 50 +- 5 a day, lead time 6 +- 2 days: sigma is 100.75, not 71.78 as where ^ is taken for a power."""
    assert normal.lead_time_demand(50, 5, 6, 2)[1] == pytest.approx((6 * 25 + 2500 * 4) ** 0.5, rel=1e-12)


def test_shortages_are_integrals() -> None:
    """The shortage and its integral agree with numerical integration, far into both tails."""
    x = np.linspace(-40, 60, 400_001)
    density = norm.pdf(x, 3, 2)
    for level in (-9.0, 0.0, 3.0, 11.0):
        over = np.maximum(x - level, 0)
        assert normal.expected_shortage(level, 3, 2) == pytest.approx(np.trapezoid(over * density, x), abs=1e-7)
        second = np.trapezoid(over**2 / 2 * density, x)
        assert 4 * normal._second_loss(np.asarray((level - 3) / 2)) == pytest.approx(second, abs=1e-7)


@given(value=st.floats(1e-12, 1e3))
def test_the_loss_is_inverted(value: float) -> None:
    """Whatever the shortage asked for, the level found has it."""
    z = normal._inverse_loss(np.asarray(value))
    assert float(normal._loss(z)) == pytest.approx(value, rel=1e-7)


@given(**costs, backorder=st.floats(1, 50), spread=st.floats(0.05, 0.3))
def test_no_r_Q_is_cheaper_by_much(rate: float, order: float, holding: float, backorder: float, spread: float) -> None:
    """The loss-function approximation lies within 5 % of the least exact cost, found by plain minimisation."""
    mean, sd = rate / 10, spread * rate / 10
    year = {"rate": rate, "order": order, "holding": holding, "backorder": backorder * holding}
    point, quantity = normal.r_Q_by_waiting(mean, sd, **year)
    cost = normal.r_Q_cost(point, quantity, mean, sd, **year)
    best = minimize(
        lambda x: float(normal.r_Q_cost(x[0], np.exp(x[1]), mean, sd, **year)),
        [float(point), float(np.log(quantity))],
        method="Nelder-Mead",
    )
    assert best.fun <= cost * (1 + 1e-9)
    assert cost <= 1.05 * best.fun


@given(**costs, target=st.floats(0.9, 0.995))
def test_type_2_service_is_reached(rate: float, order: float, holding: float, target: float) -> None:
    """The r and Q found together leave (1 - target) Q short, and Q is no less than the economic order."""
    mean, sd = rate / 10, rate / 40
    point, quantity = normal.r_Q_for_fill(mean, sd, target, rate=rate, order=order, holding=holding)
    assert normal.expected_shortage(point, mean, sd) == pytest.approx((1 - target) * quantity, rel=1e-6)
    assert quantity >= np.sqrt(2 * rate * order / holding) * (1 - 1e-9)


def test_whole_columns_are_as_one_by_one() -> None:
    """Arrays broadcast: a column gives what its items give alone."""
    order = np.array([5.0, 50, 500])
    together = normal.r_Q_by_waiting(100, 25, rate=200, order=order, holding=2, backorder=25)
    for at, one in enumerate(order):
        alone = normal.r_Q_by_waiting(100, 25, rate=200, order=one, holding=2, backorder=25)
        assert [values[at] for values in together] == pytest.approx([float(value) for value in alone], rel=1e-9)


def test_impossible_arguments_are_named() -> None:
    """Costs of nothing, targets of one and pieces that are cheaper short are refused in words."""
    with pytest.raises(ConfigError, match="holding"):
        normal.newsvendor(1, 1, holding=0, backorder=1)
    with pytest.raises(ConfigError, match="below 1"):
        normal.point_for_cycle_service(1, 1, 1.0)
    with pytest.raises(ConfigError, match="costs less than keeping one"):
        normal.r_Q_by_shortage(100, 25, rate=200, order=50, holding=2, shortage=0.1)
    with pytest.raises(ConfigError, match="don't settle"):
        normal.r_Q_for_fill(1.0, 0.25, 0.5, rate=10, order=1, holding=1)
