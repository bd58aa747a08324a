r"""Guaranteed service: where in a tree of stages safety stock belongs, for fast movers and central stores.

Each stage quotes its customers a time S within which it serves for certain while demand stays within its bound, and
waits SI, the longest of its suppliers' times, for its input. With a processing time T it must cover the net lead
time SI + T - S and holds k sigma sqrt(SI + T - S) of safety stock, at a cost of h a piece. Demand that the bound leaves
out is handled otherwise (overtime, another's stock); for slow movers, whose demand has no useful bound, there is
`network`.

.. math:: \min \sum_j h_j k \sigma_j \sqrt{SI_j + T_j - S_j}, \qquad SI_j \ge S_i \;(i \to j), \quad
          0 \le S_j \le SI_j + T_j,

S at most what customers outside are promised. On a tree dynamic programming solves it exactly (Simpson 1958; Graves and
Willems 2000, Manufacturing & Service Operations Management 2).
Standard deviations add up as for independent demand: sigma_i^2 is the sum over the customers of i.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats


@dataclass(frozen=True)
class Stage:
    """One stage of a tree.

    Parameters
    ----------
    time
        Processing (or transport) time in whole periods.
    holding
        Money a piece of safety stock and period.
    suppliers
        Names of the stages that feed it.
    sd
        Standard deviation of the demand from outside per period; 0 where nobody outside asks.
    promised
        Longest time customers outside may be quoted; None where nobody outside asks.
    waits
        Time that suppliers from outside quote.
    """

    time: int
    holding: float
    suppliers: tuple[str, ...] = ()
    sd: float = 0.0
    promised: int | None = None
    waits: int = 0


@dataclass(frozen=True)
class Tree:
    """Stages by name whose links form a tree, and the factor k of the demand bound.

    Raises
    ------
    ConfigError
        For an unknown supplier, links that are no tree, or an impossible number.
    """

    stages: Mapping[str, Stage]
    factor: float = 1.0

    def __post_init__(self) -> None:
        unknown = sorted({one for one, _ in self.links} - set(self.stages))
        if unknown:
            raise ConfigError(f"supplier {unknown[0]!r} is no stage")
        if not self.stages or len(self.links) != len(self.stages) - 1 or len(self.order) != len(self.stages):
            raise ConfigError(
                "the stages and their suppliers don't form a tree: one link fewer than stages, all joined"
            )
        for name, stage in self.stages.items():
            if min(stage.time, stage.holding, stage.sd, stage.waits, stage.promised or 0) < 0:
                raise ConfigError(f"stage {name!r}: times, costs and deviations are 0 or more")

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        """Every supplier with whom it feeds."""
        return [(one, name) for name, stage in self.stages.items() for one in stage.suppliers]

    @cached_property
    def order(self) -> list[tuple[str, str | None]]:
        """Each stage with the neighbour nearer to the root, root first."""
        near: dict[str, list[str]] = {name: [] for name in self.stages}
        for one, other in self.links:
            near[one].append(other)
            near[other].append(one)
        found: list[tuple[str, str | None]] = [(next(iter(self.stages)), None)]
        for name, parent in found:
            found += [(other, name) for other in near[name] if other != parent]
            if len(found) > len(self.stages):
                break
        return found

    @cached_property
    def deviations(self) -> dict[str, float]:
        """Standard deviation of each stage's demand, that of its customers included."""

        def variance(name: str) -> float:
            return self.stages[name].sd ** 2 + sum(variance(two) for one, two in self.links if one == name)

        return {name: float(np.sqrt(variance(name))) for name in self.stages}

    def longest(self, name: str) -> int:
        """Longest time a stage could ever quote: all the processing on the way to it."""
        stage = self.stages[name]
        return stage.time + max([stage.waits, *(self.longest(one) for one in stage.suppliers)])


@dataclass(frozen=True)
class Quotes:
    """Service times of least cost.

    Attributes
    ----------
    quoted, inbound, safety_stock
        S, SI and pieces, by stage.
    cost
        Of all safety stock per period.
    """

    quoted: dict[str, int]
    inbound: dict[str, int]
    safety_stock: dict[str, float]
    cost: float


def least_cost_quotes(tree: Tree) -> Quotes:
    """Find the service times whose safety stock costs least.

    Examples
    --------
    A part maker feeds an assembly, which feeds a shop promised at once and one promised in a period (Snyder and Shen
    2019, example 6.5; published cost 8.28):

    >>> tree = Tree({
    ...     "maker": Stage(2, 1, waits=1), "assembly": Stage(1, 2, ("maker",)),
    ...     "shop": Stage(1, 3, ("assembly",), sd=1, promised=0),
    ...     "web": Stage(1, 3, ("assembly",), sd=1, promised=1)})
    >>> found = least_cost_quotes(tree)
    >>> round(found.cost, 4), found.quoted
    (8.2779, {'maker': 0, 'assembly': 0, 'shop': 0, 'web': 1})
    """
    top = max(tree.longest(name) for name in tree.stages) + 1
    below: dict[str, Floats] = {}  # cost of a stage's branch by the time on its link to the parent
    tables: dict[str, Floats] = {}  # cost of a stage and all beyond it by (SI, S)
    for name, parent in reversed(tree.order):
        table = _own(tree, name, top)
        for one, near in tree.order:
            if near != name:
                continue
            # A supplier that quotes no more than SI, or a customer that waits for at least S.
            table = table + (below[one][:, None] if (one, name) in tree.links else below[one][None, :])
        tables[name] = table
        if parent is None:
            continue
        # By what it quotes, at most so much; or by what it waits for, at least so much.
        if (name, parent) in tree.links:
            below[name] = np.minimum.accumulate(table.min(axis=0))
        else:
            below[name] = np.minimum.accumulate(table.min(axis=1)[::-1])[::-1]
    return _read(tree, tables)


def _own(tree: Tree, name: str, top: int) -> Floats:
    """Cost of the stage's own safety stock by (SI, S), infinite where that is impossible."""
    stage = tree.stages[name]
    inbound, quoted = np.arange(top)[:, None], np.arange(top)[None, :]
    net = inbound + stage.time - quoted
    allowed = (net >= 0) & (inbound >= stage.waits)
    if stage.promised is not None:
        allowed &= quoted <= stage.promised
    cost = stage.holding * tree.factor * tree.deviations[name] * np.sqrt(np.maximum(net, 0))
    return np.where(allowed, cost, np.inf)


def _read(tree: Tree, tables: Mapping[str, Floats]) -> Quotes:
    """Walk from the root and take each stage's best pair given its neighbour's."""
    quoted: dict[str, int] = {}
    inbound: dict[str, int] = {}
    for name, parent in tree.order:
        table = tables[name].copy()
        if parent is not None and (name, parent) in tree.links:
            table[:, inbound[parent] + 1 :] = np.inf
        elif parent is not None:
            table[: quoted[parent]] = np.inf
        best = np.unravel_index(int(table.argmin()), table.shape)
        inbound[name], quoted[name] = int(best[0]), int(best[1])
    net = {name: inbound[name] + tree.stages[name].time - quoted[name] for name in tree.stages}
    held = {name: float(tree.factor * tree.deviations[name] * np.sqrt(net[name])) for name in tree.stages}
    return Quotes(quoted, inbound, held, float(sum(tree.stages[name].holding * held[name] for name in tree.stages)))
