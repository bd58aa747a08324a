"""Small histories, demands and oracles for the tests of the inventory wing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fieldops.inventory.demand.base import Interval, Table
from fieldops.inventory.history import DemandHistory

FIRST = date(2021, 1, 1)


def history_of(*series: list[float], period: str = "month") -> DemandHistory:
    """Give a history of parts P0, P1, ... at XA, one series each."""
    names = [f"P{at}" for at in range(len(series))]
    return DemandHistory.from_matrix(np.array(series), parts=names, places="XA", first=FIRST, period=period)  # type: ignore[arg-type]


def sparse_history(items: int, periods: int, seed: int = 1) -> DemandHistory:
    """Give random histories of every class: rare and frequent, single pieces and lumps."""
    rng = np.random.default_rng(seed)
    chance, size = rng.beta(0.6, 2.0, items), 1.0 + rng.exponential(3.0, items)
    counts = (rng.random((periods, items)) < chance) * rng.geometric(1.0 / size, (periods, items))
    return history_of(*counts.T.astype(float).tolist())


@dataclass(frozen=True)
class Tabled:
    """Demand with a given pmf of shape (values, items); shortages are summed directly."""

    pmf: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        return np.arange(len(self.pmf)) @ self.pmf

    @property
    def variance(self) -> NDArray[np.float64]:
        return np.arange(len(self.pmf)) ** 2 @ self.pmf - self.mean**2

    def table(self, upto: int, lot: NDArray[np.int64]) -> Table:
        values = np.arange(len(self.pmf))
        rows = [y * lot for y in range(upto + 1)]
        cdf = [((values[:, None] <= y) * self.pmf).sum(axis=0) for y in rows]
        short = [(np.maximum(values[:, None] - y, 0) * self.pmf).sum(axis=0) for y in rows]
        return np.array(cdf), np.array(short)

    def take(self, items: Any) -> Self:
        return replace(self, pmf=self.pmf[:, items])


def column(pmf: Any) -> Tabled:
    """Give one item's demand of a pmf."""
    return Tabled(np.asarray(pmf, dtype=float)[:, None])


def summed(pmf: Any, times: int) -> NDArray[np.float64]:
    """Distribution of the sum of `times` independent draws."""
    found = np.ones(1)
    for _ in range(times):
        found = np.convolve(found, pmf)
    return found


def independent(pmf: Any, lead: int, review: int) -> Interval:
    """Give the interval of one item whose periods are independent, each with this pmf."""
    return Interval(column(summed(pmf, lead)), column(summed(pmf, lead + review)), column(summed(pmf, review)))


def compound_poisson(mean: float, sizes: Any, upto: int) -> NDArray[np.float64]:
    """Distribution of a Poisson number of orders of given sizes (pmf on 0, 1, ...), by Adelson's recursion (1966)."""
    sizes = np.concatenate([sizes, np.zeros(upto + 1)])[: upto + 1]
    found = np.zeros(upto + 1)
    found[0] = np.exp(-mean * (1 - sizes[0]))
    for x in range(1, upto + 1):
        j = np.arange(1, x + 1)
        found[x] = mean / x * (j * sizes[j] * found[x - j]).sum()
    return found


def enumerated(pmf: Any, lead: int, review: int, point: int, quantity: int, kind: str) -> dict[str, float]:
    """Work a policy out by brute force: its Markov chain, and every pair of demands over L and T.

    The chain is that of the position after a look; no renewal theory, no loss functions.
    """
    before, during = summed(pmf, lead), summed(pmf, review)
    size = quantity  # positions point + 1 .. point + quantity
    chain = np.zeros((size, size))
    for at in range(size):
        for asked, chance in enumerate(during):
            position = point + 1 + at - asked
            if position <= point:
                if kind == "s,S":
                    position = point + quantity
                while position <= point:
                    position += quantity
            chain[at, position - point - 1] += chance
    steady = np.linalg.lstsq(
        np.vstack([chain.T - np.eye(size), np.ones(size)]), np.append(np.zeros(size), 1.0), rcond=None
    )[0]
    served = asked_mean = ready = short = shelf = 0.0
    for at, share in enumerate(steady):
        for first, p in enumerate(before):
            for asked, q in enumerate(during):
                weight, start = share * p * q, point + 1 + at - first
                end = start - asked
                served += weight * min(max(start, 0), asked)
                asked_mean += weight * asked
                ready += weight * (end > 0)
                short += weight * max(-end, 0)
                shelf += weight * max(end, 0)
    safe = sum(p * q for a, p in enumerate(before) for b, q in enumerate(during) if a + b <= point + 1)
    return {
        "fill_rate": served / asked_mean,
        "ready_rate": ready,
        "cycle_service": safe,
        "expected_backorders": short,
        "expected_on_hand": shelf,
    }
