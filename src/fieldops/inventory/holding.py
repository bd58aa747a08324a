"""Put what planners decided into force: hold levels, order what they said, and say how each decision stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from fieldops.inventory import policy
from fieldops.inventory.demand.base import Floats, Ints
from fieldops.inventory.demand.rates import at_rate
from fieldops.inventory.levels import Levels
from fieldops.inventory.overrides import MOVED_RATE, SLACK, Override
from fieldops.inventory.policy import Service
from fieldops.inventory.reasons import Why

if TYPE_CHECKING:
    import pandas as pd


def about(now: float, seen: float, moved_rate: float = MOVED_RATE) -> bool:
    """Whether a quantity is about what it was.

    >>> about(3, 2), about(4, 2), about(50, 40)
    (True, False, True)
    """
    return abs(now - seen) <= max(SLACK, moved_rate * abs(seen))


def hold(
    levels: Levels, overrides: Sequence[Override], *, today: date, moved_rate: float = MOVED_RATE
) -> tuple[Levels, list[Override]]:
    """Hold the levels that planners decided; give the levels, and all decisions on levels with their status.

    Parameters
    ----------
    levels
        As worked out.
    overrides
        Decisions; others than ``level`` are left out.
    today
        A decision whose last day is before it has expired.
    moved_rate
        Share by which a level may change without having moved.

    Returns
    -------
    levels
        With these reorder points, the order quantity on top, and what they promise.
    decisions
        With `seen` noted where it wasn't.

    Examples
    --------
    >>> from fieldops.inventory.history import DemandHistory
    >>> from fieldops.inventory.levels import reorder_levels
    >>> from fieldops.inventory.parts import PartMaster
    >>> history = DemandHistory.from_matrix([[2, 0, 1] * 8], parts=["P1"], places="XA", first=date(2025, 1, 1))
    >>> levels = reorder_levels(history, PartMaster.of(["P1"], lead_time_days=20))
    >>> festival = Override("P1", "XA", "level", 9, reason="festival", by="Li", until=date(2027, 3, 1))
    >>> held, (told,) = hold(levels, [festival], today=date(2027, 1, 1))
    >>> int(held.reorder_point[0]), told.status, told.seen == int(levels.reorder_point[0])
    (9, 'active', True)
    """
    mine = [one for one in overrides if one.decision == "level"]
    found, at = [], positions(levels.history.parts, levels.history.places, mine)
    for one, item in zip(mine, at, strict=True):
        now = None if item < 0 else float(levels.reorder_point[item])
        found.append(_standing(one, now, today, moved_rate))
    holding = [(item, one.decided) for item, one in zip(at, found, strict=True) if not one.over]
    if not holding:
        return levels, found
    items, points = (np.array(values, dtype=np.int64) for values in zip(*holding, strict=True))
    return _held(levels, items, points), found


def ordered(
    proposals: pd.DataFrame, overrides: Sequence[Override], *, today: date, moved_rate: float = MOVED_RATE
) -> tuple[pd.DataFrame, list[Override]]:
    """Put the orders that planners decided in place of those proposed, as long as they are about those they saw.

    Parameters
    ----------
    proposals
        From `propose`.
    overrides
        Decisions; others than ``order`` are left out.
    today, moved_rate
        As in `hold`.

    Returns
    -------
    proposals
        With ``proposed_pcs``, what was proposed, beside ``order_pcs``, what is to be ordered.
    decisions
        With their status.
    """
    mine = [one for one in overrides if one.decision == "order"]
    at = positions(proposals["part"], proposals["place"], mine)
    proposed = proposals["order_pcs"].to_numpy(dtype=np.int64)
    order, found = proposed.copy(), []
    for one, item in zip(mine, at, strict=True):
        now = None if item < 0 else float(proposed[item])
        told = _standing(one, now, today, moved_rate)
        if now == 0 and told.status != "expired":
            told = replace(told, status="done")
        if told.status == "active" and one.decided is not None:
            order[item] = one.decided
        found.append(told)
    frame = proposals.assign(order_pcs=order, order_value=order * _unit_price(proposals), proposed_pcs=proposed)
    return frame, found


def _unit_price(proposals: pd.DataFrame) -> Floats:
    pieces = proposals["order_pcs"].to_numpy(dtype=np.float64)
    value = proposals["order_value"].to_numpy(dtype=np.float64)
    return np.where(pieces > 0, value / np.where(pieces > 0, pieces, 1.0), 0.0)


def _standing(one: Override, now: float | None, today: date, moved_rate: float) -> Override:
    """Say how a decision stands against what is worked out now (None: no such part-location)."""
    if one.until is not None and one.until < today:
        return replace(one, status="expired")
    if now is None:
        return replace(one, status="gone")
    if one.seen is None:
        return replace(one, status="active", seen=now)
    return replace(one, status="active" if about(now, one.seen, moved_rate) else "moved")


def settled(one: Override, now: float | None, *, today: date, moved_rate: float = MOVED_RATE) -> Override:
    """Say how an approval stands: `now` is the quantity of its line, None where there is no such line any more."""
    told = _standing(one, 0.0 if now is None else now, today, moved_rate)
    return replace(told, status="done") if now is None and told.status != "expired" else told


def positions(parts: Any, places: Any, of: Sequence[Override]) -> Ints:
    """Find the part-location of each decision among those given; -1 where it isn't there."""
    import pandas as pd

    if not of:
        return np.empty(0, dtype=np.int64)
    items = pd.MultiIndex.from_arrays([parts, places])
    return np.asarray(items.get_indexer(pd.MultiIndex.from_tuples([(one.part, one.place) for one in of])))


def _held(levels: Levels, items: Ints, points: Ints) -> Levels:
    """Give levels with other reorder points for some items, and what these promise."""
    point, full, why = levels.reorder_point.copy(), levels.order_up_to.copy(), levels.why.copy()
    point[items], why[items] = points, why[items] | int(Why.OVERRIDE)
    full[items] = points + levels.quantity[items]
    promised = Service(*(getattr(levels.promised, field.name).copy() for field in fields(Service)))
    for name in sorted(set(levels.model[items])):
        mine = items[levels.model[items] == name]
        history = levels.history.take(mine)
        fit = at_rate(levels.models[name].fit(history), history, levels.smoothed)
        demands = levels.demands(fit, mine)
        now = policy.service(demands, point[mine], levels.quantity[mine], levels.kind[mine])
        for field in fields(Service):
            getattr(promised, field.name)[mine] = getattr(now, field.name)
    return replace(levels, reorder_point=point, order_up_to=full, why=why, promised=promised)
