"""Which model each item of a range has, learnt and chosen once, where levels are then set some items at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fieldops.inventory import demand
from fieldops.inventory.arguments import learnt, models_of
from fieldops.inventory.choice import CHOSEN, Choice, choose_models, refuse_rate
from fieldops.inventory.demand.base import DemandModel, Floats, Learner, takes_censored
from fieldops.inventory.demand.rates import at_rate, rate_named
from fieldops.inventory.history import DemandHistory, Names
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.reasons import Why


def of_the_range(asked: str | DemandModel, parts: PartMaster) -> bool:
    """Whether the whole range must be known: to choose by it, or for a model that learns from it."""
    named = [demand.model_named(one) for one in (asked, *({*parts.model} - {""})) if one != CHOSEN]
    return asked == CHOSEN or any(isinstance(one, Learner) for one in named)


@dataclass(frozen=True, eq=False)
class RangeModels:
    """The models as learnt, by name; which each item has: its own by the part master or by `choice`, else `asked`."""

    learnt: Mapping[str, DemandModel]
    asked: str
    choice: Choice | None

    @classmethod
    def of(
        cls, asked: str | DemandModel, history: DemandHistory | None, parts: PartMaster, options: Mapping[str, Any]
    ) -> RangeModels:
        """Choose and learn from a whole history, which may be None if nothing does (`of_the_range`)."""
        choice = None
        if asked == CHOSEN and history is not None:
            refuse_rate(options.get("rate", "mean"))
            told = {name: options[name] for name in ("review_period", "policy", "lead_times") if name in options}
            choice = choose_models(history, parts, **told)
        first = demand.model_named(asked) if choice is None else demand.POOLED
        names = {*parts.model, *(() if choice is None else choice.candidates)} - {"", first.name}
        models = [first, *map(demand.model_named, sorted(names))]
        ready = models if history is None else learnt(models, history, parts.of_items(history.parts))
        return cls({one.name: two for one, two in zip(models, ready, strict=True)}, first.name, choice)

    def models(self, parts: PartMaster, items: slice) -> list[DemandModel]:
        """Give each item's model; `items` is where they stand in the range, `parts` has one entry for each."""
        return [self.learnt[name] for name in self._names(parts, items)]

    def why(self, parts: PartMaster, items: slice) -> NDArray[np.int64]:
        """Flag what was chosen, and what there was too little to learn from."""
        few = [name for name, model in self.learnt.items() if model.name != name]
        chosen = 0 if self.choice is None else np.where(parts.model == "", self.choice.why[items], 0)
        return np.asarray(np.where(np.isin(self._names(parts, items), few), int(Why.FEW_PARTS), 0) | chosen)

    def rate(self, history: DemandHistory, parts: PartMaster, items: slice, options: Mapping[str, Any]) -> Floats:
        """Give the demand per period of some items, each by its model."""
        smoothed, found = rate_named(options.get("rate", "mean")), np.zeros(history.n_items)
        models, which = models_of(self.models(parts, items), history, np.full(history.n_items, "", dtype=object))
        cut = history.censored()
        for at, model in enumerate(models):
            for passed, fitting in ((False, model), (True, demand.DEFAULT)):
                mine = np.flatnonzero((which == at) & ((cut & (not takes_censored(model))) == passed))
                some = history if len(mine) == history.n_items else history.take(mine)
                if len(mine):
                    found[mine] = at_rate(fitting.fit(some), some, smoothed).rate
        return found

    def _names(self, parts: PartMaster, items: slice) -> Names:
        own = self.asked if self.choice is None else self.choice.model[items]
        return np.where(parts.model != "", parts.model, own)
