"""What one cell says: a name, a number, a moment. The kinds of `columns.py` are made of these.

Cells come as text from CSV files, as text, numbers and datetimes from Excel, and as anything from DataFrames.
Each function either understands its cell or raises ``ValueError`` with words for people.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sized
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from fieldops import units

LARGEST = Decimal(10) ** 15
"""Numbers beyond it are mistakes; whole numbers up to it are exact in a double and in Excel."""

YEARS = range(2000, 2100)
SHOWN = 60

THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
OFFSET = re.compile(r"\d\s*(?:[zZ]|[+-]\d{2}(?::?\d{2})?)$")
PLAIN_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T](?:[01]\d|2[0-3]):\d\d(?::\d\d)?(?:[+-]\d\d:\d\d)?)?")
BARE_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")


def tidy(text: str) -> str:
    """Normalise a key: full-width digits and letters to plain ones (NFKC), outer blanks off.

    >>> tidy("　Ｐ００１ ")
    'P001'
    """
    return unicodedata.normalize("NFKC", text).strip()


def shown(cell: Any) -> str:
    """Quote a cell in a message; a long one is cut.

    >>> shown("netwrok")
    "'netwrok'"
    """
    if isinstance(cell, datetime | date | time):
        return f"'{cell}'"
    text = repr(cell.item() if hasattr(cell, "item") and not isinstance(cell, Sized) else cell)
    return text if len(text) <= SHOWN else text[: SHOWN - 4] + " ..."


def empty(cell: Any) -> bool:
    """Whether a cell says nothing: None, NaN, NaT, blanks or a list without items.

    >>> empty(" "), empty(float("nan")), empty(0), empty("NA")
    (True, True, False, False)
    """
    if isinstance(cell, str):
        return not cell.strip()
    if cell is None or type(cell).__name__ == "NAType":
        return True
    if isinstance(cell, Sized):
        return len(cell) == 0
    return bool(cell != cell)


def name(cell: Any) -> str:
    """Read an id or a key: text always, tidied; a whole number loses the ``.0`` that a column with gaps gives it."""
    if isinstance(cell, str):
        return tidy(cell)
    if isinstance(cell, Iterable):
        raise ValueError(f"{shown(cell)} is not a single name")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return tidy(str(cell))


def names(cell: Any) -> list[str]:
    """Read several names: text split at ``; , 、 |``, or the items of a list."""
    if isinstance(cell, str):
        parts: Iterable[Any] = re.split(r"[;,、|]", tidy(cell))
    elif isinstance(cell, Iterable) and not isinstance(cell, bytes | bytearray):
        parts = cell
    else:
        parts = [cell]
    found = [name(part) for part in parts if not empty(part)]
    if not found:
        raise ValueError(f"{shown(cell)} holds no name")
    return found


def number(cell: Any) -> Decimal:
    """Read a finite number below a million thousand million; ``1,234.5`` is understood, ``1,5`` is refused."""
    text = tidy(cell) if isinstance(cell, str) else str(cell)
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        value = Decimal("" if "_" in text else text)
    except InvalidOperation:
        raise ValueError(f"{shown(cell)} is not a number") from None
    if not value.is_finite():
        raise ValueError(f"{shown(cell)} is not a finite number")
    if value.copy_abs() > LARGEST:
        raise ValueError(f"{shown(cell)} is absurdly large")
    return value


def within(value: Decimal, low: float, high: float, unit: str = "") -> Decimal:
    """Give `value` back if it lies between `low` and `high`."""
    if (math.isfinite(low) and value < Decimal(str(low))) or (math.isfinite(high) and value > Decimal(str(high))):
        stated = f"{value:,f}" + (f" {unit}" if unit else "")
        if not math.isfinite(high):
            raise ValueError(f"{stated} is less than {low:g}")
        if not math.isfinite(low):
            raise ValueError(f"{stated} is more than {high:g}")
        raise ValueError(f"{stated} is not between {low:g} and {high:g}")
    return value


def whole_number(cell: Any, low: float, high: float) -> int:
    """Read a whole number between `low` and `high`."""
    value = within(number(cell), low, high)
    if value != value.to_integral_value():
        raise ValueError(f"{shown(cell)} is not a whole number")
    return int(value)


def stated(cell: Any) -> datetime:
    """Read a date and time as it stands, with its zone if it names one; a date alone is its midnight."""
    if isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    else:
        found = _iso(cell)
    if found.year not in YEARS:
        raise ValueError(f"{shown(cell)} lies in the year {found.year}, not between {YEARS[0]} and {YEARS[-1]}")
    return found


def _iso(cell: Any) -> datetime:
    text = tidy(str(cell))
    if BARE_NUMBER.fullmatch(text) and not re.fullmatch(r"\d{8}(\.0)?", text):
        raise ValueError(f"{shown(cell)} is a bare number (a spreadsheet's serial number?), not a date and time")
    if PLAIN_ISO.fullmatch(text):  # nearly every cell, and the rest takes five times as long
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{shown(cell)} is not a date and time") from None
    plain = re.sub(r"^(\d{8})\.0$", r"\1", text)
    plain = re.sub(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", _padded_date, plain)
    plain = re.sub(r"([ T])(\d):", r"\g<1>0\2:", re.sub(r"\s+", " ", plain))
    plain, day_end = re.subn(r"([ T])24:00(:00)?(?=$|[ zZ+-])", r"\g<1>00:00", plain)
    plain = re.sub(r"\s+(?=[zZ+-])", "", plain).replace("z", "Z")
    try:
        return datetime.fromisoformat(plain) + timedelta(days=day_end)
    except (ValueError, OverflowError):
        raise ValueError(f"{shown(cell)} is not a date and time") from None


def _padded_date(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def aware(cell: Any) -> bool:
    """Whether a cell with a moment names its zone: ``2026-11-23T09:30+08:00`` does, ``2026-11-23 09:30`` doesn't."""
    if isinstance(cell, datetime):
        return cell.tzinfo is not None
    if isinstance(cell, date):
        return False
    text = tidy(str(cell))
    return ":" in text and OFFSET.search(text) is not None


def unix(moment: datetime, zone: ZoneInfo) -> units.Seconds:
    """Turn a datetime into seconds since 1970-01-01 UTC; it is local time of `zone` where it names none.

    A local time that the clocks skip or repeat names no one moment and is refused. Fractions are rounded: Excel
    keeps 09:30 as a fraction of a day, which may come back as 09:29:59.9999.
    """
    if moment.tzinfo is None:
        early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
        if early.utcoffset() != late.utcoffset():
            raise ValueError(f"'{moment}' is skipped or repeated when the clocks change in {zone.key}")
        moment = early
    return math.floor(moment.astimezone(UTC).timestamp() + 0.5)


def time_of_day(cell: Any) -> units.Seconds:
    """Read a time of the day as seconds after midnight; ``24:00`` is the day's end."""
    if isinstance(cell, time) and cell.tzinfo is None:
        cell = datetime.combine(date.min, cell) - datetime.min
    if isinstance(cell, timedelta):
        since_midnight = math.floor(cell.total_seconds() + 0.5)
    else:
        match = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", tidy(str(cell)))
        if match is None:
            raise ValueError(f"{shown(cell)} is not a time of day")
        hours, minutes, secs = (int(part or 0) for part in match.groups())
        since_midnight = hours * units.HOUR + minutes * units.MINUTE + secs
    if not 0 <= since_midnight <= units.DAY:
        raise ValueError(f"{shown(cell)} is not a time of day")
    return since_midnight


def pairs(cell: Any, alone: Any = 1) -> Iterable[tuple[str, Any]]:
    """Give (name, count) of text, of a dict, and of a list that may hold names, texts and pairs.

    A name without a count has `alone`.
    """
    if isinstance(cell, Mapping):
        cell = cell.items()
    items = names(cell) if isinstance(cell, str) or not isinstance(cell, Iterable) else cell
    for item in items:
        if not isinstance(item, str) and isinstance(item, Iterable):
            pair = list(item)
            if len(pair) != 2:
                raise ValueError(f"{shown(item)} is not a name with a whole number")
            yield name(pair[0]), pair[1]
        else:
            before, colon, after = name(item).rpartition(":")
            yield (tidy(before), after) if colon else (after, alone)


# A slash parts two ends only before a year or a time: dates may be written 2026/11/23.
ENDS = re.compile(r"~|至| - |/(?=\s*(?:\d{4}\D|\d{1,2}:\d{2}))")
TIME_ALONE = re.compile(r"\d{1,2}:\d{2}(:\d{2})?\s*(?P<offset>[zZ]|[+-]\d{2}:?\d{2})?")


def windows(cell: Any) -> list[tuple[Any, Any]]:
    """Part a cell into the two ends of each window; the day (and zone) of a time alone is that of the first end."""
    if isinstance(cell, str):
        found: list[Any] = [part for part in tidy(cell).split(";") if part.strip()]
    else:
        found = list(cell) if isinstance(cell, Iterable) else [cell]
        if len(found) == 2 and all(_is_end(end) for end in found):
            found = [found]
    return [_two_ends(window) for window in found]


def _is_end(end: Any) -> bool:
    return isinstance(end, date) or (isinstance(end, str) and ENDS.search(tidy(end)) is None)


def _two_ends(window: Any) -> tuple[Any, Any]:
    if isinstance(window, str):
        ends: list[Any] = [end.strip() for end in ENDS.split(tidy(window))]
    else:
        ends = list(window) if isinstance(window, Iterable) else []
    if len(ends) != 2:
        raise ValueError(f"{shown(window)} is not a window with two ends")
    start, end = ends
    if isinstance(start, str) and isinstance(end, str) and (alone := TIME_ALONE.fullmatch(end)):
        offset = re.search(r"\s*(?:[zZ]|[+-]\d{2}:?\d{2})$", start) if aware(start) else None
        end = re.split(r"[ T]", start)[0] + " " + end + (offset.group() if offset and not alone["offset"] else "")
    return start, end
