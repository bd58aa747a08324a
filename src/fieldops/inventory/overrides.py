"""What planners decided: levels and orders set by hand, lines of the work list approved, kept through the next runs.

A decision is made by somebody, for a reason, on what the run had worked out that day (`seen_pcs`), and it may end on a
day. Three kinds:

- ``level``: hold this reorder point (-1: don't stock) whatever is worked out. It holds until its day. When the level
  worked out moves away from the one it was made on, it still holds, but comes up for review.
- ``order``: order so many pieces instead of those proposed (0: none). It holds while the proposal is about the one it
  was made on; when the need is gone it is done, and when the proposal moved away it no longer holds: nobody decided on
  *that* one, and an order placed twice is dear.
- ``approve``: this line of the work list is all right. It holds while the line's quantity stays about what it was.

*About*: within `SLACK` pieces or `moved_rate` of what was seen, whichever is more.

Columns of the table ``overrides`` are declared here; a work list that somebody filled in is read by the same rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from fieldops.cells import shown
from fieldops.columns import Choice, Column, Moment, Name, Number, Text
from fieldops.errors import ConfigError, Fault
from fieldops.inventory.parts import PART_ALIASES, PLACE_ALIASES
from fieldops.tables import Table

if TYPE_CHECKING:
    import pandas as pd

Decision: TypeAlias = Literal["approve", "level", "order"]
Status: TypeAlias = Literal["active", "moved", "done", "expired", "gone"]

SLACK: Final = 1.0
"""Pieces by which a quantity may change without having moved."""
MOVED_RATE: Final = 0.25
"""Share by which it may."""

DECISIONS: Final = {
    "approve": ("ok", "yes", "approved", "同意", "批准", "确认"),
    "level": ("set level", "override", "改水位", "设定水位", "改订货点"),
    "order": ("set order", "quantity", "改数量", "改订货量"),
}
STATUSES: Final = {
    "active": "holds",
    "moved": "what it was made on has moved: decide again",
    "done": "nothing is left to decide",
    "expired": "its last day is over",
    "gone": "there is no such part-location",
}
OVER: Final = ("done", "expired", "gone")
"""Statuses that concern nobody any more."""
_WORDS: Final = (
    Column(
        "", "kind", Name(), default="", aliases=("事项",), help="line of the work list that is approved; else empty"
    ),
    Column("", "part", Name(), aliases=PART_ALIASES, help="id of the part"),
    Column("", "place", Name(), default="", aliases=PLACE_ALIASES, help="depot or van"),
    Column("", "decision", Choice(DECISIONS), default=None, aliases=("决定",), help="approve, level or order"),
    Column(
        "",
        "decided_pcs",
        Number(low=-1, high=1e9, whole=True),
        default=None,
        aliases=("改为",),
        help="level: the reorder point to hold (-1: don't stock); order: the pieces to order now",
    ),
    Column("", "reason", Text(), default="", aliases=("理由",), help="why, for whoever comes after"),
    Column("", "by", Text(), default="", aliases=("决定人",), help="who decided"),
    Column("", "until", Moment(), default=None, aliases=("有效期至",), help="last day on which it holds; empty: open"),
)
_SEEN: Final = Number(low=-1, high=1e15)
COLUMNS: Final = (
    *(replace(column, table="overrides") for column in _WORDS),
    Column("overrides", "seen_pcs", _SEEN, default=None, help="what the run had worked out then; empty: as it is now"),
)
"""Columns of the table ``overrides``: the planner's own, read every time."""
KEPT_COLUMNS: Final = (
    *(replace(column, table="kept_overrides") for column in COLUMNS),
    Column("kept_overrides", "status", Choice(dict.fromkeys(STATUSES, ())), default="active", help="how it stood"),
    Column("kept_overrides", "stated", Choice({"table": (), "list": ()}), default="list", help="where it was decided"),
)
"""Columns of ``overrides.csv`` as a run writes it and the next one reads it."""
LISTS: Final = ("worklist_csv", "worklist")
LIST_COLUMNS: Final = tuple(
    column
    for table in LISTS
    for column in (
        *(replace(column, table=table) for column in _WORDS),
        *(
            Column(table, name, _SEEN, default=None, help="as the run wrote it")
            for name in ("pcs", "computed_pcs", "proposed_pcs")
        ),
    )
)
"""Columns of a work list that was filled in: as text, or as a workbook, which prevails."""


@dataclass(frozen=True)
class Override:
    """One decision; see the module.

    Attributes
    ----------
    part, place
        Which part-location.
    decision, decided
        What was decided, and the pieces of it (None for ``approve``).
    reason, by, until
        Why, by whom, and the last day on which it holds (None: open).
    kind
        Line of the work list that was approved.
    seen
        What the run had worked out: the reorder point, the order, or the quantity of the line. None: not noted yet.
    status
        How it stands, after `hold`, `ordered` or `settled` (`holding`).
    stated
        Whether it stands in the planner's own table, which is read every time, or was filled into a work list.

    Raises
    ------
    ConfigError
        If it can't be: a level below -1, an order below 0, an approval of no line, no reason or no name.

    Examples
    --------
    >>> Override("P1", "XA", "level", 7, reason="festival", by="Li", until=date(2027, 3, 1)).decided
    7
    """

    part: str
    place: str
    decision: Decision
    decided: int | None = None
    reason: str = ""
    by: str = ""
    until: date | None = None
    kind: str = ""
    seen: float | None = None
    status: Status = "active"
    stated: bool = True

    def __post_init__(self) -> None:
        wrong = next(_wrong(self.decision, self.decided, self.reason, self.by, self.kind), None)
        if wrong is not None:
            raise ConfigError(f"override of part {self.part!r} at {self.place!r}: {wrong[2]}; {wrong[3]}")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it decides; a later decision on the same replaces it."""
        return self.part, self.place, self.decision, self.kind if self.decision == "approve" else ""

    @property
    def over(self) -> bool:
        """Whether it no longer concerns anybody."""
        return self.status in OVER


def _wrong(decision: str, decided: int | None, reason: str, by: str, kind: str) -> Iterator[tuple[str, str, str, str]]:
    """Give column, code, cause and action of whatever is wrong with a decision."""
    if decision == "approve":
        if decided is not None:
            action = "decide level or order, or leave decided_pcs empty"
            yield "decided_pcs", "approved-otherwise", "an approval takes the line as it stands", action
        if not kind:
            yield "kind", "no-line", "the approval names no line of the work list", "copy the line's kind"
    elif decided is None:
        what = "reorder point" if decision == "level" else "pieces to order"
        yield "decided_pcs", "no-quantity", f"{decision} is decided without a quantity", f"write the {what}"
    elif decision == "order" and decided < 0:
        yield "decided_pcs", "bad-value", f"{decided} pieces can't be ordered", "write 0 to order none"
    elif decision == "level" and decided < -1:
        yield "decided_pcs", "bad-value", f"{decided} is no reorder point", "write -1 not to stock the part"
    if not reason:
        yield "reason", "no-reason", "nobody will know why this was decided", "write the reason"
    if not by:
        yield "by", "no-name", "nobody can be asked about this decision", "write who decided"


def faulty_overrides(table: Table, kinds: Collection[str], items: Collection[tuple[str, str]]) -> Iterator[Fault]:
    """Find what one cell alone doesn't show: decisions without reason, name or quantity, or made twice.

    Parameters
    ----------
    table
        ``overrides`` or one of `LISTS`, as read with `COLUMNS` or `LIST_COLUMNS`.
    kinds
        Known lines of the work list.
    items
        Known (part, place) pairs.
    """
    first: dict[tuple[Any, ...], int] = {}
    for at, row in enumerate(table.rows):
        values = {name: cells[at] for name, cells in table.columns.items()}
        decision, written = values["decision"], values["decided_pcs"] is not None or values["reason"] or values["by"]
        if decision is None:
            if written:
                cause, action = "the row says something but decides nothing", "write approve, level or order"
                yield Fault(table.name, row, table.heading("decision"), "no-decision", cause, action, values["part"])
            continue
        for column, code, cause, action in _wrong(
            decision, values["decided_pcs"], values["reason"], values["by"], values["kind"]
        ):
            yield Fault(table.name, row, table.heading(column), code, cause, action, values["part"])
        if decision == "approve" and values["kind"] and values["kind"] not in kinds:
            cause, action = f"{shown(values['kind'])} is no line of the work list", f"one of {', '.join(kinds)}"
            yield Fault(table.name, row, table.heading("kind"), "unknown-kind", cause, action, values["part"])
        if (values["part"], values["place"]) not in items:
            cause = f"there is no part {shown(values['part'])} at {shown(values['place'])}: no table names it"
            action = "mend part and place; a spreadsheet that opens CSV may have taken zeros off an id"
            yield Fault(table.name, row, table.heading("part"), "unknown-item", cause, action, values["part"])
        key = (values["part"], values["place"], decision, values["kind"] if decision == "approve" else "")
        if key in first:
            cause = f"{decision} of part {shown(key[0])} at {shown(key[1])} is decided in row {first[key]} already"
            yield Fault(table.name, row, table.heading("decision"), "decided-twice", cause, "keep one", values["part"])
        first.setdefault(key, row)


def overrides_of(table: Table, zone: ZoneInfo) -> list[Override]:
    """Read the decisions of a table without faults; rows that decide nothing are passed over.

    The table is ``overrides``, one of `LISTS` or ``kept_overrides``; what is over in the last is passed over as well.
    """
    found, listed = [], table.name in LISTS
    for at in range(len(table)):
        decision = table["decision"][at]
        if decision is None or (table.name == "kept_overrides" and table["status"][at] in OVER):
            continue
        until = table["until"][at]
        seen = {"level": "computed_pcs", "order": "proposed_pcs", "approve": "pcs"}[decision] if listed else "seen_pcs"
        found.append(
            Override(
                part=table["part"][at],
                place=table["place"][at],
                decision=decision,
                decided=table["decided_pcs"][at],
                reason=table["reason"][at],
                by=table["by"][at],
                until=datetime.fromtimestamp(until, zone).date() if until is not None else None,
                kind=table["kind"][at] if decision == "approve" else "",
                seen=table[seen][at],
                stated=table.name == "overrides" or (table.name == "kept_overrides" and table["stated"][at] == "table"),
            )
        )
    return found


def merged(stated: Sequence[Override], kept: Sequence[Override], filled: Sequence[Override]) -> list[Override]:
    """Join decisions: what was filled in last prevails over what was kept, and that over the planner's own table.

    What the own table says again takes over what was noted when it was said first.
    """
    found = {one.key: one for one in stated}
    noted = {(one.key, one.decided, one.reason, one.by, one.until): one.seen for one in kept if one.stated}
    for key, one in found.items():
        if one.seen is None:
            found[key] = replace(one, seen=noted.get((key, one.decided, one.reason, one.by, one.until)))
    for one in [*(one for one in kept if not one.stated), *filled]:
        found[one.key] = one
    return list(found.values())


def to_frame(overrides: Iterable[Override]) -> pd.DataFrame:
    """Give one row a decision, in the columns of the table ``overrides``; reads back as it was."""
    import pandas as pd

    rows = [
        {
            "part": one.part,
            "place": one.place,
            "decision": one.decision,
            "kind": one.kind,
            "decided_pcs": one.decided,
            "reason": one.reason,
            "by": one.by,
            "until": one.until,
            "seen_pcs": one.seen,
            "status": one.status,
            "stated": "table" if one.stated else "list",
            "meaning": STATUSES[one.status],
        }
        for one in overrides
    ]
    names = "part place decision kind decided_pcs reason by until seen_pcs status stated meaning".split()
    return pd.DataFrame(rows, columns=names).astype({"decided_pcs": "Int64"})
