"""Tools and parts: what orders need, what a van carries, what depots hold; the account of one day.

A *kind* is one part number or one tool. Parts are used up; tools last. A day's account runs in the order of
its stops: what an order needs comes from the van; what the van lacks comes from the depot where the van
was loaded in the morning; after a restock stop, from that depot first. Whatever a depot has to give for
that is drawn from its pool, and the draws of all days together may not exceed it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

ENDLESS: Final = 2**60
NOWHERE: Final = -1


@dataclass(frozen=True, slots=True)
class Account:
    """What one day lacks and draws.

    Attributes
    ----------
    lacking
        (job, kind, pieces) for each need that neither the van nor a depot meets.
    drawn
        Pieces by (depot, kind).
    stops
        How often the day restocks.
    """

    lacking: tuple[tuple[int, int, int], ...]
    drawn: Counter[tuple[int, int]]
    stops: int


@dataclass(slots=True)
class Stock:
    """The needs of `n` jobs, what `m` shifts carry, what `d` depots hold.

    Attributes
    ----------
    kinds
        Number of each kind by its name.
    lasts : list of bool
        Whether the kind is a tool, which is not used up.
    needs : list of n dicts
        Pieces by kind.
    carried : list of m dicts
        Pieces by kind in the van before it is loaded.
    pools : list of d dicts
        Pieces by kind that all shifts may draw together, or `ENDLESS`.
    loads : int64 (m,)
        Depot at which the van is loaded in the morning with what the day needs, or -1.
    restocks : bool (m, d)
        Whether the shift may stop at the depot, once a day.
    """

    jobs: int
    shifts: int
    depots: int
    kinds: dict[str, int] = field(default_factory=dict)
    lasts: list[bool] = field(default_factory=list)
    needs: list[dict[int, int]] = field(init=False)
    carried: list[dict[int, int]] = field(init=False)
    pools: list[dict[int, int]] = field(init=False)
    loads: np.ndarray = field(init=False)
    restocks: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.needs = [{} for _ in range(self.jobs)]
        self.carried = [{} for _ in range(self.shifts)]
        self.pools = [{} for _ in range(self.depots)]
        self.loads = np.full(self.shifts, NOWHERE, np.int64)
        self.restocks = np.zeros((self.shifts, self.depots), bool)

    def number(self, kind: str, lasts: bool) -> int:
        """Return the number of a kind, a new one if it wasn't named before."""
        if kind not in self.kinds:
            self.kinds[kind] = len(self.kinds)
            self.lasts.append(lasts)
        if self.lasts[self.kinds[kind]] != lasts:
            raise ValueError(f"{kind!r} is a tool for one rule and a part for another")
        return self.kinds[kind]

    def account(self, shift: int, tokens: Sequence[int]) -> Account:
        """Return the account of a day: `tokens` below `jobs` are jobs, the next `depots` are restock stops."""
        lacking: list[tuple[int, int, int]] = []
        drawn: Counter[tuple[int, int]] = Counter()
        left = dict(self.carried[shift])
        sources = [int(self.loads[shift])] if self.loads[shift] != NOWHERE else []
        stops = 0
        for token in tokens:
            if self.jobs <= token < self.jobs + self.depots:
                sources = [token - self.jobs, *sources]
                stops += 1
            for kind, pieces in self.needs[token].items() if token < self.jobs else ():
                have = left.get(kind, 0)
                missing = max(0, pieces - have)
                source = next((depot for depot in sources if self.pools[depot].get(kind)), NOWHERE)
                if not self.lasts[kind]:
                    left[kind] = max(0, have - pieces)
                elif source != NOWHERE:
                    left[kind] = max(have, pieces)
                if missing and source == NOWHERE:
                    lacking.append((token, kind, missing))
                elif missing:
                    drawn[source, kind] += missing
        return Account(tuple(lacking), drawn, stops)

    def overdrawn(self, accounts: Sequence[Account]) -> dict[tuple[int, int], int]:
        """Return by how many pieces days together draw more than a pool holds, by (depot, kind)."""
        drawn: Counter[tuple[int, int]] = Counter()
        for account in accounts:
            drawn.update(account.drawn)
        return {
            (depot, kind): pieces - self.pools[depot][kind]
            for (depot, kind), pieces in sorted(drawn.items())
            if pieces > self.pools[depot][kind]
        }
