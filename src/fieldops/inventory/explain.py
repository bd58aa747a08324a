"""Tell one level: from the demand seen to what its last unit buys.

The numbers are worked out again from the item's own history, by the functions that made them.
"""

from __future__ import annotations

import numpy as np

from fieldops.inventory import classify, policy
from fieldops.inventory.history import UNSTOCKED
from fieldops.inventory.leadtimes import SOURCES, STATED
from fieldops.inventory.levels import Levels
from fieldops.inventory.limits import bounded
from fieldops.inventory.parts import NO_CAP
from fieldops.inventory.periods import plural
from fieldops.inventory.policy import Service
from fieldops.inventory.reasons import Why, in_words

UNLIKE = 1e-6
"""A rate that differs by more than this share from the mean of the usage was made of more than that."""
MEASURE_WORDS = {"fill_rate": "fill rate", "ready_rate": "ready rate", "cycle_service": "cycle service"}


def explain_level(levels: Levels, part: str, place: str = "") -> str:
    """Say in words how the level of a part at a place came about.

    Demand, class, lead-time demand, target, the level before and after minimum and maximum, MOQ and pack, and what the
    last unit buys: the service with and without it, and its money.

    Parameters
    ----------
    levels
        From `reorder_levels`.
    part, place
        Ids; the place may be empty where levels have none.

    Returns
    -------
    str
        A few lines, each a sentence or two.

    Raises
    ------
    ConfigError
        If there is no level of that part at that place.

    Examples
    --------
    >>> from datetime import date
    >>> from fieldops.inventory.history import DemandHistory
    >>> from fieldops.inventory.levels import reorder_levels
    >>> from fieldops.inventory.parts import PartMaster
    >>> history = DemandHistory.from_matrix([[2, 0, 0, 1, 0, 3] * 6], parts=["P1"], places="XA", first=date(2024, 1, 1))
    >>> levels = reorder_levels(history, PartMaster.of(["P1"], price=20, lead_time_days=30, min_stock_pcs=7))
    >>> print(explain_level(levels, "P1", "XA"))
    P1 at XA: when on hand + on order - backorders is 6 or less, order up to 7.
    Demand: 1.000 a month (mean of 36 months, 18 with demand), mean interval 2.00, CV2 0.18: intermittent. A, essential.
    Lead time 30.0 days + review 30.4 days = 1.99 months: 1.99 pieces, standard deviation 1.70 (negative_binomial).
    Target: fill rate 95.0 %. Least reorder point that reaches it: 5 (97.2 %; one less: 93.8 %).
    Minimum 7: raised to 6.
    Noted: too few parts to learn from: own history alone.
    Promise: fill rate 98.8 %, ready rate 98.2 %, cycle service 99.2 %; on average 0.01 awaited and 5.03 on hand.
    The last unit (20.00) lifts the fill rate from 97.2 % to 98.8 %: 0.19 more pieces a year from the shelf.
    """
    at = levels.position(part, place)
    lines = [_order(levels, at), _demand(levels, at), _interval(levels, at), _target(levels, at), *_limits(levels, at)]
    if levels.choice is not None and not levels.why[at] & int(Why.STATED):
        lines.insert(3, levels.choice.told(at))
    told = Why.FLOOR | Why.CAP | Why.ORDER_LOT | Why.OVERRIDE | Why.CHOSEN | Why.KEPT | Why.UNTOLD
    why = in_words(levels.why[[at]] & ~np.int64(told))[0]
    if why:
        lines.append(f"Noted: {why}.")
    return "\n".join([*lines, *_promise(levels, at)])


def _order(levels: Levels, at: int) -> str:
    point, full, quantity = levels.reorder_point[at], levels.order_up_to[at], levels.quantity[at]
    name = str(levels.parts.names[at])
    head = f"{levels.history.parts[at]}{f' ({name})' if name else ''} at {levels.history.places[at] or 'its place'}: "
    if point < 0:
        return head + f"not stocked; ordered when somebody waits for it, up to {full:,}."
    how = f"order multiples of {quantity:,}" if levels.kind[at] == "s,nQ" else f"order up to {full:,}"
    return head + f"when on hand + on order - backorders is {point:,} or less, {how}."


def _demand(levels: Levels, at: int) -> str:
    counts, per = levels.history.counts[:, [at]], levels.history.period
    seen, used = int(np.isfinite(counts).sum()), int((counts > 0).sum())
    cut, alone = int(levels.history.take(np.array([at])).stock_outs()[0]), levels.counted_rate[at]
    learnt = not levels.smoothed and not cut and abs(levels.rate[at] - alone) > UNLIKE * max(alone, levels.rate[at])
    how = levels.smoothed.name if levels.smoothed else str(levels.model[at]) if learnt else "mean"
    text = f"Demand: {levels.rate[at]:.3f} a {per} ({how} of {seen} {plural(per)}, {used} with demand"
    if cut:
        text += f", {cut} cut short by stock-outs"
    text += f"; usage alone: {alone:.3f})" if cut or learnt else ")"
    if used:
        interval, variation = classify.adi(counts, levels.interval)[0], classify.cv2(counts, levels.ddof)[0]
        text += f", mean interval {interval:.2f}, CV2 {variation:.2f}"
    return f"{text}: {levels.demand_class[at]}. {levels.abc[at]}, {levels.parts.criticality[at]}."


def _interval(levels: Levels, at: int) -> str:
    lead, review, per = levels.lead[at], levels.review[at], levels.history.period
    days = 1.0 / levels.history.in_periods(1.0)
    return (
        f"Lead time {lead * days:.1f} days{_varying(levels, at)} + review {review * days:.1f} days = "
        f"{lead + review:.2f} {plural(per)}: {levels.interval_mean[at]:,.2f} pieces, standard deviation "
        f"{np.sqrt(levels.interval_variance[at]):,.2f} ({levels.model[at]})."
    )


def _varying(levels: Levels, at: int) -> str:
    """Say how a lead time varies, and where that comes from."""
    one, days = levels.lead_times.take(np.array([at])), 1.0 / levels.history.in_periods(1.0)
    said = []
    if one.vary[0]:
        lengths = one.lengths[one.which[0]][one.weights[one.which[0]] > 0]
        spread = f"standard deviation {np.sqrt(one.variance[0]) * days:.1f}"
        observed = f"{lengths.min() * days:.0f} to {lengths.max() * days:.0f}, "
        said.append(spread if one.source[0] == STATED else observed + spread)
    if one.source[0] != STATED:
        said.append(f"{one.seen[0]:,} deliveries {SOURCES[one.source[0]]}")
    return f" ({'; '.join(said)})" if said else ""


def _target(levels: Levels, at: int) -> str:
    raw, word = int(levels.raw[at]), MEASURE_WORDS[levels.measure]
    if np.isnan(levels.target[at]):
        cost = levels.cost[at] * levels.history.in_periods(365.25)
        return f"Least cost: {cost:,.2f} a year for ordering, keeping and waiting; reorder point {raw:,}."
    head = f"Target: {word} {_percent(levels.target[at])}. "
    if _gone(levels, at):
        return head + "Whatever was demanded, a part superseded, ended or not introduced yet has no level of its own."
    if levels.rate[at] <= 0:
        return head + "Nothing was demanded, so history alone stocks nothing."
    text = head + f"Least reorder point that reaches it: {raw:,} ({_percent(_measure(levels, at, raw))}"
    return text + (f"; one less: {_percent(_measure(levels, at, raw - 1))})." if raw >= 0 else ").")


def _gone(levels: Levels, at: int) -> bool:
    """Tell whether its life is why nothing is stocked of an item."""
    return bool(levels.history.lives(UNSTOCKED)[at])


def _limits(levels: Levels, at: int) -> list[str]:
    """Say what MOQ, pack, floor and cap did, in the order in which they act."""
    parts, raw, point = levels.parts, int(levels.raw[at]), int(levels.reorder_point[at])
    moq, pack, floor, cap = (int(column[at]) for column in (parts.moq, parts.pack, parts.min_stock, parts.max_stock))
    lines = []
    if levels.quantity[at] > 1:
        lines.append(f"Least order {levels.quantity[at]:,} (MOQ {moq:,}, pack {pack:,}).")
    gone, one = _gone(levels, at), np.array([at])
    floored = raw if gone else max(raw, floor - 1)
    computed = raw if gone else int(bounded(levels.raw[one], levels.quantity[one], parts.take(one))[0][0])
    if floor and gone:
        lines.append(f"Minimum {floor:,}: not kept for such a part.")
    elif floor:
        lines.append(f"Minimum {floor:,}: " + (f"raised to {floored:,}." if floored > raw else "kept already."))
    if cap != NO_CAP:
        lines.append(f"Maximum {cap:,}: " + (f"lowered to {computed:,}." if computed < floored else "kept already."))
    if levels.why[at] & int(Why.OVERRIDE):
        lines.append(f"Set to {point:,} by a planner; worked out: {computed:,}.")
    return lines


def _promise(levels: Levels, at: int) -> list[str]:
    if levels.rate[at] <= 0:
        return ["Promise: none can be worked out without demand."]
    point, word = int(levels.reorder_point[at]), MEASURE_WORDS[levels.measure]
    now = _service(levels, at, point)
    rates = ", ".join(f"{text} {_percent(getattr(now, name)[0])}" for name, text in MEASURE_WORDS.items())
    awaited, shelf = now.expected_backorders[0], now.expected_on_hand[0]
    lines = [f"Promise: {rates}; on average {awaited:,.2f} awaited and {shelf:,.2f} on hand."]
    if point >= 0:
        less = _service(levels, at, point - 1)
        yearly = levels.rate[at] * levels.history.in_periods(365.25) * (now.fill_rate[0] - less.fill_rate[0])
        lines.append(
            f"The last unit ({levels.price[at]:,.2f}) lifts the {word} from "
            f"{_percent(getattr(less, levels.measure)[0])} to {_percent(getattr(now, levels.measure)[0])}: "
            f"{yearly:.2g} more pieces a year from the shelf."
        )
    return lines


def _service(levels: Levels, at: int, point: int) -> Service:
    one = np.array([at])
    demands = levels.demands(levels.fit(at), one)
    return policy.service(demands, np.array([point]), levels.quantity[one], levels.kind[one])


def _measure(levels: Levels, at: int, point: int) -> float:
    return float(getattr(_service(levels, at, point), levels.measure)[0])


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f} %"
