"""The policies by the names planners know, each for all items or one an item.

| name | when an order can go out | what it orders |
|---|---|---|
| ``R,S`` | at every look, a review interval apart | up to S |
| ``R,s,S`` | at a look, if the position is at or below s | up to S = s + Q |
| ``R,s,nQ`` | at a look, if the position is at or below s | the least multiple of Q that lifts it above s |
| ``S-1,S`` | whenever a customer has come | what that customer took |
| ``s,S`` | whenever a customer has come, if the position is at or below s | up to S = s + Q |
| ``s,nQ``, ``R,Q`` | likewise (R is the reorder point here) | multiples of Q |

The first three are looked at every review interval, the others watched all the time: their review interval is a moment
so short that no two customers come in it, which the formulas of `policy` take like any other. ``R,S`` and ``S-1,S``
have Q = 1; MOQ and pack may raise it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Floats, Mask
from fieldops.inventory.history import Names
from fieldops.inventory.policy import Kind

MOMENT: Final = 1e-6
"""Pieces asked for, on average, between two looks of stock that is watched all the time."""


@dataclass(frozen=True)
class Policy:
    """What a name means: the kind of order, whether stock is watched all the time, whether Q is 1."""

    kind: Kind
    watched: bool
    one_for_one: bool


POLICIES: Final = {
    "R,S": Policy("s,S", False, True),
    "R,s,S": Policy("s,S", False, False),
    "R,s,nQ": Policy("s,nQ", False, False),
    "S-1,S": Policy("s,S", True, True),
    "s,S": Policy("s,S", True, False),
    "s,nQ": Policy("s,nQ", True, False),
    "R,Q": Policy("s,nQ", True, False),
}
DEFAULT: Final = "R,s,S"


def policies_of(policy: str | Sequence[str] | Names, stated: Names) -> Names:
    """Give each item the name of its policy: its own where the part master states one, else what the argument says.

    Raises
    ------
    ConfigError
        For a name that isn't known, or a number of names that isn't that of the items.

    Examples
    --------
    >>> policies_of("R,S", np.array(["", "S-1,S"], dtype=object)).tolist()
    ['R,S', 'S-1,S']
    """
    size = len(stated)
    names = np.full(size, policy, dtype=object) if isinstance(policy, str) else np.asarray(policy, dtype=object)
    if names.shape != (size,):
        raise ConfigError(f"policy is one name or one for each of the {size:,} items, not {len(names):,}")
    chosen = np.where(stated != "", stated, names)
    unknown = sorted({str(one) for one in {*names, *chosen}} - set(POLICIES))
    if unknown:
        raise ConfigError(f"there is no policy {unknown[0]!r}; choose one of {', '.join(POLICIES)}")
    return chosen


def kinds_of(policies: Names) -> Names:
    """Give the kind of order of each policy."""
    return _looked_up(policies, {name: policy.kind for name, policy in POLICIES.items()})


def watched(policies: Names) -> Mask:
    """Tell which are watched all the time."""
    return _looked_up(policies, {name: policy.watched for name, policy in POLICIES.items()}).astype(np.bool_)


def one_for_one(policies: Names) -> Mask:
    """Tell which order one for one."""
    return _looked_up(policies, {name: policy.one_for_one for name, policy in POLICIES.items()}).astype(np.bool_)


def moments(rate: Floats) -> Floats:
    """Review intervals, in periods, so short that no two customers come in one."""
    return MOMENT / np.where(rate > 0, rate, 1.0)


def _looked_up(policies: Names, meaning: dict[str, object]) -> Names:
    words, item = np.unique(policies.astype(str), return_inverse=True)
    return np.array([meaning[str(word)] for word in words], dtype=object)[item.reshape(-1)]
