"""Arguments that are one value for all items or one for each, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory import classify, demand
from fieldops.inventory.demand.base import DemandModel, Floats, Learner
from fieldops.inventory.history import DemandHistory, Names
from fieldops.inventory.parts import CRITICALITY, PartMaster


def per_item(value: ArrayLike, history: DemandHistory, name: str) -> NDArray[Any]:
    """Give one value an item; raise ConfigError where there are neither one nor as many."""
    array = np.asarray(value)
    if array.ndim > 1 or (array.ndim == 1 and len(array) != history.n_items):
        raise ConfigError(f"{name} is one value or one for each of the {history.n_items:,} items")
    return np.broadcast_to(array, history.n_items)


def reviews_of(review_period: ArrayLike, history: DemandHistory) -> Floats:
    """Give each item its review interval in periods; raise ConfigError where it isn't above 0."""
    review = per_item(review_period, history, "review_period").astype(np.float64)
    if not ((review > 0) & np.isfinite(review)).all():
        raise ConfigError("review_period is the time between two chances to order, above 0 periods")
    return review


def by_usage_value(target: object) -> TypeGuard[Mapping[str, float]]:
    """Tell whether targets are given by A, B and C: classes that items have together."""
    return isinstance(target, Mapping) and bool({*"ABC"} & {*target})


def targets_of(
    target: float | Mapping[str, float] | ArrayLike,
    parts: PartMaster,
    history: DemandHistory,
    demand_class: Names,
    abc: Names,
) -> Floats:
    """Give each item its target: one for all, one an item, or one for each criticality, demand class or A, B and C."""
    if not isinstance(target, Mapping):
        return per_item(target, history, "target").astype(np.float64)
    sorts = {
        "criticality": (tuple(CRITICALITY), parts.criticality),
        "demand class": (classify.CLASSES, demand_class),
        "ABC": (("A", "B", "C"), abc),
    }
    sort = max(sorts, key=lambda name: len(set(sorts[name][0]) & set(target)))
    known, mine = sorts[sort]
    unknown, absent = sorted(set(target) - set(known)), sorted(set(mine) - set(target) - {classify.CLASSES[0]})
    if unknown or absent:
        raise ConfigError(
            f"targets by {sort}: no target for {', '.join(absent) or 'none'}; no such word: "
            f"{', '.join(unknown) or 'none'}; the words are {', '.join(known)}"
        )
    # Nothing was ever asked of a part of the class never: any target gives it the same level.
    return np.array([target.get(word, 0.0) for word in mine], dtype=np.float64)


def models_of(
    model: str | DemandModel | Sequence[str | DemandModel] | Names, history: DemandHistory, stated: Names
) -> tuple[list[DemandModel], NDArray[np.int64]]:
    """Give the models, each once, and the position of each item's own: one for all or one an item, or the one stated.

    Raises ConfigError for a name that isn't known, for different models of one name (an item's model is found again by
    it), or a number of models that isn't that of the items.
    """
    several = isinstance(model, Sequence | np.ndarray) and not isinstance(model, str)
    each: Sequence[Any] = model if several else [model]  # type: ignore[assignment]
    if several and len(each) != history.n_items:
        raise ConfigError(f"model is one for all or one for each of the {history.n_items:,} items, not {len(each):,}")
    keys = [one if isinstance(one, str) else id(one) for one in each]  # models that hold a mapping have no hash
    at = {key: position for position, key in enumerate(dict.fromkeys(keys))}
    models = [demand.model_named(one) for one in dict(zip(keys, each, strict=True)).values()]
    for one in models:
        if any(other.name == one.name and other is not one and other != one for other in models):
            raise ConfigError(f"two different models are called {one.name!r}; items of one name share one model")
    which = np.array([at[key] for key in keys], dtype=np.int64) if several else np.zeros(history.n_items, np.int64)
    for name in sorted({*stated} - {""}):
        named = [position for position, one in enumerate(models) if one.name == name]
        if not named:
            models.append(demand.model_named(name))
        other = (stated == name) & ~np.isin(which, named)
        which[other] = named[0] if named else len(models) - 1
    return models, which


def learnt(models: list[DemandModel], history: DemandHistory, parts: PartMaster) -> list[DemandModel]:
    """Let models that learn from a whole range do so; `parts` has one entry an item."""
    return [one.learn(history, parts) if isinstance(one, Learner) else one for one in models]
