"""Whom a stretch does without, by turns: fewer shifts do the work of all, or others step in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from fieldops.routing.solvers.search.arrays import FROZEN, KEPT, Model

DONE_WITHOUT: Final = 0.15  # of the shifts in use, where others step in


class Sparing:
    """Choose shifts that a plan does without for a while; never one with kept work, nor all there are.

    Parameters
    ----------
    model
        What is planned.
    seed
        Of the random choices.
    """

    def __init__(self, model: Model, seed: int) -> None:
        self._model, self._draws = model, np.random.default_rng(seed & (2**64 - 1))
        self._fewest = -1  # the turn of the shifts in use, from the one of the fewest jobs on

    def fewer(self, routes: Sequence[Sequence[int]]) -> list[int]:
        """Return one shift in use, those of the fewest jobs first, and all that are not in use."""
        used, idle = self._free(routes)
        if not used:
            return []
        self._fewest += 1
        return self._unless_all([used[self._fewest % len(used)], *idle])

    def others(self, routes: Sequence[Sequence[int]]) -> list[int]:
        """Return a few shifts in use, one at least, and of those not in use as many as chance has it."""
        used, idle = self._free(routes)
        if not used:
            return []
        some = self._drawn(used, DONE_WITHOUT) or [int(self._draws.choice(used))]
        return self._unless_all(some + self._drawn(idle, self._draws.random()))

    def _free(self, routes: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
        """Return the shifts in use without kept work, those of the fewest jobs first, and those not in use."""
        free = [shift for shift, jobs in enumerate(routes) if not self._model.job[jobs, KEPT].any()]
        used = sorted((shift for shift in free if routes[shift]), key=lambda shift: len(routes[shift]))
        return used, [shift for shift in free if not routes[shift]]

    def _drawn(self, shifts: Sequence[int], chance: float) -> list[int]:
        return [shift for shift, drawn in zip(shifts, self._draws.random(len(shifts)), strict=True) if drawn < chance]

    def _unless_all(self, spared: list[int]) -> list[int]:
        """Return them, or none where nobody would be left to do the work."""
        working = self._model.shift[:, FROZEN] == 0
        working[spared] = False
        return spared if working.any() else []
