"""A column that somebody reads: its table, its name, how its cells become values.

Whoever needs a column declares it: a rule its own, the clock and the stock rooms theirs. `tables.py` reads
just the declared columns, so a table never carries a column that is accepted and then ignored unseen.

A *kind* turns one cell into one value and raises ``ValueError`` with words for people. Cells arrive as
text from files and as numbers, datetimes or lists from DataFrames; both are understood. A kind may have
``example`` (a cell to copy, named in the fault) and ``aware(cell)`` (whether a moment names its zone; then
naive moments beside aware ones are found).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from fieldops import cells, units
from fieldops.cells import shown
from fieldops.cells import tidy as tidy

REQUIRED: Final = object()
Kind = Callable[[Any, ZoneInfo], Any]


@dataclass(frozen=True)
class Column:
    """One column of one table, declared by the room that reads it.

    Parameters
    ----------
    table, name
        Where it stands; a numeric name ends in its unit (``service_min``).
    kind
        Turns a cell into a value; one of the kinds of this module or any callable ``(cell, zone) -> value``.
    default
        Value of an empty cell and of an absent column. Without one the column is required.
    refers
        ``table.column`` whose values this column names; a name that is not there is a fault.
    aliases
        Other headings that mean this column, e.g. the common Chinese ones.
    unique
        Whether two rows may not share a value (ids).
    help
        One line for the documentation.
    """

    table: str
    name: str
    kind: Kind
    default: Any = REQUIRED
    refers: str = ""
    aliases: tuple[str, ...] = ()
    unique: bool = False
    help: str = field(default="", compare=False)

    @property
    def required(self) -> bool:
        """Whether an empty cell is a fault."""
        return self.default is REQUIRED

    def of(self, values: Mapping[str, Any]) -> Any:
        """Return this column's value among a row's `values`, or the default where it has none."""
        return values.get(self.name, None if self.required else self.default)


@dataclass(frozen=True)
class Number:
    """A plain number between `low` and `high`; a whole one if `whole`."""

    low: float = 0.0
    high: float = math.inf
    whole: bool = False

    def __call__(self, cell: Any, zone: ZoneInfo) -> float | int:
        if self.whole:
            return cells.whole_number(cell, self.low, self.high)
        return float(cells.within(cells.number(cell), self.low, self.high))

    @property
    def example(self) -> str:
        """A cell to copy."""
        usual = max(self.low, min(12.0, self.high))
        return f"{math.ceil(usual) if self.whole else usual:g}"


@dataclass(frozen=True)
class Duration:
    """A duration stated in `unit`, kept in whole seconds."""

    unit: str
    low: float = 0.0
    high: float = math.inf

    def __call__(self, cell: Any, zone: ZoneInfo) -> units.Seconds:
        value = cells.within(cells.number(cell), self.low, self.high, self.unit)
        return units.whole(value * units.SECONDS_PER[self.unit])

    @property
    def example(self) -> str:
        """A cell to copy."""
        return f"{max(self.low, min(45, self.high)):g}"


@dataclass(frozen=True)
class Distance:
    """A distance stated in `unit`, kept in whole metres."""

    unit: str
    low: float = 0.0
    high: float = math.inf

    def __call__(self, cell: Any, zone: ZoneInfo) -> units.Metres:
        value = cells.within(cells.number(cell), self.low, self.high, self.unit)
        return units.whole(value * units.METRES_PER[self.unit])

    @property
    def example(self) -> str:
        """A cell to copy."""
        return f"{max(self.low, min(12.5, self.high)):g}"


@dataclass(frozen=True)
class Amount:
    """An amount of money in currency units, kept as Money per `per` (1, an hour, a kilometre)."""

    per: int = 1
    low: float = 0.0
    high: float = 1e12

    example = "120.50"

    def __call__(self, cell: Any, zone: ZoneInfo) -> units.Money:
        value = cells.within(cells.number(cell), self.low, self.high)
        return units.whole(value * 100) * units.CENT // self.per


@dataclass(frozen=True)
class Text:
    """Words for people, kept as they are but for outer blanks."""

    example = "a few words"

    def __call__(self, cell: Any, zone: ZoneInfo) -> str:
        return cell.strip() if isinstance(cell, str) else cells.name(cell)


@dataclass(frozen=True)
class Name:
    """An id or a key: text always (``00123``, ``1E5`` and ``NA`` survive), tidied."""

    example = "A-0012"

    def __call__(self, cell: Any, zone: ZoneInfo) -> str:
        return cells.name(cell)


@dataclass(frozen=True)
class Choice:
    """One of a few words; each word may have other spellings. Upper and lower case are the same."""

    words: Mapping[str, tuple[str, ...]]

    def __call__(self, cell: Any, zone: ZoneInfo) -> str:
        text = cells.name(cell).casefold()
        for word, others in self.words.items():
            if text in (tidy(spelling).casefold() for spelling in (word, *others)):
                return word
        raise ValueError(f"{shown(cell)} is none of {', '.join(self.words)}")

    def __hash__(self) -> int:
        return hash(tuple(self.words))

    @property
    def example(self) -> str:
        """A cell to copy."""
        return next(iter(self.words))


YES = ("yes", "y", "true", "1", "是", "有")
NO = ("no", "n", "false", "0", "否", "无")


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    example = "yes"

    def __call__(self, cell: Any, zone: ZoneInfo) -> bool:
        text = cells.name(cell).casefold()
        if text in YES:
            return True
        if text in NO:
            return False
        raise ValueError(f"{shown(cell)} is neither yes nor no")


@dataclass(frozen=True)
class Moment:
    """A moment, kept as seconds since 1970-01-01 UTC; local time of the run's zone where it names none."""

    example = "2026-11-23 09:30"

    def __call__(self, cell: Any, zone: ZoneInfo) -> units.Seconds:
        return cells.unix(cells.stated(cell), zone)

    def aware(self, cell: Any) -> bool:
        """Whether the cell names its zone."""
        return cells.aware(cell)


@dataclass(frozen=True)
class TimeOfDay:
    """A time of the day like 08:30, kept as seconds after local midnight; 24:00 is the day's end."""

    example = "08:30"

    def __call__(self, cell: Any, zone: ZoneInfo) -> units.Seconds:
        return cells.time_of_day(cell)


@dataclass(frozen=True)
class Names:
    """Several ids, separated by ``;`` (``,`` ``、`` and ``|`` are understood)."""

    example = "network; electric"

    def __call__(self, cell: Any, zone: ZoneInfo) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cells.names(cell)))


@dataclass(frozen=True)
class Counts:
    """Several ids with a whole number each, ``network:2; electric`` (1 where none is said)."""

    low: int = 1
    high: int = 1_000_000

    example = "network:2; electric"

    def __call__(self, cell: Any, zone: ZoneInfo) -> tuple[tuple[str, int], ...]:
        found: dict[str, int] = {}
        for name, count in cells.pairs(cell):
            if not name:
                raise ValueError(f"{shown(cell)} holds a number without a name")
            if name in found:
                raise ValueError(f"{name!r} stands there twice")
            found[name] = cells.whole_number(count, self.low, self.high)
        return tuple(found.items())


@dataclass(frozen=True)
class Windows:
    """Several time windows, ``2026-11-23 09:00/2026-11-23 12:00``; kept as (start, end) in Unix seconds.

    Windows are separated by ``;``, their ends by ``/``, ``~`` or `` - ``; the second end may be a time alone
    and then means the same day. From DataFrames: a list of (start, end) pairs.
    """

    example = "2026-11-23 09:00/2026-11-23 12:00"

    def __call__(self, cell: Any, zone: ZoneInfo) -> tuple[tuple[units.Seconds, units.Seconds], ...]:
        ends = cells.windows(cell)
        if len({cells.aware(end) for window in ends for end in window}) > 1:
            raise ValueError(f"some times of {shown(cell)} name a zone and others don't")
        found = []
        for start, end in ends:
            window = cells.unix(cells.stated(start), zone), cells.unix(cells.stated(end), zone)
            if window[1] < window[0]:
                raise ValueError(f"the window {start}/{end} ends before it starts")
            found.append(window)
        return tuple(sorted(found))

    def aware(self, cell: Any) -> bool:
        """Whether the cell names its zone."""
        return any(cells.aware(start) for start, _ in cells.windows(cell))
