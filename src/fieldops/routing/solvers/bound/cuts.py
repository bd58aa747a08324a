"""Which subset-row cuts a mix of days violates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from fieldops.routing.solvers.bound.master import Floats, Triple

LEAST: Final = 0.02
AT_ONCE: Final = 60
OF_JOB: Final = 6  # cuts of one round that may count the same job


def violated(days: Sequence[tuple[int, ...]], mix: Floats, jobs: int) -> list[Triple]:
    """Return triples of jobs of which the days that do two at least come to more than one, the worst first."""
    pairs = np.zeros((jobs, jobs))
    whole: dict[Triple, float] = {}
    for day, share in zip(days, mix.tolist(), strict=True):
        own = sorted(set(day))
        for a, b in combinations(own, 2):
            pairs[a, b] += share
            pairs[b, a] += share
        for a, b, c in combinations(own, 3):
            whole[a, b, c] = whole.get((a, b, c), 0.0) + share
    found: dict[Triple, float] = {}
    near = [np.flatnonzero(row) for row in pairs]
    for a in range(jobs):
        for b in near[a].tolist():
            for c in {*near[a].tolist(), *near[b].tolist()} - {a, b}:
                triple = tuple(sorted((a, b, c)))
                if triple not in found:
                    i, j, k = triple
                    excess = pairs[i, j] + pairs[i, k] + pairs[j, k] - 2 * whole.get((i, j, k), 0.0) - 1
                    found[i, j, k] = excess
    worst = sorted((-excess, triple) for triple, excess in found.items() if excess > LEAST)
    counted = np.zeros(jobs, np.int64)
    chosen = []
    for _, triple in worst:
        if (counted[list(triple)] < OF_JOB).all():
            counted[list(triple)] += 1
            chosen.append(triple)
    return chosen[:AT_ONCE]
