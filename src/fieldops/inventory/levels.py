"""Reorder levels of every part-location: the model, the level, why, and what it promises.

The way of one number: history -> moments -> demand over the protection interval (lead time + review interval) -> least
reorder point that reaches the target (`policy`) -> order quantity (MOQ, pack) -> floor -> cap -> the promise of what
remains. What a whole range of parts teaches is learnt once, by models that pool alike parts; the ABC classes are the
only other thing by which an item depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fieldops.errors import ConfigError
from fieldops.inventory import classify, demand, policies, reasons
from fieldops.inventory import policy as measures
from fieldops.inventory.arguments import by_usage_value, learnt, models_of, per_item, reviews_of, targets_of
from fieldops.inventory.choice import CHOSEN, choose_models, refuse_rate
from fieldops.inventory.deliveries import Deliveries
from fieldops.inventory.demand.base import DemandModel, Fit, Interval, Ints, takes_censored
from fieldops.inventory.demand.rates import Rate, at_rate, rate_named
from fieldops.inventory.economy import ItemCosts, StockCosts, cheapest, cost_per_period, order_quantity
from fieldops.inventory.history import UNSTOCKED, DemandHistory, Names
from fieldops.inventory.leadtimes import STATED, LeadTimes, lead_times_of
from fieldops.inventory.level_table import Levels
from fieldops.inventory.limits import bounded, whole_orders, within_shelf_life
from fieldops.inventory.parts import PartMaster
from fieldops.inventory.policies import policies_of
from fieldops.inventory.policy import Measure, Service
from fieldops.inventory.reasons import Why

__all__ = ["Levels", "blocks", "reorder_levels"]

BLOCK: Final = 1 << 16
"""Items worked on at once, at most."""
NUMBERS: Final = 1 << 24
"""Numbers held at once (134 MB) by models that keep many an item: such have smaller blocks."""


def reorder_levels(
    history: DemandHistory,
    parts: PartMaster,
    *,
    target: float | Mapping[str, float] | ArrayLike | None = None,
    measure: Measure = "fill_rate",
    model: str | DemandModel | Sequence[str | DemandModel] | Names = demand.POOLED,
    rate: str | Rate = "mean",
    review_period: ArrayLike = 1.0,
    lead_times: Deliveries | LeadTimes | None = None,
    order_quantity: ArrayLike = 1,
    policy: str | Sequence[str] = policies.DEFAULT,
    costs: StockCosts | None = None,
    interval: classify.Interval = "n/k",
    ddof: int = 1,
    class_rule: classify.Rule = "sbc",
    abc_cuts: tuple[float, float] = (0.8, 0.95),
) -> Levels:
    """Set the reorder level of every part-location.

    Parameters
    ----------
    history
        Demand per period and item.
    parts
        Master data; every part of the history is in it.
    target
        The service to reach, 0 <= target < 1: one for all, one an item, or a mapping from each word of `criticality`,
        each demand class (`classify`) or A, B and C (by usage value) to its own. None is 0.95, or what is cheapest
        where `costs` has a price of waiting.
    measure
        ``fill_rate`` (share of pieces from the shelf), ``ready_rate`` or ``cycle_service``; `policy` defines them.
    model
        A name of `demand.MODELS`, a model, one an item, or ``chosen``: each part's own, by the likelihood of its
        lead-time demand (`choice`). A part whose master data name one keeps that. ``pooled`` learns from all items of
        the history; for fewer than 100 with demand it is ``negative_binomial``, which looks at each alone.
    rate
        ``mean`` over the part's life, or smoothed: ``sba``, ``tsb_optimised`` ... or a `Rate` (`demand.rates`),
        for models told by mean and variance.
    policy
        A name of `policies.POLICIES`, or one an item: ``R,S``, ``R,s,S``, ``R,s,nQ`` (looked at every review period),
        ``S-1,S``, ``s,S``, ``s,nQ``, ``R,Q`` (watched all the time). A part whose master data name one keeps that.
    review_period
        Periods of the history between two chances to order, above 0; one for all or one an item. Orders placed every
        night with a history in months: ``history.in_periods(1)``. For policies that are looked at.
    lead_times
        Past deliveries, which say how long orders really take (`leadtimes`), or lead times of the items. None: those of
        the master, which vary where it says so.
    costs
        What ordering and keeping cost: Q is the economic order quantity, price breaks seen to. With a price of waiting
        s and Q are those of least cost (`economy`), but for items without a price, which have the target 0.95.
    order_quantity
        Q, pieces of the least order beside the part's MOQ and pack. Items ordered one for one (``R,S``, ``S-1,S``)
        have none.
    interval, ddof, class_rule, abc_cuts
        Definitions of the classes, see `classify`. They label; the level doesn't depend on them.

    Returns
    -------
    Levels
        In the order of the history.

    Raises
    ------
    TableError
        If a part of the history is not in the master.
    ConfigError
        If an argument is impossible.

    Notes
    -----
    Series without information are no errors: a part never demanded gets -1 and 0 (or its minimum), with the reason; one
    demand is a level like any other; NaN periods are left out, negative ones count as 0, fractions of pieces keep their
    mean and the level is whole. ``why`` says so.

    Where stock-outs cut counts short (`DemandHistory.with_stock`), the demand behind them is estimated (`censoring`);
    the frame has the rate by usage alone beside it. Models without an answer to that pass such items on to the default
    model. Items whose life has ended or that are superseded are not stocked, whatever their minimum.

    Examples
    --------
    >>> from datetime import date
    >>> history = DemandHistory.from_matrix([[2, 0, 0, 1, 0, 3] * 6], parts=["P1"], first=date(2024, 1, 1))
    >>> levels = reorder_levels(history, PartMaster.of(["P1"], price=20, lead_time_days=30), target=0.9)
    >>> levels.to_frame().loc[0, ["class", "reorder_point_pcs", "order_up_to_pcs"]].to_dict()
    {'class': 'intermittent', 'reorder_point_pcs': 4, 'order_up_to_pcs': 5}
    """
    mine = parts.of_items(history.parts)
    review = reviews_of(review_period, history)
    choice, size = None, history.n_items
    if isinstance(model, str) and model == CHOSEN:
        refuse_rate(rate)
        choice = choose_models(history, parts, review_period=review_period, policy=policy, lead_times=lead_times)
    asked, which = models_of(model if choice is None else choice.model, history, mine.model)
    models = learnt(asked, history, mine)
    names = policies_of(policy, mine.policy)
    lead = lead_times_of(lead_times, history, mine, parts)
    mine, expiring = within_shelf_life(history, mine, lead.mean)
    money = None if costs is None else ItemCosts.of(costs, mine, history)
    if money is not None and money.by_cost.any() and target is not None:
        raise ConfigError("say either a target or what waiting costs (waiting_per_day): each decides the reorder point")
    least = np.where(policies.one_for_one(names), 1, per_item(order_quantity, history, "order_quantity"))
    shapes = classify.demand_class(
        classify.adi(history.known_counts(), interval), classify.cv2(history.counts, ddof), rule=class_rule
    )
    by_abc = by_usage_value(target)
    worth = classify.abc(history.counted_rate() * mine.price, abc_cuts) if by_abc else np.full(size, "", dtype=object)
    found = Levels(
        history=history,
        parts=mine,
        model=np.array([one.name for one in models], dtype=object)[which],
        why=reasons.of_series(history),
        measure=measure,
        policy=names,
        target=targets_of(0.95 if target is None else target, mine, history, shapes, worth).copy(),
        lead_times=lead,
        review=review,
        interval_mean=np.zeros(size),
        interval_variance=np.zeros(size),
        rate=np.zeros(size),
        quantity=whole_orders(least, mine),
        raw=np.full(size, -1),
        reorder_point=np.full(size, -1),
        order_up_to=np.zeros(size, dtype=np.int64),
        promised=Service(*(np.full(size, np.nan) for _ in fields(Service))),
        demand_class=shapes,
        abc=worth,
        interval=interval,
        ddof=ddof,
        models={one.name: one for one in (demand.DEFAULT, *models)},
        smoothed=rate_named(rate),
        costs=money,
        cost=np.full(size, np.nan),
        choice=choice,
    )
    if choice is not None:
        found.why[:] |= np.where(mine.model == "", choice.why, 0)
    found.why[:] |= np.where(mine.model != "", int(Why.STATED), 0)
    found.why[expiring] |= int(Why.SHELF_LIFE)
    found.why[lead.vary] |= int(Why.LEAD_VARIES)
    found.why[lead.source != STATED] |= int(Why.LEAD_OBSERVED)
    found.why[:] |= np.where(
        found.model != np.array([one.name for one in asked], dtype=object)[which], int(Why.FEW_PARTS), 0
    )
    found.order_up_to[:] = found.quantity - 1
    if (always := policies.watched(names)).any():
        found.review[always] = policies.moments(found.counted_rate)[always]
    for items, fit in _fitted(models, which, found):
        _fill(found, items, fit)
    found.why[:] |= np.where((found.rate > 0) & (found.interval_variance <= found.interval_mean), int(Why.POISSON), 0)
    found.why[:] |= np.where((found.rate > 0) & (found.why & Why.NO_DEMAND > 0), int(Why.ALIKE), 0)
    found.why[:] |= np.where(found.quantity > 1, int(Why.ORDER_LOT), 0)
    if not by_abc:
        found.abc[:] = classify.abc(found.rate * mine.price, abc_cuts)
    return found


def _fitted(models: Sequence[DemandModel], which: Ints, found: Levels) -> Iterator[tuple[Ints, Fit]]:
    """Fit each model to its items and hand them out in blocks; what a model can't do is left to the default one."""
    left: list[Ints] = []
    living = ~found.history.lives(UNSTOCKED)
    cut = living & found.history.censored()
    for key, model in enumerate(models):
        able = living if takes_censored(model) else living & ~cut
        left.append(np.flatnonzero((which == key) & living & ~able))
        items = np.flatnonzero((which == key) & able)
        mine = found.history if len(items) == found.history.n_items else found.history.take(items)
        fit = at_rate(model.fit(mine), mine, found.smoothed)
        for here, part in blocks(fit, items, found.lead_times):
            can = found.lead_times.take(here).able(part, found.review[here])
            left.append(here[~can])
            if can.any():
                yield (here, part) if can.all() else (here[can], part.take(np.flatnonzero(can)))
    rest = np.concatenate([*left, np.empty(0, dtype=np.int64)])
    if len(rest):
        found.why[rest] |= int(Why.FALLBACK)
        found.model[rest] = demand.DEFAULT.name
        mine = found.history.take(rest)
        yield from blocks(at_rate(demand.DEFAULT.fit(mine), mine, found.smoothed), rest, found.lead_times)


def blocks(fit: Fit, items: Ints, lead_times: LeadTimes) -> Iterator[tuple[Ints, Fit]]:
    """Hand out items, each with its share of the fit, few enough at once; fixed lead times aren't mixed with others."""
    for some, lengths in lead_times.take(items).alike():
        mine, part = items[some], fit if isinstance(some, slice) else fit.take(some)
        width = min(BLOCK, max(NUMBERS // (fit.breadth * lengths), 1))
        for block in range(0, len(mine), width):
            yield mine[block : block + width], part.take(slice(block, block + width))


def _fill(found: Levels, items: Ints, fit: Fit) -> None:
    """Write the levels of these items into `found`."""
    demands, kind = found.demands(fit, items), found.kind[items]
    found.rate[items] = fit.rate
    found.interval_mean[items], found.interval_variance[items] = demands.protection.mean, demands.protection.variance
    raw = _decided(found, items, demands, kind)
    quantity = found.quantity[items]
    point, why = bounded(raw, quantity, found.parts.take(items))
    found.raw[items], found.reorder_point[items], found.order_up_to[items] = raw, point, point + quantity
    found.why[items] |= why | np.where(demands.lots() > 1, int(Why.LOTS), 0)
    promised = measures.service(demands, point, quantity, kind)
    for field in fields(Service):
        getattr(found.promised, field.name)[items] = getattr(promised, field.name)
    if found.costs is not None:
        some = np.flatnonzero(found.costs.by_cost[items])
        mine = items[some]
        found.cost[mine] = cost_per_period(
            demands.take(some), point[some], quantity[some], found.costs.take(mine), kind[some], 1 / found.review[mine]
        )


def _decided(found: Levels, items: Ints, demands: Interval, kind: Names) -> Ints:
    """Find the reorder points that target or costs ask for; costs decide on quantities too, which go into `found`."""
    if found.costs is None:
        return measures.least_reorder_point(demands, found.target[items], found.measure, found.quantity[items], kind)
    costs, parts, rate = found.costs.take(items), found.parts.take(items), found.rate[items]
    free = ~policies.one_for_one(found.policy[items]) & (rate > 0)
    raw = np.full(len(items), -1, dtype=np.int64)
    by_cost = costs.by_cost
    for some in (np.flatnonzero(by_cost), np.flatnonzero(~by_cost)):
        mine, asked = items[some], demands.take(some)
        if len(some) and by_cost[some[0]]:
            looks = 1 / found.review[mine]
            raw[some], quantity = cheapest(
                asked, rate[some], costs.take(some), parts.take(some), kind[some], free[some], looks
            )
            found.quantity[mine] = np.where(rate[some] > 0, quantity, found.quantity[mine])
            found.target[mine], found.why[mine] = np.nan, found.why[mine] | int(Why.LEAST_COST)
        elif len(some):
            sized = np.flatnonzero(free[some] & costs.priced[some])
            at = some[sized]
            economic = order_quantity(rate[at], costs.take(at), parts.take(at))
            found.quantity[items[at]] = np.maximum(found.quantity[items[at]], economic)
            found.why[mine] |= np.where(costs.priced[some], 0, int(Why.NO_PRICE))
            raw[some] = measures.least_reorder_point(
                asked, found.target[mine], found.measure, found.quantity[mine], kind[some]
            )
    return raw
