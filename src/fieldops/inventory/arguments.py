"""Arguments that are one value for all items or one for each, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory import demand
from fieldops.inventory.demand.base import DemandModel, Floats, Learner
from fieldops.inventory.history import DemandHistory
from fieldops.inventory.parts import CRITICALITY, PartMaster


def per_item(value: ArrayLike, history: DemandHistory, name: str) -> NDArray[Any]:
    """Give one value an item; raise ConfigError where there are neither one nor as many."""
    array = np.asarray(value)
    if array.ndim > 1 or (array.ndim == 1 and len(array) != history.n_items):
        raise ConfigError(f"{name} is one value or one for each of the {history.n_items:,} items")
    return np.broadcast_to(array, history.n_items)


def targets_of(target: float | Mapping[str, float] | ArrayLike, parts: PartMaster, history: DemandHistory) -> Floats:
    """Give each item its target: one for all, one an item, or one for each word of the parts' criticality."""
    if not isinstance(target, Mapping):
        return per_item(target, history, "target").astype(np.float64)
    unknown, words = sorted(set(target) - set(CRITICALITY)), sorted(set(parts.criticality) - set(target))
    if unknown or words:
        raise ConfigError(
            f"targets by criticality: no target for {', '.join(words) or 'none'}; no such word: "
            f"{', '.join(unknown) or 'none'}; the words are {', '.join(CRITICALITY)}"
        )
    return np.array([target[word] for word in parts.criticality], dtype=np.float64)


def models_of(
    model: str | DemandModel | Sequence[str], history: DemandHistory
) -> tuple[list[DemandModel], NDArray[np.int64]]:
    """Give the models, each once, and the position of each item's own: one for all, or one an item."""
    if isinstance(model, str) or not isinstance(model, Sequence):
        return [demand.model_named(model)], np.zeros(history.n_items, dtype=np.int64)
    if len(model) != history.n_items:
        raise ConfigError(f"model is one for all or one for each of the {history.n_items:,} items, not {len(model):,}")
    at = {name: position for position, name in enumerate(dict.fromkeys(model))}
    return [demand.model_named(name) for name in at], np.array([at[name] for name in model], dtype=np.int64)


def learnt(models: list[DemandModel], history: DemandHistory, parts: PartMaster) -> list[DemandModel]:
    """Let models that learn from a whole range do so; `parts` has one entry an item."""
    return [one.learn(history, parts) if isinstance(one, Learner) else one for one in models]
