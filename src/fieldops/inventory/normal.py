r"""Textbook policies for normal lead-time demand: what fast movers and spreadsheets use, and what the exact ones beat.

With X ~ N(m, sd^2) the demand over the lead time, z = (y - m)/sd and phi, Phi of the standard normal distribution,

.. math:: n(y) = E(X-y)^+ = sd\,[\varphi(z) - z(1-\Phi(z))], \qquad
          n_2(y) = \int_y^\infty n = \tfrac12 sd^2\,[(z^2+1)(1-\Phi(z)) - z\varphi(z)].

Normal demand can be negative and has no heavy tail: for parts of fewer than some ten pieces a lead time, or of lumps,
take `policy` and `optimal`, which are exact. Every argument is a number or an array; they broadcast. Units of time and
money are the caller's, the same throughout: `rate` pieces a period, `holding` money per piece and period, `order` money
per order. The waiting cost is per piece and period (`backorder`) or per piece, however long (`shortage`).

Sources: Hadley and Whitin 1963, Analysis of Inventory Systems, ch. 4; Zipkin 2000, Foundations of Inventory Management,
sec. 6.2; Snyder and Shen 2019, Fundamentals of Supply Chain Theory, ch. 4 and 5; Nahmias, Production and Operations
Analysis, ch. 5; Ehrhardt and Mosier 1984, Management Science 30.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats

STEPS: Final = 300
"""A search that has not settled by then never will."""


def expected_shortage(level: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Work out n(y), pieces short of normal demand.

    >>> float(expected_shortage(100, 100, 25).round(4))
    9.9736
    """
    y, m, s = _floats(level, mean, sd)
    return np.asarray(s * _loss((y - m) / s))


def newsvendor(mean: ArrayLike, sd: ArrayLike, *, holding: ArrayLike, backorder: ArrayLike) -> tuple[Floats, Floats]:
    """Find the stock for one period that costs least, P(X <= S) = p/(h + p), and its cost (h + p) sd phi(z).

    >>> stock, cost = newsvendor(50, 8, holding=0.18, backorder=0.7)
    >>> float(stock.round(4)), float(cost.round(4))
    (56.604, 1.9976)
    """
    (m, s), (h, p) = _floats(mean, sd), _positive(holding=holding, backorder=backorder)
    z = ndtri(p / (h + p))
    return np.asarray(m + s * z), np.asarray((h + p) * s * _density(z))


def lead_time_demand(rate: ArrayLike, sd: ArrayLike, lead: ArrayLike, lead_sd: ArrayLike) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the demand over a lead time that varies itself: d L, sqrt(L sd^2 + d^2 sd_L^2).

    >>> mean, deviation = lead_time_demand(50, 5, 6, 2)
    >>> float(mean), float(deviation.round(3))
    (300.0, 100.747)
    """
    d, s, time, varying = _floats(rate, sd, lead, lead_sd)
    return np.asarray(d * time), np.sqrt(time * s**2 + d**2 * varying**2)


def point_for_cycle_service(mean: ArrayLike, sd: ArrayLike, target: ArrayLike) -> Floats:
    """Find the reorder point with P(X <= r) = target, type 1 service: m + z sd.

    >>> float(point_for_cycle_service(100, 25, 0.98).round(2))
    151.34
    """
    m, s = _floats(mean, sd)
    return np.asarray(m + s * ndtri(_rate(target)))


def point_for_fill(mean: ArrayLike, sd: ArrayLike, target: ArrayLike, quantity: ArrayLike) -> Floats:
    """Find the reorder point with n(r) = (1 - target) Q, type 2 service of orders of Q.

    What is still short when the next order comes counts twice, so that it errs to the safe side where Q is small beside
    the demand of a lead time; `policy.least_reorder_point` doesn't.

    >>> float(point_for_fill(100, 25, 0.98, 100).round(1))
    125.5
    """
    (m, s), (q,) = _floats(mean, sd), _positive(quantity=quantity)
    return np.asarray(m + s * _inverse_loss((1 - _rate(target)) * q / s))


def r_Q_for_fill(  # noqa: N802
    mean: ArrayLike, sd: ArrayLike, target: ArrayLike, *, rate: ArrayLike, order: ArrayLike, holding: ArrayLike
) -> tuple[Floats, Floats]:
    """Find r and Q of least cost that reach a type 2 service together (Nahmias ch. 5).

    n(r) = (1 - target) Q and Q = a + sqrt(a^2 + 2 K d / h) with a = n(r)/(1 - Phi(z)), solved in turn from Q = EOQ.

    >>> point, quantity = r_Q_for_fill(100, 25, 0.98, rate=200, order=50, holding=2)
    >>> float(point.round()), float(quantity.round())
    (124.0, 114.0)
    """
    (s,), (d, k, h) = _floats(sd), _positive(rate=rate, order=order, holding=holding)
    missed = 1 - _rate(target)

    def step(q: Floats) -> Floats:
        z = _inverse_loss(missed * q / s)
        a = missed * q / ndtr(-z)
        return np.asarray(a + np.sqrt(a**2 + 2 * k * d / h))

    quantity = _settled(step, np.sqrt(2 * k * d / h) + 0.0 * missed)
    return point_for_fill(mean, sd, target, quantity), quantity


def r_Q_by_shortage(  # noqa: N802
    mean: ArrayLike, sd: ArrayLike, *, rate: ArrayLike, order: ArrayLike, holding: ArrayLike, shortage: ArrayLike
) -> tuple[Floats, Floats]:
    """Find r and Q where each piece short costs once: P(X > r) = Q h/(p d), Q = sqrt(2 d (K + p n(r))/h).

    Hadley and Whitin's iteration (1963, sec. 4-4), the expected-inventory-level approximation of Snyder and Shen.

    >>> point, quantity = r_Q_by_shortage(100, 25, rate=200, order=50, holding=2, shortage=25)
    >>> float(point.round(1)), float(quantity.round(1))
    (142.6, 110.8)

    Raises
    ------
    ConfigError
        If a piece short is so cheap that none should be stocked (Q h >= p d).
    """
    m, s = _floats(mean, sd)
    d, k, h, p = _positive(rate=rate, order=order, holding=holding, shortage=shortage)

    def point_of(q: Floats) -> Floats:
        if (q * h >= p * d).any():
            raise ConfigError("a piece short costs less than keeping one: no reorder point is best, whatever the order")
        return np.asarray(m - s * ndtri(q * h / (p * d)))

    quantity = _settled(
        lambda q: np.sqrt(2 * d * (k + p * expected_shortage(point_of(q), m, s)) / h), np.sqrt(2 * k * d / h)
    )
    return point_of(quantity), quantity


def r_Q_by_waiting(  # noqa: N802
    mean: ArrayLike, sd: ArrayLike, *, rate: ArrayLike, order: ArrayLike, holding: ArrayLike, backorder: ArrayLike
) -> tuple[Floats, Floats]:
    """Find r and Q where waiting costs by time: n(r) = h Q/(h + p), Q = sqrt(2 (K d + (h + p) n2(r))/h).

    The loss-function approximation (Zipkin 2000, sec. 6.2): what is short beyond the position r + Q is left out.

    >>> year = {"rate": 1300, "order": 8, "holding": 0.225, "backorder": 7.5}
    >>> point, quantity = r_Q_by_waiting(1300 / 12, 150 / 12**0.5, **year)
    >>> float(point.round(2)), float(quantity.round(2))
    (126.87, 328.45)
    """
    m, s = _floats(mean, sd)
    d, k, h, p = _positive(rate=rate, order=order, holding=holding, backorder=backorder)

    def z_of(q: Floats) -> Floats:
        return _inverse_loss(h * q / (h + p) / s)

    quantity = _settled(
        lambda q: np.sqrt(2 * (k * d + (h + p) * s**2 * _second_loss(z_of(q))) / h), np.sqrt(2 * k * d / h)
    )
    return np.asarray(m + s * z_of(quantity)), quantity


def r_Q_cost(  # noqa: N802
    point: ArrayLike,
    quantity: ArrayLike,
    mean: ArrayLike,
    sd: ArrayLike,
    *,
    rate: ArrayLike,
    order: ArrayLike,
    holding: ArrayLike,
    backorder: ArrayLike,
) -> Floats:
    """Cost per period of an (r, Q) policy, exact for normal demand: (K d + integral of G from r to r + Q)/Q.

    G(y) = h (y - m) + (h + p) n(y), its integral in closed form by n2.

    >>> year = {"rate": 1300, "order": 8, "holding": 0.225, "backorder": 7.5}
    >>> float(r_Q_cost(126.8, 328.5, 1300 / 12, 150 / 12**0.5, **year).round(3))
    78.071
    """
    d, k, h, p, q = _positive(rate=rate, order=order, holding=holding, backorder=backorder, quantity=quantity)
    r, m, s = _floats(point, mean, sd)
    low = (r - m) / s
    short = s**2 * (_second_loss(low) - _second_loss(low + q / s))
    held = h * q * (r + q / 2 - m)
    return np.asarray((k * d + held + (h + p) * short) / q)


def s_S_by_power(  # noqa: N802
    mean: ArrayLike,
    sd: ArrayLike,
    *,
    order: ArrayLike,
    holding: ArrayLike,
    backorder: ArrayLike,
    lead: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """Approximate the cheapest (s, S) of a review every period by powers (Ehrhardt and Mosier 1984), for comparison.

    `mean` and `sd` are of one period's demand, `lead` the lead time in periods.

    >>> s, full = s_S_by_power(50, 8, order=2.5, holding=0.18, backorder=0.7)
    >>> float(s.round(2)), float(full.round(2))
    (40.19, 74.29)
    """
    m, k, h, p = _positive(mean=mean, order=order, holding=holding, backorder=backorder)
    time, s = _floats(lead, sd)
    over, deviation = (time + 1) * m, np.sqrt(time + 1) * s
    quantity = 1.30 * m**0.494 * (k / h) ** 0.506 * (1 + (deviation / m) ** 2) ** 0.116
    z = np.sqrt(quantity / (deviation * p / h))
    point = 0.973 * over + deviation * (0.183 / z + 1.063 - 2.192 * z)
    return np.asarray(point), np.asarray(point + quantity)


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))


def _loss(z: Floats) -> Floats:
    return np.asarray(_density(z) - z * ndtr(-z))


def _second_loss(z: Floats) -> Floats:
    return np.asarray(0.5 * ((z**2 + 1) * ndtr(-z) - z * _density(z)))


def _inverse_loss(value: Floats) -> Floats:
    """Find z with loss(z) = value: Newton's steps from the left never overshoot, since the loss is convex."""
    z = -np.asarray(value, dtype=np.float64)
    for _ in range(100):
        step = (_loss(z) - value) / ndtr(-z)
        z = z + step
        if (np.abs(step) <= 1e-13 * (1 + np.abs(z))).all():
            break
    return z


def _settled(step: Callable[[Floats], Floats], start: Floats) -> Floats:
    """Repeat a step until it changes nothing any more."""
    now = start
    for _ in range(STEPS):
        before, now = now, step(now)
        if (np.abs(now - before) <= 1e-12 * np.abs(now)).all():
            return now
    raise ConfigError("r and Q don't settle: at such a target or cost it pays to let everybody wait; see `optimal`")


def _floats(*values: ArrayLike) -> list[Floats]:
    return [np.asarray(value, dtype=np.float64) for value in values]


def _positive(**stated: ArrayLike) -> list[Floats]:
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in stated.items()}
    bad = [name for name, array in arrays.items() if not (np.isfinite(array) & (array > 0)).all()]
    if bad:
        raise ConfigError(f"{' and '.join(bad)}: above 0")
    return list(arrays.values())


def _rate(target: ArrayLike) -> Floats:
    rate = np.asarray(target, dtype=np.float64)
    if not ((rate > 0) & (rate < 1)).all():
        raise ConfigError("a target is a rate above 0 and below 1, e.g. 0.95")
    return rate
