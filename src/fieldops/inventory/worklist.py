"""What a parts planner opens in the morning: the part-locations that want a decision, with money, sorted.

A line is a part-location and what is the matter with it, one of `KINDS`. Lines come in the order of the kinds, within a
kind by criticality, then by money. ``value`` is what the line is about, in currency units:

- ``backorders``: pieces that somebody waits for x price;
- ``stock-out``: pieces that will be asked for before an order placed now comes in (rate x lead time, at least one)
  x price;
- ``overdue``: pieces of a purchase order that should have come x price;
- ``order``: pieces to order x price, where the shelf isn't empty;
- ``jump``: change of the order-up-to level since the last run x price;
- ``override-moved``, ``override-expired``: the level held less the one worked out (``order``: pieces), x price;
- ``excess``: pieces beyond what an order could fill up to x price;
- ``on-order-differs``: pieces by which the stock table and the purchase orders differ x price.

A planner approves a line or decides otherwise, see `overrides`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from fieldops.errors import ConfigError
from fieldops.inventory.demand.base import Ints
from fieldops.inventory.holding import hold, ordered, settled
from fieldops.inventory.levels import Levels
from fieldops.inventory.overrides import MOVED_RATE, Override
from fieldops.inventory.parts import CRITICALITY
from fieldops.inventory.proposals import Stock, propose
from fieldops.inventory.purchases import Purchases
from fieldops.inventory.worklines import Figures

if TYPE_CHECKING:
    import pandas as pd

KINDS: Final = {
    "backorders": "somebody waits",
    "stock-out": "the shelf is empty",
    "overdue": "should have come by now",
    "order": "to order",
    "jump": "level jumped since the last run",
    "override-moved": "decided, but the figures moved",
    "override-expired": "the decision has expired",
    "excess": "more than the level asks for",
    "on-order-differs": "stock and purchase orders differ",
}
JUMP_RATE: Final = 0.5
"""A level that changed by more than this share, and by more than a piece, has jumped."""
CRITICAL: Final = {word: rank for rank, word in enumerate(CRITICALITY)}
ORDERING: Final = ("backorders", "stock-out", "order")
"""Kinds that an order settles."""
DECIDED: Final = ("decision", "decided_pcs", "reason", "by", "until")
"""Columns that are left empty, for the planner."""
OF_LAST: Final = ("part", "place", "reorder_point_pcs", "order_up_to_pcs")


@dataclass(frozen=True, eq=False)
class Morning:
    """One morning's figures.

    Attributes
    ----------
    levels
        With what planners decided.
    computed
        Reorder points as worked out, shape (items,).
    proposals
        Orders with what planners decided, one row an item; ``proposed_pcs`` is what was proposed.
    lines
        The work list, one row a line; ``status`` is ``open``, ``approved`` or ``decided`` (another order).
    overrides
        All decisions with their status.
    """

    levels: Levels
    computed: Ints
    proposals: pd.DataFrame
    lines: pd.DataFrame
    overrides: tuple[Override, ...]


def morning(
    levels: Levels,
    stock: Stock,
    *,
    today: date,
    overrides: Sequence[Override] = (),
    purchases: Purchases | None = None,
    last: pd.DataFrame | None = None,
    jump_rate: float = JUMP_RATE,
    moved_rate: float = MOVED_RATE,
    approve_above: float = 0.0,
) -> Morning:
    """Make the work list.

    Parameters
    ----------
    levels
        As worked out.
    stock
        One row a part-location.
    today
        Purchase orders due before it are overdue, decisions whose last day is before it have expired.
    overrides
        What planners decided before.
    purchases
        Open purchase orders; None: not known.
    last
        Levels of the last run, as `Levels.to_frame` gave them (at least `OF_LAST`); None: no jumps.
    jump_rate
        Share by which an order-up-to level has to change, beyond one piece, to count as a jump.
    moved_rate
        Share by which figures may change before a decision made on them comes up again.
    approve_above
        Orders of less than so much money need nobody's approval and are not on the list, unless somebody waits or the
        shelf is empty.

    Returns
    -------
    Morning
        Levels, proposals, the list, and the decisions as they stand.

    Raises
    ------
    ConfigError
        As in `propose`, and for rates below 0.

    Examples
    --------
    >>> from fieldops.inventory.history import DemandHistory
    >>> from fieldops.inventory.levels import reorder_levels
    >>> from fieldops.inventory.parts import PartMaster
    >>> history = DemandHistory.from_matrix([[2, 0, 1] * 8], parts=["P1"], places="XA", first=date(2025, 1, 1))
    >>> levels = reorder_levels(history, PartMaster.of(["P1"], price=5, lead_time_days=20))
    >>> found = morning(levels, Stock.of(["P1"], ["XA"], on_hand_pcs=0), today=date(2027, 1, 1))
    >>> found.lines.loc[0, ["kind", "part", "value", "order_pcs"]].to_dict()
    {'kind': 'stock-out', 'part': 'P1', 'value': 5.0, 'order_pcs': 4}
    """
    import pandas as pd

    if min(jump_rate, moved_rate, approve_above) < 0:
        raise ConfigError("jump_rate, moved_rate and approve_above are 0 or more")
    held, on_levels = hold(levels, overrides, today=today, moved_rate=moved_rate)
    proposals, on_orders = ordered(propose(held, stock), overrides, today=today, moved_rate=moved_rate)
    figures, decided = Figures(held, levels.reorder_point, proposals), [*on_levels, *on_orders]
    parts = [
        figures.waiting(),
        figures.empty_shelves(),
        figures.overdue(purchases or Purchases.none(), today),
        figures.orders(approve_above),
        figures.jumps(last, jump_rate),
        figures.decided(decided, "moved"),
        figures.decided(decided, "expired"),
        figures.excess(),
        figures.differing(purchases),
    ]
    lines = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    approvals = [one for one in overrides if one.decision == "approve"]
    lines, on_lines = _approved(lines, approvals, today, moved_rate)
    lines = _decided(lines, on_orders)
    return Morning(held, levels.reorder_point, proposals, _sorted(lines), (*decided, *on_lines))


def _approved(
    lines: pd.DataFrame, approvals: Sequence[Override], today: date, moved_rate: float
) -> tuple[pd.DataFrame, list[Override]]:
    """Mark the lines that somebody approved and that are still about the same."""
    if not approvals:
        return lines.assign(status="open"), []
    at = {key: n for n, key in enumerate(zip(lines["part"], lines["place"], lines["kind"], strict=True))}
    status, what, pieces = ["open"] * len(lines), lines["what"].tolist(), lines["pcs"].tolist()
    told = []
    for one in approvals:
        n = at.get((one.part, one.place, one.kind))
        told.append(settled(one, None if n is None else pieces[n], today=today, moved_rate=moved_rate))
        if n is not None and told[-1].status == "active":
            status[n], what[n] = "approved", f"{what[n]}; approved by {one.by}: {one.reason}"
        elif n is not None and told[-1].status == "moved":
            what[n] += f"; approved by {one.by} when it was {one.seen:,.0f}"
    return lines.assign(status=status, what=what), told


def _decided(lines: pd.DataFrame, on_orders: Sequence[Override]) -> pd.DataFrame:
    """Mark the lines whose order a planner set: nothing more is to be decided on them."""
    mine = {(one.part, one.place): one for one in on_orders if one.status == "active"}
    if not mine:
        return lines
    status, what = lines["status"].tolist(), lines["what"].tolist()
    for n, (part, place, kind) in enumerate(zip(lines["part"], lines["place"], lines["kind"], strict=True)):
        one = mine.get((part, place))
        if one is not None and kind in ORDERING:
            status[n], what[n] = "decided", f"{what[n]}; {one.decided} to order by {one.by}: {one.reason}"
    return lines.assign(status=status, what=what)


def _sorted(lines: pd.DataFrame) -> pd.DataFrame:
    """Sort by kind, criticality and money, settled lines last; leave room for decisions."""
    order = {kind: rank for rank, kind in enumerate(KINDS)}
    rank = lines.assign(
        _status=lines["status"] != "open",
        _kind=lines["kind"].map(order),
        _critical=lines["criticality"].map(CRITICAL),
        _value=-lines["value"],
    )
    found = rank.sort_values(["_status", "_kind", "_critical", "_value", "part", "place"], kind="stable")
    found = found.drop(columns=["_status", "_kind", "_critical", "_value"]).reset_index(drop=True)
    return found.assign(**dict.fromkeys(DECIDED))
