"""Replay levels on held-out history: what was promised against what would have been reached.

Levels are set from the first periods of a history only; the rest is played through, piece by piece, with real lead
times. This is what a level is judged by: forecast errors such as MAE reward forecasting zero on this kind of demand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fieldops.errors import ConfigError
from fieldops.inventory.calibration import ORIGINS, Calibration, Outcome, line_of
from fieldops.inventory.censoring import expected
from fieldops.inventory.deliveries import Deliveries
from fieldops.inventory.demand.base import Floats
from fieldops.inventory.history import Counts, DemandHistory, Life
from fieldops.inventory.leadtimes import LeadTimes, lead_times_of
from fieldops.inventory.levels import Levels, reorder_levels
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.replay import Replay, replay

if TYPE_CHECKING:
    import pandas as pd

Start: TypeAlias = Literal["warm", "full"]
STARTS: Final = ("warm", "full")


@dataclass(frozen=True, eq=False)
class Backtest:
    """Levels, the books of their replay, and the figures that compare promise and deed.

    Attributes
    ----------
    levels
        Set from the periods before the split, lead times rounded to whole periods.
    books
        Of the held-out periods.
    calibration
        How the targets were moved; None if they weren't.
    """

    levels: Levels
    books: Replay
    calibration: Calibration | None = None

    @property
    def fill(self) -> Floats:
        """Reached fill of each item; NaN where nothing was demanded."""
        demanded = self.books.demanded
        return np.where(demanded > 0, self.books.filled / np.where(demanded > 0, demanded, 1.0), np.nan)

    def summary(self, which: NDArray[np.bool_] | None = None) -> dict[str, float]:
        """Sum up the items of a mask (all if None).

        Unit fill counts pieces, value fill their price, part fill is the mean over the parts demanded in the held-out
        periods. The promise is weighted likewise, by expected demand and over the parts that were to be expected. Stock
        value is mean on hand x price, in currency units. A figure without demand is NaN.
        """
        chosen = np.ones(len(self.levels), dtype=bool) if which is None else which
        price, promised, rate = (
            values[chosen] for values in (self.levels.price, self.levels.promised.fill_rate, self.levels.rate)
        )
        demanded, filled, shelf = (
            values[chosen] for values in (self.books.demanded, self.books.filled, self.books.on_hand)
        )
        asked, expected = demanded > 0, rate > 0
        return {
            "parts": int(chosen.sum()),
            "parts_demanded": int(asked.sum()),
            "promised_unit_fill": _ratio((promised * rate)[expected].sum(), rate[expected].sum()),
            "promised_part_fill": _ratio(promised[expected].sum(), expected.sum()),
            "reached_unit_fill": _ratio(filled.sum(), demanded.sum()),
            "reached_part_fill": _ratio((filled[asked] / demanded[asked]).sum(), asked.sum()),
            "reached_value_fill": _ratio((filled * price).sum(), (demanded * price).sum()),
            "stock_value": float((shelf * price).sum()),
            "orders": int(self.books.orders[chosen].sum()),
        }

    def unit_fill_interval(self, *, rate: float = 0.95, draws: int = 1000, seed: int = 0) -> tuple[float, float]:
        """Give the bootstrap interval of the reached unit fill: parts are drawn again, each Poisson(1) times.

        A few parts that go by the hundred decide the sum of pieces; the interval says how much.
        """
        random = np.random.default_rng(seed)
        fills = []
        for _ in range(draws):
            times = random.poisson(1.0, len(self.levels))
            fills.append(_ratio((times * self.books.filled).sum(), (times * self.books.demanded).sum()))
        low, high = np.nanquantile(fills, [(1 - rate) / 2, (1 + rate) / 2])
        return float(low), float(high)

    def by(self, label: Literal["class", "abc", "criticality"]) -> pd.DataFrame:
        """Sum up by class, ABC or criticality: one row a label."""
        import pandas as pd

        column = self.levels.to_frame()[label].to_numpy(dtype=object)
        rows = [{label: word, **self.summary(column == word)} for word in sorted(set(column))]
        return pd.DataFrame(rows)

    def to_frame(self) -> pd.DataFrame:
        """Give one row an item: the levels and what they reached."""
        frame = self.levels.to_frame()
        return frame.assign(
            demanded_pcs=self.books.demanded,
            filled_pcs=self.books.filled,
            reached_fill_rate=self.fill,
            orders=self.books.orders,
            mean_on_hand_pcs=self.books.on_hand,
            reached_stock_value=self.books.on_hand * self.levels.price,
        )


def backtest(
    history: DemandHistory,
    parts: PartMaster,
    *,
    split: int,
    start: Start = "warm",
    review_period: int = 1,
    calibrate: bool = False,
    lead_times: Deliveries | LeadTimes | None = None,
    seed: int = 0,
    **options: Any,
) -> Backtest:
    """Set levels from the first periods of a history and replay them on the rest.

    Parameters
    ----------
    history, parts
        As for `reorder_levels`.
    split
        Periods to fit; the rest is replayed.
    start
        ``warm``: the policy has run before, over as many of the fitted periods as the longest protection interval has,
        so that the pipeline is filled as in steady state. ``full``: the replay begins with all of S on the shelf and
        nothing on order, which flatters parts with long lead times.
    review_period
        Whole periods between two looks.
    calibrate
        Ask for the targets that `calibrated` finds within the periods to fit, so that those wanted are reached.
    lead_times
        As for `reorder_levels`; of deliveries only those count that had come before the split.
    seed
        Of the lead times that the replay draws where they vary, one for each order.
    **options
        Passed on to `reorder_levels`: target, measure, model, order_quantity, policy ... Stock that is
        watched all the time is looked at at the end of each period only, so it reaches a little less than promised.

    Returns
    -------
    Backtest
        Levels and the books of their replay; its `summary` compares promise and deed.

    Raises
    ------
    ConfigError
        If the split leaves nothing to fit or to replay, or an option is impossible.

    Notes
    -----
    Lead times are rounded to whole periods, for the levels as well as for the replay, so that promise and deed speak of
    the same thing; a lead time below half a period becomes 0: ordered at a period's end, there at the next one's start.
    Where they vary each length is rounded, and each order of the replay draws its own.

    A period that a stock-out cut short (`DemandHistory.in_stock`) is not judged: nobody knows what was asked for. It is
    played with the demand that is expected behind its count (`censoring`), in whole pieces, so that it drains the shelf
    for the periods after it.

    An item of which no period before the split was observed is not stocked at it, since nobody knew of it, and what is
    asked of it isn't judged (`Replay.unjudged`); its ``why`` says so.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[0, 1, 0, 2] * 9], parts=["P1"], first=date(2024, 1, 1))
    >>> found = backtest(history, PartMaster.of(["P1"], price=8, lead_time_days=30), split=24, target=0.9)
    >>> found.summary()["reached_unit_fill"]
    1.0
    """
    if not 0 < split < history.n_periods:
        raise ConfigError(f"split lies between 1 and {history.n_periods - 1} periods, not {split}")
    if start not in STARTS:
        raise ConfigError(f"there is no start {start!r}; choose one of {', '.join(STARTS)}")
    if review_period < 1 or review_period != int(review_period):
        raise ConfigError("the replay looks at stock every whole number of periods, 1 or more")
    known = history.before(split)
    if isinstance(lead_times, Deliveries):
        lead_times = lead_times.before(known.edges[-1])
    found = None
    if calibrate:
        how = {**options, "start": start, "review_period": review_period, "lead_times": lead_times, "seed": seed}
        found = calibrated(known, parts, **how)
        options = {**options, "target": found.targets}
    waits = _rounded(lead_times, known, parts)
    levels = reorder_levels(known, parts, review_period=review_period, lead_times=waits, **options)
    warm_up = 0
    if start == "warm":
        # Looks stay where they are in the held-out periods: the warm-up is a whole number of review intervals.
        warm_up = min((waits.longest + review_period) // review_period * review_period, split)
        warm_up -= warm_up % review_period
    played = history.since(split - warm_up)
    lead = waits.drawn(played.n_periods, seed) if waits.vary.any() else waits.mean.astype(np.int64)
    books = replay(
        _demand_of(played),
        levels.reorder_point,
        np.where(known.lives(Life.AWAITED), 1, levels.quantity),  # else the rest of a first MOQ would stand there
        lead,
        review=review_period,
        kind=levels.kind,
        warm_up=warm_up,
        judged=_judged(played, known),
    )
    return Backtest(levels, books, found)


def calibrated(
    history: DemandHistory,
    parts: PartMaster,
    *,
    target: float | Mapping[str, float] | ArrayLike = 0.95,
    origins: Sequence[float] = ORIGINS,
    **options: Any,
) -> Calibration:
    """Find the targets to ask for so that a fill rate wanted is reached, by replays within the history.

    Parameters
    ----------
    history, parts
        As for `reorder_levels`.
    target
        Fill rate wanted, as for `reorder_levels`.
    origins
        Shares of the history after which a replay begins, each above 0 and below 1.
    **options
        As for `backtest`: model, start, review_period, order_quantity ...

    Returns
    -------
    Calibration
        Its `targets` go to ``reorder_levels(..., target=found.targets)``; its `table` is the calibration table.

    Raises
    ------
    ConfigError
        If a measure other than the fill rate is asked for, or nothing is demanded in the replays.

    Examples
    --------
    >>> from datetime import date
    >>> series = [[0, 1, 0, 2] * 9, [3, 0, 0, 0] * 9]
    >>> history = DemandHistory.from_matrix(series, parts=["P1", "P2"], first=date(2024, 1, 1))
    >>> found = calibrated(history, PartMaster.of(["P1", "P2"], lead_time_days=30), target=0.9)
    >>> round(found.reached_part_fill, 3)
    0.9
    """
    if options.get("measure", "fill_rate") != "fill_rate":
        raise ConfigError("a replay tells the fill rate; calibrate for measure='fill_rate'")
    told = {key: value for key, value in options.items() if key not in ("start", "seed")}
    told["lead_times"] = _rounded(options.get("lead_times"), history, parts)
    levels = reorder_levels(history, parts, target=target, **told)

    def run(origin: float, targets: Floats) -> Outcome:
        split = min(max(round(origin * history.n_periods), 1), history.n_periods - 1)
        found = backtest(history, parts, split=split, target=targets, **options)
        shelf = found.books.on_hand * found.levels.price
        return Outcome(found.levels.rate, found.books.demanded, found.books.filled, shelf)

    return line_of(levels.target, levels.rate, run, origins)


def _rounded(stated: Deliveries | LeadTimes | None, history: DemandHistory, parts: PartMaster) -> LeadTimes:
    """Give the lead times of every item in whole periods."""
    return lead_times_of(stated, history, parts.of_items(history.parts), parts).rounded()


def _demand_of(history: DemandHistory) -> Counts:
    """Give the counts, whole pieces expected behind those that stock-outs cut short."""
    if history.in_stock is None:
        return history.counts
    return np.where(history.in_stock < 1, np.rint(expected(history)), history.counts)


def _judged(played: DemandHistory, known: DemandHistory) -> NDArray[np.bool_] | None:
    """Which counts of a replay are known to be the demand of an item that was known at the split; None for all."""
    awaited = known.lives(Life.AWAITED)
    if played.in_stock is None and not awaited.any():
        return None
    seen = np.ones(played.counts.shape, dtype=bool) if played.in_stock is None else played.in_stock >= 1
    return np.asarray(seen & ~awaited)


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole > 0 else float("nan")
