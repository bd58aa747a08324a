"""Models of demand, one file each; `MODELS` is the list a name is looked up in.

A new model is a new file with a class that has a `name` and a `fit` (see `base`), and one line here; the conformance
tests take it up from the list.
"""

from __future__ import annotations

from typing import Final

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Demand, DemandModel, Fit, Interval, moments
from fieldops.inventory.demand.bootstrap import ViswanathanZhou, Willemain
from fieldops.inventory.demand.compound import Geometric, Logarithmic
from fieldops.inventory.demand.compound_empirical import CompoundEmpirical
from fieldops.inventory.demand.empirical import Empirical
from fieldops.inventory.demand.installed_base import InstalledBase
from fieldops.inventory.demand.negative_binomial import NegativeBinomial
from fieldops.inventory.demand.poisson import Poisson
from fieldops.inventory.demand.pooled import Pooled

DEFAULT: Final[DemandModel] = NegativeBinomial()
"""What looks at one item alone, and takes what other models pass on."""
POOLED: Final[DemandModel] = Pooled()
"""What levels of a range are made from."""
MODELS: Final[dict[str, DemandModel]] = {
    model.name: model
    for model in (
        POOLED,
        DEFAULT,
        NegativeBinomial(parameter_uncertainty=False),
        Pooled(parameter_uncertainty=False),
        Poisson(),
        Empirical(),
        Geometric(),
        Logarithmic(),
        CompoundEmpirical(),
        Willemain(),
        Willemain(jitter=False),
        ViswanathanZhou(),
    )
}


def model_named(model: str | DemandModel) -> DemandModel:
    """Look a model up by its name; a model itself passes through.

    >>> model_named("poisson")
    Poisson()
    """
    if not isinstance(model, str):
        return model
    if model not in MODELS:
        raise ConfigError(f"there is no demand model {model!r}; choose one of {', '.join(MODELS)}")
    return MODELS[model]


__all__ = [
    "DEFAULT",
    "MODELS",
    "POOLED",
    "CompoundEmpirical",
    "Demand",
    "DemandModel",
    "Empirical",
    "Fit",
    "Geometric",
    "InstalledBase",
    "Interval",
    "Logarithmic",
    "NegativeBinomial",
    "Poisson",
    "Pooled",
    "ViswanathanZhou",
    "Willemain",
    "model_named",
    "moments",
]
