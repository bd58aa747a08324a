"""The levels of every part-location as they were found: what each was made from, what it promises, as a table.

`levels` sets them; what is asked of them later (the service of another level, a sentence, a row) is read off here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fieldops import units
from fieldops.errors import ConfigError
from fieldops.inventory import classify, policies
from fieldops.inventory.choice import Choice
from fieldops.inventory.demand.base import DemandModel, Fit, Floats, Interval, Ints
from fieldops.inventory.demand.rates import Rate, at_rate
from fieldops.inventory.economy import YEAR, ItemCosts
from fieldops.inventory.history import DemandHistory, Names
from fieldops.inventory.leadtimes import LeadTimes
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policies import kinds_of
from fieldops.inventory.policy import Measure, Service
from fieldops.inventory.reasons import in_words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Levels:
    """The levels of every item and how they came about; every array of shape (items,) in the order of the history.

    Attributes
    ----------
    history, parts
        What they were made from; `parts` with one entry an item.
    model, why
        The model of each item, and flags of `Why`.
    measure, target
        What was asked for.
    policy
        Name of each item's policy (`policies`).
    lead_times
        Of each item, in periods.
    review
        Review interval in periods; a moment where stock is watched all the time.
    interval_mean, interval_variance
        Of the demand over lead time + review interval, pieces.
    rate
        Pieces a period.
    quantity
        Pieces of the least order (MOQ and pack seen to).
    raw
        Least reorder point that reaches the target, before floor and cap.
    reorder_point, order_up_to
        Order when the position (on hand + on order - backorders) is at or below the first, up to the second. A part
        that isn't stocked has -1 and 0: it is ordered when somebody waits for it.
    promised
        What the final levels give.
    demand_class, abc, interval, ddof
        Labels, and the definitions they were made by (`classify`).
    models
        The models by their names.
    smoothed
        How the rate was smoothed; None for the mean over the part's life.
    costs
        What ordering, keeping and waiting cost each item a period; None where no costs were given.
    cost
        Of the final policies a period, NaN where waiting has no price.
    choice
        How the models were chosen; None where they were asked for.
    """

    history: DemandHistory
    parts: PartMaster
    model: Names
    why: NDArray[np.int64]
    measure: Measure
    policy: Names
    target: Floats
    lead_times: LeadTimes
    review: Floats
    interval_mean: Floats
    interval_variance: Floats
    rate: Floats
    quantity: Ints
    raw: Ints
    reorder_point: Ints
    order_up_to: Ints
    promised: Service
    demand_class: Names
    abc: Names
    interval: classify.Interval
    ddof: int
    models: Mapping[str, DemandModel]
    smoothed: Rate | None
    costs: ItemCosts | None
    cost: Floats
    choice: Choice | None

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        return f"Levels({len(self):,} items, {self.measure}, {'; '.join(sorted(set(self.policy)))})"

    @property
    def counted_rate(self) -> Floats:
        """Pieces a period by usage alone, as if there had always been stock."""
        return self.history.counted_rate()

    @property
    def price(self) -> Floats:
        """Currency units a piece."""
        return np.asarray(self.parts.price / units.CURRENCY)

    @property
    def lead(self) -> Floats:
        """Mean lead time in periods."""
        return self.lead_times.mean

    @property
    def lead_days(self) -> Floats:
        """Mean lead time in days."""
        return np.round(self.lead / self.history.in_periods(1.0), 6)

    @property
    def kind(self) -> Names:
        """Kind of each item's orders, ``s,S`` or ``s,nQ``."""
        return kinds_of(self.policy)

    @property
    def waiting(self) -> Floats:
        """Mean wait of a piece asked for, in days, also over those served at once: EBO/rate (Little)."""
        days = 1.0 / self.history.in_periods(1.0)
        return np.asarray(self.promised.expected_backorders / np.where(self.rate > 0, self.rate, np.nan) * days)

    def demands(self, fit: Fit, items: Ints) -> Interval:
        """Give the demands that the policies of these items are judged by; `fit` has one entry each."""
        found = self.lead_times.take(items).interval(fit, self.review[items])
        return replace(found, watched=policies.watched(self.policy[items]))

    def reasons(self) -> Names:
        """Say `why` in words."""
        return in_words(self.why)

    def fit(self, at: int) -> Fit:
        """Fit an item's model to its own history again."""
        one = self.history.take(np.array([at]))
        return at_rate(self.models[self.model[at]].fit(one), one, self.smoothed)

    def position(self, part: str, place: str = "") -> int:
        """Find an item; raise ConfigError if there is no such part at that place."""
        found = np.flatnonzero((self.history.parts == part) & (self.history.places == place))
        if len(found):
            return int(found[0])
        here = sorted({str(one) for one in self.history.places[self.history.parts == part]})
        if here and not place:
            raise ConfigError(f"part {part!r} has levels at {', '.join(map(repr, here))}: say which place is meant")
        known = f"it has levels at {', '.join(map(repr, here))}" if here else "it has none anywhere"
        raise ConfigError(f"there is no level of part {part!r} at {place!r}; {known}")

    def to_frame(self) -> pd.DataFrame:
        """Give one row an item; quantities in pieces, money in currency units, `demand_...` per period."""
        import pandas as pd

        per = self.history.period.replace(" ", "_")
        return pd.DataFrame(
            {
                "part": self.history.parts,
                "place": self.history.places,
                "name": self.parts.names,
                "class": self.demand_class,
                "abc": self.abc,
                "criticality": self.parts.criticality,
                f"demand_pcs_per_{per}": self.rate,
                f"usage_pcs_per_{per}": self.counted_rate,
                "stock_out_periods": self.history.stock_outs(),
                "lead_time_days": self.lead_days,
                "lead_time_sd_days": np.round(np.sqrt(self.lead_times.variance) / self.history.in_periods(1.0), 6),
                "lead_time_demand_mean": self.interval_mean,
                "lead_time_demand_var": self.interval_variance,
                "model": self.model,
                "why": self.reasons(),
                "policy": self.policy,
                "target_rate": self.target,
                "raw_reorder_point_pcs": self.raw,
                "order_quantity_pcs": self.quantity,
                "reorder_point_pcs": self.reorder_point,
                "order_up_to_pcs": self.order_up_to,
                "promised_fill_rate": self.promised.fill_rate,
                "promised_ready_rate": self.promised.ready_rate,
                "promised_cycle_service_rate": self.promised.cycle_service,
                "expected_backorders_pcs": self.promised.expected_backorders,
                "expected_wait_days": self.waiting,
                "expected_on_hand_pcs": self.promised.expected_on_hand,
                "stock_value": self.promised.expected_on_hand * self.price,
                "cost_per_year": self.cost * self.history.in_periods(YEAR),
            }
        )
