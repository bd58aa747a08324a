"""Supersession: which part took the place of which, so that history follows the successor.

A chain P1 -> P2 -> P3 leads to its last part: the demand of all three is the demand of P3, each piece times the pieces
of the successor that replace it. Chains may join (several parts with one successor); they may not go in a circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import Fault, TableError
from fieldops.inventory.history import DemandHistory, Life, Names, as_names

CYCLE: Final = "supersession-cycle"
MISSING: Final = "unknown-successor"


@dataclass(frozen=True, eq=False)
class Succession:
    """Where each part's demand goes.

    Attributes
    ----------
    ids
        The parts.
    last
        Position of the last successor of each, its own where there is none, shape (parts,).
    factor
        Pieces of the last successor that replace one piece, shape (parts,).
    following
        Position of the direct successor, -1 where there is none, shape (parts,).

    Examples
    --------
    >>> chain = Succession.of(["P1", "P2", "P3"], ["P2", "P3", ""], ratio=[1, 2, 1])
    >>> chain.ids[chain.last].tolist(), chain.factor.tolist()
    (['P3', 'P3', 'P3'], [2.0, 2.0, 1.0])
    """

    ids: Names
    last: NDArray[np.int64]
    factor: NDArray[np.float64]
    following: NDArray[np.int64]

    @classmethod
    def of(cls, ids: Sequence[str] | Names, successors: Sequence[str] | Names, ratio: ArrayLike = 1.0) -> Succession:
        """Follow every chain to its end.

        Parameters
        ----------
        ids, successors
            One entry a part; no successor: empty.
        ratio
            Pieces of the direct successor that replace one piece, above 0; one for all or one a part.

        Raises
        ------
        TableError
            With a fault for every successor that is no part, every part in a circle and every impossible ratio.
        """
        names, nexts = as_names(ids), as_names(successors)
        share = np.broadcast_to(np.asarray(ratio, dtype=np.float64), len(names))
        faults = [
            Fault(
                "parts", None, "successor_ratio", "bad-value", f"{share[at]} is no ratio above 0", "mend it", names[at]
            )
            for at in np.flatnonzero(~(np.isfinite(share) & (share > 0)))
        ]
        faults += [
            Fault("parts", None, "successor", code, cause, action, names[at])
            for at, code, cause, action in faulty(names, nexts)
        ]
        if faults:
            raise TableError(faults)
        following = _positions(names, nexts)
        last, factor = np.where(following >= 0, following, np.arange(len(names))), np.where(following >= 0, share, 1.0)
        # Each step doubles the length that is followed, so a chain of a thousand parts takes ten.
        while (last[last] != last).any():
            last, factor = last[last], factor * factor[last]
        return cls(names, last, factor, following)

    @property
    def superseded(self) -> NDArray[np.bool_]:
        """Which parts have a successor."""
        return self.following >= 0

    def positions(self, parts: Names) -> NDArray[np.int64]:
        """Find parts; -1 for those that are not here."""
        import pandas as pd

        return np.asarray(pd.Index(self.ids).get_indexer(pd.Index(parts)), dtype=np.int64)

    def heirs(self, parts: Names) -> tuple[Names, NDArray[np.float64]]:
        """Give each part's last successor (itself if it is not here or has none) and the pieces that replace one."""
        at = self.positions(parts)
        known = at >= 0
        if not len(self.ids):
            return parts, np.ones(len(parts))
        return np.where(known, self.ids[self.last[at]], parts), np.where(known, self.factor[at], 1.0)

    def earliest(self, days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """Give each part's first day, counting that of its predecessors; NaT where one of them was always there."""
        found = days.astype("datetime64[D]").copy()
        known = np.where(np.isnat(found), np.iinfo(np.int64).min, found.astype(np.int64))
        np.minimum.at(known, self.last, known.copy())
        return np.where(known == np.iinfo(np.int64).min, np.datetime64("NaT", "D"), known.astype("datetime64[D]"))

    def follow(self, history: DemandHistory) -> DemandHistory:
        """Move the demand of superseded parts to their last successors, place by place.

        A successor that has no item at a place gets one. A period in which predecessor and successor were both observed
        adds up; where only one was, it alone counts. What is known of stock-outs is dropped for the items that took
        demand over: a predecessor's empty shelf says nothing of its successor's.
        """
        import pandas as pd

        names, factor = self.heirs(history.parts)
        both = pd.MultiIndex.from_arrays([[*history.parts, *names], [*history.places] * 2])
        code, keys = both.factorize(sort=True)
        own, goes = code[: history.n_items], code[history.n_items :]
        counts = np.full((history.n_periods, len(keys)), np.nan)
        shares = None if history.in_stock is None else np.ones(counts.shape, dtype=np.float32)
        for period, row in enumerate(history.counts):
            seen = np.isfinite(row)
            total = np.bincount(goes, np.where(seen, row * factor, 0.0), minlength=len(keys))
            counts[period] = np.where(np.bincount(goes, seen, minlength=len(keys)) > 0, total, np.nan)
        moved, heirs = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=bool)
        moved[own[own != goes]], heirs[goes[own != goes]] = True, True
        if shares is not None and history.in_stock is not None:
            shares[:, own] = history.in_stock
            shares[:, moved | heirs] = 1.0
        # A superseded part keeps its item, without demand: it may still have stock.
        counts[:, moved] = 0.0
        clipped = np.bincount(goes, history.clipped, minlength=len(keys)) > 0
        life = np.zeros(len(keys), dtype=np.uint8)
        life[own] = 0 if history.life is None else history.life
        parts, places = (as_names([key[level] for key in keys]) for level in (0, 1))
        found = DemandHistory(counts, parts, places, history.edges, history.period, clipped, shares, life)
        return found.marked(Life.SUPERSEDED, moved).marked(Life.INHERITED, heirs)


def faulty(ids: Names, successors: Names) -> Iterator[tuple[int, str, str, str]]:
    """Find what is wrong with successors: position, code, cause and action of each fault."""
    following = _positions(ids, successors)
    for at in np.flatnonzero(following == -2):
        yield int(at), MISSING, f"the successor {successors[at]!r} is no part", "add it to the parts, or mend it"
    reached = following.copy()
    # After as many doublings as a number of parts has bits, whoever isn't at an end runs in a circle.
    for _ in range(len(ids).bit_length()):
        reached = np.where(reached >= 0, reached[np.maximum(reached, 0)], reached)
    for at in np.flatnonzero(_on_circle(following, np.flatnonzero(reached >= 0))):
        path = " -> ".join(_round(ids, following, int(at)))
        yield (
            int(at),
            CYCLE,
            f"its successors lead back to it: {path}",
            "empty the successor of the part that is sold now",
        )


def _positions(ids: Names, successors: Names) -> NDArray[np.int64]:
    """Position of each successor; -1 where there is none, -2 where it is no part."""
    import pandas as pd

    at = np.asarray(pd.Index(ids).get_indexer(pd.Index(successors)), dtype=np.int64)
    return np.where(successors == "", -1, np.where(at < 0, -2, at))


def _on_circle(following: NDArray[np.int64], caught: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which parts lie on a circle themselves, not only on the way into one."""
    found = np.zeros(len(following), dtype=bool)
    for at in caught.tolist():
        seen: dict[int, Any] = {}
        here = at
        while here not in seen and not found[here]:
            seen[here] = None
            here = int(following[here])
        if not found[here]:
            ring = [*seen][[*seen].index(here) :]
            found[ring] = True
    return found


def _round(ids: Names, following: NDArray[np.int64], at: int) -> Iterator[str]:
    yield str(ids[at])
    here = int(following[at])
    while here != at:
        yield str(ids[here])
        here = int(following[here])
    yield str(ids[at])
